#include "backends/managed/managed_server.h"

#include <gmock/gmock.h>

#include <array>
#include <mutex>

#include "backends/managed/local_port.h"
#include "backends/transport/http.h"
#include "harness/base/json.h"
#include "harness/base/subprocess.h"
#include "tests/backends/managed/support.h"

namespace assay::backends {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ManagedServerTest : public ServerTest {
 protected:
  std::unique_ptr<ManagedServer> make(ManagedServerOptions options) {
    auto server = ManagedServer::make(std::move(options));
    EXPECT_TRUE(server.has_value()) << server.error().text();
    return std::move(server).value();
  }
  std::unique_ptr<ManagedServer> started(ManagedServerOptions options) {
    auto server = make(std::move(options));
    const Result<void> up = server->start();
    EXPECT_TRUE(up.has_value()) << up.error().text();
    return server;
  }
  std::string start_error(ManagedServerOptions options) {
    auto server = make(std::move(options));
    const Result<void> up = server->start();
    EXPECT_FALSE(up.has_value());
    return up ? "" : up.error().text();
  }
  static std::vector<std::string> kinds(const std::vector<EventFact>& events) {
    std::vector<std::string> kinds;
    for (const EventFact& event : events) kinds.push_back(event.kind);
    return kinds;
  }
};

TEST_F(ManagedServerTest, StartsServesAndStops) {
  auto server = started(options({"--kind", "llama-cpp", "--grandchild"}));
  EXPECT_EQ(server->state(), ServerState::kHealthy);
  EXPECT_FALSE(server->attached());
  EXPECT_EQ(server->version(), "b6100-abcdef");
  const auto reply = http_get(server->origin() + "/health", seconds(10));
  ASSERT_TRUE(reply.has_value()) << reply.error().text();
  EXPECT_EQ(reply->status, 200);
  const pid_t pid = server->pid();
  const std::vector<pid_t> grandchildren = pids("grandchildren");
  ASSERT_EQ(grandchildren.size(), 1U);
  EXPECT_TRUE(is_running(pid));
  server->stop();
  server->stop();
  EXPECT_EQ(server->state(), ServerState::kDown);
  EXPECT_FALSE(is_running(pid));
  EXPECT_TRUE(eventually([&] { return !is_running(grandchildren.front()); }));

  const std::vector<EventFact> events = server->take_events();
  EXPECT_THAT(kinds(events), ElementsAre("managed_started", "managed_stopped"));
  const Json begun = parse_json(events.front().json, "event").value();
  EXPECT_EQ(begun["pid"], pid);
  EXPECT_EQ(begun["version"], "b6100-abcdef");
  EXPECT_THAT(begun["command"].get<std::string>(), HasSubstr("fake_server.py --port"));
  EXPECT_EQ(parse_json(events.back().json, "event").value()["exit"], "signal 15 (Terminated)");
  EXPECT_TRUE(server->take_events().empty());
}

TEST_F(ManagedServerTest, SaysWhatTakesSoLong) {
  std::mutex mutex;
  std::vector<std::string> notices;
  ManagedServerOptions slow = options({"--slow-start", "1.5"});
  slow.notice = [&](const std::string& text) {
    const std::lock_guard lock(mutex);
    notices.push_back(text);
  };
  auto server = started(std::move(slow));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(notices, ::testing::Contains(
                           ::testing::MatchesRegex("starting fake: [0-9]+ s, loading model")));
}

TEST_F(ManagedServerTest, ADeathWhileStartingShowsTheLastLines) {
  const std::string error = start_error(options({"--exit-at-start", "3"}));
  EXPECT_THAT(error, HasSubstr("fake: ended while it was starting, exit code 3; its last lines:"));
  EXPECT_THAT(error, HasSubstr("\n  CUDA error: out of memory"));
}

TEST_F(ManagedServerTest, NeverHealthyIsAnErrorAndNothingIsLeft) {
  ManagedServerOptions never = options({"--never-healthy", "--grandchild", "--ignore-sigterm"});
  never.start_timeout = seconds(3);
  never.stop_grace = milliseconds(50);
  const std::string error = start_error(std::move(never));
  EXPECT_THAT(error, AllOf(HasSubstr("was not healthy within 3 s"), HasSubstr("status 503")));
  for (const std::string name : {"lives", "grandchildren"}) {
    for (const pid_t pid : pids(name)) EXPECT_TRUE(eventually([&] { return !is_running(pid); }));
  }
}

TEST_F(ManagedServerTest, MuchOutputDoesNotBlockIt) {
  auto server = started(options({"--chatter", "3000000"}));
  EXPECT_EQ(server->state(), ServerState::kHealthy);
}

TEST_F(ManagedServerTest, WhatIgnoresSigtermIsKilledAfterTheGrace) {
  ManagedServerOptions stubborn = options({"--ignore-sigterm"});
  stubborn.stop_grace = milliseconds(100);
  auto server = started(std::move(stubborn));
  const pid_t pid = server->pid();
  server->stop();
  EXPECT_FALSE(is_running(pid));
  const std::vector<EventFact> events = server->take_events();
  EXPECT_THAT(events.back().json, HasSubstr("signal 9 (Killed)"));
}

TEST_F(ManagedServerTest, ADeathIsNoticedAndTheServerComesBackOnce) {
  auto server = started(options({"--grandchild"}));
  std::atomic<int> changes{0};
  server->set_on_change([&] { ++changes; });
  const pid_t first = server->pid();
  const uint16_t port = server->port();
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  EXPECT_TRUE(eventually(
      [&] { return server->deaths() == 1 && server->state() == ServerState::kHealthy; }));
  EXPECT_NE(server->pid(), first);
  EXPECT_EQ(server->port(), port);
  EXPECT_GE(changes.load(), 2);
  EXPECT_TRUE(eventually([&] { return !is_running(pids("grandchildren").front()); }))
      << "what the dead server had started stayed";

  ASSERT_EQ(::kill(server->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually([&] { return server->state() == ServerState::kFailed; }));
  EXPECT_EQ(server->deaths(), 2U);
  EXPECT_THAT(
      server->last_failure(),
      HasSubstr("ended while it was serving, signal 9 (Killed), after it had been restarted"));
  EXPECT_EQ(lines("lives").size(), 2U);
  const std::vector<EventFact> events = server->take_events();
  EXPECT_THAT(kinds(events), ElementsAre("managed_started", "managed_crashed", "managed_restarted",
                                         "managed_crashed"));
  EXPECT_THAT(events[1].json, AllOf(HasSubstr("signal 9 (Killed)"), HasSubstr("loading weights")));
}

TEST_F(ManagedServerTest, RestartCanBeOff) {
  ManagedServerOptions once = options();
  once.restart = false;
  auto server = started(std::move(once));
  ASSERT_EQ(::kill(server->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually([&] { return server->state() == ServerState::kFailed; }));
  EXPECT_EQ(lines("lives").size(), 1U);
}

TEST_F(ManagedServerTest, AServerThatRunsIsUsedAndLeftAlone) {
  auto owner = started(options({"--kind", "vllm"}));
  ManagedServerOptions same = options();
  same.port = owner->port();
  std::string said;
  same.notice = [&](const std::string& text) { said = text; };
  {
    auto user = started(std::move(same));
    EXPECT_TRUE(user->attached());
    EXPECT_EQ(user->state(), ServerState::kHealthy);
    EXPECT_EQ(user->version(), "0.10.1");
    EXPECT_EQ(user->pid(), 0);
    EXPECT_EQ(user->cpu().count(), -1);
    EXPECT_TRUE(user->measure("m").empty());
    EXPECT_THAT(said, HasSubstr("already listens at http://127.0.0.1:"));
    user->stop();
    EXPECT_THAT(kinds(user->take_events()), ElementsAre("managed_attached"));
  }
  EXPECT_EQ(lines("lives").size(), 1U);
  EXPECT_TRUE(is_running(owner->pid()));
  EXPECT_EQ(owner->state(), ServerState::kHealthy);
}

TEST_F(ManagedServerTest, APortOfAnotherProgramIsAnError) {
  auto other = started(options());
  ManagedServerOptions wrong = options();
  wrong.port = other->port();
  wrong.health_path = "/no-such-path";
  EXPECT_THAT(start_error(std::move(wrong)),
              HasSubstr("another program listens there, but it is not a healthy fake: GET "
                        "/no-such-path gives status 404"));
}

TEST_F(ManagedServerTest, AWantedPortThatIsFreeIsUsed) {
  uint16_t number = 0;
  {
    auto port = LocalPort::reserve();
    ASSERT_TRUE(port.has_value());
    number = port->number();
  }
  ManagedServerOptions wanted = options();
  wanted.port = number;
  auto server = started(std::move(wanted));
  EXPECT_EQ(server->port(), number);
  EXPECT_FALSE(server->attached());
}

TEST_F(ManagedServerTest, StartingCanBeGivenUp) {
  std::stop_source stop;
  ManagedServerOptions never = options({"--never-healthy"});
  never.stop = stop.get_token();
  auto server = make(std::move(never));
  std::jthread user([&] {
    eventually([&] { return !lines("lives").empty(); });
    stop.request_stop();
  });
  const Result<void> up = server->start();
  ASSERT_FALSE(up.has_value());
  EXPECT_EQ(up.error().code, ErrorCode::kInterrupted);
  for (const pid_t pid : pids("lives")) EXPECT_FALSE(is_running(pid));
}

TEST_F(ManagedServerTest, ProgramsThatDoNotExistAreNamed) {
  ManagedServerOptions none = options();
  none.argv = {"no-such-program-anywhere"};
  EXPECT_EQ(start_error(std::move(none)), "no-such-program-anywhere: no such program in PATH");
}

TEST_F(ManagedServerTest, MeasuresTheWholeTree) {
  auto server = started(options({"--burn", "0.3"}));
  const Nanos before = server->cpu();
  SubprocessOptions ask;
  ask.argv = {"python3", "-c",
              "import urllib.request as u; u.urlopen(u.Request('" + server->origin() +
                  "/v1/chat/completions', data=b'{\"messages\":[{\"content\":\"q\"}]}')).read()"};
  auto client = Subprocess::start(ask);
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ((*client)->wait(), 0);
  EXPECT_GE(server->cpu() - before, milliseconds(250));
  server->stop();
  const std::vector<GaugeFact> gauges = server->measure("fake:model");
  ASSERT_EQ(gauges.size(), 3U);
  EXPECT_EQ(gauges[0].name, "cpu_seconds:fake:model");
  EXPECT_GE(gauges[0].value, 0.25);
  EXPECT_EQ(gauges[1].name, "rss_bytes:fake:model");
  EXPECT_GT(gauges[1].value, 1e6);
  EXPECT_EQ(gauges[2].name, "rss_peak_bytes:fake:model");
  EXPECT_GE(gauges[2].value, gauges[1].value);
}

TEST_F(ManagedServerTest, SecretsOfTheCommandAreNotStored) {
  auto server =
      started(options({"--api-key", "sk-1234567890", "--hf-token=hf_abcdef", "--models", "a"}));
  EXPECT_THAT(server->take_events().front().json,
              AllOf(HasSubstr("--api-key *** --hf-token=*** --models a"), Not(HasSubstr("sk-1")),
                    Not(HasSubstr("hf_a"))));
}

// What is true of an orderly end must be true of the worst one: kill -9 of the program that started
// the server.
TEST_F(ManagedServerTest, NothingIsLeftWhenItsOwnerIsKilled) {
  SubprocessOptions host;
  host.argv = {ASSAY_BINARY_DIR "/tests/bin/managed_host"};
  for (const std::string& word : command({"--grandchild", "--ignore-sigterm"}))
    host.argv.push_back(word);
  auto owner = Subprocess::start(host);
  ASSERT_TRUE(owner.has_value()) << owner.error().text();
  std::array<char, 64> origin{};
  ASSERT_GT(::read((*owner)->stdout_fd(), origin.data(), origin.size()), 0);
  const pid_t server = pids("lives").front();
  const pid_t grandchild = pids("grandchildren").front();
  ASSERT_TRUE(is_running(server));
  ASSERT_TRUE(is_running(grandchild));
  ASSERT_EQ(::kill((*owner)->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually([&] { return !is_running(server); }));
  EXPECT_TRUE(eventually([&] { return !is_running(grandchild); }));
  // The guard itself goes too: no process has the group's number in its group any more.
  EXPECT_TRUE(eventually([&] { return ::kill(-server, 0) != 0 || !is_running(server); }));
}

}  // namespace
}  // namespace assay::backends
