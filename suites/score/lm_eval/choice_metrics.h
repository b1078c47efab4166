// Multiple choice from log-likelihoods, as lm-evaluation-harness judges it.
//
// Where it stands: the scorer `lm_eval` calls it from the scoring pool; pure functions.
//
//   const ChoiceTruth truth = truth_by_target({"Seoul"}, {"Seoul", "Busan"});
//   ASSAY_TRY(const ChoiceResult r, judge_choices(response.loglikelihoods, sample.choices, truth));
//   r.acc, r.acc_norm, r.picked
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/types/response.h"

namespace assay::suites::lm_eval {

inline constexpr int64_t kNoGold = -100;  // a label that is not among the choices

struct ChoiceTruth {
  std::vector<int64_t> gold;  // indices; kNoGold where a label is none of the choices
  bool several = false;       // a list of right choices: any of them is right
};

// Indices as a task gives them: from `choices` on they are kNoGold; negative ones stay and are
// never picked.
ChoiceTruth truth_by_index(const std::vector<int64_t>& gold, size_t choices, bool several);
// Texts of choices, the first that equals it.
ChoiceTruth truth_by_target(const std::vector<std::string>& targets,
                            const std::vector<std::string>& choices);

struct ChoiceResult {
  size_t picked = 0;        // highest log-likelihood
  size_t picked_norm = 0;   // ... divided by the choice's characters
  size_t picked_bytes = 0;  // ... divided by its UTF-8 bytes
  double acc = 0;
  double acc_norm = 0;
  double acc_bytes = 0;
  double exact_match = 0;                 // the right choice is what greedy decoding writes
  std::optional<double> acc_mutual_info;  // where `values` has the unconditional half
  std::vector<double> probabilities;      // softmax of the log-likelihoods
};

// `values`: the log-likelihood of each choice; or twice as many, the second half given nothing
// before them, for acc_mutual_info (log p(choice | question) - log p(choice)).
// Edge cases: ties go to the lower index and a NaN wins (numpy.argmax); an empty choice divides by
// zero, which gives -inf, or NaN for a log-likelihood of 0. Errors: other sizes; no choices.
// Source: ConfigurableTask.process_results in lm_eval/api/task.py (0.4.11). There acc_mutual_info
// with several right choices is an error; here any of them is right.
Result<ChoiceResult> judge_choices(std::span<const Loglikelihood> values,
                                   const std::vector<std::string>& choices,
                                   const ChoiceTruth& truth);

// Sum over the choices of (probability - [is gold])^2; nothing without exactly one valid gold.
// Range 0 to 2. Source: brier_score in lm_eval/api/metrics.py.
std::optional<double> brier_score(const ChoiceResult& result, const ChoiceTruth& truth);

// Pieces of `text` between runs of Python's white space: re.split(r"\s+", text), so that an empty
// text is one and a space at an end adds one.
size_t count_split_words(std::string_view text);

}  // namespace assay::suites::lm_eval
