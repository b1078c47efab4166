#include "backends/codec/sse_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay::backends {
namespace {

struct Event {
  std::string type;
  std::string data;
  uint64_t end_offset;
  bool operator==(const Event&) const = default;
};

std::vector<Event> parse(std::string_view bytes, size_t step) {
  SseParser parser;
  std::vector<Event> events;
  const auto take = [&](const SseEvent& e) {
    events.push_back({std::string(e.type), std::string(e.data), e.end_offset});
  };
  for (size_t at = 0; at < bytes.size(); at += step)
    EXPECT_TRUE(parser.feed(bytes.substr(at, step), take));
  parser.finish(take);
  return events;
}

struct SseCase {
  std::string_view name;
  std::string_view bytes;
  std::vector<Event> expected;
};

const std::vector<SseCase>& cases() {
  static const std::vector<SseCase> kCases{
      {"one line", "data: a\n\n", {{"message", "a", 9}}},
      {"no space behind the colon", "data:a\n\n", {{"message", "a", 8}}},
      {"one space only is dropped", "data:  a\n\n", {{"message", " a", 10}}},
      {"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", {{"message", "a", 10}, {"message", "b", 21}}},
      {"CR", "data: a\r\rdata: b\r\r", {{"message", "a", 9}, {"message", "b", 18}}},
      {"mixed line ends",
       "data: a\r\n\ndata: b\n\r\n",
       {{"message", "a", 10}, {"message", "b", 19}}},
      {"several data lines", "data: a\ndata:\ndata: b\n\n", {{"message", "a\n\nb", 23}}},
      {"typed", "event: ping\ndata: {}\n\ndata: x\n\n", {{"ping", "{}", 22}, {"message", "x", 31}}},
      {"type without data is no event", "event: ping\n\ndata: x\n\n", {{"message", "x", 22}}},
      {"comments", ": hi\n\n:\ndata: x\n: y\n\n", {{"message", "x", 21}}},
      {"id, retry and unknown fields",
       "id: 1\nretry: 5\nfoo: b\nfoo\ndata: x\n\n",
       {{"message", "x", 35}}},
      {"data without a colon", "data\n\n", {{"message", "", 6}}},
      {"colon in the value", "data: a: b\n\n", {{"message", "a: b", 12}}},
      {"byte order mark",
       "\xEF\xBB\xBF"
       "data: x\n\n",
       {{"message", "x", 12}}},
      {"no second byte order mark",
       "data: x\n\n\xEF\xBB\xBF"
       "data: y\n\n",
       {{"message", "x", 9}}},
      {"last empty line missing", "data: x\n", {{"message", "x", 8}}},
      {"last line end missing", "data: x", {{"message", "x", 7}}},
      {"empty lines only", "\n\r\n\r\r", {}},
      {"nothing", "", {}},
  };
  return kCases;
}

TEST(SseParser, EachCaseCutInEverySize) {
  for (const SseCase& c : cases()) {
    for (size_t step = 1; step <= c.bytes.size() + 1; ++step) {
      SCOPED_TRACE(std::string(c.name) + " in steps of " + std::to_string(step));
      EXPECT_EQ(parse(c.bytes, step), c.expected);
    }
  }
}

TEST(SseParser, CountsComments) {
  SseParser parser;
  const auto ignore = [](const SseEvent&) {};
  parser.feed(": one\n\n:two\nda", ignore);
  parser.feed("ta: x\n\n", ignore);
  EXPECT_EQ(parser.comments(), 2U);
}

TEST(SseParser, AnEndlessLineEndsAtItsLimit) {
  SseParser parser;
  int events = 0;
  const auto count = [&](const SseEvent&) { ++events; };
  const std::string block(size_t{1} << 20, 'x');
  ASSERT_TRUE(parser.feed("data: ", count));
  size_t fed = 0;
  while (parser.feed(block, count)) {
    fed += block.size();
    ASSERT_LE(fed, SseParser::kEventBytesMax);
  }
  EXPECT_FALSE(parser.feed("\n\ndata: y\n\n", count));
  parser.finish(count);
  EXPECT_EQ(events, 0);
}

TEST(SseParser, AnEndlessEventOfShortLinesEndsAtItsLimit) {
  SseParser parser;
  const auto ignore = [](const SseEvent&) {};
  std::string block;
  for (int i = 0; i < 1024; ++i) block += "data: " + std::string(1017, 'x') + "\n";
  size_t fed = 0;
  while (parser.feed(block, ignore)) {
    fed += block.size();
    ASSERT_LE(fed, SseParser::kEventBytesMax + 2 * block.size());
  }
  EXPECT_GT(fed, SseParser::kEventBytesMax / 2);
}

}  // namespace
}  // namespace assay::backends
