// assay list: suites, backends, scorers and prices that exist, and the models of the configuration.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/config.h"
#include "app/list_prices.h"
#include "app/paths.h"
#include "app/print_table.h"
#include "app/setup.h"
#include "backends/registry.h"
#include "backends/url.h"
#include "harness/base/json.h"

namespace assay::app {
namespace {

struct ListFlags {
  std::string what;
  std::string model;                     // of `list prices`
  std::vector<std::string> price_files;  // the same
  std::string data_dir;
  std::string cache_dir;
  std::string config;
  std::vector<std::string> plugins;
  bool json = false;
  bool all = false;
};

using Row = TableRow;

Json suite_json(const suites::SuiteListing& suite) {
  Json out{{"name", suite.name},
           {"title", suite.title},
           {"size", suite.size == 0 ? Json(nullptr) : Json(suite.size)},
           {"language", suite.language},
           {"licence", suite.licence},
           {"path", suite.path},
           {"tags", suite.tags},
           {"group", suite.group},
           {"data_here", suite.data_here},
           {"unpinned", suite.unpinned},
           {"missing", suite.missing}};
  if (suite.tasks > 0) {
    out["tasks"] = suite.tasks;
    out["tasks_here"] = suite.tasks_here;
  }
  return out;
}

// "here", "43 of 57 here", "not here"; and whether a sha256 holds all of it fast.
std::string data_text(const suites::SuiteListing& suite) {
  std::string text = suite.data_here ? "here" : "not here";
  if (!suite.data_here && suite.tasks_here > 0) {
    text = fmt::format("{} of {} here", suite.tasks_here, suite.tasks);
  }
  return suite.unpinned ? text + ", unpinned" : text;
}

Result<int> list_suites(const ListFlags& flags) {
  suites::LoadOptions options;
  options.search_dirs = suite_dirs();
  options.data_dir = flags.data_dir;
  options.cache_dir = flags.cache_dir;
  ASSAY_TRY(const std::vector<suites::SuiteListing> listed, suites::list_suites(options));
  if (flags.json) {
    Json out = Json::array();
    for (const auto& suite : listed) out.push_back(suite_json(suite));
    fmt::print("{}\n", dump_json_pretty(out));
    return kExitDone;
  }
  std::vector<Row> rows{{"SUITE", "SAMPLES", "LANGUAGE", "LICENCE", "DATA", "TITLE"}};
  bool any_missing = false;
  bool any_unpinned = false;
  for (const auto& suite : listed) {
    if (!flags.all && !suite.group.empty()) continue;
    rows.push_back({suite.name, suite.size == 0 ? "?" : fmt::format("{}", suite.size),
                    suite.language, suite.licence, data_text(suite), suite.title});
    any_missing = any_missing || !suite.data_here;
    any_unpinned = any_unpinned || suite.unpinned;
  }
  print_table(rows);
  if (!flags.all) fmt::print("\nTasks of a group: --all.\n");
  if (any_missing) {
    fmt::print(
        "Data that is not here: `assay run SUITE` and `assay fetch SUITE` fetch it where its files "
        "are public; --data DIR names local copies.\n");
  }
  if (any_unpinned) {
    fmt::print("Unpinned: no sha256 is known, so what the source serves is what is asked.\n");
  }
  return kExitDone;
}

Result<int> list_backends(const ListFlags& flags) {
  backends::BackendContext context;
  context.module_dir = module_dir();
  context.plugins = flags.plugins;
  context.config_name = config_path(flags.config);
  if (!context.config_name.empty()) {
    ASSAY_TRY(Config config, load_config(context.config_name));
    context.config_text = std::move(config.text);
  }
  const auto listed = backends::list_backends(context);
  if (flags.json) {
    Json out = Json::array();
    for (const auto& backend : listed) {
      out.push_back({{"name", backend.name},
                     {"form", backend.form},
                     {"summary", backend.summary},
                     {"available", backend.available}});
    }
    fmt::print("{}\n", dump_json_pretty(out));
    return kExitDone;
  }
  std::vector<Row> rows{{"MODEL", "AVAILABLE", "WHAT IT IS"}};
  for (const auto& backend : listed)
    rows.push_back({backend.form, backend.available, backend.summary});
  print_table(rows);
  return kExitDone;
}

Result<int> list_models(const ListFlags& flags) {
  const std::string path = flags.config.empty() ? "assay.yaml" : flags.config;
  std::error_code failed;
  if (flags.config.empty() && !std::filesystem::exists(path, failed)) {
    return Error{ErrorCode::kNotFound,
                 "there is no such file here, so no models are named; `assay init` writes one, "
                 "`assay list backends` shows what can be named",
                 path};
  }
  ASSAY_TRY(const Config config, load_config(path));
  if (flags.json) {
    Json out = Json::array();
    for (const auto& model : config.models)
      out.push_back({{"name", backends::hide_url_credentials(model.name)},
                     {"model", backends::hide_url_credentials(model.spec)}});
    fmt::print("{}\n", dump_json_pretty(out));
    return kExitDone;
  }
  std::vector<Row> rows{{"NAME", "MODEL"}};
  for (const auto& model : config.models)
    rows.push_back(
        {backends::hide_url_credentials(model.name), backends::hide_url_credentials(model.spec)});
  print_table(rows);
  return kExitDone;
}

Result<int> list_scorers(const ListFlags& flags) {
  const auto listed = suites::list_scorers();
  if (flags.json) {
    Json out = Json::array();
    for (const auto& scorer : listed)
      out.push_back(
          {{"name", scorer.name}, {"summary", scorer.summary}, {"options", scorer.options}});
    fmt::print("{}\n", dump_json_pretty(out));
    return kExitDone;
  }
  std::vector<Row> rows{{"SCORER", "WHAT IT JUDGES", "OPTIONS"}};
  for (const auto& scorer : listed) rows.push_back({scorer.name, scorer.summary, scorer.options});
  print_table(rows);
  return kExitDone;
}

Result<int> list_command(const ListFlags& flags) {
  if (!flags.model.empty() && flags.what != "prices")
    return input_error(flags.model, "a model is named, which only `assay list prices` takes");
  if (flags.what == "suites") return list_suites(flags);
  if (flags.what == "backends") return list_backends(flags);
  if (flags.what == "scorers") return list_scorers(flags);
  if (flags.what == "prices")
    return list_prices({flags.model, flags.price_files, flags.all, flags.json});
  return list_models(flags);
}

}  // namespace

void add_list(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "list", "List suites, backends, scorers, prices, or the models of assay.yaml");
  auto flags = std::make_shared<ListFlags>();  // shared with the action
  command->add_option("what", flags->what, "suites, backends, models, scorers or prices")
      ->required()
      ->check(CLI::IsMember({"suites", "backends", "models", "scorers", "prices"}));
  command->add_option("--data", flags->data_dir,
                      "Folder with local copies of data that suites name by URL");
  command->add_option("--cache-dir", flags->cache_dir, "Folder for fetched data");
  command->add_option("-c,--config", flags->config,
                      "Configuration file for `list models` (default: assay.yaml)");
  command->add_option("--plugin", flags->plugins, "Shared library that adds a backend; repeatable")
      ->allow_extra_args(false);
  command->add_flag("--json", flags->json, "As JSON");
  command->add_flag(
      "--all", flags->all,
      "Suites: the tasks of groups too (--json always has them); prices: every period");
  command->add_option("model", flags->model, "`list prices`: this model alone, every period");
  command
      ->add_option("--prices", flags->price_files,
                   "`list prices`: price file, before the shipped table; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->footer(
      "Examples:\n  assay list suites\n  assay list backends --json\n  assay list prices "
      "deepseek-reasoner");
  commands.emplace_back(command, [flags] { return list_command(*flags); });
}

}  // namespace assay::app
