// ResponseReader on what servers send, cut at every byte.
#include "backends/transport/response_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::backends {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr ResponseLimits kLimits{.header_bytes_max = 4096, .reply_bytes_max = 1 << 20};

struct Read {
  bool done = false;
  Outcome outcome = Outcome::kOk;
  std::string error;
  std::string body;
  std::string headers;
  int status = 0;
  bool keep_alive = false;
  std::string rest;  // bytes behind the reply
};

Read finish(ResponseReader& reader, Read out) {
  reader.end_of_bytes();
  out.done = reader.done();
  out.outcome = reader.outcome();
  out.error = reader.error();
  out.headers = reader.headers();
  out.status = reader.status();
  out.keep_alive = reader.keep_alive();
  return out;
}

// The bytes in two reads, then the connection's end.
Read read_cut(std::string_view bytes, size_t cut, const ResponseLimits& limits = kLimits) {
  ResponseReader reader;
  reader.start(limits);
  Read out;
  for (std::string_view given : {bytes.substr(0, cut), bytes.substr(cut)}) {
    for (std::string_view part = reader.next(given); !part.empty(); part = reader.next(given))
      out.body += part;
    out.rest += given;
  }
  return finish(reader, out);
}

// The same result wherever the bytes are cut.
Read read(std::string_view bytes, const ResponseLimits& limits = kLimits) {
  const Read whole = read_cut(bytes, bytes.size(), limits);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    const Read other = read_cut(bytes, cut, limits);
    EXPECT_EQ(other.done, whole.done) << cut;
    EXPECT_EQ(other.outcome, whole.outcome) << cut;
    EXPECT_EQ(other.error, whole.error) << cut;
    EXPECT_EQ(other.headers, whole.headers) << cut;
    EXPECT_EQ(other.keep_alive, whole.keep_alive) << cut;
    if (whole.outcome != Outcome::kRejected) {
      EXPECT_EQ(other.body, whole.body) << cut;
      EXPECT_EQ(other.rest, whole.rest) << cut;
    }
  }
  return whole;
}

void expect_failure(std::string_view bytes, Outcome outcome, const std::string& text) {
  const Read got = read(bytes);
  EXPECT_FALSE(got.done) << bytes;
  EXPECT_EQ(outcome_name(got.outcome), outcome_name(outcome)) << bytes;
  EXPECT_THAT(got.error, HasSubstr(text)) << bytes;
}

TEST(ResponseReader, ABodyOfKnownLength) {
  const Read got = read("HTTP/1.1 200 OK\r\nX-One: 1\r\nContent-Length:  5 \r\n\r\nhello");
  EXPECT_TRUE(got.done);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.headers, "X-One: 1\r\nContent-Length:  5 \r\n");
  EXPECT_TRUE(got.keep_alive);
}

TEST(ResponseReader, AChunkedBody) {
  const Read got = read(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "6\r\ndata: \r\n0005 ; name=\"v;\"\r\nhello\r\nA\r\n0123456789\r\n"
      "000;last\r\nx-trailer: 1\r\nanother: 2\r\n\r\n");
  EXPECT_TRUE(got.done);
  EXPECT_EQ(got.body, "data: hello0123456789");
  EXPECT_EQ(got.headers, "Transfer-Encoding: Chunked\r\n");
  EXPECT_TRUE(got.keep_alive);
  EXPECT_THAT(got.rest, IsEmpty());
}

TEST(ResponseReader, BytesBehindTheReplyAreLeft) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 500 x").rest,
            "HTTP/1.1 500 x");
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nmore").rest,
            "more");
  EXPECT_EQ(read("HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc").rest, "abc");
  EXPECT_EQ(read("HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n").body, "");
}

TEST(ResponseReader, ABodyUpToTheEnd) {
  const Read got = read("HTTP/1.1 200 OK\r\n\r\nall of it");
  EXPECT_TRUE(got.done);
  EXPECT_EQ(got.body, "all of it");
  EXPECT_FALSE(got.keep_alive);
}

TEST(ResponseReader, LineFeedsAlone) {
  const Read got = read("HTTP/1.1 200\ntransfer-encoding: chunked\n\n3\nabc\n0\n\n");
  EXPECT_TRUE(got.done);
  EXPECT_EQ(got.body, "abc");
}

TEST(ResponseReader, InterimRepliesAreSkipped) {
  const Read got = read(
      "HTTP/1.1 100 Continue\r\ncontent-length: 9\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: "
      "x\r\n\r\n"
      "HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\ncontent-length: 2\r\n\r\n{}");
  EXPECT_TRUE(got.done);
  EXPECT_EQ(got.status, 429);
  EXPECT_EQ(got.headers, "retry-after: 3\r\ncontent-length: 2\r\n");
  EXPECT_EQ(got.body, "{}");
}

TEST(ResponseReader, WhoKeepsTheConnection) {
  const auto kept = [](std::string_view head) {
    return read(std::string(head) + "content-length: 0\r\n\r\n").keep_alive;
  };
  EXPECT_TRUE(kept("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(kept("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n"));
  EXPECT_FALSE(kept("HTTP/1.0 200 OK\r\n"));
  EXPECT_FALSE(kept("HTTP/1.1 200 OK\r\nconnection: x, Close\r\n"));
  // Two ways to say the length: the coding holds, and the connection is not trusted afterwards.
  const Read both = read(
      "HTTP/1.1 200 OK\r\ncontent-length: 99\r\ntransfer-encoding: "
      "chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
  EXPECT_EQ(both.body, "a");
  EXPECT_FALSE(both.keep_alive);
}

TEST(ResponseReader, AnEndTooEarly) {
  expect_failure("", Outcome::kTruncated, "inside the reply's headers");
  expect_failure("HTTP/1.1 200 OK\r\ncontent-le", Outcome::kTruncated,
                 "inside the reply's headers");
  expect_failure("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello", Outcome::kTruncated,
                 "inside the reply: 5 of 10 bytes are missing");
  for (const char* body :
       {"", "5", "5\r\nhe", "5\r\nhello", "5\r\nhello\r\n", "0\r\n", "0\r\nx: y\r\n"})
    expect_failure(std::string("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n") + body,
                   Outcome::kTruncated, "inside the reply: its last chunk did not come");
}

TEST(ResponseReader, WhatIsNotHttp) {
  for (const char* first :
       {"220 mail.example ESMTP", "HTTP/2 200", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 099",
        "HTTP/1.1  200", "http/1.1 200 OK", "\x16\x03\x01", "", "HTTP/1.1 -20 OK"})
    expect_failure(std::string(first) + "\r\n\r\n", Outcome::kMalformed, "the reply begins with `");
  expect_failure("HTTP/1.1 200 OK\r\nnothing\r\n\r\n", Outcome::kMalformed, "a header line is");
  expect_failure("HTTP/1.1 200 OK\r\n: x\r\n\r\n", Outcome::kMalformed, "a header line is");
  expect_failure("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", Outcome::kMalformed,
                 "101");
  for (const char* length : {"-1", "+1", "1x", "", "0x10", "99999999999999999999999", "1, 1"})
    expect_failure(std::string("HTTP/1.1 200 OK\r\ncontent-length: ") + length + "\r\n\r\n",
                   Outcome::kMalformed, "content-length is `");
  expect_failure("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
                 Outcome::kMalformed, "content-length is `2` as well");
  // Folded: the length itself is not on its line.
  expect_failure("HTTP/1.1 200 OK\r\ncontent-length:\r\n 3\r\n\r\nabc", Outcome::kMalformed,
                 "content-length is `");
}

TEST(ResponseReader, BrokenChunks) {
  for (const char* body : {"x\r\n", "\r\n", "-1\r\n", "1 1\r\n", "0x1\r\n", "11111111111111111\r\n",
                           "1\r\nab\r\n", "1;\r\nabc\r\n"})
    expect_failure(std::string("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n") + body,
                   Outcome::kTruncated, "its chunks are broken");
}

TEST(ResponseReader, WhatWasNotAskedFor) {
  expect_failure("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx",
                 Outcome::kRejected, "compressed (content-encoding `gzip`)");
  expect_failure("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n", Outcome::kRejected,
                 "transfer-encoding `gzip, chunked`");
  expect_failure(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
      Outcome::kRejected, "transfer-encoding");
  EXPECT_TRUE(
      read("HTTP/1.1 200 OK\r\ncontent-encoding: Identity\r\ncontent-length: 0\r\n\r\n").done);
}

TEST(ResponseReader, LimitsHold) {
  const ResponseLimits small{.header_bytes_max = 64, .reply_bytes_max = 8};
  const auto rejected = [&](const std::string& bytes, const std::string& text) {
    const Read got = read(bytes, small);
    EXPECT_EQ(got.outcome, Outcome::kRejected) << bytes;
    EXPECT_THAT(got.error, HasSubstr(text));
    EXPECT_LE(got.body.size(), small.reply_bytes_max);
  };
  rejected("HTTP/1.1 200 OK\r\nx-long: " + std::string(60, 'y'),
           "headers are longer than 64 bytes");
  std::string interim;
  for (int i = 0; i < 5; ++i) interim += "HTTP/1.1 103 x\r\n\r\n";
  rejected(interim, "headers are longer than 64 bytes");
  rejected("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789", "longer than 8 bytes");
  rejected("HTTP/1.1 200 OK\r\n\r\n123456789", "longer than 8 bytes");
  const std::string chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  rejected(chunked + "4\r\n1234\r\n5\r\n12345\r\n", "longer than 8 bytes");
  rejected(chunked + "0\r\n" + std::string(60, 'y'), "headers are longer than 64 bytes");
  rejected(chunked + "1;" + std::string(5000, 'y') + "\r\n", "a line of more than 4096 bytes");
  EXPECT_TRUE(read("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n12345678", small).done);
}

TEST(ResponseReader, TellsWhatAReadHeld) {
  ResponseReader reader;
  reader.start(kLimits);
  std::string_view head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel";
  EXPECT_EQ(reader.next(head), "hel");
  EXPECT_TRUE(reader.headers_ended());
  EXPECT_TRUE(reader.chunked());
  EXPECT_EQ(reader.chunks(), 1u);
  EXPECT_TRUE(reader.inside_chunk());
  std::string_view more = "lo\r\n1\r\nx\r\n0\r\n\r\n";
  EXPECT_EQ(reader.next(more), "lo");
  EXPECT_FALSE(reader.inside_chunk());
  EXPECT_EQ(reader.next(more), "x");
  EXPECT_EQ(reader.next(more), "");
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.chunks(), 3u);
  reader.start(kLimits);  // nothing of it is left
  EXPECT_FALSE(reader.answered());
  EXPECT_EQ(reader.chunks(), 0u);
  EXPECT_EQ(reader.headers(), "");
}

}  // namespace
}  // namespace assay::backends
