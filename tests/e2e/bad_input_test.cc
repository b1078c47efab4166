// Bad input: every error says place, found and expected in one line, ends with exit code 2, and
// changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>

#include "harness/store/sqlite_store.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using test::CliResult;
using test::run_assay;
using test::TempDir;
using testing::HasSubstr;

constexpr const char* kSuite =
    "task: t\n"
    "data:\n"
    "  test: test.jsonl\n"
    "doc_to_text: \"{{q}}\"\n"
    "doc_to_target: \"{{a}}\"\n"
    "scorers:\n"
    "  - exact\n";
constexpr const char* kRows =
    "{\"id\":\"1\",\"q\":\"x\",\"a\":\"y\"}\n{\"id\":\"2\",\"q\":\"x2\",\"a\":\"y\"}\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

// A folder `s` with a suite; every message is relative to it.
class BadInput : public testing::Test {
 protected:
  void suite(const std::string& yaml, const std::string& rows = kRows) const {
    dir_.write("s/suite.yaml", yaml);
    dir_.write("s/test.jsonl", rows);
  }
  [[nodiscard]] CliResult run(const std::string& suite = "./s",
                              const std::string& model = "simulated:m") const {
    return run_assay({"run", suite, "-m", model, "-o", "r.assay", "-q"}, {.cwd = dir_.path()});
  }
  // The whole message, the exit code, and no file left behind.
  void expect_refused(const CliResult& result, const std::string& message) const {
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.err, "assay: " + message + "\n");
    EXPECT_FALSE(std::filesystem::exists(dir_.file("r.assay")));
  }
  TempDir dir_;
};

TEST_F(BadInput, UnknownSuite) {
  const CliResult result = run("nosuch");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("assay: unknown suite `nosuch`, expected a YAML file, a folder "
                                    "with a suite.yaml, or one of "));
  EXPECT_THAT(result.err, HasSubstr("quick-intents, quick-ocr"));
}

TEST_F(BadInput, UnknownModel) {
  suite(kSuite);
  expect_refused(run("./s", "tesserract:eng"),
                 "model `tesserract:eng`: unknown backend `tesserract`, did you mean `tesseract`? "
                 "known: anthropic, azure, baseline, cerebras, cohere, dashscope, deepseek, "
                 "fireworks, gemini, groq, http, https, hyperclova, llama-cpp, llama-server, "
                 "lmstudio, managed, mistral, moonshot, nvidia, ollama, openai, openrouter, "
                 "perplexity, process, replay, sglang, simulated, tesseract, tgi, together, "
                 "upstage, vllm, xai, zhipu");
  expect_refused(run("./s", "baseline:lineer"),
                 "model `baseline:lineer`: unknown baseline `lineer`, did you mean `linear`? "
                 "known: random, majority, bm25, linear");
  expect_refused(run("./s", "process:./nope"), "./nope: no such program");
  expect_refused(
      run("./s", "simulated:m?accuracy=2"),
      "model `simulated:m?accuracy=2`: parameter `accuracy` is `2`, expected a number 0..1");
  EXPECT_THAT(run("./s", "simulated:m?acuracy=1").err,
              HasSubstr("unknown parameter `acuracy`, did you mean `accuracy`?"));
}

TEST_F(BadInput, UnknownScorer) {
  suite(replaced(kSuite, "exact", "exatc"));
  expect_refused(run(), "./s/suite.yaml:7:5: unknown scorer `exatc`, did you mean `exact`?");
}

TEST_F(BadInput, UnknownKey) {
  suite(replaced(kSuite, "doc_to_text", "doc_to_txt"));
  expect_refused(
      run(),
      "./s/suite.yaml:4:1: unknown key `doc_to_txt` in a suite, did you mean `doc_to_text`?");
}

TEST_F(BadInput, YamlSyntax) {
  suite("task: t\ndata: [\n");
  expect_refused(run(), "./s/suite.yaml:3:1: not valid YAML: end of sequence flow not found");
}

TEST_F(BadInput, JsonSyntax) {
  suite(kSuite, "{\"id\":\"1\",\"q\":\"x\",\"a\":\"y\"}\n{\"id\":\"2\",\"q\" \"x\"}\n");
  expect_refused(run(),
                 "s/test.jsonl:2:17: syntax error while parsing object separator - unexpected "
                 "string literal; expected ':'");
}

TEST_F(BadInput, TemplateNamesAMissingField) {
  suite(replaced(kSuite, "{{q}}", "{{question}}"));
  expect_refused(run(),
                 "./s/suite.yaml:4:14: template 1:3: no field `question`; fields here: id, q, a "
                 "(row s/test.jsonl:1)");
}

TEST_F(BadInput, DataFileMissing) {
  suite(replaced(kSuite, "test.jsonl", "nope.jsonl"));
  expect_refused(run(), "./s/suite.yaml:3:9: there is no data file `s/nope.jsonl`");
}

TEST_F(BadInput, TruncatedGzip) {
  suite(replaced(kSuite, "test.jsonl", "test.jsonl.gz"));
  const std::string path = dir_.file("s/test.jsonl.gz");
  gzFile file = gzopen(path.c_str(), "wb");
  for (int i = 0; i < 2000; ++i)
    gzprintf(file, "{\"id\":\"%d\",\"q\":\"x%d\",\"a\":\"y\"}\n", i, i * 7919 % 2003);
  gzclose(file);
  std::filesystem::resize_file(path, 900);
  expect_refused(run(),
                 "s/test.jsonl.gz: the gzip data is cut short: it ends after 900 bytes, before its "
                 "own end mark");
}

TEST_F(BadInput, WrongColumnCount) {
  suite(replaced(kSuite, "test.jsonl", "test.csv"));
  dir_.write("s/test.csv", "q,a\nx,y\nx,y,z\n");
  expect_refused(run(), "s/test.csv:3: found 3 columns, expected 2 (q, a)");
}

TEST_F(BadInput, InvalidUtf8) {
  suite(kSuite, "{\"id\":\"1\",\"q\":\"x\xff\",\"a\":\"y\"}\n");
  expect_refused(
      run(), "s/test.jsonl:1: byte 16 of the file (0xff) is not valid UTF-8, expected UTF-8 text");
}

TEST_F(BadInput, DuplicateSampleIds) {
  suite(kSuite,
        "{\"id\":\"1\",\"q\":\"x\",\"a\":\"y\"}\n{\"id\":\"1\",\"q\":\"x2\",\"a\":\"y\"}\n");
  expect_refused(run(),
                 "s/test.jsonl:2: the id `1` is also that of s/test.jsonl:1, expected unique ids");
}

TEST_F(BadInput, EmptySuite) {
  suite(kSuite, "");
  expect_refused(run(), "s/test.jsonl: has no rows");
}

TEST_F(BadInput, PictureThatIsNone) {
  suite(std::string(kSuite) + "doc_to_image: \"{{q}}\"\n",
        "{\"id\":\"1\",\"q\":\"a.png\",\"a\":\"y\"}\n");
  dir_.write("s/a.png", "not a picture");
  expect_refused(run(),
                 "s/a.png: is not a picture: its first bytes are 6e 6f 74 20 61 20 70 69, expected "
                 "PNG, JPEG, GIF, WebP, BMP or TIFF (row "
                 "s/test.jsonl:1)");
}

TEST_F(BadInput, Configuration) {
  suite(kSuite);
  const auto with_config = [&](const std::string& yaml) {
    dir_.write("assay.yaml", yaml);
    return run_assay({"run"}, {.cwd = dir_.path()});
  };
  expect_refused(
      with_config("models:\n  - simulated:a\nsuites: [./s]\noptoins:\n  seed: 1\n"),
      "assay.yaml:4:1: unknown key `optoins` in a configuration, did you mean `options`?");
  expect_refused(with_config("options:\n  seed: -1\n"),
                 "assay.yaml:2:9: `seed` is `-1`, expected a whole number of at least 0");
  expect_refused(
      with_config("models:\n  - name: x\n"),
      "assay.yaml:2:5: a model without `model`, expected for example `model: baseline:linear`");
  expect_refused(with_config("machine:\n  price_per_hour: cheap\n"),
                 "assay.yaml:2:19: `cheap` is not an amount, expected a decimal such as 0.40");
}

TEST_F(BadInput, UsageErrors) {
  EXPECT_EQ(run_assay({}).exit_code, 2);
  EXPECT_EQ(run_assay({"rnu"}).exit_code, 2);
  EXPECT_EQ(run_assay({"run", "--limit", "0", "quick-intents"}).exit_code, 2);
  const CliResult none = run_assay({"run"}, {.cwd = dir_.path()});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(
      none.err,
      HasSubstr("no suite is named; for example `assay run quick-intents -m baseline:linear`"));
}

// The run file itself; the store's own tests have the exact messages of every kind of damage.

TEST_F(BadInput, RunFileThatIsNotOurs) {
  suite(kSuite);
  const std::string text =
      "precious notes of somebody, nothing to do with us; they must survive this. " +
      std::string(200, '.');
  dir_.write("r.assay", text);
  const CliResult result = run();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "assay: r.assay: is not a run file (not an SQLite database)\n");
  EXPECT_EQ(test::read_file(dir_.file("r.assay")), text);
  for (const char* command : {"report", "show", "export", "doctor", "score"}) {
    const CliResult other = run_assay({command, "r.assay"}, {.cwd = dir_.path()});
    EXPECT_EQ(other.exit_code, 2) << command;
    EXPECT_EQ(other.err, "assay: r.assay: is not a run file (not an SQLite database)\n") << command;
  }
}

TEST_F(BadInput, RunFileCutShort) {
  suite(kSuite);
  ASSERT_EQ(run().exit_code, 0);
  const auto whole = std::filesystem::file_size(dir_.file("r.assay"));
  std::filesystem::resize_file(dir_.file("r.assay"), whole - 4096);
  const CliResult result = run();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "assay: r.assay: is cut short: " + std::to_string(whole - 4096) +
                            " bytes, its header says " + std::to_string(whole) + "\n");
}

TEST_F(BadInput, TwoProcessesOnOneFile) {
  suite(kSuite);
  const auto held = store::SqliteStore::open_for_writing(dir_.file("r.assay"), {});
  ASSERT_TRUE(held);
  const CliResult result = run();
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err,
            "assay: r.assay: is being written by another assay process; wait for it, or write to "
            "another file with -o\n");
}

TEST_F(BadInput, OutputFolderMissing) {
  suite(kSuite);
  const CliResult result = run_assay(
      {"run", "./s", "-m", "simulated:m", "-q", "-o", "no/such/r.assay"}, {.cwd = dir_.path()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "assay: no/such/r.assay: cannot be written (No such file or directory)\n");
}

// A command inside a mount namespace of its own with a small or read-only file system on DIR/disk;
// skips where the machine does not allow one.
std::string unshare_prefix() { return geteuid() == 0 ? "unshare -m" : "unshare -rm"; }
bool can_mount(const TempDir& dir) {
  std::filesystem::create_directories(dir.file("disk"));
  return test::run_shell(unshare_prefix() + " sh -c 'mount -t tmpfs -o size=64k none " +
                         dir.file("disk") + "'")
             .exit_code == 0;
}

TEST_F(BadInput, OutputFolderNotWritable) {
  if (!can_mount(dir_)) GTEST_SKIP() << "this machine does not allow a mount namespace";
  suite(kSuite);
  const CliResult result =
      test::run_shell(unshare_prefix() + " sh -c 'mount -t tmpfs -o ro none disk && exec " +
                          test::assay_program() + " run ./s -m simulated:m -q -o disk/r.assay'",
                      dir_.path());
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "assay: disk/r.assay: cannot be written (Read-only file system)\n");
}

TEST_F(BadInput, FullDiskKeepsWhatWasCommitted) {
  if (!can_mount(dir_)) GTEST_SKIP() << "this machine does not allow a mount namespace";
  std::string rows;
  for (int i = 0; i < 20'000; ++i)
    rows +=
        "{\"id\":\"" + std::to_string(i) + "\",\"q\":\"x" + std::to_string(i) + "\",\"a\":\"y\"}\n";
  suite(kSuite, rows);
  // The disk fills, the file is saved elsewhere, and the same command goes on there.
  const CliResult result = test::run_shell(
      unshare_prefix() + " sh -c 'mount -t tmpfs -o size=3m none disk && " + test::assay_program() +
          " run ./s -m simulated:m?reply_bytes=400 -q -o disk/r.assay; code=$?; cp disk/r.assay* "
          ".; exit $code'",
      dir_.path());
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.err,
            "assay: disk/r.assay: the disk is full; what was committed is kept, free some space "
            "and run the same command again\n");
  const CliResult resumed = run_assay(
      {"run", "./s", "-m", "simulated:m?reply_bytes=400", "-o", "r.assay"}, {.cwd = dir_.path()});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("20,000 items, "));
  EXPECT_THAT(resumed.err, testing::Not(HasSubstr("20,000 items, 20,000 asked now")));
}

}  // namespace
}  // namespace assay
