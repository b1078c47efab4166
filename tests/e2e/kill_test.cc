// kill -9 at random moments of a run with real delays: what was answered is not asked again, no key
// is stored twice, and after the last resume the scores are those of an undisturbed run.
// ASSAY_KILLS sets the number of kills.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

constexpr const char* kDelayMs = "12";
constexpr const char* kConcurrency = "4";
constexpr int64_t kCommitWindowNs = 50'000'000;

int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

int kills_wanted() {
  const char* wanted = std::getenv("ASSAY_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : 50;
}

// So many that the run outlasts the kills: about 45 are answered between two.
int sample_count() { return 60 * kills_wanted(); }

void write_suite(const test::TempDir& dir) {
  std::string rows;
  for (int i = 0; i < sample_count(); ++i) {
    rows += "{\"id\":\"" + std::to_string(i) + "\",\"q\":\"q" + std::to_string(i) + "\",\"a\":\"a" +
            std::to_string(i) + "\"}\n";
  }
  dir.write("suite/test.jsonl", rows);
  dir.write("suite/suite.yaml",
            "task: kills\ndata:\n  test: test.jsonl\ndoc_to_text: \"{{q}}\"\ndoc_to_target: "
            "\"{{a}}\"\nscorers:\n  - exact\n");
}

std::vector<std::string> run_arguments(const test::TempDir& dir, const std::string& run_file) {
  return {"run",
          dir.file("suite"),
          "-o",
          run_file,
          "--quiet",
          "--concurrency",
          kConcurrency,
          "-m",
          "process:" + std::string(ASSAY_BINARY_DIR) + "/tests/bin/counting_model " + kDelayMs};
}

pid_t start_assay(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<std::string> all{test::assay_program()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : all) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    setenv("COUNTING_LOG", log.c_str(), 1);
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  return pid;
}

struct Call {
  int64_t started = 0;
  int64_t finished = 0;  // 0: never
};

// Every call in the log, in the order in which they began.
std::vector<Call> read_log(const std::string& path) {
  std::vector<Call> calls;
  std::map<std::string, size_t> open;
  std::ifstream in(path);
  std::string kind;
  std::string id;
  int64_t at = 0;
  while (in >> kind >> id >> at) {
    if (kind == "S") {
      open[id] = calls.size();
      calls.push_back({at, 0});
    } else {
      calls[open[id]].finished = at;
    }
  }
  return calls;
}

// Calls that a kill at `at` may cost: begun by then, and in flight or finished within the commit
// window.
size_t lost_to_kill(const std::vector<Call>& calls, int64_t session_start, int64_t at) {
  size_t lost = 0;
  for (const Call& call : calls) {
    const bool of_session = call.started >= session_start && call.started <= at;
    if (of_session && (call.finished == 0 || call.finished > at - kCommitWindowNs)) ++lost;
  }
  return lost;
}

std::string scores_of(const std::string& run_file) {
  const test::CliResult exported =
      test::run_shell(test::shell_quote(test::assay_program()) + " export " +
                      test::shell_quote(run_file) + " --format csv | cut -d, -f1,3,4,6-10 | sort");
  EXPECT_EQ(exported.exit_code, 0) << exported.err;
  return exported.out;
}

int64_t query(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_prepare_v2(db, sql, -1, &statement, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
  const int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return value;
}

TEST(Kill, NothingCommittedIsAskedAgainAndScoresAreTheSame) {
  const test::TempDir dir;
  write_suite(dir);
  const std::string disturbed = dir.file("disturbed.assay");
  const std::string log = dir.file("calls.log");
  const int samples = sample_count();

  Rng rng(20260314);
  struct Kill {
    int64_t session_start;
    int64_t at;
  };
  std::vector<Kill> kills;
  bool ended_by_itself = false;
  while (static_cast<int>(kills.size()) < kills_wanted() && !ended_by_itself) {
    const int64_t begin = now_ns();
    const pid_t pid = start_assay(run_arguments(dir, disturbed), log);
    usleep(static_cast<useconds_t>(20'000 + rng.below(230'000)));
    const int64_t at = now_ns();
    kill(pid, SIGKILL);
    int status = 0;
    waitpid(pid, &status, 0);
    ended_by_itself = WIFEXITED(status);
    if (!ended_by_itself) kills.push_back({begin, at});
    usleep(20'000);  // its model processes notice and end, so that the log is theirs no more
    if (ended_by_itself) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
    }
  }
  const pid_t last = start_assay(run_arguments(dir, disturbed), log);
  int status = 0;
  waitpid(last, &status, 0);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);

  const std::vector<Call> calls = read_log(log);
  size_t allowed = samples;
  for (const Kill& k : kills) allowed += lost_to_kill(calls, k.session_start, k.at);
  EXPECT_LE(calls.size(), allowed);
  EXPECT_GT(allowed, static_cast<size_t>(samples) + kills.size())
      << "the kills met no request in flight";
  EXPECT_GE(calls.size(), static_cast<size_t>(samples));
  std::printf("%zu kills, %d samples, %zu calls, %zu allowed\n", kills.size(), samples,
              calls.size(), allowed);
  EXPECT_EQ(static_cast<int>(kills.size()), kills_wanted())
      << "the run ended before it was killed often enough";

  EXPECT_EQ(query(disturbed, "SELECT count(*) FROM attempts WHERE outcome='ok'"), samples);
  EXPECT_EQ(query(disturbed,
                  "SELECT count(*) FROM (SELECT DISTINCT model, sample, repeat FROM attempts)"),
            samples);
  EXPECT_EQ(query(disturbed, "SELECT count(*) FROM scores"), samples);

  const std::string undisturbed = dir.file("undisturbed.assay");
  const pid_t whole = start_assay(run_arguments(dir, undisturbed), dir.file("other.log"));
  waitpid(whole, &status, 0);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(read_log(dir.file("other.log")).size(), static_cast<size_t>(samples));
  EXPECT_EQ(scores_of(disturbed), scores_of(undisturbed));
}

}  // namespace
}  // namespace assay
