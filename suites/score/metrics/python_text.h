// Text as the reference metrics see it: Python's str.lower(), split() and strip() on code points.
// What the template engine already has comes from there.
//
// Where it stands: used by the metrics of this folder; pure.
//
//   python_lower("ΟΔΟΣ") == "οδος" (the last letter is ς);  python_split(" a\u00a0b ") == {"a",
//   "b"}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "suites/template/text.h"

namespace assay::suites {

using jinja::is_python_space;

inline std::vector<std::string_view> python_split(std::string_view text) {
  return jinja::split_words(text);
}
inline std::string_view python_strip(std::string_view text) { return jinja::strip(text); }
inline std::string_view python_rstrip(std::string_view text) { return jinja::strip_right(text); }

// str.lower(): simple mappings, U+0130 as "i" with U+0307, and a capital sigma at the end of a word
// as U+03C2. `text` is valid UTF-8. Source: The Unicode Standard, 3.13 (Final_Sigma); CPython.
std::string python_lower(std::string_view text);

// The words of several texts as numbers, the same word always the same number.
class WordIds {
 public:
  uint32_t operator()(std::string_view word) {
    return ids_.try_emplace(word, static_cast<uint32_t>(ids_.size())).first->second;
  }
  // The views must outlive this object.
  std::vector<uint32_t> all(const std::vector<std::string_view>& words);
  [[nodiscard]] size_t size() const { return ids_.size(); }

 private:
  std::unordered_map<std::string_view, uint32_t> ids_;
};

}  // namespace assay::suites
