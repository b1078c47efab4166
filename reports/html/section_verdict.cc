// First screen: the verdict of a suite in words and four figures.
#include "harness/base/utf8.h"
#include "reports/format.h"
#include "reports/html/page.h"
#include "reports/verdict.h"

namespace assay::reports::html {
namespace {

constexpr size_t kBigColumnsMax = 10;  // longer figures are set smaller

struct Fact {
  std::string label;
  std::string value;
  std::string note;
  std::string note2;
};

void add_fact(Html& h, const Fact& fact) {
  h.open("div", "fact");
  h.leaf("dt", "", fact.label);
  h.open("dd", "");
  h.leaf("span", {{"class", display_width(fact.value) > kBigColumnsMax ? "big long" : "big"}},
         fact.value);
  if (!fact.note.empty()) h.leaf("span", "note", fact.note);
  if (!fact.note2.empty()) h.leaf("span", "note", fact.note2);
  h.close().close();
}

Fact best_fact(const Page& page, const MetricResult& best) {
  const std::string interval = format_interval(best.def, best.estimate);
  return {page.say(Msg::kFactBest, {{"metric", best.def.name}}),
          format_value(best.def, best.estimate),
          interval.empty() ? "" : page.say(Msg::kInterval95, {{"interval", interval}}),
          "n = " + format_count(best.estimate.n)};
}

void add_lead_fact(const Page& page, const SuiteSummary& suite, Html& h) {
  const std::optional<size_t> second = runner_up(suite);
  const Comparison* c = second ? best_against(suite, *second) : nullptr;
  if (c == nullptr || !c->difference.value) return;
  const auto& name = suite.models[*second].model.name;
  std::string certainty = format_p(c->p_holm ? c->p_holm : c->p_value);
  if (suite.verdict.kind == VerdictKind::kTied) {
    certainty += " · " + std::string(page.say(Msg::kNotTold));
  }
  add_fact(h, {std::string(page.say(Msg::kFactLead)),
               format_magnitude(c->metric, c->difference, page.say(Msg::kPercentagePoints)),
               page.say(Msg::kFactOver, {{"model", name}}), certainty});
}

void add_speed_fact(const Page& page, const SuiteSummary& suite, Html& h) {
  const bool tied = suite.verdict.kind == VerdictKind::kTied && suite.verdict.fastest.has_value();
  const size_t model = tied ? *suite.verdict.fastest : *suite.verdict.best;
  const Estimate* p50 = percentile(suite.models[model].latency, 0.5);
  if (p50 == nullptr || !p50->value) return;
  const std::string interval = format_seconds_interval(*p50);
  add_fact(h, {std::string(page.say(tied ? Msg::kFactFastestTied : Msg::kFactMedian)),
               format_seconds(*p50), suite.models[model].model.name,
               interval.empty() ? "" : page.say(Msg::kInterval95, {{"interval", interval}})});
}

void add_cost_fact(const Page& page, const SuiteSummary& suite, Html& h) {
  const CostSummary& cost = suite.models[*suite.verdict.best].cost;
  const bool known = cost.per_thousand_items.has_value();
  add_fact(h, {std::string(page.say(Msg::kFactCost)),
               known ? format_money(*cost.per_thousand_items, cost.currency)
                     : std::string(page.say(Msg::kNotMeasured)),
               known ? suite.models[*suite.verdict.best].model.name : cost_reason(suite), ""});
}

Html facts(const Page& page, const SuiteSummary& suite) {
  Html h;
  if (!suite.verdict.best) return h;
  const MetricResult* best = headline(suite.models[*suite.verdict.best]);
  if (best == nullptr || !best->estimate.value) return h;
  h.open("dl", "facts");
  add_fact(h, best_fact(page, *best));
  add_lead_fact(page, suite, h);
  add_speed_fact(page, suite, h);
  add_cost_fact(page, suite, h);
  h.close();
  return h;
}

std::string eyebrow_tail(const Page& page, const SuiteSummary& suite) {
  std::string out = page.say(Msg::kSamplesCount, {{"n", format_count(suite.suite.sample_count)}});
  if (suite.suite.repeats > 1) {
    out += " · " + page.say(Msg::kRepeatsCount, {{"n", std::to_string(suite.suite.repeats)}});
  }
  out += " · " + (suite.models.size() == 1
                      ? std::string(page.say(Msg::kOneModel))
                      : page.say(Msg::kModelsCount, {{"n", std::to_string(suite.models.size())}}));
  if (!suite.suite.language.empty()) out += " · " + suite.suite.language;
  return out;
}

std::string joined(const std::vector<std::string>& sentences) {
  std::string out;
  for (const std::string& s : sentences) out += (out.empty() ? "" : " ") + s;
  return out;
}

}  // namespace

Html verdict_section(const Page& page, const SuiteSummary& suite, size_t number) {
  const VerdictText verdict = verdict_text(suite, page.language);
  Html h;
  h.open("section", {{"class", "verdict card"}, {"aria-labelledby", suite_anchor(number) + "-v"}});
  h.open("p", "eyebrow").open("a", {{"href", "#" + suite_anchor(number)}});
  h.text(suite.suite.name).close();
  h.leaf("span", "", " · " + eyebrow_tail(page, suite)).close();
  if (!suite.suite.title.empty()) h.leaf("p", "suite-title", suite.suite.title);
  h.leaf("h2", {{"id", suite_anchor(number) + "-v"}}, verdict.headline);
  h.open("p", "lede").text(joined(verdict.sentences));
  h.close();
  if (!verdict.details.empty()) h.leaf("p", "details", joined(verdict.details));
  h.add(facts(page, suite)).close();
  return h;
}

}  // namespace assay::reports::html
