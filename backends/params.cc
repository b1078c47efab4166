#include "backends/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <utility>

#include "harness/base/nearest.h"

namespace assay::backends {
namespace {

template <typename T>
std::optional<T> parse_all(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

bool Params::has(std::string_view key) const {
  return spec_->params.find(std::string(key)) != spec_->params.end();
}

Result<double> Params::number(std::string_view key, double fallback, double min, double max) {
  const std::string* found = find(key);
  if (found == nullptr) return fallback;
  const std::optional<double> value = parse_all<double>(*found);
  if (!value || !std::isfinite(*value) || *value < min || *value > max) {
    return bad_value(key, *found, fmt::format("a number {}..{}", min, max));
  }
  return *value;
}

Result<int64_t> Params::integer(std::string_view key, int64_t fallback, int64_t min, int64_t max) {
  const std::string* found = find(key);
  if (found == nullptr) return fallback;
  const std::optional<int64_t> value = parse_all<int64_t>(*found);
  if (!value || *value < min || *value > max) {
    return bad_value(key, *found, fmt::format("an integer {}..{}", min, max));
  }
  return *value;
}

Result<Nanos> Params::duration(std::string_view key, Nanos fallback, Nanos max) {
  const std::string* found = find(key);
  if (found == nullptr) return fallback;
  const Result<Nanos> value = parse_duration(*found);
  if (!value || *value > max) {
    const double max_s = std::chrono::duration<double>(max).count();
    return bad_value(key, *found, fmt::format("a duration 0..{}s like 200ms, 1.5s or 0.25", max_s));
  }
  return *value;
}

Result<bool> Params::flag(std::string_view key, bool fallback) {
  const std::string* found = find(key);
  if (found == nullptr) return fallback;
  for (const std::string_view yes : {"", "1", "true", "yes", "on"}) {
    if (*found == yes) return true;
  }
  for (const std::string_view no : {"0", "false", "no", "off"}) {
    if (*found == no) return false;
  }
  return bad_value(key, *found, "1 or 0");
}

std::string Params::text(std::string_view key, const std::string& fallback) {
  const std::string* found = find(key);
  return found == nullptr ? fallback : *found;
}

Result<std::string> Params::one_of(std::string_view key, const std::string& fallback,
                                   const std::vector<std::string>& allowed) {
  const std::string* found = find(key);
  if (found == nullptr) return fallback;
  if (std::find(allowed.begin(), allowed.end(), *found) != allowed.end()) return *found;
  return bad_value(
      key, *found,
      fmt::format("one of {}{}", fmt::join(allowed, ", "), did_you_mean(*found, allowed)));
}

Result<void> Params::finish() const {
  for (const auto& [key, value] : spec_->params) {
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    std::vector<std::string> known = asked_;
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());  // some are asked twice
    if (known.empty()) {
      return error(fmt::format("unknown parameter `{}`: `{}:` takes none", key, spec_->backend));
    }
    return error(fmt::format("unknown parameter `{}`{} known: {}", key,
                             nearest_name(key, known).empty() ? ";" : did_you_mean(key, known),
                             fmt::join(known, ", ")));
  }
  return {};
}

Error Params::error(std::string message) const {
  return input_error(fmt::format("model `{}`", spec_->text), std::move(message));
}

const std::string* Params::find(std::string_view key) {
  const auto it = spec_->params.find(std::string(key));
  asked_.emplace_back(key);
  return it == spec_->params.end() ? nullptr : &it->second;
}

Error Params::bad_value(std::string_view key, std::string_view value,
                        std::string_view expected) const {
  return error(fmt::format("parameter `{}` is `{}`, expected {}", key, value, expected));
}

}  // namespace assay::backends
