// Interpreter: one rendering of a Program: its variables, its limits, its error.
//
// Where it stands: made on the stack by Template::render() and evaluate(), one per rendering, so
// any number of threads may render one Template. The builtin tables call back into it.
//
// Errors are sticky: the first fail() keeps its message and place, everything after it returns at
// once (values of Kind::kFailed), and render() returns that error. Loops that do not evaluate
// anything must call charge() and stop when it is false.
//
//   Interpreter in(program, context, limits);
//   Result<std::string> prompt = in.render();
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "suites/template/ast.h"
#include "suites/template/builtins.h"
#include "suites/template/template.h"
#include "suites/template/value.h"

namespace assay::suites::jinja {

// The items of anything that can be iterated, without copying lists: of a dict its keys, of text
// its characters. Opening a generator uses it up.
class Sequence {
 public:
  Sequence() = default;
  Sequence(Interpreter& in, const Value& value);
  // Of a list that grows while it is iterated, the size of this moment.
  [[nodiscard]] size_t size() const;
  [[nodiscard]] Value at(size_t i) const;

 private:
  Interpreter* in_ = nullptr;
  const ListObject* list_ = nullptr;
  const DictObject* dict_ = nullptr;
  const Json* json_ = nullptr;
  std::vector<Value> items_;
};

struct LoopObject final : Object {
  Sequence items;
  size_t index = 0;
  size_t depth = 0;
  const Stmt* stmt = nullptr;
  Frame* parent = nullptr;
  std::vector<Value> changed;
  bool has_changed = false;
};

struct MacroObject final : Object {
  const MacroDecl* decl = nullptr;
  const Block* body = nullptr;
  Frame* closure = nullptr;
};

// A method with its receiver, or a global function.
struct CallableObject final : Object {
  const FunctionRow* row = nullptr;
  Value self;
};

class Interpreter {
 public:
  Interpreter(const Program& program, const Json& context, const TemplateLimits& limits)
      : program_(program), context_(context), limits_(limits), frame_(&root_) {}

  Result<std::string> render();
  // The program is one output statement; its value.
  Result<Json> evaluate(const Expr& expression);

  // ---- errors and limits

  Value fail(std::string message);
  Value fail_limit(std::string message);
  // The error of using `undefined`.
  Value fail_undefined(const Value& undefined);
  [[nodiscard]] bool failed() const { return failed_; }
  // Takes `n` steps; false when the rendering has failed, now or before.
  bool charge(uint64_t n);
  // For a text of `bytes` about to be made.
  bool charge_text(uint64_t bytes);
  // Counts one level of recursion while it lives; false in `ok` when there are too many.
  class Level {
   public:
    explicit Level(Interpreter& in);
    ~Level();
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    const bool ok;

   private:
    Interpreter& in_;
  };
  // The same for the nesting of values, bounded by depth_max.
  class ValueLevel {
   public:
    explicit ValueLevel(Interpreter& in);
    ~ValueLevel();
    ValueLevel(const ValueLevel&) = delete;
    ValueLevel& operator=(const ValueLevel&) = delete;
    const bool ok;

   private:
    Interpreter& in_;
  };

  // ---- making values

  Heap& heap() { return heap_; }
  Value text(std::string text);
  Value list(std::vector<Value> items, Flavour flavour = Flavour::kList);
  Value wrap(const Json& json);
  // An undefined value with a message of its own.
  Value undefined(std::string message);
  // A list or dict of the context that was changed by this rendering stands for its copy.
  [[nodiscard]] Value resolve(const Value& value) const;
  // The list or dict to change; a copy is made of one from the context.
  ListObject* writable_list(const Value& value);
  DictObject* writable_dict(const Value& value);

  // ---- reading values

  bool truthy(const Value& value);
  bool equal(const Value& a, const Value& b);
  // a < b; false with an error for kinds that have no order.
  bool less(const Value& a, const Value& b);
  bool contains(const Value& container, const Value& item);
  void append_str(std::string& out, const Value& value);
  void append_repr(std::string& out, const Value& value);
  // str() of any value; borrows where it can.
  std::string_view str(const Value& value);
  // Number of items or characters.
  bool length(const Value& value, size_t& n);
  [[nodiscard]] bool is_iterable(const Value& value) const;
  [[nodiscard]] bool is_sequence(const Value& value) const;
  // An int64 argument of a builtin; false with an error for other kinds.
  bool to_integer(const Value& value, std::string_view what, int64_t& out);

  Value field(const Value& value, std::string_view name);
  Value item(const Value& value, const Value& key);
  // "a.b.0" as the attribute arguments of filters have it.
  Value attribute(const Value& value, const Value& path);
  Value binary(Op op, const Value& a, const Value& b);
  Value call(const Value& callee, CallArgs& args);
  // Runs a filter or test row on a value.
  Value apply(const FunctionRow& row, const Value& self, const CallArgs& args);
  // JSON as Python's json.dumps writes it; indent < 0: one line.
  void append_json(std::string& out, const Value& value, int64_t indent, size_t depth = 0);
  Json to_json(const Value& value);
  const TemplateLimits& limits() const { return limits_; }

  // ---- dicts

  // The entry's value or nullptr; an error for keys that cannot be hashed.
  const Value* find(const DictObject& dict, const Value& key);
  void store(DictObject& dict, const Value& key, const Value& value);
  void erase(DictObject& dict, size_t position);
  // Key and value of any dict, in order.
  std::vector<std::pair<Value, Value>> entries(const Value& dict);
  Value dict_get(const Value& dict, const Value& key);  // kAbsent when it is not there

 private:
  // statements
  void run(const Block& block);
  void run(const Stmt& stmt);
  void run_if(const Stmt& stmt);
  void run_for(const Stmt& stmt, const Value& iterable, Frame* parent, size_t depth);
  Value filtered(const Stmt& stmt, const Value& iterable, Frame* parent);
  void run_set_block(const Stmt& stmt);
  void run_call_block(const Stmt& stmt);
  void run_filter_block(const Stmt& stmt);
  void run_with(const Stmt& stmt);
  Value make_macro(const Stmt& stmt);
  Value run_filters(const std::vector<Step>& steps, Value value);
  Value capture(const Block& block, Frame* frame);
  void assign(const Target& target, const Value& value);
  void assign_tuple(const Target& target, const Value& value);
  static void bind(Frame& frame, uint32_t symbol, const Value& value);
  void emit(std::string_view text);
  void emit_value(const Value& value);

  // expressions
  Value eval(const Expr& e);
  Value eval_name(const Expr& e);
  Value eval_sequence(const Expr& e);
  Value eval_dict(const Expr& e);
  Value eval_arithmetic(const Expr& e);
  Value eval_compare(const Expr& e);
  Value eval_concat(const Expr& e);
  Value eval_logic(const Expr& e);
  Value eval_sign(const Expr& e);
  Value eval_conditional(const Expr& e);
  Value eval_postfix(const Expr& e, const Value* caller = nullptr);
  Value eval_slice(const Value& value, const Step& step);
  Value eval_filter(const Value& value, const Step& step);
  bool eval_arguments(const Arguments& arguments, CallArgs& out);
  bool eval_star_arguments(const Arguments& arguments, CallArgs& out);
  bool slice_bound(const ExprPtr& e, bool& given, int64_t& out);
  Value run_step(const Value& value, const Step& step);
  Value run_call(const Value& callee, const Step& call, const Value* caller);
  // A call of a method without making a value of the method; kAbsent when there is no such method.
  Value run_method(const Value& self, const Step& field, const Step& call, const Value* caller);
  Value call_macro(const MacroObject& macro, const CallArgs& args);
  bool bind_macro(const MacroObject& macro, const CallArgs& args, Frame& frame);
  Value loop_field(const LoopObject& loop, std::string_view name);
  Value special_field(const Value& value, std::string_view name);
  Value no_field(const Value& owner, std::string_view name);
  Value no_item(const Value& owner, const Value& key);
  std::string undefined_text(const UndefinedInfo& info);
  const Value* find_variable(uint32_t symbol) const;

  // operators
  Value add(const Value& a, const Value& b);
  Value multiply(const Value& a, const Value& b);
  Value repeat(const Value& value, int64_t times);
  Value integer_op(Op op, int64_t a, int64_t b);
  Value float_op(Op op, double a, double b);
  Value integer_power(int64_t base, int64_t exponent);
  Value float_power(double base, double exponent);
  bool compare(Op op, const Value& a, const Value& b);
  bool equal_sequences(const Value& a, const Value& b);
  bool equal_dicts(const Value& a, const Value& b);
  bool less_sequences(const Value& a, const Value& b);
  bool hash(const Value& key, uint64_t& out);
  int64_t position(const DictObject& dict, const Value& key);
  void append_items(std::string& out, const Value& value, std::string_view open,
                    std::string_view close);
  void append_list_repr(std::string& out, const Value& value);
  void append_dict_repr(std::string& out, const Value& value);
  void append_json_key(std::string& out, const Value& key);

  const Program& program_;
  const Json& context_;
  const TemplateLimits limits_;
  Heap heap_;
  Frame root_{nullptr};
  Frame* frame_;
  std::string out_;
  uint64_t steps_ = 0;
  size_t levels_ = 0;
  size_t value_levels_ = 0;
  size_t calls_ = 0;
  uint32_t at_ = 0;
  bool failed_ = false;
  Error error_;
  std::unordered_map<const Json*, Value> changed_;  // nodes of the context that have a copy
};

// "str", "int", "list": the kinds as Python names them, for messages.
std::string_view type_name(const Value& value);
bool is_tuple(const Value& value);

}  // namespace assay::suites::jinja
