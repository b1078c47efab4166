// Texts of which only so much is kept: KeptText, and what ReplyBuilder makes of it.
#include "backends/codec/kept_text.h"

#include <gtest/gtest.h>

#include "backends/codec/openai_choices.h"
#include "backends/codec/reply_builder.h"
#include "backends/codec/wire_codec.h"
#include "harness/base/utf8.h"
#include "tests/backends/codec/codec_support.h"

namespace assay::backends {
namespace {

ChunkStamp at_ns(int64_t ns) { return {0, from_ns(ns)}; }

TEST(KeptText, ShortTextIsKeptWhole) {
  KeptText text(5);
  EXPECT_TRUE(text.empty());
  text.append("ab");
  text.append("cde");
  EXPECT_EQ(text.text(), "abcde");
  EXPECT_EQ(text.dropped_points(), 0);
}

TEST(KeptText, WhatIsBeyondIsCounted) {
  KeptText text(5);
  text.append("abcdef가");
  text.append("g");
  EXPECT_EQ(text.text(), "abcde");
  EXPECT_EQ(text.dropped_points(), 3);
  KeptText none(0);
  none.append("ab");
  EXPECT_EQ(none.text(), "");
  EXPECT_FALSE(none.empty());
  EXPECT_EQ(none.dropped_points(), 2);
}

// At every limit, with the text given in pieces of every size: a beginning, no character cut,
// nothing behind a gap, and no character lost from the count.
TEST(KeptText, NoCharacterIsCut) {
  const std::string whole =
      "a\xC3\xA9"
      "가🙂나b🙂";
  const int64_t points = count_code_points(whole);
  for (size_t limit = 0; limit <= whole.size() + 1; ++limit) {
    for (size_t step = 1; step <= whole.size(); ++step) {
      KeptText text(limit);
      for (size_t at = 0; at < whole.size(); at += step) text.append(whole.substr(at, step));
      EXPECT_LE(text.text().size(), limit);
      EXPECT_GE(text.text().size() + 3, std::min(limit, whole.size()));
      EXPECT_TRUE(whole.starts_with(text.text()));
      EXPECT_FALSE(invalid_utf8_at(text.text())) << limit << " " << step;
      EXPECT_EQ(count_code_points(text.text()) + text.dropped_points(), points)
          << limit << " " << step;
    }
  }
}

TEST(KeptText, TakesOverAnother) {
  KeptText answer(4);
  KeptText reasoning(4);
  answer.append("abcdefg");
  reasoning.append("x");
  reasoning.append_all(answer);
  EXPECT_EQ(reasoning.text(), "xabc");
  EXPECT_EQ(reasoning.dropped_points(), 4);
  EXPECT_TRUE(answer.empty());
  answer.append("new");
  EXPECT_EQ(answer.text(), "new");
}

Response long_reply(uint64_t kept) {
  ReplyBuilder builder({}, false, kept);
  for (int i = 0; i < 100; ++i) builder.reasoning("thinking ", at_ns(1000 * i));
  for (int i = 0; i < 300; ++i) builder.answer("answering ", at_ns(200'000 + 1000 * i));
  builder.tool_call(0, "id", "f", std::string(50, 'x'), at_ns(900'000));
  builder.tool_call(0, "", "", std::string(50, 'x'), at_ns(910'000));
  builder.usage({.output_total = 1000});
  builder.finished("stop", FinishKind::kStop);
  Response response = test::answered_attempt().response;
  builder.finish(test::answered_attempt(), response);
  return response;
}

TEST(KeptText, OnlyTextsOfAReplyAreShorter) {
  const Response whole = long_reply(UINT64_MAX);
  const Response cut = long_reply(64);
  EXPECT_EQ(whole.answer.size(), 3000u);
  EXPECT_EQ(cut.answer, whole.answer.substr(0, 64));
  EXPECT_EQ(cut.reasoning, whole.reasoning.substr(0, 64));
  EXPECT_EQ(cut.tool_calls.at(0).name, "f");
  EXPECT_EQ(cut.tool_calls.at(0).arguments, std::string(64, 'x'));
  EXPECT_EQ(cut.outcome, whole.outcome);
  EXPECT_EQ(cut.chunks, whole.chunks);
  EXPECT_EQ(cut.first_token, whole.first_token);
  EXPECT_EQ(cut.first_answer, whole.first_answer);
  EXPECT_EQ(cut.usage.source, UsageSource::kSplitEstimated);
  EXPECT_EQ(cut.usage.reasoning_tokens, whole.usage.reasoning_tokens);
  EXPECT_EQ(cut.usage.output_tokens, whole.usage.output_tokens);
  EXPECT_EQ(cut.details, whole.details);
}

TEST(KeptText, AReplyOfWhichNothingIsKeptHasAnswered) {
  ReplyBuilder builder({}, false, 0);
  builder.reasoning("hm", at_ns(1));
  builder.answer("42", at_ns(2));
  builder.finished("length", FinishKind::kLength);
  Response response = test::answered_attempt().response;
  builder.finish(test::answered_attempt(), response);
  EXPECT_EQ(response.outcome, Outcome::kLength);
  EXPECT_EQ(response.answer, "");
}

// What a failed reply said is still told.
TEST(KeptText, ErrorsKeepTheirBody) {
  ReplyBuilder builder({}, false, 0);
  const std::string body = "the gateway is down " + std::string(10'000, '.');
  builder.stamps(body, {});
  Attempt attempt = test::answered_attempt();
  attempt.http.status = 502;
  Response response = attempt.response;
  builder.finish(attempt, response);
  EXPECT_NE(response.error.find("the gateway is down"), std::string::npos) << response.error;
  EXPECT_EQ(response.wire.size(), ReplyBuilder::kWireBytesKeptMin);
}

std::vector<uint32_t> tokens_of(const std::vector<std::string>& events, bool fast = true) {
  ChoicesDecoder decoder({}, fast);
  std::string bytes;
  for (const std::string& event : events) bytes += "data: " + event + "\n\n";
  decoder.feed(bytes, {});
  Attempt attempt = test::answered_attempt();
  decoder.finish(attempt, attempt.response);
  std::vector<uint32_t> tokens;
  const auto chunks = read_chunk_log(attempt.response.chunks);
  EXPECT_TRUE(chunks.has_value());
  for (const Chunk& chunk : *chunks) tokens.push_back(chunk.tokens);
  return tokens;
}

std::string event(const std::string& text, int64_t tokens) {
  std::string json = R"({"choices":[{"index":0,"delta":{"content":")" + text + R"("}}])";
  if (tokens >= 0)
    json += R"(,"usage":{"prompt_tokens":5,"total_tokens":)" + std::to_string(5 + tokens) +
            R"(,"completion_tokens":)" + std::to_string(tokens) + "}";
  return json + "}";
}

TEST(ChunkTokens, AreTheStepsOfARunningCount) {
  using Tokens = std::vector<uint32_t>;
  for (const bool fast : {true, false}) {
    EXPECT_EQ(tokens_of({event("", 0), event("a", 1), event("bc", 3), event("", 4), event("d", 5),
                         event("efgh", 9)},
                        fast),
              (Tokens{1, 2, 2, 4}));
    // Only the last event has a count: it is the reply's, not the chunk's.
    EXPECT_EQ(tokens_of({event("a", -1), event("b", -1), event("c", 3)}, fast), (Tokens{0, 0, 0}));
    // A count that goes back counts something else.
    EXPECT_EQ(tokens_of({event("a", 1), event("b", 0), event("c", 9)}, fast), (Tokens{1, 0, 0}));
    EXPECT_EQ(tokens_of({event("a", -1)}, fast), (Tokens{0}));
  }
}

TEST(ChunkTokens, BothPathsReadUsageAlike) {
  for (const bool fast : {true, false}) {
    ChoicesDecoder decoder({}, fast);
    decoder.feed("data: " + event("a", 1) + "\n\ndata: " +
                     R"({"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}],)"
                     R"("usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":10}})" +
                     "\n\n",
                 {});
    Attempt attempt = test::answered_attempt();
    decoder.finish(attempt, attempt.response);
    const Usage& usage = attempt.response.usage;
    EXPECT_EQ(usage.input_tokens, 5);
    EXPECT_EQ(usage.output_tokens, 2);
    EXPECT_EQ(usage.reasoning_tokens, 3);  // what the total holds beyond the two
    EXPECT_EQ(usage.source, UsageSource::kReported);
  }
}

}  // namespace
}  // namespace assay::backends
