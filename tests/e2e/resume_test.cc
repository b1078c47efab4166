// The same command resumes; more models, suites, samples or repeats extend; what would contradict
// the file is refused and changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/cli.h"

namespace assay {
namespace {

using test::run_assay;
using test::TempDir;
using testing::HasSubstr;

// A suite of six questions about numbers.
struct NumberSuite {
  TempDir dir;
  std::string folder = dir.file("suite");
  std::string run_file = dir.file("run.assay");
  NumberSuite() { write("Question: {{q}}", "exact"); }
  void write(const std::string& prompt, const std::string& scorer) const {
    std::string rows;
    for (int i = 0; i < 6; ++i)
      rows += R"({"id":"n)" + std::to_string(i) + R"(","q":"q)" + std::to_string(i) +
              R"(","a":"a)" + std::to_string(i % 2) + "\"}\n";
    dir.write("suite/test.jsonl", rows);
    dir.write("suite/suite.yaml", "task: numbers\ndata:\n  test: test.jsonl\ndoc_to_text: \"" +
                                      prompt + "\"\ndoc_to_target: \"{{a}}\"\nscorers:\n  - " +
                                      scorer + "\n");
  }
  [[nodiscard]] test::CliResult run(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"run",    folder, "-o",
                                       run_file, "-m",   "simulated:m?accuracy=0.5"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_assay(arguments);
  }
};

TEST(Resume, TheSameCommandAsksNothingTwice) {
  const NumberSuite suite;
  EXPECT_THAT(suite.run().err, HasSubstr("6 items, 6 asked now"));
  EXPECT_THAT(suite.run().err, HasSubstr("6 items, 0 asked now"));
}

TEST(Resume, MoreSamplesRepeatsAndModelsPayForTheDifference) {
  const NumberSuite suite;
  EXPECT_THAT(suite.run({"--limit", "2"}).err, HasSubstr("2 items, 2 asked now"));
  EXPECT_THAT(suite.run().err, HasSubstr("6 items, 4 asked now"));
  EXPECT_THAT(suite.run({"--repeats", "3"}).err, HasSubstr("18 items, 12 asked now"));
  EXPECT_THAT(suite.run({"--repeats", "3", "-m", "simulated:other"}).err,
              HasSubstr("36 items, 18 asked now"));
}

TEST(Resume, RowsAddedInTheMiddleAreAskedAlone) {
  const NumberSuite suite;
  ASSERT_EQ(suite.run().exit_code, 0);
  const std::string rows = test::read_file(suite.folder + "/test.jsonl");
  const size_t line = rows.find('\n') + 1;
  suite.dir.write("suite/test.jsonl", rows.substr(0, line) + R"({"id":"new","q":"qn","a":"an"})" +
                                          "\n" + rows.substr(line));
  const auto again = suite.run();
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("7 items, 1 asked now"));
  EXPECT_THAT(suite.run().err, HasSubstr("7 items, 0 asked now"));
}

TEST(Resume, AChangedPromptIsRefusedWithADifference) {
  const NumberSuite suite;
  ASSERT_EQ(suite.run().exit_code, 0);
  const std::string before = test::read_file(suite.run_file);
  suite.write("Please answer: {{q}}", "exact");
  const auto again = suite.run();
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_EQ(again.err, "assay: " + suite.run_file +
                           ": the prompt of sample `n0` of suite `numbers` is not the one this "
                           "file holds; undo the change, or write to "
                           "another file with -o\n  -       \"content\": \"Question: q0\"\n  +     "
                           "  \"content\": \"Please answer: q0\"\n");
  EXPECT_THAT(run_assay({"show", suite.run_file, "n0"}).out, HasSubstr("Question: q0"));
}

TEST(Resume, AChangedTargetIsRefused) {
  const NumberSuite suite;
  ASSERT_EQ(suite.run().exit_code, 0);
  std::string rows = test::read_file(suite.folder + "/test.jsonl");
  rows.replace(rows.find("\"a0\""), 4, "\"b7\"");
  suite.dir.write("suite/test.jsonl", rows);
  const auto again = suite.run();
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(
      again.err,
      HasSubstr("the target of sample `n0` of suite `numbers` is not the one this file holds"));
}

TEST(Resume, AChangedScorerAsksForScoreAndScoreReJudges) {
  const NumberSuite suite;
  ASSERT_EQ(suite.run().exit_code, 0);
  suite.write("Question: {{q}}", "includes");
  const auto refused = suite.run();
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err,
              HasSubstr("`assay score " + suite.run_file + "` judges its replies anew"));
  const auto scored = run_assay({"score", suite.run_file, suite.folder});
  EXPECT_EQ(scored.exit_code, 0) << scored.err;
  EXPECT_THAT(scored.out, HasSubstr("numbers: 6 replies judged"));
  EXPECT_THAT(suite.run().err, HasSubstr("6 items, 0 asked now"));
}

TEST(Resume, AnotherSeedIsRefused) {
  const NumberSuite suite;
  ASSERT_EQ(suite.run().exit_code, 0);
  const auto again = suite.run({"--seed", "5"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("was started with --seed 0, now 5"));
}

TEST(Resume, ItemsThatFailedAreAskedAgain) {
  const NumberSuite suite;
  const auto failing = run_assay({"run", suite.folder, "-o", suite.run_file, "-m",
                                  "simulated:m?server_error=1", "--retries", "1"});
  EXPECT_EQ(failing.exit_code, 4);
  EXPECT_THAT(failing.err, HasSubstr("12 asked now"));
  const auto again = run_assay({"run", suite.folder, "-o", suite.run_file, "-m",
                                "simulated:m?server_error=1", "--retries", "0"});
  EXPECT_THAT(again.err, HasSubstr("6 asked now"));
}

TEST(Resume, ReplayGivesTheStoredAnswers) {
  const NumberSuite suite;
  ASSERT_EQ(suite.run().exit_code, 0);
  const auto replayed = run_assay({"run", suite.folder, "-q", "-o", suite.dir.file("again.assay"),
                                   "-m", "replay:" + suite.run_file});
  ASSERT_EQ(replayed.exit_code, 0) << replayed.err;
  const auto answers = [](const std::string& file) {
    return test::run_shell(test::assay_program() + " export " + file +
                           " --format csv | cut -d, -f3,6-12,17")
        .out;
  };
  EXPECT_EQ(answers(suite.run_file), answers(suite.dir.file("again.assay")));
}

}  // namespace
}  // namespace assay
