#include "suites/template/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "suites/template/interpreter.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A format specification: [[fill]align][sign][#][0][width][group][.precision][type].
struct Spec {
  std::string_view fill = " ";
  char align = '\0';  // < > ^ =
  char sign = '-';    // - + or blank
  bool alternate = false;
  int64_t width = 0;
  char group = '\0';  // , or _
  std::optional<int64_t> precision;
  char type = '\0';
};

// Digits of a finite number without its sign, as type e E f F g G % or 0 (repr) asks.
std::string float_digits(double value, const Spec& spec) {
  const double x = std::abs(value);
  if (std::isnan(x) || std::isinf(x)) {
    const bool upper = spec.type == 'E' || spec.type == 'F' || spec.type == 'G';
    return std::isnan(x) ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf");
  }
  const int precision = static_cast<int>(spec.precision.value_or(6));
  switch (spec.type) {
    case 'e':
      return fmt::format("{:.{}e}", x, precision);
    case 'E':
      return fmt::format("{:.{}E}", x, precision);
    case 'f':
    case 'F':
      return fmt::format("{:.{}f}", x, precision);
    case '%':
      return fmt::format("{:.{}f}%", x * 100, precision);
    case 'G':
      return fmt::format("{:.{}G}", x, std::max(precision, 1));
    case 'g':
      return fmt::format("{:.{}g}", x, std::max(precision, 1));
    default:
      break;
  }
  if (!spec.precision) return float_repr(x);
  // Without a type: as g, but with at least one digit after the point when there is no exponent.
  std::string digits = fmt::format("{:.{}g}", x, std::max(precision, 1));
  if (digits.find_first_of(".e") == std::string::npos) {
    digits = precision > static_cast<int>(digits.size())
                 ? digits + ".0"
                 : fmt::format("{:.{}e}", x, std::max(precision - 1, 0));
    if (const size_t e = digits.find('e'); e != std::string::npos && precision > 1) {
      size_t last = digits.find_last_not_of('0', e - 1);
      if (digits[last] == '.') --last;
      digits.erase(last + 1, e - last - 1);
    }
  }
  return digits;
}

std::string integer_digits(int64_t value, const Spec& spec) {
  const uint64_t x = value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
  const bool prefix = spec.alternate;
  switch (spec.type) {
    case 'x':
      return fmt::format("{}{:x}", prefix ? "0x" : "", x);
    case 'X':
      return fmt::format("{}{:X}", prefix ? "0X" : "", x);
    case 'o':
      return fmt::format("{}{:o}", prefix ? "0o" : "", x);
    case 'b':
      return fmt::format("{}{:b}", prefix ? "0b" : "", x);
    default:
      return fmt::format("{}", x);
  }
}

// Thousands separators in the digits before the point.
std::string grouped(const std::string& digits, char group) {
  if (group == '\0') return digits;
  size_t whole = 0;
  while (whole < digits.size() && is_digit(digits[whole])) ++whole;
  std::string out;
  for (size_t i = 0; i < whole; ++i) {
    if (i > 0 && (whole - i) % 3 == 0) out += group;
    out += digits[i];
  }
  return out + digits.substr(whole);
}

std::string repeated(std::string_view fill, size_t n) {
  std::string out;
  out.reserve(fill.size() * n);
  for (size_t i = 0; i < n; ++i) out += fill;
  return out;
}

// `sign` and `digits` in a field of spec.width, `normal` being the alignment when none is given.
std::string padded(std::string_view sign, std::string_view digits, const Spec& spec, char normal) {
  const size_t used = count_points(sign) + count_points(digits);
  const auto width = static_cast<size_t>(spec.width);
  const size_t missing = width > used ? width - used : 0;
  const char align = spec.align == '\0' ? normal : spec.align;
  if (align == '=') return fmt::format("{}{}{}", sign, repeated(spec.fill, missing), digits);
  const size_t left = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
  return fmt::format("{}{}{}{}", repeated(spec.fill, left), sign, digits,
                     repeated(spec.fill, missing - left));
}

std::string_view sign_of(bool negative, char sign) {
  if (negative) return "-";
  return sign == '+' ? "+" : sign == ' ' ? " " : "";
}

// ---- "%..." formatting

class PercentFormatter {
 public:
  PercentFormatter(Interpreter& in, std::string_view format, const Value& values)
      : in_(in), format_(format), values_(values), tuple_(is_tuple(values)) {}

  Value run() {
    while (at_ < format_.size() && !in_.failed()) {
      const size_t mark = format_.find('%', at_);
      out_ += format_.substr(at_, mark - at_);
      if (mark == std::string_view::npos) break;
      at_ = mark + 1;
      conversion();
      if (!in_.charge(1) || !in_.charge_text(out_.size())) break;
    }
    if (!in_.failed() && unused()) {
      return in_.fail("`%`: not all values were used by the format");
    }
    return in_.failed() ? Value::failed() : in_.text(std::move(out_));
  }

 private:
  [[nodiscard]] char peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

  [[nodiscard]] bool unused() const {
    if (tuple_) return next_ < values_.list->items.size();
    return !values_.is_dict() && !values_.is(Kind::kJsonList) && !values_.is(Kind::kList) &&
           next_ == 0;
  }

  Value value() {
    if (keyed_.given()) return keyed_;
    if (tuple_) {
      if (next_ < values_.list->items.size()) return values_.list->items[next_++];
    } else if (next_++ == 0) {
      return values_;
    }
    return in_.fail("`%`: the format needs more values than were given");
  }

  void key() {
    keyed_ = Value::absent();
    if (peek() != '(') return;
    const size_t close = format_.find(')', at_);
    if (close == std::string_view::npos) {
      in_.fail("`%(` without `)` in a format");
      return;
    }
    const std::string_view name = format_.substr(at_ + 1, close - at_ - 1);
    at_ = close + 1;
    if (!values_.is_dict()) {
      in_.fail(fmt::format("`%({})` needs named values", name));
      return;
    }
    keyed_ = in_.dict_get(values_, Value::borrow(name));
    if (!keyed_.given()) in_.fail(fmt::format("`%({})`: there is no value of that name", name));
  }

  void flags(Spec& spec) {
    for (;; ++at_) {
      const char c = peek();
      if (c == '-') {
        spec.align = '<';
      } else if (c == '0') {
        zero_ = true;
      } else if (c == '+' || (c == ' ' && spec.sign != '+')) {
        spec.sign = c;
      } else if (c == '#') {
        spec.alternate = true;
      } else if (c != ' ') {
        return;
      }
    }
  }

  int64_t number() {
    int64_t n = 0;
    if (peek() == '*') {
      ++at_;
      in_.to_integer(value(), "`*` in a format", n);
    }
    while (is_digit(peek()) && n <= kFormatWidthMax) n = n * 10 + (format_[at_++] - '0');
    if (n > kFormatWidthMax || n < -kFormatWidthMax) {
      in_.fail_limit(fmt::format("a width in a format is above {}", kFormatWidthMax));
      return 0;
    }
    return n;
  }

  void conversion() {
    Spec spec;
    zero_ = false;
    key();
    if (in_.failed()) return;
    flags(spec);
    spec.width = number();
    if (spec.width < 0) {
      spec.align = '<';
      spec.width = -spec.width;
    }
    if (peek() == '.') {
      ++at_;
      spec.precision = std::max<int64_t>(number(), 0);
    }
    while (peek() == 'l' || peek() == 'h' || peek() == 'L') ++at_;
    if (in_.failed()) return;
    spec.type = peek();
    ++at_;
    convert(spec);
  }

  void convert(Spec& spec) {
    if (spec.type == '%') {
      out_ += '%';
      return;
    }
    if (spec.type == '\0' ||
        std::string_view("sradiuxXofFeEgGc").find(spec.type) == std::string_view::npos) {
      in_.fail(spec.type == '\0' ? "`%` at the end of a format"
                                 : fmt::format("unknown conversion `%{}`", spec.type));
      return;
    }
    const Value v = value();
    if (in_.failed()) return;
    if (v.is(Kind::kUndefined)) {
      in_.fail_undefined(v);
    } else if (std::string_view("sra").find(spec.type) != std::string_view::npos) {
      textual(v, spec);
    } else if (spec.type == 'c') {
      character(v, spec);
    } else {
      numeric(v, spec);
    }
  }

  void textual(const Value& v, const Spec& spec) {
    std::string made;
    if (spec.type == 's') {
      in_.append_str(made, v);
    } else {
      in_.append_repr(made, v);
    }
    if (spec.precision) made.resize(byte_offset(made, static_cast<size_t>(*spec.precision)));
    out_ += padded("", made, spec, '>');
  }

  void character(const Value& v, const Spec& spec) {
    if (!v.is(Kind::kString) || count_points(v.view()) != 1) {
      in_.fail("`%c` needs a string of one character");
      return;
    }
    out_ += padded("", v.view(), spec, '>');
  }

  void numeric(const Value& v, Spec spec) {
    const bool floating = std::string_view("fFeEgG").find(spec.type) != std::string_view::npos;
    const bool based = std::string_view("xXo").find(spec.type) != std::string_view::npos;
    if (!v.is_number() || (based && v.is(Kind::kFloat))) {
      in_.fail(fmt::format("`%{}` needs {}, found {}", spec.type, based ? "an int" : "a number",
                           type_name(v)));
      return;
    }
    if (zero_ && spec.align == '\0') {
      spec.fill = "0";
      spec.align = '=';
    }
    if (floating) {
      const double d = v.as_double();
      out_ += padded(sign_of(std::signbit(d), spec.sign), float_digits(d, spec), spec, '>');
      return;
    }
    int64_t i = 0;
    if (v.is(Kind::kFloat)) {
      if (!(std::abs(v.number) < 0x1p63)) {
        in_.fail("the number does not fit an integer of 64 bits");
        return;
      }
      i = static_cast<int64_t>(v.number);
    } else {
      i = v.as_integer();
    }
    std::string digits = integer_digits(i, spec);
    if (spec.precision && std::cmp_less(digits.size(), *spec.precision)) {
      digits.insert(0, static_cast<size_t>(*spec.precision) - digits.size(), '0');
    }
    out_ += padded(sign_of(i < 0, spec.sign), digits, spec, '>');
  }

  Interpreter& in_;
  const std::string_view format_;
  const Value values_;
  const bool tuple_;
  size_t at_ = 0;
  size_t next_ = 0;
  bool zero_ = false;
  Value keyed_ = Value::absent();
  std::string out_;
};

// ---- "{}".format

class BraceFormatter {
 public:
  BraceFormatter(Interpreter& in, const CallArgs& args) : in_(in), args_(args) {}

  std::string run(std::string_view format, int depth) {
    std::string out;
    for (size_t at = 0; at < format.size() && !in_.failed();) {
      const char c = format[at];
      if (c != '{' && c != '}') {
        out += c;
        ++at;
        continue;
      }
      if (at + 1 < format.size() && format[at + 1] == c) {
        out += c;
        at += 2;
        continue;
      }
      if (c == '}') {
        in_.fail("a single `}` in a format; write `}}`");
        break;
      }
      at = field(format, at + 1, depth, out);
      if (!in_.charge(1) || !in_.charge_text(out.size())) break;
    }
    return out;
  }

 private:
  // After "{"; returns where the format goes on after "}".
  size_t field(std::string_view format, size_t begin, int depth, std::string& out) {
    size_t end = begin;
    for (int open = 1; end < format.size(); ++end) {
      if (format[end] == '{') ++open;
      if (format[end] == '}' && --open == 0) break;
    }
    if (end >= format.size() || depth > 1) {
      in_.fail(depth > 1 ? "a format nested in a nested format" : "`{` without `}` in a format");
      return format.size();
    }
    std::string_view body = format.substr(begin, end - begin);
    std::string_view spec_text;
    if (const size_t colon = colon_of(body); colon != std::string_view::npos) {
      spec_text = body.substr(colon + 1);
      body = body.substr(0, colon);
    }
    char conversion = '\0';
    if (body.size() >= 2 && body[body.size() - 2] == '!') {
      conversion = body.back();
      body.remove_suffix(2);
    }
    Value value = lookup(body);
    if (in_.failed()) return format.size();
    if (value.is(Kind::kUndefined)) {
      in_.fail_undefined(value);
      return format.size();
    }
    if (conversion != '\0') value = converted(value, conversion);
    const std::string spec = run(spec_text, depth + 1);
    if (!in_.failed()) append(out, value, spec);
    return end + 1;
  }

  // The colon that starts the specification; one inside [...] belongs to the field.
  static size_t colon_of(std::string_view body) {
    bool bracket = false;
    for (size_t i = 0; i < body.size(); ++i) {
      if (body[i] == '[') bracket = true;
      if (body[i] == ']') bracket = false;
      if (body[i] == ':' && !bracket) return i;
    }
    return std::string_view::npos;
  }

  Value lookup(std::string_view body) {
    const size_t end = std::min(body.find_first_of(".["), body.size());
    const std::string_view name = body.substr(0, end);
    Value value = argument(name);
    for (std::string_view rest = body.substr(end); !rest.empty() && !in_.failed();) {
      if (rest[0] == '.') {
        const size_t stop = std::min(rest.find_first_of(".[", 1), rest.size());
        value = in_.field(value, rest.substr(1, stop - 1));
        rest.remove_prefix(stop);
        continue;
      }
      const size_t close = rest.find(']');
      if (rest[0] != '[' || close == std::string_view::npos) {
        return in_.fail(fmt::format("`{}` is not the name of a field in a format", body));
      }
      value = in_.attribute(value, Value::borrow(rest.substr(1, close - 1)));
      rest.remove_prefix(close + 1);
    }
    return value;
  }

  Value argument(std::string_view name) {
    const bool number =
        !name.empty() && name.size() < 9 && std::all_of(name.begin(), name.end(), is_digit);
    if (!name.empty() && !number) {
      const Value* named = args_.find(name);
      if (named != nullptr) return *named;
      return in_.fail(fmt::format("the format names `{}`, which was not given", name));
    }
    size_t i = 0;
    for (const char c : name) i = i * 10 + static_cast<size_t>(c - '0');
    if (name.empty()) i = next_++;
    if (i < args_.positional.size()) return args_.positional[i];
    return in_.fail(
        fmt::format("the format needs value {}, found {} values", i, args_.positional.size()));
  }

  Value converted(const Value& value, char conversion) {
    std::string made;
    if (conversion == 's') {
      in_.append_str(made, value);
    } else if (conversion == 'r' || conversion == 'a') {
      in_.append_repr(made, value);
    } else {
      return in_.fail(fmt::format("unknown conversion `!{}` in a format", conversion));
    }
    return in_.text(std::move(made));
  }

  // A width or precision; false when it is too large.
  bool number(std::string_view& text, int64_t& n) {
    n = 0;
    while (!text.empty() && is_digit(text[0]) && n <= kFormatWidthMax) {
      n = n * 10 + (text[0] - '0');
      text.remove_prefix(1);
    }
    if (n <= kFormatWidthMax) return true;
    in_.fail_limit(fmt::format("a width in a format is above {}", kFormatWidthMax));
    return false;
  }

  bool parse(std::string_view text, Spec& spec) {
    const std::string_view whole = text;
    static constexpr std::string_view kAligns = "<>=^";
    char32_t point = 0;
    const size_t first = text.empty() ? 0 : decode_point(text, 0, point);
    if (first > 0 && first < text.size() && kAligns.find(text[first]) != std::string_view::npos) {
      spec.fill = text.substr(0, first);
      spec.align = text[first];
      text.remove_prefix(first + 1);
    } else if (!text.empty() && kAligns.find(text[0]) != std::string_view::npos) {
      spec.align = text[0];
      text.remove_prefix(1);
    }
    const auto take = [&text](std::string_view set) {
      if (text.empty() || set.find(text[0]) == std::string_view::npos) return '\0';
      const char c = text[0];
      text.remove_prefix(1);
      return c;
    };
    if (const char sign = take("+- "); sign != '\0') spec.sign = sign;
    spec.alternate = take("#") != '\0';
    if (take("0") != '\0' && spec.align == '\0') {
      spec.fill = "0";
      spec.align = '=';
    }
    if (!number(text, spec.width)) return false;
    spec.group = take(",_");
    if (take(".") != '\0') {
      int64_t precision = 0;
      if (!number(text, precision)) return false;
      spec.precision = precision;
    }
    spec.type = take("sdnbcoxXeEfFgG%");
    if (text.empty()) return true;
    in_.fail(fmt::format("`{}` is not a format specification", whole));
    return false;
  }

  void append(std::string& out, const Value& value, std::string_view text) {
    if (text.empty()) {
      in_.append_str(out, value);
      return;
    }
    Spec spec;
    if (!parse(text, spec)) return;
    const bool floating = std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos;
    const bool number = value.is_number();
    if (!number) return append_text(out, value, spec, text);
    if (floating && spec.type != '\0') {
      append_float(out, value.as_double(), spec);
    } else if (value.is(Kind::kFloat)) {
      if (spec.type != '\0' && spec.type != 'n') {
        in_.fail(fmt::format("format `{}` does not fit a float", text));
        return;
      }
      append_float(out, value.number, spec);
    } else if (spec.type == 's' || spec.type == 'c' || spec.precision) {
      in_.fail(fmt::format("format `{}` does not fit an int", text));
    } else {
      const int64_t i = value.as_integer();
      out += padded(sign_of(i < 0, spec.sign), grouped(integer_digits(i, spec), spec.group), spec,
                    '>');
    }
  }

  static void append_float(std::string& out, double d, const Spec& spec) {
    out += padded(sign_of(std::signbit(d), spec.sign), grouped(float_digits(d, spec), spec.group),
                  spec, '>');
  }

  void append_text(std::string& out, const Value& value, const Spec& spec, std::string_view text) {
    if (!value.is(Kind::kString)) {
      in_.fail(fmt::format("format `{}` does not fit a {}", text, type_name(value)));
      return;
    }
    if ((spec.type != '\0' && spec.type != 's') || spec.align == '=' || spec.sign != '-') {
      in_.fail(fmt::format("format `{}` does not fit a str", text));
      return;
    }
    std::string_view s = in_.str(value);
    if (spec.precision) s = s.substr(0, byte_offset(s, static_cast<size_t>(*spec.precision)));
    out += padded("", s, spec, '<');
  }

  Interpreter& in_;
  const CallArgs& args_;
  size_t next_ = 0;
};

}  // namespace

Value percent_format(Interpreter& in, std::string_view format, const Value& values) {
  return PercentFormatter(in, format, values).run();
}

Value str_format(Interpreter& in, std::string_view format, const CallArgs& args) {
  std::string out = BraceFormatter(in, args).run(format, 0);
  return in.failed() ? Value::failed() : in.text(std::move(out));
}

}  // namespace assay::suites::jinja
