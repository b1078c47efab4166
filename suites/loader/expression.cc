#include "suites/loader/expression.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "suites/score/options.h"

namespace assay::suites {
namespace {

bool is_word(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

std::string no_column(std::string_view key, const std::string& word,
                      const std::vector<std::string>& columns) {
  std::string hint = did_you_mean(word, columns);
  if (hint.empty()) hint = fmt::format(", expected one of {}", fmt::join(columns, ", "));
  return fmt::format("`{}` names the column `{}`, which the data does not have{}", key, word, hint);
}

}  // namespace

Result<Expression> Expression::compile(const TemplateText& source,
                                       const std::vector<std::string>& columns,
                                       std::string_view key, WordRule rule) {
  const bool may_be_column = rule == WordRule::kMustBeColumn || rule == WordRule::kMayBeText;
  const bool column =
      may_be_column && std::find(columns.begin(), columns.end(), source.text) != columns.end();
  if (!column && rule == WordRule::kMustBeColumn && is_word(source.text)) {
    return input_error(source.place, no_column(key, source.text, columns));
  }
  const bool as_it_is = rule == WordRule::kLiteral;
  ASSAY_TRY(Template parsed, Template::parse(column     ? "{{ value }}"
                                             : as_it_is ? std::string_view()
                                                        : std::string_view(source.text),
                                             source.place));
  Expression expression(std::move(parsed));
  if (column) expression.column_ = source.text;
  expression.place_ = source.place;
  expression.key_ = key;
  expression.is_plain_ = !column && expression.template_.is_plain();
  if (as_it_is) {
    expression.plain_ = source.text;
  } else if (expression.is_plain_) {
    // Rendered once: the template's own rules for line ends hold for plain text too.
    ASSAY_TRY(expression.plain_, expression.template_.render(Json::object()));
  }
  return expression;
}

Result<Json> Expression::value(const Json& row) const {
  if (is_plain_) return Json(plain_);
  if (!is_column()) return template_.evaluate(row);
  const Json* member = find_member(row, column_);
  if (member == nullptr) {
    return input_error(place_, fmt::format("`{}`: the row has no `{}`", key_, column_));
  }
  return *member;
}

Result<std::string> Expression::text(const Json& row) const {
  if (is_plain_) return plain_;
  if (!is_column()) return template_.render(row);
  const Json* member = find_member(row, column_);
  if (member == nullptr) {
    return input_error(place_, fmt::format("`{}`: the row has no `{}`", key_, column_));
  }
  if (member->is_string()) return member->get_ref<const std::string&>();
  return template_.render(Json{{"value", *member}});
}

Result<std::string> python_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return dump_json(value);
  ASSAY_TRY(const Template printer, Template::parse("{{ value }}", ""));
  return printer.render(Json{{"value", value}});
}

}  // namespace assay::suites
