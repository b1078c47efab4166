#include "reports/health_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/utf8.h"
#include "reports/format.h"

namespace assay::reports {
namespace {

constexpr size_t kPositionsShown = 10;
constexpr size_t kLabelColumns = 40;

std::string magnitude(const SuiteSummary& suite, double value, Language language) {
  const Estimate e{.value = value};
  return format_magnitude(suite.suite.metrics.front(), e, say(language, Msg::kPercentagePoints));
}

std::string percent(double share) { return fmt::format("{:.1f}%", 100 * share); }

void add_items(const ItemHealth& items, Language language, std::vector<std::string>& out) {
  if (items.items == 0) return;
  if (items.solved_by_none && items.solved_by_all) {
    out.push_back(say(language, Msg::kHealthSolved,
                      {{"n", format_count(items.items)},
                       {"models", format_count(items.models)},
                       {"none", format_count(*items.solved_by_none)},
                       {"all", format_count(*items.solved_by_all)}}));
  }
  if (items.negative) {
    out.push_back(say(language, Msg::kHealthNegative,
                      {{"count", format_count(*items.negative)},
                       {"shown", format_count(items.negative_shown.value_or(0))},
                       {"models", format_count(items.models)}}));
  } else {
    out.push_back(say(language, Msg::kHealthFewModels, {{"models", format_count(items.models)}}));
  }
}

void add_labels(const LabelHealth& labels, Language language, std::vector<std::string>& out) {
  if (!labels.majority_share.value) return;
  out.push_back(say(language, Msg::kHealthLabels,
                    {{"labels", format_count(labels.labels)},
                     {"evenness", labels.evenness ? fmt::format("{:.2f}", *labels.evenness)
                                                  : std::string(kNotAvailable)},
                     {"label", truncate_to_width(labels.majority, kLabelColumns)},
                     {"share", percent(*labels.majority_share.value)}}));
}

void add_needed(const SuiteSummary& suite, Language language, std::vector<std::string>& out) {
  const NeededItems& needed = suite.health.needed;
  if (!needed.items || suite.suite.metrics.empty()) return;
  out.push_back(
      say(language, Msg::kHealthNeeded,
          {{"difference", magnitude(suite, needed.difference, language)},
           {"items", format_count(*needed.items)},
           {"basis", needed.basis},
           {"have", format_count(needed.have)},
           {"detectable", needed.detectable ? magnitude(suite, *needed.detectable, language)
                                            : std::string(kNotAvailable)}}));
}

}  // namespace

std::vector<std::string> health_sentences(const SuiteSummary& suite, Language language) {
  std::vector<std::string> out;
  if (suite.health.empty()) return out;
  add_items(suite.health.items, language, out);
  add_labels(suite.health.labels, language, out);
  add_needed(suite, language, out);
  return out;
}

std::string health_positions(const std::vector<HealthItem>& items, uint64_t total,
                             Language language) {
  std::string out;
  const size_t shown = std::min(items.size(), kPositionsShown);
  for (size_t i = 0; i < shown; ++i) {
    out += (i == 0 ? "" : ", ") + fmt::format("{}", items[i].index + 1);
  }
  if (total > shown && shown > 0) {
    out += ", " + say(language, Msg::kAndMore, {{"count", format_count(total - shown)}});
  }
  return out;
}

}  // namespace assay::reports
