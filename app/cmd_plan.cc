// assay plan: before spending: what a comparison would see, and what it would cost. The story:
// flags (those of `assay run`) → suites and models, no network → evidence (an earlier run, a pilot)
// → sight and spending.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

#include "app/command.h"
#include "app/data_fetching.h"
#include "app/model_prices.h"
#include "app/models.h"
#include "app/paths.h"
#include "app/pilot.h"
#include "app/plan_count.h"
#include "app/run_flags.h"
#include "app/setup.h"
#include "backends/transport/http.h"
#include "harness/aggregate/plan.h"
#include "reports/json/json_plan.h"
#include "reports/text/text_plan.h"

namespace assay::app {
namespace {

constexpr uint64_t kPilotOrder = 1;  // seed of the shuffle that picks a pilot's items

struct PlanFlags {
  RunFlags run;
  std::string detect;
  double power = 0.8;
  double alpha = 0.05;
  std::vector<std::string> from;
  std::optional<uint64_t> pilot;
  bool strict = false;
};

// "2pp", "0.5pp": points of a share; "0.02": the metric's own unit.
Result<std::optional<double>> parse_detect(const std::string& text) {
  if (text.empty()) return std::optional<double>();
  const bool points = text.ends_with("pp");
  const std::string digits = points ? text.substr(0, text.size() - 2) : text;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool number = error == std::errc() && end == digits.data() + digits.size();
  if (!number || !std::isfinite(value) || value <= 0 || (points && value > 100) || value > 1e12) {
    return input_error("--detect", fmt::format("`{}` is no difference, expected for example 2pp "
                                               "(percentage points) or 0.02",
                                               text));
  }
  return std::optional<double>(points ? value / 100 : value);
}

Result<void> check_numbers(const PlanFlags& flags) {
  const auto inside = [](double x) { return x > 0 && x < 1; };
  if (!inside(flags.power) || flags.power < 0.5)
    return input_error("--power", fmt::format("is {}, expected 0.5 to below 1", flags.power));
  if (!inside(flags.alpha) || flags.alpha > 0.5)
    return input_error("--alpha", fmt::format("is {}, expected above 0 to 0.5", flags.alpha));
  if (!flags.from.empty() && flags.pilot)
    return input_error("assay plan", "--from and --pilot exclude each other");
  return {};
}

// Models are made, nothing is reached: no key is needed.
backends::BackendContext describing_context(const RunFlags& flags,
                                            std::unique_ptr<backends::HttpLoop>& http) {
  backends::BackendContext context;
  context.http_loop = [&http]() -> backends::HttpLoop& {
    if (http == nullptr) http = std::make_unique<backends::HttpLoop>();
    return *http;
  };
  context.keys_required = false;
  context.config_text = flags.config_text;
  context.config_name = flags.config;
  context.warn = [](const std::string& text) { fmt::print(stderr, "assay: note: {}\n", text); };
  if (!flags.preset.empty()) context.remote_defaults["preset"] = flags.preset;
  context.seed = flags.seed.value_or(0);
  context.workers = fixed_concurrency(flags).value_or(1);
  context.module_dir = module_dir();
  context.plugins = flags.plugins;
  context.open_run = [](const std::string& path) -> Result<std::unique_ptr<RunStore>> {
    ASSAY_TRY(auto store, store::SqliteStore::open_for_reading(path));
    return std::unique_ptr<RunStore>(std::move(store));
  };
  return context;
}

// Asks the pilot's items for real; gives the run file. What stopped it early (a budget) leaves what
// was answered.
Result<std::string> ask_pilot(const PlanFlags& flags, const LoadedSuites& suites, int& exit) {
  RunFlags pilot = flags.run;
  pilot.limit = *flags.pilot;
  if (!pilot.shuffle) pilot.shuffle = kPilotOrder;
  if (pilot.output.empty()) pilot.output = suites.list.front()->info().name + "-pilot.assay";
  pilot.no_curve = true;
  pilot.no_summary = true;
  ASSAY_TRY(exit, run_pilot(pilot));
  return pilot.output;
}

Result<aggregate::Evidence> evidence_of(const std::vector<std::string>& files,
                                        const LoadedSuites& suites) {
  if (files.empty()) return aggregate::Evidence{};
  ASSAY_TRY(const OpenRuns runs, open_runs(files));
  ASSAY_TRY(aggregate::Evidence evidence, aggregate::read_evidence(runs.list, runs.names));
  for (const Suite* suite : suites.list) {
    const std::string& name = suite->info().name;
    if (evidence.find(name) != nullptr) continue;
    std::vector<std::string> there;
    for (const auto& one : evidence.suites) there.push_back(one.suite.name);
    return input_error(
        fmt::format("{}", fmt::join(files, ", ")),
        fmt::format(
            "has no suite `{}`, expected a run of what is planned; it has: {}", name,
            there.empty() ? std::string("none") : fmt::format("{}", fmt::join(there, ", "))));
  }
  return evidence;
}

// Sizes of the suites without --limit.
Result<std::vector<uint64_t>> available_items(const RunFlags& flags, const LoadedSuites& suites,
                                              suites::LoadOptions loading) {
  std::vector<uint64_t> out;
  for (const Suite* suite : suites.list) out.push_back(suite->size());
  if (!flags.limit) return out;
  loading.limit.reset();
  ASSAY_TRY(const LoadedSuites whole, load_suites(flags.suites, loading));
  for (size_t s = 0; s < out.size() && s < whole.list.size(); ++s)
    out[s] = std::max(out[s], whole.list[s]->size());
  return out;
}

aggregate::SightQuestion question_of(const Suite& suite, uint64_t available,
                                     const std::vector<run::RunModel>& models,
                                     const PlanFlags& flags, std::optional<double> detect) {
  const SuiteInfo& info = suite.info();
  aggregate::SightQuestion q;
  q.suite = info.name;
  q.prompt_hash = info.prompt_hash;
  q.scorer_hash = info.scorer_hash;
  q.metric = info.metrics.front();
  q.items = suite.size();
  q.available = available;
  q.repeats = info.repeats;
  for (const run::RunModel& model : models) q.models.push_back(model.info.name);
  q.detect = detect;
  q.alpha = flags.alpha;
  q.power = flags.power;
  return q;
}

Result<void> add_spendings(const Suite& suite, const std::vector<run::RunModel>& models,
                           const RunFlags& flags, const aggregate::Evidence& evidence,
                           aggregate::PlanReport& out) {
  for (const run::RunModel& model : models) {
    const BackendTraits& traits = model.backend->traits();
    ModelPrices prices = model.prices;
    if (flags.batch) prices.service = Service::kBatch;
    ASSAY_TRY(const aggregate::PromptCount count, count_prompts(suite, traits, prices));
    aggregate::SpendingSettings settings;
    if (flags.machine_price) settings.machine_price_per_hour = *Money::parse(*flags.machine_price);
    settings.local = traits.local;
    settings.concurrency =
        model.concurrency > 0 ? model.concurrency : fixed_concurrency(flags).value_or(0);
    settings.requests_per_minute = traits.requests_per_minute;
    settings.tokens_per_minute = traits.tokens_per_minute;
    aggregate::SpendingForecast forecast = aggregate::spending(
        count, prices, evidence.usage(suite.info().name, model.info.name), settings);
    forecast.model = model.info.name;
    forecast.suite = suite.info().name;
    out.spendings.push_back(std::move(forecast));
  }
  return {};
}

void add_notes(const RunFlags& flags, const std::optional<std::string>& pilot,
               aggregate::PlanReport& out) {
  if (pilot) {
    out.notes.push_back(fmt::format(
        "the pilot's answers are in {}; `assay run .. --reuse {}` does not pay for them again",
        *pilot, *pilot));
  }
  const std::optional<Money> budget = budget_amount(flags);
  if (budget && out.cost && out.cost->typical > *budget) {
    out.notes.push_back(fmt::format("the budget of {} {} ends the run early: it typically costs {}",
                                    budget->text(), out.currency, out.cost->typical.text()));
  }
}

Result<int> plan_command(const PlanFlags& given) {
  PlanFlags flags = given;
  ASSAY_TRY_VOID(check_numbers(flags));
  ASSAY_TRY(const std::optional<double> detect, parse_detect(flags.detect));
  std::vector<ConfigModel> specs;
  ASSAY_TRY(const RunFlags run_flags, with_config(given.run, specs));
  const std::stop_source stop;
  DataFetching fetching(stop.get_token(), run_flags.quiet);
  suites::LoadOptions loading = load_options(run_flags);
  fetching.use_for(loading);
  ASSAY_TRY(const LoadedSuites suites, load_suites(run_flags.suites, loading));
  ASSAY_TRY(const std::vector<uint64_t> available, available_items(run_flags, suites, loading));
  std::unique_ptr<backends::HttpLoop> http;  // outlives the models
  ASSAY_TRY(std::vector<run::RunModel> models,
            make_models(specs, suites.list, describing_context(run_flags, http), false));
  ASSAY_TRY_VOID(resolve_prices(price_settings(run_flags), models));
  std::optional<std::string> pilot;
  if (flags.pilot) {
    int exit = kExitDone;
    ASSAY_TRY(pilot, ask_pilot(given, suites, exit));
    if (exit == kExitInfrastructure || exit == kExitInterrupted) return exit;
    flags.from = {*pilot};
  }
  ASSAY_TRY(const aggregate::Evidence evidence, evidence_of(flags.from, suites));
  aggregate::PlanReport report;
  report.currency = run_flags.currency.value_or("USD");
  bool sees = true;
  for (size_t s = 0; s < suites.list.size(); ++s) {
    const Suite& suite = *suites.list[s];
    if (suite.info().metrics.empty()) continue;
    report.suites.push_back(aggregate::suite_sight(
        question_of(suite, available[s], models, flags, detect), evidence.find(suite.info().name)));
    sees = sees && report.suites.back().sees;
    ASSAY_TRY_VOID(add_spendings(suite, models, run_flags, evidence, report));
  }
  aggregate::add_totals(report);
  add_notes(run_flags, pilot, report);
  ASSAY_TRY_VOID(write_output(
      "-", run_flags.json ? reports::plan_json(report) : reports::plan_text(report, {})));
  return flags.strict && !sees ? kExitInconclusive : kExitDone;
}

}  // namespace

void add_plan(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "plan", "Before spending: what a comparison would see, and what it would cost");
  command->footer(
      "Takes the flags of `assay run`, so that a plan is the run's command with another word; -o "
      "names the pilot's run file.\n\n"
      "Examples:\n"
      "  assay plan quick-intents -m openai:gpt-4o-mini -m 'http://127.0.0.1:8000/v1#qwen3' "
      "--detect 2pp\n"
      "  assay plan quick-intents -m baseline:linear -m baseline:bm25 --detect 5pp --from "
      "intents.assay\n"
      "  assay plan ./my-suite -m process:./my-model.py --detect 3pp --pilot 40 --repeats 2\n"
      "  assay plan quick-intents -m baseline:bm25 --detect 2pp --strict   # exit code 3 when it "
      "cannot be seen");
  auto flags = std::make_shared<PlanFlags>();  // shared with the action
  command->add_option("--detect", flags->detect,
                      "The difference to be seen: 2pp (percentage points), or 0.02 in the metric's "
                      "own unit");
  command->add_option("--power", flags->power, "Chance of seeing it (default 0.8)");
  command->add_option("--alpha", flags->alpha, "Chance of seeing one that is not (default 0.05)");
  command
      ->add_option(
          "--from", flags->from,
          "Earlier run file of the same suites, for variance, tokens and times; repeatable")
      ->type_name("RUN")
      ->allow_extra_args(false);
  command
      ->add_option("--pilot", flags->pilot,
                   "Ask N items of each suite for real first (--budget holds) and plan from them")
      ->check(CLI::PositiveNumber);
  command->add_flag("--strict", flags->strict, "Exit code 3 when --detect cannot be seen");
  declare_run_flags(*command, flags->run);
  commands.emplace_back(command, [flags] { return plan_command(*flags); });
}

}  // namespace assay::app
