// A real engine behind Assay's managed servers and HTTP: llama.cpp (through node-llama-cpp and
// tests/e2e/real_engine/server.mjs) with the stories260K model. Skipped, with the reason, where the
// model's file, node, npm or the network for the first installation is absent.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "backends/managed/local_port.h"
#include "backends/managed/managed_server.h"
#include "backends/registry.h"
#include "backends/transport/http.h"
#include "backends/url.h"
#include "harness/base/json.h"
#include "harness/base/subprocess.h"
#include "harness/types/chunk_log.h"
#include "tests/backends/drive.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"

namespace assay::backends {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kSkip = 77;  // exit code of install.sh
constexpr const char* kSources = ASSAY_SOURCE_DIR "/tests/e2e/real_engine";
constexpr const char* kInstalled = ASSAY_BINARY_DIR "/tests/real_engine";
constexpr double kTolerance = 1e-4;
constexpr int64_t kGreedyTokens = 200;

std::string model_folder() {
  return std::string(ASSAY_SOURCE_DIR) + "/../shared/data/models/stories260K";
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// What the model must say from the begin token alone.
std::string greedy_text() {
  std::string text = read_text(model_folder() + "/greedy.txt");
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// Empty: the engine can be used. Otherwise why not.
std::string install() {
  if (!std::filesystem::exists(model_folder() + "/stories260K.gguf"))
    return "no model at ../shared/data/models/stories260K";
  SubprocessOptions options;
  options.argv = {std::string(kSources) + "/install.sh", kInstalled};
  options.in = StdioMode::kNull;
  options.err = StdioMode::kInherit;
  const auto child = Subprocess::start(options);
  if (!child) return child.error().text();
  std::string said;
  std::array<char, 4096> block{};
  for (ssize_t n = 1; n > 0;) {
    n = ::read((*child)->stdout_fd(), block.data(), block.size());
    if (n > 0) said.append(block.data(), static_cast<size_t>(n));
  }
  const int status = (*child)->wait();
  if (status == 0) return {};
  EXPECT_EQ(status, kSkip) << said;
  return said.empty() ? "install.sh failed" : said;
}

class RealEngineTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { why_not_ = install(); }
  void SetUp() override {
    if (!why_not_.empty()) GTEST_SKIP() << why_not_;
    context_.config_name = "assay.yaml";
    configure(0);
  }

  // The `managed:` entry a user would write.
  void configure(uint16_t port) {
    context_.config_text = fmt::format(
        "managed:\n"
        "  - name: tiny\n"
        "    command: node server.mjs --model {{model}} --port {{port}}\n"
        "    model: {}/stories260K.gguf\n"
        "    cwd: {}\n"
        "    port: {}\n",
        model_folder(), kInstalled, port);
  }
  std::unique_ptr<Backend> prepared(const std::string& text) {
    const Result<ModelSpec> spec = parse_model_spec(text);
    EXPECT_TRUE(spec.has_value());
    auto backend = make_backend(*spec, context_);
    EXPECT_TRUE(backend.has_value()) << backend.error().text();
    const Result<void> ready = (*backend)->prepare({});
    EXPECT_TRUE(ready.has_value()) << ready.error().text();
    (*backend)->set_clock(clock_);
    return std::move(backend).value();
  }
  static AttemptPtr question(const std::string& prompt, int64_t tokens_max) {
    auto attempt = std::make_unique<Attempt>();
    attempt->request.messages.push_back({"user", prompt, {}});
    attempt->request.params.max_tokens = tokens_max;
    attempt->request.params.temperature = 0;
    return attempt;
  }
  static void expect_greedy(Backend& backend) {
    Driver driver(backend.transport(), backend.codec());
    driver.start(question("", kGreedyTokens));
    const std::vector<Finished> finished = driver.finish();
    ASSERT_EQ(finished.size(), 1U);
    const Response& response = finished.front().attempt->response;
    EXPECT_EQ(outcome_name(response.outcome), "length") << response.error;
    EXPECT_EQ(response.answer, greedy_text());
    EXPECT_GT(finished.front().pieces, 20U) << "it was not streamed";
    EXPECT_EQ(response.usage.output_tokens, kGreedyTokens);
    EXPECT_TRUE(response.first_token.has_value());
    const auto chunks = read_chunk_log(response.chunks);
    ASSERT_TRUE(chunks.has_value());
    EXPECT_GT(chunks->size(), 50U);
  }
  static std::vector<EventFact> events_of(Backend& backend) {
    std::vector<EventFact> events;
    for (Fact& fact : backend.take_facts()) {
      if (auto* event = std::get_if<EventFact>(&fact)) events.push_back(std::move(*event));
    }
    return events;
  }
  // The engine's process, from its event.
  static pid_t pid_in(const EventFact& event) {
    return static_cast<pid_t>(parse_json(event.json, "event").value()["pid"].get<int64_t>());
  }
  static bool is_running(pid_t pid) {
    const std::string stat = read_text(fmt::format("/proc/{}/stat", pid));
    const size_t close = stat.rfind(')');
    return close != std::string::npos && stat[close + 2] != 'Z';
  }
  static bool eventually(const std::function<bool()>& is_true) {
    for (int i = 0; i < 12'000 && !is_true(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return is_true();
  }

  static inline std::string why_not_;  // NOLINT: shared by the suite's tests, set once
  SteadyClock clock_;
  BackendContext context_;
};

TEST_F(RealEngineTest, ManagedItSaysTheGreedyTextInBothFormats) {
  for (const char* wire : {"openai-completions", "openai-chat"}) {
    auto backend = prepared(fmt::format("managed:tiny?wire={}", wire));
    EXPECT_THAT(backend->traits().version, HasSubstr("node-llama-cpp"));
    const std::vector<EventFact> begun = events_of(*backend);
    ASSERT_EQ(begun.size(), 1U);
    const pid_t engine = pid_in(begun.front());
    EXPECT_TRUE(is_running(engine));
    expect_greedy(*backend);
    backend->end_turn();
    EXPECT_FALSE(is_running(engine));
    double cpu_seconds = 0;
    for (const Fact& fact : backend->take_facts()) {
      const auto* gauge = std::get_if<GaugeFact>(&fact);
      if (gauge != nullptr && gauge->name.starts_with("cpu_seconds:")) cpu_seconds = gauge->value;
    }
    EXPECT_GT(cpu_seconds, 0);
  }
}

TEST_F(RealEngineTest, OverPlainHttpItSaysTheSame) {
  uint16_t number = 0;
  {
    auto port = LocalPort::reserve();
    ASSERT_TRUE(port.has_value());
    number = port->number();
  }
  configure(number);
  auto owner = prepared("managed:tiny");
  const std::string address = fmt::format("http://127.0.0.1:{}/v1#stories260K", number);
  auto backend = prepared(address + "?wire=openai-completions");
  expect_greedy(*backend);
  backend = prepared(address);
  expect_greedy(*backend);
}

TEST_F(RealEngineTest, LoglikelihoodsAreTheEnginesOwn) {
  uint16_t number = 0;
  {
    auto port = LocalPort::reserve();
    ASSERT_TRUE(port.has_value());
    number = port->number();
  }
  configure(number);
  auto backend = prepared("managed:tiny?wire=openai-completions");
  Driver driver(backend->transport(), backend->codec());
  const std::vector<std::pair<std::string, std::string>> cases{
      {"Once upon a time", ", there was a little girl"},
      {"Once upon a time", " the dog sat on a car"},
      {"Lily's mom said, \"", "Lily, let's go to the park.\""},
      {"One day, she saw a big, red", " ball"},
      {"One day, she saw a big, red", " sky"},
  };
  for (const auto& [prompt, continuation] : cases) {
    AttemptPtr attempt = question(prompt, 1);
    attempt->request.continuations = {{continuation}};
    attempt = driver.ask(std::move(attempt));
    const Response& response = attempt->response;
    ASSERT_TRUE(response.loglikelihoods.size() == 1) << response.error;
    const auto native =
        http_get(fmt::format("http://127.0.0.1:{}/native/loglikelihood?context={}&continuation={}",
                             number, percent_encode(prompt), percent_encode(continuation)),
                 seconds(120));
    ASSERT_TRUE(native.has_value()) << native.error().text();
    const Json engine = parse_json(native->body, "native").value();
    EXPECT_NEAR(response.loglikelihoods.front().sum, engine["loglikelihood"].get<double>(),
                kTolerance)
        << prompt << continuation;
    EXPECT_EQ(response.loglikelihoods.front().tokens, engine["tokens"].get<int64_t>());
    EXPECT_EQ(response.loglikelihoods.front().greedy, engine["greedy"].get<bool>());
    EXPECT_LT(response.loglikelihoods.front().sum, 0);
  }
}

TEST_F(RealEngineTest, SeveralContinuationsInOneRequestAreThoseOfSingleOnes) {
  auto backend = prepared("managed:tiny?wire=openai-completions");
  Driver driver(backend->transport(), backend->codec());
  const std::string prompt = "One day, she saw a big, red";
  const std::vector<Continuation> continuations{
      {" ball"}, {" sky"}, {" a little girl", "Once upon a time, there was"}};
  AttemptPtr together = question(prompt, 1);
  together->request.continuations = continuations;
  together = driver.ask(std::move(together));
  ASSERT_EQ(together->response.loglikelihoods.size(), continuations.size())
      << together->response.error;
  for (size_t i = 0; i < continuations.size(); ++i) {
    AttemptPtr alone = question(continuations[i].context.value_or(prompt), 1);
    alone->request.continuations = {{continuations[i].text}};
    alone = driver.ask(std::move(alone));
    ASSERT_EQ(alone->response.loglikelihoods.size(), 1U) << alone->response.error;
    const Loglikelihood& one = alone->response.loglikelihoods.front();
    EXPECT_NEAR(together->response.loglikelihoods[i].sum, one.sum, kTolerance) << i;
    EXPECT_EQ(together->response.loglikelihoods[i].tokens, one.tokens);
    EXPECT_EQ(together->response.loglikelihoods[i].greedy, one.greedy);
  }
}

// Tasks of the catalogue by log-likelihood, through the program: questions, choices in one request,
// scores. Questions that fit into the engine's 512 tokens.
TEST_F(RealEngineTest, TasksOfTheCatalogueAreJudgedByItsLogLikelihoods) {
  const test::TempDir dir;
  dir.write("assay.yaml", context_.config_text);
  const auto ran =
      test::run_assay({"run", "arc_challenge", "hellaswag", "truthfulqa_mc1", "truthfulqa_mc2",
                       "kobest_copa", "mmlu_anatomy", "-m", "managed:tiny?wire=openai-completions",
                       "--data", std::string(ASSAY_SOURCE_DIR) + "/../shared/data", "--limit", "2",
                       "--num-fewshot", "0", "--offline", "-o", "out.assay", "--json"},
                      {.cwd = dir.path(), .prefix = "ASSAY_CACHE=" + dir.file("cache")});
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const auto summary = parse_json(ran.out, "summary");
  ASSERT_TRUE(summary.has_value()) << ran.out;
  ASSERT_EQ((*summary)["suites"].size(), 6U);
  for (const Json& suite : (*summary)["suites"]) {
    const Json& model = suite["quality"]["models"][0];
    EXPECT_EQ(model["items_answered"], 2) << suite["suite"];
    EXPECT_EQ(model["metrics"][0]["unscored"], 0) << suite["suite"];
    EXPECT_TRUE(model["metrics"][0]["estimate"]["value"].is_number()) << suite["suite"];
  }
}

TEST_F(RealEngineTest, KilledInTheMiddleItComesBackAndEverythingIsAnswered) {
  auto backend = prepared("managed:tiny?wire=openai-completions");
  const pid_t engine = pid_in(events_of(*backend).front());
  Driver driver(backend->transport(), backend->codec());
  constexpr size_t kItems = 6;
  for (size_t i = 0; i < kItems; ++i) driver.start(question("", kGreedyTokens));
  size_t answered = 0;
  size_t crashed = 0;
  while (answered < kItems) {
    for (Finished& one : driver.next()) {
      if (one.attempt->response.outcome == Outcome::kLength) {
        EXPECT_EQ(one.attempt->response.answer, greedy_text());
        if (++answered == 1) {
          ASSERT_EQ(::kill(engine, SIGKILL), 0);
        }
        continue;
      }
      ASSERT_EQ(outcome_name(one.attempt->response.outcome), "crashed")
          << one.attempt->response.error;
      ++crashed;
      driver.start(question("", kGreedyTokens));  // as the schedule would
    }
  }
  EXPECT_GE(crashed, 1U);
  std::string kinds;
  for (const EventFact& event : events_of(*backend)) kinds += event.kind + " ";
  EXPECT_EQ(kinds, "managed_crashed managed_restarted ");
  EXPECT_FALSE(is_running(engine));
}

// --- the program itself ---

class RealEngineProgramTest : public RealEngineTest {
 protected:
  void SetUp() override {
    RealEngineTest::SetUp();
    if (IsSkipped()) return;
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              fmt::format("assay-engine-{}-{}", ::getpid(), info->name());
    std::filesystem::create_directories(folder_ / "suite");
    std::ofstream(folder_ / "assay.yaml") << context_.config_text;
    std::ofstream(folder_ / "suite" / "suite.yaml")
        << "task: stories\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\n"
           "doc_to_target: \"{{a}}\"\ngeneration_kwargs:\n  max_gen_toks: 60\n  temperature: 0\n"
           "  until: []\nscorers:\n  - exact\n";
    std::ofstream rows(folder_ / "suite" / "test.jsonl");
    for (int i = 0; i < kSamples; ++i)
      rows << fmt::format("{{\"id\":\"{}\",\"q\":\"Once upon a time, number {}\",\"a\":\"x\"}}\n",
                          i, i);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  std::unique_ptr<Subprocess> assay() {
    SubprocessOptions options;
    options.argv = {ASSAY_BINARY_DIR "/assay",
                    "run",
                    "suite",
                    "-m",
                    "managed:tiny?wire=openai-completions",
                    "-o",
                    "run.assay",
                    "--quiet"};
    options.cwd = folder_.string();
    options.in = StdioMode::kNull;
    options.out = StdioMode::kInherit;
    options.err = StdioMode::kInherit;
    auto child = Subprocess::start(options);
    EXPECT_TRUE(child.has_value()) << child.error().text();
    return std::move(child).value();
  }
  // Processes whose command line names this test's engine; zombies have none.
  static std::vector<pid_t> engines() {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string line = read_text(entry.path().string() + "/cmdline");
      const std::string cwd = [&] {
        std::error_code failed;
        return std::filesystem::read_symlink(entry.path() / "cwd", failed).string();
      }();
      if (line.find("server.mjs") != std::string::npos && cwd == kInstalled)
        found.push_back(std::stoi(entry.path().filename().string()));
    }
    return found;
  }

  // The first value of a query over the run file; empty: no row, or no file yet.
  [[nodiscard]] std::string stored(const std::string& query) const {
    sqlite3* db = nullptr;
    std::string value;
    if (sqlite3_open_v2((folder_ / "run.assay").c_str(), &db, SQLITE_OPEN_READONLY, nullptr) ==
        SQLITE_OK) {
      sqlite3_busy_timeout(db, 10'000);
      const auto keep = [](void* out, int, char** columns, char**) {
        if (columns[0] != nullptr) *static_cast<std::string*>(out) = columns[0];
        return 0;
      };
      sqlite3_exec(db, query.c_str(), keep, &value, nullptr);
    }
    sqlite3_close(db);
    return value;
  }

  static constexpr int kSamples = 12;
  std::filesystem::path folder_;
};

TEST_F(RealEngineProgramTest, AfterTheRunNothingIsLeft) {
  auto run = assay();
  EXPECT_TRUE(eventually([&] { return !engines().empty(); }));
  EXPECT_EQ(run->wait(), 0);
  EXPECT_TRUE(engines().empty());
}

TEST_F(RealEngineProgramTest, AKilledEngineIsRestartedAndTheRunIsWhole) {
  auto run = assay();
  ASSERT_TRUE(eventually([&] { return !stored("SELECT 1 FROM attempts LIMIT 1").empty(); }));
  const std::vector<pid_t> killed = engines();
  ASSERT_EQ(killed.size(), 1U);
  ASSERT_EQ(::kill(killed.front(), SIGKILL), 0);
  EXPECT_EQ(run->wait(), 0);
  EXPECT_TRUE(engines().empty());
  EXPECT_EQ(stored("SELECT group_concat(kind, ' ') FROM (SELECT kind FROM events WHERE kind LIKE "
                   "'managed%' ORDER BY event)"),
            "managed_started managed_crashed managed_restarted managed_stopped");
  EXPECT_EQ(stored("SELECT count(DISTINCT sample) FROM attempts WHERE outcome IN ('ok', 'length')"),
            std::to_string(kSamples));
  EXPECT_EQ(stored("SELECT count(*) FROM gauges WHERE name LIKE 'cpu_seconds:managed:tiny%'"), "1");
}

TEST_F(RealEngineProgramTest, AKilledRunLeavesNoEngine) {
  auto run = assay();
  ASSERT_TRUE(eventually([&] { return !engines().empty(); }));
  ASSERT_EQ(::kill(run->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually([&] { return engines().empty(); }));
}

}  // namespace
}  // namespace assay::backends
