#include "suites/score/field_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "harness/base/utf8.h"
#include "suites/score/decimal.h"
#include "suites/score/numbers.h"
#include "suites/score/text_norm.h"

namespace assay::suites {
namespace {

constexpr size_t kFieldBytesMax = 4096;  // a value is looked at up to here

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string_view head(std::string_view text) {
  if (text.size() <= kFieldBytesMax) return text;
  size_t end = kFieldBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

// The decimal point of "1.234,50" is the later of the two marks; a lone comma is one only before
// one or two digits.
bool has_decimal_comma(std::string_view number) {
  const size_t comma = number.rfind(',');
  const size_t point = number.rfind('.');
  if (comma == std::string_view::npos) return false;
  if (point != std::string_view::npos) return comma > point;
  return number.find(',') == comma && number.size() - comma - 1 <= 2;
}

struct DateToken {
  int value = 0;
  size_t digits = 0;  // 0: a month name
  bool year_mark = false;
};

int month_of(std::string_view word) {
  constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
  constexpr std::array<std::string_view, 12> kLong{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};
  if (word == "sept") return 9;
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (word == kMonths[i] || word == kLong[i]) return static_cast<int>(i + 1);
  }
  return 0;
}

// Numbers of at most eight digits and month names, in order; other words are dropped, and times of
// day ("20:13:39") are skipped.
std::vector<DateToken> date_tokens(std::string_view text) {
  std::vector<DateToken> tokens;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    if (is_digit(text[i])) {
      while (end < text.size() && is_digit(text[end])) ++end;
      const bool time = (end < text.size() && text[end] == ':') || (i > 0 && text[i - 1] == ':');
      if (!time && end - i <= 8) {
        DateToken token;
        std::from_chars(text.data() + i, text.data() + end, token.value);
        token.digits = end - i;
        token.year_mark = text.substr(end).starts_with("년");
        tokens.push_back(token);
      }
    } else if (is_letter(text[i])) {
      while (end < text.size() && is_letter(text[end])) ++end;
      const int month = end - i <= 9 ? month_of(to_lower(text.substr(i, end - i))) : 0;
      if (month > 0) tokens.push_back({month, 0, false});
    } else {
      ++end;
    }
    i = end;
  }
  return tokens;
}

int full_year(const DateToken& token) {
  if (token.digits > 2) return token.value;
  return token.value >= 69 ? 1900 + token.value : 2000 + token.value;
}

std::optional<std::string> valid_date(int year, int month, int day) {
  constexpr std::array<int, 12> kDays{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return std::nullopt;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int days = month == 2 && !leap ? 28 : kDays[static_cast<size_t>(month - 1)];
  if (day > days) return std::nullopt;
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

bool may_be_year(const DateToken& token) { return token.digits == 4 || token.digits == 2; }
bool is_short(const DateToken& token) { return token.digits == 1 || token.digits == 2; }

std::optional<std::string> date_of(const DateToken& a, const DateToken& b, const DateToken& c,
                                   bool day_first) {
  if (a.digits == 0 && is_short(b) && may_be_year(c)) {  // Dec 25, 2018
    return valid_date(full_year(c), a.value, b.value);
  }
  if (b.digits == 0 && is_short(a) && may_be_year(c)) {  // 25 Dec 2018
    return valid_date(full_year(c), b.value, a.value);
  }
  if (a.digits == 4 || (a.year_mark && may_be_year(a))) {  // 2018-12-25, 18년 12월 25일
    if (c.digits == 0 || !is_short(c) || (b.digits > 0 && !is_short(b))) return std::nullopt;
    return valid_date(full_year(a), b.value, c.value);
  }
  if (is_short(a) && is_short(b) && may_be_year(c)) {
    const bool a_is_day = a.value > 12 || (b.value <= 12 && day_first);
    return valid_date(full_year(c), a_is_day ? b.value : a.value, a_is_day ? a.value : b.value);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> normalize_amount(std::string_view text) {
  const std::string folded = normalize(head(text), NormalForm::kNfkc);
  const auto first = std::find_if(folded.begin(), folded.end(), is_digit);
  if (first == folded.end()) return std::nullopt;
  const auto begin = static_cast<size_t>(first - folded.begin());
  size_t end = folded.find_first_not_of("0123456789.,", begin);
  end = std::min(end, folded.size());
  while (end > begin && !is_digit(folded[end - 1])) --end;
  NumberSyntax syntax;
  syntax.decimal_comma = has_decimal_comma(std::string_view(folded).substr(begin, end - begin));
  const std::optional<FoundNumber> found = first_number(syntax, folded);
  if (!found) return std::nullopt;
  const bool accounting = folded.find('(') < begin && folded.find(')', end) != std::string::npos;
  const Decimal& value = found->value.numerator;
  return accounting ? subtract(Decimal(), value.absolute()).text() : value.text();
}

std::optional<std::string> normalize_date(std::string_view text, bool day_first) {
  const std::string folded = normalize(head(text), NormalForm::kNfkc);
  const std::vector<DateToken> tokens = date_tokens(folded);
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].digits == 8) {
      const int packed = tokens[i].value;
      if (auto date = valid_date(packed / 10000, packed / 100 % 100, packed % 100)) return date;
    }
    if (i + 2 >= tokens.size()) continue;
    if (auto date = date_of(tokens[i], tokens[i + 1], tokens[i + 2], day_first)) return date;
  }
  return std::nullopt;
}

std::optional<std::string> normalize_number(std::string_view text) {
  const auto found = first_number({}, head(text));
  if (!found) return std::nullopt;
  return found->value.text();
}

std::string normalize_field_text(std::string_view text) {
  TextNorm norm;
  norm.form = NormalForm::kNfkc;
  norm.ignore_case = true;
  norm.collapse_whitespace = true;
  return norm.apply(text);
}

}  // namespace assay::suites
