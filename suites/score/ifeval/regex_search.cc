#include "suites/score/ifeval/regex_search.h"

#include <algorithm>

namespace assay::suites::ifeval {
namespace {

// Python takes i, I, dotless i and dotted I for the same letter when it ignores case, PCRE2 only
// the first two: the other two are written as i on both sides.
std::string_view one_i(std::string_view text, std::string& storage) {
  constexpr std::string_view kDotted = "\xC4\xB0";
  constexpr std::string_view kDotless = "\xC4\xB1";
  if (text.find(kDotted) == std::string_view::npos &&
      text.find(kDotless) == std::string_view::npos) {
    return text;
  }
  storage.clear();
  for (size_t at = 0; at < text.size(); ++at) {
    const std::string_view two = text.substr(at, 2);
    const bool same = two == kDotted || two == kDotless;
    storage += same ? 'i' : text[at];
    at += same ? 1 : 0;
  }
  return storage;
}

// Where the search goes on: past the match, and past one character when it was empty.
size_t after(std::string_view text, const Pattern::Match& match) {
  size_t next = match.end;
  if (match.end > match.begin) return next;
  ++next;
  while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0U) == 0x80U) ++next;
  return next;
}

}  // namespace

MatchCount count_matches(const Pattern& pattern, std::string_view text, size_t most) {
  MatchCount out;
  for (size_t from = 0; out.count < most && from <= text.size();) {
    const Pattern::Match match = pattern.find(text, from);
    if (match.found == Pattern::Found::kLimit) {
      out.cannot = match.reason;
      break;
    }
    if (match.found == Pattern::Found::kNo) break;
    ++out.count;
    from = std::max(after(text, match), from);
  }
  return out;
}

Keyword::Keyword(const std::string& source)
    : pattern_([&source] {
        std::string storage;
        return Pattern::compile(one_i(source, storage), {.ignore_case = true});
      }()) {}

MatchCount Keyword::count(std::string_view text, size_t most) const {
  if (!pattern_) return {0, pattern_.error().text()};
  std::string storage;
  return count_matches(*pattern_, one_i(text, storage), most);
}

}  // namespace assay::suites::ifeval
