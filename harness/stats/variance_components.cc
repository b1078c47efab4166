#include "harness/stats/variance_components.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "harness/base/check.h"
#include "harness/stats/finite.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

struct ItemSums {
  Sum total;
  uint64_t count = 0;
  [[nodiscard]] double mean() const { return total.value() / static_cast<double>(count); }
};

}  // namespace

VarianceComponents variance_components(std::span<const double> values,
                                       std::span<const uint32_t> item) {
  ASSAY_CHECK(values.size() == item.size(), "{} values of {} items", values.size(), item.size());
  VarianceComponents out;
  if (values.empty() || !all_finite(values)) return out;
  // In order of first appearance: the sums do not depend on how items are numbered.
  std::unordered_map<uint32_t, size_t> place;
  std::vector<ItemSums> items;
  std::vector<size_t> at(values.size());
  Sum total;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto [found, fresh] = place.try_emplace(item[i], items.size());
    if (fresh) items.emplace_back();
    at[i] = found->second;
    items[at[i]].total.add(values[i]);
    ++items[at[i]].count;
    total.add(values[i]);
  }
  out.items = items.size();
  out.values = values.size();
  const auto n = static_cast<double>(values.size());
  const auto groups = static_cast<double>(items.size());
  const double mean = total.value() / n;
  out.mean = mean;
  if (values.size() == items.size()) return out;
  Sum within;
  for (size_t i = 0; i < values.size(); ++i) {
    const double r = values[i] - items[at[i]].mean();
    within.add(r * r);
  }
  out.within = within.value() / (n - groups);
  if (items.size() < 2) return out;
  Sum between;
  Sum squares;
  for (const ItemSums& one : items) {
    const auto k = static_cast<double>(one.count);
    between.add(k * (one.mean() - mean) * (one.mean() - mean));
    squares.add(k * k);
  }
  const double k0 = (n - squares.value() / n) / (groups - 1);
  out.between = std::max(0.0, (between.value() / (groups - 1) - *out.within) / k0);
  return out;
}

double variance_of_mean(const VarianceComponents& v, uint64_t items, uint64_t repeats) {
  ASSAY_CHECK(items >= 1 && repeats >= 1, "{} items, {} repeats", items, repeats);
  const auto n = static_cast<double>(items);
  return v.between.value_or(0) / n + v.within.value_or(0) / (n * static_cast<double>(repeats));
}

}  // namespace assay::stats
