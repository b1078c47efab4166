// assay plan as a user has it, with simulated models.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
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

constexpr const char* kA = "simulated:a?accuracy=0.8&ttft=200ms&per_token=10ms&tokens=20";
constexpr const char* kB = "simulated:b?accuracy=0.7&ttft=100ms&per_token=10ms&tokens=20";

class Plan : public testing::Test {
 protected:
  [[nodiscard]] CliResult assay(const std::vector<std::string>& arguments) const {
    return run_assay(arguments, {.cwd = dir_.path()});
  }
  [[nodiscard]] Json json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const CliResult result = assay(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    auto parsed = parse_json(result.out, "plan");
    EXPECT_TRUE(parsed) << result.out;
    return parsed ? std::move(*parsed) : Json();
  }
  void earlier_run(const std::string& repeats) const {
    const CliResult done = assay({"run", "quick-intents", "-q", "-m", kA, "-m", kB, "--repeats",
                                  repeats, "-o", "old.assay"});
    ASSERT_EQ(done.exit_code, 0) << done.err;
  }
  TempDir dir_;
};

TEST_F(Plan, WithoutEvidenceNothingIsAskedAndAssumptionsAreSaid) {
  const CliResult result =
      assay({"plan", "quick-intents", "-m", "openai:gpt-nobody?price_in=2&price_out=8", "-m", kA,
             "--detect", "2pp"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("assumed, not measured"));
  EXPECT_THAT(result.out, HasSubstr("cannot see 2.0 pp"));
  EXPECT_THAT(result.out, HasSubstr("USD"));
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path()));
  const Json plan = json({"plan", "quick-intents", "-m", "openai:gpt-nobody?price_in=2&price_out=8",
                          "-m", "openai:gpt-nobody", "--detect", "2pp"});
  EXPECT_EQ(plan.at("suites").at(0).at("variance").at("basis"), "assumed");
  EXPECT_TRUE(plan.at("spending").at(0).at("cost").is_object());
  EXPECT_TRUE(plan.at("spending").at(1).at("cost").is_null());
  EXPECT_THAT(plan.at("spending").at(1).at("cost_basis").get<std::string>(),
              HasSubstr("no price is known"));
  EXPECT_TRUE(plan.at("spending").at(0).at("seconds").is_null());
  EXPECT_EQ(plan.at("total").at("without_cost"), 1);
}

TEST_F(Plan, FromAnEarlierRun) {
  earlier_run("3");
  const Json plan = json({"plan", "quick-intents", "-m", kA, "-m", kB, "--detect", "5pp", "--from",
                          "old.assay", "--concurrency", "1"});
  const Json& suite = plan.at("suites").at(0);
  EXPECT_EQ(suite.at("variance").at("basis"), "pairs");
  EXPECT_TRUE(suite.at("variance").at("within").is_number());
  EXPECT_NEAR(suite.at("variance").at("mean").get<double>(), 0.75, 0.05);
  EXPECT_EQ(suite.at("repeats"), 1);
  EXPECT_GT(suite.at("items_needed").get<int>(), 300);
  const Json& spending = plan.at("spending").at(0);
  EXPECT_THAT(spending.at("time_basis").get<std::string>(), HasSubstr("simulated latency"));
  // 0.2 s + 20 tokens at 10 ms, one after another.
  const double items = suite.at("items").get<double>();
  EXPECT_NEAR(spending.at("seconds").at("typical").get<double>(), items * 0.4, items * 0.05);
}

TEST_F(Plan, StrictSaysThree) {
  EXPECT_EQ(assay({"plan", "quick-intents", "-m", kA, "--detect", "1pp", "--strict"}).exit_code, 3);
  EXPECT_EQ(assay({"plan", "quick-intents", "-m", kA, "--detect", "1pp"}).exit_code, 0);
  EXPECT_EQ(assay({"plan", "quick-intents", "-m", kA, "--detect", "30pp", "--strict"}).exit_code,
            0);
  EXPECT_EQ(assay({"plan", "quick-intents", "-m", kA, "--strict"}).exit_code, 0);
}

TEST_F(Plan, APilotAsksAndItsFileStays) {
  const CliResult result = assay({"plan", "quick-intents", "-m", kA, "-m", kB, "--pilot", "40",
                                  "--repeats", "2", "--detect", "5pp", "-q"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("measured: a pair of models on 40 items"));
  EXPECT_THAT(result.out, HasSubstr("quick-intents-pilot.assay` does not pay for them again"));
  EXPECT_THAT(result.out, HasSubstr("of the variance comes from the items"));
  EXPECT_TRUE(std::filesystem::exists(dir_.file("quick-intents-pilot.assay")));
  const CliResult limited =
      assay({"plan", "quick-intents", "-m", kA, "--limit", "50", "--detect", "20pp", "--json"});
  const auto parsed = parse_json(limited.out, "plan");
  ASSERT_TRUE(parsed) << limited.err;
  EXPECT_EQ(parsed->at("suites").at(0).at("items"), 50);
  EXPECT_GT(parsed->at("suites").at(0).at("available").get<int>(), 200);
}

TEST_F(Plan, ARunOfErrorsAndConstantScores) {
  const CliResult failed = assay({"run", "quick-intents", "-q", "--retries", "0", "-m",
                                  "simulated:x?server_error=1", "-o", "bad.assay"});
  ASSERT_EQ(failed.exit_code, 4) << failed.err;
  const CliResult bad = assay({"plan", "quick-intents", "-m", "simulated:x?server_error=1",
                               "--detect", "5pp", "--from", "bad.assay"});
  EXPECT_EQ(bad.exit_code, 0) << bad.err;
  EXPECT_THAT(bad.out, HasSubstr("has a score"));
  const CliResult perfect =
      assay({"run", "quick-intents", "-q", "-m", "simulated:y?accuracy=1", "-o", "perfect.assay"});
  ASSERT_EQ(perfect.exit_code, 0) << perfect.err;
  const CliResult constant = assay({"plan", "quick-intents", "-m", "simulated:y?accuracy=1",
                                    "--detect", "5pp", "--from", "perfect.assay"});
  EXPECT_EQ(constant.exit_code, 0) << constant.err;
  EXPECT_THAT(constant.out, Not(HasSubstr("nan")));
  EXPECT_THAT(constant.out, HasSubstr("one model on"));
}

TEST_F(Plan, BadInput) {
  const auto refused = [&](std::vector<std::string> arguments, const std::string& message) {
    arguments.insert(arguments.begin(), "plan");
    const CliResult result = assay(arguments);
    EXPECT_EQ(result.exit_code, 2) << result.out;
    EXPECT_THAT(result.err, HasSubstr(message));
  };
  refused({"nosuch", "-m", kA}, "unknown suite `nosuch`");
  for (const char* detect : {"2", "x", "2%", "-2pp", "0pp", "200pp", "nan", "pp", "1e99"}) {
    if (std::string(detect) == "2") continue;  // of the metric's own unit
    refused({"quick-intents", "-m", kA, "--detect", detect},
            "--detect: `" + std::string(detect) + "` is no difference, expected for example 2pp");
  }
  refused({"quick-intents", "-m", kA, "--power", "1"}, "--power: is 1, expected 0.5 to below 1");
  refused({"quick-intents", "-m", kA, "--alpha", "0"}, "--alpha: is 0");
  refused({"quick-intents", "-m", kA, "--from", "a", "--pilot", "3"}, "exclude each other");
  refused({"quick-intents", "-m", kA, "--from", "none.assay"}, "none.assay");
  refused({"quick-intents", "-m", kA, "--pilot", "0"}, "--pilot");
  refused({"quick-intents"}, "no model is named");
  dir_.write("s/suite.yaml",
             "task: other\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\n"
             "doc_to_target: \"{{a}}\"\nscorers:\n  - exact\n");
  dir_.write("s/test.jsonl", "{\"id\":\"1\",\"q\":\"x\",\"a\":\"y\"}\n");
  ASSERT_EQ(assay({"run", "./s", "-q", "-m", kA, "-o", "other.assay"}).exit_code, 0);
  refused({"quick-intents", "-m", kA, "--from", "other.assay"},
          "other.assay: has no suite `quick-intents`, expected a run of what is planned; it has: "
          "other");
  // Zero items.
  refused({"quick-intents", "-m", kA, "--tag", "language=none"}, "");
}

}  // namespace
}  // namespace assay
