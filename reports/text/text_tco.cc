#include "reports/text/text_tco.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "reports/format.h"
#include "reports/tco_view.h"
#include "reports/text/table.h"

namespace assay::reports {
namespace {

constexpr std::string_view kIndent = "  ";

class TcoText {
 public:
  TcoText(const TcoReport& report, const ReportOptions& options)
      : report_(report), language_(language_from_code(options.language)), width_(options.width) {}

  std::string text() {
    if (!report_.options.empty()) {
      head(Msg::kTco);
      paragraph(tco_traffic(report_, language_));
      append_options();
      paragraph(tco_note(report_, language_));
      append_breaks();
      append_volumes();
      append_parts();
    }
    if (!report_.memory.empty()) append_memory();
    append_inputs();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string word(Msg m) const { return std::string(say(language_, m)); }
  [[nodiscard]] std::string name(const TcoOption& option) const {
    return terminal_safe(tco_name(option, language_));
  }
  void head(Msg title) { out_ += (out_.empty() ? "" : "\n") + word(title) + "\n"; }
  void paragraph(const std::string& text) { out_ += wrap(terminal_safe(text), width_, kIndent); }
  void add(const Table& table) { out_ += table.text(width_, kIndent); }

  void append_options() {
    Table table({{word(Msg::kTcoOption), Align::kLeft},
                 {word(Msg::kTcoMonth)},
                 {word(Msg::kTcoPerRequest)},
                 {word(Msg::kTcoMillionIn)},
                 {word(Msg::kTcoMillionOut)},
                 {word(Msg::kTcoNodes)},
                 {word(Msg::kTcoUsed)},
                 {word(Msg::kTcoFull)}});
    for (const TcoOption& o : report_.options) {
      const bool api = o.kind == TcoKind::kApi;
      table.add({name(o), tco_money(o.per_month), tco_money(o.per_request),
                 tco_money(o.per_million_input), tco_money(o.per_million_output),
                 api ? "" : format_count(o.nodes), api ? "" : tco_percent(o.utilisation),
                 api ? "" : tco_money(o.least_per_request)});
    }
    add(table);
  }

  void append_breaks() {
    if (report_.breaks.empty()) return;
    head(Msg::kTcoBreakEven);
    for (const TcoBreakEven& found : report_.breaks)
      paragraph(tco_sentence(report_, found, language_));
  }

  void append_volumes() {
    head(Msg::kTcoOverVolume);
    std::vector<Column> columns{{word(Msg::kTcoVolume)}};
    for (const TcoOption& o : report_.options) columns.push_back({name(o)});
    Table table(std::move(columns));
    for (size_t v = 0; v < report_.volumes.size(); ++v) {
      std::vector<std::string> cells{tco_volume(report_.volumes[v])};
      const size_t cheapest = tco_cheapest(report_, v);
      for (size_t i = 0; i < report_.options.size(); ++i) {
        const TcoPoint& point = report_.options[i].grid[v];
        std::string cell = tco_money(point.per_month);
        if (point.nodes > 0) cell += fmt::format(" ({})", format_count(point.nodes));
        cells.push_back((i == cheapest ? "*" : "") + cell);
      }
      table.add(std::move(cells));
    }
    add(table);
    paragraph(word(Msg::kTcoTableNote));
  }

  void append_parts() {
    Table table({{word(Msg::kTcoOption), Align::kLeft},
                 {word(Msg::kTcoPartRent)},
                 {word(Msg::kTcoPartCapital)},
                 {word(Msg::kTcoPartMaintenance)},
                 {word(Msg::kTcoPartEnergy)},
                 {word(Msg::kTcoPartOther)},
                 {word(Msg::kTcoPartStaff)}});
    bool any = false;
    for (const TcoOption& o : report_.options) {
      if (o.kind == TcoKind::kApi) continue;
      const TcoParts& p = o.parts;
      table.add({name(o), tco_money(p.rent), tco_money(p.capital), tco_money(p.maintenance),
                 tco_money(p.energy), tco_money(p.other), tco_money(p.staff)});
      any = true;
    }
    if (!any) return;
    head(Msg::kTcoParts);
    add(table);
  }

  void append_memory() {
    head(Msg::kTcoMemory);
    Table needs({{word(Msg::kModel), Align::kLeft},
                 {word(Msg::kTcoPrecision), Align::kLeft},
                 {word(Msg::kTcoWeights)},
                 {word(Msg::kTcoCache)},
                 {word(Msg::kTcoOverhead)},
                 {word(Msg::kTcoTotal)}});
    Table fits({{word(Msg::kModel), Align::kLeft},
                {word(Msg::kTcoGpus), Align::kLeft},
                {word(Msg::kTcoNodes)},
                {word(Msg::kTcoFilled)},
                {word(Msg::kTcoSequences)},
                {word(Msg::kTcoLeast)}});
    bool any = false;
    for (const MemoryNeeds& n : report_.memory) {
      const std::string model = terminal_safe(n.model.name);
      needs.add({model, terminal_safe(n.model.precision), tco_bytes(n.weight_bytes),
                 tco_bytes(n.kv_bytes), tco_bytes(n.overhead_bytes), tco_bytes(n.total_bytes)});
      for (const MemoryFit& fit : n.fits) {
        fits.add({model, terminal_safe(tco_fit(n, fit, language_)),
                  fit.gpus ? std::to_string(fit.nodes) : "",
                  fit.gpus ? tco_percent(fit.used_share) : "",
                  fit.gpus ? tco_volume(fit.sequences_max) : "", std::to_string(fit.gpus_least)});
        any = true;
      }
    }
    add(needs);
    if (!any) return;
    out_ += "\n";
    add(fits);
    paragraph(word(Msg::kTcoLeastNote));
  }

  // Defaults first: they are what to look at.
  void append_inputs() {
    head(Msg::kTcoInputs);
    for (const TcoOrigin origin : {TcoOrigin::kDefault, TcoOrigin::kMeasured, TcoOrigin::kGiven}) {
      for (const TcoInputLine& line : report_.inputs.lines) {
        if (line.origin != origin) continue;
        std::string text = line.name + " = " + line.value;
        if (!line.unit.empty()) text += " " + line.unit;
        text += ": " + tco_origin(origin, language_);
        if (!line.why.empty()) text += " (" + line.why + ")";
        paragraph(text);
      }
    }
  }

  const TcoReport& report_;
  Language language_;
  size_t width_;
  std::string out_;
};

}  // namespace

std::string tco_text(const TcoReport& report, const ReportOptions& options) {
  return TcoText(report, options).text();
}

}  // namespace assay::reports
