// assay report: the page, and the other forms of the same summary.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "app/command.h"
#include "app/decide.h"
#include "app/energy_flags.h"
#include "app/setup.h"
#include "app/tco_report.h"
#include "harness/aggregate/decision.h"
#include "harness/aggregate/history.h"
#include "harness/aggregate/summarize.h"
#include "harness/base/clock.h"
#include "harness/store/history_file.h"
#include "reports/registry.h"

namespace assay::app {
namespace {

struct ReportFlags {
  std::vector<std::string> runs;
  std::vector<std::string> outputs;
  std::string format;
  std::string language = "en";
  std::string history;
  std::string mix;
  std::optional<double> grid_factor;
  DecideFlags decide;
  // Neither: where there is something to decide.
  bool with_decision = false;
  bool no_decision = false;
  std::string tco;  // a configuration with a section `tco`
  bool json = false;
};

// The form an output asks for: --format, or its extension.
Result<const Reporter*> reporter_for(const ReportFlags& flags, const std::string& output) {
  std::string form = flags.json ? "json" : flags.format;
  if (form.empty() && output == "-") form = "text";
  if (form.empty()) {
    const std::string extension = std::filesystem::path(output).extension().string();
    form = extension.empty() ? "html" : extension.substr(1);
    if (form == "htm") form = "html";
    if (form == "txt") form = "text";
  }
  const Reporter* reporter = reports::find_reporter(form);
  if (reporter != nullptr) return reporter;
  std::string known;
  for (const Reporter* each : reports::all_reporters())
    known += fmt::format("{}{}", known.empty() ? "" : ", ", each->name());
  return input_error(output, fmt::format("no report form `{}`, expected one of {}", form, known));
}

// The decision to show, if any.
Result<std::optional<DecisionReport>> decision_of(const ReportFlags& flags, const OpenRuns& runs) {
  std::optional<DecisionReport> out;
  if (flags.no_decision) return out;
  ASSAY_TRY(const aggregate::DecisionOptions options, decision_options(flags.decide));
  ASSAY_TRY(out, aggregate::decide_runs(runs.list, runs.names, options));
  if (!flags.with_decision && !worth_deciding(*out, options)) out.reset();
  return out;
}

Result<int> report_command(const ReportFlags& flags) {
  std::vector<std::string> outputs = flags.outputs;
  if (outputs.empty()) outputs.emplace_back("-");
  std::vector<const Reporter*> reporters;
  for (const std::string& output : outputs) {
    ASSAY_TRY(const Reporter* reporter, reporter_for(flags, output));
    reporters.push_back(reporter);
  }
  ASSAY_TRY_VOID(check_grid_factor(flags.grid_factor));
  ASSAY_TRY(const OpenRuns runs, open_runs(flags.runs));
  aggregate::SummarizeOptions settings;
  settings.grid_grams_per_kwh = flags.grid_factor;
  if (!flags.mix.empty()) {
    ASSAY_TRY(settings.mix, cost::parse_mix(flags.mix));
  }
  ASSAY_TRY(const Summary summary, aggregate::summarize(runs.list, runs.names, settings));
  std::vector<Trend> trends;
  if (!flags.history.empty()) {
    ASSAY_TRY(const std::vector<HistoryLine> lines, store::read_history(flags.history));
    trends = aggregate::trends_of_summary(lines, summary);
  }
  ASSAY_TRY(const std::optional<DecisionReport> decision, decision_of(flags, runs));
  ReportOptions options;
  std::optional<TcoReport> tco;
  if (!flags.tco.empty()) {
    ASSAY_TRY(tco, tco_report(flags.tco, {}));
    options.tco = &*tco;
  }
  options.trends = trends;
  options.decision = decision ? &*decision : nullptr;
  options.language = flags.language;
  options.generated_utc = utc_now_iso8601();
  options.command = command_line();
  for (size_t i = 0; i < outputs.size(); ++i) {
    options.colour = outputs[i] == "-" && isatty(STDOUT_FILENO) != 0;
    ASSAY_TRY(const std::string text, reporters[i]->write(summary, runs.list, options));
    ASSAY_TRY_VOID(write_output(outputs[i], text));
    if (outputs[i] != "-") fmt::print("{}\n", outputs[i]);
  }
  return kExitDone;
}

}  // namespace

void add_report(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "report", "Write the report of one or several run files (html, json, csv, text)");
  auto flags = std::make_shared<ReportFlags>();  // shared with the action
  command->add_option("runs", flags->runs, "Run files")->required();
  command
      ->add_option(
          "-o,--output", flags->outputs,
          "Output; its extension chooses the form (repeatable; default: a table on the terminal)")
      ->allow_extra_args(false);
  command->add_option("--format", flags->format,
                      "html, json, csv or text, whatever the extension says");
  command->add_option("--lang", flags->language, "Language of the page")
      ->check(CLI::IsMember({"en", "ko"}));
  command->add_option("--history", flags->history,
                      "History file: adds the trends of the report's figures over earlier runs");
  command
      ->add_option("--mix", flags->mix,
                   "Your own traffic, to project what each model would cost: "
                   "in=3000,out=500,cached=0.6,per_day=20000")
      ->type_name("KEY=N,..");
  command
      ->add_option("--grid-factor", flags->grid_factor,
                   "Grams of CO2 equivalent per kWh, instead of what the run files state")
      ->type_name("G_PER_KWH");
  command->add_flag("--decision", flags->with_decision,
                    "Begin with which model to adopt (default: where two models have a cost, or "
                    "requirements or weights are given)");
  command->add_flag("--no-decision", flags->no_decision, "Do not")->excludes("--decision");
  declare_decide_flags(*command, flags->decide);
  command->add_option("--tco", flags->tco,
                      "Configuration with a section `tco`: adds API, rented and own machines side "
                      "by side (see assay tco)");
  command->add_flag("--json", flags->json, "The summary as JSON");
  command->footer(
      "Examples:\n"
      "  assay report quick-ocr.assay quick-intents.assay -o report.html -o report.json\n"
      "  assay report quick-ocr.assay --lang ko -o report-ko.html\n"
      "  assay report nightly.assay --history assay-history.jsonl -o report.html\n"
      "  assay report bench.assay --tco assay.yaml -o report.html\n"
      "  assay report quick-ocr.assay --json | jq .suites[0].verdict");
  commands.emplace_back(command, [flags] { return report_command(*flags); });
}

}  // namespace assay::app
