// PythonRegex: Python's re.findall and re.sub(pattern, "", text) by PCRE2, with a budget of steps
// that no pattern and no text can exceed.
//
// Where it stands: filters and exact_match of lm-evaluation-harness use it. Made when a suite is
// loaded; const and shared by the scoring threads afterwards. A PythonFindAll belongs to one thread
// and borrows the regex and the text.
//
//   ASSAY_TRY(const PythonRegex numbers, PythonRegex::compile(R"((-?[$0-9.,]{2,})|(-?[0-9]+))"));
//   PythonFindAll all(numbers, answer);
//   while (all.next()) use(all.group(1));          // "" for a group that did not take part
//   if (!all.limit().empty()) return unscored(all.limit());
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace assay::suites::lm_eval {

inline constexpr size_t kRegexTextBytesMax = size_t{16} << 20;
// Of patterns whose cost PCRE2's counter does not see (HiddenCost::kScan, kReference).
inline constexpr size_t kRegexScanTextBytesMax = size_t{64} << 10;
inline constexpr size_t kRegexReferenceTextBytesMax = size_t{16} << 10;
// Up to here a text is searched by compiled code first, which may take so many steps from one
// starting place. What needs more, and longer texts, are searched by the interpreter, with every
// step counted.
inline constexpr size_t kRegexJitTextBytesMax = size_t{32} << 10;
inline constexpr uint32_t kRegexJitStepsMax = 2'000;
// Steps of one walk over one text: so many, and so many more for each byte of it.
inline constexpr uint64_t kRegexSteps = 20'000'000;
inline constexpr uint64_t kRegexStepsPerByte = 16;
// Of patterns with a hidden cost a step may look at the whole text: steps times bytes.
inline constexpr uint64_t kRegexHiddenWork = 2'000'000'000;
inline constexpr unsigned kRegexHeapKibMax = 64 * 1024;

class PythonRegex {
 public:
  // The error names the pattern and what is wrong in it.
  static Result<PythonRegex> compile(std::string_view pattern);
  ~PythonRegex();
  PythonRegex(PythonRegex&&) noexcept;
  PythonRegex& operator=(PythonRegex&&) noexcept;

  [[nodiscard]] size_t group_count() const;
  // re.sub(pattern, "", text); a limit that is reached leaves the text and sets `limit`. `text` is
  // valid UTF-8.
  [[nodiscard]] std::string remove_all(std::string_view text, std::string& limit) const;

 private:
  friend class PythonFindAll;
  struct State;
  explicit PythonRegex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The matches of re.finditer(text), one after the other. Python's rule for empty ones (since 3.7):
// an empty match may touch the match before it, but two matches never are empty at one place.
class PythonFindAll {
 public:
  // `text` must outlive this; what is not valid UTF-8 is a limit.
  PythonFindAll(const PythonRegex& regex, std::string_view text);
  ~PythonFindAll();
  PythonFindAll(const PythonFindAll&) = delete;
  PythonFindAll& operator=(const PythonFindAll&) = delete;

  // Goes to the next match; false at the end and when a limit is reached.
  bool next();
  // Which limit; empty when there was none.
  [[nodiscard]] const std::string& limit() const { return limit_; }
  [[nodiscard]] size_t begin() const { return begin_; }
  [[nodiscard]] size_t end() const { return end_; }
  // Group 0 is the whole match; empty for a group that did not take part.
  [[nodiscard]] std::string_view group(size_t index) const;

 private:
  struct Work;
  int search();
  int search_counted();

  const PythonRegex& regex_;
  const std::string_view text_;
  std::unique_ptr<Work> work_;
  std::string limit_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t groups_ = 0;  // of the match that are set
  bool was_empty_ = false;
  bool over_ = false;
};

}  // namespace assay::suites::lm_eval
