// The decoders of all HTTP wire formats. The first byte chooses the format and some options, the
// rest is the reply: any bytes, cut anywhere, give the same response; its texts are valid UTF-8;
// details are JSON; token buckets are never below -1; the chunk log can be read; an outcome that is
// no answer says why.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/codec/wire_codec.h"
#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "harness/types/chunk_log.h"

namespace {

using namespace assay;  // NOLINT: a program of its own
using namespace assay::backends;

constexpr unsigned kFormatMask = 15;
constexpr unsigned kOpenedBit = 16;
constexpr unsigned kErrorStatusBit = 32;
constexpr unsigned kContinuationBit = 64;

Response decode(const WireCodec& codec, Attempt attempt, std::string_view bytes,
                const std::array<size_t, 2>& cuts) {
  const std::unique_ptr<Decoder> decoder = codec.decoder();
  size_t begin = 0;
  for (const size_t end : {cuts[0], cuts[1], bytes.size()}) {
    std::vector<ChunkStamp> stamps;
    for (size_t i = begin; i < end; ++i)
      stamps.push_back({static_cast<uint32_t>(i - begin + 1), from_ns(static_cast<int64_t>(i))});
    decoder->feed(bytes.substr(begin, end - begin), stamps);
    begin = end;
  }
  decoder->finish(attempt, attempt.response);
  return attempt.response;
}

bool same(const Response& a, const Response& b) {
  return a.outcome == b.outcome && a.answer == b.answer && a.reasoning == b.reasoning &&
         a.finish_reason == b.finish_reason && a.served_model == b.served_model &&
         a.error == b.error && a.details == b.details && a.fingerprint == b.fingerprint &&
         a.response_id == b.response_id && a.tool_calls.size() == b.tool_calls.size() &&
         std::all_of(kUsageBuckets.begin(), kUsageBuckets.end(),
                     [&](auto bucket) { return a.usage.*bucket == b.usage.*bucket; }) &&
         a.usage.source == b.usage.source && a.first_token == b.first_token &&
         a.first_answer == b.first_answer && a.chunks == b.chunks && a.wire == b.wire;
}

void check_texts(const Response& r) {
  for (const std::string* text : {&r.answer, &r.reasoning, &r.error, &r.finish_reason,
                                  &r.served_model, &r.details, &r.fingerprint, &r.response_id}) {
    ASSAY_CHECK(!invalid_utf8_at(*text), "not UTF-8");
  }
  for (const ToolCall& call : r.tool_calls) {
    ASSAY_CHECK(!invalid_utf8_at(call.id) && !invalid_utf8_at(call.name) &&
                    !invalid_utf8_at(call.arguments),
                "a tool call is not UTF-8");
  }
  ASSAY_CHECK(r.details.empty() || Json::accept(r.details), "details are not JSON");
}

void check_facts(const Response& r) {
  for (const auto bucket : kUsageBuckets)
    ASSAY_CHECK(r.usage.*bucket >= -1, "{} tokens", r.usage.*bucket);
  ASSAY_CHECK(read_chunk_log(r.chunks).has_value(), "the chunk log cannot be read");
  ASSAY_CHECK(r.outcome != Outcome::kCancelled, "never decided");
  ASSAY_CHECK(is_answer(r.outcome) || !r.error.empty(), "no reason given");
  ASSAY_CHECK(!r.first_answer || (r.first_token && *r.first_token <= *r.first_answer),
              "an answer before the first token");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const std::vector<std::string> kFormats = wire_formats();
  WireOptions options;
  options.model = "m";
  options.reasoning.opened_by_template = (data[0] & kOpenedBit) != 0;
  const auto codec = make_wire_codec(kFormats[(data[0] & kFormatMask) % kFormats.size()], options);
  ASSAY_CHECK(codec.has_value(), "a listed format does not exist");
  Attempt attempt;
  attempt.response.outcome = Outcome::kOk;
  attempt.http.status = (data[0] & kErrorStatusBit) != 0 ? 429 : 200;
  if ((data[0] & kContinuationBit) != 0) {
    attempt.request.messages.push_back({"user", "The sky", {}, {}, {}});
    attempt.request.continuations = {{" is"}};
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Response whole = decode(**codec, attempt, bytes, {0, 0});
  check_texts(whole);
  check_facts(whole);
  const size_t n = bytes.size();
  const std::array<std::array<size_t, 2>, 3> cuts{
      {{n / 3, n / 2}, {n - n / 4, n}, {n == 0 ? 0 : size_t{1}, n == 0 ? 0 : n - n / 8}}};
  for (const std::array<size_t, 2>& cut : cuts) {
    if (cut[0] > cut[1]) continue;
    ASSAY_CHECK(same(whole, decode(**codec, attempt, bytes, cut)),
                "cut at {} and {} it reads differently", cut[0], cut[1]);
  }
  return 0;
}
