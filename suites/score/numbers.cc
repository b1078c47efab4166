#include "suites/score/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "harness/base/utf8.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// `text` with full-width digits and marks, the minus sign and LaTeX's separators in ASCII, each
// padded with NUL to its old length so that offsets stay true.
std::string to_plain(std::string_view text) {
  struct Rewrite {
    std::string_view from;
    char to;
  };
  static constexpr std::array<Rewrite, 11> kRewrites{{{"\u2212", '-'},
                                                      {"－", '-'},
                                                      {"，", ','},
                                                      {"．", '.'},
                                                      {"％", '%'},
                                                      {"{,}", ','},
                                                      {"\\,", '\''},
                                                      {"\u202F", '\''},
                                                      {"\u2009", '\''},
                                                      {"\u00A0", '\''},
                                                      {"\\%", '%'}}};
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    const char c = out[i];
    if (c != '\\' && c != '{' && static_cast<unsigned char>(c) < 0x80) continue;
    const std::string_view rest = std::string_view(out).substr(i);
    char to = 0;
    size_t length = 0;
    for (const Rewrite& rewrite : kRewrites) {
      if (!rest.starts_with(rewrite.from)) continue;
      to = rewrite.to;
      length = rewrite.from.size();
    }
    if (length == 0 && rest.size() >= 3 && rest.starts_with("\xEF\xBC")) {  // U+FF10..FF19
      const auto last = static_cast<unsigned char>(rest[2]);
      if (last >= 0x90 && last <= 0x99) {
        to = static_cast<char>('0' + last - 0x90);
        length = 3;
      }
    }
    if (length == 0) continue;
    // The NULs stand before the character, so that what follows it stays next to it.
    for (size_t k = 0; k + 1 < length; ++k) out[i + k] = '\0';
    out[i + length - 1] = to;
    i += length - 1;
  }
  return out;
}

// Walks over the text; NULs of to_plain are skipped wherever one looks.
class Scanner {
 public:
  Scanner(const NumberSyntax& syntax, std::string_view original)
      : syntax_(syntax), text_(to_plain(original)) {}

  std::optional<FoundNumber> next();

 private:
  // The index of the next byte at or after `at` that is not padding, or size().
  [[nodiscard]] size_t skip(size_t at) const {
    while (at < text_.size() && text_[at] == '\0') ++at;
    return at;
  }
  [[nodiscard]] char peek(size_t at) const {
    at = skip(at);
    return at < text_.size() ? text_[at] : '\0';
  }
  // The byte before `at`, over padding; NUL at the start.
  [[nodiscard]] char before(size_t at) const {
    while (at > 0 && text_[at - 1] == '\0') --at;
    return at > 0 ? text_[at - 1] : '\0';
  }

  [[nodiscard]] size_t digits(size_t at, std::string& out) const;
  [[nodiscard]] size_t whole_part(size_t at, std::string& out) const;
  [[nodiscard]] size_t plain_number(size_t at, std::optional<Decimal>& out) const;
  [[nodiscard]] size_t korean_number(size_t at, std::optional<Decimal>& out) const;
  [[nodiscard]] size_t unit_at(size_t at, int64_t& power) const;
  [[nodiscard]] bool is_negative(size_t begin) const;
  [[nodiscard]] size_t denominator(size_t at, std::optional<Decimal>& out) const;

  const NumberSyntax& syntax_;
  std::string text_;
  size_t at_ = 0;
};

size_t Scanner::digits(size_t at, std::string& out) const {
  for (;;) {
    const size_t i = skip(at);
    if (i >= text_.size() || !is_digit(text_[i])) return at;
    out += text_[i];
    at = i + 1;
  }
}

// Digits with thousands separators: groups of exactly three after the first of one to three.
size_t Scanner::whole_part(size_t at, std::string& out) const {
  at = digits(at, out);
  if (out.empty() || out.size() > 3) return at;
  const char group_mark = syntax_.decimal_comma ? '.' : ',';
  for (;;) {
    const size_t mark = skip(at);
    if (mark >= text_.size() || (text_[mark] != group_mark && text_[mark] != '\'')) return at;
    std::string group;
    const size_t end = digits(mark + 1, group);
    if (group.size() != 3) return at;
    out += group;
    at = end;
  }
}

size_t Scanner::plain_number(size_t at, std::optional<Decimal>& out) const {
  std::string number;
  at = whole_part(at, number);
  const char point = syntax_.decimal_comma ? ',' : '.';
  if (const size_t mark = skip(at); mark < text_.size() && text_[mark] == point) {
    std::string fraction;
    const size_t end = digits(mark + 1, fraction);
    if (!fraction.empty()) {
      number += "." + fraction;
      at = end;
    }
  }
  if (const size_t mark = skip(at); mark < text_.size() && (text_[mark] | 0x20) == 'e') {
    size_t i = skip(mark + 1);
    std::string exponent;
    if (i < text_.size() && (text_[i] == '-' || text_[i] == '+')) {
      if (text_[i] == '-') exponent = "-";
      ++i;
    }
    std::string power;
    const size_t end = digits(i, power);
    if (!power.empty() && power.size() <= 4 && !is_letter(peek(end))) {
      number += "e" + exponent + power;
      at = end;
    }
  }
  out = Decimal::parse(number);
  return at;
}

// Length of the Korean unit at `at`, and its power of ten; 0 when there is none.
size_t Scanner::unit_at(size_t at, int64_t& power) const {
  static constexpr std::array<std::pair<std::string_view, int64_t>, 6> kUnits{
      {{"십", 1}, {"백", 2}, {"천", 3}, {"만", 4}, {"억", 8}, {"조", 12}}};
  for (const auto& [unit, tens] : kUnits) {
    if (std::string_view(text_).substr(at).starts_with(unit)) {
      power = tens;
      return unit.size();
    }
  }
  return 0;
}

// 1억 2,000만, 3만5천, 5천만: each number with its units adds up; 십, 백 and 천 count within 만, 억
// and 조. Powers must fall, so that a second amount begins a second number.
size_t Scanner::korean_number(size_t at, std::optional<Decimal>& out) const {
  constexpr int64_t kMan = 4;
  at = plain_number(at, out);
  int64_t power = 0;
  if (!out || !syntax_.korean_units || unit_at(at, power) == 0) return at;
  Decimal total;
  Decimal section;
  Decimal current = *out;
  int64_t small_before = kMan;  // the last of 십 백 천 in this section
  int64_t large_before = 16;    // the last of 만 억 조
  bool pending = true;          // `current` has not been added yet
  for (;;) {
    const size_t length = unit_at(at, power);
    if (length > 0 && power < kMan && pending && power < small_before) {
      section = add(section, current.scaled(power));
      small_before = power;
      pending = false;
    } else if (length > 0 && power >= kMan && power < large_before) {
      if (pending) section = add(section, current);
      total = add(total, section.scaled(power));
      section = Decimal();
      small_before = kMan;
      large_before = power;
      pending = false;
    } else {
      break;
    }
    at += length;
    if (unit_at(at, power) > 0) continue;
    const size_t number_at = peek(at) == ' ' ? skip(at) + 1 : at;
    std::optional<Decimal> next;
    if (!is_digit(peek(number_at))) break;
    const size_t end = plain_number(number_at, next);
    const int64_t room = std::min(small_before, large_before);
    if (!next || compare(*next, Decimal::from_digits(false, "1", room)) >= 0) break;
    current = *next;
    pending = true;
    at = end;
  }
  if (pending) section = add(section, current);
  out = add(total, section);
  return at;
}

// A minus before the number or before the currency sign in front of it; not one that joins words
// or digits ("GPT-4", "3-5").
bool Scanner::is_negative(size_t begin) const {
  static constexpr std::array<std::string_view, 7> kCurrencies{"\\$", "$", "₩", "€",
                                                               "£",   "¥", "￦"};
  size_t at = begin;
  const auto back_over_padding = [&] {
    while (at > 0 && text_[at - 1] == '\0') --at;
  };
  back_over_padding();
  if (before(at) == '.') --at;  // ".5"
  std::string_view head = std::string_view(text_).substr(0, at);
  const size_t space = head.ends_with(' ') ? 1 : 0;
  for (const std::string_view sign : kCurrencies) {
    if (head.substr(0, head.size() - space).ends_with(sign)) {
      at -= sign.size() + space;
      break;
    }
  }
  back_over_padding();
  if (at == 0 || text_[at - 1] != '-') return false;
  const char left = before(at - 1);
  return !is_digit(left) && !is_letter(left) && left != '-' && left != ')' && left != '.';
}

// "/4" directly after a number, when it is not part of a date or path ("1/2/2020").
size_t Scanner::denominator(size_t at, std::optional<Decimal>& out) const {
  if (peek(at) != '/' || !is_digit(peek(skip(at) + 1))) return at;
  const size_t end = plain_number(skip(at) + 1, out);
  if (!out || out->is_zero() || peek(end) == '/') {
    out.reset();
    return at;
  }
  return end;
}

std::optional<FoundNumber> Scanner::next() {
  const char point = syntax_.decimal_comma ? ',' : '.';
  while (at_ < text_.size()) {
    const bool leading_point = text_[at_] == point && is_digit(peek(at_ + 1)) &&
                               !is_digit(before(at_)) && !is_letter(before(at_));
    if (!is_digit(text_[at_]) && !leading_point) {
      ++at_;
      continue;
    }
    FoundNumber found;
    found.begin = at_;
    const bool after_slash = before(at_) == '/';
    std::optional<Decimal> value;
    const size_t end = korean_number(at_, value);
    at_ = std::max(end, at_ + 1);
    if (!value) continue;
    if (is_negative(found.begin)) value = subtract(Decimal(), *value);
    found.value.numerator = *value;
    if (std::optional<Decimal> below; !after_slash) {
      at_ = denominator(at_, below);
      if (below) found.value.denominator = *below;
    }
    if (peek(at_) == '%') {
      at_ = skip(at_) + 1;
      if (syntax_.percent_fraction) found.value.numerator = found.value.numerator.scaled(-2);
    }
    found.end = at_;
    return found;
  }
  return std::nullopt;
}

struct NumberOptions {
  NumberSyntax syntax;
  Tolerance tolerance;
  bool first = false;
};

class NumberScorer final : public VerdictScorer {
 public:
  NumberScorer(Setup setup, NumberOptions options)
      : VerdictScorer(std::move(setup)), options_(std::move(options)) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view answer) const override {
    const std::optional<FoundNumber> found = options_.first ? first_number(options_.syntax, answer)
                                                            : last_number(options_.syntax, answer);
    if (!found) {
      return Verdict::wrong(
          {}, strip_space(answer).empty() ? "empty answer" : "no number in the answer");
    }
    std::string text = found->value.text();
    for (const std::string& target : sample.targets) {
      std::string repaired;
      const auto wanted = last_number(options_.syntax, valid_utf8(target, repaired));
      if (!wanted) {
        return Verdict::cannot(fmt::format("the target `{}` is not a number", shorten(target, 80)));
      }
      if (is_close(found->value, wanted->value, options_.tolerance)) {
        return Verdict::right(std::move(text));
      }
    }
    return Verdict::wrong(std::move(text), "another number");
  }

  NumberOptions options_;
};

}  // namespace

std::string Number::text() const {
  const std::string below = denominator.text();
  return below == "1" ? numerator.text() : numerator.text() + "/" + below;
}

std::vector<FoundNumber> numbers_in(const NumberSyntax& syntax, std::string_view text) {
  std::vector<FoundNumber> all;
  Scanner scanner(syntax, text);
  while (all.size() < kNumbersMax) {
    std::optional<FoundNumber> found = scanner.next();
    if (!found) break;
    all.push_back(std::move(*found));
  }
  return all;
}

std::optional<FoundNumber> first_number(const NumberSyntax& syntax, std::string_view text) {
  return Scanner(syntax, text).next();
}

std::optional<FoundNumber> last_number(const NumberSyntax& syntax, std::string_view text) {
  Scanner scanner(syntax, text);
  std::optional<FoundNumber> last;
  while (std::optional<FoundNumber> found = scanner.next()) last = std::move(found);
  return last;
}

bool is_close(const Number& value, const Number& target, const Tolerance& tolerance) {
  // |a/b - c/d| <= t  <=>  |a d - c b| <= t |b d|;  relative: t = r |c/d|  =>  r |c b|
  const Decimal difference = subtract(multiply(value.numerator, target.denominator),
                                      multiply(target.numerator, value.denominator))
                                 .absolute();
  if (difference.is_zero()) return true;
  const Decimal absolute =
      multiply(tolerance.absolute, multiply(value.denominator, target.denominator)).absolute();
  const Decimal relative =
      multiply(tolerance.relative, multiply(target.numerator, value.denominator)).absolute();
  return compare(difference, absolute) <= 0 || compare(difference, relative) <= 0;
}

std::unique_ptr<Scorer> make_number(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "accuracy");
  NumberOptions options;
  options.first = read.choice("take", "last", {"first", "last"}) == "first";
  options.tolerance.absolute = Decimal::from_double(read.number("tolerance", 0, 0, 1e300));
  options.tolerance.relative = Decimal::from_double(read.number("relative_tolerance", 0, 0, 1e300));
  options.syntax.percent_fraction =
      read.choice("percent", "drop", {"drop", "fraction"}) == "fraction";
  options.syntax.korean_units = read.flag("korean_units", true);
  options.syntax.decimal_comma = read.flag("decimal_comma", false);
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<NumberScorer>(
      VerdictScorer::Setup{{metric, read.scorer()}, std::move(extractor), identity_of(read, 1)},
      std::move(options));
}

}  // namespace assay::suites
