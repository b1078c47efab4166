#include "backends/transport/in_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "backends/codec/lines.h"
#include "harness/base/rng.h"
#include "tests/backends/in_process_support.h"

namespace assay::backends {
namespace {

using ::testing::HasSubstr;

using Answer = std::function<void(const Attempt&, ReplySink&)>;

// A model whose workers all do what one function does.
class FunctionModel final : public InProcessModel {
 public:
  explicit FunctionModel(Answer answer) : answer_(std::move(answer)) {}
  [[nodiscard]] const BackendTraits& traits() const override { return traits_; }
  Result<void> prepare(std::span<const Suite* const> /*suites*/) override { return {}; }
  Result<std::unique_ptr<InProcessWorker>> make_worker() override {
    if (workers_made >= workers_max) return Error{ErrorCode::kInfrastructure, "no more", "engine"};
    ++workers_made;
    return std::unique_ptr<InProcessWorker>(std::make_unique<Worker>(answer_));
  }

  std::atomic<int> workers_made{0};
  int workers_max = 1000;

 private:
  struct Worker final : InProcessWorker {
    explicit Worker(const Answer& answer_given) : answer_of(answer_given) {}
    void answer(const Attempt& attempt, ReplySink& sink) override { answer_of(attempt, sink); }
    const Answer& answer_of;
  };
  Answer answer_;
  BackendTraits traits_;
};

struct Rig {
  explicit Rig(Answer answer, InProcessTransport::Options options = {})
      : model(std::move(answer)), transport(model, options), asker(transport, codec) {}
  FunctionModel model;
  InProcessTransport transport;
  LinesReplyCodec codec;
  Asker asker;
};

std::vector<AttemptPtr> many_attempts(size_t count) {
  std::vector<AttemptPtr> attempts;
  for (size_t i = 0; i < count; ++i) {
    attempts.push_back(make_attempt("s", "question " + std::to_string(i), std::to_string(i)));
  }
  return attempts;
}

TEST(InProcess, RepliesKeepChannelsUsageDetailsAndFinish) {
  Rig rig([](const Attempt&, ReplySink& sink) {
    sink.reasoning("because ");
    sink.reasoning("of this");
    sink.text("the ");
    sink.text("answer");
    sink.usage({.input_tokens = 3, .output_tokens = 2});
    sink.details(R"({"k":[1,2]})");
    sink.finish_reason("length");
  });
  ASSERT_TRUE(rig.transport.open());
  const Response response = rig.asker.ask_one(make_attempt("s", "q"));
  EXPECT_EQ(response.outcome, Outcome::kLength);
  EXPECT_EQ(response.answer, "the answer");
  EXPECT_EQ(response.reasoning, "because of this");
  EXPECT_EQ(response.details, R"({"k":[1,2]})");
  EXPECT_EQ(response.finish_reason, "length");
  EXPECT_EQ(response.usage.input_tokens, 3);
  EXPECT_EQ(response.usage.output_tokens, 2);
  EXPECT_EQ(response.usage.cached_tokens, -1);
  EXPECT_GE(response.cpu.count(), 0);
}

TEST(InProcess, EmptyAnswerIsAnAnswer) {
  Rig rig([](const Attempt&, ReplySink&) {});
  ASSERT_TRUE(rig.transport.open());
  const Response response = rig.asker.ask_one(make_attempt("s", "q"));
  EXPECT_EQ(response.outcome, Outcome::kOk);
  EXPECT_EQ(response.answer, "");
  EXPECT_FALSE(response.first_token.has_value());
}

// A clock that moves only when the model says so: stamps are taken in the worker, per event.
TEST(InProcess, StampsAreThoseOfTheWorker) {
  VirtualClock clock;
  clock.advance_to(from_ns(100));
  Rig rig([&](const Attempt&, ReplySink& sink) {
    clock.advance_to(from_ns(200));
    sink.reasoning("hm");
    clock.advance_to(from_ns(300));
    sink.text("yes");
    clock.advance_to(from_ns(400));
  });
  rig.transport.set_clock(clock);
  ASSERT_TRUE(rig.transport.open());
  std::vector<AttemptPtr> attempts;
  attempts.push_back(make_attempt("s", "q"));
  const std::vector<AttemptPtr> done = rig.asker.ask(std::move(attempts));
  EXPECT_EQ(to_ns(done[0]->stamps.sent), 100);
  ASSERT_TRUE(done[0]->response.first_token.has_value());
  EXPECT_EQ(to_ns(*done[0]->response.first_token), 200);
  ASSERT_TRUE(done[0]->response.first_answer.has_value());
  EXPECT_EQ(to_ns(*done[0]->response.first_answer), 300);
  EXPECT_EQ(to_ns(done[0]->stamps.done), 400);
}

TEST(InProcess, LongRepliesComeInPiecesAndKeepTheirOrder) {
  std::string expected;
  for (int i = 0; i < 5000; ++i) expected += std::to_string(i) + " ";
  Rig rig([](const Attempt&, ReplySink& sink) {
    for (int i = 0; i < 5000; ++i) sink.text(std::to_string(i) + " ");
  });
  ASSERT_TRUE(rig.transport.open());
  EXPECT_EQ(rig.asker.ask_one(make_attempt("s", "q")).answer, expected);
}

TEST(InProcess, RepliesDoNotDependOnTheNumberOfWorkers) {
  const Answer answer = [](const Attempt& attempt, ReplySink& sink) {
    Rng rng(attempt.key.sample);
    const uint64_t words = 1 + rng.below(200);
    for (uint64_t i = 0; i < words; ++i) sink.text(attempt.sample.id + ",");
  };
  Rig one(answer, {.workers = 1});
  Rig four(answer, {.workers = 4});
  ASSERT_TRUE(one.transport.open());
  ASSERT_TRUE(four.transport.open());
  EXPECT_EQ(four.model.workers_made, 4);
  const std::vector<AttemptPtr> a = one.asker.ask(many_attempts(500));
  const std::vector<AttemptPtr> b = four.asker.ask(many_attempts(500));
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i]->response.answer, b[i]->response.answer);
    EXPECT_EQ(b[i]->sample.id, std::to_string(i));
    EXPECT_EQ(b[i]->response.outcome, Outcome::kOk);
  }
}

TEST(InProcess, WorkersRunAtTheSameTime) {
  std::latch together(3);  // passes only when three answers are under way at once
  Rig rig(
      [&](const Attempt&, ReplySink& sink) {
        together.arrive_and_wait();
        sink.text("done");
      },
      {.workers = 3});
  ASSERT_TRUE(rig.transport.open());
  const std::vector<AttemptPtr> done = rig.asker.ask(many_attempts(3));
  for (const AttemptPtr& attempt : done) EXPECT_EQ(attempt->response.answer, "done");
}

TEST(InProcess, ErrorsAreOutcomes) {
  Rig rig([](const Attempt& attempt, ReplySink& sink) {
    sink.text("partial");
    sink.error(attempt.request.input == "bad" ? Outcome::kRejected : Outcome::kServerError,
               "no \"luck\"");
    sink.text("ignored");
    sink.error(Outcome::kRefused, "the first error stands");
  });
  ASSERT_TRUE(rig.transport.open());
  const Response rejected = rig.asker.ask_one(make_attempt("s", "bad"));
  EXPECT_EQ(rejected.outcome, Outcome::kRejected);
  EXPECT_EQ(rejected.error, "no \"luck\"");
  EXPECT_EQ(rejected.answer, "partial");
  EXPECT_EQ(rig.asker.ask_one(make_attempt("s", "other")).outcome, Outcome::kServerError);
}

TEST(InProcess, ExceptionsEndTheReplyAndReplaceTheWorker) {
  Rig rig([](const Attempt& attempt, ReplySink& sink) {
    if (attempt.request.input == "throw") throw std::runtime_error("engine on fire");
    if (attempt.request.input == "throw 7") throw 7;
    sink.text("fine");
  });
  ASSERT_TRUE(rig.transport.open());
  const Response crashed = rig.asker.ask_one(make_attempt("s", "throw"));
  EXPECT_EQ(crashed.outcome, Outcome::kCrashed);
  EXPECT_EQ(crashed.error, "the model threw: engine on fire");
  EXPECT_EQ(rig.asker.ask_one(make_attempt("s", "throw 7")).outcome, Outcome::kCrashed);
  EXPECT_EQ(rig.asker.ask_one(make_attempt("s", "q")).answer, "fine");
  EXPECT_EQ(rig.model.workers_made, 3);
}

TEST(InProcess, AWorkerThatCannotBeReplacedIsACrash) {
  Rig rig([](const Attempt&, ReplySink&) { throw std::runtime_error("broken"); });
  rig.model.workers_max = 1;
  ASSERT_TRUE(rig.transport.open());
  EXPECT_EQ(rig.asker.ask_one(make_attempt("s", "q")).outcome, Outcome::kCrashed);
  const Response next = rig.asker.ask_one(make_attempt("s", "q"));
  EXPECT_EQ(next.outcome, Outcome::kCrashed);
  EXPECT_EQ(next.error, "engine: no more");
}

TEST(InProcess, OpenFailsWhenAWorkerCannotBeMade) {
  Rig rig([](const Attempt&, ReplySink&) {}, {.workers = 2});
  rig.model.workers_max = 1;
  const Result<void> opened = rig.transport.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text(), "engine: no more");
}

TEST(InProcess, CancelEndsWhatRunsAndWhatWaits) {
  std::latch running(1);
  Rig rig([&](const Attempt& attempt, ReplySink& sink) {
    if (attempt.key.sample == 0) {
      running.count_down();
      while (!sink.should_stop()) std::this_thread::yield();
      return;
    }
    sink.text("answered");
  });
  ASSERT_TRUE(rig.transport.open());
  std::thread stopper([&] {
    running.wait();
    rig.transport.cancel_all();
    rig.transport.cancel_all();
  });
  const std::vector<AttemptPtr> done = rig.asker.ask(many_attempts(5));
  stopper.join();
  EXPECT_EQ(done[0]->response.outcome, Outcome::kCancelled);
  EXPECT_EQ(done[0]->response.error, "stopped before the reply was complete");
}

TEST(InProcess, AWholeReplyCountsThoughCancelled) {
  Rig* self = nullptr;
  Rig rig([&](const Attempt&, ReplySink& sink) {
    self->transport.cancel_all();
    sink.text("whole");
  });
  self = &rig;
  ASSERT_TRUE(rig.transport.open());
  const Response response = rig.asker.ask_one(make_attempt("s", "q"));
  EXPECT_EQ(response.outcome, Outcome::kOk);
  EXPECT_EQ(response.answer, "whole");
}

TEST(InProcess, PastItsTimeIsATimeout) {
  VirtualClock clock;
  Rig rig(
      [&](const Attempt&, ReplySink& sink) {
        sink.text("slow");
        EXPECT_FALSE(sink.should_stop());
        clock.advance_to(from_ns(2'000'000'000));
        EXPECT_TRUE(sink.should_stop());
      },
      {.workers = 1, .timeout = std::chrono::seconds(2)});
  rig.transport.set_clock(clock);
  ASSERT_TRUE(rig.transport.open());
  const Response response = rig.asker.ask_one(make_attempt("s", "q"));
  EXPECT_EQ(response.outcome, Outcome::kTimeout);
  EXPECT_EQ(response.error, "no end within 2 s");
  EXPECT_EQ(response.answer, "slow");
}

TEST(InProcess, EndlessRepliesAreStopped) {
  Rig rig([](const Attempt&, ReplySink& sink) {
    const std::string block(size_t{1} << 20, 'x');
    while (!sink.should_stop()) sink.text(block);
  });
  ASSERT_TRUE(rig.transport.open());
  const Response response = rig.asker.ask_one(make_attempt("s", "q"));
  EXPECT_EQ(response.outcome, Outcome::kMalformed);
  EXPECT_THAT(response.error, HasSubstr("a reply of more than 11184810 bytes"));
}

TEST(InProcess, DestructionJoinsWorkersWithWorkLeft) {
  std::atomic<int> answered{0};
  {
    Rig rig(
        [&](const Attempt&, ReplySink& sink) {
          while (!sink.should_stop()) std::this_thread::yield();
          ++answered;
        },
        {.workers = 2});
    ASSERT_TRUE(rig.transport.open());
    for (int i = 0; i < 10; ++i) rig.transport.start(make_attempt("s", "q"));
  }
  EXPECT_LE(answered, 2);
}

}  // namespace
}  // namespace assay::backends
