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

constexpr size_t kListBytesMax = size_t{1} << 20;

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
  const bool column = std::find(columns.begin(), columns.end(), source.text) != columns.end();
  if (!column && rule == WordRule::kMustBeColumn && is_word(source.text)) {
    return input_error(source.place, no_column(key, source.text, columns));
  }
  ASSAY_TRY(Template parsed,
            Template::parse(column ? "{{ value }}" : std::string_view(source.text), source.place));
  Expression expression(std::move(parsed));
  if (column) expression.column_ = source.text;
  expression.place_ = source.place;
  expression.key_ = key;
  expression.is_plain_ = !column && expression.template_.is_plain();
  if (expression.is_plain_) {
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

Json list_of_text(const std::string& text) {
  const bool list =
      text.size() >= 2 && text.size() <= kListBytesMax && text.front() == '[' && text.back() == ']';
  if (!list) return nullptr;
  // The literal syntax of Python lists is that of the template language.
  const Result<Template> parsed = Template::parse("{{ " + text + " }}", "list");
  if (!parsed) return nullptr;
  Result<Json> value = parsed->evaluate(Json::object());
  return value && value->is_array() ? std::move(*value) : Json(nullptr);
}

}  // namespace assay::suites
