// Compact columns give back what was put in, whatever form they are in.
#include "harness/aggregate/columns.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "harness/base/rng.h"

namespace assay::aggregate {
namespace {

TEST(TallyColumn, KeepsBitsThenCountsThenReals) {
  TallyColumn column;
  column.push(1, 1);
  column.push_none();
  column.push(0, 1);
  column.push_unscored();
  EXPECT_TRUE(column.only_bits());
  column.push(0.25, 8);  // 2 of 8
  EXPECT_FALSE(column.only_bits());
  column.push(0.3333, 1);  // not a count
  column.push(1, 1);
  ASSERT_EQ(column.size(), 7U);
  EXPECT_EQ(column.state(0), TallyState::kScored);
  EXPECT_EQ(column.tally(0).numerator, 1);
  EXPECT_EQ(column.state(1), TallyState::kNone);
  EXPECT_EQ(column.tally(2).numerator, 0);
  EXPECT_EQ(column.state(3), TallyState::kUnscored);
  EXPECT_EQ(column.tally(4).numerator, 2);
  EXPECT_EQ(column.tally(4).weight, 8);
  EXPECT_EQ(column.tally(5).numerator, 0.3333);
  EXPECT_EQ(column.tally(6).weight, 1);
}

// value = k / w is stored as k, though k / w * w is not k for some pairs (1/49*49 < 1).
TEST(TallyColumn, FractionsOfCountsAreExact) {
  TallyColumn column;
  std::vector<std::pair<int, int>> put;
  for (int w = 1; w <= 120; ++w) {
    for (int k = 0; k <= w; ++k) {
      column.push(static_cast<double>(k) / w, w);
      put.emplace_back(k, w);
    }
  }
  for (size_t i = 0; i < put.size(); ++i) {
    ASSERT_EQ(column.tally(i).numerator, put[i].first) << put[i].second;
    ASSERT_EQ(column.tally(i).weight, put[i].second);
  }
}

TEST(TallyColumn, WhatIsNoNumberIsUnscored) {
  TallyColumn column;
  column.push(std::numeric_limits<double>::quiet_NaN(), 1);
  column.push(1, std::numeric_limits<double>::infinity());
  column.push(1, -1);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(column.state(i), TallyState::kUnscored);
}

TEST(TallyColumn, LargestCountIsNotTheMark) {
  TallyColumn column;
  column.push(Tally{.numerator = 4294967294.0, .weight = 4294967294.0});
  column.push(Tally{.numerator = 4294967295.0, .weight = 1});
  EXPECT_EQ(column.state(0), TallyState::kScored);
  EXPECT_EQ(column.tally(1).numerator, 4294967295.0);
}

TEST(DurationColumn, WidensAndSorts) {
  DurationColumn column;
  column.push(DurationColumn::kNone);
  EXPECT_EQ(column.size(), 1U);
  EXPECT_EQ(column.at(0), DurationColumn::kNone);
  column.push(70);
  column.push(4'294'967'295);  // the short form's mark
  column.push(DurationColumn::kNone);
  column.push(5);
  ASSERT_EQ(column.size(), 5U);
  EXPECT_EQ(column.at(0), DurationColumn::kNone);
  EXPECT_EQ(column.at(1), 70);
  EXPECT_EQ(column.at(2), 4'294'967'295);
  EXPECT_EQ(column.at(3), DurationColumn::kNone);
  column.sort_present();
  ASSERT_EQ(column.size(), 3U);
  EXPECT_EQ(column.at(0), 5);
  EXPECT_EQ(column.at(2), 4'294'967'295);
}

TEST(DurationColumn, NothingPresent) {
  DurationColumn column;
  column.push(-1);
  column.push(-1);
  column.sort_present();
  EXPECT_EQ(column.size(), 0U);
}

TEST(DurationColumn, FirstOneIsWide) {
  DurationColumn column;
  column.push(-1);
  column.push(9'000'000'000);
  EXPECT_EQ(column.at(0), DurationColumn::kNone);
  EXPECT_EQ(column.at(1), 9'000'000'000);
}

TEST(LazyColumn, DefaultsUntilSomethingDiffers) {
  LazyColumn<uint32_t> column;
  column.push(0);
  column.push(0);
  EXPECT_TRUE(column.all_default());
  column.push(7);
  column.push(0);
  EXPECT_EQ(column.at(1), 0U);
  EXPECT_EQ(column.at(2), 7U);
  EXPECT_EQ(column.at(3), 0U);
}

}  // namespace
}  // namespace assay::aggregate
