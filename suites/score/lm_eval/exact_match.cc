#include "suites/score/lm_eval/exact_match.h"

#include <algorithm>
#include <utility>

#include "suites/score/lm_eval/python_text.h"
#include "suites/template/text.h"

namespace assay::suites::lm_eval {
namespace {

constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr std::string_view kDigits = "0123456789";

void drop(std::string& text, std::string_view characters) {
  std::erase_if(text,
                [characters](char c) { return characters.find(c) != std::string_view::npos; });
}

void drop_end_nuls(std::string& text) {
  while (!text.empty() && text.back() == '\0') text.pop_back();
}

void lower_all(std::vector<std::string>& texts) {
  size_t width = 1;
  for (const std::string& text : texts) width = std::max(width, jinja::count_points(text));
  for (std::string& text : texts) {
    text = python_lower(text);
    text.resize(jinja::byte_offset(text, width));
  }
}

}  // namespace

Result<void> ExactMatch::normalize(std::vector<std::string>& texts) const {
  for (std::string& text : texts) {
    if (regexes_to_ignore) {
      for (const PythonRegex& regex : *regexes_to_ignore) {
        std::string limit;
        text = regex.remove_all(text, limit);
        if (!limit.empty()) return Error{ErrorCode::kLimit, std::move(limit), {}};
        drop_end_nuls(text);
      }
    }
    drop_end_nuls(text);
  }
  if (ignore_case) lower_all(texts);
  for (std::string& text : texts) {
    if (ignore_punctuation) drop(text, kPunctuation);
    if (ignore_numbers) drop(text, kDigits);
    drop_end_nuls(text);
  }
  return {};
}

Result<double> ExactMatch::share(std::string_view prediction,
                                 const std::vector<std::string>& references) const {
  if (references.empty()) return 0.0;
  std::vector<std::string> left{std::string(prediction)};
  std::vector<std::string> right = references;
  ASSAY_TRY_VOID(normalize(left));
  ASSAY_TRY_VOID(normalize(right));
  const auto equal = std::count(right.begin(), right.end(), left.front());
  return static_cast<double>(equal) / static_cast<double>(right.size());
}

}  // namespace assay::suites::lm_eval
