// assay run --batch, whole program, against `assay mock`: a run, its failures, kills at every
// moment, money, both forms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/cli.h"
#include "tests/support/mock_process.h"

namespace assay {
namespace {

using test::MockProcess;
using test::run_assay;
using testing::HasSubstr;
using testing::Not;

constexpr int kItems = 40;

// Questions whose right answer is the question: the mock echoes.
std::string write_suite(const test::TempDir& dir, int items = kItems) {
  std::string rows;
  for (int i = 0; i < items; ++i) {
    const std::string text = "question " + std::to_string(i);
    rows += R"({"id":"s)" + std::to_string(i) + R"(","q":")" + text + "\"}\n";
  }
  dir.write("suite/test.jsonl", rows);
  dir.write("suite/suite.yaml",
            "task: batches\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\ndoc_to_target: "
            "\"{{q}}\"\nscorers:\n  - exact\n");
  return dir.file("suite");
}

// Runs one statement; the first column of its first row.
int64_t query(const std::string& file, const std::string& sql) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  int64_t value = -1;
  if (sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK &&
      sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    value = sqlite3_column_int64(statement, 0);
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return value;
}

// A suite, a mock that echoes, and the command that asks it.
struct Batches {
  test::TempDir dir;
  std::string suite = write_suite(dir);
  std::string file = dir.file("run.assay");
  std::string form;  // "&wire=anthropic..."
  std::unique_ptr<MockProcess> mock;
  std::vector<std::string> more;

  explicit Batches(std::vector<std::string> mock_flags = {}, std::string of_form = "")
      : form(std::move(of_form)) {
    std::vector<std::string> flags{"--reply", "echo"};
    if (std::find(mock_flags.begin(), mock_flags.end(), "--batch-delay") == mock_flags.end())
      flags.insert(flags.end(), {"--batch-delay", "100ms"});
    flags.insert(flags.end(), mock_flags.begin(), mock_flags.end());
    mock = std::make_unique<MockProcess>(flags);
  }
  [[nodiscard]] std::string model(const std::string& params = "") const {
    return mock->url() + "#mock?batch=1" + form + params;
  }
  [[nodiscard]] std::vector<std::string> arguments(const std::string& params = "") const {
    std::vector<std::string> out{"run",         suite,     "-o",           file,  "-m",
                                 model(params), "--batch", "--batch-poll", "20ms"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  [[nodiscard]] test::CliResult run(const std::string& params = "") const {
    return run_assay(arguments(params));
  }
  [[nodiscard]] int64_t count(const std::string& where) const {
    return query(file, "SELECT COUNT(*) FROM attempts WHERE " + where);
  }
};

constexpr const char* kAnthropic = "&wire=anthropic&stream=0";

class BatchForms : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Forms, BatchForms, testing::Values("", kAnthropic));

TEST_P(BatchForms, AWholeRunGoesThroughOneBatch) {
  Batches batches({}, GetParam());
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  const test::CliResult done = batches.run();
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("40 requests submitted as batch"));
  EXPECT_THAT(done.err, HasSubstr("40 replies stored"));
  EXPECT_THAT(done.err, HasSubstr("40 items, 0 asked now, 40 submitted in batches, 40 collected "
                                  "from batches"));
  EXPECT_EQ(batches.count("outcome='ok' AND service='batch' AND http_status=200"), kItems);
  EXPECT_EQ(batches.count("output_tokens>0 AND usage_source='reported'"), kItems);
  EXPECT_EQ(query(batches.file, "SELECT COUNT(*) FROM scores WHERE value=1"), kItems);
  // A reply out of a batch has no latency.
  EXPECT_EQ(batches.count("done_ns>=sent_ns"), 0);
  EXPECT_THAT(run_assay({"report", batches.file}).out, Not(HasSubstr("0.000 s")));
  EXPECT_THAT(run_assay({"show", batches.file, "s1"}).out, Not(HasSubstr("latency")));
  // The same command has nothing left to do.
  EXPECT_THAT(batches.run().err, HasSubstr("40 items, 0 asked now;"));
  const Json stats = batches.mock->stop();
  EXPECT_EQ(stats["batch"]["batches"], 1);
  EXPECT_EQ(stats["requests"], 0);
}

TEST_P(BatchForms, WhatABatchDoesNotAnswerIsAskedOneByOne) {
  Batches batches({"--batch-fail-share", "25%", "--batch-expire-share", "25%"}, GetParam());
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  const test::CliResult done = batches.run();
  EXPECT_EQ(done.exit_code, 0) << done.err;
  const Json stats = batches.mock->stop();
  const int64_t failed = stats["batch"]["failed"];
  const int64_t expired = stats["batch"]["expired"];
  EXPECT_GT(failed, 0);
  EXPECT_GT(expired, 0);
  EXPECT_EQ(stats["batch"]["batches"], 1);
  EXPECT_EQ(stats["requests"], failed + expired);
  EXPECT_EQ(batches.count("outcome='server_error' AND service='batch'"), failed);
  EXPECT_EQ(batches.count("outcome='timeout' AND service='batch'"), expired);
  EXPECT_EQ(batches.count("outcome='ok' AND service IS NULL AND attempt=1"), failed + expired);
  EXPECT_EQ(query(batches.file, "SELECT COUNT(*) FROM scores WHERE value=1"), kItems);
}

// Starts the run, waits for `text` on its stderr, and ends it by `signal`.
void run_until(const Batches& batches, const std::string& text, int signal) {
  SubprocessOptions options;
  options.argv = {test::assay_program()};
  for (const std::string& argument : batches.arguments()) options.argv.push_back(argument);
  options.in = StdioMode::kNull;
  options.out = StdioMode::kNull;
  options.err = StdioMode::kPipe;
  auto child = Subprocess::start(options);
  ASSERT_TRUE(child) << child.error().text();
  std::string seen;
  char byte = 0;
  pollfd readable{(*child)->stderr_fd(), POLLIN, 0};
  while (seen.find(text) == std::string::npos && poll(&readable, 1, 60'000) == 1 &&
         read((*child)->stderr_fd(), &byte, 1) == 1) {
    seen += byte;
  }
  EXPECT_THAT(seen, HasSubstr(text));
  kill((*child)->pid(), signal);
  while (read((*child)->stderr_fd(), &byte, 1) == 1) seen += byte;
  (*child)->wait();
  if (signal == SIGINT) {
    EXPECT_THAT(seen, HasSubstr("the same command collects them"));
  }
}

// The provider's answer was never written down.
void forget_id(const std::string& file) {
  query(file, "DELETE FROM events WHERE kind='batch' AND json LIKE '%\"submitted\"%'");
}

TEST_P(BatchForms, AfterAKillTheBatchIsCollectedAndNotSubmittedAgain) {
  Batches batches({"--batch-delay", "1s"}, GetParam());
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  run_until(batches, "submitted as batch", SIGKILL);
  EXPECT_EQ(batches.count("1"), 0);
  const test::CliResult resumed = batches.run();
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("40 items, 0 asked now, 40 collected from batches"));
  const Json stats = batches.mock->stop();
  EXPECT_EQ(stats["batch"]["batches"], 1);
  EXPECT_EQ(stats["requests"], 0);
}

TEST_P(BatchForms, AKillBeforeTheIdWasStoredFindsTheBatchAtTheProvider) {
  Batches batches({"--batch-delay", "1s"}, GetParam());
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  run_until(batches, "submitted as batch", SIGKILL);
  forget_id(batches.file);
  const test::CliResult resumed = batches.run();
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("of an interrupted submission was found"));
  const Json stats = batches.mock->stop();
  EXPECT_EQ(stats["batch"]["batches"], 1);
  EXPECT_EQ(stats["requests"], 0);
  EXPECT_EQ(batches.count("outcome='ok'"), kItems);
}

TEST_P(BatchForms, ABatchThatNeverCameToBeIsSubmitted) {
  Batches batches({"--batch-delay", "1s"}, GetParam());
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  const std::string port = std::to_string(batches.mock->port());
  run_until(batches, "submitted as batch", SIGKILL);
  forget_id(batches.file);
  // Another server at the same address knows nothing of it.
  batches.mock->stop();
  batches.mock = std::make_unique<MockProcess>(
      std::vector<std::string>{"--port", port, "--reply", "echo", "--batch-delay", "100ms"});
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  const test::CliResult resumed = batches.run();
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(batches.mock->stop()["batch"]["batches"], 1);
  EXPECT_EQ(batches.count("outcome='ok'"), kItems);
}

TEST(Batch, AnInterruptLeavesTheBatchToBeCollected) {
  Batches batches({"--batch-delay", "1h"});
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  run_until(batches, "validating", SIGINT);
  // Without --batch its requests would be paid twice.
  const test::CliResult without =
      run_assay({"run", batches.suite, "-o", batches.file, "-m", batches.model()});
  EXPECT_NE(without.exit_code, 0);
  EXPECT_THAT(without.err, HasSubstr("40 requests of this file are in a batch at the provider"));
  EXPECT_EQ(batches.mock->stop()["requests"], 0);
}

TEST(Batch, CostsHalfAndABudgetHolds) {
  Batches whole;
  ASSERT_TRUE(whole.mock->started()) << whole.mock->error();
  const std::string price = "&price_in=1&price_out=10&price_batch=0.5&max_tokens=8";
  ASSERT_EQ(whole.run(price).exit_code, 0);
  const int64_t half = query(whole.file, "SELECT SUM(cost_nano) FROM attempts");
  whole.file = whole.dir.file("single.assay");
  ASSERT_EQ(run_assay({"run", whole.suite, "-o", whole.file, "-m", whole.model(price)}).exit_code,
            0);
  const int64_t full = query(whole.file, "SELECT SUM(cost_nano) FROM attempts");
  EXPECT_GT(half, 0);
  EXPECT_EQ(2 * half, full);
  // Half of that again stops in the middle.
  whole.file = whole.dir.file("budget.assay");
  whole.more = {"--budget", "0." + std::string(9 - std::to_string(half / 2).size(), '0') +
                                std::to_string(half / 2)};
  const test::CliResult stopped = whole.run(price);
  EXPECT_EQ(stopped.exit_code, 3) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("stopped by --budget"));
  EXPECT_LE(query(whole.file, "SELECT SUM(cost_nano) FROM attempts"), half / 2);
  EXPECT_GT(whole.count("outcome='ok'"), 0);
}

TEST(Batch, ABudgetNeedsThePriceOfABatch) {
  Batches batches;
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  batches.more = {"--budget", "1"};
  const test::CliResult refused = batches.run("&price_in=1&price_out=10");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("price_batch=0.5"));
  // Without a budget it is said, and the cost is not known.
  batches.more = {};
  const test::CliResult done = batches.run("&price_in=1&price_out=10");
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("what its batches cost will not be known"));
  EXPECT_EQ(batches.count("cost_nano IS NOT NULL"), 0);
}

TEST(Batch, AWrongKeyIsSaidAndNothingIsLeftOpen) {
  Batches batches({"--api-key", "sk-right"});
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  batches.dir.write("key.txt", "sk-wrong-key-0123456789\n");
  const test::CliResult refused = batches.run("&key_file=" + batches.dir.file("key.txt"));
  EXPECT_EQ(refused.exit_code, 4) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("status 401: Incorrect API key provided."));
  EXPECT_THAT(refused.err, Not(HasSubstr("sk-wrong-key")));
  EXPECT_EQ(query(batches.file, "SELECT COUNT(*) FROM events WHERE json LIKE '%sk-wrong%'"), 0);
  batches.dir.write("key.txt", "sk-right\n");
  EXPECT_EQ(batches.run("&key_file=" + batches.dir.file("key.txt")).exit_code, 0);
}

TEST_P(BatchForms, AServerThatIsNotThereIsSaidAtOnce) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 2);
  const test::CliResult refused =
      run_assay({"run", suite, "-o", dir.file("r.assay"), "-m",
                 std::string("http://127.0.0.1:9/v1#m?batch=1") + GetParam(), "--batch",
                 "--batch-poll", "1h"});
  EXPECT_EQ(refused.exit_code, 4) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("the batch was not taken"));
  EXPECT_THAT(refused.err, HasSubstr("Connection refused"));
}

TEST(Batch, ABatchThatTheProviderFailsSaysItsReason) {
  Batches batches({"--strict-model", "--model", "other"});
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  const test::CliResult failed = batches.run();
  EXPECT_EQ(failed.exit_code, 4) << failed.err;
  EXPECT_THAT(failed.err, HasSubstr("line 1: The provided model 'mock' is not supported by the "
                                    "Batch API. (model_not_found)"));
  EXPECT_THAT(failed.err, HasSubstr("nothing of it was executed"));
  EXPECT_EQ(batches.count("1"), 0);
}

TEST(Batch, NeedsAModelThatHasBatches) {
  const test::TempDir dir;
  const std::string suite = write_suite(dir, 2);
  const test::CliResult none =
      run_assay({"run", suite, "-o", dir.file("r.assay"), "-m", "simulated:m", "--batch"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("no model of this run has a batch endpoint"));
  EXPECT_THAT(none.err, HasSubstr("anthropic"));
  const test::CliResult wire =
      run_assay({"run", suite, "-o", dir.file("r.assay"), "-m",
                 "http://127.0.0.1:9/v1#m?wire=gemini&batch=1", "--batch"});
  EXPECT_EQ(wire.exit_code, 2);
  EXPECT_THAT(wire.err, HasSubstr("no batch endpoint for the wire format gemini"));
  const test::CliResult poll = run_assay({"run", suite, "-m", "simulated:m", "--batch-poll", "5s"});
  EXPECT_EQ(poll.exit_code, 2);
  EXPECT_THAT(poll.err, HasSubstr("needs --batch"));
}

TEST(Batch, ModelsWithoutBatchesRunBesideIt) {
  Batches batches;
  ASSERT_TRUE(batches.mock->started()) << batches.mock->error();
  batches.more = {"-m", "simulated:other"};
  const test::CliResult done = batches.run();
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.err, HasSubstr("simulated:other has no batch endpoint and is asked one by one"));
  EXPECT_THAT(done.err, HasSubstr("80 items, 40 asked now, 40 submitted in batches"));
}

}  // namespace
}  // namespace assay
