#include "backends/transport/receive_stamp.h"

#include <gtest/gtest.h>

namespace assay::backends {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr size_t kRead = 100;

TEST(ReadIsCoalesced, OneSegmentIsNot) {
  ReadHistory history;
  EXPECT_FALSE(read_is_coalesced(1, 10, kRead, history));
  EXPECT_FALSE(read_is_coalesced(2, 10, kRead, history));
}

TEST(ReadIsCoalesced, TwoSegmentsAre) {
  ReadHistory history;
  EXPECT_TRUE(read_is_coalesced(2, 20, kRead, history));
  EXPECT_FALSE(read_is_coalesced(3, 10, kRead, history));
}

TEST(ReadIsCoalesced, TheRestOfASegmentIsAsItsBeginning) {
  ReadHistory history;
  EXPECT_FALSE(read_is_coalesced(1, kRead, kRead, history));
  EXPECT_FALSE(read_is_coalesced(1, 30, kRead, history));
  EXPECT_TRUE(read_is_coalesced(3, kRead, kRead, history));
  EXPECT_TRUE(read_is_coalesced(3, 30, kRead, history));
}

TEST(ReadIsCoalesced, ANewSegmentBehindARestIs) {
  ReadHistory history;
  EXPECT_FALSE(read_is_coalesced(1, kRead, kRead, history));
  EXPECT_TRUE(read_is_coalesced(2, 30, kRead, history));
}

TEST(ReadIsCoalesced, TheCounterMayWrap) {
  ReadHistory history{0xffffffff, false, false};
  EXPECT_FALSE(read_is_coalesced(0, 10, kRead, history));
}

TEST(SegmentLedger, AReadOfEachSegmentIsNoMerge) {
  SegmentLedger ledger;
  for (int i = 0; i < 3; ++i) ledger.note_read(10);
  EXPECT_FALSE(ledger.merged(3, 30));
  ledger.note_read(20);
  EXPECT_TRUE(ledger.merged(5, 50));
  ledger.note_read(10);
  EXPECT_FALSE(ledger.merged(6, 60));  // only what came since the last asking counts
}

TEST(SegmentLedger, ASegmentThatWaitsBelongsToTheNextRead) {
  SegmentLedger ledger;
  ledger.note_read(10);
  EXPECT_FALSE(ledger.merged(2, 20));  // the second one arrived behind the read
  ledger.note_read(10);
  EXPECT_FALSE(ledger.merged(2, 20));
  ledger.note_read(10);
  EXPECT_FALSE(ledger.merged(4, 40));
  ledger.note_read(20);  // the one that waited, and another
  EXPECT_TRUE(ledger.merged(5, 50));
}

TEST(SegmentLedger, ASegmentReadInPartsIsNoMerge) {
  SegmentLedger ledger;
  ledger.note_read(100);
  ledger.note_read(50);
  EXPECT_FALSE(ledger.merged(1, 150));
}

TEST(SegmentLedger, TheCounterMayWrap) {
  SegmentLedger ledger;
  ledger.note_read(10);
  EXPECT_TRUE(ledger.merged(0xffffffff, 10));
  ledger.note_read(10);
  EXPECT_FALSE(ledger.merged(0, 20));
}

TEST(WallClock, LagIsTheDifference) {
  WallClock clock;
  EXPECT_EQ(clock.lag(5000 * kMs, 100 * kMs).count(), -1);  // not sampled yet
  clock.sample(100 * kMs, 5000 * kMs, 100 * kMs);
  EXPECT_EQ(clock.lag(5001 * kMs, 103 * kMs).count(), 2 * kMs);
}

TEST(WallClock, NoStampNoLag) {
  WallClock clock;
  clock.sample(100 * kMs, 5000 * kMs, 100 * kMs);
  EXPECT_EQ(clock.lag(-1, 103 * kMs).count(), -1);
}

TEST(WallClock, AStepIsNotALag) {
  WallClock clock;
  clock.sample(100 * kMs, 5000 * kMs, 100 * kMs);
  clock.sample(110 * kMs, 65010 * kMs, 110 * kMs);           // a minute forward
  EXPECT_EQ(clock.lag(5005 * kMs, 111 * kMs).count(), -1);   // a stamp from before the step
  EXPECT_EQ(clock.lag(65010 * kMs, 111 * kMs).count(), -1);  // which one it is cannot be told
  clock.sample(120 * kMs, 65020 * kMs, 120 * kMs);
  EXPECT_EQ(clock.lag(65020 * kMs, 121 * kMs).count(), kMs);
}

TEST(WallClock, AReadingTornApartMovesNothing) {
  WallClock clock;
  clock.sample(100 * kMs, 5000 * kMs, 100 * kMs);
  // The core was away for half a millisecond, before or after the wall clock was read.
  clock.sample(110 * kMs, 5010 * kMs, 110 * kMs + 500'000);
  EXPECT_EQ(clock.lag(5011 * kMs, 113 * kMs).count(), 2 * kMs);
  clock.sample(120 * kMs, 5020 * kMs + 500'000, 120 * kMs + 500'000);
  EXPECT_EQ(clock.lag(5021 * kMs, 123 * kMs).count(), 2 * kMs);
  // A clock that is slewed is followed.
  clock.sample(130 * kMs, 5030 * kMs + 3'000, 130 * kMs + 100);
  EXPECT_EQ(clock.lag(5031 * kMs, 133 * kMs).count(), 2 * kMs + 2'900);
}

TEST(WallClock, LagsAreNeverNegativeOrAbsurd) {
  WallClock clock;
  clock.sample(100 * kMs, 5000 * kMs, 100 * kMs);
  EXPECT_EQ(clock.lag(5000 * kMs + 20'000, 100 * kMs).count(), 0);  // within the sample's error
  EXPECT_EQ(clock.lag(5010 * kMs, 100 * kMs).count(), -1);
  EXPECT_EQ(clock.lag(0, int64_t{3'600'000} * kMs).count(), -1);
}

}  // namespace
}  // namespace assay::backends
