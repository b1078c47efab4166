#include "suites/template/interpreter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/json.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {
namespace {

// Levels of eval(), run() and value walks in each other, whatever depth_max says: what a thread's
// stack of 8 MB holds with room to spare.
constexpr size_t kLevelsMax = 1500;
constexpr uint64_t kTextBytesPerStep = 64;
constexpr size_t kNamesShownMax = 12;

}  // namespace

// ---- rendering

Result<std::string> Interpreter::render() {
  run(program_.body);
  if (failed_) return std::move(error_);
  return std::move(out_);
}

Result<Json> Interpreter::evaluate(const Expr& expression) {
  Json json = to_json(eval(expression));
  if (failed_) return std::move(error_);
  return json;
}

void Interpreter::run(const Block& block) {
  const Level level(*this);
  for (const Stmt& stmt : block) {
    if (!level.ok || failed_) return;
    run(stmt);
  }
}

void Interpreter::run(const Stmt& stmt) {
  if (!charge(1)) return;
  switch (stmt.kind) {
    case StmtKind::kText:
      return emit(stmt.text);
    case StmtKind::kOutput:
      at_ = stmt.at;
      return emit_value(eval(*stmt.expr));
    case StmtKind::kIf:
      return run_if(stmt);
    case StmtKind::kFor:
      return run_for(stmt, eval(*stmt.expr), frame_, 0);
    case StmtKind::kSet:
      return assign(stmt.targets[0], eval(*stmt.expr));
    case StmtKind::kSetBlock:
      return run_set_block(stmt);
    case StmtKind::kMacro:
      return bind(*frame_, stmt.macro->symbol, make_macro(stmt));
    case StmtKind::kCallBlock:
      return run_call_block(stmt);
    case StmtKind::kFilterBlock:
      return run_filter_block(stmt);
    case StmtKind::kWith:
      return run_with(stmt);
  }
}

void Interpreter::run_if(const Stmt& stmt) {
  for (size_t i = 0; i < stmt.blocks.size(); ++i) {
    const bool taken = i >= stmt.values.size() || truthy(eval(*stmt.values[i]));
    if (failed_) return;
    if (taken) return run(stmt.blocks[i]);
  }
}

void Interpreter::run_for(const Stmt& stmt, const Value& iterable, Frame* parent, size_t depth) {
  if (failed_) return;
  at_ = stmt.expr->at;
  auto* loop = heap_.make<LoopObject>();
  loop->items = Sequence(*this, stmt.filter ? filtered(stmt, iterable, parent) : iterable);
  loop->stmt = &stmt;
  loop->depth = depth;
  loop->parent = parent;
  Value loop_value = Value::of(Kind::kLoop);
  loop_value.loop = loop;
  auto* frame = heap_.make<Frame>(parent);
  Frame* const outer = std::exchange(frame_, frame);
  for (; !failed_ && loop->index < loop->items.size(); ++loop->index) {
    frame->variables.clear();
    bind(*frame, kSymbolLoop, loop_value);
    assign(stmt.targets[0], loop->items.at(loop->index));
    run(stmt.blocks[0]);
  }
  frame_ = outer;
  if (!failed_ && loop->index == 0 && stmt.blocks.size() > 1) run(stmt.blocks[1]);
}

// The items that pass the `if` of a `for`.
Value Interpreter::filtered(const Stmt& stmt, const Value& iterable, Frame* parent) {
  const Sequence items(*this, iterable);
  std::vector<Value> kept;
  auto* frame = heap_.make<Frame>(parent);
  Frame* const outer = std::exchange(frame_, frame);
  for (size_t i = 0; !failed_ && i < items.size(); ++i) {
    frame->variables.clear();
    const Value item = items.at(i);
    assign(stmt.targets[0], item);
    if (truthy(eval(*stmt.filter))) kept.push_back(item);
  }
  frame_ = outer;
  return list(std::move(kept));
}

void Interpreter::run_set_block(const Stmt& stmt) {
  const Value body = capture(stmt.blocks[0], heap_.make<Frame>(frame_));
  assign(stmt.targets[0], run_filters(stmt.steps, body));
}

void Interpreter::run_filter_block(const Stmt& stmt) {
  const Value body = capture(stmt.blocks[0], heap_.make<Frame>(frame_));
  emit_value(run_filters(stmt.steps, body));
}

Value Interpreter::run_filters(const std::vector<Step>& steps, Value value) {
  for (const Step& step : steps) {
    if (failed_) break;
    value = eval_filter(value, step);
  }
  return value;
}

void Interpreter::run_call_block(const Stmt& stmt) {
  const Value caller = make_macro(stmt);
  emit_value(eval_postfix(*stmt.expr, &caller));
}

void Interpreter::run_with(const Stmt& stmt) {
  auto* frame = heap_.make<Frame>(frame_);
  std::vector<Value> values;  // all of them, before the first name is bound
  for (const ExprPtr& e : stmt.values) values.push_back(eval(*e));
  Frame* const outer = std::exchange(frame_, frame);
  for (size_t i = 0; !failed_ && i < values.size(); ++i) assign(stmt.targets[i], values[i]);
  run(stmt.blocks[0]);
  frame_ = outer;
}

Value Interpreter::make_macro(const Stmt& stmt) {
  auto* macro = heap_.make<MacroObject>();
  macro->decl = stmt.macro.get();
  macro->body = stmt.blocks.data();
  macro->closure = frame_;
  Value value = Value::of(Kind::kMacro);
  value.macro = macro;
  return value;
}

// What `block` prints, run in `frame`.
Value Interpreter::capture(const Block& block, Frame* frame) {
  Frame* const outer_frame = std::exchange(frame_, frame);
  std::string outer_out = std::exchange(out_, {});
  run(block);
  std::string made = std::exchange(out_, std::move(outer_out));
  frame_ = outer_frame;
  return failed_ ? Value::failed() : text(std::move(made));
}

void Interpreter::assign(const Target& target, const Value& value) {
  if (failed_ || value.bad()) return;
  at_ = target.at;
  if (target.what == Target::What::kTuple) return assign_tuple(target, value);
  if (target.what == Target::What::kName) return bind(*frame_, target.symbol, value);
  const Value* space = find_variable(target.symbol);
  if (space == nullptr || !space->is(Kind::kNamespace)) {
    fail(fmt::format("cannot set `{0}.{1}`: `{0}` is not a namespace()",
                     program_.symbols[target.symbol], target.field));
    return;
  }
  store(space->space->fields, Value::borrow(target.field), value);
}

void Interpreter::assign_tuple(const Target& target, const Value& value) {
  if (!is_iterable(value)) {
    if (value.is(Kind::kUndefined)) {
      fail_undefined(value);
    } else {
      fail(fmt::format("cannot unpack {} into {} names", type_name(value), target.parts.size()));
    }
    return;
  }
  const Sequence items(*this, value);
  if (items.size() != target.parts.size()) {
    fail(fmt::format("found {} values to unpack, expected {}", items.size(), target.parts.size()));
    return;
  }
  for (size_t i = 0; i < target.parts.size(); ++i) assign(target.parts[i], items.at(i));
}

void Interpreter::bind(Frame& frame, uint32_t symbol, const Value& value) {
  for (auto& [known, slot] : frame.variables) {
    if (known == symbol) {
      slot = value;
      return;
    }
  }
  frame.variables.emplace_back(symbol, value);
}

void Interpreter::emit(std::string_view text) {
  if (failed_ || !charge_text(out_.size() + text.size())) return;
  out_ += text;
}

void Interpreter::emit_value(const Value& value) {
  if (failed_) return;
  if (value.is(Kind::kString)) return emit(value.view());
  const size_t before = out_.size();
  append_str(out_, value);
  charge(1 + (out_.size() - before) / kTextBytesPerStep);
}

// ---- errors and limits

Value Interpreter::fail(std::string message) {
  if (!failed_) {
    failed_ = true;
    error_ = {ErrorCode::kInput,
              fmt::format("template {}: {}", position_text(program_.source, at_), message),
              program_.where};
  }
  return Value::failed();
}

Value Interpreter::fail_limit(std::string message) {
  if (!failed_) {
    fail(std::move(message));
    error_.code = ErrorCode::kLimit;
  }
  return Value::failed();
}

Value Interpreter::fail_undefined(const Value& undefined) {
  at_ = undefined.undefined->at;
  return fail(undefined_text(*undefined.undefined));
}

bool Interpreter::charge(uint64_t n) {
  if (failed_) return false;
  steps_ += n;
  if (steps_ <= limits_.steps_max) return true;
  fail_limit(fmt::format("stopped after {} steps (limit steps_max)", limits_.steps_max));
  return false;
}

bool Interpreter::charge_text(uint64_t bytes) {
  if (bytes > limits_.output_bytes_max) {
    fail_limit(fmt::format("a text would be longer than {} bytes (limit output_bytes_max)",
                           limits_.output_bytes_max));
    return false;
  }
  return !failed_;
}

Interpreter::Level::Level(Interpreter& in) : ok(in.levels_ < kLevelsMax), in_(in) {
  ++in.levels_;
  if (!ok) in.fail_limit(fmt::format("nested deeper than {} levels", kLevelsMax));
}
Interpreter::Level::~Level() { --in_.levels_; }

Interpreter::ValueLevel::ValueLevel(Interpreter& in)
    : ok(in.value_levels_ < in.limits_.depth_max && in.levels_ < kLevelsMax), in_(in) {
  ++in.value_levels_;
  ++in.levels_;
  if (!ok) {
    in.fail_limit(fmt::format("a value is nested deeper than {} levels (limit depth_max)",
                              in.limits_.depth_max));
  }
}
Interpreter::ValueLevel::~ValueLevel() {
  --in_.value_levels_;
  --in_.levels_;
}

// ---- undefined values and their messages

namespace {

// "a, b, c and 5 more".
std::string names_text(const std::vector<std::string_view>& names) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kNamesShownMax); ++i) {
    if (i > 0) text += ", ";
    text += names[i].substr(0, byte_offset(names[i], 60));
  }
  if (names.size() > kNamesShownMax) {
    text += fmt::format(" and {} more", names.size() - kNamesShownMax);
  }
  return names.empty() ? "none" : text;
}

std::vector<std::string_view> keys_of(const Json& object) {
  std::vector<std::string_view> names;
  if (object.is_object()) {
    for (const auto& [key, value] : object.get_ref<const Json::object_t&>()) names.push_back(key);
  }
  return names;
}

}  // namespace

std::string Interpreter::undefined_text(const UndefinedInfo& info) {
  switch (info.what) {
    case UndefinedInfo::What::kName:
      return fmt::format("no field `{}`; fields here: {}", info.name,
                         names_text(keys_of(context_)));
    case UndefinedInfo::What::kField: {
      if (!info.owner.is_dict()) {
        return fmt::format("{} has no field or method `{}`", type_name(info.owner), info.name);
      }
      std::vector<std::string_view> names;
      for (const auto& [key, value] : entries(info.owner)) names.push_back(str(key));
      return fmt::format("no field `{}` in the object; fields there: {}", info.name,
                         names_text(names));
    }
    case UndefinedInfo::What::kItem: {
      std::string key;
      append_repr(key, info.key);
      size_t n = 0;
      if (info.owner.is_dict()) return fmt::format("the object has no key {}", key);
      if (!is_sequence(info.owner) || !length(info.owner, n)) {
        return fmt::format("{} has no item {}", type_name(info.owner), key);
      }
      return fmt::format("no item {} in a {} of {}", key, type_name(info.owner), n);
    }
    case UndefinedInfo::What::kOther:
      return info.text;
  }
  return info.text;
}

Value Interpreter::undefined(std::string message) {
  auto* info = heap_.make<UndefinedInfo>();
  info->what = UndefinedInfo::What::kOther;
  info->text = std::move(message);
  info->at = at_;
  Value value = Value::of(Kind::kUndefined);
  value.undefined = info;
  return value;
}

Value Interpreter::no_field(const Value& owner, std::string_view name) {
  Value value = undefined({});
  value.undefined->what = UndefinedInfo::What::kField;
  value.undefined->owner = owner;
  value.undefined->name = name;
  return value;
}

Value Interpreter::no_item(const Value& owner, const Value& key) {
  Value value = undefined({});
  value.undefined->what = UndefinedInfo::What::kItem;
  value.undefined->owner = owner;
  value.undefined->key = key;
  return value;
}

// ---- making values

Value Interpreter::text(std::string made) {
  if (!charge_text(made.size()) || !charge(1 + made.size() / kTextBytesPerStep)) {
    return Value::failed();
  }
  return Value::borrow(heap_.make<TextObject>(std::move(made))->text);
}

Value Interpreter::list(std::vector<Value> items, Flavour flavour) {
  if (!charge(1 + items.size())) return Value::failed();
  auto* object = heap_.make<ListObject>();
  object->items = std::move(items);
  object->flavour = flavour;
  return Value::of(object);
}

Value Interpreter::wrap(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
      return {};
    case Json::value_t::boolean:
      return Value::of(json.get<bool>());
    case Json::value_t::number_integer:
      return Value::of(json.get<int64_t>());
    case Json::value_t::number_unsigned:
      if (std::in_range<int64_t>(json.get<uint64_t>())) return Value::of(json.get<int64_t>());
      return fail(fmt::format("{} does not fit an integer of 64 bits", json.get<uint64_t>()));
    case Json::value_t::number_float:
      return Value::of(json.get<double>());
    case Json::value_t::string:
      return Value::borrow(json.get_ref<const std::string&>());
    case Json::value_t::array:
    case Json::value_t::object: {
      Value value = Value::of(json.is_array() ? Kind::kJsonList : Kind::kJsonDict);
      value.json = &json;
      return value;
    }
    default:
      return fail("found binary data, expected JSON");
  }
}

Value Interpreter::resolve(const Value& value) const {
  if (changed_.empty() || (!value.is(Kind::kJsonList) && !value.is(Kind::kJsonDict))) return value;
  const auto it = changed_.find(value.json);
  return it == changed_.end() ? value : it->second;
}

ListObject* Interpreter::writable_list(const Value& value) {
  const Value now = resolve(value);
  if (now.is(Kind::kList)) return now.list;
  std::vector<Value> items;
  items.reserve(now.json->size());
  for (const Json& node : *now.json) items.push_back(wrap(node));
  const Value copy = list(std::move(items));
  if (copy.bad()) return nullptr;
  changed_[value.json] = copy;
  return copy.list;
}

DictObject* Interpreter::writable_dict(const Value& value) {
  const Value now = resolve(value);
  if (now.is(Kind::kDict)) return now.dict;
  auto* copy = heap_.make<DictObject>();
  for (const auto& [key, node] : now.json->get_ref<const Json::object_t&>()) {
    if (!charge(1)) return nullptr;
    store(*copy, Value::borrow(key), wrap(node));
  }
  changed_[value.json] = Value::of(copy);
  return failed_ ? nullptr : copy;
}

// ---- sequences

Sequence::Sequence(Interpreter& in, const Value& value) : in_(&in) {
  if (in.failed()) return;
  const Value now = in.resolve(value);
  switch (now.kind) {
    case Kind::kList:
      if (now.list->flavour == Flavour::kGenerator && std::exchange(now.list->consumed, true)) {
        return;
      }
      list_ = now.list;
      return;
    case Kind::kJsonList:
      json_ = now.json;
      return;
    case Kind::kDict:
      dict_ = now.dict;
      return;
    case Kind::kJsonDict:
      for (const auto& [key, node] : now.json->get_ref<const Json::object_t&>()) {
        if (!in.charge(1)) return;
        items_.push_back(Value::borrow(key));
      }
      return;
    case Kind::kString:
      if (!in.charge(now.size)) return;
      for (const std::string_view c : characters(now.view())) items_.push_back(Value::borrow(c));
      return;
    case Kind::kUndefined:
      if (!now.lenient()) in.fail_undefined(now);
      return;
    default:
      in.fail(fmt::format("{} cannot be iterated over", type_name(now)));
  }
}

size_t Sequence::size() const {
  if (list_ != nullptr) return list_->items.size();
  if (dict_ != nullptr) return dict_->entries.size();
  return json_ != nullptr ? json_->size() : items_.size();
}

Value Sequence::at(size_t i) const {
  if (i >= size()) return {};  // the list became shorter while it was iterated
  if (list_ != nullptr) return list_->items[i];
  if (dict_ != nullptr) return dict_->entries[i].first;
  return json_ != nullptr ? in_->wrap((*json_)[i]) : items_[i];
}

}  // namespace assay::suites::jinja
