#include "suites/native/row.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "suites/template/numbers.h"

namespace assay::suites {

const Json* find_field(const Json& row, std::string_view key) {
  const Json* found = row.is_object() ? find_member(row, key) : nullptr;
  return found == nullptr || found->is_null() ? nullptr : found;
}

Result<const Json*> field(const Json& row, std::string_view key) {
  if (!row.is_object()) {
    return input_error("", fmt::format("the row is {}, expected an object", json_type_name(row)));
  }
  const Json* found = find_field(row, key);
  if (found == nullptr) return input_error("", fmt::format("the row has no `{}`", key));
  return found;
}

Error wrong_field(std::string_view key, const Json& found, std::string_view expected) {
  return input_error("",
                     fmt::format("`{}` is {}, expected {}", key, json_type_name(found), expected));
}

Result<std::string> text_field(const Json& row, std::string_view key) {
  ASSAY_TRY(const Json* found, field(row, key));
  if (!found->is_string()) return wrong_field(key, *found, "a text");
  return found->get<std::string>();
}

Result<std::vector<std::string>> texts_field(const Json& row, std::string_view key) {
  ASSAY_TRY(const Json* found, field(row, key));
  if (!found->is_array() || found->empty()) return wrong_field(key, *found, "a list of texts");
  std::vector<std::string> texts;
  texts.reserve(found->size());
  for (const Json& item : *found) {
    if (!item.is_string()) return wrong_field(key, item, "texts in its list");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

Result<int64_t> integer_field(const Json& row, std::string_view key) {
  ASSAY_TRY(const Json* found, field(row, key));
  if (found->is_boolean()) return int64_t{found->get<bool>() ? 1 : 0};
  if (found->is_number_integer()) return found->get<int64_t>();
  if (found->is_number_float()) {
    const double value = found->get<double>();
    if (std::abs(value) < 1e15) return static_cast<int64_t>(value);
  }
  if (found->is_string()) {
    int64_t value = 0;
    const std::string text = found->get<std::string>();
    if (jinja::parse_integer(text, 10, value) == jinja::ParsedInteger::kGood) return value;
    return input_error("", fmt::format("`{}` is `{:.40}`, expected a whole number", key, text));
  }
  return wrong_field(key, *found, "a whole number");
}

Result<int64_t> index_field(const Json& row, std::string_view key, size_t count) {
  ASSAY_TRY(const int64_t value, integer_field(row, key));
  if (value < 0 || value >= static_cast<int64_t>(count)) {
    return input_error("", fmt::format("`{}` is {}, expected 0 to {}", key, value, count - 1));
  }
  return value;
}

void set_field(Json& row, std::string_view key, Json value) {
  row[std::string(key)] = std::move(value);
}

}  // namespace assay::suites
