// What a comparison costs, from end to end: an API model with prices and a model on this machine,
// with a price of the machine and energy from a recorded tree of counters. What the reports state
// is checked against a script that computes it in closed form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/base/json.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

constexpr int kQuestions = 60;

class MoneyRun : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string rows;
    for (int i = 0; i < kQuestions; ++i) {
      const std::string n = std::to_string(i);
      rows += R"({"id":")" + n + R"(","q":"q)" + n + R"(","a":"a)" + n + "\"}\n";
    }
    dir.write("suite/test.jsonl", rows);
    dir.write("suite/suite.yaml",
              "task: money\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\n"
              "doc_to_target: \"{{a}}\"\nscorers:\n  - exact\n");
    // Two packages; the first one wraps.
    zone("intel-rapl:0", "package-0", "95000000", "100000000");
    zone("intel-rapl:1", "package-1", "777", "262143328850");
    const std::string api =
        "simulated:api?accuracy=0.8&seed=5&delay=2s&sigma=0&price_in=2&price_out=8";
    const std::string own =
        "process:" + std::string(ASSAY_BINARY_DIR) + "/tests/bin/energy_model 1";
    dir.write("assay.yaml", "models:\n  - {name: api, model: \"" + api + "\"}\n" +
                                "  - {name: own, model: \"" + own + "\", licence: mit}\n" + kTco);
  }
  void zone(const std::string& folder, const std::string& name, const std::string& energy,
            const std::string& range) const {
    dir.write("rapl/" + folder + "/name", name + "\n");
    dir.write("rapl/" + folder + "/energy_uj", energy + "\n");
    dir.write("rapl/" + folder + "/max_energy_range_uj", range + "\n");
  }
  [[nodiscard]] test::CliResult assay(const std::vector<std::string>& arguments) const {
    const std::string counters = dir.file("rapl/intel-rapl:0/energy_uj") + " 1000000 100000000;" +
                                 dir.file("rapl/intel-rapl:1/energy_uj") + " 250000 262143328850";
    return test::run_assay(
        arguments, {.cwd = dir.path(), .prefix = "ENERGY_COUNTERS=" + test::shell_quote(counters)});
  }

  static constexpr const char* kTco =
      "tco:\n"
      "  currency: USD\n"
      "  traffic: {input_tokens: 1000, output_tokens: 200, requests_per_day: 5000}\n"
      "  volumes: {from: 100, to: 100000}\n"
      "  apis:\n"
      "    - {name: api, price: {input: 2, output: 8}}\n"
      "  machines:\n"
      "    - name: own\n"
      "      gpus: 1\n"
      "      throughput: {kind: mixed, input_tokens_per_s: 100000, output_tokens_per_s: 20000}\n"
      "      utilisation: 1\n"
      "      nodes_min: 1\n"
      "      rent: {price_per_gpu_hour: 0.4}\n";
  test::TempDir dir;
};

TEST_F(MoneyRun, ReportsStateWhatFollowsInClosedForm) {
  const test::CliResult run =
      assay({"run", "suite", "-o", "out.assay", "-q", "--machine-price", "0.4", "--rapl-root",
             "rapl", "--nvml", "libassay-no-such.so.1", "--idle", "0"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  ASSERT_EQ(assay({"export", "out.assay", "--format", "jsonl", "-o", "items.jsonl"}).exit_code, 0);
  const test::CliResult decided = assay({"decide", "out.assay", "-q", "-o", "decision.json"});
  EXPECT_NE(decided.exit_code, 2) << decided.err;
  const test::CliResult report = assay(
      {"report", "out.assay", "--tco", "assay.yaml", "-o", "report.json", "-o", "report.html"});
  ASSERT_EQ(report.exit_code, 0) << report.err;
  const test::CliResult tco = assay({"tco", "--json"});
  ASSERT_EQ(tco.exit_code, 0) << tco.err;
  dir.write("tco.json", tco.out);

  const test::CliResult reference =
      test::run_shell("python3 " + test::shell_quote(ASSAY_MONEY_REFERENCE) +
                          " items.jsonl decision.json report.json tco.json",
                      dir.path());
  EXPECT_EQ(reference.exit_code, 0) << reference.out << reference.err;

  // And people read all three on the page.
  const std::string page = test::read_file(dir.file("report.html"));
  for (const char* words : {"per correct answer", "Break-even", "front", "not measured"})
    EXPECT_THAT(page, HasSubstr(words));
}

// No model is right: a cost per correct answer would be infinite, and is not stated.
TEST_F(MoneyRun, NoneCorrectIsSaidInThoseWords) {
  const test::CliResult run = assay({"run", "suite", "-o", "none.assay", "-m",
                                     "simulated:none?accuracy=0&price_in=2&price_out=8"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("none correct"));
  const test::CliResult json = assay({"report", "none.assay", "--json"});
  EXPECT_THAT(json.out, HasSubstr("\"none_correct\": true"));
  EXPECT_THAT(json.out, HasSubstr("\"per_correct\": null"));
}

TEST_F(MoneyRun, TrafficIsProjectedOrSaysWhyNot) {
  ASSERT_EQ(
      assay({"run", "suite", "-o", "out.assay", "-q", "--machine-price", "0.4", "--no-energy"})
          .exit_code,
      0);
  const test::CliResult report =
      assay({"report", "out.assay", "--mix", "in=3000,out=500,per_day=20000", "--json"});
  ASSERT_EQ(report.exit_code, 0) << report.err;
  const Json models = parse_json(report.out, "report").value()["suites"][0]["money"]["models"];
  // 3000 × 2 + 500 × 8 = 10,000 a million requests; 365.25 / 12 × 20,000 × 0.01
  EXPECT_EQ(models[0]["projection"]["per_request"], "0.01");
  EXPECT_EQ(models[0]["projection"]["per_day"], "200");
  EXPECT_EQ(models[0]["projection"]["per_month"], "6087.5");
  EXPECT_TRUE(models[1]["projection"]["per_request"].is_null());
  EXPECT_THAT(models[1]["projection"]["basis"].get<std::string>(), HasSubstr("assay tco"));

  const test::CliResult bad = assay({"report", "out.assay", "--mix", "in=3000,cached=1.5"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("--mix"));
}

}  // namespace
}  // namespace assay
