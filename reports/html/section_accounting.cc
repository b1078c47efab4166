// What calls cost by what they were for, and the same without caches and under the user's traffic.
#include "reports/accounting_view.h"
#include "reports/format.h"
#include "reports/html/page.h"

namespace assay::reports::html {
namespace {

void add_row(const Page& page, const ModelResult& m, bool projected, Html& h) {
  const Accounting& a = m.cost.accounting;
  const std::string& currency = m.cost.currency;
  h.open("tr").open("th", {{"scope", "row"}});
  h.add(model_name(page, m.model.name)).close();
  h.leaf("td", "num", format_money(m.cost.total, currency));
  h.leaf("td", "num", format_money(a.answers.cost, currency));
  h.leaf("td", "num", format_money(a.without_cache, currency));
  for (const Spent* spent : {&a.retries, &a.failed, &a.judges, &a.warm_ups})
    h.leaf("td", "num", spent_text(*spent, currency));
  if (projected) {
    for (const auto amount : {&Projection::per_request, &Projection::per_month}) {
      h.leaf("td", "num",
             m.cost.projection ? format_money(*m.cost.projection.*amount, currency)
                               : std::string(kNotAvailable));
    }
  }
  h.close();
}

}  // namespace

Html accounting_section(const Page& page, const SuiteSummary& suite) {
  Html h;
  if (!any_tokens_priced(suite)) return h;
  const bool projected = any_projected(suite);
  h.open("section", "card").leaf("h3", "", page.say(Msg::kAccounting));
  h.leaf("p", "intro", page.say(Msg::kAccountingIntro));
  h.open("div", "scroll").open("table", "data").open("thead").open("tr");
  h.leaf("th", "", page.say(Msg::kModel));
  for (const Msg title : {Msg::kAsRun, Msg::kOfAnswers, Msg::kWithoutCache, Msg::kOfRetries,
                          Msg::kOfFailedCalls, Msg::kOfJudges, Msg::kOfWarmUps})
    h.leaf("th", "num", page.say(title));
  if (projected) {
    for (const Msg title : {Msg::kPerRequest, Msg::kPerMonth}) h.leaf("th", "num", page.say(title));
  }
  h.close().close().open("tbody");
  for (const ModelResult& m : suite.models) {
    if (tokens_priced(m)) add_row(page, m, projected, h);
  }
  h.close().close().close();
  h.open("ul", "notes");
  for (const std::string& note : accounting_notes(suite, page.language)) h.leaf("li", "", note);
  h.close().close();
  return h;
}

}  // namespace assay::reports::html
