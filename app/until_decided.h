// `assay run --until-decided`: from flags to the rule that stops the run, and from its decisions to
// text, JSON and the exit code.
//
//   ASSAY_TRY(const auto rule, make_decision_rule(flags, path, suites.list, models));   // or null
//   request.stop_rule = rule.get();
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/run_flags.h"
#include "harness/aggregate/stop_rules.h"
#include "harness/api/suite.h"
#include "harness/base/result.h"
#include "harness/run/run.h"

namespace assay::app {

// Flags that do not go together, or have no value that makes sense. Before anything is loaded.
Result<void> check_until_decided(const RunFlags& flags);

// Null without --until-decided. `path` is the run file to be written.
Result<std::unique_ptr<aggregate::DecisionRule>> make_decision_rule(
    const RunFlags& flags, const std::string& path, const std::vector<const Suite*>& suites,
    const std::vector<run::RunModel>& models);

// What stands below the run's table.
std::string decisions_text(std::span<const aggregate::Decision> decisions, const RunFlags& flags);
// The summary's JSON with the decisions as its member "decisions".
Result<std::string> with_decisions(const std::string& summary_json,
                                   std::span<const aggregate::Decision> decisions,
                                   const RunFlags& flags);

// 1 where any regressed or failed, else 3 where any is inconclusive, else 0.
int decisions_exit_code(std::span<const aggregate::Decision> decisions);

}  // namespace assay::app
