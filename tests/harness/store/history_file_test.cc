// The history file: what is read back, what is refused and where, appends by several processes.
#include "harness/store/history_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace assay::store {
namespace {

using test::TempDir;
using testing::HasSubstr;

HistoryLine sample_line() {
  HistoryLine line;
  line.utc = "2026-11-28T09:05:00Z";
  line.run = "1f2e3d4c5b6a7988";
  line.assay_version = "0.6.0";
  line.commit = "abc123";
  line.suite = "quick-intents";
  line.prompt_hash = "p1";
  line.data_hash = "d1";
  line.scorer_hash = "s1";
  line.model = "모델 \"a\"\n";
  line.config_hash = "c1";
  line.metric = "accuracy";
  line.headline = true;
  line.estimate = {.value = 1.0 / 3, .ci_low = 0.3, .ci_high = 0.4, .n = 204, .method = ""};
  line.failed = 2;
  line.latency_s_p50 = 0.125;
  line.cost = *Money::parse("0.0123");
  line.currency = "USD";
  return line;
}

std::string refusal(const std::string& text) {
  const auto read = parse_history(text, "h.jsonl");
  return read ? "read" : read.error().text();
}

std::string with(const std::string& from, const std::string& to) {
  std::string text = history_line_text(sample_line());
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(HistoryFile, ALineIsReadBackAsItWas) {
  const HistoryLine line = sample_line();
  const std::string text = history_line_text(line);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto read = parse_history(text + "\n", "h.jsonl");
  ASSERT_TRUE(read) << read.error().text();
  ASSERT_EQ(read->size(), 1U);
  EXPECT_EQ(history_line_text(read->front()), text);
  EXPECT_EQ(read->front().model, line.model);
  EXPECT_EQ(*read->front().estimate.value, 1.0 / 3);
  EXPECT_EQ(read->front().cost->text(), "0.0123");
}

TEST(HistoryFile, WhatIsNotKnownIsNull) {
  HistoryLine line = sample_line();
  line.commit.clear();
  line.estimate = {};
  line.latency_s_p50.reset();
  line.cost.reset();
  const std::string text = history_line_text(line);
  EXPECT_THAT(text, HasSubstr("\"value\":null"));
  EXPECT_THAT(text, HasSubstr("\"cost\":null"));
  const auto read = parse_history(text, "h.jsonl");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_FALSE(read->front().estimate.value.has_value());
}

TEST(HistoryFile, BlankLinesCrLfAndUnknownKeysAreNothing) {
  const auto read =
      parse_history("\n" + with("{", "{\"new\":[1],") + "\r\n  \n" + with("{", "{") + "\n", "h");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->size(), 2U);
}

TEST(HistoryFile, BrokenLinesAreNamed) {
  const std::string good = history_line_text(sample_line());
  EXPECT_EQ(refusal(good + "\n" + good.substr(0, 50)),
            "h.jsonl:2: the last line is cut short after 50 bytes (a write that was torn?), "
            "expected a whole JSON object; delete it and add its run again");
  EXPECT_THAT(refusal(good.substr(0, 50) + "\n" + good + "\n"), HasSubstr("h.jsonl:1:"));
  EXPECT_EQ(refusal(good + "\n<<<<<<< HEAD\n" + good + "\n=======\n" + good + "\n>>>>>>> b\n"),
            "h.jsonl:2: found a conflict marker of git (`<<<<<<<`), expected a line of history; "
            "keep the lines of both sides and delete the marker");
  EXPECT_THAT(refusal(good + "\n=======\n"), HasSubstr("h.jsonl:2: found a conflict marker"));
  EXPECT_EQ(refusal("\n" + std::string(300, '[') + "\n"),
            "h.jsonl:2: nested deeper than 256 levels");
  EXPECT_EQ(refusal("[1]\n"), "h.jsonl:1: is a list, expected a JSON object");
  EXPECT_EQ(refusal("{}\n"), "h.jsonl:1: `assay_history` is missing, expected 1");
  EXPECT_EQ(refusal(with("\"assay_history\":1", "\"assay_history\":2")),
            "h.jsonl:1: `assay_history` is 2, expected 1");
}

TEST(HistoryFile, WrongMembersAreNamed) {
  EXPECT_EQ(refusal(with("\"suite\":\"quick-intents\"", "\"suite\":null")),
            "h.jsonl:1: has no `suite`, expected a line that `assay history add` wrote");
  EXPECT_EQ(refusal(with("\"suite\":\"quick-intents\"", "\"suite\":7")),
            "h.jsonl:1: `suite` is an integer, expected a string");
  EXPECT_EQ(refusal(with("2026-11-28T09", "2026-13-28T09")),
            "h.jsonl:1: `utc` is `2026-13-28T09:05:00Z`, expected a time such as "
            "2026-11-28T09:05:00Z");
  EXPECT_EQ(refusal(with("\"failed\":2", "\"failed\":-2")),
            "h.jsonl:1: `failed` is -2, expected 0 to 1000000000000");
  EXPECT_EQ(refusal(with("\"failed\":2", "\"failed\":18446744073709551615")),
            "h.jsonl:1: `failed` is 18446744073709551615, expected 0 to 1000000000000");
  EXPECT_EQ(refusal(with("\"ci_low\":0.3", "\"ci_low\":\"0.3\"")),
            "h.jsonl:1: `ci_low` is a string, expected a number or null");
  EXPECT_EQ(refusal(with("\"ci_low\":0.3", "\"ci_low\":null")),
            "h.jsonl:1: has one of `ci_low` and `ci_high`, expected both or none");
  EXPECT_EQ(refusal(with("\"ci_low\":0.3", "\"ci_low\":0.5")),
            "h.jsonl:1: `ci_low` is above `ci_high`");
  EXPECT_THAT(refusal(with("\"ci_low\":0.3", "\"ci_low\":1e300")), HasSubstr("`ci_low` is 1e+300"));
  EXPECT_EQ(refusal(with("\"0.0123\"", "\"cheap\"")),
            "h.jsonl:1: `cost` is `cheap`, expected a decimal such as \"0.40\"");
  EXPECT_EQ(refusal(with("\"headline\":true", "\"headline\":1")),
            "h.jsonl:1: `headline` is an integer, expected true or false");
}

TEST(HistoryFile, LimitsHaveNames) {
  HistoryLine line = sample_line();
  line.note = std::string(2000, 'x');
  EXPECT_EQ(refusal(history_line_text(line)),
            "h.jsonl:1: `note` has 2000 bytes, expected at most "
            "1024");
  EXPECT_EQ(refusal(std::string(20'000, 'x') + "\n"),
            "h.jsonl:1: has 20000 bytes, expected at most 16384");
}

TEST(HistoryFile, TheSameLinesTwiceChangeNothing) {
  const TempDir dir;
  const std::string path = dir.file("h.jsonl");
  const std::vector<HistoryLine> lines{sample_line()};
  const auto first = append_history(path, lines);
  ASSERT_TRUE(first) << first.error().text();
  EXPECT_EQ(first->added, 1U);
  const std::string bytes = test::read_file(path);
  const auto second = append_history(path, lines);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->added, 0U);
  EXPECT_EQ(second->known, 1U);
  EXPECT_EQ(test::read_file(path), bytes);
}

TEST(HistoryFile, ARunThatHasGrownAddsALine) {
  const TempDir dir;
  const std::string path = dir.file("h.jsonl");
  std::vector<HistoryLine> lines{sample_line()};
  ASSERT_TRUE(append_history(path, lines));
  const std::string bytes = test::read_file(path);
  lines[0].estimate.n = 300;
  ASSERT_TRUE(append_history(path, lines));
  EXPECT_EQ(append_history(path, lines)->known, 1U);
  EXPECT_TRUE(test::read_file(path).starts_with(bytes));
  EXPECT_EQ(read_history(path)->size(), 2U);
}

TEST(HistoryFile, AMissingEndOfLineIsAdded) {
  const TempDir dir;
  const std::string path = dir.write("h.jsonl", history_line_text(sample_line()));
  HistoryLine other = sample_line();
  other.run = "another";
  ASSERT_TRUE(append_history(path, std::vector<HistoryLine>{other}));
  EXPECT_EQ(read_history(path)->size(), 2U);
}

TEST(HistoryFile, ABrokenHistoryIsNotAppendedTo) {
  const TempDir dir;
  const std::string text = history_line_text(sample_line()).substr(0, 40);
  const std::string path = dir.write("h.jsonl", text);
  HistoryLine other = sample_line();
  other.run = "another";
  const auto done = append_history(path, std::vector<HistoryLine>{other});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text(), HasSubstr("h.jsonl:1: the last line is cut short"));
  EXPECT_EQ(test::read_file(path), text);
}

TEST(HistoryFile, WhatIsNoFileIsRefused) {
  const TempDir dir;
  EXPECT_THAT(read_history(dir.file("none")).error().text(), HasSubstr("none: cannot be read"));
  EXPECT_THAT(append_history(dir.path(), {}).error().text(), HasSubstr("cannot be written"));
  EXPECT_THAT(read_history("/dev/null").error().text(), HasSubstr("is no ordinary file"));
}

// Several processes at once: no line is lost, torn or doubled.
TEST(HistoryFile, ProcessesTakeTurns) {
  const TempDir dir;
  const std::string path = dir.file("h.jsonl");
  constexpr int kWriters = 4;
  constexpr int kRuns = 12;
  std::vector<pid_t> writers;
  for (int w = 0; w < kWriters; ++w) {
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      bool good = true;
      for (int r = 0; r < kRuns; ++r) {
        HistoryLine line = sample_line();
        line.run = "run-" + std::to_string(w % 2) + "-" + std::to_string(r);  // each by two writers
        good = append_history(path, std::vector<HistoryLine>{line}).has_value() && good;
      }
      _exit(good ? 0 : 1);
    }
    writers.push_back(pid);
  }
  for (const pid_t pid : writers) {
    int status = -1;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
  const auto lines = read_history(path);
  ASSERT_TRUE(lines) << lines.error().text();
  EXPECT_EQ(lines->size(), 2U * kRuns);
}

}  // namespace
}  // namespace assay::store
