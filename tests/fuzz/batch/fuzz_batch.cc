// What batch endpoints send: any bytes, cut anywhere, are the same lines; each line is a reply or
// an error; ids that are taken can stand in a path; custom ids are keys or nothing.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/batch/anthropic_batch_wire.h"
#include "backends/batch/openai_batch_wire.h"
#include "backends/batch/result_lines.h"
#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/run/batch_book.h"

namespace {

using namespace assay;            // NOLINT: a program of its own
using namespace assay::backends;  // NOLINT

constexpr size_t kLineBytesMax = 512;

std::vector<std::pair<std::string, bool>> read(std::string_view bytes, size_t step) {
  std::vector<std::pair<std::string, bool>> out;
  ResultLines lines(
      [&](std::string_view line, bool whole) -> Result<void> {
        ASSAY_CHECK(line.size() <= kLineBytesMax, "a line of {} bytes", line.size());
        out.emplace_back(line, whole);
        return {};
      },
      kLineBytesMax);
  for (size_t i = 0; i < bytes.size(); i += step)
    ASSAY_CHECK(lines.feed(bytes.substr(i, step)).has_value(), "fed lines are not refused");
  ASSAY_CHECK(lines.finish().has_value(), "the last line is not refused");
  return out;
}

void take(const Result<BatchReply>& reply) {
  if (!reply) return;
  ASSAY_CHECK(reply->body.empty() || Json::accept(reply->body), "a body is no JSON");
  ASSAY_CHECK(reply->outcome == Outcome::kOk || !reply->error.empty(), "no reason is given");
  if (const auto key = run::key_of("tag", reply->custom_id)) {
    ASSAY_CHECK(run::custom_id_of("tag", *key) == reply->custom_id, "two spellings of a key");
  }
}

void take_document(std::string_view bytes) {
  const Result<Json> json = parse_json(bytes, "reply");
  if (!json) return;
  if (const auto batch = read_openai_batch(*json)) {
    for (const std::string& id : {batch->id, batch->output_file, batch->error_file})
      ASSAY_CHECK(id.empty() || is_batch_id(id), "`{}` is no id", id);
  }
  if (const auto batch = read_anthropic_batch(*json))
    ASSAY_CHECK(is_batch_id(batch->id), "`{}` is no id", batch->id);
  (void)read_openai_page(*json);
  (void)read_anthropic_page(*json);
  (void)read_openai_id(*json);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read(bytes, size + 1);
  for (const size_t step : {size_t{1}, size_t{7}})
    ASSAY_CHECK(read(bytes, step) == whole, "cut in steps of {} it reads differently", step);
  for (const auto& [line, complete] : whole) {
    take(read_openai_reply(line));
    take(read_anthropic_reply(line));
  }
  take_document(bytes);
  (void)run::key_of("tag", bytes);
  return 0;
}
