#include "suites/score/ifeval/arguments.h"

#include <fmt/format.h>

#include <cmath>

#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::suites::ifeval {
namespace {

constexpr double kNumberMax = 1e15;  // exact as double and as int64_t

Error absent(const std::string& key) {
  return input_error("", fmt::format("kwargs have no `{}`: the reference draws it at random", key));
}

Error wrong_type(const std::string& key, std::string_view expected) {
  return input_error("", fmt::format("kwargs: `{}` is not {}", key, expected));
}

bool is_empty(const Json& value) {
  if (value.is_null() || value == false || (value.is_number() && value == 0)) return true;
  return (value.is_string() || value.is_structured()) &&
         (value.is_string() ? value.get_ref<const std::string&>().empty() : value.empty());
}

}  // namespace

const Json* Arguments::find(const std::string& key) const {
  if (!kwargs_.is_object()) return nullptr;
  const auto found = kwargs_.find(key);
  return found == kwargs_.end() || is_empty(*found) ? nullptr : &*found;
}

Result<int64_t> Arguments::number(const std::string& key) const {
  const Json* value = find(key);
  if (value == nullptr) return absent(key);
  if (!value->is_number()) return wrong_type(key, "a number");
  const auto number = value->get<double>();
  if (!(std::abs(number) < kNumberMax) || number != std::floor(number)) {
    return wrong_type(key, "a whole number");
  }
  return static_cast<int64_t>(number);
}

Result<int64_t> Arguments::positive(const std::string& key) const {
  ASSAY_TRY(const int64_t value, number(key));
  if (value < 0) return absent(key);
  return value;
}

Result<std::string> Arguments::text(const std::string& key) const {
  const Json* value = find(key);
  if (value == nullptr) return absent(key);
  if (!value->is_string()) return wrong_type(key, "a text");
  return sanitize_utf8(value->get_ref<const std::string&>());
}

Result<std::vector<std::string>> Arguments::texts(const std::string& key) const {
  const Json* value = find(key);
  if (value == nullptr) return absent(key);
  if (!value->is_array()) return wrong_type(key, "a list of texts");
  std::vector<std::string> out;
  for (const Json& item : *value) {
    if (!item.is_string()) return wrong_type(key, "a list of texts");
    out.push_back(sanitize_utf8(item.get_ref<const std::string&>()));
  }
  return out;
}

Result<Relation> Arguments::relation(const std::string& key) const {
  ASSAY_TRY(const std::string name, text(key));
  if (name == "less than") return Relation::kLessThan;
  if (name == "at least") return Relation::kAtLeast;
  return wrong_type(key, "`less than` or `at least`");
}

}  // namespace assay::suites::ifeval
