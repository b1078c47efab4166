// The tables of filters, tests, methods and global functions: one row each, with the names of its
// parameters, so that positional and named arguments are bound and checked in one place.
//
// Where it stands: rows are looked up by Parser (filters, tests) and Interpreter (methods of a
// value whose type is known only then); the functions run in the thread that renders.
//
//   {"round", filter_round, 0, {"precision", "method"}},        // in a table
//   Value filter_round(Interpreter& in, const Value& self, const Args& args);
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "suites/template/value.h"

namespace assay::suites::jinja {

class Interpreter;

struct NamedValue {
  std::string_view name;
  Value value;
};

// Arguments of a call as they were written.
struct CallArgs {
  std::vector<Value> positional;
  std::vector<NamedValue> named;
  [[nodiscard]] const Value* find(std::string_view name) const {
    for (const NamedValue& n : named) {
      if (n.name == name) return &n.value;
    }
    return nullptr;
  }
};

inline constexpr size_t kParametersMax = 6;

// Arguments as a builtin sees them: bound to its parameters, and raw for those that take any.
struct Args {
  std::array<Value, kParametersMax> bound;  // kAbsent where not given
  const CallArgs& raw;
  const Value& operator[](size_t i) const { return bound[i]; }
  [[nodiscard]] bool has(size_t i) const { return bound[i].given(); }
};

// `self` is the filtered or tested value, or the receiver of a method. Failures are reported by
// Interpreter::fail(), whose result is returned.
using Builtin = Value (*)(Interpreter& in, const Value& self, const Args& args);

struct FunctionRow {
  std::string_view name;
  Builtin run = nullptr;
  uint8_t required = 0;
  std::array<std::string_view, kParametersMax> parameters{};
  bool variadic = false;  // reads Args::raw; nothing is checked
  bool takes_undefined =
      false;  // otherwise an undefined self or argument is an error before the call
};

std::span<const FunctionRow> filter_rows();
std::span<const FunctionRow> test_rows();
std::span<const FunctionRow> global_rows();
std::span<const FunctionRow> string_method_rows();
std::span<const FunctionRow> list_method_rows();  // of list; a tuple or range has the first two
std::span<const FunctionRow> dict_method_rows();
std::span<const FunctionRow> float_method_rows();
std::span<const FunctionRow> loop_method_rows();
std::span<const FunctionRow> cycler_method_rows();

// The row, or nullptr.
const FunctionRow* find_row(std::span<const FunctionRow> rows, std::string_view name);
// The name in the table closest to `name`, or "" when none is near; for messages.
std::string_view nearest_name(std::span<const FunctionRow> rows, std::string_view name);

// Filter that is built in a file of its own (PCRE2).
Value filter_regex_replace(Interpreter& in, const Value& self, const Args& args);

}  // namespace assay::suites::jinja
