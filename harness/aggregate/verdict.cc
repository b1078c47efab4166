#include "harness/aggregate/verdict.h"

#include <algorithm>

namespace assay::aggregate {
namespace {

const MetricResult* headline(const ModelResult& model) {
  if (model.metrics.empty() || !model.metrics.front().estimate.value) return nullptr;
  return &model.metrics.front();
}

bool better(const MetricResult& a, const MetricResult& b) {
  return a.def.higher_is_better ? *a.estimate.value > *b.estimate.value
                                : *a.estimate.value < *b.estimate.value;
}

std::optional<double> median_latency(const ModelResult& model) {
  for (const Percentile& p : model.latency.percentiles) {
    if (p.p == 0.5) return p.estimate.value;
  }
  return std::nullopt;
}

std::optional<size_t> fastest_of(std::span<const ModelResult> models,
                                 const std::vector<size_t>& candidates) {
  std::optional<size_t> out;
  for (const size_t i : candidates) {
    const auto median = median_latency(models[i]);
    if (median && (!out || *median < *median_latency(models[*out]))) out = i;
  }
  return out;
}

}  // namespace

std::optional<size_t> best_model(std::span<const ModelResult> models,
                                 const std::vector<bool>& takes_part) {
  std::optional<size_t> best;
  for (size_t i = 0; i < models.size(); ++i) {
    const MetricResult* mine = headline(models[i]);
    if (!takes_part[i] || mine == nullptr) continue;
    if (!best || better(*mine, *headline(models[*best]))) best = i;
  }
  return best;
}

SuiteVerdict suite_verdict(std::span<const ModelResult> models,
                           std::span<const Comparison> comparisons,
                           const std::vector<bool>& takes_part, std::optional<size_t> best) {
  SuiteVerdict out;
  out.best = best;
  if (!best) return out;
  size_t opponents = 0;
  for (const Comparison& c : comparisons) {
    if (!takes_part[c.b] || headline(models[c.b]) == nullptr) continue;
    ++opponents;
    if (c.verdict != PairVerdict::kABetter) out.tied.push_back(c.b);
  }
  std::stable_sort(out.tied.begin(), out.tied.end(), [&](size_t x, size_t y) {
    return better(*headline(models[x]), *headline(models[y]));
  });
  out.kind = !out.tied.empty() ? VerdictKind::kTied
             : opponents > 0   ? VerdictKind::kClearBest
                               : VerdictKind::kSingleModel;
  std::vector<size_t> candidates{*best};
  candidates.insert(candidates.end(), out.tied.begin(), out.tied.end());
  out.fastest = fastest_of(models, candidates);
  return out;
}

}  // namespace assay::aggregate
