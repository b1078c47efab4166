// Items that go with test::demo_summary(): a few pictures and requests with right, wrong, cut,
// unscored and failed replies.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/types/request.h"
#include "harness/types/sample.h"
#include "tests/support/report_store.h"

namespace assay::test {

// A PNG of 8 × 2 grey pixels, written by hand so that the test needs no library: header, one stored
// deflate block, checksums as computed by the PNG specification's own CRC and Adler-32.
inline std::string tiny_png() {
  const auto crc = [](std::string_view bytes) {
    uint32_t c = 0xFFFFFFFFU;
    for (const char byte : bytes) {
      c ^= static_cast<unsigned char>(byte);
      for (int k = 0; k < 8; ++k) c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
    }
    return c ^ 0xFFFFFFFFU;
  };
  const auto big_endian = [](uint32_t v) {
    std::string s(4, '\0');
    for (size_t i = 0; i < 4; ++i) s[i] = static_cast<char>(v >> (24 - 8 * i) & 0xFFU);
    return s;
  };
  const auto chunk = [&](const std::string& type, const std::string& data) {
    return big_endian(static_cast<uint32_t>(data.size())) + type + data +
           big_endian(crc(type + data));
  };
  std::string rows;
  for (int y = 0; y < 2; ++y) {
    rows += '\0';
    for (int x = 0; x < 8; ++x) rows += static_cast<char>(30 * x + 10 * y);
  }
  uint32_t a = 1;
  uint32_t b = 0;
  for (const char c : rows) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  const auto size = static_cast<char>(rows.size());
  const std::string zlib = std::string("\x78\x01\x01", 3) + size + '\0' + static_cast<char>(~size) +
                           '\xFF' + rows + big_endian(b << 16 | a);
  return std::string("\x89PNG\r\n\x1a\n", 8) +
         chunk("IHDR", big_endian(8) + big_endian(2) + std::string("\x08\0\0\0\0", 5)) +
         chunk("IDAT", zlib) + chunk("IEND", "");
}

inline std::string request_json(const std::string& prompt, const std::string& image = {},
                                const std::string& sha256_hex = {}) {
  Request r;
  Message m;
  m.role = "user";
  m.text = prompt;
  if (!image.empty()) {
    Image picture;
    picture.path = image;
    picture.media_type = "image/png";
    picture.sha256 = sha256_hex;
    m.images.push_back(picture);
  }
  r.messages.push_back(m);
  return request_to_json(r);
}

inline std::string truth_json(std::vector<std::string> targets) {
  Sample s;
  s.targets = std::move(targets);
  return truth_to_json(s);
}

inline ItemDetail item(const std::string& suite, const std::string& model, uint64_t row,
                       const std::string& id) {
  ItemDetail i;
  i.suite = suite;
  i.model = model;
  i.sample_id = id;
  i.sample_row = row;
  i.outcome = Outcome::kOk;
  i.latency_ns = 120'000'000 + static_cast<int64_t>(row) * 1'000'000;
  return i;
}

inline void add_reply(ReportStore& store, ItemDetail i, const std::string& answer,
                      const std::string& metric, double value) {
  i.answer = answer;
  i.scores = {{metric, ScoreStatus::kScored, value, 1, "", ""}};
  store.add(std::move(i));
}

// `picture`: path of a file that holds tiny_png().
inline ReportStore demo_store(const std::string& picture) {
  ReportStore store("quick.assay");
  const std::string sha = sha256(tiny_png()).hex();
  const auto ocr = [&](uint64_t row, const std::string& id, const char* model) {
    ItemDetail i = item("quick-ocr", model, row, id);
    i.request = request_json("Read the text in the picture.", picture, sha);
    i.truth = truth_json({"달빛커피 성수점\n아메리카노 2 9,000\n합계 9,000"});
    i.tags = R"({"language":"ko","quality":"noisy"})";
    return i;
  };
  add_reply(store, ocr(1, "receipt-012", "tesseract:eng"), "ext 0/| 9,000\nEHA 9,000", "cer", 0.72);
  add_reply(store, ocr(1, "receipt-012", "tesseract:kor"),
            "달빛커피 성수점\n아메리카노 2 9000\n함계 9,000", "cer", 0.0714);
  add_reply(store, ocr(1, "receipt-012", "tesseract:kor+eng"),
            "달빛커피 성수점\n아메리카노 2 9,000\n합계 9,000", "cer", 0);
  ItemDetail failed = ocr(1, "receipt-012", "tesseract:kor+eng?psm=6");
  failed.outcome = Outcome::kTimeout;
  failed.error = "no end within 30 s";
  failed.attempts = 3;
  store.add(failed);
  ItemDetail unscored = ocr(2, "sign-003", "tesseract:kor+eng?psm=6");
  unscored.answer = "출구 2";
  unscored.scores = {{"cer", ScoreStatus::kUnscored, 0, 1, "", "the scorer stopped: time limit"}};
  store.add(unscored);
  for (const char* model :
       {"baseline:random", "baseline:majority", "baseline:bm25", "baseline:linear"}) {
    ItemDetail i = item("quick-intents", model, 11, "t-0042");
    i.request = request_json("주문한 신발 아직 안 왔는데 언제 와요?");
    i.truth = truth_json({"delivery_status"});
    i.tags = R"({"language":"ko"})";
    const bool right = std::string(model) == "baseline:linear";
    add_reply(store, i, right ? "delivery_status" : "order_cancel", "accuracy", right ? 1 : 0);
  }
  return store;
}

}  // namespace assay::test
