// gate.yaml over any bytes: rules whose every number is within its limits, or an error with a
// place. The first two lines as pattern and name: matching ends and agrees with itself.
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "app/gate_config.h"
#include "harness/base/check.h"

namespace {

using namespace assay;  // NOLINT: a program of its own

void check_settings(const aggregate::GateSettings& s) {
  if (s.margin) ASSAY_CHECK(std::isfinite(s.margin->value) && s.margin->value >= 0, "margin");
  for (const auto& limit : s.speeds) {
    ASSAY_CHECK(limit.ratio_max || limit.seconds_max, "a limit without one");
    if (limit.ratio_max) ASSAY_CHECK(*limit.ratio_max > 0 && std::isfinite(*limit.ratio_max), "x");
    if (limit.seconds_max) ASSAY_CHECK(*limit.seconds_max > 0, "seconds");
  }
  for (const auto& threshold : s.thresholds) ASSAY_CHECK(std::isfinite(threshold.limit), "limit");
  for (const auto& share : {s.errors_max, s.errors_increase, s.infrastructure}) {
    if (share) ASSAY_CHECK(*share >= 0 && *share <= 1, "share {}", *share);
  }
}

void check_patterns(std::string_view text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return;
  const std::string_view pattern = text.substr(0, end);
  const std::string_view name = text.substr(end + 1, 256);
  (void)aggregate::matches_pattern(pattern, name);
  ASSAY_CHECK(aggregate::matches_pattern(name, name), "a text matches itself as a pattern");
  ASSAY_CHECK(aggregate::matches_pattern("*", name), "a star matches everything");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kBytesMax = 4096;  // larger ones find nothing new and take long
  if (size > kBytesMax) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_patterns(text);
  const auto rules = app::read_gate_rules(text, "fuzz.yaml");
  if (!rules) {
    ASSAY_CHECK(!rules.error().message.empty(), "no message");
    return 0;
  }
  ASSAY_CHECK(rules->alpha > 0 && rules->alpha < 1 && rules->power > 0 && rules->power < 1,
              "level");
  check_settings(rules->defaults);
  for (const auto& rule : rules->rules) check_settings(rule.settings);
  return 0;
}
