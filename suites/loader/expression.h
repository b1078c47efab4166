// Expression: what stands behind a key such as `doc_to_text`: the name of a column, a template, or
// plain text. lm-evaluation-harness's rule: a text that is exactly a column's name stands for that
// column; everything else is a template.
//
// Ours on top: a single word that is no column is an error where a column must be meant (it would
// be a constant question), unless the key takes plain words (`tags`).
//
//   ASSAY_TRY(Expression e, Expression::compile(definition.doc_to_text, columns, "doc_to_text",
//   WordRule::kMustBeColumn)); ASSAY_TRY(std::string text, e.text(row));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "suites/loader/suite_file.h"
#include "suites/template/template.h"

namespace assay::suites {

enum class WordRule : uint8_t {
  kMustBeColumn,
  kMayBeText,    // a single word that is no column is plain text
  kNeverColumn,  // a template or plain text, also where a column has that name
  kLiteral,      // the text itself
};

class Expression {
 public:
  static Result<Expression> compile(const TemplateText& source,
                                    const std::vector<std::string>& columns, std::string_view key,
                                    WordRule rule);

  // The value: a column as it is, a single {{ expression }} as what it gives, otherwise text.
  [[nodiscard]] Result<Json> value(const Json& row) const;
  // The value as text; what is not a string as Jinja prints it.
  [[nodiscard]] Result<std::string> text(const Json& row) const;

  [[nodiscard]] bool is_column() const { return !column_.empty(); }
  [[nodiscard]] const std::string& column() const { return column_; }
  [[nodiscard]] const std::string& place() const { return place_; }

 private:
  explicit Expression(Template parsed) : template_(std::move(parsed)) {}

  std::string column_;  // empty: a template
  std::string place_;
  std::string key_;
  std::string plain_;  // text without any template in it
  bool is_plain_ = false;
  Template template_;  // of a column: {{ value }}, for printing what is not a string
};

// A value as Python's str() writes it: a string as it is, True, None, 1.0, ['a', 'b'].
Result<std::string> python_text(const Json& value);

}  // namespace assay::suites
