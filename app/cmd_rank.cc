// assay rank: ratings of models from pairwise battles, or from the items of run files.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "app/command.h"
#include "app/setup.h"
#include "harness/aggregate/ranking.h"
#include "harness/base/clock.h"
#include "reports/rank/rank_report.h"

namespace assay::app {
namespace {

constexpr std::string_view kRunFileMagic{"SQLite format 3\0", 16};

struct RankFlags {
  std::vector<std::string> files;
  std::vector<std::string> style;
  std::string ties = "half";
  std::string output = "-";
  double prior = 0;
  double mean_rating = 1000;
  double confidence = 0.95;
  uint64_t seed = 1;
  bool json = false;
};

aggregate::RankingOptions ranking_options(const RankFlags& flags) {
  aggregate::RankingOptions out;
  if (flags.ties == "davidson") out.ties = aggregate::Ties::kDavidson;
  if (flags.ties == "rao-kupper") out.ties = aggregate::Ties::kRaoKupper;
  out.prior = flags.prior;
  out.mean_rating = flags.mean_rating;
  out.confidence = flags.confidence;
  out.seed = flags.seed;
  return out;
}

Result<std::ifstream> open_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) {
    return Error{ErrorCode::kNotFound, "cannot be read", path};
  }
  return in;
}

Result<bool> is_run_file(const std::string& path) {
  ASSAY_TRY(std::ifstream in, open_file(path));
  std::array<char, kRunFileMagic.size()> head{};
  in.read(head.data(), head.size());
  return std::string_view(head.data(), head.size()) == kRunFileMagic;
}

struct RankFiles {
  std::vector<std::string> runs;
  std::vector<std::string> battles;
};

Result<RankFiles> sort_files(const std::vector<std::string>& files) {
  RankFiles out;
  for (const std::string& file : files) {
    ASSAY_TRY(const bool run, is_run_file(file));
    (run ? out.runs : out.battles).push_back(file);
  }
  return out;
}

Result<aggregate::Ranking> rank_battle_files(const std::vector<std::string>& files,
                                             const RankFlags& flags) {
  aggregate::Battles battles;
  for (const std::string& file : files) {
    ASSAY_TRY(std::ifstream in, open_file(file));
    ASSAY_TRY_VOID(aggregate::read_battles(in, file, {.style = flags.style}, battles));
  }
  return aggregate::rank_battles(battles, ranking_options(flags));
}

Result<aggregate::RankingReport> rank_files(const RankFlags& flags) {
  ASSAY_TRY(const RankFiles files, sort_files(flags.files));
  if (!flags.style.empty() && files.battles.empty()) {
    return input_error("--style", "run files have no style; expected files of battles");
  }
  const aggregate::RankingOptions options = ranking_options(flags);
  aggregate::RankingReport report;
  if (!files.runs.empty()) {
    ASSAY_TRY(const OpenRuns runs, open_runs(files.runs));
    ASSAY_TRY(report, aggregate::rank_runs(runs.list, runs.names, options));
  }
  report.ties = options.ties;
  report.prior = options.prior;
  report.confidence = options.confidence;
  if (!files.battles.empty()) {
    ASSAY_TRY(aggregate::Ranking ranking, rank_battle_files(files.battles, flags));
    report.rankings.push_back(std::move(ranking));
    report.sources.insert(report.sources.end(), files.battles.begin(), files.battles.end());
  }
  return report;
}

Result<int> rank_command(const RankFlags& flags) {
  ASSAY_TRY(const aggregate::RankingReport report, rank_files(flags));
  ReportOptions options;
  options.generated_utc = utc_now_iso8601();
  options.command = command_line();
  options.colour = flags.output == "-" && isatty(STDOUT_FILENO) != 0;
  const bool json =
      flags.json || std::filesystem::path(flags.output).extension().string() == ".json";
  ASSAY_TRY_VOID(write_output(
      flags.output, json ? reports::rank_json(report) : reports::rank_text(report, options)));
  return kExitDone;
}

}  // namespace

void add_rank(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "rank", "Ratings with intervals and ranges of ranks, from pairwise battles or run files");
  auto flags = std::make_shared<RankFlags>();  // shared with the action
  command
      ->add_option(
          "files", flags->files,
          "Battles as JSON lines (docs/ranking.md), or run files, whose items are taken as "
          "battles")
      ->required()
      ->expected(1, 64);
  command
      ->add_option("--style", flags->style,
                   "Covariates to hold constant: length, headers, bold, lists (counted from the "
                   "answers) or names from `covariates`")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option(
          "--ties", flags->ties,
          "half (default): a tie is half a win each way; davidson, rao-kupper: ties have a "
          "parameter of their own")
      ->check(CLI::IsMember({"half", "davidson", "rao-kupper"}));
  command
      ->add_option(
          "--prior", flags->prior,
          "Weak prior: each model also wins and loses this many battles against an average "
          "opponent, so that those who won or lost everything get a finite rating "
          "(default 0: they get none)")
      ->check(CLI::Range(0.0, 1000.0));
  command->add_option("--mean", flags->mean_rating, "Mean rating of a group (default 1000)")
      ->check(CLI::Range(-1e6, 1e6));
  command->add_option("--confidence", flags->confidence, "Of intervals and ranks (default 0.95)")
      ->check(CLI::Range(0.5, 0.9999));
  command->add_option("--seed", flags->seed, "Of the draws behind the ranks (default 1)");
  command->add_option("-o,--output", flags->output,
                      "Output file; .json for JSON (default: a table on the terminal)");
  command->add_flag("--json", flags->json, "As JSON");
  command->footer(
      "Examples:\n  assay rank battles.jsonl --style length,headers,bold,lists\n  assay rank "
      "monday.assay tuesday.assay\n  assay rank battles.jsonl --ties davidson --json | jq "
      "'.rankings[].groups[0][].rating'");
  commands.emplace_back(command, [flags] { return rank_command(*flags); });
}

}  // namespace assay::app
