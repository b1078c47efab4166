#include "suites/score/metrics/ratios.h"

#include <algorithm>
#include <string>
#include <vector>

#include "harness/base/utf8.h"
#include "suites/score/metrics/python_text.h"
#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

// UTF-8 sorts by bytes as by code points.
std::vector<char32_t> sorted_words(std::string_view text) {
  std::vector<std::string_view> words = python_split(text);
  std::sort(words.begin(), words.end());
  std::string joined;
  joined.reserve(text.size());
  for (const std::string_view word : words) {
    if (!joined.empty()) joined += ' ';
    joined += word;
  }
  return to_code_points(joined);
}

}  // namespace

double token_sort_ratio(std::string_view a, std::string_view b) {
  return similarity_ratio(sorted_words(a), sorted_words(b));
}

}  // namespace assay::suites
