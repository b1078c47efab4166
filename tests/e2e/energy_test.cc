// Energy of `assay run` from end to end: a model that advances the counters of a tree while it
// answers, and the joules that the reports state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/json.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int kQuestions = 12;  // eight are answered right
constexpr double kTolerance = 1e-9;

class EnergyRun : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string rows;
    for (int i = 0; i < kQuestions; ++i) {
      const std::string n = std::to_string(i);
      rows += R"({"id":")" + n + R"(","q":"q)" + n + R"(","a":"a)" + n + "\"}\n";
    }
    dir.write("suite/test.jsonl", rows);
    dir.write("suite/suite.yaml",
              "task: joules\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\n"
              "doc_to_target: \"{{a}}\"\nscorers:\n  - exact\n");
    // As on a machine with two packages: 45 of 50 J are counted, so the first one wraps.
    zone("intel-rapl:0", "package-0", "45000000", "50000000");
    zone("intel-rapl:0:0", "core", "0", "50000000");
    zone("intel-rapl:1", "package-1", "777", "262143328850");
    zone("intel-rapl:2", "psys", "0", "262143328850");
    zone("intel-rapl-mmio:0", "package-0", "45000000", "50000000");
    dir.write("gpu", "1000000\n");
  }

  void zone(const std::string& folder, const std::string& name, const std::string& energy,
            const std::string& range) const {
    dir.write("rapl/" + folder + "/name", name + "\n");
    dir.write("rapl/" + folder + "/energy_uj", energy + "\n");
    dir.write("rapl/" + folder + "/max_energy_range_uj", range + "\n");
  }
  [[nodiscard]] std::string counter(const std::string& folder) const {
    return dir.file("rapl/" + folder + "/energy_uj");
  }
  // Each answer: 1 J and 0.25 J of the packages, 2 J of the GPU, and 9 J of what is not to be
  // added.
  [[nodiscard]] test::CliOptions environment() const {
    const std::string counters =
        counter("intel-rapl:0") + " 1000000 50000000;" + counter("intel-rapl:1") +
        " 250000 262143328850;" + counter("intel-rapl:0:0") + " 9000000 50000000;" +
        counter("intel-rapl:2") + " 9000000 262143328850;" + counter("intel-rapl-mmio:0") +
        " 9000000 50000000;" + dir.file("gpu") + " 2000 1000000000";
    return {.cwd = dir.path(),
            .prefix = "ENERGY_COUNTERS=" + test::shell_quote(counters) +
                      " FAKE_NVML_ENERGY=" + test::shell_quote(dir.file("gpu"))};
  }
  static std::string model(const std::string& times = "1") {
    return "process:" + std::string(ASSAY_BINARY_DIR) + "/tests/bin/energy_model " + times;
  }
  // No GPU unless `more` names a library.
  [[nodiscard]] test::CliResult run(const std::vector<std::string>& more,
                                    const std::string& rapl = "rapl",
                                    const std::string& nvml = "libassay-no-such.so.1") const {
    std::vector<std::string> all{
        "run", dir.file("suite"), "-o",     "out.assay", "-q",          "--json",
        "-m",  model(),           "--nvml", nvml,        "--rapl-root", rapl};
    all.insert(all.end(), more.begin(), more.end());
    return test::run_assay(all, environment());
  }
  // Of the one suite's model number `index` in the JSON of a run or report.
  static Json energy_of(const test::CliResult& result, size_t index = 0) {
    const Result<Json> summary = parse_json(result.out, "summary");
    EXPECT_TRUE(summary) << result.out << result.err;
    if (!summary) return Json::object();
    return (*summary)["suites"][0]["timing"]["models"][index]["energy"];
  }
  [[nodiscard]] test::CliResult report(const std::vector<std::string>& more) const {
    std::vector<std::string> all{"report", "out.assay"};
    all.insert(all.end(), more.begin(), more.end());
    return test::run_assay(all, {.cwd = dir.path()});
  }

  // The text report on one line: words are told however they were wrapped.
  [[nodiscard]] std::string text_report() const {
    std::istringstream words(report({}).out);
    std::string out;
    for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + word;
    return out;
  }

  test::TempDir dir;
};

TEST_F(EnergyRun, JoulesOfTheTreeAcrossAWrapOnTwoPackages) {
  const test::CliResult result = run({"--idle", "20ms"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json energy = energy_of(result);
  EXPECT_EQ(energy["source"], "measured");
  EXPECT_NEAR(energy["gross_joules"].get<double>(), 15, kTolerance);
  EXPECT_NEAR(energy["net_joules"].get<double>(), 15, kTolerance);  // the idle tree stood still
  EXPECT_EQ(energy["idle_watts"], 0);
  EXPECT_NEAR(energy["joules_per_output_token"]["value"].get<double>(), 15.0 / 60, kTolerance);
  EXPECT_NEAR(energy["joules_per_request"]["value"].get<double>(), 15.0 / 12, kTolerance);
  EXPECT_NEAR(energy["joules_per_correct"]["value"].get<double>(), 15.0 / 8, kTolerance);
  EXPECT_LT(energy["joules_per_correct"]["ci_low"].get<double>(), 15.0 / 8);
  EXPECT_GT(energy["joules_per_correct"]["ci_high"].get<double>(), 15.0 / 8);
  EXPECT_TRUE(energy["carbon_grams"].is_null());
  EXPECT_EQ(energy["basis"],
            "measured: CPU packages (RAPL), idle 0 W; no NVML: libassay-no-such.so.1 is not "
            "installed");
}

TEST_F(EnergyRun, GpusAreAdded) {
  const test::CliResult result = run({"--idle", "0"}, "rapl", ASSAY_FAKE_NVML);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json energy = energy_of(result);
  EXPECT_NEAR(energy["gross_joules"].get<double>(), 15 + 24, kTolerance);
  EXPECT_TRUE(energy["net_joules"].is_null());
  EXPECT_EQ(energy["basis"], "measured: CPU packages (RAPL) and GPU (NVML), no idle baseline");
}

TEST_F(EnergyRun, EachModelHasItsOwnAndAResumeAddsSessions) {
  const std::vector<std::string> two{"-m", model("3"), "--idle", "0", "--grid-factor", "450"};
  std::vector<std::string> first = two;
  first.insert(first.end(), {"--max-requests", "17"});  // all of one model, five of the other
  ASSERT_EQ(run(first).exit_code, 3);
  const test::CliResult result = run(two);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NEAR(energy_of(result, 0)["gross_joules"].get<double>(), 15, kTolerance);
  EXPECT_NEAR(energy_of(result, 1)["gross_joules"].get<double>(), 45, kTolerance);
  EXPECT_NEAR(energy_of(result, 1)["carbon_grams"].get<double>(), 45 / 3.6e6 * 450, kTolerance);
  const Json other = energy_of(report({"--json", "--grid-factor", "36"}), 1);
  EXPECT_NEAR(other["carbon_grams"].get<double>(), 45e-5, kTolerance);
  EXPECT_NEAR(other["grid_grams_per_kwh"].get<double>(), 36, kTolerance);
}

// Nothing to read: nothing waits, whatever --idle says.
TEST_F(EnergyRun, APowerIsGivenNeverMeasured) {
  const test::CliResult result = run({"--power-watts", "100", "--idle", "1h"}, "none");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json energy = energy_of(result);
  EXPECT_EQ(energy["source"], "given");
  const Result<Json> summary = parse_json(result.out, "summary");
  const double busy = (*summary)["suites"][0]["timing"]["models"][0]["busy_seconds"].get<double>();
  EXPECT_GE(energy["gross_joules"].get<double>(), 100 * busy);
  EXPECT_THAT(energy["basis"].get<std::string>(), StartsWith("given: 100 W over "));
  EXPECT_THAT(energy["basis"].get<std::string>(), HasSubstr("none: No such file or directory"));
  const std::string text = text_report();
  EXPECT_THAT(text, HasSubstr("given"));
  EXPECT_THAT(text, Not(HasSubstr(" measured: CPU")));
}

TEST_F(EnergyRun, CountersThatMayNotBeReadAreNotMeasured) {
  const std::string file = counter("intel-rapl:1");
  std::filesystem::permissions(file, std::filesystem::perms::none);
  std::string why = "Permission denied";
  if (::access(file.c_str(), R_OK) == 0) {
    // The superuser reads everything; a link that leads to itself is refused to anybody.
    std::filesystem::remove(file);
    std::filesystem::create_symlink(file, file);
    why = "Too many levels of symbolic links";
  }
  const std::string counters =
      "ENERGY_COUNTERS=" + test::shell_quote(counter("intel-rapl:0") + " 1000000 50000000");
  const test::CliResult result =
      test::run_assay({"run", dir.file("suite"), "-o", "out.assay", "-q", "--json", "-m", model(),
                       "--idle", "1h", "--nvml", "libassay-no-such.so.1"},
                      {.cwd = dir.path(), .prefix = "ASSAY_RAPL_ROOT=rapl " + counters});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json energy = energy_of(result);
  EXPECT_EQ(energy["source"], "none");
  EXPECT_TRUE(energy["gross_joules"].is_null());
  EXPECT_THAT(energy["basis"].get<std::string>(),
              HasSubstr("not measured: no CPU energy: rapl/intel-rapl:1/energy_uj: " + why));
  EXPECT_THAT(report({"--format", "html"}).out, HasSubstr(why));
  EXPECT_THAT(text_report(), HasSubstr("Energy was not measured: no CPU energy: "));
}

TEST_F(EnergyRun, SwitchedOff) {
  const Json energy = energy_of(run({"--no-energy"}));
  EXPECT_EQ(energy["source"], "none");
  EXPECT_EQ(energy["basis"], "not measured: switched off (--no-energy)");
}

TEST_F(EnergyRun, SimulatedModelsHaveNone) {
  const test::CliResult result =
      test::run_assay({"run", dir.file("suite"), "-o", "sim.assay", "-q", "--json", "-m",
                       "simulated:small?accuracy=0.9", "--rapl-root", "rapl", "--power-watts", "9"},
                      environment());
  EXPECT_EQ(energy_of(result)["basis"], "not measured: simulated, on a virtual clock");
  EXPECT_EQ(energy_of(result)["source"], "none");
}

TEST_F(EnergyRun, ReportsInEveryForm) {
  ASSERT_EQ(run({"--idle", "0", "--grid-factor", "450"}).exit_code, 0);
  const std::string text = text_report();
  EXPECT_THAT(text, HasSubstr("measured: CPU packages (RAPL), no idle baseline"));
  EXPECT_THAT(text, HasSubstr("15.0 J"));
  const std::string csv = report({"--format", "csv"}).out;
  EXPECT_THAT(csv, HasSubstr(",energy,energy_measured,,,J,15"));
  EXPECT_THAT(csv, HasSubstr(",energy,joules_per_correct,,,J,1.875"));
  EXPECT_THAT(csv, HasSubstr(",energy,carbon_grams,,,g,0.001875"));
  EXPECT_THAT(report({"--format", "html"}).out, HasSubstr("J per correct answer"));
  EXPECT_THAT(report({"--format", "html", "--lang", "ko"}).out, HasSubstr("정답당 J"));
}

TEST_F(EnergyRun, FlagsThatMeanNothingAreRefused) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"--power-watts", "-5"}, "--power-watts: is -5 W, expected above 0"},
      {{"--power-watts", "nan"}, "--power-watts: is nan W, expected above 0"},
      {{"--grid-factor", "0"}, "--grid-factor: is 0 g/kWh, expected above 0"},
      {{"--idle", "soon"}, "--idle: `soon` is no time"},
      {{"--no-energy", "--power-watts", "5"}, "--power-watts: is given beside --no-energy"}};
  for (const auto& [flags, message] : cases) {
    const test::CliResult result = run(flags);
    EXPECT_EQ(result.exit_code, 2) << flags[0];
    EXPECT_THAT(result.err, HasSubstr(message));
    EXPECT_FALSE(std::filesystem::exists(dir.file("out.assay")));
  }
}

TEST_F(EnergyRun, DoctorShowsTheCounters) {
  const std::string seen =
      test::run_assay({"doctor", "--rapl-root", "rapl", "--nvml", ASSAY_FAKE_NVML}, environment())
          .out;
  EXPECT_THAT(seen, HasSubstr("rapl: package-0 (wraps every 0.05 kJ), package-1 (wraps every 262 "
                              "kJ)"));
  EXPECT_THAT(seen, HasSubstr("0 Fake 0: energy counter"));
  const std::string none =
      test::run_assay({"doctor", "--rapl-root", "none", "--nvml", "libassay-no-such.so.1"},
                      {.cwd = dir.path()})
          .out;
  EXPECT_THAT(none, HasSubstr("none: No such file or directory"));
  EXPECT_THAT(none, HasSubstr("libassay-no-such.so.1 is not installed"));
}

}  // namespace
}  // namespace assay
