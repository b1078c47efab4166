#include "app/ask_again.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "app/backend_context.h"
#include "app/data_fetching.h"
#include "app/model_prices.h"
#include "app/models.h"
#include "app/progress_display.h"
#include "app/setup.h"
#include "harness/run/run.h"
#include "harness/store/sqlite_store.h"

namespace assay::app {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kRetries = 7;
constexpr uint32_t kRepeatsMax = 4096;

// Some samples of a suite, asked `repeats` times.
class PartOfSuite final : public Suite {
 public:
  PartOfSuite(const Suite& whole, std::vector<uint64_t> places, uint32_t repeats)
      : whole_(whole), places_(std::move(places)), info_(whole.info()) {
    info_.sample_count = places_.size();
    info_.repeats = repeats;
  }
  [[nodiscard]] const SuiteInfo& info() const override { return info_; }
  [[nodiscard]] uint64_t size() const override { return places_.size(); }
  [[nodiscard]] Result<Sample> sample(uint64_t index) const override {
    ASSAY_TRY(Sample sample, whole_.sample(places_[index]));
    sample.index = index;
    return sample;
  }
  [[nodiscard]] uint64_t position(uint64_t index) const override {
    return whole_.position(places_[index]);
  }
  [[nodiscard]] Result<std::string> sample_id(uint64_t index) const override {
    return whole_.sample_id(places_[index]);
  }
  [[nodiscard]] Result<Request> request(const Sample& sample, uint32_t repeat) const override {
    return whole_.request(sample, repeat);
  }
  [[nodiscard]] uint64_t train_size() const override { return whole_.train_size(); }
  [[nodiscard]] Result<TrainingExample> train(uint64_t index) const override {
    return whole_.train(index);
  }
  [[nodiscard]] const std::vector<std::unique_ptr<Scorer>>& scorers() const override {
    return whole_.scorers();
  }

 private:
  const Suite& whole_;
  std::vector<uint64_t> places_;
  SuiteInfo info_;
};

// What the run file knows of the items asked about.
struct StoredRun {
  Manifest manifest;
  SuiteInfo suite;
  ModelInfo model;
  std::unordered_map<std::string, std::pair<std::string, std::string>> texts;  // request and truth
};

Result<StoredRun> read_stored(const AskAgain& ask) {
  StoredRun out;
  ASSAY_TRY(const auto store, store::SqliteStore::open_for_reading(ask.run));
  ASSAY_TRY(out.manifest, store->manifest());
  const auto suite = std::find_if(out.manifest.suites.begin(), out.manifest.suites.end(),
                                  [&](const SuiteInfo& one) { return one.name == ask.suite; });
  const auto model = std::find_if(out.manifest.models.begin(), out.manifest.models.end(),
                                  [&](const ModelInfo& one) { return one.name == ask.model; });
  if (suite == out.manifest.suites.end() || model == out.manifest.models.end()) {
    return input_error(
        ask.run, fmt::format("holds no suite `{}` asked of a model `{}`", ask.suite, ask.model));
  }
  out.suite = *suite;
  out.model = *model;
  for (const std::string& item : ask.items) out.texts[item];
  ItemQuery query;
  query.model = ask.model;
  query.suite = ask.suite;
  ASSAY_TRY_VOID(store->read_items(query, [&](const ItemDetail& item) {
    const auto at = out.texts.find(item.sample_id);
    if (at != out.texts.end()) at->second = {item.request, item.truth};
    return true;
  }));
  return out;
}

// What of the run's command line shapes its prompts. Nothing else of it is believed: neither the
// models nor the suites nor the files it names.
void take_shape(const Manifest& manifest, RunFlags& flags) {
  if (manifest.sessions.empty()) return;
  RunFlags stored;
  CLI::App line;
  line.allow_extras();
  declare_run_flags(line, stored);
  declare_decision_flags(line, stored);
  try {
    line.parse(manifest.sessions.back().argv, /*program_name_included=*/true);
  } catch (const CLI::Error&) {
    return;  // no command line of `assay run`; a prompt that differs is noticed by itself
  }
  if (!flags.num_fewshot) flags.num_fewshot = stored.num_fewshot;
  if (!flags.fewshot_as_multiturn) flags.fewshot_as_multiturn = stored.fewshot_as_multiturn;
  if (flags.system.empty()) flags.system = stored.system;
  if (flags.preset.empty()) flags.preset = stored.preset;
  flags.as_generation = flags.as_generation || stored.as_generation;
  flags.chat = flags.chat || stored.chat;
}

Result<RunFlags> flags_to_ask(const AskAgain& ask, const RunFlags& given, const StoredRun& run,
                              ConfigModel& model) {
  RunFlags flags = given;
  Config config;
  const std::string file = config_path(flags.config);
  if (!file.empty()) {
    ASSAY_TRY(config, load_config(file));
  }
  if (flags.models.empty() && config.models.empty()) {
    return input_error("", fmt::format("the model is not named: give -m '{}', or list it in "
                                       "assay.yaml",
                                       ask.model));
  }
  if (flags.suites.empty() && config.suites.empty()) flags.suites = {ask.suite};
  std::vector<ConfigModel> models;
  ASSAY_TRY(flags, with_config(flags, models));
  const auto named = std::find_if(models.begin(), models.end(),
                                  [&](const ConfigModel& one) { return one.name == ask.model; });
  if (named == models.end()) {
    return input_error("", fmt::format("no model given is named `{}`, found `{}`", ask.model,
                                       models.front().name));
  }
  model = *named;
  take_shape(run.manifest, flags);
  flags.seed = run.manifest.seed;
  flags.limit.reset();
  flags.shuffle.reset();
  flags.tags.clear();
  return flags;
}

// Places of the items in the suite as it is now, each with the request and the truth that the run
// has stored.
Result<std::vector<uint64_t>> places_of(const Suite& suite, const StoredRun& run,
                                        const std::string& path) {
  std::vector<uint64_t> out;
  for (uint64_t i = 0; i < suite.size() && out.size() < run.texts.size(); ++i) {
    ASSAY_TRY(const std::string id, suite.sample_id(i));
    const auto stored = run.texts.find(id);
    if (stored == run.texts.end()) continue;
    ASSAY_TRY(const Sample sample, suite.sample(i));
    ASSAY_TRY(const SampleFact now, run::sample_fact(suite, sample));
    if (now.request != stored->second.first || now.truth != stored->second.second) {
      return Error{ErrorCode::kConflict,
                   fmt::format("suite `{}` now asks sample `{}` otherwise than the run did",
                               suite.info().name, id),
                   path};
    }
    out.push_back(i);
  }
  if (out.empty()) {
    return input_error(path, fmt::format("suite `{}` has none of the {} samples to ask again",
                                         suite.info().name, run.texts.size()));
  }
  return out;
}

Result<const Suite*> suite_named(const LoadedSuites& suites, const AskAgain& ask,
                                 const StoredRun& run) {
  for (const Suite* suite : suites.list) {
    if (suite->info().name != ask.suite) continue;
    if (suite->info().scorer_hash == run.suite.scorer_hash) return suite;
    return Error{ErrorCode::kConflict,
                 fmt::format("the scorers of suite `{}` are not those of the run", ask.suite),
                 ask.run};
  }
  return input_error("", fmt::format("no suite given is named `{}`", ask.suite));
}

// Replies from before the run's last session answer another run of that name; others are resumed.
Result<void> drop_stale(const std::string& path, const StoredRun& run) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return {};
  bool fresh = false;
  {
    ASSAY_TRY(const auto store, store::SqliteStore::open_for_reading(path));
    ASSAY_TRY(const Manifest manifest, store->manifest());
    fresh = !manifest.sessions.empty() && !run.manifest.sessions.empty() &&
            manifest.sessions.front().utc >= run.manifest.sessions.back().utc;
  }
  if (fresh) return {};
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(path + suffix, ignored);
  return {};
}

Result<void> ask(const AskAgain& ask, const RunFlags& flags, const ConfigModel& wanted,
                 const PartOfSuite& part, const StoredRun& run, const std::stop_token& stop) {
  std::function<void(const std::string&)> notice;
  std::unique_ptr<backends::HttpLoop> http;
  ASSAY_TRY(std::vector<run::RunModel> models,
            make_models({wanted}, {&part}, backend_context(flags, http, stop, notice),
                        /*learning_curves=*/false));
  ASSAY_TRY_VOID(resolve_prices(price_settings(flags), models));
  if (models.front().info.config_hash != run.model.config_hash) {
    return Error{ErrorCode::kConflict,
                 fmt::format("model `{}` is configured otherwise than in the run ({}, there {})",
                             ask.model, models.front().info.config_hash, run.model.config_hash),
                 ask.run};
  }
  ASSAY_TRY_VOID(check_budget(flags, models));
  ASSAY_TRY_VOID(check_offline(flags, models));
  for (run::RunModel& model : models) {
    if (model.concurrency == 0) model.concurrency = fixed_concurrency(flags).value_or(0);
    model.concurrency_auto = flags.concurrency == "auto";
  }
  ASSAY_TRY(const auto store,
            store::SqliteStore::open_for_writing(confirm_path(ask.run), {flags.durable}));
  run::Progress progress;
  ProgressDisplay display(progress, {.quiet = flags.quiet,
                                     .terminal = isatty(STDERR_FILENO) != 0,
                                     .price_per_hour = std::nullopt,
                                     .currency = flags.currency.value_or("USD")});
  run::RunRequest request{*store, std::move(models), {&part}};
  request.session = this_session();
  request.currency = flags.currency.value_or("USD");
  request.load_image = load_picture;
  request.score_threads = flags.threads.value_or(2);
  request.retries_max = flags.retries.value_or(kRetries);
  request.budget = budget_amount(flags);
  request.requests_max = flags.requests_max;
  request.seed = run.manifest.seed;
  request.first_repeat = run.suite.repeats;
  request.notice = [&](const std::string& model) {
    display.start();
    display.notice("asking again: " + model);
  };
  notice = [&display](const std::string& text) { display.notice(text); };
  Result<run::RunOutcome> done = run::run(request, progress, stop);
  notice = {};
  display.finish();
  if (!done) return std::move(done).error();
  if (done->interrupted) return Error{ErrorCode::kInterrupted, "interrupted", ""};
  return store->checkpoint();
}

Result<std::vector<FreshScore>> read_scores(const AskAgain& ask) {
  struct Sums {
    double numerator = 0;
    double weight = 0;
    uint64_t n = 0;
  };
  std::map<std::string, Sums> sums;
  ASSAY_TRY(const auto store, store::SqliteStore::open_for_reading(confirm_path(ask.run)));
  ItemQuery query;
  query.model = ask.model;
  query.suite = ask.suite;
  ASSAY_TRY_VOID(store->read_items(query, [&](const ItemDetail& item) {
    for (const Score& score : item.scores) {
      if (score.metric != ask.metric || score.status != ScoreStatus::kScored) continue;
      Sums& sum = sums[item.sample_id];
      sum.numerator += score.value * score.weight;
      sum.weight += score.weight;
      ++sum.n;
    }
    return true;
  }));
  std::vector<FreshScore> out;
  for (const std::string& item : ask.items) {
    const auto at = sums.find(item);
    if (at == sums.end() || at->second.weight <= 0) continue;
    out.push_back({item, at->second.numerator / at->second.weight, at->second.n});
  }
  return out;
}

}  // namespace

std::string confirm_path(const std::string& run) {
  constexpr std::string_view kExtension = ".assay";
  const std::string stem =
      run.ends_with(kExtension) ? run.substr(0, run.size() - kExtension.size()) : run;
  return stem + ".confirm" + std::string(kExtension);
}

Result<std::vector<FreshScore>> ask_again(const AskAgain& what, const RunFlags& given,
                                          const std::stop_token& stop) {
  ASSAY_TRY(const StoredRun run, read_stored(what));
  if (what.repeats == 0 || run.suite.repeats + what.repeats > kRepeatsMax) {
    return input_error("", fmt::format("found {} repeats to ask, expected 1 to {}", what.repeats,
                                       kRepeatsMax - run.suite.repeats));
  }
  ConfigModel model;
  ASSAY_TRY(const RunFlags flags, flags_to_ask(what, given, run, model));
  DataFetching fetching(stop, flags.quiet);
  suites::LoadOptions loading = load_options(flags);
  fetching.use_for(loading);
  ASSAY_TRY(const LoadedSuites suites, load_suites(flags.suites, loading));
  ASSAY_TRY(const Suite* const suite, suite_named(suites, what, run));
  ASSAY_TRY(std::vector<uint64_t> places, places_of(*suite, run, what.run));
  const PartOfSuite part(*suite, std::move(places), run.suite.repeats + what.repeats);
  ASSAY_TRY_VOID(drop_stale(confirm_path(what.run), run));
  ASSAY_TRY_VOID(ask(what, flags, model, part, run, stop));
  return read_scores(what);
}

}  // namespace assay::app
