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
  double at = 0;          // the rate or concurrency that was tried
  double good_share = 0;  // of requests that met the SLO, errors in the denominator
  double good_low = 0;    // its interval
  double good_high = 1;
  uint64_t n = 0;          // requests
  bool saturated = false;  // the backlog grew to the end: it cannot be held however long
  double achieved = 0;     // requests/s that were answered
  double throughput = 0;   // output tokens/s (knee), or requests/s where tokens are not known
  double throughput_low = 0;
  double throughput_high = 0;
  double latency = 0;        // median e2e, seconds (knee)
  bool invalid = false;      // the instrument says so: tells nothing about the server
  bool server_gone = false;  // nothing answered
};

// The highest rate that meets an SLO.
//
// A probe passes when it is not saturated and good_share >= share; otherwise it fails. One whose
// interval straddles `share` is decided by its point estimate all the same, and effort() asks for
// more of the next. An invalid probe (also: of no requests) is neither; the search stays below its
// rate and gives up at the third. A server that is gone ends it.
//
// While nothing has passed, a quarter of the lowest rate that failed is next; less where that probe
// was saturated and achieved less (no server answers more than it can), so that an overloaded
// server is asked once or twice, not all the way down. Then four times the highest rate that
// passed, or the geometric middle between it and the lowest that failed, whichever is lower. From a
// start within a factor of 1000 of the capacity at most 6 probes have it within a factor of 4 and 5
// more within 5 %: 11.
//
// It ends when high / low - 1 <= tolerance, but first an end of that bracket is asked again if it
// was asked once only, undecidedly or with less than 0.4 of the requests that another rate got:
// early probes are short and may be wrong near the capacity. Probes of one rate count together.
// Should one be taken back, the next is 1 + 2 tolerance beyond it.
//
// The value is then the geometric middle of the two ends, for the capacity lies between them: as
// far as the probes were right it is at most sqrt(1 + tolerance) - 1 (2.5 %) off. `low` is the
// highest rate that was seen to hold. Out of probes before that, the value is `low`. Without a pass
// or without a failure there is none; `low`, `high` and `note` say what is known.
//
// How far probes are right is a matter of their length: 1000 requests (times effort()) are enough
// for constant arrivals at up to 64 slots with an SLO of 1.5 service times, 10,000 for Poisson
// arrivals (tests/harness/load/search_test.cc).
struct RateSearchOptions {
  double rate_start = 1;
  double rate_min = 0.01;
  double rate_max = 100'000;
  double share = 0.95;      // of good requests that a passing probe has
  double tolerance = 0.05;  // ends when high / low - 1 is at most this
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
  // How many times the usual number of requests the probe of next() needs: 0.2 over its relative
  // distance from the rates that it has to be told from, within 1..8. At first 1.
  [[nodiscard]] double effort() const;
  [[nodiscard]] SearchOutcome outcome() const;

 private:
  [[nodiscard]] bool ended() const;

  RateSearchOptions options_;
  std::vector<ProbeResult> probes_;
};

// The knee: the smallest concurrency whose throughput is within gain_min of the highest that was
// seen. Beyond it a reply takes longer and nothing is gained. With T the throughput and H the
// highest one, c reaches H when T(c) (1 + gain_min) >= H or when the upper end of its interval is
// at least H.
//
// It doubles from concurrency_start while that gains: T(2c) >= T(c) (1 + gain_min) and T(2c) above
// the upper end of c's interval. It stops as well where the latency more than trebles: at a flat
// throughput it can only double (Little's law), so the server is falling over. Then it bisects
// between the highest that does not reach H and the lowest that does, until they are neighbours or
// within gain_min of each other. The value is the latter.
//
// Invalid probes and a server that is gone: as above. Where the throughput gained to the end there
// is no value; `low` is the last concurrency at which it did.
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
  [[nodiscard]] bool ended() const;

  KneeSearchOptions options_;
  std::vector<ProbeResult> probes_;
};

}  // namespace assay::load
