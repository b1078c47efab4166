// assay history and report --history as a user has them.
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

class History : public testing::Test {
 protected:
  // One run of the model whose accuracy fell from the seventh run on.
  std::string run(int number) const {
    const std::string file = "r" + std::to_string(number) + ".assay";
    const std::string config = "models:\n  - name: model\n    model: simulated:m?accuracy=" +
                               std::string(number < 7 ? "0.9" : "0.6") +
                               "\nsuites: [quick-intents]\n";
    dir_.write("assay.yaml", config);
    const CliResult done = run_assay({"run", "-q", "--seed", std::to_string(number), "-o", file},
                                     {.cwd = dir_.path()});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return file;
  }
  [[nodiscard]] CliResult assay(std::vector<std::string> arguments) const {
    return run_assay(arguments, {.cwd = dir_.path()});
  }
  TempDir dir_;
};

TEST_F(History, AddsShowsAndReports) {
  std::string last;
  for (int i = 1; i <= 12; ++i) {
    last = run(i);
    const CliResult added = assay({"history", "add", last, "--commit", "c" + std::to_string(i)});
    ASSERT_EQ(added.exit_code, 0) << added.err;
    EXPECT_EQ(added.out, "assay-history.jsonl: 1 line added\n");
  }
  const std::string bytes = test::read_file(dir_.file("assay-history.jsonl"));
  EXPECT_EQ(assay({"history", "add", "r3.assay", last}).out,
            "assay-history.jsonl: 0 lines added, 2 there already\n");
  EXPECT_EQ(test::read_file(dir_.file("assay-history.jsonl")), bytes);

  const CliResult shown = assay({"history", "show", "--metric", "accuracy"});
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("commit c7"));
  EXPECT_THAT(shown.out, HasSubstr("worse"));
  const CliResult json = assay({"history", "show", "--metric", "accuracy", "--json"});
  const auto parsed = parse_json(json.out, "trends");
  ASSERT_TRUE(parsed) << parsed.error().text();
  const Json& trend = parsed->at("trends").at(0);
  EXPECT_EQ(trend.at("points").size(), 12U);
  ASSERT_EQ(trend.at("changes").size(), 1U);
  EXPECT_EQ(trend.at("changes").at(0).at("index"), 6);
  EXPECT_EQ(trend.at("changes").at(0).at("worse"), true);
  EXPECT_EQ(trend.at("changes").at(0).at("other_config"), true);

  const CliResult report = assay({"report", last, "--history", "assay-history.jsonl", "-o",
                                  "r.html", "-o", "r.json", "-o", "-", "--lang", "ko"});
  ASSERT_EQ(report.exit_code, 0) << report.err;
  const std::string page = test::read_file(dir_.file("r.html"));
  EXPECT_THAT(page, HasSubstr("id=\"trend\""));
  EXPECT_THAT(page, HasSubstr("실행에 따른 추이"));
  EXPECT_THAT(page, HasSubstr("나빠짐"));
  const auto summary = parse_json(test::read_file(dir_.file("r.json")), "r.json");
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->at("trends").at(0).at("changes").size(), 1U);
  EXPECT_THAT(report.out, HasSubstr("▁"));
}

TEST_F(History, TheCommitComesFromCi) {
  const std::string file = run(1);
  const CliResult added = test::run_shell(
      "GITHUB_SHA=feedbeef " + test::assay_program() + " history add " + file, dir_.path());
  ASSERT_EQ(added.exit_code, 0) << added.err;
  EXPECT_THAT(test::read_file(dir_.file("assay-history.jsonl")),
              HasSubstr("\"commit\":\"feedbeef\""));
}

TEST_F(History, BadInput) {
  const std::string file = run(1);
  const auto refused = [&](const std::vector<std::string>& arguments, const std::string& message) {
    const CliResult result = assay(arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr(message));
  };
  refused({"history"}, "subcommand");
  refused({"history", "show"}, "assay-history.jsonl: cannot be read (No such file or directory)");
  refused({"history", "add", "none.assay"}, "none.assay");
  EXPECT_FALSE(std::ifstream(dir_.file("assay-history.jsonl")).good());
  dir_.write("assay-history.jsonl", "<<<<<<< HEAD\n");
  refused({"history", "show"}, "assay-history.jsonl:1: found a conflict marker of git");
  refused({"history", "add", file}, "assay-history.jsonl:1: found a conflict marker of git");
  refused({"report", file, "--history", "assay-history.jsonl"}, "assay-history.jsonl:1: found");
  EXPECT_EQ(test::read_file(dir_.file("assay-history.jsonl")), "<<<<<<< HEAD\n");
  dir_.write("assay-history.jsonl", "");
  refused({"history", "show"}, "has no lines yet");
  refused({"history", "add", file, "--note", std::string(2000, 'x')},
          "--note: has 2000 bytes, expected at most 1024");
}

}  // namespace
}  // namespace assay
