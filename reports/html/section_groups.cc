// Groups: one figure for the suites that make a benchmark together.
#include <fmt/format.h>

#include "reports/format.h"
#include "reports/html/page.h"

namespace assay::reports::html {
namespace {

void add_row(Html& h, const Page& page, const GroupSummary& group, const GroupResult& result) {
  h.open("tr").open("th", {{"scope", "row"}}).add(model_name(page, result.model));
  h.leaf("span", "sub", group.name).close();
  h.open("td", "num").leaf("span", "figure", format_value(group.metric, result.estimate));
  const std::string interval = format_interval(group.metric, result.estimate);
  if (!interval.empty()) h.leaf("span", "sub", interval);
  h.leaf("span", "sub", group.metric.name).close();
  h.leaf("td", "num", fmt::format("{}/{}", result.suites, group.suites.size()));
  h.leaf("td", "num", format_count(result.estimate.n)).close();
}

}  // namespace

Html groups_section(const Page& page) {
  Html h;
  if (page.summary.groups.empty()) return h;
  h.open("section", "card");
  h.add(section_head("h2", page.say(Msg::kGroups), page.say(Msg::kGroupsIntro)));
  h.open("div", "scroll").open("table", "data").open("thead").open("tr");
  h.open("th").text(page.say(Msg::kModel)).leaf("span", "sub", page.say(Msg::kGroup)).close();
  h.leaf("th", "num", page.say(Msg::kValue)).leaf("th", "num", page.say(Msg::kSuites));
  h.leaf("th", "num", "n").close().close().open("tbody");
  for (const GroupSummary& group : page.summary.groups) {
    for (const GroupResult& result : group.models) add_row(h, page, group, result);
  }
  return std::move(h.close().close().close().close());
}

}  // namespace assay::reports::html
