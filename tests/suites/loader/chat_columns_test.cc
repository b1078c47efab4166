// Messages and tools from the data, as functions and in a suite.
#include "suites/loader/chat_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "harness/base/json.h"
#include "suites/registry.h"
#include "tests/support/temp_dir.h"

namespace assay::suites {
namespace {

using ::testing::HasSubstr;

Json parsed(const std::string& text) { return parse_json(text, "test").value(); }

std::string message_error(const std::string& text) {
  const auto messages = messages_from(parsed(text), "here");
  return messages ? "read" : messages.error().text();
}

TEST(ChatColumns, Messages) {
  const auto messages = messages_from(parsed(R"([[{"role": "developer", "content": "Be kind."},
                  {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                  {"role": "assistant", "content": null, "tool_calls":
                    [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"x": 1}}}]},
                  {"role": "tool", "tool_call_id": "c1", "content": "2"}]])"),
                                      "here");
  ASSERT_TRUE(messages.has_value()) << messages.error().text();
  ASSERT_EQ(messages->size(), 4U);
  EXPECT_EQ((*messages)[0].role, "system");
  EXPECT_EQ((*messages)[1].text, "a\nb");
  EXPECT_EQ((*messages)[2].tool_calls.at(0).arguments, R"({"x":1})");
  EXPECT_EQ((*messages)[3].tool_call_id, "c1");
  EXPECT_EQ(last_user_text(*messages), "a\nb");
  EXPECT_EQ(messages_from(Json(R"([{"role": "user", "content": "x"}])"), "here")->at(0).text, "x");
}

TEST(ChatColumns, WhatIsNoConversationSaysWhy) {
  EXPECT_THAT(message_error("[]"), HasSubstr("here: `messages` is a list"));
  EXPECT_THAT(message_error("{}"), HasSubstr("expected a list"));
  EXPECT_THAT(message_error("\"text\""), HasSubstr("no JSON"));
  EXPECT_THAT(message_error(R"([{"content": "x"}])"), HasSubstr("`role` is missing"));
  EXPECT_THAT(message_error(R"([{"role": "user"}])"), HasSubstr("no `content`"));
  EXPECT_THAT(message_error(R"([{"role": "user", "content": [{"type": "image_url"}]}])"),
              HasSubstr("no text"));
}

TEST(ChatColumns, ToolsBecomeJsonSchema) {
  const auto tools = tools_from(
      parsed(R"([{"name": "a.b", "description": "d", "parameters": {"type": "dict", "properties":
                   {"type": {"type": "float"}, "l": {"type": "tuple", "items": {"type": "any"}},
                    "e": {"type": "string", "enum": ["dict"], "default": "float"}}}},
                 {"type": "function", "function": {"name": "c"}}])"),
      "here");
  ASSERT_TRUE(tools.has_value()) << tools.error().text();
  EXPECT_EQ((*tools)[0].name, "a_b");
  EXPECT_EQ(
      (*tools)[0].parameters,
      R"({"type":"object","properties":{"type":{"type":"number"},"l":{"type":"array","items":)"
      R"({"type":"string"}},"e":{"type":"string","enum":["dict"],"default":"float"}}})");
  EXPECT_EQ((*tools)[1].parameters, R"({"type":"object"})");
  EXPECT_FALSE(tools_from(parsed(R"([{"description": "x"}])"), "here"));
  EXPECT_TRUE(tools_from(Json(), "here")->empty());
}

TEST(ChatColumns, InASuite) {
  const test::TempDir dir;
  dir.write(
      "d.jsonl",
      R"({"id": "1", "question": [[{"role": "user", "content": "2+2?"}]], "function": [{"name": "add", "parameters": {"type": "dict"}}], "ground_truth": [{"add": {"a": [2], "b": [2]}}]})"
      "\n");
  const std::string path = dir.write("suite.yaml", R"(task: t
data: {test: d.jsonl}
system: Use tools.
messages: question
tools: function
doc_to_target: "{{ ground_truth | tojson }}"
scorers: [tool_calls]
)");
  const auto suite = load_suite(path, {});
  ASSERT_TRUE(suite.has_value()) << suite.error().text();
  const Sample sample = (*suite)->sample(0).value();
  EXPECT_EQ(sample.prompt.input, "2+2?");
  const Request request = (*suite)->request(sample, 0).value();
  ASSERT_EQ(request.messages.size(), 2U);
  EXPECT_EQ(request.messages[0].text, "Use tools.");
  EXPECT_EQ(request.messages[1].text, "2+2?");
  ASSERT_EQ(request.tools.size(), 1U);
  EXPECT_EQ(request.tools[0].parameters, R"({"type":"object"})");
  Response response;
  response.outcome = Outcome::kOk;
  response.tool_calls.push_back({"", "add", R"({"a": 2, "b": 2})"});
  std::vector<Score> scores;
  (*suite)->scorers().front()->judge(sample, response, scores);
  EXPECT_EQ(scores.at(0).value, 1) << scores.at(0).reason;
}

TEST(ChatColumns, BesideATextIsRefused) {
  const test::TempDir dir;
  dir.write("d.jsonl", R"({"m": [], "a": "x"})"
                       "\n");
  const std::string both =
      dir.write("a.yaml",
                "task: t\ndata: {test: d.jsonl}\nmessages: m\ndoc_to_text: a\ndoc_to_target: a\n"
                "scorers: [exact]\n");
  EXPECT_THAT(load_suite(both, {}).error().text(), HasSubstr("`messages` beside"));
  const std::string empty = dir.write(
      "b.yaml",
      "task: t\ndata: {test: d.jsonl}\nmessages: m\ndoc_to_target: a\nscorers: [exact]\n");
  EXPECT_THAT(load_suite(empty, {}).error().text(), HasSubstr("b.yaml:3:11: `messages` is a list"));
}

}  // namespace
}  // namespace assay::suites
