// What the text and the HTML form of a comparison share. Inside compare/ only.
#pragma once

#include <string>

#include "harness/aggregate/compare.h"
#include "reports/html/strings.h"

namespace assay::reports {

enum class Change { kBetter, kWorse, kNone, kNotComparable };

// Of the later file against the baseline.
Change change_of(const aggregate::RunComparison& row);
std::string change_text(Change change, Language language);
// new - baseline: people read a change in the direction of time.
Estimate change_estimate(const Comparison& comparison);
// "2 better, 1 worse, no change shown in 3".
std::string change_counts(const aggregate::ComparisonReport& report, Language language);
// Holm's p where there is one.
std::string change_p(const Comparison& comparison);

}  // namespace assay::reports
