// Finds the formulas of a reply: $$...$$, \[...\], $...$, \(...\), [...] and bare fractions of
// numbers, joined by "and", "or" or commas, with what says that they are the answer.
//
// Made for one reply, used on one thread by answers.cc. Time is linear in the reply: where each
// kind of formula ends is known beforehand for every place. Source of the rules: the patterns of
// Math-Verify 0.7 (parser.py), which find the same places by backtracking.
//
//   const FormulaScanner scanner(reply);
//   for (const FormulaMatch& m : scanner.anywhere(false)) use(m.formulas);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::suites::math {

struct Formula {
  std::string_view inside;
  bool percent = false;  // a percent sign, or the word, follows
};

struct FormulaMatch {
  size_t begin = 0;  // with the words before the formulas
  size_t end = 0;
  std::vector<Formula> formulas;  // at most 6
};

class FormulaScanner {
 public:
  // `reply` must outlive the scanner.
  explicit FormulaScanner(std::string_view reply);

  // "final answer is FORMULA. I hope"
  [[nodiscard]] std::vector<FormulaMatch> after_final_answer_is() const;
  // "final answer ... is FORMULA", up to 100 characters between
  [[nodiscard]] std::vector<FormulaMatch> after_final_answer() const;
  // "answer" (with a colon) and up to 50 characters before FORMULA
  [[nodiscard]] std::vector<FormulaMatch> after_answer(bool colon) const;
  // All of them; with `boxed` those with a \boxed{} inside.
  [[nodiscard]] std::vector<FormulaMatch> anywhere(bool boxed) const;
  // From the first \boxed{ to the last brace.
  [[nodiscard]] std::optional<FormulaMatch> bare_box() const;

 private:
  struct Span {
    size_t begin;
    size_t end;    // of the inside
    size_t after;  // behind the closing mark
  };
  enum Mark : size_t { kLine, kDollar, kDollars, kBracket, kParen, kMarks };

  void index_marks();
  [[nodiscard]] size_t next(Mark mark, size_t from) const { return next_[mark][from]; }
  [[nodiscard]] bool at(size_t place, std::string_view text) const {
    return reply_.substr(place, text.size()) == text;
  }
  [[nodiscard]] bool blank(size_t place) const;
  [[nodiscard]] size_t past_blanks(size_t place) const;
  [[nodiscard]] std::optional<Span> formula_at(size_t place) const;
  [[nodiscard]] std::optional<Span> closed_by(Mark mark, size_t begin, size_t length,
                                              bool one_line) const;
  [[nodiscard]] std::optional<Span> bracketed(size_t place) const;
  [[nodiscard]] std::optional<Span> fraction(size_t place) const;
  [[nodiscard]] size_t past_number(size_t place) const;
  [[nodiscard]] bool has_box(const Span& span) const;
  [[nodiscard]] bool add_formula(size_t place, bool boxed, FormulaMatch& match) const;
  [[nodiscard]] size_t past_joint(size_t place) const;
  [[nodiscard]] std::optional<FormulaMatch> chain_at(size_t place, bool boxed) const;
  [[nodiscard]] std::optional<FormulaMatch> chain_after_blanks(size_t place) const;
  [[nodiscard]] std::optional<FormulaMatch> chain_within(size_t place, size_t characters) const;
  [[nodiscard]] size_t one_on(size_t place) const;

  std::string_view reply_;
  std::string small_;  // in small letters
  std::vector<uint32_t> next_[kMarks];
};

}  // namespace assay::suites::math
