// assay decide: which model to adopt, why, and what would change it. The exit code is the answer.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/decide.h"
#include "app/decision_schema.h"
#include "app/setup.h"
#include "harness/aggregate/decision.h"
#include "reports/json/json_decision.h"
#include "reports/text/text_decision.h"

namespace assay::app {
namespace {

struct CommandFlags {
  std::vector<std::string> runs;
  std::vector<std::string> outputs;
  DecideFlags decide;
  std::string language = "en";
  bool json = false;
  bool quiet = false;
  bool schema = false;
};

int exit_code_of(DecisionOutcome outcome) {
  switch (outcome) {
    case DecisionOutcome::kAdopt:
      return kExitDone;
    case DecisionOutcome::kNone:
      return kExitRegression;
    default:
      return kExitInconclusive;
  }
}

std::string on_terminal(const DecisionReport& report, const CommandFlags& flags) {
  if (flags.json) return reports::decision_json(report);
  ReportOptions options;
  options.language = flags.language;
  options.colour = isatty(STDOUT_FILENO) != 0;
  return flags.quiet ? reports::decision_sentences(report, options)
                     : reports::decision_text(report, options);
}

std::string for_file(const DecisionReport& report, const CommandFlags& flags,
                     const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension != ".txt") return reports::decision_json(report);
  ReportOptions options;
  options.language = flags.language;
  return reports::decision_text(report, options);
}

Result<int> decide_command(const CommandFlags& flags) {
  if (flags.schema) {
    ASSAY_TRY_VOID(write_output("-", std::string(kDecisionSchema)));
    return kExitDone;
  }
  if (flags.runs.empty()) {
    return input_error("", "expected run files: assay decide RUN...");
  }
  ASSAY_TRY(const aggregate::DecisionOptions options, decision_options(flags.decide));
  ASSAY_TRY(const OpenRuns runs, open_runs(flags.runs));
  ASSAY_TRY(const DecisionReport report, aggregate::decide_runs(runs.list, runs.names, options));
  for (const std::string& output : flags.outputs)
    ASSAY_TRY_VOID(write_output(output, for_file(report, flags, output)));
  ASSAY_TRY_VOID(write_output("-", on_terminal(report, flags)));
  return exit_code_of(overall_outcome(report));
}

}  // namespace

void add_decide(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "decide", "Which model to adopt, why, and what would change it: quality, cost and speed");
  auto flags = std::make_shared<CommandFlags>();  // shared with the action
  command->add_option("runs", flags->runs, "Run files")->expected(0, 64);
  command->add_option("--suite", flags->decide.suites, "Only this suite of the runs; repeatable")
      ->allow_extra_args(false);
  declare_decide_flags(*command, flags->decide);
  command
      ->add_option("-o,--output", flags->outputs,
                   "Also write decision.json, or a table where the name ends in .txt; repeatable")
      ->allow_extra_args(false);
  command->add_option("--lang", flags->language, "Language of the text")
      ->check(CLI::IsMember({"en", "ko"}));
  command->add_flag("--json", flags->json, "Print decision.json instead of the text");
  command->add_flag("-q,--quiet", flags->quiet, "Print the sentences alone");
  command->add_flag("--schema", flags->schema, "Print the JSON Schema of decision.json");
  command->footer(
      "Examples:\n"
      "  assay decide gpt.assay local.assay\n"
      "  assay decide run.assay --require 'p95<=5s' --require region=kr,eu -o decision.json\n"
      "  assay decide run.assay --margin 1pp --weights quality=2,cost=1,latency=1..3\n"
      "  assay decide --schema > decision.schema.json\n\n"
      "Exit codes: 0 a model is chosen (the same on every suite), 1 on some suite no model meets "
      "the requirements, 3 undecided, 2 bad input.");
  commands.emplace_back(command, [flags] { return decide_command(*flags); });
}

}  // namespace assay::app
