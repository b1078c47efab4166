#include "reports/compare/compare_view.h"

#include <array>

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
  for (const auto& row : report.rows) ++counts[static_cast<size_t>(change_of(row))];
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

}  // namespace assay::reports
