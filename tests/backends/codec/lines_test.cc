#include "backends/codec/lines.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/json.h"

namespace assay::backends {
namespace {

using std::chrono::milliseconds;

Response decode(std::string_view bytes, std::span<const size_t> cuts = {},
                Outcome transport_outcome = Outcome::kOk) {
  const auto decoder = LinesCodec().decoder();
  Attempt attempt;
  attempt.response.outcome = transport_outcome;
  size_t start = 0;
  for (const size_t cut : cuts) {
    decoder->feed(bytes.substr(start, cut - start), {});
    start = cut;
  }
  decoder->feed(bytes.substr(start), {});
  decoder->finish(attempt, attempt.response);
  return attempt.response;
}

std::string text_of(const Response& r) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{},{},{},{}|{}|{}", outcome_name(r.outcome), r.answer,
                     r.reasoning, r.finish_reason, r.served_model, r.error, r.details,
                     r.usage.input_tokens, r.usage.cached_tokens, r.usage.reasoning_tokens,
                     r.usage.output_tokens, r.retry_after.count(), r.cpu.count());
}

// Transcripts of every kind, each with what it means.
struct Transcript {
  std::string bytes;
  Outcome outcome;
  std::string answer;
};

std::vector<Transcript> transcripts() {
  return {
      {"{\"delta\":\"42\"}\n{\"done\":true,\"finish_reason\":\"stop\"}\n", Outcome::kOk, "42"},
      {"{\"reasoning\":\"hm\"}\n{\"delta\":\"for\"}\n{\"delta\":\"ty\"}\n"
       "{\"done\":true,\"finish_reason\":\"stop\",\"usage\":{\"input_tokens\":3,"
       "\"output_tokens\":2},\"model\":\"m-1\",\"details\":{\"words\":[{\"t\":\"a}]\"}]},"
       "\"cpu_ns\":12}\n",
       Outcome::kOk, "forty"},
      {"{\"delta\":\"\\uD55C\\uae00 \\ud83d\\ude00 \\\"q\\\" \\\\ \\/ \\n\\t\"}\n{\"done\":true}\n",
       Outcome::kOk, "한글 😀 \"q\" \\ / \n\t"},
      {"{\"delta\":\"\xED\x95\x9C\xEA\xB8\x80\"}\r\n\n  \n{ \"done\" : true }\r\n", Outcome::kOk,
       "한글"},
      {"{\"delta\":\"half\"}\n{\"done\":true,\"finish_reason\":\"length\"}\n", Outcome::kLength,
       "half"},
      {"{\"reasoning\":\"so\"}\n{\"done\":true,\"finish_reason\":\"length\"}\n",
       Outcome::kCutOffWhileThinking, ""},
      {"{\"done\":true,\"finish_reason\":\"content_filter\"}\n", Outcome::kRefused, ""},
      {"{\"delta\":\"x\",\"done\":true,\"unknown\":[1,{}]}\n", Outcome::kOk, "x"},
      {"{\"delta\":\"a\"}\n{\"error\":{\"kind\":\"rate_limited\",\"message\":\"slow\","
       "\"retry_after_ms\":250}}\n",
       Outcome::kRateLimited, "a"},
      {"{\"delta\":\"a\"}\n{\"done\":true}\n{\"delta\":\"b\"}\n", Outcome::kMalformed, "a"},
      {"{\"delta\":\"a\"}\nTraceback\n{\"done\":true}\n", Outcome::kMalformed, "a"},
  };
}

TEST(LinesDecoder, Transcripts) {
  for (const Transcript& t : transcripts()) {
    const Response r = decode(t.bytes);
    EXPECT_EQ(outcome_name(r.outcome), outcome_name(t.outcome)) << t.bytes;
    EXPECT_EQ(r.answer, t.answer) << t.bytes;
  }
}

TEST(LinesDecoder, ReadsEveryFieldOfTheEnd) {
  const Response r = decode(transcripts()[1].bytes);
  EXPECT_EQ(text_of(r), R"(ok|forty|hm|stop|m-1||{"words":[{"t":"a}]"}]}|3,-1,-1,2|0|12)");
  const Response limited = decode(transcripts()[8].bytes);
  EXPECT_EQ(limited.retry_after, milliseconds(250));
  EXPECT_EQ(limited.error, "slow");
}

TEST(LinesDecoder, CutAnywhereItReadsTheSame) {
  for (const Transcript& t : transcripts()) {
    const std::string whole = text_of(decode(t.bytes));
    for (size_t cut = 0; cut <= t.bytes.size(); ++cut) {
      EXPECT_EQ(text_of(decode(t.bytes, std::vector{cut})), whole) << cut << " of " << t.bytes;
    }
    std::vector<size_t> every(t.bytes.size());
    for (size_t i = 0; i < every.size(); ++i) every[i] = i;
    EXPECT_EQ(text_of(decode(t.bytes, every)), whole) << "byte by byte: " << t.bytes;
  }
}

TEST(LinesDecoder, EndingAnywhereIsTruncatedAndKeepsWhatCame) {
  const std::string bytes =
      "{\"reasoning\":\"hm\"}\n{\"delta\":\"for\"}\n{\"delta\":\"ty\"}\n{\"done\":true}\n";
  for (size_t end = 0; end < bytes.size() - 1; ++end) {
    const Response r = decode(std::string_view(bytes).substr(0, end));
    EXPECT_EQ(outcome_name(r.outcome), "truncated") << end;
    EXPECT_FALSE(r.error.empty());
    EXPECT_TRUE(std::string_view("forty").starts_with(r.answer)) << r.answer;
  }
  EXPECT_EQ(decode("").error, "no reply");
  EXPECT_EQ(decode("{\"delta\":\"a\"}\n").error, "the reply ends without a `done` event");
  EXPECT_EQ(decode("{\"delta\":\"a\"}\n{\"don").error, "the reply ends inside line 2: `{\"don`");
  // A last line that lacks only its newline is complete.
  EXPECT_EQ(decode("{\"done\":true}").outcome, Outcome::kOk);
}

TEST(LinesDecoder, MalformedLinesSayWhereAndWhat) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"Traceback (most recent call last):\n",
       "reply:1:1: syntax error while parsing value - invalid literal; last read: 'T' (byte 0 of "
       "the reply: `Traceback (most recent call last):`)"},
      {"{\"delta\":\"a\"}\n{\"delta\":1}\n",
       "reply:2: `delta` is an integer, expected a string (byte 14 of the reply: `{\"delta\":1}`)"},
      {"[1]\n", "reply:1: found a list, expected an object (byte 0 of the reply: `[1]`)"},
      {"{\"done\":1}\n",
       "reply:1: `done` is 1, expected true or false (byte 0 of the reply: `{\"done\":1}`)"},
      {"{\"done\":true,\"usage\":{\"input_tokens\":-4}}\n",
       "reply:1: `input_tokens` is -4, expected an integer of 0 or more (byte 0 of the reply: "
       "`{\"done\":true,\"usage\":{\"input_tokens\":-4}}`)"},
      {"{\"done\":true,\"usage\":{\"image_tokens\":1000000000001}}\n",
       "reply:1: `image_tokens` is 1000000000001, expected at most 10^12 tokens (byte 0 of the "
       "reply: "
       "`{\"done\":true,\"usage\":{\"image_tokens\":1000000000001}}`)"},
      {"{\"error\":{\"kind\":\"bad\"}}\n",
       "reply:1: `error.kind` is \"bad\", expected one of server_error, rate_limited, "
       "connect_error, timeout, malformed, crashed, rejected, refused (byte 0 of the reply: "
       "`{\"error\":{\"kind\":\"bad\"}}`)"},
      {"{\"done\":true}\n{\"delta\":\"x\"}\n",
       "line 2 of the reply (byte 14): found `{\"delta\":\"x\"}` after the reply's end"},
  };
  for (const auto& [bytes, message] : cases) {
    const Response r = decode(bytes);
    EXPECT_EQ(outcome_name(r.outcome), "malformed") << bytes;
    EXPECT_EQ(r.error, message);
  }
}

TEST(LinesDecoder, ErrorKinds) {
  for (const auto* kind : {"server_error", "rate_limited", "connect_error", "timeout", "malformed",
                           "crashed", "rejected", "refused"}) {
    const Response r =
        decode(fmt::format(R"({{"error":{{"kind":"{}","message":"why"}}}})", kind) + "\n");
    EXPECT_EQ(outcome_name(r.outcome), kind);
    EXPECT_EQ(r.error, "why");
  }
  EXPECT_EQ(decode("{\"error\":\"just text\"}\n").outcome, Outcome::kServerError);
  EXPECT_EQ(decode("{\"error\":\"just text\"}\n").error, "just text");
  EXPECT_EQ(decode("{\"error\":{\"retry_after_ms\":1e300}}\n").retry_after, std::chrono::hours(24));
}

TEST(LinesDecoder, TheUsualAndTheUnusualFormReadTheSame) {
  // An unknown key takes the slow path.
  const std::vector<std::string> lines = {
      R"("delta":"a\nb \u00e9","id":"1")",
      R"("reasoning":"\\","delta":"")",
      R"("done":true,"finish_reason":"length","usage":{"cached_tokens":7},"cpu_ns":0)",
      R"("done":true,"details":[1,"two",{"three":null}],"model":"m")",
      R"("done":false,"delta":"t")",
  };
  for (const std::string& members : lines) {
    const std::string usual = text_of(decode("{" + members + "}\n"));
    const std::string unusual = text_of(decode("{\"x\":{}," + members + "}\n"));
    EXPECT_EQ(usual, unusual) << members;
  }
}

TEST(LinesDecoder, InvalidTextIsRepairedNotRefused) {
  // A character cut between two events is whole again; a stray byte becomes U+FFFD.
  EXPECT_EQ(decode("{\"delta\":\"\xED\x95\"}\n{\"delta\":\"\x9C!\"}\n{\"done\":true}\n").answer,
            "한!");
  EXPECT_EQ(decode("{\"delta\":\"a\xFF\"}\n{\"done\":true}\n").answer, "a\xEF\xBF\xBD");
  EXPECT_EQ(decode("{\"x\":1,\"delta\":\"a\xFF\"}\n{\"done\":true}\n").answer, "a\xEF\xBF\xBD");
  EXPECT_EQ(decode("{\"delta\":\"\\ud800x \\udc00\"}\n{\"done\":true}\n").answer,
            "\xEF\xBF\xBDx \xEF\xBF\xBD");
  const Response r = decode("{\"done\":true,\"details\":{\"w\":\"\xFF\"}}\n");
  EXPECT_EQ(r.details, "{\"w\":\"\xEF\xBF\xBD\"}");
  EXPECT_EQ(r.outcome, Outcome::kOk);
}

TEST(LinesDecoder, DetailsMustBeJson) {
  EXPECT_EQ(decode("{\"done\":true,\"details\":{\"w\":}}\n").outcome, Outcome::kMalformed);
  EXPECT_EQ(decode("{\"done\":true,\"details\":nope}\n").outcome, Outcome::kMalformed);
  EXPECT_EQ(decode("{\"done\":true,\"details\":null}\n").outcome, Outcome::kOk);
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_EQ(decode("{\"done\":true,\"details\":" + deep + "}\n").outcome, Outcome::kMalformed);
}

TEST(LinesDecoder, KeepsTheTransportsVerdictAndTheTextThatCame) {
  const Response r = decode("{\"delta\":\"par\"}\n", {}, Outcome::kTimeout);
  EXPECT_EQ(r.outcome, Outcome::kTimeout);
  EXPECT_EQ(r.answer, "par");
}

TEST(LinesDecoder, FirstTokensComeWithTheChunkThatCompletedTheirLine) {
  const std::string bytes = "{\"reasoning\":\"r\"}\n{\"delta\":\"a\"}\n{\"done\":true}\n";
  const auto reasoning_end = static_cast<uint32_t>(bytes.find('\n') + 1);
  const auto answer_end = static_cast<uint32_t>(bytes.find('\n', reasoning_end) + 1);
  const auto at = [](int ms) { return TimePoint(milliseconds(ms)); };
  const auto decoder = LinesCodec().decoder();
  Attempt attempt;
  attempt.response.outcome = Outcome::kOk;
  // The newline of the first line arrives with the second chunk; the answer's with the third.
  const std::vector<ChunkStamp> stamps = {{reasoning_end - 1, at(1)},
                                          {reasoning_end, at(2)},
                                          {answer_end, at(3)},
                                          {static_cast<uint32_t>(bytes.size()), at(4)}};
  decoder->feed(bytes, stamps);
  decoder->finish(attempt, attempt.response);
  EXPECT_EQ(attempt.response.first_token, at(2));
  EXPECT_EQ(attempt.response.first_answer, at(3));

  const auto halves = LinesCodec().decoder();
  Response response;
  response.outcome = Outcome::kOk;
  const auto half = static_cast<uint32_t>(answer_end - 3);
  halves->feed(bytes.substr(0, half), std::vector<ChunkStamp>{{half, at(10)}});
  halves->feed(bytes.substr(half),
               std::vector<ChunkStamp>{{static_cast<uint32_t>(bytes.size()) - half, at(20)}});
  halves->finish(attempt, response);
  EXPECT_EQ(response.first_token, at(10));
  EXPECT_EQ(response.first_answer, at(20));
}

TEST(LinesDecoder, NoTokensNoTimes) {
  const Response r = decode("{\"done\":true}\n");
  EXPECT_FALSE(r.first_token.has_value());
  EXPECT_FALSE(r.first_answer.has_value());
}

TEST(LinesDecoder, ALineWithoutEndIsRefusedAtTheLimit) {
  const auto decoder = LinesCodec().decoder();
  const std::string chunk(1 << 20, 'x');
  decoder->feed("{\"delta\":\"", {});
  for (size_t fed = 0; fed <= kLineBytesMax; fed += chunk.size()) decoder->feed(chunk, {});
  Attempt attempt;
  attempt.response.outcome = Outcome::kOk;
  decoder->finish(attempt, attempt.response);
  EXPECT_EQ(attempt.response.outcome, Outcome::kMalformed);
  EXPECT_EQ(attempt.response.error, "line 1 of the reply is longer than 16777216 bytes");
}

TEST(LinesDecoder, AReplyWithoutEndIsRefusedAtTheLimit) {
  const auto decoder = LinesCodec().decoder();
  std::string chunk;
  append_delta_event(chunk, std::string(1 << 20, 'x'));
  for (size_t fed = 0; fed <= kReplyBytesMax; fed += chunk.size()) decoder->feed(chunk, {});
  Attempt attempt;
  attempt.response.outcome = Outcome::kOk;
  decoder->finish(attempt, attempt.response);
  EXPECT_EQ(attempt.response.outcome, Outcome::kMalformed);
  EXPECT_EQ(attempt.response.error, "the reply is longer than 67108864 bytes");
}

TEST(LinesEvents, WhatIsAppendedIsReadBack) {
  std::string bytes;
  append_reasoning_event(bytes, "think \"hard\"\n");
  append_delta_event(bytes, std::string("nul \0 tab\t 한글", 17));
  DoneEvent done;
  int64_t tokens = 0;
  for (const auto bucket : kUsageBuckets) done.usage.*bucket = ++tokens;
  done.served_model = "m";
  done.details = "{\n\"a\": 1\n}";
  done.cpu = Nanos(99);
  append_done_event(bytes, done);
  EXPECT_EQ(std::count(bytes.begin(), bytes.end(), '\n'), 3);
  const Response r = decode(bytes);
  EXPECT_EQ(r.answer, std::string("nul \0 tab\t 한글", 17));
  EXPECT_EQ(r.reasoning, "think \"hard\"\n");
  EXPECT_EQ(r.details, "{ \"a\": 1 }");
  EXPECT_EQ(r.cpu, Nanos(99));
  for (const auto bucket : kUsageBuckets) EXPECT_EQ(r.usage.*bucket, done.usage.*bucket);
  EXPECT_NE(bytes.find("\"cache_write_tokens\":5,\"cache_write_hour_tokens\":6"),
            std::string::npos);

  std::string error;
  append_error_event(error, {Outcome::kRateLimited, "wait", std::chrono::microseconds(1500)});
  EXPECT_EQ(error,
            "{\"error\":{\"kind\":\"rate_limited\",\"message\":\"wait\",\"retry_after_ms\":2}}\n");
}

TEST(LinesCodecEncode, GoldenRequest) {
  Attempt attempt;
  attempt.key = {.model = 2, .sample = 17, .repeat = 3, .attempt = 1};
  attempt.sample.id = "q\"17";
  attempt.sample.targets = {"secret target"};
  attempt.request.suite = "sums";
  attempt.request.input = "2+2";
  attempt.request.messages = {
      {"system", "Be brief.", {}},
      {"user", "2+2?", {{.path = "a.png", .media_type = "image/png", .sha256 = "ab"}}}};
  attempt.request.choices = {"4", "5"};
  attempt.request.params.max_tokens = 8;
  attempt.request.params.temperature = 0.5;
  EXPECT_EQ(
      LinesCodec().encode(attempt),
      R"({"type":"request","id":"2/17/3","suite":"sums","sample":"q\"17","repeat":3,"input":"2+2",)"
      R"("messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"2+2?",)"
      R"("images":[{"path":"a.png","media_type":"image/png","sha256":"ab"}]}],)"
      R"("choices":["4","5"],"params":{"max_tokens":8,"temperature":0.5}})"
      "\n");
  EXPECT_TRUE(LinesReplyCodec().encode(attempt).empty());
}

TEST(PeekEvent, RoutesLines) {
  const auto peek = [](std::string_view line) { return peek_event(line).value(); };
  EXPECT_FALSE(peek(R"({"delta":"x","id":"1/2/0"})").ends_reply);
  EXPECT_EQ(peek(R"({"delta":"x","id":"1/2/0"})").id, "1/2/0");
  EXPECT_TRUE(peek(R"({"id":"7","done":true,"other":0})").ends_reply);
  EXPECT_EQ(peek(R"({"id":"7","done":true,"other":0})").id, "7");
  EXPECT_TRUE(peek(R"({"error":"x"})").ends_reply);
  const EventHead head =
      peek(R"({"type":"hello","protocol":1,"concurrency":4,"version":"net 2.1"})");
  ASSERT_TRUE(head.hello.has_value());
  EXPECT_EQ(head.hello->concurrency, 4);
  EXPECT_EQ(head.hello->version, "net 2.1");
  EXPECT_EQ(peek(R"({"type":"hello"})").hello->concurrency, 1);
}

TEST(PeekEvent, RefusesWhatTheDecoderWouldRefuse) {
  EXPECT_FALSE(peek_event("hello").has_value());
  EXPECT_FALSE(peek_event(R"({"delta":"x" "done":true})").has_value());
  EXPECT_FALSE(peek_event(R"({"delta":3})").has_value());
  EXPECT_EQ(peek_event(R"({"type":"hello","protocol":2})").error().text(),
            "hello: `protocol` is 2, expected 1");
  EXPECT_EQ(peek_event(R"({"type":"hello","concurrency":0})").error().text(),
            "hello: `concurrency` is 0, expected 1..4096");
}

}  // namespace
}  // namespace assay::backends
