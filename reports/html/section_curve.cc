// Learning curves: how much domain data until a model must beat the one that learns.
#include "reports/format.h"
#include "reports/html/charts.h"
#include "reports/html/page.h"
#include "reports/verdict.h"

namespace assay::reports::html {
namespace {

// Best model that is not the curve's own.
std::optional<size_t> best_other(const SuiteSummary& suite, const std::string& name) {
  for (const size_t i : by_quality(suite)) {
    const MetricResult* m = headline(suite.models[i]);
    if (suite.models[i].model.name != name && m != nullptr && m->estimate.value) return i;
  }
  return std::nullopt;
}

// The smallest size from which on `better` holds at every larger size as well.
template <typename F>
std::optional<int64_t> holds_from(const LearningCurve& curve, F better) {
  std::optional<int64_t> from;
  for (const CurvePoint& p : curve.points) {
    if (!better(p.headline)) {
      from.reset();
    } else if (!from) {
      from = p.train_size;
    }
  }
  return from;
}

std::string curve_sentence(const Page& page, const SuiteSummary& suite,
                           const LearningCurve& curve) {
  const std::optional<size_t> other = best_other(suite, curve.model);
  if (!other || curve.points.empty()) return {};
  const MetricResult& rival = *headline(suite.models[*other]);
  const bool up = rival.def.higher_is_better;
  const double bar = *rival.estimate.value;
  const auto beats = [&](const std::optional<double>& v) {
    return v && (up ? *v > bar : *v < bar);
  };
  const auto from = holds_from(curve, [&](const Estimate& e) { return beats(e.value); });
  const auto sure =
      holds_from(curve, [&](const Estimate& e) { return beats(up ? e.ci_low : e.ci_high); });
  const std::string value = format_value(rival.def, rival.estimate);
  const std::string& name = suite.models[*other].model.name;
  if (!from) {
    const std::string size = std::to_string(curve.points.back().train_size);
    return page.say(
        Msg::kCurveNever,
        {{"size", size}, {"metric", rival.def.name}, {"other", name}, {"value", value}});
  }
  std::string out = page.say(Msg::kCurveBeats, {{"size", std::to_string(*from)},
                                                {"metric", rival.def.name},
                                                {"other", name},
                                                {"value", value}});
  out += ' ';
  out += sure ? page.say(Msg::kCurveBeatsSure, {{"size", std::to_string(*sure)}})
              : std::string(page.say(Msg::kCurveNotSure));
  return out;
}

CurveInput curve_input(const Page& page, const SuiteSummary& suite, const LearningCurve& curve) {
  const MetricDef& def = suite.suite.metrics.front();
  CurveInput in;
  in.metric = def;
  in.name = curve.model;
  in.style = page.style(curve.model);
  in.title = page.say(Msg::kCurveLabel, {{"metric", def.name}, {"model", curve.model}});
  in.x_label = page.say(Msg::kTrainLines);
  in.y_label = def.name + " — " +
               std::string(page.say(def.higher_is_better ? Msg::kHigherBetter : Msg::kLowerBetter));
  for (const CurvePoint& p : curve.points) {
    in.points.emplace_back(static_cast<double>(p.train_size), p.headline);
  }
  for (const size_t i : by_quality(suite)) {
    const MetricResult* m = headline(suite.models[i]);
    const std::string& name = suite.models[i].model.name;
    if (name == curve.model || m == nullptr || !m->estimate.value) continue;
    in.levels.push_back({name, page.style(name), *m->estimate.value});
  }
  return in;
}

void add_curve(Html& h, const Page& page, const SuiteSummary& suite, const LearningCurve& curve) {
  if (const std::string sentence = curve_sentence(page, suite, curve); !sentence.empty()) {
    h.leaf("p", "lede", sentence);
  }
  h.leaf("p", "intro", page.say(Msg::kCurveIntro, {{"model", curve.model}}));
  const CurveInput in = curve_input(page, suite, curve);
  std::vector<std::pair<std::string, SeriesStyle>> series{{in.name, in.style}};
  for (const auto& level : in.levels) series.emplace_back(level.name, level.style);
  h.open("figure").add(in_both_widths([&](ChartWidth w) { return curve_chart(in, w); }));
  h.add(legend(series)).close();
}

}  // namespace

Html curve_section(const Page& page, const SuiteSummary& suite) {
  Html h;
  bool any = false;
  for (const LearningCurve& c : suite.curves) any = any || !c.points.empty();
  if (!any || suite.suite.metrics.empty()) return h;
  h.open("section", "card").leaf("h3", "", page.say(Msg::kCurve));
  for (const LearningCurve& curve : suite.curves) {
    if (!curve.points.empty()) add_curve(h, page, suite, curve);
  }
  h.leaf("p", "intro", page.say(Msg::kCurveMeaning)).close();
  return h;
}

}  // namespace assay::reports::html
