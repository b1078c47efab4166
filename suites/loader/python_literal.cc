#include "suites/loader/python_literal.h"

#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Each reading function leaves `at_` behind what it read, or gives false.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : text_(text) {}

  std::optional<Json> whole() {
    Json value;
    skip_blanks();
    if (!read_value(value, 0)) return std::nullopt;
    skip_blanks();
    if (peek() == ',') {  // a tuple without parentheses
      Json list = Json::array({std::move(value)});
      if (!read_rest(list, '\0', 0)) return std::nullopt;
      value = std::move(list);
    }
    while (peek() == '\n' || peek() == '\r') ++at_;
    if (at_ != text_.size()) return std::nullopt;
    return value;
  }

 private:
  [[nodiscard]] char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void skip_blanks() {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\f')) ++at_;
  }
  // Inside brackets line ends are blanks too.
  void skip_space() {
    skip_blanks();
    while (peek() == '\n' || peek() == '\r') {
      ++at_;
      skip_blanks();
    }
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kLiteralDepthMax
  bool read_value(Json& out, int depth) {
    if (depth > kLiteralDepthMax) return false;
    const char c = peek();
    if (c == '[' || c == '(') return read_sequence(out, depth);
    if (c == '{') return read_mapping(out, depth);
    if (is_digit(c) || c == '.' || c == '-' || c == '+') return read_number(out);
    if (starts_string()) return read_strings(out, depth > 0);
    return read_word(out);
  }

  bool read_word(Json& out) {
    const size_t from = at_;
    while (is_word(peek())) ++at_;
    const std::string_view word = text_.substr(from, at_ - from);
    if (word == "True" || word == "False") {
      out = word == "True";
      return true;
    }
    out = nullptr;
    return word == "None";
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kLiteralDepthMax
  bool read_sequence(Json& out, int depth) {
    const bool tuple = text_[at_++] == '(';
    const char close = tuple ? ')' : ']';
    out = Json::array();
    skip_space();
    if (peek() == close) {
      ++at_;
      return true;
    }
    Json first;
    if (!read_value(first, depth + 1)) return false;
    skip_space();
    if (tuple && peek() == ')') {  // parentheses around a value
      ++at_;
      out = std::move(first);
      return true;
    }
    out.push_back(std::move(first));
    return read_rest(out, close, depth);
  }

  // ", value, value]"; `close` 0: the end of the text.
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kLiteralDepthMax
  bool read_rest(Json& list, char close, int depth) {
    const auto skip = [&] { close == '\0' ? skip_blanks() : skip_space(); };
    const auto ends = [&] {
      if (close == '\0') return at_ == text_.size() || peek() == '\n';
      if (peek() != close) return false;
      ++at_;
      return true;
    };
    for (skip(); !ends(); skip()) {
      if (peek() != ',') return false;
      ++at_;
      skip();
      if (ends()) return true;
      Json item;
      if (!read_value(item, depth + 1)) return false;
      list.push_back(std::move(item));
    }
    return true;
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kLiteralDepthMax
  bool read_mapping(Json& out, int depth) {
    ++at_;
    out = Json::object();
    for (skip_space(); peek() != '}'; skip_space()) {
      Json key;
      Json value;
      if (!starts_string() || !read_strings(key, true)) return false;
      skip_space();
      if (peek() != ':') return false;
      ++at_;
      skip_space();
      if (!read_value(value, depth + 1)) return false;
      out[key.get<std::string>()] = std::move(value);
      skip_space();
      if (peek() == ',') {
        ++at_;
      } else if (peek() != '}') {
        return false;
      }
    }
    ++at_;
    return true;
  }

  [[nodiscard]] bool starts_string() const {
    const char c = peek();
    if (c == '\'' || c == '"') return true;
    const bool prefix = c == 'r' || c == 'R' || c == 'u' || c == 'U';
    return prefix && (peek(1) == '\'' || peek(1) == '"');
  }

  // One string, or several that stand one after the other.
  bool read_strings(Json& out, bool inside_brackets) {
    std::string all;
    do {
      if (!read_string(all)) return false;
      const size_t end = at_;
      inside_brackets ? skip_space() : skip_blanks();
      if (!starts_string()) at_ = end;
    } while (starts_string());
    if (invalid_utf8_at(all)) return false;  // half of a surrogate pair
    out = std::move(all);
    return true;
  }

  bool read_string(std::string& out) {
    bool raw = false;
    if (peek() != '\'' && peek() != '"') {
      raw = peek() == 'r' || peek() == 'R';
      ++at_;
    }
    const char quote = peek();
    const bool triple = peek(1) == quote && peek(2) == quote;
    at_ += triple ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool closes = c == quote && (!triple || (peek(1) == quote && peek(2) == quote));
      if (closes) {
        at_ += triple ? 3 : 1;
        return true;
      }
      if (c == '\n' && !triple) return false;
      if (c == '\\') {
        if (!read_escape(out, raw)) return false;
      } else {
        out += c;
        ++at_;
      }
    }
    return false;
  }

  bool read_escape(std::string& out, bool raw) {
    if (at_ + 1 >= text_.size()) return false;
    const char c = text_[at_ + 1];
    at_ += 2;
    if (raw) {
      out += '\\';
      out += c;
      return true;
    }
    constexpr std::string_view kNamed = "\\'\"abfnrtv";
    constexpr std::string_view kMeant = "\\'\"\a\b\f\n\r\t\v";
    if (const size_t i = kNamed.find(c); i != std::string_view::npos) {
      out += kMeant[i];
      return true;
    }
    if (c == '\n') return true;  // the line goes on
    if (c >= '0' && c <= '7') return read_octal(out, c);
    if (c == 'x') return read_hex(out, 2);
    if (c == 'u') return read_hex(out, 4);
    if (c == 'U') return read_hex(out, 8);
    if (c == 'N') return false;
    out += '\\';  // an escape that is none stays as it is
    out += c;
    return true;
  }

  bool read_octal(std::string& out, char first) {
    char32_t point = static_cast<char32_t>(first - '0');
    for (int i = 0; i < 2 && peek() >= '0' && peek() <= '7'; ++i) {
      point = point * 8 + static_cast<char32_t>(text_[at_++] - '0');
    }
    append_utf8(out, point);
    return true;
  }

  bool read_hex(std::string& out, int digits) {
    char32_t point = 0;
    for (int i = 0; i < digits; ++i) {
      const int value = hex_value(peek());
      if (value < 0) return false;
      point = point * 16 + static_cast<char32_t>(value);
      ++at_;
    }
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
    append_utf8(out, point);
    return true;
  }

  // Digits of a number without the underscores that may stand between them.
  bool read_digits(std::string& out, bool (*is_one)(char)) {
    if (!is_one(peek())) return false;
    while (is_one(peek()) || (peek() == '_' && is_one(peek(1)))) {
      if (peek() != '_') out += peek();
      ++at_;
    }
    return true;
  }

  bool read_number(Json& out) {
    std::string digits;
    const bool negative = peek() == '-';
    if (negative || peek() == '+') {
      ++at_;
      skip_blanks();
    }
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) return read_hex_integer(out, negative);
    const bool whole = read_digits(digits, is_digit);
    bool is_float = false;
    if (peek() == '.') {
      is_float = true;
      digits += '.';
      ++at_;
      if (!read_digits(digits, is_digit) && !whole) return false;
    }
    if (!whole && !is_float) return false;
    if (peek() == 'e' || peek() == 'E') {
      is_float = true;
      digits += 'e';
      ++at_;
      if (peek() == '-' || peek() == '+') digits += text_[at_++];
      if (!read_digits(digits, is_digit)) return false;
    }
    if (is_word(peek())) return false;
    return is_float ? finish_float(out, digits, negative) : finish_integer(out, digits, negative);
  }

  bool read_hex_integer(Json& out, bool negative) {
    at_ += 2;
    std::string digits;
    if (!read_digits(digits, [](char c) { return hex_value(c) >= 0; }) || is_word(peek())) {
      return false;
    }
    int64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, failed] = std::from_chars(digits.data(), end, value, 16);
    out = negative ? -value : value;
    return failed == std::errc() && stop == end;
  }

  static bool finish_integer(Json& out, const std::string& digits, bool negative) {
    // 007 is no number in Python, 000 is.
    if (digits.size() > 1 && digits[0] == '0' &&
        digits.find_first_not_of('0') != std::string::npos) {
      return false;
    }
    int64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, failed] = std::from_chars(digits.data(), end, value);
    out = negative ? -value : value;
    return failed == std::errc() && stop == end;
  }

  static bool finish_float(Json& out, const std::string& digits, bool negative) {
    double value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, failed] = std::from_chars(digits.data(), end, value);
    out = negative ? -value : value;
    return failed == std::errc() && stop == end && std::isfinite(value);
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<Json> parse_python_literal(std::string_view text) {
  if (text.size() > kLiteralBytesMax || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  return LiteralReader(text).whole();
}

}  // namespace assay::suites
