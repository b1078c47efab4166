// Plugins through the registry, as `--plugin` and a model name reach them.
#include "backends/plugin/plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "backends/registry.h"
#include "tests/backends/in_process_support.h"

namespace assay::backends {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kEcho = ASSAY_BINARY_DIR "/examples/plugin/libecho.so";

std::string faulty(const std::string& fault) {
  return ASSAY_BINARY_DIR "/tests/plugins/faulty_" + fault + ".so";
}

BackendContext context_with(const std::string& plugin, uint32_t workers = 1) {
  BackendContext context;
  context.workers = workers;
  context.plugins = {plugin};
  return context;
}

Result<std::unique_ptr<Backend>> make(const std::string& text, const BackendContext& context) {
  ASSAY_TRY(const ModelSpec spec, parse_model_spec(text));
  return make_backend(spec, context);
}

std::string error_of(const std::string& text, const BackendContext& context) {
  const Result<std::unique_ptr<Backend>> backend = make(text, context);
  return backend ? "no error" : backend.error().text();
}

struct TempDir {
  fs::path path = fs::temp_directory_path() / ("assay-plugin-" + std::to_string(getpid()));
  TempDir() { fs::create_directories(path); }
  ~TempDir() { fs::remove_all(path); }
  [[nodiscard]] std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(path / name) << content;
    return (path / name).string();
  }
};

TEST(Plugin, ExampleAnswersWordByWord) {
  auto backend = make("echo:words?times=2", context_with(kEcho));
  ASSERT_TRUE(backend) << backend.error().text();
  EXPECT_EQ((*backend)->traits().version, "echo 1.0");
  EXPECT_EQ((*backend)->traits().config, "echo:words\ntimes=2\nversion=echo 1.0");
  ASSERT_TRUE((*backend)->prepare({}));
  Asker asker((*backend)->transport(), (*backend)->codec());
  const Response response = asker.ask_one(make_attempt("s", "두 번  말해요"));
  EXPECT_EQ(response.outcome, Outcome::kOk);
  EXPECT_EQ(response.answer, "두 번 말해요 두 번 말해요");
  EXPECT_EQ(response.usage.output_tokens, 6);
  EXPECT_EQ(response.usage.input_tokens, -1);
  EXPECT_EQ(response.details, R"({"words":6})");
  EXPECT_EQ(response.finish_reason, "stop");
}

TEST(Plugin, ExampleLearnsEachSuite) {
  auto backend = make("echo:memory", context_with(kEcho));
  ASSERT_TRUE(backend) << backend.error().text();
  EXPECT_EQ((*backend)->traits().train_size, 0);
  MemorySuite one("one");
  one.train_lines = {{"capital of France", "Paris"}, {"capital of Korea", "Seoul"}};
  MemorySuite two("two");
  two.train_lines = {{"capital of France", "파리"}};
  const Suite* suites[] = {&one, &two};
  ASSERT_TRUE((*backend)->prepare(suites));
  EXPECT_EQ((*backend)->traits().train_size, 2);
  Asker asker((*backend)->transport(), (*backend)->codec());
  EXPECT_EQ(asker.ask_one(make_attempt("one", "capital of Korea")).answer, "Seoul");
  EXPECT_EQ(asker.ask_one(make_attempt("two", "capital of France")).answer, "파리");
  const Response unknown = asker.ask_one(make_attempt("two", "capital of Korea"));
  EXPECT_EQ(unknown.outcome, Outcome::kRejected);
  EXPECT_EQ(unknown.error, "the train split does not hold this question");
}

TEST(Plugin, WorkersOfAPluginAnswerTheSame) {
  auto one = make("echo:words", context_with(kEcho, 1));
  auto four = make("echo:words", context_with(kEcho, 4));
  ASSERT_TRUE(one && four);
  EXPECT_EQ((*four)->traits().concurrency_default, 4U);
  ASSERT_TRUE((*one)->prepare({}));
  ASSERT_TRUE((*four)->prepare({}));
  const auto ask = [](Backend& backend) {
    std::vector<AttemptPtr> attempts;
    for (int i = 0; i < 100; ++i) {
      attempts.push_back(make_attempt("s", "question number " + std::to_string(i)));
    }
    Asker asker(backend.transport(), backend.codec());
    std::vector<std::string> answers;
    for (const AttemptPtr& a : asker.ask(std::move(attempts)))
      answers.push_back(a->response.answer);
    return answers;
  };
  EXPECT_EQ(ask(**one), ask(**four));
}

// The header alone is enough: what docs/plugin.md tells an author to type.
TEST(Plugin, ExampleBuildsFromTheHeaderAlone) {
  const TempDir dir;
  fs::copy_file(ASSAY_SOURCE_DIR "/backends/plugin/assay_plugin.h", dir.path / "assay_plugin.h");
  fs::copy_file(ASSAY_SOURCE_DIR "/examples/plugin/echo_plugin.c", dir.path / "echo_plugin.c");
  const std::string library = (dir.path / "libecho_alone.so").string();
  const std::string command = std::string("cd '") + dir.path.string() +
                              "' && '" ASSAY_C_COMPILER
                              "' -std=c11 -Wall -Wextra -Werror -shared -fPIC -o '" +
                              library + "' echo_plugin.c";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  auto backend = make("echo:words", context_with(library));
  ASSERT_TRUE(backend) << backend.error().text();
  ASSERT_TRUE((*backend)->prepare({}));
  Asker asker((*backend)->transport(), (*backend)->codec());
  EXPECT_EQ(asker.ask_one(make_attempt("s", "built alone")).answer, "built alone");
}

TEST(Plugin, ModelAndParameterErrorsAreThePluginsOwn) {
  EXPECT_EQ(error_of("echo:shout", context_with(kEcho)),
            "model `echo:shout`: unknown model `shout`; known: words, memory");
  EXPECT_EQ(error_of("echo:words?times=0", context_with(kEcho)),
            "model `echo:words?times=0`: parameter `times` is `0`, expected an integer 1..100");
  EXPECT_EQ(error_of("echo:words?loud=1", context_with(kEcho)),
            "model `echo:words?loud=1`: unknown parameter `loud`");
}

TEST(Plugin, FileErrors) {
  EXPECT_EQ(error_of("x:y", context_with("/no/such/plugin.so")),
            "/no/such/plugin.so: no such plugin file");
  EXPECT_EQ(error_of("x:y", context_with("/usr")), "/usr: not a file, expected a shared library");
  const TempDir dir;
  const std::string text = dir.file("text.so", "this is not a library\n");
  EXPECT_THAT(error_of("x:y", context_with(text)),
              StartsWith(text + ": cannot be opened as a shared library: "));
}

TEST(Plugin, EntryAndTableErrors) {
  EXPECT_EQ(
      error_of("x:y", context_with(faulty("entry"))),
      faulty("entry") + ": a shared library without `assay_plugin_entry`: not an Assay plugin");
  EXPECT_EQ(error_of("x:y", context_with(faulty("abi"))),
            faulty("abi") +
                ": plugin interface version 2, expected 1; build it with the "
                "assay_plugin.h of this Assay");
  EXPECT_THAT(error_of("x:y", context_with(faulty("refuses"))),
              StartsWith(faulty("refuses") + ": the plugin refused this version of Assay ("));
  EXPECT_THAT(error_of("x:y", context_with(faulty("small"))),
              HasSubstr("a plugin table of " + std::to_string(sizeof(assay_plugin_v1) - 8) +
                        " bytes, expected at least " + std::to_string(sizeof(assay_plugin_v1))));
  EXPECT_EQ(error_of("x:y", context_with(faulty("member"))),
            faulty("member") + ": `destroy` of the plugin table is NULL");
  EXPECT_EQ(error_of("x:y", context_with(faulty("name"))),
            faulty("name") +
                ": the backend's name is `Faulty Plugin`, expected lower-case "
                "letters, digits, `-` and `_`");
  EXPECT_EQ(error_of("x:y", context_with(faulty("taken"))),
            faulty("taken") + ": its backend is called `baseline`, the name of a built-in one");
}

TEST(Plugin, TwoPluginsOfOneName) {
  BackendContext context;
  context.plugins = {kEcho, kEcho};
  EXPECT_EQ(error_of("x:y", context),
            kEcho + ": its backend is called `echo`, as that of " + kEcho);
}

TEST(Plugin, ReasonsAreReadWithinTheirBuffer) {
  EXPECT_EQ(error_of("faulty:silent", context_with(faulty("none"))),
            "model `faulty:silent`: the plugin gave no reason");
  EXPECT_EQ(error_of("faulty:long", context_with(faulty("none"))),
            "model `faulty:long`: " + std::string(2048, 'x'));
}

TEST(Plugin, AWorkerThatCannotBeMadeFailsPrepare) {
  auto backend = make("faulty:any", context_with(faulty("none")));
  ASSERT_TRUE(backend) << backend.error().text();
  const Result<void> prepared = (*backend)->prepare({});
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().text(), "model `faulty:any`: the engine does not start");
  EXPECT_EQ(prepared.error().code, ErrorCode::kInfrastructure);
}

TEST(Plugin, IsListed) {
  bool found = false;
  for (const BackendListing& row : list_backends(context_with(kEcho))) {
    if (row.name != "echo") continue;
    found = true;
    EXPECT_EQ(row.form, "echo:words[?times=N] or echo:memory");
    EXPECT_EQ(row.available, "yes");
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace assay::backends
