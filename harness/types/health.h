// Health of a suite: what its items can tell apart. Plain data, made by harness/aggregate from run
// files (and by `assay suite check` from the suite's texts), shown by reports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/types/estimate.h"

namespace assay {

// One item that was found, with its figure where it has one.
struct HealthItem {
  uint64_t index = 0;  // position in the suite
  std::string id;      // empty: not looked up
  double value = 0;
};

// Over models: who solves what. Absent figures: `note` says why.
struct ItemHealth {
  uint64_t models = 0;
  uint64_t items = 0;                      // with a score of every model
  std::optional<uint64_t> solved_by_none;  // items
  std::optional<uint64_t> solved_by_all;
  std::optional<uint64_t> negative;        // items on which better models do worse
  std::optional<uint64_t> negative_shown;  // of these: beyond chance (5 %, Holm over items)
  std::vector<HealthItem> none;            // the first ones, in suite order
  std::vector<HealthItem> all;
  std::vector<HealthItem> worst;  // most negative first; value: correlation with the rest
  std::string note;
};

// How often each right answer is the right one.
struct LabelHealth {
  uint64_t n = 0;       // items
  uint64_t labels = 0;  // different ones
  std::optional<double> entropy_bits;
  std::optional<double> evenness;  // entropy / log2(labels); 1: all equally often
  std::string majority;
  Estimate majority_share;  // accuracy of always answering so
  std::string note;         // why there is none
};

// How many items a comparison needs.
struct NeededItems {
  double difference = 0.02;          // to be seen with 80 % power at 5 %, two-sided
  std::optional<uint64_t> items;     // needed
  uint64_t have = 0;                 // items of the suite
  std::optional<double> detectable;  // smallest difference that `have` items show
  std::string basis;                 // whose items said so, or what was assumed
};

struct SuiteHealth {
  ItemHealth items;
  LabelHealth labels;
  NeededItems needed;
  [[nodiscard]] bool empty() const { return items.items == 0 && labels.n == 0; }
};

}  // namespace assay
