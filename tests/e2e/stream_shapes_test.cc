// Every shape that servers give their streams, from the wire to the run file: what counts as a
// chunk, which text it had, and when the first token came, against the true times in the mock's
// log. A role, an empty delta and a comment are no tokens; an event is there when its last byte is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/types/chunk_log.h"
#include "tests/support/cli.h"
#include "tests/support/mock_process.h"

namespace assay::test {
namespace {

constexpr const char* kText = "river stone light seven";  // four tokens
constexpr const char* kTtft = "300ms";
constexpr const char* kGap = "250ms";
// How late a stamp may be: less than the next event needs, more than a busy machine does.
constexpr double kLateMs = 200;
// Between the wall clock of the kernel's stamps and the steady clock (receive_stamp.cc).
constexpr double kClockErrorMs = 0.05;

struct Shape {
  const char* name;
  std::vector<std::string> flags;
  // Chunks with text, by channel.
  size_t answers = 4;
  size_t reasonings = 0;
  size_t tools = 0;
  // Which token, counted from 1, is the first at all, and the first of the answer; 0: there is
  // none.
  int64_t first_token = 1;
  int64_t first_answer = 1;
  const char* answer = kText;
  const char* outcome = "ok";
  bool usage = true;
};

std::vector<Shape> shapes() {
  return {
      {.name = "plain", .flags = {}},
      {.name = "no role chunk", .flags = {"--role-chunk", "no"}},
      {.name = "role chunk at once", .flags = {"--role-chunk", "early"}},
      {.name = "reasoning first",
       .flags = {"--reasoning", "field", "--reasoning-tokens", "3"},
       .reasonings = 3,
       .first_answer = 4},
      {.name = "reasoning first, the other field, role at once",
       .flags = {"--reasoning", "field-openrouter", "--reasoning-tokens", "2", "--role-chunk",
                 "early"},
       .reasonings = 2,
       .first_answer = 3},
      {.name = "reasoning in tags",
       .flags = {"--reasoning", "tags", "--reasoning-tokens", "2"},
       .reasonings = 2,
       .first_answer = 3},
      {.name = "four tokens a chunk", .flags = {"--chunk-tokens", "4"}, .answers = 1},
      {.name = "comments before the role and in between", .flags = {"--sse-comments", "60ms"}},
      {.name = "comments alone, role at once",
       .flags = {"--sse-comments", "40ms", "--role-chunk", "early"}},
      {.name = "an event in five packets", .flags = {"--split-events", "5", "--split-gap", "20ms"}},
      {.name = "CRLF", .flags = {"--crlf"}},
      {.name = "CRLF, an event in many packets, comments",
       .flags = {"--crlf", "--split-events", "60", "--split-gap", "1ms", "--sse-comments", "90ms"}},
      {.name = "tool call first", .flags = {"--tool-call", "first"}, .tools = 5, .first_answer = 6},
      {.name = "only a tool call, role at once",
       .flags = {"--tool-call", "only", "--role-chunk", "early"},
       .answers = 0,
       .tools = 5,
       .first_answer = 0,
       .answer = ""},
      {.name = "no usage", .flags = {"--usage", "no"}, .usage = false},
      {.name = "final chunk with usage only", .flags = {"--usage", "always"}},
      {.name = "usage in every chunk", .flags = {"--usage", "continuous"}},
      {.name = "usage in every chunk, reasoning, role at once",
       .flags = {"--usage", "continuous", "--reasoning", "field", "--reasoning-tokens", "2",
                 "--role-chunk", "early"},
       .reasonings = 2,
       .first_answer = 3},
      {.name = "error in the middle",
       .flags = {"--fault", "error_mid_stream=1"},
       .answers = 2,
       .answer = "river stone",
       .outcome = "server_error",
       .usage = false},
      {.name = "no [DONE]", .flags = {"--no-done"}},
      {.name = "no [DONE] and no usage", .flags = {"--no-done", "--usage", "no"}, .usage = false},
      {.name = "two events in one packet", .flags = {"--events-per-packet", "2"}},
      {.name = "three events in two packets",
       .flags = {"--events-per-packet", "3", "--split-events", "2", "--split-gap", "30ms"}},
  };
}

// What the run file says of the only attempt.
struct Stored {
  std::string outcome;
  std::string answer;
  std::string reasoning;
  std::string tool_calls;
  std::string usage_source;
  std::vector<Chunk> chunks;
  int64_t sent_ns = -1;
  std::optional<int64_t> first_token_ns;
  std::optional<int64_t> first_answer_ns;
  int64_t input_tokens = -1;
  int64_t output_tokens = -1;
  int64_t reasoning_tokens = -1;
};

std::string text_column(sqlite3_stmt* row, int i) {
  const void* bytes = sqlite3_column_blob(row, i);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(row, i));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

std::optional<int64_t> number_column(sqlite3_stmt* row, int i) {
  if (sqlite3_column_type(row, i) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_int64(row, i);
}

std::vector<Stored> read_attempts(const std::string& file) {
  sqlite3* db = nullptr;
  sqlite3_stmt* row = nullptr;
  std::vector<Stored> out;
  constexpr const char* kSql =
      "SELECT outcome, answer, reasoning, tool_calls, usage_source, chunks, sent_ns, "
      "first_token_ns, "
      "first_answer_ns, input_tokens, output_tokens, reasoning_tokens FROM attempts";
  if (sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
      sqlite3_prepare_v2(db, kSql, -1, &row, nullptr) == SQLITE_OK) {
    while (sqlite3_step(row) == SQLITE_ROW) {
      Stored& s = out.emplace_back();
      s.outcome = text_column(row, 0);
      s.answer = text_column(row, 1);
      s.reasoning = text_column(row, 2);
      s.tool_calls = text_column(row, 3);
      s.usage_source = text_column(row, 4);
      auto chunks = read_chunk_log(text_column(row, 5));
      EXPECT_TRUE(chunks) << chunks.error().text();
      if (chunks) s.chunks = *chunks;
      s.sent_ns = sqlite3_column_int64(row, 6);
      s.first_token_ns = number_column(row, 7);
      s.first_answer_ns = number_column(row, 8);
      s.input_tokens = number_column(row, 9).value_or(-1);
      s.output_tokens = number_column(row, 10).value_or(-1);
      s.reasoning_tokens = number_column(row, 11).value_or(-1);
    }
  }
  sqlite3_finalize(row);
  sqlite3_close(db);
  return out;
}

// When the write that completed token `index` (from 1) left the mock.
int64_t true_ns(const Json& log, int64_t index) {
  const Json& tokens = log["sent_tokens"];
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].get<int64_t>() >= index) return log["sent_ns"][i].get<int64_t>();
  }
  ADD_FAILURE() << "token " << index << " was never sent: " << log.dump();
  return -1;
}

void expect_stamp(const char* what, std::optional<int64_t> stamp, const Json& log,
                  int64_t token_index) {
  ASSERT_EQ(stamp.has_value(), token_index > 0) << what;
  if (token_index == 0) return;
  const double late_ms = static_cast<double>(*stamp - true_ns(log, token_index)) / 1e6;
  EXPECT_GE(late_ms, -kClockErrorMs) << what << ": before the token was sent";
  EXPECT_LE(late_ms, kLateMs) << what;
}

size_t count_channel(const Stored& stored, Channel channel) {
  return static_cast<size_t>(std::count_if(
      stored.chunks.begin(), stored.chunks.end(),
      [&](const Chunk& chunk) { return chunk.channel == channel && chunk.text_bytes > 0; }));
}

void expect_usage(const Shape& shape, const Stored& stored, const Json& stats) {
  EXPECT_EQ(stored.usage_source.empty(), !shape.usage) << stored.usage_source;
  if (!shape.usage) {
    EXPECT_EQ(stored.output_tokens, -1);
    return;
  }
  EXPECT_EQ(stored.input_tokens, stats["input_tokens"].get<int64_t>());
  EXPECT_EQ(stored.output_tokens + std::max<int64_t>(stored.reasoning_tokens, 0),
            stats["output_tokens"].get<int64_t>());
}

void expect_shape(const Shape& shape, const Stored& stored, const Json& log, const Json& stats) {
  EXPECT_EQ(stored.outcome, shape.outcome);
  EXPECT_EQ(stored.answer, shape.answer);
  EXPECT_EQ(stored.reasoning.empty(), shape.reasonings == 0) << stored.reasoning;
  EXPECT_EQ(count_channel(stored, Channel::kAnswer), shape.answers);
  EXPECT_EQ(count_channel(stored, Channel::kReasoning), shape.reasonings);
  EXPECT_EQ(count_channel(stored, Channel::kTool), shape.tools);
  EXPECT_EQ(stored.chunks.size(), shape.answers + shape.reasonings + shape.tools)
      << "chunks without text";
  if (shape.tools > 0) {
    EXPECT_THAT(stored.tool_calls, testing::HasSubstr("look_up"));
    EXPECT_THAT(stored.tool_calls, testing::HasSubstr("river stone"));
  }
  expect_stamp("first token", stored.first_token_ns, log, shape.first_token);
  expect_stamp("first answer", stored.first_answer_ns, log, shape.first_answer);
  expect_usage(shape, stored, stats);
  // Each chunk with its token: all of them were sent before they were there, in this order.
  const size_t step = shape.answers == 1 ? 4 : 1;
  for (size_t i = 0; i < stored.chunks.size(); ++i) {
    const auto index = static_cast<int64_t>((i + 1) * step);
    expect_stamp("chunk", to_ns(stored.chunks[i].at), log, index);
  }
  if (stored.chunks.empty()) return;
  EXPECT_EQ(stored.first_token_ns, to_ns(stored.chunks.front().at));
}

TEST(StreamShapes, AllRight) {
  for (const Shape& shape : shapes()) {
    SCOPED_TRACE(shape.name);
    const TempDir dir;
    dir.write("suite/test.jsonl", "{\"id\":\"s0\",\"q\":\"which words?\"}\n");
    dir.write("suite/suite.yaml",
              "task: shapes\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\ndoc_to_target: "
              "\"{{q}}\"\nscorers:\n  - exact\n");
    std::vector<std::string> flags = {
        "--reply",      std::string("text:") + kText, "--ttft", kTtft, "--itl", kGap, "--log",
        dir.file("log")};
    flags.insert(flags.end(), shape.flags.begin(), shape.flags.end());
    MockProcess mock(flags);
    ASSERT_TRUE(mock.started()) << mock.error();
    const std::string file = dir.file("run.assay");
    const CliResult done = run_assay({"run", dir.file("suite"), "-o", file, "-m",
                                      mock.url() + "#mock", "--quiet", "--retries", "0"});
    const Json stats = mock.stop();
    const std::vector<Stored> stored = read_attempts(file);
    ASSERT_EQ(stored.size(), 1U) << done.err;
    std::ifstream in(dir.file("log"));
    std::string line;
    ASSERT_TRUE(std::getline(in, line));
    const auto log = parse_json(line, "log of the mock");
    ASSERT_TRUE(log) << line;
    expect_shape(shape, stored[0], *log, stats);
    // The stamp of the kernel on both sides: the request arrives after it was sent.
    EXPECT_GE((*log)["arrival_ns"].get<int64_t>() + 50'000, stored[0].sent_ns);
    EXPECT_LE((*log)["arrival_ns"].get<int64_t>(), (*log)["read_ns"].get<int64_t>());
  }
}

}  // namespace
}  // namespace assay::test
