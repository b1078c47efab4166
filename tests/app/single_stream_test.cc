// One request at a time over real connections and to real programs, and whose processes answer.
#include "app/single_stream.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "backends/registry.h"
#include "harness/machine/listening_pids.h"
#include "tests/backends/in_process_support.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"

namespace assay::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::unique_ptr<Backend> prepared(const std::string& text) {
  const auto spec = backends::parse_model_spec(text);
  EXPECT_TRUE(spec.has_value()) << text;
  auto backend = backends::make_backend(*spec, {});
  EXPECT_TRUE(backend.has_value()) << backend.error().text();
  EXPECT_TRUE((*backend)->prepare({}).has_value());
  return std::move(backend).value();
}

AttemptPtr question(const std::string& text) {
  AttemptPtr attempt = backends::make_attempt("tiny", text);
  attempt->key.model = 1;
  return attempt;
}

std::string event(const std::string& word) {
  return test::http_chunk(fmt::format(
      "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", word));
}

TEST(SingleStreamOverHttp, StampsEachOfSeveralRequests) {
  test::RawServer server([](test::RawConnection& c) {
    while (c.read_request()) {
      c.send(test::kChunkedHead);
      c.send(event("one "));
      c.send(event("two"));
      c.send(test::http_chunk("data: [DONE]\n\n"));
      c.send("0\r\n\r\n");
    }
  });
  const auto backend = prepared(server.url("/v1#m"));
  SingleStream stream(*backend);
  for (int i = 0; i < 3; ++i) {
    const AttemptPtr done = stream.run(question("q"), {});
    EXPECT_EQ(outcome_name(done->response.outcome), "ok") << done->response.error;
    EXPECT_EQ(done->response.answer, "one two");
    ASSERT_TRUE(done->response.first_token.has_value());
    EXPECT_LE(done->stamps.scheduled, done->stamps.sent);
    EXPECT_LT(done->stamps.sent, *done->response.first_token);
    EXPECT_LE(*done->response.first_token, done->stamps.done);
  }
  EXPECT_EQ(server.requests(), 3);
}

TEST(SingleStreamOverHttp, AStopEndsAReplyThatNeverComes) {
  std::stop_source stop;
  test::RawServer server([&stop](test::RawConnection& c) {
    c.read_request();
    stop.request_stop();
    c.wait_for_close();
  });
  const auto backend = prepared(server.url("/v1#m"));
  SingleStream stream(*backend);
  EXPECT_EQ(stream.run(question("q"), stop.get_token())->response.outcome, Outcome::kCancelled);
}

TEST(SingleStreamOverHttp, TheServerIsFoundByItsAddress) {
  test::RawServer server([](test::RawConnection& c) { c.wait_for_close(); });
  const auto backend = prepared(server.url("/v1#m"));
  EXPECT_THAT(backend->server_pids(), IsEmpty());
  const auto address = backend->server_address();
  ASSERT_TRUE(address.has_value());
  EXPECT_EQ(address->host, "127.0.0.1");
  EXPECT_EQ(address->port, server.port());
  if (!std::filesystem::exists("/proc/net/tcp")) GTEST_SKIP() << "no /proc/net/tcp here";
  const auto pids = machine::listening_pids(address->host, address->port);
  ASSERT_TRUE(pids.has_value()) << pids.error().text();
  EXPECT_THAT(*pids, ElementsAre(::getpid()));
}

TEST(SingleStreamAddresses, ArePortsOfTheSchemeAndHostsWithoutBrackets) {
  const auto address_of = [](const std::string& text) {
    const auto spec = backends::parse_model_spec(text);
    const auto backend = backends::make_backend(*spec, {.keys_required = false});
    const auto address = (*backend)->server_address();
    return address ? fmt::format("{} {}", address->host, address->port) : "none";
  };
  EXPECT_EQ(address_of("http://[::1]:8000/v1#m"), "::1 8000");
  EXPECT_EQ(address_of("http://localhost/v1#m"), "localhost 80");
  EXPECT_EQ(address_of("https://example.org/v1#m"), "example.org 443");
  EXPECT_EQ(address_of("baseline:random"), "none");
}

TEST(SingleStreamToAProgram, AnswersAndNamesItsProcesses) {
  const test::TempDir dir;
  const std::string program = dir.write("model",
                                        "#!/bin/sh\nwhile read -r line; do echo "
                                        "'{\"delta\":\"ok\"}'; echo '{\"done\":true}'; done\n");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const auto backend = prepared("process:" + program + "?processes=2");
  SingleStream stream(*backend);
  EXPECT_EQ(stream.run(question("q"), {})->response.answer, "ok");
  const std::vector<int64_t> pids = backend->server_pids();
  ASSERT_THAT(pids, SizeIs(2));
  for (const int64_t pid : pids) EXPECT_EQ(::kill(static_cast<pid_t>(pid), 0), 0);
}

}  // namespace
}  // namespace assay::app
