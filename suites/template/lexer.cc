#include "suites/template/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "harness/base/utf8.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool ascii_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(Program& program, const TemplateOptions& options, std::vector<Token>& tokens,
        SyntaxError& error)
      : program_(program),
        source_(program.source),
        options_(options),
        tokens_(tokens),
        error_(error) {}

  bool run() {
    while (at_ < source_.size()) {
      if (!lex_text()) return false;
    }
    emit(TokenKind::kEnd, source_.size(), {});
    return true;
  }

 private:
  bool fail(size_t at, std::string message) {
    error_ = {at, std::move(message)};
    return false;
  }
  void emit(TokenKind kind, size_t at, std::string_view text) {
    tokens_.push_back({kind, static_cast<uint32_t>(at), text});
  }
  [[nodiscard]] bool starts(size_t at, std::string_view what) const {
    return source_.substr(std::min(at, source_.size())).starts_with(what);
  }
  [[nodiscard]] char peek(size_t at) const { return at < source_.size() ? source_[at] : '\0'; }
  [[nodiscard]] size_t after_space(size_t at) const {
    return source_.size() - strip_left(source_.substr(std::min(at, source_.size()))).size();
  }

  // Text up to the next tag, then the tag.
  bool lex_text() {
    const size_t begin = next_tag(at_);
    if (begin == kNone) {
      emit(TokenKind::kText, at_, source_.substr(at_));
      at_ = source_.size();
      return true;
    }
    const char type = source_[begin + 1];
    const char sign = sign_at(begin + 2);
    emit_text(at_, begin, sign, type != '{');
    const size_t inside = begin + 2 + (sign != '\0' ? 1 : 0);
    if (type == '#') return lex_comment(begin, inside);
    if (type == '%') {
      if (const size_t raw = raw_body(inside); raw != kNone) return lex_raw(begin, raw);
    }
    return lex_tag(begin, inside, type == '{');
  }

  [[nodiscard]] size_t next_tag(size_t from) const {
    for (size_t i = source_.find('{', from); i != kNone; i = source_.find('{', i + 1)) {
      const char next = peek(i + 1);
      if (next == '{' || next == '%' || next == '#') return i;
    }
    return kNone;
  }
  [[nodiscard]] char sign_at(size_t at) const {
    const char c = peek(at);
    return c == '-' || c == '+' ? c : '\0';
  }

  // Emits [from, to) with the whitespace control of the tag that follows.
  void emit_text(size_t from, size_t to, char sign, bool strippable) {
    std::string_view text = source_.substr(from, to - from);
    if (sign == '-') {
      text = strip_right(text);
    } else if (options_.lstrip_blocks && strippable && sign != '+') {
      const size_t newline = text.rfind('\n');
      const size_t line = newline == kNone ? 0 : newline + 1;
      const bool line_starts = line > 0 || from == 0 || source_[from - 1] == '\n';
      if (line_starts && strip_left(text.substr(line)).empty()) text = text.substr(0, line);
    }
    if (!text.empty()) emit(TokenKind::kText, from, text);
  }

  // Continues after an end mark at `at` of `size` bytes, with its whitespace control.
  void leave(size_t at, size_t size, char sign, bool trims) {
    at_ = at + size;
    if (sign == '-') {
      at_ = after_space(at_);
    } else if (trims && sign != '+' && options_.trim_blocks && peek(at_) == '\n') {
      ++at_;
    }
  }

  bool lex_comment(size_t begin, size_t inside) {
    const size_t end = source_.find("#}", inside);
    if (end == kNone) return fail(begin, "a comment `{#` without its end `#}`");
    leave(end, 2, end > inside ? sign_at(end - 1) : '\0', true);
    return true;
  }

  // After "{% raw %}": where its text begins (before whitespace control), or kNone.
  [[nodiscard]] size_t raw_body(size_t inside) const {
    size_t i = after_space(inside);
    if (!starts(i, "raw")) return kNone;
    i = after_space(i + 3);
    if (starts(i, "-%}")) return after_space(i + 3);
    return starts(i, "%}") ? i + 2 : kNone;
  }

  bool lex_raw(size_t begin, size_t body) {
    for (size_t i = source_.find("{%", body); i != kNone; i = source_.find("{%", i + 2)) {
      const char sign = sign_at(i + 2);
      size_t j = after_space(i + 2 + (sign != '\0' ? 1 : 0));
      if (!starts(j, "endraw")) continue;
      j = after_space(j + 6);
      const char end_sign = sign_at(j);
      if (end_sign != '\0') ++j;
      if (!starts(j, "%}")) continue;
      emit_text(body, i, sign, true);
      leave(j, 2, end_sign, true);
      return true;
    }
    return fail(begin, "`raw` is never closed, expected `{% endraw %}`");
  }

  bool lex_tag(size_t begin, size_t inside, bool output) {
    emit(output ? TokenKind::kOutputBegin : TokenKind::kTagBegin, begin, source_.substr(begin, 2));
    brackets_.clear();
    const std::string_view end = output ? "}}" : "%}";
    for (at_ = after_space(inside); at_ < source_.size(); at_ = after_space(at_)) {
      if (brackets_.empty() && lex_tag_end(end, output)) return true;
      if (!lex_token()) return false;
    }
    return fail(begin, fmt::format("`{}` without its end `{}`", source_.substr(begin, 2), end));
  }

  bool lex_tag_end(std::string_view end, bool output) {
    size_t mark = at_;
    char sign = sign_at(at_);
    if (sign == '+' && output) sign = '\0';
    if (sign != '\0') ++mark;
    if (!starts(mark, end)) return false;
    emit(output ? TokenKind::kOutputEnd : TokenKind::kTagEnd, at_, end);
    leave(mark, 2, sign, !output);
    return true;
  }

  bool lex_token() {
    const char c = source_[at_];
    if (ascii_digit(c)) return lex_number();
    if (c == '"' || c == '\'') return lex_string(c);
    char32_t point = 0;
    decode_point(source_, at_, point);
    if (point == '_' || is_letter(point)) return lex_name();
    return lex_operator();
  }

  bool lex_name() {
    const size_t begin = at_;
    char32_t point = 0;
    while (at_ < source_.size()) {
      const size_t n = decode_point(source_, at_, point);
      if (point != '_' && !is_letter_or_digit(point)) break;
      at_ += n;
    }
    emit(TokenKind::kName, begin, source_.substr(begin, at_ - begin));
    return true;
  }

  // Digits with single underscores between them.
  [[nodiscard]] size_t digits_end(size_t i) const {
    while (ascii_digit(peek(i)) ||
           (peek(i) == '_' && i > 0 && ascii_digit(source_[i - 1]) && ascii_digit(peek(i + 1)))) {
      ++i;
    }
    return i;
  }

  bool lex_number() {
    const size_t begin = at_;
    if (source_[at_] == '0' && std::string_view("xXoObB").find(peek(at_ + 1)) != kNone &&
        at_ + 1 < source_.size()) {
      return lex_based_integer();
    }
    at_ = digits_end(at_);
    TokenKind kind = TokenKind::kInteger;
    if (peek(at_) == '.' && ascii_digit(peek(at_ + 1))) {
      at_ = digits_end(at_ + 1);
      kind = TokenKind::kFloat;
    }
    if (peek(at_) == 'e' || peek(at_) == 'E') {
      const size_t exponent = at_ + (sign_at(at_ + 1) != '\0' ? 2 : 1);
      if (ascii_digit(peek(exponent))) {
        at_ = digits_end(exponent);
        kind = TokenKind::kFloat;
      }
    }
    emit(kind, begin, source_.substr(begin, at_ - begin));
    return true;
  }

  bool lex_based_integer() {
    const size_t begin = at_;
    at_ += 2;
    while (peek(at_) == '_' || is_hex(peek(at_))) ++at_;
    emit(TokenKind::kInteger, begin, source_.substr(begin, at_ - begin));
    return true;
  }

  static bool is_hex(char c) {
    return ascii_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  bool lex_string(char quote) {
    const size_t begin = at_;
    size_t end = begin + 1;
    bool escaped = false;
    while (end < source_.size() && source_[end] != quote) {
      escaped = escaped || source_[end] == '\\';
      end += source_[end] == '\\' ? 2 : 1;
    }
    if (end >= source_.size()) {
      return fail(begin, fmt::format("a string without its closing {}", quote));
    }
    std::string_view text = source_.substr(begin + 1, end - begin - 1);
    if (escaped && !unescape(begin + 1, text)) return false;
    emit(TokenKind::kString, begin, text);
    at_ = end + 1;
    return true;
  }

  // Python's escapes; an unknown one stands for itself, backslash included.
  bool unescape(size_t at, std::string_view& text) {
    auto value = std::make_unique<std::string>();
    for (size_t i = 0; i < text.size();) {
      if (text[i] != '\\') {
        *value += text[i++];
        continue;
      }
      if (!unescape_one(at, text, i, *value)) return false;
    }
    program_.literals.push_back(std::move(value));
    text = *program_.literals.back();
    return true;
  }

  bool unescape_one(size_t at, std::string_view text, size_t& i, std::string& out) {
    static constexpr std::string_view kFrom = "\\'\"abfnrtv";
    static constexpr std::string_view kTo = "\\'\"\a\b\f\n\r\t\v";
    const char c = text[i + 1];  // a string never ends in a lone backslash
    if (const size_t known = kFrom.find(c); known != kNone) {
      out += kTo[known];
    } else if (c == 'x' || c == 'u' || c == 'U') {
      return unescape_hex(at, text, i, out);
    } else if (c >= '0' && c <= '7') {
      return unescape_octal(text, i, out);
    } else if (c == 'N') {
      return fail(at + i, "`\\N{...}` names a character; write it or use `\\u`");
    } else if (c != '\n') {
      out += '\\';
      ++i;
      return true;
    }
    i += 2;
    return true;
  }

  bool unescape_hex(size_t at, std::string_view text, size_t& i, std::string& out) {
    const size_t digits = text[i + 1] == 'x' ? 2 : text[i + 1] == 'u' ? 4 : 8;
    const std::string_view hex = text.substr(i + 2, digits);
    uint32_t point = 0;
    const auto [end, ec] = std::from_chars(hex.data(), hex.data() + hex.size(), point, 16);
    if (hex.size() != digits || ec != std::errc() || end != hex.data() + digits) {
      return fail(at + i, fmt::format("`\\{}` is followed by `{}`, expected {} hexadecimal digits",
                                      text[i + 1], hex, digits));
    }
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
      return fail(at + i, fmt::format("`\\{}{}` is not a character", text[i + 1], hex));
    }
    append_utf8(out, point);
    i += 2 + digits;
    return true;
  }

  static bool unescape_octal(std::string_view text, size_t& i, std::string& out) {
    uint32_t point = 0;
    size_t n = 0;
    for (++i; n < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7'; ++i, ++n) {
      point = point * 8 + static_cast<uint32_t>(text[i] - '0');
    }
    append_utf8(out, point);
    return true;
  }

  bool lex_operator() {
    static constexpr std::array<std::string_view, 6> kPairs = {"//", "**", "==", "!=", ">=", "<="};
    for (const std::string_view pair : kPairs) {
      if (starts(at_, pair)) return take_operator(2);
    }
    if (std::string_view("+-*/%~[](){}<>=.:|,;").find(source_[at_]) != kNone) {
      if (!track_bracket(source_[at_])) return false;
      return take_operator(1);
    }
    char32_t point = 0;
    const size_t n = decode_point(source_, at_, point);
    return fail(at_, fmt::format("unexpected character `{}`", source_.substr(at_, n)));
  }

  bool take_operator(size_t n) {
    emit(TokenKind::kOperator, at_, source_.substr(at_, n));
    at_ += n;
    return true;
  }

  // Inside brackets "}}" and "%}" do not end the tag: {{ {'a': {}} }}.
  bool track_bracket(char c) {
    if (c == '(') brackets_ += ')';
    if (c == '[') brackets_ += ']';
    if (c == '{') brackets_ += '}';
    if (c != ')' && c != ']' && c != '}') return true;
    if (brackets_.empty()) return fail(at_, fmt::format("unexpected `{}`, nothing is open", c));
    if (brackets_.back() != c) {
      return fail(at_, fmt::format("unexpected `{}`, expected `{}`", c, brackets_.back()));
    }
    brackets_.pop_back();
    return true;
  }

  Program& program_;
  const std::string_view source_;
  const TemplateOptions& options_;
  std::vector<Token>& tokens_;
  SyntaxError& error_;
  size_t at_ = 0;
  std::string brackets_;  // the closing brackets awaited, innermost last
};

}  // namespace

bool tokenize(Program& program, const TemplateOptions& options, std::vector<Token>& tokens,
              SyntaxError& error) {
  return Lexer(program, options, tokens, error).run();
}

std::string position_text(std::string_view source, size_t offset) {
  offset = std::min(offset, source.size());
  size_t line = 1;
  size_t column = 1;
  for (size_t i = 0; i < offset; ++i) {
    if (source[i] == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(source[i]) & 0xC0U) != 0x80U) {
      ++column;
    }
  }
  return fmt::format("{}:{}", line, column);
}

}  // namespace assay::suites::jinja
