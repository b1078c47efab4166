// Paired comparisons of the best model with each other one.
#include <algorithm>

#include "reports/format.h"
#include "reports/html/page.h"

namespace assay::reports::html {
namespace {

std::string result_text(const Page& page, const SuiteSummary& suite, const Comparison& c) {
  switch (c.verdict) {
    case PairVerdict::kABetter:
      return page.say(Msg::kIsBetter, {{"model", suite.models[c.a].model.name}});
    case PairVerdict::kBBetter:
      return page.say(Msg::kIsBetter, {{"model", suite.models[c.b].model.name}});
    case PairVerdict::kNoDifferenceShown:
      return std::string(page.say(Msg::kNoDifference));
    default:
      return std::string(page.say(Msg::kNotComparable));
  }
}

void add_row(Html& h, const Page& page, const SuiteSummary& suite, const Comparison& c,
             bool counts) {
  h.open("tr").open("th", {{"scope", "row"}, {"class", "pair"}});
  h.add(model_name(page, suite.models[c.a].model.name)).leaf("span", "minus", " − ");
  h.add(model_name(page, suite.models[c.b].model.name)).close();
  h.leaf("td", "", c.metric.name).open("td", "num");
  const auto pp = page.say(Msg::kPercentagePoints);
  h.leaf("span", "figure", format_difference(c.metric, c.difference, pp));
  const std::string interval = format_difference_interval(c.metric, c.difference);
  if (!interval.empty()) h.leaf("span", "sub", interval);
  h.close().leaf("td", "num", format_count(c.difference.n));
  h.leaf("td", "num", format_p_value(c.p_value)).leaf("td", "num", format_p_value(c.p_holm));
  if (counts) {
    const bool binary = c.metric.binary;
    h.leaf("td", "num", binary ? format_count(c.only_a_right) : std::string(kNotAvailable));
    h.leaf("td", "num", binary ? format_count(c.only_b_right) : std::string(kNotAvailable));
  }
  h.leaf("td", "prose", c.test)
      .open("td", "prose")
      .leaf("span", "result", result_text(page, suite, c));
  if (!c.note.empty()) h.leaf("span", "sub", c.note);
  h.close().close();
}

}  // namespace

Html comparison_section(const Page& page, const SuiteSummary& suite) {
  Html h;
  if (suite.comparisons.empty()) return h;
  const bool counts = std::any_of(suite.comparisons.begin(), suite.comparisons.end(),
                                  [](const Comparison& c) { return c.metric.binary; });
  h.open("section", "card");
  h.add(section_head("h3", page.say(Msg::kComparisons), page.say(Msg::kComparisonsIntro)));
  h.open("div", "scroll").open("table", "data tight").open("thead").open("tr");
  h.leaf("th", "", page.say(Msg::kComparison)).leaf("th", "", page.say(Msg::kMetric));
  h.leaf("th", "num", page.say(Msg::kDifference)).leaf("th", "num", "n");
  h.leaf("th", "num", "p").leaf("th", "num", "Holm p");
  if (counts) {
    h.leaf("th", "num", page.say(Msg::kOnlyFirst)).leaf("th", "num", page.say(Msg::kOnlySecond));
  }
  h.leaf("th", "", page.say(Msg::kTest)).leaf("th", "", page.say(Msg::kResult));
  h.close().close().open("tbody");
  for (const Comparison& c : suite.comparisons) add_row(h, page, suite, c, counts);
  h.close().close().close().close();
  return h;
}

}  // namespace assay::reports::html
