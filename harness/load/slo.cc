#include "harness/load/slo.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/base/duration.h"
#include "harness/base/nearest.h"

namespace assay::load {
namespace {

constexpr const char* kWhere = "--slo";
constexpr const char* kExample = "such as ttft=500ms,tpot=50ms,e2e=10s,at=p95";
constexpr Nanos kLimitMax = std::chrono::hours(24);

// "p95", "p99.9" or "95%" as a share.
Result<double> parse_share(std::string_view text) {
  std::string_view digits = text;
  const bool percent = digits.ends_with('%');
  const bool percentile = digits.starts_with('p');
  if (percent) digits.remove_suffix(1);
  if (percentile) digits.remove_prefix(1);
  double value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, status] = std::from_chars(digits.data(), end, value, std::chars_format::fixed);
  if (percent == percentile || status != std::errc() || stop != end || !(value > 0) ||
      !(value <= 100)) {
    return input_error(
        kWhere, fmt::format("`at` is `{}`, expected p95 or 95%, above 0 and at most 100", text));
  }
  return value / 100;
}

Result<double> parse_limit(const std::string& key, std::string_view text) {
  const Result<Nanos> value = parse_duration(text);
  if (!value || *value <= Nanos(0) || *value > kLimitMax) {
    return input_error(
        kWhere, fmt::format("`{}` is `{}`, expected a time above 0 and at most 24h, like 500ms, "
                            "1.5s, 50us or 2m",
                            key, text));
  }
  return std::chrono::duration<double>(*value).count();
}

Result<void> read_entry(std::string_view entry, std::vector<std::string>& seen, Slo& slo) {
  const size_t equals = entry.find('=');
  if (equals == std::string_view::npos) {
    return input_error(kWhere,
                       fmt::format("`{}` is no KEY=VALUE, expected entries {}", entry, kExample));
  }
  const std::string key(entry.substr(0, equals));
  const std::string_view value = entry.substr(equals + 1);
  const std::vector<std::pair<std::string, std::optional<double>*>> limits = {
      {"ttft", &slo.ttft_s}, {"ttfa", &slo.ttfa_s}, {"tpot", &slo.tpot_s}, {"e2e", &slo.e2e_s}};
  if (std::find(seen.begin(), seen.end(), key) != seen.end())
    return input_error(kWhere, fmt::format("`{}` stands there twice, expected once", key));
  seen.push_back(key);
  if (key == "at") {
    ASSAY_TRY(slo.share, parse_share(value));
    return {};
  }
  for (const auto& [name, limit] : limits) {
    if (name != key) continue;
    ASSAY_TRY(*limit, parse_limit(key, value));
    return {};
  }
  const std::string hint = did_you_mean(key, {"ttft", "ttfa", "tpot", "e2e", "at"});
  return input_error(kWhere, fmt::format("unknown key `{}`{} expected ttft, ttfa, tpot, e2e or at",
                                         key, hint.empty() ? "," : hint));
}

}  // namespace

Result<Slo> parse_slo(const std::string& text) {
  Slo slo;
  std::vector<std::string> seen;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    ASSAY_TRY_VOID(read_entry(std::string_view(text).substr(begin, comma - begin), seen, slo));
    begin = comma + 1;
  }
  if (slo.empty())
    return input_error(kWhere, fmt::format("`{}` limits nothing, expected at least one of ttft, "
                                           "ttfa, tpot and e2e, {}",
                                           text, kExample));
  return slo;
}

}  // namespace assay::load
