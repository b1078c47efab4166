// assay gate: does a new run pass against its baseline? The exit code is the answer.
#include <fmt/format.h>

#include <memory>

#include "app/command.h"
#include "app/gate_config.h"
#include "app/gate_outputs.h"
#include "app/setup.h"
#include "harness/aggregate/compare.h"
#include "harness/aggregate/gate.h"
#include "harness/aggregate/gate_values.h"
#include "harness/aggregate/summarize.h"

namespace assay::app {
namespace {

using aggregate::ConfirmAsk;
using aggregate::GateOutcome;

struct GateFlags {
  std::string run;
  std::string baseline;
  std::string config;
  GateOutputs outputs;
  bool no_confirm = false;
  bool schema = false;
};

int exit_code_of(GateOutcome outcome) {
  switch (outcome) {
    case GateOutcome::kPass:
      return kExitDone;
    case GateOutcome::kFail:
      return kExitRegression;
    case GateOutcome::kInconclusive:
      return kExitInconclusive;
    case GateOutcome::kInfrastructure:
      return kExitInfrastructure;
    default:
      return kExitUsage;
  }
}

Result<aggregate::GateRules> rules_of(const GateFlags& flags) {
  aggregate::GateRules rules;
  if (!flags.config.empty()) {
    ASSAY_TRY(rules, load_gate_rules(flags.config));
  }
  if (flags.no_confirm) rules.confirm = false;
  return rules;
}

Result<Summary> summary_of(const OpenRuns& runs, size_t i,
                           const aggregate::SummarizeOptions& options) {
  return aggregate::summarize(std::span(&runs.list[i], 1), std::span(&runs.names[i], 1), options);
}

// Who is asked again: the new run's models. What they are compared with: the baseline's file.
aggregate::GateAsking asking_of(const OpenRuns& runs) {
  aggregate::GateAsking asking;
  const RunStore* baseline = runs.list.front();
  asking.baseline = [baseline](const ConfirmAsk& ask) {
    return aggregate::item_values(*baseline, ask.suite, ask.baseline_model, ask.metric, ask.items);
  };
  return asking;
}

Result<int> gate_command(const GateFlags& flags) {
  if (flags.schema) {
    ASSAY_TRY_VOID(write_output("-", std::string(gate_schema())));
    return kExitDone;
  }
  if (flags.run.empty() || flags.baseline.empty()) {
    return input_error("", "expected a new run and its baseline: assay gate NEW --baseline OLD");
  }
  ASSAY_TRY_VOID(check_outputs(flags.outputs));
  ASSAY_TRY(const aggregate::GateRules rules, rules_of(flags));
  ASSAY_TRY(const OpenRuns runs, open_runs({flags.baseline, flags.run}));
  aggregate::CompareOptions options;
  options.alpha = rules.alpha;
  options.confidence = 1 - rules.alpha;
  ASSAY_TRY(const aggregate::ComparisonReport report,
            aggregate::compare_runs(runs.list, runs.names, options));
  ASSAY_TRY(const Summary baseline, summary_of(runs, 0, options));
  ASSAY_TRY(const Summary now, summary_of(runs, 1, options));
  const aggregate::GateInput input{rules, report, baseline, now};
  const aggregate::GateResult result = run_gate(input, asking_of(runs));
  ASSAY_TRY_VOID(write_gate(result, flags.outputs));
  return exit_code_of(result.outcome);
}

}  // namespace

void add_gate(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "gate", "Pass or fail a run against its baseline, for CI: the exit code is the answer");
  auto flags = std::make_shared<GateFlags>();  // shared with the action
  command->add_option("run", flags->run, "The new run's file");
  command->add_option("-b,--baseline", flags->baseline, "The baseline's run file");
  command->add_option(
      "--config", flags->config,
      "gate.yaml with margins and limits (default: every suite's headline, a margin "
      "of 2 points)");
  command->add_option("--json", flags->outputs.json,
                      "Write the result as JSON (`-`: to the terminal)");
  command->add_option("--junit", flags->outputs.junit, "Write it as JUnit XML");
  command->add_option("--markdown", flags->outputs.markdown,
                      "Write it as Markdown, for a comment that is updated in place");
  command->add_option("--id", flags->outputs.id,
                      "Names the gate in the Markdown's hidden marker (default: gate)");
  command->add_flag("--github", flags->outputs.github,
                    "Also GitHub's annotations, and the Markdown to $GITHUB_STEP_SUMMARY");
  command->add_flag("--no-confirm", flags->no_confirm,
                    "Fail without asking again what became worse or better");
  command->add_flag("-q,--quiet", flags->outputs.quiet, "Print the verdict alone");
  command->add_flag("--schema", flags->schema, "Print the JSON Schema of gate.yaml");
  command->footer(
      "Examples:\n"
      "  assay gate new.assay --baseline main.assay\n"
      "  assay gate new.assay --baseline main.assay --config gate.yaml --junit gate.xml\n"
      "  assay gate new.assay --baseline main.assay --markdown comment.md --github\n"
      "  assay gate --schema > gate.schema.json\n\n"
      "Exit codes: 0 passed, 1 regressed or a limit broken, 2 bad input or a suite that the gate "
      "names is missing, 3 inconclusive, 4 too many items without a reply.");
  commands.emplace_back(command, [flags] { return gate_command(*flags); });
}

}  // namespace assay::app
