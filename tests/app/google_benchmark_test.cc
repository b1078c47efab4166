// Benchmarks of models that are made up or in this process, through the module, read back from what
// it wrote.
#include "app/google_benchmark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/single_stream.h"
#include "backends/registry.h"
#include "harness/base/json.h"
#include "tests/backends/in_process_support.h"
#include "tests/support/temp_dir.h"

namespace assay::app {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::unique_ptr<Backend> make_backend(const std::string& text,
                                      const std::vector<const Suite*>& suites = {}) {
  const auto spec = backends::parse_model_spec(text);
  EXPECT_TRUE(spec.has_value()) << text;
  auto backend = backends::make_backend(*spec, {.seed = 7});
  EXPECT_TRUE(backend.has_value()) << backend.error().text();
  EXPECT_TRUE((*backend)->prepare(suites).has_value());
  return std::move(backend).value();
}

BenchmarkRequest request(const std::string& name) {
  return {name, [name]() -> Result<AttemptPtr> {
            AttemptPtr attempt = backends::make_attempt("tiny", "question " + name, name);
            attempt->key.model = 1;
            attempt->sample.targets = {"42"};
            return attempt;
          }};
}

// Two tokens after 100 ms, four more 10 ms apart.
constexpr const char* kExact =
    "simulated:exact?ttft=100ms&per_token=10ms&tokens=5&sigma=0&accuracy=1&reply_bytes=50";
constexpr const char* kBroken = "simulated:broken?server_error=1&delay=1ms&sigma=0";

class GoogleBenchmark : public ::testing::Test {
 protected:
  // Reads the output file back as JSON.
  Json run(std::vector<BenchmarkModel> models, GoogleBenchmarkOptions options = {},
           int code_expected = 0) {
    options.format = "json";
    const std::string text = run_text(std::move(models), options, code_expected);
    const auto json = parse_json(text, "output");
    EXPECT_TRUE(json.has_value()) << text;
    return json ? *json : Json();
  }
  std::string run_text(std::vector<BenchmarkModel> models, GoogleBenchmarkOptions options,
                       int code_expected = 0) {
    options.module_dir = ASSAY_BINARY_DIR "/modules";
    options.output = dir.file("out");
    const auto code = run_google_benchmarks(models, options, stop.get_token());
    EXPECT_TRUE(code.has_value()) << code.error().text();
    EXPECT_EQ(code.value_or(-1), code_expected);
    return test::read_file(options.output);
  }
  std::string error(std::vector<BenchmarkModel> models, GoogleBenchmarkOptions options) {
    if (options.module_dir.empty()) options.module_dir = ASSAY_BINARY_DIR "/modules";
    const auto code = run_google_benchmarks(models, options, {});
    return code ? "" : code.error().text();
  }
  test::TempDir dir;
  std::stop_source stop;
};

TEST_F(GoogleBenchmark, TimesAreThoseOfTheStamps) {
  const auto backend = make_backend(kExact);
  const Json out = run({{"exact", backend.get(), {request("a"), request("b")}}}, {.iterations = 4});
  const Json& rows = out["benchmarks"];
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0]["name"], "exact/a/iterations:4/process_time/manual_time");
  EXPECT_EQ(rows[1]["name"], "exact/b/iterations:4/process_time/manual_time");
  EXPECT_EQ(rows[0]["iterations"], 4);
  EXPECT_EQ(rows[0]["time_unit"], "ms");
  EXPECT_NEAR(rows[0]["real_time"].get<double>(), 140, 1e-6);
  EXPECT_NEAR(rows[0]["ttft_s"].get<double>(), 0.1, 1e-9);
  EXPECT_NEAR(rows[0]["output_tokens"].get<double>(), 5, 1e-9);
  EXPECT_NEAR(rows[0]["output_tokens_per_s"].get<double>(), 5 / 0.14, 1e-6);
  EXPECT_EQ(out["context"]["executable"], "assay");
}

TEST_F(GoogleBenchmark, EachIterationIsANewRequest) {
  const auto backend = make_backend(kExact);
  int made = 0;
  BenchmarkRequest counted = request("a");
  counted.make = [&made, make = counted.make] {
    ++made;
    return make();
  };
  const Json out = run({{"exact", backend.get(), {counted}}}, {.iterations = 3, .repetitions = 2});
  EXPECT_EQ(made, 6);
  std::vector<std::string> aggregates;
  for (const Json& row : out["benchmarks"]) {
    if (row["run_type"] == "aggregate") aggregates.push_back(row["aggregate_name"]);
  }
  EXPECT_THAT(aggregates, ::testing::ElementsAre("mean", "median", "stddev", "cv"));
}

TEST_F(GoogleBenchmark, ModelsInThisProcess) {
  backends::MemorySuite suite("tiny");
  suite.train_lines = {{"one", "A"}, {"two", "B"}};
  suite.questions = {"one", "two"};
  const auto backend = make_backend("baseline:bm25", {&suite});
  const Json out = run({{"bm25", backend.get(), {request("one")}}}, {.iterations = 5});
  const Json& rows = out["benchmarks"];
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_GT(rows[0]["real_time"].get<double>(), 0);
  EXPECT_TRUE(rows[0].contains("ttft_s"));
  EXPECT_FALSE(rows[0].contains("error_occurred"));
}

TEST_F(GoogleBenchmark, FailuresAreErrorsOfTheirRow) {
  const auto broken = make_backend(kBroken);
  const auto good = make_backend(kExact);
  BenchmarkRequest impossible{"none", []() -> Result<AttemptPtr> {
                                return input_error("data.jsonl:3", "has no \"question\"");
                              }};
  const Json out = run(
      {{"broken", broken.get(), {request("a")}}, {"good", good.get(), {request("a"), impossible}}},
      {}, 4);
  const Json& rows = out["benchmarks"];
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0]["error_occurred"], true);
  EXPECT_EQ(rows[0]["error_message"], "server_error: simulated server error");
  EXPECT_FALSE(rows[1].contains("error_occurred"));
  EXPECT_EQ(rows[2]["error_message"], "no request: data.jsonl:3: has no \"question\"");
}

TEST_F(GoogleBenchmark, FiltersByName) {
  const auto backend = make_backend(kExact);
  const std::vector<BenchmarkModel> models{
      {"exact", backend.get(), {request("aa"), request("ab"), request("b")}}};
  EXPECT_THAT(run(models, {.filter = "t/a.$"})["benchmarks"], SizeIs(2));
  EXPECT_THAT(run(models, {.filter = "-t/a.$"})["benchmarks"], SizeIs(1));
  EXPECT_EQ(error(models, {.filter = "nothing"}), "filter: `nothing` leaves no benchmark to run");
  EXPECT_THAT(error(models, {.filter = "a("}), StartsWith("filter: `a(` is no regular expression"));
  EXPECT_THAT(error(models, {.filter = std::string(2000, 'a')}),
              HasSubstr("has 2000 characters, expected at most 1000"));
}

TEST_F(GoogleBenchmark, BadOptionsAreErrors) {
  const auto backend = make_backend(kExact);
  const std::vector<BenchmarkModel> models{{"exact", backend.get(), {request("a")}}};
  EXPECT_EQ(error(models, {.iterations = 0}), "iterations: is 0, expected 1..1000000");
  EXPECT_EQ(error(models, {.repetitions = 0}), "repetitions: is 0, expected 1..1000");
  EXPECT_EQ(error(models, {.format = "xml"}), "format: is `xml`, expected console, json or csv");
  EXPECT_THAT(error(models, {.module_dir = dir.path()}),
              HasSubstr("/assay_google_benchmark.so: cannot be opened ("));
  EXPECT_THAT(error({}, {}), HasSubstr("leaves no benchmark to run"));
}

TEST_F(GoogleBenchmark, CsvTakesRowsWithDifferentCounters) {
  const auto broken = make_backend(kBroken);
  const auto plain = make_backend("simulated:plain?delay=1ms&sigma=0");
  const auto exact = make_backend(kExact);
  const std::string text = run_text({{"broken", broken.get(), {request("a")}},
                                     {"plain", plain.get(), {request("a")}},
                                     {"exact", exact.get(), {request("a \"b\"")}}},
                                    {.format = "csv"}, 4);
  EXPECT_THAT(text, HasSubstr("\"output_tokens_per_s\""));
  EXPECT_THAT(text, HasSubstr("\"exact/a \"\"b\"\"/iterations:3/process_time/manual_time\""));
  EXPECT_THAT(text, HasSubstr("simulated server error"));
}

TEST_F(GoogleBenchmark, TheConsoleHasARowEach) {
  const auto exact = make_backend(kExact);
  const std::string text = run_text({{"exact", exact.get(), {request("a")}}}, {});
  EXPECT_THAT(text, HasSubstr("exact/a/iterations:3/process_time/manual_time"));
  EXPECT_THAT(text, HasSubstr("140 ms"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);  // no colours in a file
}

TEST_F(GoogleBenchmark, NamesMayHoldAnything) {
  const auto exact = make_backend(kExact);
  const Json out = run({{"m\x01", exact.get(), {request("a\xFF\n\"\\b\"")}}});
  EXPECT_THAT(out["benchmarks"][0]["name"].get<std::string>(),
              StartsWith("m /a\xEF\xBF\xBD \"\\b\"/iterations:3"));
}

TEST_F(GoogleBenchmark, AStopEndsWhatRunsAndWhatWaits) {
  // A reply that never comes in a test's time: the stop must cancel it.
  const auto slow = make_backend("simulated:slow?delay=10000s&sigma=0&realtime=1");
  BenchmarkRequest stopping = request("a");
  stopping.make = [this, make = stopping.make] {
    stop.request_stop();
    return make();
  };
  const Json out = run({{"slow", slow.get(), {stopping, request("b")}}}, {}, 130);
  const Json& rows = out["benchmarks"];
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_THAT(rows[0]["error_message"].get<std::string>(), StartsWith("cancelled"));
  EXPECT_EQ(rows[1]["error_message"], "stopped");
}

TEST(SingleStream, RealTimePassesForModelsThatKeepIt) {
  const auto backend = make_backend("simulated:real?delay=20ms&sigma=0&realtime=1&accuracy=1");
  SingleStream stream(*backend);
  AttemptPtr done = stream.run(*request("a").make(), {});
  EXPECT_EQ(done->response.outcome, Outcome::kOk);
  EXPECT_EQ(done->stamps.done - done->stamps.sent, std::chrono::milliseconds(20));
  EXPECT_GE(SteadyClock().now(), done->stamps.done);
  EXPECT_LE(done->stamps.scheduled, done->stamps.sent);
}

}  // namespace
}  // namespace assay::app
