// The decision, first on the page: the sentence, the models side by side, the front, how often each
// takes which rank, the requirements, and what would change it.
#include <fmt/format.h>

#include <algorithm>

#include "harness/types/decision.h"
#include "reports/decision_view.h"
#include "reports/format.h"
#include "reports/html/charts.h"
#include "reports/html/page.h"

namespace assay::reports::html {
namespace {

struct Part {
  const Page& page;
  const DecisionReport& report;
  const SuiteDecision& suite;
};

void add_cell(Html& h, const std::string& figure, const std::string& below = {}) {
  h.open("td", "num").leaf("span", "figure", figure);
  if (!below.empty()) h.leaf("span", "sub", below);
  h.close();
}

bool any_requirement(const SuiteDecision& suite) {
  return std::any_of(suite.models.begin(), suite.models.end(),
                     [](const DecidedModel& m) { return !m.requirements.empty(); });
}

bool any_weighted(const SuiteDecision& suite) {
  return std::any_of(suite.models.begin(), suite.models.end(),
                     [](const DecidedModel& m) { return m.first_with_weights.has_value(); });
}

std::optional<double> first_rank(const DecidedModel& model) {
  if (model.rank_shares.empty()) return std::nullopt;
  return model.rank_shares.front();
}

void add_model(Html& h, const Part& part, size_t m) {
  const auto& [page, report, suite] = part;
  const DecidedModel& model = suite.models[m];
  h.open("tr").open("th", {{"scope", "row"}}).add(model_name(page, model.name)).close();
  add_cell(h, format_value(suite.metric, model.quality),
           format_interval(suite.metric, model.quality));
  const std::string standing = standing_cell(report, suite, model, page.language);
  if (model.standing == QualityStanding::kWorse || model.knocked_out) {
    h.leaf("td", "alert", standing);
  } else {
    h.leaf("td", "", standing);
  }
  const FigureText cost = cost_text(suite, model, page.language);
  add_cell(h, cost.figure, cost.interval);
  const FigureText ratio = ratio_text(suite, m);
  add_cell(h, ratio.figure, ratio.interval);
  add_cell(h, format_seconds(model.latency_p50), "p95 " + format_seconds(model.latency_p95));
  h.leaf("td", "num", share_cell(model.front_probability));
  h.leaf("td", "num", share_cell(first_rank(model)));
  if (any_weighted(suite)) h.leaf("td", "num", share_cell(model.first_with_weights));
  if (any_requirement(suite)) h.leaf("td", "prose", requirements_cell(model, page.language));
  h.close();
}

Html model_table(const Part& part) {
  const auto& [page, report, suite] = part;
  Html h;
  h.open("div", "scroll").open("table", "data").open("thead").open("tr");
  h.leaf("th", "", page.say(Msg::kModel)).leaf("th", "num", suite.metric.name);
  h.leaf("th", "", page.say(Msg::kDecideStanding));
  h.leaf("th", "num", cost_column(suite, page.language));
  h.leaf("th", "num", page.say(Msg::kDecideRatioColumn));
  h.leaf("th", "num", page.say(Msg::kMedianLatency));
  h.leaf("th", "num", page.say(Msg::kDecideFront));
  h.leaf("th", "num", page.say(Msg::kDecideFirst));
  if (any_weighted(suite)) h.leaf("th", "num", page.say(Msg::kDecideWeighted));
  if (any_requirement(suite)) h.leaf("th", "", page.say(Msg::kDecideRequirements));
  h.close().close().open("tbody");
  for (size_t m = 0; m < suite.models.size(); ++m) add_model(h, part, m);
  h.close().close().close();
  const std::string reference = suite.reference ? suite.models[*suite.reference].name : "";
  if (!reference.empty())
    h.leaf("p", "intro", page.say(Msg::kDecideRatioNote, {{"model", reference}}));
  return h;
}

Html front_figure(const Part& part) {
  const auto& [page, report, suite] = part;
  ScatterInput in;
  in.metric = suite.metric;
  in.title = page.say(Msg::kDecideFrontLabel, {{"metric", suite.metric.name}});
  in.x_label = page.say(Msg::kDecideCostAxis, {{"currency", suite.currency}});
  in.y_label =
      fmt::format("{} — {}", suite.metric.name,
                  page.say(suite.metric.higher_is_better ? Msg::kHigherBetter : Msg::kLowerBetter));
  in.better = page.say(Msg::kBetterUp);
  std::vector<std::pair<std::string, SeriesStyle>> series;
  std::string shares;
  for (const DecidedModel& m : suite.models) {
    if (!m.cost_per_item.value || !m.quality.value) continue;
    in.points.push_back({m.name, page.style(m.name), m.cost_per_item, m.quality});
    series.emplace_back(m.name, page.style(m.name));
    if (!m.front_probability) continue;
    shares +=
        fmt::format("{}{} {}", shares.empty() ? "" : ", ", m.name, share_cell(m.front_probability));
  }
  Html h;
  if (in.points.size() < 2) return h;
  h.open("figure").add(in_both_widths([&](ChartWidth w) { return scatter_chart(in, w); }));
  h.add(legend(series));
  h.leaf("figcaption", "", page.say(Msg::kDecideFrontNote, {{"shares", shares}})).close();
  return h;
}

Html ranks_figure(const Part& part) {
  const auto& [page, report, suite] = part;
  RankInput in;
  in.title = page.say(Msg::kDecideRanks, {{"criteria", weighed_names(suite)}});
  for (const DecidedModel& m : suite.models) {
    if (m.rank_shares.empty()) continue;
    RankRow row{.name = m.name, .style = page.style(m.name), .shares = m.rank_shares, .labels = {}};
    for (const double share : m.rank_shares) row.labels.push_back(share_cell(share));
    in.rows.push_back(std::move(row));
  }
  Html h;
  if (in.rows.size() < 2) return h;
  for (size_t r = 0; r < in.rows.size(); ++r)
    in.rank_labels.push_back(page.say(Msg::kDecideRank, {{"n", std::to_string(r + 1)}}));
  h.open("figure").add(in_both_widths([&](ChartWidth w) { return ranks_chart(in, w); }));
  h.leaf("figcaption", "", in.title).close();
  return h;
}

Html requirement_table(const Part& part) {
  const auto& [page, report, suite] = part;
  Html h;
  if (!any_requirement(suite)) return h;
  h.leaf("h4", "", page.say(Msg::kDecideRequirements));
  h.open("div", "scroll").open("table", "data tight").open("thead").open("tr");
  for (const Msg m : {Msg::kModel, Msg::kDecideRequirement, Msg::kDecideWanted, Msg::kValue})
    h.leaf("th", "", page.say(m));
  h.leaf("th", "", "").close().close().open("tbody");
  for (const DecidedModel& model : suite.models) {
    for (const RequirementCheck& check : model.requirements) {
      h.open("tr").open("th", {{"scope", "row"}}).add(model_name(page, model.name)).close();
      h.leaf("td", "", requirement_name(check.kind)).leaf("td", "", check.wanted);
      h.leaf("td", "", check.found);
      const std::string state = requirement_state(check, page.language);
      if (check.state == RequirementState::kFail) {
        h.leaf("td", "alert", state);
      } else {
        h.leaf("td", "", state);
      }
      h.close();
    }
  }
  return std::move(h.close().close().close());
}

Html change_list(const Part& part) {
  const auto& [page, report, suite] = part;
  std::vector<std::string> changes = decision_changes(suite, page.language);
  Html h;
  if (!changes.empty()) {
    h.leaf("h4", "", page.say(Msg::kDecideWould)).open("ul", "plain");
    for (const std::string& change : changes) h.leaf("li", "", change);
    h.close();
  }
  const std::string weighted = weights_sentence(suite, page.language);
  if (!weighted.empty()) h.leaf("p", "", weighted);
  std::vector<std::string> notes = suite.notes;
  notes.insert(notes.end(), report.notes.begin(), report.notes.end());
  for (const DecidedModel& model : suite.models) {
    if (!model.cost_note.empty()) notes.push_back(model.name + ": " + model.cost_note);
  }
  if (notes.empty()) return h;
  h.open("ul", "plain");
  for (const std::string& note : notes) h.leaf("li", "", note);
  h.close();
  return h;
}

Html suite_card(const Part& part, size_t number) {
  const auto& [page, report, suite] = part;
  const std::string anchor = fmt::format("decision-{}", number);
  Html h;
  h.open("section", {{"class", "verdict card"}, {"aria-labelledby", anchor}});
  h.open("p", "eyebrow").text(page.say(Msg::kDecision));
  h.leaf("span", "", " · " + suite.suite + " · " + decision_basis(report, suite, page.language));
  h.close();
  h.leaf("h2", {{"id", anchor}}, decision_headline(suite, page.language));
  h.leaf("p", "lede", decision_sentence(report, suite, page.language));
  h.add(model_table(part)).add(front_figure(part)).add(ranks_figure(part));
  h.add(requirement_table(part)).add(change_list(part));
  return std::move(h.close());
}

}  // namespace

Html decision_section(const Page& page) {
  Html h;
  if (page.options.decision == nullptr) return h;
  const DecisionReport& report = *page.options.decision;
  for (size_t i = 0; i < report.suites.size(); ++i)
    h.add(suite_card({.page = page, .report = report, .suite = report.suites[i]}, i + 1));
  return h;
}

}  // namespace assay::reports::html
