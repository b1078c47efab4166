// The filters, with the semantics of Jinja2 3.1.6.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "harness/base/utf8.h"
#include "suites/template/builtins.h"
#include "suites/template/format.h"
#include "suites/template/interpreter.h"
#include "suites/template/numbers.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {
namespace {

constexpr int64_t kWidthMax = 1'000'000;

// ---- helpers

Value generator(Interpreter& in, std::vector<Value> items) {
  return in.list(std::move(items), Flavour::kGenerator);
}

Value text_or_failed(Interpreter& in, std::string made) {
  return in.failed() ? Value::failed() : in.text(std::move(made));
}

bool flag(Interpreter& in, const Args& args, size_t i, bool otherwise) {
  return args.has(i) ? in.truthy(args[i]) : otherwise;
}

// A width or count, 0..kWidthMax.
bool count_argument(Interpreter& in, const Args& args, size_t i, std::string_view what,
                    int64_t otherwise, int64_t& out) {
  out = otherwise;
  if (!args.has(i)) return true;
  if (!in.to_integer(args[i], what, out)) return false;
  if (out >= 0 && out <= kWidthMax) return true;
  in.fail(fmt::format("{} is {}, expected 0..{}", what, out, kWidthMax));
  return false;
}

std::vector<Value> items_of(Interpreter& in, const Value& value) {
  const Sequence sequence(in, value);
  std::vector<Value> items;
  items.reserve(sequence.size());
  for (size_t i = 0; i < sequence.size() && in.charge(1); ++i) items.push_back(sequence.at(i));
  return items;
}

// What is compared instead of the item: its attribute, in lower case unless case counts.
Value sort_key(Interpreter& in, const Value& item, const Value& path, bool case_sensitive) {
  Value key = item;
  if (path.given() && !path.is(Kind::kNone)) key = in.attribute(item, path);
  if (key.is(Kind::kUndefined)) return in.fail_undefined(key);
  if (case_sensitive || !key.is(Kind::kString)) return key;
  return in.text(to_lower_case(key.view()));
}

// The keys of "a,b" as one tuple; of a single attribute the key itself.
Value multi_sort_key(Interpreter& in, const Value& item, const Value& path, bool case_sensitive) {
  if (!path.is(Kind::kString) || path.view().find(',') == std::string_view::npos) {
    return sort_key(in, item, path, case_sensitive);
  }
  std::vector<Value> keys;
  for (const std::string_view part : split_by(path.view(), ",")) {
    keys.push_back(sort_key(in, item, Value::borrow(part), case_sensitive));
  }
  return in.failed() ? Value::failed() : in.list(std::move(keys), Flavour::kTuple);
}

using Keyed = std::pair<Value, Value>;  // key, item

std::vector<Keyed> keyed(Interpreter& in, const std::vector<Value>& items, const Value& path,
                         bool case_sensitive) {
  std::vector<Keyed> out;
  out.reserve(items.size());
  for (const Value& item : items) {
    if (in.failed()) break;
    out.emplace_back(multi_sort_key(in, item, path, case_sensitive), item);
  }
  return out;
}

void sort_keyed(Interpreter& in, std::vector<Keyed>& items, bool reverse) {
  std::stable_sort(items.begin(), items.end(), [&](const Keyed& a, const Keyed& b) {
    return reverse ? in.less(b.first, a.first) : in.less(a.first, b.first);
  });
}

std::vector<Value> items_only(const std::vector<Keyed>& from) {
  std::vector<Value> out;
  out.reserve(from.size());
  for (const Keyed& k : from) out.push_back(k.second);
  return out;
}

// ---- text

template <std::string (*kMap)(std::string_view)>
Value filter_map_text(Interpreter& in, const Value& self, const Args&) {
  const std::string_view s = in.str(self);
  return text_or_failed(in, in.failed() ? std::string() : kMap(s));
}

// A letter is upper case after white space and -({[<, lower case elsewhere.
std::string title_of_words(std::string_view text) {
  std::string out;
  bool begins = true;
  char32_t point = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t n = decode_point(text, at, point);
    const std::string_view c = text.substr(at, n);
    out += begins ? to_upper_case(c) : to_lower_case(c);
    begins = is_python_space(point) ||
             (n == 1 && std::string_view("-({[<").find(c[0]) != std::string_view::npos);
    at += n;
  }
  return out;
}

Value filter_trim(Interpreter& in, const Value& self, const Args& args) {
  const std::string_view s = in.str(self);
  if (!args.has(0) || args[0].is(Kind::kNone)) return Value::borrow(strip(s));
  const std::string_view set = in.str(args[0]);
  return in.failed() ? Value::failed() : Value::borrow(strip_right(strip_left(s, set), set));
}

Value filter_center(Interpreter& in, const Value& self, const Args& args) {
  int64_t width = 0;
  if (!count_argument(in, args, 0, "width", 80, width)) return Value::failed();
  return text_or_failed(in, centered(in.str(self), static_cast<size_t>(width), " "));
}

Value filter_string(Interpreter& in, const Value& self, const Args&) {
  if (self.is(Kind::kString)) return self;
  const std::string_view s = in.str(self);
  return in.failed() ? Value::failed() : Value::borrow(s);
}

Value filter_replace(Interpreter& in, const Value& self, const Args& args) {
  int64_t count = -1;
  if (args.has(2) && !args[2].is(Kind::kNone) && !in.to_integer(args[2], "count", count)) {
    return Value::failed();
  }
  return replace_text(in, in.str(self), in.str(args[0]), in.str(args[1]), count);
}

Value filter_escape(Interpreter& in, const Value& self, const Args&) {
  if (self.safe) return self;
  Value result = text_or_failed(in, escape_html(in.str(self)));
  result.safe = true;
  return result;
}

Value filter_force_escape(Interpreter& in, const Value& self, const Args&) {
  Value result = text_or_failed(in, escape_html(in.str(self)));
  result.safe = true;
  return result;
}

Value filter_safe(Interpreter& in, const Value& self, const Args& args) {
  Value result = filter_string(in, self, args);
  result.safe = true;
  return result;
}

Value filter_format(Interpreter& in, const Value& self, const Args& args) {
  if (!args.raw.positional.empty() && !args.raw.named.empty()) {
    return in.fail("`format` takes positional or named values, not both");
  }
  const std::string_view format = in.str(self);
  if (in.failed()) return Value::failed();
  if (args.raw.named.empty()) {
    return percent_format(in, format, in.list(args.raw.positional, Flavour::kTuple));
  }
  auto* named = in.heap().make<DictObject>();
  for (const NamedValue& n : args.raw.named) in.store(*named, Value::borrow(n.name), n.value);
  return percent_format(in, format, Value::of(named));
}

Value filter_indent(Interpreter& in, const Value& self, const Args& args) {
  std::string indent;
  if (args.has(0) && args[0].is(Kind::kString)) {
    indent = args[0].view();
  } else {
    int64_t width = 0;
    if (!count_argument(in, args, 0, "width", 4, width)) return Value::failed();
    indent.assign(static_cast<size_t>(width), ' ');
  }
  const bool first = flag(in, args, 1, false);
  const bool blank = flag(in, args, 2, false);
  std::string source(in.str(self));
  source += '\n';  // so that a newline at the end opens one more line, as in Jinja
  std::string out = first ? indent : "";
  bool begins = true;
  for (const std::string_view line : split_lines(source)) {
    if (!std::exchange(begins, false)) {
      out += '\n';
      if (blank || !line.empty()) out += indent;
    }
    out += line;
    if (!in.charge(1) || !in.charge_text(out.size())) break;
  }
  return text_or_failed(in, std::move(out));
}

Value filter_truncate(Interpreter& in, const Value& self, const Args& args) {
  int64_t length = 0;
  int64_t leeway = 0;
  if (!count_argument(in, args, 0, "length", 255, length)) return Value::failed();
  const bool kill_words = flag(in, args, 1, false);
  const std::string_view end = args.has(2) ? in.str(args[2]) : "...";
  const bool default_leeway = !args.has(3) || args[3].is(Kind::kNone);
  if (!default_leeway && !count_argument(in, args, 3, "leeway", 5, leeway)) return Value::failed();
  if (default_leeway) leeway = 5;
  const auto end_size = static_cast<int64_t>(count_points(end));
  if (length < end_size) {
    return in.fail(
        fmt::format("length is {}, expected at least the {} of `end`", length, end_size));
  }
  const std::string_view s = in.str(self);
  if (std::cmp_less_equal(count_points(s), length + leeway)) {
    return in.failed() ? Value::failed() : Value::borrow(s);
  }
  std::string_view cut = s.substr(0, byte_offset(s, static_cast<size_t>(length - end_size)));
  if (!kill_words) cut = cut.substr(0, cut.rfind(' '));
  return text_or_failed(in, fmt::format("{}{}", cut, end));
}

Value filter_wordcount(Interpreter& in, const Value& self, const Args&) {
  int64_t words = 0;
  bool inside = false;
  char32_t point = 0;
  const std::string_view s = in.str(self);
  for (size_t at = 0; at < s.size();) {
    at += decode_point(s, at, point);
    const bool word = point == '_' || is_letter_or_digit(point);
    if (word && !inside) ++words;
    inside = word;
  }
  return Value::of(words);
}

Value filter_wordwrap(Interpreter& in, const Value& self, const Args& args) {
  int64_t width = 0;
  if (!count_argument(in, args, 0, "width", 79, width)) return Value::failed();
  if (width == 0) return in.fail("width is 0, expected at least 1");
  const bool break_long = flag(in, args, 1, true);
  const bool newline = !args.has(2) || args[2].is(Kind::kNone);
  const std::string_view wrap = newline ? "\n" : in.str(args[2]);
  const bool hyphens = flag(in, args, 3, true);
  const std::string_view s = in.str(self);
  if (!in.charge(s.size() / 4)) return Value::failed();
  std::string out;
  bool begins = true;
  for (const std::string_view line : split_lines(s)) {
    if (!std::exchange(begins, false)) out += wrap;
    bool first = true;
    for (const std::string& part :
         wrap_text(line, static_cast<size_t>(width), break_long, hyphens)) {
      if (!std::exchange(first, false)) out += wrap;
      out += part;
    }
    if (!in.charge(1) || !in.charge_text(out.size())) break;
  }
  return text_or_failed(in, std::move(out));
}

// Percent-encoding of UTF-8 (RFC 3986 unreserved characters stay); in a query "/" too and a blank
// is "+".
void append_url(std::string& out, std::string_view text, bool query) {
  for (const char c : text) {
    const bool keep = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("_.-~").find(c) != std::string_view::npos ||
                      (c == '/' && !query);
    if (keep) {
      out += c;
    } else if (c == ' ' && query) {
      out += '+';
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
}

Value filter_urlencode(Interpreter& in, const Value& self, const Args&) {
  std::string out;
  if (self.is(Kind::kString) || !in.is_iterable(self)) {
    append_url(out, in.str(self), false);
    return text_or_failed(in, std::move(out));
  }
  std::vector<Keyed> pairs;
  if (self.is_dict()) {
    pairs = in.entries(self);
  } else {
    for (const Value& item : items_of(in, self)) {
      const std::vector<Value> pair = items_of(in, item);
      if (pair.size() != 2) return in.fail("`urlencode` of a list needs pairs of name and value");
      pairs.emplace_back(pair[0], pair[1]);
    }
  }
  for (const auto& [name, value] : pairs) {
    if (in.failed()) break;
    if (!out.empty()) out += '&';
    append_url(out, in.str(name), true);
    out += '=';
    append_url(out, in.str(value), true);
  }
  return text_or_failed(in, std::move(out));
}

Value filter_tojson(Interpreter& in, const Value& self, const Args& args) {
  int64_t indent = -1;
  if (args.has(0) && !args[0].is(Kind::kNone) &&
      !count_argument(in, args, 0, "indent", -1, indent)) {
    return Value::failed();
  }
  if (indent > 64) return in.fail(fmt::format("indent is {}, expected 0..64", indent));
  std::string out;
  in.append_json(out, self, indent);
  Value result = text_or_failed(in, std::move(out));
  result.safe = true;
  return result;
}

Value filter_filesizeformat(Interpreter& in, const Value& self, const Args& args) {
  const Value number = number_of(in, self);
  if (in.failed()) return Value::failed();
  const bool binary = flag(in, args, 0, false);
  const double base = binary ? 1024 : 1000;
  const double bytes = number.as_double();
  if (bytes == 1) return Value::borrow("1 Byte");
  if (bytes < base) return in.text(fmt::format("{:.0f} Bytes", std::trunc(bytes)));
  double unit = base;
  size_t i = 0;
  static constexpr std::string_view kPrefixes = "kMGTPEZY";
  while (bytes >= unit * base && i + 1 < kPrefixes.size()) {
    unit *= base;
    ++i;
  }
  const char prefix = binary && i == 0 ? 'K' : kPrefixes[i];
  return in.text(fmt::format("{:.1f} {}{}B", bytes / unit, prefix, binary ? "i" : ""));
}

// ---- numbers

Value filter_abs(Interpreter& in, const Value& self, const Args&) {
  if (self.is(Kind::kFloat)) return Value::of(std::abs(self.number));
  int64_t i = 0;
  if (!in.to_integer(self, "`abs`", i)) return Value::failed();
  if (i == std::numeric_limits<int64_t>::min()) return in.fail("integer overflow in `abs`");
  return Value::of(i < 0 ? -i : i);
}

Value filter_int(Interpreter& in, const Value& self, const Args& args) {
  int64_t base = 10;
  if (args.has(1) && !in.to_integer(args[1], "base", base)) return Value::failed();
  if (base != 0 && (base < 2 || base > 36)) return in.fail("base is not 0 or 2..36");
  const Value otherwise = args.has(0) ? args[0] : Value::of(int64_t{0});
  if (self.is(Kind::kString)) {
    int64_t i = 0;
    const ParsedInteger parsed = parse_integer(self.view(), static_cast<int>(base), i);
    if (parsed == ParsedInteger::kGood) return Value::of(i);
    if (parsed == ParsedInteger::kTooLarge) {
      return in.fail("the number does not fit an integer of 64 bits");
    }
    double d = 0;
    if (!parse_float(self.view(), d) || !std::isfinite(d)) return otherwise;
    return integer_of(in, d);
  }
  if (self.is(Kind::kFloat))
    return std::isfinite(self.number) ? integer_of(in, self.number) : otherwise;
  return self.is_integral() ? Value::of(self.as_integer()) : otherwise;
}

Value filter_float(Interpreter&, const Value& self, const Args& args) {
  double d = 0;
  if (self.is_number()) return Value::of(self.as_double());
  if (self.is(Kind::kString) && parse_float(self.view(), d)) return Value::of(d);
  return args.has(0) ? args[0] : Value::of(0.0);
}

Value filter_round(Interpreter& in, const Value& self, const Args& args) {
  int64_t precision = 0;
  if (args.has(0) && !in.to_integer(args[0], "precision", precision)) return Value::failed();
  const std::string_view method = args.has(1) ? in.str(args[1]) : "common";
  if (!self.is_number()) {
    return in.fail(fmt::format("`round` of {}, expected a number", type_name(self)));
  }
  if (method == "common") return rounded(in, self, precision);
  if (method != "ceil" && method != "floor") {
    return in.fail(fmt::format("method is `{}`, expected common, ceil or floor", method));
  }
  const double scale = std::pow(10.0, static_cast<double>(precision));
  const double scaled = self.as_double() * scale;
  const double whole = method == "ceil" ? std::ceil(scaled) : std::floor(scaled);
  if (!std::isfinite(whole / scale)) return in.fail("`round`: the number is out of range");
  return Value::of(whole / scale);
}

// ---- lists

Value filter_length(Interpreter& in, const Value& self, const Args&) {
  size_t n = 0;
  return in.length(self, n) ? Value::of(static_cast<int64_t>(n)) : Value::failed();
}

Value filter_first(Interpreter& in, const Value& self, const Args&) {
  const Sequence items(in, self);
  if (in.failed()) return Value::failed();
  return items.size() > 0 ? items.at(0) : in.undefined("`first` of an empty sequence");
}

Value filter_last(Interpreter& in, const Value& self, const Args&) {
  const Sequence items(in, self);
  if (in.failed()) return Value::failed();
  return items.size() > 0 ? items.at(items.size() - 1)
                          : in.undefined("`last` of an empty sequence");
}

Value filter_list(Interpreter& in, const Value& self, const Args&) {
  return in.list(items_of(in, self));
}

Value filter_items(Interpreter& in, const Value& self, const Args&) {
  if (self.is(Kind::kUndefined)) return generator(in, {});
  if (!self.is_dict())
    return in.fail(fmt::format("`items` of {}, expected a dict", type_name(self)));
  std::vector<Value> out;
  for (const auto& [key, value] : in.entries(self)) {
    out.push_back(in.list({key, value}, Flavour::kTuple));
  }
  return generator(in, std::move(out));
}

Value filter_join(Interpreter& in, const Value& self, const Args& args) {
  const std::string_view separator = args.has(0) ? in.str(args[0]) : "";
  const Sequence items(in, self);
  std::string out;
  for (size_t i = 0; i < items.size() && in.charge(1); ++i) {
    if (i > 0) out += separator;
    const Value item = items.at(i);
    in.append_str(out, args.has(1) ? in.attribute(item, args[1]) : item);
    if (!in.charge_text(out.size())) break;
  }
  return text_or_failed(in, std::move(out));
}

Value filter_reverse(Interpreter& in, const Value& self, const Args&) {
  if (self.is(Kind::kString)) {
    std::string out;
    const std::vector<std::string_view> all = characters(self.view());
    for (auto it = all.rbegin(); it != all.rend(); ++it) out += *it;
    return in.text(std::move(out));
  }
  std::vector<Value> items = items_of(in, self);
  std::reverse(items.begin(), items.end());
  return generator(in, std::move(items));
}

Value filter_sort(Interpreter& in, const Value& self, const Args& args) {
  std::vector<Keyed> items = keyed(in, items_of(in, self), args[2], flag(in, args, 1, false));
  sort_keyed(in, items, flag(in, args, 0, false));
  return in.failed() ? Value::failed() : in.list(items_only(items));
}

Value filter_dictsort(Interpreter& in, const Value& self, const Args& args) {
  if (!self.is_dict()) return in.fail(fmt::format("`dictsort` of {}", type_name(self)));
  const bool case_sensitive = flag(in, args, 0, false);
  const std::string_view by = args.has(1) ? in.str(args[1]) : "key";
  if (by != "key" && by != "value") {
    return in.fail(fmt::format("by is `{}`, expected key or value", by));
  }
  std::vector<Keyed> pairs;
  for (const auto& [key, value] : in.entries(self)) {
    pairs.emplace_back(sort_key(in, by == "key" ? key : value, Value::absent(), case_sensitive),
                       in.list({key, value}, Flavour::kTuple));
  }
  sort_keyed(in, pairs, flag(in, args, 2, false));
  return in.failed() ? Value::failed() : in.list(items_only(pairs));
}

template <bool kMax>
Value filter_extreme(Interpreter& in, const Value& self, const Args& args) {
  const std::vector<Keyed> items = keyed(in, items_of(in, self), args[1], flag(in, args, 0, false));
  if (in.failed()) return Value::failed();
  if (items.empty()) {
    return in.undefined(fmt::format("`{}` of an empty sequence", kMax ? "max" : "min"));
  }
  const Keyed* best = items.data();
  for (const Keyed& k : items) {
    if (kMax ? in.less(best->first, k.first) : in.less(k.first, best->first)) best = &k;
  }
  return in.failed() ? Value::failed() : best->second;
}

Value filter_sum(Interpreter& in, const Value& self, const Args& args) {
  Value total = args.has(1) ? args[1] : Value::of(int64_t{0});
  if (total.is(Kind::kString)) return in.fail("`sum` of strings; use `|join`");
  const Sequence items(in, self);
  for (size_t i = 0; i < items.size() && !in.failed(); ++i) {
    Value item = items.at(i);
    if (args.has(0) && !args[0].is(Kind::kNone)) item = in.attribute(item, args[0]);
    total = in.binary(Op::kAdd, total, item);
  }
  return in.failed() ? Value::failed() : total;
}

Value filter_unique(Interpreter& in, const Value& self, const Args& args) {
  auto* seen = in.heap().make<DictObject>();
  std::vector<Value> out;
  for (const Keyed& k : keyed(in, items_of(in, self), args[1], flag(in, args, 0, false))) {
    if (in.failed()) break;
    if (in.find(*seen, k.first) != nullptr) continue;
    in.store(*seen, k.first, Value());
    out.push_back(k.second);
  }
  return generator(in, std::move(out));
}

Value filter_batch(Interpreter& in, const Value& self, const Args& args) {
  int64_t size = 0;
  if (!count_argument(in, args, 0, "linecount", 0, size)) return Value::failed();
  if (size == 0) return in.fail("linecount is 0, expected at least 1");
  std::vector<Value> rows;
  std::vector<Value> row;
  for (const Value& item : items_of(in, self)) {
    row.push_back(item);
    if (std::cmp_equal(row.size(), size)) rows.push_back(in.list(std::exchange(row, {})));
  }
  if (!row.empty()) {
    const bool fills = args.has(1) && !args[1].is(Kind::kNone);
    if (fills && !in.charge(static_cast<uint64_t>(size))) return Value::failed();
    if (fills) row.resize(static_cast<size_t>(size), args[1]);
    rows.push_back(in.list(std::move(row)));
  }
  return generator(in, std::move(rows));
}

Value filter_slice(Interpreter& in, const Value& self, const Args& args) {
  int64_t slices = 0;
  if (!count_argument(in, args, 0, "slices", 0, slices)) return Value::failed();
  if (slices == 0) return in.fail("slices is 0, expected at least 1");
  if (!in.charge(static_cast<uint64_t>(slices))) return Value::failed();
  const std::vector<Value> items = items_of(in, self);
  const auto n = static_cast<size_t>(slices);
  const size_t each = items.size() / n;
  const size_t longer = items.size() % n;  // the first slices have one item more
  std::vector<Value> out;
  size_t at = 0;
  for (size_t i = 0; i < n; ++i) {
    const size_t size = each + (i < longer ? 1 : 0);
    std::vector<Value> part(items.begin() + static_cast<std::ptrdiff_t>(at),
                            items.begin() + static_cast<std::ptrdiff_t>(at + size));
    if (args.has(1) && !args[1].is(Kind::kNone) && i >= longer) part.push_back(args[1]);
    out.push_back(in.list(std::move(part)));
    at += size;
  }
  return generator(in, std::move(out));
}

Value filter_groupby(Interpreter& in, const Value& self, const Args& args) {
  const bool case_sensitive = flag(in, args, 2, false);
  std::vector<Keyed> items;
  std::vector<Keyed> originals;  // key as it stands in the item, item
  for (const Value& item : items_of(in, self)) {
    Value key = in.attribute(item, args[0]);
    if (key.is(Kind::kUndefined) && args.has(1)) key = args[1];
    originals.emplace_back(key, item);
    items.emplace_back(sort_key(in, key, Value::absent(), case_sensitive),
                       Value::of(static_cast<int64_t>(originals.size() - 1)));
    if (in.failed()) return Value::failed();
  }
  sort_keyed(in, items, false);
  std::vector<Value> groups;
  for (size_t i = 0; i < items.size() && !in.failed();) {
    std::vector<Value> members;
    const Value key = originals[static_cast<size_t>(items[i].second.integer)].first;
    size_t j = i;
    for (; j < items.size() && in.equal(items[i].first, items[j].first); ++j) {
      members.push_back(originals[static_cast<size_t>(items[j].second.integer)].second);
    }
    const Value group = in.list({key, in.list(std::move(members))}, Flavour::kTuple);
    if (in.failed()) break;
    group.list->group = true;
    groups.push_back(group);
    i = std::max(j, i + 1);  // NaN does not equal itself
  }
  return in.failed() ? Value::failed() : in.list(std::move(groups));
}

// ---- map, select

// The rest of the arguments, for the filter or test that is named by argument `from - 1`.
CallArgs rest_of(const CallArgs& raw, size_t from) {
  CallArgs rest;
  rest.positional.assign(raw.positional.begin() + static_cast<std::ptrdiff_t>(from),
                         raw.positional.end());
  rest.named = raw.named;
  return rest;
}

const FunctionRow* named_row(Interpreter& in, std::span<const FunctionRow> rows, const Value& name,
                             std::string_view what) {
  if (!name.is(Kind::kString)) {
    in.fail(fmt::format("found {} as the name of a {}, expected a string", type_name(name), what));
    return nullptr;
  }
  const FunctionRow* row = find_row(rows, name.view());
  if (row == nullptr) in.fail(fmt::format("there is no {} `{}`", what, name.view()));
  return row;
}

Value map_attribute(Interpreter& in, const Value& self, const Args& args, const Value& path) {
  const Value* otherwise = args.raw.find("default");
  std::vector<Value> out;
  for (const Value& item : items_of(in, self)) {
    Value found = in.attribute(item, path);
    if (in.failed()) break;
    if (found.is(Kind::kUndefined) && otherwise != nullptr) found = *otherwise;
    out.push_back(found);
  }
  return in.failed() ? Value::failed() : generator(in, std::move(out));
}

Value filter_map(Interpreter& in, const Value& self, const Args& args) {
  if (args.raw.positional.empty()) {
    const Value* path = args.raw.find("attribute");
    if (path == nullptr) return in.fail("`map` needs the name of a filter, or attribute=");
    return map_attribute(in, self, args, *path);
  }
  const FunctionRow* row = named_row(in, filter_rows(), args.raw.positional[0], "filter");
  if (row == nullptr) return Value::failed();
  const Interpreter::Level level(in);  // map('map', 'map', ...)
  if (!level.ok) return Value::failed();
  const CallArgs rest = rest_of(args.raw, 1);
  std::vector<Value> out;
  for (const Value& item : items_of(in, self)) {
    out.push_back(in.apply(*row, item, rest));
    if (in.failed()) return Value::failed();
  }
  return generator(in, std::move(out));
}

// select, reject, selectattr and rejectattr.
template <bool kKeep, bool kAttribute>
Value filter_select(Interpreter& in, const Value& self, const Args& args) {
  const size_t named = kAttribute ? 1 : 0;
  const auto& positional = args.raw.positional;
  if (positional.size() < named) return in.fail("the name of an attribute is missing");
  const FunctionRow* row = nullptr;
  CallArgs rest;
  if (positional.size() > named) {
    row = named_row(in, test_rows(), positional[named], "test");
    if (row == nullptr) return Value::failed();
    rest = rest_of(args.raw, named + 1);
  }
  const Interpreter::Level level(in);
  if (!level.ok) return Value::failed();
  std::vector<Value> out;
  for (const Value& item : items_of(in, self)) {
    const Value tested = kAttribute ? in.attribute(item, positional[0]) : item;
    if (in.failed()) return Value::failed();
    const bool holds = in.truthy(row == nullptr ? tested : in.apply(*row, tested, rest));
    if (in.failed()) return Value::failed();
    if (holds == kKeep) out.push_back(item);
  }
  return generator(in, std::move(out));
}

// ---- others

Value filter_default(Interpreter& in, const Value& self, const Args& args) {
  const Value otherwise = args.has(0) ? args[0] : Value::borrow("");
  if (self.is(Kind::kUndefined)) return otherwise;
  if (flag(in, args, 1, false) && !in.truthy(self)) return otherwise;
  return in.failed() ? Value::failed() : self;
}

Value filter_attr(Interpreter& in, const Value& self, const Args& args) {
  const std::string_view name = in.str(args[0]);
  if (in.failed()) return Value::failed();
  if (!self.is_dict()) return in.field(self, name);
  if (find_row(dict_method_rows(), name) != nullptr) return in.field(self, name);
  return in.undefined(
      fmt::format("dict has no attribute `{}`; `attr` does not look at keys", name));
}

constexpr auto kRows = std::to_array<FunctionRow>({
    {"trim", filter_trim, 0, {"chars"}},
    {"length", filter_length},
    {"count", filter_length},
    {"join", filter_join, 0, {"d", "attribute"}},
    {"default", filter_default, 0, {"default_value", "boolean"}, false, true},
    {"d", filter_default, 0, {"default_value", "boolean"}, false, true},
    {"replace", filter_replace, 2, {"old", "new", "count"}},
    {"list", filter_list},
    {"string", filter_string},
    {"int", filter_int, 0, {"default", "base"}},
    {"float", filter_float, 0, {"default"}},
    {"upper", filter_map_text<to_upper_case>},
    {"lower", filter_map_text<to_lower_case>},
    {"capitalize", filter_map_text<to_capitalized>},
    {"title", filter_map_text<title_of_words>},
    {"first", filter_first},
    {"last", filter_last},
    {"map", filter_map, 0, {}, true},
    {"select", filter_select<true, false>, 0, {}, true},
    {"reject", filter_select<false, false>, 0, {}, true},
    {"selectattr", filter_select<true, true>, 0, {}, true},
    {"rejectattr", filter_select<false, true>, 0, {}, true},
    {"tojson", filter_tojson, 0, {"indent"}},
    {"sort", filter_sort, 0, {"reverse", "case_sensitive", "attribute"}},
    {"reverse", filter_reverse},
    {"unique", filter_unique, 0, {"case_sensitive", "attribute"}},
    {"items", filter_items, 0, {}, false, true},
    {"dictsort", filter_dictsort, 0, {"case_sensitive", "by", "reverse"}},
    {"groupby", filter_groupby, 1, {"attribute", "default", "case_sensitive"}},
    {"batch", filter_batch, 1, {"linecount", "fill_with"}},
    {"slice", filter_slice, 1, {"slices", "fill_with"}},
    {"sum", filter_sum, 0, {"attribute", "start"}},
    {"max", filter_extreme<true>, 0, {"case_sensitive", "attribute"}},
    {"min", filter_extreme<false>, 0, {"case_sensitive", "attribute"}},
    {"abs", filter_abs},
    {"round", filter_round, 0, {"precision", "method"}},
    {"format", filter_format, 0, {}, true},
    {"indent", filter_indent, 0, {"width", "first", "blank"}},
    {"truncate", filter_truncate, 0, {"length", "killwords", "end", "leeway"}},
    {"wordcount", filter_wordcount},
    {"wordwrap",
     filter_wordwrap,
     0,
     {"width", "break_long_words", "wrapstring", "break_on_hyphens"}},
    {"center", filter_center, 0, {"width"}},
    {"escape", filter_escape},
    {"e", filter_escape},
    {"forceescape", filter_force_escape},
    {"safe", filter_safe},
    {"striptags", filter_map_text<strip_tags>},
    {"urlencode", filter_urlencode},
    {"filesizeformat", filter_filesizeformat, 0, {"binary"}},
    {"attr", filter_attr, 1, {"name"}},
    {"regex_replace", filter_regex_replace, 2, {"pattern", "repl", "count"}},
});

}  // namespace

std::span<const FunctionRow> filter_rows() { return kRows; }

}  // namespace assay::suites::jinja
