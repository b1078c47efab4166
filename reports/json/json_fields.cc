#include "reports/json/json_fields.h"

namespace assay::reports {

void write_estimate(JsonWriter& w, const Estimate& estimate) {
  w.begin_object();
  w.key("value").value(estimate.value);
  w.key("ci_low").value(estimate.ci_low);
  w.key("ci_high").value(estimate.ci_high);
  w.key("n").value(estimate.n);
  w.key("method").value(estimate.method);
  w.end_object();
}

void write_metric_def(JsonWriter& w, const MetricDef& def) {
  w.key("metric").value(def.name);
  w.key("scorer").value(def.scorer);
  w.key("higher_is_better").value(def.higher_is_better);
  w.key("binary").value(def.binary);
  // What most metrics do not have is left out.
  if (def.aggregation != Aggregation::kPooled)
    w.key("aggregation").value(aggregation_name(def.aggregation));
  if (def.repeats_first > 0) w.key("repeats_first").value(uint64_t{def.repeats_first});
  if (def.vote) w.key("vote").value(true);
}

std::string_view verdict_kind_name(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kNoData:
      return "no_data";
    case VerdictKind::kSingleModel:
      return "single_model";
    case VerdictKind::kClearBest:
      return "clear_best";
    case VerdictKind::kTied:
      return "tied";
  }
  return "no_data";
}

std::string_view pair_verdict_name(PairVerdict verdict) {
  switch (verdict) {
    case PairVerdict::kABetter:
      return "a_better";
    case PairVerdict::kBBetter:
      return "b_better";
    case PairVerdict::kNoDifferenceShown:
      return "no_difference_shown";
    case PairVerdict::kNotComparable:
      return "not_comparable";
  }
  return "not_comparable";
}

}  // namespace assay::reports
