#include "backends/transport/process.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "backends/codec/lines.h"
#include "backends/process_backend.h"
#include "tests/backends/drive.h"

namespace assay::backends {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

std::string name_of(Outcome outcome) { return std::string(outcome_name(outcome)); }

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class ProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::temp_directory_path() / fmt::format("assay-process-{}-{}", ::getpid(), info->name());
    fs::create_directories(folder_);
  }
  void TearDown() override {
    transport_.reset();
    fs::remove_all(folder_);
  }

  // A program in the test's folder; {} stands for that folder.
  std::string script(const std::string& body, const std::string& interpreter = "/bin/sh") {
    const fs::path path = folder_ / fmt::format("program{}", scripts_++);
    std::string text = "#!" + interpreter + "\n" + body;
    for (size_t at = text.find("{}"); at != std::string::npos; at = text.find("{}", at))
      text.replace(at, 2, folder_.string());
    std::ofstream(path) << text;
    fs::permissions(path, fs::perms::owner_all);
    return path.string();
  }
  // Answers "ok" to everything whose input does not match a line of `cases`.
  std::string script_with(const std::string& cases) {
    return script("while IFS= read -r line; do case $line in\n" + cases +
                  "\n*) echo '{\"delta\":\"ok\"}'; echo '{\"done\":true}';; esac; done\n");
  }

  Result<ProcessInfo> launch(ProcessOptions options) {
    transport_ = std::make_unique<ProcessTransport>(std::move(options));
    Result<ProcessInfo> info = transport_->prepare();
    driver_ = std::make_unique<Driver>(*transport_, codec_);
    return info;
  }
  void launch_ok(const std::string& program, uint32_t processes = 1, Nanos timeout = seconds(60)) {
    ProcessOptions options;
    options.argv = {program};
    options.processes = processes;
    options.timeout = timeout;
    options.hello_wait = milliseconds(1);
    const auto info = launch(std::move(options));
    ASSERT_TRUE(info.has_value()) << info.error().text();
  }
  std::string prepare_error(ProcessOptions options) {
    const auto info = launch(std::move(options));
    return info ? "" : info.error().text();
  }
  AttemptPtr ask(const std::string& question) {
    return driver_->ask(make_attempt(question, "", next_sample_++));
  }
  void start(const std::string& question) {
    driver_->start(make_attempt(question, "", next_sample_++));
  }

  fs::path folder_;
  int scripts_ = 0;
  uint64_t next_sample_ = 1;
  LinesCodec codec_;
  std::unique_ptr<ProcessTransport> transport_;
  std::unique_ptr<Driver> driver_;
};

TEST_F(ProcessTest, AnswersAndStampsWhatArrives) {
  launch_ok(
      script("while IFS= read -r line; do\n"
             "echo '{\"reasoning\":\"hm\"}'; sleep 0.05; echo '{\"delta\":\"a\"}'; sleep 0.05\n"
             "echo '{\"done\":true,\"usage\":{\"output_tokens\":1},\"model\":\"sh\"}'; done\n"));
  const AttemptPtr attempt = ask("q");
  const Response& r = attempt->response;
  EXPECT_EQ(name_of(r.outcome), "ok") << r.error;
  EXPECT_EQ(r.answer, "a");
  EXPECT_EQ(r.served_model, "sh");
  ASSERT_TRUE(r.first_token && r.first_answer);
  EXPECT_GE(*r.first_token, attempt->stamps.sent);
  EXPECT_GE(*r.first_answer - *r.first_token, milliseconds(40));
  EXPECT_GE(attempt->stamps.done - *r.first_answer, milliseconds(40));
}

TEST_F(ProcessTest, ACrashEndsTheRequestWithTheLastWordsAndTheProgramIsRestarted) {
  launch_ok(
      script_with("*bad*) echo 'first line' >&2; echo '{\"delta\":\"par\"}'; "
                  "echo 'out of memory' >&2; exit 3;;"));
  const AttemptPtr bad = ask("bad");
  EXPECT_EQ(name_of(bad->response.outcome), "crashed");
  EXPECT_EQ(bad->response.answer, "par");
  EXPECT_THAT(
      bad->response.error,
      HasSubstr(
          "ended, exit code 3; its last words on standard error:\nfirst line\nout of memory"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(name_of(ask("good")->response.outcome), "ok");
}

TEST_F(ProcessTest, DeathBySignalIsSaid) {
  launch_ok(script_with("*bad*) kill -SEGV $$;;"));
  EXPECT_THAT(ask("bad")->response.error, HasSubstr("signal 11 (Segmentation fault)"));
}

TEST_F(ProcessTest, GivesUpAfterFiveRestartsInARowWithoutAReply) {
  launch_ok(script_with("*bad*) echo nope >&2; exit 1;;"));
  for (int i = 0; i < kRestartsMax; ++i)
    EXPECT_EQ(name_of(ask("bad")->response.outcome), "crashed");
  EXPECT_EQ(name_of(ask("good")->response.outcome), "ok");  // the count starts again
  for (int i = 0; i <= kRestartsMax; ++i)
    EXPECT_EQ(name_of(ask("bad")->response.outcome), "crashed");
  const AttemptPtr rejected = ask("good");
  EXPECT_EQ(name_of(rejected->response.outcome), "rejected");
  EXPECT_THAT(rejected->response.error,
              HasSubstr("was given up after 5 restarts in a row without a reply"));
  EXPECT_THAT(rejected->response.error, HasSubstr("exit code 1"));
  EXPECT_THAT(rejected->response.error, HasSubstr("nope"));
}

TEST_F(ProcessTest, NeverAnsweringIsATimeoutAndTheProgramIsRestarted) {
  launch_ok(script_with("*bad*) echo '{\"delta\":\"par\"}'; exec sleep 1000;;"), 1,
            milliseconds(300));
  const AttemptPtr bad = ask("bad");
  EXPECT_EQ(name_of(bad->response.outcome), "timeout");
  EXPECT_THAT(bad->response.error, HasSubstr("did not end its reply within 0.3 s"));
  EXPECT_EQ(bad->response.answer, "par");
  EXPECT_GE(bad->stamps.done - bad->stamps.sent, milliseconds(300));
}

TEST_F(ProcessTest, GarbageIsMalformedAndNamed) {
  launch_ok(script_with("*bad*) echo 'Loading weights...';;"));
  const AttemptPtr bad = ask("bad");
  EXPECT_EQ(name_of(bad->response.outcome), "malformed");
  EXPECT_THAT(bad->response.error, HasSubstr("wrote `Loading weights...`"));
  EXPECT_THAT(bad->response.error, HasSubstr("expected one JSON event per line"));
  EXPECT_EQ(name_of(ask("good")->response.outcome), "ok");
}

TEST_F(ProcessTest, BinaryGarbageIsMalformed) {
  launch_ok(script_with("*bad*) printf '\\377\\000\\376\\n';;"));
  EXPECT_EQ(name_of(ask("bad")->response.outcome), "malformed");
}

TEST_F(ProcessTest, AnEventNobodyAskedForRestartsTheProgram) {
  launch_ok(script_with("*bad*) echo '{\"done\":true}'; echo '{\"done\":true}';;"));
  EXPECT_EQ(name_of(ask("bad")->response.outcome), "ok");
  // The second event may come before or after the next question; either way the program goes on.
  while (name_of(ask("good")->response.outcome) != "ok") {
  }
}

TEST_F(ProcessTest, ALineWithoutEndIsMalformed) {
  launch_ok(script_with("*bad*) exec head -c 20000000 /dev/zero;;"));
  const AttemptPtr bad = ask("bad");
  EXPECT_EQ(name_of(bad->response.outcome), "malformed");
  EXPECT_THAT(bad->response.error, HasSubstr("a line longer than 16777216 bytes"));
}

TEST_F(ProcessTest, AFloodOnStandardErrorDisturbsNothingAndItsEndIsKept) {
  launch_ok(
      script_with("*flood*) head -c 3000000 /dev/zero | tr '\\0' e >&2; echo THE END >&2; "
                  "echo '{\"done\":true}';;\n*bad*) exit 9;;"));
  EXPECT_EQ(name_of(ask("flood")->response.outcome), "ok");
  const AttemptPtr bad = ask("bad");
  EXPECT_THAT(bad->response.error, HasSubstr("eee"));
  EXPECT_THAT(bad->response.error, HasSubstr("THE END"));
  EXPECT_LT(bad->response.error.size(), kStderrKeptBytes + 300);
}

TEST_F(ProcessTest, ALastLineWithoutNewlineCounts) {
  launch_ok(script("read -r line; printf '{\"delta\":\"a\",\"done\":true}'\n"));
  const AttemptPtr attempt = ask("q");
  EXPECT_EQ(name_of(attempt->response.outcome), "ok");
  EXPECT_EQ(attempt->response.answer, "a");
}

TEST_F(ProcessTest, HalfALineAtTheEndIsACrash) {
  launch_ok(script("read -r line; printf '{\"delta\":\"a\"}\\n{\"do'\n"));
  const AttemptPtr attempt = ask("q");
  EXPECT_EQ(name_of(attempt->response.outcome), "crashed");
  EXPECT_EQ(attempt->response.answer, "a");
}

TEST_F(ProcessTest, LargeRequestsAndRepliesPass) {
  launch_ok(
      script("while IFS= read -r line; do\n"
             "printf '{\"delta\":\"%s\",\"done\":true}\\n' \"${#line}\"; done\n"));
  const std::string question(3'000'000, 'q');
  const AttemptPtr attempt = ask(question);
  EXPECT_EQ(name_of(attempt->response.outcome), "ok");
  EXPECT_EQ(attempt->response.answer, std::to_string(attempt->wire.size() - 1));
}

TEST_F(ProcessTest, ErrorsOfTheModelAreOutcomes) {
  launch_ok(script_with(
      "*bad*) echo '{\"error\":{\"kind\":\"rate_limited\",\"retry_after_ms\":1500}}';;"));
  const AttemptPtr attempt = ask("bad");
  EXPECT_EQ(name_of(attempt->response.outcome), "rate_limited");
  EXPECT_EQ(attempt->response.retry_after, milliseconds(1500));
}

TEST_F(ProcessTest, ProcessesWorkAtTheSameTime) {
  // Each answers only once three of them hold a request.
  launch_ok(script("while IFS= read -r line; do : > {}/$$; n=0\n"
                   "while [ $n -lt 3 ]; do set -- {}/[0-9]*; n=$#; sleep 0.01; done\n"
                   "echo '{\"done\":true}'; done\n"),
            3);
  for (int i = 0; i < 3; ++i) start("q");
  for (const Finished& finished : driver_->finish())
    EXPECT_EQ(name_of(finished.attempt->response.outcome), "ok");
}

TEST_F(ProcessTest, ManyRequestsEachGetTheirOwnReply) {
  launch_ok(script("while IFS= read -r line; do\n"
                   "s=${line##*\\\"input\\\":\\\"}; s=${s%%\\\"*}\n"
                   "echo \"{\\\"delta\\\":\\\"$s\\\"}\"; echo '{\"done\":true}'; done\n"),
            2);
  for (int i = 0; i < 500; ++i) start(fmt::format("number {}", i));
  const auto finished = driver_->finish();
  ASSERT_EQ(finished.size(), 500U);
  for (const Finished& one : finished)
    EXPECT_EQ(one.attempt->response.answer, one.attempt->request.input)
        << one.attempt->response.error;
}

TEST_F(ProcessTest, AnEventWithoutIdIsMalformedWhenSeveralAreInFlight) {
  ProcessOptions options;
  options.argv = {
      script("echo '{\"type\":\"hello\",\"concurrency\":2}'; read -r a; read -r b\n"
             "echo '{\"delta\":\"x\"}'; read -r c\n")};
  options.hello_required = true;
  options.hello_wait = seconds(60);
  const auto info = launch(std::move(options));
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->concurrency, 2U);
  start("a");
  start("b");
  for (const Finished& finished : driver_->finish()) {
    EXPECT_EQ(name_of(finished.attempt->response.outcome), "malformed");
    EXPECT_THAT(finished.attempt->response.error,
                HasSubstr("an event without `id` while 2 requests were in flight"));
  }
}

TEST_F(ProcessTest, CancelEndsWhatIsInFlightAndWhatWaits) {
  launch_ok(script_with("*bad*) sleep 1000;;"));
  for (int i = 0; i < 3; ++i) start("bad");
  transport_->cancel_all();
  transport_->cancel_all();
  const auto finished = driver_->finish();
  ASSERT_EQ(finished.size(), 3U);
  for (const Finished& one : finished)
    EXPECT_EQ(name_of(one.attempt->response.outcome), "cancelled");
}

TEST_F(ProcessTest, EndingStopsEvenAProgramThatDoesNotWantTo) {
  ProcessOptions options;
  options.argv = {
      script("trap '' TERM; echo $$ > {}/pid; echo '{\"type\":\"hello\"}'\n"
             "while :; do sleep 0.01; done\n")};
  options.hello_required = true;
  options.hello_wait = seconds(60);
  options.stop_grace = milliseconds(20);
  ASSERT_TRUE(launch(std::move(options)).has_value());
  const pid_t pid = std::stoi(read_text(folder_ / "pid"));
  EXPECT_EQ(::kill(pid, 0), 0);
  transport_.reset();
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST_F(ProcessTest, EndingLetsAProgramFinishByItself) {
  launch_ok(
      script("while IFS= read -r line; do echo '{\"done\":true}'; done; echo bye > {}/bye\n"));
  EXPECT_EQ(name_of(ask("q")->response.outcome), "ok");
  transport_.reset();
  EXPECT_EQ(read_text(folder_ / "bye"), "bye\n");
}

TEST_F(ProcessTest, WhatCannotBeStartedIsSaidBeforeTheClock) {
  const auto of = [&](const std::string& program) {
    ProcessOptions options;
    options.argv = {program};
    return prepare_error(std::move(options));
  };
  EXPECT_EQ(of("/no/such/program"), "/no/such/program: no such program");
  EXPECT_EQ(of("no-such-program-anywhere"), "no-such-program-anywhere: no such program in PATH");
  EXPECT_THAT(of(folder_.string()), HasSubstr("is a folder, expected a program"));
  const std::string plain = (folder_ / "plain.py").string();
  std::ofstream(plain) << "print(1)\n";
  EXPECT_THAT(of(plain), HasSubstr("plain.py: is not executable, expected a program"));
  fs::permissions(plain, fs::perms::owner_all);
  EXPECT_THAT(of(plain), HasSubstr("whose first line is #!INTERPRETER"));
  EXPECT_THAT(of(script("x", "/no/interpreter")),
              HasSubstr("the interpreter of its first line does not exist"));
}

TEST_F(ProcessTest, AProgramThatEndsAtOnceIsAnErrorOfPreparing) {
  ProcessOptions options;
  options.argv = {script("echo 'ModuleNotFoundError: torch' >&2; exit 1\n")};
  options.hello_wait = seconds(60);
  const std::string error = prepare_error(std::move(options));
  EXPECT_THAT(error, HasSubstr("ended, exit code 1"));
  EXPECT_THAT(error, HasSubstr("ModuleNotFoundError: torch"));
}

TEST_F(ProcessTest, AnotherProtocolOrAMissingHelloIsAnErrorOfPreparing) {
  ProcessOptions other;
  other.argv = {script("echo '{\"type\":\"hello\",\"protocol\":2}'; read -r line\n")};
  other.hello_wait = seconds(60);
  EXPECT_THAT(prepare_error(std::move(other)), HasSubstr("`protocol` is 2, expected 1"));
  ProcessOptions silent;
  silent.argv = {script("read -r line\n")};
  silent.hello_wait = milliseconds(20);
  silent.hello_required = true;
  EXPECT_THAT(prepare_error(std::move(silent)),
              HasSubstr("did not send its hello line within 20 ms"));
}

// --- the backend: the spec's words and parameters, and the examples of the documentation ---

Result<std::unique_ptr<Backend>> make_backend_of(const std::string& name,
                                                 std::map<std::string, std::string> params,
                                                 uint32_t workers = 1) {
  BackendContext context;
  context.workers = workers;
  return make_process_backend({"process:" + name, "process", name, std::move(params)}, context);
}

TEST_F(ProcessTest, SpecErrorsNameTheSpec) {
  EXPECT_EQ(make_backend_of("", {}).error().text(),
            "model `process:`: names no program, expected process:PROGRAM such as "
            "process:./model.py");
  EXPECT_THAT(make_backend_of("'x", {}).error().text(), HasSubstr("is never closed"));
  EXPECT_THAT(make_backend_of("x", {{"argh", "1"}}).error().text(),
              HasSubstr("did you mean `arg`?"));
}

TEST_F(ProcessTest, WordsAndArgReachTheProgramUntouched) {
  const std::string program =
      script("for a in \"$@\"; do echo \"<$a>\" >> {}/args; done; pwd >> {}/args; read -r line\n");
  auto backend = make_backend_of(program + " 'two words' $HOME",
                                 {{"arg", "last one"}, {"cwd", folder_.string()}});
  ASSERT_TRUE(backend.has_value());
  ASSERT_TRUE((*backend)->prepare({}).has_value());
  EXPECT_EQ(read_text(folder_ / "args"),
            "<two words>\n<$HOME>\n<last one>\n" + folder_.string() + "\n");
}

TEST_F(ProcessTest, AChangedScriptIsAnotherModel) {
  const std::string program = script("read -r line\n");
  const std::string before = make_backend_of(program, {}).value()->traits().config;
  EXPECT_EQ(make_backend_of(program, {}, 4).value()->traits().config, before);
  std::ofstream(program, std::ios::app) << "# changed\n";
  EXPECT_NE(make_backend_of(program, {}).value()->traits().config, before);
}

// Runs a shipped example through the backend and returns what it answers.
std::vector<AttemptPtr> ask_example(Backend& backend, std::vector<AttemptPtr> attempts) {
  Driver driver(backend.transport(), backend.codec());
  for (AttemptPtr& attempt : attempts) driver.start(std::move(attempt));
  std::vector<AttemptPtr> answers;
  for (Finished& finished : driver.finish()) answers.push_back(std::move(finished.attempt));
  return answers;
}

std::vector<AttemptPtr> one(AttemptPtr attempt) {
  std::vector<AttemptPtr> attempts;
  attempts.push_back(std::move(attempt));
  return attempts;
}

fs::path example(const char* name) {
  return fs::path(ASSAY_SOURCE_DIR) / "examples" / "process" / name;
}

TEST_F(ProcessTest, ExampleInPython) {
  auto backend = make_backend_of(example("shout.py").string(), {{"hello", "60s"}}).value();
  const auto prepared = backend->prepare({});
  if (!prepared) GTEST_SKIP() << "no python3 here: " << prepared.error().text();
  EXPECT_EQ(backend->traits().version, "shout 1.0");
  const auto answers = ask_example(*backend, one(make_attempt("one", "")));
  EXPECT_EQ(answers.front()->response.answer, "QUESTION ONE");
  EXPECT_EQ(answers.front()->response.usage.output_tokens, 2);
  AttemptPtr empty = make_attempt("x", "", 2);
  empty->request.input.clear();
  EXPECT_EQ(name_of(ask_example(*backend, one(std::move(empty))).front()->response.outcome),
            "rejected");
}

TEST_F(ProcessTest, ExampleInShell) {
  auto backend = make_backend_of(example("first_choice.sh").string(), {}).value();
  ASSERT_TRUE(backend->prepare({}).has_value());
  AttemptPtr attempt = make_attempt("one", "");
  attempt->request.choices = {"red", "green"};
  const auto answers = ask_example(*backend, one(std::move(attempt)));
  EXPECT_EQ(answers.front()->response.answer, "red");
  const auto refused = ask_example(*backend, one(make_attempt("two", "", 2)));
  EXPECT_EQ(name_of(refused.front()->response.outcome), "rejected");
}

TEST_F(ProcessTest, ExampleThatTakesSeveralAtOnce) {
  auto backend = make_backend_of(example("concurrent.py").string(), {{"hello", "60s"}}, 2).value();
  const auto prepared = backend->prepare({});
  if (!prepared) GTEST_SKIP() << "no python3 here: " << prepared.error().text();
  EXPECT_EQ(backend->traits().concurrency_default, 8U);
  std::vector<AttemptPtr> attempts;
  for (uint64_t i = 0; i < 40; ++i) attempts.push_back(make_attempt(std::string(i, 'x'), "", i));
  for (const AttemptPtr& a : ask_example(*backend, std::move(attempts))) {
    EXPECT_EQ(a->response.answer, std::string(a->request.input.rbegin(), a->request.input.rend()))
        << a->response.error;
    EXPECT_THAT(a->response.reasoning, HasSubstr("letters"));
  }
}

TEST(ProcessProtocolDocument, ShowsTheExamplesAsTheyAre) {
  const std::string text = read_text(fs::path(ASSAY_SOURCE_DIR) / "docs" / "process-protocol.md");
  for (const auto* name : {"shout.py", "first_choice.sh", "concurrent.py"})
    EXPECT_THAT(text, HasSubstr(read_text(example(name)))) << name;
}

}  // namespace
}  // namespace assay::backends
