// Methods of Python's str, list, tuple, dict and float, and of Jinja's loop and cycler; the global
// functions; and the look-up of all tables.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "suites/template/builtins.h"
#include "suites/template/format.h"
#include "suites/template/interpreter.h"
#include "suites/template/numbers.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {
namespace {

constexpr int64_t kWidthMax = 1'000'000;
constexpr size_t kNone = std::string_view::npos;

// A string argument; false with an error for other kinds.
bool string_argument(Interpreter& in, const Args& args, size_t i, std::string_view what,
                     std::string_view& out) {
  if (args[i].is(Kind::kString)) {
    out = args[i].view();
    return true;
  }
  in.fail(fmt::format("found {} for {}, expected a str", type_name(args[i]), what));
  return false;
}

bool absent_or_none(const Args& args, size_t i) { return !args.has(i) || args[i].is(Kind::kNone); }

Value list_of(Interpreter& in, const std::vector<std::string_view>& parts,
              Flavour flavour = Flavour::kList) {
  std::vector<Value> items;
  items.reserve(parts.size());
  for (const std::string_view part : parts) items.push_back(Value::borrow(part));
  return in.list(std::move(items), flavour);
}

// ---- str

template <std::string (*kMap)(std::string_view)>
Value str_map(Interpreter& in, const Value& self, const Args&) {
  return in.text(kMap(self.view()));
}
template <bool (*kTest)(std::string_view)>
Value str_test(Interpreter& in, const Value& self, const Args&) {
  return in.charge(self.size / 64) ? Value::of(kTest(self.view())) : Value::failed();
}

template <bool kLeft, bool kRight>
Value str_strip(Interpreter& in, const Value& self, const Args& args) {
  std::string_view s = self.view();
  if (absent_or_none(args, 0)) {
    if (kLeft) s = strip_left(s);
    if (kRight) s = strip_right(s);
    return Value::borrow(s);
  }
  std::string_view set;
  if (!string_argument(in, args, 0, "the characters to strip", set)) return Value::failed();
  if (!in.charge(1 + s.size() / 64 * (1 + set.size() / 16))) return Value::failed();
  if (kLeft) s = strip_left(s, set);
  if (kRight) s = strip_right(s, set);
  return Value::borrow(s);
}

template <bool kFromRight>
Value str_split(Interpreter& in, const Value& self, const Args& args) {
  int64_t max = -1;
  if (args.has(1) && !in.to_integer(args[1], "maxsplit", max)) return Value::failed();
  if (!in.charge(self.size / 16)) return Value::failed();
  if (absent_or_none(args, 0)) {
    return list_of(in, kFromRight ? rsplit_words(self.view(), max) : split_words(self.view(), max));
  }
  std::string_view separator;
  if (!string_argument(in, args, 0, "the separator", separator)) return Value::failed();
  if (separator.empty()) return in.fail("the separator is empty");
  return list_of(in, kFromRight ? rsplit_by(self.view(), separator, max)
                                : split_by(self.view(), separator, max));
}

Value str_splitlines(Interpreter& in, const Value& self, const Args& args) {
  if (!in.charge(self.size / 16)) return Value::failed();
  return list_of(in, split_lines(self.view(), args.has(0) && in.truthy(args[0])));
}

template <bool kLast>
Value str_partition(Interpreter& in, const Value& self, const Args& args) {
  std::string_view separator;
  if (!string_argument(in, args, 0, "the separator", separator)) return Value::failed();
  if (separator.empty()) return in.fail("the separator is empty");
  const std::string_view s = self.view();
  const size_t at = kLast ? rfind_text(s, separator) : find_text(s, separator);
  std::vector<std::string_view> parts = {s, s.substr(s.size()), s.substr(s.size())};
  if (at != kNone) {
    parts = {s.substr(0, at), separator, s.substr(at + separator.size())};
  } else if (kLast) {
    std::swap(parts[0], parts[2]);
  }
  return list_of(in, parts, Flavour::kTuple);
}

Value str_replace(Interpreter& in, const Value& self, const Args& args) {
  std::string_view from;
  std::string_view to;
  int64_t count = -1;
  if (!string_argument(in, args, 0, "the text to replace", from) ||
      !string_argument(in, args, 1, "the replacement", to)) {
    return Value::failed();
  }
  if (args.has(2) && !in.to_integer(args[2], "count", count)) return Value::failed();
  return replace_text(in, self.view(), from, to, count);
}

// The part of the string that the arguments start and end (from `first`) leave, and the number of
// characters before it; nothing when start lies behind the end.
struct Window {
  std::string_view text;
  size_t before = 0;
};
std::optional<Window> window(Interpreter& in, const Value& self, const Args& args, size_t first) {
  const std::string_view s = self.view();
  if (absent_or_none(args, first) && absent_or_none(args, first + 1)) return Window{s, 0};
  const auto n = static_cast<int64_t>(count_points(s));
  int64_t start = 0;
  int64_t end = n;
  if (!absent_or_none(args, first)) in.to_integer(args[first], "start", start);
  if (!absent_or_none(args, first + 1)) in.to_integer(args[first + 1], "end", end);
  const auto clamp = [n](int64_t i) {
    return i < 0 ? std::max<int64_t>(i < -n ? 0 : i + n, 0) : i;
  };
  start = clamp(start);
  end = std::min(clamp(end), n);
  if (start > end) return std::nullopt;
  const size_t from = byte_offset(s, static_cast<size_t>(start));
  const std::string_view rest = s.substr(from);
  return Window{rest.substr(0, byte_offset(rest, static_cast<size_t>(end - start))),
                static_cast<size_t>(start)};
}

template <bool kLast, bool kMustExist>
Value str_find(Interpreter& in, const Value& self, const Args& args) {
  std::string_view needle;
  if (!string_argument(in, args, 0, "the text to find", needle)) return Value::failed();
  const std::optional<Window> w = window(in, self, args, 1);
  if (!in.charge(1 + self.size / 64)) return Value::failed();
  const size_t at = !w ? kNone : kLast ? rfind_text(w->text, needle) : find_text(w->text, needle);
  if (at == kNone) {
    return kMustExist ? in.fail("the text to find does not occur") : Value::of(int64_t{-1});
  }
  return Value::of(static_cast<int64_t>(w->before + count_points(w->text.substr(0, at))));
}

Value str_count(Interpreter& in, const Value& self, const Args& args) {
  std::string_view needle;
  if (!string_argument(in, args, 0, "the text to count", needle)) return Value::failed();
  const std::optional<Window> w = window(in, self, args, 1);
  if (!in.charge(1 + self.size / 64)) return Value::failed();
  if (!w) return Value::of(int64_t{0});
  if (needle.empty()) return Value::of(static_cast<int64_t>(count_points(w->text)) + 1);
  int64_t n = 0;
  std::string_view rest = w->text;
  for (size_t at = find_text(rest, needle); at != kNone; at = find_text(rest, needle)) {
    rest.remove_prefix(at + needle.size());
    ++n;
  }
  return Value::of(n);
}

template <bool kEnd>
Value str_affix(Interpreter& in, const Value& self, const Args& args) {
  const std::optional<Window> w = window(in, self, args, 1);
  if (in.failed() || !w) return in.failed() ? Value::failed() : Value::of(false);
  std::vector<Value> affixes = {args[0]};
  if (is_tuple(args[0])) affixes = args[0].list->items;
  for (const Value& affix : affixes) {
    if (!affix.is(Kind::kString)) {
      return in.fail(fmt::format("found {}, expected a str or a tuple of them", type_name(affix)));
    }
    if (kEnd ? w->text.ends_with(affix.view()) : w->text.starts_with(affix.view())) {
      return Value::of(true);
    }
  }
  return Value::of(false);
}

template <bool kEnd>
Value str_remove(Interpreter& in, const Value& self, const Args& args) {
  std::string_view affix;
  if (!string_argument(in, args, 0, "the text to remove", affix)) return Value::failed();
  std::string_view s = self.view();
  if (kEnd && s.ends_with(affix)) s.remove_suffix(affix.size());
  if (!kEnd && s.starts_with(affix)) s.remove_prefix(affix.size());
  return Value::borrow(s);
}

Value str_join(Interpreter& in, const Value& self, const Args& args) {
  const Sequence items(in, args[0]);
  std::string out;
  for (size_t i = 0; i < items.size() && in.charge(1); ++i) {
    const Value item = items.at(i);
    if (item.is(Kind::kUndefined)) return in.fail_undefined(item);
    if (!item.is(Kind::kString)) {
      return in.fail(fmt::format("item {} is {}, expected a str", i, type_name(item)));
    }
    if (i > 0) out += self.view();
    out += item.view();
    if (!in.charge_text(out.size())) break;
  }
  return in.failed() ? Value::failed() : in.text(std::move(out));
}

Value str_format_method(Interpreter& in, const Value& self, const Args& args) {
  return str_format(in, self.view(), args.raw);
}

enum class Justify : uint8_t { kCenter, kLeft, kRight };

template <Justify kHow>
Value str_justify(Interpreter& in, const Value& self, const Args& args) {
  int64_t width = 0;
  std::string_view fill = " ";
  if (!in.to_integer(args[0], "width", width)) return Value::failed();
  if (args.has(1) && !string_argument(in, args, 1, "the fill character", fill)) {
    return Value::failed();
  }
  if (count_points(fill) != 1) return in.fail("the fill is not exactly one character");
  if (width > kWidthMax) return in.fail_limit(fmt::format("width is above {}", kWidthMax));
  const size_t n = count_points(self.view());
  if (std::cmp_greater_equal(n, width)) return self;
  if (kHow == Justify::kCenter) {
    return in.text(centered(self.view(), static_cast<size_t>(width), fill));
  }
  std::string padding;
  for (size_t i = n; std::cmp_less(i, width); ++i) padding += fill;
  const std::string_view s = self.view();
  return in.text(kHow == Justify::kLeft ? fmt::format("{}{}", s, padding)
                                        : fmt::format("{}{}", padding, s));
}

Value str_zfill(Interpreter& in, const Value& self, const Args& args) {
  int64_t width = 0;
  if (!in.to_integer(args[0], "width", width)) return Value::failed();
  if (width > kWidthMax) return in.fail_limit(fmt::format("width is above {}", kWidthMax));
  const std::string_view s = self.view();
  const size_t n = count_points(s);
  if (std::cmp_greater_equal(n, width)) return self;
  const bool sign = s.starts_with('-') || s.starts_with('+');
  std::string out(s.substr(0, sign ? 1 : 0));
  out.append(static_cast<size_t>(width) - n, '0');
  out += s.substr(sign ? 1 : 0);
  return in.text(std::move(out));
}

Value str_expandtabs(Interpreter& in, const Value& self, const Args& args) {
  int64_t size = 8;
  if (args.has(0) && !in.to_integer(args[0], "tabsize", size)) return Value::failed();
  if (size > 64) return in.fail("tabsize is above 64");
  std::string out;
  size_t column = 0;
  for (const std::string_view c : characters(self.view())) {
    if (c == "\t") {
      const size_t blanks =
          size > 0 ? static_cast<size_t>(size) - column % static_cast<size_t>(size) : 0;
      out.append(blanks, ' ');
      column += blanks;
    } else {
      out += c;
      column = c == "\n" || c == "\r" ? 0 : column + 1;
    }
  }
  return in.text(std::move(out));
}

constexpr auto kStringRows = std::to_array<FunctionRow>({
    {"strip", str_strip<true, true>, 0, {"chars"}},
    {"split", str_split<false>, 0, {"sep", "maxsplit"}},
    {"replace", str_replace, 2, {"old", "new", "count"}},
    {"lower", str_map<to_lower_case>},
    {"upper", str_map<to_upper_case>},
    {"join", str_join, 1, {"iterable"}},
    {"format", str_format_method, 0, {}, true},
    {"lstrip", str_strip<true, false>, 0, {"chars"}},
    {"rstrip", str_strip<false, true>, 0, {"chars"}},
    {"startswith", str_affix<false>, 1, {"prefix", "start", "end"}},
    {"endswith", str_affix<true>, 1, {"suffix", "start", "end"}},
    {"find", str_find<false, false>, 1, {"sub", "start", "end"}},
    {"rfind", str_find<true, false>, 1, {"sub", "start", "end"}},
    {"index", str_find<false, true>, 1, {"sub", "start", "end"}},
    {"rindex", str_find<true, true>, 1, {"sub", "start", "end"}},
    {"count", str_count, 1, {"sub", "start", "end"}},
    {"capitalize", str_map<to_capitalized>},
    {"title", str_map<to_title>},
    {"swapcase", str_map<swap_case>},
    {"casefold", str_map<to_lower_case>},
    {"rsplit", str_split<true>, 0, {"sep", "maxsplit"}},
    {"splitlines", str_splitlines, 0, {"keepends"}},
    {"partition", str_partition<false>, 1, {"sep"}},
    {"rpartition", str_partition<true>, 1, {"sep"}},
    {"removeprefix", str_remove<false>, 1, {"prefix"}},
    {"removesuffix", str_remove<true>, 1, {"suffix"}},
    {"zfill", str_zfill, 1, {"width"}},
    {"center", str_justify<Justify::kCenter>, 1, {"width", "fillchar"}},
    {"ljust", str_justify<Justify::kLeft>, 1, {"width", "fillchar"}},
    {"rjust", str_justify<Justify::kRight>, 1, {"width", "fillchar"}},
    {"expandtabs", str_expandtabs, 0, {"tabsize"}},
    {"isdigit", str_test<all_digits>},
    {"isdecimal", str_test<all_decimals>},
    {"isnumeric", str_test<all_digits>},
    {"isalpha", str_test<all_letters>},
    {"isalnum", str_test<all_alphanumeric>},
    {"isspace", str_test<all_spaces>},
    {"isupper", str_test<is_upper_text>},
    {"islower", str_test<is_lower_text>},
});

// ---- list and tuple

Value list_index(Interpreter& in, const Value& self, const Args& args) {
  const Sequence items(in, self);
  const auto n = static_cast<int64_t>(items.size());
  int64_t start = 0;
  int64_t end = n;
  if (args.has(1) && !in.to_integer(args[1], "start", start)) return Value::failed();
  if (args.has(2) && !in.to_integer(args[2], "end", end)) return Value::failed();
  if (start < 0) start = std::max<int64_t>(start < -n ? 0 : start + n, 0);
  if (end < 0) end = end < -n ? 0 : end + n;
  for (int64_t i = start; i < std::min(end, n) && !in.failed(); ++i) {
    if (in.equal(items.at(static_cast<size_t>(i)), args[0])) return Value::of(i);
  }
  if (in.failed()) return Value::failed();
  std::string what;
  in.append_repr(what, args[0]);
  return in.fail(fmt::format("{} is not in the list", what));
}

Value list_count(Interpreter& in, const Value& self, const Args& args) {
  const Sequence items(in, self);
  int64_t n = 0;
  for (size_t i = 0; i < items.size() && !in.failed(); ++i) {
    if (in.equal(items.at(i), args[0])) ++n;
  }
  return in.failed() ? Value::failed() : Value::of(n);
}

Value list_append(Interpreter& in, const Value& self, const Args& args) {
  ListObject* list = in.writable_list(self);
  if (list == nullptr || !in.charge(1)) return Value::failed();
  list->items.push_back(args[0]);
  return {};
}

Value list_extend(Interpreter& in, const Value& self, const Args& args) {
  const Sequence more(in, args[0]);
  ListObject* list = in.writable_list(self);
  if (list == nullptr || !in.charge(more.size())) return Value::failed();
  const size_t n = more.size();  // of the list itself this would grow
  for (size_t i = 0; i < n; ++i) list->items.push_back(more.at(i));
  return {};
}

Value list_insert(Interpreter& in, const Value& self, const Args& args) {
  int64_t at = 0;
  ListObject* list = in.writable_list(self);
  if (list == nullptr || !in.to_integer(args[0], "the position", at)) return Value::failed();
  const auto n = static_cast<int64_t>(list->items.size());
  if (!in.charge(1 + list->items.size() / 8)) return Value::failed();
  if (at < 0) at = at < -n ? 0 : at + n;
  list->items.insert(list->items.begin() + std::min(at, n), args[1]);
  return {};
}

Value list_pop(Interpreter& in, const Value& self, const Args& args) {
  int64_t at = -1;
  ListObject* list = in.writable_list(self);
  if (list == nullptr || (args.has(0) && !in.to_integer(args[0], "the position", at))) {
    return Value::failed();
  }
  const auto n = static_cast<int64_t>(list->items.size());
  if (at < -n || at >= n) return in.fail(fmt::format("no item {} in a list of {}", at, n));
  if (!in.charge(1 + list->items.size() / 8)) return Value::failed();
  const auto it = list->items.begin() + (at < 0 ? at + n : at);
  const Value taken = *it;
  list->items.erase(it);
  return taken;
}

Value list_remove(Interpreter& in, const Value& self, const Args& args) {
  const Value at =
      list_index(in, self, Args{{args[0], Value::absent(), Value::absent()}, args.raw});
  ListObject* list = at.bad() ? nullptr : in.writable_list(self);
  if (list == nullptr || !in.charge(1 + list->items.size() / 8)) return Value::failed();
  list->items.erase(list->items.begin() + at.integer);
  return {};
}

Value list_clear(Interpreter& in, const Value& self, const Args&) {
  ListObject* list = in.writable_list(self);
  if (list == nullptr) return Value::failed();
  list->items.clear();
  return {};
}

Value list_copy(Interpreter& in, const Value& self, const Args&) {
  const Sequence items(in, self);
  std::vector<Value> copy;
  for (size_t i = 0; i < items.size() && in.charge(1); ++i) copy.push_back(items.at(i));
  return in.list(std::move(copy));
}

Value list_reverse(Interpreter& in, const Value& self, const Args&) {
  ListObject* list = in.writable_list(self);
  if (list == nullptr || !in.charge(list->items.size())) return Value::failed();
  std::reverse(list->items.begin(), list->items.end());
  return {};
}

Value list_sort(Interpreter& in, const Value& self, const Args& args) {
  ListObject* list = in.writable_list(self);
  if (list == nullptr) return Value::failed();
  const bool reverse = args.has(0) && in.truthy(args[0]);
  std::stable_sort(list->items.begin(), list->items.end(), [&](const Value& a, const Value& b) {
    return reverse ? in.less(b, a) : in.less(a, b);
  });
  return in.failed() ? Value::failed() : Value();
}

// The first two are also the methods of tuples and ranges.
constexpr auto kListRows = std::to_array<FunctionRow>({
    {"index", list_index, 1, {"value", "start", "stop"}},
    {"count", list_count, 1, {"value"}},
    {"append", list_append, 1, {"object"}},
    {"extend", list_extend, 1, {"iterable"}},
    {"insert", list_insert, 2, {"index", "object"}},
    {"pop", list_pop, 0, {"index"}},
    {"remove", list_remove, 1, {"value"}},
    {"clear", list_clear},
    {"copy", list_copy},
    {"reverse", list_reverse},
    {"sort", list_sort, 0, {"reverse"}},
});

// ---- dict

template <Flavour kWhat>
Value dict_view(Interpreter& in, const Value& self, const Args&) {
  std::vector<Value> items;
  for (const auto& [key, value] : in.entries(self)) {
    if (kWhat == Flavour::kKeys) items.push_back(key);
    if (kWhat == Flavour::kValues) items.push_back(value);
    if (kWhat == Flavour::kItems) items.push_back(in.list({key, value}, Flavour::kTuple));
  }
  return in.failed() ? Value::failed() : in.list(std::move(items), kWhat);
}

Value dict_get_method(Interpreter& in, const Value& self, const Args& args) {
  const Value found = in.dict_get(self, args[0]);
  if (found.given()) return found;
  return args.has(1) ? args[1] : Value();
}

Value dict_setdefault(Interpreter& in, const Value& self, const Args& args) {
  DictObject* dict = in.writable_dict(self);
  if (dict == nullptr) return Value::failed();
  if (const Value* found = in.find(*dict, args[0]); found != nullptr) return *found;
  const Value value = args.has(1) ? args[1] : Value();
  in.store(*dict, args[0], value);
  return in.failed() ? Value::failed() : value;
}

bool store_all(Interpreter& in, DictObject& dict, const Value& source) {
  if (source.is_dict()) {
    for (const auto& [key, value] : in.entries(source)) in.store(dict, key, value);
    return !in.failed();
  }
  const Sequence pairs(in, source);
  for (size_t i = 0; i < pairs.size() && !in.failed(); ++i) {
    const Sequence pair(in, pairs.at(i));
    if (!in.failed() && pair.size() != 2) in.fail("expected pairs of key and value");
    if (!in.failed()) in.store(dict, pair.at(0), pair.at(1));
  }
  return !in.failed();
}

// update(...) and dict(...): at most one dict or list of pairs, then named values.
bool update(Interpreter& in, DictObject& dict, const CallArgs& raw) {
  if (raw.positional.size() > 1) {
    in.fail(
        fmt::format("found {} positional arguments, expected at most 1", raw.positional.size()));
    return false;
  }
  if (!raw.positional.empty() && !store_all(in, dict, raw.positional[0])) return false;
  for (const NamedValue& n : raw.named) in.store(dict, Value::borrow(n.name), n.value);
  return !in.failed();
}

Value dict_update(Interpreter& in, const Value& self, const Args& args) {
  DictObject* dict = in.writable_dict(self);
  return dict != nullptr && update(in, *dict, args.raw) ? Value() : Value::failed();
}

Value dict_pop(Interpreter& in, const Value& self, const Args& args) {
  DictObject* dict = in.writable_dict(self);
  if (dict == nullptr) return Value::failed();
  const Value* found = in.find(*dict, args[0]);
  if (in.failed()) return Value::failed();
  if (found == nullptr) {
    if (args.has(1)) return args[1];
    std::string key;
    in.append_repr(key, args[0]);
    return in.fail(fmt::format("the object has no key {}", key));
  }
  const Value taken = *found;
  const auto* at = std::find_if(dict->entries.data(), dict->entries.data() + dict->entries.size(),
                                [&](const auto& e) { return &e.second == found; });
  in.erase(*dict, static_cast<size_t>(at - dict->entries.data()));
  return in.failed() ? Value::failed() : taken;
}

Value dict_clear(Interpreter& in, const Value& self, const Args&) {
  DictObject* dict = in.writable_dict(self);
  if (dict == nullptr) return Value::failed();
  dict->entries.clear();
  dict->index.clear();
  return {};
}

Value dict_copy(Interpreter& in, const Value& self, const Args&) {
  auto* copy = in.heap().make<DictObject>();
  return store_all(in, *copy, self) ? Value::of(copy) : Value::failed();
}

constexpr auto kDictRows = std::to_array<FunctionRow>({
    {"items", dict_view<Flavour::kItems>},
    {"keys", dict_view<Flavour::kKeys>},
    {"values", dict_view<Flavour::kValues>},
    {"get", dict_get_method, 1, {"key", "default"}},
    {"update", dict_update, 0, {}, true},
    {"setdefault", dict_setdefault, 1, {"key", "default"}},
    {"pop", dict_pop, 1, {"key", "default"}},
    {"clear", dict_clear},
    {"copy", dict_copy},
});

// ---- float, loop, cycler

Value float_is_integer(Interpreter&, const Value& self, const Args&) {
  return Value::of(std::isfinite(self.number) && std::floor(self.number) == self.number);
}
constexpr auto kFloatRows = std::to_array<FunctionRow>({{"is_integer", float_is_integer}});

Value loop_cycle(Interpreter& in, const Value& self, const Args& args) {
  const auto& items = args.raw.positional;
  if (items.empty()) return in.fail("`cycle` needs at least one value");
  return items[self.loop->index % items.size()];
}

Value loop_changed(Interpreter& in, const Value& self, const Args& args) {
  LoopObject& loop = *self.loop;
  const auto& now = args.raw.positional;
  bool same = loop.has_changed && loop.changed.size() == now.size();
  for (size_t i = 0; same && i < now.size(); ++i) same = in.equal(loop.changed[i], now[i]);
  if (in.failed()) return Value::failed();
  loop.changed = now;
  loop.has_changed = true;
  return Value::of(!same);
}

constexpr auto kLoopRows = std::to_array<FunctionRow>({
    {"cycle", loop_cycle, 0, {}, true},
    {"changed", loop_changed, 0, {}, true},
});

Value cycler_next(Interpreter&, const Value& self, const Args&) {
  CyclerObject& cycler = *self.cycler;
  const Value now = cycler.items[cycler.position];
  cycler.position = (cycler.position + 1) % cycler.items.size();
  return now;
}
Value cycler_reset(Interpreter&, const Value& self, const Args&) {
  self.cycler->position = 0;
  return {};
}

constexpr auto kCyclerRows = std::to_array<FunctionRow>({
    {"next", cycler_next},
    {"reset", cycler_reset},
});

// ---- global functions

Value global_range(Interpreter& in, const Value&, const Args& args) {
  std::array<int64_t, 3> n = {0, 0, 1};
  const size_t given = args.has(2) ? 3 : args.has(1) ? 2 : 1;
  for (size_t i = 0; i < given; ++i) {
    if (!in.to_integer(args[i], "range", n[i])) return Value::failed();
  }
  if (given == 1) n = {0, n[0], 1};
  if (n[2] == 0) return in.fail("the step of range is 0");
  std::vector<Value> items;
  for (int64_t i = n[0]; n[2] > 0 ? i < n[1] : i > n[1];) {
    if (!in.charge(1)) return Value::failed();
    items.push_back(Value::of(i));
    if (__builtin_add_overflow(i, n[2], &i)) break;
  }
  const Value list = in.list(std::move(items), Flavour::kRange);
  if (list.bad()) return list;
  list.list->start = n[0];
  list.list->stop = n[1];
  list.list->step = n[2];
  return list;
}

Value global_dict(Interpreter& in, const Value&, const Args& args) {
  auto* dict = in.heap().make<DictObject>();
  return update(in, *dict, args.raw) ? Value::of(dict) : Value::failed();
}

Value global_namespace(Interpreter& in, const Value&, const Args& args) {
  auto* space = in.heap().make<NamespaceObject>();
  if (!update(in, space->fields, args.raw)) return Value::failed();
  Value value = Value::of(Kind::kNamespace);
  value.space = space;
  return value;
}

Value global_cycler(Interpreter& in, const Value&, const Args& args) {
  if (args.raw.positional.empty()) return in.fail("`cycler` needs at least one value");
  auto* cycler = in.heap().make<CyclerObject>();
  cycler->items = args.raw.positional;
  Value value = Value::of(Kind::kCycler);
  value.cycler = cycler;
  return value;
}

Value global_joiner(Interpreter& in, const Value&, const Args& args) {
  auto* joiner = in.heap().make<JoinerObject>();
  joiner->separator = args.has(0) ? args[0] : Value::borrow(", ");
  Value value = Value::of(Kind::kJoiner);
  value.joiner = joiner;
  return value;
}

constexpr auto kGlobalRows = std::to_array<FunctionRow>({
    {"range", global_range, 1, {"start", "stop", "step"}},
    {"dict", global_dict, 0, {}, true},
    {"namespace", global_namespace, 0, {}, true},
    {"cycler", global_cycler, 0, {}, true},
    {"joiner", global_joiner, 0, {"sep"}},
});

// Edit distance, for suggestions; names are short.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::span<const FunctionRow> string_method_rows() { return kStringRows; }
std::span<const FunctionRow> list_method_rows() { return kListRows; }
std::span<const FunctionRow> dict_method_rows() { return kDictRows; }
std::span<const FunctionRow> float_method_rows() { return kFloatRows; }
std::span<const FunctionRow> loop_method_rows() { return kLoopRows; }
std::span<const FunctionRow> cycler_method_rows() { return kCyclerRows; }
std::span<const FunctionRow> global_rows() { return kGlobalRows; }

const FunctionRow* find_row(std::span<const FunctionRow> rows, std::string_view name) {
  for (const FunctionRow& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::string_view nearest_name(std::span<const FunctionRow> rows, std::string_view name) {
  constexpr size_t kNameBytesMax = 40;
  std::string_view best;
  if (name.size() > kNameBytesMax) return best;
  size_t best_distance = name.size() / 3 + 2;
  for (const FunctionRow& row : rows) {
    const size_t d = distance(name, row.name);
    if (d < best_distance) {
      best_distance = d;
      best = row.name;
    }
  }
  return best;
}

}  // namespace assay::suites::jinja
