#include "reports/text/text_accounting.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "reports/accounting_view.h"
#include "reports/format.h"
#include "reports/text/table.h"

namespace assay::reports {

std::string accounting_text(const SuiteSummary& suite, Language language, size_t width,
                            std::string_view indent) {
  if (!any_tokens_priced(suite)) return {};
  std::vector<Column> columns{{std::string(say(language, Msg::kModel)), Align::kLeft}};
  for (const Msg title :
       {Msg::kPerCorrect, Msg::kAsRun, Msg::kWithoutCache, Msg::kOfRetries, Msg::kOfFailedCalls})
    columns.push_back({std::string(say(language, title))});
  const bool projected = any_projected(suite);
  if (projected) columns.push_back({std::string(say(language, Msg::kPerMonth))});
  Table table(std::move(columns));
  for (const ModelResult& m : suite.models) {
    if (!tokens_priced(m)) continue;
    const Accounting& a = m.cost.accounting;
    std::vector<std::string> cells{terminal_safe(m.model.name),
                                   per_correct_text(m.cost, language),
                                   format_money(m.cost.total, m.cost.currency),
                                   format_money(a.without_cache, m.cost.currency),
                                   spent_text(a.retries, m.cost.currency),
                                   spent_text(a.failed, m.cost.currency)};
    if (projected) {
      cells.push_back(m.cost.projection
                          ? format_money(m.cost.projection->per_month, m.cost.currency)
                          : std::string(kNotAvailable));
    }
    table.add(std::move(cells));
  }
  std::string out = table.text(width, indent);
  for (const std::string& note : accounting_notes(suite, language))
    out += wrap(terminal_safe(note), width, indent);
  return out;
}

}  // namespace assay::reports
