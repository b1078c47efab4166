// Parser: tokens to tree, by recursive descent with Jinja2's precedences. Names of filters and
// tests are resolved here, so that a misspelt one is an error before anything runs.
//
// Where it stands: called once by Template::parse(), after the lexer.
#pragma once

#include <vector>

#include "suites/template/ast.h"
#include "suites/template/lexer.h"

namespace assay::suites::jinja {

// Nested brackets, operators and blocks. Bounds the height of the tree, and so every recursion
// over it.
inline constexpr int kNestingMax = 100;

// Fills program.body and program.symbols; false with `error` set.
bool parse_program(Program& program, const std::vector<Token>& tokens, SyntaxError& error);

}  // namespace assay::suites::jinja
