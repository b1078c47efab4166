// What a decision is asked: which requirements knock a model out, what is known of the models, what
// matters how much.
//
// Where it stands: harness/aggregate; read from assay.yaml and flags by app/decision_config.h, used
// by decision.h.
//
//   DecisionOptions options;
//   options.rules.p95_seconds = 5;
//   options.facts.push_back({.name = "r1", .licence = "mit", .regions = {"cn"}});
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/money.h"
#include "harness/types/decision.h"

namespace assay::aggregate {

// Days of a month, on average.
inline constexpr double kDaysPerMonth = 365.25 / 12;

struct BudgetRule {
  Money amount;
  std::string currency;
  bool monthly = true;                     // else a day
  std::optional<double> requests_per_day;  // unset: that of the rules
};

// A model that fails one of these is knocked out. Empty and unset: not asked.
struct RequirementRules {
  std::vector<std::string> licences;    // one of them, whatever the case of its letters
  std::vector<std::string> regions;     // it is offered in one of them
  std::vector<std::string> modalities;  // it takes all of them
  std::optional<uint64_t> context;      // tokens, at least
  std::optional<double> availability;   // share of tries that were answered, at least
  std::optional<double> error_rate;     // share of items without an answer, at most
  std::optional<double> p95_seconds;    // of the latency, at most
  std::optional<BudgetRule> budget;
  std::optional<double> requests_per_day;
  bool unknown_fails = false;  // else what is not known is kept, and named in the verdict
};

// What assay.yaml says of a model; unset and empty: nothing.
struct ModelFacts {
  std::string name;  // as in the run, or its spec
  std::string spec;
  std::optional<std::string> licence;
  std::optional<uint64_t> context;
  std::vector<std::string> regions;
  std::vector<std::string> modalities;
};

inline constexpr double kMarginDefault = 0.02;  // 2 points

struct DecisionOptions {
  RequirementRules rules;
  std::vector<ModelFacts> facts;
  std::optional<WeightRanges> weights;
  double margin = kMarginDefault;   // of metrics that are shares
  double confidence = 0.95;         // of every interval
  uint64_t seed = 1;                // of all draws
  uint32_t resamples = 10'000;      // at most
  std::vector<std::string> suites;  // empty: all
};

}  // namespace assay::aggregate
