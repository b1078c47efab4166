// assay score: judges stored replies anew, with the suites' scorers as they are now. No model is
// called.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "app/command.h"
#include "app/data_fetching.h"
#include "app/paths.h"
#include "app/score_audit.h"
#include "app/setup.h"
#include "harness/run/run.h"

namespace assay::app {
namespace {

struct ScoreFlags {
  std::string run;
  std::vector<std::string> suites;
  std::string data_dir;
  std::string cache_dir;
  bool offline = false;
  std::vector<std::string> tasks_dirs;
  bool as_generation = false;
  bool quiet = false;
  bool audit = false;
  AuditFlags audit_flags;
};

// The suites named, or those of the run file by name.
Result<LoadedSuites> suites_to_judge(const store::SqliteStore& store, const ScoreFlags& flags) {
  suites::LoadOptions options;
  options.search_dirs = suite_dirs();
  options.data_dir = flags.data_dir;
  options.cache_dir = flags.cache_dir;
  options.offline = flags.offline;
  DataFetching fetching({}, flags.quiet);
  fetching.use_for(options);
  options.task_dirs = flags.tasks_dirs;
  options.as_generation = flags.as_generation;
  std::vector<std::string> names = flags.suites;
  if (names.empty()) {
    ASSAY_TRY(const Manifest manifest, store.manifest());
    for (const SuiteInfo& suite : manifest.suites) names.push_back(suite.name);
  }
  return load_suites(names, options);
}

Result<uint64_t> judge_suite(store::SqliteStore& store, const Suite& suite) {
  ASSAY_TRY(const std::optional<SuiteInfo> before, store.find_suite(suite.info().name));
  if (!before)
    return input_error(store.path(), fmt::format("holds no suite `{}`", suite.info().name));
  if (before->data_hash != suite.info().data_hash) {
    return Error{
        ErrorCode::kConflict,
        fmt::format("the data of suite `{}` are not those the replies answer (stored {}, now {})",
                    before->name, before->data_hash.substr(0, 16),
                    suite.info().data_hash.substr(0, 16)),
        store.path()};
  }
  SuiteInfo now = *before;
  now.scorer_hash = suite.info().scorer_hash;
  now.metrics = suite.info().metrics;
  now.hash = suite.info().hash;
  // Readers use the scoring that the suite names, and it is named last: a kill in between leaves
  // the old one.
  uint64_t judged = 0;
  ASSAY_TRY_VOID(store.begin_scoring(now));
  ASSAY_TRY(judged, run::judge_stored(store, {&suite}, /*all=*/true,
                                      std::max(1U, std::thread::hardware_concurrency())));
  ASSAY_TRY_VOID(store.finish_scoring(now));
  return judged;
}

Result<int> score_command(const ScoreFlags& flags) {
  if (flags.audit) {
    AuditFlags audit = flags.audit_flags;
    audit.run = flags.run;
    audit.suites = flags.suites;
    return audit_run(audit);
  }
  // Looked at first, so that a missing file is said and not made.
  ASSAY_TRY_VOID(open_runs({flags.run}));
  ASSAY_TRY(const auto store, store::SqliteStore::open_for_writing(flags.run, {}));
  ASSAY_TRY(const LoadedSuites suites, suites_to_judge(*store, flags));
  for (const Suite* suite : suites.list) {
    ASSAY_TRY(const uint64_t judged, judge_suite(*store, *suite));
    if (!flags.quiet)
      fmt::print("{}: {} replies judged under {}\n", suite->info().name, count_text(judged),
                 suite->info().scorer_hash.substr(0, 16));
  }
  ASSAY_TRY_VOID(store->checkpoint());
  return kExitDone;
}

}  // namespace

void add_score(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "score", "Judge stored replies anew (new scorer, new options); calls no model");
  auto flags = std::make_shared<ScoreFlags>();  // shared with the action
  command->add_option("run", flags->run, "Run file")->required();
  command->add_option("suites", flags->suites,
                      "Suites, when they are not found by name (folder or YAML file)");
  command
      ->add_option("--tasks-dir,--include-path", flags->tasks_dirs,
                   "Folder of lm-evaluation-harness tasks, as of `assay run`; repeatable")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command->add_flag("--as-generation", flags->as_generation,
                    "The replies were asked with `assay run --as-generation`");
  command->add_option("--data", flags->data_dir,
                      "Folder with local copies of data that suites name by URL");
  command->add_option("--cache-dir", flags->cache_dir,
                      "Folder for fetched data (default: $ASSAY_CACHE, $XDG_CACHE_HOME/assay or "
                      "~/.cache/assay)");
  command->add_flag("--offline", flags->offline, "Never touch the network");
  command->add_flag("-q,--quiet", flags->quiet, "No output");
  command->add_flag("--audit", flags->audit,
                    "Judge nothing: run several extractors side by side, say where they disagree");
  command->add_option("--extract", flags->audit_flags.extracts,
                      "Audit: a rule of your own, as `extract` is written in a suite (repeatable)");
  command->add_option("--limit", flags->audit_flags.limit,
                      "Audit: disagreements listed for each suite (default 20)");
  command->add_flag("--json", flags->audit_flags.json, "Audit: as JSON");
  command->footer(
      "Examples:\n  assay score quick-ocr.assay        # after changing a scorer in the suite\n"
      "  assay score maths.assay --audit --extract '{\"regex\": \"= *([0-9]+)\"}'");
  commands.emplace_back(command, [flags] { return score_command(*flags); });
}

}  // namespace assay::app
