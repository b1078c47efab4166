#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"
#include "reports/rank/rank_report.h"
#include "reports/text/table.h"

namespace assay::reports {
namespace {

using aggregate::RankedModel;
using aggregate::Ranking;

constexpr std::string_view kIndent = "  ";
constexpr size_t kWidthMin = 40;

std::string points(const std::optional<double>& value) {
  return value ? fmt::format("{:.0f}", *value + 0.0) : std::string(kNotAvailable);
}

std::string rating_interval(const Estimate& e) {
  if (!e.ci_low || !e.ci_high) return std::string(kNotAvailable);
  return fmt::format("{:.0f}–{:.0f}", *e.ci_low, *e.ci_high);
}

std::string rank_range(const RankedModel& model) {
  if (!model.rank_low || !model.rank_high) return std::string(kNotAvailable);
  if (*model.rank_low == *model.rank_high) return fmt::format("{}", *model.rank_low);
  return fmt::format("{}–{}", *model.rank_low, *model.rank_high);
}

std::string share(const Estimate& e) {
  if (!e.value) return std::string(kNotAvailable);
  return fmt::format("{:.1f}% [{:.1f}–{:.1f}], n = {}", 100 * *e.value,
                     100 * e.ci_low.value_or(*e.value), 100 * e.ci_high.value_or(*e.value), e.n);
}

void append_group(std::string& out, const std::vector<RankedModel>& group, size_t width) {
  Table table(
      {{"model", Align::kLeft}, {"rating"}, {"interval"}, {"rank"}, {"won"}, {"tied"}, {"lost"}});
  for (const RankedModel& model : group) {
    table.add({terminal_safe(model.name), points(model.rating.value), rating_interval(model.rating),
               rank_range(model), format_count(model.wins), format_count(model.ties),
               format_count(model.losses)});
  }
  out += table.text(width, kIndent);
}

// Models without a finite rating, with the reason.
void append_unrated(std::string& out, const std::vector<RankedModel>& models, size_t width) {
  for (const RankedModel& model : models) {
    out += wrap(fmt::format("{}: {} (won {}, tied {}, lost {})", terminal_safe(model.name),
                            terminal_safe(model.rating.method), format_count(model.wins),
                            format_count(model.ties), format_count(model.losses)),
                width, kIndent);
  }
}

void append_style(std::string& out, const Ranking& ranking, size_t width) {
  if (ranking.style.empty()) return;
  out += "\nStyle (rating points for one root mean square of the difference a − b)\n";
  Table table({{"covariate", Align::kLeft}, {"points"}, {"log odds"}, {"interval"}, {"p"}});
  for (const aggregate::StyleEffect& effect : ranking.style) {
    const Estimate& e = effect.log_odds;
    const std::string interval = e.ci_low && e.ci_high
                                     ? fmt::format("{:.3f}–{:.3f}", *e.ci_low, *e.ci_high)
                                     : std::string(kNotAvailable);
    table.add({terminal_safe(effect.name), points(effect.points),
               e.value ? fmt::format("{:.3f}", *e.value) : std::string(kNotAvailable), interval,
               format_p_value(effect.p_value)});
  }
  out += table.text(width, kIndent);
  for (const aggregate::StyleEffect& effect : ranking.style) {
    if (effect.log_odds.value) continue;
    out += wrap(terminal_safe(effect.name + ": " + effect.log_odds.method), width, kIndent);
  }
}

void append_position(std::string& out, const Ranking& ranking, size_t width) {
  if (!ranking.position) return;
  const aggregate::PositionCheck& p = *ranking.position;
  out += "\nPosition\n";
  out += wrap(fmt::format("{} pairs were judged in both orders; the verdict changed with the order "
                          "in {}; whoever was first won twice in {}, whoever was second in {}; "
                          "wins of the first shown: {}",
                          format_count(p.pairs), share(p.changed), format_count(p.first_twice),
                          format_count(p.second_twice), share(p.first_wins)),
              width, kIndent);
}

void append_ranking(std::string& out, const Ranking& ranking, size_t width) {
  const std::string title = ranking.title.empty()
                                ? std::string("battles")
                                : fmt::format("{} ({})", ranking.title, ranking.metric);
  out += fmt::format("\n{}: {} battles, {} used, {} clusters\n", terminal_safe(title),
                     format_count(ranking.battles), format_count(ranking.used),
                     format_count(ranking.clusters));
  std::vector<RankedModel> unrated;
  for (const auto& group : ranking.groups) {
    if (group.empty()) continue;
    if (group.size() > 1 && group.front().rating.value) {
      append_group(out, group, width);
    } else {
      unrated.insert(unrated.end(), group.begin(), group.end());
    }
  }
  append_unrated(out, unrated, width);
  if (ranking.tie_parameter.value) {
    out += fmt::format("{}tie parameter {:.3f}\n", kIndent, *ranking.tie_parameter.value);
  }
  append_style(out, ranking, width);
  append_position(out, ranking, width);
  for (const std::string& note : ranking.notes) out += wrap(terminal_safe("! " + note), width, "");
}

}  // namespace

std::string rank_text(const aggregate::RankingReport& report, const ReportOptions& options) {
  const size_t width = std::max(options.width, kWidthMin);
  std::string out =
      wrap(fmt::format("Bradley-Terry ratings ({}{}); {:.0f}% intervals; ranks not excluded by any "
                       "pair at that confidence over all pairs",
                       aggregate::ties_name(report.ties),
                       report.prior > 0 ? fmt::format(", weak prior of {} battles", report.prior)
                                        : std::string(),
                       100 * report.confidence),
           width, "");
  for (const Ranking& ranking : report.rankings) append_ranking(out, ranking, width);
  for (const std::string& note : report.notes) out += wrap(terminal_safe("! " + note), width, "");
  return out;
}

}  // namespace assay::reports
