// compare_runs: what changed between run files, for `assay compare A B [..]`.
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
// is compared (that is what one changes) and said; another scorer is not comparable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/aggregate/summarize.h"
#include "harness/types/summary.h"

namespace assay::aggregate {

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
  // rows of the report.
  Comparison comparison;
  // Samples where b is better or worse than a (binary: became right, became wrong), by mean over
  // repeats.
  uint64_t improved = 0;
  uint64_t worsened = 0;
  std::vector<std::string> improved_items;  // sample ids in suite order, at most kFlippedItemsMax
  std::vector<std::string> worsened_items;
};

inline constexpr size_t kFlippedItemsMax = 50;

struct ComparisonReport {
  std::vector<std::string> sources;  // the first is the baseline
  std::vector<RunComparison> rows;   // by file, suite, model, metric
  // Load points of the same workload in the baseline (a) and a later file (b); a and b are named
  // with their files, as in rows. The difference is b - a.
  std::vector<LoadComparison> loads;
  std::vector<std::string> notes;  // suites and models without a counterpart, different versions
};

// Errors: fewer than two files; a file that cannot be read. Nothing in common is not an error: no
// rows, and the notes say why.
Result<ComparisonReport> compare_runs(std::span<const RunStore* const> stores,
                                      std::span<const std::string> source_names,
                                      const SummarizeOptions& options);

}  // namespace assay::aggregate
