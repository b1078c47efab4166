// assay price, list prices, import prices and the prices of a run as a user types them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using test::CliResult;
using test::run_assay;
using test::TempDir;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kOwn = R"(version: 1
rates:
  - {from: USD, to: KRW, rate: 1400, source: test}
prices:
  - model: gpt-own
    provider: openai
    currency: USD
    source: test
    per_million: {input: 2, output: 8}
    batch: {multiplier: 0.5}
    tiers:
      - {above_prompt_tokens: 100000, per_million: {input: 4}}
)";

class Price : public testing::Test {
 protected:
  [[nodiscard]] CliResult assay(const std::vector<std::string>& arguments) const {
    return run_assay(arguments, {.cwd = dir_.path()});
  }
  [[nodiscard]] Json json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const CliResult result = assay(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    auto parsed = parse_json(result.out, "out");
    EXPECT_TRUE(parsed) << result.out;
    return parsed ? std::move(*parsed) : Json();
  }
  void write_own() const { dir_.write("own.yaml", kOwn); }
  TempDir dir_;
};

TEST_F(Price, ShowsEveryLineAndTheRowInForce) {
  const CliResult night =
      assay({"price", "DeepSeek-R1", "--in", "4186", "--cached", "12000", "--out", "350",
             "--reasoning", "2100", "--at", "2025-03-01T17:00:00Z"});
  ASSERT_EQ(night.exit_code, 0) << night.err;
  EXPECT_THAT(night.out, HasSubstr("deepseek/deepseek-reasoner, 2025-03-01T17:00:00Z UTC"));
  EXPECT_THAT(night.out, HasSubstr("window off-peak"));
  EXPECT_THAT(night.out, HasSubstr("4,186 × 0.135 per million = 0.00056511 USD"));
  EXPECT_THAT(night.out, HasSubstr("12,000 × 0.035 per million = 0.00042 USD"));
  EXPECT_THAT(night.out, HasSubstr("2,100 × 0.55 per million = 0.001155 USD"));
  EXPECT_THAT(night.out, HasSubstr("total 0.00233261 USD"));
  EXPECT_THAT(night.out, HasSubstr("source: https://api-docs.deepseek.com"));
  EXPECT_THAT(night.out, HasSubstr("checked: 2025-08-21, age: "));
  EXPECT_THAT(night.err, HasSubstr("was last checked on 2025-08-21"));
  const Json day = json({"price", "DeepSeek-R1", "--in", "1000000", "--at", "2025-03-01T12:00"});
  EXPECT_EQ(day["bill"]["total"], "0.55");
  EXPECT_EQ(day["bill"]["window"], nullptr);
  EXPECT_EQ(day["old"], true);
  EXPECT_EQ(day["price"]["windows"][0]["name"], "off-peak");
}

TEST_F(Price, TiersServicesCurrenciesAndRequests) {
  write_own();
  const std::vector<std::string> base{"price", "gpt-own", "--prices", "own.yaml"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), base.begin(), base.end());
    return json(more);
  };
  EXPECT_EQ(with({"--in", "100000"})["bill"]["total"], "0.2");
  EXPECT_EQ(with({"--in", "100001"})["bill"]["total"], "0.400004");
  EXPECT_EQ(with({"--in", "100001"})["bill"]["tier_above"], 100'000);
  EXPECT_EQ(with({"--out", "1000000", "--service", "batch"})["bill"]["total"], "4");
  EXPECT_EQ(with({"--in", "1000000", "--currency", "KRW"})["bill"]["total"], "5600");
  EXPECT_EQ(with({"--in", "1000", "--currency", "KRW", "--rate", "USD:KRW=1000"})["bill"]["total"],
            "2");
  const Json many = with({"--in", "1000", "--requests", "1000"});
  EXPECT_EQ(many["bill"]["total"], "0.002");
  EXPECT_EQ(many["bill"]["total_of_requests"], "2");
  const Json mix = with({"--mix", "in=1000,out=500,per_day=1000"});
  EXPECT_EQ(mix["bill"], nullptr);
  EXPECT_EQ(mix["mix"]["per_request"], "0.006");
  EXPECT_EQ(mix["mix"]["per_day"], "6");
  EXPECT_EQ(mix["mix"]["per_month"], "182.625");
  EXPECT_EQ(with({"--in", "1000", "--cached", "1000", "--assume-input-price"})["bill"]["total"],
            "0.004");
}

TEST_F(Price, TrainingClaimsAreHoursTimesPrice) {
  const CliResult text = assay({"price", "DeepSeek-V3", "--training"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("2,788,000 H800 GPU hours × 2 USD = 5576000 USD"));
  EXPECT_THAT(text.out, HasSubstr("scope: the final training run"));
  EXPECT_THAT(text.out, HasSubstr("arXiv:2412.19437"));
  const Json won =
      json({"price", "deepseek-chat", "--training", "--currency", "KRW", "--rate", "USD:KRW=1450"});
  EXPECT_EQ(won["total"], "8085200000");
  const CliResult none = assay({"price", "o1", "--training"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("there is one of: DeepSeek-V3"));
}

struct Bad {
  std::vector<std::string> arguments;
  const char* error;
};

TEST_F(Price, BadInputIsNamed) {
  write_own();
  dir_.write("negative.yaml",
             "version: 1\nprices:\n  - {model: m, currency: USD, source: s, per_million: {input: "
             "-1}}\n");
  const std::vector<Bad> cases{
      {{"price", "deepseek-reasonner", "--in", "1"}, "did you mean `deepseek-reasoner`"},
      {{"price", "DeepSeek-R1"}, "nothing is counted"},
      {{"price", "DeepSeek-R1", "--in", "-1"}, "--in"},
      {{"price", "DeepSeek-R1", "--in", "1", "--at", "yesterday"}, "expected for example 2025"},
      {{"price", "DeepSeek-R1", "--in", "1", "--at", "2024-01-01"}, "no price holds"},
      {{"price", "DeepSeek-R1", "--in", "1", "--at", "2025-02-01", "--currency", "KRW"},
       "--rate USD:KRW=RATE"},
      {{"price", "DeepSeek-R1", "--in", "1", "--currency", "won"}, "is no currency"},
      {{"price", "o1", "--in", "1", "--rate", "USDKRW"}, "expected for example USD:KRW=1450"},
      {{"price", "o1", "--in", "1", "--cache-write", "5"}, "cache_write have no price"},
      {{"price", "o1", "--mix", "in=1,out=1,cached=60"}, "expected a share from 0 to 1"},
      {{"price", "o1", "--in", "1", "--prices", "negative.yaml"}, "negative.yaml:3:63"},
      {{"price", "o1", "--in", "1", "--prices", "nowhere.yaml"}, "nowhere.yaml: cannot be opened"},
      {{"list", "prices", "o1-mni"}, "did you mean `o1-mini`"},
      {{"list", "suites", "o1"}, "only `assay list prices` takes"},
      {{"import", "prices", "own.yaml"}, "no price table that is known"},
      {{"import", "prices", "own.yaml", "--checked", "today"}, "is no date"},
      {{"import"}, "no file is named"},
      {{"run", "quick-intents", "-m", "baseline:random", "--prices", "negative.yaml"},
       "negative.yaml:3:63"},
  };
  for (const Bad& bad : cases) {
    const CliResult result = assay(bad.arguments);
    EXPECT_EQ(result.exit_code, 2) << bad.error << result.out;
    EXPECT_THAT(result.err, HasSubstr(bad.error));
  }
}

TEST_F(Price, ListsPeriodsTermsAndAge) {
  const CliResult latest = assay({"list", "prices"});
  ASSERT_EQ(latest.exit_code, 0) << latest.err;
  EXPECT_THAT(latest.out, HasSubstr("openai/gpt-4o-2024-05-13"));
  EXPECT_THAT(latest.out, HasSubstr("batch, priority"));
  EXPECT_THAT(latest.out, Not(HasSubstr("16:30-00:30 UTC")));
  const CliResult one = assay({"list", "prices", "DeepSeek-R1"});
  EXPECT_THAT(one.out, HasSubstr("2025-02-26T16:30:00Z to 2025-09-05T16:00:00Z"));
  EXPECT_THAT(one.out, HasSubstr("16:30-00:30 UTC"));
  EXPECT_EQ(json({"list", "prices", "DeepSeek-R1"}).size(), 4U);
  EXPECT_GT(json({"list", "prices", "--all"}).size(), json({"list", "prices"}).size());
  write_own();
  EXPECT_THAT(assay({"list", "prices", "--prices", "own.yaml"}).out,
              HasSubstr("above 100000, batch"));
}

TEST_F(Price, ImportsATableAndUsesIt) {
  dir_.write("t.json", R"({"gpt-t": {"litellm_provider": "openai", "mode": "chat",
    "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "input_cost_per_dream": 1}})");
  const CliResult made =
      assay({"import", "prices", "t.json", "-o", "p.yaml", "--checked", "2026-08-06"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("p.yaml written: 1 prices of 1 models (litellm)"));
  EXPECT_THAT(made.out, HasSubstr("not understood: input_cost_per_dream (1 chat"));
  EXPECT_EQ(assay({"import", "prices", "t.json", "-o", "p.yaml"}).exit_code, 2);
  EXPECT_EQ(
      json({"price", "openai/gpt-t", "--in", "1000000", "--prices", "p.yaml"})["bill"]["total"],
      "1");
  const CliResult piped = assay({"import", "prices", "t.json", "-o", "-"});
  EXPECT_THAT(piped.out, HasSubstr("version: 1"));
}

TEST_F(Price, ARunTakesThemFromTheTables) {
  write_own();
  const std::vector<std::string> dry{"plan", "quick-intents", "--limit", "5",
                                     "-m",   "openai:gpt-own"};
  const CliResult unknown = assay(dry);
  EXPECT_EQ(unknown.exit_code, 0) << unknown.err;
  EXPECT_THAT(unknown.err, HasSubstr("no price is known for openai/gpt-own"));
  std::vector<std::string> priced = dry;
  priced.insert(priced.end(), {"--prices", "own.yaml"});
  const CliResult known = assay(priced);
  EXPECT_EQ(known.exit_code, 0) << known.err;
  EXPECT_THAT(known.err, HasSubstr("has no date of a check"));
  EXPECT_TRUE(json(priced)["spending"][0]["cost"].is_object());
  priced.emplace_back("-q");
  EXPECT_EQ(assay(priced).err, "");
  // From assay.yaml, in another currency at the file's rate.
  dir_.write("assay.yaml", "prices: [own.yaml]\nmachine: {currency: KRW}\n");
  const Json won = json(dry);
  EXPECT_EQ(won["currency"], "KRW");
  EXPECT_TRUE(won["spending"][0]["cost"].is_object());
  dir_.write("assay.yaml", "prices: [own.yaml]\nmachine: {currency: EUR}\n");
  const CliResult euro = assay(dry);
  EXPECT_EQ(euro.exit_code, 2);
  EXPECT_THAT(euro.err, HasSubstr("USD:EUR=RATE"));
}

}  // namespace
}  // namespace assay
