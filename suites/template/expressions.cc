// Interpreter: evaluation of expressions, calls, fields and items.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "harness/base/json.h"
#include "suites/template/interpreter.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {
namespace {

bool is_list_kind(const Value& value) { return value.is(Kind::kJsonList) || value.is(Kind::kList); }

// Methods of a value's type.
std::span<const FunctionRow> methods_of(const Value& value) {
  switch (value.kind) {
    case Kind::kString:
      return string_method_rows();
    case Kind::kJsonList:
      return list_method_rows();
    case Kind::kList:
      if (value.list->flavour == Flavour::kList) return list_method_rows();
      if (value.list->flavour == Flavour::kTuple || value.list->flavour == Flavour::kRange) {
        return list_method_rows().first(2);  // index and count
      }
      return {};
    case Kind::kJsonDict:
    case Kind::kDict:
      return dict_method_rows();
    case Kind::kFloat:
      return float_method_rows();
    case Kind::kLoop:
      return loop_method_rows();
    case Kind::kCycler:
      return cycler_method_rows();
    default:
      return {};
  }
}

// Python's slice indices for a sequence of `n` items.
struct Range {
  int64_t begin;
  int64_t end;
  int64_t step;
};
Range slice_range(int64_t n, std::optional<int64_t> start, std::optional<int64_t> stop,
                  int64_t step) {
  const int64_t low = step < 0 ? -1 : 0;
  const int64_t high = step < 0 ? n - 1 : n;
  const auto clamp = [&](int64_t i) {
    if (i < 0) i = i < -n ? low : i + n;  // -n first: i + n cannot overflow
    return std::clamp(i, low, high);
  };
  return {start ? clamp(*start) : (step < 0 ? high : low),
          stop ? clamp(*stop) : (step < 0 ? low : high), step};
}

// Indices of the slice in order, at most the items there are.
template <typename F>
void for_each_index(const Range& r, F&& f) {
  for (int64_t i = r.begin; r.step > 0 ? i < r.end : i > r.end;) {
    f(static_cast<size_t>(i));
    if (__builtin_add_overflow(i, r.step, &i)) break;
  }
}

}  // namespace

Value Interpreter::eval(const Expr& e) {
  const Level level(*this);
  if (!level.ok || !charge(1)) return Value::failed();
  switch (e.kind) {
    case ExprKind::kConstant:
      return e.constant;
    case ExprKind::kName:
      return eval_name(e);
    case ExprKind::kList:
    case ExprKind::kTuple:
      return eval_sequence(e);
    case ExprKind::kDict:
      return eval_dict(e);
    case ExprKind::kArithmetic:
      return eval_arithmetic(e);
    case ExprKind::kCompare:
      return eval_compare(e);
    case ExprKind::kConcat:
      return eval_concat(e);
    case ExprKind::kAnd:
    case ExprKind::kOr:
      return eval_logic(e);
    case ExprKind::kNot: {
      const bool truth = truthy(eval(*e.children[0]));
      return failed_ ? Value::failed() : Value::of(!truth);
    }
    case ExprKind::kNegative:
    case ExprKind::kPositive:
      return eval_sign(e);
    case ExprKind::kConditional:
      return eval_conditional(e);
    case ExprKind::kPostfix:
      return eval_postfix(e);
  }
  return Value::failed();
}

const Value* Interpreter::find_variable(uint32_t symbol) const {
  for (const Frame* f = frame_; f != nullptr; f = f->parent) {
    for (const auto& [known, value] : f->variables) {
      if (known == symbol) return &value;
    }
  }
  return nullptr;
}

Value Interpreter::eval_name(const Expr& e) {
  if (const Value* variable = find_variable(e.symbol); variable != nullptr) return *variable;
  const std::string_view name = program_.symbols[e.symbol];
  at_ = e.at;
  if (context_.is_object()) {
    for (const auto& [key, node] : context_.get_ref<const Json::object_t&>()) {
      if (key == name) {
        return wrap(node);
      }
    }
  }
  if (e.global != nullptr) {
    auto* callable = heap_.make<CallableObject>();
    callable->row = e.global;
    Value value = Value::of(Kind::kCallable);
    value.callable = callable;
    return value;
  }
  Value value = undefined({});
  value.undefined->what = UndefinedInfo::What::kName;
  value.undefined->name = name;
  return value;
}

Value Interpreter::eval_sequence(const Expr& e) {
  std::vector<Value> items;
  items.reserve(e.children.size());
  for (const ExprPtr& child : e.children) {
    items.push_back(eval(*child));
    if (failed_) return Value::failed();
  }
  return list(std::move(items), e.kind == ExprKind::kTuple ? Flavour::kTuple : Flavour::kList);
}

Value Interpreter::eval_dict(const Expr& e) {
  auto* dict = heap_.make<DictObject>();
  for (size_t i = 0; i + 1 < e.children.size(); i += 2) {
    const Value key = eval(*e.children[i]);
    const Value value = eval(*e.children[i + 1]);
    if (failed_) return Value::failed();
    at_ = e.children[i]->at;
    store(*dict, key, value);
  }
  return failed_ ? Value::failed() : Value::of(dict);
}

Value Interpreter::eval_arithmetic(const Expr& e) {
  Value left = eval(*e.children[0]);
  for (size_t i = 0; i < e.ops.size() && !failed_; ++i) {
    const Value right = eval(*e.children[i + 1]);
    if (failed_) break;
    at_ = e.at;
    left = binary(e.ops[i], left, right);
  }
  return failed_ ? Value::failed() : left;
}

Value Interpreter::eval_compare(const Expr& e) {
  Value left = eval(*e.children[0]);
  for (size_t i = 0; i < e.ops.size() && !failed_; ++i) {
    const Value right = eval(*e.children[i + 1]);
    if (failed_) break;
    at_ = e.at;
    const bool holds = compare(e.ops[i], left, right);
    if (failed_) break;
    if (!holds) return Value::of(false);
    left = right;
  }
  return failed_ ? Value::failed() : Value::of(true);
}

Value Interpreter::eval_concat(const Expr& e) {
  std::string joined;
  for (const ExprPtr& child : e.children) {
    const Value part = eval(*child);
    if (failed_) return Value::failed();
    at_ = child->at;
    append_str(joined, part);
    if (!charge_text(joined.size())) return Value::failed();
  }
  return text(std::move(joined));
}

// `and` and `or` give the operand that decides, as in Python.
Value Interpreter::eval_logic(const Expr& e) {
  const bool stops_at = e.kind == ExprKind::kOr;
  for (size_t i = 0; i + 1 < e.children.size(); ++i) {
    const Value value = eval(*e.children[i]);
    const bool truth = truthy(value);
    if (failed_) return Value::failed();
    if (truth == stops_at) return value;
  }
  return eval(*e.children.back());
}

Value Interpreter::eval_sign(const Expr& e) {
  const Value value = eval(*e.children[0]);
  if (failed_) return Value::failed();
  at_ = e.at;
  if (value.is(Kind::kUndefined)) return fail_undefined(value);
  const bool negative = e.kind == ExprKind::kNegative;
  if (value.is(Kind::kFloat)) return Value::of(negative ? -value.number : value.number);
  if (!value.is_integral()) {
    return fail(
        fmt::format("`{}` before {}, expected a number", negative ? '-' : '+', type_name(value)));
  }
  return negative ? integer_op(Op::kSubtract, 0, value.as_integer())
                  : Value::of(value.as_integer());
}

Value Interpreter::eval_conditional(const Expr& e) {
  const bool truth = truthy(eval(*e.children[0]));
  if (failed_) return Value::failed();
  if (truth) return eval(*e.children[1]);
  if (e.children.size() > 2) return eval(*e.children[2]);
  at_ = e.at;
  // Jinja makes an ordinary undefined value here, also when it is strict elsewhere.
  Value nothing = undefined("the condition of this `if` is false and it has no `else`");
  nothing.undefined->lenient = true;
  return nothing;
}

// ---- postfix chains

// `caller` is passed on to the last call of the chain, for {% call %}.
Value Interpreter::eval_postfix(const Expr& e, const Value* caller) {
  Value value = eval(*e.children[0]);
  for (size_t i = 0; i < e.steps.size() && !failed_; ++i) {
    const Step& step = e.steps[i];
    if (!charge(1)) break;
    const bool called = i + 1 < e.steps.size() && e.steps[i + 1].kind == StepKind::kCall;
    if (step.kind == StepKind::kField && called) {
      const Value* const last = i + 2 == e.steps.size() ? caller : nullptr;
      const Value result = run_method(value, step, e.steps[i + 1], last);
      if (result.given()) {
        value = result;
        ++i;
        continue;
      }
    }
    if (step.kind == StepKind::kCall) {
      value = run_call(value, step, i + 1 == e.steps.size() ? caller : nullptr);
    } else {
      value = run_step(value, step);
    }
  }
  return failed_ ? Value::failed() : value;
}

Value Interpreter::run_step(const Value& value, const Step& step) {
  at_ = step.at;
  switch (step.kind) {
    case StepKind::kField:
      return field(value, step.name);
    case StepKind::kItem: {
      const Value key = eval(*step.key);
      at_ = step.at;
      return failed_ ? Value::failed() : item(value, key);
    }
    case StepKind::kSlice:
      return eval_slice(value, step);
    case StepKind::kFilter:
      return eval_filter(value, step);
    case StepKind::kTest: {
      const Value result = eval_filter(value, step);
      const bool truth = truthy(result);
      return failed_ ? Value::failed() : Value::of(truth != step.negated);
    }
    case StepKind::kCall:
      break;
  }
  return fail("a call outside a chain");
}

Value Interpreter::eval_filter(const Value& value, const Step& step) {
  CallArgs args;
  if (!eval_arguments(step.arguments, args)) return Value::failed();
  at_ = step.at;
  return apply(*step.row, value, args);
}

Value Interpreter::run_method(const Value& self, const Step& field, const Step& call,
                              const Value* caller) {
  const FunctionRow* row = find_row(methods_of(self), field.name);
  if (row == nullptr) return Value::absent();
  CallArgs args;
  if (!eval_arguments(call.arguments, args)) return Value::failed();
  if (caller != nullptr) args.named.push_back({"caller", *caller});
  at_ = field.at;
  return apply(*row, self, args);
}

Value Interpreter::run_call(const Value& callee, const Step& step, const Value* caller) {
  CallArgs args;
  if (!eval_arguments(step.arguments, args)) return Value::failed();
  if (caller != nullptr) args.named.push_back({"caller", *caller});
  at_ = step.at;
  return call(callee, args);
}

bool Interpreter::eval_arguments(const Arguments& arguments, CallArgs& out) {
  if (arguments.empty()) return true;
  out.positional.reserve(arguments.positional.size());
  for (const ExprPtr& e : arguments.positional) {
    out.positional.push_back(eval(*e));
    if (failed_) return false;
  }
  for (const auto& [name, e] : arguments.named) {
    out.named.push_back({name, eval(*e)});
    if (failed_) return false;
  }
  return eval_star_arguments(arguments, out);
}

bool Interpreter::eval_star_arguments(const Arguments& arguments, CallArgs& out) {
  if (arguments.star) {
    const Sequence items(*this, eval(*arguments.star));
    for (size_t i = 0; i < items.size() && charge(1); ++i) out.positional.push_back(items.at(i));
  }
  if (arguments.star_star && !failed_) {
    const Value dict = eval(*arguments.star_star);
    at_ = arguments.star_star->at;
    if (!dict.is_dict() && !failed_) {
      fail(fmt::format("`**` before {}, expected a dict", type_name(dict)));
    }
    if (failed_) return false;
    for (const auto& [key, value] : entries(dict)) {
      if (!key.is(Kind::kString)) {
        fail("`**` needs a dict whose keys are strings");
        break;
      }
      if (out.find(key.view()) != nullptr) {
        fail(fmt::format("argument `{}` is given twice", key.view()));
        break;
      }
      out.named.push_back({key.view(), value});
    }
  }
  return !failed_;
}

Value Interpreter::apply(const FunctionRow& row, const Value& self, const CallArgs& raw) {
  Args args{{}, raw};
  args.bound.fill(Value::absent());
  if (self.is(Kind::kUndefined) && !row.takes_undefined) {
    return self.lenient() ? apply(row, Value::borrow(""), raw) : fail_undefined(self);
  }
  size_t known = 0;
  while (known < kParametersMax && !row.parameters[known].empty()) ++known;
  if (!row.variadic) {
    if (raw.positional.size() > known) {
      return fail(fmt::format("`{}` takes at most {} arguments, found {}", row.name, known,
                              raw.positional.size()));
    }
    std::copy(raw.positional.begin(), raw.positional.end(), args.bound.begin());
    for (const NamedValue& n : raw.named) {
      const auto* end = row.parameters.begin() + known;
      const auto* at = std::find(row.parameters.begin(), end, n.name);
      if (at == end) return fail(fmt::format("`{}` has no argument `{}`", row.name, n.name));
      Value& slot = args.bound[static_cast<size_t>(at - row.parameters.begin())];
      if (slot.given()) return fail(fmt::format("argument `{}` is given twice", n.name));
      slot = n.value;
    }
    for (size_t i = 0; i < known; ++i) {
      if (i < row.required && !args.has(i)) {
        return fail(fmt::format("`{}` needs its argument `{}`", row.name, row.parameters[i]));
      }
      if (args.bound[i].is(Kind::kUndefined) && !row.takes_undefined) {
        return fail_undefined(args.bound[i]);
      }
    }
  }
  return row.run(*this, self, args);
}

Value Interpreter::call(const Value& callee, CallArgs& args) {
  const Level level(*this);
  if (!level.ok || !charge(1)) return Value::failed();
  switch (callee.kind) {
    case Kind::kCallable:
      return apply(*callee.callable->row, callee.callable->self, args);
    case Kind::kMacro:
      return call_macro(*callee.macro, args);
    case Kind::kJoiner:
      if (std::exchange(callee.joiner->used, true)) return callee.joiner->separator;
      return Value::borrow("");
    case Kind::kLoop: {
      const LoopObject& loop = *callee.loop;
      if (!loop.stmt->recursive) return fail("`loop()` needs `recursive` in its `for`");
      if (args.positional.size() != 1) return fail("`loop()` takes one argument");
      if (calls_ >= limits_.depth_max) {
        return fail_limit(
            fmt::format("calls nested deeper than {} (limit depth_max)", limits_.depth_max));
      }
      ++calls_;
      std::string outer = std::exchange(out_, {});
      run_for(*loop.stmt, args.positional[0], loop.parent, loop.depth + 1);
      std::string made = std::exchange(out_, std::move(outer));
      --calls_;
      return failed_ ? Value::failed() : text(std::move(made));
    }
    case Kind::kUndefined:
      return fail_undefined(callee);
    default:
      return fail(fmt::format("{} cannot be called", type_name(callee)));
  }
}

// ---- macros

Value Interpreter::call_macro(const MacroObject& macro, const CallArgs& args) {
  if (calls_ >= limits_.depth_max) {
    return fail_limit(
        fmt::format("calls nested deeper than {} (limit depth_max)", limits_.depth_max));
  }
  auto* frame = heap_.make<Frame>(macro.closure);
  if (!bind_macro(macro, args, *frame)) return Value::failed();
  ++calls_;
  const Value result = capture(*macro.body, frame);
  --calls_;
  return result;
}

bool Interpreter::bind_macro(const MacroObject& macro, const CallArgs& args, Frame& frame) {
  const MacroDecl& decl = *macro.decl;
  const size_t n = decl.parameters.size();
  std::vector<Value> rest;
  for (size_t i = n; i < args.positional.size(); ++i) rest.push_back(args.positional[i]);
  if (!rest.empty() && !decl.uses_varargs) {
    fail(fmt::format("macro `{}` takes at most {} arguments, found {}", decl.name, n,
                     args.positional.size()));
    return false;
  }
  for (size_t i = 0; i < n; ++i) {
    const Value* named = args.find(decl.parameters[i].name);
    if (named != nullptr && i < args.positional.size()) {
      fail(fmt::format("argument `{}` is given twice", decl.parameters[i].name));
      return false;
    }
    if (i < args.positional.size()) named = &args.positional[i];
    if (named != nullptr) bind(frame, decl.parameters[i].symbol, *named);
  }
  auto* kwargs = heap_.make<DictObject>();
  for (const NamedValue& given : args.named) {
    const auto is_it = [&](const Parameter& p) { return p.name == given.name; };
    if (std::any_of(decl.parameters.begin(), decl.parameters.end(), is_it)) continue;
    if (given.name == "caller" && decl.uses_caller) {
      bind(frame, kSymbolCaller, given.value);
    } else if (decl.uses_kwargs && given.name != "caller") {
      store(*kwargs, Value::borrow(given.name), given.value);
    } else {
      fail(fmt::format("macro `{}` has no argument `{}`", decl.name, given.name));
      return false;
    }
  }
  if (decl.uses_varargs) bind(frame, kSymbolVarargs, list(std::move(rest), Flavour::kTuple));
  if (decl.uses_kwargs) bind(frame, kSymbolKwargs, Value::of(kwargs));
  if (decl.uses_caller && args.find("caller") == nullptr) {
    bind(frame, kSymbolCaller, undefined("no caller: the macro was not used by a `call` block"));
  }
  Frame* const outer = std::exchange(frame_, &frame);  // defaults may name earlier parameters
  for (const Parameter& p : decl.parameters) {
    const auto is_it = [&](const auto& v) { return v.first == p.symbol; };
    if (std::any_of(frame.variables.begin(), frame.variables.end(), is_it)) continue;
    bind(frame, p.symbol,
         p.fallback ? eval(*p.fallback)
                    : undefined(fmt::format("parameter `{}` of macro `{}` was not given", p.name,
                                            decl.name)));
  }
  frame_ = outer;
  return !failed_;
}

// ---- fields and items

Value Interpreter::field(const Value& value, std::string_view name) {
  if (value.is(Kind::kUndefined)) return fail_undefined(value);
  if (const FunctionRow* row = find_row(methods_of(value), name); row != nullptr) {
    auto* callable = heap_.make<CallableObject>();
    callable->row = row;
    callable->self = value;
    Value method = Value::of(Kind::kCallable);
    method.callable = callable;
    return method;
  }
  if (value.is_dict()) {
    const Value found = dict_get(value, Value::borrow(name));
    return found.given() ? found : no_field(value, name);
  }
  return special_field(value, name);
}

Value Interpreter::special_field(const Value& value, std::string_view name) {
  Value found = Value::absent();
  if (value.is(Kind::kLoop)) {
    found = loop_field(*value.loop, name);
  } else if (value.is(Kind::kNamespace)) {
    const Value* stored = find(value.space->fields, Value::borrow(name));
    if (stored != nullptr) return *stored;
  } else if (value.is(Kind::kMacro) && name == "name") {
    return Value::borrow(value.macro->decl->name);
  } else if (value.is(Kind::kCycler) && name == "current") {
    return value.cycler->items[value.cycler->position];
  } else if (value.is(Kind::kList) && value.list->group && value.list->items.size() == 2) {
    if (name == "grouper") return value.list->items[0];
    if (name == "list") return value.list->items[1];
  }
  return found.given() ? found : no_field(value, name);
}

Value Interpreter::loop_field(const LoopObject& loop, std::string_view name) {
  const auto n = static_cast<int64_t>(loop.items.size());
  const auto i = static_cast<int64_t>(loop.index);
  if (name == "index") return Value::of(i + 1);
  if (name == "index0") return Value::of(i);
  if (name == "first") return Value::of(i == 0);
  if (name == "last") return Value::of(i + 1 == n);
  if (name == "length") return Value::of(n);
  if (name == "revindex") return Value::of(n - i);
  if (name == "revindex0") return Value::of(n - i - 1);
  if (name == "depth") return Value::of(static_cast<int64_t>(loop.depth) + 1);
  if (name == "depth0") return Value::of(static_cast<int64_t>(loop.depth));
  if (name == "previtem") {
    return i == 0 ? undefined("there is no previous item") : loop.items.at(loop.index - 1);
  }
  if (name == "nextitem") {
    return i + 1 >= n ? undefined("there is no next item") : loop.items.at(loop.index + 1);
  }
  return Value::absent();
}

Value Interpreter::item(const Value& value, const Value& key) {
  if (value.is(Kind::kUndefined)) return fail_undefined(value);
  if (key.is(Kind::kUndefined)) return fail_undefined(key);
  if (value.is_dict()) {
    const Value found = dict_get(value, key);
    if (failed_ || found.given()) return found;
  } else if (key.is_integral() && (value.is(Kind::kString) || is_list_kind(value))) {
    size_t n = 0;
    if (!is_sequence(value) || !length(value, n))
      return failed_ ? Value::failed() : no_item(value, key);
    int64_t i = key.as_integer();
    if (i < 0) i += static_cast<int64_t>(n);
    if (i < 0 || std::cmp_greater_equal(i, n)) return no_item(value, key);
    const auto index = static_cast<size_t>(i);
    const Value now = resolve(value);
    if (now.is(Kind::kList)) return now.list->items[index];
    if (now.is(Kind::kJsonList)) return wrap((*now.json)[index]);
    const size_t at = n == now.size ? index : byte_offset(now.view(), index);
    char32_t point = 0;
    return Value::borrow(now.view().substr(at, decode_point(now.view(), at, point)));
  }
  if (!key.is(Kind::kString)) return no_item(value, key);
  const Value found = field(value, key.view());
  if (failed_ || !found.is(Kind::kUndefined)) return found;
  return no_item(value, key);
}

Value Interpreter::attribute(const Value& value, const Value& path) {
  if (path.is_integral()) return item(value, path);
  if (!path.is(Kind::kString)) {
    return fail(fmt::format("found {} as the name of a field, expected a string or an integer",
                            type_name(path)));
  }
  Value found = value;
  for (const std::string_view part : split_by(path.view(), ".")) {
    if (!charge(1)) break;
    const bool index = !part.empty() && part.size() < 18 && all_decimals(part) && is_ascii(part);
    int64_t number = 0;
    for (const char c : part) number = index ? number * 10 + (c - '0') : 0;
    found = item(found, index ? Value::of(number) : Value::borrow(part));
  }
  return failed_ ? Value::failed() : found;
}

bool Interpreter::slice_bound(const ExprPtr& e, bool& given, int64_t& out) {
  given = false;
  if (!e) return true;
  const Value value = eval(*e);
  if (failed_) return false;
  at_ = e->at;
  if (value.is(Kind::kNone)) return true;
  given = true;
  return to_integer(value, "a slice", out);
}

Value Interpreter::eval_slice(const Value& value, const Step& step) {
  std::array<bool, 3> given{};
  std::array<int64_t, 3> bounds{};
  const std::array<const ExprPtr*, 3> parts = {&step.key, &step.stop, &step.step};
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!slice_bound(*parts[i], given[i], bounds[i])) return Value::failed();
  }
  at_ = step.at;
  if (value.is(Kind::kUndefined)) return fail_undefined(value);
  size_t n = 0;
  if (!is_sequence(value) || value.is_dict()) {
    return fail(fmt::format("{} cannot be sliced, expected a string or a list", type_name(value)));
  }
  if (given[2] && bounds[2] == 0) return fail("the step of a slice is 0");
  if (!length(value, n) || !charge(1 + n / 64)) return Value::failed();
  const auto optional = [&](size_t i) {
    return given[i] ? std::optional<int64_t>(bounds[i]) : std::nullopt;
  };
  const Range range =
      slice_range(static_cast<int64_t>(n), optional(0), optional(1), given[2] ? bounds[2] : 1);
  if (value.is(Kind::kString)) {
    const std::string_view s = value.view();
    if (range.step == 1) {  // a view, nothing is copied
      const auto begin = static_cast<size_t>(range.begin);
      const size_t count = range.end > range.begin ? static_cast<size_t>(range.end) - begin : 0;
      if (n == s.size()) return Value::borrow(s.substr(begin, count));
      const std::string_view rest = s.substr(byte_offset(s, begin));
      return Value::borrow(rest.substr(0, byte_offset(rest, count)));
    }
    const std::vector<std::string_view> all = characters(s);
    std::string out;
    for_each_index(range, [&](size_t i) { out += all[i]; });
    return text(std::move(out));
  }
  const Sequence items(*this, value);
  std::vector<Value> out;
  for_each_index(range, [&](size_t i) { out.push_back(items.at(i)); });
  return list(std::move(out), is_tuple(value) ? Flavour::kTuple : Flavour::kList);
}

}  // namespace assay::suites::jinja
