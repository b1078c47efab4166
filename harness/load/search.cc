#include "harness/load/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace assay::load {
namespace {

constexpr double kGrowth = 4;      // of the rate, while only one side is known
constexpr double kJumpMax = 1024;  // downward at once, however little a saturated probe achieved
constexpr double kEffortMax = 8;
constexpr double kLatencyGrowthMax = 3;  // from one concurrency to its double
constexpr size_t kInvalidMax = 3;
constexpr double kWeak = 0.4;   // of the most requests that a rate was asked with
constexpr double kTiny = 1e-9;  // relative: rates that differ by less are the same

bool tells_nothing(const ProbeResult& probe) {
  return probe.invalid || probe.n == 0 || !(probe.at > 0) || !std::isfinite(probe.at);
}

// All probes of one rate together.
struct RateSeen {
  double at = 0;
  uint64_t n = 0;
  double good = 0;  // requests that met the SLO
  uint64_t n_longest = 0;
  bool saturated = false;  // says the longest
  double achieved = 0;     // by the longest
  size_t times = 0;
  bool passed_once = false;
  bool failed_once = false;
  bool undecided = false;  // the last one's interval straddles the share

  [[nodiscard]] bool passes(double share) const {
    return !saturated && good >= share * static_cast<double>(n);
  }
};

void add_probe(const ProbeResult& probe, double share, std::vector<RateSeen>& seen) {
  const auto same = [&](const RateSeen& r) { return std::abs(r.at - probe.at) <= kTiny * r.at; };
  auto rate = std::find_if(seen.begin(), seen.end(), same);
  if (rate == seen.end()) rate = seen.insert(seen.end(), RateSeen{probe.at});
  rate->n += probe.n;
  rate->good += probe.good_share * static_cast<double>(probe.n);
  if (probe.n >= rate->n_longest) {
    rate->n_longest = probe.n;
    rate->saturated = probe.saturated;
    rate->achieved = probe.achieved;
  }
  ++rate->times;
  const bool passed = !probe.saturated && probe.good_share >= share;
  (passed ? rate->passed_once : rate->failed_once) = true;
  rate->undecided = !probe.saturated && probe.good_low <= share && share <= probe.good_high;
}

// What the probes of a rate search say together.
struct Bracket {
  std::optional<RateSeen> low;    // highest that passed below `high`
  std::optional<RateSeen> high;   // lowest that failed
  std::optional<double> ceiling;  // lowest above `low` at which the instrument was not valid
  std::optional<double> gone_at;  // nothing answered
  size_t invalid = 0;
  uint64_t n_max = 0;  // of all rates

  // What the next rate has to stay below.
  [[nodiscard]] std::optional<double> upper() const {
    if (!high) return ceiling;
    return ceiling ? std::min(high->at, *ceiling) : high->at;
  }
};

Bracket bracket_of(const std::vector<ProbeResult>& probes, double share) {
  Bracket out;
  std::vector<RateSeen> seen;
  for (const ProbeResult& probe : probes) {
    if (probe.server_gone) {
      out.gone_at = probe.at;
    } else if (tells_nothing(probe)) {
      ++out.invalid;
    } else {
      add_probe(probe, share, seen);
    }
  }
  for (const RateSeen& rate : seen) {
    out.n_max = std::max(out.n_max, rate.n);
    if (!rate.passes(share) && (!out.high || rate.at < out.high->at)) out.high = rate;
  }
  for (const RateSeen& rate : seen) {
    if (!rate.passes(share) || (out.high && rate.at >= out.high->at)) continue;
    if (!out.low || rate.at > out.low->at) out.low = rate;
  }
  const double low = out.low ? out.low->at : 0;
  for (const ProbeResult& probe : probes) {
    if (probe.server_gone || !tells_nothing(probe) || !(probe.at > low)) continue;
    out.ceiling = std::min(out.ceiling.value_or(probe.at), probe.at);
  }
  return out;
}

bool within(double low, double high, double tolerance) {
  return high / low - 1 <= tolerance * (1 + kTiny);
}

bool closed(const Bracket& bracket, double tolerance) {
  return bracket.low && bracket.high && within(bracket.low->at, bracket.high->at, tolerance);
}

double step_down(const Bracket& bracket, double upper) {
  double next = upper / kGrowth;
  if (bracket.high && bracket.high->at == upper && bracket.high->saturated &&
      bracket.high->achieved > 0) {
    next = std::max(std::min(next, bracket.high->achieved), upper / kJumpMax);
  }
  return next;
}

// Asked once, and too shortly for what now rests on it.
bool is_weak(const RateSeen& rate, uint64_t n_max) {
  return rate.times == 1 &&
         (rate.undecided || static_cast<double>(rate.n) < kWeak * static_cast<double>(n_max));
}

// The end of a closed bracket that is to be asked again, if one is.
std::optional<double> to_confirm(const Bracket& bracket) {
  const bool low_weak = is_weak(*bracket.low, bracket.n_max);
  const bool high_weak = is_weak(*bracket.high, bracket.n_max);
  if (low_weak && (!high_weak || bracket.low->n <= bracket.high->n)) return bracket.low->at;
  return high_weak ? std::optional<double>(bracket.high->at) : std::nullopt;
}

// Between a rate that passed and one that failed.
double inside(const Bracket& bracket, double upper, double tolerance) {
  const double middle = std::sqrt(bracket.low->at) * std::sqrt(upper);
  const double near = 1 + 2 * tolerance;
  // A decision that was taken back was taken near the capacity.
  if (bracket.high && bracket.high->at == upper && bracket.high->passed_once)
    return std::max(middle, upper / near);
  if (bracket.low->failed_once) return std::min(middle, bracket.low->at * near);
  return std::min(middle, bracket.low->at * kGrowth);
}

std::string rate_text(double rate) { return fmt::format("{:.4g} requests/s", rate); }

// Why a rate search ended without closing its bracket.
std::string why_open(const Bracket& bracket, const RateSearchOptions& options, size_t probes) {
  if (bracket.gone_at) return "nothing answered at " + rate_text(*bracket.gone_at);
  if (bracket.invalid >= kInvalidMax && bracket.ceiling)
    return fmt::format("the instrument was not valid in {} probes, from {} on", bracket.invalid,
                       rate_text(*bracket.ceiling));
  if (bracket.invalid >= kInvalidMax)
    return fmt::format("the instrument was not valid in {} probes", bracket.invalid);
  if (probes >= options.probes_max) return fmt::format("{} probes were made", probes);
  if (bracket.ceiling) return "the instrument was not valid at " + rate_text(*bracket.ceiling);
  return "no rate beyond the limits of the search is tried";
}

double positive_or(double value, double fallback) {
  return std::isfinite(value) && value > 0 ? value : fallback;
}

}  // namespace

RateSearch::RateSearch(RateSearchOptions options) : options_(options) {
  const RateSearchOptions usual;
  options_.rate_min = positive_or(options_.rate_min, usual.rate_min);
  options_.rate_max = std::max(positive_or(options_.rate_max, usual.rate_max), options_.rate_min);
  options_.rate_start = std::clamp(positive_or(options_.rate_start, usual.rate_start),
                                   options_.rate_min, options_.rate_max);
  options_.share = std::clamp(positive_or(options_.share, usual.share), 0.0, 1.0);
  options_.tolerance = positive_or(options_.tolerance, usual.tolerance);
}

std::optional<double> RateSearch::next() const {
  if (ended()) return std::nullopt;
  if (probes_.empty()) return options_.rate_start;
  const Bracket bracket = bracket_of(probes_, options_.share);
  if (closed(bracket, options_.tolerance)) return to_confirm(bracket);
  const std::optional<double> upper = bracket.upper();
  double rate = options_.rate_start;
  if (bracket.low && upper) {
    if (within(bracket.low->at, *upper, options_.tolerance)) return std::nullopt;
    rate = inside(bracket, *upper, options_.tolerance);
  } else if (bracket.low) {
    rate = bracket.low->at * kGrowth;
  } else if (upper) {
    rate = step_down(bracket, *upper);
  }
  rate = std::clamp(rate, options_.rate_min, options_.rate_max);
  // At a limit of the search what would be next has been tried.
  if (bracket.low && rate <= bracket.low->at * (1 + kTiny)) return std::nullopt;
  if (upper && rate >= *upper * (1 - kTiny)) return std::nullopt;
  return rate;
}

void RateSearch::learn(const ProbeResult& probe) { probes_.push_back(probe); }

double RateSearch::effort() const {
  const Bracket bracket = bracket_of(probes_, options_.share);
  const std::optional<double> rate = next();
  const std::optional<double> upper = bracket.upper();
  if (!rate || !bracket.low || !upper) return 1;
  // How far the rate is, relatively, from the nearest one that it has to be told from.
  double apart = *upper / bracket.low->at - 1;
  for (const double end : {bracket.low->at, *upper}) {
    const double ratio = std::max(*rate / end, end / *rate);
    if (ratio > 1 + kTiny) apart = std::min(apart, ratio - 1);
  }
  constexpr double kTellsApart = 0.2;  // what the usual number of requests does
  return std::clamp(kTellsApart / apart, 1.0, kEffortMax);
}

SearchOutcome RateSearch::outcome() const {
  const Bracket bracket = bracket_of(probes_, options_.share);
  SearchOutcome out;
  if (bracket.low) out.low = bracket.low->at;
  if (bracket.high) out.high = bracket.high->at;
  out.probes = static_cast<uint32_t>(probes_.size());
  if (closed(bracket, options_.tolerance)) {
    out.value = std::sqrt(bracket.low->at) * std::sqrt(bracket.high->at);
    out.note = fmt::format("{} met the SLO, {} did not", rate_text(bracket.low->at),
                           rate_text(bracket.high->at));
    return out;
  }
  const std::string why = why_open(bracket, options_, probes_.size());
  if (bracket.low && bracket.high) {
    out.value = out.low;
    out.note = fmt::format("{} met the SLO, {} did not; closer was not searched: {}",
                           rate_text(bracket.low->at), rate_text(bracket.high->at), why);
  } else if (bracket.low && bracket.low->failed_once) {
    out.value = out.low;  // asked twice with two answers: the capacity is near
    out.note = fmt::format("{} met the SLO in one probe and not in another; {}",
                           rate_text(bracket.low->at), why);
  } else if (bracket.low) {
    out.note = fmt::format("at least {}: nothing higher was seen to fail; {}",
                           rate_text(bracket.low->at), why);
  } else if (bracket.high) {
    out.note = fmt::format("even {} did not meet the SLO; {}", rate_text(bracket.high->at), why);
  } else {
    out.note = fmt::format("no probe told anything; {}", why);
  }
  return out;
}

bool RateSearch::ended() const {
  if (probes_.size() >= options_.probes_max) return true;
  const Bracket bracket = bracket_of(probes_, options_.share);
  return bracket.gone_at || bracket.invalid >= kInvalidMax;
}

// --- The knee ------------------------------------------------------------------------------------

namespace {

// What the probes of a knee search say together.
struct Plateau {
  std::vector<ProbeResult> valid;  // in the order they were made
  double highest = 0;              // throughput
  bool flat = false;               // the doubling came to its end
  bool fell = false;               // by its latency
  std::optional<double> top;       // the largest concurrency that told anything
  std::optional<double> low;       // largest below `high`; it does not reach the highest
  std::optional<double> high;      // smallest that reaches it
  std::optional<double> ceiling;   // lowest above `top` at which the instrument was not valid
  std::optional<double> gone_at;
  size_t invalid = 0;
};

bool falls_over(const ProbeResult& before, const ProbeResult& after) {
  return before.latency > 0 && after.latency > kLatencyGrowthMax * before.latency;
}

bool gains(const ProbeResult& before, const ProbeResult& after, double gain_min) {
  return after.throughput >= before.throughput * (1 + gain_min) && after.throughput > 0 &&
         after.throughput > before.throughput_high && !falls_over(before, after);
}

bool reaches(const ProbeResult& probe, double highest, double gain_min) {
  return probe.throughput * (1 + gain_min) >= highest || probe.throughput_high >= highest;
}

void find_end_of_doubling(double gain_min, Plateau& out) {
  const ProbeResult* before = nullptr;
  for (const ProbeResult& probe : out.valid) {
    if (out.top && probe.at <= *out.top) break;  // the bisection begins
    if (before != nullptr && !gains(*before, probe, gain_min)) {
      out.flat = true;
      out.fell = falls_over(*before, probe);
    }
    out.top = probe.at;
    before = &probe;
  }
}

Plateau plateau_of(const std::vector<ProbeResult>& probes, double gain_min) {
  Plateau out;
  for (const ProbeResult& probe : probes) {
    if (probe.server_gone) {
      out.gone_at = probe.at;
    } else if (probe.invalid || !(probe.at > 0) || !(probe.throughput >= 0)) {
      ++out.invalid;
    } else {
      out.valid.push_back(probe);
    }
  }
  find_end_of_doubling(gain_min, out);
  for (const ProbeResult& probe : out.valid) {
    if (!out.fell || probe.at < *out.top) out.highest = std::max(out.highest, probe.throughput);
  }
  for (const ProbeResult& probe : out.valid) {
    if (reaches(probe, out.highest, gain_min))
      out.high = std::min(out.high.value_or(probe.at), probe.at);
  }
  for (const ProbeResult& probe : out.valid) {
    if (out.high && probe.at < *out.high) out.low = std::max(out.low.value_or(0), probe.at);
  }
  for (const ProbeResult& probe : probes) {
    if (!probe.server_gone && probe.invalid && probe.at > out.top.value_or(0))
      out.ceiling = std::min(out.ceiling.value_or(probe.at), probe.at);
  }
  return out;
}

// Whether there is nothing to try between `low` and `high`.
bool closed(const Plateau& plateau, double gain_min) {
  return !plateau.low || !plateau.high || *plateau.high - *plateau.low <= 1 ||
         within(*plateau.low, *plateau.high, gain_min);
}

std::string why_still_gaining(const Plateau& plateau, const KneeSearchOptions& options,
                              size_t probes) {
  if (plateau.gone_at) return fmt::format("nothing answered at concurrency {}", *plateau.gone_at);
  if (plateau.ceiling)
    return fmt::format("the instrument was not valid at concurrency {}", *plateau.ceiling);
  if (plateau.invalid > 0)
    return fmt::format("the instrument was not valid in {} probes", plateau.invalid);
  if (probes >= options.probes_max) return fmt::format("{} probes were made", probes);
  return fmt::format("the highest concurrency tried is {}", options.concurrency_max);
}

}  // namespace

KneeSearch::KneeSearch(KneeSearchOptions options) : options_(options) {
  options_.concurrency_max = std::max(options_.concurrency_max, 1U);
  options_.concurrency_start = std::clamp(options_.concurrency_start, 1U, options_.concurrency_max);
  options_.gain_min = positive_or(options_.gain_min, KneeSearchOptions().gain_min);
}

std::optional<uint32_t> KneeSearch::next() const {
  if (ended()) return std::nullopt;
  const Plateau plateau = plateau_of(probes_, options_.gain_min);
  if (!plateau.top) {
    // Nothing told anything yet: the start again, where the instrument failed.
    return options_.concurrency_start;
  }
  const double max = options_.concurrency_max;
  if (!plateau.flat) {
    double wanted = std::min(*plateau.top * 2, max);
    if (plateau.ceiling)
      wanted = std::min(wanted, std::floor((*plateau.top + *plateau.ceiling) / 2));
    if (wanted <= *plateau.top) return std::nullopt;
    return static_cast<uint32_t>(wanted);
  }
  if (closed(plateau, options_.gain_min)) return std::nullopt;
  const double middle = std::round(std::sqrt(*plateau.low * *plateau.high));
  return static_cast<uint32_t>(std::clamp(middle, *plateau.low + 1, *plateau.high - 1));
}

void KneeSearch::learn(const ProbeResult& probe) { probes_.push_back(probe); }

SearchOutcome KneeSearch::outcome() const {
  const Plateau plateau = plateau_of(probes_, options_.gain_min);
  SearchOutcome out;
  out.probes = static_cast<uint32_t>(probes_.size());
  if (!plateau.top) {
    out.note = "no probe told anything; " + why_still_gaining(plateau, options_, probes_.size());
    return out;
  }
  if (plateau.highest <= 0) {
    out.note = fmt::format("no output at any concurrency up to {}", *plateau.top);
    return out;
  }
  if (!plateau.flat) {
    out.low = plateau.top;
    out.note = fmt::format("the throughput still gained at concurrency {}; {}", *plateau.top,
                           why_still_gaining(plateau, options_, probes_.size()));
    return out;
  }
  out.value = plateau.high;
  out.low = plateau.low;
  out.high = plateau.high;
  out.note = plateau.low ? fmt::format(
                               "concurrency {} is below the highest throughput, {} reaches "
                               "it",
                               *plateau.low, *plateau.high)
                         : fmt::format(
                               "concurrency {}, the lowest tried, reaches the highest "
                               "throughput",
                               *plateau.high);
  if (plateau.fell) out.note += fmt::format("; at {} the latency leapt", *plateau.top);
  if (!closed(plateau, options_.gain_min)) out.note += "; closer was not searched";
  if (plateau.gone_at) out.note += fmt::format("; nothing answered at {}", *plateau.gone_at);
  return out;
}

bool KneeSearch::ended() const {
  if (probes_.size() >= options_.probes_max) return true;
  const Plateau plateau = plateau_of(probes_, options_.gain_min);
  return plateau.gone_at || plateau.invalid >= kInvalidMax;
}

}  // namespace assay::load
