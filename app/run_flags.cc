#include "app/run_flags.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "app/paths.h"
#include "harness/base/duration.h"
#include "harness/base/money.h"
#include "harness/run/run.h"

namespace assay::app {
namespace {

constexpr Nanos kBatchPollMax = std::chrono::hours(24);

}  // namespace

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
  command.add_option("--cache-dir", flags.cache_dir,
                     "Folder for fetched data (default: $ASSAY_CACHE, $XDG_CACHE_HOME/assay or "
                     "~/.cache/assay)");
  command
      .add_option("--tasks-dir,--include-path", flags.tasks_dirs,
                  "Folder of lm-evaluation-harness tasks, named by task, group or tag; repeatable")
      ->type_name("DIR")
      ->allow_extra_args(false);
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
  command.add_flag("--as-generation", flags.as_generation,
                   "Ask multiple-choice tasks as free text, for models without log-likelihoods "
                   "(another question, and so another hash)");
  command.add_flag("--chat", flags.chat,
                   "Ask as a chat: the description as system message, examples as earlier turns");
  // Not bound to the optional itself: CLI11 would set it to false where the flag is absent.
  command.add_flag_function(
      "--fewshot-as-multiturn,!--no-fewshot-as-multiturn",
      [&flags](int64_t count) { flags.fewshot_as_multiturn = count > 0; },
      "With --chat: each example is a turn (default), or all stand before the question");
  command.add_option(
      "--system", flags.system,
      "Instruction in front of the description (with --chat: of the system message)");
  command.add_option("--seed", flags.seed, "Seed of everything drawn at random (default 0)");
  command
      .add_option("--concurrency", flags.concurrency,
                  "Requests in flight per model: N is fixed, `auto` grows while latency holds "
                  "(default: the backend's; auto for remote models, 1 for models in this process, "
                  "so that latencies are not disturbed)")
      ->type_name("N|auto");
  command.add_option("--threads", flags.threads, "Scoring threads (default 2)")
      ->check(CLI::Range(1, 256));
  command.add_option("--retries", flags.retries, "Further attempts after a failed one (default 7)")
      ->check(CLI::Range(0, 100));
  command
      .add_option("--timeout", flags.timeout_s,
                  "Seconds one request may take (default: the backend's)")
      ->check(CLI::PositiveNumber);
  command.add_option("--plugin", flags.plugins, "Shared library that adds a backend; repeatable")
      ->allow_extra_args(false);
  command.add_option("--machine-price", flags.machine_price,
                     "Price of this machine per hour, for the cost of local models");
  command.add_option("--currency", flags.currency,
                     "Currency of --machine-price and of the models' prices (default USD)");
  declare_counter_flags(command, flags.energy.rapl_root, flags.energy.nvml_library);
  command
      .add_option(
          "--idle", flags.energy.idle_time,
          "How long the idle machine's power is measured before the first local model, where "
          "energy can be read (default 1s; 0: not)")
      ->type_name("TIME");
  command
      .add_option("--power-watts", flags.energy.power_watts,
                  "Power of this machine while it works, where energy cannot be measured: reported "
                  "as given, never as measured")
      ->type_name("W");
  command
      .add_option("--grid-factor", flags.energy.grid_factor,
                  "Grams of CO2 equivalent per kWh of your electricity, for a carbon figure")
      ->type_name("G_PER_KWH");
  command.add_flag("--no-energy", flags.energy.no_energy, "Do not measure energy");
  command
      .add_option("--prices", flags.price_files,
                  "Price file (docs/prices.md), before the shipped table; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command.add_flag("--assume-input-price", flags.assume_input_price,
                   "Prompt tokens without a price of their own cost what uncached input does, "
                   "instead of having no cost");
  command
      .add_option("--budget", flags.budget,
                  "Hard stop: what the run file may cost over all its sessions, for example 5usd; "
                  "needs prices for every model that is not local")
      ->type_name("AMOUNT[CURRENCY]");
  command
      .add_option("--max-requests", flags.requests_max,
                  "Hard stop: at most N requests in this session, retries included")
      ->check(CLI::PositiveNumber);
  command.add_flag(
      "--batch", flags.batch,
      "Ask through the providers' batch endpoints (OpenAI's and Anthropic's form; "
      "half the price, up to a day): submit, poll, store; what a batch does not answer "
      "is asked one by one. Run it again to collect after a stop");
  command
      .add_option("--batch-poll", flags.batch_poll,
                  "With --batch: time between two looks, longer while nothing moves (default 30s)")
      ->type_name("TIME");
  command.add_flag("--batch-forget", flags.batch_forget,
                   "With --batch: give up batches of this file that were not collected; what is in "
                   "them is asked, and paid, again");
  command
      .add_option("--reuse", flags.reuse,
                  "Run file whose answers to the same requests are taken instead of asking again")
      ->type_name("RUN");
  command.add_option("--preset", flags.preset,
                     "Settings of a known protocol for every remote model: r1 (temperature 0.6, "
                     "top-p 0.95, 32,768 tokens, no system prompt)");
  command.add_flag("--dry-run", flags.dry_run,
                   "Print the exact requests, keys redacted, and ask nothing");
  command.add_flag("--warm-up", flags.warm_up,
                   "Open connections with one cheap request each before the first question");
  command.add_flag("--keep-wire", flags.keep_wire,
                   "Store the bytes of every reply, not only of failed ones");
  command.add_flag("--durable", flags.durable,
                   "Survive power loss too (slower); without it, kill -9");
  command.add_flag("--no-curve", flags.no_curve, "No learning-curve points for models that learn");
  command.add_flag("--offline", flags.offline, "Never touch the network");
  command.add_flag("-q,--quiet", flags.quiet, "No progress");
  command.add_flag("--json", flags.json, "Print the summary as JSON instead of a table");
}

void declare_decision_flags(CLI::App& command, RunFlags& flags) {
  command.add_flag("--until-decided", flags.until_decided,
                   "Ask items in a shuffled order and stop a suite as soon as it is decided: "
                   "regressed or passing exits 1 or 0, undecided 3 (see --against, --threshold)");
  command
      .add_option("--against", flags.against,
                  "With --until-decided: run file of the baseline to be no worse than")
      ->type_name("RUN");
  command
      .add_option("--margin", flags.margin,
                  "With --against: how much worse still counts as no worse, for example 2pp")
      ->type_name("POINTS");
  command.add_option("--alpha", flags.alpha,
                     "With --against: chance of a wrong verdict, at most (default 0.05)");
  command
      .add_option("--threshold", flags.threshold,
                  "With --until-decided: stop once the rest cannot change whether this holds, for "
                  "example 'accuracy>=0.8'")
      ->type_name("METRIC>=VALUE");
}

namespace {

template <typename T>
void fill(std::optional<T>& flag, const std::optional<T>& from_config) {
  if (!flag) flag = from_config;
}

void fill(std::string& flag, const std::optional<std::string>& from_config) {
  if (flag.empty() && from_config) flag = *from_config;
}

// "5usd" → 5 and "USD"; the currency may be missing.
Result<std::pair<Money, std::string>> parse_budget(const std::string& text) {
  const size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  const Result<Money> amount = Money::parse(text.substr(0, end));
  std::string currency;
  for (const char c : text.substr(end)) {
    if (c != ' ') currency += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  const bool named =
      std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!amount || amount->nano <= 0 || !named || (!currency.empty() && currency.size() != 3)) {
    return input_error("--budget",
                       "`" + text + "` is no amount, expected for example 5usd or 0.50");
  }
  return std::pair(*amount, currency);
}

Result<void> check_batch_flags(const RunFlags& flags) {
  if (!flags.batch && flags.batch_forget) return input_error("--batch-forget", "needs --batch");
  if (!flags.batch && !flags.batch_poll.empty())
    return input_error("--batch-poll", "needs --batch");
  if (flags.batch && flags.until_decided)
    return input_error("--batch",
                       "asks everything at once: it cannot stop early (--until-decided)");
  const std::optional<Nanos> poll = batch_poll(flags);
  if (!poll || poll->count() == 0)
    return input_error("--batch-poll", "`" + flags.batch_poll +
                                           "` is no time above 0, expected for example 30s or 5m");
  return {};
}

Result<void> check_limits(const RunFlags& flags) {
  if (!flags.concurrency.empty() && flags.concurrency != "auto" && !fixed_concurrency(flags)) {
    return input_error("--concurrency",
                       "`" + flags.concurrency + "` is no number, expected 1 to 4096 or `auto`");
  }
  ASSAY_TRY_VOID(check_batch_flags(flags));
  if (flags.budget.empty()) return {};
  ASSAY_TRY(const auto budget, parse_budget(flags.budget));
  const std::string currency = flags.currency.value_or("USD");
  if (!budget.second.empty() && budget.second != currency) {
    return input_error("--budget", "is in " + budget.second + ", but prices are in " + currency);
  }
  return {};
}

}  // namespace

std::optional<uint32_t> fixed_concurrency(const RunFlags& flags) {
  uint32_t n = 0;
  const std::string& text = flags.concurrency;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc() || end != text.data() + text.size() || n < 1 || n > 4096)
    return std::nullopt;
  return n;
}

std::optional<Nanos> batch_poll(const RunFlags& flags) {
  if (flags.batch_poll.empty()) return run::BatchSettings().poll;
  const Result<Nanos> poll = parse_duration(flags.batch_poll);
  if (!poll) return std::nullopt;
  return std::min(*poll, kBatchPollMax);
}

std::optional<Money> budget_amount(const RunFlags& flags) {
  const auto budget = parse_budget(flags.budget);
  if (!budget) return std::nullopt;
  return budget->first;
}

Result<RunFlags> with_config(const RunFlags& given, std::vector<ConfigModel>& models) {
  RunFlags flags = given;
  flags.config = config_path(flags.config);
  Config config;
  if (!flags.config.empty()) {
    ASSAY_TRY(config, load_config(flags.config));
    flags.config_text = config.text;
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
  // The configuration's first: later files win.
  flags.price_files.insert(flags.price_files.begin(), config.price_files.begin(),
                           config.price_files.end());
  fill(flags.output, config.output);
  fill(flags.data_dir, config.data_dir);
  fill(flags.seed, config.seed);
  fill(flags.limit, config.limit);
  fill(flags.repeats, config.repeats);
  fill(flags.concurrency, config.concurrency);
  fill(flags.budget, config.budget);
  fill(flags.requests_max, config.requests_max);
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
  ASSAY_TRY_VOID(check_limits(flags));
  return flags;
}

suites::LoadOptions load_options(const RunFlags& flags) {
  suites::LoadOptions options;
  options.search_dirs = suite_dirs();
  options.task_dirs = flags.tasks_dirs;
  options.data_dir = flags.data_dir;
  options.limit = flags.limit;
  options.shuffle_seed = flags.shuffle;
  options.num_fewshot = flags.num_fewshot;
  options.repeats = flags.repeats;
  options.tags = flags.tags;
  options.seed = flags.seed.value_or(0);
  options.as_generation = flags.as_generation;
  options.chat = flags.chat;
  options.fewshot_as_multiturn = flags.fewshot_as_multiturn;
  options.system = flags.system;
  options.offline = flags.offline;
  options.cache_dir = flags.cache_dir;
  return options;
}

}  // namespace assay::app
