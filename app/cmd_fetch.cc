// assay fetch: brings the data of suites into the cache, so that later runs need no network for it.
#include <fmt/format.h>

#include <memory>

#include "app/command.h"
#include "app/data_fetching.h"
#include "app/paths.h"
#include "suites/registry.h"

namespace assay::app {
namespace {

struct FetchFlags {
  std::vector<std::string> suites;
  std::string data_dir;
  std::string cache_dir;
  bool refresh = false;
  bool offline = false;
  bool quiet = false;
};

Result<int> fetch_command(const FetchFlags& flags) {
  DataFetching fetching({}, flags.quiet);
  suites::LoadOptions options;
  options.search_dirs = suite_dirs();
  options.data_dir = flags.data_dir;
  options.cache_dir = flags.cache_dir;
  options.refresh = flags.refresh;
  options.offline = flags.offline;
  fetching.use_for(options);
  for (const std::string& suite : flags.suites) {
    ASSAY_TRY(const auto fetched, suites::fetch_suite(suite, options));
    if (flags.quiet) continue;
    for (const suites::FetchedSplit& split : fetched)
      fmt::print("{} {}: {}\n", suite, split.split, split.path);
  }
  return kExitDone;
}

}  // namespace

void add_fetch(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "fetch", "Bring the data of suites into the cache; asks no model (docs/data.md)");
  auto flags = std::make_shared<FetchFlags>();  // shared with the action
  command->add_option("suites", flags->suites, "Suites: names, folders or YAML files")->required();
  command->add_option("--data", flags->data_dir,
                      "Folder with local copies of data that suites name by URL");
  command->add_option("--cache-dir", flags->cache_dir,
                      "Folder for fetched data (default: $ASSAY_CACHE, $XDG_CACHE_HOME/assay or "
                      "~/.cache/assay)");
  command->add_flag("--refresh", flags->refresh,
                    "Fetch again what is not pinned by a sha256, and say whether it changed");
  command->add_flag("--offline", flags->offline, "Only say whether everything is here");
  command->add_flag("-q,--quiet", flags->quiet, "No progress and no list");
  command->footer(
      "Examples:\n"
      "  assay fetch klue-nli kobest-boolq\n"
      "  HF_TOKEN=... assay fetch ./my-suite      # a gated set of Hugging Face");
  commands.emplace_back(command, [flags] { return fetch_command(*flags); });
}

}  // namespace assay::app
