// The flags of `assay run`, joined with assay.yaml: flags win.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/energy_flags.h"
#include "harness/base/clock.h"
#include "harness/base/money.h"
#include "harness/base/result.h"
#include "suites/registry.h"

namespace assay::app {

struct RunFlags {
  std::vector<std::string> suites;
  std::vector<std::string> models;
  std::string config;
  std::string config_text;  // of that file
  std::string output;
  std::string data_dir;
  std::string cache_dir;
  std::vector<std::string> tasks_dirs;
  std::string system;
  std::vector<std::string> tags;
  std::vector<std::string> plugins;
  std::optional<uint64_t> limit;
  std::optional<uint64_t> shuffle;
  std::optional<uint64_t> seed;
  std::optional<uint32_t> repeats;
  std::optional<uint32_t> num_fewshot;
  std::string concurrency;  // a number or "auto"; empty: the backends' defaults
  std::optional<uint32_t> threads;
  std::optional<uint32_t> retries;
  std::optional<double> timeout_s;
  std::optional<std::string> machine_price;
  std::optional<std::string> currency;
  std::vector<std::string> price_files;
  bool assume_input_price = false;
  bool batch = false;      // through the providers' batch endpoints
  std::string batch_poll;  // time between two looks at them; empty: the default
  bool batch_forget = false;
  EnergyFlags energy;
  std::string budget;  // "5", "5usd", "0.50 EUR"
  std::optional<uint64_t> requests_max;
  std::string reuse;  // a run file
  std::string preset;
  bool until_decided = false;
  std::string against;    // a run file
  std::string threshold;  // METRIC>=VALUE
  std::string margin;     // "2pp"
  std::optional<double> alpha;
  bool as_generation = false;
  bool chat = false;
  std::optional<bool> fewshot_as_multiturn;
  bool dry_run = false;
  bool warm_up = false;
  bool keep_wire = false;
  bool durable = false;
  bool no_curve = false;
  bool offline = false;
  bool quiet = false;
  bool json = false;
  bool no_summary = false;  // of a pilot: what was measured is not printed
};

void declare_run_flags(CLI::App& command, RunFlags& flags);
// --until-decided and what goes with it.
void declare_decision_flags(CLI::App& command, RunFlags& flags);
// The number of --concurrency; nothing where it was not given, or is "auto".
std::optional<uint32_t> fixed_concurrency(const RunFlags& flags);
// The time of --batch-poll, or its default. Checked by with_config().
std::optional<Nanos> batch_poll(const RunFlags& flags);
// The amount of --budget; nothing where it was not given. Checked by with_config().
std::optional<Money> budget_amount(const RunFlags& flags);
// Settings of the two together; a value that neither gives keeps its default.
Result<RunFlags> with_config(const RunFlags& flags, std::vector<ConfigModel>& models);
suites::LoadOptions load_options(const RunFlags& flags);

}  // namespace assay::app
