// Asking again: some samples of a stored run, asked of its model once more, for a gate that wants a
// drop confirmed before it fails.
//
// The replies are further repeats of the same samples (numbered after those of the run), in a file
// of their own beside the run's, so that the run stays what it was; a second call with the same
// run pays for nothing twice. Model and suite come from the user (flags, assay.yaml), never from
// the run file alone: a run file may come from anywhere, and a model can be a program. That they
// are those of the run is checked: configuration hash, scorers, and each sample's request.
//
//   AskAgain ask{.run = "new.assay", .suite = "intents", .model = "openai:gpt-4o-mini",
//                .metric = "accuracy", .items = {"q7", "q19"}, .repeats = 3};
//   ASSAY_TRY(const std::vector<FreshScore> fresh, ask_again(ask, flags, stop.get_token()));
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "app/run_flags.h"
#include "harness/base/result.h"

namespace assay::app {

struct AskAgain {
  std::string run;  // path of the run file
  std::string suite;
  std::string model;
  std::string metric;
  std::vector<std::string> items;  // sample ids
  uint32_t repeats = 3;
};

// The mean of an item's fresh scores, in the metric's own direction. Items without any (no reply,
// or none that could be judged) are left out.
struct FreshScore {
  std::string item;
  double value = 0;
  uint64_t n = 0;
};

// `flags`: models, suites, config, data and budget as of `assay run`; what shapes the prompts
// (--num-fewshot, --chat, ...) is taken from the run's own command line where it is not given here.
// Errors: model or suite not given or not those of the run; a prompt that changed; the file cannot
// be written; interrupted.
Result<std::vector<FreshScore>> ask_again(const AskAgain& ask, const RunFlags& flags,
                                          const std::stop_token& stop);

// Where the replies are kept: "new.confirm.assay" for "new.assay".
std::string confirm_path(const std::string& run);

}  // namespace assay::app
