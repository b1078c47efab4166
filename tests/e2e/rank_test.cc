// assay rank and assay suite check as a user types them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/base/json.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using test::CliResult;
using test::run_assay;
using test::TempDir;
using testing::HasSubstr;

constexpr const char* kBattles =
    R"lines({"model_a":"x","model_b":"y","winner":"model_a","item":"q1"}
{"model_a":"y","model_b":"x","winner":"model_b","item":"q1"}
{"model_a":"x","model_b":"y","winner":"model_b","item":"q2"}
{"model_a":"y","model_b":"z","winner":"tie","item":"q3"}
{"model_a":"z","model_b":"x","winner":"tie (bothbad)","item":"q4"}
)lines";

TEST(Rank, BattlesAndRunFilesInOneTable) {
  const TempDir dir;
  dir.write("b.jsonl", kBattles);
  const CliResult made =
      run_assay({"run", "quick-intents", "-m", "baseline:linear", "-m", "baseline:random",
                 "--no-curve", "--limit", "60", "-q", "-o", "r.assay"},
                {.cwd = dir.path()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const CliResult text = run_assay({"rank", "b.jsonl", "r.assay"}, {.cwd = dir.path()});
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("battles: 5 battles, 5 used, 4 clusters"));
  EXPECT_THAT(text.out, HasSubstr("baseline:linear"));
  EXPECT_THAT(text.out, HasSubstr("1 pairs were judged in both orders"));
  const CliResult json = run_assay({"rank", "b.jsonl", "--json"}, {.cwd = dir.path()});
  const Result<Json> doc = parse_json(json.out, "out");
  ASSERT_TRUE(doc) << json.out;
  EXPECT_EQ((*doc)["format"], "assay-rank-1");
  EXPECT_EQ((*doc)["rankings"][0]["groups"][0].size(), 3U);
}

TEST(Rank, BadFilesAreNamed) {
  const TempDir dir;
  dir.write("b.jsonl", std::string(kBattles) + "{\"model_a\": 1}\n");
  const CliResult bad = run_assay({"rank", "b.jsonl"}, {.cwd = dir.path()});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("b.jsonl:6"));
  dir.write("empty.jsonl", "");
  const CliResult empty = run_assay({"rank", "empty.jsonl"}, {.cwd = dir.path()});
  EXPECT_EQ(empty.exit_code, 0);
  EXPECT_THAT(empty.out, HasSubstr("no ratings: no battles"));
  EXPECT_EQ(run_assay({"rank", "none.jsonl"}, {.cwd = dir.path()}).exit_code, 2);
  EXPECT_EQ(run_assay({"rank", "b.jsonl", "--prior", "-1"}, {.cwd = dir.path()}).exit_code, 2);
}

void write_suite(const TempDir& dir) {
  dir.write("suite.yaml",
            "task: planted\ntitle: t\nlanguage: en\nlicence: MIT\ndata:\n  train: {path: "
            "train.jsonl}\n  test: {path: test.jsonl}\ntraining_split: train\ninput: "
            "\"{{q}}\"\ndoc_to_text: \"{{q}}\"\ndoc_to_target: \"{{a}}\"\noutput_type: "
            "generate_until\nscorers:\n  - name: exact\n");
  dir.write("test.jsonl",
            R"({"q":"Which river flows through the city of Seoul","a":"Han"}
{"q":"which river flows through the city of seoul?","a":"Nakdong"}
{"q":"Who painted the ceiling of the Sistine Chapel in Rome","a":"Michelangelo"}
{"q":"How many strings does a violin have","a":"four"}
)");
  dir.write("train.jsonl", "{\"q\":\"How many strings does a violin have?\",\"a\":\"four\"}\n");
}

TEST(SuiteCheck, FindsWhatWasPlantedAndStrictFails) {
  const TempDir dir;
  write_suite(dir);
  const CliResult loose = run_assay({"suite", "check", "./suite.yaml"}, {.cwd = dir.path()});
  EXPECT_EQ(loose.exit_code, 0) << loose.err;
  EXPECT_THAT(loose.out, HasSubstr("error: conflicting answers: 2 items"));
  EXPECT_THAT(loose.out, HasSubstr("error: in train split: 1 items"));
  const CliResult strict =
      run_assay({"suite", "check", "./suite.yaml", "--strict", "--json"}, {.cwd = dir.path()});
  EXPECT_EQ(strict.exit_code, 1) << strict.err;
  const Result<Json> doc = parse_json(strict.out, "out");
  ASSERT_TRUE(doc) << strict.out;
  EXPECT_EQ((*doc)["format"], "assay-health-1");
  EXPECT_EQ((*doc)["errors"], 2);
}

TEST(SuiteCheck, WithRunsAProbeAndAGoalOfItsOwn) {
  const TempDir dir;
  const CliResult made = run_assay({"run", "quick-intents", "-m", "baseline:linear", "-m",
                                    "baseline:bm25", "--no-curve", "-q", "-o", "r.assay"},
                                   {.cwd = dir.path()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("Data health"));
  const CliResult check =
      run_assay({"suite", "check", "quick-intents", "--run", "r.assay", "--detect", "5pp",
                 "--probe", "simulated:good", "--probe-items", "20", "--strict"},
                {.cwd = dir.path()});
  EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
  EXPECT_THAT(check.out, HasSubstr("a difference of 0.05 takes"));
  EXPECT_THAT(check.out, HasSubstr("there are 302"));
  EXPECT_THAT(check.out, HasSubstr("contamination"));
  EXPECT_EQ(run_assay({"suite", "check", "quick-intents", "--detect", "0pp"}).exit_code, 2);
  EXPECT_EQ(run_assay({"suite", "check", "no-such-suite"}).exit_code, 2);
  EXPECT_EQ(run_assay({"suite"}).exit_code, 2);
}

}  // namespace
}  // namespace assay
