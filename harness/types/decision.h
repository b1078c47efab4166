// DecisionReport: which model to adopt on each suite, why, and what would change it. Plain data,
// computed by harness/aggregate/decision.h, rendered by reports/.
//
//   if (report.suites.front().outcome == DecisionOutcome::kAdopt) print(chosen_name(suite));
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/types/estimate.h"
#include "harness/types/score.h"

namespace assay {

enum class Criterion : uint8_t { kQuality, kCost, kLatency };
inline constexpr size_t kCriterionCount = 3;
// One number for each criterion, by its enumerator.
using CriterionValues = std::array<double, kCriterionCount>;

enum class RequirementKind : uint8_t {
  kLicence,
  kRegion,
  kContext,
  kModality,
  kAvailability,
  kErrorRate,
  kP95,
  kBudget,
};

enum class RequirementState : uint8_t { kPass, kFail, kUnknown };

struct RequirementCheck {
  RequirementKind kind = RequirementKind::kLicence;
  RequirementState state = RequirementState::kUnknown;
  // Of a measured figure: its whole interval lies on the side of its value. False: the interval
  // holds the limit too, so that more items could turn the state round.
  bool shown = true;
  std::string wanted;  // "mit or apache-2.0", "at least 99%"
  std::string found;   // "cn", "98.5% [97.1–99.2]"; or why it is not known
};

// Where a model stands to the best one left, by the paired interval of what it loses.
enum class QualityStanding : uint8_t {
  kNone,       // no figure, or knocked out
  kBest,       // no other has a better figure
  kWithin,     // the whole interval loses less than the margin
  kUndecided,  // the margin is inside the interval, or there is none
  kWorse,      // the whole interval loses more than the margin
};

struct DecidedModel {
  std::string name;
  uint64_t asked = 0;     // items of all its samples
  uint64_t answered = 0;  // of these
  uint64_t failed = 0;
  Estimate quality;  // over the samples that are compared
  QualityStanding standing = QualityStanding::kNone;
  Estimate loss;  // the best's quality minus its own in the good direction, paired
  Estimate cost_per_item;
  // Or per what SuiteDecision::cost_unit says. No value: cost_note.
  Estimate cost_per_correct;
  bool none_correct = false;
  uint64_t draws_none_correct = 0;  // resamples without a correct answer, left out
  std::string cost_note;            // how it was measured, or why it was not
  Estimate cost_ratio;              // cost_per_correct / that of SuiteDecision::reference
  Estimate latency_mean;            // seconds, answered items
  Estimate latency_p50;
  Estimate latency_p95;
  std::array<bool, kCriterionCount> has{};  // criteria with a figure
  bool on_front = false;                    // by the figures as measured
  std::optional<double> front_probability;  // share of resamples; unset: knocked out, no figure
  std::vector<double> rank_shares;          // of rank 1, 2, ... over weightings and resamples
  std::optional<double> expected_rank;      // from 1
  std::optional<CriterionValues> central_weights;  // mean of those with which it is first
  std::optional<double> first_with_weights;        // share of resamples, with the user's weights
  std::vector<RequirementCheck> requirements;
  bool knocked_out = false;
};

enum class DecisionOutcome : uint8_t {
  kAdopt,      // one model, shown
  kUndecided,  // `chosen` is the cheapest of those that cannot be told apart, `why` says what lacks
  kNone,       // no model meets the requirements
  kNoData,     // nothing was scored
};

enum class DecisionReason : uint8_t {
  kNothing,           // of kNone and kNoData
  kOnlyModel,         // no other was measured, or all others are knocked out
  kOnlyGoodEnough,    // every other is shown to lose more than the margin
  kCheapest,          // cheapest per correct answer among those good enough
  kQualityUndecided,  // the cheapest is not shown to be within the margin
  kCostTied,          // others might cost the same per correct answer or less
  kCostUnknown,       // others that are good enough have no cost
  kNoneCorrect,       // no model gave a correct answer
};

// What would make another model the choice. Each is computed by choosing again.
struct DecisionChange {
  enum class Kind : uint8_t {
    kPrice,         // `model` costs less than `value` times what it does (or the choice 1 / value)
    kUnknownPrice,  // `model`, whose cost is not known, costs less than `cost_per_item`
    kMargin,        // the margin is at least `value`
    kRequirement,   // `model` is not knocked out by `requirements`
    kUnknown,       // the choice turns out to fail `requirements`, which are not known now
    kWeightAbove,   // the weight of quality is above `value`, the others sharing the rest
    kWeightBelow,   // below
  };
  Kind kind = Kind::kPrice;
  size_t model = 0;  // that would be the choice; index into models
  double value = 0;
  std::optional<double> cost_per_item;  // of prices: below which `model` is the choice
  std::vector<RequirementKind> requirements{};
};

// Weights of the criteria as the user gave them: each a number, or a range to draw from.
struct WeightRange {
  double low = 0;
  double high = 0;
};
using WeightRanges = std::array<WeightRange, kCriterionCount>;

// What costs are divided by to compare models.
enum class CostUnit : uint8_t {
  kCorrect,  // answers of a binary metric that are right
  kScore,    // of a graded one where higher is better
  kItem,     // where lower is better, or scores may be negative
};

struct SuiteDecision {
  std::string suite;
  MetricDef metric;
  CostUnit cost_unit = CostUnit::kCorrect;
  uint64_t samples = 0;   // compared: all models were asked, costs known
  uint64_t left_out = 0;  // of a model's samples, at most
  uint64_t units = 0;     // drawn: samples, or clusters where two samples share one
  uint32_t draws = 0;
  std::string currency;              // empty: no cost is known
  std::vector<DecidedModel> models;  // run order
  DecisionOutcome outcome = DecisionOutcome::kNoData;
  DecisionReason reason = DecisionReason::kNothing;
  std::optional<size_t> best;                   // in quality, of those not knocked out
  std::optional<size_t> chosen;                 // also where undecided
  std::optional<size_t> reference;              // of cost_ratio: the choice, or the cheapest
  std::vector<size_t> tied;                     // not told apart from `chosen`, cheapest first
  std::array<bool, kCriterionCount> weighed{};  // criteria that all models left have
  std::optional<WeightRanges> weights;          // the user's
  std::vector<DecisionChange> changes;          // by kind; of prices the nearest first
  std::vector<std::string> notes;
};

struct DecisionReport {
  std::vector<std::string> sources;
  double margin = 0;  // of metrics that are shares
  double confidence = 0.95;
  uint64_t seed = 1;
  std::vector<SuiteDecision> suites;
  std::vector<std::string> notes;
};

// kNone where a suite has none, else kNoData or kUndecided where one is so, or where suites choose
// different models; kNoData without a suite.
DecisionOutcome overall_outcome(const DecisionReport& report);

std::string_view criterion_name(Criterion criterion);             // "quality", "cost", "latency"
std::string_view requirement_name(RequirementKind kind);          // as in assay.yaml: "error_rate"
std::string_view requirement_state_name(RequirementState state);  // "pass", "fail", "unknown"
std::string_view standing_name(QualityStanding standing);
std::string_view decision_outcome_name(DecisionOutcome outcome);
std::string_view reason_name(DecisionReason reason);
std::string_view cost_unit_name(CostUnit unit);  // "correct", "score", "item"
std::string_view change_name(DecisionChange::Kind kind);

}  // namespace assay
