// LoadRows: what is kept of each request of one load (some 80 bytes), and what is counted over
// them.
//
// Where it stands: harness/aggregate; the first of the passes over a load's records (load.cc); read
// by load_times, load_rates, load_series, load_saturation. One thread.
//
//   ASSAY_TRY(const LoadRows rows, read_load_rows(store, load));
//   for (const LoadRow& row : rows.rows) use(ttft_ns(row));
//
// Measured: due after the warm-up and not cancelled. A time that is not there is -1; times that
// contradict each other (sent before due, done before sent) are left out and counted.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/aggregate/columns.h"
#include "harness/aggregate/load_reply.h"
#include "harness/api/run_store.h"
#include "harness/types/load_summary.h"

namespace assay::aggregate {

struct LoadRow {
  int64_t due = -1;
  int64_t sent = -1;
  int64_t done = -1;
  int64_t first = -1;    // text of any channel
  int64_t answer = -1;   // token of the answer
  int64_t last = -1;     // chunk of text; -1: no chunk log
  int64_t tokens = -1;   // output: by usage, else by the wire's counts, else chunks; -1: not known
  int64_t input = -1;    // prompt tokens: by usage, else as asked for
  int64_t prefill = -1;  // prompt tokens that were worked on: by usage, without cached ones
  uint64_t number = 0;
  uint32_t turn = 0;
  uint32_t chunks = 0;
  Outcome outcome = Outcome::kCancelled;
  bool warm_up = false;
  bool answered = false;

  [[nodiscard]] bool measured() const { return !warm_up && outcome != Outcome::kCancelled; }
  [[nodiscard]] bool good() const { return measured() && answered; }
};

// Durations, where both ends are known.
std::optional<int64_t> e2e_ns(const LoadRow& row);       // done - due
std::optional<int64_t> e2e_sent_ns(const LoadRow& row);  // done - sent
std::optional<int64_t> queue_ns(const LoadRow& row);     // sent - due
std::optional<int64_t> ttft_ns(const LoadRow& row);      // first - sent
std::optional<int64_t> ttfa_ns(const LoadRow& row);      // answer - sent
// (last - first) / (tokens - 1); without a chunk log (done - first) / (tokens - 1). None for fewer
// than two tokens, and for a reply in one chunk: nothing was seen between its tokens.
std::optional<double> tpot_ns(const LoadRow& row);
// (done - sent) / tokens.
std::optional<double> normalized_ns(const LoadRow& row);

// Over the chunks of measured requests.
struct ChunkCounts {
  uint64_t chunks = 0;
  uint64_t kernel = 0;  // with the kernel's stamp
  uint64_t coalesced = 0;
  uint64_t shared = 0;
  uint64_t early_stamps = 0;
};

struct LoadRows {
  std::vector<LoadRow> rows;  // by number and turn
  uint64_t requests = 0;      // measured
  uint64_t good = 0;
  uint64_t failed = 0;
  uint64_t warm_up = 0;
  std::vector<std::pair<std::string, uint64_t>> errors;  // most first
  Usage usage;                                           // sums over good
  TokenCounting tokens;
  bool weighted = false;  // some chunk of a good reply holds another number of tokens than one
  uint64_t good_chunks = 0;
  uint64_t input_asked = 0;     // good requests whose prompt length is the one asked for, not usage
  uint64_t tokens_unknown = 0;  // good replies
  double tokens_all = 0;        // output tokens of all requests, the warm-up's too
  ChunkCounts chunk_counts;
  DurationColumn loop_lag;  // of measured requests
  bool over_http = false;
  std::optional<Money> cost;  // of all requests, where prices were known
  uint64_t unpriced = 0;      // answers without
  Accounting accounting;      // by what the calls were for
  uint64_t broken_logs = 0;
  uint64_t odd_times = 0;   // records whose times contradict each other
  uint64_t odd_counts = 0;  // absurd token counts
};

Result<LoadRows> read_load_rows(const RunStore& store, const LoadInfo& load);

// Another pass: every reply that was read without complaint, in the rows' order. `take` gets its
// row. Records that came meanwhile (the file is being written) are passed over.
Result<void> read_load_replies(const RunStore& store, const LoadInfo& load, const LoadRows& rows,
                               const std::function<void(const LoadRow&, const Reply&)>& take);

}  // namespace assay::aggregate
