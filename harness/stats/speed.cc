#include "harness/stats/speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/base/check.h"
#include "harness/stats/block_medians.h"
#include "harness/stats/bootstrap.h"
#include "harness/stats/finite.h"
#include "harness/stats/percentile.h"
#include "harness/stats/rank.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

constexpr uint64_t kStreamA = 0x626C6F636B61;
constexpr uint64_t kStreamB = 0x626C6F636B62;
constexpr const char* kNotInterleaved =
    "not interleaved: the two were not measured in turns, so whatever drifted between them "
    "(machine, network, load of the service) is in the difference";

bool is_time(double v) { return std::isfinite(v) && v > 0; }

std::string dropped_text(size_t dropped, size_t of, const char* what) {
  if (dropped == 0) return {};
  return fmt::format("dropped {} of {} {}: a time is not a positive number", dropped, of, what);
}

void add_sentence(std::string& text, const std::string& more) {
  if (!text.empty() && !more.empty()) text += "; ";
  text += more;
}

std::vector<double> times_of(std::span<const double> values) {
  std::vector<double> out;
  out.reserve(values.size());
  std::copy_if(values.begin(), values.end(), std::back_inserter(out), is_time);
  return out;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return *percentile(values, 0.5).value;
}

// Σ (t³ - t) over groups of equal values.
double tie_cubes(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double out = 0;
  for (size_t i = 0; i < values.size();) {
    size_t end = i;
    while (end < values.size() && values[end] == values[i]) ++end;
    const auto t = static_cast<double>(end - i);
    out += t * t * t - t;
    i = end;
  }
  return out;
}

Bootstrapped median_ratios(const std::vector<double>& a, const std::vector<double>& b,
                           const ResampleOptions& options) {
  const BlockMedians of_a(a);
  const BlockMedians of_b(b);
  const double value = median(b) / median(a);
  Bootstrapped out{.value = value};
  out.replicates.resize(affordable_resamples(std::max(a.size(), b.size()), options));
  for (uint32_t r = 0; r < out.replicates.size(); ++r) {
    out.replicates[r] =
        of_b.of_resample(options.seed, kStreamB, r) / of_a.of_resample(options.seed, kStreamA, r);
  }
  return out;
}

}  // namespace

SpeedDifference paired_speed(std::span<const double> a, std::span<const double> b,
                             std::span<const uint32_t> clusters, double confidence) {
  ASSAY_CHECK(a.size() == b.size(), "{} times against {}", a.size(), b.size());
  ASSAY_CHECK(clusters.empty() || clusters.size() == a.size(), "{} clusters for {} pairs",
              clusters.size(), a.size());
  std::vector<double> log_a;
  std::vector<double> log_b;
  std::vector<uint32_t> kept;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!is_time(a[i]) || !is_time(b[i])) continue;
    log_a.push_back(std::log(a[i]));
    log_b.push_back(std::log(b[i]));
    if (!clusters.empty()) kept.push_back(clusters[i]);
  }
  const PairedTest t = paired_difference(log_b, log_a, kept, confidence);
  SpeedDifference out;
  out.test = clusters.empty() ? "paired t of logarithms" : "clustered paired t of logarithms";
  out.ratio.method = "ratio of geometric means, " + out.test;
  out.ratio.n = log_a.size();
  if (t.difference.value) out.ratio.value = std::exp(*t.difference.value);
  if (t.difference.ci_low) out.ratio.ci_low = std::exp(*t.difference.ci_low);
  if (t.difference.ci_high) out.ratio.ci_high = std::exp(*t.difference.ci_high);
  out.p_value = t.p_value;
  out.banner = dropped_text(a.size() - log_a.size(), a.size(), "pairs");
  return out;
}

SpeedDifference unpaired_speed(std::span<const double> a, std::span<const double> b,
                               const ResampleOptions& options) {
  const std::vector<double> times_a = times_of(a);
  const std::vector<double> times_b = times_of(b);
  SpeedDifference out;
  out.test = "Mann-Whitney";
  out.banner = kNotInterleaved;
  add_sentence(out.banner, dropped_text(a.size() + b.size() - times_a.size() - times_b.size(),
                                        a.size() + b.size(), "times"));
  out.ratio.n = times_a.size() + times_b.size();
  out.ratio.method = "ratio of medians";
  if (times_a.empty() || times_b.empty()) return out;
  out.ratio.value = median(times_b) / median(times_a);
  if (times_a.size() < 2 || times_b.size() < 2) return out;
  const Estimate interval =
      percentile_interval(median_ratios(times_a, times_b, options), options.confidence);
  out.ratio.ci_low = interval.ci_low;
  out.ratio.ci_high = interval.ci_high;
  out.ratio.method = "ratio of medians, moving-block " + interval.method;
  out.p_value = mann_whitney_p(times_a, times_b);
  return out;
}

std::optional<double> mann_whitney_p(std::span<const double> a, std::span<const double> b) {
  if (a.empty() || b.empty() || !all_finite(a) || !all_finite(b)) return std::nullopt;
  std::vector<double> both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  const std::vector<double> ranks = average_ranks(both);
  Sum of_a;
  for (size_t i = 0; i < a.size(); ++i) of_a.add(ranks[i]);
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const double total = n + m;
  const double u = of_a.value() - n * (n + 1) / 2;
  const double ties = tie_cubes(std::move(both)) / (total * (total - 1));
  const double variance = n * m / 12 * (total + 1 - ties);
  if (!(variance > 0)) return 1;
  const double z = (std::max(u, n * m - u) - n * m / 2 - 0.5) / std::sqrt(variance);
  return std::min(1.0, 2 * normal_cdf(-z));
}

}  // namespace assay::stats
