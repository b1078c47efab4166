// Checks against limits: absolute thresholds, times, cost, items without a reply.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/aggregate/gate_parts.h"

namespace assay::aggregate {
namespace {

constexpr double kItemsPerThousand = 1000;
constexpr double kNanoPerUnit = 1e9;

GateCheck check_of(const GatePair& pair, GateKind kind, std::string subject, GateUnit unit) {
  GateCheck check;
  check.kind = kind;
  check.suite = pair.suite->suite.name;
  check.model = pair.now->model.name;
  check.subject = std::move(subject);
  check.unit = unit;
  return check;
}

void settle(GateCheck& check, GateVerdict verdict, std::string reason,
            const GateSettings& settings) {
  check.verdict = verdict;
  check.reason = std::move(reason);
  check.outcome = outcome_of(verdict, settings.undecided.value_or(WhenUndecided::kInconclusive));
}

// Is the true figure, somewhere in [low, high], at most `limit`? A point is an interval too.
GateVerdict below_limit(double low, double high, double limit) {
  if (high <= limit) return GateVerdict::kPassed;
  return low > limit ? GateVerdict::kFailed : GateVerdict::kInconclusive;
}

GateVerdict judge_relation(const Estimate& e, Relation relation, double limit) {
  const double low = *e.ci_low;
  const double high = *e.ci_high;
  switch (relation) {
    case Relation::kAtLeast:
      if (low >= limit) return GateVerdict::kPassed;
      return high < limit ? GateVerdict::kFailed : GateVerdict::kInconclusive;
    case Relation::kAbove:
      if (low > limit) return GateVerdict::kPassed;
      return high <= limit ? GateVerdict::kFailed : GateVerdict::kInconclusive;
    case Relation::kAtMost:
      return below_limit(low, high, limit);
    default:
      if (high < limit) return GateVerdict::kPassed;
      return low >= limit ? GateVerdict::kFailed : GateVerdict::kInconclusive;
  }
}

std::string_view relation_text(Relation relation) {
  switch (relation) {
    case Relation::kAtLeast:
      return ">=";
    case Relation::kAbove:
      return ">";
    case Relation::kAtMost:
      return "<=";
    default:
      return "<";
  }
}

std::string_view ending(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::kPassed:
      return "kept";
    case GateVerdict::kFailed:
      return "broken";
    default:
      return "neither kept nor broken for certain";
  }
}

const MetricResult* find_metric(const ModelResult& model, const std::string& name) {
  for (const MetricResult& metric : model.metrics) {
    if (metric.def.name == name) return &metric;
  }
  return nullptr;
}

GateCheck threshold_check(const GatePair& pair, const Threshold& threshold,
                          const GateSettings& settings) {
  const std::string subject = fmt::format("{} {} {:.6g}", threshold.metric,
                                          relation_text(threshold.relation), threshold.limit);
  GateCheck check = check_of(pair, GateKind::kThreshold, subject, GateUnit::kMetric);
  check.limit = threshold.limit;
  const MetricResult* metric = find_metric(*pair.now, threshold.metric);
  if (metric == nullptr) {
    settle(check, GateVerdict::kMissing,
           fmt::format("the suite has no metric `{}`", threshold.metric), settings);
    return check;
  }
  check.metric = metric->def;
  check.now = metric->estimate;
  const std::string limit = fmt::format("{} {}", relation_text(threshold.relation),
                                        figure_text(metric->def, threshold.limit));
  const Estimate& e = metric->estimate;
  if (!e.value || !std::isfinite(*e.value)) {
    settle(check, GateVerdict::kInconclusive,
           fmt::format("there is no value to hold against {}", limit), settings);
    return check;
  }
  if (!e.ci_low || !e.ci_high) {
    settle(check, GateVerdict::kInconclusive,
           fmt::format("{} without an interval ({}): it cannot be held against {}",
                       figure_text(metric->def, *e.value), e.method, limit),
           settings);
    return check;
  }
  const GateVerdict verdict = judge_relation(e, threshold.relation, threshold.limit);
  settle(check, verdict,
         fmt::format("{} (interval {} to {}, n = {}): {} is {}", figure_text(metric->def, *e.value),
                     figure_text(metric->def, *e.ci_low), figure_text(metric->def, *e.ci_high),
                     grouped(e.n), limit, ending(verdict)),
         settings);
  return check;
}

const LatencySummary& figure_of(const ModelResult& model, const std::string& figure) {
  if (figure == "ttft") return model.ttft;
  return figure == "ttfa" ? model.ttfa : model.latency;
}

Estimate percentile_of(const ModelResult* model, const SpeedLimit& limit) {
  if (model == nullptr) return {};
  for (const Percentile& p : figure_of(*model, limit.figure).percentiles) {
    if (std::fabs(p.p - limit.percentile) < 1e-9) return p.estimate;
  }
  return {};
}

// Of two intervals that hold together with at least the confidence of both: the ratio lies between
// the extreme ratios.
Estimate ratio_of(const Estimate& now, const Estimate& baseline) {
  Estimate out;
  out.n = std::min(now.n, baseline.n);
  out.method = "ratio of percentiles";
  if (!now.value || !baseline.value || !(*baseline.value > 0)) return out;
  out.value = *now.value / *baseline.value;
  if (now.ci_low && now.ci_high && baseline.ci_low && baseline.ci_high && *baseline.ci_low > 0) {
    out.ci_low = *now.ci_low / *baseline.ci_high;
    out.ci_high = *now.ci_high / *baseline.ci_low;
  }
  return out;
}

const SpeedComparison* find_speed(const ComparisonReport& report, const GateCheck& check,
                                  const std::string& figure) {
  for (const SpeedComparison& speed : report.speeds) {
    if (speed.suite == check.suite && speed.model == check.model && speed.figure == figure &&
        speed.later == 1) {
      return &speed;
    }
  }
  return nullptr;
}

// The median's ratio is tested; of other percentiles there are the two intervals.
void fill_ratio(GateCheck& check, const SpeedLimit& limit, const ComparisonReport& report) {
  const SpeedComparison* tested =
      limit.percentile == 0.5 ? find_speed(report, check, limit.figure) : nullptr;
  if (tested == nullptr || !tested->ratio.ci_low || !tested->ratio.ci_high) {
    check.change = ratio_of(check.now, check.baseline);
    return;
  }
  check.change = tested->ratio;
  check.test = tested->test;
  check.p_value = tested->p_value;
  check.note = tested->banner;
}

// "1.08 (interval 1.02 to 1.15)"
std::string interval_text(const Estimate& e, std::string_view unit) {
  if (!e.ci_low || !e.ci_high) return fmt::format("{:.3g}{} (no interval)", *e.value, unit);
  return fmt::format("{:.3g}{} (interval {:.3g} to {:.3g})", *e.value, unit, *e.ci_low, *e.ci_high);
}

void judge_speed(GateCheck& check, const Estimate& e, double limit, std::string_view unit,
                 const GateSettings& settings) {
  check.limit = limit;
  if (!e.value || !std::isfinite(*e.value)) {
    settle(check, GateVerdict::kInconclusive, "there are no times to judge", settings);
    return;
  }
  const bool known = e.ci_low && e.ci_high;
  const GateVerdict verdict =
      known ? below_limit(*e.ci_low, *e.ci_high, limit) : GateVerdict::kInconclusive;
  settle(check, verdict,
         fmt::format("{}: the limit of {:.4g}{} is {}", interval_text(e, unit), limit, unit,
                     ending(verdict)),
         settings);
}

double money_units(Money money) { return static_cast<double>(money.nano) / kNanoPerUnit; }

Estimate cost_per_item(const ModelResult* model) {
  Estimate out;
  if (model == nullptr || !model->cost.per_thousand_items) return out;
  out.value = money_units(*model->cost.per_thousand_items) / kItemsPerThousand;
  out.n = model->items_answered;
  out.method = model->cost.basis;
  return out;
}

GateCheck cost_check(const GatePair& pair, bool ratio, double limit, const GateSettings& settings) {
  GateCheck check = check_of(pair, GateKind::kCost, "cost per item", GateUnit::kMoney);
  check.now = cost_per_item(pair.now);
  check.baseline = cost_per_item(pair.baseline);
  check.limit = limit;
  check.limits_change = ratio;
  check.change = ratio_of(check.now, check.baseline);
  if (!check.now.value) {
    settle(check, GateVerdict::kInconclusive,
           fmt::format("the cost is not known: {}", pair.now->cost.basis), settings);
    return check;
  }
  const std::string& currency = pair.now->cost.currency;
  const std::string now = fmt::format("{:.4g} {}", *check.now.value, currency);
  if (!ratio) {
    const bool kept = *check.now.value <= limit;
    settle(
        check, kept ? GateVerdict::kPassed : GateVerdict::kFailed,
        fmt::format("{} per item: the limit of {:.4g} is {}", now, limit, kept ? "kept" : "broken"),
        settings);
    return check;
  }
  if (pair.baseline != nullptr && pair.baseline->cost.currency != currency) {
    check.change = {};
    settle(check, GateVerdict::kInconclusive,
           fmt::format("the baseline is in {}, the new run in {}", pair.baseline->cost.currency,
                       currency),
           settings);
    return check;
  }
  if (!check.change.value) {
    settle(check, GateVerdict::kInconclusive, "the baseline has no cost to compare with", settings);
    return check;
  }
  const bool kept = *check.change.value <= limit;
  settle(check, kept ? GateVerdict::kPassed : GateVerdict::kFailed,
         fmt::format("{} per item, {:.3g} times the baseline's: the limit of {:.4g} is {}", now,
                     *check.change.value, limit, kept ? "kept" : "broken"),
         settings);
  return check;
}

Estimate share_estimate(const ModelResult* model) {
  Estimate out;
  if (model == nullptr) return out;
  out.value = failed_share(*model);
  out.n = model->items_answered + model->items_failed;
  out.method = "count";
  return out;
}

GateCheck error_check(const GatePair& pair) {
  GateCheck check = check_of(pair, GateKind::kErrors, "failed items", GateUnit::kShare);
  check.now = share_estimate(pair.now);
  check.baseline = share_estimate(pair.baseline);
  if (check.now.value && check.baseline.value) {
    check.change.value = *check.now.value - *check.baseline.value;
    check.change.method = "difference of counts";
    check.change.n = check.now.n;
  }
  return check;
}

std::string failed_text(const ModelResult& model) {
  return fmt::format("{} of {} items have no reply", grouped(model.items_failed),
                     grouped(model.items_answered + model.items_failed));
}

}  // namespace

std::vector<GateCheck> threshold_checks(const GatePair& pair, const GateSettings& settings) {
  std::vector<GateCheck> out;
  for (const Threshold& threshold : settings.thresholds) {
    out.push_back(threshold_check(pair, threshold, settings));
  }
  return out;
}

std::vector<GateCheck> speed_checks(const GatePair& pair, const GateSettings& settings,
                                    const ComparisonReport& report) {
  std::vector<GateCheck> out;
  for (const SpeedLimit& limit : settings.speeds) {
    const std::string subject = fmt::format("{} p{:.4g}", limit.figure, limit.percentile * 100);
    GateCheck check = check_of(pair, GateKind::kSpeed, subject, GateUnit::kSeconds);
    check.now = percentile_of(pair.now, limit);
    check.baseline = percentile_of(pair.baseline, limit);
    fill_ratio(check, limit, report);
    if (limit.seconds_max) {
      GateCheck absolute = check;
      judge_speed(absolute, absolute.now, *limit.seconds_max, " s", settings);
      out.push_back(std::move(absolute));
    }
    if (limit.ratio_max) {
      check.limits_change = true;
      judge_speed(check, check.change, *limit.ratio_max, " times", settings);
      out.push_back(std::move(check));
    }
  }
  return out;
}

std::vector<GateCheck> cost_checks(const GatePair& pair, const GateSettings& settings) {
  std::vector<GateCheck> out;
  if (settings.cost_per_item_max) {
    out.push_back(cost_check(pair, false, money_units(*settings.cost_per_item_max), settings));
  }
  if (settings.cost_ratio_max) {
    out.push_back(cost_check(pair, true, *settings.cost_ratio_max, settings));
  }
  return out;
}

std::optional<double> failed_share(const ModelResult& model) {
  const uint64_t asked = model.items_answered + model.items_failed;
  if (asked == 0) return std::nullopt;
  return static_cast<double>(model.items_failed) / static_cast<double>(asked);
}

bool too_many_failed(const ModelResult& model, const GateSettings& settings) {
  const auto share = failed_share(model);
  return !share || (settings.infrastructure && *share > *settings.infrastructure);
}

std::vector<GateCheck> error_checks(const GatePair& pair, const GateSettings& settings) {
  GateCheck check = error_check(pair);
  const double infrastructure = settings.infrastructure.value_or(1);
  if (too_many_failed(*pair.now, settings)) {
    check.limit = infrastructure;
    settle(check, GateVerdict::kUnreliable,
           fmt::format("{}: more than {} leave nothing to judge", failed_text(*pair.now),
                       percent_text(infrastructure)),
           settings);
    if (!check.now.value) check.reason = "no item was asked";
    return {check};
  }
  std::vector<GateCheck> out;
  if (settings.errors_max) {
    GateCheck one = check;
    one.limit = *settings.errors_max;
    const bool kept = *one.now.value <= *settings.errors_max;
    settle(one, kept ? GateVerdict::kPassed : GateVerdict::kFailed,
           fmt::format("{}: the limit of {} is {}", failed_text(*pair.now),
                       percent_text(*settings.errors_max), kept ? "kept" : "broken"),
           settings);
    out.push_back(std::move(one));
  }
  if (settings.errors_increase && check.change.value) {
    check.limit = *settings.errors_increase;
    check.limits_change = true;
    const bool kept = *check.change.value <= *settings.errors_increase;
    settle(check, kept ? GateVerdict::kPassed : GateVerdict::kFailed,
           fmt::format("{}, {} of the baseline's: the limit of {} points more is {}",
                       failed_text(*pair.now), percent_text(*check.baseline.value),
                       fmt::format("{:.3g}", *settings.errors_increase * 100),
                       kept ? "kept" : "broken"),
           settings);
    out.push_back(std::move(check));
  }
  return out;
}

}  // namespace assay::aggregate
