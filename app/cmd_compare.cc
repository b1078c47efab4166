// assay compare: paired differences between run files. The first file is the baseline.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>

#include "app/command.h"
#include "app/margin.h"
#include "app/setup.h"
#include "harness/aggregate/compare.h"
#include "harness/base/clock.h"
#include "reports/compare/compare_report.h"

namespace assay::app {
namespace {

struct CompareFlags {
  std::vector<std::string> runs;
  std::string output = "-";
  std::string language = "en";
  bool json = false;
  bool strict = false;
  bool no_slices = false;
  double alpha = 0.05;
  double confidence = 0.95;
  uint64_t seed = 1;
  std::string margin;
};

Result<aggregate::CompareOptions> options_of(const CompareFlags& flags) {
  aggregate::CompareOptions out;
  out.alpha = flags.alpha;
  out.confidence = flags.confidence;
  out.seed = flags.seed;
  out.slices = !flags.no_slices;
  if (flags.strict) out.mismatch = aggregate::Mismatch::kRefuse;
  for (const auto& [name, value] :
       {std::pair{"--alpha", flags.alpha}, std::pair{"--confidence", flags.confidence}}) {
    if (!(value > 0 && value < 1)) {
      return input_error(name, fmt::format("found {}, expected a share between 0 and 1", value));
    }
  }
  if (!flags.margin.empty()) {
    ASSAY_TRY(const double margin, parse_margin(flags.margin));
    out.margin = margin;
  }
  return out;
}

Result<int> compare_command(const CompareFlags& flags) {
  ASSAY_TRY(const aggregate::CompareOptions compare_options, options_of(flags));
  ASSAY_TRY(const OpenRuns runs, open_runs(flags.runs));
  ASSAY_TRY(const aggregate::ComparisonReport report,
            aggregate::compare_runs(runs.list, runs.names, compare_options));
  ReportOptions options;
  options.generated_utc = utc_now_iso8601();
  options.command = command_line();
  options.colour = flags.output == "-" && isatty(STDOUT_FILENO) != 0;
  const std::string extension = std::filesystem::path(flags.output).extension().string();
  std::string text;
  if (flags.json || extension == ".json") {
    text = reports::compare_json(report);
  } else if (extension == ".html" || extension == ".htm") {
    options.language = flags.language;
    text = reports::compare_html(report, options);
  } else {
    text = reports::compare_text(report, options);
  }
  ASSAY_TRY_VOID(write_output(flags.output, text));
  return kExitDone;
}

}  // namespace

void add_compare(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "compare",
      "Paired differences of run files with intervals and verdicts; the first is the baseline");
  auto flags = std::make_shared<CompareFlags>();  // shared with the action
  command->add_option("runs", flags->runs, "Run files")->required()->expected(2, 64);
  command->add_option(
      "-o,--output", flags->output,
      "Output file; .html for a page, .json for JSON (default: a table on the terminal)");
  command->add_option("--lang", flags->language, "Language of the page")
      ->check(CLI::IsMember({"en", "ko"}));
  command->add_flag("--json", flags->json, "As JSON");
  command->add_flag(
      "--strict", flags->strict,
      "Refuse suites whose items, prompt or scorer differ (default: compare the items "
      "both have, and say what differs)");
  command->add_flag("--no-slices", flags->no_slices, "Whole suites only");
  command->add_option("--margin", flags->margin,
                      "Say of each share whether it lost less than this, such as 2pp");
  command->add_option("--alpha", flags->alpha, "Chance of a false alarm, after Holm (0.05)");
  command->add_option("--confidence", flags->confidence, "Of every interval (0.95)");
  command->add_option("--seed", flags->seed, "Of bootstrap and sign-flip draws (1)");
  command->footer(
      "Examples:\n  assay compare old.assay new.assay\n  assay compare old.assay new.assay "
      "--margin "
      "2pp\n  assay compare old.assay new.assay --json | jq '.rows[].verdict'");
  commands.emplace_back(command, [flags] { return compare_command(*flags); });
}

}  // namespace assay::app
