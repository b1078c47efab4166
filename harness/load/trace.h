// Traces: recorded arrivals of a real service, with lengths, for replay.
//
// Where it stands: harness/load, before the clock. Files are hostile: every line that does not say
// what it must is an error with file:line, found and expected. A fuzz target reads bytes.
//
//   ASSAY_TRY(const load::Trace trace, load::read_trace("AzureLLMInferenceTrace_code.csv", {.time_scale = 20}));
//
// Forms, told apart by the first bytes: Azure's CSV (TIMESTAMP,ContextTokens,GeneratedTokens; time
// of day with up to seven decimals of a second), Mooncake's JSON lines (timestamp in milliseconds,
// input_length, output_length, hash_ids of 512-token blocks), ours (JSON lines: at_s or at_ms,
// input_tokens, output_tokens, optional blocks, prompt, conversation).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace assay::load {

struct TraceEntry {
  Nanos at{0};  // since the first entry that is kept, after scaling
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
  std::vector<uint64_t> blocks;  // ids of the prompt's prefix blocks: equal ids, equal text
  std::string prompt;            // where the trace has it
};

struct TraceOptions {
  double time_scale = 1;            // 20: twenty times as fast
  Nanos from{0};                    // of the trace's own time, after its first entry
  std::optional<Nanos> duration;    // of the trace's own time
  uint64_t limit = 0;               // 0: all
};

struct Trace {
  std::string form;  // "azure", "mooncake", "assay"
  std::vector<TraceEntry> entries;
  int64_t block_tokens = 512;  // of one block
  std::string hash;            // sha256 of the file
};

// Errors: unreadable, a form that is none of these, a line that cannot be read, time that goes
// back, nothing left after the cut, absurd lengths (above 10 million tokens).
Result<Trace> read_trace(const std::string& path, const TraceOptions& options);
// The same from bytes; `name` is for messages.
Result<Trace> parse_trace(std::string_view bytes, const std::string& name,
                          const TraceOptions& options);

}  // namespace assay::load
