// Every case of reasoning_cases.jsonl in every wire format that can carry it, streamed and whole.
// A case has "deltas" ({"answer": ..} or {"reasoning": ..} for the format's own field), or a "text"
// of the answer channel that is cut into pieces of "cut" bytes. "tokens" are [reasoning, visible]
// where the format counts reasoning, "estimated" where it does not or did not. "first_answer" is
// the delta whose bytes hold the answer's first character that is no space (null: none, or not
// stated because of "cut").
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "harness/base/utf8.h"
#include "tests/backends/codec/codec_support.h"
#include "tests/backends/codec/reasoning_renderers.h"

namespace assay::backends {
namespace {

using test::Delta;
using test::ReasoningRenderer;
using test::ReasoningReply;

struct Case {
  std::string name;
  ReasoningReply reply;
  WireOptions options;
  Json expected;
  bool needs_field = false;
  bool is_cut = false;  // into pieces of so many bytes
};

void read_deltas(const Json& row, Case& c) {
  if (const Json* text = find_member(row, "text"); text != nullptr) {
    const auto bytes = text->get<std::string>();
    const auto step = row["cut"].get<size_t>();
    for (size_t at = 0; at < bytes.size(); at += step)
      c.reply.deltas.push_back({Channel::kAnswer, bytes.substr(at, step)});
    c.is_cut = true;
    return;
  }
  for (const Json& delta : row["deltas"]) {
    const bool thought = delta.contains("reasoning");
    c.needs_field = c.needs_field || thought;
    c.reply.deltas.push_back({thought ? Channel::kReasoning : Channel::kAnswer,
                              delta[thought ? "reasoning" : "answer"].get<std::string>()});
  }
}

Case read_case(const Json& row) {
  Case c;
  c.name = row["name"].get<std::string>();
  read_deltas(row, c);
  c.reply.length = row["finish"] == "length";
  if (const Json* usage = find_member(row, "usage"); usage != nullptr) {
    c.reply.output_tokens = (*usage)["output"].get<int64_t>();
    if (usage->contains("reasoning"))
      c.reply.reasoning_tokens = (*usage)["reasoning"].get<int64_t>();
  }
  c.options.model = "m";
  c.options.reasoning.opened_by_template = row.contains("opened_by_template");
  c.options.reasoning.off = row.contains("off");
  c.expected = row["expected"];
  return c;
}

bool cuts_characters(const Case& c) {
  return std::any_of(c.reply.deltas.begin(), c.reply.deltas.end(),
                     [](const Delta& delta) { return invalid_utf8_at(delta.text).has_value(); });
}

bool carries(const ReasoningRenderer& format, const Case& c) {
  if (c.needs_field && !format.has_field) return false;
  if (cuts_characters(c) && !format.carries_cut_characters) return false;
  // What only a count of reasoning tokens could tell needs one.
  const bool only_counted = c.reply.reasoning_tokens > 0 && c.reply.deltas.empty();
  return !only_counted || format.counts_reasoning;
}

void expect_tokens(const ReasoningRenderer& format, const Case& c, const Response& got) {
  const bool counted = format.counts_reasoning && c.reply.reasoning_tokens >= 0;
  const char* key = counted ? "tokens" : "estimated";
  if (!c.expected.contains(key)) return;
  EXPECT_EQ(got.usage.reasoning_tokens, c.expected[key][0].get<int64_t>());
  EXPECT_EQ(got.usage.output_tokens, c.expected[key][1].get<int64_t>());
  const bool split = !got.reasoning.empty() && (!counted || c.reply.reasoning_tokens == 0);
  EXPECT_EQ(got.usage.source, split ? UsageSource::kSplitEstimated : UsageSource::kReported);
}

void expect_said(const Case& c, const Response& got) {
  EXPECT_EQ(got.reasoning, c.expected["reasoning"].get<std::string>());
  EXPECT_EQ(got.answer, c.expected["answer"].get<std::string>());
  EXPECT_EQ(outcome_name(got.outcome), c.expected["outcome"].get<std::string>()) << got.error;
}

// Bytes of the stream of each delta's text, to find which one a stamp belongs to.
size_t end_of_delta(const ReasoningRenderer& format, const Case& c, size_t delta) {
  ReasoningReply beginning;
  beginning.deltas.assign(c.reply.deltas.begin(),
                          c.reply.deltas.begin() + static_cast<std::ptrdiff_t>(delta));
  ReasoningReply longer = beginning;
  longer.deltas.push_back(c.reply.deltas[delta]);
  const std::string nothing = format.streamed(ReasoningReply{});
  return format.streamed(longer).size() - nothing.size();
}

void expect_times(const ReasoningRenderer& format, const Case& c, const Response& got) {
  EXPECT_EQ(got.first_token.has_value(), !c.reply.deltas.empty());
  if (c.is_cut) return;
  if (c.expected["first_answer"].is_null()) {
    EXPECT_EQ(got.first_answer.has_value(),
              got.answer.find_first_not_of(" \n") != std::string::npos);
    return;
  }
  ASSERT_TRUE(got.first_answer);
  EXPECT_LE(*got.first_token, *got.first_answer);
  // The framing around deltas may differ by a few bytes at the beginning and the end: the stamp
  // lies within the delta's event or its line end.
  const auto delta = c.expected["first_answer"].get<size_t>();
  const auto at = static_cast<size_t>(to_ns(*got.first_answer));
  EXPECT_GT(at, delta == 0 ? 0 : end_of_delta(format, c, delta - 1));
  EXPECT_LE(at, end_of_delta(format, c, delta) + format.streamed(ReasoningReply{}).size());
}

TEST(Reasoning, EachCaseInEachFormatStreamed) {
  std::map<std::string, int> checked;
  for (const Json& row : test::read_jsonl(test::data_folder() / "reasoning_cases.jsonl")) {
    const Case c = read_case(row);
    for (const ReasoningRenderer& format : test::reasoning_renderers()) {
      if (!carries(format, c)) continue;
      SCOPED_TRACE(format.format + ": " + c.name);
      ++checked[format.format];
      const std::string bytes = format.streamed(c.reply);
      const auto codec = test::codec_of(format.format, c.options);
      const Response got = test::decode_cut(*codec, test::answered_attempt(), bytes, {});
      expect_said(c, got);
      expect_tokens(format, c, got);
      expect_times(format, c, got);
      std::vector<size_t> every;
      for (size_t i = 1; i < bytes.size(); ++i) every.push_back(i);
      const Response cut = test::decode_cut(*codec, test::answered_attempt(), bytes, every);
      EXPECT_EQ(dump_json(test::response_json(cut)), dump_json(test::response_json(got)));
      EXPECT_EQ(cut.chunks, got.chunks);
    }
  }
  for (const ReasoningRenderer& format : test::reasoning_renderers())
    EXPECT_GE(checked[format.format], 8) << format.format;
}

TEST(Reasoning, EachCaseInEachFormatWhole) {
  for (const Json& row : test::read_jsonl(test::data_folder() / "reasoning_cases.jsonl")) {
    const Case c = read_case(row);
    for (const ReasoningRenderer& format : test::reasoning_renderers()) {
      if (!carries(format, c)) continue;
      SCOPED_TRACE(format.format + ": " + c.name);
      const auto codec = test::codec_of(format.format, c.options);
      const Response got =
          test::decode_cut(*codec, test::answered_attempt(), format.whole(c.reply), {});
      expect_said(c, got);
      expect_tokens(format, c, got);
      EXPECT_FALSE(got.first_token);
      EXPECT_FALSE(got.first_answer);
      EXPECT_TRUE(got.chunks.empty());
    }
  }
}

// The log of chunks says which channel each piece was, also where that was learnt later.
TEST(Reasoning, ChunksAreLoggedByChannel) {
  for (const Json& row : test::read_jsonl(test::data_folder() / "reasoning_cases.jsonl")) {
    const Case c = read_case(row);
    SCOPED_TRACE(c.name);
    const auto codec = test::codec_of("openai-chat", c.options);
    const Response got =
        test::decode_cut(*codec, test::answered_attempt(), test::chat_streamed(c.reply), {});
    const Result<std::vector<Chunk>> chunks = read_chunk_log(got.chunks);
    ASSERT_TRUE(chunks.has_value());
    std::map<Channel, size_t> bytes;
    for (const Chunk& chunk : *chunks) bytes[chunk.channel] += chunk.text_bytes;
    // What was held back at the end was not a chunk of its own.
    EXPECT_LE(bytes[Channel::kReasoning], got.reasoning.size());
    EXPECT_LE(bytes[Channel::kAnswer], got.answer.size());
    EXPECT_GE(bytes[Channel::kReasoning] + bytes[Channel::kAnswer] + 8,
              got.reasoning.size() + got.answer.size());
    EXPECT_GE(chunks->size(), c.reply.deltas.size());
  }
}

}  // namespace
}  // namespace assay::backends
