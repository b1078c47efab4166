// Stop rules: when a run has asked enough. Against a baseline: a sequential test of the paired
// difference, read in planned order; against an absolute threshold: curtailment.
//
// Where they stand: harness/aggregate, over stats/sequential and stats/curtailment; made and owned
// by app (`assay run --until-decided`), asked by harness/run through StopRule. The decision is a
// function of the run file, the seed and the baseline: running the same command again computes it
// again and asks nothing.
//
//   ASSAY_TRY(auto rule, make_baseline_rule(*baseline, "old.assay", suites, models, options));
//   request.stop_rule = rule.get();   ...run...   for (const Decision& d : rule->decisions()) ...
//
// What the verdict is about: the items as a sample of what the suite stands for, not this list of
// items. So two runs that differ on the last item are still told apart only by what can be told of
// the next items, and a suite that ends undecided is inconclusive (sampling without replacement
// would make every suite decided at its last item, about nothing but itself).
//
// Planned order: by a keyed hash of (seed, suite, sample id), items of one cluster together; the
// same for every session, and for the same items in any order of the data. Why results are not read
// as they come in: quick answers come first, and where hard items take longer the quick ones
// flatter or blame the model; see docs/sequential.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/run_store.h"
#include "harness/api/stop_rule.h"
#include "harness/api/suite.h"
#include "harness/types/estimate.h"
#include "harness/types/score.h"

namespace assay::aggregate {

enum class DecisionVerdict : uint8_t { kNonInferior, kRegressed, kPassed, kFailed, kInconclusive };
// "non_inferior", "regressed", "passed", "failed", "inconclusive".
std::string_view decision_name(DecisionVerdict verdict);

// One model on one suite.
struct Decision {
  std::string suite;
  std::string model;
  std::string baseline_model;  // empty: against a threshold
  MetricDef metric;
  DecisionVerdict verdict = DecisionVerdict::kInconclusive;
  uint64_t items_planned = 0;   // that the decision could read
  uint64_t items_used = 0;      // read when it was made, excluded ones included
  uint64_t items_excluded = 0;  // of these: no reply, or not judged
  uint64_t items_known = 0;     // with a result at the end, beyond those read too
  uint64_t items_saved = 0;     // planned and never asked to the end
  // Against a baseline: better is positive, in parts of 1.
  std::optional<double> e_regressed;     // against "not worse"
  std::optional<double> e_non_inferior;  // against "worse by the margin"
  Estimate sequential;                   // difference at the decision, valid at any time
  double margin = 0;
  double alpha = 0;
  std::string threshold;  // "accuracy>=0.8"
  // The ordinary interval over all items known, as if their number had been fixed before: of the
  // difference, or of the figure. For information where the run stopped early.
  Estimate fixed_n;
  std::vector<std::string> notes;
};

class DecisionRule : public StopRule {
 public:
  // By suite, then model. After the run.
  [[nodiscard]] virtual std::vector<Decision> decisions() const = 0;
};

struct BaselineRuleOptions {
  double margin = 0.02;  // in (0, 1)
  double alpha = 0.05;   // in (0, 0.5)
  uint64_t seed = 0;     // of the run
};

// Headline metric of each suite. Errors: a suite or model that the baseline does not have (a model
// of another name is its counterpart where it is the only one), another scorer, a metric whose
// items have no value of their own between 0 and 1, no item in common.
Result<std::unique_ptr<DecisionRule>> make_baseline_rule(const RunStore& baseline,
                                                         const std::string& baseline_name,
                                                         std::span<const Suite* const> suites,
                                                         std::span<const std::string> models,
                                                         const BaselineRuleOptions& options);

// `text`: METRIC>=VALUE (or >, <=, <), the value a number or a percentage. Errors: not of this
// form; a suite without the metric; a metric whose bounds are not known (not binary, and lower is
// better or its values are no parts of 1).
Result<std::unique_ptr<DecisionRule>> make_threshold_rule(const std::string& text,
                                                          std::span<const Suite* const> suites,
                                                          std::span<const std::string> models,
                                                          uint64_t seed);

}  // namespace assay::aggregate
