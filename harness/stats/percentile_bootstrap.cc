#include "harness/stats/percentile_bootstrap.h"

#include <algorithm>
#include <vector>

#include "harness/base/rng.h"
#include "harness/stats/finite.h"
#include "harness/stats/percentile.h"

namespace assay::stats {

Estimate bootstrap_percentile(std::span<const double> values, const Statistic& statistic,
                              const BootstrapOptions& options) {
  Estimate out;
  out.n = values.size();
  out.method = "percentile bootstrap";
  if (!all_finite(values)) {
    out.method = kNotFinite;
    return out;
  }
  if (values.empty()) return out;
  out.value = statistic(values);
  if (values.size() == 1 || options.resamples == 0) return out;
  std::vector<double> figures(options.resamples);
  std::vector<double> drawn(values.size());
  for (uint32_t r = 0; r < options.resamples; ++r) {
    Rng rng(options.seed, r);
    for (double& v : drawn) v = values[rng.below(values.size())];
    figures[r] = statistic(drawn);
  }
  if (!all_finite(figures)) return out;
  std::sort(figures.begin(), figures.end());
  out.ci_low = percentile_as(figures, (1 - options.confidence) / 2, PercentileDefinition::kLinear);
  out.ci_high = percentile_as(figures, (1 + options.confidence) / 2, PercentileDefinition::kLinear);
  return out;
}

}  // namespace assay::stats
