// assay suite check: whether a suite's items, labels and texts can carry the figures made of them.
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>

#include "app/backend_context.h"
#include "app/command.h"
#include "app/data_fetching.h"
#include "app/interrupts.h"
#include "app/models.h"
#include "app/run_flags.h"
#include "app/setup.h"
#include "harness/aggregate/health.h"
#include "harness/aggregate/summarize.h"
#include "harness/base/clock.h"
#include "harness/run/run.h"
#include "reports/health/health_report.h"
#include "suites/probe_suite.h"

namespace assay::app {
namespace {

struct SuiteFlags {
  std::vector<std::string> suites;
  std::vector<std::string> runs;
  std::vector<std::string> tasks_dirs;
  std::vector<std::string> plugins;
  std::string data_dir;
  std::string cache_dir;
  std::string detect = "2pp";
  std::string probe;
  std::string config;
  std::string output = "-";
  double discordance = 0.2;
  double threshold = kNearThreshold;
  uint64_t probe_items = 100;
  uint64_t seed = 0;
  std::optional<uint32_t> num_fewshot;
  bool offline = false;
  bool strict = false;
  bool json = false;
};

// "2pp", "2%", "0.02".
Result<double> parse_difference(const std::string& text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(end, static_cast<const char*>(text.data() + text.size()));
  const bool percent = unit == "pp" || unit == "%" || unit == "%p";
  if (failed == std::errc() && (percent || unit.empty())) {
    if (percent) value /= 100;
    if (value > 0 && value <= 1) return value;
  }
  return input_error("--detect",
                     "`" + text + "` is no difference, expected for example 2pp or 0.02");
}

RunFlags loading_flags(const SuiteFlags& flags) {
  RunFlags out;
  out.data_dir = flags.data_dir;
  out.cache_dir = flags.cache_dir;
  out.tasks_dirs = flags.tasks_dirs;
  out.num_fewshot = flags.num_fewshot;
  out.offline = flags.offline;
  out.seed = flags.seed;
  return out;
}

// A run file of the probe that is gone when the check is done.
class TemporaryRun {
 public:
  TemporaryRun()
      : path_(
            (std::filesystem::temp_directory_path() / fmt::format("assay-probe-{}.assay", getpid()))
                .string()) {
    remove();
  }
  ~TemporaryRun() { remove(); }
  TemporaryRun(const TemporaryRun&) = delete;
  TemporaryRun& operator=(const TemporaryRun&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_ + suffix, ignored);
    }
  }
  std::string path_;
};

Result<std::vector<aggregate::ProbeAnswer>> read_answers(const std::string& path,
                                                         const suites::ProbeSuite& probe) {
  std::map<std::string, std::string> hidden;
  for (const suites::ProbeQuestion& q : probe.questions()) hidden[q.id] = q.hidden;
  ASSAY_TRY(const auto store, store::SqliteStore::open_for_reading(path));
  std::vector<aggregate::ProbeAnswer> out;
  ASSAY_TRY_VOID(store->read_items({}, [&](const ItemDetail& item) {
    if (!is_answer(item.outcome)) return true;
    out.push_back({.id = item.sample_id, .expected = hidden[item.sample_id], .reply = item.answer});
    return true;
  }));
  return out;
}

Result<aggregate::ProbeResult> ask(const SuiteFlags& flags, const suites::ProbeSuite& probe,
                                   const std::string& path, const std::stop_token& stop) {
  RunFlags run_flags;
  run_flags.suites = flags.suites;
  run_flags.models = {flags.probe};
  run_flags.config = flags.config;
  run_flags.plugins = flags.plugins;
  run_flags.offline = flags.offline;
  run_flags.seed = flags.seed;
  std::vector<ConfigModel> specs;
  ASSAY_TRY(run_flags, with_config(run_flags, specs));
  std::unique_ptr<backends::HttpLoop> http;
  const std::function<void(const std::string&)> notice;
  std::vector<const Suite*> asked{&probe};
  ASSAY_TRY(std::vector<run::RunModel> models,
            make_models(specs, asked, backend_context(run_flags, http, stop, notice), false));
  ASSAY_TRY_VOID(check_offline(run_flags, models));
  {
    ASSAY_TRY(const auto store, store::SqliteStore::open_for_writing(path, {}));
    run::Progress progress;
    run::RunRequest request{*store, std::move(models), asked};
    request.session = this_session();
    request.load_image = load_picture;
    ASSAY_TRY(const run::RunOutcome outcome, run::run(request, progress, stop));
    if (outcome.interrupted) return Error{ErrorCode::kInterrupted, "stopped", "--probe"};
    ASSAY_TRY_VOID(store->checkpoint());
  }
  ASSAY_TRY(const std::vector<aggregate::ProbeAnswer> answers, read_answers(path, probe));
  aggregate::ProbeResult out = aggregate::probe_result(answers, 0.95);
  out.failed = probe.size() - answers.size();
  out.asked = probe.size();
  return out;
}

Result<void> probe_suite(const SuiteFlags& flags, const Suite& suite, const std::stop_token& stop,
                         aggregate::SuiteCheck& check) {
  ASSAY_TRY(const auto probe, suites::ProbeSuite::make(suite, flags.probe_items));
  aggregate::ProbeResult result;
  if (probe->size() > 0) {
    const TemporaryRun file;
    ASSAY_TRY(result, ask(flags, *probe, file.path(), stop));
  }
  result.model = flags.probe;
  aggregate::add_probe(std::move(result), check);
  return {};
}

Result<std::optional<Summary>> summarize_runs(const SuiteFlags& flags, double detect) {
  if (flags.runs.empty()) return std::optional<Summary>{};
  ASSAY_TRY(const OpenRuns runs, open_runs(flags.runs));
  aggregate::SummarizeOptions options;
  options.detect = detect;
  ASSAY_TRY(Summary summary, aggregate::summarize(runs.list, runs.names, options));
  return std::optional(std::move(summary));
}

Result<int> check_command(const SuiteFlags& flags) {
  aggregate::CheckOptions options;
  ASSAY_TRY(options.detect, parse_difference(flags.detect));
  options.discordance = flags.discordance;
  options.near.threshold = flags.threshold;
  std::stop_source stop;
  const Interrupts interrupts(stop);
  DataFetching fetching(stop.get_token(), flags.json);
  suites::LoadOptions loading = load_options(loading_flags(flags));
  fetching.use_for(loading);
  ASSAY_TRY(const std::optional<Summary> runs, summarize_runs(flags, options.detect));
  ASSAY_TRY(const LoadedSuites suites, load_suites(flags.suites, loading));
  aggregate::CheckReport report;
  report.sources = flags.runs;
  for (const Suite* suite : suites.list) {
    ASSAY_TRY(aggregate::SuiteCheck check,
              aggregate::check_suite(*suite, runs ? &*runs : nullptr, options));
    if (!flags.probe.empty()) {
      ASSAY_TRY_VOID(probe_suite(flags, *suite, stop.get_token(), check));
    }
    report.suites.push_back(std::move(check));
  }
  const bool json =
      flags.json || std::filesystem::path(flags.output).extension().string() == ".json";
  ASSAY_TRY_VOID(write_output(
      flags.output, json ? reports::health_json(report) : reports::health_text(report, {})));
  const bool failed = flags.strict && report.count(aggregate::Severity::kError) > 0;
  return failed ? kExitRegression : kExitDone;
}

void declare_flags(CLI::App& command, SuiteFlags& flags) {
  command.add_option("suites", flags.suites, "Suites: names, folders or YAML files")
      ->required()
      ->expected(1, 1024);
  command.add_option("--run", flags.runs, "Run file whose models say what items tell; repeatable")
      ->allow_extra_args(false);
  command.add_option("--detect", flags.detect,
                     "Difference that a comparison is to see, for example 2pp (default)");
  command
      .add_option("--discordance", flags.discordance,
                  "Share of items two models differ on, assumed where --run has no two models "
                  "(default 0.2)")
      ->check(CLI::Range(0.0001, 1.0));
  command
      .add_option("--near", flags.threshold,
                  "Jaccard index of n-grams from which texts are near copies (default 0.8)")
      ->check(CLI::Range(0.5, 1.0));
  command.add_option("--probe", flags.probe,
                     "Model that is asked to go on with the questions (contamination)");
  command.add_option("--probe-items", flags.probe_items, "Questions of each suite it is asked")
      ->check(CLI::Range(1, 100000));
  command.add_option("-c,--config", flags.config, "Configuration file, for names of models");
  command.add_option("--data", flags.data_dir, "Folder with local copies of data");
  command.add_option("--cache-dir", flags.cache_dir, "Folder for fetched data");
  command.add_option("--tasks-dir,--include-path", flags.tasks_dirs, "Folder of tasks; repeatable")
      ->allow_extra_args(false);
  command.add_option("--num-fewshot", flags.num_fewshot, "Examples in the prompt")
      ->check(CLI::Range(0, 64));
  command.add_option("--plugin", flags.plugins, "Shared library that adds a backend; repeatable")
      ->allow_extra_args(false);
  command.add_option("--seed", flags.seed, "Seed of few-shot draws and of the probe (default 0)");
  command.add_option("-o,--output", flags.output, "Output file; .json for JSON");
  command.add_flag("--offline", flags.offline, "Never touch the network");
  command.add_flag("--strict", flags.strict, "Exit 1 when there are errors (default: 0)");
  command.add_flag("--json", flags.json, "As JSON");
}

}  // namespace

void add_suite(CLI::App& app, Commands& commands) {
  CLI::App* group = app.add_subcommand("suite", "What a suite is worth");
  group->require_subcommand(1);
  CLI::App* command = group->add_subcommand(
      "check",
      "Copies, contradictions, leaks, labels, items that tell nothing, and how many are needed");
  auto flags = std::make_shared<SuiteFlags>();  // shared with the action
  declare_flags(*command, *flags);
  command->footer(
      "Examples:\n  assay suite check quick-intents\n  assay suite check quick-intents --run "
      "monday.assay --run tuesday.assay --detect 3pp\n  assay suite check ./my-suite --strict "
      "--json\n  assay suite check ./my-suite --probe openai:gpt-4o-mini --probe-items 50");
  commands.emplace_back(command, [flags] { return check_command(*flags); });
}

}  // namespace assay::app
