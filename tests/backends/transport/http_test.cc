// HttpTransport against a server whose every byte is the test's: replies, reuse, stamps,
// cancelling. Faults and limits: http_fault_test.cc; TLS and HTTP/2: http_tls_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "harness/types/chunk_log.h"
#include "tests/backends/transport/http_support.h"
#include "tests/support/raw_server.h"

namespace assay::backends {
namespace {

using namespace std::chrono_literals;
using test::http_chunk;
using test::http_reply;
using test::kChunkedHead;
using test::RawConnection;
using test::RawServer;
using ::testing::HasSubstr;
using ::testing::Not;

class HttpTest : public ::testing::Test {
 protected:
  HttpTest() { forget_proxies(); }
  void SetUp() override { ASSERT_TRUE(kernel_stamps_flow()); }

  HttpLoop loop_;
};

void answer_all(RawConnection& c) {
  while (auto request = c.read_request()) c.send(http_reply("answer to " + request->body));
}

TEST_F(HttpTest, SendsTheBodyAndHeadersAndGivesTheReplyBack) {
  std::promise<test::RawRequest> seen;
  RawServer server([&](RawConnection& c) {
    seen.set_value(*c.read_request());
    c.send(http_reply("hello", "Content-Type: Application/JSON; charset=utf-8\r\nX-One: 1\r\n"));
    c.wait_for_close();
  });
  HttpTransport transport(loop_, {.url = server.url("/v1/chat"),
                                  .headers = {"content-type: application/json"},
                                  .secret_headers = {"authorization: Bearer key-0123456789"}});
  const HttpDone done = HttpDriver(transport).ask(R"({"model":"m"})");
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk);
  EXPECT_EQ(done.body, "hello");
  EXPECT_EQ(done.attempt->http.status, 200);
  EXPECT_EQ(done.attempt->http.content_type, "application/json");
  EXPECT_THAT(done.attempt->http.headers, HasSubstr("X-One: 1\r\n"));
  EXPECT_FALSE(done.attempt->http.reused);
  EXPECT_FALSE(done.attempt->http.http2);

  const test::RawRequest request = seen.get_future().get();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/chat");
  EXPECT_EQ(request.body, R"({"model":"m"})");
  EXPECT_EQ(request.headers.at("authorization"), "Bearer key-0123456789");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  EXPECT_EQ(request.headers.count("expect"), 0u);
}

TEST_F(HttpTest, ALargeBodyArrivesWhole) {
  const std::string wire(3'000'000, 'x');
  RawServer server([&](RawConnection& c) {
    while (auto request = c.read_request())
      c.send(http_reply(request->body == wire ? "same" : "no"));
  });
  HttpTransport transport(loop_, {.url = server.url("/")});
  EXPECT_EQ(HttpDriver(transport).ask(wire).body, "same");
}

TEST_F(HttpTest, ConnectionsAreReused) {
  RawServer server(answer_all);
  HttpTransport transport(loop_, {.url = server.url("/")});
  HttpDriver driver(transport);
  for (int i = 0; i < 20; ++i) {
    const HttpDone done = driver.ask(std::to_string(i));
    EXPECT_EQ(done.body, "answer to " + std::to_string(i));
    EXPECT_EQ(done.attempt->http.reused, i > 0);
  }
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.requests(), 20);
}

TEST_F(HttpTest, ManyAtOnceEachGetTheirOwnReply) {
  RawServer server(answer_all);
  HttpTransport transport(loop_, {.url = server.url("/")});
  HttpDriver driver(transport);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 64; ++i) driver.start(std::to_string(i));
    const std::vector<HttpDone> all = driver.finish();
    ASSERT_EQ(all.size(), 64u);
    for (const HttpDone& done : all) EXPECT_EQ(done.body, "answer to " + done.attempt->wire);
  }
  EXPECT_LE(server.connections(), 64);
  EXPECT_EQ(server.requests(), 320);
}

// A server that says keep-alive and closes: libcurl by itself sends such a request again.
TEST_F(HttpTest, NothingIsSentTwice) {
  RawServer server([](RawConnection& c) {
    if (!c.read_request()) return;
    c.send(http_reply("one"));
    if (c.number % 2 == 0) return;  // closed while idle
    c.read_request();               // closed with a request unanswered: a retry of libcurl's own
  });
  HttpTransport transport(loop_, {.url = server.url("/")});
  HttpDriver driver(transport);
  int unanswered = 0;
  constexpr int kAttempts = 60;
  int reached = 0;
  for (int i = 0; i < kAttempts; ++i) {
    const HttpDone done = driver.ask(std::string(static_cast<size_t>(i) * 2000, 'b'));
    const Response& response = done.attempt->response;
    if (response.outcome == Outcome::kOk) {
      ++reached;
      EXPECT_EQ(done.body, "one");
      continue;
    }
    ++unanswered;
    EXPECT_EQ(response.outcome, Outcome::kConnectError);
    EXPECT_THAT(response.error,
                HasSubstr("the connection was closed before the request was answered"));
    EXPECT_TRUE(is_retryable(response.outcome));
  }
  EXPECT_GE(unanswered, kAttempts / 4);
  // A request on a connection that had been closed while idle may have left without being read.
  EXPECT_LE(server.requests(), kAttempts);
  EXPECT_GE(server.requests(), reached);
}

// The same with every request read by the server: what was recorded is what was served.
TEST_F(HttpTest, AttemptsEqualRequestsServed) {
  RawServer server([](RawConnection& c) {
    for (int i = 0; i < 3; ++i) {
      if (!c.read_request()) return;
      if (i < 2) c.send(http_reply("ok"));
    }
  });
  HttpTransport transport(loop_, {.url = server.url("/")});
  HttpDriver driver(transport);
  int failed = 0;
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 8; ++i) driver.start("{}");
    for (const HttpDone& done : driver.finish())
      if (done.attempt->response.outcome != Outcome::kOk) ++failed;
  }
  EXPECT_GT(failed, 0);
  EXPECT_EQ(server.requests(), 12 * 8);
}

// Each chunk is sent when the one before has been collected, so none are read together.
TEST_F(HttpTest, StampsAreInOrder) {
  std::atomic<size_t> seen{0};
  RawServer server([&](RawConnection& c) {
    while (c.read_request()) {
      c.send(kChunkedHead);
      for (size_t i = 0; i < 5; ++i) {
        while (seen < i) std::this_thread::sleep_for(1ms);
        std::this_thread::sleep_for(20ms);
        c.send(http_chunk("data: token\n\n"));
      }
      while (seen < 5) std::this_thread::sleep_for(1ms);
      c.send(http_chunk(""));
    }
  });
  HttpTransport transport(loop_, {.url = server.url("/")});
  HttpDriver driver(transport);
  for (int round = 0; round < 2; ++round) {
    seen = 0;
    const TimePoint before = SteadyClock().now();
    driver.start("{}");
    for (; seen < 5; ++seen) driver.wait_for_bytes(13 * seen);
    const HttpDone done = std::move(driver.finish().front());
    const TimePoint after = SteadyClock().now();
    const Stamps& stamps = done.attempt->stamps;
    ASSERT_TRUE(stamps.headers.has_value());
    EXPECT_LE(before, stamps.sent);
    EXPECT_LE(stamps.sent, *stamps.headers);
    ASSERT_EQ(done.stamps.size(), 5u);
    TimePoint last = *stamps.headers;
    for (const ChunkStamp& stamp : done.stamps) {
      EXPECT_LE(last, stamp.at);
      last = stamp.at;
      // Plain TCP: the kernel's stamp is known, and is not before the request left.
      EXPECT_GE(stamp.kernel_lag.count(), 0);
      EXPECT_GE(stamp.at - stamp.kernel_lag, stamps.sent);
      // The first may have come together with the headers.
      if (stamp.end_offset > 13) {
        EXPECT_EQ(stamp.flags, kStampExact) << stamp.end_offset;
      }
    }
    EXPECT_LE(last, stamps.done);
    EXPECT_LE(stamps.done, after);
    EXPECT_GE(done.stamps.front().at - stamps.sent, 20ms);
    EXPECT_GE(done.stamps.back().at - stamps.sent, 100ms);
    EXPECT_GE(stamps.loop_lag.count(), 0);
    EXPECT_EQ(done.stamps.back().end_offset, done.body.size());
  }
}

// The kernel had the bytes long before this program looked.
TEST_F(HttpTest, KernelLagIsTheTimeBytesWaited) {
  std::promise<void> head_sent;
  std::promise<void> may_send;
  std::promise<void> sent;
  RawServer server([&](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    head_sent.set_value();
    may_send.get_future().wait();
    c.send(http_chunk("data: late\n\n"));
    sent.set_value();
    c.wait_for_close();
  });
  HttpTransport transport(loop_, {.url = server.url("/")});
  HttpDriver driver(transport);
  driver.start("{}");
  auto got_head = head_sent.get_future();
  while (got_head.wait_for(0s) != std::future_status::ready)
    driver.sleep(std::min(driver.collect(), SteadyClock().now() + 5ms));
  while (driver.readable()) driver.collect();
  may_send.set_value();
  sent.get_future().wait();
  const TimePoint waited_from = SteadyClock().now();
  std::this_thread::sleep_for(100ms);
  std::vector<Piece> pieces;
  transport.collect(pieces);
  ASSERT_EQ(pieces.size(), 1u);
  ASSERT_EQ(pieces[0].stamps.size(), 1u);
  const ChunkStamp& stamp = pieces[0].stamps[0];
  EXPECT_GE(stamp.kernel_lag, 100ms);
  EXPECT_LE(stamp.at - stamp.kernel_lag, waited_from + 1ms);
}

TEST_F(HttpTest, SegmentsReadTogetherAreFlagged) {
  std::promise<void> may_send;
  std::promise<void> sent;
  RawServer server([&](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    c.send(http_chunk("data: first\n\n"));
    may_send.get_future().wait();
    c.send(http_chunk("data: second\n\n"));
    c.send(http_chunk("data: third\n\n"));
    sent.set_value();
    c.wait_for_close();
  });
  HttpTransport transport(loop_, {.url = server.url("/")});
  HttpDriver driver(transport);
  driver.start("{}");
  driver.wait_for_bytes();
  may_send.set_value();
  sent.get_future().wait();
  std::vector<Piece> pieces;
  while (pieces.empty()) transport.collect(pieces);
  ASSERT_EQ(pieces[0].stamps.size(), 1u);
  EXPECT_EQ(pieces[0].bytes, "data: second\n\ndata: third\n\n");
  EXPECT_EQ(pieces[0].stamps[0].flags, kStampCoalesced);
}

TEST_F(HttpTest, FdIsReadableWhenThereIsSomething) {
  std::promise<void> may_send;
  RawServer server([&](RawConnection& c) {
    c.read_request();
    may_send.get_future().wait();
    c.send(http_reply("x"));
    c.wait_for_close();
  });
  HttpTransport transport(loop_, {.url = server.url("/")});
  HttpDriver driver(transport);
  driver.start("{}");
  EXPECT_TRUE(driver.readable());
  // Connected and sent; then nothing is left to do.
  for (int i = 0; i < 50 && server.requests() == 0; ++i)
    driver.sleep(std::min(driver.collect(), SteadyClock().now() + 20ms));
  while (driver.readable()) driver.collect();
  may_send.set_value();
  pollfd readable{transport.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&readable, 1, 30'000), 1);
  EXPECT_EQ(driver.finish().front().body, "x");
}

TEST_F(HttpTest, TransportsShareALoop) {
  RawServer server(answer_all);
  HttpTransport one(loop_, {.url = server.url("/one")});
  HttpTransport two(loop_, {.url = server.url("/two")});
  EXPECT_EQ(one.fd(), two.fd());
  HttpDriver of_one(one);
  HttpDriver of_two(two);
  of_one.start("1");
  of_two.start("2");
  // Driven by the first alone, the second's pieces wait, and the descriptor says so.
  const HttpDone first = std::move(of_one.finish().front());
  while (server.requests() < 2) of_one.collect();
  std::this_thread::sleep_for(50ms);
  of_one.collect();
  pollfd readable{two.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&readable, 1, 30'000), 1);
  const HttpDone second = std::move(of_two.finish().front());
  EXPECT_EQ(first.body, "answer to 1");
  EXPECT_EQ(second.body, "answer to 2");
}

TEST_F(HttpTest, CancelEndsEverythingOnce) {
  RawServer server([](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    c.send(http_chunk("data: part\n\n"));
    c.wait_for_close();
  });
  HttpTransport transport(loop_, {.url = server.url("/")});
  HttpDriver driver(transport);
  for (int i = 0; i < 3; ++i) driver.start("{}");
  driver.wait_for_bytes();
  driver.start("{}");  // not even connected
  transport.cancel_all();
  transport.cancel_all();
  EXPECT_TRUE(driver.readable());
  const std::vector<HttpDone> all = driver.finish();
  ASSERT_EQ(all.size(), 4u);
  for (const HttpDone& done : all) {
    EXPECT_EQ(done.attempt->response.outcome, Outcome::kCancelled);
    EXPECT_GE(done.attempt->stamps.done, done.attempt->stamps.sent);
  }
  transport.cancel_all();
  std::vector<Piece> more;
  transport.collect(more);
  EXPECT_TRUE(more.empty());
}

TEST_F(HttpTest, EndsCleanlyWithAttemptsInFlight) {
  RawServer server([](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    c.wait_for_close();
  });
  {
    HttpTransport transport(loop_, {.url = server.url("/")});
    HttpDriver driver(transport);
    for (int i = 0; i < 10; ++i) driver.start("{}");
    while (server.requests() < 10)
      driver.sleep(std::min(driver.collect(), SteadyClock().now() + 5ms));
  }
  HttpTransport other(loop_, {.url = server.url("/")});  // the loop still works
  std::vector<Piece> pieces;
  other.collect(pieces);
  EXPECT_TRUE(pieces.empty());
}

TEST_F(HttpTest, WarmConnectionsServeTheFirstAttempts) {
  constexpr int kConnections = 100;
  std::atomic<int> warm{0};
  std::atomic<int> with_key{0};
  RawServer server([&](RawConnection& c) {
    while (auto request = c.read_request()) {
      if (request->method == "GET") {
        ++warm;
        EXPECT_EQ(request->target, "/v1/models");
      }
      if (request->headers["authorization"] == "Bearer key-0123456789") ++with_key;
      c.send(http_reply("x", "", request->method == "GET" ? "404 Not Found" : "200 OK"));
    }
  });
  HttpTransport transport(loop_, {.url = server.url("/v1/chat"),
                                  .secret_headers = {"authorization: Bearer key-0123456789"},
                                  .cheap_url = server.url("/v1/models")});
  ASSERT_TRUE(transport.warm_up(kConnections));
  EXPECT_EQ(server.connections(), kConnections);
  EXPECT_EQ(warm, kConnections);
  HttpDriver driver(transport);
  for (int i = 0; i < kConnections; ++i) driver.start("{}");
  for (const HttpDone& done : driver.finish()) EXPECT_TRUE(done.attempt->http.reused);
  EXPECT_EQ(server.connections(), kConnections);
  EXPECT_EQ(with_key, 2 * kConnections);
}

TEST_F(HttpTest, WarmUpOfAServerThatIsDownSaysWhy) {
  RawServer server([](RawConnection& /*c*/) {});
  const std::string url = server.url("/v1/models");
  server.stop();
  HttpTransport transport(loop_, {.url = url, .cheap_url = url});
  const Result<void> warmed = transport.warm_up(4);
  ASSERT_FALSE(warmed);
  EXPECT_THAT(warmed.error().text(), HasSubstr("Connection refused"));
}

TEST_F(HttpTest, NoCheapUrlNothingIsWarmed) {
  RawServer server(answer_all);
  HttpTransport transport(loop_, {.url = server.url("/")});
  ASSERT_TRUE(transport.warm_up(4));
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpTest, AProxyCarriesTheRequest) {
  std::promise<std::string> target;
  RawServer proxy([&](RawConnection& c) {
    target.set_value(c.read_request()->target);
    c.send(http_reply("by the proxy"));
    c.wait_for_close();
  });
  HttpTransport transport(loop_, {.url = "http://model.invalid/v1", .proxy = proxy.url("")});
  EXPECT_EQ(HttpDriver(transport).ask().body, "by the proxy");
  EXPECT_EQ(target.get_future().get(), "http://model.invalid/v1");
}

TEST_F(HttpTest, TheEnvironmentsProxyIsUsed) {
  RawServer proxy([&](RawConnection& c) {
    c.read_request();
    c.send(http_reply("by the proxy"));
    c.wait_for_close();
  });
  ::setenv("http_proxy", proxy.url("").c_str(), 1);
  HttpTransport transport(loop_, {.url = "http://model.invalid/v1"});
  const HttpDone done = HttpDriver(transport).ask();
  ::unsetenv("http_proxy");
  EXPECT_EQ(done.body, "by the proxy");
}

TEST_F(HttpTest, ARedirectIsNotFollowedAndTheKeyStays) {
  RawServer other(answer_all);
  RawServer server([&](RawConnection& c) {
    c.read_request();
    c.send(http_reply("moved", "location: " + other.url("/v1") + "\r\n", "307 Temporary Redirect"));
    c.wait_for_close();
  });
  HttpTransport transport(loop_, {.url = server.url("/v1"),
                                  .secret_headers = {"authorization: Bearer key-0123456789"}});
  const HttpDone done = HttpDriver(transport).ask();
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk);  // the decoder judges by the status
  EXPECT_EQ(done.attempt->http.status, 307);
  EXPECT_EQ(done.body, "moved");
  EXPECT_EQ(other.connections(), 0);
}

TEST_F(HttpTest, AnEchoedKeyIsNotKept) {
  RawServer server([](RawConnection& c) {
    auto request = c.read_request();
    c.send(http_reply("", "x-echo: " + request->headers["authorization"] +
                              "\r\ncontent-type: " + request->headers["x-api-key"] + "\r\n"));
    c.wait_for_close();
  });
  HttpTransport transport(
      loop_, {.url = server.url("/"),
              .secret_headers = {"authorization: Bearer key-0123456789", "x-api-key: 0123456789"}});
  const HttpDone done = HttpDriver(transport).ask();
  EXPECT_THAT(done.attempt->http.headers, Not(HasSubstr("0123456789")));
  EXPECT_THAT(done.attempt->http.headers, HasSubstr("x-echo: Bearer [redacted]"));
  EXPECT_THAT(done.attempt->http.content_type, Not(HasSubstr("0123456789")));
}

TEST_F(HttpTest, InterimRepliesAreNotTheReply) {
  RawServer server([](RawConnection& c) {
    c.read_request();
    c.send("HTTP/1.1 103 Early Hints\r\nx-early: 1\r\n\r\n");
    std::this_thread::sleep_for(30ms);
    c.send(http_reply("final", "x-late: 1\r\n"));
    c.wait_for_close();
  });
  HttpTransport transport(loop_, {.url = server.url("/")});
  const HttpDone done = HttpDriver(transport).ask();
  EXPECT_EQ(done.attempt->http.status, 200);
  EXPECT_EQ(done.body, "final");
  EXPECT_THAT(done.attempt->http.headers, Not(HasSubstr("x-early")));
  EXPECT_GE(*done.attempt->stamps.headers - done.attempt->stamps.sent, 30ms);
}

TEST_F(HttpTest, GetReadsOrSaysWhy) {
  RawServer server([](RawConnection& c) {
    while (auto request = c.read_request()) {
      if (request->target.starts_with("/slow")) {
        c.wait_for_close();
        return;
      }
      c.send(http_reply("models for " + request->headers["x-who"], "", "403 Forbidden"));
    }
  });
  const Result<HttpReply> reply = http_get(server.url("/v1/models"), 30s, {"x-who: me"});
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->status, 403);
  EXPECT_EQ(reply->body, "models for me");

  const Result<HttpReply> slow = http_get(server.url("/slow?key=secret"), 50ms);
  ASSERT_FALSE(slow);
  EXPECT_THAT(slow.error().text(), HasSubstr("no reply within 50 ms"));
  EXPECT_THAT(slow.error().text(), HasSubstr("/slow"));
  EXPECT_THAT(slow.error().text(), Not(HasSubstr("secret")));

  const Result<HttpReply> long_one = http_get(server.url("/"), 30s, {}, 5);
  ASSERT_FALSE(long_one);
  EXPECT_THAT(long_one.error().text(), HasSubstr("longer than 5 bytes"));

  server.stop();
  const Result<HttpReply> down = http_get(server.url("/"), 30s);
  ASSERT_FALSE(down);
  EXPECT_THAT(down.error().text(), HasSubstr("Connection refused"));
}

}  // namespace
}  // namespace assay::backends
