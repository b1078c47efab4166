// Which language a text is written in, as langdetect 1.0.9 tells with its seed set to 0.
//
// Where it stands: used by the IFEval checks. Pure, any thread; the first 10,000 characters decide,
// the pass that finds them is linear in the text.
//
// Method: naive Bayes over the text's n-grams of one to three characters. Seven trials, each with a
// smoothing drawn around 0.5, multiply the frequencies of n-grams drawn one by one until one
// language has 0.99999 or 1,000 are drawn; the trials' probabilities are averaged. The reference
// draws without a fixed seed, so that its verdict on short or mixed texts changes from run to run;
// with the seed 0 it is the same as ours.
//
// Source: langdetect 1.0.9 (N. Shuyo's language-detection, ported by M. Danilak).
//
//   detect_language(to_points("C'est une belle journée.")) == "fr"
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "suites/language/python_text.h"

namespace assay::suites::language {

struct LanguageShare {
  std::string_view language;  // "en", "zh-cn"
  double probability = 0;
};

// Languages above 0.1, the likeliest first; nothing when the text has no n-gram of any language.
std::optional<std::vector<LanguageShare>> language_shares(TextView text);
// The likeliest; "unknown" when none is above 0.1.
std::optional<std::string_view> detect_language(TextView text);

}  // namespace assay::suites::language
