// The wire formats anthropic, gemini, ollama and llama-cpp: paths, what each refuses, and what is
// no row of a table. Exact bodies of requests are in requests/, replies in transcripts/.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "backends/codec/wire_codec.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;

std::unique_ptr<WireCodec> codec_of(std::string_view format, WireOptions options = {}) {
  if (options.model.empty()) options.model = "m";
  auto codec = make_wire_codec(format, std::move(options));
  EXPECT_TRUE(codec) << (codec ? "" : codec.error().text());
  return codec ? std::move(codec).value() : nullptr;
}

std::string body_of(std::string_view format, const Request& request, WireOptions options = {}) {
  Attempt attempt;
  attempt.request = request;
  std::string body = codec_of(format, std::move(options))->encode(attempt);
  EXPECT_TRUE(Json::accept(body)) << body;
  return body;
}

Request question(std::string text) {
  Request request;
  request.messages.push_back({.role = "user", .text = std::move(text)});
  return request;
}

Image png(std::string bytes) {
  return {.path = "a.png",
          .media_type = "image/png",
          .content = std::make_shared<const std::string>(std::move(bytes))};
}

Request with_pictures() {
  Request request;
  request.messages.push_back({.role = "system", .text = "Be brief."});
  request.messages.push_back({.role = "user",
                              .text = "What is it?",
                              .images = {png("\x89PNG\r\n"), png(std::string("\0\1\2", 3))}});
  return request;
}

constexpr const char* kWeatherSchema =
    R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})";

// Two calls in one turn, both answered, and one that the model wrote badly.
Request with_tools() {
  Request request = question("Weather?");
  request.messages.push_back({.role = "assistant",
                              .text = "I look.",
                              .tool_calls = {{"c1", "weather", "{\"city\": \"Seoul\"}"},
                                             {"c2", "now", ""},
                                             {"c3", "weather", "{\"city\": "}}});
  request.messages.push_back({.role = "tool", .text = "12:00", .tool_call_id = "c2"});
  request.messages.push_back({.role = "tool", .text = "rain", .tool_call_id = "c1"});
  request.messages.push_back({.role = "user", .text = "And?"});
  request.tools = {{"weather", "The weather", kWeatherSchema}, {"now", "", ""}};
  return request;
}

TEST(Gemini, TheModelStandsInThePath) {
  const auto path = [](std::string model, bool stream) {
    return codec_of("gemini", {.model = std::move(model), .stream = stream})->path();
  };
  EXPECT_EQ(path("gemini-2.5-flash", true),
            "/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
  EXPECT_EQ(path("gemini-2.5-flash", false), "/models/gemini-2.5-flash:generateContent");
  EXPECT_EQ(path("models/gemini-2.5-flash", false), "/models/gemini-2.5-flash:generateContent");
  EXPECT_EQ(path("tunedModels/mine", false), "/tunedModels/mine:generateContent");
  EXPECT_EQ(path("../a?b#c한", false), "/models/..%2Fa%3Fb%23c%ED%95%9C:generateContent");
  EXPECT_EQ(codec_of("gemini")->cheap_path(), "/models");
  EXPECT_THAT(codec_of("gemini")->headers(), IsEmpty());
}

TEST(Ollama, HasNoToolChoice) {
  Request request = with_tools();
  request.tool_choice = "none";
  EXPECT_EQ(codec_of("ollama")->refuses(request), std::nullopt);
  EXPECT_FALSE(Json::parse(body_of("ollama", request)).contains("tools"));
  request.tool_choice = "required";
  EXPECT_THAT(codec_of("ollama")->refuses(request), Optional(HasSubstr("tool_choice")));
}

TEST(LlamaCpp, NeverSendsTheMarkOfARandomSeed) {
  Request request = question("x");
  for (const uint64_t seed : {0xFFFFFFFFULL, 0xFFFFFFFFFFFFFFFFULL}) {
    request.params.seed = seed;
    EXPECT_EQ(Json::parse(body_of("llama-cpp", request))["seed"], 0) << seed;
  }
}

TEST(LlamaCpp, RefusesWhatAPromptCannotSay) {
  const auto codec = codec_of("llama-cpp");
  EXPECT_EQ(codec->refuses(question("x")), std::nullopt);
  EXPECT_THAT(codec->refuses(with_pictures()), Optional(HasSubstr("openai-chat")));
  EXPECT_THAT(codec->refuses(with_tools()), Optional(HasSubstr("openai-chat")));
  Request picture = question("x");
  picture.messages[0].images = {png("abc")};
  EXPECT_THAT(codec->refuses(picture), Optional(HasSubstr("pictures")));
  Request tool = question("x");
  tool.tools = {{"now", "", ""}};
  EXPECT_THAT(codec->refuses(tool), Optional(HasSubstr("tools")));
  EXPECT_THAT(codec->refuses(Request{}), Optional(HasSubstr("one user message")));
}

TEST(Formats, SayWhereTheyAreReached) {
  const auto anthropic = codec_of("anthropic");
  EXPECT_EQ(anthropic->path(), "/messages");
  EXPECT_THAT(anthropic->headers(), ElementsAre("anthropic-version: 2023-06-01"));
  EXPECT_EQ(anthropic->cheap_path(), "/models");
  const auto ollama = codec_of("ollama");
  EXPECT_EQ(ollama->path(), "/api/chat");
  EXPECT_EQ(ollama->cheap_path(), "/api/version");
  const auto llama = codec_of("llama-cpp");
  EXPECT_EQ(llama->path(), "/completion");
  EXPECT_EQ(llama->cheap_path(), "/health");
}

TEST(Formats, RefuseLoglikelihoodsAndSayWhatGivesThem) {
  Request request = question("The sky is");
  request.continuations = {{" blue"}};
  for (const char* format : {"anthropic", "gemini", "ollama", "llama-cpp"}) {
    EXPECT_THAT(codec_of(format)->refuses(request),
                Optional(AllOf(HasSubstr(format), HasSubstr("openai-completions"))));
  }
}

// A picture's bytes are any bytes; the cases in requests/ hold text.
TEST(Formats, PicturesAreBase64) {
  Request request = question("x");
  request.messages[0].images = {png(std::string("\x89PNG\r\n\0\1", 8))};
  for (const char* format : {"anthropic", "gemini", "ollama"})
    EXPECT_THAT(body_of(format, request), HasSubstr("\"iVBORw0KAAE=\"")) << format;
}

TEST(Formats, RefuseAToolWhoseSchemaIsNoObject) {
  Request request = question("x");
  request.tools = {{"good", "", kWeatherSchema}, {"bad", "", "[1,"}};
  Request good = request;
  good.tools.pop_back();
  for (const char* format : {"anthropic", "gemini", "ollama"}) {
    EXPECT_THAT(codec_of(format)->refuses(request), Optional(HasSubstr("`bad`"))) << format;
    EXPECT_EQ(codec_of(format)->refuses(good), std::nullopt) << format;
  }
}

// Google says in the body how long to wait, not in a header.
TEST(Gemini, ReadsHowLongToWait) {
  const auto wait = [](std::string_view delay, std::string headers = {}) {
    const std::string body = fmt::format(
        R"({{"error":{{"code":429,"status":"RESOURCE_EXHAUSTED","message":"quota","details":[)"
        R"({{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{}"}}]}}}})",
        delay);
    const auto decoder = codec_of("gemini")->decoder();
    Attempt attempt;
    attempt.http.status = 429;
    attempt.http.headers = std::move(headers);
    attempt.response.outcome = Outcome::kOk;
    decoder->feed(body, {});
    decoder->finish(attempt, attempt.response);
    EXPECT_EQ(outcome_name(attempt.response.outcome), outcome_name(Outcome::kRateLimited));
    return attempt.response.retry_after;
  };
  using std::chrono::milliseconds;
  EXPECT_EQ(wait("12s"), milliseconds(12000));
  EXPECT_EQ(wait("0.5s"), milliseconds(500));
  EXPECT_EQ(wait("12s", "retry-after: 3\r\n"), milliseconds(3000));
  EXPECT_EQ(wait("1e30s"), Nanos{0});
  EXPECT_EQ(wait("99999999999999s"), std::chrono::hours(24));
  for (const char* bad : {"", "s", "-1s", "12", "12m", "nans", "infs"})
    EXPECT_EQ(wait(bad), Nanos{0}) << bad;
}

}  // namespace
}  // namespace assay::backends
