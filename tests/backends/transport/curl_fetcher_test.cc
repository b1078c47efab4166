// CurlFetcher against a server whose every byte is the test's: retries, limits, redirects, tokens.
#include "backends/transport/curl_fetcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"

namespace assay::backends {
namespace {

using std::chrono::seconds;
using test::http_reply;
using test::RawConnection;
using test::RawRequest;
using test::RawServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class CurlFetcherTest : public testing::Test {
 protected:
  // Answers the nth request (from 1) by `reply`.
  using Reply = std::function<std::string(const RawRequest&, int nth)>;
  static RawServer::Script script(Reply reply) {
    return [reply = std::move(reply),
            n = std::make_shared<std::atomic<int>>(0)](RawConnection& connection) {
      while (auto request = connection.read_request()) {
        const std::string bytes = reply(*request, ++*n);
        if (!connection.send(bytes) || bytes.find("connection: close") != std::string::npos) return;
      }
    };
  }
  static FetchRequest request_of(const std::string& url) {
    FetchRequest request;
    request.url = url;
    return request;
  }
  CurlFetcher fetcher() {
    CurlFetcherOptions options;
    options.stop = stop_.get_token();
    options.sleep = [this](Nanos time) { slept_.push_back(time); };
    options.note = [this](const std::string& text) { notes_ += text + "\n"; };
    return CurlFetcher(options);
  }

  std::stop_source stop_;
  std::vector<Nanos> slept_;
  std::string notes_;
};

TEST_F(CurlFetcherTest, GivesBodyStatusAndHeaders) {
  RawServer server(script([](const RawRequest& r, int) {
    return http_reply(r.headers.at("x-who"), "X-Revision: abc \r\n", "404 Not Found");
  }));
  FetchRequest request = request_of(server.url("/a?b=c"));
  request.headers = {"x-who: me"};
  const auto reply = fetcher().get(request);
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->status, 404);
  EXPECT_EQ(reply->body, "me");
  EXPECT_EQ(reply->header("x-revision"), "abc");
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CurlFetcherTest, WaitsAsLongAsTheServerAsks) {
  RawServer server(script([](const RawRequest&, int nth) {
    if (nth == 1) return http_reply("", "Retry-After: 7\r\n", "429 Too Many Requests");
    if (nth == 2) return http_reply("", "", "503 Service Unavailable");
    return http_reply("good");
  }));
  const auto reply = fetcher().get(request_of(server.url("/a?token=s3cret")));
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->body, "good");
  EXPECT_THAT(slept_, ElementsAre(Nanos(seconds(7)), Nanos(seconds(1))));
  EXPECT_THAT(notes_, HasSubstr("status 429; trying again in 7.0 s"));
  EXPECT_THAT(notes_, Not(HasSubstr("s3cret")));
}

TEST_F(CurlFetcherTest, GivesUpAfterTheTriesAndShowsTheLastStatus) {
  RawServer server(script([](const RawRequest&, int) { return http_reply("busy", "", "500 No"); }));
  const auto reply = fetcher().get(request_of(server.url("/a")));
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->status, 500);
  EXPECT_EQ(reply->body, "busy");
  EXPECT_EQ(server.requests(), 6);
}

TEST_F(CurlFetcherTest, DoesNotWaitForHours) {
  RawServer server(script([](const RawRequest&, int) {
    return http_reply("", "Retry-After: 3600\r\n", "429 Too Many Requests");
  }));
  const auto reply = fetcher().get(request_of(server.url("/a")));
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->status, 429);
  EXPECT_TRUE(slept_.empty());
}

TEST_F(CurlFetcherTest, ABodyCutShortIsAskedForAgain) {
  RawServer server(script([](const RawRequest&, int nth) {
    return nth == 1 ? std::string(
                          "HTTP/1.1 200 OK\r\ncontent-length: 10\r\nconnection: close\r\n\r\nhal")
                    : http_reply("whole");
  }));
  const test::TempDir dir;
  const auto reply = fetcher().get_file(request_of(server.url("/a")), dir.file("out"));
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(test::read_file(dir.file("out")), "whole");
  EXPECT_EQ(server.requests(), 2);
}

TEST_F(CurlFetcherTest, AnythingLongerThanTheLimitEnds) {
  RawServer server(
      script([](const RawRequest&, int) { return http_reply(std::string(100, 'x')); }));
  FetchRequest request = request_of(server.url("/a"));
  request.bytes_max = 99;
  const test::TempDir dir;
  const auto reply = fetcher().get_file(request, dir.file("out"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kLimit);
  EXPECT_EQ(reply.error().text(), server.url("/a") + ": the reply is longer than 99 bytes");
  EXPECT_FALSE(std::filesystem::exists(dir.file("out")));
  request.bytes_max = 100;
  EXPECT_TRUE(fetcher().get(request));
}

TEST_F(CurlFetcherTest, ATokenStaysWithItsHost) {
  std::string other_saw = "?";
  RawServer other(script([&](const RawRequest& r, int) {
    other_saw = r.headers.contains("authorization") ? r.headers.at("authorization") : "nothing";
    return http_reply("there");
  }));
  std::vector<std::string> saw;
  RawServer first(script([&](const RawRequest& r, int) {
    saw.push_back(r.headers.contains("authorization") ? r.headers.at("authorization") : "nothing");
    if (r.target == "/1") return http_reply("", "Location: /2\r\n", "302 Found");
    return http_reply("", fmt::format("Location: {}\r\n", other.url("/3")), "307 Moved");
  }));
  FetchRequest request = request_of(first.url("/1"));
  request.bearer = "hf_s3cret";
  const auto reply = fetcher().get(request);
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->body, "there");
  EXPECT_THAT(saw, ElementsAre("Bearer hf_s3cret", "Bearer hf_s3cret"));
  EXPECT_EQ(other_saw, "nothing");
}

TEST_F(CurlFetcherTest, RedirectsEnd) {
  RawServer loop(script(
      [](const RawRequest&, int) { return http_reply("", "Location: /again\r\n", "302 Found"); }));
  const auto endless = fetcher().get(request_of(loop.url("/a")));
  ASSERT_FALSE(endless);
  EXPECT_THAT(endless.error().message, HasSubstr("more than 10 redirects"));
  EXPECT_EQ(loop.requests(), 11);
  RawServer file(script([](const RawRequest&, int) {
    return http_reply("", "Location: file:///etc/passwd\r\n", "302 Found");
  }));
  EXPECT_FALSE(fetcher().get(request_of(file.url("/a"))));
  RawServer nowhere(script([](const RawRequest&, int) { return http_reply("", "", "302 Found"); }));
  const auto lost = fetcher().get(request_of(nowhere.url("/a")));
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().message, HasSubstr("does not say where to"));
}

TEST_F(CurlFetcherTest, AStoredFileComesAsItLiesThere) {
  std::string accepted = "?";
  RawServer server(script([&](const RawRequest& r, int) {
    accepted = r.headers.contains("accept-encoding") ? r.headers.at("accept-encoding") : "nothing";
    return http_reply("\x1f\x8b rest", "content-encoding: gzip\r\n");
  }));
  const test::TempDir dir;
  const auto reply = fetcher().get_file(request_of(server.url("/a.gz")), dir.file("out"));
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(test::read_file(dir.file("out")), "\x1f\x8b rest");
  EXPECT_EQ(accepted, "nothing");
}

TEST_F(CurlFetcherTest, AFailureLeavesNoFile) {
  RawServer server(script([](const RawRequest&, int) { return http_reply("no", "", "403 No"); }));
  const test::TempDir dir;
  const auto reply = fetcher().get_file(request_of(server.url("/a")), dir.file("out"));
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->status, 403);
  EXPECT_EQ(reply->body, "no");
  EXPECT_FALSE(std::filesystem::exists(dir.file("out")));
  const auto no_folder = fetcher().get_file(request_of(server.url("/a")), dir.file("none/out"));
  ASSERT_FALSE(no_folder);
  EXPECT_EQ(no_folder.error().code, ErrorCode::kIo);
}

TEST_F(CurlFetcherTest, ADeadHostIsTriedThreeTimes) {
  int port = 0;
  {
    RawServer server(script([](const RawRequest&, int) { return http_reply(""); }));
    port = server.port();
  }
  const auto reply = fetcher().get(request_of(fmt::format("http://127.0.0.1:{}/a", port)));
  ASSERT_FALSE(reply);
  EXPECT_EQ(slept_.size(), 2U);
  EXPECT_THAT(reply.error().message, HasSubstr("no connection to http://127.0.0.1"));
  EXPECT_THAT(reply.error().message, HasSubstr("(3 tries)"));
}

TEST_F(CurlFetcherTest, AStopEndsIt) {
  RawServer server(script([this](const RawRequest&, int) {
    stop_.request_stop();
    return http_reply("", "", "503 Busy");
  }));
  const auto reply = fetcher().get(request_of(server.url("/a")));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kInterrupted);
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(CurlFetcherTest, AnotherSchemeIsNoUrl) {
  EXPECT_FALSE(fetcher().get(request_of("file:///etc/passwd")));
  EXPECT_FALSE(fetcher().get(request_of("nonsense")));
}

}  // namespace
}  // namespace assay::backends
