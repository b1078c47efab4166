// The string rules of three well-known graders of MATH answers, oddities included.
//
// Pure functions, called by the scorers `hendrycks_math` and `minerva_math` and by the conformance
// program. Where the original raises an exception the result is nothing. Sources:
// hendrycks/math modeling/math_equivalence.py; EleutherAI/lm-evaluation-harness
// lm_eval/tasks/hendrycks_math/utils.py and lm_eval/tasks/minerva_math/utils.py (0.4), whose
// normalize_final_answer is appendix D of Lewkowycz et al. 2022.
//
//   hendrycks_equal("\\frac12", "1/2");        // true
//   normalize_minerva("12 square inches");      // "12"
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace assay::suites::math {

inline constexpr size_t kReferenceBytesMax = size_t{256} << 10;  // of a text, for all below

// math_equivalence.py `_strip_string`.
std::optional<std::string> strip_hendrycks(std::string_view text);
// math_equivalence.py `is_equiv`: the stripped texts are equal, or the texts where stripping fails.
bool hendrycks_equal(std::string_view a, std::string_view b);

// The copy in lm-evaluation-harness, which fails on "x/y" where the original returns it.
std::optional<std::string> strip_lm_eval_hendrycks(std::string_view text);
bool lm_eval_hendrycks_equal(std::string_view a, std::string_view b);
// What hendrycks_math judges of a reply: the text between its first and last $, or all of it.
std::string lm_eval_hendrycks_answer(std::string_view reply);

// `last_boxed_only_string`: "\boxed{...}" with its command; nothing when there is none.
std::optional<std::string> last_boxed_only_string(std::string_view text);
// `remove_boxed`: the inside; nothing where the original's assertion fails (\fbox).
std::optional<std::string> remove_boxed(std::string_view text);

inline constexpr std::string_view kInvalidAnswer = "[invalidanswer]";
// `get_unnormalized_answer`: what stands in "Final Answer: The final answer is ... . I hope it is
// correct.", or kInvalidAnswer.
std::string minerva_final_answer(std::string_view reply);
// `normalize_final_answer`. `text` must be valid UTF-8.
std::string normalize_minerva(std::string_view text);

}  // namespace assay::suites::math
