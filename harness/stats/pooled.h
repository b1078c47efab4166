// Figures of a group of subtasks from the subtasks' own figures.
//
// Where it stands: harness/stats. Pure; any thread.
//
//   const std::vector<stats::GroupPart> parts{{.size = 312, .value = 0.85, .error = 0.038}, ...};
//   stats::weighted_mean(parts);  stats::pooled_error(parts);
//
// Edge cases: no parts, or no items: no value; a NaN gives NaN.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace assay::stats {

struct GroupPart {
  uint64_t size = 0;  // items
  double value = 0;
  double error = 0;  // standard error of the value
};

// Σ size · value / Σ size.
std::optional<double> weighted_mean(std::span<const GroupPart> parts);
// Σ value / parts.
std::optional<double> unweighted_mean(std::span<const GroupPart> parts);
// sqrt(Σ (size - 1) size error² / (Σ size - parts) / Σ size): the items of all parts pooled into
// one variance around their own part's mean; none where no part has two items. Source:
// lm-evaluation-harness, api/metrics.py pooled_sample_stderr.
std::optional<double> pooled_error(std::span<const GroupPart> parts);

}  // namespace assay::stats
