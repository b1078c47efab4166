// Speed: latency distribution and percentiles.
#include <algorithm>
#include <set>
#include <string>

#include "reports/format.h"
#include "reports/html/charts.h"
#include "reports/html/page.h"
#include "reports/verdict.h"

namespace assay::reports::html {
namespace {

using Which = LatencySummary ModelResult::*;

bool any(const SuiteSummary& suite, Which which) {
  for (const ModelResult& m : suite.models) {
    if ((m.*which).n > 0) return true;
  }
  return false;
}

std::set<double> percentiles(const SuiteSummary& suite, Which which) {
  std::set<double> out;
  for (const ModelResult& m : suite.models) {
    for (const Percentile& p : (m.*which).percentiles) out.insert(p.p);
  }
  return out;
}

void add_time_cell(Html& h, const Estimate* e) {
  h.open("td", "num");
  if (e == nullptr || !e->value) {
    h.text(kNotAvailable).close();
    return;
  }
  h.leaf("span", "figure", format_seconds(*e));
  const std::string interval = format_seconds_interval(*e);
  if (interval.empty() && !e->method.empty()) {
    h.open("span", {{"class", "sub"}, {"title", e->method}}).text("—").close();
  } else if (!interval.empty()) {
    h.leaf("span", "sub", interval);
  }
  h.close();
}

Html time_table(const Page& page, const SuiteSummary& suite, Which which, Msg title) {
  Html h;
  if (!any(suite, which)) return h;
  const std::set<double> ps = percentiles(suite, which);
  h.open("div", "scroll").open("table", "data").leaf("caption", "", page.say(title));
  h.open("thead").open("tr").leaf("th", "", page.say(Msg::kModel));
  for (const double p : ps) h.leaf("th", "num", format_percentile_name(p));
  h.leaf("th", "num", page.say(Msg::kMean)).leaf("th", "num", "n").close().close().open("tbody");
  for (const size_t i : by_quality(suite)) {
    const LatencySummary& latency = suite.models[i].*which;
    h.open("tr").open("th", {{"scope", "row"}});
    h.add(model_name(page, suite.models[i].model.name)).close();
    for (const double p : ps) add_time_cell(h, percentile(latency, p));
    add_time_cell(h, &latency.mean);
    h.leaf("td", "num", format_count(latency.n)).close();
  }
  h.close().close().close();
  return h;
}

EcdfInput ecdf_input(const Page& page, const SuiteSummary& suite) {
  EcdfInput in;
  in.title = page.say(Msg::kEcdfLabel);
  in.x_label = page.say(Msg::kLatency);
  in.y_label = page.say(Msg::kShareOfReplies);
  for (const size_t i : by_quality(suite)) {
    const ModelResult& m = suite.models[i];
    if (m.latency.ecdf.empty()) continue;
    in.series.push_back({m.model.name, page.style(m.model.name), m.latency.ecdf});
  }
  return in;
}

// Without reasoning the first token is the answer's.
bool any_reasoning(const SuiteSummary& suite) {
  return std::any_of(suite.models.begin(), suite.models.end(),
                     [](const ModelResult& m) { return m.usage.reasoning_tokens > 0; });
}

bool says_tokens(const ModelResult& m) {
  return m.usage.input_tokens >= 0 || m.usage.output_tokens >= 0;
}

void add_count_cell(Html& h, int64_t count) {
  h.leaf("td", "num",
         count < 0 ? std::string(kNotAvailable) : format_count(static_cast<uint64_t>(count)));
}

Html token_table(const Page& page, const SuiteSummary& suite) {
  Html h;
  if (std::none_of(suite.models.begin(), suite.models.end(), says_tokens)) return h;
  h.open("div", "scroll").open("table", "data").leaf("caption", "", page.say(Msg::kTokens));
  h.open("thead").open("tr").leaf("th", "", page.say(Msg::kModel));
  for (const Msg m : {Msg::kTokensInput, Msg::kTokensCached, Msg::kTokensReasoning,
                      Msg::kTokensOutput, Msg::kTokensCutOff})
    h.leaf("th", "num", page.say(m));
  h.close().close().open("tbody");
  for (const size_t i : by_quality(suite)) {
    const ModelResult& m = suite.models[i];
    if (!says_tokens(m)) continue;
    h.open("tr").open("th", {{"scope", "row"}}).add(model_name(page, m.model.name)).close();
    for (const int64_t bucket : {m.usage.input_tokens, m.usage.cached_tokens,
                                 m.usage.reasoning_tokens, m.usage.output_tokens})
      add_count_cell(h, bucket);
    const auto cut = m.outcomes.find(std::string(outcome_name(Outcome::kCutOffWhileThinking)));
    add_count_cell(h, cut == m.outcomes.end() ? 0 : static_cast<int64_t>(cut->second));
    h.close();
  }
  h.close().close().close().leaf("p", "intro", page.say(Msg::kTokensNote));
  return h;
}

std::string simulated_models(const SuiteSummary& suite) {
  std::vector<size_t> simulated;
  for (size_t i = 0; i < suite.models.size(); ++i) {
    if (suite.models[i].model.virtual_clock) simulated.push_back(i);
  }
  return model_names(suite, simulated);
}

}  // namespace

Html speed_section(const Page& page, const SuiteSummary& suite) {
  Html h;
  if (suite.models.empty()) return h;
  h.open("section", "card");
  if (!any(suite, &ModelResult::latency)) {
    h.add(section_head("h3", page.say(Msg::kSpeed), page.say(Msg::kNoTimes))).close();
    return h;
  }
  h.add(section_head("h3", page.say(Msg::kSpeed), page.say(Msg::kSpeedIntro)));
  if (const std::string names = simulated_models(suite); !names.empty()) {
    h.leaf("p", "caution", page.say(Msg::kSimulatedClock, {{"models", names}}));
  }
  const EcdfInput in = ecdf_input(page, suite);
  if (!in.series.empty()) {
    std::vector<std::pair<std::string, SeriesStyle>> series;
    for (const EcdfSeries& s : in.series) series.emplace_back(s.name, s.style);
    h.open("figure").add(in_both_widths([&](ChartWidth w) { return ecdf_chart(in, w); }));
    h.add(legend(series)).close();
  }
  h.add(time_table(page, suite, &ModelResult::latency, Msg::kLatencyTable));
  h.add(time_table(page, suite, &ModelResult::ttft, Msg::kTtftTable));
  if (any_reasoning(suite)) h.add(time_table(page, suite, &ModelResult::ttfa, Msg::kTtfaTable));
  h.add(token_table(page, suite));
  h.add(time_table(page, suite, &ModelResult::cpu, Msg::kCpuTable));
  h.close();
  return h;
}

}  // namespace assay::reports::html
