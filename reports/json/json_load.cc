#include "reports/json/json_load.h"

#include <string>
#include <string_view>
#include <vector>

#include "reports/json/json_accounting.h"
#include "reports/json/json_fields.h"
#include "reports/load_view.h"

namespace assay::reports {
namespace {

// -1 in the summary: not measured.
void measured(JsonWriter& w, std::string_view key, double value) {
  w.key(key);
  value < 0 ? w.null() : w.value(value);
}
void measured(JsonWriter& w, std::string_view key, int64_t value) {
  w.key(key);
  value < 0 ? w.null() : w.value(value);
}

void estimate(JsonWriter& w, std::string_view key, const Estimate& e) {
  w.key(key);
  write_estimate(w, e);
}

void strings(JsonWriter& w, std::string_view key, const std::vector<std::string>& texts) {
  w.key(key).begin_array();
  for (const std::string& text : texts) w.value(text);
  w.end_array();
}

void spread(JsonWriter& w, std::string_view key, const Spread& s) {
  w.key(key);
  if (s.n == 0) {
    w.null();
    return;
  }
  w.begin_object().key("n").value(s.n).key("p50").value(s.p50).key("p99").value(s.p99);
  w.key("max").value(s.max).end_object();
}

void slo(JsonWriter& w, const Slo& limits) {
  w.key("slo");
  if (limits.empty()) {
    w.null();
    return;
  }
  w.begin_object();
  w.key("ttft_s").value(limits.ttft_s);
  w.key("ttfa_s").value(limits.ttfa_s);
  w.key("tpot_s").value(limits.tpot_s);
  w.key("e2e_s").value(limits.e2e_s);
  w.key("share").value(limits.share);
  w.end_object();
}

void load_info(JsonWriter& w, const LoadInfo& load) {
  w.key("load").begin_object();
  w.key("id").value(uint64_t{load.id});
  w.key("session").value(uint64_t{load.session});
  w.key("point").value(uint64_t{load.point});
  w.key("round").value(uint64_t{load.round});
  w.key("order").value(uint64_t{load.order});
  w.key("kind").value(load_kind_name(load.kind));
  w.key("concurrency").value(load.concurrency);
  w.key("rate_per_s").value(load.rate);
  w.key("rate_end_per_s").value(load.rate_end);
  w.key("burstiness").value(load.burstiness);
  w.key("trace").value(load.trace);
  w.key("workload").value(load.workload);
  w.key("workload_hash").value(load.workload_hash);
  w.key("seed").value(load.seed);
  w.key("probe").value(load.probe);
  slo(w, load.slo);
  w.key("planned").value(load.planned);
  w.key("duration_s").value(load.duration_s);
  w.key("warm_up_s").value(load.warm_up_s);
  measured(w, "begin_ns", load.begin_ns);
  measured(w, "last_due_ns", load.last_due_ns);
  measured(w, "end_ns", load.end_ns);
  w.key("end_reason").value(load.end_reason);
  w.end_object();
}

void metrics(JsonWriter& w, const LoadResult& r) {
  w.key("metrics").begin_object();
  for (const LoadMetric& metric : r.metrics) {
    const LatencySummary& s = metric.summary;
    w.key(load_key(metric.name)).begin_object();
    w.key("n").value(s.n).key("note").value(metric.note);
    w.key("percentiles").begin_array();
    for (const Percentile& p : s.percentiles) {
      w.begin_object().key("p").value(p.p);
      estimate(w, "estimate", p.estimate);
      w.end_object();
    }
    w.end_array();
    estimate(w, "mean", s.mean);
    w.key("ecdf").begin_array();
    for (const auto& [seconds, share] : s.ecdf) {
      w.begin_array().value(seconds).value(share).end_array();
    }
    w.end_array().end_object();
  }
  w.end_object();
}

void token_counting(JsonWriter& w, const TokenCounting& t) {
  w.key("tokens").begin_object();
  w.key("method").value(t.method);
  w.key("replies").value(t.replies);
  w.key("chunks").value(t.chunks);
  w.key("tokens").value(t.tokens);
  w.key("usage_missing").value(t.usage_missing);
  w.key("difference").value(t.difference);
  w.end_object();
}

void usage(JsonWriter& w, const Usage& u) {
  w.key("usage").begin_object();
  measured(w, "input_tokens", u.input_tokens);
  measured(w, "cached_tokens", u.cached_tokens);
  measured(w, "cache_write_tokens", u.cache_write_tokens);
  measured(w, "reasoning_tokens", u.reasoning_tokens);
  measured(w, "output_tokens", u.output_tokens);
  w.key("source").value(usage_source_name(u.source));
  w.end_object();
}

void series(JsonWriter& w, const std::vector<TimeBucket>& buckets) {
  w.key("series").begin_array();
  for (const TimeBucket& b : buckets) {
    w.begin_object();
    w.key("start_s").value(b.start_s);
    w.key("length_s").value(b.length_s);
    w.key("requests_per_s").value(b.requests_per_s);
    w.key("output_tokens_per_s").value(b.tokens_per_s);
    w.key("in_flight").value(b.in_flight);
    w.key("due").value(b.due);
    w.key("good").value(b.good);
    w.key("failed").value(b.failed);
    w.key("ttft_p50_s").value(b.ttft_p50_s);
    w.key("e2e_p50_s").value(b.e2e_p50_s);
    w.end_object();
  }
  w.end_array();
}

void instrument_use(JsonWriter& w, const InstrumentUse& use) {
  w.key("loops").value(uint64_t{use.loops});
  w.key("kernel_stamps_asked").value(use.kernel_stamps);
  spread(w, "timer_late_s", use.timer_late_s);
  spread(w, "loop_turn_s", use.loop_turn_s);
  measured(w, "loop_cpu_s", use.loop_cpu_s);
  measured(w, "process_cpu_s", use.process_cpu_s);
  measured(w, "run_delay_s", use.run_delay_s);
  w.key("wall_s").value(use.wall_s);
  measured(w, "resident_bytes_max", use.resident_bytes_max);
  w.key("in_flight_max").value(use.in_flight_max);
  w.key("clock_steps").value(use.clock_steps);
  w.key("in_flight_capped").value(use.in_flight_capped);
  w.key("scheduling").value(use.scheduling);
}

void instrument(JsonWriter& w, const InstrumentReport& i) {
  w.key("instrument").begin_object();
  w.key("valid").value(i.valid);
  strings(w, "invalid", i.invalid);
  strings(w, "warnings", i.warnings);
  spread(w, "dispatch_late_s", i.dispatch_late_s);
  spread(w, "stamp_lag_s", i.stamp_lag_s);
  spread(w, "loop_lag_s", i.loop_lag_s);
  w.key("kernel_stamp_share").value(i.kernel_stamp_share);
  w.key("coalesced_share").value(i.coalesced_share);
  w.key("shared_share").value(i.shared_share);
  measured(w, "client_cpu_s_per_1000_tokens", i.client_cpu_s_per_1000_tokens);
  measured(w, "client_cpu_share", i.client_cpu_share);
  instrument_use(w, i.use);
  w.end_object();
}

void machine(JsonWriter& w, const MachineUse& m) {
  w.key("machine").begin_object();
  w.key("local").value(m.local);
  w.key("pids").begin_array();
  for (const int64_t pid : m.pids) w.value(pid);
  w.end_array();
  measured(w, "server_cpu_s", m.server_cpu_s);
  measured(w, "server_resident_bytes_max", m.server_resident_bytes_max);
  w.key("gpus").begin_array();
  for (const GpuUse& gpu : m.gpus) {
    w.begin_object().key("index").value(uint64_t{gpu.index}).key("name").value(gpu.name);
    measured(w, "utilisation_mean", gpu.utilisation_mean);
    measured(w, "memory_bytes_max", gpu.memory_bytes_max);
    measured(w, "power_watts_mean", gpu.power_watts_mean);
    measured(w, "joules", gpu.joules);
    w.end_object();
  }
  w.end_array();
  measured(w, "cpu_joules", m.cpu_joules);
  measured(w, "gpu_joules", m.gpu_joules);
  measured(w, "idle_watts_cpu", m.idle_watts_cpu);
  measured(w, "idle_watts_gpu", m.idle_watts_gpu);
  w.key("seconds").value(m.seconds);
  strings(w, "notes", m.notes);
  w.end_object();
}

void energy(JsonWriter& w, const EnergyReport& e) {
  w.key("energy").begin_object();
  estimate(w, "joules_per_output_token", e.joules_per_output_token);
  w.key("joules").value(e.joules);
  w.key("idle_watts").value(e.idle_watts);
  w.key("basis").value(e.basis);
  w.end_object();
}

void amount(JsonWriter& w, std::string_view key, const std::optional<Money>& money) {
  w.key(key);
  money ? w.value(money->text()) : w.null();
}

void cost(JsonWriter& w, const CostSummary& c) {
  w.key("cost").begin_object();
  w.key("currency").value(c.currency);
  amount(w, "total", c.total);
  amount(w, "per_thousand_requests", c.per_thousand_items);
  amount(w, "per_correct", c.per_correct);
  w.key("energy_joules").value(c.energy_joules);
  w.key("basis").value(c.basis);
  write_accounting(w, c);
  w.end_object();
}

void counts(JsonWriter& w, const LoadResult& r) {
  w.key("requests").value(r.requests);
  w.key("good").value(r.good);
  w.key("failed").value(r.failed);
  w.key("warm_up").value(r.warm_up);
  w.key("errors").begin_object();
  for (const auto& [name, count] : r.errors) w.key(name).value(count);
  w.end_object();
}

void rates(JsonWriter& w, const LoadResult& r) {
  w.key("window_s").value(r.window_s);
  w.key("steady_s").value(r.steady_s);
  estimate(w, "requests_per_s", r.requests_per_s);
  estimate(w, "output_tokens_per_s", r.output_tokens_per_s);
  estimate(w, "total_tokens_per_s", r.total_tokens_per_s);
  estimate(w, "prefill_tokens_per_s", r.prefill_tokens_per_s);
  estimate(w, "steady_output_tokens_per_s", r.steady_output_tokens_per_s);
  estimate(w, "availability", r.availability);
  estimate(w, "good_share", r.good_share);
  estimate(w, "goodput_requests_per_s", r.goodput);
  w.key("slo_met").value(r.slo_met);
  w.key("in_flight_mean").value(r.in_flight_mean);
  w.key("saturated").value(r.saturated);
  estimate(w, "input_length_correlation", r.input_length_correlation);
}

void result(JsonWriter& w, const LoadResult& r) {
  w.begin_object();
  load_info(w, r.load);
  w.key("valid").value(r.instrument.valid);
  counts(w, r);
  rates(w, r);
  metrics(w, r);
  token_counting(w, r.tokens);
  usage(w, r.usage);
  instrument(w, r.instrument);
  machine(w, r.load.machine);
  energy(w, r.energy);
  cost(w, r.cost);
  series(w, r.series);
  w.end_object();
}

void point(JsonWriter& w, const LoadPoint& p) {
  w.begin_object();
  w.key("point").value(uint64_t{p.point});
  w.key("model").value(p.model.name);
  w.key("label").value(p.label);
  w.key("valid").value(p.valid);
  w.key("over_rounds").begin_object();
  for (const auto& [name, e] : p.over_rounds) estimate(w, load_key(name), e);
  w.end_object();
  w.key("rounds").begin_array();
  for (const LoadResult& r : p.rounds) result(w, r);
  w.end_array().end_object();
}

void search(JsonWriter& w, const LoadSearch& s) {
  w.begin_object();
  w.key("model").value(s.model);
  w.key("kind").value(s.kind);
  w.key("value").value(s.value);
  w.key("low").value(s.low);
  w.key("high").value(s.high);
  w.key("unit").value(s.unit);
  w.key("probes").value(s.probes);
  w.key("note").value(s.note);
  w.end_object();
}

}  // namespace

void write_load_comparison(JsonWriter& w, const LoadComparison& c) {
  w.begin_object();
  w.key("point").value(uint64_t{c.point});
  w.key("label").value(c.label);
  w.key("a").value(c.a);
  w.key("b").value(c.b);
  w.key("metric").value(load_key(c.metric));
  estimate(w, "difference", c.difference);
  w.key("ratio").value(c.ratio);
  w.key("p_value").value(c.p_value);
  w.key("verdict").value(c.verdict);
  w.end_object();
}

void write_loads(JsonWriter& w, const LoadSection& section) {
  if (section.empty()) return;
  w.key("loads").begin_object();
  w.key("valid").value(section.valid);
  w.key("points").begin_array();
  for (const LoadPoint& p : section.points) point(w, p);
  w.end_array().key("comparisons").begin_array();
  for (const LoadComparison& c : section.comparisons) write_load_comparison(w, c);
  w.end_array().key("searches").begin_array();
  for (const LoadSearch& s : section.searches) search(w, s);
  w.end_array().key("availability").begin_array();
  for (const auto& [model, e] : section.availability) {
    w.begin_object().key("model").value(model);
    estimate(w, "estimate", e);
    w.end_object();
  }
  w.end_array().end_object();
}

}  // namespace assay::reports
