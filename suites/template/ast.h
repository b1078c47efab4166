// The tree of a parsed template. Chains (`a + b + c`, `x.y[0]|f|g`) are flat lists, not nests, so
// the height of the tree is the nesting a person wrote, which the parser bounds.
//
// Where it stands: made by Parser, read by Interpreter from any thread; immutable afterwards.
// Positions are byte offsets into Program::source; position_text() makes "line:column" of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "suites/template/value.h"

namespace assay::suites::jinja {

struct FunctionRow;
struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Arguments {
  std::vector<ExprPtr> positional;
  std::vector<std::pair<std::string_view, ExprPtr>> named;
  ExprPtr star;       // *list
  ExprPtr star_star;  // **dict
  [[nodiscard]] bool empty() const {
    return positional.empty() && named.empty() && !star && !star_star;
  }
};

enum class StepKind : uint8_t { kField, kItem, kSlice, kCall, kFilter, kTest };

// One link of a postfix chain: .name, [key], [a:b:c], (arguments), |filter, is test.
struct Step {
  StepKind kind = StepKind::kField;
  bool negated = false;  // is not
  uint32_t at = 0;
  std::string_view name;
  const FunctionRow* row = nullptr;  // of a filter or test
  ExprPtr key;                       // kItem; start of kSlice
  ExprPtr stop;
  ExprPtr step;
  Arguments arguments;
};

enum class ExprKind : uint8_t {
  kConstant,
  kName,
  kList,
  kTuple,
  kDict,        // children: key, value, key, value ...
  kArithmetic,  // children[0] ops[0] children[1] ops[1] ...
  kCompare,     // the same, Python's chained comparison
  kConcat,
  kAnd,
  kOr,
  kNot,
  kNegative,
  kPositive,
  kConditional,  // children: condition, then, otherwise (or none)
  kPostfix,      // children[0] followed by steps
};

enum class Op : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kFloorDivide,
  kModulo,
  kPower,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
};

struct Expr {
  ExprKind kind = ExprKind::kConstant;
  uint32_t at = 0;
  uint32_t symbol = 0;                  // kName
  const FunctionRow* global = nullptr;  // kName that is also a global function
  Value constant;
  std::vector<ExprPtr> children;
  std::vector<Op> ops;
  std::vector<Step> steps;
};

// What `for` and `set` assign to.
struct Target {
  enum class What : uint8_t { kName, kField, kTuple };
  What what = What::kName;
  uint32_t at = 0;
  uint32_t symbol = 0;
  std::string_view field;  // kField: of the namespace `symbol`
  std::vector<Target> parts;
};

enum class StmtKind : uint8_t {
  kText,
  kOutput,
  kIf,
  kFor,
  kSet,
  kSetBlock,
  kMacro,
  kCallBlock,
  kFilterBlock,
  kWith,
};

struct Stmt;
using Block = std::vector<Stmt>;

struct Parameter {
  uint32_t symbol = 0;
  std::string_view name;
  ExprPtr fallback;
};

struct MacroDecl {
  std::string_view name;
  uint32_t symbol = 0;
  std::vector<Parameter> parameters;
  bool uses_caller = false;
  bool uses_varargs = false;
  bool uses_kwargs = false;
};

struct Stmt {
  StmtKind kind = StmtKind::kText;
  bool recursive = false;  // kFor
  uint32_t at = 0;
  std::string_view text;             // kText
  ExprPtr expr;                      // kOutput, kFor (iterable), kSet, kCallBlock (the call)
  ExprPtr filter;                    // kFor: `if`
  std::vector<Target> targets;       // kFor, kSet (one), kWith
  std::vector<ExprPtr> values;       // kIf: conditions, one less than blocks with `else`; kWith
  std::vector<Block> blocks;         // kIf: branches; kFor: body, else; others: body
  std::vector<Step> steps;           // kFilterBlock, kSetBlock: filters
  std::unique_ptr<MacroDecl> macro;  // kMacro, kCallBlock
};

// Symbols with a fixed number; all others are numbered as the parser meets them.
inline constexpr uint32_t kSymbolLoop = 0;
inline constexpr uint32_t kSymbolCaller = 1;
inline constexpr uint32_t kSymbolVarargs = 2;
inline constexpr uint32_t kSymbolKwargs = 3;

struct Program {
  std::string source;  // with newlines normalised; text and names are views into it
  std::string where;
  std::vector<std::string> symbols;
  std::vector<std::unique_ptr<std::string>> literals;  // strings with escapes, and joined ones
  Block body;
  bool plain = false;
};

// "line:column" of a byte offset, both from 1, columns in code points.
std::string position_text(std::string_view source, size_t offset);

}  // namespace assay::suites::jinja
