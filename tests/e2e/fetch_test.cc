// Data over the network, whole program: two processes on one cache, kills, --offline, Ctrl-C.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "harness/base/subprocess.h"
#include "tests/support/cli.h"
#include "tests/support/fake_hub.h"
#include "tests/support/temp_dir.h"

namespace assay {
namespace {

using test::FakeHub;
using test::RawRequest;
using test::run_assay;
using testing::HasSubstr;
using testing::Not;

class FetchTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("ASSAY_HF_ENDPOINT", hub_.url("").c_str(), 1);
    ::setenv("ASSAY_CACHE", dir_.file("cache").c_str(), 1);
    ::unsetenv("HF_TOKEN");
    hub_.rows = 1000;
    suite_ = dir_.write("suite.yaml",
                        "task: t\ndata: {test: {hub: org/name, config: main}}\ndoc_to_text: "
                        "question\ndoc_to_target: \"{{ label }}\"\ndoc_to_choice: [\"0\", \"1\"]\n"
                        "scorers: [exact]\n");
  }
  void TearDown() override {
    ::unsetenv("ASSAY_HF_ENDPOINT");
    ::unsetenv("ASSAY_CACHE");
  }
  // Every page takes a moment, so that processes meet.
  void slow_pages() {
    hub_.fault = [this](const RawRequest&, int) {
      std::this_thread::sleep_for(std::chrono::milliseconds(slow_ ? 30 : 0));
      return std::string();
    };
  }
  void wait_for_pages(int n) {
    while (hub_.asked("/rows") < n) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  test::TempDir dir_;
  std::atomic<bool> slow_{true};  // outlives the server, whose threads read it
  FakeHub hub_;
  std::string suite_;
};

TEST_F(FetchTest, TwoProcessesFetchOnce) {
  slow_pages();
  const std::string fetch = test::assay_program() + " fetch " + suite_;
  const auto both =
      test::run_shell(fetch + " & first=$!; " + fetch + "; second=$?; wait $first && exit $second");
  EXPECT_EQ(both.exit_code, 0) << both.err;
  EXPECT_EQ(hub_.asked("/rows"), 10);
}

TEST_F(FetchTest, AKilledDownloadGoesOnAndItsLockIsGone) {
  slow_pages();
  SubprocessOptions options;
  options.argv = {test::assay_program(), "fetch", suite_};
  options.in = options.out = options.err = StdioMode::kNull;
  auto child = Subprocess::start(options);
  ASSERT_TRUE(child) << child.error().text();
  wait_for_pages(5);
  ::kill((*child)->pid(), SIGKILL);
  child->reset();
  const int before = hub_.asked("/rows");
  slow_ = false;
  const auto again = run_assay({"fetch", suite_});
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr(", from row "));
  EXPECT_LE(hub_.asked("/rows") - before, 7);  // not the pages that were stored
}

TEST_F(FetchTest, ARunFetchesAndLaterOnesNeedNoNetwork) {
  const auto offline =
      run_assay({"run", suite_, "-m", "baseline:random", "--offline", "-o", dir_.file("a.assay")});
  EXPECT_EQ(offline.exit_code, 2);
  EXPECT_THAT(offline.err, HasSubstr("`assay fetch SUITE`"));
  EXPECT_EQ(hub_.asked("/"), 0);
  const auto first =
      run_assay({"run", suite_, "-m", "baseline:random", "-o", dir_.file("a.assay")});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("revision 0123456789abcdef"));
  const int asked = hub_.asked("/");
  const auto second =
      run_assay({"run", suite_, "-m", "baseline:random", "--offline", "-o", dir_.file("a.assay")});
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("0 asked now"));
  EXPECT_EQ(hub_.asked("/"), asked);
}

TEST_F(FetchTest, CtrlCDuringADownloadEndsTheRun) {
  hub_.rows = 100'000;
  slow_pages();
  SubprocessOptions options;
  options.argv = {test::assay_program(), "run", suite_, "-m", "baseline:random", "-o",
                  dir_.file("a.assay")};
  options.in = options.out = options.err = StdioMode::kNull;
  auto child = Subprocess::start(options);
  ASSERT_TRUE(child) << child.error().text();
  wait_for_pages(3);
  ::kill((*child)->pid(), SIGINT);
  const int ended = (*child)->wait();
  EXPECT_EQ(ended, 130);
  EXPECT_FALSE(std::filesystem::exists(dir_.file("a.assay")));
}

TEST_F(FetchTest, ATokenIsNowhereToBeSeen) {
  hub_.token = "hf_s3cret";
  const auto without = run_assay({"fetch", suite_});
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_THAT(without.err, HasSubstr("name it in HF_TOKEN"));
  ::setenv("HF_TOKEN", "hf_s3cret", 1);
  const auto with = run_assay({"fetch", suite_});
  ::unsetenv("HF_TOKEN");
  EXPECT_EQ(with.exit_code, 0) << with.err;
  EXPECT_THAT(with.err + with.out, Not(HasSubstr("hf_")));
}

}  // namespace
}  // namespace assay
