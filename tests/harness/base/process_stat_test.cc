#include "harness/base/process_stat.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/support/temp_dir.h"

namespace assay {
namespace {

TEST(ProcessStat, NamesMayHoldAnything) {
  const auto stat = parse_process_stat(
      "4242 (a) b (c)) S 1 4242 77 0 -1 4194560 9 8 7 6 150 50 30 20 20 0 5 0 98765 1000000 321 "
      "18446744073709551615 1 1 0\n");
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->pid, 4242);
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 1);
  EXPECT_EQ(stat->group, 4242);
  EXPECT_EQ(stat->cpu_ticks, 250U);
  EXPECT_EQ(stat->child_ticks, 50U);
  EXPECT_EQ(stat->start_ticks, 98765U);
  EXPECT_EQ(stat->rss_pages, 321);
}

TEST(ProcessStat, WhatIsNoneGivesNothing) {
  for (const char* line : {"", "12", "12 (x", "12 (x) S 1 2", "x (y) S 1 2 3 4", ") 12 (",
                           "1 (x) S 1 1 1 0 -1 0 0 0 0 0 u 0 0 0 20 0 1 0 5 0 3 0 0"})
    EXPECT_FALSE(parse_process_stat(line).has_value()) << line;
}

TEST(ProcessStat, ThisProcessIsThere) {
  const auto self = read_process_stat("/proc", ::getpid());
  ASSERT_TRUE(self.has_value());
  EXPECT_EQ(self->pid, ::getpid());
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_GT(resident_bytes(*self), 0U);
  const auto all = read_process_stats("/proc");
  EXPECT_TRUE(std::any_of(all.begin(), all.end(),
                          [](const ProcessStat& stat) { return stat.pid == ::getpid(); }));
}

TEST(ProcessStat, OnlyNumbersAreProcesses) {
  const test::TempDir proc;
  const std::string rest = " (x) S 1 1 1 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 5 0 6 0 0\n";
  proc.write("12/stat", "12" + rest);
  proc.write("self/stat", "13" + rest);
  proc.write("14/stat", "");
  proc.write("15", "");
  const auto all = read_process_stats(proc.path());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].pid, 12);
  EXPECT_EQ(all[0].cpu_ticks, 10U);
  EXPECT_TRUE(read_process_stats(proc.file("none")).empty());
}

}  // namespace
}  // namespace assay
