// What `assay decide` and `assay report` share: the flags of a decision, joined with assay.yaml,
// and the decision itself.
//
//   ASSAY_TRY(const aggregate::DecisionOptions options, decision_options(flags));
//   ASSAY_TRY(const DecisionReport report, aggregate::decide_runs(runs.list, runs.names, options));
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/aggregate/decision_rules.h"
#include "harness/base/result.h"
#include "harness/types/decision.h"

namespace assay::app {

struct DecideFlags {
  std::string config;
  std::vector<std::string> suites;
  std::vector<std::string> require;
  std::string weights;
  std::string margin;
  std::optional<uint64_t> seed;
};

// --config, --margin, --weights, --require, --seed.
void declare_decide_flags(CLI::App& command, DecideFlags& flags);

// Flags win over assay.yaml. Errors: bad values, with their place.
Result<aggregate::DecisionOptions> decision_options(const DecideFlags& flags);

// There is something to decide: on some suite two models have a cost, or requirements or weights
// were given for two models.
bool worth_deciding(const DecisionReport& report, const aggregate::DecisionOptions& options);

}  // namespace assay::app
