// RequestTimes: the times of one request of a load, in seconds, from its stored stamps alone.
//
// Where it stands: harness/aggregate; pure. Read by the export of requests and by whoever sums up a
// load, so that a line of the export and a percentile of the report are the same arithmetic.
//
//   RequestTimes t = request_times(record);       // t.ttft_s, t.e2e_s
//   for (const ChunkTime& c : t.chunks) ...       // seconds since sent
//
// Arrivals are the kernel's where it stamped them (`at - kernel_lag`), otherwise the moment the
// program had the bytes in hand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/types/chunk_log.h"
#include "harness/types/load.h"

namespace assay::aggregate {

struct ChunkTime {
  double at_s = 0;    // since sent, the kernel's time where known
  double lag_s = -1;  // how much later the program had it; -1: the kernel did not stamp it
  uint32_t text_bytes = 0;
  uint32_t tokens = 0;  // that it held; see docs/metrics.md for how they are known
  Channel channel = Channel::kAnswer;
  uint8_t flags = kStampExact;  // of ChunkFlag
};

// Absent: cannot be said of this request. Formulas (times of one steady clock, n output tokens,
// visible and reasoning, as the usage says them):
//   queue       sent - due
//   ttft        first token - sent, of any channel
//   ttfa        first token of the answer - sent
//   e2e         done - due; for requests that were never sent it is what they waited
//   e2e_sent    done - sent
//   tpot        (last token - first token) / (n - 1), n >= 2
//   normalized  e2e_sent / n, n >= 1
// A reply that did not stream has no ttft, ttfa, tpot and no chunks. Stamps that contradict each
// other (a first token before sending) give no value rather than a negative one.
struct RequestTimes {
  std::optional<double> queue_s;
  std::optional<double> headers_s;  // since sent
  std::optional<double> ttft_s;
  std::optional<double> ttfa_s;
  std::optional<double> last_token_s;  // since sent
  std::optional<double> tpot_s;
  std::optional<double> normalized_s;
  std::optional<double> e2e_s;
  std::optional<double> e2e_sent_s;
  int64_t output_tokens = -1;  // visible and reasoning; -1: the usage did not say
  std::vector<ChunkTime> chunks;
  std::string problem;  // the chunk log could not be read: no chunks
};

RequestTimes request_times(const LoadRecord& record);

}  // namespace assay::aggregate
