// Builders of LoadSection for tests of reports: two models at three loads in two rounds, with
// everything that a report must be able to say: an invalid load, failures, a saturated load,
// searches, comparisons, an energy that was not measured. Values are given or drawn from a seeded
// Rng, so golden files are stable.
//
//   Summary s = test::load_summary();
#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/summary_builder.h"

namespace assay::test {

struct LoadShape {
  double ttft = 0.05;  // medians, seconds
  double itl = 0.012;
  double tokens_per_s = 600;
  double requests_per_s = 4.7;
  uint64_t n = 240;
  uint64_t failed = 0;
  uint64_t seed = 1;
};

inline LoadMetric load_metric(const std::string& name, double median, double sigma, uint64_t n,
                              uint64_t seed) {
  LoadMetric m{name, latency(median, sigma, n, seed), ""};
  // As a report gets it: thinned.
  std::vector<std::pair<double, double>> thin;
  for (size_t i = 0; i < m.summary.ecdf.size(); i += std::max<size_t>(1, n / 20))
    thin.push_back(m.summary.ecdf[i]);
  thin.push_back(m.summary.ecdf.back());
  m.summary.ecdf = thin;
  return m;
}

inline LoadMetric no_metric(const std::string& name, const std::string& why) {
  LoadMetric m;
  m.name = name;
  m.note = why;
  m.summary.mean.method = why;
  return m;
}

inline InstrumentReport instrument_report(bool valid) {
  InstrumentReport i;
  i.dispatch_late_s = {240, 0.000021, valid ? 0.00031 : 0.0214, valid ? 0.0012 : 0.044};
  i.stamp_lag_s = {28000, 0.0000083, 0.000094, 0.00061};
  i.loop_lag_s = {28000, 0.0000041, 0.000038, 0.00029};
  i.kernel_stamp_share = 1;
  i.coalesced_share = valid ? 0.0031 : 0.0427;
  i.client_cpu_s_per_1000_tokens = 0.0141;
  i.client_cpu_share = valid ? 0.213 : 0.987;
  i.use.loops = 1;
  i.use.kernel_stamps = true;
  i.use.timer_late_s = {3000, 0.000012, 0.000081, 0.0004};
  i.use.loop_turn_s = {52000, 0.000018, 0.00011, 0.0009};
  i.use.loop_cpu_s = 10.4;
  i.use.process_cpu_s = 12.2;
  i.use.wall_s = 50.1;
  i.use.resident_bytes_max = 41'000'000;
  i.use.in_flight_max = 64;
  i.use.scheduling = "SCHED_OTHER nice 0";
  i.valid = valid;
  if (!valid) {
    i.invalid = {"dispatch lateness p99 is 21.4 ms, limit 10 ms",
                 "4.27% of chunks were read together with others, limit 2%"};
    i.warnings = {"the client used 98.7% of its core"};
  }
  return i;
}

inline std::vector<TimeBucket> load_series(const LoadShape& shape) {
  std::vector<TimeBucket> out;
  for (size_t k = 0; k < 12; ++k) {
    const double wave = 1 + 0.1 * std::sin(static_cast<double>(k));
    TimeBucket b;
    b.start_s = 4.0 * static_cast<double>(k);
    b.length_s = 4;
    b.requests_per_s = shape.requests_per_s * wave;
    b.tokens_per_s = shape.tokens_per_s * wave;
    b.in_flight = k == 0 ? 2.5 : 7.9;
    b.due = b.good = 19;
    b.failed = k == 7 ? shape.failed : 0;
    if (k != 5) b.ttft_p50_s = shape.ttft * wave;  // nothing was due in one of them
    if (k != 5) b.e2e_p50_s = (shape.ttft + 128 * shape.itl) * wave;
    out.push_back(b);
  }
  return out;
}

inline LoadResult load_result(const LoadInfo& load, const LoadShape& shape, bool valid) {
  LoadResult r;
  r.load = load;
  r.requests = shape.n;
  r.failed = shape.failed;
  r.good = shape.n - shape.failed;
  r.warm_up = 16;
  if (shape.failed > 0) {
    r.errors = {{"timeout", shape.failed - 2}, {"server_error", 2}};
  }
  const double e2e = shape.ttft + 128 * shape.itl;
  r.metrics = {load_metric("ttft", shape.ttft, 0.3, r.good, shape.seed),
               load_metric("ttfa", shape.ttft * 1.02, 0.3, r.good, shape.seed),
               load_metric("tpot", shape.itl, 0.08, r.good, shape.seed + 1),
               load_metric("itl", shape.itl, 0.25, r.good * 10, shape.seed + 2),
               load_metric("chunk_gap", shape.itl, 0.25, r.good * 10, shape.seed + 2),
               load_metric("normalized", e2e / 128, 0.1, r.good, shape.seed + 3),
               load_metric("e2e", e2e, 0.12, r.good, shape.seed + 4),
               load_metric("e2e_sent", e2e, 0.12, r.good, shape.seed + 5),
               no_metric("queue", "closed loop: nothing waits")};
  r.window_s = 47;
  r.steady_s = 43;
  const auto per_s = [&](double v) { return Estimate{v, {}, {}, r.good, "count / window"}; };
  r.requests_per_s = per_s(shape.requests_per_s);
  r.output_tokens_per_s = per_s(shape.tokens_per_s);
  r.total_tokens_per_s = per_s(shape.tokens_per_s * 5);
  r.prefill_tokens_per_s = per_s(512 / shape.ttft);
  r.steady_output_tokens_per_s = per_s(shape.tokens_per_s * 1.03);
  const double good_share = static_cast<double>(r.good) / static_cast<double>(r.requests);
  r.availability = rate(good_share, r.requests);
  const double within = shape.ttft < 0.3 ? good_share * 0.99 : 0.61;
  r.good_share = rate(within, r.requests);
  r.goodput = per_s(shape.requests_per_s * within);
  r.slo_met = within >= load.slo.share;
  r.in_flight_mean = load.concurrency * 0.98;
  r.tokens = {r.good, r.good * 128, r.good * 128, 0, 0, "usage; one token a chunk"};
  r.usage.input_tokens = static_cast<int64_t>(r.good) * 512;
  r.usage.output_tokens = static_cast<int64_t>(r.good) * 128;
  r.usage.source = UsageSource::kReported;
  r.input_length_correlation = estimate(0.41, 0.29, 0.52, r.good, "spearman");
  r.series = load_series(shape);
  r.instrument = instrument_report(valid);
  r.energy.joules_per_output_token.method = "not measured: no readable RAPL counter";
  return r;
}

inline LoadPoint load_point(const ModelInfo& model, uint32_t number, double concurrency,
                            const LoadShape& shape, bool valid) {
  LoadPoint p;
  p.point = number;
  p.model = model;
  p.label = fmt::format("concurrency {}", concurrency);
  p.valid = valid;
  for (uint32_t round = 0; round < 2; ++round) {
    LoadInfo load;
    load.id = number * 10 + model.id * 2 + round;
    load.model = model.id;
    load.session = 1;
    load.point = number;
    load.round = round;
    load.order = load.id;
    load.concurrency = concurrency;
    load.workload = "synthetic, input 512, output 128";
    load.workload_hash = "3f2a5c77d1e09b64";
    load.seed = 7;
    load.slo.ttft_s = 0.5;
    load.slo.tpot_s = 0.05;
    load.planned = shape.n + 16;
    load.warm_up_s = 3;
    load.begin_ns = 1'000'000'000 + int64_t{load.id} * 60'000'000'000;
    load.last_due_ns = load.begin_ns + 49'000'000'000;
    load.end_ns = load.begin_ns + 50'100'000'000;
    load.end_reason = "count";
    load.machine.notes = {"the server is not on this machine"};
    LoadShape own = shape;
    own.seed = shape.seed + round * 100;
    p.rounds.push_back(load_result(load, own, valid || round == 0));
  }
  const auto mean = [&](const char* name, double v, double half) {
    p.over_rounds.emplace_back(name, estimate(v, v - half, v + half, 2, "mean of rounds, t"));
  };
  mean("ttft_p50", shape.ttft, shape.ttft * 0.06);
  p.over_rounds.emplace_back(
      "ttft_p99", Estimate{shape.ttft * 2.1, {}, {}, 2, "n = 240 is too small to bound p99"});
  mean("tpot_p50", shape.itl, shape.itl * 0.01);
  mean("itl_p50", shape.itl, shape.itl * 0.01);
  mean("itl_p99", shape.itl * 1.8, shape.itl * 0.05);
  mean("e2e_p50", shape.ttft + 128 * shape.itl, 0.02);
  mean("e2e_p99", (shape.ttft + 128 * shape.itl) * 1.3, 0.09);
  mean("requests_per_s", shape.requests_per_s, shape.requests_per_s * 0.02);
  mean("output_tokens_per_s", shape.tokens_per_s, shape.tokens_per_s * 0.02);
  mean("goodput", *p.rounds[0].goodput.value, 0.2);
  p.over_rounds.emplace_back("availability", p.rounds[0].availability);
  return p;
}

inline void add_searches(LoadSection& s, const std::string& a, const std::string& b) {
  s.searches.push_back({a, "slo", 12.3, 12.1, 12.5, "requests/s", 9, ""});
  s.searches.push_back({a, "knee", 8.0, 8.0, 64.0, "concurrency", 3, ""});
  s.searches.push_back({b, "slo", {}, {}, {}, "requests/s", 4, "the lowest rate did not meet it"});
}

inline LoadSection load_section(const std::string& a = "qwen2.5-7b",
                                const std::string& b = "llama-3.1-8b?temperature=0") {
  LoadSection s;
  const ModelInfo first = model_info(1, a);
  const ModelInfo second = model_info(2, b);
  s.points.push_back(load_point(first, 0, 1, {0.041, 0.0102, 93, 0.73, 240, 0, 11}, true));
  s.points.push_back(load_point(second, 0, 1, {0.052, 0.0117, 82, 0.64, 240, 0, 12}, true));
  s.points.push_back(load_point(first, 1, 8, {0.083, 0.0125, 612, 4.78, 240, 0, 13}, true));
  s.points.push_back(load_point(second, 1, 8, {0.117, 0.0149, 511, 3.99, 240, 5, 14}, true));
  s.points.push_back(load_point(first, 2, 64, {0.62, 0.031, 1730, 13.5, 240, 14, 15}, false));
  s.points.push_back(load_point(second, 2, 64, {0.48, 0.038, 1420, 11.1, 240, 0, 16}, true));
  s.points.back().rounds[1].saturated = true;
  s.points.back().rounds[1].load.end_reason = "saturated";
  s.valid = false;
  s.comparisons.push_back({1, "concurrency 8", a, b, "output_tokens_per_s",
                           estimate(-101, -131, -71, 2, "paired t"), 0.835, 0.0148, "b lower"});
  s.comparisons.push_back({1,
                           "concurrency 8",
                           a,
                           b,
                           "ttft_p99",
                           {0.0714, {}, {}, 2, "paired t"},
                           1.41,
                           {},
                           "n too small"});
  s.comparisons.push_back({0, "concurrency 1", a, b, "e2e_p50",
                           estimate(0.2, -0.1, 0.5, 2, "paired t"), 1.15, 0.12,
                           "no difference shown"});
  add_searches(s, a, b);
  s.availability = {{a, rate(0.99028, 1440)}, {b, rate(0.99653, 1440)}};
  return s;
}

// A file with loads alone, as `assay bench` on synthetic prompts writes it.
inline Summary load_summary() {
  Summary s;
  s.sources = {"bench.assay"};
  s.loads = load_section();
  s.manifest = manifest_of({});
  s.manifest.models = {s.loads.points[0].model, s.loads.points[1].model};
  s.manifest.sessions[0].argv = "assay bench -m qwen2.5-7b --concurrency 1,8,64 -o bench.assay";
  return s;
}

}  // namespace assay::test
