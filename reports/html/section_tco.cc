// API, rented and own machines side by side, over the volume; memory; what was assumed.
#include <fmt/format.h>

#include <algorithm>

#include "harness/types/tco.h"
#include "reports/format.h"
#include "reports/html/charts.h"
#include "reports/html/page.h"
#include "reports/tco_view.h"

namespace assay::reports::html {
namespace {

constexpr size_t kBreaksMarked = 6;  // more lines than that hide the curves

class TcoSection {
 public:
  TcoSection(const Page& page, const TcoReport& report) : page_(page), report_(report) {}

  Html html() {
    h_.leaf("h2", {{"class", "chapter"}, {"id", "tco"}}, page_.say(Msg::kTco));
    h_.open("section", "card");
    if (!report_.options.empty()) {
      h_.leaf("p", "intro", tco_traffic(report_, page_.language));
      add_options();
      h_.leaf("p", "intro", tco_note(report_, page_.language));
      add_breaks();
      add_chart();
      add_volumes();
      add_parts();
    }
    if (!report_.memory.empty()) add_memory();
    add_inputs();
    h_.close();
    return std::move(h_);
  }

 private:
  [[nodiscard]] std::string name(const TcoOption& o) const { return tco_name(o, page_.language); }
  [[nodiscard]] SeriesStyle style(size_t option) const { return series_style(option); }

  // The first `names` columns are text.
  void open_table(std::initializer_list<Msg> columns, size_t names) {
    h_.open("div", "scroll").open("table", "data").open("thead").open("tr");
    size_t i = 0;
    for (const Msg column : columns)
      i++ < names ? h_.leaf("th", "", page_.say(column)) : h_.leaf("th", "num", page_.say(column));
    h_.close().close().open("tbody");
  }
  void close_table() { h_.close().close().close(); }
  void head_cell(size_t option) {
    h_.open("th", {{"scope", "row"}}).add(mark_icon(style(option))).text(" ");
    h_.text(name(report_.options[option])).close();
  }
  void number(const std::string& text) { h_.leaf("td", "num", text); }

  void add_options() {
    open_table({Msg::kTcoOption, Msg::kTcoMonth, Msg::kTcoPerRequest, Msg::kTcoMillionIn,
                Msg::kTcoMillionOut, Msg::kTcoNodes, Msg::kTcoUsed, Msg::kTcoFull},
               1);
    for (size_t i = 0; i < report_.options.size(); ++i) {
      const TcoOption& o = report_.options[i];
      const bool api = o.kind == TcoKind::kApi;
      h_.open("tr");
      head_cell(i);
      number(tco_money(o.per_month));
      number(tco_money(o.per_request));
      number(tco_money(o.per_million_input));
      number(tco_money(o.per_million_output));
      number(api ? "" : format_count(o.nodes));
      number(api ? "" : tco_percent(o.utilisation));
      number(api ? "" : tco_money(o.least_per_request));
      h_.close();
    }
    close_table();
  }

  void add_breaks() {
    if (report_.breaks.empty()) return;
    h_.leaf("h3", "", page_.say(Msg::kTcoBreakEven)).open("ul");
    for (const TcoBreakEven& found : report_.breaks)
      h_.leaf("li", "", tco_sentence(report_, found, page_.language));
    h_.close();
  }

  LinesInput chart_input() {
    LinesInput in;
    in.logarithmic = true;
    in.title = page_.say(Msg::kTcoChart);
    in.x_label = page_.say(Msg::kTcoVolume);
    in.y_label = std::string(page_.say(Msg::kTcoMonth)) + " (" + report_.inputs.currency + ")";
    const double own = report_.inputs.traffic.requests_per_day;
    for (size_t i = 0; i < report_.options.size(); ++i) {
      const TcoOption& o = report_.options[i];
      LineSeries s{.name = name(o), .style = style(i), .points = {}, .bare = true};
      for (const TcoPoint& p : o.curve) {
        if (p.per_month <= 0) continue;  // has no place on a logarithmic axis
        s.points.push_back({.x = p.requests_per_day,
                            .y = {.value = p.per_month},
                            .tip = fmt::format("{}: {}", s.name, tco_money(p.per_month)),
                            .ringed = p.requests_per_day == own});
      }
      in.series.push_back(std::move(s));
    }
    for (const TcoBreakEven& b : report_.breaks) {
      if (b.verdict != TcoVerdict::kFrom || in.marks.size() == kBreaksMarked) continue;
      if (*b.requests_per_day < report_.inputs.volume_from) continue;
      in.marks.push_back({name(report_.options[b.self]) + " < " + report_.options[b.api].name,
                          style(b.self), *b.requests_per_day});
    }
    return in;
  }

  void add_chart() {
    const LinesInput in = chart_input();
    h_.leaf("h3", "", in.title).open("figure");
    h_.add(in_both_widths([&](ChartWidth w) { return lines_chart(in, w); }));
    std::vector<std::pair<std::string, SeriesStyle>> names;
    for (const LineSeries& s : in.series) names.emplace_back(s.name, s.style);
    h_.add(legend(names)).leaf("figcaption", "", page_.say(Msg::kTcoChartNote)).close();
  }

  void add_volumes() {
    h_.leaf("h3", "", page_.say(Msg::kTcoOverVolume));
    h_.open("div", "scroll").open("table", "data").open("thead").open("tr");
    h_.leaf("th", "num", page_.say(Msg::kTcoVolume));
    for (const TcoOption& o : report_.options) h_.leaf("th", "num", name(o));
    h_.close().close().open("tbody");
    for (size_t v = 0; v < report_.volumes.size(); ++v) {
      h_.open("tr").leaf("th", {{"scope", "row"}, {"class", "num"}},
                         tco_volume(report_.volumes[v]));
      const size_t cheapest = tco_cheapest(report_, v);
      for (size_t i = 0; i < report_.options.size(); ++i) {
        const TcoPoint& p = report_.options[i].grid[v];
        std::string cell = (i == cheapest ? "*" : "") + tco_money(p.per_month);
        if (p.nodes > 0) cell += fmt::format(" ({})", format_count(p.nodes));
        number(cell);
      }
      h_.close();
    }
    close_table();
    h_.leaf("p", "intro", page_.say(Msg::kTcoTableNote));
  }

  void add_parts() {
    const auto hosted = [](const TcoOption& o) { return o.kind != TcoKind::kApi; };
    if (std::none_of(report_.options.begin(), report_.options.end(), hosted)) return;
    h_.leaf("h3", "", page_.say(Msg::kTcoParts));
    open_table({Msg::kTcoOption, Msg::kTcoPartRent, Msg::kTcoPartCapital, Msg::kTcoPartMaintenance,
                Msg::kTcoPartEnergy, Msg::kTcoPartOther, Msg::kTcoPartStaff},
               1);
    for (size_t i = 0; i < report_.options.size(); ++i) {
      if (!hosted(report_.options[i])) continue;
      const TcoParts& p = report_.options[i].parts;
      h_.open("tr");
      head_cell(i);
      for (const double part : {p.rent, p.capital, p.maintenance, p.energy, p.other, p.staff})
        number(tco_money(part));
      h_.close();
    }
    close_table();
  }

  void add_memory() {
    h_.leaf("h3", "", page_.say(Msg::kTcoMemory));
    open_table({Msg::kModel, Msg::kTcoPrecision, Msg::kTcoWeights, Msg::kTcoCache,
                Msg::kTcoOverhead, Msg::kTcoTotal},
               2);
    bool any = false;
    for (const MemoryNeeds& n : report_.memory) {
      h_.open("tr").leaf("th", {{"scope", "row"}}, n.model.name);
      h_.leaf("td", "", n.model.precision);
      for (const double bytes : {n.weight_bytes, n.kv_bytes, n.overhead_bytes, n.total_bytes})
        number(tco_bytes(bytes));
      h_.close();
      any = any || !n.fits.empty();
    }
    close_table();
    if (any) add_fits();
  }

  void add_fits() {
    open_table({Msg::kModel, Msg::kTcoGpus, Msg::kTcoNodes, Msg::kTcoFilled, Msg::kTcoSequences,
                Msg::kTcoLeast},
               2);
    for (const MemoryNeeds& n : report_.memory) {
      for (const MemoryFit& fit : n.fits) {
        h_.open("tr").leaf("th", {{"scope", "row"}}, n.model.name);
        h_.leaf("td", "", tco_fit(n, fit, page_.language));
        number(fit.gpus ? std::to_string(fit.nodes) : "");
        number(fit.gpus ? tco_percent(fit.used_share) : "");
        number(fit.gpus ? tco_volume(fit.sequences_max) : "");
        number(std::to_string(fit.gpus_least));
        h_.close();
      }
    }
    close_table();
    h_.leaf("p", "intro", page_.say(Msg::kTcoLeastNote));
  }

  void add_inputs() {
    h_.open("details").leaf("summary", "", page_.say(Msg::kTcoInputs));
    open_table({Msg::kTcoInput, Msg::kTcoValue, Msg::kTcoOrigin, Msg::kTcoWhy}, 4);
    for (const TcoInputLine& line : report_.inputs.lines) {
      h_.open("tr").leaf("th", {{"scope", "row"}}, line.name);
      h_.leaf("td", "", line.unit.empty() ? line.value : line.value + " " + line.unit);
      h_.leaf("td", "", tco_origin(line.origin, page_.language));
      h_.leaf("td", "", line.why).close();
    }
    close_table();
    h_.close();
  }

  const Page& page_;
  const TcoReport& report_;
  Html h_;
};

}  // namespace

Html tco_section(const Page& page) {
  if (page.options.tco == nullptr) return {};
  return TcoSection(page, *page.options.tco).html();
}

}  // namespace assay::reports::html
