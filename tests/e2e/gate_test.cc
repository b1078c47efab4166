// `assay gate` as CI calls it: a planted regression is found and named, the same run passes, few
// items are inconclusive, and bad input is an error. The model is a script that answers wrongly
// where a list says so.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "harness/base/json.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using test::CliResult;
using test::read_file;
using test::run_assay;
using test::TempDir;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kModel = R"(#!/bin/sh
wrong=" $(cat wrong.txt) "
failing=" $(cat failing.txt) "
while IFS= read -r request; do
  id=${request#*\"sample\":\"}
  id=${id%%\"*}
  case "$failing" in
    *" $id "*) echo '{"error":{"kind":"rejected","message":"out of order"}}'; continue;;
  esac
  case "$wrong" in
    *" $id "*) answer=no;;
    *) answer=yes;;
  esac
  printf '{"delta":"%s"}\n{"done":true}\n' "$answer"
done
)";

class Gate : public testing::Test {
 protected:
  void SetUp() override {
    dir_.write("model.sh", kModel);
    std::filesystem::permissions(dir_.file("model.sh"), std::filesystem::perms::owner_all);
    dir_.write("failing.txt", "");
  }

  // `n` questions, every other one Korean.
  void suite(const std::string& name, int n) const {
    std::string rows;
    for (int i = 0; i < n; ++i) {
      rows += fmt::format("{{\"id\":\"q{}\",\"q\":\"{}?\",\"a\":\"yes\",\"language\":\"{}\"}}\n", i,
                          i, i % 2 == 0 ? "ko" : "en");
    }
    dir_.write(name + "/test.jsonl", rows);
    dir_.write(name + "/suite.yaml", "task: " + name +
                                         "\ndata: {test: test.jsonl}\ndoc_to_text: \"{{q}}\"\n"
                                         "doc_to_target: \"{{a}}\"\ntags: {language: language}\n"
                                         "scorers: [exact]\n");
  }

  // Asks everything; `wrong` are the questions that get a wrong answer.
  void ask(const std::string& file, const std::set<int>& wrong,
           const std::string& suite = "planted", const std::set<int>& failing = {}) const {
    const auto list = [](const std::set<int>& items) {
      std::string text;
      for (const int i : items) text += fmt::format("q{} ", i);
      return text;
    };
    dir_.write("wrong.txt", list(wrong));
    dir_.write("failing.txt", list(failing));
    const CliResult run = run_assay(
        {"run", "./" + suite, "-m", "process:./model.sh", "-o", file, "-q"}, {.cwd = dir_.path()});
    ASSERT_TRUE(std::filesystem::exists(dir_.file(file))) << run.err;
  }

  [[nodiscard]] CliResult gate(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "gate");
    return run_assay(arguments, {.cwd = dir_.path()});
  }

  // One in ten is wrong.
  static std::set<int> tenth(int n) {
    std::set<int> out;
    for (int i = 0; i < n; i += 10) out.insert(i + (i / 10) % 2);
    return out;
  }

  // Six points of the Korean half: of 300 questions 20 became wrong and 2 right.
  static std::set<int> planted() {
    std::set<int> out = tenth(600);
    int worse = 0;
    for (int i = 4; worse < 20; i += 10) worse += static_cast<int>(out.insert(i).second);
    out.erase(0);
    out.erase(20);
    return out;
  }

  TempDir dir_;
};

TEST_F(Gate, NamesThePlantedRegression) {
  suite("planted", 600);
  ask("old.assay", tenth(600));
  ask("new.assay", planted());
  dir_.write("gate.yaml", "rules:\n  - suite: planted\n    slices: [language]\n");
  const CliResult result =
      gate({"new.assay", "--baseline", "old.assay", "--config", "gate.yaml", "--json", "gate.json",
            "--junit", "gate.xml", "--markdown", "gate.md"});
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("planted"), HasSubstr("accuracy [language=ko]"),
                                HasSubstr("regressed"), HasSubstr("worse (20): q4, q14"),
                                HasSubstr("better (2): q0, q20")));
  const Result<Json> json = parse_json(read_file(dir_.file("gate.json")), "gate.json");
  ASSERT_TRUE(json) << json.error().text();
  const Json* slice = nullptr;
  for (const Json& check : json->at("checks")) {
    if (check.at("slice").is_object() && check.at("slice").at("value") == "ko") slice = &check;
    if (check.at("slice").is_object() && check.at("slice").at("value") == "en") {
      EXPECT_EQ(check.at("verdict"), "non_inferior");
    }
  }
  ASSERT_NE(slice, nullptr);
  EXPECT_EQ(slice->at("verdict"), "regressed");
  EXPECT_NEAR(slice->at("change").at("value").get<double>(), -0.06, 1e-12);
  EXPECT_LT(slice->at("change").at("ci_high").get<double>(), -0.02);
  EXPECT_EQ(slice->at("worsened"), 20);
  EXPECT_EQ(slice->at("worsened_items").size(), 20U);
  EXPECT_THAT(read_file(dir_.file("gate.xml")), HasSubstr("[language=ko]\">"));
  EXPECT_THAT(read_file(dir_.file("gate.xml")), HasSubstr("<failure type=\"regressed\""));
  EXPECT_THAT(read_file(dir_.file("gate.md")), StartsWith("<!-- assay-gate:gate -->"));
}

TEST_F(Gate, TheSameRunTwicePasses) {
  suite("planted", 600);
  ask("old.assay", tenth(600));
  const CliResult result = gate({"old.assay", "--baseline", "old.assay"});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, StartsWith("gate passed"));
  EXPECT_EQ(gate({"old.assay", "--baseline", "old.assay", "--quiet"}).out,
            "gate passed: 2 of 2 checks\n");
}

TEST_F(Gate, FewItemsAreInconclusiveAndSayHowManyAreNeeded) {
  suite("few", 40);
  ask("old.assay", {1, 11, 21, 31}, "few");
  ask("new.assay", {1, 11, 4, 14, 24}, "few");
  const CliResult result = gate({"new.assay", "--baseline", "old.assay"});
  EXPECT_EQ(result.exit_code, 3) << result.out << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("gate inconclusive"), HasSubstr("items are needed")));
}

TEST_F(Gate, TooManyFailuresAreInfrastructure) {
  suite("few", 40);
  ask("old.assay", {1}, "few");
  ask("new.assay", {1}, "few", {2, 3, 5, 7, 9});
  const CliResult result = gate({"new.assay", "--baseline", "old.assay"});
  EXPECT_EQ(result.exit_code, 4) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("5 of 40 items have no reply"));
  std::set<int> all;
  for (int i = 0; i < 40; ++i) all.insert(i);
  ask("none.assay", {}, "few", all);
  EXPECT_EQ(gate({"none.assay", "--baseline", "old.assay"}).exit_code, 4);
  // Nothing to compare with.
  EXPECT_EQ(gate({"old.assay", "--baseline", "none.assay"}).exit_code, 2);
}

TEST_F(Gate, ThresholdsAndConstantScores) {
  suite("few", 40);
  ask("all.assay", {}, "few");
  dir_.write("gate.yaml", "defaults: {thresholds: {accuracy: \">=0.9\"}}\n");
  EXPECT_EQ(gate({"all.assay", "--baseline", "all.assay", "--config", "gate.yaml"}).exit_code, 0);
  dir_.write("gate.yaml", "defaults: {thresholds: {accuracy: \">=0.99\"}}\n");
  EXPECT_EQ(gate({"all.assay", "--baseline", "all.assay", "--config", "gate.yaml"}).exit_code, 3);
  ask("bad.assay", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, "few");
  dir_.write("gate.yaml", "defaults: {mode: none, thresholds: {accuracy: \">=0.9\"}}\n");
  EXPECT_EQ(gate({"bad.assay", "--baseline", "all.assay", "--config", "gate.yaml"}).exit_code, 1);
}

TEST_F(Gate, RunsOfDifferentSuitesAreNotGated) {
  suite("few", 40);
  suite("other", 40);
  ask("old.assay", {1}, "other");
  ask("new.assay", {1}, "few");
  const CliResult result = gate({"new.assay", "--baseline", "old.assay", "--junit", "gate.xml"});
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("nothing to gate: old.assay has other; new.assay has few"));
}

TEST_F(Gate, ASuiteThatDidNotRunIsSaid) {
  suite("few", 40);
  ask("new.assay", {1}, "few");
  dir_.write("gate.yaml", "rules:\n  - suite: nosuch\n    margin: 1pp\n");
  const CliResult result = gate({"new.assay", "--baseline", "new.assay", "--config", "gate.yaml"});
  EXPECT_EQ(result.exit_code, 2) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("the gate names suite `nosuch`, which did not run"));
  dir_.write("gate.yaml", "missing: ignore\nrules:\n  - suite: nosuch\n    margin: 1pp\n");
  EXPECT_EQ(gate({"new.assay", "--baseline", "new.assay", "--config", "gate.yaml"}).exit_code, 0);
}

TEST_F(Gate, GithubGetsAnnotationsAndASummary) {
  suite("few", 40);
  ask("old.assay", {1, 11, 21, 31}, "few");
  ask("new.assay", {1, 11, 4, 14, 24}, "few");
  dir_.write("summary.md", "before\n");
  const std::string call = "GITHUB_STEP_SUMMARY=summary.md " + test::assay_program() +
                           " gate new.assay --baseline old.assay --github";
  const CliResult result = test::run_shell(call, dir_.path());
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("\n::warning title=few accuracy::"),
                                HasSubstr("\n::notice title=assay gate::gate inconclusive")));
  EXPECT_THAT(read_file(dir_.file("summary.md")), StartsWith("before\n<!-- assay-gate:gate -->\n"));
  // No room: left out, and said.
  dir_.write("summary.md", std::string(1 << 20, 'x'));
  const CliResult full = test::run_shell(call, dir_.path());
  EXPECT_EQ(full.exit_code, 3);
  EXPECT_THAT(full.err, HasSubstr("has no room left"));
  EXPECT_EQ(std::filesystem::file_size(dir_.file("summary.md")), size_t{1} << 20);
}

TEST_F(Gate, BadUsage) {
  suite("few", 40);
  ask("new.assay", {1}, "few");
  EXPECT_EQ(gate({"new.assay"}).exit_code, 2);
  EXPECT_EQ(gate({"new.assay", "--baseline", "none.assay"}).exit_code, 2);
  EXPECT_EQ(gate({"new.assay", "--baseline", "new.assay", "--config", "none.yaml"}).exit_code, 2);
  dir_.write("gate.yaml", "rules:\n  - suite: few\n    margn: 2pp\n");
  const CliResult result = gate({"new.assay", "--baseline", "new.assay", "--config", "gate.yaml"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err,
            "assay: gate.yaml:3:5: unknown key `margn` in a rule, did you mean `margin`?\n");
  EXPECT_EQ(gate({"new.assay", "--baseline", "new.assay", "--json", "-", "--junit", "-"}).exit_code,
            2);
}

TEST_F(Gate, PrintsItsSchema) {
  const CliResult result = gate({"--schema"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out,
            read_file(std::string(ASSAY_SOURCE_DIR) + "/docs/schemas/gate.schema.json"));
}

// Asked again by the name that the user gives, of the model as it is now.
TEST_F(Gate, WhatIsConfirmedFails) {
  suite("planted", 600);
  ask("old.assay", tenth(600));
  ask("new.assay", planted());
  dir_.write("gate.yaml", "rules:\n  - suite: planted\n    slices: [language]\n");
  const std::vector<std::string> arguments{
      "new.assay",          "--baseline", "old.assay", "--config", "gate.yaml", "-m",
      "process:./model.sh", "--suite",    "./planted", "--json",   "gate.json"};
  const CliResult result = gate(arguments);
  EXPECT_EQ(result.exit_code, 1) << result.out << result.err;
  const Result<Json> json = parse_json(read_file(dir_.file("gate.json")), "gate.json");
  ASSERT_TRUE(json) << json.error().text();
  EXPECT_THAT(json->dump(), HasSubstr("\"state\":\"confirmed\""));
  // 22 items, one further repeat each, in a file of their own; the run is what it was.
  EXPECT_THAT(run_assay({"report", "new.confirm.assay", "-o", "-"}, {.cwd = dir_.path()}).out,
              HasSubstr("planted"));
  const CliResult again = gate(arguments);
  EXPECT_EQ(again.exit_code, 1) << again.err;
  EXPECT_EQ(again.out, result.out);
}

TEST_F(Gate, ADropThatComesBackRightIsInconclusive) {
  suite("planted", 600);
  ask("old.assay", tenth(600));
  ask("new.assay", planted());
  dir_.write("wrong.txt", "");  // now everything is right
  const CliResult result = gate({"new.assay", "--baseline", "old.assay", "-m", "process:./model.sh",
                                 "--suite", "./planted", "--json", "-"});
  EXPECT_EQ(result.exit_code, 3) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("not confirmed: 20 of 20 drops came back right"));
  EXPECT_EQ(gate({"new.assay", "--baseline", "old.assay", "--no-confirm"}).exit_code, 1);
}

TEST_F(Gate, AnotherModelOrPromptIsNotAskedInstead) {
  suite("planted", 600);
  ask("old.assay", tenth(600));
  ask("new.assay", planted());
  const CliResult other = gate({"new.assay", "--baseline", "old.assay", "-m",
                                "process:./model.sh --loud", "--suite", "./planted"});
  EXPECT_EQ(other.exit_code, 1) << other.err;
  EXPECT_THAT(other.out, HasSubstr("no model given is named `process:./model.sh`"));
  const std::string yaml = read_file(dir_.file("planted/suite.yaml"));
  dir_.write("planted/suite.yaml", yaml + "description: \"Think. \"\n");
  const CliResult prompt = gate(
      {"new.assay", "--baseline", "old.assay", "-m", "process:./model.sh", "--suite", "./planted"});
  EXPECT_EQ(prompt.exit_code, 1) << prompt.err;
  EXPECT_THAT(prompt.out, HasSubstr("otherwise than the run did"));
  EXPECT_FALSE(std::filesystem::exists(dir_.file("new.confirm.assay")));
}

}  // namespace
}  // namespace assay
