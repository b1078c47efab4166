// assay run --until-decided: stops, verdicts and exit codes, resume after kill -9, bad input.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

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

constexpr const char* kGood = "simulated:good?accuracy=0.9&delay=0.2";
constexpr const char* kBad = "simulated:bad?accuracy=0.74&delay=0.2";

// A suite of 600 items and a baseline run of it.
struct Baseline {
  TempDir dir;
  std::string suite = dir.file("suite");
  std::string base = dir.file("base.assay");
  explicit Baseline(const std::string& scorer = "exact") {
    std::string rows;
    for (int i = 0; i < 600; ++i) {
      const std::string n = std::to_string(i);
      rows += R"({"id":"i)" + n + R"(","q":"q)" + n + R"(","a":"answer )" + n + "\"}\n";
    }
    dir.write("suite/test.jsonl", rows);
    write_suite(scorer);
    const CliResult made = run_assay({"run", suite, "-m", kGood, "-o", base, "-q"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
  }
  void write_suite(const std::string& scorer, const std::string& name = "items") const {
    dir.write("suite/suite.yaml", "task: " + name +
                                      "\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\n"
                                      "doc_to_target: \"{{a}}\"\nscorers:\n  - " +
                                      scorer + "\n");
  }
  [[nodiscard]] std::vector<std::string> arguments(const std::string& model,
                                                   const std::string& output,
                                                   const std::vector<std::string>& more) const {
    std::vector<std::string> out{
        "run", suite, "-m", model, "-o", dir.file(output), "-q", "--until-decided"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  [[nodiscard]] CliResult run(const std::string& model, const std::string& output,
                              const std::vector<std::string>& more) const {
    return run_assay(arguments(model, output, more));
  }
  [[nodiscard]] std::vector<std::string> against(const std::string& margin) const {
    return {"--against", base, "--margin", margin, "--json"};
  }
};

Json decision_of(const CliResult& result) {
  const auto json = parse_json(result.out, "summary");
  EXPECT_TRUE(json) << result.err;
  if (!json || !json->contains("decisions")) return Json::object();
  return json->at("decisions").at(0);
}

TEST(UntilDecided, ARegressionStopsEarlyAndExitsOne) {
  const Baseline baseline;
  const CliResult result = baseline.run(kBad, "bad.assay", baseline.against("2pp"));
  EXPECT_EQ(result.exit_code, 1) << result.err;
  const Json d = decision_of(result);
  EXPECT_EQ(d.at("verdict"), "regressed");
  EXPECT_LT(d.at("items_used").get<int>(), 300);
  EXPECT_GE(d.at("e_regressed").get<double>(), 20);
  EXPECT_LT(d.at("sequential").at("ci_high").get<double>(), 0);
  EXPECT_EQ(d.at("items_saved").get<int>() + d.at("items_known").get<int>(), 600);
  EXPECT_EQ(d.at("fixed_n").at("n"), d.at("items_known"));
  EXPECT_THAT(d.at("fixed_n").at("note").get<std::string>(), HasSubstr("biased"));
  // A report of the file does not call what was not asked missing.
  const CliResult report = run_assay({"report", baseline.dir.file("bad.assay")});
  EXPECT_THAT(report.out, HasSubstr("asked until decided"));
  EXPECT_THAT(report.out, Not(HasSubstr("incomplete")));
}

TEST(UntilDecided, TheSameModelIsNonInferiorAndExitsZero) {
  const Baseline baseline;
  const CliResult result =
      baseline.run(kGood, "same.assay", {"--against", baseline.base, "--margin", "2pp"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("NON-INFERIOR after"));
  EXPECT_THAT(result.out, HasSubstr("stopped when decided"));
}

TEST(UntilDecided, ThreadsAndConcurrencyDecideTheSame) {
  const Baseline baseline;
  std::vector<Json> decisions;
  std::vector<std::string> outputs;
  for (const auto& [concurrency, threads] :
       {std::pair("1", "1"), {"8", "1"}, {"8", "4"}, {"64", "2"}}) {
    auto more = baseline.against("2pp");
    more.insert(more.end(), {"--concurrency", concurrency, "--threads", threads});
    const CliResult result =
        baseline.run(kBad, std::string("c") + concurrency + threads + ".assay", more);
    decisions.push_back(decision_of(result));
  }
  for (const Json& d : decisions) {
    EXPECT_EQ(d.at("items_used"), decisions[0].at("items_used"));
    EXPECT_EQ(d.at("e_regressed"), decisions[0].at("e_regressed"));
  }
  EXPECT_EQ(decisions[1], decisions[2]);  // threads change nothing, also of what was asked beyond
  EXPECT_EQ(decisions[0].at("items_known"), decisions[0].at("items_used"));  // one at a time
}

TEST(UntilDecided, TheEndOfTheBudgetIsInconclusive) {
  const Baseline baseline;
  auto more = baseline.against("1pp");
  more.insert(more.end(), {"--max-requests", "20"});
  const CliResult cut = baseline.run(kBad, "cut.assay", more);
  EXPECT_EQ(cut.exit_code, 3) << cut.err;
  EXPECT_EQ(decision_of(cut).at("verdict"), "inconclusive");
  EXPECT_THAT(cut.err, HasSubstr("stopped by --max-requests"));
  // The same command goes on to the decision of a run that was never cut.
  const CliResult resumed = baseline.run(kBad, "cut.assay", baseline.against("1pp"));
  EXPECT_EQ(resumed.exit_code, 1) << resumed.err;
  const CliResult whole = baseline.run(kBad, "whole.assay", baseline.against("1pp"));
  EXPECT_EQ(decision_of(resumed).at("items_used"), decision_of(whole).at("items_used"));
  EXPECT_EQ(decision_of(resumed).at("e_regressed"), decision_of(whole).at("e_regressed"));
}

TEST(UntilDecided, ADecidedRunAsksNothingMore) {
  const Baseline baseline;
  const CliResult first = baseline.run(kBad, "bad.assay", baseline.against("2pp"));
  std::vector<std::string> again = baseline.arguments(kBad, "bad.assay", baseline.against("2pp"));
  std::erase(again, "-q");
  const CliResult second = run_assay(again);
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr(" 0 asked now"));
  EXPECT_EQ(decision_of(first), decision_of(second));
}

TEST(UntilDecided, RepeatsAndSeveralModelsAreDecidedEach) {
  const Baseline baseline;
  auto more = baseline.against("5pp");
  more.insert(more.end(), {"-m", kGood, "--repeats", "3"});
  const CliResult result = baseline.run(kBad, "two.assay", more);
  EXPECT_EQ(result.exit_code, 1) << result.err;
  const auto json = parse_json(result.out, "summary");
  ASSERT_TRUE(json);
  const Json& decisions = json->at("decisions");
  ASSERT_EQ(decisions.size(), 2U);
  EXPECT_EQ(decisions.at(0).at("verdict"), "regressed");
  EXPECT_EQ(decisions.at(1).at("verdict"), "non_inferior");
}

TEST(UntilDecided, AGradedScoreIsDecidedByTheSameTest) {
  const Baseline baseline("anls");
  const CliResult result =
      baseline.run("simulated:bad?accuracy=0.2", "anls.assay", baseline.against("2pp"));
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_EQ(decision_of(result).at("verdict"), "regressed");
}

TEST(UntilDecided, FailedItemsAreLeftOut) {
  const Baseline baseline;
  auto more = baseline.against("2pp");
  more.insert(more.end(), {"--retries", "0"});
  const CliResult some = baseline.run(std::string(kBad) + "&server_error=0.05", "some.assay", more);
  EXPECT_EQ(some.exit_code, 1) << some.err;
  EXPECT_GT(decision_of(some).at("items_excluded").get<int>(), 0);
  const CliResult all = baseline.run("simulated:none?server_error=1", "all.assay", more);
  EXPECT_EQ(all.exit_code, 4) << all.err;
  EXPECT_EQ(decision_of(all).at("verdict"), "inconclusive");
  EXPECT_TRUE(decision_of(all).at("sequential").at("value").is_null());
}

TEST(UntilDecided, AThresholdIsCurtailed) {
  const Baseline baseline;
  const CliResult failed =
      baseline.run("simulated:poor?accuracy=0.3", "poor.assay", {"--threshold", "accuracy>=0.8"});
  EXPECT_EQ(failed.exit_code, 1) << failed.err;
  EXPECT_THAT(failed.out, HasSubstr("FAILED after"));
  EXPECT_THAT(failed.out, HasSubstr("the items not asked could not change it"));
  const CliResult passed =
      baseline.run("simulated:sure?accuracy=1", "sure.assay", {"--threshold", "accuracy>=50%"});
  EXPECT_EQ(passed.exit_code, 0) << passed.err;
  EXPECT_THAT(passed.out, HasSubstr("PASSED after 300 of 600 items"));
}

pid_t start(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{test::assay_program()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : all) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  return pid;
}

TEST(UntilDecided, KilledAndResumedItDecidesTheSame) {
  const Baseline baseline;
  const std::string slow = "simulated:bad?accuracy=0.74&delay=20ms&realtime=1";
  auto more = baseline.against("2pp");
  more.insert(more.end(), {"--concurrency", "4"});
  for (const useconds_t after : {150'000U, 250'000U}) {
    const pid_t pid = start(baseline.arguments(slow, "killed.assay", more));
    usleep(after);
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
  }
  const CliResult resumed = baseline.run(slow, "killed.assay", more);
  const CliResult whole = baseline.run(slow, "whole.assay", more);
  EXPECT_EQ(resumed.exit_code, 1) << resumed.err;
  for (const char* key : {"verdict", "items_used", "e_regressed", "sequential"})
    EXPECT_EQ(decision_of(resumed).at(key), decision_of(whole).at(key)) << key;
}

TEST(UntilDecided, BadInputIsRefusedAndLeavesNoFile) {
  const Baseline baseline;
  struct Case {
    std::vector<std::string> flags;
    const char* message;
  };
  const std::vector<Case> cases{
      {{}, "expected either --against"},
      {{"--against", "missing.assay", "--margin", "2pp"}, "missing.assay"},
      {{"--against", baseline.base}, "--margin: is missing"},
      {{"--against", baseline.base, "--margin", "two"}, "`two` is no margin"},
      {{"--against", baseline.base, "--margin=-2pp"}, "`-2pp` is no margin"},
      {{"--against", baseline.base, "--margin", "0"}, "`0` is no margin"},
      {{"--against", baseline.base, "--margin", "nan"}, "`nan` is no margin"},
      {{"--against", baseline.base, "--margin", "2pp", "--alpha", "0.9"}, "--alpha"},
      {{"--threshold", "accuracy"}, "is no threshold"},
      {{"--threshold", "recall>=0.5"}, "has no metric `recall`"},
      {{"--threshold", "accuracy>=0.5", "--margin", "2pp"}, "takes no --margin"},
      {{"--against", baseline.base, "--threshold", "accuracy>=0.5"}, "expected either"}};
  for (const Case& bad : cases) {
    const CliResult result = baseline.run(kBad, "x.assay", bad.flags);
    EXPECT_EQ(result.exit_code, 2) << bad.message;
    EXPECT_THAT(result.err, HasSubstr(bad.message));
  }
  const CliResult own = baseline.run(kBad, "base.assay", baseline.against("2pp"));
  EXPECT_EQ(own.exit_code, 2);
  EXPECT_THAT(own.err, HasSubstr("is the file that this run writes"));
  const CliResult alone = run_assay({"run", baseline.suite, "-m", kBad, "-o",
                                     baseline.dir.file("x.assay"), "--against", baseline.base});
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.err, HasSubstr("--until-decided"));
  baseline.write_suite("includes");
  EXPECT_THAT(baseline.run(kBad, "x.assay", baseline.against("2pp")).err,
              HasSubstr("was judged by other scorers"));
  baseline.write_suite("exact", "renamed");
  EXPECT_THAT(baseline.run(kBad, "x.assay", baseline.against("2pp")).err,
              HasSubstr("has no suite `renamed`"));
  baseline.write_suite("bleu");
  EXPECT_THAT(baseline.run(kBad, "x.assay", baseline.against("2pp")).err,
              HasSubstr("a figure of all replies together"));
  EXPECT_NE(access(baseline.dir.file("x.assay").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace assay
