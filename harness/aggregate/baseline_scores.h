// Baseline scores: what the baseline's model had on each sample of a suite that is about to be
// asked again, sample by sample.
//
// Where it stands: harness/aggregate, called by the baseline stop rule before a run. One thread.
//
//   ASSAY_TRY(const auto scores, read_baseline(store, "old.assay", suites, models));
//   scores[model][suite].values[index];   // NaN: none
//
// Samples are the same by their place in the data when the data hashes are equal, else by id and
// truth, as in compare.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/api/run_store.h"
#include "harness/api/suite.h"

namespace assay::aggregate {

struct BaselineScores {
  std::string model;               // name in the baseline
  std::vector<double> values;      // by sample index: mean over repeats in [0, 1]; NaN: none
  std::vector<uint32_t> clusters;  // by sample index, 0: its own; empty: no two share one
  uint64_t paired = 0;             // samples with a value
  bool single = true;              // one repeat each
  bool unweighted = true;          // every value has weight 1
  std::vector<std::string> notes;  // the prompt differs, ...
};

// Of the suites' headline metrics. Errors: as make_baseline_rule().
Result<std::vector<std::vector<BaselineScores>>> read_baseline(const RunStore& store,
                                                               const std::string& name,
                                                               std::span<const Suite* const> suites,
                                                               std::span<const std::string> models);

}  // namespace assay::aggregate
