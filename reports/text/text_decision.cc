#include "reports/text/text_decision.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "reports/decision_view.h"
#include "reports/format.h"
#include "reports/text/table.h"

namespace assay::reports {
namespace {

constexpr std::string_view kIndent = "  ";
constexpr size_t kWidthMin = 40;

std::string bold(const std::string& text, bool colour) {
  return colour ? "\x1b[1m" + text + "\x1b[0m" : text;
}

// Which columns have anything in them.
struct Shown {
  bool ranks = false;
  bool weights = false;
  bool requirements = false;
};

Shown shown_of(const SuiteDecision& suite) {
  Shown out;
  for (const DecidedModel& m : suite.models) {
    out.ranks = out.ranks || m.front_probability.has_value();
    out.weights = out.weights || m.first_with_weights.has_value();
    out.requirements = out.requirements || !m.requirements.empty();
  }
  return out;
}

Table model_table(const SuiteDecision& suite, const Shown& shown, Language language) {
  const auto title = [&](Msg msg) { return std::string(say(language, msg)); };
  std::vector<Column> columns{{title(Msg::kModel), Align::kLeft},
                              {suite.metric.name},
                              {title(Msg::kDecideStanding), Align::kLeft},
                              {std::string(cost_column(suite, language))},
                              {title(Msg::kDecideRatioColumn)},
                              {"p50"},
                              {"p95"}};
  if (shown.ranks) {
    columns.push_back({title(Msg::kDecideFront)});
    columns.push_back({title(Msg::kDecideFirst)});
    columns.push_back({title(Msg::kDecideMeanRank)});
  }
  if (shown.weights) columns.push_back({title(Msg::kDecideWeighted)});
  if (shown.requirements) columns.push_back({title(Msg::kDecideRequirements), Align::kLeft});
  return Table(std::move(columns));
}

std::optional<double> first_rank(const DecidedModel& model) {
  if (model.rank_shares.empty()) return std::nullopt;
  return model.rank_shares.front();
}

std::vector<std::string> model_row(const DecisionReport& report, const SuiteDecision& suite,
                                   size_t m, const Shown& shown, Language language) {
  const DecidedModel& model = suite.models[m];
  std::vector<std::string> cells{
      terminal_safe(model.name),
      format_estimate(suite.metric, model.quality),
      standing_cell(report, suite, model, language),
      cost_text(suite, model, language).joined(),
      ratio_text(suite, m).joined(),
      format_seconds(model.latency_p50),
      format_seconds(model.latency_p95),
  };
  if (shown.ranks) {
    cells.push_back(share_cell(model.front_probability));
    cells.push_back(share_cell(first_rank(model)));
    cells.push_back(model.expected_rank ? format_significant(*model.expected_rank, 3)
                                        : std::string(kNotAvailable));
  }
  if (shown.weights) cells.push_back(share_cell(model.first_with_weights));
  if (shown.requirements) cells.push_back(requirements_cell(model, language));
  return cells;
}

void append_requirements(std::string& out, const SuiteDecision& suite, size_t width,
                         Language language) {
  const auto title = [&](Msg msg) { return std::string(say(language, msg)); };
  for (const DecidedModel& model : suite.models) {
    Table table({{title(Msg::kDecideRequirement), Align::kLeft},
                 {title(Msg::kDecideWanted), Align::kLeft},
                 {title(Msg::kValue), Align::kLeft},
                 {"", Align::kLeft}});
    for (const RequirementCheck& check : model.requirements) {
      table.add({std::string(requirement_name(check.kind)), terminal_safe(check.wanted),
                 terminal_safe(check.found), requirement_state(check, language)});
    }
    out += "\n" + wrap(terminal_safe(model.name), width, kIndent) + table.text(width, kIndent);
  }
}

void append_lists(std::string& out, const SuiteDecision& suite, size_t width, Language language) {
  const std::vector<std::string> changes = decision_changes(suite, language);
  if (!changes.empty()) out += fmt::format("\n{}{}\n", kIndent, say(language, Msg::kDecideWould));
  for (const std::string& change : changes)
    out += wrap(terminal_safe("- " + change), width, kIndent);
  const std::string weighted = weights_sentence(suite, language);
  if (!weighted.empty()) out += "\n" + wrap(terminal_safe(weighted), width, kIndent);
  std::vector<std::string> notes;
  for (const DecidedModel& model : suite.models) {
    if (!model.cost_note.empty()) notes.push_back(model.name + ": " + model.cost_note);
    if (model.draws_none_correct > 0 && !model.none_correct) {
      notes.push_back(fmt::format("{}: {} of {} resamples have no correct answer, left out",
                                  model.name, format_count(model.draws_none_correct),
                                  format_count(suite.draws)));
    }
  }
  notes.insert(notes.end(), suite.notes.begin(), suite.notes.end());
  if (!notes.empty()) out += "\n";
  for (const std::string& note : notes) out += wrap(terminal_safe("! " + note), width, kIndent);
}

void append_suite(std::string& out, const DecisionReport& report, const SuiteDecision& suite,
                  const ReportOptions& options) {
  const Language language = language_from_code(options.language);
  const size_t width = std::max(options.width, kWidthMin);
  out += bold(shorten_middle(terminal_safe(suite.suite), width), options.colour) + "\n";
  out += wrap(terminal_safe(decision_sentence(report, suite, language)), width, kIndent);
  out += wrap(decision_basis(report, suite, language), width, kIndent);
  const Shown shown = shown_of(suite);
  Table table = model_table(suite, shown, language);
  for (size_t m = 0; m < suite.models.size(); ++m)
    table.add(model_row(report, suite, m, shown, language));
  out += "\n" + table.text(width, kIndent);
  if (shown.requirements) append_requirements(out, suite, width, language);
  append_lists(out, suite, width, language);
}

}  // namespace

std::string decision_text(const DecisionReport& report, const ReportOptions& options) {
  std::string out;
  for (const SuiteDecision& suite : report.suites) {
    if (!out.empty()) out += "\n";
    append_suite(out, report, suite, options);
  }
  if (report.suites.empty())
    out += std::string(say(language_from_code(options.language), Msg::kDecideNoData)) + ".\n";
  const size_t width = std::max(options.width, kWidthMin);
  for (const std::string& note : report.notes) out += wrap(terminal_safe("! " + note), width, "");
  return out;
}

std::string decision_sentences(const DecisionReport& report, const ReportOptions& options) {
  const Language language = language_from_code(options.language);
  std::string out;
  for (const SuiteDecision& suite : report.suites) {
    out += terminal_safe(suite.suite + ": " + decision_sentence(report, suite, language)) + "\n";
  }
  if (report.suites.empty()) out += std::string(say(language, Msg::kDecideNoData)) + ".\n";
  return out;
}

}  // namespace assay::reports
