#include "harness/run/schedule.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace assay::run {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint at(Nanos t) { return TimePoint(t); }

// One lane (or two) driven by hand, as the loop and the stages would.
struct Bench {
  explicit Bench(LaneLimits limits, size_t lane_count = 1, const SpendingLimits& stops = {})
      : progress(lane_count),
        credits(std::vector<uint32_t>(lane_count, limits.credits), 1 << 20),
        spending(stops) {
    std::vector<LaneProgress*> pointers;
    for (LaneProgress& lane : progress) pointers.push_back(&lane);
    schedule = std::make_unique<Schedule>(std::vector<LaneLimits>(lane_count, limits), pointers,
                                          credits, spending, 1);
  }
  void feed(uint64_t sample, TimePoint now, uint32_t lane = 0) {
    // The feeder holds a credit for what it makes.
    std::vector<bool> wants(progress.size(), false);
    wants[lane] = true;
    ASSERT_TRUE(credits.take(wants, 1));
    auto attempt = std::make_unique<Attempt>();
    attempt->lane = lane;
    attempt->key.sample = sample;
    schedule->on_feedback({std::move(attempt), lane}, now);
  }
  void feed_end(TimePoint now, uint32_t lane = 0) { schedule->on_feedback({nullptr, lane}, now); }
  std::vector<AttemptPtr> due(TimePoint now, TimePoint* next = nullptr) {
    std::vector<AttemptPtr> out;
    const TimePoint until = schedule->take_due(now, out);
    if (next != nullptr) *next = until;
    return out;
  }
  void end(AttemptPtr attempt, Outcome outcome, TimePoint now, Nanos retry_after = Nanos(0)) {
    schedule->on_end_of_bytes(*attempt);
    attempt->response.outcome = outcome;
    attempt->response.retry_after = retry_after;
    const uint32_t lane = attempt->lane;
    schedule->on_feedback({std::move(attempt), lane}, now);
  }
  std::deque<LaneProgress> progress;
  Credits credits;
  Spending spending;
  std::unique_ptr<Schedule> schedule;
};

LaneLimits limits(uint32_t concurrency, uint32_t retries = 4) {
  LaneLimits l;
  l.concurrency = concurrency;
  l.credits = concurrency + 8;
  l.retries_max = retries;
  return l;
}

TEST(Schedule, KeepsConcurrencyAndFreesTheSlotAtEndOfBytes) {
  Bench bench(limits(2));
  for (uint64_t i = 0; i < 3; ++i) bench.feed(i, at(Nanos(0)));
  auto first = bench.due(at(Nanos(0)));
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0]->key.sample, 0U);
  EXPECT_TRUE(bench.due(at(Nanos(0))).empty());
  bench.schedule->on_end_of_bytes(*first[0]);  // not judged yet
  EXPECT_EQ(bench.due(at(Nanos(5))).size(), 1U);
}

TEST(Schedule, FinishesOnlyWhenFedAndEverythingCameBack) {
  Bench bench(limits(1));
  bench.feed(0, at(Nanos(0)));
  bench.feed_end(at(Nanos(0)));
  EXPECT_FALSE(bench.schedule->finished());
  auto due = bench.due(at(Nanos(0)));
  bench.end(std::move(due[0]), Outcome::kOk, at(Nanos(1)));
  EXPECT_TRUE(bench.schedule->finished());
  EXPECT_EQ(bench.progress[0].done, 1U);
  EXPECT_EQ(bench.progress[0].failed, 0U);
}

TEST(Schedule, RetryHonoursRetryAfterAndCountsAttempts) {
  Bench bench(limits(1));
  bench.feed(7, at(Nanos(0)));
  auto due = bench.due(at(Nanos(0)));
  bench.end(std::move(due[0]), Outcome::kRateLimited, at(Nanos(0)), seconds(40));
  TimePoint next;
  EXPECT_TRUE(bench.due(at(seconds(39)), &next).empty());
  EXPECT_EQ(next, at(seconds(40)));
  due = bench.due(at(seconds(41)));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0]->key.attempt, 1U);
  EXPECT_EQ(due[0]->stamps.scheduled, at(seconds(40)));  // when it was due, not when it was started
  EXPECT_EQ(due[0]->response.outcome, Outcome::kCancelled);  // nothing of the first try is left
}

TEST(Schedule, BackoffIsBoundedAndDoesNotDependOnOrder) {
  std::vector<TimePoint> waits;
  for (int run = 0; run < 2; ++run) {
    Bench bench(limits(2));
    bench.feed(run == 0 ? 1 : 2, at(Nanos(0)));
    bench.feed(run == 0 ? 2 : 1, at(Nanos(0)));
    auto due = bench.due(at(Nanos(0)));
    for (auto& attempt : due) {
      if (attempt->key.sample != 1) continue;
      TimePoint next;
      bench.end(std::move(attempt), Outcome::kServerError, at(Nanos(0)));
      (void)bench.due(at(Nanos(0)), &next);
      waits.push_back(next);
    }
  }
  ASSERT_EQ(waits.size(), 2U);
  EXPECT_EQ(waits[0], waits[1]);
  EXPECT_GE(waits[0], at(milliseconds(1)));
  EXPECT_LE(waits[0], at(milliseconds(500)));
}

TEST(Schedule, GivesUpAfterTheLastRetryAndNotOnARejection) {
  Bench bench(limits(1, 2));
  bench.feed(0, at(Nanos(0)));
  bench.feed(1, at(Nanos(0)));
  bench.feed_end(at(Nanos(0)));
  TimePoint now = at(Nanos(0));
  for (int i = 0; i < 3; ++i) {
    auto due = bench.due(now);
    ASSERT_EQ(due.size(), 1U) << i;
    EXPECT_EQ(due[0]->key.sample, 0U) << "a retry that is due goes before new items";
    bench.end(std::move(due[0]), Outcome::kTimeout, now);
    now += seconds(60);
    if (i < 2) continue;
    auto second = bench.due(now);
    ASSERT_EQ(second.size(), 1U);
    bench.end(std::move(second[0]), Outcome::kRejected, now);
  }
  EXPECT_TRUE(bench.schedule->finished());
  EXPECT_EQ(bench.progress[0].failed, 2U);
  EXPECT_EQ(bench.progress[0].retries, 2U);
}

TEST(Schedule, ALaneThatOnlyFailsTripsAndOthersGoOn) {
  LaneLimits l = limits(1, 0);
  l.fatal_run_max = 3;
  Bench bench(l, 2);
  for (uint64_t i = 0; i < 6; ++i) bench.feed(i, at(Nanos(0)), 0);
  bench.feed(9, at(Nanos(0)), 1);
  for (int i = 0; i < 3; ++i) {
    for (AttemptPtr& attempt : bench.due(at(Nanos(0)))) {
      const Outcome outcome = attempt->lane == 0 ? Outcome::kDenied : Outcome::kOk;
      bench.end(std::move(attempt), outcome, at(Nanos(0)));
    }
  }
  EXPECT_TRUE(bench.progress[0].tripped);
  EXPECT_FALSE(bench.progress[1].tripped);
  EXPECT_EQ(bench.progress[1].done, 1U);
  EXPECT_TRUE(bench.due(at(seconds(9))).empty());
  bench.feed_end(at(Nanos(0)), 0);
  bench.feed_end(at(Nanos(0)), 1);
  EXPECT_TRUE(bench.schedule->finished());
}

TEST(Schedule, TransientFailuresNeverTripAndAnAnswerResetsTheCount) {
  LaneLimits l = limits(1, 0);
  l.fatal_run_max = 3;
  Bench bench(l);
  const std::vector<Outcome> outcomes{
      Outcome::kServerError, Outcome::kTimeout, Outcome::kRateLimited,
      Outcome::kRejected,    Outcome::kDenied,  Outcome::kDenied,
      Outcome::kOk,          Outcome::kDenied,  Outcome::kDenied};
  for (size_t i = 0; i < outcomes.size(); ++i) {
    bench.feed(i, at(Nanos(0)));
    auto due = bench.due(at(Nanos(0)));
    ASSERT_EQ(due.size(), 1U) << i;
    bench.end(std::move(due[0]), outcomes[i], at(Nanos(0)));
    EXPECT_FALSE(bench.progress[0].tripped) << i;
  }
  bench.feed(99, at(Nanos(0)));
  auto due = bench.due(at(Nanos(0)));
  due[0]->response.error = "the key was not accepted";
  bench.end(std::move(due[0]), Outcome::kDenied, at(Nanos(0)));
  EXPECT_TRUE(bench.progress[0].tripped);
  EXPECT_EQ(bench.progress[0].trip_reason, "the key was not accepted");
}

TEST(Schedule, AServerThatNeverAnsweredTripsAndOneThatDidDoesNot) {
  for (const bool answered_once : {false, true}) {
    LaneLimits l = limits(1, 0);
    l.fatal_run_max = 2;
    Bench bench(l);
    for (uint64_t i = 0; i < 3; ++i) {
      bench.feed(i, at(Nanos(0)));
      auto due = bench.due(at(Nanos(0)));
      ASSERT_EQ(due.size(), 1U);
      const bool answer = answered_once && i == 0;
      bench.end(std::move(due[0]), answer ? Outcome::kOk : Outcome::kConnectError, at(Nanos(0)));
      if (bench.progress[0].tripped) break;
    }
    EXPECT_EQ(bench.progress[0].tripped, !answered_once);
  }
}

TEST(Schedule, MaxRequestsStopsTheRunAndCountsRetries) {
  Bench bench(limits(1), 1, {.requests_max = 2});
  for (uint64_t i = 0; i < 3; ++i) bench.feed(i, at(Nanos(0)));
  bench.feed_end(at(Nanos(0)));
  auto due = bench.due(at(Nanos(0)));
  bench.end(std::move(due[0]), Outcome::kServerError, at(Nanos(0)));
  due = bench.due(at(seconds(9)));
  ASSERT_EQ(due.size(), 1U);
  bench.end(std::move(due[0]), Outcome::kOk, at(seconds(9)));
  EXPECT_TRUE(bench.due(at(seconds(99))).empty());
  EXPECT_TRUE(bench.spending.reached());
  EXPECT_TRUE(bench.schedule->finished()) << "what was left is dropped, to be asked by a resume";
}

TEST(Schedule, BudgetReservesTheWorstCaseAndSettlesWhatItCost) {
  LaneLimits l = limits(8);
  PriceRow row{.model = "m", .currency = "USD"};
  row.rates.set(Billed::kInput, Rate{});
  row.rates.set(Billed::kOutput, *Rate::parse("1000"));  // 0.001 a token
  l.prices.periods.push_back(row);
  l.max_tokens = 1000;  // so a request costs 1 at most
  Bench bench(l, 1, {.budget = *Money::parse("2.5"), .spent_before = *Money::parse("0.25")});
  for (uint64_t i = 0; i < 6; ++i) bench.feed(i, at(Nanos(0)));
  bench.feed_end(at(Nanos(0)));
  auto due = bench.due(at(Nanos(0)));
  ASSERT_EQ(due.size(), 2U) << "0.25 + 1 + 1, a third would be 3.25";
  EXPECT_FALSE(bench.spending.reached()) << "money may come back";
  for (AttemptPtr& attempt : due) {
    attempt->response.cost = *Money::parse("0.125");
    bench.end(std::move(attempt), Outcome::kOk, at(Nanos(0)));
  }
  due = bench.due(at(Nanos(0)));
  ASSERT_EQ(due.size(), 2U);  // 0.5 spent
  bench.end(std::move(due[0]), Outcome::kOk, at(Nanos(0)));
  bench.end(std::move(due[1]), Outcome::kOk, at(Nanos(0)));
  EXPECT_EQ(bench.spending.spent().text(), "2.5") << "no usage: charged the worst case";
  EXPECT_TRUE(bench.due(at(Nanos(0))).empty());
  EXPECT_TRUE(bench.spending.reached());
  EXPECT_TRUE(bench.schedule->finished());
}

TEST(Schedule, RequestsPerMinutePaceTheStarts) {
  LaneLimits l = limits(8);
  l.rate.requests_per_minute = 60;
  Bench bench(l);
  for (uint64_t i = 0; i < 5; ++i) bench.feed(i, at(seconds(100)));
  TimePoint next;
  EXPECT_EQ(bench.due(at(seconds(100)), &next).size(), 1U);
  EXPECT_EQ(next, at(seconds(101)));
  EXPECT_EQ(bench.due(at(milliseconds(100'999)), &next).size(), 0U);
  EXPECT_EQ(bench.due(at(seconds(101)), &next).size(), 1U);
  EXPECT_EQ(bench.due(at(seconds(109)), &next).size(), 1U) << "an idle time is not saved up";
}

TEST(Schedule, ARetryAfterDelaysThatRequestAlone) {
  Bench bench(limits(1));
  bench.feed(1, at(Nanos(0)));
  bench.feed(2, at(Nanos(0)));
  auto due = bench.due(at(Nanos(0)));
  bench.end(std::move(due[0]), Outcome::kRateLimited, at(Nanos(0)), seconds(30));
  due = bench.due(at(Nanos(1)));
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0]->key.sample, 2U);
}

TEST(Schedule, StopDropsWhatWaitsAndWaitsForWhatIsInFlight) {
  Bench bench(limits(1));
  bench.feed(0, at(Nanos(0)));
  bench.feed(1, at(Nanos(0)));
  auto due = bench.due(at(Nanos(0)));
  bench.schedule->stop();
  bench.schedule->stop();
  bench.feed_end(at(Nanos(0)));
  EXPECT_FALSE(bench.schedule->finished());
  bench.end(std::move(due[0]), Outcome::kCancelled, at(Nanos(1)));
  EXPECT_TRUE(bench.schedule->finished());
  EXPECT_EQ(bench.progress[0].failed, 0U) << "a cancelled item is asked again, not failed";
}

TEST(Schedule, SettledMeansOnlyTimeCanChangeAnything) {
  Bench bench(limits(1));
  EXPECT_FALSE(bench.schedule->settled()) << "hungry: the feeder has more";
  bench.feed(0, at(Nanos(0)));
  auto due = bench.due(at(Nanos(0)));
  EXPECT_TRUE(bench.schedule->settled()) << "the slot is taken";
  bench.schedule->on_end_of_bytes(*due[0]);
  EXPECT_FALSE(bench.schedule->settled()) << "being decoded";
}

}  // namespace
}  // namespace assay::run
