// compare_runs: what changed between run files, for `assay compare A B [..]` and for a gate.
//
// Where it stands: harness/aggregate; called by app/, rendered by reports/compare. One thread.
//
//   ASSAY_TRY(ComparisonReport report, aggregate::compare_runs(stores, names, {}));
//   for (const RunComparison& row : report.rows) print(row.suite, row.metric.name, row.comparison);
//
// The first file is the baseline; each other file is compared with it: for each suite in both and
// each model of the later file, the baseline's model of the same name, or its only one. Samples are
// paired by position when the data hashes are equal, else by sample id, question and truth aside:
// only samples whose id and truth are the same in both, and the row says how many. Another prompt
// is compared (that is what one changes) and said; another scorer is not comparable. The test of a
// row: pairing.h. The test of a speed: compare_speed.h.
//
// Four families of tests, each with Holm's correction of its own: rows of whole suites; rows of
// slices, which are exploratory and must not cost the first their power; speeds; and the best model
// of a suite against each other, for the tied sets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/aggregate/summarize.h"
#include "harness/types/summary.h"

namespace assay::aggregate {

// A difference against a margin, by its interval: with a loss of at most `margin` in the metric's
// good direction.
enum class MarginVerdict : uint8_t {
  kNone,       // no margin was given, the metric is no share, or there is no interval
  kWithin,     // the whole interval loses less than the margin: not inferior
  kBeyond,     // the whole interval loses more: regressed
  kUndecided,  // the margin is inside the interval
};

// One metric of one model of a later file against its counterpart in the baseline.
struct RunComparison {
  std::string suite;
  MetricDef metric;
  bool headline = false;  // the suite's first metric
  std::string a_label;    // "tesseract:kor (old.assay)": the baseline
  std::string b_label;    // the later file
  Estimate a;             // over the samples compared; over all of its samples when not comparable
  Estimate b;
  // difference is a - b, as everywhere; indices a and b count rows of `sources`. p_holm is over all
  // rows of whole suites, or over all rows of slices.
  Comparison comparison;
  // Samples where b is better or worse than a (binary: became right, became wrong), by mean over
  // repeats.
  uint64_t improved = 0;
  uint64_t worsened = 0;
  // Sample ids in suite order, at most kFlippedItemsMax (of a slice kSliceItemsMax).
  std::vector<std::string> improved_items;
  std::vector<std::string> worsened_items;
  std::string model;                 // name in the later file
  size_t baseline = 0;               // index into sources: whom it is compared with
  size_t later = 0;                  // index into sources
  std::string tag;                   // of a slice's row; empty: the whole suite
  std::string value;                 // of the tag
  std::optional<double> error;       // standard error of the difference
  std::optional<double> detectable;  // smallest difference that 80 % power sees at alpha
  double discordant = 0;             // share of the samples compared that differ
  MarginVerdict margin = MarginVerdict::kNone;
};

// Times of one model in two files.
struct SpeedComparison {
  std::string suite;
  std::string model;
  std::string figure;   // "latency", "ttft", "ttfa"
  size_t baseline = 0;  // indices into sources
  size_t later = 0;
  Estimate a;  // median, seconds
  Estimate b;
  Estimate ratio;  // b / a; above 1: the later file is slower
  std::optional<double> p_value;
  std::optional<double> p_holm;  // over the report's speed comparisons
  std::string test;
  std::string banner;   // "not interleaved: ..."; empty: nothing to warn of
  bool paired = false;  // by item; else all times of one against all of the other
};

// Models of all files on one suite whose headline cannot be told from the best one's.
struct TiedSet {
  std::string suite;
  std::string metric;
  std::string best;               // label as in rows
  std::vector<std::string> tied;  // without the best, best first
};

inline constexpr size_t kFlippedItemsMax = 10'000;
inline constexpr size_t kSliceItemsMax = 50;

struct ComparisonReport {
  std::vector<std::string> sources;  // the first is the baseline
  // By file, suite, model: the suite's metrics, then slices by tag, value, metric.
  std::vector<RunComparison> rows;
  // Load points of the same workload in the baseline (a) and a later file (b); a and b are named
  // with their files, as in rows. The difference is b - a.
  std::vector<LoadComparison> loads;
  std::vector<SpeedComparison> speeds;
  std::vector<TiedSet> ties;
  std::vector<std::string> notes;  // suites and models without a counterpart, different versions
  double confidence = 0.95;        // as asked for
  double alpha = 0.05;
  std::optional<double> margin;
};

// What happens where items, prompt or scorer of a suite are not the same in both files.
enum class Mismatch : uint8_t {
  kIntersect,  // items both have are compared, another prompt is said, another scorer refused
  kRefuse,     // an error that names what differs
};

struct CompareOptions : SummarizeOptions {
  Mismatch mismatch = Mismatch::kIntersect;
  bool slices = true;
  uint64_t seed = 1;             // of bootstrap and sign-flip draws
  std::optional<double> margin;  // of metrics that are shares, above 0; 0.02 is 2 points
};

// Errors: fewer than two files; a file that cannot be read; a mismatch that is refused. Nothing in
// common is not an error: no rows, and the notes say why.
Result<ComparisonReport> compare_runs(std::span<const RunStore* const> stores,
                                      std::span<const std::string> source_names,
                                      const CompareOptions& options);

}  // namespace assay::aggregate
