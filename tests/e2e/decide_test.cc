// assay decide as a user types it, on simulated models with prices.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "suites/score/json_schema.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using test::CliResult;
using test::run_assay;
using test::TempDir;
using testing::HasSubstr;
using testing::Not;

// The same answers (seed and label apart they would differ): one dear, one cheap and slower.
constexpr const char* kDear =
    "simulated:one?accuracy=0.9&tokens=20&ttft=200ms&per_token=5ms&price_in=20&price_out=80";
constexpr const char* kCheap =
    "simulated:one?accuracy=0.9&tokens=20&ttft=400ms&per_token=9ms&price_in=2&price_out=8";
constexpr const char* kBad =
    "simulated:bad?accuracy=0.2&tokens=20&ttft=100ms&per_token=5ms&price_in=1&price_out=1";

class Decide : public testing::Test {
 protected:
  [[nodiscard]] CliResult assay(const std::vector<std::string>& arguments) const {
    return run_assay(arguments, {.cwd = dir_.path()});
  }
  void make_run(const std::vector<std::string>& models, const std::string& name,
                const std::string& limit = "200") const {
    std::vector<std::string> arguments{"run", "quick-intents", "-q", "--no-curve", "-o",
                                       name,  "--limit",       limit};
    for (const std::string& model : models) {
      arguments.emplace_back("-m");
      arguments.push_back(model);
    }
    const CliResult done = assay(arguments);
    ASSERT_EQ(done.exit_code, 0) << done.err;
  }
  [[nodiscard]] Json decision(std::vector<std::string> arguments, int exit_code) const {
    arguments.emplace_back("--json");
    const CliResult result = assay(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << result.err << result.out;
    auto parsed = parse_json(result.out, "decision");
    EXPECT_TRUE(parsed) << result.out;
    return parsed ? std::move(*parsed) : Json();
  }
  TempDir dir_;
};

TEST_F(Decide, TheCheaperOfTwoEqualModelsIsAdopted) {
  make_run({kDear, kCheap}, "r.assay");
  const Json d = decision({"decide", "r.assay"}, 0);
  const Json& suite = d.at("suites").at(0);
  EXPECT_EQ(d.at("format"), "assay-decision-1");
  EXPECT_EQ(suite.at("outcome"), "adopt");
  EXPECT_EQ(suite.at("chosen"), kCheap);
  const Json& dear = suite.at("models").at(0);
  const Json& cheap = suite.at("models").at(1);
  // Every price is a tenth, so the cost of an item is, whatever the answers are.
  EXPECT_NEAR(dear.at("cost").at("per_item").at("value").get<double>() /
                  cheap.at("cost").at("per_item").at("value").get<double>(),
              10, 1e-6);
  EXPECT_EQ(cheap.at("front").at("probability"), 1.0);
  EXPECT_GT(dear.at("cost").at("ratio").at("ci_low").get<double>(), 5);
  EXPECT_EQ(suite.at("changes").at(0).at("kind"), "price");
  const CliResult text = assay({"decide", "r.assay", "-o", "decision.json"});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("Adopt"));
  EXPECT_THAT(text.out, HasSubstr("What would change it"));
  EXPECT_TRUE(std::filesystem::exists(dir_.file("decision.json")));
  const CliResult again = assay({"decide", "r.assay", "--json"});
  EXPECT_EQ(test::read_file(dir_.file("decision.json")), again.out) << "the same bytes each time";
  const CliResult quiet = assay({"decide", "r.assay", "-q", "--lang", "ko"});
  EXPECT_THAT(quiet.out, HasSubstr("모델 채택"));
}

TEST_F(Decide, RequirementsAndWeightsOfTheConfiguration) {
  make_run({"simulated:one?accuracy=0.9&tokens=20&price_in=20&price_out=80", kCheap}, "r.assay");
  dir_.write("assay.yaml", fmt::format(R"(require: {{region: [kr, eu], p95: 5s, unknown: fail}}
weights: {{quality: 2, cost: 1, latency: [1, 3]}}
models:
  - {{name: dear, model: "simulated:one?accuracy=0.9&tokens=20&price_in=20&price_out=80", region: [eu]}}
  - {{name: cheap, model: "{}", region: [cn]}}
)",
                                       kCheap));
  const Json d = decision({"decide", "r.assay"}, 0);
  const Json& suite = d.at("suites").at(0);
  EXPECT_THAT(suite.at("chosen").get<std::string>(), HasSubstr("price_in=20"));
  EXPECT_EQ(suite.at("models").at(1).at("knocked_out"), true);
  EXPECT_EQ(suite.at("changes").at(0).at("kind"), "requirement");
  EXPECT_EQ(suite.at("weights").at("latency").at(1), 3.0);
  EXPECT_EQ(suite.at("models").at(0).at("acceptability").at("first_with_weights"), 1.0);
  // No model is in kr alone: nothing is left.
  const Json none = decision({"decide", "r.assay", "--require", "region=kr"}, 1);
  EXPECT_EQ(none.at("outcome"), "none");
  EXPECT_TRUE(none.at("suites").at(0).at("chosen").is_null());
}

TEST_F(Decide, UndecidedIsExitCodeThree) {
  make_run({kDear, "simulated:one?accuracy=0.9&tokens=20"}, "r.assay", "40");
  const Json d = decision({"decide", "r.assay"}, 3);
  EXPECT_EQ(d.at("suites").at(0).at("reason"), "cost_unknown");
}

TEST_F(Decide, TwoRunFilesAreComparedOnTheirCommonItems) {
  make_run({kDear}, "a.assay", "200");
  make_run({kBad}, "b.assay", "150");
  const Json d = decision({"decide", "a.assay", "b.assay"}, 0);
  const Json& suite = d.at("suites").at(0);
  EXPECT_EQ(suite.at("samples"), 150U);
  EXPECT_EQ(suite.at("left_out"), 50U);
  EXPECT_EQ(suite.at("reason"), "only_good_enough");
  EXPECT_EQ(suite.at("chosen"), kDear);
  EXPECT_EQ(suite.at("changes").at(0).at("kind"), "margin");
  EXPECT_EQ(suite.at("notes").at(0),
            "compared on the 150 samples of 200 that all models were asked");
}

TEST_F(Decide, TheReportBeginsWithTheDecisionWhereThereIsOne) {
  make_run({kDear, kCheap}, "r.assay");
  ASSERT_EQ(assay({"report", "r.assay", "-o", "r.html"}).exit_code, 0);
  EXPECT_THAT(test::read_file(dir_.file("r.html")), HasSubstr("decision-1"));
  ASSERT_EQ(assay({"report", "r.assay", "-o", "no.html", "--no-decision"}).exit_code, 0);
  EXPECT_THAT(test::read_file(dir_.file("no.html")), Not(HasSubstr("decision-1")));
  make_run({"simulated:a", "simulated:b"}, "free.assay", "20");
  ASSERT_EQ(assay({"report", "free.assay", "-o", "free.html"}).exit_code, 0);
  EXPECT_THAT(test::read_file(dir_.file("free.html")), Not(HasSubstr("decision-1")))
      << "no model has a cost";
  ASSERT_EQ(assay({"report", "free.assay", "-o", "asked.html", "--decision"}).exit_code, 0);
  EXPECT_THAT(test::read_file(dir_.file("asked.html")), HasSubstr("decision-1"));
}

TEST_F(Decide, BadInputNamesItsPlace) {
  make_run({kDear}, "r.assay", "20");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"decide"}, "expected run files"},
      {{"decide", "missing.assay"}, "missing.assay"},
      {{"decide", "r.assay", "--require", "speed<=5"}, "--require: found `speed<=5`"},
      {{"decide", "r.assay", "--require", "budget<=-5usd/month"},
       "--require: `budget` is `-5usd/month`, expected an amount above 0"},
      {{"decide", "r.assay", "--margin", "2"}, "--margin: found `2`"},
      {{"decide", "r.assay", "--weights", "beauty=1"}, "--weights: found `beauty=1`"},
      {{"decide", "r.assay", "--suite", "other"}, "found suite `other`"},
  };
  for (const auto& [arguments, message] : cases) {
    const CliResult result = assay(arguments);
    EXPECT_EQ(result.exit_code, 2) << message;
    EXPECT_THAT(result.err, HasSubstr(message));
  }
  dir_.write("assay.yaml", "require: {latency: 5s}\n");
  EXPECT_THAT(assay({"decide", "r.assay"}).err,
              HasSubstr("assay.yaml:1:11: unknown key `latency` in `require`"));
  dir_.write("assay.yaml", "models:\n  - {name: r9, model: \"simulated:r9\", licence: mit}\n");
  const CliResult unknown = assay({"decide", "r.assay"});
  EXPECT_EQ(unknown.exit_code, 0) << unknown.err;
  EXPECT_THAT(unknown.out, HasSubstr("no run has the model `r9` of the configuration"));
}

TEST_F(Decide, TheSchemaIsPrintedAndHolds) {
  const CliResult schema = assay({"decide", "--schema"});
  EXPECT_EQ(schema.exit_code, 0);
  const Result<Json> json = parse_json(schema.out, "schema");
  ASSERT_TRUE(json) << schema.out;
  const auto compiled = suites::JsonSchema::compile(*json);
  ASSERT_TRUE(compiled) << compiled.error().text();
  make_run({kDear, kCheap, kBad}, "r.assay", "60");
  const auto verdict = compiled->validate(decision(
      {"decide", "r.assay", "--require", "p95<=5s", "--weights", "quality=2,cost=1..3"}, 0));
  EXPECT_EQ(verdict.fit, suites::JsonSchema::Fit::kYes) << verdict.reason;
}

}  // namespace
}  // namespace assay
