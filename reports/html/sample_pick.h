// Which replies the page shows: the worst over all models, grouped by sample, bounded. Reads only
// what is shown (and a bounded number of candidates), whatever the size of the run.
#pragma once

#include <string>
#include <vector>

#include "harness/api/run_store.h"
#include "harness/base/result.h"
#include "harness/types/summary.h"

namespace assay::reports::html {

inline constexpr size_t kTextPointsMax = 2000;  // longer texts are cut, with a note

// A text as it is shown.
struct ShownText {
  std::string text;
  size_t cut = 0;  // code points left out
};

struct ShownReply {
  size_t model = 0;  // index into SuiteSummary::models
  uint32_t repeat = 0;
  uint32_t attempts = 1;
  Outcome outcome = Outcome::kCancelled;
  ShownText answer;
  ShownText reasoning;
  ShownText judged;  // what the headline's scorer looked at
  std::string error;
  int64_t latency_ns = -1;
  std::vector<Score> scores;  // texts cut
  int rank = 0;               // 0 no answer, 1 no score, 2 scored
  double badness = 0;         // of the headline, larger is worse
};

struct ShownSample {
  std::string id;
  std::string request;              // JSON
  std::string truth;                // JSON
  std::string tags;                 // JSON
  std::vector<ShownReply> replies;  // in the order of the summary's models
};

struct SamplePick {
  std::vector<ShownSample> samples;  // the one with the worst reply first
  size_t replies = 0;
  bool every_model = true;  // false: only replies among each model's worst are here
};

Result<SamplePick> pick_samples(std::span<const RunStore* const> stores, const SuiteSummary& suite,
                                size_t replies_max);

}  // namespace assay::reports::html
