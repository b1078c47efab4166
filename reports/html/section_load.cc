// Loads (`assay bench`): the verdict of each workload, and the chapter with charts, tables, what
// the instrument says of itself, and definitions.
#include "reports/html/section_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/base/utf8.h"
#include "reports/format.h"

namespace assay::reports::html {
namespace {

constexpr size_t kBigColumnsMax = 10;
constexpr size_t kReasonsMax = 12;
constexpr size_t kLinesMax = 60;

constexpr std::pair<Msg, Msg> kWords[] = {{Msg::kLoadTtft, Msg::kLoadTtftText},
                                          {Msg::kLoadTtfa, Msg::kLoadTtfaText},
                                          {Msg::kLoadTpot, Msg::kLoadTpotText},
                                          {Msg::kLoadItl, Msg::kLoadItlText},
                                          {Msg::kLoadChunkGap, Msg::kLoadChunkGapText},
                                          {Msg::kLoadNormalized, Msg::kLoadNormalizedText},
                                          {Msg::kLoadE2e, Msg::kLoadE2eText},
                                          {Msg::kLoadE2eSent, Msg::kLoadE2eSentText},
                                          {Msg::kLoadQueue, Msg::kLoadQueueText},
                                          {Msg::kLoadGoodput, Msg::kLoadGoodputText},
                                          {Msg::kLoadAvailability, Msg::kLoadAvailabilityText},
                                          {Msg::kLoadSteady, Msg::kLoadSteadyText},
                                          {Msg::kLoadDispatchLate, Msg::kLoadDispatchText},
                                          {Msg::kLoadStampLag, Msg::kLoadStampText},
                                          {Msg::kLoadLoopLag, Msg::kLoadLoopText},
                                          {Msg::kLoadCoalesced, Msg::kLoadCoalescedText}};

void add_fact(Html& h, std::string_view label, std::string_view value, std::string_view note) {
  h.open("div", "fact").leaf("dt", "", label).open("dd", "");
  h.leaf("span", {{"class", display_width(value) > kBigColumnsMax ? "big long" : "big"}}, value);
  if (!note.empty()) h.leaf("span", "note", note);
  h.close().close();
}

std::string interval_note(const Page& page, LoadUnit unit, const Estimate& e) {
  const std::string interval = format_figure_interval(unit, e);
  return interval.empty() ? "" : page.say(Msg::kInterval95, {{"interval", interval}});
}

Html facts(const Page& page, const LoadVerdict& v) {
  Html h;
  if (v.best == nullptr) return h;
  h.open("dl", "facts");
  const Estimate best = figure(*v.best, v.best_metric);
  const Msg unit = v.best_metric == "output_tokens_per_s" ? Msg::kLoadOutputTokensPerS
                   : v.best_metric == "goodput"           ? Msg::kLoadGoodputPerS
                                                          : Msg::kLoadRequestsPerS;
  add_fact(h, page.say(unit), format_figure(LoadUnit::kPerSecond, best),
           interval_note(page, LoadUnit::kPerSecond, best));
  for (const auto& [title, name] :
       {std::pair{"TTFT p50", "ttft_p50"}, std::pair{"E2E p99", "e2e_p99"}}) {
    const Estimate e = figure(*v.best, name);
    if (!e.value) continue;
    add_fact(h, title, format_figure(LoadUnit::kSeconds, e),
             interval_note(page, LoadUnit::kSeconds, e));
  }
  const std::string share = fmt::format("{}/{}", v.loads - v.invalid, v.loads);
  add_fact(h, page.say(Msg::kLoadValidLoads), share, page.say(Msg::kLoadInstrument));
  h.close();
  return h;
}

std::string joined(const std::vector<std::string>& sentences) {
  std::string out;
  for (const std::string& s : sentences) out += (out.empty() ? "" : " ") + s;
  return out;
}

std::string loads_text(const Page& page, size_t n) {
  return n == 1 ? std::string(page.say(Msg::kLoadOne))
                : page.say(Msg::kLoadCount, {{"n", format_count(n)}});
}

Html verdict_card(const Page& page, const Workload& work, size_t number) {
  const LoadVerdict v = load_verdict(page.summary.loads, work, page.language);
  const std::string anchor = fmt::format("load-{}", number);
  Html h;
  h.open("section", {{"class", "verdict card"}, {"aria-labelledby", anchor + "-v"}});
  h.open("p", "eyebrow").open("a", {{"href", "#load"}}).text(page.say(Msg::kLoad)).close();
  h.leaf("span", "",
         " · " + (work.name.empty() ? "" : work.name + " · ") + loads_text(page, v.loads));
  h.close().leaf("h2", {{"id", anchor + "-v"}}, v.headline);
  h.leaf("p", "lede", joined(v.sentences)).add(facts(page, v)).close();
  return h;
}

// Everything that makes a figure doubtful, above the figures.
Html alarms(const Page& page, const Workload& work) {
  std::vector<std::string> lines;
  for (const LoadPoint* p : work.points) {
    for (const LoadResult& r : p->rounds) {
      const std::string load = load_name(page.summary.loads, *p, &r, page.language);
      for (const std::string& reason : r.instrument.invalid)
        lines.push_back(fmt::format("{}: {}", load, reason));
      if (!r.instrument.valid && r.instrument.invalid.empty()) lines.push_back(load);
    }
  }
  Html h;
  if (lines.empty()) return h;
  h.open("div", {{"class", "alarm"}, {"role", "note"}});
  h.leaf("strong", "", page.say(Msg::kLoadInvalid)).open("ul");
  for (size_t i = 0; i < std::min(lines.size(), kReasonsMax); ++i) h.leaf("li", "", lines[i]);
  h.close().add(load_left_out(page, std::min(lines.size(), kReasonsMax), lines.size())).close();
  return h;
}

Html line_list(const Page& page, std::string_view title, const std::vector<std::string>& lines) {
  Html h;
  if (lines.empty()) return h;
  if (!title.empty()) h.leaf("h4", "", title);
  h.open("ul", "plain");
  for (size_t i = 0; i < std::min(lines.size(), kLinesMax); ++i) h.leaf("li", "", lines[i]);
  h.close().add(load_left_out(page, std::min(lines.size(), kLinesMax), lines.size()));
  return h;
}

std::vector<std::string> event_lines(const Page& page, const Workload& work) {
  std::vector<std::string> out;
  for (const LoadPoint* p : work.points) {
    for (const LoadResult& r : p->rounds) {
      const std::string load = load_name(page.summary.loads, *p, &r, page.language);
      if (r.saturated) out.push_back(page.say(Msg::kLoadSaturatedLine, {{"load", load}}));
      const std::string& end = r.load.end_reason;
      if (!end.empty() && end != "count" && end != "duration")
        out.push_back(page.say(Msg::kLoadEndedLine, {{"load", load}, {"reason", end}}));
      for (const std::string& w : r.instrument.warnings)
        out.push_back(page.say(Msg::kLoadWarningLine, {{"load", load}, {"reason", w}}));
    }
  }
  return out;
}

std::string machine_text(const Page& page, const MachineUse& m) {
  std::vector<std::string> parts;
  if (m.server_cpu_s >= 0)
    parts.push_back(page.say(Msg::kLoadServerCpu, {{"value", format_duration(m.server_cpu_s)}}));
  const auto mib = [](int64_t bytes) {
    return format_number(static_cast<double>(bytes) / (1024.0 * 1024.0)) + " MiB";
  };
  if (m.server_resident_bytes_max >= 0)
    parts.push_back(
        page.say(Msg::kLoadServerMemory, {{"value", mib(m.server_resident_bytes_max)}}));
  for (const GpuUse& g : m.gpus) {
    const std::string na(kNotAvailable);
    parts.push_back(page.say(
        Msg::kLoadGpu,
        {{"n", format_count(g.index)},
         {"name", g.name},
         {"share", g.utilisation_mean < 0 ? na : format_ratio(g.utilisation_mean)},
         {"memory", g.memory_bytes_max < 0 ? na : mib(g.memory_bytes_max)},
         {"power", g.power_watts_mean < 0 ? na : format_number(g.power_watts_mean) + " W"}}));
  }
  for (const std::string& note : m.notes) parts.push_back(note);
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

// A line for each load, or one line when all say the same.
template <typename TextOf>
std::vector<std::string> named_once(const Page& page, const Workload& work, TextOf text_of) {
  std::vector<std::string> named;
  std::set<std::string> different;
  for (const LoadPoint* p : work.points) {
    for (const LoadResult& r : p->rounds) {
      const std::string text = text_of(r);
      if (text.empty()) continue;
      different.insert(text);
      named.push_back(load_name(page.summary.loads, *p, &r, page.language) + ": " + text);
    }
  }
  if (different.size() == 1) return {*different.begin()};
  return named;
}

Html workload_card(const Page& page, const Workload& work) {
  Html h;
  h.open("section", "card");
  const LoadInfo* load = first_load(*work.points.front());
  const std::string slo = load == nullptr ? "" : slo_text(load->slo, page.language);
  h.leaf("h3", "", work.name.empty() ? page.say(Msg::kLoad) : std::string_view(work.name));
  if (!slo.empty()) h.leaf("p", "intro", "SLO: " + slo);
  h.add(alarms(page, work)).add(line_list(page, "", event_lines(page, work)));
  h.add(load_curves(page, work)).add(load_results_table(page, work));
  h.add(load_percentile_table(page, work)).add(load_other_table(page, work));
  h.add(load_error_table(page, work));
  h.add(load_distributions(page, work)).add(load_over_time(page, work)).close();
  return h;
}

Html instrument_card(const Page& page, const Workload& work) {
  Html h;
  h.open("section", "card");
  h.add(section_head("h3", page.say(Msg::kLoadInstrument), page.say(Msg::kLoadInstrumentIntro)));
  h.add(load_instrument_table(page, work));
  h.add(line_list(page, page.say(Msg::kLoadTokens), token_lines(work.points, page.language)));
  h.add(line_list(
      page, page.say(Msg::kLoadEnergyPerToken),
      named_once(page, work, [&](const auto& r) { return energy_text(r.energy, page.language); })));
  h.add(line_list(page, page.say(Msg::kLoadMachine), named_once(page, work, [&](const auto& r) {
                    return machine_text(page, r.load.machine);
                  })));
  h.close();
  return h;
}

Html searches_and_history(const Page& page) {
  const LoadSection& loads = page.summary.loads;
  std::vector<std::string> searches;
  for (const LoadSearch& s : loads.searches)
    searches.push_back(search_text(s, loads, page.language));
  std::vector<std::string> history;
  for (const auto& [model, e] : loads.availability) {
    const std::string interval = format_figure_interval(LoadUnit::kShare, e);
    history.push_back(fmt::format("{}: {}{}, n = {}", model, format_figure(LoadUnit::kShare, e),
                                  interval.empty() ? "" : " [" + interval + "]",
                                  format_count(e.n)));
  }
  Html h;
  if (searches.empty() && history.empty()) return h;
  h.open("section", "card");
  h.add(line_list(page, page.say(Msg::kLoadSearches), searches));
  h.add(line_list(page, page.say(Msg::kLoadHistory), history)).close();
  return h;
}

Html words(const Page& page) {
  Html h;
  h.open("section", "card").leaf("h3", "", page.say(Msg::kLoadWords)).open("dl", "glossary");
  for (const auto& [term, text] : kWords) {
    h.open("div", "pair").leaf("dt", "", page.say(term)).leaf("dd", "", page.say(text)).close();
  }
  h.close().close();
  return h;
}

}  // namespace

Html load_line(const Page& page) {
  Html h;
  if (page.summary.loads.empty() || page.summary.suites.empty()) return h;
  h.open("section", "card load-line");
  for (const Workload& work : workloads(page.summary.loads)) {
    const LoadVerdict v = load_verdict(page.summary.loads, work, page.language);
    h.open("p", "eyebrow").open("a", {{"href", "#load"}}).text(page.say(Msg::kLoad)).close();
    if (!work.name.empty()) h.leaf("span", "", " · " + work.name);
    h.close().leaf("p", "lede", v.headline);
  }
  h.close();
  return h;
}

Html load_verdicts(const Page& page) {
  Html h;
  size_t number = 0;
  for (const Workload& work : workloads(page.summary.loads))
    h.add(verdict_card(page, work, ++number));
  return h;
}

Html load_section(const Page& page) {
  Html h;
  if (page.summary.loads.empty()) return h;
  h.leaf("h2", {{"class", "chapter"}, {"id", "load"}}, page.say(Msg::kLoad));
  h.leaf("p", "chapter-note", page.say(Msg::kLoadIntro));
  for (const Workload& work : workloads(page.summary.loads)) {
    h.add(workload_card(page, work)).add(instrument_card(page, work));
  }
  h.add(searches_and_history(page)).add(load_comparison_table(page)).add(words(page));
  return h;
}

}  // namespace assay::reports::html
