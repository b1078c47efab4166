#include "reports/accounting_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"

namespace assay::reports {
namespace {

void add_notes(const ModelResult& m, Language language, std::vector<std::string>& out) {
  const Accounting& a = m.cost.accounting;
  const auto note = [&](Msg msg,
                        std::initializer_list<std::pair<std::string_view, std::string_view>> v) {
    out.push_back(m.model.name + ": " + say(language, msg, v));
  };
  if (!a.prices.empty()) note(Msg::kNotePrices, {{"prices", a.prices}});
  const uint64_t unpriced = a.answers.unpriced + a.retries.unpriced + a.failed.unpriced;
  if (unpriced > 0) {
    note(Msg::kNoteUnpriced, {{"n", format_count(unpriced)}, {"why", a.unpriced_reason}});
  }
  if (a.contradictory > 0) {
    note(Msg::kNoteContradictory, {{"n", format_count(a.contradictory)}});
  }
  if (!m.cost.projection) return;
  const Projection& p = *m.cost.projection;
  if (!p.per_request) {
    note(Msg::kNoteNoProjection, {{"mix", p.mix}, {"why", p.basis}});
    return;
  }
  note(Msg::kNoteProjection, {{"mix", p.mix},
                              {"request", format_money(p.per_request, m.cost.currency)},
                              {"day", format_money(p.per_day, m.cost.currency)},
                              {"correct", format_money(p.per_correct, m.cost.currency)}});
}

}  // namespace

bool tokens_priced(const ModelResult& model) {
  const Accounting& a = model.cost.accounting;
  return a.answers.cost || a.retries.cost || a.failed.cost || !a.prices.empty();
}

bool any_tokens_priced(const SuiteSummary& suite) {
  return std::any_of(suite.models.begin(), suite.models.end(), tokens_priced);
}

bool any_projected(const SuiteSummary& suite) {
  return std::any_of(suite.models.begin(), suite.models.end(),
                     [](const ModelResult& m) { return m.cost.projection.has_value(); });
}

std::string per_correct_text(const CostSummary& cost, Language language) {
  if (cost.none_correct) return std::string(say(language, Msg::kNoneCorrect));
  return format_money(cost.per_correct, cost.currency);
}

std::string spent_text(const Spent& spent, std::string_view currency) {
  if (spent.calls == 0) return "0";
  return fmt::format("{} ({})", format_money(spent.cost, currency), format_count(spent.calls));
}

std::vector<std::string> accounting_notes(const SuiteSummary& suite, Language language) {
  std::vector<std::string> out;
  for (const ModelResult& m : suite.models) {
    if (tokens_priced(m)) add_notes(m, language, out);
  }
  return out;
}

}  // namespace assay::reports
