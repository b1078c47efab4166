// Tables of loads: results, every percentile, the instrument, errors, comparisons.
#include <algorithm>
#include <array>
#include <set>

#include "reports/format.h"
#include "reports/html/section_load.h"

namespace assay::reports::html {
namespace {

struct Shown {
  Msg title;
  std::string_view tail;
  std::string_view name;  // of over_rounds
};
constexpr std::array<Shown, 7> kTimes{{{Msg::kLoadTtft, " p50", "ttft_p50"},
                                       {Msg::kLoadTtft, " p99", "ttft_p99"},
                                       {Msg::kLoadTpot, " p50", "tpot_p50"},
                                       {Msg::kLoadItl, " p50", "itl_p50"},
                                       {Msg::kLoadItl, " p99", "itl_p99"},
                                       {Msg::kLoadE2e, " p50", "e2e_p50"},
                                       {Msg::kLoadE2e, " p99", "e2e_p99"}}};

// Value, interval below it; without an interval a dash that says why.
void add_cell(Html& h, LoadUnit unit, const Estimate& e) {
  h.open("td", "num").leaf("span", "figure", format_figure(unit, e));
  const std::string interval = format_figure_interval(unit, e);
  if (!interval.empty()) {
    h.leaf("span", "sub", interval);
  } else if (e.value && !e.method.empty()) {
    h.open("span", {{"class", "sub"}, {"title", e.method}}).text("~").close();
  } else if (!e.value && !e.method.empty()) {
    h.open("span", {{"class", "sub"}, {"title", e.method}}).text("?").close();
  }
  h.close();
}

void add_verdict(Html& h, const Page& page, bool valid) {
  h.open("td").leaf("span", {{"class", valid ? "good-word" : "alert"}},
                    page.say(valid ? Msg::kLoadValid : Msg::kLoadInvalid));
  h.close();
}

void add_name(Html& h, const Page& page, const LoadPoint& p, const LoadResult* round) {
  h.open("th", {{"scope", "row"}}).leaf("span", "figure", load_label(p, page.language));
  h.add(model_name(page, p.model.name));
  if (round == nullptr && !p.valid) h.leaf("span", "sub alert", page.say(Msg::kLoadInvalid));
  std::string sub;
  const LoadInfo* load = first_load(p);
  if (round != nullptr && p.rounds.size() > 1) {
    sub = page.say(Msg::kLoadRound, {{"n", format_count(round->load.round + 1ULL)}});
  } else if (round == nullptr && p.rounds.size() > 1) {
    sub = page.say(Msg::kLoadRounds, {{"n", format_count(p.rounds.size())}});
  }
  if (load != nullptr && load->probe)
    sub += (sub.empty() ? "" : " · ") + std::string(page.say(Msg::kLoadProbe));
  if (!sub.empty()) h.leaf("span", "sub", sub);
  h.close();
}

void open_table(Html& h, const Page& page) {
  h.open("div", "scroll").open("table", "data load").open("thead").open("tr");
  h.leaf("th", "", page.say(Msg::kLoadPoint));
}

void close_table(Html& h) { h.close().close().close(); }

std::string slo_word(const Page& page, const LoadPoint& p) {
  size_t met = 0;
  size_t known = 0;
  for (const LoadResult& r : p.rounds) {
    if (!r.slo_met) continue;
    ++known;
    met += *r.slo_met ? 1 : 0;
  }
  if (known == 0) return std::string(kNotAvailable);
  const std::string word(page.say(met == known ? Msg::kLoadMet : Msg::kLoadNotMet));
  return known == 1 ? word : word + " " + format_count(met) + "/" + format_count(known);
}

void add_result_row(Html& h, const Page& page, const LoadPoint& p, bool slo) {
  const auto [requests, failed] = requests_and_failures(p);
  h.open("tr");
  add_name(h, page, p, nullptr);
  h.leaf("td", "num", format_count(requests));
  h.leaf("td", {{"class", failed > 0 ? "num alert" : "num"}}, format_count(failed));
  for (const Shown& s : kTimes) add_cell(h, LoadUnit::kSeconds, figure(p, s.name));
  add_cell(h, LoadUnit::kPerSecond, figure(p, "output_tokens_per_s"));
  add_cell(h, LoadUnit::kPerSecond, figure(p, "requests_per_s"));
  if (slo) {
    add_cell(h, LoadUnit::kPerSecond, figure(p, "goodput"));
    h.leaf("td", "", slo_word(page, p));
  }
  h.close();
}

void add_metric_row(Html& h, const Page& page, const LoadPoint& p, const LoadResult& r,
                    const LoadMetric& metric, const std::set<double>& ps) {
  h.open("tr");
  add_name(h, page, p, &r);
  h.leaf("td", "", metric.name);
  for (const double share : ps) {
    const auto at =
        std::find_if(metric.summary.percentiles.begin(), metric.summary.percentiles.end(),
                     [&](const Percentile& x) { return x.p == share; });
    add_cell(h, LoadUnit::kSeconds,
             at == metric.summary.percentiles.end() ? Estimate{} : at->estimate);
  }
  add_cell(h, LoadUnit::kSeconds, metric.summary.mean);
  h.open("td", "num").text(format_count(metric.summary.n)).close();
  h.leaf("td", "prose", metric.note).close();
}

struct Row {
  const LoadPoint* point;
  const LoadResult* result;
};
std::vector<Row> rows_of(const Workload& work) {
  std::vector<Row> out;
  for (const LoadPoint* p : work.points) {
    for (const LoadResult& r : p->rounds) out.push_back({p, &r});
  }
  return out;
}

std::set<double> percentiles_of(const std::vector<Row>& rows) {
  std::set<double> out;
  for (const Row& row : rows) {
    for (const LoadMetric& m : row.result->metrics) {
      for (const Percentile& p : m.summary.percentiles) {
        if (out.size() < 8) out.insert(p.p);
      }
    }
  }
  return out;
}

void add_other_row(Html& h, const Page& page, const Row& row) {
  const LoadResult& r = *row.result;
  h.open("tr");
  add_name(h, page, *row.point, row.result);
  add_cell(h, LoadUnit::kPerSecond, r.total_tokens_per_s);
  add_cell(h, LoadUnit::kPerSecond, r.prefill_tokens_per_s);
  add_cell(h, LoadUnit::kPerSecond, r.steady_output_tokens_per_s);
  add_cell(h, LoadUnit::kShare, r.availability);
  add_cell(h, LoadUnit::kShare, r.good_share);
  h.leaf("td", "num", format_number(r.in_flight_mean));
  add_cell(h, LoadUnit::kPerSecond, r.input_length_correlation);
  h.leaf("td", "num", format_money(r.cost.total, r.cost.currency)).close();
}

}  // namespace

Html load_left_out(const Page& page, size_t shown, size_t total) {
  Html h;
  if (shown < total)
    h.leaf("p", "small", page.say(Msg::kLoadLeftOut, {{"count", format_count(total - shown)}}));
  return h;
}

Html load_results_table(const Page& page, const Workload& work) {
  const bool slo = any_slo(work);
  Html h;
  h.leaf("h4", "", page.say(Msg::kLoadTable));
  open_table(h, page);
  h.leaf("th", "num", page.say(Msg::kLoadRequests)).leaf("th", "num", page.say(Msg::kFailed));
  for (const Shown& s : kTimes)
    h.leaf("th", "num", std::string(page.say(s.title)) + std::string(s.tail));
  h.leaf("th", "num", page.say(Msg::kLoadOutputTokensPerS));
  h.leaf("th", "num", page.say(Msg::kLoadRequestsPerS));
  if (slo) {
    h.leaf("th", "num", page.say(Msg::kLoadGoodputPerS));
    h.leaf("th", "", page.say(Msg::kLoadSloMet));
  }
  h.close().close().open("tbody");
  const size_t shown = std::min(work.points.size(), kLoadRowsMax);
  for (size_t i = 0; i < shown; ++i) add_result_row(h, page, *work.points[i], slo);
  close_table(h);
  h.leaf("p", "small", page.say(Msg::kLoadTooSmall));
  h.add(load_left_out(page, shown, work.points.size()));
  return h;
}

Html load_percentile_table(const Page& page, const Workload& work) {
  const std::vector<Row> rows = rows_of(work);
  const std::set<double> ps = percentiles_of(rows);
  Html h;
  if (ps.empty()) return h;
  h.open("details", "fold").leaf("summary", "", page.say(Msg::kLoadPercentiles));
  open_table(h, page);
  h.leaf("th", "", page.say(Msg::kMetric));
  for (const double p : ps) h.leaf("th", "num", format_percentile_name(p));
  h.leaf("th", "num", page.say(Msg::kMean)).leaf("th", "num", "n");
  h.leaf("th", "", page.say(Msg::kNotes)).close().close().open("tbody");
  size_t shown = 0;
  size_t total = 0;
  for (const Row& row : rows) {
    for (const LoadMetric& metric : row.result->metrics) {
      if (++total > kLoadRowsMax) continue;
      ++shown;
      add_metric_row(h, page, *row.point, *row.result, metric, ps);
    }
  }
  close_table(h);
  h.add(load_left_out(page, shown, total)).close();
  return h;
}

Html load_other_table(const Page& page, const Workload& work) {
  const std::vector<Row> rows = rows_of(work);
  Html h;
  h.open("details", "fold").leaf("summary", "", page.say(Msg::kLoadMore));
  open_table(h, page);
  for (const Msg m : {Msg::kLoadTotalTokensPerS, Msg::kLoadPrefillPerS, Msg::kLoadSteadyPerS,
                      Msg::kLoadAvailability, Msg::kLoadGoodShare, Msg::kLoadInFlight,
                      Msg::kLoadCorrelation, Msg::kLoadCostPer})
    h.leaf("th", "num", page.say(m));
  h.close().close().open("tbody");
  const size_t shown = std::min(rows.size(), kLoadRowsMax);
  for (size_t i = 0; i < shown; ++i) add_other_row(h, page, rows[i]);
  close_table(h);
  h.add(load_left_out(page, shown, rows.size())).close();
  return h;
}

Html load_instrument_table(const Page& page, const Workload& work) {
  const std::vector<Row> rows = rows_of(work);
  Html h;
  open_table(h, page);
  h.leaf("th", "", page.say(Msg::kLoadVerdict));
  for (const Msg m :
       {Msg::kLoadDispatchLate, Msg::kLoadLoopLag, Msg::kLoadStampLag, Msg::kLoadTimerLate,
        Msg::kLoadCoalesced, Msg::kLoadKernelStamps, Msg::kLoadClientCpu})
    h.leaf("th", "num", page.say(m));
  h.close().close().open("tbody");
  const size_t shown = std::min(rows.size(), kLoadRowsMax);
  for (size_t i = 0; i < shown; ++i) {
    const InstrumentReport& r = rows[i].result->instrument;
    h.open("tr");
    add_name(h, page, *rows[i].point, rows[i].result);
    add_verdict(h, page, r.valid);
    for (const Spread& s : {r.dispatch_late_s, r.loop_lag_s, r.stamp_lag_s, r.use.timer_late_s})
      h.leaf("td", "num", format_spread(s));
    h.leaf("td", "num", format_ratio(r.coalesced_share));
    h.leaf("td", "num", format_ratio(r.kernel_stamp_share));
    h.leaf("td", "num", client_cpu_text(r, page.language)).close();
  }
  close_table(h);
  h.add(load_left_out(page, shown, rows.size()));
  return h;
}

Html load_error_table(const Page& page, const Workload& work) {
  Html h;
  size_t rows = 0;
  for (const LoadPoint* p : work.points) {
    for (const auto& [kind, count] : errors_over_rounds(*p)) {
      if (++rows > kLoadRowsMax) continue;
      if (rows == 1) {
        h.leaf("h4", "", page.say(Msg::kLoadErrors));
        open_table(h, page);
        h.leaf("th", "", page.say(Msg::kLoadKind));
        h.leaf("th", "num", page.say(Msg::kLoadCountColumn));
        h.leaf("th", "num", page.say(Msg::kLoadRequests)).close().close().open("tbody");
      }
      h.open("tr");
      add_name(h, page, *p, nullptr);
      h.leaf("td", "", kind).leaf("td", "num", format_count(count));
      h.leaf("td", "num", format_count(requests_and_failures(*p).first)).close();
    }
  }
  if (rows == 0) return h;
  close_table(h);
  h.add(load_left_out(page, std::min(rows, kLoadRowsMax), rows));
  return h;
}

Html load_comparison_table(const Page& page) {
  const LoadSection& loads = page.summary.loads;
  Html h;
  if (loads.comparisons.empty()) return h;
  h.open("section", "card");
  h.add(section_head("h3", page.say(Msg::kLoadComparisons), page.say(Msg::kLoadComparisonsIntro)));
  h.open("div", "scroll").open("table", "data tight").open("thead").open("tr");
  h.leaf("th", "", page.say(Msg::kLoadPoint)).leaf("th", "", page.say(Msg::kComparison));
  h.leaf("th", "", page.say(Msg::kMetric));
  h.leaf("th", "num", page.say(Msg::kDifference)).leaf("th", "num", page.say(Msg::kLoadRatio));
  h.leaf("th", "num", "p").leaf("th", "", page.say(Msg::kResult)).close().close().open("tbody");
  const size_t shown = std::min(loads.comparisons.size(), kLoadRowsMax);
  for (size_t i = 0; i < shown; ++i) {
    const LoadComparison& c = loads.comparisons[i];
    h.open("tr").leaf("th", {{"scope", "row"}}, comparison_label(loads, c, page.language));
    h.open("td").add(model_name(page, c.b)).leaf("span", "minus", " − ");
    h.add(model_name(page, c.a)).close().leaf("td", "", c.metric);
    add_cell(h, load_unit(c.metric), c.difference);
    h.leaf("td", "num", c.ratio ? format_number(*c.ratio) : std::string(kNotAvailable));
    h.leaf("td", "num", format_p_value(c.p_value));
    h.leaf("td", "result", comparison_text(c, page.language)).close();
  }
  close_table(h);
  h.add(load_left_out(page, shown, loads.comparisons.size())).close();
  return h;
}

}  // namespace assay::reports::html
