// A stop rule obeyed: what has not started is dropped, what is in flight comes back, other suites
// go on; the planned order is walked item by item.
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "harness/run/schedule.h"
#include "harness/run/stopping.h"

namespace assay::run {
namespace {

class SmallSuite final : public Suite {
 public:
  SmallSuite(uint64_t size, uint32_t repeats) : size_(size) { info_.repeats = repeats; }
  [[nodiscard]] const SuiteInfo& info() const override { return info_; }
  [[nodiscard]] uint64_t size() const override { return size_; }
  [[nodiscard]] Result<Sample> sample(uint64_t) const override { return Sample{}; }
  [[nodiscard]] Result<std::string> sample_id(uint64_t i) const override {
    return std::to_string(i);
  }
  [[nodiscard]] Result<Request> request(const Sample&, uint32_t) const override {
    return Request{};
  }
  [[nodiscard]] uint64_t train_size() const override { return 0; }
  [[nodiscard]] Result<TrainingExample> train(uint64_t) const override { return TrainingExample{}; }
  [[nodiscard]] const std::vector<std::unique_ptr<Scorer>>& scorers() const override {
    return scorers_;
  }

 private:
  uint64_t size_;
  SuiteInfo info_;
  std::vector<std::unique_ptr<Scorer>> scorers_;
};

// Over with the first item that scores 0.
class FirstMistake final : public StopRule {
 public:
  explicit FirstMistake(std::vector<uint32_t> order) : order_(std::move(order)) {}
  [[nodiscard]] size_t metric(size_t) const override { return 0; }
  [[nodiscard]] std::span<const uint32_t> order(size_t, size_t) const override { return order_; }
  void on_result(const ResultPlace& place, const std::optional<JudgedValue>& judged) override {
    told.push_back(place);
    if (!judged) ++excluded;
    if (judged && judged->value == 0) over_.insert({place.model, place.suite});
  }
  [[nodiscard]] bool over(size_t model, size_t suite) const override {
    return over_.contains({model, suite});
  }
  [[nodiscard]] uint64_t ahead(size_t, size_t, uint64_t index) const override {
    return index == far ? 9 : 8;
  }
  void reset(size_t model, size_t suite) override { over_.erase({model, suite}); }
  std::vector<ResultPlace> told;
  uint64_t far = 99;  // this item is too far ahead of what could be read
  int excluded = 0;

 private:
  std::vector<uint32_t> order_;
  std::set<std::pair<size_t, size_t>> over_;
};

// Two suites of four items, one lane of two slots, driven by hand.
struct World {
  explicit World(uint32_t repeats = 1) : suite(4, repeats), rule({2, 0, 3, 1}) {
    for (uint32_t s = 0; s < 2; ++s) {
      SuitePlan one;
      one.suite = &suite;
      one.info.id = s + 1;
      plan.suites.push_back(std::move(one));
    }
    LanePlan lane;
    lane.model.id = 1;
    for (int s = 0; s < 2; ++s) {
      LaneSuite of_suite;
      of_suite.done.resize(4UL * repeats);
      of_suite.remaining = 4UL * repeats;
      lane.suites.push_back(std::move(of_suite));
      lane.remaining += 4UL * repeats;
    }
    plan.lanes.push_back(std::move(lane));
    stopping = std::make_unique<Stopping>(rule, plan);
    LaneLimits limits;
    limits.concurrency = 2;
    limits.credits = 20;
    limits.retries_max = 1;
    schedule = std::make_unique<Schedule>(std::vector{limits}, std::vector{&progress}, credits,
                                          spending, 1, stopping.get());
  }
  void feed(uint32_t suite_index, uint64_t index) {
    ASSERT_TRUE(credits.take({true}, 1));
    auto attempt = std::make_unique<Attempt>();
    attempt->suite = suite_index;
    attempt->key = {1, plan.suites[suite_index].row(index), 0, 0};
    schedule->on_feedback({std::move(attempt), 0}, TimePoint());
  }
  std::vector<AttemptPtr> due() {
    std::vector<AttemptPtr> out;
    (void)schedule->take_due(TimePoint(), out);
    return out;
  }
  void end(AttemptPtr attempt, Outcome outcome, double score) {
    schedule->on_end_of_bytes(*attempt);
    attempt->response.outcome = outcome;
    if (outcome == Outcome::kOk) attempt->scores = {{.metric = "accuracy", .value = score}};
    schedule->on_feedback({std::move(attempt), 0}, TimePoint());
  }

  SmallSuite suite;
  FirstMistake rule;
  RunPlan plan;
  std::unique_ptr<Stopping> stopping;
  LaneProgress progress;
  Credits credits{{20}, 1 << 20};
  Spending spending{SpendingLimits{}};
  std::unique_ptr<Schedule> schedule;
};

TEST(StopRule, DropsWhatHasNotStartedOfThatSuiteAlone) {
  World world;
  for (const uint32_t index : {2U, 0U, 3U}) world.feed(0, index);
  world.feed(1, 2);
  auto started = world.due();
  ASSERT_EQ(started.size(), 2U);
  world.end(std::move(started[0]), Outcome::kOk, 0);  // over
  EXPECT_TRUE(world.stopping->over(0, 0));
  EXPECT_FALSE(world.stopping->over(0, 1));
  EXPECT_EQ(world.progress.unneeded, 1U);  // item 3 waited
  world.feed(0, 1);                        // fed before the feeder knew
  EXPECT_EQ(world.progress.unneeded, 2U);
  auto next = world.due();
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0]->suite, 1U);
  world.end(std::move(started[1]), Outcome::kOk, 1);  // was in flight: told and counted
  EXPECT_EQ(world.rule.told.size(), 2U);
  EXPECT_EQ(world.progress.done, 2U);
  world.end(std::move(next[0]), Outcome::kOk, 1);
  world.schedule->on_feedback({nullptr, 0}, TimePoint());
  EXPECT_TRUE(world.schedule->finished());
}

TEST(StopRule, FailuresOfADecidedSuiteAreNotAskedAgain) {
  World world;
  world.feed(0, 2);
  world.feed(0, 0);
  auto started = world.due();
  world.end(std::move(started[0]), Outcome::kOk, 0);
  world.end(std::move(started[1]), Outcome::kServerError, 0);
  world.schedule->on_feedback({nullptr, 0}, TimePoint());
  EXPECT_TRUE(world.schedule->finished());
  EXPECT_EQ(world.progress.failed, 0U);
}

TEST(StopRule, NothingStartsTooFarAheadOfWhatCanBeRead) {
  World world;
  world.rule.far = 0;  // 9 items ahead; 2 slots allow 8
  world.feed(0, 2);
  world.feed(0, 0);
  EXPECT_EQ(world.due().size(), 1U);
  world.rule.far = 99;  // the slow one came back
  EXPECT_EQ(world.due().size(), 1U);
}

TEST(StopRule, GivenUpItemsAreExcluded) {
  World world;
  world.feed(0, 2);
  auto started = world.due();
  world.end(std::move(started[0]), Outcome::kRejected, 0);
  EXPECT_EQ(world.rule.excluded, 1);
  EXPECT_EQ(world.rule.told.at(0).index, 2U);
}

TEST(StopRule, TheCursorWalksThePlannedOrderRepeatByRepeat) {
  World world(2);
  world.plan.lanes[0].suites[0].done[3] = true;  // repeat 0 of item 3 is answered
  LaneCursor cursor(world.plan.lanes[0], world.plan);
  std::vector<std::pair<uint64_t, uint32_t>> walked;
  bool stop = false;
  cursor.skip_when([&](uint32_t suite) { return stop && suite == 1; });
  while (const auto item = cursor.next()) {
    if (item->suite == 0) walked.emplace_back(item->index, item->repeat);
    stop = item->suite == 1;
  }
  const std::vector<std::pair<uint64_t, uint32_t>> expected{{2, 0}, {2, 1}, {0, 0}, {0, 1},
                                                            {3, 1}, {1, 0}, {1, 1}};
  EXPECT_EQ(walked, expected);
  EXPECT_EQ(cursor.take_skipped(), 7U);  // all of suite 1 but its first
  EXPECT_EQ(cursor.take_skipped(), 0U);
}

}  // namespace
}  // namespace assay::run
