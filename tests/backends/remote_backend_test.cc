// A remote backend end to end against a server of this test's own on the loopback interface.
#include "backends/remote_backend.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "harness/types/chunk_log.h"
#include "tests/backends/drive.h"
#include "tests/support/temp_dir.h"

namespace assay::backends {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kKey = "sk-test-geheim-0123456789-END";

// Answers each connection's one request with what `answer` makes of it, and closes.
class Server {
 public:
  using Answer = std::function<std::string(const std::string& request)>;

  explicit Server(Answer answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 64), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { work(); });
  }
  ~Server() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::string spec(const std::string& params = "") const {
    return fmt::format("http://127.0.0.1:{}/v1#test-model{}", port_, params);
  }
  [[nodiscard]] int port() const { return port_; }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void work() {
    while (true) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      const std::string request = read_request(connection);
      if (!request.empty()) {
        {
          const std::lock_guard lock(mutex_);
          requests_.push_back(request);
        }
        const std::string reply = answer_(request);
        (void)send(connection, reply.data(), reply.size(), MSG_NOSIGNAL);
      }
      shutdown(connection, SHUT_WR);
      close(connection);
    }
  }
  static std::string read_request(int connection) {
    std::string text;
    char piece[4096];
    while (!complete(text)) {
      const ssize_t n = recv(connection, piece, sizeof piece, 0);
      if (n <= 0) return text;
      text.append(piece, static_cast<size_t>(n));
    }
    return text;
  }
  static bool complete(const std::string& text) {
    const size_t end = text.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    std::string head = text.substr(0, end);
    for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const size_t length = head.find("content-length:");
    if (length == std::string::npos) return true;
    return text.size() >= end + 4 + std::strtoul(head.c_str() + length + 15, nullptr, 10);
  }

  const Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

std::string reply_of(int status, const std::string& type, const std::string& body,
                     const std::string& headers = "") {
  return fmt::format(
      "HTTP/1.1 {} X\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n{}\r\n{}",
      status, type, body.size(), headers, body);
}

std::string chat_reply(const std::string& answer) {
  return reply_of(200, "application/json",
                  fmt::format(R"({{"id":"r1","model":"served","choices":[{{"index":0,"message":)"
                              R"({{"role":"assistant","content":"{}"}},"finish_reason":"stop"}}],)"
                              R"("usage":{{"prompt_tokens":5,"completion_tokens":2}}}})",
                              answer));
}

std::string stream_reply(const std::vector<std::string>& deltas) {
  std::string body;
  for (const std::string& delta : deltas)
    body += fmt::format(R"(data: {{"choices":[{{"index":0,"delta":{{"content":"{}"}}}}]}})"
                        "\n\n",
                        delta);
  body += R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
          "\n\ndata: [DONE]\n\n";
  return reply_of(200, "text/event-stream", body);
}

// Its second question asks for a log-likelihood.
class MixedSuite final : public Suite {
 public:
  MixedSuite() { info_.name = "mixed"; }
  [[nodiscard]] const SuiteInfo& info() const override { return info_; }
  [[nodiscard]] uint64_t size() const override { return 2; }
  [[nodiscard]] Result<Sample> sample(uint64_t index) const override {
    Sample sample;
    sample.index = index;
    sample.id = fmt::format("q{}", index);
    return sample;
  }
  [[nodiscard]] Result<std::string> sample_id(uint64_t index) const override {
    return fmt::format("q{}", index);
  }
  [[nodiscard]] Result<Request> request(const Sample& sample, uint32_t /*repeat*/) const override {
    Request request;
    request.messages.push_back({"user", "question", {}, {}, {}});
    if (sample.index == 1) request.continuations = {{" answer"}};
    return request;
  }
  [[nodiscard]] uint64_t train_size() const override { return 0; }
  [[nodiscard]] Result<TrainingExample> train(uint64_t /*index*/) const override {
    return input_error("mixed", "has no train split");
  }
  [[nodiscard]] const std::vector<std::unique_ptr<Scorer>>& scorers() const override {
    return scorers_;
  }

 private:
  SuiteInfo info_;
  std::vector<std::unique_ptr<Scorer>> scorers_;
};

class RemoteBackendTest : public ::testing::Test {
 protected:
  RemoteBackendTest() { setenv("ASSAY_TEST_KEY", kKey, 1); }

  std::unique_ptr<Backend> make(const std::string& text) {
    const Result<ModelSpec> spec = parse_model_spec(text);
    EXPECT_TRUE(spec) << spec.error().text();
    Result<std::unique_ptr<Backend>> backend = make_backend(*spec, context_);
    EXPECT_TRUE(backend) << backend.error().text();
    return std::move(backend).value();
  }
  AttemptPtr ask(const std::string& text) {
    const std::unique_ptr<Backend> backend = make(text);
    Driver driver(backend->transport(), backend->codec());
    return driver.ask(make_attempt("q1", "42"));
  }
  static void expect_no_key(const Attempt& attempt) {
    const Response& response = attempt.response;
    for (const std::string& text : {response.error, response.wire, response.answer,
                                    response.reasoning, response.details, attempt.http.headers}) {
      EXPECT_THAT(text, Not(HasSubstr("geheim"))) << text;
      EXPECT_THAT(text, Not(HasSubstr("9-END"))) << text;
    }
  }

  HttpLoop loop_;
  BackendContext context_{.http_loop = [this]() -> HttpLoop& { return loop_; }};
};

TEST_F(RemoteBackendTest, AWholeReply) {
  Server server([](const std::string&) { return chat_reply("42"); });
  const AttemptPtr attempt =
      ask(server.spec("?stream=0&temperature=0&key_env=ASSAY_TEST_KEY&header=X-Run: 7"));
  EXPECT_EQ(attempt->response.outcome, Outcome::kOk) << attempt->response.error;
  EXPECT_EQ(attempt->response.answer, "42");
  EXPECT_EQ(attempt->response.served_model, "served");
  EXPECT_EQ(attempt->http.status, 200);
  ASSERT_EQ(server.requests().size(), 1U);
  const std::string request = server.requests()[0];
  EXPECT_THAT(request, ::testing::StartsWith("POST /v1/chat/completions HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr(std::string("authorization: Bearer ") + kKey + "\r\n"));
  EXPECT_THAT(request, HasSubstr("X-Run: 7\r\n"));
  EXPECT_THAT(request, HasSubstr("content-type: application/json\r\n"));
  EXPECT_THAT(request, HasSubstr("\"model\":\"test-model\""));
  EXPECT_THAT(request, HasSubstr("question q1"));
}

TEST_F(RemoteBackendTest, AStreamedReply) {
  Server server([](const std::string&) {
    return stream_reply({"<think>why</th", "ink>", "forty", "-two"});
  });
  const AttemptPtr attempt = ask(server.spec());
  EXPECT_EQ(attempt->response.outcome, Outcome::kOk) << attempt->response.error;
  EXPECT_EQ(attempt->response.answer, "forty-two");
  EXPECT_EQ(attempt->response.reasoning, "why");
  EXPECT_TRUE(attempt->response.first_token.has_value());
  EXPECT_THAT(server.requests().at(0), Not(HasSubstr("authorization")));
}

TEST_F(RemoteBackendTest, AnEchoedKeyIsRedactedEverywhere) {
  Server server([](const std::string&) {
    return reply_of(401, "application/json",
                    fmt::format(R"({{"error":{{"message":"Incorrect API key provided: {} or )"
                                R"(sk-test-*******-END.","type":"invalid_request_error",)"
                                R"("code":"invalid_api_key"}}}})",
                                kKey),
                    fmt::format("x-echo: Bearer {}\r\n", kKey));
  });
  const AttemptPtr attempt = ask(server.spec("?key_env=ASSAY_TEST_KEY"));
  EXPECT_EQ(attempt->response.outcome, Outcome::kDenied);
  EXPECT_THAT(attempt->response.error, HasSubstr("[ASSAY_TEST_KEY]"));
  EXPECT_THAT(attempt->http.headers, HasSubstr("x-echo"));
  expect_no_key(*attempt);
}

TEST_F(RemoteBackendTest, AKeyInAnAnswerIsMaskedAndTheRestStays) {
  Server server([](const std::string&) { return chat_reply(fmt::format("A{}B", kKey)); });
  const AttemptPtr attempt = ask(server.spec("?stream=0&keep_wire&key_env=ASSAY_TEST_KEY"));
  EXPECT_EQ(attempt->response.answer, "A" + std::string(std::string(kKey).size(), '*') + "B");
  EXPECT_THAT(attempt->response.wire, HasSubstr("A[ASSAY_TEST_KEY]B"));
  expect_no_key(*attempt);
}

TEST_F(RemoteBackendTest, NotFoundHtmlAndNobodyThere) {
  Server server([](const std::string& request) {
    if (request.find("missing") != std::string::npos)
      return reply_of(404, "application/json", R"({"error":{"message":"no such model"}})");
    return reply_of(200, "text/html", "<!DOCTYPE html><html>Sign in</html>");
  });
  const std::string base = fmt::format("http://127.0.0.1:{}/v1", server.port());
  EXPECT_EQ(ask(base + "#missing")->response.outcome, Outcome::kDenied);
  EXPECT_EQ(ask(base + "#m")->response.outcome, Outcome::kMalformed);
  const AttemptPtr nobody = ask("http://127.0.0.1:1/v1#m?key_env=ASSAY_TEST_KEY");
  EXPECT_EQ(nobody->response.outcome, Outcome::kConnectError);
  EXPECT_FALSE(nobody->response.error.empty());
  expect_no_key(*nobody);
}

TEST_F(RemoteBackendTest, ARedirectIsNotFollowed) {
  Server other([](const std::string&) { return chat_reply("stolen"); });
  Server server([&](const std::string&) {
    return reply_of(
        307, "text/plain", "moved",
        fmt::format("location: http://127.0.0.1:{}/v1/chat/completions\r\n", other.port()));
  });
  const AttemptPtr attempt = ask(server.spec("?key_env=ASSAY_TEST_KEY"));
  EXPECT_EQ(attempt->response.outcome, Outcome::kDenied);
  EXPECT_EQ(attempt->http.status, 307);
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(RemoteBackendTest, KeysOfAFileAndCredentialsOfAUrl) {
  const test::TempDir dir;
  Server server([](const std::string& request) {
    const size_t at = request.find("authorization: ");
    return chat_reply(request.substr(at, request.find('\r', at) - at));
  });
  const std::string path = dir.write("key", "sk-from-a-file-77\n");
  AttemptPtr attempt = ask(server.spec("?stream=0&key_file=" + path));
  EXPECT_EQ(attempt->response.answer, "authorization: Bearer *****************");
  EXPECT_THAT(server.requests().at(0), HasSubstr("authorization: Bearer sk-from-a-file-77\r\n"));
  attempt = ask(fmt::format("http://me:open-sesame@127.0.0.1:{}/v1#m?stream=0", server.port()));
  EXPECT_THAT(server.requests().at(1), HasSubstr("authorization: Basic bWU6b3Blbi1zZXNhbWU=\r\n"));
  EXPECT_THAT(attempt->response.answer, Not(HasSubstr("bWU6b3Blbi1zZXNhbW")));
}

TEST_F(RemoteBackendTest, WhatTheFormatCannotSayIsNotSent) {
  Server server([](const std::string&) { return chat_reply("42"); });
  const std::unique_ptr<Backend> backend = make(server.spec());
  Driver driver(backend->transport(), backend->codec());
  AttemptPtr attempt = make_attempt("q1", "42");
  attempt->request.continuations = {{" 42"}};
  attempt = driver.ask(std::move(attempt));
  EXPECT_EQ(attempt->response.outcome, Outcome::kRejected);
  EXPECT_FALSE(attempt->response.error.empty());
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(RemoteBackendTest, ASuiteThatTheFormatCannotSayIsAnErrorBeforeAnythingIsSent) {
  Server server([](const std::string&) { return chat_reply("42"); });
  const std::unique_ptr<Backend> backend = make(server.spec());
  const MixedSuite suite;
  const std::vector<const Suite*> suites{&suite};
  const Result<void> prepared = backend->prepare(suites);
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error().text(),
              ::testing::StartsWith(fmt::format(
                  "model `{}`: cannot answer suite `mixed`: a log-likelihood", server.spec())));
  EXPECT_THAT(prepared.error().text(), ::testing::HasSubstr("--as-generation"));
  EXPECT_THAT(prepared.error().text(), ::testing::EndsWith("Nothing was sent"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(RemoteBackendTest, DryRunText) {
  setenv("OPENAI_API_KEY", kKey, 1);
  const std::unique_ptr<Backend> backend = make("openai:gpt-x?temperature=0");
  AttemptPtr attempt = make_attempt("q1", "42");
  attempt->request.messages[0].images.push_back(
      {"a.png", "image/png", "", 1, 1, std::make_shared<const std::string>(3000, 'x')});
  attempt->wire = backend->codec().encode(*attempt);
  const std::string text = backend->describe_request(*attempt);
  EXPECT_THAT(text, ::testing::StartsWith("POST https://api.openai.com/v1/chat/completions\n"
                                          "content-type: application/json\n"
                                          "authorization: Bearer [OPENAI_API_KEY]\n"
                                          "\n{\"model\":\"gpt-x\""));
  EXPECT_THAT(text, HasSubstr("...[3968 more characters of base64]"));
  EXPECT_THAT(text, HasSubstr("question q1"));
  EXPECT_THAT(text, Not(HasSubstr(kKey)));
  unsetenv("OPENAI_API_KEY");
  EXPECT_FALSE(make_backend(*parse_model_spec("openai:gpt-x"), context_));
  context_.keys_required = false;
  const std::unique_ptr<Backend> keyless = make("openai:gpt-x");
  EXPECT_THAT(keyless->describe_request(*attempt),
              HasSubstr("authorization: Bearer [OPENAI_API_KEY]\n"));
  const Result<void> prepared = keyless->prepare({});
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error().text(), HasSubstr("model `openai:gpt-x`: no key: set "));
}

TEST_F(RemoteBackendTest, WarmUpIsOneCheapRequestAConnection) {
  Server server([](const std::string&) { return reply_of(200, "application/json", "{}"); });
  const std::unique_ptr<Backend> backend = make(server.spec("?key_env=ASSAY_TEST_KEY"));
  ASSERT_TRUE(backend->warm_up(2));
  ASSERT_EQ(server.requests().size(), 2U);
  for (const std::string& request : server.requests())
    EXPECT_THAT(request, ::testing::StartsWith("GET /v1/models HTTP/1.1\r\n"));
}

// libcurl asks for compressed replies; the transport for timing does not.
bool asked_by_curl(const std::string& request) {
  std::string head = request.substr(0, request.find("\r\n\r\n"));
  for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return head.find("accept-encoding:") != std::string::npos;
}

TEST_F(RemoteBackendTest, TimingTakesTheLeanTransport) {
  Server server([](const std::string& request) {
    return stream_reply({"forty-", request.find(kKey) == std::string::npos ? "one" : kKey});
  });
  EXPECT_EQ(ask(server.spec())->response.answer, "forty-one");
  EXPECT_TRUE(asked_by_curl(server.requests().back()));

  bool loop_wanted = false;
  context_.timing = true;
  context_.http_loop = [&]() -> HttpLoop& {
    loop_wanted = true;
    return loop_;
  };
  const AttemptPtr attempt = ask(server.spec("?key_env=ASSAY_TEST_KEY"));
  EXPECT_EQ(attempt->response.outcome, Outcome::kOk) << attempt->response.error;
  EXPECT_FALSE(asked_by_curl(server.requests().back()));
  EXPECT_THAT(server.requests().back(), HasSubstr(std::string("authorization: Bearer ") + kKey));
  expect_no_key(*attempt);
  EXPECT_FALSE(loop_wanted);  // so libcurl is not even opened

  EXPECT_EQ(ask(server.spec("?client=curl"))->response.answer, "forty-one");
  EXPECT_TRUE(asked_by_curl(server.requests().back()));
  EXPECT_TRUE(loop_wanted);
  loop_wanted = false;
  (void)make("https://127.0.0.1:1/v1#m");
  EXPECT_TRUE(loop_wanted);
}

TEST_F(RemoteBackendTest, OnlySoMuchTextIsKept) {
  Server server([](const std::string&) { return stream_reply({"forty-two", " or forty-three"}); });
  context_.text_bytes_kept = 5;
  const AttemptPtr attempt = ask(server.spec());
  EXPECT_EQ(attempt->response.outcome, Outcome::kOk) << attempt->response.error;
  EXPECT_EQ(attempt->response.answer, "forty");
  const auto chunks = read_chunk_log(attempt->response.chunks);
  ASSERT_TRUE(chunks.has_value());
  uint64_t bytes = 0;
  for (const Chunk& chunk : *chunks) bytes += chunk.text_bytes;
  EXPECT_EQ(bytes, 24U);
}

}  // namespace
}  // namespace assay::backends
