// assay.yaml: models, suites, prices and options of a project, so that `assay run` needs no
// arguments. Flags win. Every complaint names file:line:column.
//
//   ASSAY_TRY(const Config config, load_config("assay.yaml"));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/aggregate/decision_rules.h"
#include "harness/base/result.h"

namespace assay::app {

struct ConfigModel {
  std::string name;  // shown in reports; the spec when not given
  std::string spec;  // backend:name?key=value
  uint32_t concurrency = 0;
  aggregate::ModelFacts facts;  // for requirements; its name and spec are the model's
};

struct Config {
  std::string path;
  std::string text;  // the whole file: backends read `providers` and `managed` of it
  std::vector<ConfigModel> models;
  std::vector<std::string> suites;
  std::optional<std::string> machine_price_per_hour;
  std::optional<std::string> currency;
  std::optional<std::string> output;
  std::optional<std::string> data_dir;
  std::optional<uint64_t> seed;
  std::optional<uint64_t> limit;
  std::optional<uint32_t> repeats;
  std::optional<std::string> concurrency;  // a number or "auto"
  std::optional<std::string> budget;
  std::optional<uint64_t> requests_max;
  std::optional<uint32_t> retries;
  std::optional<double> timeout_s;
  std::vector<std::string> plugins;
  std::vector<std::string> price_files;
  std::optional<aggregate::RequirementRules> requirements;
  std::optional<WeightRanges> weights;
};

Result<Config> load_config(const std::string& path);

// The configuration that a command uses: `given`, or assay.yaml where there is one; empty: none.
std::string config_path(const std::string& given);

}  // namespace assay::app
