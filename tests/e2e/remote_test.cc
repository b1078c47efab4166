// Remote models, whole program, against `assay mock`: faults, kills, limits, bad servers.
// ASSAY_FAULT_ITEMS sets the size of the fault tests (the nightly run takes 10,000).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/cli.h"
#include "tests/support/mock_process.h"

namespace assay {
namespace {

using test::MockProcess;
using testing::HasSubstr;
using testing::Not;

int fault_items() {
  const char* wanted = std::getenv("ASSAY_FAULT_ITEMS");
  return wanted != nullptr ? std::atoi(wanted) : 800;
}

// Questions whose right answer is the question: the mock echoes.
std::string write_suite(const test::TempDir& dir, int items) {
  std::string rows;
  for (int i = 0; i < items; ++i) {
    const std::string text = "question " + std::to_string(i);
    rows += R"({"id":"s)" + std::to_string(i) + R"(","q":")" + text + "\"}\n";
  }
  dir.write("suite/test.jsonl", rows);
  dir.write("suite/suite.yaml",
            "task: remote\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\ndoc_to_target: "
            "\"{{q}}\"\nscorers:\n  - exact\n");
  return dir.file("suite");
}

int64_t query(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  int64_t value = -1;
  if (sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
      sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    value = sqlite3_column_int64(statement, 0);
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return value;
}

std::vector<std::string> run_arguments(const std::string& suite, const std::string& file,
                                       const std::string& model,
                                       const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"run", suite, "-o", file, "-m", model, "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

constexpr const char* kFaults = "429=10%,500=5%,reset=2%,malformed=1%,stall=0.5%,truncated=0.5%";

TEST(Remote, EveryItemEndsWithOneGoodReplyWhateverTheServerDoes) {
  const test::TempDir dir;
  const int items = fault_items();
  const std::string suite = write_suite(dir, items);
  MockProcess mock({"--reply", "echo", "--ttft", "20ms", "--itl", "0ms", "--seed", "7", "--fault",
                    kFaults, "--retry-after", "1s"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string file = dir.file("faults.assay");
  const test::CliResult done =
      test::run_assay(run_arguments(suite, file, mock.url() + "#mock?first_token_timeout=2s",
                                    {"--concurrency", "64", "--retries", "9"}));
  EXPECT_EQ(done.exit_code, 0) << done.err;
  const Json stats = mock.stop();
  ASSERT_TRUE(stats.is_object());
  EXPECT_EQ(query(file, "SELECT COUNT(*) FROM attempts WHERE outcome='ok'"), items);
  EXPECT_EQ(query(file, "SELECT COUNT(DISTINCT sample) FROM attempts WHERE outcome='ok'"), items);
  EXPECT_EQ(query(file, "SELECT COUNT(*) FROM scores WHERE value=1"), items);
  const int64_t attempts = query(file, "SELECT COUNT(*) FROM attempts");
  EXPECT_EQ(stats["requests"].get<int64_t>(), attempts) << "one transfer, one attempt, one request";
  EXPECT_EQ(attempts, items + stats["faults"].get<int64_t>());
  EXPECT_GT(stats["faults"].get<int64_t>(), items / 20);
  // A 429 that says one second delays that request by it, and is obeyed.
  EXPECT_EQ(query(file,
                  "SELECT COUNT(*) FROM attempts a JOIN attempts b ON b.model=a.model AND "
                  "b.sample=a.sample AND b.repeat=a.repeat AND b.attempt=a.attempt+1 WHERE "
                  "a.outcome='rate_limited' AND b.scheduled_ns-a.done_ns<1000000000"),
            0);
  EXPECT_EQ(query(file,
                  "SELECT COUNT(*) FROM attempts WHERE outcome='rate_limited' AND "
                  "retry_after_ns<>1000000000"),
            0);
}

// A broken event or a stream cut in half is paid for: the counts that came are stored and priced.
TEST(Remote, AFailedCallWithUsageAndItsRetryAreEachStoredWithTheirCost) {
  const test::TempDir dir;
  constexpr int kItems = 60;
  const std::string suite = write_suite(dir, kItems);
  MockProcess mock({"--reply", "echo", "--ttft", "1ms", "--itl", "0ms", "--seed", "7", "--usage",
                    "continuous", "--fault", "malformed=30%,truncated=30%", "--fault-max", "1"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string file = dir.file("paid.assay");
  // 0.001 for a token of the prompt, 0.01 for one of the reply: 10^6 and 10^7 nano-units.
  const std::string model = mock.url() + "#mock?price_in=1000&price_out=10000";
  const test::CliResult done =
      test::run_assay(run_arguments(suite, file, model, {"--retries", "3"}));
  EXPECT_EQ(done.exit_code, 0) << done.err;
  const Json stats = mock.stop();
  EXPECT_EQ(query(file, "SELECT COUNT(*) FROM attempts WHERE outcome='ok'"), kItems);
  const int64_t failed = query(file, "SELECT COUNT(*) FROM attempts WHERE outcome<>'ok'");
  EXPECT_EQ(failed, stats["faults"].get<int64_t>());
  EXPECT_GT(failed, kItems / 4);
  // A malformed stream has its last usage, a cut one that of its half.
  for (const char* outcome : {"malformed", "truncated"}) {
    EXPECT_GT(query(file, fmt::format("SELECT COUNT(*) FROM attempts WHERE outcome='{}' AND "
                                      "usage_source='reported' AND cost_nano>0",
                                      outcome)),
              0)
        << outcome;
  }
  constexpr const char* kOwed =
      "max(input_tokens,0)*1000000+(max(output_tokens,0)+max(ifnull(reasoning_tokens,0),0))"
      "*10000000";
  EXPECT_EQ(query(file, fmt::format("SELECT COUNT(*) FROM attempts WHERE usage_source IS NOT NULL "
                                    "AND ifnull(cost_nano,-1)<>{}",
                                    kOwed)),
            0);
  EXPECT_EQ(query(file,
                  "SELECT COUNT(*) FROM attempts WHERE usage_source IS NULL AND cost_nano "
                  "IS NOT NULL"),
            0);
  EXPECT_EQ(query(file,
                  "SELECT COUNT(*) FROM attempts WHERE attempt>0 AND outcome='ok' AND "
                  "cost_nano IS NULL"),
            0);
}

TEST(Remote, AfterAKillNothingThatArrivedIsAskedAgain) {
  const test::TempDir dir;
  const int items = fault_items();
  const std::string suite = write_suite(dir, items);
  MockProcess mock({"--reply", "echo", "--ttft", "40ms", "--itl", "0ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string file = dir.file("killed.assay");
  constexpr int kConcurrency = 16;
  const std::vector<std::string> arguments =
      run_arguments(suite, file, mock.url() + "#mock", {"--concurrency", "16"});
  SubprocessOptions options;
  options.argv = {test::assay_program()};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.in = options.out = options.err = StdioMode::kNull;
  auto child = Subprocess::start(options);
  ASSERT_TRUE(child);
  // In the middle: once a third is in the file.
  while (query(file, "SELECT COUNT(*) FROM attempts") < items / 3 && !(*child)->try_wait())
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  (*child)->kill_group(SIGKILL);
  (*child)->wait();
  const int64_t stored = query(file, "SELECT COUNT(*) FROM attempts");
  ASSERT_GE(stored, items / 3);
  const test::CliResult resumed = test::run_assay(arguments);
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  const Json stats = mock.stop();
  EXPECT_EQ(query(file, "SELECT COUNT(*) FROM attempts WHERE outcome='ok'"), items);
  EXPECT_EQ(query(file, "SELECT COUNT(DISTINCT sample) FROM attempts"), items);
  // What was in flight, and what had arrived within the commit window (replies come 16 every 40
  // ms), may be asked twice; nothing else.
  EXPECT_LE(stats["requests"].get<int64_t>(), items + 3 * kConcurrency);
}

TEST(Remote, AWrongKeyStopsItsLaneAloneAndSaysWhatToMend) {
  const test::TempDir dir;
  constexpr int kItems = 300;
  const std::string suite = write_suite(dir, kItems);
  dir.write("key.txt", "sk-wrong-key-0123456789\n");
  ASSERT_EQ(chmod(dir.file("key.txt").c_str(), 0600), 0);
  MockProcess locked({"--reply", "echo", "--api-key", "sk-right-key", "--ttft", "1ms"});
  MockProcess open({"--reply", "echo", "--ttft", "1ms", "--itl", "0ms"});
  ASSERT_TRUE(locked.started() && open.started());
  const std::string file = dir.file("run.assay");
  const std::string bad = locked.url() + "#mock?key_file=" + dir.file("key.txt");
  const test::CliResult done = test::run_assay(
      run_arguments(suite, file, bad, {"-m", open.url() + "#mock", "--concurrency", "4"}));
  EXPECT_EQ(done.exit_code, 4);
  EXPECT_THAT(done.err, HasSubstr(locked.url() + "#mock"));
  EXPECT_THAT(done.err, HasSubstr("was stopped"));
  EXPECT_THAT(done.err + done.out, Not(HasSubstr("sk-wrong-key")));
  EXPECT_EQ(query(file, "SELECT COUNT(*) FROM attempts WHERE outcome='ok'"), kItems);
  const int64_t denied = query(file, "SELECT COUNT(*) FROM attempts WHERE outcome='denied'");
  EXPECT_GE(denied, 20);
  EXPECT_LE(denied, 20 + 2 * 4) << "what was on its way when the twentieth was decided, no more";
  EXPECT_EQ(query(file, "SELECT COUNT(*) FROM attempts WHERE outcome='denied' AND attempt>0"), 0);
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EXPECT_EQ(bytes.find("sk-wrong-key"), std::string::npos) << "no secret in a run file";
}

TEST(Remote, BudgetAndMaxRequestsAreHardStopsAndTheSameCommandGoesOn) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 50);
  MockProcess mock({"--reply", "echo", "--ttft", "1ms", "--itl", "0ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string file = dir.file("run.assay");
  // Every token costs 0.01: a reply of the mock costs a few of them.
  const std::string model = mock.url() + "#mock?price_in=0&price_out=10000&max_tokens=10";
  test::CliResult done = test::run_assay(run_arguments(suite, file, model, {"--budget", "0.5usd"}));
  EXPECT_EQ(done.exit_code, 3) << done.err;
  EXPECT_THAT(done.err, HasSubstr("--budget"));
  const int64_t spent = query(file, "SELECT SUM(cost_nano) FROM attempts");
  EXPECT_GT(spent, 300'000'000);
  EXPECT_LE(spent, 500'000'000);
  const int64_t first = query(file, "SELECT COUNT(*) FROM attempts");
  done = test::run_assay(run_arguments(suite, file, model, {"--max-requests", "5"}));
  EXPECT_EQ(done.exit_code, 3) << done.err;
  EXPECT_EQ(query(file, "SELECT COUNT(*) FROM attempts"), first + 5);
  done = test::run_assay(run_arguments(suite, file, model));
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(query(file, "SELECT COUNT(DISTINCT sample) FROM attempts WHERE outcome='ok'"), 50);
  EXPECT_EQ(query(file, "SELECT COUNT(*) FROM attempts"), 50);
}

TEST(Remote, ABudgetNeedsPrices) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 2);
  const std::string file = dir.file("run.assay");
  const test::CliResult done =
      test::run_assay(run_arguments(suite, file, "http://192.0.2.1:9/v1#m", {"--budget", "1usd"}));
  EXPECT_EQ(done.exit_code, 2);
  EXPECT_THAT(done.err, HasSubstr("no price is known for http://192.0.2.1:9/v1#m"));
  EXPECT_FALSE(std::ifstream(file).good()) << "nothing was changed";
}

// A lane in doubt starts what it is allowed to begin with, and waits for the first replies.
TEST(Remote, AutomaticConcurrencyBeginsWithEight) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 40);
  MockProcess mock({"--reply", "echo", "--ttft", "400ms", "--itl", "0ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string file = dir.file("run.assay");
  const test::CliResult done = test::run_assay(run_arguments(suite, file, mock.url() + "#mock"));
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(query(file,
                  "SELECT COUNT(*) FROM attempts WHERE scheduled_ns<"
                  "(SELECT MIN(done_ns) FROM attempts)"),
            8);
}

TEST(Remote, OfflineRefusesWhatIsNotOnThisMachine) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 2);
  MockProcess mock({"--reply", "echo", "--ttft", "1ms", "--itl", "0ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string file = dir.file("run.assay");
  const test::CliResult refused =
      test::run_assay(run_arguments(suite, file, "http://192.0.2.1:9/v1#m", {"--offline"}));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("http://192.0.2.1:9/v1#m is reached over the network"));
  EXPECT_EQ(
      test::run_assay(run_arguments(suite, file, mock.url() + "#mock", {"--offline"})).exit_code,
      0);
}

TEST(Remote, AnswersOfAnotherFileAreReused) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 30);
  MockProcess mock({"--reply", "echo", "--ttft", "1ms", "--itl", "0ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string model = mock.url() + "#mock";
  ASSERT_EQ(test::run_assay(run_arguments(suite, dir.file("a.assay"), model, {"--limit", "20"}))
                .exit_code,
            0);
  const test::CliResult again = test::run_assay(
      run_arguments(suite, dir.file("b.assay"), model, {"--reuse", dir.file("a.assay")}));
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(query(dir.file("b.assay"), "SELECT COUNT(*) FROM scores WHERE value=1"), 30);
  const Json stats = mock.stop();
  EXPECT_EQ(stats["requests"], 30) << "20 and then the 10 that the first file did not have";
}

TEST(Remote, ADryRunPrintsTheRequestsAndAsksNothing) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 3);
  MockProcess mock({"--reply", "echo"});
  ASSERT_TRUE(mock.started()) << mock.error();
  dir.write("key.txt", "sk-secret-key-0123456789\n");
  ASSERT_EQ(chmod(dir.file("key.txt").c_str(), 0600), 0);
  const std::string file = dir.file("run.assay");
  const std::string model = mock.url() + "#mock?temperature=0.5&key_file=" + dir.file("key.txt");
  const test::CliResult done = test::run_assay(run_arguments(suite, file, model, {"--dry-run"}));
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("POST " + mock.url() + "/chat/completions"));
  EXPECT_THAT(done.out, HasSubstr("question 2"));
  EXPECT_THAT(done.out, HasSubstr("0.5"));
  EXPECT_THAT(done.out + done.err, Not(HasSubstr("sk-secret")));
  EXPECT_FALSE(std::ifstream(file).good());
  EXPECT_EQ(mock.stop()["requests"], 0);
}

// Servers that misbehave on every request: each ends with a clear outcome, and nothing hangs.
TEST(Remote, EachBadServerEndsWithItsOutcomeAndAReason) {
  struct Case {
    std::vector<std::string> mock;
    const char* params;
    const char* outcome;
    const char* error;  // part of it
  };
  const std::vector<Case> cases{
      {{"--strict-model", "--model", "other"}, "", "denied", "model"},
      {{"--fault", "redirect=1", "--redirect-to", "http://127.0.0.1:9/v1"},
       "",
       "denied",
       "redirect"},
      {{"--fault", "content_type=1"}, "", "malformed", "text/html"},
      {{"--fault", "malformed=1"}, "", "malformed", ""},
      {{"--fault", "truncated=1"}, "", "truncated", ""},
      {{"--fault", "error_mid_stream=1"}, "", "server_error", ""},
      {{"--fault", "500=1"}, "", "server_error", ""},
      {{"--fault", "huge_header=1"}, "", "rejected", ""},
      {{"--fault", "gzip_bomb=1"}, "", "rejected", ""},
      {{"--fault", "hang=1"}, "&first_token_timeout=0.3s", "timeout", "first-token timeout"},
      {{"--fault", "stall=1"}, "&first_token_timeout=0.3s", "timeout", ""},
      {{"--fault", "slow_headers=1"}, "&first_token_timeout=0.3s", "timeout", ""},
      {{"--fault", "endless=1"}, "&timeout=1s", "timeout", ""},
  };
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 2);
  for (size_t i = 0; i < cases.size(); ++i) {
    std::vector<std::string> arguments{"--reply", "echo", "--ttft", "1ms", "--itl", "0ms"};
    arguments.insert(arguments.end(), cases[i].mock.begin(), cases[i].mock.end());
    MockProcess mock(arguments);
    ASSERT_TRUE(mock.started()) << mock.error();
    const std::string file = dir.file("bad" + std::to_string(i) + ".assay");
    const std::string what = cases[i].mock[1] + " -> " + cases[i].outcome;
    const test::CliResult done = test::run_assay(
        run_arguments(suite, file, mock.url() + "#mock?connect_timeout=30s" + cases[i].params,
                      {"--retries", "0"}));
    EXPECT_EQ(done.exit_code, 4) << what << done.err;
    EXPECT_EQ(query(file, std::string("SELECT COUNT(*) FROM attempts WHERE outcome='") +
                              cases[i].outcome + "' AND error LIKE '%" + cases[i].error + "%'"),
              2)
        << what;
  }
}

TEST(Remote, AServerThatIsNotThereIsSaidAndOthersFinish) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 30);
  MockProcess mock({"--reply", "echo", "--ttft", "1ms", "--itl", "0ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string file = dir.file("run.assay");
  const test::CliResult done = test::run_assay(run_arguments(
      suite, file, "http://127.0.0.1:9/v1#gone", {"-m", mock.url() + "#mock", "--retries", "0"}));
  EXPECT_EQ(done.exit_code, 4);
  EXPECT_THAT(done.err, HasSubstr("http://127.0.0.1:9/v1#gone was stopped"));
  EXPECT_THAT(done.err, HasSubstr("refused"));
  EXPECT_EQ(query(file, "SELECT COUNT(*) FROM attempts WHERE outcome='ok'"), 30);
}

// What each way of thinking aloud gives, as stored.
TEST(Remote, ReasoningIsKeptApart) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 3);
  for (const char* style : {"tags", "open", "field", "field-openrouter"}) {
    for (const char* stream : {"1", "0"}) {
      MockProcess mock({"--reply", "echo", "--ttft", "1ms", "--itl", "4ms", "--reasoning", style,
                        "--reasoning-tokens", "12"});
      ASSERT_TRUE(mock.started()) << mock.error();
      const std::string name = std::string(style) + stream + ".assay";
      const std::string file = dir.file(name.c_str());
      const test::CliResult done =
          test::run_assay(run_arguments(suite, file, mock.url() + "#mock?stream=" + stream));
      EXPECT_EQ(done.exit_code, 0) << done.err;
      EXPECT_EQ(query(file,
                      "SELECT COUNT(*) FROM attempts WHERE outcome='ok' AND "
                      "length(reasoning)>0 AND reasoning_tokens>0 AND output_tokens>0"),
                3)
          << name;
      EXPECT_EQ(query(file, "SELECT COUNT(*) FROM attempts WHERE answer LIKE '%think>%'"), 0);
      if (stream[0] == '1') {
        EXPECT_EQ(query(file,
                        "SELECT COUNT(*) FROM attempts WHERE sent_ns<=headers_ns AND "
                        "headers_ns<=first_token_ns AND first_token_ns<first_answer_ns AND "
                        "first_answer_ns<=done_ns AND length(chunks)>0"),
                  3)
            << name;
      }
    }
  }
}

TEST(Remote, CutOffWhileThinkingIsItsOwnOutcomeAndWrong) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 4);
  MockProcess mock({"--reply", "echo", "--ttft", "1ms", "--itl", "0ms", "--reasoning",
                    "tags,truncated", "--reasoning-tokens", "30"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const std::string file = dir.file("run.assay");
  const test::CliResult done =
      test::run_assay(run_arguments(suite, file, mock.url() + "#mock?max_tokens=20"));
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(query(file,
                  "SELECT COUNT(*) FROM attempts WHERE outcome='cut_off_while_thinking' AND "
                  "answer IS NULL"),
            4);
  EXPECT_EQ(query(file, "SELECT COUNT(*) FROM scores WHERE status='scored' AND value=0"), 4);
}

}  // namespace
}  // namespace assay
