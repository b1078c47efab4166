// History: the lines a run adds to a history file, and the trends that a history shows.
//
// Where it stands: harness/aggregate, between run files, harness/store/history_file and the
// reports. One thread.
//
//   ASSAY_TRY(auto lines, aggregate::history_lines(*store, "nightly.assay", {.commit = sha}));
//   const std::vector<Trend> trends = aggregate::trends(lines, {.suite = "quick-intents"});
//
// One trend for each suite × model × metric, and one of the median latency for each suite × model,
// in the order of their first lines; points by the time their run began. Of several lines of one
// run (it has grown) the newest stands. Points whose prompt, data or scorer hash differs from the
// point before begin another segment: a TrendBreak. Change points are looked for inside segments
// alone (harness/stats/change_points.h, E-divisive at 5 %, each trend on its own), over the points
// that have a value; their intervals are not used.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/api/run_store.h"
#include "harness/base/result.h"
#include "harness/types/history.h"
#include "harness/types/summary.h"

namespace assay::aggregate {

struct HistoryOrigin {
  std::string commit;
  std::string note;
};

// Lines of all suites, models (without learning-curve points) and metrics of one run file. Errors:
// the file cannot be read, or holds no figure.
Result<std::vector<HistoryLine>> history_lines(const RunStore& store, const std::string& name,
                                               const HistoryOrigin& origin);

// Empty fields do not restrict. "latency" is the metric of the latency trends.
struct TrendQuery {
  std::string suite;
  std::string model;
  std::string metric;
};
std::vector<Trend> trends(std::span<const HistoryLine> lines, const TrendQuery& query);
// Those of the suites and models that a report is about.
std::vector<Trend> trends_of_summary(std::span<const HistoryLine> lines, const Summary& summary);

}  // namespace assay::aggregate
