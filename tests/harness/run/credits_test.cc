#include "harness/run/credits.h"

#include <gtest/gtest.h>

#include <thread>

namespace assay::run {
namespace {

TEST(Credits, LanesTakeTurnsAndBytesBound) {
  Credits credits({4, 4}, 100);
  const auto a = credits.take({true, true}, 2);
  const auto b = credits.take({true, true}, 2);
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->lane, b->lane);
  credits.add_bytes(100);
  EXPECT_TRUE(credits.bytes_exhausted());
  credits.give_back(a->lane, 1, 60);
  EXPECT_FALSE(credits.bytes_exhausted());
}

TEST(Credits, AClosedLaneWakesItsFeederWithNothing) {
  Credits credits({0}, 100);
  std::jthread closer([&] { credits.close(0); });
  EXPECT_FALSE(credits.take({true}, 1));
}

TEST(Credits, OnlyWantedLanesAreTaken) {
  Credits credits({1, 1}, 100);
  EXPECT_EQ(credits.take({false, true}, 9)->lane, 1U);
  EXPECT_FALSE(credits.take({false, false}, 1));
}

}  // namespace
}  // namespace assay::run
