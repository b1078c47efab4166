// A decision in words and cells: the sentence, what would change it, and how its figures are
// written. Shared by the text, JSON and HTML forms, so that all say the same.
//
//   decision_sentence(report, suite, Language::kEnglish)   "Adopt b: 0.00021 USD per correct ..."
#pragma once

#include <string>
#include <vector>

#include "harness/types/decision.h"
#include "reports/html/strings.h"

namespace assay::reports {

// Which model, why, and the first thing that would change it: one sentence.
std::string decision_sentence(const DecisionReport& report, const SuiteDecision& suite,
                              Language language);
// The same in a few words, for a heading: "Adopt b.", "Undecided."
std::string decision_headline(const SuiteDecision& suite, Language language);
// Everything that would change it, each without a full stop.
std::vector<std::string> decision_changes(const SuiteDecision& suite, Language language);

// Who is first with the user's weights, and in how many draws; empty without weights.
std::string weights_sentence(const SuiteDecision& suite, Language language);

// Three significant digits with the currency: what an item costs may be a millionth.
std::string format_amount(double amount, std::string_view currency);
// A figure, and its interval without brackets; empty where there is none.
struct FigureText {
  std::string figure;
  std::string interval;
  // "3.21 [2.90–3.60]"
  [[nodiscard]] std::string joined() const;
};
// "0.0021 USD", "0.0019–0.0024"; "none correct", or "not measured".
FigureText cost_text(const SuiteDecision& suite, const DecidedModel& model, Language language);
// "3.21", "2.90–3.60"; "1" for the reference.
FigureText ratio_text(const SuiteDecision& suite, size_t model);
std::string standing_cell(const DecisionReport& report, const SuiteDecision& suite,
                          const DecidedModel& model, Language language);
// "fail: region, p95 (not shown)", "pass"; empty without requirements.
std::string requirements_cell(const DecidedModel& model, Language language);
std::string requirement_state(const RequirementCheck& check, Language language);
// "37%" of a share.
std::string share_cell(const std::optional<double>& share);
// "120 samples, 40 units drawn 10,000 times, margin 2 pp"
std::string decision_basis(const DecisionReport& report, const SuiteDecision& suite,
                           Language language);
// The title of the column of costs.
std::string_view cost_column(const SuiteDecision& suite, Language language);
// "quality, cost", those that weightings go over.
std::string weighed_names(const SuiteDecision& suite);

}  // namespace assay::reports
