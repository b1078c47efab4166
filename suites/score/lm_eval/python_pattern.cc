#include "suites/score/lm_eval/python_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "harness/base/utf8.h"
#include "suites/template/text.h"

namespace assay::suites::lm_eval {
namespace {

constexpr char32_t kEnd = 0xFFFFFFFF;

// str.isspace, as the inside of a class; PCRE2's own \s lacks U+001C..1F and has U+180E.
constexpr std::string_view kSpaceRanges =
    R"(\x{9}-\x{d}\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view kNoSpaceRanges =
    R"(\x{0}-\x{8}\x{e}-\x{1b}\x{21}-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff})";

struct ClassEscape {
  char letter;
  std::string_view unicode;  // inside a class
  std::string_view ascii;
};
constexpr std::array<ClassEscape, 6> kClassEscapes{{
    {'d', R"(\p{Nd})", "0-9"},
    {'D', R"(\P{Nd})", R"(\x{0}-\x{2f}\x{3a}-\x{10ffff})"},
    {'w', R"(\p{L}\p{N}_)", "0-9A-Z_a-z"},
    {'W', R"(\W)", R"(\x{0}-\x{2f}\x{3a}-\x{40}\x{5b}-\x{5e}\x{60}\x{7b}-\x{10ffff})"},
    {'s', kSpaceRanges, R"(\x{9}-\x{d}\x{20})"},
    {'S', kNoSpaceRanges, R"(\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{10ffff})"},
}};

struct Flags {
  bool ignore_case = false;
  bool multiline = false;
  bool dot_all = false;
  bool verbose = false;
  bool ascii = false;
};

enum class Last {  // what stands before a quantifier
  kNothing,
  kItem,
  kPlace,  // ^ $ \b: cannot be repeated
  kRepeat,
};

struct Frame {
  Flags flags;
  size_t group = 0;     // number of the capturing group that is open; 0: none
  bool atomic = false;  // look-around or (?>...), or inside one
  bool condition = false;
  size_t branches = 1;
  Last last = Last::kNothing;
  bool empty = true;  // nothing was parsed in it
};

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_octal(char32_t c) { return c >= '0' && c <= '7'; }
bool is_ascii_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_dotted_or_plain_i(char32_t c) { return c == 'i' || c == 'I' || c == 0x130 || c == 0x131; }

int hex_value(char32_t c) {
  if (is_digit(c)) return static_cast<int>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<int>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<int>(c - 'A') + 10;
  return -1;
}

void append_point(std::string& out, char32_t c) {
  if (is_ascii_letter(c) || is_digit(c) || c > 0x9F) {
    append_utf8(out, c);
  } else {
    fmt::format_to(std::back_inserter(out), "\\x{{{:x}}}", static_cast<uint32_t>(c));
  }
}

class Translator {
 public:
  explicit Translator(std::string_view pattern) : in_(to_code_points(pattern)) {}

  Result<PythonPattern> run() {
    frames_.emplace_back();
    while (!error_ && at_ < in_.size()) step();
    if (!error_ && frames_.size() > 1) fail("missing ), unterminated subpattern");
    if (error_) return *error_;
    result_.source = std::move(out_);
    return std::move(result_);
  }

 private:
  Frame& frame() { return frames_.back(); }
  [[nodiscard]] char32_t peek(size_t ahead = 0) const {
    return at_ + ahead < in_.size() ? in_[at_ + ahead] : kEnd;
  }
  char32_t take() { return at_ < in_.size() ? in_[at_++] : kEnd; }
  bool take_if(char32_t c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void fail(std::string_view what) {
    if (!error_) error_ = input_error("", fmt::format("{} at character {}", what, at_));
  }
  // Python's i, I, İ and ı are one; PCRE2's are two pairs.
  bool folds_i() { return frame().flags.ignore_case && !frame().flags.ascii; }
  void item(Last last = Last::kItem) {
    frame().last = last;
    frame().empty = false;
  }

  void step();
  void branch();
  void repeat(char32_t c);
  bool read_braces(std::optional<unsigned>& min, std::optional<unsigned>& max);
  std::optional<unsigned> read_count();
  void note_cost(unsigned min, std::optional<unsigned> max, bool possessive);
  void open();
  void open_extension();
  void open_named();
  void open_lookbehind();
  void open_condition();
  void open_flags(char32_t first);
  bool read_flags(char32_t c, Flags& flags, bool value);
  void push(std::string_view opening, bool capturing, bool atomic);
  void push_flags(const Flags& flags);
  void close();
  void comment();
  std::string read_name(char32_t end);
  void reference(size_t group);
  void escape();
  void number_escape(char32_t first);
  bool place_escape(char32_t c);
  std::optional<char32_t> char_escape(char32_t c);
  std::optional<char32_t> hex_escape(int digits);
  void literal(char32_t c);
  void char_class();
  std::optional<char32_t> class_atom(std::string& body);
  std::optional<char32_t> class_escape(std::string& body);
  void class_range(std::string& body, char32_t low);
  void class_span(std::string& body, char32_t low, char32_t high);
  [[nodiscard]] const ClassEscape* class_of(char32_t c) const {
    const auto* found =
        std::find_if(kClassEscapes.begin(), kClassEscapes.end(),
                     [c](const ClassEscape& e) { return static_cast<char32_t>(e.letter) == c; });
    return found == kClassEscapes.end() ? nullptr : found;
  }

  const std::vector<char32_t> in_;
  size_t at_ = 0;
  std::string out_;
  std::vector<Frame> frames_;
  std::map<std::string, size_t> names_;
  PythonPattern result_;
  std::optional<Error> error_;
};

void Translator::step() {
  const char32_t c = take();
  if (frame().flags.verbose) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) return;
    if (c == '#') {
      while (at_ < in_.size() && take() != '\n') {
      }
      return;
    }
  }
  switch (c) {
    case '\\':
      return escape();
    case '[':
      return char_class();
    case '(':
      return open();
    case ')':
      return close();
    case '|':
      return branch();
    case '*':
    case '+':
    case '?':
    case '{':
      return repeat(c);
    case '.':
      out_ += '.';
      return item();
    case '^':
    case '$':
      out_ += static_cast<char>(c);
      return item(Last::kPlace);
    default:
      return literal(c);
  }
}

void Translator::branch() {
  Frame& f = frame();
  if (f.condition && ++f.branches > 2) fail("conditional backref with more than two branches");
  f.last = Last::kNothing;
  f.empty = false;
  out_ += '|';
}

std::optional<unsigned> Translator::read_count() {
  if (!is_digit(peek())) return std::nullopt;
  uint64_t value = 0;
  while (is_digit(peek())) value = std::min<uint64_t>(value * 10 + (take() - '0'), 1U << 30U);
  return static_cast<unsigned>(value);
}

// After `{`: {m}, {m,}, {,n}, {m,n}. What is none of these is a brace like any other character.
bool Translator::read_braces(std::optional<unsigned>& min, std::optional<unsigned>& max) {
  const size_t start = at_;
  if (peek() == '}') return false;
  min = read_count();
  if (take_if(',')) {
    max = read_count();
  } else {
    max = min;
    if (!min) {
      at_ = start;
      return false;
    }
  }
  if (take_if('}')) return true;
  at_ = start;
  return false;
}

void Translator::repeat(char32_t c) {
  std::optional<unsigned> min = c == '+' ? 1U : 0U;
  std::optional<unsigned> max = c == '?' ? std::optional<unsigned>(1) : std::nullopt;
  if (c == '{' && !read_braces(min, max)) return literal('{');
  const Last last = frame().last;
  if (last == Last::kNothing || last == Last::kPlace) return fail("nothing to repeat");
  if (last == Last::kRepeat) return fail("multiple repeat");
  if (max && *max < min.value_or(0)) return fail("min repeat greater than max repeat");
  if (std::max(min.value_or(0), max.value_or(0)) > kPythonRepeatMax) {
    return fail(fmt::format("a repeat of more than {}", kPythonRepeatMax));
  }
  if (c != '{') {
    out_ += static_cast<char>(c);
  } else if (max) {
    fmt::format_to(std::back_inserter(out_), "{{{},{}}}", min.value_or(0), *max);
  } else {
    fmt::format_to(std::back_inserter(out_), "{{{},}}", min.value_or(0));
  }
  const bool possessive = take_if('+');
  if (possessive) {
    out_ += '+';
  } else if (take_if('?')) {
    out_ += '?';
  }
  note_cost(min.value_or(0), max, possessive);
  item(Last::kRepeat);
}

void Translator::note_cost(unsigned min, std::optional<unsigned> max, bool possessive) {
  constexpr unsigned kFewCharacters = 256;
  const bool runs_far = !max || *max >= kFewCharacters;
  if (min >= kFewCharacters || (runs_far && (possessive || frame().atomic))) {
    result_.hidden_cost = std::max(result_.hidden_cost, HiddenCost::kScan);
  }
}

void Translator::push(std::string_view opening, bool capturing, bool atomic) {
  if (frames_.size() > kPythonNestingMax) {
    return fail(fmt::format("more than {} groups within each other", kPythonNestingMax));
  }
  item();
  Frame inner;
  inner.flags = frame().flags;
  inner.atomic = frame().atomic || atomic;
  if (capturing) {
    if (result_.groups == kPythonGroupsMax) return fail("too many groups");
    inner.group = ++result_.groups;
  }
  frames_.push_back(inner);
  out_ += opening;
}

void Translator::push_flags(const Flags& flags) {
  const Flags& outer = frame().flags;
  std::string on;
  std::string off;
  const auto add = [&on, &off](bool before, bool after, char letter) {
    if (before != after) (after ? on : off) += letter;
  };
  add(outer.ignore_case, flags.ignore_case, 'i');
  add(outer.multiline, flags.multiline, 'm');
  add(outer.dot_all, flags.dot_all, 's');
  push(fmt::format("(?{}{}{}:", on, off.empty() ? "" : "-", off), false, false);
  if (!error_) frame().flags = flags;
}

void Translator::close() {
  if (frames_.size() == 1) return fail("unbalanced parenthesis");
  frames_.pop_back();
  out_ += ')';
  item();
}

void Translator::comment() {
  while (peek() != kEnd && peek() != ')') ++at_;
  if (!take_if(')')) fail("missing ), unterminated comment");
}

void Translator::open() {
  if (!take_if('?')) return push("(", true, false);
  open_extension();
}

void Translator::open_extension() {
  const char32_t c = take();
  switch (c) {
    case ':':
      return push("(?:", false, false);
    case '=':
      return push("(?=", false, true);
    case '!':
      return push("(?!", false, true);
    case '>':
      return push("(?>", false, true);
    case '#':
      return comment();
    case '<':
      return open_lookbehind();
    case 'P':
      return open_named();
    case '(':
      return open_condition();
    case kEnd:
      return fail("unexpected end of pattern");
    default:
      return open_flags(c);
  }
}

void Translator::open_lookbehind() {
  if (take_if('=')) return push("(?<=", false, true);
  if (take_if('!')) return push("(?<!", false, true);
  fail("unknown extension ?<");
}

std::string Translator::read_name(char32_t end) {
  std::string name;
  while (peek() != kEnd && peek() != end) append_utf8(name, take());
  if (!take_if(end)) {
    fail("unterminated group name");
  } else if (name.empty()) {
    fail("missing group name");
  }
  return name;
}

// (?P<name>...) and (?P=name). Names are not handed on: groups go by number.
void Translator::open_named() {
  if (take_if('<')) {
    const std::string name = read_name('>');
    if (error_) return;
    const char32_t first = to_code_points(name).front();
    if (is_digit(first)) return fail(fmt::format("bad character in group name `{}`", name));
    push("(", true, false);
    if (!error_ && !names_.emplace(name, frame().group).second) {
      fail(fmt::format("redefinition of group name `{}`", name));
    }
    return;
  }
  if (!take_if('=')) return fail("unknown extension ?P");
  const std::string name = read_name(')');
  if (error_) return;
  const auto found = names_.find(name);
  if (found == names_.end()) return fail(fmt::format("unknown group name `{}`", name));
  reference(found->second);
}

// (?(1)yes|no) or (?(name)yes|no).
void Translator::open_condition() {
  const std::string name = read_name(')');
  if (error_) return;
  size_t group = 0;
  if (const auto found = names_.find(name); found != names_.end()) {
    group = found->second;
  } else {
    for (const char c : name) {
      if (!is_digit(static_cast<unsigned char>(c)) || group > kPythonGroupsMax) {
        return fail(fmt::format("unknown group name `{}`", name));
      }
      group = group * 10 + static_cast<size_t>(c - '0');
    }
  }
  if (group == 0) return fail("bad group number");
  push(fmt::format("(?({})", group), false, false);
  if (!error_) frame().condition = true;
}

bool Translator::read_flags(char32_t c, Flags& flags, bool value) {
  switch (c) {
    case 'i':
      flags.ignore_case = value;
      return true;
    case 'm':
      flags.multiline = value;
      return true;
    case 's':
      flags.dot_all = value;
      return true;
    case 'x':
      flags.verbose = value;
      return true;
    case 'a':
      flags.ascii = true;
      return value;
    case 'u':
      flags.ascii = false;
      return value;
    default:
      return false;
  }
}

// (?i) for the whole pattern, at its start only; (?i:...) and (?s-i:...) for a group.
void Translator::open_flags(char32_t first) {
  Flags flags = frame().flags;
  bool value = true;
  bool off = false;
  char32_t charset = 0;  // a or u
  char32_t c = first;
  for (; c != ')' && c != ':'; c = take()) {
    if (c == '-' && value) {
      value = false;
    } else if (read_flags(c, flags, value)) {
      off = off || !value;
      if (c != 'a' && c != 'u') continue;
      if (charset != 0 && charset != c) return fail("flags a and u are incompatible");
      charset = c;
    } else {
      return fail(c == kEnd ? "missing -, : or )" : "unknown extension or flag");
    }
  }
  if (!value && (!off || c == ')')) return fail("flags are turned off only as in (?-i:...)");
  if (c == ':') return push_flags(flags);
  if (frames_.size() > 1 || !frame().empty) {
    return fail("global flags not at the start of the expression");
  }
  frame().flags = flags;
  // Written anew each time: only flags can have come before.
  out_ = fmt::format("{}{}{}", flags.ignore_case ? "(?i)" : "", flags.multiline ? "(?m)" : "",
                     flags.dot_all ? "(?s)" : "");
}

void Translator::reference(size_t group) {
  for (const Frame& f : frames_) {
    if (f.group == group) return fail("cannot refer to an open group");
  }
  fmt::format_to(std::back_inserter(out_), "\\g{{{}}}", group);
  result_.hidden_cost = HiddenCost::kReference;
  item();
}

void Translator::escape() {
  const char32_t c = take();
  if (c == kEnd) return fail("bad escape (end of pattern)");
  if (is_digit(c)) return number_escape(c);
  if (place_escape(c)) return;
  if (const ClassEscape* e = class_of(c)) {
    fmt::format_to(std::back_inserter(out_), "[{}]", frame().flags.ascii ? e->ascii : e->unicode);
    return item();
  }
  if (const std::optional<char32_t> point = char_escape(c)) literal(*point);
}

// \1 .. \99 name a group; \0, and three octal digits, a character.
void Translator::number_escape(char32_t first) {
  char32_t value = first - '0';
  if (first == '0') {
    for (int i = 0; i < 2 && is_octal(peek()); ++i) value = value * 8 + (take() - '0');
    return literal(value);
  }
  if (is_digit(peek())) {
    const char32_t second = take();
    if (is_octal(first) && is_octal(second) && is_octal(peek())) {
      value = (value * 8 + (second - '0')) * 8 + (take() - '0');
      return value > 0377 ? fail("octal escape value outside of range 0-0o377") : literal(value);
    }
    value = value * 10 + (second - '0');
  }
  if (value > result_.groups) return fail("invalid group reference");
  reference(value);
}

bool Translator::place_escape(char32_t c) {
  constexpr std::string_view kAsciiBoundary =
      "(?:(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z]))";
  constexpr std::string_view kAsciiNoBoundary =
      "(?:(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z]))";
  const bool ascii = frame().flags.ascii;
  switch (c) {
    case 'A':
      out_ += "\\A";
      break;
    case 'Z':
      out_ += "\\z";
      break;
    case 'b':
      out_ += ascii ? kAsciiBoundary : "\\b";
      break;
    case 'B':  // never in an empty text
      fmt::format_to(std::back_inserter(out_), "(?:(?!\\A\\z){})",
                     ascii ? kAsciiNoBoundary : "\\B");
      break;
    default:
      return false;
  }
  item(Last::kPlace);
  return true;
}

std::optional<char32_t> Translator::hex_escape(int digits) {
  uint64_t value = 0;
  for (int i = 0; i < digits; ++i) {
    const int digit = hex_value(peek());
    if (digit < 0) {
      fail("incomplete escape");
      return std::nullopt;
    }
    value = value * 16 + static_cast<uint64_t>(digit);
    ++at_;
  }
  if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
    fail("an escape that names no character");
    return std::nullopt;
  }
  return static_cast<char32_t>(value);
}

// The character that `\c` means, in a class and outside; letters that mean nothing are errors.
std::optional<char32_t> Translator::char_escape(char32_t c) {
  constexpr std::string_view kFrom = "afnrtv";
  constexpr std::string_view kTo = "\a\f\n\r\t\v";
  if (c == 'x') return hex_escape(2);
  if (c == 'u') return hex_escape(4);
  if (c == 'U') return hex_escape(8);
  if (!is_ascii_letter(c) && !is_digit(c)) return c;
  const size_t known = kFrom.find(static_cast<char>(c));
  if (known != std::string_view::npos) return static_cast<unsigned char>(kTo[known]);
  fail(fmt::format("bad escape \\{}", static_cast<char>(c)));
  return std::nullopt;
}

void Translator::literal(char32_t c) {
  if (folds_i() && is_dotted_or_plain_i(c)) {
    out_ += "[iI\u0130\u0131]";
  } else {
    append_point(out_, c);
  }
  item();
}

// After `[`.
void Translator::char_class() {
  const bool negated = take_if('^');
  std::string body;
  for (bool first = true; !error_; first = false) {
    if (peek() == kEnd) return fail("unterminated character set");
    if (peek() == ']' && !first) break;
    const std::optional<char32_t> low = class_atom(body);
    if (error_) return;
    if (peek() != '-' || peek(1) == ']') {
      if (low) class_span(body, *low, *low);
      continue;
    }
    ++at_;
    if (peek() == kEnd) return fail("unterminated character set");
    if (!low) return fail("bad character range");
    class_range(body, *low);
  }
  ++at_;
  out_ += negated ? "[^" : "[";
  out_ += body;
  out_ += ']';
  item();
}

void Translator::class_range(std::string& body, char32_t low) {
  const std::optional<char32_t> high = class_atom(body);
  if (error_) return;
  if (!high || *high < low) return fail("bad character range");
  class_span(body, low, *high);
}

void Translator::class_span(std::string& body, char32_t low, char32_t high) {
  append_point(body, low);
  if (high > low) {
    body += '-';
    append_point(body, high);
  }
  if (!folds_i()) return;
  for (const char32_t c : {U'i', U'I', U'\u0130', U'\u0131'}) {
    if (c >= low && c <= high) {
      body += "iI\u0130\u0131";
      return;
    }
  }
}

// A character of a class; nothing for \d and its like, which are appended at once.
std::optional<char32_t> Translator::class_atom(std::string& body) {
  const char32_t c = take();
  if (c != '\\') return c;
  return class_escape(body);
}

std::optional<char32_t> Translator::class_escape(std::string& body) {
  const char32_t c = take();
  if (c == kEnd) {
    fail("unterminated character set");
    return std::nullopt;
  }
  if (const ClassEscape* e = class_of(c)) {
    body += frame().flags.ascii ? e->ascii : e->unicode;
    return std::nullopt;
  }
  if (c == 'b') return U'\b';
  if (!is_octal(c)) {
    if (!is_digit(c)) return char_escape(c);
    fail("bad escape in a character set");
    return std::nullopt;
  }
  char32_t value = c - '0';
  for (int i = 0; i < 2 && is_octal(peek()); ++i) value = value * 8 + (take() - '0');
  if (value <= 0377) return value;
  fail("octal escape value outside of range 0-0o377");
  return std::nullopt;
}

}  // namespace

Result<PythonPattern> translate_python_pattern(std::string_view pattern) {
  if (pattern.size() > kPythonPatternBytesMax) {
    return input_error("", fmt::format("pattern has {} bytes, expected at most {}", pattern.size(),
                                       kPythonPatternBytesMax));
  }
  if (invalid_utf8_at(pattern)) return input_error("", "the pattern is not UTF-8");
  Result<PythonPattern> result = Translator(pattern).run();
  if (result) return result;
  return input_error("", fmt::format("pattern `{}` is not a regular expression of Python: {}",
                                     pattern, result.error().message));
}

}  // namespace assay::suites::lm_eval
