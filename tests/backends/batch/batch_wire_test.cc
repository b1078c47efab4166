// What is said to batch endpoints and what is read from them: hostile lines cost themselves and
// nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "backends/batch/anthropic_batch_wire.h"
#include "backends/batch/openai_batch_wire.h"
#include "backends/batch/result_lines.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Json json(const std::string& text) { return *parse_json(text, "test"); }

TEST(OpenAiBatch, ALineNamesTheRequestAndCarriesItsBody) {
  std::string out;
  append_openai_line({"t-1-0-0", R"({"model":"m","messages":[]})"}, "/v1/chat/completions", out);
  EXPECT_EQ(out, R"({"custom_id":"t-1-0-0","method":"POST","url":"/v1/chat/completions",)"
                 R"("body":{"model":"m","messages":[]}})"
                 "\n");
}

TEST(OpenAiBatch, TheUploadIsAFormWhoseBoundaryIsNotInTheFile) {
  const std::string first = openai_upload("a.jsonl", "{}\n").content_type;
  const std::string boundary = first.substr(first.find('=') + 1);
  // The boundary is of the content's hash: a file cannot hold its own.
  const MultipartForm form = openai_upload("a.jsonl", boundary + "\n");
  const std::string other = form.content_type.substr(form.content_type.find('=') + 1);
  EXPECT_NE(other, boundary);
  EXPECT_TRUE(form.body.starts_with("--" + other + "\r\n"));
  EXPECT_TRUE(form.body.ends_with("\r\n--" + other + "--\r\n"));
  EXPECT_THAT(form.body, HasSubstr("name=\"purpose\"\r\n\r\nbatch\r\n"));
  EXPECT_THAT(form.body, HasSubstr("filename=\"a.jsonl\""));
}

TEST(OpenAiBatch, TheRequestCarriesTheTag) {
  const Json body = json(openai_batch_request("file-1", "/v1/chat/completions", "tag"));
  EXPECT_EQ(body["input_file_id"], "file-1");
  EXPECT_EQ(body["endpoint"], "/v1/chat/completions");
  EXPECT_EQ(body["completion_window"], "24h");
  EXPECT_EQ(body["metadata"]["assay_batch"], "tag");
}

TEST(OpenAiBatch, EachStatusIsAPhase) {
  using Phase = BatchState::Phase;
  const std::vector<std::pair<std::string, Phase>> cases{
      {"validating", Phase::kRunning}, {"in_progress", Phase::kRunning},
      {"finalizing", Phase::kRunning}, {"cancelling", Phase::kRunning},
      {"completed", Phase::kEnded},    {"expired", Phase::kEnded},
      {"cancelled", Phase::kEnded},    {"failed", Phase::kFailed},
      {"a new word", Phase::kRunning}};
  for (const auto& [status, phase] : cases) {
    const auto batch = read_openai_batch(json(R"({"id":"batch_1","status":")" + status + R"("})"));
    ASSERT_TRUE(batch) << batch.error().text();
    EXPECT_EQ(batch->state.phase, phase) << status;
  }
}

TEST(OpenAiBatch, ABatchHasItsFilesCountsTagAndErrors) {
  const auto batch = read_openai_batch(json(
      R"({"id":"batch_1","status":"failed","created_at":1711471533,"output_file_id":"file-o",
          "error_file_id":null,"metadata":{"assay_batch":"tag","other":"x"},
          "request_counts":{"total":100,"completed":95,"failed":5},
          "errors":{"object":"list","data":[{"code":"model_not_found","message":"no such model",
          "param":"model","line":3},{"message":"and more"}]}})"));
  ASSERT_TRUE(batch) << batch.error().text();
  EXPECT_EQ(batch->output_file, "file-o");
  EXPECT_EQ(batch->error_file, "");
  EXPECT_EQ(batch->tag, "tag");
  EXPECT_EQ(batch->created_unix_s, 1711471533);
  EXPECT_EQ(batch->state.total, 100);
  EXPECT_EQ(batch->state.answered, 95);
  EXPECT_EQ(batch->state.failed, 5);
  EXPECT_EQ(batch->state.error, "line 3: no such model (model_not_found); and more");
}

TEST(OpenAiBatch, IdsThatWouldLeaveThePathAreRefused) {
  for (const char* id : {"", "../files", "a/b", "a?b", "a b", ".", "a%2fb", "a\\u0000b"}) {
    const std::string text = std::string(R"({"id":")") + id + R"(","status":"completed"})";
    EXPECT_FALSE(read_openai_batch(json(text))) << id;
    const std::string files =
        std::string(R"({"id":"b","status":"completed","output_file_id":")") + id + R"("})";
    // An empty one is none.
    EXPECT_EQ(read_openai_batch(json(files)).has_value(), *id == '\0') << id;
  }
  EXPECT_FALSE(is_batch_id(std::string(257, 'a')));
  EXPECT_TRUE(is_batch_id("batch_67a8-X.y:z"));
}

TEST(OpenAiBatch, APageHasItsBatchesAndSaysWhetherThereAreMore) {
  const auto page = read_openai_page(
      json(R"({"object":"list","data":[{"id":"b2","status":"failed"},{"id":"b1","status":"x"}],
               "has_more":true})"));
  ASSERT_TRUE(page) << page.error().text();
  ASSERT_EQ(page->batches.size(), 2);
  EXPECT_EQ(page->batches[1].id, "b1");
  EXPECT_TRUE(page->has_more);
  EXPECT_FALSE(read_openai_page(json(R"({"data":{}})")));
  EXPECT_FALSE(read_openai_page(json("[]")));
}

TEST(OpenAiBatch, ALineIsAReplyWithItsStatus) {
  const auto good = read_openai_reply(
      R"({"id":"batch_req_1","custom_id":"t-2-0-0","response":{"status_code":200,)"
      R"("request_id":"r","body":{"id":"c","choices":[]}},"error":null})");
  ASSERT_TRUE(good) << good.error().text();
  EXPECT_EQ(good->custom_id, "t-2-0-0");
  EXPECT_EQ(good->outcome, Outcome::kOk);
  EXPECT_EQ(good->http_status, 200);
  EXPECT_EQ(good->body, R"({"id":"c","choices":[]})");
  const auto bad = read_openai_reply(
      R"({"custom_id":"t","response":{"status_code":400,"body":{"error":{"message":"x"}}}})");
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->outcome, Outcome::kOk) << "a refusal is a reply";
  EXPECT_EQ(bad->http_status, 400);
}

TEST(OpenAiBatch, WhatWasNotExecutedSaysWhy) {
  const auto expired = read_openai_reply(
      R"({"custom_id":"t","response":null,"error":{"code":"batch_expired","message":"too late"}})");
  ASSERT_TRUE(expired);
  EXPECT_EQ(expired->outcome, Outcome::kTimeout);
  EXPECT_EQ(expired->error, "batch_expired: too late");
  const auto other = read_openai_reply(R"({"custom_id":"t","error":{"code":"request_timeout"}})");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->outcome, Outcome::kServerError);
  const auto nothing = read_openai_reply(R"({"custom_id":"t"})");
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->outcome, Outcome::kServerError);
  EXPECT_EQ(nothing->error, "the batch gave no reason");
}

TEST(OpenAiBatch, HostileLinesAreErrors) {
  for (const char* line :
       {"", "{", "[]", "null", "7", R"({"response":{"status_code":200,"body":{}}})",
        R"({"custom_id":7})", R"({"custom_id":null})",
        R"({"custom_id":"t","response":{"body":{}}})",
        R"({"custom_id":"t","response":{"status_code":"200"}})",
        R"({"custom_id":"t","response":{"status_code":99}})",
        R"({"custom_id":"t","response":{"status_code":4000000000}})", "{\"custom_id\":\"\xff\"}"}) {
    EXPECT_FALSE(read_openai_reply(line)) << line;
  }
  EXPECT_FALSE(read_openai_reply(std::string(100'000, '[')));
}

TEST(AnthropicBatch, ARequestHoldsAllMessages) {
  const std::vector<BatchItem> items{{"t-1-0-0", R"({"model":"m"})"}, {"t-2-0-0", "{}"}};
  EXPECT_EQ(anthropic_batch_request(items),
            R"({"requests":[{"custom_id":"t-1-0-0","params":{"model":"m"}},)"
            R"({"custom_id":"t-2-0-0","params":{}}]})");
}

TEST(AnthropicBatch, ABatchHasItsCountsAndPhase) {
  const auto batch = read_anthropic_batch(json(
      R"({"id":"msgbatch_01","type":"message_batch","processing_status":"ended",
          "request_counts":{"processing":0,"succeeded":95,"errored":2,"canceled":1,"expired":2},
          "created_at":"2024-09-24T18:37:24.100435Z","results_url":"https://elsewhere/x"})"));
  ASSERT_TRUE(batch) << batch.error().text();
  EXPECT_EQ(batch->state.phase, BatchState::Phase::kEnded);
  EXPECT_EQ(batch->state.total, 100);
  EXPECT_EQ(batch->state.answered, 95);
  EXPECT_EQ(batch->state.failed, 5);
  EXPECT_GT(batch->created_at, utc_seconds(1727203043));
  EXPECT_LT(batch->created_at, utc_seconds(1727203045));
  const auto running = read_anthropic_batch(json(R"({"id":"m","processing_status":"canceling"})"));
  ASSERT_TRUE(running);
  EXPECT_EQ(running->state.phase, BatchState::Phase::kRunning);
  EXPECT_FALSE(read_anthropic_batch(json(R"({"id":"../m","processing_status":"ended"})")));
  EXPECT_FALSE(read_anthropic_batch(json(R"({"id":"m"})")));
  // Counts that are none, or would wrap, change nothing else.
  EXPECT_EQ(read_anthropic_batch(json(R"({"id":"m","processing_status":"ended","request_counts":
      {"succeeded":18446744073709551615,"errored":-1,"expired":"x"}})"))
                ->state.total,
            UINT32_MAX);
}

TEST(AnthropicBatch, EachTypeOfResult) {
  const auto good = read_anthropic_reply(
      R"({"custom_id":"t-2-0-0","result":{"type":"succeeded","message":{"id":"msg_1"}}})");
  ASSERT_TRUE(good) << good.error().text();
  EXPECT_EQ(good->http_status, 200);
  EXPECT_EQ(good->body, R"({"id":"msg_1"})");
  struct Case {
    std::string result;
    Outcome outcome;
    int status;
  };
  const std::vector<Case> cases{
      {R"({"type":"errored","error":{"type":"error","error":{"type":"invalid_request_error",)"
       R"("message":"x"},"request_id":"r"}})",
       Outcome::kOk, 400},
      {R"({"type":"errored","error":{"type":"overloaded_error","message":"x"}})", Outcome::kOk,
       529},
      {R"({"type":"errored","error":{"type":"something_new","message":"x"}})", Outcome::kOk, 500},
      {R"({"type":"errored"})", Outcome::kServerError, 0},
      {R"({"type":"expired"})", Outcome::kTimeout, 0},
      {R"({"type":"canceled"})", Outcome::kTimeout, 0},
      {R"({"type":"later"})", Outcome::kServerError, 0}};
  for (const Case& each : cases) {
    const auto reply = read_anthropic_reply(R"({"custom_id":"t","result":)" + each.result + "}");
    ASSERT_TRUE(reply) << each.result;
    EXPECT_EQ(reply->outcome, each.outcome) << each.result;
    EXPECT_EQ(reply->http_status, each.status) << each.result;
    EXPECT_EQ(reply->body.find(R"({"type":"error","error":{)"),
              each.status != 0 ? 0 : std::string::npos);
  }
}

TEST(AnthropicBatch, HostileLinesAreErrors) {
  for (const char* line :
       {"", "{", "[]", R"({"result":{"type":"succeeded","message":{}}})",
        R"({"custom_id":1,"result":{"type":"expired"}})", R"({"custom_id":"t"})",
        R"({"custom_id":"t","result":"expired"})", R"({"custom_id":"t","result":{}})",
        R"({"custom_id":"t","result":{"type":7}})",
        R"({"custom_id":"t","result":{"type":"succeeded"}})"}) {
    EXPECT_FALSE(read_anthropic_reply(line)) << line;
  }
}

// Lines of a stream that is cut in steps of so many bytes; `!` marks one that is too long.
std::vector<std::string> lines_of(const std::string& text, size_t step, size_t most) {
  std::vector<std::string> out;
  ResultLines lines(
      [&](std::string_view line, bool whole) -> Result<void> {
        out.push_back(std::string(whole ? "" : "!") + std::string(line));
        return {};
      },
      most);
  for (size_t i = 0; i < text.size(); i += step) EXPECT_TRUE(lines.feed(text.substr(i, step)));
  EXPECT_TRUE(lines.finish());
  return out;
}

TEST(ResultLines, AreTheSameHoweverTheBytesAreCut) {
  const std::string text = "one\n\n  \r\ntwo\nlonger than eight\nthree\nlast";
  for (size_t step = 1; step <= text.size(); ++step) {
    EXPECT_THAT(lines_of(text, step, 8), ElementsAre("one", "two", "!longer t", "three", "last"))
        << step;
  }
}

TEST(ResultLines, AnErrorOfTheTakerEndsThem) {
  int taken = 0;
  ResultLines lines([&](std::string_view, bool) -> Result<void> {
    ++taken;
    return input_error("", "no more");
  });
  EXPECT_FALSE(lines.feed("a\nb\n"));
  EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace assay::backends
