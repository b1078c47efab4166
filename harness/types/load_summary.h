// LoadSummary: everything a report says of loads (`assay bench`), computed from a run file alone by
// harness/aggregate. Plain data; definitions and formulas stand in docs/metrics.md.
//
// Seconds throughout. A figure that cannot be had is an Estimate without value whose method says
// why ("no reply streamed"); an interval that n cannot support is absent and the method says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/types/estimate.h"
#include "harness/types/load.h"
#include "harness/types/manifest.h"
#include "harness/types/summary_parts.h"

namespace assay {

// One timing metric over the measured requests of a load (or over gaps, for itl and chunk_gap).
struct LoadMetric {
  std::string name;        // "ttft", "ttfa", "tpot", "itl", "chunk_gap", "normalized", "e2e",
                           // "e2e_sent", "queue"; the CLI's and JSON's words
  LatencySummary summary;  // percentiles 50, 90, 95, 99, 99.9; mean; ecdf
  std::string note;        // why n = 0, or a caveat; may be empty
};

struct TokenCounting {
  uint64_t replies = 0;        // measured replies that streamed text
  uint64_t chunks = 0;         // with text
  uint64_t tokens = 0;         // by usage, where it is said
  uint64_t usage_missing = 0;  // replies that did not say: there a chunk counts as a token
  double difference = 0;       // tokens / chunks - 1 over replies that said both
  std::string method;          // "usage; one token a chunk", "usage; k tokens a chunk",
                               // "usage, split by text", "chunks (no usage)"
};

struct TimeBucket {    // of the time series
  double start_s = 0;  // since the load began
  double length_s = 0;
  double requests_per_s = 0;  // ended good
  double tokens_per_s = 0;    // output tokens that arrived
  double in_flight = 0;       // mean
  uint64_t due = 0;
  uint64_t good = 0;
  uint64_t failed = 0;
  std::optional<double> ttft_p50_s;  // of requests due in it
  std::optional<double> e2e_p50_s;
};

// What the instrument says of its own error.
struct InstrumentReport {
  Spread dispatch_late_s;         // sent - due of open loops and bursts
  Spread stamp_lag_s;             // user stamp - kernel stamp, of chunks
  Spread loop_lag_s;              // waking to stamping
  double kernel_stamp_share = 0;  // of chunks
  double coalesced_share = 0;     // of chunks: several segments and chunks of text, one stamp
  double shared_share = 0;        // of chunks on shared (HTTP/2) connections
  double client_cpu_s_per_1000_tokens = -1;
  double client_cpu_share = -1;  // of one core, of the loops
  InstrumentUse use;
  bool valid = true;
  std::vector<std::string> invalid;   // reasons, with figure and limit
  std::vector<std::string> warnings;  // worth saying, not invalidating
};

struct EnergyReport {
  Estimate joules_per_output_token;  // idle baseline subtracted; no value: "not measured: ..."
  std::optional<double> joules;      // net
  std::optional<double> idle_watts;
  std::string basis;  // "CPU packages (RAPL) and GPU (NVML), idle 31 W subtracted"
};

// One load.
struct LoadResult {
  LoadInfo load;
  uint64_t requests = 0;  // measured: due after the warm-up
  uint64_t good = 0;      // answered
  uint64_t failed = 0;
  uint64_t warm_up = 0;                                  // not measured
  std::vector<std::pair<std::string, uint64_t>> errors;  // outcome name, count; most first
  std::vector<LoadMetric> metrics;
  // Rates over the measured window: from the warm-up's end to the last byte (or the end of the
  // duration).
  double window_s = 0;
  double steady_s = 0;      // of it, the part with the load fully on; see docs/metrics.md
  Estimate requests_per_s;  // good ones
  Estimate output_tokens_per_s;
  Estimate total_tokens_per_s;    // input and output
  Estimate prefill_tokens_per_s;  // per request: input tokens / TTFT, median
  Estimate steady_output_tokens_per_s;
  Estimate availability;  // good / measured, Wilson
  Estimate good_share;    // meets the SLO / measured, errors in the denominator; no SLO: no value
  Estimate goodput;       // requests/s that meet the SLO
  std::optional<bool> slo_met;
  double in_flight_mean = 0;  // Little: sum of times in flight / window
  TokenCounting tokens;
  Usage usage;                        // sums over measured good replies; -1: nobody said
  Estimate input_length_correlation;  // Spearman's rho of input tokens and TTFT
  std::vector<TimeBucket> series;
  InstrumentReport instrument;
  EnergyReport energy;
  CostSummary cost;
  bool saturated = false;  // open loop: the backlog grew until the end
};

// The rounds of one load point on one model.
struct LoadPoint {
  uint32_t point = 0;
  ModelInfo model;
  std::string label;  // "concurrency 8", "10 requests/s, Poisson", "trace azure_code.csv, 20 x"
  std::vector<LoadResult> rounds;
  // Over rounds: mean with Student's interval where there are at least two, otherwise the one
  // value. By name: "ttft_p50", "ttft_p99", "tpot_p50", "itl_p50", "itl_p99", "e2e_p50", "e2e_p99",
  // "requests_per_s", "output_tokens_per_s", "goodput", "availability".
  std::vector<std::pair<std::string, Estimate>> over_rounds;
  bool valid = true;  // of all rounds
};

// The same load point on two models, paired by round.
struct LoadComparison {
  uint32_t point = 0;
  std::string label;
  std::string a;  // model names; difference is b - a
  std::string b;
  std::string metric;           // a name of over_rounds
  Estimate difference;          // paired t over rounds; ratio below
  std::optional<double> ratio;  // b / a of the means
  std::optional<double> p_value;
  std::string verdict;  // "b lower", "b higher", "no difference shown", "n too small"
  size_t a_source = 0;  // run files, in the order given
  size_t b_source = 0;
};

// Outcome of --sweep or --slo, from the probes that are in the file.
struct LoadSearch {
  std::string model;
  std::string kind;             // "slo" or "knee"
  std::optional<double> value;  // requests/s, or concurrency of the knee
  std::optional<double> low;    // the highest that passed
  std::optional<double> high;   // the lowest that failed
  std::string unit;             // "requests/s", "concurrency"
  uint64_t probes = 0;
  std::string note;  // why there is no value, or why it stopped
};

struct LoadSection {
  std::vector<LoadPoint> points;  // by point, then model in run order
  std::vector<LoadComparison> comparisons;
  std::vector<LoadSearch> searches;
  std::vector<std::pair<std::string, Estimate>>
      availability;  // model, over all its loads (history)
  bool valid = true;
  [[nodiscard]] bool empty() const { return points.empty(); }
};

}  // namespace assay
