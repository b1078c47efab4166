// The simulated backend on its virtual clock: the same seed gives the same bytes, whatever the
// threads.
#include <gtest/gtest.h>

#include "harness/base/json.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using test::run_assay;
using test::TempDir;

std::vector<std::string> simulated_run(const std::string& file, const std::string& threads) {
  return {"run",
          "quick-intents",
          "--json",
          "-q",
          "--threads",
          threads,
          "--seed",
          "11",
          "--repeats",
          "3",
          "-o",
          file,
          "-m",
          "simulated:steady?accuracy=0.8&ttft=200ms&per_token=10ms&tokens=20",
          "-m",
          "simulated:faulty?accuracy=0.7&delay=0.3&rate_limited=0.1&retry_after=2&server_error=0."
          "05&truncated=0.02&malformed=0.01"};
}

TEST(Simulated, SameSeedSameBytesAtOneThreadAndEight) {
  const TempDir dir;
  const auto one = run_assay(simulated_run(dir.file("one.assay"), "1"));
  const auto eight = run_assay(simulated_run(dir.file("eight.assay"), "8"));
  ASSERT_EQ(one.exit_code, 0) << one.err;
  ASSERT_EQ(eight.exit_code, 0) << eight.err;
  EXPECT_EQ(one.out, eight.out);
  const auto json = parse_json(one.out, "summary");
  ASSERT_TRUE(json);
  const Json& timing = json->at("suites").at(0).at("timing").at("models").at(0);
  EXPECT_GT(timing.at("latency_s").at("percentiles").at(0).at("estimate").at("value").get<double>(),
            0.1);
}

TEST(Simulated, AnotherSeedAnotherResult) {
  const TempDir dir;
  auto arguments = simulated_run(dir.file("a.assay"), "2");
  const auto a = run_assay(arguments);
  arguments[7] = "12";
  arguments[11] = dir.file("b.assay");
  const auto b = run_assay(arguments);
  ASSERT_EQ(b.exit_code, 0) << b.err;
  EXPECT_NE(a.out, b.out);
}

TEST(Simulated, RealBackendsDifferInTimingOnly) {
  const TempDir dir;
  std::vector<Json> summaries;
  for (const char* threads : {"1", "4"}) {
    const auto run =
        run_assay({"run", "quick-intents", "--json", "-q", "--threads", threads, "--concurrency",
                   threads, "-o", dir.file(std::string(threads) + ".assay"), "-m", "baseline:bm25",
                   "-m", "baseline:linear"});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    summaries.push_back(std::move(parse_json(run.out, "summary")).value());
  }
  const Json& a = summaries[0].at("suites").at(0);
  const Json& b = summaries[1].at("suites").at(0);
  EXPECT_EQ(a.at("quality"), b.at("quality"));
  EXPECT_EQ(a.at("money"), b.at("money"));
  EXPECT_EQ(a.at("learning_curves"), b.at("learning_curves"));
  const auto scores = [&](const char* name) {
    return test::run_shell(test::assay_program() + " export " + dir.file(name) +
                           " --format csv | cut -d, -f1-12")
        .out;
  };
  EXPECT_EQ(scores("1.assay"), scores("4.assay"));
}

TEST(Simulated, HoursOfVirtualTimeCostNoRealTime) {
  const TempDir dir;
  // 302 items of a minute each, one at a time: five hours on the virtual clock.
  const auto run = run_assay({"run", "quick-intents", "-q", "--concurrency", "1", "-o",
                              dir.file("x.assay"), "-m", "simulated:slow?delay=60s"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
}

}  // namespace
}  // namespace assay
