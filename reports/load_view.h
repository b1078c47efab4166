// What the forms of a report share about loads (`assay bench`): which points belong together, what
// a load is called, which figure stands for a name, and the verdict in words.
//
// Where it stands: reports; read by text/, csv/, html/ and compare/. Pure.
//
//   for (const Workload& work : workloads(summary.loads)) {
//     const LoadVerdict v = load_verdict(summary.loads, work, Language::kEnglish);
//     v.headline     "qwen reaches the highest goodput: 12.3 requests/s within ttft ≤ 500 ms."
//     for (const LoadPoint* p : work.points) format_seconds(figure(*p, "ttft_p99"));
//   }
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/types/load_summary.h"
#include "reports/html/strings.h"

namespace assay::reports {

// Loads that can be compared with each other: the same prompts, lengths and settings.
struct Workload {
  std::string name;
  std::vector<const LoadPoint*> points;  // the section's order
};
std::vector<Workload> workloads(const LoadSection& section);

// The load of a point as it was asked; nullptr when nothing of it ran.
const LoadInfo* first_load(const LoadPoint& point);
bool is_open_loop(LoadKind kind);
// Concurrency of a closed loop, requests per second of an open one.
double load_level(const LoadInfo& load);
// "concurrency 8", "10 requests/s, Poisson"; a trace's name is as the file says it.
std::string load_label(const LoadPoint& point, Language language);
// "concurrency 8 · qwen, round 2": the model where the section has several, the round likewise.
std::string load_name(const LoadSection& section, const LoadPoint& point, const LoadResult* round,
                      Language language);
// "ttft ≤ 500 ms, tpot ≤ 50 ms"; empty without limits.
std::string slo_limits(const Slo& slo);
// "ttft ≤ 500 ms, tpot ≤ 50 ms for 95% of requests"; empty without limits.
std::string slo_text(const Slo& slo, Language language);

// The figure of a name of LoadPoint::over_rounds. Of a single round it is the round's own, which
// has an interval where over_rounds has none. Unknown: no value.
Estimate figure(const LoadPoint& point, std::string_view name);
// nullptr: the load does not have the metric.
const LoadMetric* load_metric(const LoadResult& result, std::string_view name);
// Measured requests and failures over the rounds.
std::pair<uint64_t, uint64_t> requests_and_failures(const LoadPoint& point);
std::vector<std::pair<std::string, uint64_t>> errors_over_rounds(const LoadPoint& point);
bool any_slo(const Workload& work);
size_t count_loads(const LoadSection& section);
size_t count_models(const LoadSection& section);

// What a name of LoadPoint::over_rounds counts in.
enum class LoadUnit { kSeconds, kPerSecond, kShare };
LoadUnit load_unit(std::string_view name);
// The name as machines read it, with its unit: "ttft_p50_s", "goodput_requests_per_s".
std::string load_key(std::string_view name);

// Numbers for people; as format.h, for values that come from a file and may be of any size.
std::string format_number(double value);      // three significant digits
std::string format_duration(double seconds);  // "12.3 ms"
std::string format_ratio(double share);       // "98.7%"
std::string format_figure(LoadUnit unit, const Estimate& e);
std::string format_figure_interval(LoadUnit unit, const Estimate& e);  // "211–250 ms", or empty
// "234 ±12 ms", "234 [221–261] ms" where the interval is lopsided, the value alone without one.
std::string format_compact(LoadUnit unit, const Estimate& e);
// "0.02 / 0.31 / 1.2 ms": p50, p99 and max in one unit; "n/a" when nothing was measured.
std::string format_spread(const Spread& spread);
// The client's CPU as a share of a core, with its cost per token where known.
std::string client_cpu_text(const InstrumentReport& instrument, Language language);
std::string search_text(const LoadSearch& search, const LoadSection& section, Language language);
// The verdict of a comparison in words: names instead of a and b.
std::string comparison_text(const LoadComparison& comparison, Language language);
std::string comparison_label(const LoadSection& section, const LoadComparison& comparison,
                             Language language);
// A line for each way of counting: "usage; one token a chunk; 12,345 tokens in 12,345 chunks".
std::vector<std::string> token_lines(const std::vector<const LoadPoint*>& points,
                                     Language language);
// "0.42 J (basis)" or "not measured: why".
std::string energy_text(const EnergyReport& energy, Language language);

struct LoadVerdict {
  std::string headline;
  std::vector<std::string> sentences;
  const LoadPoint* best = nullptr;  // the point the headline speaks of
  std::string best_metric;          // "goodput", "output_tokens_per_s", "requests_per_s"
  size_t loads = 0;
  size_t invalid = 0;
};
LoadVerdict load_verdict(const LoadSection& section, const Workload& work, Language language);

}  // namespace assay::reports
