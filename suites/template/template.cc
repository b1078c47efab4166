#include "suites/template/template.h"

#include <fmt/format.h>

#include <limits>
#include <utility>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "suites/template/ast.h"
#include "suites/template/interpreter.h"
#include "suites/template/lexer.h"
#include "suites/template/parser.h"

namespace assay::suites {
namespace {

constexpr size_t kSourceBytesMax = size_t{4} << 20;

// "\r\n" and "\r" become "\n", as Jinja does before anything else.
std::string normalised_newlines(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      out += source[i];
      continue;
    }
    out += '\n';
    if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
  }
  return out;
}

Error syntax_error(const jinja::Program& program, const jinja::SyntaxError& error) {
  return input_error(program.where,
                     fmt::format("template {}: {}", jinja::position_text(program.source, error.at),
                                 error.message));
}

}  // namespace

Template::Template(std::shared_ptr<const jinja::Program> program) : program_(std::move(program)) {}

Result<Template> Template::parse(std::string_view source, std::string_view where,
                                 TemplateOptions options) {
  auto program = std::make_shared<jinja::Program>();
  program->where = where;
  if (source.size() > kSourceBytesMax) {
    return input_error(program->where, fmt::format("the template has {} bytes, expected at most {}",
                                                   source.size(), kSourceBytesMax));
  }
  program->source = normalised_newlines(source);
  if (const auto bad = invalid_utf8_at(program->source)) {
    return syntax_error(*program, {*bad, "the bytes here are not UTF-8"});
  }
  if (!options.keep_trailing_newline && program->source.ends_with('\n')) {
    program->source.pop_back();
  }
  std::vector<jinja::Token> tokens;
  jinja::SyntaxError error;
  if (!jinja::tokenize(*program, options, tokens, error) ||
      !jinja::parse_program(*program, tokens, error)) {
    return syntax_error(*program, error);
  }
  program->plain = true;
  for (const std::string_view mark : {"{{", "{%", "{#"}) {
    if (program->source.find(mark) != std::string::npos) program->plain = false;
  }
  return Template(std::move(program));
}

Result<std::string> Template::render(const Json& context, const TemplateLimits& limits) const {
  return jinja::Interpreter(*program_, context, limits).render();
}

Result<Json> Template::evaluate(const Json& context, const TemplateLimits& limits) const {
  const jinja::Block& body = program_->body;
  if (body.size() == 1 && body[0].kind == jinja::StmtKind::kOutput) {
    return jinja::Interpreter(*program_, context, limits).evaluate(*body[0].expr);
  }
  ASSAY_TRY(std::string text, render(context, limits));
  return Json(std::move(text));
}

bool Template::is_plain() const { return program_->plain; }

}  // namespace assay::suites
