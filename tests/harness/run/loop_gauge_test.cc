#include "harness/run/loop_gauge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "harness/base/rng.h"
#include "harness/run/waiter.h"

namespace assay::run {
namespace {

TEST(DurationHistogram, QuantilesAreAtMostASixteenthTooHighAndNeverTooLow) {
  DurationHistogram histogram;
  std::vector<int64_t> values;
  Rng rng(7);
  for (int i = 0; i < 20'000; ++i) {
    const auto ns = static_cast<int64_t>(rng.lognormal(11, 2));
    values.push_back(ns);
    histogram.add(Nanos(ns));
  }
  std::sort(values.begin(), values.end());
  for (const double p : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto rank = static_cast<size_t>(p * static_cast<double>(values.size()) + 0.999999) - 1;
    const double exact = static_cast<double>(values[rank]) / 1e9;
    EXPECT_GE(histogram.quantile(p), exact) << p;
    EXPECT_LE(histogram.quantile(p), exact * 1.0626 + 1e-9) << p;
  }
  EXPECT_DOUBLE_EQ(histogram.spread().max, static_cast<double>(values.back()) / 1e9);
}

TEST(DurationHistogram, SmallValuesAreExactAndHugeOnesStayInside) {
  DurationHistogram histogram;
  for (int64_t ns = 0; ns < 16; ++ns) histogram.add(Nanos(ns));
  EXPECT_DOUBLE_EQ(histogram.quantile(0.5), 7e-9);
  histogram.add(std::chrono::hours(10'000));
  histogram.add(Nanos(-5));
  EXPECT_EQ(histogram.count(), 18U);
  EXPECT_DOUBLE_EQ(histogram.quantile(1), 3.6e7);
}

TEST(DurationHistogram, NothingMeasuredIsZero) {
  EXPECT_EQ(DurationHistogram().spread().n, 0U);
  EXPECT_DOUBLE_EQ(DurationHistogram().quantile(0.99), 0);
}

TEST(LoopGauge, OnlyWaitsThatTheirTimeEndedAreLate) {
  LoopGauge gauge;
  const auto at = [](int64_t us) { return TimePoint(std::chrono::microseconds(us)); };
  gauge.begin(at(0));
  gauge.woke(at(500), at(900));        // a descriptor woke it before its time
  gauge.woke(at(1'000), at(900));      // 100 us late
  gauge.woke(at(12'000), at(10'000));  // the beat, 2 ms late
  EXPECT_EQ(gauge.next_beat(), at(12'000) + LoopGauge::kBeat);
  gauge.turn(std::chrono::microseconds(30));
  gauge.end();
  const InstrumentUse use = gauge.use();
  EXPECT_EQ(use.timer_late_s.n, 2U);
  EXPECT_DOUBLE_EQ(use.timer_late_s.max, 0.002);
  EXPECT_EQ(use.loop_turn_s.n, 1U);
  EXPECT_EQ(use.loops, 1U);
  EXPECT_GE(use.loop_cpu_s, 0);
}

TEST(LoopGauge, LoopsAddUp) {
  LoopGauge one;
  LoopGauge two;
  LoopGauge all;
  for (LoopGauge* gauge : {&one, &two}) {
    gauge->begin(TimePoint{});
    gauge->turn(std::chrono::microseconds(5));
    gauge->end();
    all.add(*gauge);
  }
  EXPECT_EQ(all.use().loops, 2U);
  EXPECT_EQ(all.use().loop_turn_s.n, 2U);
}

TEST(RealWaiter, APreciseWaitEndsAtItsTimeAndNotBefore) {
  RealWaiter waiter;
  for (int i = 0; i < 20; ++i) {
    const TimePoint until = waiter.clock().now() + std::chrono::microseconds(300 + 50 * i);
    waiter.wait(until, true, true);
    EXPECT_GE(waiter.clock().now(), until);
  }
}

TEST(RealWaiter, AWakeUpEndsAPreciseWaitToo) {
  RealWaiter waiter;
  waiter.wake();
  const TimePoint until = waiter.clock().now() + std::chrono::hours(1);
  waiter.wait(until, true, true);
  EXPECT_LT(waiter.clock().now(), until);
}

}  // namespace
}  // namespace assay::run
