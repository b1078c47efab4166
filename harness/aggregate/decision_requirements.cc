#include "harness/aggregate/decision_requirements.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

#include "harness/stats/proportion.h"

namespace assay::aggregate {
namespace {

constexpr std::string_view kNotGiven = "not given";

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool holds(const std::vector<std::string>& list, std::string_view word) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& one) { return same_word(one, word); });
}

RequirementCheck given(RequirementKind kind, bool known, bool passes, std::string wanted,
                       std::string found) {
  RequirementCheck out;
  out.kind = kind;
  out.wanted = std::move(wanted);
  out.found = known ? std::move(found) : std::string(kNotGiven);
  if (known) out.state = passes ? RequirementState::kPass : RequirementState::kFail;
  return out;
}

RequirementCheck check_licence(const RequirementRules& rules, const ModelFacts& facts) {
  const std::string found = facts.licence.value_or("");
  return given(RequirementKind::kLicence, facts.licence.has_value(), holds(rules.licences, found),
               fmt::format("{}", fmt::join(rules.licences, " or ")), found);
}

RequirementCheck check_region(const RequirementRules& rules, const ModelFacts& facts) {
  const bool any = std::any_of(facts.regions.begin(), facts.regions.end(),
                               [&](const std::string& r) { return holds(rules.regions, r); });
  return given(RequirementKind::kRegion, !facts.regions.empty(), any,
               fmt::format("{}", fmt::join(rules.regions, " or ")),
               fmt::format("{}", fmt::join(facts.regions, ", ")));
}

RequirementCheck check_context(const RequirementRules& rules, const ModelFacts& facts) {
  return given(RequirementKind::kContext, facts.context.has_value(),
               facts.context.value_or(0) >= *rules.context,
               fmt::format("at least {} tokens", *rules.context),
               fmt::format("{}", facts.context.value_or(0)));
}

RequirementCheck check_modality(const RequirementRules& rules, const ModelFacts& facts) {
  const bool all = std::all_of(rules.modalities.begin(), rules.modalities.end(),
                               [&](const std::string& m) { return holds(facts.modalities, m); });
  return given(RequirementKind::kModality, !facts.modalities.empty(), all,
               fmt::format("{}", fmt::join(rules.modalities, " and ")),
               fmt::format("{}", fmt::join(facts.modalities, ", ")));
}

// A limit on a measured figure.
struct Limit {
  RequirementKind kind;
  double value = 0;
  bool at_least = false;
  std::string_view unit;  // behind both figures
  double scale = 1;       // of what is shown
};

std::string shown_figure(const Limit& limit, double value) {
  return fmt::format("{:.4g}{}", value * limit.scale, limit.unit);
}

RequirementCheck measured_check(const Limit& limit, const Estimate& figure,
                                std::string_view why_not) {
  RequirementCheck out;
  out.kind = limit.kind;
  out.wanted = fmt::format("{} {}", limit.at_least ? "at least" : "at most",
                           shown_figure(limit, limit.value));
  if (!figure.value) {
    out.found = why_not;
    return out;
  }
  const bool passes = limit.at_least ? *figure.value >= limit.value : *figure.value <= limit.value;
  out.state = passes ? RequirementState::kPass : RequirementState::kFail;
  out.found = shown_figure(limit, *figure.value);
  out.shown = false;
  if (!figure.ci_low || !figure.ci_high) return out;
  const bool all_pass =
      limit.at_least ? *figure.ci_low >= limit.value : *figure.ci_high <= limit.value;
  const bool all_fail =
      limit.at_least ? *figure.ci_high < limit.value : *figure.ci_low > limit.value;
  out.shown = all_pass || all_fail;
  out.found +=
      fmt::format(" [{:.4g}–{:.4g}]", *figure.ci_low * limit.scale, *figure.ci_high * limit.scale);
  return out;
}

void scale_by(Estimate& e, double factor) {
  for (std::optional<double>* part : {&e.value, &e.ci_low, &e.ci_high}) {
    if (*part) **part *= factor;
  }
}

RequirementCheck check_budget(const RequirementRules& rules, const MeasuredFacts& measured) {
  const BudgetRule& budget = *rules.budget;
  const std::optional<double> per_day =
      budget.requests_per_day ? budget.requests_per_day : rules.requests_per_day;
  const std::string unit = fmt::format(" {}/{}", budget.currency, budget.monthly ? "month" : "day");
  const Limit limit{.kind = RequirementKind::kBudget,
                    .value = static_cast<double>(budget.amount.nano) * 1e-9,
                    .unit = unit};
  Estimate bill = measured.cost_per_item;
  std::string why_not = measured.cost_note;
  if (!per_day) {
    bill.value.reset();
    why_not = "the requests a day are not given (`per_day`)";
  } else if (bill.value && measured.currency != budget.currency) {
    bill.value.reset();
    why_not =
        fmt::format("the budget is in {}, the cost in {}", budget.currency, measured.currency);
  } else {
    scale_by(bill, *per_day * (budget.monthly ? kDaysPerMonth : 1));
  }
  return measured_check(limit, bill, why_not);
}

}  // namespace

std::vector<RequirementCheck> check_requirements(const RequirementRules& rules,
                                                 const ModelFacts* facts,
                                                 const MeasuredFacts& measured, double confidence) {
  std::vector<RequirementCheck> out;
  const ModelFacts nothing;
  const ModelFacts& known = facts == nullptr ? nothing : *facts;
  if (!rules.licences.empty()) out.push_back(check_licence(rules, known));
  if (!rules.regions.empty()) out.push_back(check_region(rules, known));
  if (rules.context) out.push_back(check_context(rules, known));
  if (!rules.modalities.empty()) out.push_back(check_modality(rules, known));
  const uint64_t asked = measured.answered + measured.failed;
  if (rules.availability) {
    out.push_back(
        measured_check({.kind = RequirementKind::kAvailability,
                        .value = *rules.availability,
                        .at_least = true,
                        .unit = "%",
                        .scale = 100},
                       stats::wilson(measured.answered, asked + measured.retries, confidence),
                       "nothing was asked"));
  }
  if (rules.error_rate) {
    out.push_back(measured_check({.kind = RequirementKind::kErrorRate,
                                  .value = *rules.error_rate,
                                  .unit = "%",
                                  .scale = 100},
                                 stats::wilson(measured.failed, asked, confidence),
                                 "nothing was asked"));
  }
  if (rules.p95_seconds) {
    out.push_back(
        measured_check({.kind = RequirementKind::kP95, .value = *rules.p95_seconds, .unit = " s"},
                       measured.p95, "no latency was measured"));
  }
  if (rules.budget) out.push_back(check_budget(rules, measured));
  return out;
}

bool knocks_out(const std::vector<RequirementCheck>& checks, const RequirementRules& rules) {
  return std::any_of(checks.begin(), checks.end(), [&](const RequirementCheck& check) {
    return check.state == RequirementState::kFail ||
           (check.state == RequirementState::kUnknown && rules.unknown_fails);
  });
}

}  // namespace assay::aggregate
