#include "suites/score/ifeval/json_text.h"

#include <string>

namespace assay::suites::ifeval {
namespace {

constexpr size_t kIntegerDigitsMax = 4300;  // sys.int_info.default_max_str_digits

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Reads the text once from left to right; what is open stands on a stack of its own.
class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  bool run() {
    skip_space();
    for (bool value_done = false; !value_done || !open_.empty();) {
      if (value_done ? !go_on(value_done) : !begin_value(value_done)) return false;
    }
    skip_space();
    return at_ == text_.size();
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() &&
           std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }

  // A whole scalar, an empty container, or the beginning of one up to its first value.
  bool begin_value(bool& value_done) {
    const char c = peek();
    if (c == '{' || c == '[') {
      ++at_;
      skip_space();
      if (take(c == '{' ? '}' : ']')) return value_done = true;
      open_ += c;
      return c == '[' || key();
    }
    value_done = true;
    if (c == '"') return string();
    if (c == '-' || is_digit(c)) return take("-Infinity") || number();
    return take("null") || take("true") || take("false") || take("NaN") || take("Infinity");
  }

  // After a value inside a container: its end, or the beginning of the next value.
  bool go_on(bool& value_done) {
    const bool object = open_.back() == '{';
    skip_space();
    if (take(object ? '}' : ']')) {
      open_.pop_back();
      return true;
    }
    if (!take(',')) return false;
    skip_space();
    value_done = false;
    return !object || key();
  }

  bool key() {
    if (peek() != '"' || !string()) return false;
    skip_space();
    if (!take(':')) return false;
    skip_space();
    return true;
  }

  bool string() {
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  // Leaves at_ on the last character of the escape.
  bool escape() {
    ++at_;
    if (peek() != 'u') {
      return at_ < text_.size() &&
             std::string_view("\"\\/bfnrt").find(text_[at_]) != std::string_view::npos;
    }
    for (int i = 0; i < 4; ++i) {
      ++at_;
      if (!is_hex(peek())) return false;
    }
    return true;
  }

  size_t digits() {
    const size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return at_ - begin;
  }

  bool number() {
    take('-');
    const size_t whole = peek() == '0' ? size_t{take('0')} : digits();
    if (whole == 0) return false;
    const size_t whole_end = at_;
    if (peek() == '.') {
      ++at_;
      if (digits() == 0) return false;  // the point is left over: never the end of a text
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (digits() == 0) return false;
    }
    return at_ > whole_end || whole <= kIntegerDigitsMax;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string open_;  // '{' and '[' of what is open
};

}  // namespace

bool is_python_json(std::string_view text) { return Checker(text).run(); }

}  // namespace assay::suites::ifeval
