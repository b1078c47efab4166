#include "harness/types/decision.h"

#include <algorithm>
#include <string_view>

namespace assay {
namespace {

const std::string* chosen_name(const SuiteDecision& suite) {
  return suite.chosen ? &suite.models[*suite.chosen].name : nullptr;
}

}  // namespace

DecisionOutcome overall_outcome(const DecisionReport& report) {
  if (report.suites.empty()) return DecisionOutcome::kNoData;
  for (const DecisionOutcome worst :
       {DecisionOutcome::kNone, DecisionOutcome::kNoData, DecisionOutcome::kUndecided}) {
    if (std::any_of(report.suites.begin(), report.suites.end(),
                    [&](const SuiteDecision& suite) { return suite.outcome == worst; })) {
      return worst;
    }
  }
  const std::string* const first = chosen_name(report.suites.front());
  const bool same =
      std::all_of(report.suites.begin(), report.suites.end(), [&](const SuiteDecision& suite) {
        const std::string* const name = chosen_name(suite);
        return first != nullptr && name != nullptr && *name == *first;
      });
  return same ? DecisionOutcome::kAdopt : DecisionOutcome::kUndecided;
}

std::string_view criterion_name(Criterion criterion) {
  switch (criterion) {
    case Criterion::kQuality:
      return "quality";
    case Criterion::kCost:
      return "cost";
    default:
      return "latency";
  }
}

std::string_view requirement_name(RequirementKind kind) {
  switch (kind) {
    case RequirementKind::kLicence:
      return "licence";
    case RequirementKind::kRegion:
      return "region";
    case RequirementKind::kContext:
      return "context";
    case RequirementKind::kModality:
      return "modality";
    case RequirementKind::kAvailability:
      return "availability";
    case RequirementKind::kErrorRate:
      return "error_rate";
    case RequirementKind::kP95:
      return "p95";
    default:
      return "budget";
  }
}

std::string_view requirement_state_name(RequirementState state) {
  switch (state) {
    case RequirementState::kPass:
      return "pass";
    case RequirementState::kFail:
      return "fail";
    default:
      return "unknown";
  }
}

std::string_view standing_name(QualityStanding standing) {
  switch (standing) {
    case QualityStanding::kBest:
      return "best";
    case QualityStanding::kWithin:
      return "within";
    case QualityStanding::kUndecided:
      return "undecided";
    case QualityStanding::kWorse:
      return "worse";
    default:
      return "none";
  }
}

std::string_view decision_outcome_name(DecisionOutcome outcome) {
  switch (outcome) {
    case DecisionOutcome::kAdopt:
      return "adopt";
    case DecisionOutcome::kUndecided:
      return "undecided";
    case DecisionOutcome::kNone:
      return "none";
    default:
      return "no_data";
  }
}

std::string_view reason_name(DecisionReason reason) {
  switch (reason) {
    case DecisionReason::kOnlyModel:
      return "only_model";
    case DecisionReason::kOnlyGoodEnough:
      return "only_good_enough";
    case DecisionReason::kCheapest:
      return "cheapest";
    case DecisionReason::kQualityUndecided:
      return "quality_undecided";
    case DecisionReason::kCostTied:
      return "cost_tied";
    case DecisionReason::kCostUnknown:
      return "cost_unknown";
    case DecisionReason::kNoneCorrect:
      return "none_correct";
    default:
      return "nothing";
  }
}

std::string_view cost_unit_name(CostUnit unit) {
  switch (unit) {
    case CostUnit::kCorrect:
      return "correct";
    case CostUnit::kScore:
      return "score";
    default:
      return "item";
  }
}

std::string_view change_name(DecisionChange::Kind kind) {
  switch (kind) {
    case DecisionChange::Kind::kPrice:
      return "price";
    case DecisionChange::Kind::kUnknownPrice:
      return "unknown_price";
    case DecisionChange::Kind::kMargin:
      return "margin";
    case DecisionChange::Kind::kRequirement:
      return "requirement";
    case DecisionChange::Kind::kUnknown:
      return "unknown_requirement";
    case DecisionChange::Kind::kWeightAbove:
      return "weight_above";
    default:
      return "weight_below";
  }
}

}  // namespace assay
