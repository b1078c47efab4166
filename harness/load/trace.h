// Traces: recorded arrivals of a real service, with lengths, for replay.
//
// Where it stands: harness/load, before the clock. Files are hostile: every line that does not say
// what it must is an error with file:line, found and expected. A fuzz target reads bytes.
//
//   ASSAY_TRY(const load::Trace trace, load::read_trace("azure_code.csv", {.time_scale = 20}));
//
// Forms, told apart by the first line; each may be gzip:
// - azure: CSV, a header with TIMESTAMP, ContextTokens and GeneratedTokens (other columns may
//   stand beside them); time as "2023-11-16 18:17:03.9799600", up to nine decimals, with or without
//   an offset such as +00:00
// - mooncake: JSON lines; timestamp in milliseconds, input_length, output_length, hash_ids of
//   512-token blocks (may be absent); other keys are passed over
// - assay: JSON lines; at_s or at_ms, input_tokens (may be absent where there is a prompt),
//   output_tokens, optional blocks (ids of 512-token blocks), prompt, conversation (a name or a
//   number); another key is an error
// Empty lines are skipped, CRLF and a byte order mark accepted. Entries may have the same time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace assay::load {

// Limits; beyond each it is an error.
inline constexpr size_t kTraceLineBytesMax = 16'777'216;
inline constexpr uint64_t kTraceBytesMax = uint64_t{1} << 36;      // of a file, unpacked
inline constexpr uint64_t kTraceKeptBytesMax = uint64_t{1} << 31;  // of the entries in memory

struct TraceEntry {
  Nanos at{0};               // since the first entry that is kept, after scaling
  int64_t input_tokens = 0;  // -1: the trace holds the prompt and does not count it
  int64_t output_tokens = 0;
  std::vector<uint64_t> blocks;  // ids of the prompt's prefix blocks: equal ids, equal text
  std::string prompt;            // where the trace has it
  std::string conversation;      // its name, where the trace has one; entries of one share it
};

struct TraceOptions {
  double time_scale = 1;          // 20: twenty times as fast
  Nanos from{0};                  // of the trace's own time, after its first entry
  std::optional<Nanos> duration;  // of the trace's own time
  uint64_t limit = 0;             // 0: all
};

struct Trace {
  std::string form;  // "azure", "mooncake", "assay"
  std::vector<TraceEntry> entries;
  int64_t block_tokens = 512;  // of one block
  std::string hash;            // sha256 of the file, as it lies there, hex
};

// Reads by lines; what the cut leaves out is checked and not kept. Errors: unreadable, a form that
// is none of these, a line that cannot be read, time that goes back, nothing left after the cut,
// absurd lengths (above kLengthMax), a time scale that is not a positive finite number, a limit
// above.
Result<Trace> read_trace(const std::string& path, const TraceOptions& options);
// The same from bytes; `name` is for messages.
Result<Trace> parse_trace(std::string_view bytes, const std::string& name,
                          const TraceOptions& options);

}  // namespace assay::load
