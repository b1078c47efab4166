#include "reports/text/text_energy.h"

#include <fmt/format.h>

#include <map>
#include <vector>

#include "reports/energy_view.h"
#include "reports/format.h"
#include "reports/text/table.h"
#include "reports/verdict.h"

namespace assay::reports {
namespace {

constexpr std::string_view kIndent = "  ";
constexpr int kDigits = 3;

std::string plain(const std::optional<double>& value) {
  return value ? format_significant(*value, kDigits) : std::string(kNotAvailable);
}

std::string joules_cell(const Estimate& e) {
  const std::string interval = format_joules_interval(e);
  return format_joules(e.value) + (interval.empty() ? "" : fmt::format(" [{}]", interval));
}

std::vector<Column> columns(Language language, bool carbon) {
  std::vector<Column> out{{std::string(say(language, Msg::kEnergy)), Align::kLeft},
                          {std::string(say(language, Msg::kEnergySource)), Align::kLeft}};
  for (const Msg m : {Msg::kEnergyGross, Msg::kEnergyNet, Msg::kEnergyIdle,
                      Msg::kLoadEnergyPerToken, Msg::kEnergyPerRequest, Msg::kEnergyPerCorrect}) {
    out.push_back({std::string(say(language, m))});
  }
  if (carbon) out.push_back({std::string(say(language, Msg::kEnergyCarbon))});
  return out;
}

std::vector<std::string> row(const ModelResult& m, Language language, bool carbon) {
  const EnergySummary& e = m.cost.energy;
  std::vector<std::string> cells{terminal_safe(m.model.name),
                                 std::string(energy_source_text(e.source, language)),
                                 format_joules(e.gross_joules),
                                 format_joules(e.net_joules),
                                 plain(e.idle_watts),
                                 joules_cell(e.joules_per_output_token),
                                 joules_cell(e.joules_per_request),
                                 joules_cell(e.joules_per_correct)};
  if (carbon) cells.push_back(plain(e.carbon_grams));
  return cells;
}

// What each figure is made of; models of one basis share a line.
std::string bases(const SuiteSummary& suite, size_t width) {
  std::vector<std::string> order;
  std::map<std::string, std::string> models;
  for (const size_t i : by_quality(suite)) {
    const ModelResult& m = suite.models[i];
    if (m.cost.energy.basis.empty()) continue;
    std::string& names = models[m.cost.energy.basis];
    if (names.empty()) order.push_back(m.cost.energy.basis);
    names += (names.empty() ? "" : ", ") + m.model.name;
  }
  std::string out;
  for (const std::string& basis : order) {
    out += wrap(terminal_safe(fmt::format("{}: {}", models[basis], basis)), width, kIndent);
  }
  return out;
}

}  // namespace

std::string suite_energy_text(const SuiteSummary& suite, Language language, size_t width) {
  if (!energy_known(suite)) {
    const std::string why = energy_reason(suite);
    if (why.empty()) return {};
    return "\n" + wrap(terminal_safe(say(language, Msg::kSentenceEnergyUnknownWhy, {{"why", why}})),
                       width, kIndent);
  }
  const bool carbon = carbon_known(suite);
  Table table(columns(language, carbon));
  for (const size_t i : by_quality(suite)) table.add(row(suite.models[i], language, carbon));
  return "\n" + table.text(width, kIndent) + bases(suite, width);
}

}  // namespace assay::reports
