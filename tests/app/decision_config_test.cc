// `require:`, `weights:` and the facts of models: every key is read, every mistake names its place.
#include "app/decision_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay::app {
namespace {

using aggregate::ModelFacts;
using aggregate::RequirementRules;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

YamlNode yaml(const std::string& text) {
  Result<YamlNode> out = read_yaml(text, "assay.yaml");
  EXPECT_TRUE(out) << out.error().text();
  return out ? *out : YamlNode{};
}

TEST(DecisionConfig, EveryRequirementIsRead) {
  const auto rules = read_requirements(yaml(R"(licence: [mit, apache-2.0]
region: kr
context: 128k
modality: [text, image]
availability: 99%
error_rate: 0.01
p95: 800ms
budget: {amount: 300usd/month, per_day: 20000}
unknown: fail
)"));
  ASSERT_TRUE(rules) << rules.error().text();
  EXPECT_THAT(rules->licences, ElementsAre("mit", "apache-2.0"));
  EXPECT_THAT(rules->regions, ElementsAre("kr"));
  EXPECT_EQ(rules->context, 128'000U);
  EXPECT_THAT(rules->modalities, ElementsAre("text", "image"));
  EXPECT_DOUBLE_EQ(*rules->availability, 0.99);
  EXPECT_DOUBLE_EQ(*rules->error_rate, 0.01);
  EXPECT_DOUBLE_EQ(*rules->p95_seconds, 0.8);
  EXPECT_EQ(rules->budget->amount.text(), "300");
  EXPECT_EQ(rules->budget->currency, "USD");
  EXPECT_TRUE(rules->budget->monthly);
  EXPECT_EQ(*rules->budget->requests_per_day, 20'000);
  EXPECT_TRUE(rules->unknown_fails);
}

TEST(DecisionConfig, FlagsReplaceWhatTheFileSays) {
  RequirementRules rules = *read_requirements(yaml("{p95: 5s, region: [us]}"));
  for (const char* flag : {"p95<=2s", "region=kr|eu", "availability >= 99.5%", "context>=1m",
                           "budget<=5 EUR/day", "per_day=100", "unknown=keep"}) {
    const Result<void> added = add_requirement(flag, rules);
    EXPECT_TRUE(added) << added.error().text();
  }
  EXPECT_EQ(*rules.p95_seconds, 2);
  EXPECT_THAT(rules.regions, ElementsAre("kr", "eu"));
  EXPECT_DOUBLE_EQ(*rules.availability, 0.995);
  EXPECT_EQ(rules.context, 1'000'000U);
  EXPECT_EQ(rules.budget->currency, "EUR");
  EXPECT_FALSE(rules.budget->monthly);
  EXPECT_EQ(*rules.requests_per_day, 100);
}

TEST(DecisionConfig, MistakesNameTheirPlace) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{latency: 5s}", "assay.yaml:1:2: unknown key `latency` in `require`"},
      {"{p95: 5 apples}", "assay.yaml:1:7: `p95` is `5 apples`, expected a time above 0"},
      {"{p95: 0s}", "assay.yaml:1:7: `p95` is `0s`, expected a time above 0"},
      {"{budget: -5usd/month}", "assay.yaml:1:10: `budget` is `-5usd/month`, expected an amount"},
      {"{budget: 0usd/month}", "assay.yaml:1:10: `budget` is `0usd/month`, expected an amount"},
      {"{budget: 300usd}", "assay.yaml:1:10: `budget` is `300usd`, expected an amount"},
      {"{budget: 300/month}", "assay.yaml:1:10: `budget` is `300/month`, expected an amount"},
      {"{budget: {per_day: 5}}", "assay.yaml:1:10: a budget without `amount`"},
      {"{budget: {amount: 5usd/day, per_day: -1}}",
       "assay.yaml:1:38: `per_day` is `-1`, expected requests a day, above 0"},
      {"{availability: 101%}", "assay.yaml:1:16: `availability` is `101%`, expected a share"},
      {"{error_rate: nan}", "assay.yaml:1:14: `error_rate` is `nan`, expected a share"},
      {"{context: 12x}", "assay.yaml:1:11: `context` is `12x`, expected tokens"},
      {"{context: -5k}", "assay.yaml:1:11: `context` is `-5k`, expected tokens"},
      {"{licence: []}", "assay.yaml:1:11: `licence` is ``, expected 1 to 64 words"},
      {"{unknown: maybe}", "assay.yaml:1:11: `unknown` is `maybe`, expected fail or keep"},
      {"[p95]", "assay.yaml:1:1: `require` is a list, expected a mapping"},
  };
  for (const auto& [text, expected] : cases) {
    const auto rules = read_requirements(yaml(text));
    ASSERT_FALSE(rules) << text;
    EXPECT_THAT(rules.error().text(), StartsWith(expected)) << text;
  }
}

TEST(DecisionConfig, MistakesInFlags) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"speed<=5", "--require: found `speed<=5`, expected `<=` behind one of"},
      {"p95>=5s", "--require: found `p95>=5s`, expected `>=` behind one of"},
      {"speed=5", "--require: found `speed`, expected one of licence, region"},
      {"p95", "--require: found `p95`, expected for example p95<=5s"},
      {"budget<=lots", "--require: `budget` is `lots`, expected an amount"},
      {"", "--require: found ``, expected for example"},
  };
  for (const auto& [text, expected] : cases) {
    RequirementRules rules;
    const Result<void> added = add_requirement(text, rules);
    ASSERT_FALSE(added) << text;
    EXPECT_THAT(added.error().text(), StartsWith(expected)) << text;
  }
}

TEST(DecisionConfig, WeightsAreNumbersOrRanges) {
  const auto weights = read_weights(yaml("{quality: 2, cost: [1, 3]}"));
  ASSERT_TRUE(weights) << weights.error().text();
  EXPECT_EQ((*weights)[0].low, 2);
  EXPECT_EQ((*weights)[1].high, 3);
  EXPECT_EQ((*weights)[2].high, 0);
  const auto flag = parse_weights("quality=2,cost=1..3");
  ASSERT_TRUE(flag) << flag.error().text();
  EXPECT_EQ((*flag)[1].low, 1);
  EXPECT_EQ((*flag)[1].high, 3);
  for (const char* text : {"{quality: -1}", "{quality: [3, 1]}", "{quality: x}", "{speed: 1}",
                           "{quality: 0}", "{}", "[1]", "{quality: [1, 2, 3]}", "{cost: nan}"}) {
    const auto refused = read_weights(yaml(text));
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().text(), StartsWith("assay.yaml:1:")) << text;
  }
  for (const char* text : {"", "quality", "speed=1", "quality=-1", "quality=1..", "cost=0"}) {
    const auto refused = parse_weights(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().text(), StartsWith("--weights: ")) << text;
  }
}

TEST(DecisionConfig, FactsOfAModel) {
  ModelFacts facts;
  ASSERT_TRUE(read_facts(
      yaml("{model: x, licence: mit, region: [cn, sg], context: 64k, modality: text}"), facts));
  EXPECT_EQ(facts.licence, "mit");
  EXPECT_THAT(facts.regions, ElementsAre("cn", "sg"));
  EXPECT_EQ(facts.context, 64'000U);
  EXPECT_THAT(facts.modalities, ElementsAre("text"));
  for (const char* text :
       {"{licence: [mit, gpl]}", "{context: lots}", "{region: {a: 1}}", "{modality: []}"}) {
    ModelFacts bad;
    const Result<void> read = read_facts(yaml(text), bad);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().text(), HasSubstr("assay.yaml:1:")) << text;
  }
}

}  // namespace
}  // namespace assay::app
