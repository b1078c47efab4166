// Every value of every JSON document in every transcript of tests/backends/codec/transcripts is
// replaced by values of other types, too large and too deep ones: whatever comes, decoders end with
// a decided outcome, valid UTF-8 and JSON details, and how the bytes are cut changes nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "harness/base/utf8.h"
#include "tests/backends/codec/codec_support.h"

namespace assay::backends {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "\"@replaced@\"";

std::vector<std::string> hostile_values() {
  std::vector<std::string> values = {
      "null", "0",  "-1", "9223372036854775807",        "18446744073709551615", "1e300",
      "true", "[]", "{}", R"({"type":5,"text":["a"]})", R"("\ud800")",          "\"\xC3\"",
  };
  for (const size_t depth : {200, 300})
    values.push_back(std::string(depth, '[') + std::string(depth, ']'));
  return values;
}

// Where in `body` a JSON object or list stands: the whole of it, or lines (of a stream behind
// "data: ").
std::vector<std::pair<size_t, size_t>> documents_in(const std::string& body) {
  if (Json::accept(body)) return {{0, body.size()}};
  std::vector<std::pair<size_t, size_t>> found;
  for (size_t start = 0; start < body.size();) {
    const size_t end = std::min(body.find_first_of("\r\n", start), body.size());
    const size_t at = body.compare(start, 6, "data: ") == 0 ? start + 6 : start;
    if (at < end && (body[at] == '{' || body[at] == '[') &&
        Json::accept(body.begin() + static_cast<std::ptrdiff_t>(at),
                     body.begin() + static_cast<std::ptrdiff_t>(end)))
      found.emplace_back(at, end - at);
    start = end + 1;
  }
  return found;
}

void collect(Json& value, std::vector<Json*>& nodes) {
  nodes.push_back(&value);
  if (!value.is_structured()) return;
  for (Json& child : value) collect(child, nodes);
}

// The document once for each of its values, with that one marked.
std::vector<std::string> marked(const std::string& text) {
  Json document = Json::parse(text);
  std::vector<Json*> nodes;
  collect(document, nodes);
  std::vector<std::string> out;
  for (Json* node : nodes) {
    Json kept = std::move(*node);  // moved: the nodes below it stay where they are
    *node = "@replaced@";
    out.push_back(dump_json(document));
    *node = std::move(kept);
  }
  return out;
}

struct Reply {
  std::string name;
  std::string body;
  Attempt asked;
};

Reply load(const fs::path& path) {
  Reply reply{path.string(), test::read_file(path), test::answered_attempt()};
  if (path.extension() != ".http") return reply;
  reply.asked.http.status = std::stoi(reply.body.substr(reply.body.find(' ') + 1, 3));
  reply.body.erase(0, reply.body.find("\r\n\r\n") + 4);
  return reply;
}

std::vector<Reply> replies_of(const std::string& format) {
  std::vector<Reply> replies;
  const fs::path folder = test::data_folder() / "transcripts" / format;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().string().ends_with(".expected.json")) replies.push_back(load(entry.path()));
  }
  return replies;
}

Response decode(const WireCodec& codec, const Reply& reply, const std::string& body, size_t step) {
  const std::unique_ptr<Decoder> decoder = codec.decoder();
  for (size_t at = 0; at < body.size(); at += step)
    test::feed_stamped(*decoder, body, at, std::min(body.size(), at + step));
  Response response = reply.asked.response;
  decoder->finish(reply.asked, response);
  return response;
}

void expect_sound(const WireCodec& codec, const Reply& reply, const std::string& body) {
  const Response whole = decode(codec, reply, body, body.size());
  const std::string said = dump_json(test::response_json(whole));
  EXPECT_EQ(dump_json(test::response_json(decode(codec, reply, body, 7))), said) << body;
  EXPECT_NE(whole.outcome, Outcome::kCancelled) << body;
  EXPECT_TRUE(is_answer(whole.outcome) || !whole.error.empty()) << body;
  EXPECT_TRUE(whole.details.empty() || Json::accept(whole.details)) << whole.details;
  for (const std::string* text : {&whole.answer, &whole.reasoning, &whole.error, &whole.details,
                                  &whole.finish_reason, &whole.served_model, &whole.response_id})
    EXPECT_FALSE(invalid_utf8_at(*text)) << body;
  for (const ToolCall& call : whole.tool_calls)
    EXPECT_FALSE(invalid_utf8_at(call.id + call.name + call.arguments)) << body;
}

class HostileValues : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Formats, HostileValues, ::testing::ValuesIn(wire_formats()),
                         [](const auto& format) {
                           std::string name = format.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(HostileValues, NeverBreakADecoder) {
  const auto codec = test::codec_of(GetParam(), {.model = "m"});
  size_t tried = 0;
  for (const Reply& reply : replies_of(GetParam())) {
    SCOPED_TRACE(reply.name);
    for (const auto& [start, length] : documents_in(reply.body)) {
      for (const std::string& document : marked(reply.body.substr(start, length))) {
        for (const std::string& value : hostile_values()) {
          std::string body = reply.body;
          body.replace(start, length, document);
          body.replace(body.find(kMark), kMark.size(), value);
          expect_sound(*codec, reply, body);
          ++tried;
        }
      }
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(tried, 500U);
}

}  // namespace
}  // namespace assay::backends
