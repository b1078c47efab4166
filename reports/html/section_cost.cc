// Quality against cost; against latency where no cost was measured, and the page says why.
#include <fmt/format.h>

#include "reports/accounting_view.h"
#include "reports/format.h"
#include "reports/html/charts.h"
#include "reports/html/page.h"
#include "reports/verdict.h"

namespace assay::reports::html {
namespace {

std::optional<Estimate> x_of(const ModelResult& m, bool cost) {
  if (cost) {
    if (!m.cost.per_thousand_items || m.cost.per_thousand_items->nano <= 0) return std::nullopt;
    return Estimate{static_cast<double>(m.cost.per_thousand_items->nano) * 1e-9, {}, {}, 0, ""};
  }
  const Estimate* p50 = percentile(m.latency, 0.5);
  if (p50 == nullptr || !p50->value || *p50->value <= 0) return std::nullopt;
  return *p50;
}

std::string currency_of(const SuiteSummary& suite) {
  for (const ModelResult& m : suite.models) {
    if (!m.cost.currency.empty()) return m.cost.currency;
  }
  return {};
}

ScatterInput scatter_input(const Page& page, const SuiteSummary& suite, bool cost) {
  const MetricDef& def = suite.suite.metrics.front();
  ScatterInput in;
  in.metric = def;
  in.x_is_time = !cost;
  in.title =
      page.say(cost ? Msg::kScatterCostLabel : Msg::kScatterTimeLabel, {{"metric", def.name}});
  in.x_label = cost ? page.say(Msg::kCostPerThousand, {{"currency", currency_of(suite)}})
                    : std::string(page.say(Msg::kMedianLatency));
  in.y_label = fmt::format("{} — {}", def.name,
                           page.say(def.higher_is_better ? Msg::kHigherBetter : Msg::kLowerBetter));
  in.better = page.say(Msg::kBetterUp);
  for (const size_t i : by_quality(suite)) {
    const ModelResult& m = suite.models[i];
    const MetricResult* y = headline(m);
    const std::optional<Estimate> x = x_of(m, cost);
    if (!x || y == nullptr || !y->estimate.value) continue;
    in.points.push_back({m.model.name, page.style(m.model.name), *x, y->estimate});
  }
  return in;
}

Html scatter_figure(const Page& page, const ScatterInput& in, bool cost) {
  Html h;
  if (in.points.empty()) return h;
  std::vector<std::pair<std::string, SeriesStyle>> series;
  for (const ScatterPoint& p : in.points) series.emplace_back(p.name, p.style);
  h.open("figure").add(in_both_widths([&](ChartWidth w) { return scatter_chart(in, w); }));
  h.add(legend(series));
  std::string front;
  for (const size_t i : pareto_front(in)) front += (front.empty() ? "" : ", ") + in.points[i].name;
  h.open("figcaption").text(page.say(cost ? Msg::kParetoCost : Msg::kParetoTime)).raw(" ");
  h.text(page.say(Msg::kParetoCostNames, {{"models", front}})).close().close();
  return h;
}

Html cost_table(const Page& page, const SuiteSummary& suite) {
  Html h;
  h.open("div", "scroll").open("table", "data").open("thead").open("tr");
  h.leaf("th", "", page.say(Msg::kModel));
  for (const Msg m : {Msg::kPerThousand, Msg::kPerCorrect, Msg::kTotal}) {
    h.leaf("th", "num", page.say(m));
  }
  h.leaf("th", "", page.say(Msg::kBasis)).close().close().open("tbody");
  for (const size_t i : by_quality(suite)) {
    const CostSummary& c = suite.models[i].cost;
    h.open("tr").open("th", {{"scope", "row"}});
    h.add(model_name(page, suite.models[i].model.name)).close();
    h.leaf("td", "num", format_money(c.per_thousand_items, c.currency));
    h.leaf("td", "num", per_correct_text(c, page.language));
    h.leaf("td", "num", format_money(c.total, c.currency));
    h.leaf("td", "prose", c.basis).close();
  }
  h.close().close().close();
  return h;
}

}  // namespace

Html cost_section(const Page& page, const SuiteSummary& suite) {
  Html h;
  if (suite.models.empty() || suite.suite.metrics.empty()) return h;
  const bool cost = cost_was_measured(suite);
  h.open("section", "card");
  h.leaf("h3", "", page.say(cost ? Msg::kCost : Msg::kQualityLatency));
  if (!cost) {
    const std::string why = cost_reason(suite);
    h.leaf("p", "intro",
           why.empty() ? std::string(page.say(Msg::kSentenceCostUnknown))
                       : page.say(Msg::kSentenceCostUnknownWhy, {{"why", why}}));
  }
  h.add(scatter_figure(page, scatter_input(page, suite, cost), cost));
  if (cost) h.add(cost_table(page, suite));
  h.close();
  return h;
}

}  // namespace assay::reports::html
