// GateRules: what a gate demands of a new run against its baseline, as plain data.
//
// Where it stands: harness/aggregate; app/gate_config.h reads it from gate.yaml, gate.h judges by
// it. Pure.
//
//   GateRules rules;                                     // sensible defaults, without any file
//   rules.rules.push_back({.suite = "quick-*", .settings = {.mode = GateMode::kNonInferiority}});
//   const GateSettings s = settings_for_metric(rules, "quick-ocr", "m", "cer", /*headline=*/true);
//
// Settings cascade: defaults first, then every rule that speaks of the suite, model and metric, in
// the order of the file; what a later one sets wins. A rule without `metric` speaks of the headline
// and of what belongs to the whole suite (latency, cost, errors, thresholds).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/money.h"

namespace assay::aggregate {

inline constexpr double kGateMarginDefault = 0.02;         // two percentage points of a share
inline constexpr double kGateInfrastructureDefault = 0.1;  // share of items without a reply
inline constexpr double kGateErrorIncreaseDefault = 0.05;
inline constexpr uint64_t kConfirmItemsDefault = 200;
inline constexpr uint64_t kConfirmItemsMax = 10'000;

enum class GateMode : uint8_t {
  kRegression,      // fails when a drop is shown
  kNonInferiority,  // passes only when a loss of the margin is excluded
  kNone,            // no paired test
};

// What an undecided check counts as.
enum class WhenUndecided : uint8_t { kInconclusive, kPass, kFail };

// A loss that does not matter, in the metric's unit or as a part of the baseline's value.
struct GateMargin {
  double value = kGateMarginDefault;
  bool relative = false;
};

// A limit on a percentile of times: of the ratio new / baseline, or of the new run's seconds.
struct SpeedLimit {
  std::string figure = "latency";  // "latency", "ttft", "ttfa"
  double percentile = 0.5;
  std::optional<double> ratio_max{};
  std::optional<double> seconds_max{};
};

enum class Relation : uint8_t { kAtLeast, kAbove, kAtMost, kBelow };

// A limit on a metric of the new run alone.
struct Threshold {
  std::string metric;
  Relation relation = Relation::kAtLeast;
  double limit = 0;
};

// What defaults and rules set; what is unset stays as it was.
struct GateSettings {
  std::optional<GateMargin> margin{};
  std::optional<GateMode> mode{};
  std::optional<std::vector<std::string>> slices{};  // tags
  std::optional<WhenUndecided> undecided{};
  std::optional<WhenUndecided> undecided_slice{};
  std::vector<SpeedLimit> speeds{};
  std::vector<Threshold> thresholds{};
  std::optional<Money> cost_per_item_max{};  // in the run's currency
  std::optional<double> cost_ratio_max{};
  std::optional<double> errors_max{};       // share of the new run's items without a reply
  std::optional<double> errors_increase{};  // difference of these shares, new - baseline
  std::optional<double> infrastructure{};   // above this share the model is not judged at all
};

struct GateRule {
  std::string suite = "*";  // name or pattern: * any text, ? one character
  std::string model = "*";
  std::string metric{};  // name or pattern; empty: the headline
  GateSettings settings{};
  std::string place{};  // "gate.yaml:12:5", for messages; may be empty
};

struct GateRules {
  double alpha = 0.05;  // of the whole family of paired tests
  double power = 0.8;
  bool confirm = true;
  uint64_t confirm_items = kConfirmItemsDefault;  // asked again per failed check, at most
  uint32_t confirm_repeats = 1;
  bool missing_fails = true;  // a rule names what did not run
  GateSettings defaults{};
  std::vector<GateRule> rules{};
};

// Every optional set: built-in defaults, then the file's, then matching rules.
GateSettings settings_for_metric(const GateRules& rules, std::string_view suite,
                                 std::string_view model, std::string_view metric, bool headline);
// Of what belongs to the whole suite.
GateSettings settings_for_suite(const GateRules& rules, std::string_view suite,
                                std::string_view model);
// A rule names this metric, other than by being silent about it.
bool metric_is_named(const GateRules& rules, std::string_view suite, std::string_view model,
                     std::string_view metric);

// `*` any text, `?` one byte; everything else itself. O(pattern × text).
bool matches_pattern(std::string_view pattern, std::string_view text);
bool is_pattern(std::string_view text);

}  // namespace assay::aggregate
