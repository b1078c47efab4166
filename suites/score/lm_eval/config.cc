#include "suites/score/lm_eval/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/nearest.h"

namespace assay::suites::lm_eval {

bool names_python(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().starts_with("!function");
}

ConfigReader::ConfigReader(const Json& object, std::string place)
    : object_(object), place_(std::move(place)) {
  if (!object.is_object()) fail(json_type_name(object) + ", expected a mapping");
}

const Json* ConfigReader::find(const std::string& key) {
  known_.push_back(key);
  if (!object_.is_object()) return nullptr;
  const Json* found = find_member(object_, key);
  if (found == nullptr || !names_python(*found)) return found;
  fail(fmt::format("`{}` is `{}`, which needs Python", key, found->get<std::string>()));
  return nullptr;
}

void ConfigReader::wrong_type(const std::string& key, const Json& found,
                              std::string_view expected) {
  fail(fmt::format("`{}` is {}, expected {}", key, json_type_name(found), expected));
}

bool ConfigReader::flag(const std::string& key, bool fallback) {
  const Json* found = find(key);
  if (found == nullptr || found->is_null()) return fallback;
  if (found->is_boolean()) return found->get<bool>();
  wrong_type(key, *found, "true or false");
  return fallback;
}

std::string ConfigReader::text(const std::string& key, const std::string& fallback) {
  const Json* found = find(key);
  if (found == nullptr) return fallback;
  if (found->is_string()) return found->get<std::string>();
  wrong_type(key, *found, "a string");
  return fallback;
}

int64_t ConfigReader::integer(const std::string& key, int64_t fallback, int64_t min, int64_t max) {
  const Json* found = find(key);
  if (found == nullptr) return fallback;
  if (!found->is_number_integer()) {
    wrong_type(key, *found, "a whole number");
    return fallback;
  }
  const auto value = found->get<int64_t>();
  if (value >= min && value <= max) return value;
  fail(fmt::format("`{}` is {}, expected {}..{}", key, value, min, max));
  return fallback;
}

double ConfigReader::number(const std::string& key, double fallback) {
  const Json* found = find(key);
  if (found == nullptr) return fallback;
  if (found->is_number()) return found->get<double>();
  wrong_type(key, *found, "a number");
  return fallback;
}

std::optional<std::vector<std::string>> ConfigReader::text_list(const std::string& key) {
  const Json* found = find(key);
  if (found == nullptr || found->is_null()) return std::nullopt;
  const bool good = found->is_array() && std::all_of(found->begin(), found->end(),
                                                     [](const Json& i) { return i.is_string(); });
  if (good) return found->get<std::vector<std::string>>();
  wrong_type(key, *found, "a list of strings");
  return std::nullopt;
}

const Json* ConfigReader::raw(const std::string& key) { return find(key); }

void ConfigReader::fail(std::string message) {
  if (!error_) error_ = input_error(place_, std::move(message));
}

void ConfigReader::fail(const Error& error) { fail(error.text()); }

Result<void> ConfigReader::finish() {
  if (error_) return *error_;
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    std::string hint = did_you_mean(key, known_);
    if (hint.empty()) hint = fmt::format(", expected one of {}", fmt::join(known_, ", "));
    fail(fmt::format("unknown key `{}`{}", key, hint));
    return *error_;
  }
  return {};
}

}  // namespace assay::suites::lm_eval
