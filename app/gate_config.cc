#include "app/gate_config.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "app/gate_schema.h"
#include "harness/base/duration.h"
#include "harness/base/yaml_tree.h"

namespace assay::app {
namespace {

using aggregate::GateMargin;
using aggregate::GateMode;
using aggregate::GateRule;
using aggregate::GateRules;
using aggregate::GateSettings;
using aggregate::Relation;
using aggregate::SpeedLimit;
using aggregate::Threshold;
using aggregate::WhenUndecided;

constexpr double kLimitMax = 1e9;  // of any number in the file
constexpr int64_t kConfirmRepeatsMax = 100;
constexpr double kAlphaMin = 1e-6;
constexpr double kAlphaMax = 0.5;
constexpr double kPowerMin = 0.01;
constexpr double kPowerMax = 0.999;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

// The whole of `text`, finite.
std::optional<double> number_of(std::string_view text) {
  double value = 0;
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<double> number_before(std::string_view text, std::string_view unit) {
  if (!text.ends_with(unit)) return std::nullopt;
  return number_of(text.substr(0, text.size() - unit.size()));
}

Error expected(const YamlNode& node, std::string_view key, std::string_view what) {
  return node.error(fmt::format("`{}` is {}, expected {}", key, node.type_name(), what));
}

Result<GateMargin> read_margin(const YamlNode& node) {
  constexpr std::string_view kWhat =
      "a loss of 0 or more: points (`2pp`), the metric's own unit (`0.02`), or a part of the "
      "baseline's value (`5%`)";
  const std::string_view text = node.is_scalar() ? trimmed(node.scalar) : std::string_view();
  GateMargin margin;
  std::optional<double> value;
  if ((value = number_before(text, "pp"))) {
    margin.value = *value / 100;
  } else if ((value = number_before(text, "%"))) {
    margin = {.value = *value / 100, .relative = true};
  } else if ((value = number_of(text))) {
    margin.value = *value;
  }
  if (!value || *value < 0 || *value > kLimitMax) return expected(node, "margin", kWhat);
  return margin;
}

Result<double> read_share(const YamlNode& node, std::string_view key) {
  const std::string_view text = node.is_scalar() ? trimmed(node.scalar) : std::string_view();
  std::optional<double> value = number_before(text, "pp");
  if (!value) value = number_before(text, "%");
  value = value ? std::optional(*value / 100) : number_of(text);
  if (!value || *value < 0 || *value > 1) {
    return expected(node, key, "a share from 0 to 1 (`0.05`) or 0 % to 100 % (`5%`)");
  }
  return *value;
}

// "1.10x"
std::optional<double> ratio_of(std::string_view text) {
  const auto value = number_before(trimmed(text), "x");
  return value && *value > 0 && *value <= kLimitMax ? value : std::nullopt;
}

template <typename T>
Result<T> read_choice(const YamlNode& node, std::string_view key,
                      const std::vector<std::pair<std::string_view, T>>& choices) {
  std::string names;
  for (const auto& [name, value] : choices) {
    if (node.is_scalar() && node.scalar == name) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return expected(node, key, "one of " + names);
}

Result<WhenUndecided> read_undecided(const YamlNode& node, std::string_view key) {
  return read_choice<WhenUndecided>(node, key,
                                    {{"inconclusive", WhenUndecided::kInconclusive},
                                     {"pass", WhenUndecided::kPass},
                                     {"fail", WhenUndecided::kFail}});
}

Result<std::vector<std::string>> read_names(const YamlNode& node, std::string_view key) {
  ASSAY_TRY(std::vector<std::string> names, node.as_strings(key));
  if (names.size() > kGateRulesMax) {
    return node.error(
        fmt::format("`{}` has {} entries, expected at most {}", key, names.size(), kGateRulesMax));
  }
  for (const std::string& name : names) {
    if (name.empty()) return node.error(fmt::format("`{}` has an empty name", key));
  }
  return names;
}

Error not_a_mapping(const YamlNode& node, std::string_view key, std::string_view example) {
  return node.error(
      fmt::format("`{}` is {}, expected a mapping such as `{}`", key, node.type_name(), example));
}

std::optional<double> percentile_of(std::string_view key) {
  if (key == "p50") return 0.5;
  if (key == "p90") return 0.9;
  if (key == "p95") return 0.95;
  if (key == "p99") return 0.99;
  return std::nullopt;
}

Result<void> read_limit_text(const YamlNode& node, const std::string& text, SpeedLimit& limit) {
  if (const auto ratio = ratio_of(text)) {
    limit.ratio_max = ratio;
    return {};
  }
  const Result<Nanos> time = parse_duration(text);
  // A number alone could mean either.
  if (!time || time->count() <= 0 || number_of(text)) {
    return node.error(fmt::format(
        "found `{}`, expected a ratio to the baseline (`1.1x`) or a time (`800ms`, `2s`)", text));
  }
  limit.seconds_max = std::chrono::duration<double>(*time).count();
  return {};
}

Result<void> read_speeds(const YamlNode& node, const std::string& figure, GateSettings& out) {
  if (!node.is_map()) return not_a_mapping(node, figure, "{p50: 1.1x, p95: 2s}");
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "`" + figure + "`", {"p50", "p90", "p95", "p99"}));
  for (const YamlMember& member : node.members) {
    SpeedLimit limit;
    limit.figure = figure;
    limit.percentile = percentile_of(member.key).value_or(0.5);
    ASSAY_TRY(const std::vector<std::string> texts, read_names(member.value, member.key));
    for (const std::string& text : texts)
      ASSAY_TRY_VOID(read_limit_text(member.value, text, limit));
    out.speeds.push_back(std::move(limit));
  }
  return {};
}

Result<Threshold> read_threshold(const YamlMember& member) {
  constexpr std::string_view kWhat = "a limit such as `\">=0.8\"` or `\"<= 5%\"`";
  const YamlNode& node = member.value;
  std::string_view text = node.is_scalar() ? trimmed(node.scalar) : std::string_view();
  Threshold out;
  out.metric = member.key;
  const std::vector<std::pair<std::string_view, Relation>> relations{{">=", Relation::kAtLeast},
                                                                     {"<=", Relation::kAtMost},
                                                                     {">", Relation::kAbove},
                                                                     {"<", Relation::kBelow}};
  for (const auto& [sign, relation] : relations) {
    if (!text.starts_with(sign)) continue;
    out.relation = relation;
    text = trimmed(text.substr(sign.size()));
    const auto percent = number_before(text, "%");
    const auto value = percent ? std::optional(*percent / 100) : number_of(text);
    if (!value || std::fabs(*value) > kLimitMax) break;
    out.limit = *value;
    return out;
  }
  return expected(node, member.key, kWhat);
}

Result<void> read_thresholds(const YamlNode& node, GateSettings& out) {
  if (!node.is_map()) return not_a_mapping(node, "thresholds", "{accuracy: \">=0.8\"}");
  if (node.members.size() > kGateRulesMax) {
    return node.error(fmt::format("`thresholds` has {} entries, expected at most {}",
                                  node.members.size(), kGateRulesMax));
  }
  for (const YamlMember& member : node.members) {
    ASSAY_TRY(Threshold threshold, read_threshold(member));
    out.thresholds.push_back(std::move(threshold));
  }
  return {};
}

Result<void> read_cost(const YamlNode& node, GateSettings& out) {
  if (!node.is_map()) return not_a_mapping(node, "cost", "{per_item: 0.002, ratio: 1.2x}");
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "`cost`", {"per_item", "ratio"}));
  if (const YamlNode* price = node.find("per_item")) {
    ASSAY_TRY(const std::string text, price->as_string("per_item"));
    const Result<Money> money = Money::parse(text);
    if (!money) return price->error(money.error().message);
    if (money->nano < 0) return expected(*price, "per_item", "an amount of 0 or more");
    out.cost_per_item_max = *money;
  }
  if (const YamlNode* ratio = node.find("ratio")) {
    out.cost_ratio_max = ratio->is_scalar() ? ratio_of(ratio->scalar) : std::nullopt;
    if (!out.cost_ratio_max) {
      return expected(*ratio, "ratio", "a ratio to the baseline such as `1.2x`");
    }
  }
  return {};
}

Result<void> read_share_of(const YamlNode& map, const char* key, std::optional<double>& out) {
  const YamlNode* node = map.find(key);
  if (node == nullptr) return {};
  ASSAY_TRY(out, read_share(*node, key));
  return {};
}

Result<void> read_errors(const YamlNode& node, GateSettings& out) {
  if (!node.is_map()) return not_a_mapping(node, "errors", "{max: 2%, increase: 1pp}");
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "`errors`", {"max", "increase", "infrastructure"}));
  ASSAY_TRY_VOID(read_share_of(node, "max", out.errors_max));
  ASSAY_TRY_VOID(read_share_of(node, "increase", out.errors_increase));
  return read_share_of(node, "infrastructure", out.infrastructure);
}

Result<void> read_paired(const YamlNode& node, GateSettings& out) {
  if (const YamlNode* margin = node.find("margin")) {
    ASSAY_TRY(out.margin, read_margin(*margin));
  }
  if (const YamlNode* mode = node.find("mode")) {
    ASSAY_TRY(out.mode, read_choice<GateMode>(*mode, "mode",
                                              {{"regression", GateMode::kRegression},
                                               {"non_inferiority", GateMode::kNonInferiority},
                                               {"none", GateMode::kNone}}));
  }
  if (const YamlNode* slices = node.find("slices")) {
    ASSAY_TRY(out.slices, read_names(*slices, "slices"));
  }
  if (const YamlNode* undecided = node.find("inconclusive")) {
    ASSAY_TRY(out.undecided, read_undecided(*undecided, "inconclusive"));
  }
  if (const YamlNode* undecided = node.find("inconclusive_slices")) {
    ASSAY_TRY(out.undecided_slice, read_undecided(*undecided, "inconclusive_slices"));
  }
  return {};
}

// What belongs to a whole suite, whatever the metric.
Result<void> read_suite_wide(const YamlNode& node, GateSettings& out) {
  for (const char* figure : {"latency", "ttft", "ttfa"}) {
    if (const YamlNode* speeds = node.find(figure))
      ASSAY_TRY_VOID(read_speeds(*speeds, figure, out));
  }
  if (const YamlNode* thresholds = node.find("thresholds"))
    ASSAY_TRY_VOID(read_thresholds(*thresholds, out));
  if (const YamlNode* cost = node.find("cost")) ASSAY_TRY_VOID(read_cost(*cost, out));
  if (const YamlNode* errors = node.find("errors")) ASSAY_TRY_VOID(read_errors(*errors, out));
  return {};
}

const std::vector<std::string>& setting_keys() {
  static const std::vector<std::string> kKeys{
      "margin", "mode",       "slices", "inconclusive", "inconclusive_slices", "latency", "ttft",
      "ttfa",   "thresholds", "cost",   "errors"};
  return kKeys;
}

Result<void> read_pattern(const YamlNode& rule, const char* key, std::string& out) {
  const YamlNode* node = rule.find(key);
  if (node == nullptr) return {};
  ASSAY_TRY(out, node->as_string(key));
  if (out.empty()) return expected(*node, key, "a name or a pattern with * and ?");
  return {};
}

Result<GateRule> read_rule(const YamlNode& node) {
  if (!node.is_map()) return not_a_mapping(node, "a rule", "{suite: quick-*, margin: 2pp}");
  std::vector<std::string> known{"suite", "model", "metric"};
  known.insert(known.end(), setting_keys().begin(), setting_keys().end());
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "a rule", known));
  GateRule rule;
  rule.place = node.place();
  ASSAY_TRY_VOID(read_pattern(node, "suite", rule.suite));
  ASSAY_TRY_VOID(read_pattern(node, "model", rule.model));
  ASSAY_TRY_VOID(read_pattern(node, "metric", rule.metric));
  ASSAY_TRY_VOID(read_paired(node, rule.settings));
  for (const char* key : {"latency", "ttft", "ttfa", "thresholds", "cost", "errors"}) {
    const YamlNode* found = node.find(key);
    if (found == nullptr || rule.metric.empty()) continue;
    return found->error(
        fmt::format("`{}` belongs to a whole suite, expected it in a rule without `metric`", key));
  }
  ASSAY_TRY_VOID(read_suite_wide(node, rule.settings));
  return rule;
}

Result<void> read_rules(const YamlNode& node, GateRules& out) {
  if (!node.is_list()) return node.error("`rules` is " + node.type_name() + ", expected a list");
  if (node.items.size() > kGateRulesMax) {
    return node.error(fmt::format("`rules` has {} entries, expected at most {}", node.items.size(),
                                  kGateRulesMax));
  }
  for (const YamlNode& item : node.items) {
    ASSAY_TRY(GateRule rule, read_rule(item));
    out.rules.push_back(std::move(rule));
  }
  return {};
}

Result<void> read_defaults(const YamlNode& node, GateRules& out) {
  if (!node.is_map()) return not_a_mapping(node, "defaults", "{margin: 2pp}");
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "`defaults`", setting_keys()));
  ASSAY_TRY_VOID(read_paired(node, out.defaults));
  return read_suite_wide(node, out.defaults);
}

// true, false, or how.
Result<void> read_confirm(const YamlNode& node, GateRules& out) {
  if (!node.is_map()) {
    ASSAY_TRY(out.confirm, node.as_bool("confirm"));
    return {};
  }
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "`confirm`", {"items", "repeats"}));
  if (const YamlNode* items = node.find("items")) {
    ASSAY_TRY(const int64_t n, items->as_integer("items", 2, aggregate::kConfirmItemsMax));
    out.confirm_items = static_cast<uint64_t>(n);
  }
  if (const YamlNode* repeats = node.find("repeats")) {
    ASSAY_TRY(const int64_t n, repeats->as_integer("repeats", 1, kConfirmRepeatsMax));
    out.confirm_repeats = static_cast<uint32_t>(n);
  }
  return {};
}

Result<void> read_level(const YamlNode& root, const char* key, double min, double max,
                        double& out) {
  const YamlNode* node = root.find(key);
  if (node == nullptr) return {};
  ASSAY_TRY(out, node->as_number(key));
  // Negated, so that NaN is refused too.
  if (!(out >= min && out <= max)) {
    return expected(*node, key, fmt::format("a number from {} to {}", min, max));
  }
  return {};
}

Result<GateRules> rules_of(const YamlNode& root) {
  GateRules out;
  if (root.is_null()) return out;  // an empty file: the defaults
  if (!root.is_map()) return root.error("is " + root.type_name() + ", expected defaults and rules");
  ASSAY_TRY_VOID(refuse_unknown_keys(
      root, "a gate", {"version", "alpha", "power", "confirm", "missing", "defaults", "rules"}));
  if (const YamlNode* version = root.find("version"))
    ASSAY_TRY_VOID(version->as_integer("version", 1, 1));
  ASSAY_TRY_VOID(read_level(root, "alpha", kAlphaMin, kAlphaMax, out.alpha));
  ASSAY_TRY_VOID(read_level(root, "power", kPowerMin, kPowerMax, out.power));
  if (const YamlNode* confirm = root.find("confirm")) ASSAY_TRY_VOID(read_confirm(*confirm, out));
  if (const YamlNode* missing = root.find("missing")) {
    ASSAY_TRY(out.missing_fails,
              read_choice<bool>(*missing, "missing", {{"fail", true}, {"ignore", false}}));
  }
  if (const YamlNode* defaults = root.find("defaults"))
    ASSAY_TRY_VOID(read_defaults(*defaults, out));
  if (const YamlNode* rules = root.find("rules")) ASSAY_TRY_VOID(read_rules(*rules, out));
  return out;
}

}  // namespace

Result<GateRules> read_gate_rules(std::string_view text, const std::string& shown) {
  ASSAY_TRY(const YamlNode root, read_yaml(text, shown));
  return rules_of(root);
}

Result<GateRules> load_gate_rules(const std::string& path) {
  ASSAY_TRY(const YamlNode root, read_yaml_file(path, path));
  return rules_of(root);
}

std::string_view gate_schema() { return kGateSchema; }

}  // namespace assay::app
