// Traces from any bytes. The first byte says how they are cut and scaled. What is read is in order,
// within the limits, the same every time, and can be asked; what is not has a message with a place.
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/check.h"
#include "harness/base/utf8.h"
#include "harness/load/prompts.h"
#include "harness/load/trace.h"

namespace {

using namespace assay;  // NOLINT: a program of its own

load::TraceOptions options_of(uint8_t byte) {
  load::TraceOptions options;
  if ((byte & 1) != 0) options.time_scale = 20;
  if ((byte & 2) != 0) options.time_scale = 1e-3;
  if ((byte & 4) != 0) options.from = std::chrono::seconds(1);
  if ((byte & 8) != 0) options.duration = std::chrono::seconds(10);
  if ((byte & 16) != 0) options.limit = 3;
  return options;
}

void check_entry(const load::TraceEntry& entry, Nanos before) {
  ASSAY_CHECK(entry.at >= before, "due at {} after {}", entry.at.count(), before.count());
  ASSAY_CHECK(entry.input_tokens >= -1 && entry.input_tokens <= load::kLengthMax, "{} tokens",
              entry.input_tokens);
  ASSAY_CHECK(entry.input_tokens >= 0 || !entry.prompt.empty(), "neither length nor prompt");
  ASSAY_CHECK(entry.output_tokens >= 0 && entry.output_tokens <= load::kLengthMax, "{} tokens",
              entry.output_tokens);
  ASSAY_CHECK(!invalid_utf8_at(entry.prompt) && !invalid_utf8_at(entry.conversation), "not UTF-8");
  if (entry.input_tokens > 10'000) return;  // a long text tells no more and takes its time
  const load::Conversation talk = load::SyntheticPrompts({}).conversation(0, entry, 512);
  ASSAY_CHECK(talk.turns.size() == 1 && !talk.turns[0].user.empty(), "nothing to ask");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const load::TraceOptions options = options_of(data[0]);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Result<load::Trace> trace = load::parse_trace(bytes, "fuzz", options);
  const Result<load::Trace> again = load::parse_trace(bytes, "fuzz", options);
  ASSAY_CHECK(trace.has_value() == again.has_value(), "it depends on something else");
  if (!trace) {
    ASSAY_CHECK(trace.error().where.starts_with("fuzz") && !trace.error().message.empty(),
                "an error without place or message");
    ASSAY_CHECK(trace.error().text() == again.error().text(), "another error");
    return 0;
  }
  ASSAY_CHECK(trace->form == "azure" || trace->form == "mooncake" || trace->form == "assay",
              "form {}", trace->form);
  ASSAY_CHECK(!trace->entries.empty() && trace->entries[0].at == Nanos(0), "does not begin at 0");
  ASSAY_CHECK(options.limit == 0 || trace->entries.size() <= options.limit, "too many");
  Nanos before(0);
  for (const load::TraceEntry& entry : trace->entries) {
    check_entry(entry, before);
    before = entry.at;
  }
  return 0;
}
