// Lexer: template text to tokens; knows whitespace control, raw blocks and comments, no grammar.
//
// Where it stands: called once by Template::parse(), before the parser. Tokens borrow from the
// source and from `literals`.
//
//   std::vector<Token> tokens;  SyntaxError error;
//   if (!tokenize(program, options, tokens, error)) ...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "suites/template/ast.h"
#include "suites/template/template.h"

namespace assay::suites::jinja {

enum class TokenKind : uint8_t {
  kText,
  kOutputBegin,  // {{
  kOutputEnd,    // }}
  kTagBegin,     // {%
  kTagEnd,       // %}
  kName,
  kString,
  kInteger,
  kFloat,
  kOperator,  // text says which
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t at = 0;
  std::string_view text;  // of a string: its value; of a number: its digits
};

struct SyntaxError {
  size_t at = 0;
  std::string message;
};

// False with `error` set. Strings that differ from their source text go to program.literals.
bool tokenize(Program& program, const TemplateOptions& options, std::vector<Token>& tokens,
              SyntaxError& error);

}  // namespace assay::suites::jinja
