// Interpreter: operators, comparison, dicts, and what values mean as truth, length and key.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "suites/template/format.h"
#include "suites/template/interpreter.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {
namespace {

constexpr std::string_view kOverflow =
    "integer overflow: the result does not fit an integer of 64 bits";

// Dicts up to this size are searched from the front; an index would cost more.
constexpr size_t kIndexedFrom = 12;

std::string_view op_text(Op op) {
  static constexpr std::array<std::string_view, 15> kTexts = {
      "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "in", "not in"};
  return kTexts[static_cast<size_t>(op)];
}

bool is_listlike(const Value& v) { return v.is(Kind::kJsonList) || v.is(Kind::kList); }
bool is_list(const Value& v) {
  return v.is(Kind::kJsonList) || (v.is(Kind::kList) && v.list->flavour == Flavour::kList);
}

// Python compares an int with a float exactly; long double holds both without rounding on the
// platforms we build for (64 bits of significand or more).
int compare_numbers(const Value& a, const Value& b) {
  const auto wide = [](const Value& v) {
    return v.is(Kind::kFloat) ? static_cast<long double>(v.number)
                              : static_cast<long double>(v.as_integer());
  };
  const long double x = wide(a);
  const long double y = wide(b);
  if (std::isnan(x) || std::isnan(y)) return 2;  // neither less, equal nor greater
  return x < y ? -1 : x > y ? 1 : 0;
}

}  // namespace

std::string_view type_name(const Value& value) {
  switch (value.kind) {
    case Kind::kNone:
      return "None";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kFloat:
      return "float";
    case Kind::kString:
      return "str";
    case Kind::kJsonList:
      return "list";
    case Kind::kJsonDict:
    case Kind::kDict:
      return "dict";
    case Kind::kList: {
      static constexpr std::array<std::string_view, 7> kNames = {
          "list", "tuple", "generator", "range", "dict_keys", "dict_values", "dict_items"};
      return kNames[static_cast<size_t>(value.list->flavour)];
    }
    case Kind::kNamespace:
      return "namespace";
    case Kind::kLoop:
      return "loop";
    case Kind::kMacro:
      return "macro";
    case Kind::kCallable:
      return "function";
    case Kind::kCycler:
      return "cycler";
    case Kind::kJoiner:
      return "joiner";
    case Kind::kUndefined:
    case Kind::kAbsent:
    case Kind::kFailed:
      break;
  }
  return "undefined";
}

bool is_tuple(const Value& value) {
  return value.is(Kind::kList) && value.list->flavour == Flavour::kTuple;
}

// ---- truth, length, kinds

bool Interpreter::truthy(const Value& value) {
  if (failed_) return false;
  const Value now = resolve(value);
  switch (now.kind) {
    case Kind::kFailed:
    case Kind::kAbsent:
    case Kind::kNone:
      return false;
    case Kind::kUndefined:
      if (!now.lenient()) fail_undefined(now);
      return false;
    case Kind::kBool:
      return now.boolean;
    case Kind::kInt:
      return now.integer != 0;
    case Kind::kFloat:
      return now.number != 0;
    case Kind::kString:
      return now.size > 0;
    case Kind::kJsonList:
    case Kind::kJsonDict:
      return !now.json->empty();
    case Kind::kList:
      return now.list->flavour == Flavour::kGenerator || !now.list->items.empty();
    case Kind::kDict:
      return !now.dict->entries.empty();
    default:
      return true;
  }
}

bool Interpreter::length(const Value& value, size_t& n) {
  const Value now = resolve(value);
  switch (now.kind) {
    case Kind::kString:
      if (!charge(now.size / 64)) return false;
      n = count_points(now.view());
      return true;
    case Kind::kJsonList:
    case Kind::kJsonDict:
      n = now.json->size();
      return true;
    case Kind::kDict:
      n = now.dict->entries.size();
      return true;
    case Kind::kList:
      if (now.list->flavour == Flavour::kGenerator) break;
      n = now.list->items.size();
      return true;
    case Kind::kUndefined:
      fail_undefined(now);
      return false;
    default:
      break;
  }
  fail(fmt::format("{} has no length{}", type_name(now),
                   now.is(Kind::kList) ? "; make it a list with `|list`" : ""));
  return false;
}

bool Interpreter::is_iterable(const Value& value) const {
  return value.is(Kind::kString) || is_listlike(value) || value.is_dict();
}

// What has both a length and items by number or key.
bool Interpreter::is_sequence(const Value& value) const {
  if (value.is(Kind::kList)) {
    return value.list->flavour == Flavour::kList || value.list->flavour == Flavour::kTuple ||
           value.list->flavour == Flavour::kRange;
  }
  return is_iterable(value);
}

bool Interpreter::to_integer(const Value& value, std::string_view what, int64_t& out) {
  if (value.is(Kind::kUndefined)) {
    fail_undefined(value);
    return false;
  }
  if (!value.is_integral()) {
    fail(fmt::format("found {} for {}, expected an int", type_name(value), what));
    return false;
  }
  out = value.as_integer();
  return true;
}

// ---- arithmetic

Value Interpreter::binary(Op op, const Value& a, const Value& b) {
  if (a.is(Kind::kUndefined)) return fail_undefined(a);
  if (op == Op::kModulo && a.is(Kind::kString)) return percent_format(*this, a.view(), b);
  if (b.is(Kind::kUndefined)) return fail_undefined(b);
  if (a.is_integral() && b.is_integral()) return integer_op(op, a.as_integer(), b.as_integer());
  if (a.is_number() && b.is_number()) return float_op(op, a.as_double(), b.as_double());
  Value result = Value::absent();
  if (op == Op::kAdd) result = add(a, b);
  if (op == Op::kMultiply) result = multiply(a, b);
  if (failed_ || result.given()) return result;
  return fail(fmt::format("`{}` between {} and {} is not possible", op_text(op), type_name(a),
                          type_name(b)));
}

// Text with text, list with list, tuple with tuple; kAbsent for anything else.
Value Interpreter::add(const Value& a, const Value& b) {
  if (a.is(Kind::kString) && b.is(Kind::kString)) {
    if (!charge_text(a.size + b.size)) return Value::failed();
    std::string joined(a.safe || !b.safe ? a.view() : escape_html(a.view()));
    joined += a.safe && !b.safe ? escape_html(b.view()) : b.view();
    Value result = text(std::move(joined));
    result.safe = a.safe || b.safe;
    return result;
  }
  const bool lists = is_list(a) && is_list(b);
  if (!lists && !(is_tuple(a) && is_tuple(b))) return Value::absent();
  std::vector<Value> items;
  for (const Value* side : {&a, &b}) {
    const Sequence s(*this, *side);
    if (!charge(s.size())) return Value::failed();
    for (size_t i = 0; i < s.size(); ++i) items.push_back(s.at(i));
  }
  return list(std::move(items), lists ? Flavour::kList : Flavour::kTuple);
}

Value Interpreter::multiply(const Value& a, const Value& b) {
  if (b.is_integral()) return repeat(a, b.as_integer());
  if (a.is_integral()) return repeat(b, a.as_integer());
  return Value::absent();
}

Value Interpreter::repeat(const Value& value, int64_t times) {
  const auto count = static_cast<uint64_t>(std::max<int64_t>(times, 0));
  uint64_t total = 0;
  if (value.is(Kind::kString)) {
    if (__builtin_mul_overflow(count, value.size, &total)) total = UINT64_MAX;
    if (!charge_text(total)) return Value::failed();
    std::string out;
    out.reserve(total);
    for (uint64_t i = 0; i < count && value.size > 0; ++i) out += value.view();
    return text(std::move(out));
  }
  if (!is_list(value) && !is_tuple(value)) return Value::absent();
  const Sequence items(*this, value);
  if (__builtin_mul_overflow(count, items.size(), &total) || !charge(total)) {
    return failed_ ? Value::failed() : fail_limit("a list would have too many items");
  }
  std::vector<Value> out;
  out.reserve(total);
  for (uint64_t i = 0; i < total; ++i) out.push_back(items.at(i % items.size()));
  return list(std::move(out), is_list(value) ? Flavour::kList : Flavour::kTuple);
}

Value Interpreter::integer_op(Op op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflow = false;
  const bool divides = op == Op::kDivide || op == Op::kFloorDivide || op == Op::kModulo;
  if (divides && b == 0) return fail("division by zero");
  switch (op) {
    case Op::kAdd:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case Op::kSubtract:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case Op::kMultiply:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    case Op::kDivide:
      return Value::of(static_cast<double>(static_cast<long double>(a) / b));
    case Op::kFloorDivide:  // toward minus infinity
      overflow = b == -1 && a == std::numeric_limits<int64_t>::min();
      if (!overflow) result = a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
      break;
    case Op::kModulo:  // with the sign of the divisor
      if (b != -1) result = a % b;
      if (result != 0 && (result < 0) != (b < 0)) result += b;
      break;
    default:
      return integer_power(a, b);
  }
  return overflow ? fail(std::string(kOverflow)) : Value::of(result);
}

Value Interpreter::integer_power(int64_t base, int64_t exponent) {
  if (exponent < 0) return float_power(static_cast<double>(base), static_cast<double>(exponent));
  int64_t result = 1;
  while (exponent > 0) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) {
      return fail(std::string(kOverflow));
    }
    exponent >>= 1;
    if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) {
      return fail(std::string(kOverflow));
    }
  }
  return Value::of(result);
}

Value Interpreter::float_power(double base, double exponent) {
  if (base == 0 && exponent < 0) return fail("0 to a negative power");
  const double result = std::pow(base, exponent);
  if (std::isnan(result) && !std::isnan(base) && !std::isnan(exponent)) {
    return fail("a negative number to a fractional power is not a real number");
  }
  if (std::isinf(result) && !std::isinf(base) && !std::isinf(exponent)) {
    return fail("the power is outside the range of a float");
  }
  return Value::of(result);
}

Value Interpreter::float_op(Op op, double a, double b) {
  const bool divides = op == Op::kDivide || op == Op::kFloorDivide || op == Op::kModulo;
  if (divides && b == 0) return fail("division by zero");
  double rest = std::fmod(a, b);  // brought to the sign of the divisor, as Python does
  if (rest != 0 && (b < 0) != (rest < 0)) {
    rest += b;
  } else if (rest == 0) {
    rest = std::copysign(0.0, b);
  }
  switch (op) {
    case Op::kAdd:
      return Value::of(a + b);
    case Op::kSubtract:
      return Value::of(a - b);
    case Op::kMultiply:
      return Value::of(a * b);
    case Op::kDivide:
      return Value::of(a / b);
    case Op::kFloorDivide: {
      // (a - rest) / b is a whole number up to rounding; see CPython's float_floor_div.
      const double whole = (a - rest) / b;
      if (whole == 0) return Value::of(std::copysign(0.0, a / b));
      const double floor = std::floor(whole);
      return Value::of(whole - floor > 0.5 ? floor + 1 : floor);
    }
    case Op::kModulo:
      return Value::of(rest);
    default:
      return float_power(a, b);
  }
}

// ---- comparison

bool Interpreter::compare(Op op, const Value& a, const Value& b) {
  if (a.is(Kind::kUndefined)) fail_undefined(a);
  if (b.is(Kind::kUndefined)) fail_undefined(b);
  if (failed_) return false;
  switch (op) {
    case Op::kEqual:
      return equal(a, b);
    case Op::kNotEqual:
      return !equal(a, b);
    case Op::kIn:
      return contains(b, a);
    case Op::kNotIn:
      return !contains(b, a);
    default:
      break;
  }
  if (a.is_number() && b.is_number()) {
    const int order = compare_numbers(a, b);
    if (order == 2) return false;
    if (op == Op::kLess) return order < 0;
    if (op == Op::kLessEqual) return order <= 0;
    return op == Op::kGreater ? order > 0 : order >= 0;
  }
  if (op == Op::kLess) return less(a, b);
  if (op == Op::kGreater) return less(b, a);
  if (op == Op::kLessEqual) return !less(b, a);
  return !less(a, b);
}

bool Interpreter::equal(const Value& left, const Value& right) {
  if (!charge(1)) return false;
  if (left.is_number() && right.is_number()) return compare_numbers(left, right) == 0;
  const Value a = resolve(left);
  const Value b = resolve(right);
  for (const Value* v : {&a, &b}) {
    if (v->is(Kind::kUndefined)) {
      fail_undefined(*v);
      return false;
    }
  }
  if (a.is(Kind::kString) && b.is(Kind::kString)) return a.view() == b.view();
  if (is_listlike(a) && is_listlike(b)) return equal_sequences(a, b);
  if (a.is_dict() && b.is_dict()) return equal_dicts(a, b);
  if (a.kind != b.kind) return false;
  return a.is(Kind::kNone) || a.text == b.text;  // the rest: the same object
}

bool Interpreter::equal_sequences(const Value& a, const Value& b) {
  const bool same_kind = (is_list(a) && is_list(b)) || (a.is(Kind::kList) && b.is(Kind::kList) &&
                                                        a.list->flavour == b.list->flavour);
  if (!same_kind) return false;
  if (a.is(Kind::kList) && a.list->flavour == Flavour::kGenerator) return a.list == b.list;
  const ValueLevel level(*this);
  if (!level.ok) return false;
  const Sequence x(*this, a);
  const Sequence y(*this, b);
  if (x.size() != y.size()) return false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!equal(x.at(i), y.at(i))) return false;
  }
  return true;
}

bool Interpreter::equal_dicts(const Value& a, const Value& b) {
  const ValueLevel level(*this);
  if (!level.ok) return false;
  const auto x = entries(a);
  size_t n = 0;
  if (!length(b, n) || x.size() != n) return false;
  for (const auto& [key, value] : x) {
    const Value other = dict_get(b, key);
    if (!other.given() || !equal(value, other)) return false;
  }
  return true;
}

bool Interpreter::less(const Value& left, const Value& right) {
  if (!charge(1)) return false;
  if (left.is_number() && right.is_number()) return compare_numbers(left, right) == -1;
  const Value a = resolve(left);
  const Value b = resolve(right);
  if (a.is(Kind::kString) && b.is(Kind::kString)) return a.view() < b.view();
  if ((is_list(a) && is_list(b)) || (is_tuple(a) && is_tuple(b))) return less_sequences(a, b);
  for (const Value* v : {&a, &b}) {
    if (v->is(Kind::kUndefined)) {
      fail_undefined(*v);
      return false;
    }
  }
  fail(fmt::format("{} and {} have no order", type_name(a), type_name(b)));
  return false;
}

bool Interpreter::less_sequences(const Value& a, const Value& b) {
  const ValueLevel level(*this);
  if (!level.ok) return false;
  const Sequence x(*this, a);
  const Sequence y(*this, b);
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (!equal(x.at(i), y.at(i))) return !failed_ && less(x.at(i), y.at(i));
  }
  return x.size() < y.size();
}

bool Interpreter::contains(const Value& container, const Value& item) {
  if (failed_) return false;
  if (container.is(Kind::kString)) {
    if (!item.is(Kind::kString)) {
      fail(fmt::format("`in` a str needs a str before it, found {}", type_name(item)));
      return false;
    }
    return charge(container.size / 64) &&
           find_text(container.view(), item.view()) != std::string_view::npos;
  }
  if (container.is_dict()) return dict_get(container, item).given() && !failed_;
  const Sequence items(*this, container);
  for (size_t i = 0; !failed_ && i < items.size(); ++i) {
    if (equal(items.at(i), item)) return true;
  }
  return false;
}

// ---- dicts

bool Interpreter::hash(const Value& key, uint64_t& out) {
  switch (key.kind) {
    case Kind::kNone:
      out = 1;
      return true;
    case Kind::kBool:
    case Kind::kInt:
      out = mix64(static_cast<uint64_t>(key.as_integer()));
      return true;
    case Kind::kFloat: {
      // A whole number hashes as the integer that it equals.
      const bool whole = std::floor(key.number) == key.number && std::abs(key.number) < 0x1p62;
      out = whole ? mix64(static_cast<uint64_t>(static_cast<int64_t>(key.number)))
                  : std::hash<double>{}(key.number);
      return true;
    }
    case Kind::kString:
      out = std::hash<std::string_view>{}(key.view());
      return true;
    case Kind::kUndefined:
      fail_undefined(key);
      return false;
    default:
      break;
  }
  if (!is_tuple(key)) {
    if (!is_listlike(key) && !key.is_dict()) {  // functions, macros: by identity
      out = mix64(reinterpret_cast<uintptr_t>(key.text));
      return true;
    }
    fail(fmt::format("{} cannot be a key, expected a string, a number or a tuple", type_name(key)));
    return false;
  }
  const ValueLevel level(*this);
  out = 2;
  for (const Value& item : key.list->items) {
    uint64_t part = 0;
    if (!level.ok || !charge(1) || !hash(item, part)) return false;
    out = mix64(out ^ part);
  }
  return true;
}

// Where `key` stands in `dict`, or -1.
int64_t Interpreter::position(const DictObject& dict, const Value& key) {
  uint64_t h = 0;
  if (dict.index.empty()) {
    if (!key.is(Kind::kString) && !hash(key, h)) return -1;  // only for its error
    for (size_t i = 0; i < dict.entries.size(); ++i) {
      if (equal(dict.entries[i].first, key)) return static_cast<int64_t>(i);
    }
    return -1;
  }
  if (!hash(key, h)) return -1;
  const auto [begin, end] = dict.index.equal_range(h);
  for (auto it = begin; it != end; ++it) {
    if (equal(dict.entries[it->second].first, key)) return it->second;
  }
  return -1;
}

const Value* Interpreter::find(const DictObject& dict, const Value& key) {
  const int64_t i = position(dict, key);
  return i < 0 ? nullptr : &dict.entries[static_cast<size_t>(i)].second;
}

void Interpreter::store(DictObject& dict, const Value& key, const Value& value) {
  const int64_t i = position(dict, key);
  if (failed_ || !charge(1)) return;
  if (i >= 0) {
    dict.entries[static_cast<size_t>(i)].second = value;
    return;
  }
  dict.entries.emplace_back(key, value);
  if (dict.entries.size() < kIndexedFrom) return;
  const size_t from = dict.index.empty() ? 0 : dict.entries.size() - 1;
  for (size_t j = from; j < dict.entries.size(); ++j) {
    uint64_t h = 0;
    if (!hash(dict.entries[j].first, h)) return;
    dict.index.emplace(h, static_cast<uint32_t>(j));
  }
}

void Interpreter::erase(DictObject& dict, size_t at) {
  if (!charge(1 + dict.entries.size() / 8)) return;
  dict.entries.erase(dict.entries.begin() + static_cast<std::ptrdiff_t>(at));
  if (dict.index.empty()) return;
  dict.index.clear();
  for (size_t j = 0; j < dict.entries.size(); ++j) {
    uint64_t h = 0;
    if (!hash(dict.entries[j].first, h)) return;
    dict.index.emplace(h, static_cast<uint32_t>(j));
  }
}

std::vector<std::pair<Value, Value>> Interpreter::entries(const Value& dict) {
  const Value now = resolve(dict);
  if (now.is(Kind::kDict)) {
    if (!charge(now.dict->entries.size())) return {};
    return now.dict->entries;
  }
  std::vector<std::pair<Value, Value>> out;
  for (const auto& [key, node] : now.json->get_ref<const Json::object_t&>()) {
    if (!charge(1)) return {};
    out.emplace_back(Value::borrow(key), wrap(node));
  }
  return out;
}

Value Interpreter::dict_get(const Value& dict, const Value& key) {
  const Value now = resolve(dict);
  if (now.is(Kind::kDict)) {
    const Value* found = find(*now.dict, key);
    return failed_ ? Value::failed() : found == nullptr ? Value::absent() : *found;
  }
  if (!key.is(Kind::kString)) {
    uint64_t h = 0;
    return hash(key, h) ? Value::absent() : Value::failed();
  }
  const auto& members = now.json->get_ref<const Json::object_t&>();
  if (!charge(1 + members.size() / 16)) return Value::failed();
  for (const auto& [name, node] : members) {
    if (name == key.view()) return wrap(node);
  }
  return Value::absent();
}

}  // namespace assay::suites::jinja
