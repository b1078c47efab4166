// assay bench, whole program: against `assay mock` and simulated models. No test holds it to a
// wall-clock limit: bench/load measures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "tests/support/cli.h"
#include "tests/support/mock_process.h"

namespace assay {
namespace {

using test::CliResult;
using test::MockProcess;
using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;

CliResult bench(const test::TempDir& dir, const std::vector<std::string>& more,
                const std::string& prefix = "") {
  std::vector<std::string> arguments{"bench",   "-o",     dir.file("bench.assay"),
                                     "--quiet", "--json", "--no-machine"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return test::run_assay(arguments, {.prefix = prefix});
}

Json summary_of(const CliResult& done) {
  const auto parsed = parse_json(done.out, "summary");
  EXPECT_TRUE(parsed) << done.out.substr(0, 500) << done.err;
  return parsed ? *parsed : Json();
}

// The rows of `assay export --format requests`.
std::vector<Json> requests_of(const test::TempDir& dir) {
  const CliResult done =
      test::run_assay({"export", dir.file("bench.assay"), "--format", "requests"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  std::vector<Json> rows;
  size_t at = 0;
  while (at < done.out.size()) {
    const size_t end = done.out.find('\n', at);
    const auto row = parse_json(done.out.substr(at, end - at), "row");
    EXPECT_TRUE(row) << done.out.substr(at, 200);
    if (row) rows.push_back(*row);
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return rows;
}

std::string text_query(const test::TempDir& dir, const std::string& sql) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  std::string value;
  if (sqlite3_open_v2(dir.file("bench.assay").c_str(), &db, SQLITE_OPEN_READONLY, nullptr) ==
          SQLITE_OK &&
      sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    value = text == nullptr ? "" : text;
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return value;
}

// The machine may be too busy for this program to be timely: it says so and ends with 4.
auto done_or_invalid() { return AnyOf(Eq(0), Eq(4)); }

TEST(Bench, AClosedLoopAsksEveryRequestOnceAndNeverMoreAtOnce) {
  const test::TempDir dir;
  MockProcess mock({"--ttft", "20ms", "--itl", "2ms", "--tokens", "5"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const CliResult done = bench(dir, {mock.url() + "#mock", "--concurrency", "8", "--requests", "60",
                                     "--output-tokens", "5", "--no-first-request"});
  EXPECT_THAT(done.exit_code, done_or_invalid()) << done.err;
  const Json stats = mock.stop();
  EXPECT_EQ(stats["requests"], 60);
  EXPECT_EQ(text_query(dir, "SELECT json_extract(json,'$.instrument.in_flight_max') FROM loads"),
            "8");
  EXPECT_EQ(requests_of(dir).size(), 60U);
  const Json point = summary_of(done)["loads"]["points"][0];
  EXPECT_EQ(point["label"], "concurrency 8");
  EXPECT_EQ(point["rounds"][0]["good"], 60);
}

TEST(Bench, LatencyOfAnOpenLoopCountsFromWhenARequestWasDue) {
  const test::TempDir dir;
  MockProcess mock({"--ttft", "5ms", "--itl", "0ms", "--tokens", "1", "--stall-at", "300ms",
                    "--stall-for", "1s"});
  ASSERT_TRUE(mock.started()) << mock.error();
  (void)bench(dir, {mock.url() + "#mock", "--rate", "100", "--arrival", "constant", "--requests",
                    "60", "--output-tokens", "1", "--no-first-request"});
  double worst = 0;
  int stalled = 0;
  for (const Json& row : requests_of(dir)) {
    const double e2e = row["done_s"].get<double>() - row["due_s"].get<double>();
    worst = std::max(worst, e2e);
    if (e2e > 0.6) ++stalled;
  }
  EXPECT_GE(worst, 0.9);   // the stall shows fully
  EXPECT_GE(stalled, 20);  // in everything that was due in its first part, not in one request
}

TEST(Bench, RequestsAreDueAtTheirArrivalTimes) {
  const test::TempDir dir;
  MockProcess mock({"--ttft", "1ms", "--tokens", "1"});
  ASSERT_TRUE(mock.started()) << mock.error();
  (void)bench(dir, {mock.url() + "#mock", "--rate", "50", "--arrival", "constant", "--requests",
                    "20", "--no-first-request"});
  const std::vector<Json> rows = requests_of(dir);
  ASSERT_EQ(rows.size(), 20U);
  for (size_t i = 1; i < rows.size(); ++i) {
    const double gap = rows[i]["due_s"].get<double>() - rows[i - 1]["due_s"].get<double>();
    EXPECT_NEAR(gap, 0.02, 1e-6);
    EXPECT_GE(rows[i]["sent_s"].get<double>(), rows[i]["due_s"].get<double>());
  }
}

TEST(Bench, ModelsTakeTurnsAsABBA) {
  const test::TempDir dir;
  const CliResult done = bench(dir, {"simulated:a?delay=10ms", "simulated:b?delay=20ms",
                                     "--concurrency", "2", "--requests", "20", "--rounds", "2"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(text_query(dir,
                       "SELECT group_concat(substr(m.name, 11, 1), '') FROM (SELECT model FROM "
                       "loads ORDER BY load) l JOIN models m ON m.model=l.model"),
            "abba");
}

TEST(Bench, SimulatedModelsOnTheirVirtualClockGiveTheSameFiguresEveryTime) {
  const auto figures = [] {
    const test::TempDir dir;
    const CliResult done = bench(dir, {"simulated:a?delay=100ms&sigma=0.5", "--rate", "40",
                                       "--requests", "200", "--seed", "5"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    const Json point = summary_of(done)["loads"]["points"][0]["rounds"][0];
    return dump_json(point["metrics"]);
  };
  const std::string first = figures();
  EXPECT_THAT(first, HasSubstr("e2e"));
  EXPECT_EQ(first, figures());
}

TEST(Bench, OneRunGivesAccuracyAndSpeed) {
  const test::TempDir dir;
  dir.write("suite/test.jsonl", "{\"id\":\"a\",\"q\":\"alpha\"}\n{\"id\":\"b\",\"q\":\"beta\"}\n");
  dir.write("suite/suite.yaml",
            "task: pair\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\ndoc_to_target: "
            "\"{{q}}\"\nscorers:\n  - exact\n");
  MockProcess mock({"--reply", "echo", "--ttft", "2ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const CliResult done = bench(dir, {mock.url() + "#mock", "--suite", dir.file("suite"),
                                     "--concurrency", "2", "--requests", "20"});
  EXPECT_THAT(done.exit_code, done_or_invalid()) << done.err;
  const Json summary = summary_of(done);
  const Json model = summary["suites"][0]["quality"]["models"][0];
  EXPECT_EQ(model["items_answered"], 20);
  EXPECT_EQ(model["metrics"][0]["estimate"]["value"], 1.0);
  EXPECT_EQ(summary["loads"]["points"][0]["rounds"][0]["good"], 20);
  EXPECT_EQ(text_query(dir, "SELECT count(*) FROM scores"), "20");
}

TEST(Bench, ConversationsGoOnWithWhatTheModelSaid) {
  const test::TempDir dir;
  MockProcess mock({"--reply", "words", "--tokens", "3", "--ttft", "1ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const CliResult done = bench(dir, {mock.url() + "#mock", "--turns", "3", "--think", "5ms",
                                     "--concurrency", "2", "--requests", "4", "--input-tokens",
                                     "10", "--output-tokens", "3", "--no-first-request"});
  EXPECT_THAT(done.exit_code, done_or_invalid()) << done.err;
  EXPECT_EQ(mock.stop()["requests"], 12);
  std::set<std::pair<int64_t, int64_t>> turns;
  for (const Json& row : requests_of(dir)) {
    turns.emplace(row["conversation"].get<int64_t>(), row["turn"].get<int64_t>());
    EXPECT_EQ(row["outcome"], "ok");
  }
  EXPECT_EQ(turns.size(), 12U);
  // Each turn carries all that was said before: its prompt is longer than the one before.
  EXPECT_EQ(text_query(dir,
                       "SELECT count(*) FROM load_requests p JOIN attempts a USING(seq) JOIN "
                       "load_requests q ON q.conversation=p.conversation AND q.turn=p.turn+1 JOIN "
                       "attempts b ON b.seq=q.seq WHERE b.input_tokens>a.input_tokens+3"),
            "8");
}

TEST(Bench, AServerThatGoesInTheMiddleEndsTheRunAndNothingIsLost) {
  const test::TempDir dir;
  MockProcess mock({"--ttft", "10ms", "--itl", "5ms", "--tokens", "10", "--die-at", "700ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const CliResult done = bench(dir, {mock.url() + "#mock", "--rate", "100", "--arrival", "constant",
                                     "--requests", "1000", "--no-first-request"});
  EXPECT_EQ(text_query(dir, "SELECT json_extract(json,'$.end_reason') FROM loads"), "no server");
  const std::vector<Json> rows = requests_of(dir);
  int good = 0;
  int failed = 0;
  for (const Json& row : rows) ++(row["outcome"] == "ok" ? good : failed);
  EXPECT_GT(good, 0);
  EXPECT_GE(failed, 50);
  EXPECT_LT(rows.size(), 1000U);  // it gave up
  const Json round = summary_of(done)["loads"]["points"][0]["rounds"][0];
  EXPECT_EQ(round["good"], good);
  EXPECT_EQ(round["failed"], failed);
  EXPECT_NEAR(round["availability"]["value"].get<double>(),
              static_cast<double>(good) / static_cast<double>(good + failed), 1e-9);
}

TEST(Bench, AnSloThatIsNotMetIsOne) {
  const test::TempDir dir;
  const std::vector<std::string> load{
      "simulated:a?delay=100ms", "--concurrency", "1", "--requests", "30", "--slo"};
  std::vector<std::string> strict = load;
  strict.emplace_back("e2e=50ms");
  EXPECT_EQ(bench(dir, strict).exit_code, 1);
  std::vector<std::string> mild = load;
  mild.emplace_back("e2e=500ms,at=p90");
  EXPECT_EQ(bench(dir, mild).exit_code, 0);
}

TEST(Bench, ASearchFindsTheCapacityOfAServer) {
  const test::TempDir dir;
  // Two slots of 20 ms: 100 requests/s and not one more.
  MockProcess mock({"--slots", "2", "--ttft", "20ms", "--itl", "0ms", "--tokens", "1"});
  ASSERT_TRUE(mock.started()) << mock.error();
  const CliResult done = bench(dir, {mock.url() + "#mock", "--slo", "e2e=100ms", "--arrival",
                                     "constant", "--duration", "3s", "--rate-start", "20"});
  const Json found = summary_of(done)["loads"]["searches"][0];
  if (done.exit_code == 4)
    GTEST_SKIP() << "the machine is too busy: the instrument was late (" << found.dump() << ")";
  ASSERT_TRUE(found["value"].is_number()) << done.err << found.dump();
  EXPECT_LE(found["probes"].get<int>(), 12);
  // On a busy machine the client's own lateness breaks the limit earlier; never later.
  EXPECT_LE(found["value"].get<double>(), 105);
  EXPECT_GE(found["value"].get<double>(), 40);
}

TEST(Bench, TwoFilesAreComparedLoadByLoad) {
  const test::TempDir dir;
  const auto file = [&](const char* name, const char* seed) {
    const CliResult done = test::run_assay({"bench", "simulated:a?delay=100ms&sigma=0.5",
                                            "--concurrency", "4", "--requests", "60", "--rounds",
                                            "3", "--seed", seed, "-o", dir.file(name), "--quiet"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
  };
  file("a.assay", "1");
  file("b.assay", "2");
  const CliResult done =
      test::run_assay({"compare", "a.assay", "b.assay", "--json"}, {.cwd = dir.path()});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const Json loads = summary_of(done)["loads"];
  ASSERT_GE(loads.size(), 3U) << done.out;
  EXPECT_EQ(loads[0]["a"], "simulated:a?delay=100ms&sigma=0.5 (a.assay)");
  EXPECT_EQ(loads[0]["b"], "simulated:a?delay=100ms&sigma=0.5 (b.assay)");
  // Requests draw their own delays: the median is not the 99th percentile.
  std::set<double> differences;
  for (const Json& one : loads) differences.insert(one["difference"]["value"].get<double>());
  EXPECT_GT(differences.size(), 2U);
}

TEST(Bench, AllAtOnceIsABurst) {
  const test::TempDir dir;
  MockProcess mock({"--ttft", "50ms", "--tokens", "2"});
  ASSERT_TRUE(mock.started()) << mock.error();
  (void)bench(dir,
              {mock.url() + "#mock", "--rate", "inf", "--requests", "100", "--no-first-request"});
  const std::vector<Json> rows = requests_of(dir);
  ASSERT_EQ(rows.size(), 100U);
  for (const Json& row : rows) EXPECT_EQ(row["due_s"], rows[0]["due_s"]);
}

TEST(Bench, TwoLoopsShareTheWorkAndLoseNothing) {
  const test::TempDir dir;
  MockProcess mock({"--ttft", "2ms", "--tokens", "3"});
  ASSERT_TRUE(mock.started()) << mock.error();
  (void)bench(dir, {mock.url() + "#mock", "--concurrency", "7", "--requests", "101", "--loops", "2",
                    "--no-first-request"});
  EXPECT_EQ(mock.stop()["requests"], 101);
  std::set<int64_t> numbers;
  for (const Json& row : requests_of(dir)) numbers.insert(row["number"].get<int64_t>());
  EXPECT_EQ(numbers.size(), 101U);
  EXPECT_EQ(*numbers.rbegin(), 100);
  EXPECT_EQ(text_query(dir, "SELECT json_extract(json,'$.instrument.loops') FROM loads"), "2");
}

TEST(Bench, ASecondRunAddsToTheHistory) {
  const test::TempDir dir;
  const std::vector<std::string> load{"simulated:a?delay=10ms", "--concurrency", "1", "--requests",
                                      "10"};
  ASSERT_EQ(bench(dir, load).exit_code, 0);
  const CliResult second = bench(dir, load);
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(text_query(dir, "SELECT count(*) FROM loads"), "2");
  EXPECT_EQ(summary_of(second)["loads"]["availability"][0]["estimate"]["n"], 20);
}

TEST(Bench, TheSelfTestKnowsTheTruthOfEveryReply) {
  const CliResult done = test::run_assay(
      {"bench", "--self-test", "--concurrency", "8", "--output-tokens", "10", "--json", "--quiet"});
  EXPECT_THAT(done.exit_code, done_or_invalid()) << done.err;
  const Json report = summary_of(done);
  ASSERT_EQ(report["self_test"].size(), 2U);
  for (const Json& one : report["self_test"]) {
    EXPECT_EQ(one["unmatched"], 0) << one.dump();
    EXPECT_EQ(one["failed"], 0);
    EXPECT_EQ(one["ttft_error_s"]["n"], one["requests"]);
  }
}

TEST(Bench, GoogleBenchmarkHasARowForEachRequest) {
  const test::TempDir dir;
  const CliResult done = test::run_assay({"bench", "simulated:a?delay=5ms", "--gbench",
                                          "--requests", "3", "--gbench-format", "json", "--quiet"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const Json report = summary_of(done);
  ASSERT_EQ(report["benchmarks"].size(), 3U) << done.out;
  EXPECT_NEAR(report["benchmarks"][0]["real_time"].get<double>(), 5, 5);
}

struct BadCall {
  std::string name;
  std::vector<std::string> flags;
  std::string says;
};

class BenchBadInput : public testing::TestWithParam<BadCall> {};

TEST_P(BenchBadInput, IsAnErrorWithPlaceFoundAndExpected) {
  const test::TempDir dir;
  dir.write("back.csv",
            "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n"
            "2023-11-16 18:17:02.0000000,10,10\n");
  dir.write("empty.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n");
  std::vector<std::string> flags{"simulated:a"};
  for (const std::string& flag : GetParam().flags) {
    const size_t at = flag.find("DIR/");
    flags.push_back(at == std::string::npos ? flag : dir.file(flag.substr(at + 4)));
  }
  const CliResult done = bench(dir, flags);
  EXPECT_EQ(done.exit_code, 2) << done.err;
  EXPECT_THAT(done.err, HasSubstr(GetParam().says));
  EXPECT_FALSE(std::filesystem::exists(dir.file("bench.assay")));  // nothing was changed
}

INSTANTIATE_TEST_SUITE_P(
    All, BenchBadInput,
    testing::Values(
        BadCall{"RateZero", {"--rate", "0"}, "--rate"},
        BadCall{"RateNegative", {"--rate", "-5"}, "--rate"},
        BadCall{"RateWord", {"--rate", "fast"}, "`fast`"},
        BadCall{"RateAbsurd", {"--rate", "1e300"}, "--rate"},
        BadCall{"RateEmptyPlace", {"--rate", "5,,10"}, "--rate"},
        BadCall{"InfWithoutCount", {"--rate", "inf"}, "--requests"},
        BadCall{"ConcurrencyZero", {"--concurrency", "0"}, "--concurrency"},
        BadCall{"ConcurrencyFraction", {"--concurrency", "1.5"}, "whole"},
        BadCall{"ConcurrencyAbsurd", {"--concurrency", "100000000"}, "--concurrency"},
        BadCall{"RequestsZero", {"--requests", "0"}, "--requests"},
        BadCall{"RequestsAbsurd", {"--requests", "99999999999"}, "--requests"},
        BadCall{"DurationZero", {"--duration", "0s"}, "--duration"},
        BadCall{"WarmUpTooLong", {"--duration", "5s", "--warm-up", "5s"}, "--warm-up"},
        BadCall{"TwoLoads", {"--rate", "5", "--concurrency", "5"}, "exclude"},
        BadCall{"Ramp", {"--ramp", "5"}, "--ramp"},
        BadCall{"Burstiness",
                {"--rate", "5", "--arrival", "gamma", "--burstiness", "0"},
                "--burstiness"},
        BadCall{"Slo", {"--slo", "ttft=fast"}, "ttft"},
        BadCall{"SloName", {"--slo", "tttft=5ms"}, "tttft"},
        BadCall{"Lengths", {"--input-tokens", "normal:5"}, "--input-tokens"},
        BadCall{"Loops", {"--loops", "0"}, "--loops"},
        BadCall{"MachinePrice", {"--machine-price", "cheap"}, "`cheap`"},
        BadCall{"ImageSize", {"--images", "1", "--image-size", "0x5"}, "--image-size"},
        BadCall{"TraceMissing", {"--trace", "DIR/none.csv"}, "none.csv"},
        BadCall{"TraceEmpty", {"--trace", "DIR/empty.csv"}, "empty.csv"},
        BadCall{"TraceBack", {"--trace", "DIR/back.csv"}, "back.csv:3"},
        BadCall{"TraceScale", {"--trace", "DIR/back.csv", "--trace-scale", "-1"}, "--trace-scale"}),
    [](const testing::TestParamInfo<BadCall>& param) { return param.param.name; });

TEST(BenchBadInput, NobodyThereIsSaidBeforeAFileIsMade) {
  const test::TempDir dir;
  const CliResult done = bench(dir, {"http://127.0.0.1:9/v1#m", "--concurrency", "1"});
  EXPECT_EQ(done.exit_code, 4);
  EXPECT_THAT(done.err, HasSubstr("127.0.0.1:9"));
  EXPECT_FALSE(std::filesystem::exists(dir.file("bench.assay")));
}

TEST(BenchBadInput, TooFewDescriptorsSayHowToRaiseThem) {
  const test::TempDir dir;
  MockProcess mock({"--ttft", "1ms"});
  ASSERT_TRUE(mock.started()) << mock.error();
  // Root may raise the hard limit again, so it gives that up first, where there is a tool for it.
  const CliResult has_setpriv = test::run_shell("setpriv --version");
  if (has_setpriv.exit_code != 0) GTEST_SKIP() << "setpriv is absent";
  const CliResult done =
      bench(dir, {mock.url() + "#mock", "--concurrency", "500", "--requests", "500"},
            "ulimit -n 256; setpriv --bounding-set -sys_resource --inh-caps -sys_resource ");
  EXPECT_EQ(done.exit_code, 2) << done.err;
  EXPECT_THAT(done.err, HasSubstr("ulimit -n"));
}

}  // namespace
}  // namespace assay
