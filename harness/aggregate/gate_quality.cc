// The three-way verdict of a paired comparison. The table stands in docs/gate.md.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/aggregate/gate_parts.h"

namespace assay::aggregate {
namespace {

double absolute_margin(const GateMargin& margin, const Estimate& baseline) {
  if (!margin.relative) return margin.value;
  return margin.value * std::fabs(baseline.value.value_or(0));
}

bool finite(const std::optional<double>& x) { return x && std::isfinite(*x); }

bool can_be_judged(const RunComparison& row) {
  return row.comparison.verdict != PairVerdict::kNotComparable &&
         finite(row.comparison.difference.value) && row.comparison.difference.n > 0;
}

// What the verdict is made of.
struct Evidence {
  Estimate loss;
  double margin = 0;
  double alpha = 0;
  double power = 0;
  bool shown = false;     // a drop
  bool excluded = false;  // a loss of the margin
  bool all_same = false;  // no item differs
  bool seen = false;      // a loss of the margin would have been seen
  std::optional<double> detectable = std::nullopt;
  std::optional<uint64_t> needed = std::nullopt;
};

// Items for a loss of the margin; where there are as many already, for telling the loss that was
// observed from the margin.
std::optional<uint64_t> needed_items(const RunComparison& row, const Evidence& e,
                                     const Sight& sight) {
  const auto for_margin = items_needed(row, e.margin, sight);
  if (!for_margin || *for_margin > e.loss.n) return for_margin;
  const auto apart = items_needed(row, std::fabs(e.margin - *e.loss.value), sight);
  return apart && *apart > e.loss.n ? apart : std::nullopt;
}

Evidence weigh(const QualityCandidate& candidate, const GateRules& rules, uint64_t tests) {
  const RunComparison& row = *candidate.row;
  Evidence e;
  e.loss = loss_of(row);
  e.alpha = rules.alpha;
  e.power = rules.power;
  e.margin = absolute_margin(candidate.settings.margin.value_or(GateMargin{}), row.a);
  e.shown = candidate.p_holm && *candidate.p_holm<rules.alpha&& * e.loss.value> 0;
  e.excluded = finite(e.loss.ci_high) && *e.loss.ci_high < e.margin;
  e.all_same = row.improved + row.worsened == 0 && *e.loss.value == 0;
  const Sight sight{.alpha = rules.alpha / static_cast<double>(std::max<uint64_t>(tests, 1)),
                    .power = rules.power};
  if (!e.all_same) e.detectable = detectable_difference(row, sight);
  e.seen = finite(e.detectable) && *e.detectable <= e.margin;
  e.needed = needed_items(row, e, sight);
  return e;
}

GateVerdict verdict_of(const Evidence& e, GateMode mode) {
  if (e.excluded) return GateVerdict::kNonInferior;
  if (e.shown) return GateVerdict::kRegressed;
  if (mode == GateMode::kRegression && (e.all_same || e.seen)) return GateVerdict::kNonInferior;
  return GateVerdict::kInconclusive;
}

// With n equal items a share of 1 - alpha^(1/n) of differing ones would have shown one with
// probability 1 - alpha.
std::string same_reason(const Evidence& e) {
  const double unseen = 1 - std::pow(e.alpha, 1 / static_cast<double>(e.loss.n));
  return fmt::format(
      "no item of {} differs (with probability {:.4g} %, if {} of them did, one would "
      "have been seen)",
      grouped(e.loss.n), 100 * (1 - e.alpha), percent_text(unseen));
}

std::string good_reason(const GateCheck& check, const Evidence& e) {
  const std::string loss = loss_text(check.metric, e.loss, e.alpha);
  const std::string margin = size_text(check.metric, e.margin);
  if (e.all_same && !e.excluded) return same_reason(e);
  if (e.shown) {
    return fmt::format("{}, {}: a drop within the margin of {}", loss, p_text(check.p_holm),
                       margin);
  }
  if (e.excluded) {
    return fmt::format("{}: a loss of the margin of {} is excluded", loss, margin);
  }
  return fmt::format(
      "{}, {}: no drop is shown, and one of {} would have been with a power of {} "
      "(margin {})",
      loss, p_text(check.p_holm), size_text(check.metric, *e.detectable), percent_text(e.power),
      margin);
}

std::string undecided_reason(const GateCheck& check, const Evidence& e) {
  std::string out =
      fmt::format("{}, {}: no drop is shown, but a loss of the margin of {} is not excluded",
                  loss_text(check.metric, e.loss, e.alpha), p_text(check.p_holm),
                  size_text(check.metric, e.margin));
  if (e.detectable) {
    out += fmt::format("; {} items see {} with a power of {}", grouped(e.loss.n),
                       size_text(check.metric, *e.detectable), percent_text(e.power));
  }
  if (e.needed) {
    out += fmt::format("; about {} items are needed", grouped(*e.needed));
  } else {
    out += "; how many items would settle it cannot be said";
  }
  return out;
}

std::string reason_of(const GateCheck& check, const Evidence& e) {
  switch (check.verdict) {
    case GateVerdict::kNonInferior:
      return good_reason(check, e);
    case GateVerdict::kRegressed:
      return fmt::format("{}, {}, margin {}", loss_text(check.metric, e.loss, e.alpha),
                         p_text(check.p_holm), size_text(check.metric, e.margin));
    default:
      return undecided_reason(check, e);
  }
}

GateCheck described(const RunComparison& row, const QualityCandidate& candidate) {
  GateCheck check;
  check.kind = GateKind::kQuality;
  check.suite = row.suite;
  check.model = row.model;
  check.tag = row.tag;
  check.value = row.value;
  check.subject = row.metric.name;
  check.metric = row.metric;
  check.mode = candidate.settings.mode.value_or(GateMode::kRegression);
  check.baseline = row.a;
  check.now = row.b;
  check.p_value = row.comparison.p_value;
  check.p_holm = candidate.p_holm;
  check.test = row.comparison.test;
  check.note = row.comparison.note;
  check.worsened = row.worsened;
  check.improved = row.improved;
  check.worsened_items = row.worsened_items;
  check.improved_items = row.improved_items;
  const Estimate& d = row.comparison.difference;  // a - b
  check.change = d;
  if (d.value) check.change.value = -*d.value;
  check.change.ci_low = d.ci_high ? std::optional(-*d.ci_high) : std::nullopt;
  check.change.ci_high = d.ci_low ? std::optional(-*d.ci_low) : std::nullopt;
  return check;
}

}  // namespace

Estimate loss_of(const RunComparison& row) {
  Estimate loss = row.comparison.difference;
  if (row.metric.higher_is_better) return loss;
  if (loss.value) loss.value = -*loss.value;
  std::swap(loss.ci_low, loss.ci_high);
  if (loss.ci_low) loss.ci_low = -*loss.ci_low;
  if (loss.ci_high) loss.ci_high = -*loss.ci_high;
  return loss;
}

GateOutcome outcome_of(GateVerdict verdict, WhenUndecided undecided) {
  switch (verdict) {
    case GateVerdict::kNonInferior:
    case GateVerdict::kPassed:
      return GateOutcome::kPass;
    case GateVerdict::kRegressed:
    case GateVerdict::kFailed:
      return GateOutcome::kFail;
    case GateVerdict::kNotComparable:
    case GateVerdict::kMissing:
      return GateOutcome::kError;
    case GateVerdict::kUnreliable:
      return GateOutcome::kInfrastructure;
    default:
      break;
  }
  if (undecided == WhenUndecided::kPass) return GateOutcome::kPass;
  return undecided == WhenUndecided::kFail ? GateOutcome::kFail : GateOutcome::kInconclusive;
}

GateCheck judge_quality(const QualityCandidate& candidate, const GateRules& rules, uint64_t tests) {
  const RunComparison& row = *candidate.row;
  GateCheck check = described(row, candidate);
  const auto& undecided =
      row.tag.empty() ? candidate.settings.undecided : candidate.settings.undecided_slice;
  if (!candidate.reliable) {
    check.verdict = GateVerdict::kUnreliable;
    check.reason = "not judged: too many items have no reply";
  } else if (!can_be_judged(row)) {
    check.verdict = GateVerdict::kNotComparable;
    check.reason = row.comparison.note.empty() ? "cannot be compared" : row.comparison.note;
  } else {
    const Evidence e = weigh(candidate, rules, tests);
    check.margin = e.margin;
    check.detectable = e.detectable;
    check.verdict = verdict_of(e, check.mode);
    if (check.verdict == GateVerdict::kInconclusive) check.needed = e.needed;
    check.reason = reason_of(check, e);
  }
  check.outcome = outcome_of(check.verdict, undecided.value_or(WhenUndecided::kInconclusive));
  return check;
}

}  // namespace assay::aggregate
