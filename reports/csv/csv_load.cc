#include "reports/csv/csv_load.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "reports/csv/csv_reporter.h"
#include "reports/format.h"
#include "reports/load_view.h"

namespace assay::reports {
namespace {

// Writes rows of one load (or of a point's mean over rounds).
class Rows {
 public:
  Rows(std::string& out, const LoadPoint& point, std::string round)
      : out_(out), point_(point), round_(std::move(round)) {}

  void add(std::string_view section, std::string_view metric, std::string_view unit,
           const Estimate& e) {
    const LoadInfo* load = first_load(point_);
    out_ += fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{},\r\n", csv_text(load == nullptr ? "" : load->workload),
        csv_text(point_.model.name), section, csv_text(metric), csv_text(point_.label), round_,
        unit, number(e.value), number(e.ci_low), number(e.ci_high), e.n, csv_text(e.method));
  }
  void count(std::string_view section, std::string_view metric, std::string_view unit,
             uint64_t value, uint64_t of) {
    add(section, metric, unit, {static_cast<double>(value), {}, {}, of, ""});
  }
  // -1: not measured.
  void measured(std::string_view section, std::string_view metric, std::string_view unit,
                double value) {
    if (value >= 0) add(section, metric, unit, {value, {}, {}, 0, ""});
  }
  void spread(std::string_view metric, const Spread& s) {
    if (s.n == 0) return;
    for (const auto& [name, value] :
         {std::pair{"p50", s.p50}, std::pair{"p99", s.p99}, std::pair{"max", s.max}}) {
      add("instrument", fmt::format("{}_{}", metric, name), "s", {value, {}, {}, s.n, ""});
    }
  }

 private:
  static std::string number(const std::optional<double>& value) {
    return value ? format_exact(*value) : std::string();
  }

  std::string& out_;
  const LoadPoint& point_;
  std::string round_;
};

std::string_view unit_name(LoadUnit unit) {
  switch (unit) {
    case LoadUnit::kSeconds:
      return "s";
    case LoadUnit::kShare:
      return "share";
    default:
      return "1/s";
  }
}

void add_counts(Rows& rows, const LoadResult& r) {
  rows.count("load", "requests", "requests", r.requests, r.requests);
  rows.count("load", "good", "requests", r.good, r.requests);
  rows.count("load", "failed", "requests", r.failed, r.requests);
  rows.count("load", "warm_up", "requests", r.warm_up, r.requests + r.warm_up);
  for (const auto& [kind, count] : r.errors)
    rows.count("load_error", kind, "requests", count, r.requests);
  rows.count("load", "valid", "flag", r.instrument.valid ? 1 : 0, 1);
  rows.count("load", "saturated", "flag", r.saturated ? 1 : 0, 1);
  if (r.slo_met) rows.count("load", "slo_met", "flag", *r.slo_met ? 1 : 0, 1);
}

void add_rates(Rows& rows, const LoadResult& r) {
  rows.add("load", "requests_per_s", "1/s", r.requests_per_s);
  rows.add("load", "output_tokens_per_s", "1/s", r.output_tokens_per_s);
  rows.add("load", "total_tokens_per_s", "1/s", r.total_tokens_per_s);
  rows.add("load", "prefill_tokens_per_s", "1/s", r.prefill_tokens_per_s);
  rows.add("load", "steady_output_tokens_per_s", "1/s", r.steady_output_tokens_per_s);
  rows.add("load", "goodput", "1/s", r.goodput);
  rows.add("load", "good_share", "share", r.good_share);
  rows.add("load", "availability", "share", r.availability);
  rows.add("load", "input_length_correlation", "rho", r.input_length_correlation);
  rows.measured("load", "in_flight_mean", "requests", r.in_flight_mean);
  rows.measured("load", "window", "s", r.window_s);
  rows.measured("load", "steady", "s", r.steady_s);
  rows.add("load", "joules_per_output_token", "J", r.energy.joules_per_output_token);
}

void add_metrics(Rows& rows, const LoadResult& r) {
  for (const LoadMetric& metric : r.metrics) {
    for (const Percentile& p : metric.summary.percentiles) {
      rows.add("load", fmt::format("{}_{}", metric.name, format_percentile_name(p.p)), "s",
               p.estimate);
    }
    rows.add("load", metric.name + "_mean", "s", metric.summary.mean);
  }
}

void add_instrument(Rows& rows, const InstrumentReport& i) {
  rows.spread("dispatch_late", i.dispatch_late_s);
  rows.spread("loop_lag", i.loop_lag_s);
  rows.spread("stamp_lag", i.stamp_lag_s);
  rows.spread("timer_late", i.use.timer_late_s);
  rows.measured("instrument", "kernel_stamp_share", "share", i.kernel_stamp_share);
  rows.measured("instrument", "coalesced_share", "share", i.coalesced_share);
  rows.measured("instrument", "client_cpu_share", "share", i.client_cpu_share);
  rows.measured("instrument", "client_cpu_per_1000_tokens", "s", i.client_cpu_s_per_1000_tokens);
}

}  // namespace

void append_loads(std::string& out, const LoadSection& section) {
  for (const LoadPoint& point : section.points) {
    for (const LoadResult& r : point.rounds) {
      Rows rows(out, point, fmt::format("{}", r.load.round + 1ULL));
      add_counts(rows, r);
      add_rates(rows, r);
      add_metrics(rows, r);
      add_instrument(rows, r.instrument);
    }
    Rows all(out, point, "all");
    for (const auto& [name, e] : point.over_rounds)
      all.add("load", name, unit_name(load_unit(name)), e);
  }
}

}  // namespace assay::reports
