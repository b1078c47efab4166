// Method: everything needed to check or repeat the figures.
#include <fmt/format.h>

#include <set>

#include "harness/base/json.h"
#include "reports/format.h"
#include "reports/html/page.h"

namespace assay::reports::html {
namespace {

constexpr size_t kMethodsMax = 12;  // distinct names per kind of figure

constexpr std::pair<Msg, Msg> kTerms[] = {{Msg::kTermInterval, Msg::kTermIntervalText},
                                          {Msg::kTermN, Msg::kTermNText},
                                          {Msg::kTermP, Msg::kTermPText},
                                          {Msg::kTermPaired, Msg::kTermPairedText},
                                          {Msg::kTermMedian, Msg::kTermMedianText},
                                          {Msg::kTermPp, Msg::kTermPpText},
                                          {Msg::kTermNa, Msg::kTermNaText}};

void add_pair(Html& h, std::string_view name, std::string_view value) {
  h.open("div", "pair").leaf("dt", "", name);
  h.open("dd", "").leaf("code", "", value.empty() ? kNotAvailable : value).close().close();
}

Html run_facts(const Page& page) {
  const Manifest& m = page.summary.manifest;
  Html h;
  h.open("dl", "pairs");
  std::string sources;
  for (const std::string& s : page.summary.sources) sources += (sources.empty() ? "" : ", ") + s;
  add_pair(h, page.say(Msg::kSources), sources);
  add_pair(h, page.say(Msg::kRunHash), m.run_hash);
  add_pair(h, page.say(Msg::kSeed), fmt::format("{}", m.seed));
  add_pair(h, page.say(Msg::kAssayVersion), m.assay_version);
  add_pair(h, page.say(Msg::kSchema), fmt::format("{}", m.schema_version));
  add_pair(h, page.say(Msg::kMachinePrice),
           m.machine_price_per_hour.empty() ? std::string(page.say(Msg::kNotMeasured))
                                            : m.machine_price_per_hour + " " + m.currency);
  h.close();
  return h;
}

Html model_table(const Page& page) {
  Html h;
  h.open("div", "scroll").open("table", "data mono").open("thead").open("tr");
  for (const Msg m : {Msg::kModel, Msg::kSpec, Msg::kVersion, Msg::kConfigHash, Msg::kTrained}) {
    h.leaf("th", "", page.say(m));
  }
  h.close().close().open("tbody");
  for (const ModelInfo& m : page.summary.manifest.models) {
    h.open("tr").leaf("th", {{"scope", "row"}}, m.name).leaf("td", "", m.spec);
    h.leaf("td", "", m.version).leaf("td", "", m.config_hash);
    h.leaf("td", "", m.train_size < 0 ? std::string("–") : fmt::format("{}", m.train_size)).close();
  }
  h.close().close().close();
  return h;
}

Html suite_table(const Page& page) {
  Html h;
  if (page.summary.manifest.suites.empty()) return h;
  h.open("div", "scroll").open("table", "data mono").open("thead").open("tr");
  for (const Msg m : {Msg::kSuite, Msg::kSuiteHash, Msg::kPromptHash, Msg::kDataHash,
                      Msg::kScorerHash, Msg::kLicence}) {
    h.leaf("th", "", page.say(m));
  }
  h.close().close().open("tbody");
  for (const SuiteInfo& s : page.summary.manifest.suites) {
    h.open("tr").leaf("th", {{"scope", "row"}}, s.name).leaf("td", "", s.hash);
    h.leaf("td", "", s.prompt_hash).leaf("td", "", s.data_hash).leaf("td", "", s.scorer_hash);
    h.leaf("td", "", s.licence).close();
  }
  h.close().close().close();
  return h;
}

// {"cpu":"...","cores":2} as "cpu ..., cores 2"; text that is not such an object as it is.
std::string host_text(const std::string& host) {
  const Result<Json> doc = parse_json(host, "host");
  if (!doc || !doc->is_object()) return host;
  std::string out;
  for (const auto& [key, value] : doc->items()) {
    if (!out.empty()) out += ", ";
    out += key + " " + (value.is_string() ? value.get<std::string>() : dump_json(value));
  }
  return out;
}

Html session_table(const Page& page) {
  Html h;
  if (page.summary.manifest.sessions.empty()) return h;
  h.leaf("h4", "", page.say(Msg::kRunCommands));
  h.open("div", "scroll").open("table", "data mono").open("thead").open("tr");
  for (const Msg m : {Msg::kStarted, Msg::kCommand, Msg::kHost}) h.leaf("th", "", page.say(m));
  h.close().close().open("tbody");
  for (const SessionInfo& s : page.summary.manifest.sessions) {
    h.open("tr").leaf("td", "nowrap", s.utc).leaf("td", "", s.argv);
    h.leaf("td", "", host_text(s.host)).close();
  }
  h.close().close().close();
  return h;
}

struct Methods {
  std::set<std::string> quality;
  std::set<std::string> latency;
  std::set<std::string> difference;
};

void take(std::set<std::string>& out, const Estimate& e) {
  if (!e.method.empty() && out.size() < kMethodsMax) out.insert(e.method);
}

Methods methods_used(const Summary& summary) {
  Methods out;
  for (const SuiteSummary& suite : summary.suites) {
    for (const ModelResult& m : suite.models) {
      for (const MetricResult& r : m.metrics) take(out.quality, r.estimate);
      for (const Percentile& p : m.latency.percentiles) take(out.latency, p.estimate);
      take(out.latency, m.latency.mean);
    }
    for (const Comparison& c : suite.comparisons) {
      take(out.difference, c.difference);
      if (!c.test.empty() && out.difference.size() < kMethodsMax) out.difference.insert(c.test);
    }
  }
  for (const LoadPoint& point : summary.loads.points) {
    for (const auto& [name, e] : point.over_rounds) take(out.latency, e);
  }
  for (const LoadComparison& c : summary.loads.comparisons) take(out.difference, c.difference);
  return out;
}

std::string joined(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : "; ") + name;
  return out;
}

Html method_facts(const Page& page) {
  const Methods used = methods_used(page.summary);
  Html h;
  h.leaf("h4", "", page.say(Msg::kMethodsUsed)).open("dl", "pairs");
  if (!page.summary.suites.empty() || page.summary.loads.empty())
    add_pair(h, page.say(Msg::kMethodQuality), joined(used.quality));
  add_pair(h, page.say(Msg::kMethodLatency), joined(used.latency));
  add_pair(h, page.say(Msg::kMethodDifference), joined(used.difference));
  h.close();
  return h;
}

Html glossary(const Page& page) {
  Html h;
  h.leaf("h4", "", page.say(Msg::kGlossary)).open("dl", "glossary");
  for (const auto& [term, text] : kTerms) {
    h.open("div", "pair").leaf("dt", "", page.say(term)).leaf("dd", "", page.say(text)).close();
  }
  h.close();
  return h;
}

}  // namespace

Html method_section(const Page& page) {
  Html h;
  h.open("section", {{"class", "card method"}, {"id", "method"}});
  h.leaf("h2", "", page.say(Msg::kMethod));
  if (!page.options.command.empty()) {
    h.leaf("h4", "", page.say(Msg::kHowToRepeat));
    h.open("pre", "command").leaf("code", "", page.options.command).close();
  }
  h.add(run_facts(page)).add(suite_table(page)).add(model_table(page)).add(session_table(page));
  h.add(method_facts(page)).add(glossary(page)).close();
  return h;
}

}  // namespace assay::reports::html
