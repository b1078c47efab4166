// Load points: the loads of run files put together. Rounds of one point, models against each other,
// availability over everything, and searches rebuilt from their probes.
//
// Where it stands: harness/aggregate; on top of load.h's summarize_load; called by summarize.cc.
// load_compare.cc and load_search.cc hold the other two parts.
//
//   ASSAY_TRY(std::vector<PointOfFile> points, collect_points(stores, names, options));
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/aggregate/load.h"
#include "harness/api/run_store.h"
#include "harness/types/load_summary.h"

namespace assay::aggregate {

// A load point, and where it comes from.
struct PointOfFile {
  LoadPoint point;
  size_t source = 0;
  uint32_t model_row = 0;
  std::string settings;  // what was put on the model: kind, its parameters and the workload
};

// Kind, parameters and workload of a load, without what differs by round: equal texts, equal loads.
std::string load_settings(const LoadInfo& load);

// One round's figure by its name of over_rounds.
std::optional<double> round_figure(const LoadResult& round, std::string_view name);

// Mean over rounds with Student's interval where there are at least two; else the one value.
std::vector<std::pair<std::string, Estimate>> figures_over_rounds(
    std::span<const LoadResult> rounds, double confidence);

// Every pair of models under the same settings (probes not: a search tries each model's own),
// paired by round. a stands before b in run order.
std::vector<LoadComparison> compare_points(std::span<const PointOfFile> points, double confidence);

// The searches of each file's last session that has probes, by model. A rate passes when its SLO is
// met and no backlog grew; probes that the instrument calls invalid say nothing; of two probes at
// one rate the later one counts. low: the highest rate that passed below the lowest that failed. A
// knee: the lowest concurrency from which on a doubling gains less than 5 % of output throughput
// (requests/s where tokens are not known), by the next probe above it.
std::vector<LoadSearch> find_searches(std::span<const PointOfFile> points);

}  // namespace assay::aggregate
