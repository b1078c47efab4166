// A task's `metric_list`: which metrics, with which options, aggregation and direction; and the
// defaults of lm-evaluation-harness where the task names none.
//
// Where it stands: read while a suite is loaded; the scorer `lm_eval` walks over the result.
//
//   ASSAY_TRY(const std::vector<Metric> metrics,
//             read_metric_list(list, OutputType::kGenerateUntil, "metric_list"));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/types/score.h"
#include "suites/score/lm_eval/exact_match.h"
#include "suites/score/lm_eval/text_metric.h"

namespace assay::suites::lm_eval {

inline constexpr size_t kMetricsMax = 64;

enum class OutputType : uint8_t {
  kGenerateUntil,
  kMultipleChoice,
  kLoglikelihood,
  kLoglikelihoodRolling,
};
std::optional<OutputType> output_type_from_name(std::string_view name);
const std::vector<std::string>& output_type_names();

enum class MetricKind : uint8_t {
  // generate_until
  kExactMatch,  // and multiple_choice: the right choice is greedy
  kAnls,
  kText,
  kBypass,
  // generate_until and multiple_choice: pairs of classes
  kClasses,
  // multiple_choice
  kAcc,  // and loglikelihood: the target is greedy
  kAccNorm,
  kAccBytes,
  kAccMutualInfo,
  kBrier,
  kLikelihood,
  // loglikelihood
  kPerplexity,
  // loglikelihood_rolling
  kPerWord,
  kPerByte,
};

struct Metric {
  MetricKind kind = MetricKind::kExactMatch;
  MetricDef def;  // its name is the metric's own; the scorer adds the filter's
  std::shared_ptr<const ExactMatch> exact;
  std::shared_ptr<const TextMetric> text;
  double anls_threshold = 0.5;
};

// `list` null: the defaults of `type`. Errors begin with the place ("metric_list[1]") and name the
// nearest known metric, aggregation or key; what needs Python says so with its key.
Result<std::vector<Metric>> read_metric_list(const Json& list, OutputType type,
                                             const std::string& place);

}  // namespace assay::suites::lm_eval
