// What HttpTransport makes of servers that fail: limits of time and size, broken replies, broken
// connections. Each ends with an outcome and a sentence; nothing hangs or grows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <future>

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

class HttpFaultTest : public ::testing::Test {
 protected:
  HttpFaultTest() { forget_proxies(); }

  // One attempt against a server that runs `script` once a connection.
  HttpDone ask(const RawServer::Script& script, HttpOptions options = {}) {
    RawServer server(script);
    options.url = server.url("/");
    HttpLoop loop;
    HttpTransport transport(loop, options);
    HttpDone done = HttpDriver(transport).ask();
    EXPECT_LE(server.requests(), 1);
    return done;
  }
};

void expect(const HttpDone& done, Outcome outcome, const std::string& text) {
  EXPECT_EQ(outcome_name(done.attempt->response.outcome), outcome_name(outcome));
  EXPECT_THAT(done.attempt->response.error, HasSubstr(text));
}

std::string gzip(const std::string& text) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

TEST_F(HttpFaultTest, GzipIsUndone) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += fmt::format("data: {}\n\n", i);
  const HttpDone done = ask([&](RawConnection& c) {
    const auto request = c.read_request();
    EXPECT_THAT(request->headers.at("accept-encoding"), HasSubstr("gzip"));
    c.send(http_reply(gzip(text), "content-encoding: gzip\r\n"));
    c.wait_for_close();
  });
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk);
  EXPECT_EQ(done.body, text);
  EXPECT_EQ(done.stamps.back().end_offset, text.size());
}

TEST_F(HttpFaultTest, AGzipBombEndsAtTheLimit) {
  const std::string bomb = gzip(std::string(64 << 20, 'a'));
  ASSERT_LT(bomb.size(), 100'000u);
  const HttpDone done = ask(
      [&](RawConnection& c) {
        c.read_request();
        c.send(http_reply(bomb, "content-encoding: gzip\r\n"));
        c.wait_for_close();
      },
      {.reply_bytes_max = 1'000'000});
  expect(done, Outcome::kRejected, "the reply is longer than 1000000 bytes");
  EXPECT_LE(done.body.size(), 1'000'000u);
  EXPECT_GE(done.body.size(), 900'000u);
}

TEST_F(HttpFaultTest, BrokenGzipIsMalformed) {
  std::string broken = gzip(std::string(5000, 'a') + "b");
  broken.replace(12, 8, "\x01\x02\x03\x04\x05\x06\x07\x08");
  expect(ask([&](RawConnection& c) {
           c.read_request();
           c.send(http_reply(broken, "content-encoding: gzip\r\n"));
           c.wait_for_close();
         }),
         Outcome::kMalformed, "the reply's compression is broken");
}

TEST_F(HttpFaultTest, AnEndlessBodyEndsAtTheLimit) {
  const HttpDone done = ask(
      [](RawConnection& c) {
        c.read_request();
        c.send(kChunkedHead);
        const std::string chunk = http_chunk(std::string(10'000, 'x'));
        while (c.send(chunk)) continue;
      },
      {.reply_bytes_max = 500'000});
  expect(done, Outcome::kRejected, "the reply is longer than 500000 bytes");
  EXPECT_LE(done.body.size(), 500'000u);
}

TEST_F(HttpFaultTest, EndlessHeaderLinesEndAtTheLimit) {
  expect(ask(
             [](RawConnection& c) {
               c.read_request();
               c.send("HTTP/1.1 200 OK\r\n");
               while (c.send("x-more: and more and more\r\n")) continue;
             },
             {.header_bytes_max = 20'000}),
         Outcome::kRejected, "the reply's headers are longer than 20000 bytes");
}

TEST_F(HttpFaultTest, EndlessInterimRepliesEndAtTheLimit) {
  expect(ask([](RawConnection& c) {
           c.read_request();
           while (c.send("HTTP/1.1 103 Early Hints\r\nx-more: and more\r\n\r\n")) continue;
         }),
         Outcome::kRejected, "the reply's headers are longer than 131072 bytes");
}

TEST_F(HttpFaultTest, OneEndlessHeaderLineEndsAtALimit) {
  expect(ask([](RawConnection& c) {
           c.read_request();
           c.send("HTTP/1.1 200 OK\r\nx-long: ");
           const std::string more(1000, 'y');
           while (c.send(more)) continue;
         }),
         Outcome::kRejected, "the reply's headers are longer than");
}

TEST_F(HttpFaultTest, SlowHeadersEndAtTheFirstTokenLimit) {
  expect(ask(
             [](RawConnection& c) {
               c.read_request();
               c.send("HTTP/1.1 200 OK\r\n");
               while (c.send("x-slow: 1\r\n")) std::this_thread::sleep_for(20ms);
             },
             {.first_token_timeout = 300ms}),
         Outcome::kTimeout, "no token within 0.3 s of sending (first-token timeout)");
}

TEST_F(HttpFaultTest, NoReplyEndsAtTheFirstTokenLimit) {
  const HttpDone done = ask(
      [](RawConnection& c) {
        c.read_request();
        c.wait_for_close();  // so the timeout closes the connection
      },
      {.first_token_timeout = 200ms});
  expect(done, Outcome::kTimeout, "no token within 0.2 s of sending (first-token timeout)");
  EXPECT_GE(done.attempt->stamps.done - done.attempt->stamps.sent, 200ms);
}

TEST_F(HttpFaultTest, ATimeoutClosesTheConnection) {
  std::promise<void> closed;
  RawServer server([&](RawConnection& c) {
    c.read_request();
    c.wait_for_close();
    closed.set_value();
  });
  HttpLoop loop;
  HttpTransport transport(loop, {.url = server.url("/"), .first_token_timeout = 100ms});
  expect(HttpDriver(transport).ask(), Outcome::kTimeout, "first-token timeout");
  EXPECT_EQ(closed.get_future().wait_for(60s), std::future_status::ready);
}

TEST_F(HttpFaultTest, CommentsAreNoToken) {
  const HttpDone done = ask(
      [](RawConnection& c) {
        c.read_request();
        c.send(kChunkedHead);
        while (c.send(http_chunk(": keep-alive\n\n"))) std::this_thread::sleep_for(20ms);
      },
      {.first_token_timeout = 300ms});
  expect(done, Outcome::kTimeout, "first-token timeout");
  EXPECT_THAT(done.body, HasSubstr(": keep-alive"));
}

TEST_F(HttpFaultTest, SilenceInsideTheReplyEndsAtTheStallLimit) {
  const HttpDone done = ask(
      [](RawConnection& c) {
        c.read_request();
        c.send(kChunkedHead);
        c.send(http_chunk("data: one\n\n"));
        while (c.send(http_chunk(": keep-alive\n\n"))) std::this_thread::sleep_for(20ms);
      },
      {.stall_timeout = 300ms});
  expect(done, Outcome::kTimeout, "nothing for 0.3 s inside the reply (stall timeout)");
  EXPECT_THAT(done.body, HasSubstr("data: one\n\n"));
}

TEST_F(HttpFaultTest, AReplyWithoutEndEndsAtTheTotalLimit) {
  expect(ask(
             [](RawConnection& c) {
               c.read_request();
               c.send(kChunkedHead);
               while (c.send(http_chunk("data: more\n\n"))) std::this_thread::sleep_for(20ms);
             },
             {.total_timeout = 400ms}),
         Outcome::kTimeout, "no end of the reply within 0.4 s (total timeout)");
}

TEST_F(HttpFaultTest, ProgressMovesTheStallLimit) {
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
      {.first_token_timeout = 10s, .stall_timeout = 900ms});
  EXPECT_EQ(done.attempt->response.outcome, Outcome::kOk) << done.attempt->response.error;
}

// A listener whose queue is full answers no connection.
TEST_F(HttpFaultTest, NoConnectionEndsAtTheConnectLimit) {
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
  HttpLoop loop;
  HttpTransport transport(loop,
                          {.url = fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port)),
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

TEST_F(HttpFaultTest, ARefusedConnectionSaysSo) {
  RawServer server([](RawConnection& /*c*/) {});
  const std::string url = server.url("/v1?key=secret");
  server.stop();
  HttpLoop loop;
  HttpTransport transport(loop, {.url = url});
  const HttpDone done = HttpDriver(transport).ask();
  expect(done, Outcome::kConnectError, "Connection refused");
  EXPECT_THAT(done.attempt->response.error, ::testing::Not(HasSubstr("secret")));
  EXPECT_EQ(done.attempt->http.status, 0);
}

TEST_F(HttpFaultTest, AnUnknownHostSaysSo) {
  HttpLoop loop;
  HttpTransport transport(loop, {.url = "http://no-such-host.invalid/v1"});
  expect(HttpDriver(transport).ask(), Outcome::kConnectError, "was not found");
}

TEST_F(HttpFaultTest, AResetInsideTheBodyIsTruncated) {
  const HttpDone done = ask([](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    c.send(http_chunk("data: part\n\n"));
    std::this_thread::sleep_for(100ms);  // a reset throws away what was not read yet
    c.reset();
  });
  expect(done, Outcome::kTruncated, "the connection ended inside the reply");
  EXPECT_EQ(done.body, "data: part\n\n");
}

TEST_F(HttpFaultTest, ACloseInsideAChunkedBodyIsTruncated) {
  const HttpDone done = ask([](RawConnection& c) {
    c.read_request();
    c.send(kChunkedHead);
    c.send(http_chunk("data: part\n\n"));
  });
  expect(done, Outcome::kTruncated, "the connection ended inside the reply");
  EXPECT_EQ(done.body, "data: part\n\n");
}

TEST_F(HttpFaultTest, FewerBytesThanAnnouncedIsTruncated) {
  const HttpDone done = ask([](RawConnection& c) {
    c.read_request();
    c.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this");
  });
  expect(done, Outcome::kTruncated, "the connection ended inside the reply");
  EXPECT_EQ(done.body, "only this");
}

TEST_F(HttpFaultTest, ACloseInsideTheHeadersIsTruncated) {
  expect(ask([](RawConnection& c) {
           c.read_request();
           c.send("HTTP/1.1 200 OK\r\ncontent-le");
         }),
         Outcome::kTruncated, "inside the reply's headers");
}

TEST_F(HttpFaultTest, ACloseWithoutAReplyIsUnanswered) {
  expect(ask([](RawConnection& c) { c.read_request(); }), Outcome::kConnectError,
         "the connection was closed before the request was answered");
}

TEST_F(HttpFaultTest, AResetWithoutAReplyIsUnanswered) {
  expect(ask([](RawConnection& c) {
           c.read_request();
           c.reset();
         }),
         Outcome::kConnectError, "the connection was closed before the request was answered");
}

TEST_F(HttpFaultTest, WhatIsNotHttpIsMalformed) {
  expect(ask([](RawConnection& c) {
           c.read_request();
           c.send("220 mail.example ESMTP\r\n");
           c.wait_for_close();
         }),
         Outcome::kMalformed, "did not answer with HTTP");
}

TEST_F(HttpFaultTest, AUrlOfAnotherKindIsDenied) {
  HttpLoop loop;
  HttpTransport transport(loop, {.url = "ftp://127.0.0.1/v1"});
  expect(HttpDriver(transport).ask(), Outcome::kDenied, "ftp://127.0.0.1");
}

TEST_F(HttpFaultTest, AProxyThatRefusesIsDenied) {
  RawServer proxy([](RawConnection& c) {
    c.read_request();
    c.send(http_reply("", "", "407 Proxy Authentication Required"));
    c.wait_for_close();
  });
  HttpLoop loop;
  HttpTransport transport(loop, {.url = "https://model.invalid/v1", .proxy = proxy.url("")});
  expect(HttpDriver(transport).ask(), Outcome::kDenied, "the proxy refused");
}

}  // namespace
}  // namespace assay::backends
