// assay import: suites of other tools as suites of ours: a folder with suite.yaml and data.jsonl.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/setup.h"
#include "harness/base/json.h"
#include "suites/import/imported.h"

namespace assay::app {
namespace {

namespace fs = std::filesystem;

struct ImportFlags {
  std::string file;
  std::string output;
  std::string format = "auto";
  suites::ImportOptions options;
  bool force = false;
};

// A configuration is YAML or a JSON object; samples are JSON lines.
std::string format_of(const ImportFlags& flags) {
  if (flags.format != "auto") return flags.format;
  const std::string& file = flags.file;
  const bool lines = file.ends_with(".jsonl") || file.ends_with(".jsonl.gz");
  return lines ? "openai-evals" : "promptfoo";
}

Result<suites::ImportedSuite> read_suite(const ImportFlags& flags) {
  if (format_of(flags) == "openai-evals") {
    return suites::import_openai_evals(flags.file, flags.options);
  }
  return suites::import_promptfoo(flags.file, flags.options);
}

Result<int> import_command(ImportFlags flags) {
  // The suite is named after its folder.
  if (flags.options.name.empty() && !flags.output.empty()) {
    flags.options.name = suites::suite_name_of(fs::path(flags.output).filename().string());
  }
  ASSAY_TRY(const suites::ImportedSuite suite, read_suite(flags));
  const std::string folder = flags.output.empty() ? suite.name : flags.output;
  std::error_code failed;
  const std::string file = folder + "/suite.yaml";
  if (!flags.force && fs::exists(file, failed)) {
    return input_error(file, "exists already; --force replaces it");
  }
  fs::create_directories(folder, failed);
  if (failed) return input_error(folder, fmt::format("cannot be made ({})", failed.message()));
  // The data first: a suite file without its data would be worse than none.
  ASSAY_TRY_VOID(write_output(folder + "/data.jsonl", suite.data_jsonl));
  ASSAY_TRY_VOID(write_output(file, suite.suite_yaml));
  fmt::print("{} written: {} samples\n", file, count_text(suite.rows));
  for (const std::string& note : suite.notes) fmt::print("note: {}\n", note);
  fmt::print("try: assay run {}{} -m simulated:\n",
             folder.find('/') == std::string::npos ? "./" : "", folder);
  return kExitDone;
}

}  // namespace

void add_import(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "import",
      "A suite from another tool's files: promptfoo configurations, OpenAI-evals samples");
  auto flags = std::make_shared<ImportFlags>();  // shared with the action
  command->add_option("file", flags->file, "promptfooconfig.yaml, or samples.jsonl")->required();
  command->add_option("-o,--output", flags->output,
                      "Folder of the suite (default: named like the file)");
  command->add_option("--format", flags->format, "What the file is (default: by its ending)")
      ->check(CLI::IsMember({"auto", "promptfoo", "openai-evals"}));
  command
      ->add_option("--class", flags->options.openai_class,
                   "OpenAI-evals: how replies are judged (default: match)")
      ->check(CLI::IsMember({"match", "includes", "fuzzy_match", "json_match"}));
  command->add_flag("--skip-unsupported", flags->options.skip_unsupported,
                    "Leave out what needs a model or a script to judge, instead of refusing");
  command->add_flag("--force", flags->force, "Replace a suite that exists");
  command->footer(
      "Examples:\n  assay import promptfooconfig.yaml -o my-suite\n  assay import samples.jsonl "
      "--class includes -o my-eval");
  commands.emplace_back(command, [flags] { return import_command(*flags); });
}

}  // namespace assay::app
