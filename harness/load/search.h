// Searches over loads: the highest rate that meets an SLO, and the knee of throughput against
// concurrency. They decide what to try next from what the probes said; who runs the probes is app.
//
// Where it stands: harness/load; pure: no clock, no I/O, tested against formulas.
//
//   load::RateSearch search({.rate_start = 1});
//   while (const std::optional<double> rate = search.next()) search.learn(probe(*rate));
//   const load::SearchOutcome found = search.outcome();
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay::load {

// What one probe showed.
struct ProbeResult {
  double at = 0;             // the rate or concurrency that was tried
  double good_share = 0;     // of requests that met the SLO, errors in the denominator
  double good_low = 0;       // its interval
  double good_high = 1;
  uint64_t n = 0;            // requests
  bool saturated = false;    // the backlog grew to the end: it cannot be held however long
  double achieved = 0;       // requests/s that were answered
  double throughput = 0;     // output tokens/s (knee), or requests/s where tokens are not known
  double throughput_low = 0;
  double throughput_high = 0;
  double latency = 0;        // median e2e, seconds (knee)
  bool invalid = false;      // the instrument says so: tells nothing about the server
  bool server_gone = false;  // nothing answered
};

struct RateSearchOptions {
  double rate_start = 1;
  double rate_min = 0.01;
  double rate_max = 100'000;
  double share = 0.95;       // of good requests that a passing probe has
  double tolerance = 0.05;   // ends when high / low - 1 is at most this
  uint32_t probes_max = 12;
};

struct SearchOutcome {
  std::optional<double> value;  // the answer; none: `note` says why
  std::optional<double> low;    // highest that passed
  std::optional<double> high;   // lowest that failed
  uint32_t probes = 0;
  std::string note;
};

class RateSearch {
 public:
  explicit RateSearch(RateSearchOptions options);
  // What to try now; nothing: the search is over.
  [[nodiscard]] std::optional<double> next() const;
  void learn(const ProbeResult& probe);
  // Whether a probe of this rate may be shorter or longer than usual: how many times the usual
  // number of requests the decision needs (1 at first, more near the bracket's end).
  [[nodiscard]] double effort() const;
  [[nodiscard]] SearchOutcome outcome() const;

 private:
  RateSearchOptions options_;
  std::vector<ProbeResult> probes_;
};

struct KneeSearchOptions {
  uint32_t concurrency_start = 1;
  uint32_t concurrency_max = 1024;
  double gain_min = 0.05;  // a doubling that gains less throughput than this is beyond the knee
  uint32_t probes_max = 12;
};

class KneeSearch {
 public:
  explicit KneeSearch(KneeSearchOptions options);
  [[nodiscard]] std::optional<uint32_t> next() const;
  void learn(const ProbeResult& probe);
  [[nodiscard]] SearchOutcome outcome() const;

 private:
  KneeSearchOptions options_;
  std::vector<ProbeResult> probes_;
};

}  // namespace assay::load
