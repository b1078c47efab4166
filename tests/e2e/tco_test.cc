// assay tco as a user has it: the example, a measured throughput, mistakes, and the report.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using test::CliResult;
using test::run_assay;
using test::TempDir;
using testing::HasSubstr;

class Tco : public testing::Test {
 protected:
  [[nodiscard]] CliResult assay(const std::vector<std::string>& arguments) const {
    return run_assay(arguments, {.cwd = dir_.path()});
  }
  [[nodiscard]] Json json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const CliResult result = assay(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    auto parsed = parse_json(result.out, "tco");
    EXPECT_TRUE(parsed) << result.out;
    return parsed ? std::move(*parsed) : Json();
  }
  void init() const {
    const CliResult example = assay({"tco", "--init"});
    ASSERT_EQ(example.exit_code, 0) << example.err;
    dir_.write("assay.yaml", example.out);
  }
  void refused(const std::string& section, const std::string& message) const {
    dir_.write("bad.yaml", section);
    const CliResult result = assay({"tco", "-c", "bad.yaml"});
    EXPECT_EQ(result.exit_code, 2) << result.out;
    EXPECT_THAT(result.err, HasSubstr(message));
  }
  TempDir dir_;
};

TEST_F(Tco, TheExampleShowsAllThreeSideBySide) {
  init();
  const CliResult text = assay({"tco"});
  ASSERT_EQ(text.exit_code, 0) << text.err;
  for (const char* part : {"8xH100, rented", "8xH100, own", "deepseek-reasoner (2025)",
                           "Break-even", "never at this size", "4 × H100 80 GB", "16 × H100 80 GB",
                           "machines.8xH100.gpus = 8 of a node: given"}) {
    EXPECT_THAT(text.out, HasSubstr(part));
  }
  EXPECT_THAT(assay({"tco", "--lang", "ko"}).out, HasSubstr("8xH100, 임대"));
  const Json report = json({"tco"});
  EXPECT_EQ(report.at("format"), "assay-tco-1");
  EXPECT_EQ(report.at("options").size(), 4U);
  EXPECT_EQ(report.at("options").at(2).at("kind"), "rent");
}

TEST_F(Tco, FlagsChangeTheTraffic) {
  init();
  const Json one = json({"tco", "--volume", "500/day"});
  EXPECT_EQ(one.at("traffic").at("requests_per_day"), 500);
  const Json mix = json({"tco", "--mix", "in=100,out=10,per_day=2000"});
  EXPECT_EQ(mix.at("traffic").at("input_tokens"), 100);
  const CliResult bad = assay({"tco", "--volume", "much"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("--volume: `much` is no volume"));
}

TEST_F(Tco, AReportTakesTheSection) {
  init();
  ASSERT_EQ(assay({"run", "quick-intents", "-q", "-m", "baseline:random", "--limit", "20", "-o",
                   "run.assay"})
                .exit_code,
            0);
  const CliResult page =
      assay({"report", "run.assay", "--tco", "assay.yaml", "-o", "r.html", "-o", "r.json"});
  ASSERT_EQ(page.exit_code, 0) << page.err;
  EXPECT_THAT(test::read_file(dir_.file("r.html")), HasSubstr("id=\"tco\""));
  EXPECT_THAT(test::read_file(dir_.file("r.json")), HasSubstr("\"break_even\""));
  EXPECT_THAT(assay({"report", "run.assay", "--tco", "assay.yaml"}).out, HasSubstr("Break-even"));
  const CliResult none = assay({"report", "run.assay", "--tco", "nothing.yaml"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("nothing.yaml"));
}

// On a virtual clock: 0.1 s + 20 tokens at 10 ms, three at a time: 10 requests/s of 20 tokens, less
// what the ends of the window take.
TEST_F(Tco, ThroughputMeasuredByBench) {
  const CliResult bench =
      assay({"bench", "simulated:a?ttft=100ms&per_token=10ms&tokens=20", "--concurrency", "3",
             "--requests", "90", "--slo", "e2e=5s", "--quiet", "-o", "bench.assay"});
  ASSERT_EQ(bench.exit_code, 0) << bench.err;
  dir_.write("assay.yaml",
             "tco:\n  traffic: {input_tokens: 3000, output_tokens: 500, requests_per_day: 20000}\n"
             "  apis: [{name: api, per_request: 0.01}]\n"
             "  machines: [{name: node, gpus: 1, rent: {price_per_gpu_hour: 2}}]\n");
  const CliResult without = assay({"tco"});
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_THAT(without.err, HasSubstr("the throughput is missing"));
  const Json report = json({"tco", "--run", "bench.assay"});
  double output = 0;
  for (const Json& line : report.at("inputs")) {
    if (line.at("origin") != "measured") continue;
    EXPECT_THAT(line.at("why").get<std::string>(), HasSubstr("bench.assay: simulated:a"));
    if (line.at("name") == "machines.node.throughput.output_tokens_per_s")
      output = std::stod(line.at("value").get<std::string>());
  }
  EXPECT_GT(output, 170);
  EXPECT_LT(output, 210);
}

TEST_F(Tco, BadInput) {
  const CliResult none = assay({"tco"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, HasSubstr("no assay.yaml here"));
  refused("models: [baseline:random]\n", "has no section `tco`");
  const std::string head =
      "tco:\n  traffic: {input_tokens: 1, output_tokens: 1, requests_per_day: 1}\n";
  const std::string machine =
      "  machines: [{name: n, gpus: 1, throughput: {input_tokens_per_s: 1, output_tokens_per_s: "
      "1}, ";
  refused(head + machine + "utilisation: 0, rent: {price_per_gpu_hour: 1}}]\n",
          "`utilisation` is 0, expected a number above 0 and at most 1");
  refused(head + machine + "utilisation: 1.5, rent: {price_per_gpu_hour: 1}}]\n",
          "`utilisation` is 1.5");
  refused(head + machine + "rent: {price_per_gpu_hour: -1}}]\n", "`price_per_gpu_hour` is -1");
  refused(head + machine + "currency: EUR, rent: {price_per_gpu_hour: 1}}]\n",
          "no rate from EUR to USD");
  refused(head + machine + "rent: {}}]\n", "`price_per_gpu_hour` is missing");
  refused(head + "  apis: [{name: a, per_request: -1}]\n", "bad.yaml:3:");
  refused("tco:\n  memory: [{name: m, parameters: 1, precision: fp5}]\n", "`precision` is fp5");
  dir_.write("not-a-run.assay", "text");
  dir_.write("assay.yaml",
             head + "  machines: [{name: n, gpus: 1, rent: {price_per_gpu_hour: 1}}]\n");
  const CliResult bad_run = assay({"tco", "--run", "not-a-run.assay"});
  EXPECT_NE(bad_run.exit_code, 0);
  EXPECT_THAT(bad_run.err, HasSubstr("not-a-run.assay"));
}

}  // namespace
}  // namespace assay
