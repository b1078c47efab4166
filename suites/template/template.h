// Template: the Jinja language of suite files, parsed once and rendered for every sample.
//
// Where it stands: the loader parses `doc_to_text`, `doc_to_target`, `doc_to_choice` and
// `description` when a suite is opened; Suite::next() renders them, from any thread, as part of the
// feeder or of the scoring pool. Templates and documents come from outside: both may be hostile,
// and neither can crash the program, recurse without end, or use more than the limits below.
//
// The language is Jinja2's (reference: Jinja2 3.1.6 with StrictUndefined, no autoescape), as
// lm-evaluation-harness uses it, with its `regex_replace` filter. Deliberate differences:
//   - integers have 64 bits; an overflow is an error where Python would go on with a big integer;
//   - printing a generator (`{{ x|map('upper') }}`) or a list that holds an undefined value is an
//     error: Python would print an address, or "Undefined";
//   - `map`, `select` and their like work at once, not lazily;
//   - unknown filters and tests are errors of parse(), also in branches that never run;
//   - `include`, `import`, `from`, `extends`, `block` and extensions are errors that name the tag;
//   - `random` and `lipsum` do not exist: a prompt is a pure function of its document.
//
//   ASSAY_TRY(const Template t, Template::parse("Q: {{question}}\nA:", "suite.yaml:12"));
//   ASSAY_TRY(const std::string prompt, t.render(Json{{"question", "Why?"}}));
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

namespace jinja {
struct Program;
}  // namespace jinja

// Whitespace rules, named as in Jinja2. The defaults are those of lm-evaluation-harness.
struct TemplateOptions {
  bool trim_blocks = false;    // drop the first newline after a block tag
  bool lstrip_blocks = false;  // drop blanks before a block tag that starts its line
  bool keep_trailing_newline = true;
};

// What one rendering may use. A step is one node evaluated, one element handled, or 64 bytes of
// text made, so the steps bound time and memory together (64 MB of text made in all by default).
struct TemplateLimits {
  size_t output_bytes_max = size_t{16} << 20;  // of the result, and of any one string on the way
  size_t steps_max = 1'000'000;
  size_t depth_max =
      100;  // macro calls and recursive loops in each other; nesting of printed values
};

// Immutable and cheap to copy. All const members may be called from many threads at once.
// A moved-from Template may only be assigned to or destroyed.
class Template {
 public:
  // `where` names the place of the template for errors ("suite.yaml:12"); lines and columns are
  // counted from 1 at the start of `source`: "suite.yaml:12: template 1:8: <what>".
  static Result<Template> parse(std::string_view source, std::string_view where,
                                TemplateOptions options = {});

  // `context`: an object; its members are the variables. It is only read, and only where the
  // template looks.
  [[nodiscard]] Result<std::string> render(const Json& context,
                                           const TemplateLimits& limits = {}) const;
  // For a template that is exactly one {{ expression }}: its value (tuples become lists);
  // otherwise the rendered text as a JSON string.
  [[nodiscard]] Result<Json> evaluate(const Json& context, const TemplateLimits& limits = {}) const;
  // No {{, {% or {# at all: the text stands for itself.
  [[nodiscard]] bool is_plain() const;

 private:
  explicit Template(std::shared_ptr<const jinja::Program> program);
  // Shared by copies: the tree never changes after parse(), and suites hand copies to threads.
  std::shared_ptr<const jinja::Program> program_;
};

}  // namespace assay::suites
