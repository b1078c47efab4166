#include "backends/managed/managed_transport.h"

#include <gmock/gmock.h>
#include <poll.h>

#include "tests/backends/managed/support.h"

namespace assay::backends {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Keeps what it is given until the test says how it ended.
class StubTransport final : public Transport {
 public:
  void start(AttemptPtr attempt) override { in_flight.push_back(std::move(attempt)); }
  TimePoint collect(std::vector<Piece>& out) override {
    for (Piece& piece : ended) out.push_back(std::move(piece));
    ended.clear();
    return kNever;
  }
  void cancel_all() override {
    while (!in_flight.empty()) end(Outcome::kCancelled);
  }
  void set_wake(std::function<void()>) override {}

  // The oldest one.
  void end(Outcome outcome) {
    AttemptPtr attempt = std::move(in_flight.front());
    in_flight.erase(in_flight.begin());
    attempt->response.outcome = outcome;
    Piece piece;
    piece.stream = next_stream++;
    piece.end = std::move(attempt);
    ended.push_back(std::move(piece));
  }

  std::vector<AttemptPtr> in_flight;
  std::vector<Piece> ended;
  uint64_t next_stream = 0;
};

class ManagedTransportTest : public ServerTest {
 protected:
  void serve(const std::vector<std::string>& flags = {}, bool restart = true) {
    ManagedServerOptions wanted = options(flags);
    wanted.restart = restart;
    server_ = ManagedServer::make(std::move(wanted)).value();
    const Result<void> up = server_->start();
    ASSERT_TRUE(up.has_value()) << up.error().text();
    transport_ = std::make_unique<ManagedTransport>(stub_, *server_, /*measure_cpu=*/true);
    transport_->set_wake([this] { ++wakes_; });
  }
  static AttemptPtr attempt() { return std::make_unique<Attempt>(); }
  std::vector<AttemptPtr> collect() {
    std::vector<Piece> pieces;
    next_ = transport_->collect(pieces);
    std::vector<AttemptPtr> ended;
    for (Piece& piece : pieces) {
      if (piece.end != nullptr) ended.push_back(std::move(piece.end));
    }
    return ended;
  }
  std::vector<AttemptPtr> collect_until(size_t count) {
    std::vector<AttemptPtr> all;
    eventually([&] {
      for (AttemptPtr& one : collect()) all.push_back(std::move(one));
      return all.size() >= count;
    });
    return all;
  }
  static std::string name_of(const AttemptPtr& attempt) {
    return std::string(outcome_name(attempt->response.outcome));
  }
  void kill_server() { ASSERT_EQ(::kill(server_->pid(), SIGKILL), 0); }

  std::unique_ptr<ManagedServer> server_;
  StubTransport stub_;
  std::unique_ptr<ManagedTransport> transport_;
  std::atomic<int> wakes_{0};
  TimePoint next_{};
};

TEST_F(ManagedTransportTest, WhatSucceedsPassesThrough) {
  serve();
  transport_->start(attempt());
  ASSERT_EQ(stub_.in_flight.size(), 1U);
  stub_.end(Outcome::kOk);
  const auto ended = collect();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(name_of(ended.front()), "ok");
  EXPECT_GE(ended.front()->response.cpu.count(), 0);
}

TEST_F(ManagedTransportTest, CpuTimeIsNobodysWhenTwoOverlap) {
  serve();
  transport_->start(attempt());
  transport_->start(attempt());
  stub_.end(Outcome::kOk);
  stub_.end(Outcome::kOk);
  for (const AttemptPtr& one : collect()) EXPECT_EQ(one->response.cpu.count(), -1);
  transport_->start(attempt());
  stub_.end(Outcome::kOk);
  EXPECT_GE(collect().front()->response.cpu.count(), 0);
}

TEST_F(ManagedTransportTest, AConnectionErrorOfALivingServerIsOnlyHeldBackForAMoment) {
  serve();
  transport_->start(attempt());
  stub_.end(Outcome::kConnectError);
  EXPECT_TRUE(collect().empty());
  EXPECT_NE(next_, kNever);
  const auto ended = collect_until(1);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(name_of(ended.front()), "connect_error");
}

TEST_F(ManagedTransportTest, OtherFailuresAreNotHeldBack) {
  serve();
  transport_->start(attempt());
  stub_.end(Outcome::kTimeout);
  const auto ended = collect();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(name_of(ended.front()), "timeout");
}

TEST_F(ManagedTransportTest, ADeathExplainsTheErrorBeforeIt) {
  serve();
  transport_->start(attempt());
  kill_server();
  stub_.end(Outcome::kTruncated);
  const auto ended = collect_until(1);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(name_of(ended.front()), "crashed");
  EXPECT_THAT(ended.front()->response.error,
              StartsWith("fake ended while it was serving, signal 9 (Killed); its last line: "));
}

TEST_F(ManagedTransportTest, AttemptsWaitWhileItIsDownAndGoWhenItIsBack) {
  serve({"--slow-start", "0.5"});
  kill_server();
  ASSERT_TRUE(eventually([&] { return server_->deaths() == 1; }));
  transport_->start(attempt());
  transport_->start(attempt());
  EXPECT_TRUE(stub_.in_flight.empty());
  ASSERT_TRUE(eventually([&] { return server_->state() == ServerState::kHealthy; }));
  EXPECT_TRUE(eventually([&] { return wakes_.load() >= 2; }));
  EXPECT_TRUE(collect().empty());
  EXPECT_EQ(stub_.in_flight.size(), 2U);
  stub_.end(Outcome::kOk);
  EXPECT_EQ(name_of(collect().front()), "ok");
}

TEST_F(ManagedTransportTest, WhenItDoesNotComeBackEverythingIsDenied) {
  serve({}, /*restart=*/false);
  transport_->start(attempt());
  kill_server();
  stub_.end(Outcome::kConnectError);
  ASSERT_TRUE(eventually([&] { return server_->state() == ServerState::kFailed; }));
  transport_->start(attempt());
  const auto ended = collect_until(2);
  ASSERT_EQ(ended.size(), 2U);
  for (const AttemptPtr& one : ended) {
    EXPECT_EQ(name_of(one), "denied");
    EXPECT_THAT(one->response.error, HasSubstr("ended while it was serving"));
    EXPECT_LE(one->stamps.sent, one->stamps.done);
  }
}

TEST_F(ManagedTransportTest, CancellingEndsWhatWaitsToo) {
  serve({"--slow-start", "0.5"});
  transport_->start(attempt());
  kill_server();
  ASSERT_TRUE(eventually([&] { return server_->deaths() == 1; }));
  transport_->start(attempt());
  transport_->cancel_all();
  transport_->cancel_all();
  const auto ended = collect_until(2);
  ASSERT_EQ(ended.size(), 2U);
  for (const AttemptPtr& one : ended) EXPECT_EQ(name_of(one), "cancelled");
}

}  // namespace
}  // namespace assay::backends
