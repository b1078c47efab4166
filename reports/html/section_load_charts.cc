// Charts of loads: over the load, over the throughput, as distributions, over time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "reports/format.h"
#include "reports/html/charts.h"
#include "reports/html/section_load.h"

namespace assay::reports::html {
namespace {

using Points = std::vector<const LoadPoint*>;

std::vector<std::string> models_of(const Workload& work) {
  std::vector<std::string> out;
  for (const LoadPoint* p : work.points) {
    if (std::find(out.begin(), out.end(), p->model.name) == out.end()) out.push_back(p->model.name);
  }
  return out;
}

// Points of one model and one way of loading, by load. A trace has no place on an axis of loads.
Points points_of(const Workload& work, const std::string& model, bool open) {
  Points out;
  for (const LoadPoint* p : work.points) {
    const LoadInfo* load = first_load(*p);
    if (load == nullptr || p->model.name != model) continue;
    if (is_open_loop(load->kind) != open || load->kind == LoadKind::kBurst) continue;
    if (!std::isfinite(load_level(*load)) || load_level(*load) <= 0) continue;
    out.push_back(p);
  }
  std::stable_sort(out.begin(), out.end(), [](const LoadPoint* a, const LoadPoint* b) {
    return load_level(*first_load(*a)) < load_level(*first_load(*b));
  });
  return out;
}

bool has_two_levels(const Workload& work, bool open) {
  for (const std::string& model : models_of(work)) {
    const Points points = points_of(work, model, open);
    if (points.size() > 1 &&
        load_level(*first_load(*points.front())) < load_level(*first_load(*points.back())))
      return true;
  }
  return false;
}

std::string tip_of(const Page& page, const LoadPoint& p, std::string_view name) {
  const Estimate e = figure(p, name);
  std::string out = fmt::format("{} · {}: {} {}", load_label(p, page.language), p.model.name, name,
                                format_figure(load_unit(name), e));
  const std::string interval = format_figure_interval(load_unit(name), e);
  if (!interval.empty()) out += " [" + interval + "]";
  if (!p.valid) out += " — " + std::string(page.say(Msg::kLoadInvalid));
  return out;
}

void add_series(const Page& page, LinesInput& in, const Points& points, std::string_view name,
                bool dashed) {
  LineSeries s{points.front()->model.name, page.style(points.front()->model.name), {}, dashed};
  for (const LoadPoint* p : points) {
    s.points.push_back(
        {load_level(*first_load(*p)), figure(*p, name), tip_of(page, *p, name), !p->valid, false});
  }
  in.series.push_back(std::move(s));
}

bool any_value(const LinesInput& in) {
  for (const LineSeries& s : in.series) {
    for (const LinePoint& p : s.points) {
      if (p.y.value) return true;
    }
  }
  return false;
}

Html model_legend(const Page& page, const Workload& work) {
  std::vector<std::pair<std::string, SeriesStyle>> names;
  for (const std::string& model : models_of(work)) names.emplace_back(model, page.style(model));
  return legend(names);
}

Html lines_figure(const Page& page, const Workload& work, const LinesInput& in,
                  std::string_view note) {
  Html h;
  if (!any_value(in)) return h;
  h.leaf("h4", "", in.title).open("figure");
  h.add(in_both_widths([&](ChartWidth w) { return lines_chart(in, w); }));
  h.add(model_legend(page, work));
  if (!note.empty()) h.leaf("figcaption", "", note);
  h.close();
  return h;
}

struct OverLoad {
  Msg title;
  Msg y_label;
  std::vector<std::string_view> names;  // the first solid, others dashed
};

Html over_load(const Page& page, const Workload& work, bool open, const OverLoad& what) {
  LinesInput in;
  in.title = page.say(what.title);
  in.y_label = page.say(what.y_label);
  in.x_label = page.say(open ? Msg::kLoadRate : Msg::kLoadConcurrency);
  in.y_is_time = load_unit(what.names.front()) == LoadUnit::kSeconds;
  in.ticks_at_x = true;
  for (const std::string& model : models_of(work)) {
    const Points points = points_of(work, model, open);
    if (points.empty()) continue;
    for (size_t i = 0; i < what.names.size(); ++i)
      add_series(page, in, points, what.names[i], i > 0);
  }
  return lines_figure(page, work, in,
                      in.y_is_time ? page.say(Msg::kLoadLatencyNote) : std::string_view());
}

std::string_view throughput_name(const Workload& work) {
  for (const LoadPoint* p : work.points) {
    if (figure(*p, "output_tokens_per_s").value) return "output_tokens_per_s";
  }
  return "requests_per_s";
}

void add_search_marks(const Page& page, LinesInput& in, const Workload& work,
                      std::string_view throughput) {
  for (const LoadSearch& s : page.summary.loads.searches) {
    // The value is a load; on this axis it stands where the model's nearest load got to.
    const LoadPoint* nearest = nullptr;
    double apart = HUGE_VAL;
    for (const LoadPoint* p : work.points) {
      const LoadInfo* load = first_load(*p);
      const bool same = load != nullptr && s.value && p->model.name == s.model &&
                        is_open_loop(load->kind) == (s.unit != "concurrency");
      if (!same || std::fabs(load_level(*load) - *s.value) >= apart) continue;
      apart = std::fabs(load_level(*load) - *s.value);
      nearest = p;
    }
    if (nearest == nullptr) continue;
    const Estimate reached = figure(*nearest, throughput);
    if (!reached.value) continue;
    const Msg name = s.kind == "slo" ? Msg::kLoadHighestRate : Msg::kLoadKnee;
    in.marks.push_back({page.say(name, {{"model", s.model}}), page.style(s.model), *reached.value});
  }
}

LineSeries frontier_series(const Page& page, const Points& points, std::string_view throughput) {
  LineSeries s{points.front()->model.name, page.style(points.front()->model.name), {}, false};
  std::optional<size_t> best;
  double best_goodput = 0;
  for (const LoadPoint* p : points) {
    const Estimate x = figure(*p, throughput);
    if (!x.value) continue;
    const Estimate goodput = figure(*p, "goodput");
    if (p->valid && goodput.value && *goodput.value > best_goodput) {
      best_goodput = *goodput.value;
      best = s.points.size();
    }
    s.points.push_back(
        {*x.value, figure(*p, "e2e_p50"), tip_of(page, *p, throughput), !p->valid, false});
  }
  if (best) s.points[*best].ringed = true;
  return s;
}

Html frontier(const Page& page, const Workload& work, bool open) {
  const std::string_view throughput = throughput_name(work);
  LinesInput in;
  in.title = page.say(Msg::kLoadFrontier);
  in.x_label = page.say(throughput == "requests_per_s" ? Msg::kLoadRequestsPerS
                                                       : Msg::kLoadOutputTokensPerS);
  in.y_label = page.say(Msg::kLoadE2eP50);
  in.y_is_time = true;
  for (const std::string& model : models_of(work)) {
    const Points points = points_of(work, model, open);
    if (!points.empty()) in.series.push_back(frontier_series(page, points, throughput));
  }
  add_search_marks(page, in, work, throughput);
  return lines_figure(page, work, in, page.say(Msg::kLoadFrontierNote));
}

// One distribution of one model: a line for each of its loads, of the first round.
Html distribution(const Page& page, const Workload& work, const std::string& model,
                  std::string_view metric, std::string_view metric_title) {
  EcdfInput in;
  in.title = page.say(Msg::kLoadCdf, {{"metric", metric_title}, {"model", model}});
  in.x_label = metric_title;
  in.y_label = page.say(metric == "itl" ? Msg::kLoadShareOfGaps : Msg::kLoadShareOfRequests);
  size_t total = 0;
  for (const LoadPoint* p : work.points) {
    if (p->model.name != model || p->rounds.empty()) continue;
    const LoadMetric* m = load_metric(p->rounds.front(), metric);
    if (m == nullptr || m->summary.ecdf.empty()) continue;
    if (++total > kLoadCurvesMax) continue;
    in.series.push_back(
        {load_label(*p, page.language), series_style(in.series.size()), m->summary.ecdf});
  }
  Html h;
  if (in.series.empty()) return h;
  std::vector<std::pair<std::string, SeriesStyle>> names;
  for (const EcdfSeries& s : in.series) names.emplace_back(s.name, s.style);
  h.leaf("h5", "", in.title).open("figure");
  h.add(ecdf_chart(in, ChartWidth::kNarrow)).add(legend(names));
  h.close().add(load_left_out(page, in.series.size(), total));
  return h;
}

SeriesInput series_input(const Page& page, const LoadPoint& point, const LoadResult& r) {
  SeriesInput in;
  in.title = page.say(Msg::kLoadSeriesOf,
                      {{"load", load_name(page.summary.loads, point, &r, page.language)}});
  in.x_label = page.say(Msg::kLoadSinceBegin);
  in.style = page.style(point.model.name);
  SeriesPanel requests{std::string(page.say(Msg::kLoadRequestsPerS)), false, {}};
  SeriesPanel tokens{std::string(page.say(Msg::kLoadSeriesTokens)), false, {}};
  SeriesPanel in_flight{std::string(page.say(Msg::kLoadSeriesInFlight)), false, {}};
  SeriesPanel ttft{std::string(page.say(Msg::kLoadSeriesTtft)), true, {}};
  SeriesPanel e2e{std::string(page.say(Msg::kLoadSeriesE2e)), true, {}};
  SeriesPanel errors{std::string(page.say(Msg::kLoadSeriesErrors)), false, {}};
  for (const TimeBucket& b : r.series) {
    const double at = b.start_s + b.length_s / 2;
    requests.points.emplace_back(at, b.requests_per_s);
    tokens.points.emplace_back(at, b.tokens_per_s);
    in_flight.points.emplace_back(at, b.in_flight);
    ttft.points.emplace_back(at, b.ttft_p50_s);
    e2e.points.emplace_back(at, b.e2e_p50_s);
    errors.points.emplace_back(at, static_cast<double>(b.failed));
  }
  in.panels = {requests, tokens, in_flight, ttft, e2e, errors};
  return in;
}

}  // namespace

Html load_curves(const Page& page, const Workload& work) {
  Html h;
  for (const bool open : {false, true}) {
    if (!has_two_levels(work, open)) continue;
    h.add(over_load(page, work, open,
                    {Msg::kLoadLatencyByLoad, Msg::kLoadTtft, {"ttft_p50", "ttft_p99"}}));
    h.add(
        over_load(page, work, open, {Msg::kLoadE2eByLoad, Msg::kLoadE2e, {"e2e_p50", "e2e_p99"}}));
    const bool tokens = throughput_name(work) == "output_tokens_per_s";
    h.add(over_load(page, work, open,
                    {tokens ? Msg::kLoadThroughputByLoad : Msg::kLoadRateByLoad,
                     tokens ? Msg::kLoadOutputTokensPerS : Msg::kLoadRequestsPerS,
                     {throughput_name(work)}}));
    h.add(frontier(page, work, open));
  }
  return h;
}

Html load_distributions(const Page& page, const Workload& work) {
  Html inner;
  size_t charts = 0;
  for (const std::string& model : models_of(work)) {
    for (const auto& [metric, title] :
         {std::pair{"ttft", Msg::kLoadTtft}, std::pair{"itl", Msg::kLoadItl},
          std::pair{"e2e", Msg::kLoadE2e}}) {
      if (charts >= kLoadCdfChartsMax) continue;
      const Html chart = distribution(page, work, model, metric, page.say(title));
      if (chart.empty()) continue;
      inner.open("div").add(chart).close();
      ++charts;
    }
  }
  Html h;
  if (inner.empty()) return h;
  h.leaf("h4", "", page.say(Msg::kLoadCdfs)).open("div", "small-charts").add(inner).close();
  return h;
}

Html load_over_time(const Page& page, const Workload& work) {
  Html inner;
  size_t total = 0;
  size_t shown = 0;
  for (const LoadPoint* p : work.points) {
    for (const LoadResult& r : p->rounds) {
      if (r.series.size() < 2) continue;
      if (++total > kLoadSeriesShownMax) continue;
      ++shown;
      const SeriesInput in = series_input(page, *p, r);
      inner.open("details", "fold");
      inner.leaf("summary", "", load_name(page.summary.loads, *p, &r, page.language));
      inner.open("figure");
      inner.add(in_both_widths([&](ChartWidth w) { return series_chart(in, w); })).close().close();
    }
  }
  Html h;
  if (inner.empty()) return h;
  h.leaf("h4", "", page.say(Msg::kLoadSeries)).add(inner).add(load_left_out(page, shown, total));
  return h;
}

}  // namespace assay::reports::html
