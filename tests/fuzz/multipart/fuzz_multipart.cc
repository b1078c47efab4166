// What the mock's batch endpoints read: forms whose first line is their content type, and files and
// lists of requests. Whatever they hold, the answer is JSON, or lines of it.
#include <cstdint>
#include <string>
#include <string_view>

#include "app/mock/mock_batches.h"
#include "app/mock/multipart.h"
#include "harness/base/check.h"
#include "harness/base/json.h"

namespace {

using namespace assay;             // NOLINT: a program of its own
using namespace assay::app::mock;  // NOLINT

HttpRequest request(std::string method, std::string path, std::string body) {
  HttpRequest out;
  out.method = std::move(method);
  out.path = std::move(path);
  out.body = std::move(body);
  out.headers = {{"anthropic-version", "2023-06-01"}};
  return out;
}

void check(const MockAnswer& answer) {
  if (answer.content_type == "application/json") {
    ASSAY_CHECK(Json::accept(answer.body), "the answer is not JSON: {}", answer.body);
    return;
  }
  std::string_view rest = answer.body;
  while (!rest.empty() && answer.content_type == "application/x-jsonl") {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    ASSAY_CHECK(Json::accept(line), "a line is not JSON: {}", line);
    rest.remove_prefix(line.size() + 1);
  }
}

// The bytes as an input file, to its results.
void run_file(MockBatches& batches, std::string_view bytes) {
  HttpRequest upload = request("POST", "/v1/files", "");
  upload.headers.emplace_back("content-type", "multipart/form-data; boundary=b7Zq");
  upload.body =
      "--b7Zq\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
      "--b7Zq\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" +
      std::string(bytes) + "\r\n--b7Zq--\r\n";
  check(batches.answer(upload, from_ns(0), 0));
  check(
      batches.answer(request("POST", "/v1/batches",
                             R"({"input_file_id":"file-mock-1","endpoint":"/v1/chat/completions",)"
                             R"("completion_window":"24h"})"),
                     from_ns(0), 0));
  const TimePoint later = from_ns(3'600'000'000'000);
  for (const char* path : {"/v1/batches/batch-mock-1", "/v1/batches",
                           "/v1/files/file-mock-2/content", "/v1/files/file-mock-3/content"})
    check(batches.answer(request("GET", path, ""), later, 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view first = bytes.substr(0, bytes.find('\n'));
  const std::string_view rest = first.size() == size ? "" : bytes.substr(first.size() + 1);
  if (const auto parts = Multipart::read(first, rest)) {
    ASSAY_CHECK(parts->size() <= Multipart::kPartsMax, "{} parts", parts->size());
    for (const FormPart& part : *parts) {
      ASSAY_CHECK(!part.name.empty(), "a part without a name");
      ASSAY_CHECK(part.content.empty() ||
                      (part.content.data() >= rest.data() && part.content.size() <= rest.size()),
                  "a part outside of the body");
    }
  }
  MockOptions options;
  options.tokens = 2;
  MockBatches batches(options);
  run_file(batches, bytes);
  MockBatches messages(options);
  check(
      messages.answer(request("POST", "/v1/messages/batches", std::string(bytes)), from_ns(0), 0));
  check(messages.answer(request("GET", "/v1/messages/batches/msgbatch_mock_1/results", ""),
                        from_ns(3'600'000'000'000), 0));
  HttpRequest any = request("GET", "/v1/batches", "");
  any.query = std::string(first);
  check(messages.answer(any, from_ns(0), 0));
  any.path = "/v1/files/" + std::string(first);
  check(messages.answer(any, from_ns(0), 0));
  return 0;
}
