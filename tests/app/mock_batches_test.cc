// The mock's batch endpoints, without sockets: forms, files, both kinds of batches, hostile input.
#include "app/mock/mock_batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/mock/multipart.h"
#include "harness/base/json.h"

namespace assay::app::mock {
namespace {

using testing::HasSubstr;

constexpr Nanos kDelay = std::chrono::seconds(2);

TEST(Multipart, PartsHaveNamesAndContents) {
  const std::string body =
      "--b0\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
      "--b0\r\nCONTENT-DISPOSITION: form-data; name=file; filename=\"a\\\"b;c\"\r\n"
      "Content-Type: text/plain\r\n\r\none\r\ntwo--b0\r\n\r\n--b0--\r\n";
  for (const char* type :
       {"multipart/form-data; boundary=b0", "Multipart/Form-Data;boundary=\"b0\""}) {
    const auto parts = Multipart::read(type, body);
    ASSERT_TRUE(parts) << parts.error().text();
    ASSERT_EQ(parts->size(), 2);
    EXPECT_EQ((*parts)[0].name, "purpose");
    EXPECT_EQ((*parts)[0].content, "batch");
    EXPECT_EQ((*parts)[1].name, "file");
    EXPECT_EQ((*parts)[1].file_name, "a\"b;c");
    EXPECT_EQ((*parts)[1].content, "one\r\ntwo--b0\r\n");
  }
}

TEST(Multipart, WhatIsNoFormIsRefused) {
  const std::string type = "multipart/form-data; boundary=b";
  const std::string head = "--b\r\ncontent-disposition: form-data; name=\"x\"\r\n\r\n";
  std::string many;
  for (size_t i = 0; i <= Multipart::kPartsMax; ++i) many += head + "y\r\n";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"application/json", head + "y\r\n--b--"},
      {"multipart/form-data", head + "y\r\n--b--"},
      {"multipart/form-data; boundary=", head + "y\r\n--b--"},
      {"multipart/form-data; boundary=\"b", head + "y\r\n--b--"},
      {"multipart/form-data; boundary=" + std::string(71, 'b'), head},
      {type, ""},
      {type, "preamble\r\n" + head + "y\r\n--b--"},
      {type, head + "y"},
      {type, head + "y\r\n--c--"},
      {type, "--b\r\n\r\n\r\ny\r\n--b--"},
      {type, "--b\r\ncontent-type: text/plain\r\n\r\ny\r\n--b--"},
      {type, "--b\r\ncontent-disposition: form-data; name=\"\"\r\n\r\ny\r\n--b--"},
      {type, "--b\ncontent-disposition: form-data; name=\"x\"\n\ny\n--b--"},
      {type, "--b\r\nx: " + std::string(Multipart::kHeadBytesMax, 'x') + "\r\n\r\ny\r\n--b--"},
      {type, many + "--b--"}};
  for (const auto& [content_type, body] : cases)
    EXPECT_FALSE(Multipart::read(content_type, body)) << content_type << "\n" << body.substr(0, 99);
}

// The endpoints as a client sees them; time is what it says.
struct Server {
  MockOptions options;
  MockBatches batches{options};
  TimePoint now = from_ns(1'000'000'000);

  Server() {
    options.batch_delay = kDelay;
    options.tokens = 3;
  }
  MockAnswer ask(const std::string& method, const std::string& target, const std::string& body = "",
                 const std::string& type = "application/json") {
    HttpRequest request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
    request.body = body;
    request.headers = {{"content-type", type}, {"anthropic-version", "2023-06-01"}};
    return batches.answer(request, now, 1'700'000'000);
  }
  Json json(const std::string& method, const std::string& path, const std::string& body = "") {
    return *parse_json(ask(method, path, body).body, path);
  }
  // The id of an uploaded file.
  std::string upload(const std::string& content) {
    const MockAnswer answer =
        ask("POST", "/v1/files",
            "--b\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\n"
            "content-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" +
                content + "\r\n--b--\r\n",
            "multipart/form-data; boundary=b");
    return (*parse_json(answer.body, "file"))["id"].get<std::string>();
  }
  Json create(const std::string& file) {
    return json("POST", "/v1/batches",
                R"({"input_file_id":")" + file +
                    R"(","endpoint":"/v1/chat/completions","completion_window":"24h",)"
                    R"("metadata":{"who":"me"}})");
  }
};

std::string line(const std::string& id, const std::string& question = "hi") {
  return R"({"custom_id":")" + id +
         R"(","method":"POST","url":"/v1/chat/completions","body":{"model":"mock","messages":)"
         R"([{"role":"user","content":")" +
         question + "\"}]}}\n";
}

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    out.push_back(*parse_json(text.substr(at, end - at), "line"));
    at = end + 1;
  }
  return out;
}

TEST(MockBatches, AFileBecomesABatchAndABatchAFile) {
  Server server;
  const std::string file = server.upload(line("a") + line("b", "ho"));
  EXPECT_EQ(server.json("GET", "/v1/files/" + file)["purpose"], "batch");
  Json batch = server.create(file);
  EXPECT_EQ(batch["status"], "validating");
  EXPECT_EQ(batch["metadata"]["who"], "me");
  EXPECT_TRUE(batch["output_file_id"].is_null());
  const std::string path = "/v1/batches/" + batch["id"].get<std::string>();
  server.now += kDelay / 2;
  EXPECT_EQ(server.json("GET", path)["status"], "in_progress");
  server.now += kDelay / 2;
  batch = server.json("GET", path);
  EXPECT_EQ(batch["status"], "completed");
  EXPECT_EQ(batch["request_counts"]["completed"], 2);
  EXPECT_TRUE(batch["error_file_id"].is_null());
  const MockAnswer content =
      server.ask("GET", "/v1/files/" + batch["output_file_id"].get<std::string>() + "/content");
  const std::vector<Json> lines = lines_of(content.body);
  ASSERT_EQ(lines.size(), 2);
  EXPECT_EQ(lines[1]["custom_id"], "b");
  EXPECT_EQ(lines[1]["response"]["status_code"], 200);
  EXPECT_EQ(lines[1]["response"]["body"]["object"], "chat.completion");
  EXPECT_EQ(lines[1]["response"]["body"]["usage"]["completion_tokens"], 3);
  EXPECT_EQ(server.batches.stats().answered, 2);
}

TEST(MockBatches, SharesFailAndExpire) {
  Server server;
  server.options.batch_fail_share = 0.3;
  server.options.batch_expire_share = 0.3;
  std::string input;
  for (int i = 0; i < 200; ++i) input += line("r" + std::to_string(i), "q" + std::to_string(i));
  const std::string id = server.create(server.upload(input))["id"];
  server.now += kDelay;
  const Json batch = server.json("GET", "/v1/batches/" + id);
  EXPECT_EQ(batch["status"], "expired");
  const BatchStats& stats = server.batches.stats();
  EXPECT_EQ(stats.answered + stats.failed + stats.expired, 200);
  EXPECT_NEAR(static_cast<double>(stats.failed), 60, 30);
  EXPECT_NEAR(static_cast<double>(stats.expired), 60, 30);
  const std::vector<Json> errors = lines_of(
      server.ask("GET", "/v1/files/" + batch["error_file_id"].get<std::string>() + "/content")
          .body);
  EXPECT_EQ(errors.size(), stats.failed + stats.expired);
  std::set<std::string> codes;
  for (const Json& each : errors) {
    codes.insert(each["error"].is_null() ? each["response"]["status_code"].dump()
                                         : each["error"]["code"].get<std::string>());
  }
  EXPECT_EQ(codes, (std::set<std::string>{"500", "batch_expired"}));
}

TEST(MockBatches, AnInputFileThatIsNoneFailsAsAWhole) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"not json\n", "invalid_json_line"},
      {line("a") + line("a"), "duplicate_custom_id"},
      {R"({"method":"POST"})", "missing_required_parameter"},
      {R"({"custom_id":"a","method":"GET"})", "invalid_method"},
      {R"({"custom_id":"a","method":"POST","url":"/v1/other","body":{}})", "mismatched_url"},
      {R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":[]})",
       "missing_body"},
      {"\n\n", "empty_file"}};
  for (const auto& [input, code] : cases) {
    Server server;
    const std::string id = server.create(server.upload(input))["id"];
    server.now += kDelay;
    const Json batch = server.json("GET", "/v1/batches/" + id);
    EXPECT_EQ(batch["status"], "failed") << input;
    EXPECT_EQ(batch["errors"]["data"][0]["code"], code) << input;
  }
  Server strict;
  strict.options.strict_model = true;
  strict.options.models = {"other"};
  const std::string id = strict.create(strict.upload(line("a")))["id"];
  strict.now += kDelay;
  EXPECT_EQ(strict.json("GET", "/v1/batches/" + id)["errors"]["data"][0]["code"],
            "model_not_found");
}

TEST(MockBatches, RequestsThatAreNoneAreRefused) {
  Server server;
  const std::string file = server.upload(line("a"));
  const std::vector<std::pair<std::string, std::string>> cases{
      {"/v1/batches", "{"},
      {"/v1/batches", "{}"},
      {"/v1/batches", R"({"input_file_id":"file-mock-9","endpoint":"/v1/chat/completions",)"
                      R"("completion_window":"24h"})"},
      {"/v1/batches", R"({"input_file_id":")" + file +
                          R"(","endpoint":"/v1/embeddings","completion_window":"24h"})"},
      {"/v1/batches", R"({"input_file_id":")" + file +
                          R"(","endpoint":"/v1/chat/completions","completion_window":"1h"})"},
      {"/v1/files", "{}"},
      {"/v1/messages/batches", "{}"},
      {"/v1/messages/batches", R"({"requests":[]})"},
      {"/v1/messages/batches", R"({"requests":[{"custom_id":"a b","params":{}}]})"},
      {"/v1/messages/batches", R"({"requests":[{"custom_id":"a","params":7}]})"},
      {"/v1/messages/batches",
       R"({"requests":[{"custom_id":"a","params":{}},{"custom_id":"a","params":{}}]})"}};
  for (const auto& [path, body] : cases)
    EXPECT_EQ(server.ask("POST", path, body).status, 400) << body;
  for (const char* path : {"/v1/batches/none", "/v1/files/none", "/v1/files/none/content",
                           "/v1/messages/batches/none"})
    EXPECT_EQ(server.ask("GET", path).status, 404) << path;
  EXPECT_EQ(server.ask("DELETE", "/v1/batches/none").status, 404);
  EXPECT_EQ(server.ask("GET", "/v1/files").status, 405);
  EXPECT_EQ(server.batches.stats().batches, 0);
}

TEST(MockBatches, AListIsNewestFirstAndInPages) {
  Server server;
  const std::string file = server.upload(line("a"));
  for (int i = 0; i < 3; ++i) server.create(file);
  const Json first = server.json("GET", "/v1/batches?limit=2");
  ASSERT_EQ(first["data"].size(), 2);
  EXPECT_EQ(first["data"][0]["id"], "batch-mock-3");
  EXPECT_EQ(first["has_more"], true);
  const Json second = server.json("GET", "/v1/batches?after=batch-mock-2&limit=2");
  ASSERT_EQ(second["data"].size(), 1);
  EXPECT_EQ(second["data"][0]["id"], "batch-mock-1");
  EXPECT_EQ(second["has_more"], false);
  EXPECT_EQ(server.json("GET", "/v1/messages/batches")["data"].size(), 0);
}

TEST(MockBatches, ACancelledBatchExecutesNothing) {
  Server server;
  const std::string path =
      "/v1/batches/" + server.create(server.upload(line("a")))["id"].get<std::string>();
  EXPECT_EQ(server.json("POST", path + "/cancel")["status"], "cancelled");
  const Json batch = server.json("GET", path);
  const MockAnswer errors =
      server.ask("GET", "/v1/files/" + batch["error_file_id"].get<std::string>() + "/content");
  EXPECT_THAT(errors.body, HasSubstr("batch_cancelled"));
}

TEST(MockBatches, MessagesAreWholeMessages) {
  Server server;
  const Json batch = server.json(
      "POST", "/v1/messages/batches",
      R"({"requests":[{"custom_id":"a","params":{"model":"mock","max_tokens":9,"system":"be brief",
          "messages":[{"role":"user","content":[{"type":"text","text":"hi there"}]}]}},
          {"custom_id":"b","params":{"model":"mock","messages":[]}}]})");
  EXPECT_EQ(batch["processing_status"], "in_progress");
  EXPECT_EQ(batch["request_counts"]["processing"], 2);
  const std::string path = "/v1/messages/batches/" + batch["id"].get<std::string>();
  EXPECT_EQ(server.ask("GET", path + "/results").status, 404);
  server.now += kDelay;
  EXPECT_EQ(server.json("GET", path)["processing_status"], "ended");
  const std::vector<Json> lines = lines_of(server.ask("GET", path + "/results").body);
  ASSERT_EQ(lines.size(), 2);
  const Json& message = lines[0]["result"]["message"];
  EXPECT_EQ(message["type"], "message");
  EXPECT_EQ(message["content"][0]["type"], "text");
  EXPECT_EQ(message["stop_reason"], "end_turn");
  EXPECT_EQ(message["usage"]["input_tokens"], 4);
  EXPECT_EQ(message["usage"]["output_tokens"], 3);
  EXPECT_EQ(lines[1]["result"]["type"], "errored");
  EXPECT_EQ(lines[1]["result"]["error"]["error"]["type"], "invalid_request_error");
}

}  // namespace
}  // namespace assay::app::mock
