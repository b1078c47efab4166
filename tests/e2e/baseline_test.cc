// assay baseline set and show as a user types them: what is refused, what is logged, what is
// noticed, and updates killed at any moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "harness/base/hash.h"
#include "harness/base/rng.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using test::CliResult;
using test::run_assay;
using test::TempDir;
using testing::HasSubstr;

struct Runs {
  TempDir dir;
  std::string baseline = dir.file("baseline.assay");

  Runs() {
    std::string rows;
    for (int i = 0; i < 40; ++i)
      rows += R"({"id":"n)" + std::to_string(i) + R"(","q":"q","a":"a)" + std::to_string(i % 2) +
              "\"}\n";
    dir.write("suite/test.jsonl", rows);
    dir.write("suite/suite.yaml",
              "task: numbers\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\n"
              "doc_to_target: \"{{a}}\"\nscorers:\n  - exact\n");
  }
  [[nodiscard]] std::string run(const std::string& name, const std::string& model) const {
    const CliResult r =
        run_assay({"run", dir.file("suite"), "-q", "-o", dir.file(name), "-m", model});
    EXPECT_TRUE(r.exit_code == 0 || r.exit_code == 4) << r.err;
    return dir.file(name);
  }
  [[nodiscard]] CliResult set(const std::string& run, std::vector<std::string> more) const {
    std::vector<std::string> arguments{"baseline", "set", run, "--as", baseline};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_assay(arguments);
  }
  [[nodiscard]] CliResult show(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"baseline", "show", baseline};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_assay(arguments);
  }
};

TEST(BaselineCommand, SetsAndShowsAndNoticesAChange) {
  const Runs runs;
  const std::string one = runs.run("one.assay", "simulated:m?accuracy=0.5&delay=0");
  const std::string two = runs.run("two.assay", "simulated:m?accuracy=1&delay=0");
  const CliResult first = runs.set(one, {"--why", "the first", "--who", "Ada"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  ASSERT_EQ(runs.set(two, {"--why", "right every time", "--who", "Grace"}).exit_code, 0);
  const CliResult shown = runs.show();
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("Ada"));
  EXPECT_THAT(shown.out, HasSubstr("right every time"));
  EXPECT_THAT(shown.out, HasSubstr("1.0000 (n = 40)"));
  EXPECT_THAT(runs.show({"--json"}).out, HasSubstr("\"state\": \"as_logged\""));
  EXPECT_FALSE(fs::exists(runs.baseline + ".new-wal"));
  EXPECT_FALSE(fs::exists(runs.baseline + ".new-shm"));
  fs::copy_file(one, runs.baseline, fs::copy_options::overwrite_existing);
  // The file before the last one: an update cut short, or somebody who put the old one back.
  EXPECT_EQ(runs.show().exit_code, 1);
  fs::copy_file(runs.run("three.assay", "simulated:m?accuracy=0.7&delay=0"), runs.baseline,
                fs::copy_options::overwrite_existing);
  const CliResult changed = runs.show();
  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_THAT(changed.err, HasSubstr("was changed behind the back of `assay baseline set`"));
  EXPECT_THAT(runs.show({"--json"}).out, HasSubstr("\"state\": \"changed\""));
}

TEST(BaselineCommand, RefusesWithoutAReason) {
  const Runs runs;
  const std::string run = runs.run("run.assay", "simulated:m?delay=0");
  EXPECT_EQ(runs.set(run, {"--who", "Ada"}).exit_code, 2);
  const CliResult blank = runs.set(run, {"--who", "Ada", "--why", "  \n"});
  EXPECT_EQ(blank.exit_code, 2);
  EXPECT_THAT(blank.err, HasSubstr("--why: is empty"));
  EXPECT_FALSE(fs::exists(runs.baseline));
  EXPECT_FALSE(fs::exists(runs.dir.file("baseline.log.jsonl")));
  EXPECT_EQ(runs.show().exit_code, 2);
}

TEST(BaselineCommand, WhoComesFromGitThenFromTheLoginName) {
  const Runs runs;
  const std::string run = runs.run("run.assay", "simulated:m?delay=0");
  const auto set = [&](const std::string& prefix) {
    return run_assay({"baseline", "set", run, "--as", runs.baseline, "--why", "because", "--json"},
                     {.cwd = runs.dir.path(), .prefix = prefix});
  };
  const std::string no_git =
      "env -u USER GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent XDG_CONFIG_HOME=/nonexistent "
      "GIT_CEILING_DIRECTORIES=/ ";
  const CliResult nobody = set(no_git);
  EXPECT_EQ(nobody.exit_code, 2);
  EXPECT_THAT(nobody.err, HasSubstr("--who: is needed"));
  EXPECT_THAT(set(no_git + "USER=ada").out, HasSubstr(R"("who":"ada")"));
  const std::string git = no_git +
                          "USER=ada GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=user.name "
                          "GIT_CONFIG_VALUE_0='Ada L' GIT_CONFIG_KEY_1=user.email "
                          "GIT_CONFIG_VALUE_1=ada@example.org";
  EXPECT_THAT(set(git).out, HasSubstr(R"("who":"Ada L <ada@example.org>")"));
}

TEST(BaselineCommand, RefusesAnIncompleteRun) {
  const Runs runs;
  // A program that ends at its first question answers nothing.
  const std::string gone = runs.dir.write("gone.sh", "read line\nexit 1\n");
  const std::string run = runs.run("broken.assay", "process:sh " + gone);
  const CliResult refused = runs.set(run, {"--why", "why not", "--who", "Ada"});
  EXPECT_EQ(refused.exit_code, 2) << refused.out;
  EXPECT_THAT(refused.err, HasSubstr("is incomplete (suite numbers, model "));
  EXPECT_FALSE(fs::exists(runs.baseline));
  const CliResult forced = runs.set(run, {"--why", "why not", "--who", "Ada", "--force"});
  EXPECT_EQ(forced.exit_code, 0) << forced.err;
  EXPECT_THAT(runs.show().out, HasSubstr("incomplete (--force)"));
}

TEST(BaselineCommand, KilledAtAnyMomentTheFileIsOneOfTheTwoAndTheLogKnowsIt) {
  const Runs runs;
  const std::string one = runs.run("one.assay", "simulated:m?accuracy=0.5&delay=0");
  const std::string two = runs.run("two.assay", "simulated:m?accuracy=1&delay=0");
  ASSERT_EQ(runs.set(one, {"--why", "first", "--who", "Ada"}).exit_code, 0);
  Rng rng(30);
  for (int round = 0; round < 12; ++round) {
    const std::string& next = round % 2 == 0 ? two : one;
    const pid_t pid = fork();
    if (pid == 0) {
      execl(test::assay_program().c_str(), "assay", "baseline", "set", next.c_str(), "--as",
            runs.baseline.c_str(), "--why", "round", "--who", "Ada", static_cast<char*>(nullptr));
      _exit(127);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(rng.below(40'000)));
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    const std::string now = sha256_file(runs.baseline).value().hex();
    EXPECT_TRUE(now == sha256_file(one).value().hex() || now == sha256_file(two).value().hex());
    const CliResult shown = runs.show();
    EXPECT_TRUE(shown.exit_code == 0 || shown.err.find("cut short") != std::string::npos)
        << shown.err;
  }
  EXPECT_EQ(runs.set(two, {"--why", "last", "--who", "Ada"}).exit_code, 0);
  EXPECT_EQ(runs.show().exit_code, 0);
}

}  // namespace
}  // namespace assay
