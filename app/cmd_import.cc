// assay import: another tool's logs as run files, and its suites as suites of ours (a folder with
// suite.yaml and data.jsonl). What a file is, its content tells.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/foreign_run.h"
#include "app/setup.h"
#include "harness/base/json.h"
#include "suites/import/imported.h"
#include "suites/import/logs/foreign_log.h"

namespace assay::app {
namespace {

namespace fs = std::filesystem;

struct ImportFlags {
  std::vector<std::string> files;
  std::string output;
  std::string format = "auto";
  suites::ImportOptions options;
  std::string suite;
  std::string model;
  bool force = false;
  bool json = false;
};

// What --format says, or the content of the first file.
Result<suites::ImportKind> kind_of(const ImportFlags& flags) {
  using suites::LogFormat;
  for (const LogFormat format : {LogFormat::kLmEval, LogFormat::kInspect, LogFormat::kPromptfoo}) {
    if (flags.format == suites::log_format_name(format)) {
      return suites::ImportKind{.log = format, .suite = ""};
    }
  }
  if (flags.format != "auto") {
    return suites::ImportKind{.log = std::nullopt, .suite = flags.format};
  }
  return suites::detect_import(flags.files.front());
}

// "logs/samples_gsm8k_2025.jsonl" -> "samples_gsm8k_2025.assay", in this folder.
std::string run_file_of(const std::string& path) {
  fs::path name = fs::path(path).lexically_normal();
  if (!name.has_filename()) name = name.parent_path();
  const std::string stem = name.filename().stem().string();
  return (stem.empty() || stem == "." || stem == ".." ? "imported" : stem) + ".assay";
}

void print_run(const std::string& path, const ForeignRunInfo& info, bool json) {
  if (json) {
    const Json out{{"file", path},
                   {"items", info.items},
                   {"replies", info.replies},
                   {"unscored", info.unscored},
                   {"models", info.models},
                   {"suites", info.suites},
                   {"notes", info.notes}};
    fmt::print("{}\n", dump_json(out));
    return;
  }
  fmt::print("{} written: {} of {}, {} replies of {}{}\n", path,
             info.items == 1 ? "1 item" : count_text(info.items) + " items",
             fmt::join(info.suites, ", "), count_text(info.replies), fmt::join(info.models, ", "),
             info.unscored == 0
                 ? ""
                 : fmt::format("; {} scores are no numbers (unscored)", count_text(info.unscored)));
  for (const std::string& note : info.notes) fmt::print("note: {}\n", note);
  fmt::print("try: assay show {}, assay compare OTHER.assay {}\n", path, path);
}

Result<int> import_log(const ImportFlags& flags, suites::LogFormat format) {
  ASSAY_TRY(const auto log, suites::open_foreign_log(flags.files, format));
  const std::string path = flags.output.empty() ? run_file_of(flags.files.front()) : flags.output;
  const ForeignRunOptions options{.suite = flags.suite, .model = flags.model, .force = flags.force};
  ASSAY_TRY(const ForeignRunInfo info, write_foreign_run(*log, path, options));
  print_run(path, info, flags.json);
  return kExitDone;
}

Result<suites::ImportedSuite> read_suite(const ImportFlags& flags, const std::string& format) {
  if (flags.files.size() > 1) {
    return input_error(flags.files[1], "one suite is imported at a time");
  }
  if (format == "openai-evals") {
    return suites::import_openai_evals(flags.files.front(), flags.options);
  }
  return suites::import_promptfoo(flags.files.front(), flags.options);
}

Result<int> import_suite(ImportFlags flags, const std::string& format) {
  // The suite is named after its folder.
  if (flags.options.name.empty() && !flags.output.empty()) {
    flags.options.name = suites::suite_name_of(fs::path(flags.output).filename().string());
  }
  ASSAY_TRY(const suites::ImportedSuite suite, read_suite(flags, format));
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

Result<int> import_command(const ImportFlags& flags) {
  if (flags.files.empty())
    return input_error("", "no file is named; `assay import --help` says what can be imported");
  ASSAY_TRY(const suites::ImportKind kind, kind_of(flags));
  return kind.log ? import_log(flags, *kind.log) : import_suite(flags, kind.suite);
}

}  // namespace

void add_import(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "import",
      "Logs of lm-eval, Inspect and promptfoo as run files; promptfoo configurations and "
      "OpenAI-evals samples as suites; price tables as price files");
  auto flags = std::make_shared<ImportFlags>();  // shared with the action
  command
      ->add_option("file", flags->files,
                   "A log (samples_*.jsonl, *.eval, promptfoo's results; several, or a folder: one "
                   "run), promptfooconfig.yaml, or samples.jsonl")
      ->expected(1, static_cast<int>(suites::kLogFilesMax));
  command->add_option("-o,--output", flags->output,
                      "Run file of a log, folder of a suite (default: named like the file)");
  command->add_option("--format", flags->format, "What the file is (default: by its content)")
      ->check(CLI::IsMember(
          {"auto", "lm-eval", "inspect", "promptfoo-results", "promptfoo", "openai-evals"}));
  command->add_option(
      "--suite", flags->suite,
      "Logs: another name for the suite, so that it pairs with that of another run");
  command->add_option("--model", flags->model, "Logs: another name for the model");
  command
      ->add_option("--class", flags->options.openai_class,
                   "OpenAI-evals: how replies are judged (default: match)")
      ->check(CLI::IsMember({"match", "includes", "fuzzy_match", "json_match"}));
  command->add_flag("--skip-unsupported", flags->options.skip_unsupported,
                    "Suites: leave out what needs a model or a script to judge, instead of "
                    "refusing");
  command->add_flag("--force", flags->force, "Replace what exists");
  command->add_flag("--json", flags->json, "Logs: what was written, as JSON");
  command->footer(
      "Examples:\n  assay import samples_gsm8k_2025-01-31T10-00-00.123456.jsonl -o a.assay\n  "
      "assay "
      "import logs/2025-01-31_gsm8k.eval -o b.assay && assay compare a.assay b.assay\n  assay "
      "import out.json\n  assay import promptfooconfig.yaml -o my-suite\n  assay import "
      "samples.jsonl --class includes -o my-eval");
  // In front: with it the command above counts as given too.
  add_import_prices(*command, commands);
  commands.emplace_back(command, [flags] { return import_command(*flags); });
}

}  // namespace assay::app
