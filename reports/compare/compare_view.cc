#include "reports/compare/compare_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "reports/format.h"

namespace assay::reports {
namespace {

// By Change.
constexpr std::array<Msg, 4> kCountNames{Msg::kCompareBetter, Msg::kCompareWorse, Msg::kCompareNone,
                                         Msg::kCompareCannot};

}  // namespace

Change change_of(const aggregate::RunComparison& row) {
  switch (row.comparison.verdict) {
    case PairVerdict::kABetter:
      return Change::kWorse;
    case PairVerdict::kBBetter:
      return Change::kBetter;
    case PairVerdict::kNoDifferenceShown:
      return Change::kNone;
    default:
      return Change::kNotComparable;
  }
}

std::string change_text(Change change, Language language) {
  switch (change) {
    case Change::kBetter:
      return std::string(say(language, Msg::kBetterNow));
    case Change::kWorse:
      return std::string(say(language, Msg::kWorseNow));
    case Change::kNone:
      return std::string(say(language, Msg::kNoChange));
    default:
      return std::string(say(language, Msg::kNotComparable));
  }
}

Estimate change_estimate(const Comparison& comparison) {
  const Estimate& d = comparison.difference;
  Estimate out = d;
  if (d.value) out.value = -*d.value;
  out.ci_low.reset();
  out.ci_high.reset();
  if (d.ci_high) out.ci_low = -*d.ci_high;
  if (d.ci_low) out.ci_high = -*d.ci_low;
  return out;
}

std::string change_counts(const aggregate::ComparisonReport& report, Language language) {
  std::array<size_t, 4> counts{};
  for (const auto& row : report.rows) {
    if (!is_slice(row)) ++counts[static_cast<size_t>(change_of(row))];
  }
  std::string out;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    if (!out.empty()) out += ", ";
    out += say(language, kCountNames[i], {{"n", std::to_string(counts[i])}});
  }
  if (out.empty() && !report.loads.empty()) {
    return say(language, Msg::kCompareLoads, {{"n", std::to_string(report.loads.size())}});
  }
  return out.empty() ? std::string(say(language, Msg::kCompareNothing)) : out;
}

std::string change_p(const Comparison& comparison) {
  return format_p_value(comparison.p_holm ? comparison.p_holm : comparison.p_value);
}

std::string could_see(const aggregate::RunComparison& row, Language language) {
  if (!row.detectable) return std::string(kNotAvailable);
  Estimate size = row.comparison.difference;
  size.value = row.detectable;
  return format_magnitude(row.metric, size, say(language, Msg::kPercentagePoints));
}

std::string could_see_text(const aggregate::RunComparison& row, Language language) {
  return say(
      language, Msg::kCouldSeeText,
      {{"n", format_count(row.comparison.difference.n)}, {"size", could_see(row, language)}});
}

std::vector<std::string> suite_order(const aggregate::ComparisonReport& report) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& suite) {
    if (std::find(out.begin(), out.end(), suite) == out.end()) out.push_back(suite);
  };
  for (const auto& row : report.rows) add(row.suite);
  for (const auto& row : report.speeds) add(row.suite);
  for (const auto& set : report.ties) add(set.suite);
  return out;
}

bool is_slice(const aggregate::RunComparison& row) { return !row.tag.empty(); }

std::string slice_counts(const aggregate::ComparisonReport& report, const std::string& suite,
                         Language language) {
  size_t all = 0;
  size_t better = 0;
  size_t worse = 0;
  for (const auto& row : report.rows) {
    if (row.suite != suite || !is_slice(row)) continue;
    ++all;
    if (change_of(row) == Change::kBetter) ++better;
    if (change_of(row) == Change::kWorse) ++worse;
  }
  if (all == 0) return {};
  return say(
      language, Msg::kCompareSlices,
      {{"n", format_count(all)}, {"better", format_count(better)}, {"worse", format_count(worse)}});
}

std::string slice_name(const aggregate::RunComparison& row) {
  return fmt::format("{} = {}", row.tag, row.value);
}

std::string figure_name(const std::string& figure, Language language) {
  if (figure == "ttft") return std::string(say(language, Msg::kCompareTtft));
  if (figure == "ttfa") return std::string(say(language, Msg::kCompareTtfa));
  return figure == "latency" ? std::string(say(language, Msg::kLatency)) : figure;
}

namespace {

// Digits as in format.h: one past the leading digit of the interval's half width.
int ratio_digits(const Estimate& ratio) {
  constexpr int kFallback = 2;
  if (!ratio.ci_low || !ratio.ci_high) return kFallback;
  return std::max(kFallback, decimals_for_width(*ratio.ci_high - *ratio.ci_low, kFallback));
}

}  // namespace

std::string format_ratio(const Estimate& ratio) {
  if (!ratio.value || !std::isfinite(*ratio.value)) return std::string(kNotAvailable);
  return fmt::format("{:.{}f}", *ratio.value, ratio_digits(ratio));
}

std::string format_ratio_interval(const Estimate& ratio) {
  if (!ratio.value || !ratio.ci_low || !ratio.ci_high) return {};
  const int digits = ratio_digits(ratio);
  return fmt::format("{:.{}f}–{:.{}f}", *ratio.ci_low, digits, *ratio.ci_high, digits);
}

std::string margin_text(aggregate::MarginVerdict margin, Language language) {
  switch (margin) {
    case aggregate::MarginVerdict::kWithin:
      return std::string(say(language, Msg::kMarginWithin));
    case aggregate::MarginVerdict::kBeyond:
      return std::string(say(language, Msg::kMarginBeyond));
    case aggregate::MarginVerdict::kUndecided:
      return std::string(say(language, Msg::kMarginUndecided));
    default:
      return std::string(kNotAvailable);
  }
}

std::string margin_title(double margin, Language language) {
  const std::string size =
      fmt::format("{:.4g}{}", margin * 100, say(language, Msg::kPercentagePoints));
  return say(language, Msg::kMarginColumn, {{"margin", size}});
}

std::string tied_text(const aggregate::ComparisonReport& report, const std::string& suite,
                      Language language) {
  for (const auto& set : report.ties) {
    if (set.suite != suite) continue;
    if (set.tied.empty()) return say(language, Msg::kCompareClear, {{"best", set.best}});
    return say(language, Msg::kCompareTied,
               {{"best", set.best}, {"tied", fmt::format("{}", fmt::join(set.tied, ", "))}});
  }
  return {};
}

std::vector<std::string> banners_of(const aggregate::ComparisonReport& report,
                                    const std::string& suite) {
  std::vector<std::string> out;
  for (const auto& row : report.speeds) {
    if (row.suite != suite || row.banner.empty()) continue;
    if (std::find(out.begin(), out.end(), row.banner) == out.end()) out.push_back(row.banner);
  }
  return out;
}

}  // namespace assay::reports
