#include "app/config.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/decision_config.h"
#include "backends/managed/managed_entry.h"
#include "harness/base/money.h"
#include "harness/base/yaml_tree.h"

namespace assay::app {
namespace {

Result<ConfigModel> read_model(const YamlNode& node) {
  ConfigModel model;
  if (!node.is_map()) {
    ASSAY_TRY(model.spec, node.as_string("a model"));
    model.name = model.spec;
    return model;
  }
  std::vector<std::string> known{"name", "model", "concurrency"};
  for (std::string& key : fact_keys()) known.push_back(std::move(key));
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "a model", known));
  const YamlNode* spec = node.find("model");
  if (spec == nullptr)
    return node.error("a model without `model`, expected for example `model: baseline:linear`");
  ASSAY_TRY(model.spec, spec->as_string("model"));
  model.name = model.spec;
  if (const YamlNode* name = node.find("name")) {
    ASSAY_TRY(model.name, name->as_string("name"));
  }
  if (const YamlNode* concurrency = node.find("concurrency")) {
    ASSAY_TRY(const int64_t n, concurrency->as_integer("concurrency", 1, 4096));
    model.concurrency = static_cast<uint32_t>(n);
  }
  ASSAY_TRY_VOID(read_facts(node, model.facts));
  model.facts.name = model.name;
  model.facts.spec = model.spec;
  return model;
}

Result<void> read_models(const YamlNode& node, Config& config) {
  if (!node.is_list()) return node.error("`models` is " + node.type_name() + ", expected a list");
  for (const YamlNode& item : node.items) {
    ASSAY_TRY(ConfigModel model, read_model(item));
    for (const ConfigModel& other : config.models) {
      if (other.name == model.name)
        return item.error("two models are named `" + model.name + "`, expected different names");
    }
    config.models.push_back(std::move(model));
  }
  return {};
}

Result<void> read_machine(const YamlNode& node, Config& config) {
  if (!node.is_map())
    return node.error("`machine` is " + node.type_name() +
                      ", expected price_per_hour and currency");
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "`machine`", {"price_per_hour", "currency"}));
  if (const YamlNode* price = node.find("price_per_hour")) {
    ASSAY_TRY(config.machine_price_per_hour, price->as_string("price_per_hour"));
    const Result<Money> money = Money::parse(*config.machine_price_per_hour);
    if (!money) return price->error(money.error().message);
    if (money->nano < 0) return price->error("`price_per_hour` is negative, expected 0 or more");
  }
  if (const YamlNode* currency = node.find("currency")) {
    ASSAY_TRY(config.currency, currency->as_string("currency"));
  }
  return {};
}

template <typename T>
Result<void> read_count(const YamlNode& options, const char* key, int64_t min, int64_t max,
                        std::optional<T>& out) {
  const YamlNode* node = options.find(key);
  if (node == nullptr) return {};
  ASSAY_TRY(const int64_t value, node->as_integer(key, min, max));
  out = static_cast<T>(value);
  return {};
}

Result<void> read_options(const YamlNode& node, Config& config) {
  if (!node.is_map())
    return node.error("`options` is " + node.type_name() + ", expected a mapping");
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "`options`",
                                     {"seed", "limit", "repeats", "concurrency", "retries",
                                      "timeout", "output", "data", "plugins"}));
  ASSAY_TRY_VOID(read_count(node, "seed", 0, INT64_MAX, config.seed));
  ASSAY_TRY_VOID(read_count(node, "limit", 1, INT64_MAX, config.limit));
  ASSAY_TRY_VOID(read_count(node, "repeats", 1, 4096, config.repeats));
  if (const YamlNode* concurrency = node.find("concurrency")) {
    ASSAY_TRY(config.concurrency, concurrency->as_string("concurrency"));
    if (*config.concurrency != "auto")
      ASSAY_TRY_VOID(concurrency->as_integer("concurrency", 1, 4096));
  }
  if (const YamlNode* budget = node.find("budget")) {
    ASSAY_TRY(config.budget, budget->as_string("budget"));
  }
  ASSAY_TRY_VOID(read_count(node, "max_requests", 1, INT64_MAX, config.requests_max));
  ASSAY_TRY_VOID(read_count(node, "retries", 0, 100, config.retries));
  if (const YamlNode* timeout = node.find("timeout")) {
    ASSAY_TRY(const double seconds, timeout->as_number("timeout"));
    if (!(seconds > 0)) return timeout->error("`timeout` is not above 0 seconds");
    config.timeout_s = seconds;
  }
  if (const YamlNode* output = node.find("output")) {
    ASSAY_TRY(config.output, output->as_string("output"));
  }
  if (const YamlNode* data = node.find("data")) {
    ASSAY_TRY(config.data_dir, data->as_string("data"));
  }
  if (const YamlNode* plugins = node.find("plugins")) {
    ASSAY_TRY(config.plugins, plugins->as_strings("plugins"));
  }
  return {};
}

// Not longer than YAML may be; read_yaml() says so.
Result<std::string> read_config_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{ErrorCode::kNotFound, "cannot be read", path};
  std::string text(kYamlBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

}  // namespace

Result<Config> load_config(const std::string& path) {
  Config config;
  config.path = path;
  ASSAY_TRY(config.text, read_config_text(path));
  ASSAY_TRY(const YamlNode root, read_yaml(config.text, path));
  if (!root.is_map())
    return root.error("is " + root.type_name() + ", expected models, suites, machine and options");
  ASSAY_TRY_VOID(refuse_unknown_keys(root, "a configuration",
                                     {"models", "suites", "machine", "options", "prices",
                                      "providers", "managed", "require", "weights", "tco"}));
  // The backends read `providers` and `managed` themselves, where they are used; a mistake is said
  // at once. `tco` is read by what shows it (app/tco_report.h): it may name run files.
  if (const YamlNode* managed = root.find("managed")) {
    ASSAY_TRY_VOID(backends::read_managed_entries(*managed));
  }
  if (const YamlNode* models = root.find("models")) ASSAY_TRY_VOID(read_models(*models, config));
  if (const YamlNode* suites = root.find("suites")) {
    ASSAY_TRY(config.suites, suites->as_strings("suites"));
  }
  if (const YamlNode* prices = root.find("prices")) {
    ASSAY_TRY(config.price_files, prices->as_strings("prices"));
  }
  if (const YamlNode* machine = root.find("machine"))
    ASSAY_TRY_VOID(read_machine(*machine, config));
  if (const YamlNode* options = root.find("options"))
    ASSAY_TRY_VOID(read_options(*options, config));
  if (const YamlNode* require = root.find("require")) {
    ASSAY_TRY(config.requirements, read_requirements(*require));
  }
  if (const YamlNode* weights = root.find("weights")) {
    ASSAY_TRY(config.weights, read_weights(*weights));
  }
  return config;
}

std::string config_path(const std::string& given) {
  std::error_code failed;
  if (given.empty() && std::filesystem::exists("assay.yaml", failed)) return "assay.yaml";
  return given;
}

}  // namespace assay::app
