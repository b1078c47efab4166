// How a filtered value is judged against the targets: the half of process_results of
// lm-evaluation-harness that is for generate_until.
//
// Where it stands: the scorer `lm_eval` calls it from the scoring pool. Pure functions.
//
//   Score score;
//   judge_generation(metric, Json("42"), sample.targets, sample.choices, score);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/types/score.h"
#include "suites/score/lm_eval/metric_list.h"

namespace assay::suites::lm_eval {

// Of the metric `bypass`, as the reference prints it.
inline constexpr double kBypassValue = 999;

// exact_match of whatever the filters left. Several targets: 1 when any of them is equal. A number
// (a map makes them) is compared with the target read as a number; a list of texts (no take_first)
// gives the mean over its texts. Errors: kLimit where a regex gave up; kInput where the reference
// would raise an exception.
// Source: ConfigurableTask.process_results in lm_eval/api/task.py (0.4.11).
Result<double> exact_match_value(const ExactMatch& match, const Json& value,
                                 const std::vector<std::string>& targets);

// The number of a text as a class: its place in `choices`, or where it is none of them a hash of 53
// bits (beyond every place), so that equal texts are one class.
double class_number(std::string_view text, const std::vector<std::string>& choices);

// Sets value, parts, status, extracted and reason; the metric is one of generate_until.
void judge_generation(const Metric& metric, const Json& value,
                      const std::vector<std::string>& targets,
                      const std::vector<std::string>& choices, Score& score);

// Unscored, with the reason cut to kReasonBytesMax.
void mark_unscored(Score& score, std::string_view reason);

// A text as it is, anything else as JSON.
std::string shown_value(const Json& value);

}  // namespace assay::suites::lm_eval
