// Processor time of trees whose members come and go, on a /proc made of files. A tick of the fake
// is one of this machine's.
#include "harness/machine/tree_account.h"

#include <gtest/gtest.h>

#include "tests/harness/machine/fakes.h"

namespace assay::machine {
namespace {

uint64_t ticks(const TreeSample& sample) {
  return static_cast<uint64_t>(sample.cpu / process_time(1));
}

TEST(TreeAccount, CountsDescendantsAndNobodyElse) {
  FakeProc proc;
  proc.put({.pid = 10, .own_ticks = 5, .child_ticks = 7, .pages = 3});
  proc.put({.pid = 11, .parent = 10, .own_ticks = 20, .pages = 4});
  proc.put({.pid = 12, .parent = 11, .own_ticks = 100, .pages = 5});
  proc.put({.pid = 13, .parent = 1, .own_ticks = 1000, .pages = 1000});
  TreeAccount account({10}, proc.path());
  account.refresh();
  const TreeSample sample = account.sample();
  EXPECT_EQ(ticks(sample), 132U);
  EXPECT_EQ(sample.processes, 3U);
  EXPECT_EQ(sample.resident_bytes, static_cast<int64_t>(12 * resident_bytes({.rss_pages = 1})));
}

TEST(TreeAccount, SeveralRootsThatContainEachOtherCountOnce) {
  FakeProc proc;
  proc.put({.pid = 10, .own_ticks = 1});
  proc.put({.pid = 11, .parent = 10, .own_ticks = 2});
  proc.put({.pid = 20, .own_ticks = 4});
  TreeAccount account({11, 10, 20, 10}, proc.path());
  account.refresh();
  EXPECT_EQ(ticks(account.sample()), 7U);
}

TEST(TreeAccount, NewChildrenAreFoundByRefreshOnly) {
  FakeProc proc;
  proc.put({.pid = 10});
  TreeAccount account({10}, proc.path());
  account.refresh();
  proc.put({.pid = 11, .parent = 10, .own_ticks = 30});
  EXPECT_EQ(ticks(account.sample()), 0U);
  account.refresh();
  EXPECT_EQ(ticks(account.sample()), 30U);
}

TEST(TreeAccount, AChildThatWasWaitedForCountsOnce) {
  FakeProc proc;
  proc.put({.pid = 10});
  proc.put({.pid = 11, .parent = 10, .own_ticks = 30});
  TreeAccount account({10}, proc.path());
  account.refresh();
  EXPECT_EQ(ticks(account.sample()), 30U);
  proc.end(11);
  proc.put({.pid = 10, .child_ticks = 35});  // it went on for 5 ticks
  EXPECT_EQ(ticks(account.sample()), 35U);
  EXPECT_EQ(ticks(account.sample()), 35U);
}

TEST(TreeAccount, AChildThatNobodyWaitedForKeepsWhatWasSeen) {
  FakeProc proc;
  proc.put({.pid = 10, .child_ticks = 50});
  proc.put({.pid = 11, .parent = 10, .own_ticks = 30});
  TreeAccount account({10}, proc.path());
  account.refresh();
  EXPECT_EQ(ticks(account.sample()), 80U);
  proc.end(11);
  EXPECT_EQ(ticks(account.sample()), 80U);
  proc.put({.pid = 10, .own_ticks = 1, .child_ticks = 50});
  EXPECT_EQ(ticks(account.sample()), 81U);
}

TEST(TreeAccount, AChainThatEndsAtOnce) {
  FakeProc proc;
  proc.put({.pid = 10});
  proc.put({.pid = 11, .parent = 10, .own_ticks = 1});
  proc.put({.pid = 12, .parent = 11, .own_ticks = 30});
  TreeAccount account({10}, proc.path());
  account.refresh();
  EXPECT_EQ(ticks(account.sample()), 31U);
  proc.end(11);
  proc.end(12);
  // 11 had waited for 12, 10 for 11.
  proc.put({.pid = 10, .child_ticks = 31});
  EXPECT_EQ(ticks(account.sample()), 31U);
}

TEST(TreeAccount, OrphansStayMembersAndKeepTheirTime) {
  FakeProc proc;
  proc.put({.pid = 10, .own_ticks = 2});
  proc.put({.pid = 11, .parent = 10, .own_ticks = 30});
  TreeAccount account({10}, proc.path());
  account.refresh();
  account.sample();
  proc.end(10);
  proc.put({.pid = 11, .parent = 1, .own_ticks = 40});
  account.refresh();
  const TreeSample orphan = account.sample();
  EXPECT_EQ(ticks(orphan), 42U);
  EXPECT_EQ(orphan.processes, 1U);
  proc.end(11);
  const TreeSample nobody = account.sample();
  EXPECT_EQ(ticks(nobody), 42U);
  EXPECT_EQ(nobody.processes, 0U);
}

TEST(TreeAccount, ANumberThatIsUsedAgainIsAnotherProcess) {
  FakeProc proc;
  proc.put({.pid = 10, .own_ticks = 5, .start = 100});
  TreeAccount account({10}, proc.path());
  account.refresh();
  account.sample();
  proc.put({.pid = 10, .own_ticks = 5000, .start = 900, .pages = 7});
  account.refresh();
  const TreeSample sample = account.sample();
  EXPECT_EQ(ticks(sample), 5U);
  EXPECT_EQ(sample.processes, 0U);
}

TEST(TreeAccount, WhatIsNotThereIsNothing) {
  FakeProc proc;
  TreeAccount account({10, -1, 0, int64_t{1} << 40}, proc.path());
  account.refresh();
  EXPECT_EQ(account.sample().processes, 0U);
  proc.put({.pid = 10, .own_ticks = 5});  // it is only starting
  account.refresh();
  EXPECT_EQ(ticks(account.sample()), 5U);
}

}  // namespace
}  // namespace assay::machine
