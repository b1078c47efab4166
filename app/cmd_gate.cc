// assay gate: does a new run pass against its baseline? The exit code is the answer.
#include <fmt/format.h>

#include <memory>
#include <stop_token>

#include "app/ask_again.h"
#include "app/command.h"
#include "app/config.h"
#include "app/gate_config.h"
#include "app/gate_outputs.h"
#include "app/interrupts.h"
#include "app/run_flags.h"
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
  RunFlags asking;  // of the models to ask again
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

// A model is asked again only where the user names it: a run file may come from anywhere, and a
// model can be a program.
Result<bool> models_named(const GateFlags& flags) {
  if (!flags.asking.models.empty()) return true;
  const std::string file = config_path(flags.asking.config);
  if (file.empty()) return false;
  ASSAY_TRY(const Config config, load_config(file));
  return !config.models.empty();
}

// Who is asked again: the new run's models. What they are compared with: the baseline's file.
Result<aggregate::GateAsking> asking_of(const OpenRuns& runs, const GateFlags& flags,
                                        const std::stop_token& stop) {
  aggregate::GateAsking asking;
  const RunStore* baseline = runs.list.front();
  asking.baseline = [baseline](const ConfirmAsk& ask) {
    return aggregate::item_values(*baseline, ask.suite, ask.baseline_model, ask.metric, ask.items);
  };
  ASSAY_TRY(const bool named, models_named(flags));
  if (!named) {
    asking.why_not = "no model is named to ask again; give -m, or list it in assay.yaml";
    return asking;
  }
  asking.fresh = [&flags,
                  &stop](const ConfirmAsk& ask) -> Result<std::vector<aggregate::ConfirmedItem>> {
    AskAgain what{.run = flags.run,
                  .suite = ask.suite,
                  .model = ask.model,
                  .metric = ask.metric,
                  .items = ask.items,
                  .repeats = ask.repeats};
    ASSAY_TRY(const std::vector<FreshScore> scores, ask_again(what, flags.asking, stop));
    std::vector<aggregate::ConfirmedItem> out;
    out.reserve(scores.size());
    for (const FreshScore& score : scores) out.push_back({score.item, score.value, score.n});
    return out;
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
  std::stop_source stop;
  const Interrupts interrupts(stop);
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
  const std::stop_token token = stop.get_token();
  ASSAY_TRY(const aggregate::GateAsking asking, asking_of(runs, flags, token));
  const aggregate::GateResult result = run_gate(input, asking);
  if (interrupts.interrupted()) return kExitInterrupted;
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
  command
      ->add_option("-m,--model", flags->asking.models,
                   "Model of the new run, to ask again what became worse or better before failing "
                   "(default: those of assay.yaml); repeatable")
      ->allow_extra_args(false);
  command
      ->add_option("--suite", flags->asking.suites,
                   "Its suites, where they are not found by name (folder or YAML file); repeatable")
      ->allow_extra_args(false);
  command->add_option("--models-config", flags->asking.config,
                      "Configuration file with models and suites (default: assay.yaml)");
  command->add_option("--data", flags->asking.data_dir,
                      "Folder with local copies of data that suites name by URL");
  command
      ->add_option("--tasks-dir,--include-path", flags->asking.tasks_dirs,
                   "Folder of lm-evaluation-harness tasks; repeatable")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command->add_option("--budget", flags->asking.budget, "What asking again may cost, as 1usd")
      ->type_name("AMOUNT[CURRENCY]");
  command->add_flag("--offline", flags->asking.offline, "Never touch the network");
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
  commands.emplace_back(command, [flags] {
    flags->asking.quiet = flags->outputs.quiet;
    return gate_command(*flags);
  });
}

}  // namespace assay::app
