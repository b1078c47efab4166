#include "harness/run/load_schedule.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace assay::run {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint at(int64_t ms) { return TimePoint(milliseconds(ms)); }

// A schedule under a clock that the test moves.
struct Bench {
  explicit Bench(LoadSlice slice, uint64_t count) {
    schedule = std::make_unique<LoadSchedule>(std::move(slice), progress,
                                              [this](uint64_t bytes) { released += bytes; });
    for (uint64_t i = 0; i < count; ++i) schedule->add_ready(attempt(i));
    schedule->set_fed();
    schedule->begin(at(0));
  }
  static AttemptPtr attempt(uint64_t number, uint32_t later_turns = 0) {
    auto out = std::make_unique<Attempt>();
    out->load.number = number;
    out->held_bytes = 10;
    out->later_turns.resize(later_turns);
    return out;
  }
  // What starts at this moment.
  std::vector<AttemptPtr> due(int64_t ms) {
    std::vector<AttemptPtr> out;
    next = schedule->take_due(at(ms), out);
    return out;
  }
  void end_bytes(Attempt& one, int64_t ms, Outcome outcome = Outcome::kOk) {
    one.stamps.done = at(ms);
    one.response.outcome = outcome;
    schedule->on_end_of_bytes(one);
  }
  void end(AttemptPtr one, int64_t ms, Outcome outcome = Outcome::kOk) {
    end_bytes(*one, ms, outcome);
    schedule->on_feedback({std::move(one), 0}, at(ms));
  }

  LaneProgress progress;
  uint64_t released = 0;
  TimePoint next{};
  std::unique_ptr<LoadSchedule> schedule;
};

LoadSlice closed(uint32_t concurrency) {
  LoadSlice slice;
  slice.concurrency = concurrency;
  return slice;
}

LoadSlice open(std::vector<int64_t> due_ms) {
  LoadSlice slice;
  slice.closed = false;
  for (const int64_t ms : due_ms) slice.due.emplace_back(milliseconds(ms));
  return slice;
}

TEST(LoadSchedule, AClosedLoopKeepsItsConcurrencyAndIsDueWhenASlotIsFree) {
  Bench bench(closed(2), 3);
  std::vector<AttemptPtr> first = bench.due(5);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0]->stamps.scheduled, at(0));  // the load's zero, though the loop came at 5 ms
  EXPECT_TRUE(bench.due(6).empty());
  bench.end_bytes(*first[1], 70);
  const std::vector<AttemptPtr> second = bench.due(75);  // at end of bytes, before the feedback
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0]->stamps.scheduled, at(70));
  EXPECT_EQ(second[0]->load.number, 2U);
}

TEST(LoadSchedule, AnOpenLoopStartsByTheClockWhateverTheServerDoes) {
  Bench bench(open({0, 10, 20}), 3);
  EXPECT_EQ(bench.due(0).size(), 1U);
  EXPECT_EQ(bench.next, at(10));
  const std::vector<AttemptPtr> late = bench.due(25);  // the loop was late: both are due
  ASSERT_EQ(late.size(), 2U);
  EXPECT_EQ(late[0]->stamps.scheduled, at(10));
  EXPECT_EQ(late[1]->stamps.scheduled, at(20));
  EXPECT_EQ(bench.schedule->ended().last_due_ns, to_ns(at(20)));
  EXPECT_EQ(bench.schedule->ended().in_flight_max, 3U);
  EXPECT_FALSE(bench.schedule->ended().in_flight_capped);
}

TEST(LoadSchedule, AtTheCapDueTimesAreKeptAndTheCapIsSaid) {
  LoadSlice slice = open({0, 10, 20});
  slice.in_flight_max = 1;
  Bench bench(std::move(slice), 3);
  std::vector<AttemptPtr> one = bench.due(0);
  EXPECT_TRUE(bench.due(30).empty());
  EXPECT_TRUE(bench.schedule->ended().in_flight_capped);
  bench.end(std::move(one[0]), 40);
  one = bench.due(40);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0]->stamps.scheduled, at(10));
}

TEST(LoadSchedule, NothingStartsAfterTheDurationAndWhatIsInFlightIsWaitedFor) {
  LoadSlice slice = closed(1);
  slice.duration = milliseconds(100);
  Bench bench(std::move(slice), 5);
  std::vector<AttemptPtr> one = bench.due(0);
  EXPECT_EQ(bench.next, at(100));
  EXPECT_TRUE(bench.due(100).empty());
  EXPECT_FALSE(bench.schedule->finished());
  EXPECT_FALSE(bench.schedule->out_of_time(at(10'000)));
  bench.end(std::move(one[0]), 250);
  EXPECT_TRUE(bench.schedule->finished());
  EXPECT_EQ(bench.schedule->ended().reason, "duration");
  EXPECT_EQ(bench.schedule->ended().end_ns, to_ns(at(250)));
  EXPECT_EQ(bench.released, 50U);  // of those that never started too
}

TEST(LoadSchedule, AfterTheDrainTimeTheRestIsCutOffAndCountsAsTimedOut) {
  LoadSlice slice = open({0});
  slice.drain = milliseconds(50);
  Bench bench(std::move(slice), 1);
  std::vector<AttemptPtr> one = bench.due(0);
  (void)bench.due(1);
  EXPECT_EQ(bench.next, at(50));
  EXPECT_FALSE(bench.schedule->out_of_time(at(49)));
  EXPECT_TRUE(bench.schedule->out_of_time(at(50)));
  bench.end_bytes(*one[0], 51, Outcome::kCancelled);
  EXPECT_EQ(one[0]->response.outcome, Outcome::kTimeout);
}

TEST(LoadSchedule, WithoutADrainTimeNothingIsCutOffHoweverLongItTakes) {
  Bench bench(open({0}), 1);
  const std::vector<AttemptPtr> one = bench.due(0);
  EXPECT_TRUE(bench.due(1).empty());
  EXPECT_EQ(bench.next, kNever);
  EXPECT_FALSE(bench.schedule->out_of_time(TimePoint(seconds(100'000))));
}

TEST(LoadSchedule, RequestsDueDuringTheWarmUpAreMarked) {
  LoadSlice slice = open({0, 100});
  slice.warm_up = milliseconds(100);
  Bench bench(std::move(slice), 2);
  const std::vector<AttemptPtr> both = bench.due(200);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_TRUE(both[0]->load.warm_up);
  EXPECT_FALSE(both[1]->load.warm_up);
}

TEST(LoadSchedule, TooManyInFlightEndALoadThatCannotBeHeld) {
  LoadSlice slice = open({0, 1, 2, 3, 4});
  slice.saturated_at = 3;
  Bench bench(std::move(slice), 5);
  std::vector<AttemptPtr> started = bench.due(10);
  EXPECT_EQ(started.size(), 3U);
  EXPECT_EQ(bench.schedule->ended().reason, "saturated");
  for (AttemptPtr& one : started) bench.end(std::move(one), 20);
  EXPECT_TRUE(bench.schedule->finished());
}

TEST(LoadSchedule, AServerThatIsGoneEndsTheLoad) {
  LoadSlice slice = closed(1);
  slice.failures_max = 3;
  Bench bench(std::move(slice), 100);
  for (int i = 0; i < 3; ++i) {
    std::vector<AttemptPtr> one = bench.due(i);
    ASSERT_EQ(one.size(), 1U);
    bench.end(std::move(one[0]), i, Outcome::kConnectError);
  }
  EXPECT_TRUE(bench.due(10).empty());
  EXPECT_TRUE(bench.schedule->finished());
  EXPECT_EQ(bench.schedule->ended().reason, "no server");
  EXPECT_EQ(bench.progress.failed, 3U);
}

TEST(LoadSchedule, OneReplyBetweenFailuresKeepsTheLoadGoing) {
  LoadSlice slice = closed(1);
  slice.failures_max = 2;
  Bench bench(std::move(slice), 10);
  for (int i = 0; i < 10; ++i) {
    std::vector<AttemptPtr> one = bench.due(i);
    ASSERT_EQ(one.size(), 1U);
    bench.end(std::move(one[0]), i, i % 2 == 0 ? Outcome::kConnectError : Outcome::kServerError);
  }
  EXPECT_EQ(bench.schedule->ended().reason, "count");
}

TEST(LoadSchedule, AConversationKeepsItsSlotUntilItsLastTurn) {
  Bench bench(closed(1), 0);
  AttemptPtr talk = Bench::attempt(0, 1);
  AttemptPtr other = Bench::attempt(1);
  LoadSchedule& schedule = *bench.schedule;
  schedule.on_feedback({std::move(talk), 0}, at(0));
  schedule.on_feedback({std::move(other), 0}, at(0));
  std::vector<AttemptPtr> first = bench.due(0);
  ASSERT_EQ(first.size(), 1U);
  bench.end_bytes(*first[0], 10);
  EXPECT_TRUE(bench.due(10).empty());  // the user thinks; the slot is theirs
  AttemptPtr second = Bench::attempt(0);
  second->load.turn = 1;
  second->stamps.scheduled = at(500);
  first[0]->later_turns.clear();  // taken by the second turn
  schedule.on_feedback({std::move(second), 0}, at(12));
  schedule.on_feedback({std::move(first[0]), 0}, at(12));
  EXPECT_TRUE(bench.due(13).empty());
  EXPECT_EQ(bench.next, at(500));
  std::vector<AttemptPtr> turn = bench.due(500);
  ASSERT_EQ(turn.size(), 1U);
  EXPECT_EQ(turn[0]->stamps.scheduled, at(500));
  bench.end(std::move(turn[0]), 600);
  const std::vector<AttemptPtr> next = bench.due(600);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0]->load.number, 1U);
}

TEST(LoadSchedule, AConversationThatBreaksFreesItsSlot) {
  Bench bench(closed(1), 0);
  LoadSchedule& schedule = *bench.schedule;
  schedule.on_feedback({Bench::attempt(0, 3), 0}, at(0));
  schedule.on_feedback({Bench::attempt(1), 0}, at(0));
  std::vector<AttemptPtr> first = bench.due(0);
  ASSERT_EQ(first.size(), 1U);
  bench.end(std::move(first[0]), 10, Outcome::kServerError);
  EXPECT_EQ(bench.due(11).size(), 1U);
}

TEST(LoadSchedule, StoppingDropsWhatHasNotStarted) {
  Bench bench(open({0, 1000}), 2);
  std::vector<AttemptPtr> one = bench.due(0);
  bench.schedule->stop();
  bench.schedule->stop();
  EXPECT_TRUE(bench.due(2000).empty());
  EXPECT_FALSE(bench.schedule->finished());
  bench.end(std::move(one[0]), 5, Outcome::kCancelled);
  EXPECT_TRUE(bench.schedule->finished());
  EXPECT_EQ(bench.schedule->ended().reason, "interrupted");
  EXPECT_EQ(bench.released, 20U);
}

}  // namespace
}  // namespace assay::run
