// The function calls of a reply: those the wire format carried, else those written in the answer's
// text, as JSON or as Python.
//
// Called by the scorers `tool_calls` and `assertions`; pure, bounded by the length of the text.
//
//   for (const FunctionCall& call : suites::calls_of(response)) use(call.name, call.arguments);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/types/response.h"

namespace assay::suites {

inline constexpr size_t kCallsMax = 1000;   // of one reply; what follows is not read
inline constexpr int kPythonDepthMax = 64;  // of values in each other, in Python's syntax
inline constexpr size_t kCallTextBytesMax = size_t{4} << 20;  // longer answers hold no calls

struct FunctionCall {
  std::string name;
  Json arguments;     // an object; null when they are not one
  std::string fault;  // why `arguments` is null
};

// Response::tool_calls where there are some; else the calls in the text.
std::vector<FunctionCall> calls_of(const Response& response);

// Of a text: JSON in <tool_call> tags, a ``` fence or the open, as {"name", "arguments" or
// "parameters"}, {"function": {...}}, {"tool_calls": [...]}, {NAME: {ARGUMENT: value}} or a list of
// these; else the whole text as Python: f(a=1) or [f(a=1), g()], with literals, names (read as
// text), and nested calls (their source as text) as values. Positional arguments are dropped.
std::vector<FunctionCall> calls_in_text(std::string_view text);

// The Python form alone; nullopt: the text is something else.
std::optional<std::vector<FunctionCall>> python_calls(std::string_view text);

}  // namespace assay::suites
