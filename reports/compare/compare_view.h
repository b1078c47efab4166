// What the text and the HTML form of a comparison share. Inside compare/ only.
#pragma once

#include <string>
#include <vector>

#include "harness/aggregate/compare.h"
#include "reports/html/strings.h"

namespace assay::reports {

enum class Change { kBetter, kWorse, kNone, kNotComparable };

// Of the later file against the baseline.
Change change_of(const aggregate::RunComparison& row);
std::string change_text(Change change, Language language);
// new - baseline: people read a change in the direction of time.
Estimate change_estimate(const Comparison& comparison);
// "2 better, 1 worse, no change shown in 3": rows of whole suites.
std::string change_counts(const aggregate::ComparisonReport& report, Language language);
// Holm's p where there is one.
std::string change_p(const Comparison& comparison);
// "7.9 pp": the smallest difference the row could see; n/a where there is none.
std::string could_see(const aggregate::RunComparison& row, Language language);
// "n = 200 could see 7.9 pp"
std::string could_see_text(const aggregate::RunComparison& row, Language language);
// Suites in order of their first row, speed or tied set.
std::vector<std::string> suite_order(const aggregate::ComparisonReport& report);
bool is_slice(const aggregate::RunComparison& row);
// "24 slices: 1 better, 2 worse, ..." of a suite; empty: it has none.
std::string slice_counts(const aggregate::ComparisonReport& report, const std::string& suite,
                         Language language);
// "language = ko"
std::string slice_name(const aggregate::RunComparison& row);
// "latency", "first token", ...
std::string figure_name(const std::string& figure, Language language);
// "1.24 [1.10–1.40]"
std::string format_ratio(const Estimate& ratio);
std::string format_ratio_interval(const Estimate& ratio);
std::string margin_text(aggregate::MarginVerdict margin, Language language);
// "Margin 2 pp" as a column's title. A margin is in the unit of each metric.
std::string margin_title(double margin, Language language);
// "Best of all: ..." for the suite; empty: it has no set.
std::string tied_text(const aggregate::ComparisonReport& report, const std::string& suite,
                      Language language);

// What a reader of the suite's speeds must know, each once.
std::vector<std::string> banners_of(const aggregate::ComparisonReport& report,
                                    const std::string& suite);

}  // namespace assay::reports
