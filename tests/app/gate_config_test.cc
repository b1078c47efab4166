// gate.yaml: every key is read, every mistake names its place, and the published schema says the
// same as the reader.
#include "app/gate_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/yaml_tree.h"
#include "suites/score/json_schema.h"
#include "tests/support/temp_dir.h"

namespace assay::app {
namespace {

using aggregate::GateMode;
using aggregate::GateRules;
using aggregate::Relation;
using aggregate::WhenUndecided;
using ::testing::ElementsAre;

GateRules read(const std::string& text) {
  Result<GateRules> out = read_gate_rules(text, "gate.yaml");
  EXPECT_TRUE(out) << out.error().text();
  return out ? *out : GateRules{};
}

std::string mistake(const std::string& text) {
  const Result<GateRules> out = read_gate_rules(text, "gate.yaml");
  return out ? "none" : out.error().text();
}

constexpr const char* kEverything = R"(version: 1
alpha: 0.01
power: 0.9
confirm: {items: 50, repeats: 3}
missing: ignore
defaults:
  margin: 2pp
  inconclusive: pass
rules:
  - suite: quick-*
    model: gpt-?
    margin: 5%
    mode: non_inferiority
    slices: [language, length]
    inconclusive: fail
    inconclusive_slices: inconclusive
    latency: {p50: 1.10x, p95: [1.2x, 800ms]}
    ttft: {p90: 2s}
    ttfa: {p99: 3x}
    thresholds: {accuracy: ">=0.8", cer: "< 5%"}
    cost: {per_item: 0.002, ratio: 1.5x}
    errors: {max: 2%, increase: 1pp, infrastructure: 0.3}
  - metric: f1
    margin: 0.03
    mode: none
)";

TEST(GateConfig, ReadsEverything) {
  const GateRules rules = read(kEverything);
  EXPECT_EQ(rules.alpha, 0.01);
  EXPECT_EQ(rules.power, 0.9);
  EXPECT_TRUE(rules.confirm);
  EXPECT_EQ(rules.confirm_items, 50U);
  EXPECT_EQ(rules.confirm_repeats, 3U);
  EXPECT_FALSE(rules.missing_fails);
  EXPECT_DOUBLE_EQ(rules.defaults.margin->value, 0.02);
  EXPECT_EQ(rules.defaults.undecided, WhenUndecided::kPass);
  ASSERT_EQ(rules.rules.size(), 2U);
  const aggregate::GateRule& rule = rules.rules[0];
  const aggregate::GateSettings& s = rule.settings;
  EXPECT_EQ(rule.suite, "quick-*");
  EXPECT_EQ(rule.model, "gpt-?");
  EXPECT_EQ(rule.metric, "");
  EXPECT_EQ(rule.place, "gate.yaml:10:5");
  EXPECT_TRUE(s.margin->relative);
  EXPECT_DOUBLE_EQ(s.margin->value, 0.05);
  EXPECT_EQ(s.mode, GateMode::kNonInferiority);
  EXPECT_THAT(*s.slices, ElementsAre("language", "length"));
  EXPECT_EQ(s.undecided, WhenUndecided::kFail);
  EXPECT_EQ(s.undecided_slice, WhenUndecided::kInconclusive);
  EXPECT_EQ(*s.cost_per_item_max, Money{2'000'000});
  EXPECT_EQ(s.cost_ratio_max, 1.5);
  EXPECT_EQ(s.errors_max, 0.02);
  EXPECT_EQ(s.errors_increase, 0.01);
  EXPECT_EQ(s.infrastructure, 0.3);
  EXPECT_EQ(rules.rules[1].metric, "f1");
  EXPECT_EQ(rules.rules[1].settings.mode, GateMode::kNone);
}

TEST(GateConfig, ReadsLimits) {
  const GateRules rules = read(kEverything);
  const aggregate::GateSettings& s = rules.rules[0].settings;
  ASSERT_EQ(s.speeds.size(), 4U);
  EXPECT_EQ(s.speeds[0].ratio_max, 1.1);
  EXPECT_EQ(s.speeds[1].percentile, 0.95);
  EXPECT_EQ(s.speeds[1].ratio_max, 1.2);
  EXPECT_EQ(s.speeds[1].seconds_max, 0.8);
  EXPECT_EQ(s.speeds[2].figure, "ttft");
  EXPECT_EQ(s.speeds[2].seconds_max, 2);
  EXPECT_EQ(s.speeds[3].percentile, 0.99);
  ASSERT_EQ(s.thresholds.size(), 2U);
  EXPECT_EQ(s.thresholds[0].metric, "accuracy");
  EXPECT_EQ(s.thresholds[0].relation, Relation::kAtLeast);
  EXPECT_EQ(s.thresholds[0].limit, 0.8);
  EXPECT_EQ(s.thresholds[1].relation, Relation::kBelow);
  EXPECT_EQ(s.thresholds[1].limit, 0.05);
}

TEST(GateConfig, NothingIsTheDefaults) {
  EXPECT_TRUE(read("{}").rules.empty());
  EXPECT_EQ(read("rules: []").alpha, 0.05);
  EXPECT_FALSE(read("confirm: false").confirm);
}

TEST(GateConfig, EveryMistakeNamesItsPlace) {
  EXPECT_EQ(mistake("rules:\n  - suite: a\n    margn: 2pp\n"),
            "gate.yaml:3:5: unknown key `margn` in a rule, did you mean `margin`?");
  EXPECT_EQ(mistake("default: {}\n"),
            "gate.yaml:1:1: unknown key `default` in a gate, did you mean `defaults`?");
  EXPECT_EQ(mistake("rules:\n  - margin: 2 points\n"),
            "gate.yaml:2:13: `margin` is `2 points`, expected a loss of 0 or more: points (`2pp`), "
            "the metric's own unit (`0.02`), or a part of the baseline's value (`5%`)");
  EXPECT_EQ(mistake("defaults:\n  mode: strict\n"),
            "gate.yaml:2:9: `mode` is `strict`, expected one of regression, non_inferiority, none");
  EXPECT_EQ(mistake("alpha: 2\n"),
            "gate.yaml:1:8: `alpha` is `2`, expected a number from 1e-06 to "
            "0.5");
  EXPECT_EQ(mistake("rules: {}\n"), "gate.yaml:1:8: `rules` is a mapping, expected a list");
  EXPECT_EQ(mistake("rules:\n  - latency: {p51: 1.1x}\n"),
            "gate.yaml:2:15: unknown key `p51` in `latency`, did you mean `p50`?");
  EXPECT_EQ(mistake("rules:\n  - latency: {p50: 1.1}\n"),
            "gate.yaml:2:20: found `1.1`, expected a ratio to the baseline (`1.1x`) or a time "
            "(`800ms`, `2s`)");
  EXPECT_EQ(mistake("rules:\n  - thresholds: {accuracy: 0.8}\n"),
            "gate.yaml:2:28: `accuracy` is `0.8`, expected a limit such as `\">=0.8\"` or `\"<= "
            "5%\"`");
  EXPECT_EQ(mistake("rules:\n  - metric: f1\n    errors: {max: 1%}\n"),
            "gate.yaml:3:13: `errors` belongs to a whole suite, expected it in a rule without "
            "`metric`");
  EXPECT_EQ(
      mistake("rules:\n  - errors: {max: 120%}\n"),
      "gate.yaml:2:19: `max` is `120%`, expected a share from 0 to 1 (`0.05`) or 0 % to 100 % "
      "(`5%`)");
}

TEST(GateConfig, RefusesWhatIsNoNumber) {
  for (const char* text : {"defaults: {margin: -1pp}",
                           "defaults: {margin: .nan}",
                           "defaults: {margin: nan}",
                           "defaults: {margin: inf}",
                           "defaults: {margin: 1e400}",
                           "defaults: {margin: pp}",
                           "alpha: .nan",
                           "alpha: .inf",
                           "power: 1",
                           "confirm: 3",
                           "confirm: {items: 1}",
                           "missing: maybe",
                           "version: 2",
                           "defaults: {latency: {p50: 0x}}",
                           "defaults: {latency: {p50: -1s}}",
                           "defaults: {cost: {per_item: -1}}",
                           "defaults: {cost: {ratio: 2}}",
                           "defaults: {slices: [\"\"]}",
                           "rules: [1]",
                           "defaults: {thresholds: {a: \">=\"}}",
                           "defaults: {thresholds: {a: \">=x\"}}",
                           "[1]",
                           "rules:\n  - suite: \"\"",
                           "rules:\n - suite: a\n   suite: b",
                           "a: [",
                           "\xff: 1"}) {
    EXPECT_NE(mistake(text), "none") << text;
  }
}

TEST(GateConfig, LoadsAFile) {
  const test::TempDir dir;
  const std::string path = dir.write("gate.yaml", kEverything);
  const auto rules = load_gate_rules(path);
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->rules[0].place, path + ":10:5");
  EXPECT_FALSE(load_gate_rules(dir.file("none.yaml")));
}

TEST(GateConfig, TooManyRulesAreRefused) {
  std::string text = "rules:\n";
  for (size_t i = 0; i <= kGateRulesMax; ++i) text += "  - {margin: 1pp}\n";
  EXPECT_EQ(mistake(text), "gate.yaml:2:3: `rules` has 1001 entries, expected at most 1000");
}

// The schema is read by editors: what it accepts and refuses is what the reader does.
TEST(GateSchema, AgreesWithTheReader) {
  const Result<Json> json = parse_json(gate_schema(), "gate.schema.json");
  ASSERT_TRUE(json) << json.error().text();
  const auto schema = suites::JsonSchema::compile(*json);
  ASSERT_TRUE(schema) << schema.error().text();
  const std::vector<std::string> texts{
      kEverything,
      "{}",
      "rules: []",
      "defaults: {margin: 0.02, slices: language}",
      "defaults: {margin: 2 points}",
      "defaults: {margin: -1}",
      "defaults: {mode: strict}",
      "defaults: {suite: a}",
      "default: {}",
      "alpha: 0.6",
      "alpha: high",
      "power: 1",
      "confirm: false",
      "confirm: 1",
      "confirm: {items: 1}",
      "confirm: {times: 1}",
      "missing: maybe",
      "version: 2",
      "rules: {}",
      "rules: [1]",
      "rules: [{suit: a}]",
      "rules: [{metric: f1, errors: {max: 1%}}]",
      "rules: [{latency: {p51: 1x}}]",
      "rules: [{latency: {p50: 1.1}}]",
      "rules: [{latency: {p50: [1.1x, 2s]}}]",
      "rules: [{thresholds: {a: 0.8}}]",
      "rules: [{thresholds: {a: '>= 0.8'}}]",
      "rules: [{cost: {per_item: -1}}]",
      "rules: [{cost: {ratio: 2}}]",
      "rules: [{errors: {max: 1.5}}]",
      "rules: [{errors: {most: 1}}]",
      "rules: [{inconclusive: never}]",
  };
  for (const std::string& text : texts) {
    const Result<YamlNode> node = read_yaml(text, "gate.yaml");
    ASSERT_TRUE(node) << text;
    const auto verdict = schema->validate(node->to_json());
    EXPECT_EQ(verdict.fit == suites::JsonSchema::Fit::kYes, mistake(text) == "none")
        << text << "\nschema: " << verdict.reason << "\nreader: " << mistake(text);
  }
}

}  // namespace
}  // namespace assay::app
