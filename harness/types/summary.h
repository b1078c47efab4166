// Summary: everything a report says, computed from a run file alone (harness/aggregate). Plain
// data; quality, money and timing are apart, because the first two are the same for any thread
// count and the last is a measurement.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/money.h"
#include "harness/types/estimate.h"
#include "harness/types/health.h"
#include "harness/types/load_summary.h"
#include "harness/types/manifest.h"
#include "harness/types/response.h"
#include "harness/types/summary_parts.h"

namespace assay {

struct MetricResult {
  MetricDef def;
  Estimate estimate;  // pooled over samples, repeats averaged first, clustered where the suite has
                      // clusters
  std::optional<double> error = std::nullopt;  // standard error of a pooled figure
  uint64_t unscored = 0;                       // excluded: the scorer could not judge
};

struct SliceResult {
  std::string tag;    // "language"
  std::string value;  // "ko"
  MetricResult headline;
};

struct ModelResult {
  ModelInfo model;
  uint64_t items_planned = 0;
  uint64_t items_answered = 0;  // a reply, right or wrong
  uint64_t items_failed = 0;  // no reply after all attempts: excluded from quality, named beside it
  uint64_t items_unjudged = 0;  // replies without a score yet
  uint64_t retries = 0;
  std::map<std::string, uint64_t> outcomes;
  std::vector<MetricResult> metrics;  // the suite's order, headline first
  std::vector<SliceResult> slices;    // sorted by tag, value
  Usage usage;                        // sums; -1 where no reply said
  uint64_t usage_missing = 0;         // answers over HTTP that did not say
  CostSummary cost;
  // timing section
  LatencySummary latency;   // sent to done, answered items
  LatencySummary ttft;      // sent to first token; n = 0 where no reply streams
  LatencySummary ttfa;      // sent to first token of the answer
  LatencySummary cpu;       // CPU seconds per item, in-process models
  double busy_seconds = 0;  // sum of latencies
};

enum class PairVerdict : uint8_t { kABetter, kBBetter, kNoDifferenceShown, kNotComparable };

// Paired difference of two models on the items both answered; a - b in the metric's own direction.
struct Comparison {
  size_t a = 0;  // indices into SuiteSummary::models
  size_t b = 0;
  MetricDef metric;
  Estimate difference;
  std::optional<double> p_value;
  std::optional<double> p_holm;  // over the suite's comparisons
  std::string test;              // "exact McNemar", "paired t, clustered"
  uint64_t only_a_right = 0;     // binary metrics: discordant pairs
  uint64_t only_b_right = 0;
  PairVerdict verdict = PairVerdict::kNotComparable;
  std::string note;  // why not comparable, or a caveat
};

enum class VerdictKind : uint8_t { kNoData, kSingleModel, kClearBest, kTied };

struct SuiteVerdict {
  VerdictKind kind = VerdictKind::kNoData;
  std::optional<size_t> best;     // index into models: best headline value
  std::vector<size_t> tied;       // others that cannot be told from the best at 5 %, best first
  std::optional<size_t> fastest;  // lowest median latency among best and tied
};

struct CurvePoint {
  int64_t train_size = 0;
  Estimate headline;
};
struct LearningCurve {
  std::string model;
  std::vector<CurvePoint> points;  // by train size
};

struct SuiteSummary {
  SuiteInfo suite;
  std::vector<ModelResult> models;      // run order; learning-curve points are not here
  std::vector<Comparison> comparisons;  // best against each other model
  SuiteVerdict verdict;
  std::vector<LearningCurve> curves;
  SuiteHealth health;
};

// One model's figure over the suites of a group.
struct GroupResult {
  std::string model;    // as in the suites' results
  Estimate estimate;    // n counts samples
  uint64_t suites = 0;  // that have a figure
};

// Suites that make one benchmark together (the subjects of MMLU).
struct GroupSummary {
  std::string name;
  MetricDef metric;  // of its first suite
  bool weight_by_size = true;
  std::vector<std::string> suites;  // names, run order
  std::vector<GroupResult> models;  // run order
};

struct Summary {
  std::vector<std::string> sources;  // run files, as given
  Manifest manifest;                 // of the first
  std::vector<SuiteSummary> suites;
  std::vector<GroupSummary> groups;
  LoadSection loads;                  // of `assay bench`; empty: the runs have none
  std::vector<std::string> warnings;  // incomplete run, mixed hashes, ...
};

}  // namespace assay
