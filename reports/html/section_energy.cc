// Energy: what each model's turn used, gross and net of the idle machine, and for each token,
// request and correct answer.
#include <string>

#include "reports/energy_view.h"
#include "reports/format.h"
#include "reports/html/page.h"
#include "reports/verdict.h"

namespace assay::reports::html {
namespace {

constexpr int kWattDigits = 3;
constexpr int kGramDigits = 3;

std::string plain(const std::optional<double>& value, int digits) {
  return value ? format_significant(*value, digits) : std::string(kNotAvailable);
}

void add_joules_cell(Html& h, const Estimate& e) {
  h.open("td", "num");
  if (!e.value) {
    h.open("span", {{"title", e.method}}).text(kNotAvailable).close().close();
    return;
  }
  h.open("span", {{"class", "figure"}, {"title", e.method}}).text(format_joules(e.value)).close();
  const std::string interval = format_joules_interval(e);
  if (!interval.empty()) h.leaf("span", "sub", interval);
  h.close();
}

Html energy_table(const Page& page, const SuiteSummary& suite) {
  const bool carbon = carbon_known(suite);
  Html h;
  h.open("div", "scroll").open("table", "data").open("thead").open("tr");
  h.leaf("th", "", page.say(Msg::kModel)).leaf("th", "", page.say(Msg::kEnergySource));
  for (const Msg m : {Msg::kEnergyGross, Msg::kEnergyNet, Msg::kEnergyIdle,
                      Msg::kLoadEnergyPerToken, Msg::kEnergyPerRequest, Msg::kEnergyPerCorrect}) {
    h.leaf("th", "num", page.say(m));
  }
  if (carbon) h.leaf("th", "num", page.say(Msg::kEnergyCarbon));
  h.leaf("th", "", page.say(Msg::kBasis)).close().close().open("tbody");
  for (const size_t i : by_quality(suite)) {
    const EnergySummary& e = suite.models[i].cost.energy;
    h.open("tr").open("th", {{"scope", "row"}});
    h.add(model_name(page, suite.models[i].model.name)).close();
    h.leaf("td", "", energy_source_text(e.source, page.language));
    h.leaf("td", "num", format_joules(e.gross_joules));
    h.leaf("td", "num", format_joules(e.net_joules));
    h.leaf("td", "num", plain(e.idle_watts, kWattDigits));
    add_joules_cell(h, e.joules_per_output_token);
    add_joules_cell(h, e.joules_per_request);
    add_joules_cell(h, e.joules_per_correct);
    if (carbon) h.leaf("td", "num", plain(e.carbon_grams, kGramDigits));
    h.leaf("td", "prose", e.basis).close();
  }
  h.close().close().close();
  return h;
}

}  // namespace

Html energy_section(const Page& page, const SuiteSummary& suite) {
  Html h;
  const bool known = energy_known(suite);
  const std::string why = energy_reason(suite);
  if (!known && why.empty()) return h;
  h.open("section", "card").leaf("h3", "", page.say(Msg::kEnergy));
  if (known) {
    h.leaf("p", "intro", page.say(Msg::kEnergyNote)).add(energy_table(page, suite));
  } else {
    h.leaf("p", "intro", page.say(Msg::kSentenceEnergyUnknownWhy, {{"why", why}}));
  }
  h.close();
  return h;
}

}  // namespace assay::reports::html
