// ExactMatch: the metric exact_match of lm-evaluation-harness (the one of Hugging Face's evaluate,
// which works on NumPy arrays, oddities included).
//
// Where it stands: metric_list.h has one for each exact_match of a task; const and shared by the
// scoring threads.
//
//   ExactMatch match;
//   match.ignore_case = true;
//   ASSAY_TRY(const double share, match.share("YES", {"yes", "no"}));      // 0.5
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "suites/score/lm_eval/python_regex.h"

namespace assay::suites::lm_eval {

struct ExactMatch {
  std::optional<std::vector<PythonRegex>> regexes_to_ignore;  // their matches go first, one by one
  bool ignore_case = false;
  bool ignore_punctuation = false;  // string.punctuation: the 32 of ASCII
  bool ignore_numbers = false;      // string.digits: 0 to 9

  // Formula: (references r with norm(prediction) == norm(r)) / references; norm is regexes, lower
  // case, punctuation, digits, in this order. One reference: 1 or 0. Edge cases: no references: 0;
  // NUL characters at an end do not count, and a lower case that is longer than its text is cut to
  // the longest text's length on its side, both as NumPy's fixed-width strings have it.
  // Errors: kLimit where a regex gave up. Texts are valid UTF-8.
  // Source: exact_match_hf_evaluate in lm_eval/api/metrics.py (0.4.11), checked with NumPy 1.24.
  [[nodiscard]] Result<double> share(std::string_view prediction,
                                     const std::vector<std::string>& references) const;

 private:
  [[nodiscard]] Result<void> normalize(std::vector<std::string>& texts) const;
};

}  // namespace assay::suites::lm_eval
