// A pinned baseline and its log: what is written in which order, what a killed update leaves, what
// is noticed later.
#include "harness/store/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "harness/base/hash.h"
#include "harness/store/sqlite_store.h"
#include "tests/support/temp_dir.h"

namespace assay::store {
namespace {

using test::read_file;
using test::TempDir;
using testing::ElementsAre;
using testing::HasSubstr;

std::string make_run(const TempDir& dir, const std::string& name, uint64_t seed) {
  auto store = SqliteStore::open_for_writing(dir.file(name), {});
  EXPECT_TRUE(store) << store.error().text();
  EXPECT_TRUE((*store)->set_run_settings(seed, "", ""));
  EXPECT_TRUE((*store)->checkpoint());
  return dir.file(name);
}

std::string hash_of(const std::string& path) { return sha256_file(path).value().hex(); }

BaselineEntry entry_of(const std::string& why) {
  return {.utc = "2026-01-31T09:05:00Z", .who = "Ada <ada@example.org>", .why = why};
}

// The whole update, as the command does it.
Result<BaselineEntry> set(const std::string& run, const std::string& baseline,
                          const std::string& why) {
  ASSAY_TRY(BaselineUpdate update, BaselineUpdate::prepare(run, baseline));
  BaselineEntry entry = entry_of(why);
  ASSAY_TRY_VOID(update.log(entry));
  ASSAY_TRY_VOID(update.put_in_place());
  return entry;
}

BaselineState state_of(const std::string& baseline) {
  return check_baseline(baseline, read_baseline_log(baseline).value()).value().state;
}

// Only these files, and nothing half-made beside them.
std::vector<std::string> files_of(const TempDir& dir) {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(dir.path()))
    names.push_back(file.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Baseline, LogsAndReplaces) {
  const TempDir dir;
  const std::string one = make_run(dir, "one.assay", 1);
  const std::string two = make_run(dir, "two.assay", 2);
  const std::string baseline = dir.file("baseline.assay");
  ASSERT_TRUE(set(one, baseline, "the first"));
  EXPECT_EQ(read_file(baseline), read_file(one));
  const auto second = set(two, baseline, "better");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->sha256_old, hash_of(one));
  EXPECT_EQ(second->sha256_new, hash_of(two));
  EXPECT_EQ(read_file(baseline), read_file(two));
  const BaselineLog log = read_baseline_log(baseline).value();
  ASSERT_EQ(log.entries.size(), 2U);
  EXPECT_EQ(log.entries[0].sha256_old, "");
  EXPECT_EQ(log.entries[0].why, "the first");
  EXPECT_EQ(log.entries[1].who, "Ada <ada@example.org>");
  EXPECT_TRUE(log.unreadable.empty());
  EXPECT_EQ(state_of(baseline), BaselineState::kAsLogged);
  EXPECT_THAT(files_of(dir),
              ElementsAre("baseline.assay", "baseline.log.jsonl", "one.assay", "two.assay"));
}

TEST(Baseline, RefusesAndChangesNothing) {
  const TempDir dir;
  const std::string baseline = dir.file("baseline.assay");
  const std::string text = dir.write("text.assay", "not a run");
  EXPECT_FALSE(BaselineUpdate::prepare(dir.file("none.assay"), baseline));
  EXPECT_FALSE(BaselineUpdate::prepare(text, baseline));
  const std::string run = make_run(dir, "run.assay", 1);
  dir.write("run.assay-wal", "something");
  const auto written = BaselineUpdate::prepare(run, baseline);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message,
              HasSubstr("is being written, or its last writer was killed"));
  std::filesystem::remove(run + "-wal");
  {
    const auto dropped = BaselineUpdate::prepare(run, baseline);
    ASSERT_TRUE(dropped);
  }
  EXPECT_THAT(files_of(dir), ElementsAre("run.assay", "text.assay"));
  ASSERT_TRUE(set(run, baseline, "first"));
  EXPECT_FALSE(BaselineUpdate::prepare(baseline, baseline));
  EXPECT_FALSE(BaselineUpdate::prepare(run, dir.file("no/such/folder/baseline.assay")));
}

TEST(Baseline, OneUpdateAtATime) {
  const TempDir dir;
  const std::string run = make_run(dir, "run.assay", 1);
  const std::string baseline = dir.file("baseline.assay");
  const auto first = BaselineUpdate::prepare(run, baseline);
  ASSERT_TRUE(first);
  const auto second = BaselineUpdate::prepare(run, baseline);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

// Runs `work` in a child that is killed at its end, as by the kernel: no destructor runs.
template <typename Work>
void killed_after(Work work) {
  const pid_t pid = fork();
  if (pid == 0) {
    work();
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST(Baseline, KilledBetweenLineAndFileNothingIsLost) {
  const TempDir dir;
  const std::string one = make_run(dir, "one.assay", 1);
  const std::string two = make_run(dir, "two.assay", 2);
  const std::string baseline = dir.file("baseline.assay");
  ASSERT_TRUE(set(one, baseline, "the first"));
  killed_after([&] {
    auto update = BaselineUpdate::prepare(two, baseline);
    BaselineEntry entry = entry_of("the one that did not come");
    if (update) (void)update->log(entry);
  });
  EXPECT_EQ(read_file(baseline), read_file(one));
  EXPECT_EQ(read_baseline_log(baseline).value().entries.back().why, "the one that did not come");
  EXPECT_EQ(state_of(baseline), BaselineState::kNotPutInPlace);
  ASSERT_TRUE(set(two, baseline, "again"));
  EXPECT_EQ(read_file(baseline), read_file(two));
  EXPECT_EQ(state_of(baseline), BaselineState::kAsLogged);
  const BaselineLog log = read_baseline_log(baseline).value();
  ASSERT_EQ(log.entries.size(), 3U);
  EXPECT_EQ(log.entries[2].sha256_old, hash_of(one));
  EXPECT_FALSE(std::filesystem::exists(baseline + ".new"));
}

TEST(Baseline, KilledBeforeTheLineNothingHappened) {
  const TempDir dir;
  const std::string one = make_run(dir, "one.assay", 1);
  const std::string two = make_run(dir, "two.assay", 2);
  const std::string baseline = dir.file("baseline.assay");
  ASSERT_TRUE(set(one, baseline, "the first"));
  killed_after([&] {
    const auto update = BaselineUpdate::prepare(two, baseline);
    (void)kill(getpid(), SIGKILL);
  });
  EXPECT_EQ(state_of(baseline), BaselineState::kAsLogged);
  ASSERT_TRUE(set(two, baseline, "now"));
  EXPECT_EQ(read_baseline_log(baseline).value().entries.size(), 2U);
}

TEST(Baseline, TheFirstUpdateCutShort) {
  const TempDir dir;
  const std::string one = make_run(dir, "one.assay", 1);
  const std::string baseline = dir.file("baseline.assay");
  killed_after([&] {
    auto update = BaselineUpdate::prepare(one, baseline);
    BaselineEntry entry = entry_of("first");
    if (update) (void)update->log(entry);
  });
  EXPECT_EQ(state_of(baseline), BaselineState::kNotPutInPlace);
}

TEST(Baseline, ChangesBehindItsBackAreNoticed) {
  const TempDir dir;
  const std::string one = make_run(dir, "one.assay", 1);
  const std::string two = make_run(dir, "two.assay", 2);
  const std::string baseline = dir.file("baseline.assay");
  ASSERT_TRUE(set(one, baseline, "the first"));
  ASSERT_TRUE(set(two, baseline, "the second"));
  std::filesystem::copy_file(make_run(dir, "three.assay", 3), baseline,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(state_of(baseline), BaselineState::kChanged);
  std::filesystem::remove(baseline);
  EXPECT_EQ(state_of(baseline), BaselineState::kMissing);
}

TEST(Baseline, ALineCutShortIsLeftAndNamed) {
  const TempDir dir;
  const std::string one = make_run(dir, "one.assay", 1);
  const std::string baseline = dir.file("baseline.assay");
  ASSERT_TRUE(set(one, baseline, "the first"));
  std::ofstream(baseline_log_path(baseline), std::ios::app) << "{\"utc\":\"2026";
  const BaselineLog torn = read_baseline_log(baseline).value();
  const auto check = check_baseline(baseline, torn);
  ASSERT_FALSE(check);
  EXPECT_THAT(check.error().where, HasSubstr("baseline.log.jsonl:2"));
  ASSERT_TRUE(set(make_run(dir, "two.assay", 2), baseline, "after it"));
  const BaselineLog log = read_baseline_log(baseline).value();
  EXPECT_EQ(log.entries.size(), 2U);
  EXPECT_THAT(log.unreadable, ElementsAre(2));
  EXPECT_EQ(state_of(baseline), BaselineState::kAsLogged);
}

TEST(BaselineLog, RoundTrip) {
  BaselineEntry entry = entry_of("why: \"quotes\", \n lines, 한국어");
  entry.sha256_new = std::string(64, 'a');
  entry.run_hash = "abc";
  entry.forced = true;
  entry.figures = {{.suite = "s", .model = "m", .metric = "cer", .value = 0.25, .n = 40},
                   {.suite = "s", .model = "none", .metric = "cer", .value = std::nullopt, .n = 0}};
  const std::string line = baseline_line(entry);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const BaselineLog log = parse_baseline_log(line + "\n\n" + line);
  ASSERT_EQ(log.entries.size(), 2U);
  EXPECT_EQ(log.entries[1].why, entry.why);
  EXPECT_TRUE(log.entries[1].forced);
  ASSERT_EQ(log.entries[1].figures.size(), 2U);
  EXPECT_EQ(log.entries[1].figures[0].value, 0.25);
  EXPECT_FALSE(log.entries[1].figures[1].value);
  EXPECT_EQ(baseline_line(log.entries[1]), line);
  entry.figures[0].value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(baseline_line(entry), HasSubstr("\"value\":null"));
}

TEST(BaselineLog, WhatIsNoEntry) {
  const std::string hash(64, '0');
  const std::string whole = R"({"utc":"u","who":"w","why":"y","sha256_old":"","sha256_new":")" +
                            hash + R"(","run_hash":"r","figures":[]})";
  EXPECT_EQ(parse_baseline_log(whole).entries.size(), 1U);
  for (
      const std::string& bad :
      {std::string("[]"), std::string("{}"), std::string("nonsense"), std::string(3000, '['),
       whole.substr(0, 40), whole + whole, std::string(R"({"utc":1})"),
       R"({"utc":"u","who":"w","why":"y","sha256_old":"","sha256_new":"short","run_hash":"r","figures":[]})" +
           std::string(),
       R"({"utc":"u","who":"w","why":"y","sha256_old":"","sha256_new":")" + hash +
           R"(","run_hash":"r","figures":[{"suite":"s"}]})"}) {
    const BaselineLog log = parse_baseline_log(whole + "\n" + bad);
    EXPECT_THAT(log.unreadable, ElementsAre(2)) << bad.substr(0, 80);
    EXPECT_FALSE(log.last_is_readable);
  }
  EXPECT_FALSE(check_baseline("none", parse_baseline_log("")));
  const TempDir dir;
  EXPECT_FALSE(read_baseline_log(dir.file("baseline.assay")));
}

TEST(BaselineLog, Names) {
  EXPECT_EQ(baseline_log_path("ci/baseline.assay"), "ci/baseline.log.jsonl");
  EXPECT_EQ(baseline_log_path("pinned"), "pinned.log.jsonl");
  EXPECT_EQ(baseline_log_path(".assay"), ".assay.log.jsonl");
}

}  // namespace
}  // namespace assay::store
