#include "harness/load/arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

namespace assay::load {
namespace {

constexpr uint64_t kStream = 0xA221;  // of the seed: arrivals, apart from lengths and words
constexpr const char* kWhere = "load";

double seconds(Nanos span) { return std::chrono::duration<double>(span).count(); }

// Standard exponential; 1 - u is in (0, 1], so it is finite.
double exponential(Rng& rng) { return -std::log(1.0 - rng.uniform()); }

Error bad(const std::string& what, double found, const std::string& expected) {
  return input_error(kWhere, fmt::format("{} is {}, expected {}", what, found, expected));
}

Result<void> check_rate(const std::string& what, double rate) {
  if (std::isfinite(rate) && rate > 0) return {};
  return bad(what, rate, "requests per second, a positive finite number");
}

Error too_many(const std::string& found) {
  return input_error(kWhere,
                     fmt::format("{} requests, expected at most {}: lower the rate, the duration "
                                 "or the number of requests",
                                 found, kArrivalsMax));
}

Result<void> check_pattern(const ArrivalPattern& pattern) {
  switch (pattern.kind) {
    case LoadKind::kBurst:
      return {};
    case LoadKind::kConstant:
    case LoadKind::kPoisson:
      return check_rate("rate", pattern.rate);
    case LoadKind::kGamma:
      if (!std::isfinite(pattern.burstiness) || pattern.burstiness <= 0)
        return bad("burstiness", pattern.burstiness, "a positive finite number");
      return check_rate("rate", pattern.rate);
    case LoadKind::kRamp:
      ASSAY_TRY_VOID(check_rate("the ramp's first rate", pattern.rate));
      return check_rate("the ramp's last rate", pattern.rate_end);
    case LoadKind::kClosed:
    case LoadKind::kTrace:
      break;
  }
  return input_error(kWhere,
                     fmt::format("`{}` has no arrivals of its own, expected constant, poisson, "
                                 "gamma, ramp or burst",
                                 load_kind_name(pattern.kind)));
}

double mean_rate(const ArrivalPattern& pattern) {
  // Halves first: the sum of two huge rates is not finite.
  return pattern.kind == LoadKind::kRamp ? pattern.rate / 2 + pattern.rate_end / 2 : pattern.rate;
}

Result<void> check_extent(const ArrivalPattern& pattern, const ArrivalExtent& extent) {
  if (extent.count > kArrivalsMax) return too_many(fmt::format("{}", extent.count));
  if (extent.duration < Nanos(0))
    return bad("duration", seconds(extent.duration), "seconds, 0 or more");
  if (extent.count > 0) return {};
  if (pattern.kind == LoadKind::kBurst)
    return input_error(kWhere, "a burst has no number of requests, expected one above 0");
  if (extent.duration == Nanos(0))
    return input_error(kWhere, "neither a number of requests nor a duration, expected one above 0");
  const double expected = mean_rate(pattern) * seconds(extent.duration);
  if (expected > static_cast<double>(kArrivalsMax))
    return too_many(fmt::format("{:.0f}", expected));
  return {};
}

// The process itself: the time of the next request, in seconds.
class Process {
 public:
  Process(const ArrivalPattern& pattern, const ArrivalExtent& extent, uint64_t seed)
      : pattern_(pattern), rng_(seed, kStream) {
    ramp_s_ = extent.duration > Nanos(0) ? seconds(extent.duration)
                                         : static_cast<double>(extent.count) / mean_rate(pattern);
  }

  double next() {
    switch (pattern_.kind) {
      case LoadKind::kConstant:
        return static_cast<double>(made_++) / pattern_.rate;
      case LoadKind::kPoisson:
        return (sum_ += exponential(rng_)) / pattern_.rate;
      case LoadKind::kGamma:
        return (sum_ += gamma_draw(rng_, pattern_.burstiness) / pattern_.burstiness) /
               pattern_.rate;
      case LoadKind::kRamp:
        return ramp_time(sum_ += exponential(rng_));
      default:
        return 0;  // a burst
    }
  }

 private:
  // Inverse of the integral r t + (r_end - r) t^2 / (2 T), in the form that stays exact where the
  // two rates are nearly equal; after T the rate stays.
  [[nodiscard]] double ramp_time(double sum) const {
    const double r = pattern_.rate;
    const double end = pattern_.rate_end;
    const double whole = (r / 2 + end / 2) * ramp_s_;
    if (sum > whole) return ramp_s_ + (sum - whole) / end;
    // sqrt(r^2 + 2 (end - r) sum / T) with r taken out, so that no square overflows.
    const double root = std::sqrt(std::max(0.0, 1 + 2 * (end / r - 1) * (sum / ramp_s_) / r));
    return 2 * sum / (r * (1 + root));
  }

  const ArrivalPattern& pattern_;
  Rng rng_;
  uint64_t made_ = 0;
  double sum_ = 0;  // of gaps with mean 1
  double ramp_s_ = 0;
};

}  // namespace

double gamma_draw(Rng& rng, double shape) {
  // U^(1 / shape) by its logarithm: the power itself may underflow on the way.
  if (shape < 1) return gamma_draw(rng, shape + 1) * std::exp(-exponential(rng) / shape);
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {  // accepts at least 95 of 100
    const double x = rng.normal();
    const double root = 1.0 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    const double u = 1.0 - rng.uniform();
    if (std::log(u) < 0.5 * x * x + d * (1.0 - v + std::log(v))) return d * v;
  }
}

Result<std::vector<Nanos>> arrivals(const ArrivalPattern& pattern, const ArrivalExtent& extent,
                                    uint64_t seed) {
  ASSAY_TRY_VOID(check_pattern(pattern));
  ASSAY_TRY_VOID(check_extent(pattern, extent));
  const bool timed = extent.duration > Nanos(0);
  const uint64_t count_max = extent.count > 0 ? extent.count : kArrivalsMax + 1;
  std::vector<Nanos> due;
  double expected = static_cast<double>(count_max);
  if (timed && pattern.kind != LoadKind::kBurst)
    expected = std::min(expected, mean_rate(pattern) * seconds(extent.duration) * 1.05 + 16);
  due.reserve(static_cast<size_t>(expected));
  Process process(pattern, extent, seed);
  while (due.size() < count_max) {
    const double at_s = process.next();
    if (timed && at_s >= seconds(extent.duration)) break;
    if (!(at_s <= seconds(kArrivalsSpanMax)))
      return input_error(kWhere, fmt::format("request {} would be due after {:.3g} s, expected at "
                                             "most 366 days: raise the rate or name fewer",
                                             due.size() + 1, at_s));
    const Nanos at(std::llround(at_s * 1e9));
    if (timed && at >= extent.duration) break;
    due.push_back(at);
  }
  if (due.size() > kArrivalsMax) return too_many(fmt::format("more than {}", kArrivalsMax));
  return due;
}

}  // namespace assay::load
