#include "reports/decision_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"

namespace assay::reports {
namespace {

constexpr double kHundred = 100;
constexpr double kAlmostAll = 0.995;
constexpr double kManyTimes = 10;  // beyond it nobody reads percent
constexpr size_t kNamesMax = 3;    // more make a sentence nobody reads

std::string margin_text(double margin, Language language) {
  return fmt::format("{:.3g}{}", kHundred * margin, say(language, Msg::kPercentagePoints));
}

// Of metrics that are no share there is none: any shown loss counts.
std::string margin_text(const DecisionReport& report, const SuiteDecision& suite,
                        Language language) {
  return suite.metric.share ? margin_text(report.margin, language) : "0";
}

std::string per_unit(const SuiteDecision& suite, const DecidedModel& model, Language language) {
  const std::string cost =
      format_amount(model.cost_per_correct.value.value_or(NAN), suite.currency);
  const Msg unit = suite.cost_unit == CostUnit::kCorrect ? Msg::kDecidePerCorrect
                   : suite.cost_unit == CostUnit::kScore ? Msg::kDecidePerScore
                                                         : Msg::kDecidePerItem;
  return say(language, unit, {{"cost", cost}});
}

std::string interval_text(const Estimate& e) {
  if (!e.ci_low || !e.ci_high) return {};
  return fmt::format("{}–{}", format_significant(*e.ci_low, 3), format_significant(*e.ci_high, 3));
}

FigureText times(const Estimate& ratio) {
  if (!ratio.value) return {.figure = std::string(kNotAvailable), .interval = {}};
  return {.figure = format_significant(*ratio.value, 3), .interval = interval_text(ratio)};
}

std::string times_text(const Estimate& ratio) { return times(ratio).joined(); }

std::string names_of(const SuiteDecision& suite, const std::vector<size_t>& models,
                     Language language) {
  std::string out;
  const size_t shown = models.size() > kNamesMax + 1 ? kNamesMax : models.size();
  for (size_t i = 0; i < shown; ++i) out += (i == 0 ? "" : ", ") + suite.models[models[i]].name;
  if (shown < models.size()) {
    out += ", " + say(language, Msg::kAndMore, {{"count", std::to_string(models.size() - shown)}});
  }
  return out;
}

std::string kinds_text(const std::vector<RequirementKind>& kinds) {
  std::vector<std::string_view> names;
  names.reserve(kinds.size());
  for (const RequirementKind kind : kinds) names.push_back(requirement_name(kind));
  return fmt::format("{}", fmt::join(names, ", "));
}

// Kept for the choice: neither knocked out nor shown to be worse.
size_t count_kept(const SuiteDecision& suite) {
  return static_cast<size_t>(
      std::count_if(suite.models.begin(), suite.models.end(), [](const DecidedModel& m) {
        return m.standing != QualityStanding::kNone && m.standing != QualityStanding::kWorse;
      }));
}

// The kept model that costs least after the choice.
std::optional<size_t> next_cheapest(const SuiteDecision& suite) {
  for (const DecisionChange& change : suite.changes) {
    if (change.kind == DecisionChange::Kind::kPrice) return change.model;
  }
  return std::nullopt;
}

// "38%"; what would round to all of it is ">99%".
std::string fall_text(double share) {
  if (share > kAlmostAll) return ">99%";
  return format_significant(kHundred * share, 2) + "%";
}

// "62%", "12,830×".
std::string rise_text(double share) {
  if (share > kManyTimes) return format_count(static_cast<uint64_t>(std::min(share, 1e15))) + "×";
  return format_significant(kHundred * share, 2) + "%";
}

std::string cheapest_text(const DecisionReport& report, const SuiteDecision& suite,
                          Language language) {
  const DecidedModel& chosen = suite.models[*suite.chosen];
  const std::optional<size_t> next = next_cheapest(suite);
  if (!next) return say(language, Msg::kDecideOnly, {});
  return say(language, Msg::kDecideCheapest,
             {{"cost", per_unit(suite, chosen, language)},
              {"count", std::to_string(count_kept(suite))},
              {"margin", margin_text(report, suite, language)},
              {"metric", suite.metric.name},
              {"other", suite.models[*next].name},
              {"ratio", times_text(suite.models[*next].cost_ratio)}});
}

std::string undecided_text(const DecisionReport& report, const SuiteDecision& suite,
                           Language language) {
  if (!suite.chosen) return std::string(say(language, Msg::kDecideNoneCorrect));
  const DecidedModel& chosen = suite.models[*suite.chosen];
  const std::string cost = per_unit(suite, chosen, language);
  const std::string others = names_of(suite, suite.tied, language);
  const std::string margin = margin_text(report, suite, language);
  if (suite.reason == DecisionReason::kQualityUndecided) {
    const auto pp = say(language, Msg::kPercentagePoints);
    std::string loss = format_difference(suite.metric, chosen.loss, pp);
    const std::string interval = format_difference_interval(suite.metric, chosen.loss);
    if (!interval.empty()) loss += " [" + interval + "]";
    return say(language, Msg::kDecideQualityOpen,
               {{"model", chosen.name},
                {"cost", cost},
                {"margin", margin},
                {"other", others},
                {"metric", suite.metric.name},
                {"loss", loss}});
  }
  if (suite.reason == DecisionReason::kCostTied) {
    return say(language, Msg::kDecideCostTied,
               {{"model", chosen.name},
                {"cost", cost},
                {"other", others},
                {"ratio", times_text(suite.models[suite.tied.front()].cost_ratio)}});
  }
  if (chosen.cost_per_correct.value) {
    return say(language, Msg::kDecideCostOpen,
               {{"model", chosen.name}, {"cost", cost}, {"other", others}});
  }
  return say(language, Msg::kDecideNoCost,
             {{"model", chosen.name},
              {"metric", suite.metric.name},
              {"other", others},
              {"margin", margin}});
}

std::string adopt_text(const DecisionReport& report, const SuiteDecision& suite,
                       Language language) {
  switch (suite.reason) {
    case DecisionReason::kOnlyModel:
      return std::string(say(language, Msg::kDecideOnly));
    case DecisionReason::kOnlyGoodEnough:
      return say(language, Msg::kDecideOnlyGood,
                 {{"margin", margin_text(report, suite, language)}, {"metric", suite.metric.name}});
    default:
      return cheapest_text(report, suite, language);
  }
}

std::string head_text(const DecisionReport& report, const SuiteDecision& suite, Language language) {
  switch (suite.outcome) {
    case DecisionOutcome::kAdopt:
      return say(language, Msg::kDecideAdopt,
                 {{"model", suite.models[*suite.chosen].name},
                  {"why", adopt_text(report, suite, language)}});
    case DecisionOutcome::kUndecided:
      return say(
          language,
          suite.reason == DecisionReason::kCostTied ? Msg::kDecideTied : Msg::kDecideUndecided,
          {{"why", undecided_text(report, suite, language)}});
    case DecisionOutcome::kNone:
      return std::string(say(language, Msg::kDecideNone));
    default:
      return std::string(say(language, Msg::kDecideNoData));
  }
}

std::string change_text(const SuiteDecision& suite, const DecisionChange& change,
                        Language language) {
  const std::string& other = suite.models[change.model].name;
  const std::string& model = suite.models[*suite.chosen].name;
  const std::string requirements = kinds_text(change.requirements);
  const std::string weight = format_significant(change.value, 2);
  switch (change.kind) {
    case DecisionChange::Kind::kPrice:
      return say(language, Msg::kDecideChangePrice,
                 {{"other", other},
                  {"model", model},
                  {"fall", fall_text(1 - change.value)},
                  {"price", format_amount(change.cost_per_item.value_or(NAN), suite.currency)},
                  {"rise", rise_text(1 / change.value - 1)}});
    case DecisionChange::Kind::kUnknownPrice:
      return say(language, Msg::kDecideChangeUnknownPrice,
                 {{"other", other},
                  {"price", format_amount(change.cost_per_item.value_or(NAN), suite.currency)}});
    case DecisionChange::Kind::kMargin:
      return say(language, Msg::kDecideChangeMargin,
                 {{"margin", margin_text(change.value, language)}, {"other", other}});
    case DecisionChange::Kind::kRequirement:
      return say(language, Msg::kDecideChangeRequirement,
                 {{"requirements", requirements}, {"other", other}});
    case DecisionChange::Kind::kUnknown:
      return say(language, Msg::kDecideChangeUnknown,
                 {{"requirements", requirements}, {"other", other}, {"model", model}});
    case DecisionChange::Kind::kWeightAbove:
      return say(language, Msg::kDecideChangeAbove, {{"weight", weight}, {"other", other}});
    default:
      return say(language, Msg::kDecideChangeBelow, {{"weight", weight}, {"other", other}});
  }
}

// Requirements of the choice that are not known, and those whose interval holds the limit.
std::string doubts_text(const SuiteDecision& suite, Language language) {
  std::vector<RequirementKind> unknown;
  std::vector<RequirementKind> not_shown;
  for (const RequirementCheck& check : suite.models[*suite.chosen].requirements) {
    if (check.state == RequirementState::kUnknown) unknown.push_back(check.kind);
    if (check.state == RequirementState::kPass && !check.shown) not_shown.push_back(check.kind);
  }
  std::string out;
  if (!unknown.empty())
    out += "; " + say(language, Msg::kDecideUnknown, {{"requirements", kinds_text(unknown)}});
  if (!not_shown.empty())
    out += "; " + say(language, Msg::kDecideNotShown, {{"requirements", kinds_text(not_shown)}});
  return out;
}

}  // namespace

std::string decision_sentence(const DecisionReport& report, const SuiteDecision& suite,
                              Language language) {
  std::string out = head_text(report, suite, language);
  if (!suite.chosen) return out + ".";
  out += doubts_text(suite, language);
  if (!suite.changes.empty()) {
    out += "; " + change_text(suite, suite.changes.front(), language);
  } else if (suite.outcome == DecisionOutcome::kAdopt &&
             suite.reason != DecisionReason::kOnlyModel) {
    out += fmt::format("; {}", say(language, Msg::kDecideNoChange));
  }
  return out + ".";
}

std::string decision_headline(const SuiteDecision& suite, Language language) {
  switch (suite.outcome) {
    case DecisionOutcome::kAdopt:
      return say(language, Msg::kDecideHeadAdopt, {{"model", suite.models[*suite.chosen].name}});
    case DecisionOutcome::kUndecided:
      return std::string(say(language, suite.reason == DecisionReason::kCostTied
                                           ? Msg::kDecideHeadTied
                                           : Msg::kDecideHeadUndecided));
    case DecisionOutcome::kNone:
      return fmt::format("{}.", say(language, Msg::kDecideNone));
    default:
      return fmt::format("{}.", say(language, Msg::kDecideNoData));
  }
}

std::vector<std::string> decision_changes(const SuiteDecision& suite, Language language) {
  std::vector<std::string> out;
  if (!suite.chosen) return out;
  for (const DecisionChange& change : suite.changes)
    out.push_back(change_text(suite, change, language));
  return out;
}

std::string weights_sentence(const SuiteDecision& suite, Language language) {
  std::optional<size_t> first;
  for (size_t m = 0; m < suite.models.size(); ++m) {
    const std::optional<double>& share = suite.models[m].first_with_weights;
    if (share && (!first || *share > *suite.models[*first].first_with_weights)) first = m;
  }
  if (!first) return {};
  const DecidedModel& model = suite.models[*first];
  return say(language, Msg::kDecideByWeights,
             {{"model", model.name}, {"share", share_cell(model.first_with_weights)}});
}

std::string format_amount(double amount, std::string_view currency) {
  if (!std::isfinite(amount)) return std::string(kNotAvailable);
  return fmt::format(
      "{} {}", amount >= kHundred ? fmt::format("{:.2f}", amount) : format_significant(amount, 3),
      currency);
}

std::string FigureText::joined() const {
  return interval.empty() ? figure : fmt::format("{} [{}]", figure, interval);
}

FigureText cost_text(const SuiteDecision& suite, const DecidedModel& model, Language language) {
  if (model.none_correct)
    return {.figure = std::string(say(language, Msg::kDecideNoneCorrectCell)), .interval = {}};
  if (!model.cost_per_correct.value)
    return {.figure = std::string(say(language, Msg::kNotMeasured)), .interval = {}};
  return {.figure = format_amount(*model.cost_per_correct.value, suite.currency),
          .interval = interval_text(model.cost_per_correct)};
}

FigureText ratio_text(const SuiteDecision& suite, size_t model) {
  if (suite.reference == model) return {.figure = "1", .interval = {}};
  return times(suite.models[model].cost_ratio);
}

std::string standing_cell(const DecisionReport& report, const SuiteDecision& suite,
                          const DecidedModel& model, Language language) {
  switch (model.standing) {
    case QualityStanding::kBest:
      return std::string(say(language, Msg::kDecideBest));
    case QualityStanding::kWithin:
      return say(language, Msg::kDecideWithin, {{"margin", margin_text(report, suite, language)}});
    case QualityStanding::kUndecided:
      return std::string(say(language, Msg::kDecideOpen));
    case QualityStanding::kWorse:
      return std::string(say(language, Msg::kDecideWorse));
    default:
      return model.knocked_out ? std::string(say(language, Msg::kDecideOut))
                               : std::string(kNotAvailable);
  }
}

std::string requirement_state(const RequirementCheck& check, Language language) {
  std::string out;
  switch (check.state) {
    case RequirementState::kPass:
      out = say(language, Msg::kDecidePass);
      break;
    case RequirementState::kFail:
      out = say(language, Msg::kDecideFail);
      break;
    default:
      return std::string(say(language, Msg::kDecideUnknownCell));
  }
  if (!check.shown) out += fmt::format(" ({})", say(language, Msg::kDecideNotShownCell));
  return out;
}

std::string requirements_cell(const DecidedModel& model, Language language) {
  if (model.requirements.empty()) return {};
  std::string out;
  for (const auto& [state, word] :
       {std::pair{RequirementState::kFail, Msg::kDecideFail},
        std::pair{RequirementState::kUnknown, Msg::kDecideUnknownCell}}) {
    std::vector<RequirementKind> kinds;
    for (const RequirementCheck& check : model.requirements) {
      if (check.state == state) kinds.push_back(check.kind);
    }
    if (kinds.empty()) continue;
    out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", say(language, word), kinds_text(kinds));
  }
  return out.empty() ? std::string(say(language, Msg::kDecidePass)) : out;
}

std::string share_cell(const std::optional<double>& share) {
  if (!share) return std::string(kNotAvailable);
  const double percent = kHundred * *share;
  // 100% and 0% are for what never fails and what never comes.
  if (percent > 99.5 && percent < kHundred) return ">99%";
  if (percent > 0 && percent < 0.5) return "<1%";
  return fmt::format("{:.0f}%", percent);
}

std::string decision_basis(const DecisionReport& report, const SuiteDecision& suite,
                           Language language) {
  return say(language, Msg::kDecideBasis,
             {{"n", format_count(suite.samples)},
              {"units", format_count(suite.units)},
              {"draws", format_count(suite.draws)},
              {"margin", margin_text(report, suite, language)}});
}

std::string_view cost_column(const SuiteDecision& suite, Language language) {
  switch (suite.cost_unit) {
    case CostUnit::kCorrect:
      return say(language, Msg::kDecideCostColumn);
    case CostUnit::kScore:
      return say(language, Msg::kDecideScoreColumn);
    default:
      return say(language, Msg::kDecideItemColumn);
  }
}

std::string weighed_names(const SuiteDecision& suite) {
  std::vector<std::string_view> names;
  for (size_t k = 0; k < kCriterionCount; ++k) {
    if (suite.weighed[k]) names.push_back(criterion_name(static_cast<Criterion>(k)));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace assay::reports
