// `assay mock` on the wire: what it promises to clients, to the byte, and that its counts add up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "tests/support/mock_process.h"
#include "tests/support/raw_http.h"
#include "tests/support/temp_dir.h"

namespace assay::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using End = RawReply::End;

constexpr const char* kChat = "/v1/chat/completions";
constexpr const char* kCompletions = "/v1/completions";

std::string chat_body(const std::string& text, const std::string& more = "") {
  const Json message = {{"role", "user"}, {"content", text}};
  const Json body = {{"model", "mock"}, {"messages", Json::array({message})}};
  return body.dump().insert(1, more);
}

std::string stream_body(const std::string& text, const std::string& more = "") {
  return chat_body(text, R"("stream":true,)" + more);
}

RawReply ask(const MockProcess& mock, const std::string& request, int silence_ms = 60'000) {
  RawHttp http(mock.port());
  EXPECT_TRUE(http.connected());
  EXPECT_TRUE(http.send(request));
  return http.read_reply(silence_ms);
}

// The data of each event; "[DONE]" too.
std::vector<std::string> events(const std::string& body, const std::string& line_end = "\n") {
  std::vector<std::string> out;
  const std::string between = line_end + line_end;
  size_t at = 0;
  for (size_t end = 0; (end = body.find(between, at)) != std::string::npos;
       at = end + between.size()) {
    const std::string event = body.substr(at, end - at);
    if (event.rfind("data: ", 0) == 0) out.push_back(event.substr(6));
  }
  return out;
}

Json parsed(const std::string& text) {
  const auto json = parse_json(text, "reply");
  EXPECT_TRUE(json) << text;
  return json ? *json : Json();
}

// One member of every event's delta, joined.
std::string joined(const std::vector<std::string>& data, const std::string& member) {
  std::string out;
  for (const std::string& each : data) {
    if (each == "[DONE]") continue;
    const Json event = parsed(each);
    if (!event.contains("choices")) continue;  // an error object
    for (const Json& choice : event["choices"]) {
      const Json* part = find_member(choice["delta"], member);
      if (part != nullptr && part->is_string()) out += part->get<std::string>();
    }
  }
  return out;
}

Json stats_now(const MockProcess& mock) { return parsed(ask(mock, get("/mock/stats")).body); }

void expect_sums(const Json& stats) {
  EXPECT_EQ(stats["requests"].get<int>(),
            stats["completed"].get<int>() + stats["faults"].get<int>() +
                stats["rejected"].get<int>() + stats["aborted"].get<int>() +
                stats["in_flight"].get<int>())
      << stats.dump();
}

std::vector<Json> read_log(const std::string& path) {
  std::ifstream in(path);
  std::vector<Json> out;
  for (std::string line; std::getline(in, line);) out.push_back(parsed(line));
  return out;
}

// The offset of a write from the moment that the schedule counts from.
double offset_ms(const Json& row, size_t write) {
  return (row["sent_ns"][write].get<double>() - row["arrival_ns"].get<double>() -
          row["queued_ns"].get<double>()) /
         1e6;
}

TEST(Mock, StreamsInOrderWithRoleUsageAndDone) {
  MockProcess mock({"--reply", "text:one two three"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const RawReply reply = ask(
      mock, post(kChat, stream_body("hi there", R"("stream_options":{"include_usage":true},)")));
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.complete);
  EXPECT_THAT(reply.head, HasSubstr("content-type: text/event-stream"));
  const std::vector<std::string> data = events(reply.body);
  ASSERT_EQ(data.size(), 7U) << reply.body;  // role, three tokens, finish, usage, [DONE]
  EXPECT_EQ(parsed(data[0])["choices"][0]["delta"]["role"], "assistant");
  EXPECT_EQ(joined(data, "content"), "one two three");
  EXPECT_EQ(parsed(data[2])["choices"][0]["delta"]["content"], " two");
  EXPECT_EQ(parsed(data[4])["choices"][0]["finish_reason"], "stop");
  EXPECT_TRUE(parsed(data[5])["choices"].empty());
  EXPECT_EQ(parsed(data[5])["usage"]["prompt_tokens"], 2);
  EXPECT_EQ(parsed(data[5])["usage"]["completion_tokens"], 3);
  EXPECT_EQ(data[6], "[DONE]");
}

TEST(Mock, FollowsItsScheduleByItsOwnLog) {
  const TempDir dir;
  MockProcess mock({"--ttft", "120ms", "--itl", "30ms", "--tokens", "8", "--log", dir.file("log")});
  ASSERT_TRUE(mock.started()) << mock.error();
  EXPECT_TRUE(ask(mock, post(kChat, stream_body("a"))).complete);
  EXPECT_TRUE(ask(mock, post(kChat, chat_body("b"))).complete);
  mock.stop();
  const std::vector<Json> log = read_log(dir.file("log"));
  ASSERT_EQ(log.size(), 2U);
  ASSERT_EQ(log[0]["sent_ns"].size(), 10U);  // role, eight tokens, tail
  // Never early; on time unless the machine was busy all the time.
  std::vector<double> late;
  for (size_t token = 0; token < 8; ++token) {
    late.push_back(offset_ms(log[0], token + 1) - 120 - 30 * static_cast<double>(token));
    EXPECT_GE(late.back(), 0) << token;
  }
  EXPECT_LT(*std::min_element(late.begin(), late.end()), 60);
  EXPECT_GE(offset_ms(log[1], 0), 120 + 7 * 30);
  EXPECT_EQ(log[1]["end"], "completed");
  EXPECT_EQ(log[1]["tokens"], 8);
}

TEST(Mock, OneWritePerChunkAndChunksOfSeveralTokens) {
  MockProcess mock({"--reply", "text:a b c d e", "--chunk-tokens", "2", "--role-chunk", "no",
                    "--no-done", "--usage", "no"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const RawReply reply = ask(mock, post(kChat, stream_body("x")));
  ASSERT_EQ(reply.chunks.size(), 4U);
  EXPECT_EQ(joined(events(reply.chunks[0]), "content"), "a b");
  EXPECT_EQ(joined(events(reply.chunks[2]), "content"), " e");
  EXPECT_THAT(reply.body, Not(HasSubstr("[DONE]")));
  EXPECT_THAT(reply.body, Not(HasSubstr("usage")));
  EXPECT_THAT(reply.body, Not(HasSubstr("role")));
}

TEST(Mock, CommentsAndCrlf) {
  MockProcess mock({"--reply", "text:hello", "--ttft", "100ms", "--sse-comments", "20ms", "--crlf",
                    "--role-chunk", "early"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const RawReply reply = ask(mock, post(kChat, stream_body("x")));
  size_t comments = 0;
  for (size_t at = 0; (at = reply.body.find(": keep-alive\r\n\r\n", at)) != std::string::npos; ++at)
    ++comments;
  EXPECT_EQ(comments, 4U);  // at 20, 40, 60 and 80 ms
  EXPECT_EQ(reply.body.find("\n\n"), std::string::npos);
  EXPECT_LT(reply.body.find("assistant"), reply.body.find("keep-alive"));
  EXPECT_EQ(joined(events(reply.body, "\r\n"), "content"), "hello");
}

TEST(Mock, ReasoningStyles) {
  struct Case {
    const char* style;
    const char* field;    // of the reasoning; empty: in the content
    const char* content;  // the content begins so
    const char* finish;
  };
  for (const Case& c : {Case{"tags", "", "<think>", "stop"}, Case{"open", "", "", "stop"},
                        Case{"field", "reasoning_content", "yes it is", "stop"},
                        Case{"field-openrouter", "reasoning", "yes it is", "stop"},
                        Case{"field,truncated", "reasoning_content", "", "length"}}) {
    MockProcess mock({"--reply", "text:yes it is", "--reasoning", c.style, "--reasoning-tokens",
                      "5", "--usage", "always"});
    ASSERT_TRUE(mock.started()) << mock.error();
    const auto data = events(ask(mock, post(kChat, stream_body("x"))).body);
    const Json whole = parsed(ask(mock, post(kChat, chat_body("x"))).body);
    const Json& message = whole["choices"][0]["message"];
    const std::string content = joined(data, "content");
    EXPECT_EQ(content.rfind(c.content, 0), 0U) << c.style;
    EXPECT_EQ(message["content"].get<std::string>().rfind(c.content, 0), 0U) << c.style;
    EXPECT_EQ(whole["choices"][0]["finish_reason"], c.finish) << c.style;
    const int reasoning_tokens = whole["usage"]
                                     .value("completion_tokens_details", Json::object())
                                     .value("reasoning_tokens", -1);
    EXPECT_EQ(reasoning_tokens, *c.field == 0 ? -1 : 5) << c.style;
    if (*c.field == 0) {
      EXPECT_THAT(content, HasSubstr("</think>yes it is")) << c.style;
    } else {
      const std::string reasoning = joined(data, c.field);
      EXPECT_EQ(std::count(reasoning.begin(), reasoning.end(), ' '), 4) << c.style;
      EXPECT_TRUE(message.contains(c.field)) << c.style;
    }
  }
}

TEST(Mock, MaxTokensCutsAndSaysLength) {
  MockProcess mock({"--tokens", "10"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const Json cut = parsed(ask(mock, post(kChat, chat_body("x", R"("max_tokens":4,)"))).body);
  EXPECT_EQ(cut["choices"][0]["finish_reason"], "length");
  EXPECT_EQ(cut["usage"]["completion_tokens"], 4);
  const Json full =
      parsed(ask(mock, post(kChat, chat_body("x", R"("max_completion_tokens":10,)"))).body);
  EXPECT_EQ(full["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(full["usage"]["completion_tokens"], 10);
}

TEST(Mock, EchoAndAnswersFromAFile) {
  const TempDir dir;
  const std::string answers = dir.write("answers.jsonl",
                                        "{\"equals\": \"2+2?\", \"answer\": \"four\"}\n"
                                        "{\"contains\": \"수도\", \"answer\": \"서울\"}\n");
  MockProcess mock({"--reply", "echo", "--answers", answers});
  ASSERT_TRUE(mock.started()) << mock.error();
  for (const auto& [question, answer] : std::map<std::string, std::string>{
           {"2+2?", "four"}, {"한국의 수도는?", "서울"}, {"say \"hi\"\n", "say \"hi\"\n"}}) {
    const Json reply = parsed(ask(mock, post(kChat, chat_body(question))).body);
    EXPECT_EQ(reply["choices"][0]["message"]["content"], answer);
  }
}

TEST(Mock, LoglikelihoodsByEcho) {
  MockProcess mock({});
  ASSERT_TRUE(mock.started()) << mock.error();
  const auto logprobs = [&](const std::string& prompt) {
    const std::string body =
        Json{{"prompt", prompt}, {"max_tokens", 0}, {"echo", true}, {"logprobs", 2}}.dump();
    return parsed(ask(mock, post(kCompletions, body)).body)["choices"][0];
  };
  const Json choice = logprobs("Q: 하나\nA: yes sir");
  EXPECT_EQ(choice["text"], "Q: 하나\nA: yes sir");
  const Json& values = choice["logprobs"];
  EXPECT_EQ(values["tokens"], Json::array({"Q:", " 하나", "\nA:", " yes", " sir"}));
  EXPECT_EQ(values["text_offset"], Json::array({0, 2, 5, 8, 12}));  // in code points
  EXPECT_TRUE(values["token_logprobs"][0].is_null());
  EXPECT_TRUE(values["top_logprobs"][0].is_null());
  for (size_t i = 1; i < 5; ++i) {
    const auto token = values["tokens"][i].get<std::string>();
    EXPECT_EQ(values["top_logprobs"][i][token], values["token_logprobs"][i]) << token;
    EXPECT_LT(values["token_logprobs"][i].get<double>(), 0);
  }
  // The same text before, the same value; another text before, another.
  EXPECT_EQ(logprobs("Q: 하나\nA: no")["logprobs"]["token_logprobs"][2],
            values["token_logprobs"][2]);
  EXPECT_NE(logprobs("Q: 둘\nA: yes")["logprobs"]["token_logprobs"][3],
            values["token_logprobs"][3]);

  const std::string two = Json{
      {"prompt", Json::array({"a b", "c"})},
      {"max_tokens", 2},
      {"echo", true},
      {"logprobs", 0}}.dump();
  const Json both = parsed(ask(mock, post(kCompletions, two)).body);
  ASSERT_EQ(both["choices"].size(), 2U);
  EXPECT_EQ(both["choices"][1]["index"], 1);
  EXPECT_EQ(both["choices"][0]["logprobs"]["tokens"].size(), 4U);
  EXPECT_EQ(both["usage"]["completion_tokens"], 4);
}

TEST(Mock, RefusesWhatAServerRefuses) {
  MockProcess mock(
      {"--api-key", "secret", "--model", "small", "--model", "large", "--strict-model"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string key = "authorization: Bearer secret\r\n";
  const auto chat = [&](const std::string& model) {
    return R"({"model":")" + model + R"(","messages":[{"role":"user","content":"x"}]})";
  };
  struct Case {
    std::string request;
    int status;
    const char* code;
  };
  const std::vector<Case> cases = {
      {post(kChat, chat("small")), 401, "invalid_api_key"},
      {post(kChat, chat("small"), "authorization: Bearer wrong\r\n"), 401, "invalid_api_key"},
      {post(kChat, chat("huge"), key), 404, "model_not_found"},
      {post(kChat, "{\"messages\":", key), 400, "invalid_value"},
      {post(kChat, "[]", key), 400, "invalid_value"},
      {post(kChat, R"({"model":"small","messages":[]})", key), 400, "invalid_value"},
      {post(kChat, std::string(300, '['), key), 400, "invalid_value"},
      {post(kCompletions, R"({"model":"small","prompt":[1,2]})", key), 400, "invalid_value"},
      {post("/v1/embeddings", "{}", key), 404, "unknown_url"},
      {get(kChat, key), 405, "unknown_url"},
      {get("/v1/models"), 401, "invalid_api_key"},
  };
  for (const Case& c : cases) {
    const RawReply reply = ask(mock, c.request);
    EXPECT_EQ(reply.status, c.status) << c.request;
    EXPECT_EQ(parsed(reply.body)["error"]["code"], c.code) << c.request;
  }
  EXPECT_EQ(ask(mock, post(kChat, chat("large"), key)).status, 200);
  EXPECT_EQ(ask(mock, post(kChat, chat("small"), "api-key: secret\r\n")).status, 200);
  const Json models = parsed(ask(mock, get("/v1/models", key)).body);
  EXPECT_EQ(models["data"][0]["id"], "small");
  EXPECT_EQ(models["data"][1]["id"], "large");
  EXPECT_EQ(ask(mock, get("/health")).status, 200);
  const Json stats = mock.stop();
  EXPECT_EQ(stats["completed"], 2);
  EXPECT_EQ(stats["rejected_by_status"]["401"], 2);
  EXPECT_EQ(stats["rejected_by_status"]["400"], 5);
  expect_sums(stats);
}

TEST(Mock, HostileBytesEndTheConnectionAndNothingElse) {
  MockProcess mock({});
  ASSERT_TRUE(mock.started()) << mock.error();
  const RawReply version = ask(mock, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_EQ(version.status, 505);
  EXPECT_THAT(version.head, HasSubstr("connection: close"));
  const RawReply big = ask(mock,
                           "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\n"
                           "content-length: 68000000\r\n\r\n" +
                               std::string(100'000, 'x'));
  EXPECT_EQ(big.status, 413);
  RawHttp head(mock.port());
  head.send("GET / HTTP/1.1\r\nhost: a\r\nx: " + std::string(70'000, 'a'));
  EXPECT_EQ(head.read_reply().status, 431);
  Rng rng(1);
  for (int i = 0; i < 50; ++i) {
    std::string bytes;
    for (int j = 0; j < 300; ++j) bytes += static_cast<char>(rng.below(256));
    RawHttp http(mock.port());
    http.send(bytes + "\r\n\r\n");
    std::string out;
    http.read_all(out, 60'000);
    EXPECT_EQ(out.rfind("HTTP/1.1 ", 0), 0U);
  }
  EXPECT_EQ(ask(mock, post(kChat, chat_body("still there?"))).status, 200);
  const Json stats = mock.stop();
  EXPECT_EQ(stats["bad_http"], 53);
  EXPECT_EQ(stats["requests"], 1);
}

TEST(Mock, KeepsConnectionsAlive) {
  MockProcess mock({"--reply", "echo"});
  ASSERT_TRUE(mock.started()) << mock.error();
  RawHttp http(mock.port());
  for (int i = 0; i < 20; ++i) {
    const std::string text = "question " + std::to_string(i);
    http.send(post(kChat, i % 2 == 0 ? chat_body(text) : stream_body(text)));
    const RawReply reply = http.read_reply();
    EXPECT_TRUE(reply.complete) << i;
    const std::string said =
        i % 2 == 0 ? parsed(reply.body)["choices"][0]["message"]["content"].get<std::string>()
                   : joined(events(reply.body), "content");
    EXPECT_EQ(said, text);
  }
  // Requests sent ahead are answered in turn; `connection: close` is obeyed.
  http.send(post(kChat, chat_body("a")) + post(kChat, chat_body("b"), "connection: close\r\n"));
  EXPECT_THAT(http.read_reply().body, HasSubstr("\"a\""));
  EXPECT_THAT(http.read_reply().body, HasSubstr("\"b\""));
  std::string rest;
  EXPECT_EQ(http.read_all(rest, 60'000), End::kClosed);
  const Json stats = mock.stop();
  EXPECT_EQ(stats["connections"], 1);
  EXPECT_EQ(stats["completed"], 22);
}

TEST(Mock, CountsImagesAndAnswersExpect) {
  MockProcess mock({});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string body =
      R"({"messages":[{"role":"user","content":[{"type":"text","text":"what is it?"},)"
      R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
      std::string(2'000'000, 'A') + R"("}},{"type":"image_url","image_url":{"url":"x"}}]}]})";
  RawHttp http(mock.port());
  http.send(
      "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n"
      "content-length: " +
      std::to_string(body.size()) + "\r\n\r\n");
  std::string interim;
  while (interim.find("\r\n\r\n") == std::string::npos &&
         http.read_some(interim, 60'000) == End::kOpen) {
  }
  EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
  http.send(body);
  EXPECT_EQ(http.read_reply().status, 200);
  EXPECT_EQ(mock.stop()["images"], 2);
}

// How each kind of fault looks to a client; whole and streamed.
TEST(Mock, EveryFaultIsSeenOnTheWire) {
  const auto with = [](const std::string& fault) {
    return std::vector<std::string>{
        "--fault",       fault + "=1", "--redirect-to", "http://127.0.0.1:9/v1",
        "--retry-after", "250ms",      "--reply",       "text:one two three four"};
  };
  for (const bool stream : {false, true}) {
    const std::string request = post(kChat, stream ? stream_body("q") : chat_body("q"));
    for (const char* kind : {"429", "500", "503", "malformed", "truncated", "content_type",
                             "error_mid_stream", "redirect", "stall", "stall_mid", "hang"}) {
      SCOPED_TRACE(std::string(kind) + (stream ? " stream" : " whole"));
      MockProcess mock(with(kind));
      ASSERT_TRUE(mock.started()) << mock.error();
      const RawReply reply = ask(mock, request, 700);
      const std::string name = kind;
      if (name == "429") {
        EXPECT_EQ(reply.status, 429);
        EXPECT_THAT(reply.head, HasSubstr("retry-after: 1\r\nretry-after-ms: 250\r\n"));
        EXPECT_EQ(parsed(reply.body)["error"]["code"], "rate_limit_exceeded");
      } else if (name == "500" || name == "503") {
        EXPECT_EQ(std::to_string(reply.status), name);
        EXPECT_TRUE(parsed(reply.body).contains("error"));
      } else if (name == "malformed") {
        EXPECT_TRUE(reply.complete);
        size_t broken = 0;
        for (const std::string& data : events(reply.body)) broken += Json::accept(data) ? 0 : 1;
        if (stream) {
          EXPECT_EQ(broken, 2U);  // the broken event and [DONE]
        } else {
          EXPECT_FALSE(Json::accept(reply.body));
        }
      } else if (name == "truncated") {
        EXPECT_EQ(reply.complete, stream);
        EXPECT_EQ(reply.end, stream ? End::kOpen : End::kClosed);
        EXPECT_THAT(reply.body, HasSubstr(stream ? " two" : "chat.completion"));
        EXPECT_THAT(reply.body, Not(HasSubstr("stop")));
        EXPECT_THAT(reply.body, Not(HasSubstr("DONE")));
      } else if (name == "content_type") {
        EXPECT_EQ(reply.status, 200);
        EXPECT_THAT(reply.head, HasSubstr("content-type: text/html"));
      } else if (name == "error_mid_stream") {
        EXPECT_EQ(reply.status, 200);
        const auto data = events(reply.body);
        EXPECT_TRUE(parsed(stream ? data.back() : reply.body).contains("error"));
        if (stream) {
          EXPECT_EQ(joined(data, "content"), "one two");
        }
      } else if (name == "redirect") {
        EXPECT_EQ(reply.status, 302);
        EXPECT_THAT(reply.head, HasSubstr("location: http://127.0.0.1:9/v1\r\n"));
      } else {  // what only a client's own time limit ends
        EXPECT_EQ(reply.end, End::kSilent);
        EXPECT_EQ(reply.status, name == "hang" ? 0 : 200);
        EXPECT_EQ(reply.body.empty(), name != "stall_mid");
        EXPECT_FALSE(reply.complete);
      }
      const Json stats = mock.stop();
      EXPECT_EQ(stats["faults_by_kind"][kind], 1);
      EXPECT_EQ(stats["completed"], 0);
      expect_sums(stats);
    }
  }
}

TEST(Mock, ResetsAreResetsBeforeTheHeadersOrInTheMiddle) {
  MockProcess mock({"--fault", "reset=100%", "--tokens", "6"});
  ASSERT_TRUE(mock.started()) << mock.error();
  size_t before = 0;
  for (int i = 0; i < 40; ++i) {
    RawHttp http(mock.port());
    http.send(post(kChat, stream_body(std::to_string(i))));
    std::string bytes;
    ASSERT_EQ(http.read_all(bytes, 60'000), End::kReset);
    before += bytes.empty() ? 1 : 0;
    EXPECT_THAT(bytes, Not(HasSubstr("stop")));
  }
  EXPECT_GT(before, 5U);  // half of them, by the seed
  EXPECT_LT(before, 35U);
  EXPECT_EQ(mock.stop()["faults_by_kind"]["reset"], 40);
}

TEST(Mock, FloodsAndDribblesHaveNoEnd) {
  for (const char* kind : {"endless", "huge_header", "gzip_bomb", "slow_headers"}) {
    const size_t wanted = std::string(kind) == "slow_headers" ? 150 : 900'000;
    MockProcess mock({"--fault", std::string(kind) + "=1"});
    ASSERT_TRUE(mock.started()) << mock.error();
    {
      RawHttp http(mock.port());
      http.send(post(kChat, stream_body("q")));
      std::string bytes;
      http.read_all(bytes, 60'000, wanted);
      EXPECT_GE(bytes.size(), wanted) << kind;
      if (std::string(kind) == "gzip_bomb") {
        EXPECT_THAT(bytes.substr(0, 1000), HasSubstr("content-encoding: gzip"));
      }
      if (std::string(kind) == "huge_header" || std::string(kind) == "slow_headers") {
        EXPECT_EQ(bytes.find("\r\n\r\n"), std::string::npos);
      }
    }
    const Json stats = mock.stop();
    EXPECT_EQ(stats["faults"], 1) << kind;
    expect_sums(stats);
  }
}

// The faults that a set of bodies meets, asked in this order on one connection.
std::map<std::string, int> statuses(const MockProcess& mock, const std::vector<int>& order) {
  std::map<std::string, int> out;
  RawHttp http(mock.port());
  std::map<int, int> seen;
  for (const int item : order) {
    http.send(post(kChat, chat_body("item " + std::to_string(item))));
    out[std::to_string(item) + "/" + std::to_string(seen[item]++)] = http.read_reply().status;
  }
  return out;
}

TEST(Mock, FaultsDependOnTheSeedAndTheBodyOnly) {
  std::vector<int> order;
  for (int i = 0; i < 600; ++i) order.push_back(i % 200);
  const std::vector<std::string> options = {"--fault", "429=20%,500=0.1", "--fault",
                                            "503=5%",  "--seed",          "11"};
  MockProcess one(options);
  MockProcess two(options);
  ASSERT_TRUE(one.started() && two.started());
  const auto first = statuses(one, order);
  Rng(5).shuffle(order);
  EXPECT_EQ(first, statuses(two, order));
  // After a reset it begins anew.
  EXPECT_EQ(ask(one, post("/mock/reset", "")).status, 200);
  EXPECT_EQ(stats_now(one)["requests"], 0);
  EXPECT_EQ(first, statuses(one, order));
  const Json stats = one.stop();
  EXPECT_EQ(stats["faults_by_kind"], two.stop()["faults_by_kind"]);
  EXPECT_EQ(stats["requests"], 600);
  EXPECT_GT(stats["faults_by_kind"]["429"].get<int>(), 60);
  EXPECT_GT(stats["faults_by_kind"]["500"].get<int>(), 20);
  expect_sums(stats);
}

TEST(Mock, RetriesSucceedAfterTheMostFaultsOfABody) {
  MockProcess mock({"--fault", "500=1", "--fault-max", "2"});
  ASSERT_TRUE(mock.started()) << mock.error();
  std::vector<int> seen;
  for (int i = 0; i < 4; ++i) seen.push_back(ask(mock, post(kChat, chat_body("q"))).status);
  EXPECT_THAT(seen, ElementsAre(500, 500, 200, 200));
}

TEST(Mock, ClientsThatGoAreCounted) {
  MockProcess mock({"--ttft", "30s"});
  ASSERT_TRUE(mock.started()) << mock.error();
  {
    RawHttp stays(mock.port());
    stays.send(post(kChat, stream_body("a")));
    {
      RawHttp goes(mock.port());
      goes.send(post(kChat, stream_body("b")));
      std::string bytes;
      goes.read_some(bytes, 60'000);
    }
    Json stats = stats_now(mock);
    for (int i = 0; i < 600 && stats["aborted"] != 1; ++i) {
      usleep(100'000);
      stats = stats_now(mock);
    }
    EXPECT_EQ(stats["aborted"], 1);
    EXPECT_EQ(stats["in_flight"], 1);
    expect_sums(stats);
    const Json last = mock.stop(SIGINT);
    EXPECT_EQ(last["in_flight"], 1);
    expect_sums(last);
  }
  EXPECT_EQ(mock.exit_status(), 0);
}

TEST(Mock, RealRateLimitsAndTheirHeaders) {
  MockProcess mock({"--max-requests-per-minute", "3", "--rate-limit-headers"});
  ASSERT_TRUE(mock.started()) << mock.error();
  RawHttp http(mock.port());
  std::vector<int> seen;
  RawReply reply;
  for (int i = 0; i < 4; ++i) {
    http.send(post(kChat, chat_body("q")));
    reply = http.read_reply();
    seen.push_back(reply.status);
    EXPECT_THAT(reply.head, HasSubstr("x-ratelimit-limit-requests: 3\r\n"));
  }
  EXPECT_THAT(seen, ElementsAre(200, 200, 200, 429));
  EXPECT_THAT(reply.head, HasSubstr("x-ratelimit-remaining-requests: 0\r\n"));
  EXPECT_THAT(reply.head, testing::ContainsRegex("retry-after: (1[0-9]|20)\r\n"));
  const Json stats = mock.stop();
  EXPECT_EQ(stats["rejected_by_status"]["429"], 1);
  expect_sums(stats);
}

TEST(Mock, WorksWithCurl) {
  if (run_shell("curl --version").exit_code != 0) GTEST_SKIP() << "there is no curl program";
  MockProcess mock({"--reply", "echo"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const CliResult curl =
      run_shell("curl -sS -N --noproxy '*' " + shell_quote(mock.url() + "/chat/completions") +
                " -d " + shell_quote(stream_body("한 two")));
  EXPECT_EQ(curl.exit_code, 0) << curl.err;
  EXPECT_EQ(joined(events(curl.out), "content"), "한 two");
}

TEST(Mock, ManyStreamsAtOnce) {
  MockProcess mock({"--ttft", "300ms", "--itl", "5ms", "--tokens", "20"});
  ASSERT_TRUE(mock.started()) << mock.error();
  std::vector<std::unique_ptr<RawHttp>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<RawHttp>(mock.port()));
    ASSERT_TRUE(clients.back()->send(post(kChat, stream_body(std::to_string(i)))));
  }
  std::set<std::string> texts;
  for (const auto& client : clients) {
    const RawReply reply = client->read_reply();
    EXPECT_TRUE(reply.complete);
    texts.insert(joined(events(reply.body), "content"));
  }
  EXPECT_EQ(texts.size(), 300U);  // each its own words
  const Json stats = mock.stop();
  EXPECT_EQ(stats["completed"], 300);
  EXPECT_EQ(stats["output_tokens"], 6000);
}

TEST(Mock, SlotsServeInOrderAndAtTheirCapacity) {
  const TempDir dir;
  constexpr int kRequests = 12;
  constexpr int64_t kServiceNs = 100'000'000;  // ttft 60 ms, four gaps of 10 ms
  MockProcess mock({"--slots", "3", "--ttft", "60ms", "--itl", "10ms", "--tokens", "5", "--log",
                    dir.file("log")});
  ASSERT_TRUE(mock.started()) << mock.error();
  std::vector<std::unique_ptr<RawHttp>> clients;
  for (int i = 0; i < kRequests; ++i) {
    clients.push_back(std::make_unique<RawHttp>(mock.port()));
    ASSERT_TRUE(clients.back()->send(
        post(kChat, i % 2 == 0 ? stream_body(std::to_string(i)) : chat_body(std::to_string(i)))));
  }
  for (const auto& client : clients) EXPECT_TRUE(client->read_reply().complete);
  const Json stats = mock.stop();
  EXPECT_EQ(stats["slots"], 3);
  EXPECT_EQ(stats["slots_busy"], 0);
  EXPECT_EQ(stats["waiting"], 0);
  EXPECT_GE(stats["waiting_max"].get<int>(), 1);
  EXPECT_LE(stats["waiting_max"].get<int>(), kRequests - 3);
  EXPECT_EQ(stats["queued_us"]["n"], kRequests);
  expect_sums(stats);

  std::vector<Json> log = read_log(dir.file("log"));
  ASSERT_EQ(log.size(), static_cast<size_t>(kRequests));
  std::sort(log.begin(), log.end(), [](const Json& a, const Json& b) {
    return a["arrival_ns"].get<int64_t>() < b["arrival_ns"].get<int64_t>();
  });
  // By the recursion for three servers, to the nanosecond: whatever the machine did meanwhile.
  std::vector<int64_t> free(3, 0);
  for (const Json& row : log) {
    const auto first = std::min_element(free.begin(), free.end());
    const int64_t start = std::max(row["arrival_ns"].get<int64_t>(), *first);
    *first = start + kServiceNs;
    EXPECT_EQ(row["queued_ns"].get<int64_t>(), start - row["arrival_ns"].get<int64_t>());
    EXPECT_GE(offset_ms(row, 0), row["stream"].get<bool>() ? 60 : 100);
  }
}

TEST(Mock, WhoeverWaitsGetsItsHeadersAndMayLeave) {
  MockProcess mock({"--slots", "1", "--ttft", "30s", "--sse-comments", "10ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  auto first = std::make_unique<RawHttp>(mock.port());
  first->send(post(kChat, stream_body("a")));
  std::string bytes;
  first->read_some(bytes, 60'000);
  auto second = std::make_unique<RawHttp>(mock.port());
  second->send(post(kChat, stream_body("b")));
  std::string waiting;
  while (waiting.find("keep-alive") == std::string::npos &&
         second->read_some(waiting, 60'000) == End::kOpen) {
  }
  EXPECT_THAT(waiting, HasSubstr("text/event-stream"));
  auto third = std::make_unique<RawHttp>(mock.port());
  third->send(post(kChat, chat_body("c")));
  const auto until = [&](int waits, int busy) {
    Json stats = stats_now(mock);
    for (int i = 0; i < 600 && (stats["waiting"] != waits || stats["slots_busy"] != busy); ++i) {
      usleep(100'000);
      stats = stats_now(mock);
    }
    EXPECT_EQ(stats["waiting"], waits);
    EXPECT_EQ(stats["slots_busy"], busy);
    expect_sums(stats);
  };
  until(2, 1);
  second.reset();  // leaves the line
  until(1, 1);
  first.reset();  // its slot goes to the third
  until(0, 1);
  third.reset();
  until(0, 0);
  EXPECT_EQ(mock.stop()["aborted"], 3);
}

TEST(Mock, AStallHoldsEverythingAndThenSendsIt) {
  const TempDir dir;
  MockProcess mock({"--ttft", "20ms", "--itl", "20ms", "--tokens", "60", "--stall-at", "150ms",
                    "--stall-for", "1500ms", "--log", dir.file("log")});
  ASSERT_TRUE(mock.started()) << mock.error();
  RawHttp early(mock.port());
  RawHttp late(mock.port());
  early.send(post(kChat, stream_body("a")));
  std::string bytes;
  while (bytes.find("content\":\" ") == std::string::npos &&
         early.read_some(bytes, 60'000) == End::kOpen) {
  }
  usleep(200'000);
  late.send(post(kChat, stream_body("b")));  // into the stall
  EXPECT_TRUE(late.read_reply().complete);
  EXPECT_EQ(mock.stop()["completed"], 2);
  const std::vector<Json> log = read_log(dir.file("log"));
  ASSERT_EQ(log.size(), 2U);
  const int64_t begin = log[0]["arrival_ns"].get<int64_t>() + 150'000'000;
  const int64_t end = begin + 1'500'000'000;
  size_t held = 0;
  for (const Json& row : log) {
    for (size_t token = 0; token < 60; ++token) {
      const double due_ms = 20 + 20 * static_cast<double>(token);
      const auto due = static_cast<int64_t>(due_ms * 1e6) + row["arrival_ns"].get<int64_t>();
      const auto sent = row["sent_ns"][token + 1].get<int64_t>();
      EXPECT_GE(sent, due);
      if (due < begin || due >= end) continue;
      EXPECT_GE(sent, end);
      ++held;
    }
  }
  EXPECT_GE(held, 20U);
  // Read late, but it arrived when it arrived.
  EXPECT_GE(log[1]["read_ns"].get<int64_t>(), end);
  EXPECT_LT(log[1]["arrival_ns"].get<int64_t>(), log[1]["read_ns"].get<int64_t>() - 50'000'000);
}

TEST(Mock, DiesInTheMiddle) {
  MockProcess mock({"--ttft", "10ms", "--itl", "50ms", "--tokens", "1000", "--die-at", "1s"});
  ASSERT_TRUE(mock.started()) << mock.error();
  std::vector<std::unique_ptr<RawHttp>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawHttp>(mock.port()));
    clients.back()->send(post(kChat, stream_body(std::to_string(i))));
  }
  for (const auto& client : clients) {
    std::string bytes;
    EXPECT_EQ(client->read_all(bytes, 60'000), End::kReset);
    EXPECT_THAT(bytes, HasSubstr("content"));
  }
  const int port = mock.port();
  const Json stats = mock.stop(0);
  EXPECT_EQ(mock.exit_status(), 0);
  EXPECT_EQ(stats["aborted"], 3);
  expect_sums(stats);
  EXPECT_FALSE(RawHttp(port).connected());
}

TEST(Mock, AlignedStreamsShareTheirInstants) {
  const TempDir dir;
  MockProcess mock({"--ttft", "50ms", "--itl", "25ms", "--align", "25ms", "--tokens", "6", "--log",
                    dir.file("log")});
  ASSERT_TRUE(mock.started()) << mock.error();
  std::vector<std::unique_ptr<RawHttp>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RawHttp>(mock.port()));
    clients.back()->send(post(kChat, stream_body(std::to_string(i))));
  }
  for (const auto& client : clients) EXPECT_TRUE(client->read_reply().complete);
  mock.stop();
  for (const Json& row : read_log(dir.file("log"))) {
    const auto arrival = row["arrival_ns"].get<int64_t>();
    for (int64_t token = 0; token < 6; ++token) {
      const int64_t exact = arrival + 50'000'000 + token * 25'000'000;
      const int64_t due = (exact + 24'999'999) / 25'000'000 * 25'000'000;
      EXPECT_GE(row["sent_ns"][static_cast<size_t>(token) + 1].get<int64_t>(), due);
    }
  }
}

// One read of the socket each: what came within one packet, or what had come by then.
TEST(Mock, EventsInPiecesAndPiecesOfSeveralEvents) {
  const TempDir dir;
  MockProcess mock({"--reply", "text:one two three four", "--ttft", "30ms", "--itl", "100ms",
                    "--split-events", "4", "--split-gap", "20ms", "--role-chunk", "no", "--log",
                    dir.file("log")});
  ASSERT_TRUE(mock.started()) << mock.error();
  const RawReply reply = ask(mock, post(kChat, stream_body("x")));
  EXPECT_EQ(joined(events(reply.body), "content"), "one two three four");
  mock.stop();
  const Json row = read_log(dir.file("log")).at(0);
  EXPECT_EQ(row["sent_tokens"], Json::array({1, 2, 3, 4, 4}));
  EXPECT_GE(offset_ms(row, 0), 30 + 3 * 20) << "the token is there with its last piece";

  MockProcess packed({"--reply", "text:one two three four", "--ttft", "30ms", "--itl", "50ms",
                      "--events-per-packet", "2", "--log", dir.file("packed")});
  ASSERT_TRUE(packed.started()) << packed.error();
  EXPECT_EQ(joined(events(ask(packed, post(kChat, stream_body("x"))).body), "content"),
            "one two three four");
  packed.stop();
  const Json two = read_log(dir.file("packed")).at(0);
  EXPECT_EQ(two["sent_tokens"], Json::array({1, 3, 4}));  // role and 1, 2 and 3, 4 and the end
  EXPECT_EQ(two["role_ns"], two["sent_ns"][0]);
  EXPECT_EQ(two["finish_ns"], two["sent_ns"][2]);
  EXPECT_GE(offset_ms(two, 1), 30 + 2 * 50);
}

TEST(Mock, TheLogSaysWhatEachWriteHeld) {
  const TempDir dir;
  MockProcess mock({"--reply", "text:a b c", "--ttft", "40ms", "--itl", "5ms", "--usage", "always",
                    "--log", dir.file("log")});
  ASSERT_TRUE(mock.started()) << mock.error();
  ask(mock, post(kChat, stream_body("x")));
  ask(mock, post(kChat, chat_body("x")));
  mock.stop();
  const std::vector<Json> log = read_log(dir.file("log"));
  ASSERT_EQ(log.size(), 2U);
  const Json& stream = log[0];
  EXPECT_EQ(stream["sent_tokens"], Json::array({0, 1, 2, 3, 3}));
  EXPECT_EQ(stream["role_ns"], stream["sent_ns"][0]);
  for (const char* name : {"finish_ns", "usage_ns", "done_ns"}) {
    EXPECT_EQ(stream[name], stream["sent_ns"][4]) << name;
  }
  EXPECT_LE(stream["arrival_ns"].get<int64_t>(), stream["read_ns"].get<int64_t>());
  EXPECT_LE(stream["read_ns"].get<int64_t>(), stream["head_ns"].get<int64_t>());
  EXPECT_EQ(stream["queued_ns"], 0);
  EXPECT_EQ(log[1]["sent_tokens"], Json::array({3}));
  EXPECT_EQ(log[1]["role_ns"], -1);
}

TEST(Mock, ToolCallsFirstOrAlone) {
  for (const std::string mode : {"first", "only"}) {
    MockProcess mock({"--reply", "text:done now", "--tool-call", mode, "--usage", "always"});
    ASSERT_TRUE(mock.started()) << mock.error();
    const std::string text = mode == "first" ? "done now" : "";
    const auto data = events(ask(mock, post(kChat, stream_body("x"))).body);
    std::string name;
    std::string arguments;
    size_t pieces = 0;
    bool text_seen = false;
    for (const std::string& each : data) {
      if (each == "[DONE]") continue;
      const Json event = parsed(each);
      if (event["choices"].empty()) continue;
      const Json& delta = event["choices"][0]["delta"];
      const Json* calls = find_member(delta, "tool_calls");
      text_seen = text_seen || !delta.value("content", "").empty();
      if (calls == nullptr) continue;
      EXPECT_FALSE(text_seen) << "the call comes first";
      ++pieces;
      name += (*calls)[0]["function"].value("name", "");
      arguments += (*calls)[0]["function"]["arguments"].get<std::string>();
    }
    EXPECT_GE(pieces, 4U);
    EXPECT_EQ(name, "look_up");
    EXPECT_EQ(parsed(arguments)["query"], "river stone");
    EXPECT_EQ(joined(data, "content"), text);
    const Json last = parsed(data[data.size() - 2]);
    EXPECT_EQ(last["usage"]["completion_tokens"], pieces + (mode == "first" ? 2 : 0));
    EXPECT_EQ(parsed(data[data.size() - 3])["choices"][0]["finish_reason"], "tool_calls");

    const Json whole = parsed(ask(mock, post(kChat, chat_body("x"))).body);
    const Json& message = whole["choices"][0]["message"];
    EXPECT_EQ(message["tool_calls"][0]["function"]["arguments"], arguments);
    EXPECT_EQ(message["content"], mode == "first" ? Json(text) : Json());
    EXPECT_EQ(whole["choices"][0]["finish_reason"], "tool_calls");
  }
}

TEST(Mock, ContinuousUsageCountsAlong) {
  MockProcess always({"--reply", "text:a b c", "--usage", "continuous"});
  MockProcess asked({"--reply", "text:a b c"});
  ASSERT_TRUE(always.started() && asked.started());
  const std::string body = stream_body(
      "x y", R"("stream_options":{"include_usage":true,"continuous_usage_stats":true},)");
  for (const auto& data : {events(ask(always, post(kChat, stream_body("x y"))).body),
                           events(ask(asked, post(kChat, body)).body)}) {
    std::vector<int> counts;
    for (size_t i = 0; i + 1 < data.size(); ++i) {
      const Json usage = parsed(data[i])["usage"];
      EXPECT_EQ(usage["prompt_tokens"], 2);
      counts.push_back(usage["completion_tokens"].get<int>());
      EXPECT_EQ(usage["total_tokens"], counts.back() + 2);
    }
    EXPECT_THAT(counts, ElementsAre(0, 1, 2, 3, 3, 3));  // role, tokens, finish, usage alone
  }
}

TEST(Mock, CommentsComeBeforeTheRoleAndBetweenTokensInPacketsOfTheirOwn) {
  MockProcess mock(
      {"--reply", "text:one two", "--ttft", "100ms", "--itl", "100ms", "--sse-comments", "40ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const RawReply reply = ask(mock, post(kChat, stream_body("x")));
  std::string order;
  for (const std::string& chunk : reply.chunks) {
    if (chunk == ": keep-alive\n\n") {
      order += 'c';
    } else if (chunk.find("\"role\"") != std::string::npos) {
      order += 'r';
    } else if (chunk.find("\"content\":\"") != std::string::npos) {
      order += 't';
    }
  }
  EXPECT_EQ(order, "ccrtcct");
}

TEST(Mock, BadFlagsAreUsageErrors) {
  for (const std::vector<std::string>& flags :
       std::vector<std::vector<std::string>>{{"--host", "0.0.0.0"},
                                             {"--host", "example.com"},
                                             {"--fault", "430=1"},
                                             {"--fault", "429=60%,500=60%"},
                                             {"--fault", "redirect=1"},
                                             {"--ttft", "fast"},
                                             {"--reply", "shout"},
                                             {"--reasoning", "maybe"},
                                             {"--answers", "/nonexistent.jsonl"},
                                             {"--slots", "0"},
                                             {"--align", "often"},
                                             {"--stall-at", "1s"},
                                             {"--stall-for", "1s"},
                                             {"--split-events", "0"},
                                             {"--events-per-packet", "-1"},
                                             {"--tool-call", "last"},
                                             {"--log", "/nonexistent/log"}}) {
    std::vector<std::string> arguments = {"mock", "--port", "0"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    const CliResult result = run_assay(arguments);
    EXPECT_EQ(result.exit_code, flags[0] == "--log" ? 4 : 2) << flags[0] << " " << flags[1];
    EXPECT_EQ(result.out, "");
    EXPECT_FALSE(result.err.empty());
  }
}

}  // namespace
}  // namespace assay::test
