// assay bench: puts loads on models and measures how they bear them. The story: flags → plan →
// models → first requests → file → loads → summary. Next: app/bench/bench_session.cc, then
// harness/run/load_run.cc.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/bench/bench_display.h"
#include "app/bench/bench_flags.h"
#include "app/bench/bench_model.h"
#include "app/bench/bench_plan.h"
#include "app/bench/bench_session.h"
#include "app/bench/self_test.h"
#include "app/command.h"
#include "app/config.h"
#include "app/data_fetching.h"
#include "app/google_benchmark.h"
#include "app/interrupts.h"
#include "app/models.h"
#include "app/paths.h"
#include "app/setup.h"
#include "backends/transport/http.h"
#include "harness/aggregate/energy_readings.h"
#include "harness/aggregate/summarize.h"
#include "harness/base/money.h"
#include "harness/run/run.h"
#include "reports/registry.h"

namespace assay::app {
namespace {

constexpr uint32_t kInFlightPerLoop = 1'000;
constexpr double kRatePerLoop = 4'000;
constexpr uint64_t kTextBytesKept = 1'024;   // of synthetic replies: nobody reads them
constexpr uint64_t kBenchmarkRequests = 10;  // of --gbench, without --requests
constexpr uint32_t kScoreThreads = 2;
constexpr uint32_t kLoopsMax = 256;

struct Setting {
  BenchFlags flags;
  std::vector<ConfigModel> models;
  std::string config;
  std::string config_text;
  std::vector<std::string> plugins;
};

Result<Setting> with_config(const BenchFlags& given) {
  Setting out;
  out.flags = given;
  out.config = config_path("");
  Config config;
  if (!out.config.empty()) {
    ASSAY_TRY(config, load_config(out.config));
    out.config_text = config.text;
    out.plugins = config.plugins;
    if (!out.flags.machine_price) out.flags.machine_price = config.machine_price_per_hour;
  }
  if (out.flags.machine_price) {
    const Result<Money> price = Money::parse(*out.flags.machine_price);
    if (!price || price->nano < 0) {
      return input_error("--machine-price",
                         fmt::format("`{}` is no amount of 0 or more, expected for example 0.40",
                                     *out.flags.machine_price));
    }
  }
  for (const std::string& spec : given.models) {
    const auto known = std::find_if(config.models.begin(), config.models.end(),
                                    [&](const ConfigModel& model) { return model.name == spec; });
    const bool twice = std::any_of(out.models.begin(), out.models.end(),
                                   [&](const ConfigModel& model) { return model.name == spec; });
    if (twice) return input_error("assay bench " + spec, "is given twice");
    out.models.push_back(known != config.models.end() ? *known : ConfigModel{spec, spec, 0});
  }
  if (out.models.empty() && !given.self_test) {
    return input_error("assay bench",
                       "no model is named; for example `assay bench "
                       "'http://127.0.0.1:8000/v1#qwen3' --concurrency 1,8,64`");
  }
  return out;
}

Result<uint32_t> loops_of(const BenchFlags& flags, const BenchPlan& plan) {
  if (flags.loops != "auto") {
    const auto value = static_cast<uint32_t>(std::strtoul(flags.loops.c_str(), nullptr, 10));
    if (value < 1 || value > kLoopsMax || std::to_string(value) != flags.loops) {
      return input_error("--loops", fmt::format("`{}` is no number from 1 to {} and not `auto`",
                                                flags.loops, kLoopsMax));
    }
    return value;
  }
  double wanted = 1;
  for (const BenchPoint& point : plan.points) {
    wanted = std::max({wanted, std::ceil(point.concurrency / kInFlightPerLoop),
                       std::ceil(std::max(point.rate, point.rate_end) / kRatePerLoop)});
    if (point.kind == LoadKind::kBurst)
      wanted = std::max(wanted, std::ceil(static_cast<double>(plan.requests) / kInFlightPerLoop));
  }
  const double most = std::max(1.0, std::floor(std::thread::hardware_concurrency() / 2.0));
  return static_cast<uint32_t>(std::min(wanted, most));
}

backends::BackendContext context_of(const Setting& setting, const std::stop_token& stop) {
  const BenchFlags& flags = setting.flags;
  backends::BackendContext context;
  context.seed = flags.seed;
  context.config_text = setting.config_text;
  context.config_name = setting.config;
  context.plugins = setting.plugins;
  context.module_dir = module_dir();
  context.warn = [](const std::string& text) { fmt::print(stderr, "assay: note: {}\n", text); };
  context.notice = [quiet = flags.quiet](const std::string& text) {
    if (!quiet) fmt::print(stderr, "{}\n", text);
  };
  context.stop = stop;
  context.timing = !flags.libcurl;
  context.kernel_stamps = !flags.no_kernel_stamps;
  // Scores and later turns need the whole reply.
  if (flags.suites.empty() && flags.turns == "1") context.text_bytes_kept = kTextBytesKept;
  if (flags.ignore_eos) context.remote_defaults["extra_body"] = R"({"ignore_eos":true})";
  if (flags.timeout_s)
    context.timeout = std::chrono::milliseconds(static_cast<int64_t>(*flags.timeout_s * 1000));
  context.open_run = [](const std::string& path) -> Result<std::unique_ptr<RunStore>> {
    ASSAY_TRY(auto store, store::SqliteStore::open_for_reading(path));
    return std::unique_ptr<RunStore>(std::move(store));
  };
  return context;
}

Result<LoadedSuites> suites_of(const BenchFlags& flags, DataFetching& fetching) {
  if (flags.suites.empty()) return LoadedSuites{};
  suites::LoadOptions loading;
  loading.search_dirs = suite_dirs();
  loading.data_dir = flags.data_dir;
  loading.limit = flags.limit;
  loading.seed = flags.seed;
  fetching.use_for(loading);
  return load_suites(flags.suites, loading);
}

Result<std::vector<std::unique_ptr<BenchModel>>> models_of(const Setting& setting,
                                                           const BenchPlan& plan,
                                                           const std::vector<const Suite*>& suites,
                                                           BenchDisplay& display,
                                                           const std::stop_token& stop) {
  ASSAY_TRY(const uint32_t loops, loops_of(setting.flags, plan));
  const PriceSettings prices{.files = setting.flags.price_files,
                             .currency = setting.flags.currency,
                             .assume_input_price = setting.flags.assume_input_price,
                             .quiet = setting.flags.quiet};
  std::vector<std::unique_ptr<BenchModel>> models;
  for (const ConfigModel& wanted : setting.models) {
    backends::BackendContext context = context_of(setting, stop);
    // Models of this process answer as many at once as the load asks for.
    for (const BenchPoint& point : plan.points)
      context.workers =
          std::max(context.workers, static_cast<uint32_t>(std::min(point.concurrency, 256.0)));
    ASSAY_TRY(std::unique_ptr<BenchModel> model, BenchModel::make(wanted, context, prices, loops));
    models.push_back(std::move(model));
  }
  for (const auto& model : models) {
    display.notice("preparing " + model->info.name);
    ASSAY_TRY_VOID(model->prepare(suites));
    if (!setting.flags.no_first_request && !model->in_process()) ASSAY_TRY_VOID(model->look(stop));
  }
  return models;
}

// Rows of the models and suites, in one transaction.
Result<run::RunPlan> register_bench(store::SqliteStore& store, const BenchFlags& flags,
                                    std::vector<std::unique_ptr<BenchModel>>& models,
                                    const std::vector<const Suite*>& suites) {
  run::RunPlan plan;
  std::vector<ModelInfo> infos;
  infos.reserve(models.size());
  bool any_price = flags.machine_price.has_value();
  for (const auto& model : models) {
    infos.push_back(model->info);
    any_price = any_price || !model->info.prices.empty();
  }
  ASSAY_TRY_VOID(store.transact([&]() -> Result<void> {
    ASSAY_TRY_VOID(store.set_run_settings(flags.seed, flags.machine_price.value_or(""),
                                          any_price ? flags.currency : ""));
    ASSAY_TRY(plan, run::make_plan(store, infos, suites));
    ASSAY_TRY_VOID(store.begin_session(this_session()));
    return {};
  }));
  for (size_t i = 0; i < models.size(); ++i) models[i]->info.id = plan.lanes[i].model.id;
  std::vector<Fact> facts;
  facts.reserve(models.size());
  for (const auto& model : models) facts.emplace_back(ModelFact{model->info});
  if (flags.energy.power_watts) {
    facts.emplace_back(GaugeFact{to_ns(SteadyClock().now()), std::string(aggregate::kGivenWatts),
                                 *flags.energy.power_watts});
  }
  ASSAY_TRY_VOID(store.append(facts));
  return plan;
}

Result<void> print_summary(const BenchFlags& flags) {
  ASSAY_TRY(const OpenRuns runs, open_runs({flags.output}));
  ASSAY_TRY(const Summary summary, aggregate::summarize(runs.list, runs.names, {}));
  ReportOptions options;
  if (!flags.json) options.generated_utc = utc_now_iso8601();
  options.command = fmt::format("assay report {}", flags.output);
  options.colour = isatty(STDOUT_FILENO) != 0;
  ASSAY_TRY(const std::string text,
            reports::find_reporter(flags.json ? "json" : "text")->write(summary, {}, options));
  return write_output("-", text);
}

Result<int> run_loads(const Setting& setting, const BenchPlan& plan, std::stop_source& stop) {
  const BenchFlags& flags = setting.flags;
  BenchDisplay display(flags.quiet);
  DataFetching fetching(stop.get_token(), flags.quiet);
  ASSAY_TRY(const LoadedSuites suites, suites_of(flags, fetching));
  ASSAY_TRY(auto models, models_of(setting, plan, suites.list, display, stop.get_token()));
  if (stop.stop_requested()) return kExitInterrupted;
  ASSAY_TRY(const auto store, store::SqliteStore::open_for_writing(flags.output, {}));
  ASSAY_TRY(run::RunPlan rows, register_bench(*store, flags, models, suites.list));
  if (!flags.no_machine) {
    for (const auto& model : models)
      model->watch_machine(flags.pids, plan.energy, stop.get_token());
  }
  BenchSession session(flags, plan, *store, rows, models, display, stop.get_token());
  ASSAY_TRY_VOID(session.run());
  models.clear();  // servers of ours end before the judging
  if (!suites.list.empty()) {
    display.notice("judging the replies");
    ASSAY_TRY_VOID(run::judge_stored(*store, suites.list, /*all=*/false, kScoreThreads));
  }
  ASSAY_TRY_VOID(store->checkpoint());
  return session.exit_code();
}

// One request at a time under Google Benchmark.
Result<int> run_gbench(const Setting& setting, const BenchPlan& plan, std::stop_source& stop) {
  const BenchFlags& flags = setting.flags;
  BenchDisplay display(flags.quiet);
  DataFetching fetching(stop.get_token(), flags.quiet);
  ASSAY_TRY(const LoadedSuites suites, suites_of(flags, fetching));
  ASSAY_TRY(auto models, models_of(setting, plan, suites.list, display, stop.get_token()));
  run::RunPlan rows;
  for (const Suite* suite : suites.list) rows.suites.push_back({suite, suite->info(), {}, {}});
  std::vector<std::unique_ptr<run::LoadSource>> sources;
  std::vector<BenchmarkModel> benchmarks;
  for (const auto& model : models) {
    BenchmarkModel& one = benchmarks.emplace_back();
    one.name = model->info.name;
    one.backend = &model->engine().backend();
    uint64_t count = plan.requests > 0 ? plan.requests : kBenchmarkRequests;
    if (suites.list.empty()) {
      load::PromptOptions prompts = plan.prompts;
      prompts.tokens_per_word = model->first_look().tokens_per_word;
      sources.push_back(std::make_unique<SyntheticSource>(std::move(prompts), nullptr, ""));
    } else {
      uint64_t size = 0;
      for (const Suite* suite : suites.list) size += suite->size();
      count = plan.requests > 0 ? std::min(plan.requests, size) : size;
      sources.push_back(
          std::make_unique<SuiteSource>(rows, &load_picture, std::nullopt, flags.seed));
    }
    for (uint64_t i = 0; i < count; ++i) {
      one.requests.push_back(
          {std::to_string(i), [source = sources.back().get(), i]() -> Result<AttemptPtr> {
             ASSAY_TRY(run::LoadTalk talk, source->talk(i));
             auto attempt = std::make_unique<Attempt>();
             attempt->sample = std::move(talk.sample);
             attempt->request = std::move(talk.request);
             return attempt;
           }});
    }
  }
  GoogleBenchmarkOptions options;
  options.iterations = flags.gbench_iterations;
  options.repetitions = flags.gbench_repetitions;
  options.format = flags.gbench_format;
  options.output = flags.gbench_out;
  return run_google_benchmarks(benchmarks, options, stop.get_token());
}

Result<int> bench_command(const BenchFlags& given) {
  ASSAY_TRY(const Setting setting, with_config(given));
  // A signal mask set before any thread starts is everybody's.
  std::stop_source stop;
  const Interrupts interrupts(stop);
  if (given.self_test) return run_self_test(given, stop.get_token());
  ASSAY_TRY(const BenchPlan plan, make_bench_plan(setting.flags));
  if (given.gbench) return run_gbench(setting, plan, stop);
  ASSAY_TRY(const int code, run_loads(setting, plan, stop));
  ASSAY_TRY_VOID(print_summary(setting.flags));
  return interrupts.interrupted() ? static_cast<int>(kExitInterrupted) : code;
}

}  // namespace

void add_bench(CLI::App& app, Commands& commands) {
  CLI::App* command =
      app.add_subcommand("bench", "Put load on models and measure latency, throughput and goodput");
  command->footer(
      "Examples:\n"
      "  assay bench 'http://127.0.0.1:8000/v1#qwen3' --concurrency 1,8,64 --duration 30s\n"
      "  assay bench 'http://127.0.0.1:8000/v1#qwen3' --slo ttft=500ms,tpot=50ms\n"
      "      the highest rate of requests of which 95 % keep both limits\n"
      "  assay bench http://a:8000/v1#m http://b:8000/v1#m --rate 10 --rounds 4\n"
      "      two servers, taking turns as ABBA, with intervals over the rounds\n"
      "  assay bench llama-server:model.gguf --suite quick-intents --concurrency 4 --requests 100\n"
      "      accuracy and speed from the same replies\n"
      "  assay bench 'http://127.0.0.1:8000/v1#m' --trace azure_code.csv --trace-for 10m "
      "--trace-scale 20\n"
      "  assay bench tesseract:kor+eng --suite quick-ocr --gbench --gbench-format json\n"
      "  assay bench --self-test        # this program's own errors on this machine\n\n"
      "Exit codes: 0 done, 1 an SLO was not met, 2 usage or input, 3 a search found nothing,\n"
      "4 invalid (the instrument was too late) or nobody answered, 130 interrupted.");
  auto flags = std::make_shared<BenchFlags>();  // shared with the action
  declare_bench_flags(*command, *flags);
  commands.emplace_back(command, [flags, command] {
    flags->output_tokens_given = command->count("--output-tokens") > 0;
    return bench_command(*flags);
  });
}

}  // namespace assay::app
