// assay history: figures of runs, one line each, in a file that lives in git or as an artifact of
// CI; and what they did over time.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <iterator>
#include <memory>

#include "app/command.h"
#include "app/setup.h"
#include "harness/aggregate/history.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "harness/store/history_file.h"
#include "reports/json/json_trends.h"
#include "reports/text/text_trends.h"

namespace assay::app {
namespace {

constexpr const char* kFileDefault = "assay-history.jsonl";
constexpr size_t kCommitBytesMax = 100;

struct HistoryFlags {
  std::string file = kFileDefault;
  std::vector<std::string> runs;
  std::string commit;
  std::string note;
  aggregate::TrendQuery query;
  bool json = false;
};

// What continuous integration says it checked out, in the names of the systems that exist.
std::string commit_from_environment() {
  constexpr std::array<const char*, 11> kNames{
      "GITHUB_SHA",        "CI_COMMIT_SHA",    "BUILD_SOURCEVERSION", "BITBUCKET_COMMIT",
      "CIRCLE_SHA1",       "BUILDKITE_COMMIT", "DRONE_COMMIT_SHA",    "TRAVIS_COMMIT",
      "SEMAPHORE_GIT_SHA", "CF_REVISION",      "GIT_COMMIT"};
  for (const char* name : kNames) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

Result<void> check_text(const std::string& where, const std::string& text, size_t bytes_max) {
  if (text.size() > bytes_max) {
    return input_error(where,
                       fmt::format("has {} bytes, expected at most {}", text.size(), bytes_max));
  }
  if (invalid_utf8_at(text)) return input_error(where, "is not UTF-8, expected text");
  return {};
}

Result<int> add_command(const HistoryFlags& flags) {
  aggregate::HistoryOrigin origin;
  origin.commit = flags.commit.empty() ? commit_from_environment() : flags.commit;
  origin.note = flags.note;
  ASSAY_TRY_VOID(check_text("--commit", origin.commit, kCommitBytesMax));
  ASSAY_TRY_VOID(check_text("--note", origin.note, store::kHistoryNoteBytesMax));
  // Everything is read before the history is touched.
  ASSAY_TRY(const OpenRuns runs, open_runs(flags.runs));
  std::vector<HistoryLine> lines;
  for (size_t i = 0; i < runs.list.size(); ++i) {
    ASSAY_TRY(auto more, aggregate::history_lines(*runs.list[i], runs.names[i], origin));
    lines.insert(lines.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  ASSAY_TRY(const store::Appended done, store::append_history(flags.file, lines));
  if (flags.json) {
    std::string file;
    append_json_string(file, sanitize_utf8(flags.file));
    fmt::print("{{\"file\": {}, \"added\": {}, \"known\": {}}}\n", file, done.added, done.known);
    return kExitDone;
  }
  fmt::print("{}: {} line{} added{}\n", flags.file, done.added, done.added == 1 ? "" : "s",
             done.known > 0 ? fmt::format(", {} there already", done.known) : "");
  return kExitDone;
}

Result<int> show_command(const HistoryFlags& flags) {
  ASSAY_TRY(const std::vector<HistoryLine> lines, store::read_history(flags.file));
  const std::vector<Trend> trends = aggregate::trends(lines, flags.query);
  if (flags.json) {
    ASSAY_TRY_VOID(write_output("-", reports::trends_json(trends)));
    return kExitDone;
  }
  if (trends.empty()) {
    const bool all =
        flags.query.suite.empty() && flags.query.model.empty() && flags.query.metric.empty();
    return input_error(flags.file, all ? "has no lines yet; `assay history add RUN` adds some"
                                       : "has no line of that suite, model and metric");
  }
  ASSAY_TRY_VOID(write_output("-", reports::trends_text(trends, {})));
  return kExitDone;
}

void declare_add(CLI::App& history, Commands& commands) {
  CLI::App* command = history.add_subcommand(
      "add", "Append the figures of run files; what the history holds already is not added again");
  auto flags = std::make_shared<HistoryFlags>();  // shared with the action
  command->add_option("runs", flags->runs, "Run files")->required();
  command->add_option("--file", flags->file,
                      fmt::format("The history (default: {}); made when absent", kFileDefault));
  command->add_option("--commit", flags->commit,
                      "Commit of what was measured (default: what CI says in its variables)");
  command->add_option("--note", flags->note, "A word about the run, kept with each line");
  command->add_flag("--json", flags->json, "What was done, as JSON");
  command->footer(
      "Examples:\n"
      "  assay history add nightly.assay\n"
      "  assay history add nightly.assay --file ci/history.jsonl --commit \"$(git rev-parse "
      "HEAD)\" --note 'new prompt'");
  commands.emplace_back(command, [flags] { return add_command(*flags); });
}

void declare_show(CLI::App& history, Commands& commands) {
  CLI::App* command =
      history.add_subcommand("show", "Trends of the figures in a history, and where they changed");
  auto flags = std::make_shared<HistoryFlags>();  // shared with the action
  command->add_option("--file", flags->file,
                      fmt::format("The history (default: {})", kFileDefault));
  command->add_option("--suite", flags->query.suite, "Only this suite");
  command->add_option("-m,--model", flags->query.model, "Only this model");
  command->add_option("--metric", flags->query.metric,
                      "Only this metric; `latency` is the median time of a reply");
  command->add_flag("--json", flags->json, "Points, changes and breaks as JSON");
  command->footer(
      "Examples:\n"
      "  assay history show\n"
      "  assay history show --suite quick-intents --metric accuracy --json | jq "
      "'.trends[].changes'");
  commands.emplace_back(command, [flags] { return show_command(*flags); });
}

}  // namespace

void add_history(CLI::App& app, Commands& commands) {
  CLI::App* history = app.add_subcommand(
      "history", "Keep the figures of runs over time, and show where they changed");
  history->require_subcommand(1);
  history->footer(
      "Examples:\n"
      "  assay history add nightly.assay\n"
      "  assay history show --suite quick-intents");
  declare_add(*history, commands);
  declare_show(*history, commands);
}

}  // namespace assay::app
