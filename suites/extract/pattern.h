// Pattern: a regular expression (PCRE2, UTF-8, Unicode classes, look-around) that cannot run away:
// steps, depth, memory and subject length are limited, and a limit that is reached is an answer of
// its own.
//
// Made when a suite is loaded; find() is const and called from several threads at once.
//
//   ASSAY_TRY(Pattern total, Pattern::compile(R"(TOTAL\s+([\d.]+))", {.ignore_case = true}));
//   const Pattern::Match m = total.find(answer);
//   if (m.found == Pattern::Found::kYes) use(m.group(1));
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace assay::suites {

inline constexpr size_t kPatternSubjectBytesMax = size_t{2} << 20;
inline constexpr size_t kPatternSourceBytesMax = size_t{64} << 10;
inline constexpr unsigned kPatternMatchLimit = 1'000'000;  // steps of one search
inline constexpr unsigned kPatternHeapLimitKib = 64 * 1024;
// PCRE2 counts its steps anew at every place where a match may begin, so that a long text could
// take quadratic time within its limit: beyond this length the steps of the whole walk are counted.
inline constexpr size_t kPatternFastBytes = size_t{16} << 10;
inline constexpr uint64_t kPatternWalkSteps = 50'000'000;
inline constexpr size_t kPatternMatchesMax = 100'000;  // of one subject, where all are walked

class Pattern {
 public:
  struct Options {
    bool ignore_case = false;
    bool multiline = false;  // ^ and $ match at line ends
    bool dot_all = false;    // . matches a line feed
  };
  enum class Found { kYes, kNo, kLimit };
  struct Match {
    Found found = Found::kNo;
    std::vector<std::string_view> groups;  // views into the subject; [0] the whole match
    size_t begin = 0;
    size_t end = 0;
    std::string reason;  // which limit, for kLimit
    // Empty for a group that did not take part.
    [[nodiscard]] std::string_view group(size_t index) const {
      return index < groups.size() ? groups[index] : std::string_view{};
    }
  };

  // The error names the pattern and the offset of what is wrong in it.
  static Result<Pattern> compile(std::string_view source, Options options);
  static Result<Pattern> compile(std::string_view source);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  // The first match at or after `from`; `text` must be valid UTF-8 (sanitize_utf8). A `from` above
  // 0 goes on with a text that was searched before, and stands at a character.
  [[nodiscard]] Match find(std::string_view text, size_t from = 0) const;
  // The last of all non-overlapping matches.
  [[nodiscard]] Match find_last(std::string_view text) const;
  // All non-overlapping matches removed; a limit leaves `text` and sets `reason`.
  [[nodiscard]] std::string remove_all(std::string_view text, std::string& reason) const;
  [[nodiscard]] size_t group_count() const;
  // Number of the named group, or 0.
  [[nodiscard]] size_t group_number(const std::string& name) const;

 private:
  struct State;
  explicit Pattern(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace assay::suites
