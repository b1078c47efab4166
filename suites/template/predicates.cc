// The tests (`x is even`), with the semantics of Jinja2 3.1.6.
#include <fmt/format.h>

#include "suites/template/builtins.h"
#include "suites/template/interpreter.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {
namespace {

Value yes(bool b) { return Value::of(b); }

Value failed_or(const Interpreter& in, bool b) {
  return in.failed() ? Value::failed() : Value::of(b);
}

Value test_defined(Interpreter&, const Value& self, const Args&) {
  return yes(!self.is(Kind::kUndefined));
}
Value test_undefined(Interpreter&, const Value& self, const Args&) {
  return yes(self.is(Kind::kUndefined));
}
template <Kind kWanted>
Value test_kind(Interpreter&, const Value& self, const Args&) {
  return yes(self.is(kWanted));
}
template <bool kWanted>
Value test_bool(Interpreter&, const Value& self, const Args&) {
  return yes(self.is(Kind::kBool) && self.boolean == kWanted);
}
Value test_number(Interpreter&, const Value& self, const Args&) { return yes(self.is_number()); }
Value test_mapping(Interpreter&, const Value& self, const Args&) { return yes(self.is_dict()); }
Value test_sequence(Interpreter& in, const Value& self, const Args&) {
  return yes(in.is_sequence(self));
}
Value test_iterable(Interpreter& in, const Value& self, const Args&) {
  return yes(in.is_iterable(self));
}
Value test_callable(Interpreter&, const Value& self, const Args&) {
  return yes(self.is(Kind::kCallable) || self.is(Kind::kMacro) || self.is(Kind::kJoiner) ||
             self.is(Kind::kLoop) || self.is(Kind::kUndefined));
}
Value test_lower(Interpreter& in, const Value& self, const Args&) {
  const std::string_view s = in.str(self);
  return failed_or(in, is_lower_text(s));
}
Value test_upper(Interpreter& in, const Value& self, const Args&) {
  const std::string_view s = in.str(self);
  return failed_or(in, is_upper_text(s));
}
Value test_escaped(Interpreter&, const Value& self, const Args&) { return yes(self.safe); }

// value % divisor == expected, for any number.
Value remainder_is(Interpreter& in, const Value& self, int64_t divisor, int64_t expected) {
  const Value rest = in.binary(Op::kModulo, self, Value::of(divisor));
  return failed_or(in, !rest.bad() && in.equal(rest, Value::of(expected)));
}
Value test_even(Interpreter& in, const Value& self, const Args&) {
  return remainder_is(in, self, 2, 0);
}
Value test_odd(Interpreter& in, const Value& self, const Args&) {
  return remainder_is(in, self, 2, 1);
}
Value test_divisibleby(Interpreter& in, const Value& self, const Args& args) {
  const Value rest = in.binary(Op::kModulo, self, args[0]);
  return failed_or(in, !rest.bad() && in.equal(rest, Value::of(int64_t{0})));
}

Value test_eq(Interpreter& in, const Value& self, const Args& args) {
  return failed_or(in, in.equal(self, args[0]));
}
Value test_ne(Interpreter& in, const Value& self, const Args& args) {
  return failed_or(in, !in.equal(self, args[0]));
}
Value test_lt(Interpreter& in, const Value& self, const Args& args) {
  return failed_or(in, in.less(self, args[0]));
}
Value test_gt(Interpreter& in, const Value& self, const Args& args) {
  return failed_or(in, in.less(args[0], self));
}
Value test_le(Interpreter& in, const Value& self, const Args& args) {
  const bool less = in.less(self, args[0]);
  return failed_or(in, less || in.equal(self, args[0]));
}
Value test_ge(Interpreter& in, const Value& self, const Args& args) {
  const bool greater = in.less(args[0], self);
  return failed_or(in, greater || in.equal(self, args[0]));
}
Value test_in(Interpreter& in, const Value& self, const Args& args) {
  return failed_or(in, in.contains(args[0], self));
}

// `is`: the same object; values that hold no object are the same when they are equal.
Value test_sameas(Interpreter& in, const Value& self, const Args& args) {
  const Value a = in.resolve(self);
  const Value b = in.resolve(args[0]);
  if (a.kind != b.kind) return yes(false);
  const bool plain = a.is_number() || a.is(Kind::kString) || a.is(Kind::kNone);
  return plain ? failed_or(in, in.equal(a, b)) : yes(a.text == b.text);
}

Value test_is_filter(Interpreter& in, const Value& self, const Args&) {
  return yes(find_row(filter_rows(), in.str(self)) != nullptr);
}
Value test_is_test(Interpreter& in, const Value& self, const Args&) {
  return yes(find_row(test_rows(), in.str(self)) != nullptr);
}

constexpr auto kRows = std::to_array<FunctionRow>({
    {"defined", test_defined, 0, {}, false, true},
    {"undefined", test_undefined, 0, {}, false, true},
    {"none", test_kind<Kind::kNone>, 0, {}, false, true},
    {"string", test_kind<Kind::kString>, 0, {}, false, true},
    {"boolean", test_kind<Kind::kBool>, 0, {}, false, true},
    {"integer", test_kind<Kind::kInt>, 0, {}, false, true},
    {"float", test_kind<Kind::kFloat>, 0, {}, false, true},
    {"number", test_number, 0, {}, false, true},
    {"mapping", test_mapping, 0, {}, false, true},
    {"sequence", test_sequence, 0, {}, false, true},
    {"iterable", test_iterable},
    {"callable", test_callable, 0, {}, false, true},
    {"true", test_bool<true>, 0, {}, false, true},
    {"false", test_bool<false>, 0, {}, false, true},
    {"even", test_even},
    {"odd", test_odd},
    {"divisibleby", test_divisibleby, 1, {"num"}},
    {"lower", test_lower},
    {"upper", test_upper},
    {"escaped", test_escaped, 0, {}, false, true},
    {"sameas", test_sameas, 1, {"other"}, false, true},
    {"in", test_in, 1, {"seq"}},
    {"filter", test_is_filter},
    {"test", test_is_test},
    {"eq", test_eq, 1, {"other"}},
    {"equalto", test_eq, 1, {"other"}},
    {"==", test_eq, 1, {"other"}},
    {"ne", test_ne, 1, {"other"}},
    {"!=", test_ne, 1, {"other"}},
    {"lt", test_lt, 1, {"other"}},
    {"lessthan", test_lt, 1, {"other"}},
    {"<", test_lt, 1, {"other"}},
    {"le", test_le, 1, {"other"}},
    {"<=", test_le, 1, {"other"}},
    {"gt", test_gt, 1, {"other"}},
    {"greaterthan", test_gt, 1, {"other"}},
    {">", test_gt, 1, {"other"}},
    {"ge", test_ge, 1, {"other"}},
    {">=", test_ge, 1, {"other"}},
});

}  // namespace

std::span<const FunctionRow> test_rows() { return kRows; }

}  // namespace assay::suites::jinja
