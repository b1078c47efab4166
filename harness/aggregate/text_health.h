// Health of a suite's texts: the same question twice, near copies, one question with two answers,
// test questions that stand in the train split or among a prompt's own examples, labels.
//
// Where it stands: harness/aggregate, over base/shingles.h; called by health.cc with a loaded
// suite. Reads each sample once; a few hundred bytes an item stay in memory.
//
//   ASSAY_TRY(TextHealth texts, aggregate::text_health(suite, {}));
//
// A question is its bare text (without description and examples), its choices and the names of its
// pictures; near copies have the same set of choices (where choices differ from item to item, train
// lines, which have none, are compared word for word only). Work is O(items), whatever the texts
// are (base/shingles.h); texts are cut at kShingleTextBytesMax.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/api/suite.h"
#include "harness/base/shingles.h"
#include "harness/types/health.h"

namespace assay::aggregate {

inline constexpr size_t kTextFindingsMax = 20;        // groups named of each kind
inline constexpr size_t kTextGroupNamesMax = 8;       // items named of each group
inline constexpr uint64_t kTextItemsMax = 2'000'000;  // samples and train lines together

// Items that belong together: ids of test items; of the train split "train:5" (its line, from 0).
struct TextGroup {
  std::vector<std::string> items;  // the first kTextGroupNamesMax
  uint64_t size = 0;
};

struct TextFinding {
  uint64_t items = 0;  // test items concerned
  uint64_t groups = 0;
  std::vector<TextGroup> first;  // kTextFindingsMax
};

struct TextHealth {
  uint64_t items = 0;
  uint64_t train = 0;
  uint64_t empty = 0;       // items without any text, choice or picture
  TextFinding duplicates;   // the same question more than once in the test split
  TextFinding near;         // near copies among the test items, the same ones aside
  TextFinding conflicts;    // the same question, no right answer in common
  TextFinding in_train;     // test questions that are in the train split too
  TextFinding near_train;   // near copies of train lines
  TextFinding in_examples;  // test questions shown among their own prompt's examples
  TextFinding near_examples;
  std::map<std::string, uint64_t> labels;  // right answers, as far as they are few
  double threshold = kNearThreshold;
};

// Errors: a sample or train line that cannot be read, more than kTextItemsMax of them.
Result<TextHealth> text_health(const Suite& suite, const NearOptions& options);

}  // namespace assay::aggregate
