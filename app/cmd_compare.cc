// assay compare: paired differences between run files. The first file is the baseline.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/setup.h"
#include "harness/aggregate/compare.h"
#include "harness/base/clock.h"
#include "reports/compare/compare.h"

namespace assay::app {
namespace {

struct CompareFlags {
  std::vector<std::string> runs;
  std::string output = "-";
  bool json = false;
};

Result<int> compare_command(const CompareFlags& flags) {
  ASSAY_TRY(const OpenRuns runs, open_runs(flags.runs));
  ASSAY_TRY(const aggregate::ComparisonReport report,
            aggregate::compare_runs(runs.list, runs.names, {}));
  ReportOptions options;
  options.generated_utc = utc_now_iso8601();
  options.command = command_line();
  options.colour = flags.output == "-" && isatty(STDOUT_FILENO) != 0;
  const bool json = flags.json || std::filesystem::path(flags.output).extension() == ".json";
  ASSAY_TRY_VOID(write_output(
      flags.output, json ? reports::compare_json(report) : reports::compare_text(report, options)));
  return kExitDone;
}

}  // namespace

void add_compare(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "compare",
      "Paired differences of run files with intervals and verdicts; the first is the baseline");
  auto flags = std::make_shared<CompareFlags>();  // shared with the action
  command->add_option("runs", flags->runs, "Run files")->required()->expected(2, 64);
  command->add_option("-o,--output", flags->output,
                      "Output file; .json for JSON (default: a table on the terminal)");
  command->add_flag("--json", flags->json, "As JSON");
  command->footer(
      "Examples:\n  assay compare old.assay new.assay\n  assay compare old.assay new.assay --json "
      "| jq '.rows[].verdict'");
  commands.emplace_back(command, [flags] { return compare_command(*flags); });
}

}  // namespace assay::app
