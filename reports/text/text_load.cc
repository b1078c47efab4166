#include "reports/text/text_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "reports/format.h"
#include "reports/load_view.h"
#include "reports/text/table.h"

namespace assay::reports {
namespace {

constexpr std::string_view kIndent = "  ";

struct Shown {
  Msg title;
  std::string_view tail;  // of the title: "p50"
  std::string_view name;  // of over_rounds
};
constexpr std::array<Shown, 7> kTimes{{{Msg::kLoadTtft, " p50", "ttft_p50"},
                                       {Msg::kLoadTtft, " p99", "ttft_p99"},
                                       {Msg::kLoadTpot, " p50", "tpot_p50"},
                                       {Msg::kLoadItl, " p50", "itl_p50"},
                                       {Msg::kLoadItl, " p99", "itl_p99"},
                                       {Msg::kLoadE2e, " p50", "e2e_p50"},
                                       {Msg::kLoadE2e, " p99", "e2e_p99"}}};

class LoadTextWriter {
 public:
  LoadTextWriter(const LoadSection& section, Language language, size_t width)
      : section_(section), language_(language), width_(width) {}

  LoadText write() {
    LoadText out;
    for (const LoadPoint& p : section_.points) {
      for (const LoadResult& r : p.rounds) append_reasons(out.alarm, p, r);
    }
    for (const Workload& work : workloads(section_)) append_workload(out.body, work);
    append_list(out.body, Msg::kLoadErrors, &LoadTextWriter::error_lines);
    append_list(out.body, Msg::kLoadSearches, &LoadTextWriter::search_lines);
    append_comparisons(out.body);
    append_list(out.body, Msg::kLoadEnergyPerToken, &LoadTextWriter::energy_lines);
    append_list(out.body, Msg::kLoadTokens, &LoadTextWriter::token_lines);
    append_list(out.body, Msg::kLoadHistory, &LoadTextWriter::history_lines);
    return out;
  }

 private:
  using Lines = std::vector<std::string>;

  [[nodiscard]] std::string word(Msg m) const { return std::string(say(language_, m)); }
  [[nodiscard]] std::string safe_wrap(const std::string& text) const {
    return wrap(terminal_safe(text), width_, kIndent);
  }
  [[nodiscard]] std::string name(const LoadPoint& p, const LoadResult* r) const {
    return terminal_safe(load_name(section_, p, r, language_));
  }

  void append_reasons(std::string& out, const LoadPoint& p, const LoadResult& r) const {
    for (const std::string& reason : r.instrument.invalid) {
      out += wrap(terminal_safe("! " + say(language_, Msg::kLoadInvalidLine,
                                           {{"load", load_name(section_, p, &r, language_)},
                                            {"reason", reason}})),
                  width_, "");
    }
    if (!r.instrument.valid && r.instrument.invalid.empty()) {
      out += wrap("! " + word(Msg::kLoadInvalid) + ", " + name(p, &r), width_, "");
    }
  }

  // "234 ±12 ms"; a percentile without an interval is marked.
  std::string cell(LoadUnit unit, const Estimate& e, bool percentile) {
    std::string out = format_compact(unit, e);
    const bool bare = percentile && e.value && !(e.ci_low && e.ci_high);
    marked_ = marked_ || bare;
    return bare ? out + " ~" : out;
  }

  [[nodiscard]] std::vector<Column> result_columns(bool slo) const {
    std::vector<Column> out{{word(Msg::kLoadPoint), Align::kLeft}, {"n"}, {word(Msg::kFailed)}};
    for (const Shown& s : kTimes) out.push_back({word(s.title) + std::string(s.tail)});
    out.push_back({word(Msg::kLoadOutputTokensPerS)});
    out.push_back({word(Msg::kLoadRequestsPerS)});
    if (slo) out.push_back({word(Msg::kLoadGoodput)});
    return out;
  }

  std::vector<std::string> result_row(const LoadPoint& p, bool slo) {
    const auto [requests, failed] = requests_and_failures(p);
    const std::string label = terminal_safe(load_label(p, language_));
    std::vector<std::string> cells{p.valid ? label : "! " + label, format_count(requests),
                                   format_count(failed)};
    for (const Shown& s : kTimes)
      cells.push_back(cell(LoadUnit::kSeconds, figure(p, s.name), true));
    cells.push_back(cell(LoadUnit::kPerSecond, figure(p, "output_tokens_per_s"), false));
    cells.push_back(cell(LoadUnit::kPerSecond, figure(p, "requests_per_s"), false));
    if (slo) cells.push_back(cell(LoadUnit::kPerSecond, figure(p, "goodput"), false));
    return cells;
  }

  // One table for each model, so that a row's name is short and columns stay together.
  void append_results(std::string& out, const Workload& work) {
    const bool slo = any_slo(work);
    marked_ = false;
    bool invalid = false;
    std::vector<std::string> models;
    for (const LoadPoint* p : work.points) {
      invalid = invalid || !p->valid;
      if (std::find(models.begin(), models.end(), p->model.name) == models.end())
        models.push_back(p->model.name);
    }
    for (const std::string& model : models) {
      Table table(result_columns(slo));
      for (const LoadPoint* p : work.points) {
        if (p->model.name == model) table.add(result_row(*p, slo));
      }
      out += "\n" + std::string(kIndent) +
             shorten_middle(terminal_safe(model), width_ - kIndent.size()) + "\n" +
             table.text(width_, kIndent);
    }
    if (marked_) out += "\n" + wrap(word(Msg::kLoadTooSmall), width_, kIndent);
    if (invalid) out += wrap(word(Msg::kLoadBang), width_, kIndent);
  }

  void append_instrument(std::string& out, const Workload& work) const {
    out += "\n" + std::string(kIndent) + word(Msg::kLoadInstrument) + "\n";
    out += wrap(word(Msg::kLoadInstrumentIntro), width_, kIndent);
    for (const LoadPoint* p : work.points) {
      for (const LoadResult& r : p->rounds) {
        const InstrumentReport& i = r.instrument;
        out += wrap(say(language_, Msg::kLoadInstrumentLine,
                        {{"load", name(*p, &r)},
                         {"late", format_spread(i.dispatch_late_s)},
                         {"loop", format_spread(i.loop_lag_s)},
                         {"stamp", format_spread(i.stamp_lag_s)},
                         {"timer", format_spread(i.use.timer_late_s)},
                         {"coalesced", format_ratio(i.coalesced_share)},
                         {"kernel", format_ratio(i.kernel_stamp_share)},
                         {"cpu", client_cpu_text(i, language_)},
                         {"verdict", word(i.valid ? Msg::kLoadValid : Msg::kLoadInvalid)}}),
                    width_, "    ");
      }
    }
  }

  void append_events(std::string& out, const Workload& work) const {
    for (const LoadPoint* p : work.points) {
      for (const LoadResult& r : p->rounds) {
        const std::string load = load_name(section_, *p, &r, language_);
        if (r.saturated)
          out += safe_wrap(say(language_, Msg::kLoadSaturatedLine, {{"load", load}}));
        const std::string& end = r.load.end_reason;
        if (!end.empty() && end != "count" && end != "duration") {
          out += safe_wrap(say(language_, Msg::kLoadEndedLine, {{"load", load}, {"reason", end}}));
        }
        for (const std::string& warning : r.instrument.warnings) {
          out += safe_wrap(
              say(language_, Msg::kLoadWarningLine, {{"load", load}, {"reason", warning}}));
        }
      }
    }
  }

  void append_workload(std::string& out, const Workload& work) {
    if (!out.empty()) out += "\n";
    const LoadVerdict verdict = load_verdict(section_, work, language_);
    std::string title = word(Msg::kLoad);
    if (!work.name.empty()) title += " — " + terminal_safe(work.name);
    out += shorten_middle(title, width_) + "\n" + safe_wrap(verdict.headline);
    std::string sentences;
    for (const std::string& s : verdict.sentences) sentences += s + " ";
    out += safe_wrap(sentences);
    append_results(out, work);
    append_events(out, work);
    append_instrument(out, work);
  }

  void append_list(std::string& out, Msg title, Lines (LoadTextWriter::*lines)() const) const {
    const Lines all = (this->*lines)();
    if (all.empty()) return;
    out += "\n" + word(title) + "\n";
    for (const std::string& line : all) out += safe_wrap(line);
  }

  [[nodiscard]] Lines error_lines() const {
    Lines out;
    for (const LoadPoint& p : section_.points) {
      std::string kinds;
      for (const auto& [kind, count] : errors_over_rounds(p))
        kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", kind, format_count(count));
      if (kinds.empty()) continue;
      out.push_back(say(language_, Msg::kLoadErrorsLine,
                        {{"load", load_name(section_, p, nullptr, language_)},
                         {"errors", kinds},
                         {"n", format_count(requests_and_failures(p).first)}}));
    }
    return out;
  }

  [[nodiscard]] Lines search_lines() const {
    Lines out;
    for (const LoadSearch& s : section_.searches)
      out.push_back(search_text(s, section_, language_));
    return out;
  }

  // Lines that are the same for every load stand once, without a load's name.
  [[nodiscard]] Lines named_once(
      const std::function<std::string(const LoadResult&)>& text_of) const {
    Lines named;
    std::set<std::string> different;
    for (const LoadPoint& p : section_.points) {
      for (const LoadResult& r : p.rounds) {
        const std::string text = text_of(r);
        different.insert(text);
        named.push_back(load_name(section_, p, &r, language_) + ": " + text);
      }
    }
    if (different.size() != 1) return named;
    return {*different.begin()};
  }
  [[nodiscard]] Lines energy_lines() const {
    return named_once([&](const LoadResult& r) { return energy_text(r.energy, language_); });
  }
  [[nodiscard]] Lines token_lines() const {
    std::vector<const LoadPoint*> points;
    for (const LoadPoint& p : section_.points) points.push_back(&p);
    return assay::reports::token_lines(points, language_);
  }

  [[nodiscard]] Lines history_lines() const {
    Lines out;
    for (const auto& [model, e] : section_.availability) {
      std::string line = model + ": " + format_figure(LoadUnit::kShare, e);
      const std::string interval = format_figure_interval(LoadUnit::kShare, e);
      if (!interval.empty()) line += " [" + interval + "]";
      out.push_back(line + ", n = " + format_count(e.n));
    }
    return out;
  }

  void append_comparisons(std::string& out) {
    if (section_.comparisons.empty()) return;
    out += "\n" + word(Msg::kLoadComparisons) + "\n" +
           wrap(word(Msg::kLoadComparisonsIntro), width_, kIndent);
    Table table({{word(Msg::kLoadPoint), Align::kLeft},
                 {word(Msg::kComparison), Align::kLeft},
                 {word(Msg::kMetric), Align::kLeft},
                 {word(Msg::kDifference)},
                 {word(Msg::kLoadRatio)},
                 {"p"},
                 {word(Msg::kResult), Align::kLeft}});
    for (const LoadComparison& c : section_.comparisons) {
      const LoadUnit unit = load_unit(c.metric);
      table.add({terminal_safe(comparison_label(section_, c, language_)),
                 terminal_safe(c.b + " − " + c.a), terminal_safe(c.metric),
                 cell(unit, c.difference, false),
                 c.ratio ? format_number(*c.ratio) : std::string(kNotAvailable),
                 format_p_value(c.p_value), terminal_safe(comparison_text(c, language_))});
    }
    out += table.text(width_, kIndent);
  }

  const LoadSection& section_;
  Language language_;
  size_t width_;
  bool marked_ = false;  // a percentile without interval was shown
};

}  // namespace

LoadText load_text(const LoadSection& section, Language language, size_t width) {
  return LoadTextWriter(section, language, width).write();
}

}  // namespace assay::reports
