#include "harness/stats/item_health.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/base/check.h"
#include "harness/stats/finite.h"
#include "harness/stats/proportion.h"

namespace assay::stats {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kNoVariation = 1e-12;  // share of the largest square

// Pearson of an item and the rest of each model; NaN where one does not vary.
double item_rest(std::span<const double> item, std::span<const double> totals) {
  const auto n = static_cast<double>(item.size());
  double mean_x = 0;
  double mean_y = 0;
  for (size_t m = 0; m < item.size(); ++m) {
    mean_x += item[m] / n;
    mean_y += (totals[m] - item[m]) / n;
  }
  double xx = 0;
  double yy = 0;
  double xy = 0;
  double size_x = 0;
  double size_y = 0;
  for (size_t m = 0; m < item.size(); ++m) {
    const double rest = totals[m] - item[m];
    xx += (item[m] - mean_x) * (item[m] - mean_x);
    yy += (rest - mean_y) * (rest - mean_y);
    xy += (item[m] - mean_x) * (rest - mean_y);
    size_x = std::max(size_x, item[m] * item[m]);
    size_y = std::max(size_y, rest * rest);
  }
  if (xx <= kNoVariation * size_x || yy <= kNoVariation * size_y) return kNan;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

double lower_tail(double r, size_t models) {
  const double degrees = static_cast<double>(models) - 2;
  const double rest = 1 - r * r;
  if (rest <= 0) return r < 0 ? 0 : 1;
  const double two_sided = student_two_sided(r * std::sqrt(degrees / rest), degrees);
  return r < 0 ? two_sided / 2 : 1 - two_sided / 2;
}

}  // namespace

Discrimination discrimination(std::span<const double> scores, size_t models) {
  Discrimination out;
  if (models == 0) return out;
  ASSAY_CHECK(scores.size() % models == 0, "{} scores of {} models", scores.size(), models);
  const size_t items = scores.size() / models;
  out.r.assign(items, kNan);
  out.p_negative.assign(items, kNan);
  if (models < kDiscriminationModelsMin) return out;
  std::vector<double> totals(models);
  for (size_t i = 0; i < items; ++i) {
    const auto item = scores.subspan(i * models, models);
    if (!all_finite(item)) continue;
    for (size_t m = 0; m < models; ++m) totals[m] += item[m];
  }
  for (size_t i = 0; i < items; ++i) {
    const auto item = scores.subspan(i * models, models);
    if (!all_finite(item)) continue;
    out.r[i] = item_rest(item, totals);
    if (!std::isnan(out.r[i])) out.p_negative[i] = lower_tail(out.r[i], models);
  }
  return out;
}

Balance label_balance(std::span<const uint64_t> counts, double confidence) {
  Balance out;
  for (const uint64_t count : counts) {
    out.n += count;
    out.labels += count > 0 ? 1 : 0;
  }
  if (out.n == 0) return out;
  double entropy = 0;
  for (const uint64_t count : counts) {
    if (count == 0) continue;
    const double p = static_cast<double>(count) / static_cast<double>(out.n);
    entropy -= p * std::log2(p);
  }
  out.entropy_bits = std::max(0.0, entropy);
  if (out.labels > 1) out.evenness = entropy / std::log2(static_cast<double>(out.labels));
  out.majority =
      static_cast<size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  out.majority_share = wilson(counts[out.majority], out.n, confidence);
  return out;
}

}  // namespace assay::stats
