// Several tests at once: adjusted p-values.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread.
//
//   const std::vector<double> adjusted = stats::holm(p_values);   // same order as given
#pragma once

#include <span>
#include <vector>

namespace assay::stats {

// Step-down: sorted ascending, adjusted p_(i) = max over j <= i of min(1, (m - j + 1) p_(j)), i
// from 1. Rejecting where the adjusted value is <= alpha keeps the chance of any false rejection <=
// alpha. A NaN stays NaN and is not counted in m. Empty: empty. Source: S. Holm, Scandinavian
// Journal of Statistics 6 (1979) 65; statsmodels multipletests "holm".
std::vector<double> holm(std::span<const double> p_values);

}  // namespace assay::stats
