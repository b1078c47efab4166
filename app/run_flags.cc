#include "app/run_flags.h"

#include <filesystem>

#include "app/paths.h"
#include "harness/base/money.h"

namespace assay::app {

void declare_run_flags(CLI::App& command, RunFlags& flags) {
  command.add_option("suites", flags.suites,
                     "Suites: names (see `assay list suites`), folders or YAML files");
  command
      .add_option("-m,--model", flags.models,
                  "Model as backend:name?key=value; repeat it for several")
      ->allow_extra_args(false);
  command.add_option("-o,--output", flags.output,
                     "Run file; when it exists, the run resumes (default: SUITE.assay)");
  command.add_option("-c,--config", flags.config,
                     "Configuration file (default: assay.yaml, if there is one)");
  command.add_option("--data", flags.data_dir,
                     "Folder with local copies of data that suites name by URL");
  command.add_option("--limit", flags.limit, "Only the first N samples of each suite")
      ->check(CLI::PositiveNumber);
  command.add_option("--shuffle", flags.shuffle, "Order samples by this seed (before --limit)");
  command.add_option("--tag", flags.tags, "Only samples with this tag, key=value; repeatable")
      ->allow_extra_args(false);
  command.add_option("--repeats", flags.repeats, "Independent generations per sample")
      ->check(CLI::Range(1, 4096));
  command
      .add_option("--num-fewshot", flags.num_fewshot, "Examples in the prompt, overrides the suite")
      ->check(CLI::Range(0, 64));
  command.add_option("--seed", flags.seed, "Seed of everything drawn at random (default 0)");
  command
      .add_option("--concurrency", flags.concurrency,
                  "Requests in flight per model (default: the backend's; 1 for models in this "
                  "process, so that "
                  "latencies are not disturbed)")
      ->check(CLI::Range(1, 4096));
  command.add_option("--threads", flags.threads, "Scoring threads (default 2)")
      ->check(CLI::Range(1, 256));
  command.add_option("--retries", flags.retries, "Further attempts after a failed one (default 4)")
      ->check(CLI::Range(0, 100));
  command
      .add_option("--timeout", flags.timeout_s,
                  "Seconds one request may take (default: the backend's)")
      ->check(CLI::PositiveNumber);
  command.add_option("--plugin", flags.plugins, "Shared library that adds a backend; repeatable")
      ->allow_extra_args(false);
  command.add_option("--machine-price", flags.machine_price,
                     "Price of this machine per hour, for the cost of local models");
  command.add_option("--currency", flags.currency, "Currency of --machine-price (default USD)");
  command.add_flag("--durable", flags.durable,
                   "Survive power loss too (slower); without it, kill -9");
  command.add_flag("--no-curve", flags.no_curve, "No learning-curve points for models that learn");
  command.add_flag("--offline", flags.offline, "Never touch the network");
  command.add_flag("-q,--quiet", flags.quiet, "No progress");
  command.add_flag("--json", flags.json, "Print the summary as JSON instead of a table");
}

namespace {

template <typename T>
void fill(std::optional<T>& flag, const std::optional<T>& from_config) {
  if (!flag) flag = from_config;
}

void fill(std::string& flag, const std::optional<std::string>& from_config) {
  if (flag.empty() && from_config) flag = *from_config;
}

}  // namespace

Result<RunFlags> with_config(const RunFlags& given, std::vector<ConfigModel>& models) {
  RunFlags flags = given;
  std::error_code failed;
  if (flags.config.empty() && std::filesystem::exists("assay.yaml", failed))
    flags.config = "assay.yaml";
  Config config;
  if (!flags.config.empty()) {
    ASSAY_TRY(config, load_config(flags.config));
  }
  for (const std::string& spec : flags.models) {
    for (const ConfigModel& other : models) {
      if (other.spec == spec) return input_error("--model " + spec, "is given twice");
    }
    // A name from the configuration stands for its model.
    const ConfigModel* known = nullptr;
    for (const ConfigModel& model : config.models) {
      if (model.name == spec) known = &model;
    }
    models.push_back(known != nullptr ? *known : ConfigModel{spec, spec, 0});
  }
  if (models.empty()) models = config.models;
  if (flags.suites.empty()) flags.suites = config.suites;
  if (flags.plugins.empty()) flags.plugins = config.plugins;
  fill(flags.output, config.output);
  fill(flags.data_dir, config.data_dir);
  fill(flags.seed, config.seed);
  fill(flags.limit, config.limit);
  fill(flags.repeats, config.repeats);
  fill(flags.concurrency, config.concurrency);
  fill(flags.retries, config.retries);
  fill(flags.timeout_s, config.timeout_s);
  fill(flags.machine_price, config.machine_price_per_hour);
  fill(flags.currency, config.currency);
  if (flags.suites.empty()) {
    return input_error("",
                       "no suite is named; for example `assay run quick-intents -m "
                       "baseline:linear`, or list suites in assay.yaml");
  }
  if (models.empty()) {
    return input_error(
        "", "no model is named; for example `-m baseline:linear`, or list models in assay.yaml");
  }
  if (flags.machine_price) {
    const Result<Money> price = Money::parse(*flags.machine_price);
    if (!price) return input_error("--machine-price", price.error().message);
    if (price->nano < 0)
      return input_error("--machine-price",
                         "`" + *flags.machine_price + "` is negative, expected 0 or more");
  }
  return flags;
}

suites::LoadOptions load_options(const RunFlags& flags) {
  suites::LoadOptions options;
  options.search_dirs = suite_dirs();
  options.data_dir = flags.data_dir;
  options.limit = flags.limit;
  options.shuffle_seed = flags.shuffle;
  options.num_fewshot = flags.num_fewshot;
  options.repeats = flags.repeats;
  options.tags = flags.tags;
  options.seed = flags.seed.value_or(0);
  options.offline = flags.offline;
  return options;
}

}  // namespace assay::app
