// HistoryLine: one figure of one run, as a history file keeps it; Trend: what such lines say about
// one figure over runs. Plain data.
//
// harness/store/history_file reads and writes lines, harness/aggregate/history makes them from runs
// and trends from them, reports show trends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/money.h"
#include "harness/types/estimate.h"
#include "harness/types/score.h"

namespace assay {

struct HistoryLine {
  std::string utc;  // when the run began
  std::string run;  // names the execution: same for a copy and for a run that has grown
  std::string assay_version;
  std::string commit;  // of what was measured; empty: not known
  std::string note;
  std::string suite;
  std::string prompt_hash;
  std::string data_hash;
  std::string scorer_hash;
  std::string model;
  std::string config_hash;
  std::string metric;
  bool headline = false;  // the suite's first metric
  bool higher_is_better = true;
  bool share = true;  // shown in per cent
  Estimate estimate;  // no value: nothing was scored
  uint64_t failed = 0;
  std::optional<double> latency_s_p50;
  std::optional<Money> cost;  // of the model on the suite, all its metrics together
  std::string currency;       // of the cost
};

struct TrendPoint {
  std::string utc;
  std::string run;
  std::string commit;
  std::string note;
  std::string config_hash;
  Estimate estimate;
  uint64_t failed = 0;
};

// From this point on something else was asked or judged: what is before is not compared.
struct TrendBreak {
  size_t index = 0;  // into points
  bool prompt = false;
  bool data = false;
  bool scorer = false;
};

// A change point: from this point on the figure is another.
struct TrendChange {
  size_t index = 0;   // into points
  double before = 0;  // mean of the points back to the change or break before
  double after = 0;   // mean of the points up to the next
  double p_value = 1;
  bool other_config = false;  // the model's configuration changed there too
};

struct Trend {
  std::string suite;
  std::string model;
  MetricDef metric;      // "latency" where is_time
  bool is_time = false;  // median latency in seconds
  bool headline = false;
  std::vector<TrendPoint> points;  // by time
  std::vector<TrendBreak> breaks;
  std::vector<TrendChange> changes;
  uint64_t left_out = 0;  // points older than the newest kTrendPointsMax
};

inline constexpr size_t kTrendPointsMax = 400;

}  // namespace assay
