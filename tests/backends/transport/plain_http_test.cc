// PlainHttpTransport against a server whose every byte is the test's.
#include "backends/transport/plain_http.h"

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

class PlainHttpTest : public ::testing::Test {
 protected:
  PlainHttpTest() { forget_proxies(); }

  // One attempt against a server that runs `script` once a connection.
  HttpDone ask(const RawServer::Script& script, HttpOptions options = {}) {
    RawServer server(script);
    options.url = server.url("/");
    PlainHttpTransport transport(options);
    HttpDone done = HttpDriver(transport).ask();
    EXPECT_LE(server.requests(), 1);
    return done;
  }
};

void expect(const HttpDone& done, Outcome outcome, const std::string& text) {
  EXPECT_EQ(outcome_name(done.attempt->response.outcome), outcome_name(outcome));
  EXPECT_THAT(done.attempt->response.error, HasSubstr(text));
}

void answer_all(RawConnection& c) {
  while (auto request = c.read_request()) c.send(http_reply("answer to " + request->body));
}

TEST_F(PlainHttpTest, ServesPlainAddressesOnly) {
  EXPECT_TRUE(PlainHttpTransport::serves({.url = "http://127.0.0.1:8000/v1"}));
  EXPECT_TRUE(
      PlainHttpTransport::serves({.url = "http://model.example/v1", .version = HttpVersion::k11}));
  EXPECT_FALSE(PlainHttpTransport::serves({.url = "https://127.0.0.1:8000/v1"}));
  EXPECT_FALSE(
      PlainHttpTransport::serves({.url = "http://127.0.0.1/", .version = HttpVersion::k2}));
  EXPECT_FALSE(PlainHttpTransport::serves({.url = "http://127.0.0.1/", .proxy = "http://p:1"}));
  ::setenv("http_proxy", "http://proxy.example:3128", 1);
  EXPECT_FALSE(PlainHttpTransport::serves({.url = "http://model.example/v1"}));
  EXPECT_TRUE(PlainHttpTransport::serves({.url = "http://localhost:8000/v1"}));
  ::unsetenv("http_proxy");
}

TEST_F(PlainHttpTest, SendsTheBodyAndHeadersAndGivesTheReplyBack) {
  std::promise<test::RawRequest> seen;
  RawServer server([&](RawConnection& c) {
    seen.set_value(*c.read_request());
    c.send(http_reply("hello",
                      "Content-Type: Application/JSON; charset=utf-8\r\nX-One: 1\r\n"
                      "x-echo: Bearer key-0123456789\r\n"));
    c.wait_for_close();
  });
  PlainHttpTransport transport({.url = server.url("/v1/chat?x=y"),
                                .headers = {"content-type: application/json"},
                                .secret_headers = {"authorization: Bearer key-0123456789"}});
  const HttpDone done = HttpDriver(transport).ask(R"({"model":"m"})");
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk);
  EXPECT_EQ(done.body, "hello");
  EXPECT_EQ(done.attempt->http.status, 200);
  EXPECT_EQ(done.attempt->http.content_type, "application/json");
  EXPECT_THAT(done.attempt->http.headers, HasSubstr("X-One: 1\r\n"));
  EXPECT_THAT(done.attempt->http.headers, HasSubstr("x-echo: Bearer [redacted]\r\n"));
  EXPECT_FALSE(done.attempt->http.reused);
  EXPECT_FALSE(done.attempt->http.http2);

  const test::RawRequest request = seen.get_future().get();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/chat?x=y");
  EXPECT_EQ(request.body, R"({"model":"m"})");
  EXPECT_EQ(request.headers.at("host"), fmt::format("127.0.0.1:{}", server.port()));
  EXPECT_EQ(request.headers.at("authorization"), "Bearer key-0123456789");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  EXPECT_EQ(request.headers.count("accept-encoding"), 0u);
  EXPECT_EQ(request.headers.count("expect"), 0u);
}

TEST_F(PlainHttpTest, ALargeBodyArrivesWhole) {
  const std::string wire(3'000'000, 'x');
  RawServer server([&](RawConnection& c) {
    while (auto request = c.read_request())
      c.send(http_reply(request->body == wire ? "same" : "no"));
  });
  PlainHttpTransport transport({.url = server.url("/")});
  HttpDriver driver(transport);
  EXPECT_EQ(driver.ask(wire).body, "same");
  EXPECT_EQ(driver.ask(wire).body, "same");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(PlainHttpTest, ALargeReplyArrivesWhole) {
  const std::string text(5'000'000, 'y');
  const HttpDone done = ask([&](RawConnection& c) {
    c.read_request();
    c.send(http_reply(text));
    c.wait_for_close();
  });
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
  EXPECT_TRUE(done.body == text);
  EXPECT_EQ(done.stamps.back().end_offset, text.size());
}

TEST_F(PlainHttpTest, ConnectionsAreReused) {
  RawServer server(answer_all);
  PlainHttpTransport transport({.url = server.url("/")});
  HttpDriver driver(transport);
  for (int i = 0; i < 20; ++i) {
    const HttpDone done = driver.ask(std::to_string(i));
    EXPECT_EQ(done.body, "answer to " + std::to_string(i));
    EXPECT_EQ(done.attempt->http.reused, i > 0);
  }
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.requests(), 20);
}

TEST_F(PlainHttpTest, ManyAtOnceEachGetTheirOwnReply) {
  RawServer server(answer_all);
  PlainHttpTransport transport({.url = server.url("/")});
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

// Each byte is a segment of its own.
TEST_F(PlainHttpTest, AReplyMayBeCutAtEveryByte) {
  const std::string reply = std::string("HTTP/1.1 100 Continue\r\n\r\n") +
                            std::string(kChunkedHead) + "9;x=\"y\"\r\ndata: a\n\n\r\n" +
                            http_chunk("data: b\n\n") + "0\r\nx-trailer: 1\r\n\r\n";
  RawServer server([&](RawConnection& c) {
    while (c.read_request()) {
      for (const char byte : reply) {
        c.send({&byte, 1});
        std::this_thread::sleep_for(200us);
      }
    }
  });
  PlainHttpTransport transport({.url = server.url("/")});
  HttpDriver driver(transport);
  for (int i = 0; i < 2; ++i) {
    const HttpDone done = driver.ask();
    EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
    EXPECT_EQ(done.body, "data: a\n\ndata: b\n\n");
    EXPECT_EQ(done.attempt->http.content_type, "text/event-stream");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(PlainHttpTest, WhatComesBehindAReplyEndsTheConnection) {
  RawServer server([](RawConnection& c) {
    while (c.read_request()) c.send(http_reply("one") + http_reply("nobody asked"));
  });
  PlainHttpTransport transport({.url = server.url("/")});
  HttpDriver driver(transport);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(driver.ask().body, "one");
  EXPECT_EQ(server.requests(), 5);
}

// It comes when the connection is idle already.
TEST_F(PlainHttpTest, WhatComesUnaskedEndsTheConnection) {
  std::atomic<int> late{0};
  RawServer server([&](RawConnection& c) {
    c.read_request();
    c.send(http_reply("one"));
    std::this_thread::sleep_for(20ms);
    c.send(http_reply("late"));
    ++late;
    c.wait_for_close();
  });
  PlainHttpTransport transport({.url = server.url("/")});
  HttpDriver driver(transport);
  for (int i = 0; i < 3; ++i) {
    const HttpDone done = driver.ask();
    EXPECT_EQ(done.body, "one");
    EXPECT_FALSE(done.attempt->http.reused);
    while (late <= i) std::this_thread::sleep_for(1ms);
  }
}

// A connection that the server closed while it was idle is not used.
TEST_F(PlainHttpTest, AClosedIdleConnectionIsReplaced) {
  std::atomic<int> closed{0};
  RawServer server([&](RawConnection& c) {
    c.read_request();
    c.send(http_reply("one"));
    ++closed;
  });
  PlainHttpTransport transport({.url = server.url("/")});
  HttpDriver driver(transport);
  for (int i = 0; i < 10; ++i) {
    const HttpDone done = driver.ask();
    EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
    while (closed <= i) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(20ms);  // the script has ended, its socket is closed a moment later
  }
  EXPECT_EQ(server.requests(), 10);
}

// The server reads the request and closes: it is not asked again.
TEST_F(PlainHttpTest, NothingIsSentTwice) {
  RawServer server([](RawConnection& c) {
    for (int i = 0; i < 3; ++i) {
      if (!c.read_request()) return;
      if (i < 2) c.send(http_reply("ok"));
    }
  });
  PlainHttpTransport transport({.url = server.url("/")});
  HttpDriver driver(transport);
  int failed = 0;
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 8; ++i) driver.start("{}");
    for (const HttpDone& done : driver.finish()) {
      if (done.attempt->response.outcome == Outcome::kOk) continue;
      ++failed;
      expect(done, Outcome::kConnectError,
             "the connection was closed before the request was answered");
    }
  }
  EXPECT_GT(failed, 0);
  EXPECT_EQ(server.requests(), 12 * 8);
}

// It answers from the head alone and closes; most of the body has not left yet.
TEST_F(PlainHttpTest, AnAnswerBeforeTheRequestIsSentCounts) {
  std::promise<void> done_reading;
  const std::shared_future<void> may_close = done_reading.get_future().share();
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* where = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener, where, size), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  ASSERT_EQ(::getsockname(listener, where, &size), 0);
  std::thread server([&] {
    const int fd = ::accept(listener, nullptr, nullptr);
    std::array<char, 1000> some{};
    (void)!::recv(fd, some.data(), some.size(), 0);
    const std::string reply = http_reply("too long", "", "413 Content Too Large");
    (void)!::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
    may_close.wait();
    ::close(fd);
  });
  PlainHttpTransport transport(
      {.url = fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port))});
  const HttpDone done = HttpDriver(transport).ask(std::string(20'000'000, 'x'));
  EXPECT_EQ(done.attempt->http.status, 413);
  EXPECT_EQ(done.body, "too long");
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
  done_reading.set_value();
  server.join();
  ::close(listener);
}

// Each chunk is sent when the one before has been collected, so none are read together.
TEST_F(PlainHttpTest, StampsAreInOrder) {
  ASSERT_TRUE(kernel_stamps_flow());
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
  PlainHttpTransport transport({.url = server.url("/")});
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
      EXPECT_GE(stamp.kernel_lag.count(), 0);
      EXPECT_GE(stamp.at - stamp.kernel_lag, stamps.sent);
      EXPECT_EQ(stamp.flags, kStampExact) << stamp.end_offset;
    }
    EXPECT_LE(last, stamps.done);
    EXPECT_LE(stamps.done, after);
    EXPECT_GE(done.stamps.front().at - stamps.sent, 20ms);
    EXPECT_GE(done.stamps.back().at - stamps.sent, 100ms);
    EXPECT_GE(stamps.loop_lag.count(), 0);
    EXPECT_EQ(done.stamps.back().end_offset, done.body.size());
  }
}

// `first` has been collected when the rest is sent, in as many sends as given.
std::vector<Piece> pieces_of(const std::vector<std::string>& sends, HttpOptions options = {}) {
  std::promise<void> may_send;
  std::promise<void> sent;
  RawServer server([&](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    c.send(http_chunk("data: first\n\n"));
    may_send.get_future().wait();
    for (const std::string& bytes : sends) c.send(bytes);
    sent.set_value();
    c.wait_for_close();
  });
  options.url = server.url("/");
  PlainHttpTransport transport(options);
  HttpDriver driver(transport);
  driver.start("{}");
  driver.wait_for_bytes();
  may_send.set_value();
  sent.get_future().wait();
  std::this_thread::sleep_for(100ms);
  std::vector<Piece> pieces;
  while (pieces.empty()) transport.collect(pieces);
  return pieces;
}

TEST_F(PlainHttpTest, SegmentsReadTogetherAreFlagged) {
  const auto pieces = pieces_of({http_chunk("data: second\n\n"), http_chunk("data: third\n\n")});
  ASSERT_EQ(pieces.at(0).stamps.size(), 1u);
  EXPECT_EQ(pieces[0].bytes, "data: second\n\ndata: third\n\n");
  EXPECT_EQ(pieces[0].stamps[0].flags, kStampCoalesced);
}

TEST_F(PlainHttpTest, ChunksOfOneSegmentAreNotFlagged) {
  const auto pieces = pieces_of({http_chunk("data: second\n\n") + http_chunk("data: third\n\n")});
  ASSERT_EQ(pieces.at(0).stamps.size(), 1u);
  EXPECT_EQ(pieces[0].bytes, "data: second\n\ndata: third\n\n");
  EXPECT_EQ(pieces[0].stamps[0].flags, kStampExact);
}

TEST_F(PlainHttpTest, KernelLagIsTheTimeBytesWaited) {
  ASSERT_TRUE(kernel_stamps_flow());
  const auto pieces = pieces_of({http_chunk("data: late\n\n")});
  ASSERT_EQ(pieces.at(0).stamps.size(), 1u);
  EXPECT_GE(pieces[0].stamps[0].kernel_lag, 100ms);
}

TEST_F(PlainHttpTest, WithoutKernelStampsLagsAreUnknown) {
  const auto pieces = pieces_of({http_chunk("data: late\n\n")}, {.kernel_stamps = false});
  ASSERT_EQ(pieces.at(0).stamps.size(), 1u);
  EXPECT_EQ(pieces[0].stamps[0].kernel_lag, Nanos(-1));
}

TEST_F(PlainHttpTest, CancelEndsEverythingOnce) {
  RawServer server([](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    c.send(http_chunk("data: part\n\n"));
    c.wait_for_close();
  });
  PlainHttpTransport transport({.url = server.url("/")});
  HttpDriver driver(transport);
  for (int i = 0; i < 3; ++i) driver.start("{}");
  driver.wait_for_bytes();
  driver.start("{}");
  transport.cancel_all();
  transport.cancel_all();
  EXPECT_TRUE(driver.readable());
  const std::vector<HttpDone> all = driver.finish();
  ASSERT_EQ(all.size(), 4u);
  for (const HttpDone& done : all) {
    expect(done, Outcome::kCancelled, "cancelled");
    EXPECT_GE(done.attempt->stamps.done, done.attempt->stamps.sent);
  }
  transport.cancel_all();
  std::vector<Piece> more;
  transport.collect(more);
  EXPECT_TRUE(more.empty());
}

TEST_F(PlainHttpTest, WarmUpOpensConnectionsThatAreUsed) {
  std::atomic<int> gets{0};
  RawServer server([&](RawConnection& c) {
    while (auto request = c.read_request()) {
      if (request->method == "GET") {
        EXPECT_EQ(request->target, "/v1/models");
        ++gets;
      }
      c.send(http_reply("x", "", "404 Not Found"));
    }
  });
  PlainHttpTransport transport(
      {.url = server.url("/v1/chat"), .cheap_url = server.url("/v1/models")});
  ASSERT_TRUE(transport.warm_up(100).has_value());
  EXPECT_EQ(gets, 100);
  EXPECT_EQ(server.connections(), 100);
  HttpDriver driver(transport);
  for (int i = 0; i < 100; ++i) driver.start("{}");
  for (const HttpDone& done : driver.finish()) EXPECT_TRUE(done.attempt->http.reused);
  EXPECT_EQ(server.connections(), 100);
}

TEST_F(PlainHttpTest, WarmUpSaysWhyItCannot) {
  RawServer server([](RawConnection& /*c*/) {});
  const HttpOptions options{.url = server.url("/v1"),
                            .cheap_url = server.url("/models?key=secret")};
  server.stop();
  const Result<void> warm = PlainHttpTransport(options).warm_up(4);
  ASSERT_FALSE(warm.has_value());
  EXPECT_THAT(warm.error().text(), HasSubstr("Connection refused"));
  EXPECT_THAT(warm.error().text(), Not(HasSubstr("secret")));
  const Result<void> nowhere =
      PlainHttpTransport({.url = "http://no-such-host.invalid/v1"}).warm_up(1);
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_THAT(nowhere.error().text(), HasSubstr("was not found"));
}

TEST_F(PlainHttpTest, EveryAddressOfAHostIsTried) {
  RawServer server(answer_all);  // on 127.0.0.1 alone; localhost may be ::1 first
  PlainHttpTransport transport({.url = fmt::format("http://localhost:{}/", server.port())});
  const HttpDone done = HttpDriver(transport).ask("q");
  EXPECT_EQ(done.body, "answer to q") << done.attempt->response.error;
}

TEST_F(PlainHttpTest, ConnectionsThatFailSayWhy) {
  RawServer server([](RawConnection& /*c*/) {});
  const std::string url = server.url("/v1?key=secret");
  server.stop();
  PlainHttpTransport transport({.url = url});
  const HttpDone done = HttpDriver(transport).ask();
  expect(done, Outcome::kConnectError, "Connection refused");
  EXPECT_THAT(done.attempt->response.error, Not(HasSubstr("secret")));
  EXPECT_EQ(done.attempt->http.status, 0);
  PlainHttpTransport nowhere({.url = "http://no-such-host.invalid/v1"});
  expect(HttpDriver(nowhere).ask(), Outcome::kConnectError, "was not found");
}

// A listener whose queue is full answers no connection.
TEST_F(PlainHttpTest, NoConnectionEndsAtTheConnectLimit) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* where = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener, where, size), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ASSERT_EQ(::getsockname(listener, where, &size), 0);
  std::vector<int> filling;
  for (int i = 0; i < 8; ++i) {
    filling.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    ::connect(filling.back(), where, size);
  }
  PlainHttpTransport transport({.url = fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port)),
                                .connect_timeout = 200ms});
  HttpDriver driver(transport);
  expect(driver.ask(), Outcome::kTimeout, "within 0.2 s (connect timeout)");
  driver.start("{}");
  driver.collect();
  transport.cancel_all();  // while connecting
  expect(driver.finish().front(), Outcome::kCancelled, "cancelled");
  for (const int fd : filling) ::close(fd);
  ::close(listener);
}

TEST_F(PlainHttpTest, LimitsOfTimeHold) {
  const auto slow_head = [](RawConnection& c) {
    c.read_request();
    c.send("HTTP/1.1 200 OK\r\n");
    while (c.send("x-slow: 1\r\n")) std::this_thread::sleep_for(20ms);
  };
  expect(ask(slow_head, {.first_token_timeout = 300ms}), Outcome::kTimeout,
         "no token within 0.3 s of sending (first-token timeout)");
  const auto comments = [](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    while (c.send(http_chunk(": keep-alive\n\n"))) std::this_thread::sleep_for(20ms);
  };
  expect(ask(comments, {.first_token_timeout = 300ms}), Outcome::kTimeout, "first-token timeout");
  const auto stall = [](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    c.send(http_chunk("data: one\n\n"));
    while (c.send(http_chunk(": keep-alive\n\n"))) std::this_thread::sleep_for(20ms);
  };
  const HttpDone stalled = ask(stall, {.stall_timeout = 300ms});
  expect(stalled, Outcome::kTimeout, "nothing for 0.3 s inside the reply (stall timeout)");
  EXPECT_THAT(stalled.body, HasSubstr("data: one\n\n"));
  const auto endless = [](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    while (c.send(http_chunk("data: more\n\n"))) std::this_thread::sleep_for(20ms);
  };
  expect(ask(endless, {.total_timeout = 400ms}), Outcome::kTimeout,
         "no end of the reply within 0.4 s (total timeout)");
}

TEST_F(PlainHttpTest, ProgressMovesTheStallLimit) {
  const HttpDone done = ask(
      [](RawConnection& c) {
        c.read_request();
        c.send(kChunkedHead);
        for (int i = 0; i < 10; ++i) {
          c.send(http_chunk("data: more\n\n"));
          std::this_thread::sleep_for(100ms);
        }
        c.send(http_chunk(""));
        c.wait_for_close();
      },
      {.first_token_timeout = 60s, .stall_timeout = 900ms});
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
}

TEST_F(PlainHttpTest, LimitsOfSizeHold) {
  const HttpDone body = ask(
      [](RawConnection& c) {
        c.read_request();
        c.send(kChunkedHead);
        const std::string chunk = http_chunk(std::string(10'000, 'x'));
        while (c.send(chunk)) continue;
      },
      {.reply_bytes_max = 500'000});
  expect(body, Outcome::kRejected, "the reply is longer than 500000 bytes");
  EXPECT_LE(body.body.size(), 500'000u);
  expect(ask(
             [](RawConnection& c) {
               c.read_request();
               c.send("HTTP/1.1 200 OK\r\n");
               while (c.send("x-more: and more and more\r\n")) continue;
             },
             {.header_bytes_max = 20'000}),
         Outcome::kRejected, "the reply's headers are longer than 20000 bytes");
  expect(ask([](RawConnection& c) {
           c.read_request();
           while (c.send("HTTP/1.1 103 Early Hints\r\nx-more: and more\r\n\r\n")) continue;
         }),
         Outcome::kRejected, "the reply's headers are longer than 131072 bytes");
}

TEST_F(PlainHttpTest, BrokenConnectionsAndReplies) {
  const HttpDone reset = ask([](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    c.send(http_chunk("data: part\n\n"));
    std::this_thread::sleep_for(100ms);  // a reset throws away what was not read yet
    c.reset();
  });
  expect(reset, Outcome::kTruncated, "the connection ended inside the reply");
  EXPECT_EQ(reset.body, "data: part\n\n");
  const HttpDone closed = ask([](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    c.send(http_chunk("data: part\n\n"));
  });
  expect(closed, Outcome::kTruncated, "the connection ended inside the reply");
  EXPECT_EQ(closed.body, "data: part\n\n");
  EXPECT_EQ(closed.attempt->http.status, 200);
  expect(ask([](RawConnection& c) {
           c.read_request();
           c.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this");
         }),
         Outcome::kTruncated, "the connection ended inside the reply");
  expect(ask([](RawConnection& c) {
           c.read_request();
           c.send("HTTP/1.1 200 OK\r\ncontent-le");
         }),
         Outcome::kTruncated, "inside the reply's headers");
  expect(ask([](RawConnection& c) { c.read_request(); }), Outcome::kConnectError,
         "the connection was closed before the request was answered");
  expect(ask([](RawConnection& c) {
           c.read_request();
           c.reset();
         }),
         Outcome::kConnectError, "the connection was closed before the request was answered");
  expect(ask([](RawConnection& c) {
           c.read_request();
           c.send("220 mail.example ESMTP\r\n");
           c.wait_for_close();
         }),
         Outcome::kMalformed, "did not answer with HTTP");
  expect(ask([](RawConnection& c) {
           c.read_request();
           c.send(http_reply("\x1f\x8b", "content-encoding: gzip\r\n"));
           c.wait_for_close();
         }),
         Outcome::kRejected, "client=curl");
}

TEST_F(PlainHttpTest, ABodyUpToTheEndIsComplete) {
  const HttpDone done = ask([](RawConnection& c) {
    c.read_request();
    c.send("HTTP/1.1 200 OK\r\n\r\ndata: one\n\n");
    std::this_thread::sleep_for(20ms);
    c.send("data: two\n\n");
  });
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
  EXPECT_EQ(done.body, "data: one\n\ndata: two\n\n");
}

}  // namespace
}  // namespace assay::backends
