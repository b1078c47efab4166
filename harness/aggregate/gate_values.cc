#include "harness/aggregate/gate_values.h"

#include <cmath>
#include <unordered_map>

namespace assay::aggregate {
namespace {

struct Sum {
  double value = 0;
  double weight = 0;
  uint64_t n = 0;
};

void add_score(const ItemDetail& item, const std::string& metric, Sum& sum) {
  for (const Score& score : item.scores) {
    if (score.metric != metric || score.status != ScoreStatus::kScored) continue;
    if (!std::isfinite(score.value) || !(score.weight > 0)) continue;
    sum.value += score.value * score.weight;
    sum.weight += score.weight;
    ++sum.n;
  }
}

}  // namespace

Result<std::vector<ConfirmedItem>> item_values(const RunStore& store, const std::string& suite,
                                               const std::string& model, const std::string& metric,
                                               const std::vector<std::string>& items) {
  std::unordered_map<std::string, Sum> sums;
  for (const std::string& item : items) sums.emplace(item, Sum{});
  ItemQuery query;
  query.suite = suite;
  query.model = model;
  ASSAY_TRY_VOID(store.read_items(query, [&](const ItemDetail& item) {
    const auto at = sums.find(item.sample_id);
    if (at != sums.end()) add_score(item, metric, at->second);
    return true;
  }));
  std::vector<ConfirmedItem> out;
  for (const std::string& item : items) {
    const Sum& sum = sums.at(item);
    if (sum.n > 0) out.push_back({.item = item, .value = sum.value / sum.weight, .n = sum.n});
  }
  return out;
}

}  // namespace assay::aggregate
