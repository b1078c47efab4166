#include "suites/score/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "harness/base/utf8.h"

namespace assay::suites {

OptionReader::OptionReader(std::string scorer, const Json& options, const WhereFn& where)
    : scorer_(std::move(scorer)), options_(options), where_(where) {
  if (!options.is_object() && !options.is_null()) {
    fail("", fmt::format("options of scorer `{}` are {}, expected a mapping", scorer_,
                         json_type_name(options)));
  }
}

const Json* OptionReader::find(const std::string& key) { return find_member(options_, key); }

void OptionReader::remember(const std::string& key, std::string value) {
  read_.emplace_back(key, std::move(value));
}

void OptionReader::wrong_type(const std::string& key, const Json& found,
                              std::string_view expected) {
  fail(key, fmt::format("`{}` is {}, expected {}", key, json_type_name(found), expected));
}

bool OptionReader::flag(const std::string& key, bool fallback) {
  bool value = fallback;
  if (const Json* found = find(key)) {
    if (found->is_boolean()) {
      value = found->get<bool>();
    } else {
      wrong_type(key, *found, "true or false");
    }
  }
  remember(key, value ? "true" : "false");
  return value;
}

std::string OptionReader::text(const std::string& key, const std::string& fallback) {
  std::string value = fallback;
  if (const Json* found = find(key)) {
    if (found->is_string()) {
      value = found->get<std::string>();
    } else {
      wrong_type(key, *found, "a string");
    }
  }
  remember(key, value);
  return value;
}

double OptionReader::number(const std::string& key, double fallback, double min, double max) {
  double value = fallback;
  if (const Json* found = find(key)) {
    const double given = found->is_number() ? found->get<double>() : NAN;
    if (!found->is_number()) {
      wrong_type(key, *found, "a number");
    } else if (!(given >= min && given <= max)) {
      fail(key, fmt::format("`{}` is {}, expected {}..{}", key, given, min, max));
    } else {
      value = given;
    }
  }
  remember(key, fmt::format("{}", value));
  return value;
}

std::string OptionReader::choice(const std::string& key, const std::string& fallback,
                                 const std::vector<std::string>& allowed) {
  std::string value = fallback;
  if (const Json* found = find(key)) {
    if (!found->is_string()) {
      wrong_type(key, *found, fmt::format("one of {}", fmt::join(allowed, ", ")));
    } else if (const auto given = found->get<std::string>();
               std::find(allowed.begin(), allowed.end(), given) != allowed.end()) {
      value = given;
    } else {
      fail(key,
           fmt::format("`{}` is `{}`, expected one of {}", key, given, fmt::join(allowed, ", ")));
    }
  }
  remember(key, value);
  return value;
}

std::vector<std::string> OptionReader::text_list(const std::string& key) {
  std::vector<std::string> values;
  if (const Json* found = find(key)) {
    if (found->is_string()) {
      values.push_back(found->get<std::string>());
    } else if (!found->is_array() ||
               !std::all_of(found->begin(), found->end(),
                            [](const Json& item) { return item.is_string(); })) {
      wrong_type(key, *found, "a list of strings");
    } else {
      for (const Json& item : *found) values.push_back(item.get<std::string>());
    }
  }
  remember(key, dump_json(Json(values)));
  return values;
}

const Json* OptionReader::raw(const std::string& key, const std::string& shown_default) {
  const Json* found = find(key);
  remember(key, found != nullptr ? dump_json(*found) : shown_default);
  return found;
}

const Json* OptionReader::required(const std::string& key, std::string_view expected) {
  const Json* found = find(key);
  remember(key, found != nullptr ? dump_json(*found) : "(required)");
  if (found == nullptr) {
    fail("", fmt::format("scorer `{}` needs `{}`: {}", scorer_, key, expected));
  }
  return found;
}

void OptionReader::fail(const std::string& key, std::string message) {
  if (!error_) error_ = input_error(where_ ? where_(key) : std::string(), std::move(message));
}

void OptionReader::fail(const std::string& key, const Error& error) { fail(key, error.text()); }

Result<void> OptionReader::finish() {
  if (error_) return *error_;
  if (!options_.is_object()) return {};
  std::vector<std::string> known;
  for (const auto& [key, value] : read_) known.push_back(key);
  for (const auto& [key, value] : options_.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string hint = did_you_mean(key, known);
    if (hint.empty()) hint = fmt::format(", expected one of {}", fmt::join(known, ", "));
    fail(key, fmt::format("unknown option `{}` of scorer `{}`{}", key, scorer_, hint));
    return *error_;
  }
  return {};
}

std::string OptionReader::described() const {
  std::string out;
  for (const auto& [key, value] : read_) {
    fmt::format_to(std::back_inserter(out), "{}{}={}", out.empty() ? "" : ", ", key, value);
  }
  return out;
}

}  // namespace assay::suites
