// assay run: ask, measure, score, store; resumes when the file exists. The story: flags → suites →
// models → file → run() → summary. Next: harness/run/run.cc.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <stop_token>

#include "app/backend_context.h"
#include "app/batch.h"
#include "app/command.h"
#include "app/data_fetching.h"
#include "app/dry_run.h"
#include "app/host.h"
#include "app/interrupts.h"
#include "app/model_prices.h"
#include "app/models.h"
#include "app/pilot.h"
#include "app/progress_display.h"
#include "app/run_energy.h"
#include "app/run_flags.h"
#include "app/setup.h"
#include "app/until_decided.h"
#include "backends/transport/http.h"
#include "harness/aggregate/summarize.h"
#include "harness/run/batch_book.h"
#include "harness/run/run.h"
#include "reports/registry.h"

namespace assay::app {
namespace {

constexpr uint32_t kRetriesDefault = 7;
// So large a share of items without any reply is a failure of the infrastructure, not of a model.
constexpr double kFailedShareMax = 0.1;

std::string output_path(const RunFlags& flags, const LoadedSuites& suites) {
  return flags.output.empty() ? suites.list.front()->info().name + ".assay" : flags.output;
}

DisplayOptions display_options(const RunFlags& flags) {
  DisplayOptions options;
  options.quiet = flags.quiet;
  options.terminal = isatty(STDERR_FILENO) != 0;
  options.currency = flags.currency.value_or("USD");
  if (flags.machine_price) options.price_per_hour = *Money::parse(*flags.machine_price);
  return options;
}

Result<void> print_summary(const std::string& path, const RunFlags& flags,
                           const std::vector<aggregate::Decision>& decisions) {
  ASSAY_TRY(const OpenRuns runs, open_runs({path}));
  ASSAY_TRY(const Summary summary, aggregate::summarize(runs.list, runs.names, {}));
  ReportOptions options;
  // Without the time of day the JSON of a simulated run is the same bytes every time.
  if (!flags.json) options.generated_utc = utc_now_iso8601();
  options.command = fmt::format("assay report {}", path);
  options.colour = isatty(STDOUT_FILENO) != 0;
  ASSAY_TRY(std::string text,
            reports::find_reporter(flags.json ? "json" : "text")->write(summary, {}, options));
  if (!decisions.empty() && !flags.json) text += decisions_text(decisions, flags);
  if (!decisions.empty() && flags.json) {
    ASSAY_TRY(text, with_decisions(text, decisions, flags));
  }
  return write_output("-", text);
}

bool anything_asked(const run::Progress& progress) {
  return std::any_of(progress.lanes.begin(), progress.lanes.end(),
                     [](const run::LaneProgress& lane) { return lane.asked > 0; });
}

void remove_run_file(const std::string& path) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix, ignored);
}

int exit_code(const run::RunOutcome& outcome, const RunFlags& flags,
              const std::vector<aggregate::Decision>& decisions, bool interrupted) {
  if (interrupted) return kExitInterrupted;
  // Of those that were to be asked: what a decision left out says nothing of the infrastructure.
  const uint64_t items = outcome.items - std::min(outcome.items, outcome.unneeded);
  const bool many_failed = items > 0 && static_cast<double>(outcome.failed) >
                                            kFailedShareMax * static_cast<double>(items);
  for (const run::RunOutcome::Tripped& lane : outcome.tripped) {
    fmt::print(stderr,
               "assay: {} was stopped: nothing but errors, the last: {}; mend that and run the "
               "same command again\n",
               lane.model, lane.reason.empty() ? "(none was given)" : lane.reason);
  }
  if (many_failed || !outcome.tripped.empty()) return kExitInfrastructure;
  const int decided = decisions_exit_code(decisions);
  if (!outcome.limit_reached) return decided;
  fmt::print(stderr,
             "assay: stopped by {}: {} spent, items are left; the same command with a larger limit "
             "goes on\n",
             flags.budget.empty() ? "--max-requests" : "--budget or --max-requests",
             outcome.spent.text());
  return decided == kExitRegression ? decided : static_cast<int>(kExitInconclusive);
}

Result<int> run_command(const RunFlags& given) {
  std::vector<ConfigModel> specs;
  ASSAY_TRY(const RunFlags flags, with_config(given, specs));
  ASSAY_TRY_VOID(check_until_decided(flags));
  ASSAY_TRY(const EnergySettings energy_wanted, energy_settings(flags.energy));
  // A signal mask set before any thread starts is everybody's; workers and children of backends
  // inherit it.
  std::stop_source stop;
  const Interrupts interrupts(stop);

  DataFetching fetching(stop.get_token(), flags.quiet);
  suites::LoadOptions loading = load_options(flags);
  fetching.use_for(loading);
  ASSAY_TRY(LoadedSuites suites, load_suites(flags.suites, loading));
  std::function<void(const std::string&)> notice;  // outlives the models, which call it
  std::unique_ptr<backends::HttpLoop> http;        // and the remote ones use it
  ASSAY_TRY(std::vector<run::RunModel> models,
            make_models(specs, suites.list, backend_context(flags, http, stop.get_token(), notice),
                        !flags.no_curve && !flags.until_decided));
  ASSAY_TRY_VOID(resolve_prices(price_settings(flags), models));
  for (run::RunModel& model : models) {
    if (model.concurrency == 0) model.concurrency = fixed_concurrency(flags).value_or(0);
    model.concurrency_auto = flags.concurrency == "auto";
  }
  ASSAY_TRY_VOID(check_budget(flags, models));
  ASSAY_TRY_VOID(check_batch(flags, models));
  if (!flags.dry_run) ASSAY_TRY_VOID(check_offline(flags, models));
  if (flags.dry_run) {
    ASSAY_TRY_VOID(print_requests(models, suites.list, load_picture));
    return kExitDone;
  }
  const std::string path = output_path(flags, suites);
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(path, ignored);
  ASSAY_TRY(const auto rule, make_decision_rule(flags, path, suites.list, models));
  run::RunOutcome outcome;
  {
    ASSAY_TRY(const auto store, store::SqliteStore::open_for_writing(path, {flags.durable}));
    run::Progress progress;
    ProgressDisplay display(progress, display_options(flags));
    RunEnergy energy(energy_wanted, stop.get_token(), [&display](const std::string& text) {
      display.start();
      display.notice(text);
    });
    run::RunRequest request{*store, std::move(models), suites.list};
    request.session = this_session();
    request.machine_price_per_hour = flags.machine_price.value_or("");
    request.currency = flags.currency.value_or("USD");
    request.load_image = load_picture;
    request.score_threads = flags.threads.value_or(2);
    request.retries_max = flags.retries.value_or(kRetriesDefault);
    request.budget = budget_amount(flags);
    request.requests_max = flags.requests_max;
    request.warm_up = flags.warm_up;
    std::unique_ptr<store::SqliteStore> reuse;
    if (!flags.reuse.empty()) {
      ASSAY_TRY(reuse, store::SqliteStore::open_for_reading(flags.reuse));
      request.reuse_from = reuse.get();
    }
    request.seed = flags.seed.value_or(0);
    request.stop_rule = rule.get();
    request.batch = batch_settings(flags);
    request.notice = [&](const std::string& model) {
      display.start();
      display.notice("preparing " + model);
    };
    notice = [&display](const std::string& text) { display.notice(text); };
    request.turns = energy.hooks();
    Result<run::RunOutcome> done = run::run(request, progress, stop.get_token());
    notice = {};
    display.finish();
    if (!done) {
      // What failed before the first question leaves no file behind.
      const bool asked = anything_asked(progress) || run::has_batches(*store).value_or(true);
      if (is_new && !asked) remove_run_file(path);
      return std::move(done).error();
    }
    outcome = *done;
    ASSAY_TRY_VOID(store->checkpoint());
  }
  if (!flags.quiet) {
    const auto counted = [](uint64_t n, std::string_view what) {
      return n > 0 ? fmt::format(", {} {}", count_text(n), what) : std::string();
    };
    fmt::print(stderr, "{}: {} items, {} asked now{}{}{}{}{}; group-commit window 5 ms\n", path,
               count_text(outcome.items), count_text(outcome.asked),
               counted(outcome.batch.submitted, "submitted in batches"),
               counted(outcome.batch.collected, "collected from batches"),
               counted(outcome.reused, "answers reused"),
               counted(outcome.rejudged, "stored replies judged"),
               outcome.spent.nano > 0 ? fmt::format(", {} spent", outcome.spent.text()) : "");
  }
  print_open_batches(outcome.batch);
  suites = {};  // the summary needs the file alone; a large suite's index is memory
  const std::vector<aggregate::Decision> decisions =
      rule != nullptr ? rule->decisions() : std::vector<aggregate::Decision>();
  if (!flags.no_summary) ASSAY_TRY_VOID(print_summary(path, flags, decisions));
  return exit_code(outcome, flags, decisions, interrupts.interrupted());
}

}  // namespace

Result<int> run_pilot(const RunFlags& flags) { return run_command(flags); }

void add_run(CLI::App& app, Commands& commands) {
  CLI::App* command =
      app.add_subcommand("run", "Ask, measure, score, store; resumes when the run file exists");
  command->footer(
      "Examples:\n"
      "  assay run quick-intents -m baseline:linear -m baseline:bm25 -o intents.assay\n"
      "  assay run quick-ocr -m tesseract:kor+eng -m 'tesseract:kor?psm=6' --limit 10\n"
      "  assay run ./my-suite -m process:./my-model.py --repeats 3\n"
      "  assay run quick-intents -m openai:gpt-4o-mini -m 'http://127.0.0.1:8000/v1#qwen3' "
      "--budget 2usd\n"
      "  assay run quick-intents -m deepseek:deepseek-reasoner --preset r1 --repeats 8 --dry-run\n"
      "  assay run quick-intents -m openai:gpt-4o-mini --until-decided --against main.assay "
      "--margin "
      "2pp -o new.assay\n"
      "  assay run quick-intents -m openai:gpt-4o-mini --batch -o intents.assay   # half the "
      "price\n"
      "  assay run                       # everything from assay.yaml");
  auto flags =
      std::make_shared<RunFlags>();  // shared with the action, which outlives this function
  declare_run_flags(*command, *flags);
  declare_decision_flags(*command, *flags);
  commands.emplace_back(command, [flags] { return run_command(*flags); });
}

}  // namespace assay::app
