// Managed backends whole: spec, server, HTTP, codec.
#include "backends/managed_backend.h"

#include <gmock/gmock.h>

#include "backends/managed/local_port.h"
#include "tests/backends/drive.h"
#include "tests/backends/managed/support.h"

namespace assay::backends {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ManagedBackendTest : public ServerTest {
 protected:
  // An assay.yaml whose `managed:` entry `fake` starts the fake server.
  void configure(const std::vector<std::string>& flags = {}, const std::string& more = "") {
    std::string words;
    for (const std::string& word : command(flags)) words += fmt::format("'{}', ", word);
    context_.config_text = fmt::format(
        "managed:\n  - name: fake\n    model: echo\n    command: [{}]\n{}", words, more);
    context_.config_name = "assay.yaml";
  }
  Result<std::unique_ptr<Backend>> make(const std::string& text) {
    ASSAY_TRY(const ModelSpec spec, parse_model_spec(text));
    return make_backend(spec, context_);
  }
  std::unique_ptr<Backend> prepared(const std::string& text) {
    auto backend = make(text);
    EXPECT_TRUE(backend.has_value()) << backend.error().text();
    const Result<void> ready = (*backend)->prepare({});
    EXPECT_TRUE(ready.has_value()) << ready.error().text();
    (*backend)->set_clock(clock_);
    return std::move(backend).value();
  }
  std::string error_of(const std::string& text) {
    auto backend = make(text);
    if (!backend) return backend.error().text();
    const Result<void> ready = (*backend)->prepare({});
    EXPECT_FALSE(ready.has_value()) << text;
    return ready ? "" : ready.error().text();
  }
  static std::string name_of(const Finished& finished) {
    return std::string(outcome_name(finished.attempt->response.outcome));
  }
  // A program of that name which runs the fake server, whatever its arguments are.
  std::string program(const std::string& name, const std::string& kind, const std::string& models,
                      const std::string& port) {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path) << fmt::format(
        "#!/bin/sh\n"
        "[ \"$1\" = --version ] && echo '{} 1.2.3' && exit 0\n"
        "echo \"$@\" >> {}/argv\n"
        "exec python3 " ASSAY_SOURCE_DIR
        "/tests/backends/managed/fake_server.py --folder {} --kind {} --models '{}' --port {}\n",
        name, folder_.string(), folder_.string(), kind, models, port);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  }

  SteadyClock clock_;
  BackendContext context_;
};

TEST_F(ManagedBackendTest, AnswersAndStopsAtTheEndOfItsTurn) {
  configure();
  auto backend = prepared("managed:fake?temperature=0");
  EXPECT_TRUE(backend->traits().local);
  EXPECT_EQ(backend->traits().concurrency_default, 1U);
  EXPECT_FALSE(backend->traits().concurrency_auto);
  Driver driver(backend->transport(), backend->codec());
  const AttemptPtr attempt = driver.ask(make_attempt("q1", ""));
  EXPECT_EQ(outcome_name(attempt->response.outcome), "ok") << attempt->response.error;
  EXPECT_EQ(attempt->response.answer, "echo question q1");
  EXPECT_GE(attempt->response.cpu.count(), 0);
  const pid_t pid = pids("lives").front();
  EXPECT_TRUE(is_running(pid));
  EXPECT_THAT(backend->server_pids(), ::testing::ElementsAre(pid));
  ASSERT_TRUE(backend->server_address().has_value());
  EXPECT_EQ(backend->server_address()->host, "127.0.0.1");
  EXPECT_GT(backend->server_address()->port, 0);
  backend->end_turn();
  EXPECT_FALSE(is_running(pid));
  std::vector<std::string> names;
  for (const Fact& fact : backend->take_facts()) {
    if (const auto* event = std::get_if<EventFact>(&fact)) names.push_back(event->kind);
    if (const auto* gauge = std::get_if<GaugeFact>(&fact)) names.push_back(gauge->name);
  }
  EXPECT_THAT(names, ::testing::ElementsAre("managed_started", "managed_stopped",
                                            "cpu_seconds:managed:fake?temperature=0",
                                            "rss_bytes:managed:fake?temperature=0",
                                            "rss_peak_bytes:managed:fake?temperature=0"));
}

TEST_F(ManagedBackendTest, ADryRunStartsNothing) {
  configure();
  auto backend = make("managed:fake");
  ASSERT_TRUE(backend.has_value()) << backend.error().text();
  AttemptPtr attempt = make_attempt("q1", "");
  attempt->wire = (*backend)->codec().encode(*attempt);
  EXPECT_THAT((*backend)->describe_request(*attempt),
              AllOf(HasSubstr("/v1/chat/completions"), HasSubstr("question q1")));
  EXPECT_TRUE(lines("lives").empty());
}

TEST_F(ManagedBackendTest, ACrashIsRetryableAndEveryItemIsAnswered) {
  configure({"--crash-after", "4"}, "    concurrency: 4\n");
  auto backend = prepared("managed:fake");
  Driver driver(backend->transport(), backend->codec());
  constexpr int kItems = 12;
  for (int i = 0; i < kItems; ++i) driver.start(make_attempt(fmt::format("q{}", i), ""));
  int answered = 0;
  int crashed = 0;
  while (answered < kItems) {
    std::vector<Finished> finished = driver.next();
    ASSERT_FALSE(finished.empty());
    for (Finished& one : finished) {
      const std::string outcome = name_of(one);
      if (outcome == "ok") {
        ++answered;
        continue;
      }
      ASSERT_EQ(outcome, "crashed") << one.attempt->response.error;
      ++crashed;
      driver.start(make_attempt(one.attempt->sample.id, ""));  // as the schedule would
    }
  }
  EXPECT_GE(crashed, 1);
  EXPECT_EQ(lines("lives").size(), 2U);
  std::string events;
  for (const Fact& fact : backend->take_facts()) {
    if (const auto* event = std::get_if<EventFact>(&fact)) events += event->kind + event->json;
  }
  EXPECT_THAT(events,
              AllOf(HasSubstr("managed_crashed"), HasSubstr("exit code 3"),
                    HasSubstr("assertion failed: kv cache"), HasSubstr("managed_restarted")));
}

TEST_F(ManagedBackendTest, ASecondCrashStopsTheLane) {
  configure({"--crash-after", "1", "--crashes", "9"});
  auto backend = prepared("managed:fake");
  Driver driver(backend->transport(), backend->codec());
  EXPECT_EQ(outcome_name(driver.ask(make_attempt("a", ""))->response.outcome), "crashed");
  EXPECT_EQ(outcome_name(driver.ask(make_attempt("a", ""))->response.outcome), "denied");
  const AttemptPtr later = driver.ask(make_attempt("b", ""));
  EXPECT_EQ(outcome_name(later->response.outcome), "denied");
  EXPECT_THAT(later->response.error,
              AllOf(HasSubstr("exit code 3, after it had been restarted"), HasSubstr("kv cache")));
  EXPECT_EQ(lines("lives").size(), 2U);
}

// In networks where everything goes through a proxy, this machine does not.
TEST_F(ManagedBackendTest, AProxyInTheEnvironmentIsNotForThisMachine) {
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  configure();
  auto backend = prepared("managed:fake");
  Driver driver(backend->transport(), backend->codec());
  EXPECT_EQ(driver.ask(make_attempt("q", ""))->response.answer, "echo question q");
  ::unsetenv("http_proxy");
}

TEST_F(ManagedBackendTest, TheIdentityHasNoPortButTheCommand) {
  configure();
  const std::string config = make("managed:fake").value()->traits().config;
  EXPECT_EQ(make("managed:fake").value()->traits().config, config);
  configure({"--delay", "1"});
  EXPECT_NE(make("managed:fake").value()->traits().config, config);
  configure({}, "    port: 8099\n");
  EXPECT_EQ(make("managed:fake").value()->traits().config, config);
}

TEST_F(ManagedBackendTest, SpecErrorsSayWhatToDo) {
  EXPECT_THAT(error_of("managed:x"), HasSubstr("`managed:` of assay.yaml"));
  configure();
  EXPECT_THAT(error_of("managed:fakes"), HasSubstr("did you mean `fake`? it has: fake"));
  EXPECT_THAT(error_of("managed:fake?temprature=0"), HasSubstr("did you mean `temperature`?"));
  EXPECT_THAT(error_of("llama-server:"), HasSubstr("names no file"));
  EXPECT_THAT(error_of("llama-server:/no/such.gguf"), HasSubstr("cannot be read"));
  EXPECT_THAT(error_of("llama-server:" + folder_.string()), HasSubstr("is a folder"));
  const std::string plain = (folder_ / "x.gguf").string();
  std::ofstream(plain) << "GGML and more";
  EXPECT_THAT(error_of("llama-server:" + plain), HasSubstr("is no GGUF file"));
  std::ofstream(plain) << "GGUF and more";
  EXPECT_THAT(error_of("llama-server:" + plain + "?binary=no-such-program"),
              AllOf(HasSubstr("no such program in PATH"), HasSubstr("binary=PATH")));
}

TEST_F(ManagedBackendTest, LlamaServerGetsItsArguments) {
  const std::string model = (folder_ / "tiny.gguf").string();
  std::ofstream(model) << "GGUF and more";
  // The port is the word behind --port.
  const std::string binary =
      program("llama-server", "llama-cpp", "tiny", "$(echo \"$@\" | sed 's/.*--port //; s/ .*//')");
  const std::string spec = fmt::format(
      "llama-server:{}?ctx=2048&ngl=7&parallel=2&args=--flash-attn 'on "
      "off'&binary={}&temperature=0",
      model, binary);
  auto backend = prepared(spec);
  EXPECT_EQ(backend->traits().version, "llama.cpp b6100-abcdef");
  EXPECT_EQ(backend->traits().concurrency_default, 2U);
  ASSERT_EQ(lines("argv").size(), 1U);
  EXPECT_THAT(lines("argv").front(), AllOf(HasSubstr("-m " + model + " --host 127.0.0.1 --port "),
                                           HasSubstr("-np 2 -c 2048 -ngl 7 --flash-attn on off")));
  Driver driver(backend->transport(), backend->codec());
  EXPECT_EQ(driver.ask(make_attempt("q", ""))->response.answer, "echo question q");
  const std::string config = backend->traits().config;
  std::ofstream(model) << "GGUF and another file";
  EXPECT_NE(make(spec).value()->traits().config, config);
}

TEST_F(ManagedBackendTest, VllmThatServesTheModelIsUsedAndAnotherIsStarted) {
  const std::string binary =
      program("vllm", "vllm", "org/new", "$(echo \"$@\" | sed 's/.*--port //; s/ .*//')");
  ManagedServerOptions running = options({"--kind", "vllm", "--models", "org/old"});
  auto other = ManagedServer::make(std::move(running)).value();
  ASSERT_TRUE(other->start().has_value());
  const std::string base = other->origin() + "/v1";
  {
    auto backend = prepared(fmt::format("vllm:org/old?base_url={}&binary={}", base, binary));
    EXPECT_EQ(backend->traits().version, "vLLM 0.10.1");
    EXPECT_TRUE(lines("argv").empty());
  }
  EXPECT_TRUE(is_running(other->pid()));
  auto backend = prepared(fmt::format("vllm:org/new?base_url={}&binary={}", base, binary));
  ASSERT_EQ(lines("argv").size(), 1U);
  EXPECT_THAT(lines("argv").front(), HasSubstr("serve org/new --host 127.0.0.1 --port "));
  EXPECT_EQ(lines("lives").size(), 2U);
}

TEST_F(ManagedBackendTest, OllamaIsStartedWhereItIsExpectedAndMustHaveTheModel) {
  uint16_t number = 0;
  {
    auto port = LocalPort::reserve();
    ASSERT_TRUE(port.has_value());
    number = port->number();
  }
  const std::string binary =
      program("ollama", "ollama", "qwen3:0.6b,llama3.2:latest", "${OLLAMA_HOST#*:}");
  const std::string rest = fmt::format("?base_url=http://127.0.0.1:{}&binary={}", number, binary);
  {
    auto backend = prepared("ollama:llama3.2" + rest);
    EXPECT_EQ(backend->traits().version, "Ollama 0.11.4");
    EXPECT_EQ(lines("argv").front(), "serve");
  }
  EXPECT_THAT(error_of("ollama:qwen3" + rest),
              AllOf(HasSubstr("does not have `qwen3`; run `ollama pull qwen3`"),
                    HasSubstr("(it has: qwen3:0.6b, llama3.2:latest)")));
  for (const pid_t pid : pids("lives")) EXPECT_FALSE(is_running(pid));
}

}  // namespace
}  // namespace assay::backends
