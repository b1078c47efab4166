#include "backends/codec/reply_builder.h"

#include <gtest/gtest.h>

#include "tests/backends/codec/codec_support.h"

namespace assay::backends {
namespace {

ChunkStamp at_ns(int64_t ns, uint32_t end = 0) { return {end, from_ns(ns)}; }

Response finish(ReplyBuilder& builder, const Attempt& attempt = test::answered_attempt()) {
  Response response = attempt.response;
  builder.finish(attempt, response);
  return response;
}

Response finish_with(const UsageCounts& counts, const std::string& reasoning = "",
                     const std::string& answer = "x") {
  ReplyBuilder builder({}, false);
  builder.reasoning(reasoning, at_ns(1));
  builder.answer(answer, at_ns(2));
  builder.usage(counts);
  builder.finished("stop", FinishKind::kStop);
  return finish(builder);
}

TEST(ReplyBuilder, StampsAreFoundByTheirOffsetInTheStream) {
  ReplyBuilder builder({}, false);
  const std::vector<ChunkStamp> first{at_ns(10, 4), at_ns(20, 8)};
  const std::vector<ChunkStamp> second{at_ns(30, 5)};
  builder.stamps("12345678", first);
  EXPECT_EQ(to_ns(builder.at(1).at), 10);
  EXPECT_EQ(to_ns(builder.at(4).at), 10);
  EXPECT_EQ(to_ns(builder.at(5).at), 20);
  EXPECT_EQ(to_ns(builder.at(8).at), 20);
  builder.stamps("abcde", second);
  EXPECT_EQ(to_ns(builder.at(8).at), 20);
  EXPECT_EQ(to_ns(builder.at(9).at), 30);
  EXPECT_EQ(to_ns(builder.at(99).at), 30);
  EXPECT_EQ(to_ns(builder.last().at), 30);
}

TEST(ReplyBuilder, KernelStampsAndFlagsReachTheLog) {
  ReplyBuilder builder({}, false);
  ChunkStamp stamp = at_ns(5);
  stamp.kernel_lag = Nanos{7};
  stamp.flags = kStampCoalesced;
  builder.answer("ab", stamp);
  builder.tool_call(0, "id", "f", "{}", at_ns(6));
  builder.terminal();
  const Response response = finish(builder);
  const auto chunks = read_chunk_log(response.chunks);
  ASSERT_TRUE(chunks.has_value());
  ASSERT_EQ(chunks->size(), 2U);
  EXPECT_EQ((*chunks)[0].kernel_lag, Nanos{7});
  EXPECT_EQ((*chunks)[0].flags, kStampCoalesced);
  EXPECT_EQ((*chunks)[0].text_bytes, 2U);
  EXPECT_EQ((*chunks)[1].channel, Channel::kTool);
  EXPECT_EQ((*chunks)[1].text_bytes, 3U);
  EXPECT_EQ(to_ns(*response.first_token), 5);
}

TEST(ReplyBuilder, WireBytesAreKeptOfFailedAttemptsOnly) {
  const std::string bytes(100'000, 'x');
  for (const bool keep : {false, true}) {
    for (const bool ok : {false, true}) {
      ReplyBuilder builder({}, keep);
      builder.stamps(bytes, {});
      builder.stamps("end", {});
      if (ok) builder.terminal();
      const size_t kept = finish(builder).wire.size();
      EXPECT_EQ(kept, keep ? bytes.size() + 3 : ok ? 0 : ReplyBuilder::kWireBytesKept);
    }
  }
}

TEST(ReplyBuilder, TheTransportsFailureKeepsWhatArrived) {
  ReplyBuilder builder({}, false);
  builder.stamps("123", {});
  builder.answer("par", at_ns(1));
  Attempt attempt = test::answered_attempt();
  attempt.response.outcome = Outcome::kTimeout;
  attempt.response.error = "nothing for 2 s";
  const Response response = finish(builder, attempt);
  EXPECT_EQ(response.outcome, Outcome::kTimeout);
  EXPECT_EQ(response.error, "nothing for 2 s");
  EXPECT_EQ(response.answer, "par");
  EXPECT_EQ(response.wire, "123");
}

TEST(ReplyBuilder, WithoutAnyBytesTheTransportOrTruncationDecides) {
  {
    ReplyBuilder builder({}, false);
    const Response response = finish(builder);
    EXPECT_EQ(response.outcome, Outcome::kTruncated);
    EXPECT_EQ(response.error, "an empty reply");
  }
  ReplyBuilder builder({}, false);
  Attempt attempt = test::answered_attempt(0);
  attempt.response.outcome = Outcome::kConnectError;
  attempt.response.error = "refused";
  EXPECT_EQ(finish(builder, attempt).outcome, Outcome::kConnectError);
}

TEST(ReplyBuilder, AnErrorBeatsATerminalEventButNotAFinishReason) {
  ReplyBuilder ended({}, false);
  ended.error("overloaded_error", "busy");
  ended.terminal();
  EXPECT_EQ(finish(ended).outcome, Outcome::kServerError);
  ReplyBuilder finished({}, false);
  finished.finished("stop", FinishKind::kStop);
  finished.error("overloaded_error", "busy");
  EXPECT_EQ(finish(finished).outcome, Outcome::kOk);
}

TEST(ReplyBuilder, AStatusThatIsNoSuccessIsNoAnswerWhateverTheBodySays) {
  ReplyBuilder builder({}, false);
  builder.answer("x", at_ns(1));
  builder.finished("stop", FinishKind::kStop);
  const Response response = finish(builder, test::answered_attempt(503));
  EXPECT_EQ(response.outcome, Outcome::kServerError);
  EXPECT_EQ(response.error, "HTTP 503");
}

TEST(ReplyBuilder, MalformedBytesBehindTheEndDoNotMatter) {
  ReplyBuilder before({}, false);
  before.malformed("bad");
  before.finished("stop", FinishKind::kStop);
  EXPECT_EQ(finish(before).outcome, Outcome::kMalformed);
  ReplyBuilder behind({}, false);
  behind.finished("stop", FinishKind::kStop);
  behind.malformed("bad");
  EXPECT_EQ(finish(behind).outcome, Outcome::kOk);
}

TEST(ReplyBuilder, BucketsAddUpToWhatTheProviderCounted) {
  const Usage plain = finish_with({.input_total = 10, .output_total = 4}).usage;
  EXPECT_EQ(plain.input_tokens, 10);
  EXPECT_EQ(plain.cached_tokens, -1);
  EXPECT_EQ(plain.output_tokens, 4);
  EXPECT_EQ(plain.reasoning_tokens, -1);
  EXPECT_EQ(plain.source, UsageSource::kReported);

  const Usage cached = finish_with({.input_total = 10, .cached = 6, .cache_write = 1}).usage;
  EXPECT_EQ(cached.input_tokens, 3);
  EXPECT_EQ(cached.cached_tokens, 6);
  EXPECT_EQ(cached.cache_write_tokens, 1);
  EXPECT_EQ(cached.output_tokens, -1);

  const Usage apart = finish_with({.input_total = 10,
                                   .cached = 600,
                                   .cache_write = 50,
                                   .output_total = 5,
                                   .reasoning = 7,
                                   .input_excludes_cache = true,
                                   .output_excludes_reasoning = true})
                          .usage;
  EXPECT_EQ(apart.input_tokens, 10);
  EXPECT_EQ(apart.cached_tokens, 600);
  EXPECT_EQ(apart.cache_write_tokens, 50);
  EXPECT_EQ(apart.output_tokens, 5);
  EXPECT_EQ(apart.reasoning_tokens, 7);
}

TEST(ReplyBuilder, ContradictionsKeepTheSumsAndAreSaid) {
  const Response response = finish_with(
      {.input_total = 10, .cached = 8, .cache_write = 8, .output_total = 4, .reasoning = 9}, "r");
  EXPECT_EQ(response.usage.input_tokens, 0);
  EXPECT_EQ(response.usage.cached_tokens, 8);
  EXPECT_EQ(response.usage.cache_write_tokens, 2);
  EXPECT_EQ(response.usage.output_tokens, 0);
  EXPECT_EQ(response.usage.reasoning_tokens, 4);
  EXPECT_EQ(response.usage.source, UsageSource::kContradictory);
  const Result<Json> details = parse_json(response.details, "details");
  ASSERT_TRUE(details.has_value());
  EXPECT_EQ((*details)["notes"].size(), 2U);
}

TEST(ReplyBuilder, HugeCountsAreSplitWithoutOverflow) {
  const Usage usage = finish_with({.output_total = kTokensMax}, "abc", "").usage;
  EXPECT_EQ(usage.reasoning_tokens, kTokensMax);
  EXPECT_EQ(usage.output_tokens, 0);
  const Usage half = finish_with({.output_total = kTokensMax}, "a", "b").usage;
  EXPECT_GE(half.reasoning_tokens, 0);
  EXPECT_GE(half.output_tokens, 0);
  EXPECT_EQ(half.reasoning_tokens + half.output_tokens, kTokensMax);
  const Response none = finish_with({.input_total = 3, .output_total = INT64_MAX});
  EXPECT_EQ(none.usage.output_tokens, -1);
  EXPECT_EQ(none.usage.source, UsageSource::kContradictory);
}

TEST(ReplyBuilder, TheLastUsageCountsFieldByField) {
  ReplyBuilder builder({}, false);
  builder.usage({.input_total = 10, .cached = 2, .output_total = 1});
  builder.usage({.output_total = 30, .reasoning = 5});
  builder.terminal();
  const Usage usage = finish(builder).usage;
  EXPECT_EQ(usage.input_tokens, 8);
  EXPECT_EQ(usage.output_tokens, 25);
  EXPECT_EQ(usage.reasoning_tokens, 5);
}

TEST(ReplyBuilder, AnEmptyUsageIsNone) {
  EXPECT_EQ(finish_with({}).usage.source, UsageSource::kMissing);
  EXPECT_EQ(finish_with({.reasoning = 0}).usage.source, UsageSource::kReported);
}

TEST(ReplyBuilder, ToolCallsGrowByPiecesWithinALimit) {
  ReplyBuilder builder({}, false);
  builder.tool_call(0, "a", "get", "", at_ns(1));
  builder.tool_call(0, "a", "get", "{\"x\":", at_ns(2));
  builder.tool_call(0, "", "", "1}", at_ns(3));
  builder.tool_call(ReplyBuilder::kToolCallsMax, "far", "f", "", at_ns(4));
  builder.tool_call(1, "b", "f", "", at_ns(5));
  builder.finished("tool_calls", FinishKind::kToolCalls);
  const Response response = finish(builder);
  ASSERT_EQ(response.tool_calls.size(), 2U);
  EXPECT_EQ(response.tool_calls[0].id, "a");
  EXPECT_EQ(response.tool_calls[0].name, "get");
  EXPECT_EQ(response.tool_calls[0].arguments, "{\"x\":1}");
  EXPECT_EQ(response.outcome, Outcome::kOk);
  EXPECT_FALSE(response.first_answer);
}

TEST(ReplyBuilder, CutOffBehindAToolCallIsNotCutOffWhileThinking) {
  ReplyBuilder builder({}, false);
  builder.reasoning("hm", at_ns(1));
  builder.tool_call(0, "a", "get", "{", at_ns(2));
  builder.finished("length", FinishKind::kLength);
  EXPECT_EQ(finish(builder).outcome, Outcome::kLength);
}

TEST(ReplyBuilder, TextIsRepairedAtTheEndOnly) {
  ReplyBuilder builder({}, false);
  builder.answer("\xEA\xB0", at_ns(1));
  builder.answer("\x80 \xFF", at_ns(2));
  builder.terminal();
  EXPECT_EQ(finish(builder).answer, "\xEA\xB0\x80 \xEF\xBF\xBD");
}

TEST(ReplyBuilder, ATextBeyondItsLimitIsRejected) {
  ReplyBuilder builder({}, false);
  const std::string block(size_t{8} << 20, 'x');
  for (size_t i = 0; i <= ReplyBuilder::kTextBytesMax / block.size(); ++i)
    builder.reasoning(block, at_ns(1));
  builder.terminal();
  const Response response = finish(builder);
  EXPECT_EQ(response.outcome, Outcome::kRejected);
  EXPECT_LE(response.reasoning.size(), ReplyBuilder::kTextBytesMax);
  EXPECT_NE(response.error.find("longer than"), std::string::npos);
}

TEST(ReplyBuilder, MessagesOfProvidersAreBounded) {
  ReplyBuilder builder({}, false);
  builder.error("kind", std::string(100'000, 'm'));
  EXPECT_LE(finish(builder).error.size(), ReplyBuilder::kErrorBytesMax + 100);
}

TEST(ReplyBuilder, HeadersOfTheReplyAreRead) {
  ReplyBuilder builder({}, false);
  Attempt attempt = test::answered_attempt(429);
  attempt.http.headers =
      "date: Tue, 27 Jan 2026 12:00:00 GMT\r\nretry-after: Tue, 27 Jan 2026 12:00:04 GMT\r\n"
      "x-ratelimit-limit-requests: 60\r\n";
  const Response response = finish(builder, attempt);
  EXPECT_EQ(response.outcome, Outcome::kRateLimited);
  EXPECT_EQ(response.retry_after, Nanos(std::chrono::seconds(4)));
  EXPECT_EQ(response.limits.requests_per_minute, 60);
}

TEST(ReplyBuilder, NotesJoinTheDetails) {
  ReplyBuilder builder({}, false);
  builder.details(R"({"timings":{"n":1}})");
  builder.note("look");
  builder.terminal();
  EXPECT_EQ(finish(builder).details, R"({"timings":{"n":1},"notes":["look"]})");
}

}  // namespace
}  // namespace assay::backends
