// Encodes every case of requests/<format>.jsonl: "request" and "options" in, "body" out, byte for
// byte. A new format adds its file. UPDATE_GOLDEN=1 rewrites "body"; the diff is reviewed.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/backends/codec/codec_support.h"

namespace assay::backends {
namespace {

namespace fs = std::filesystem;

template <typename T>
void read(const Json& object, const char* key, T& into) {
  if (const Json* value = find_member(object, key); value != nullptr) into = value->get<T>();
}
template <typename T>
void read(const Json& object, const char* key, std::optional<T>& into) {
  if (const Json* value = find_member(object, key); value != nullptr) into = value->get<T>();
}

GenerationParams params_of(const Json& json) {
  GenerationParams params;
  read(json, "max_tokens", params.max_tokens);
  read(json, "temperature", params.temperature);
  read(json, "top_p", params.top_p);
  read(json, "seed", params.seed);
  read(json, "stop", params.stop);
  read(json, "top_k", params.top_k);
  read(json, "min_p", params.min_p);
  read(json, "presence_penalty", params.presence_penalty);
  read(json, "frequency_penalty", params.frequency_penalty);
  return params;
}

ToolCall call_of(const Json& json) {
  ToolCall call;
  read(json, "id", call.id);
  read(json, "name", call.name);
  read(json, "arguments", call.arguments);
  return call;
}

Message message_of(const Json& json) {
  Message message;
  read(json, "role", message.role);
  read(json, "text", message.text);
  read(json, "tool_call_id", message.tool_call_id);
  if (const Json* calls = find_member(json, "tool_calls"); calls != nullptr) {
    for (const Json& call : *calls) message.tool_calls.push_back(call_of(call));
  }
  if (const Json* images = find_member(json, "images"); images != nullptr) {
    for (const Json& image : *images) {
      Image picture;
      read(image, "media_type", picture.media_type);
      picture.content = std::make_shared<const std::string>(image["content"].get<std::string>());
      message.images.push_back(std::move(picture));
    }
  }
  return message;
}

Request request_of(const Json& json) {
  Request request;
  for (const Json& message : json["messages"]) request.messages.push_back(message_of(message));
  if (const Json* params = find_member(json, "params"); params != nullptr)
    request.params = params_of(*params);
  if (const Json* tools = find_member(json, "tools"); tools != nullptr) {
    for (const Json& tool : *tools) {
      request.tools.push_back({});
      read(tool, "name", request.tools.back().name);
      read(tool, "description", request.tools.back().description);
      read(tool, "parameters", request.tools.back().parameters);
    }
  }
  read(json, "tool_choice", request.tool_choice);
  if (const Json* texts = find_member(json, "continuations"); texts != nullptr) {
    for (const Json& one : *texts) {
      Continuation& continuation = request.continuations.emplace_back();
      if (one.is_string()) {
        continuation.text = one.get<std::string>();
        continue;
      }
      read(one, "text", continuation.text);
      read(one, "context", continuation.context);
    }
  }
  return request;
}

WireOptions options_of(const Json& json) {
  WireOptions options;
  options.model = "the-model";
  read(json, "model", options.model);
  read(json, "stream", options.stream);
  read(json, "stream_usage", options.stream_usage);
  read(json, "reasoning_effort", options.reasoning_effort);
  read(json, "thinking_budget", options.thinking_budget);
  read(json, "max_tokens_field", options.max_tokens_field);
  read(json, "max_tokens_default", options.max_tokens_default);
  if (const Json* extra = find_member(json, "extra_body"); extra != nullptr)
    options.extra_body = dump_json(*extra);
  if (const Json* params = find_member(json, "params"); params != nullptr)
    options.params = params_of(*params);
  return options;
}

std::string encode(const std::string& format, const Json& row) {
  const Json* options = find_member(row, "options");
  const auto codec =
      test::codec_of(format, options_of(options == nullptr ? Json::object() : *options));
  Attempt attempt;
  attempt.request = request_of(row["request"]);
  EXPECT_EQ(codec->refuses(attempt.request), std::nullopt);
  return codec->encode(attempt);
}

TEST(Requests, EachIsEncodedAsExpected) {
  for (const std::string& format : wire_formats()) {
    const fs::path path = test::data_folder() / "requests" / (format + ".jsonl");
    std::vector<Json> rows = test::read_jsonl(path);
    EXPECT_GE(rows.size(), 3U) << path;
    for (Json& row : rows) {
      SCOPED_TRACE(format + ": " + row["name"].get<std::string>());
      const std::string body = encode(format, row);
      EXPECT_TRUE(Json::accept(body));
      if (test::updating()) row["body"] = body;
      EXPECT_EQ(body, row["body"].get<std::string>());
    }
    if (!test::updating()) continue;
    std::ofstream out(path);
    for (const Json& row : rows) out << dump_json(row) << "\n";
  }
}

TEST(Requests, WhatAFormatCannotSayIsRefused) {
  Request request;
  request.messages.push_back({"user", "The sky is", {}, {}, {}});
  request.continuations = {{" blue"}};
  for (const char* format : {"openai-chat", "openai-responses"})
    EXPECT_NE(test::codec_of(format, {})->refuses(request), std::nullopt) << format;
  const auto completions = test::codec_of("openai-completions", {});
  EXPECT_EQ(completions->refuses(request), std::nullopt);
  request.messages.front().images.emplace_back();
  EXPECT_NE(completions->refuses(request), std::nullopt);
  request.messages.front().images.clear();
  request.messages.insert(request.messages.begin(), {"system", "Be brief.", {}, {}, {}});
  EXPECT_NE(completions->refuses(request), std::nullopt);
  request.messages.erase(request.messages.begin());
  request.tools.emplace_back();
  EXPECT_NE(completions->refuses(request), std::nullopt);
}

TEST(Requests, AnUnknownFormatNamesTheNearest) {
  const auto codec = make_wire_codec("openai-chats", {});
  ASSERT_FALSE(codec.has_value());
  EXPECT_EQ(codec.error().text(), "`openai-chats` is no wire format, did you mean `openai-chat`?");
}

TEST(Requests, AnExtraBodyThatIsNoObjectIsAnError) {
  for (const char* extra : {"[]", "1", "{", "null"}) {
    WireOptions options;
    options.extra_body = extra;
    const auto codec = make_wire_codec("openai-chat", options);
    ASSERT_FALSE(codec.has_value()) << extra;
    EXPECT_NE(codec.error().text().find("extra_body"), std::string::npos);
  }
}

}  // namespace
}  // namespace assay::backends
