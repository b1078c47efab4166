// assay init: starter files. Without arguments a commented assay.yaml; with a table of questions
// and answers a working suite beside it.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/setup.h"
#include "suites/import/table_suite.h"

namespace assay::app {
namespace {

namespace fs = std::filesystem;

struct InitFlags {
  std::vector<std::string> what;
  std::string question;
  std::string answer;
  std::string name;
  bool force = false;
};

constexpr const char* kStarter =
    R"yaml(# assay.yaml: what `assay run` does when no flags are given. Flags win.
# `assay list suites` and `assay list backends` show what can be named here.

models:
  # backend:name?key=value, as after --model
  - baseline:majority          # always the most frequent answer: what any model must beat
  - baseline:bm25              # the answer of the most similar training example
  - baseline:linear            # learns from the suite's train split in seconds
  # - name: my-model           # a name for reports, and settings of its own
  #   model: process:./my-model.py
  #   concurrency: 4
  # - tesseract:kor+eng?psm=6

suites:
  - {}

# Cost of models that run here: what an hour of this machine costs.
# machine:
#   price_per_hour: 0.40
#   currency: USD

options:
  seed: 0
  # output: run.assay          # the same command again resumes this file
  # limit: 50                  # the first 50 samples of each suite
  # repeats: 1
  # retries: 4
  # timeout: 60                # seconds per request
  # data: ../data              # local copies of data that suites name by URL
)yaml";

Result<void> refuse_existing(const std::string& path, bool force) {
  std::error_code failed;
  if (!force && fs::exists(path, failed))
    return input_error(path, "exists already; --force replaces it");
  return {};
}

Result<int> init_config(const InitFlags& flags, const std::string& suite) {
  ASSAY_TRY_VOID(refuse_existing("assay.yaml", flags.force));
  ASSAY_TRY_VOID(write_output("assay.yaml", fmt::format(fmt::runtime(kStarter), suite)));
  fmt::print("assay.yaml written; `assay run` starts it\n");
  return kExitDone;
}

Result<int> init_suite(const InitFlags& flags, const std::string& path) {
  ASSAY_TRY(const suites::TableSuite suite,
            suites::suite_from_table(path, {flags.name, flags.question, flags.answer}));
  const std::string& folder = suite.name;  // the suite's folder has its name
  ASSAY_TRY_VOID(refuse_existing(folder + "/suite.yaml", flags.force));
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return input_error(folder, fmt::format("cannot be made ({})", failed.message()));
  ASSAY_TRY_VOID(write_output(folder + "/test.jsonl", suite.test_jsonl));
  if (suite.learns) ASSAY_TRY_VOID(write_output(folder + "/train.jsonl", suite.train_jsonl));
  ASSAY_TRY_VOID(write_output(folder + "/suite.yaml", suite.suite_yaml));
  fmt::print("{}/suite.yaml written: {} questions\n", folder, count_text(suite.rows));
  for (const std::string& line : suite.decisions) fmt::print("  {}\n", line);
  fmt::print("Change any of this in {}/suite.yaml; --question and --answer name other columns.\n",
             folder);
  fmt::print("try: assay run ./{} -m baseline:{}\n", folder, suite.learns ? "linear" : "random");
  if (!fs::exists("assay.yaml", failed)) return init_config(flags, "./" + folder);
  return kExitDone;
}

Result<int> init_command(const InitFlags& flags) {
  if (flags.what.empty()) return init_config(flags, "quick-intents");
  if (flags.what.size() == 2 && flags.what[0] == "suite") return init_suite(flags, flags.what[1]);
  if (flags.what.size() == 1 && flags.what[0] != "suite") return init_suite(flags, flags.what[0]);
  return input_error("", "expected `assay init`, or `assay init suite FILE.csv`");
}

}  // namespace

void add_init(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "init", "Starter files: assay.yaml, or a working suite from a table of questions");
  auto flags = std::make_shared<InitFlags>();  // shared with the action
  command
      ->add_option("what", flags->what,
                   "`suite FILE`: a CSV, TSV, JSON or JSONL table with questions and answers")
      ->expected(0, 2);
  command->add_option("--question", flags->question,
                      "Column with the question (default: found by its name)");
  command->add_option("--answer", flags->answer,
                      "Column with the answer (default: found by its name)");
  command->add_option("--name", flags->name,
                      "Name of the suite and its folder (default: the file's)");
  command->add_flag("--force", flags->force, "Replace files that exist");
  command->footer(
      "Examples:\n  assay init\n  assay init suite questions.csv\n  assay init suite tickets.csv "
      "--question body --answer queue");
  commands.emplace_back(command, [flags] { return init_command(*flags); });
}

}  // namespace assay::app
