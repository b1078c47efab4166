#include "suites/score/math/formula_scanner.h"

#include <algorithm>
#include <array>

#include "suites/score/math/text_tools.h"

namespace assay::suites::math {
namespace {

constexpr size_t kFormulasMax = 6;
constexpr size_t kNone = std::string_view::npos;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

FormulaScanner::FormulaScanner(std::string_view reply) : reply_(reply), small_(reply) {
  std::transform(small_.begin(), small_.end(), small_.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  index_marks();
}

// next_[mark][i]: where the mark next stands at or after i; reply_.size() when nowhere. A single
// dollar counts only where no backslash precedes it.
void FormulaScanner::index_marks() {
  const size_t n = reply_.size();
  for (auto& places : next_) places.assign(n + 3, static_cast<uint32_t>(n));
  for (size_t i = n; i-- > 0;) {
    for (auto& places : next_) places[i] = places[i + 1];
    const auto here = static_cast<uint32_t>(i);
    const bool escaped = i > 0 && reply_[i - 1] == '\\';
    if (reply_[i] == '\n') next_[kLine][i] = here;
    if (reply_[i] == '$' && !escaped) next_[kDollar][i] = here;
    if (at(i, "$$")) next_[kDollars][i] = here;
    if (at(i, "\\]")) next_[kBracket][i] = here;
    if (at(i, "\\)")) next_[kParen][i] = here;
  }
}

bool FormulaScanner::blank(size_t place) const {
  return place < reply_.size() && is_space(reply_[place]);
}

size_t FormulaScanner::past_blanks(size_t place) const {
  while (blank(place)) ++place;
  return place;
}

size_t FormulaScanner::one_on(size_t place) const { return place + character_bytes(reply_, place); }

// The inside goes to the first closing mark; that mark must not be escaped.
std::optional<FormulaScanner::Span> FormulaScanner::closed_by(Mark mark, size_t begin,
                                                              size_t length, bool one_line) const {
  if (begin >= reply_.size()) return {};
  const size_t close = next(mark, begin);
  if (close >= reply_.size() || close == begin || reply_[close - 1] == '\\') return {};
  if (one_line && next(kLine, begin) < close) return {};
  return Span{begin, close, close + length};
}

std::optional<FormulaScanner::Span> FormulaScanner::bracketed(size_t place) const {
  if (!blank(place) || !at(place + 1, "[")) return {};
  const size_t begin = place + 2;
  const size_t close = reply_.find_first_of("\n[]", begin);
  if (close == kNone || reply_[close] != ']' || close == begin || !blank(close + 1)) return {};
  return Span{begin, close, close + 2};
}

size_t FormulaScanner::past_number(size_t place) const {
  if (at(place, "-")) ++place;
  const size_t digits = place;
  while (place < reply_.size() && is_digit(reply_[place])) ++place;
  if (place == digits) return kNone;
  const bool point = at(place, ".") || at(place, ",");
  if (point && place + 1 < reply_.size() && is_digit(reply_[place + 1])) {
    ++place;
    while (place < reply_.size() && is_digit(reply_[place])) ++place;
  }
  return place;
}

std::optional<FormulaScanner::Span> FormulaScanner::fraction(size_t place) const {
  constexpr std::string_view kFrac = "\\frac{";
  const size_t command = at(place, "-") ? place + 1 : place;
  if (!at(command, kFrac)) return {};
  const size_t top = past_number(command + kFrac.size());
  if (top == kNone || !at(top, "}{")) return {};
  const size_t bottom = past_number(top + 2);
  if (bottom == kNone || !at(bottom, "}")) return {};
  return Span{place, bottom + 1, bottom + 1};
}

std::optional<FormulaScanner::Span> FormulaScanner::formula_at(size_t place) const {
  if (place >= reply_.size()) return {};
  const char c = reply_[place];
  const char before = place > 0 ? reply_[place - 1] : '\0';
  const bool escaped = before == '\\';
  if (c == '$' && !escaped) {
    if (at(place, "$$")) {
      if (const auto span = closed_by(kDollars, place + 2, 2, false)) return span;
    }
    return is_digit(before) ? std::nullopt : closed_by(kDollar, place + 1, 1, true);
  }
  if (c == '\\' && !escaped) {
    if (at(place, "\\[")) return closed_by(kBracket, place + 2, 2, false);
    if (at(place, "\\(")) return closed_by(kParen, place + 2, 2, true);
  }
  if (c == '\\' || c == '-') return fraction(place);
  return bracketed(place);
}

bool FormulaScanner::has_box(const Span& span) const {
  constexpr std::string_view kBox = "\\boxed{";
  const std::string_view inside = reply_.substr(span.begin, span.end - span.begin);
  const size_t box = inside.find(kBox);
  return box != kNone && inside.find('}', box + kBox.size() + 1) != kNone;
}

bool FormulaScanner::add_formula(size_t place, bool boxed, FormulaMatch& match) const {
  const auto span = formula_at(place);
  if (!span || (boxed && !has_box(*span))) return false;
  Formula formula{reply_.substr(span->begin, span->end - span->begin), false};
  size_t end = past_blanks(span->after);
  for (const std::string_view sign : {"\\%", "%", "Percent", "percent", "Pct", "pct"}) {
    if (formula.percent || !at(end, sign)) continue;
    formula.percent = true;
    end += sign.size();
  }
  match.formulas.push_back(formula);
  match.end = end;
  return true;
}

// Behind ", and", "or", ","; kNone when there is none.
size_t FormulaScanner::past_joint(size_t place) const {
  place = past_blanks(place);
  for (const std::string_view joint : {",and", "and", ",or", "or", ","}) {
    if (at(place, joint)) return past_blanks(place + joint.size());
  }
  return kNone;
}

std::optional<FormulaMatch> FormulaScanner::chain_at(size_t place, bool boxed) const {
  FormulaMatch match;
  match.begin = place;
  if (!add_formula(place, boxed, match)) return {};
  while (match.formulas.size() < kFormulasMax) {
    if (boxed) match.end = past_blanks(match.end);
    const size_t next = past_joint(match.end);
    if (next == kNone) break;
    if (add_formula(next, boxed, match)) continue;
    if (!blank(next - 1) || !add_formula(next - 1, boxed, match)) break;
  }
  return match;
}

// A formula in plain brackets needs a blank before it.
std::optional<FormulaMatch> FormulaScanner::chain_after_blanks(size_t place) const {
  const size_t next = past_blanks(place);
  if (auto match = chain_at(next, false)) return match;
  return next > place ? chain_at(next - 1, false) : std::nullopt;
}

// The first formula that begins at most that many characters on.
std::optional<FormulaMatch> FormulaScanner::chain_within(size_t place, size_t characters) const {
  for (size_t i = 0; i <= characters && place < reply_.size(); ++i, place = one_on(place)) {
    if (auto match = chain_at(place, false)) return match;
  }
  return {};
}

std::vector<FormulaMatch> FormulaScanner::after_final_answer_is() const {
  constexpr std::string_view kWords = "final answer is";
  std::vector<FormulaMatch> all;
  for (size_t place = small_.find(kWords); place != kNone;) {
    size_t start = place + kWords.size();
    if (at(start, ":")) ++start;
    auto match = chain_after_blanks(start);
    if (match) {
      size_t end = match->end;
      if (at(end, ".")) ++end;
      if (blank(end)) ++end;
      if (at(end, "I hope")) {
        match->begin = place;
        match->end = end + 6;
        all.push_back(*match);
        place = small_.find(kWords, match->end);
        continue;
      }
    }
    place = small_.find(kWords, place + 1);
  }
  return all;
}

std::vector<FormulaMatch> FormulaScanner::after_final_answer() const {
  constexpr std::string_view kWords = "final answer";
  constexpr size_t kBetweenMax = 100;
  std::vector<FormulaMatch> all;
  for (size_t place = small_.find(kWords); place != kNone;) {
    std::optional<FormulaMatch> match;
    size_t q = place + kWords.size();
    for (size_t i = 0; i <= kBetweenMax && q < reply_.size() && !match; ++i, q = one_on(q)) {
      if (!blank(q)) continue;
      size_t start = past_blanks(q);
      if (!at(start, "is")) continue;
      start += at(start, "is:") ? 3 : 2;
      match = chain_after_blanks(start);
    }
    if (match) {
      match->begin = place;
      all.push_back(*match);
    }
    place = small_.find(kWords, match ? match->end : place + 1);
  }
  return all;
}

std::vector<FormulaMatch> FormulaScanner::after_answer(bool colon) const {
  const std::string_view words = colon ? "answer:" : "answer";
  constexpr size_t kBetweenMax = 50;
  std::vector<FormulaMatch> all;
  for (size_t place = small_.find(words); place != kNone;) {
    auto match = chain_within(place + words.size(), kBetweenMax);
    if (match) {
      match->begin = place;
      all.push_back(*match);
    }
    place = small_.find(words, match ? match->end : place + 1);
  }
  return all;
}

std::vector<FormulaMatch> FormulaScanner::anywhere(bool boxed) const {
  std::vector<FormulaMatch> all;
  for (size_t place = 0; place < reply_.size();) {
    auto match = chain_at(place, boxed);
    if (!match) {
      ++place;
      continue;
    }
    place = match->end;
    all.push_back(std::move(*match));
  }
  return all;
}

std::optional<FormulaMatch> FormulaScanner::bare_box() const {
  constexpr std::string_view kBox = "\\boxed{";
  const size_t place = reply_.find(kBox);
  const size_t close = reply_.rfind('}');
  if (place == kNone || close == kNone || close <= place + kBox.size()) return {};
  FormulaMatch match{place, close + 1, {}};
  match.formulas.push_back({reply_.substr(place, close + 1 - place), false});
  return match;
}

}  // namespace assay::suites::math
