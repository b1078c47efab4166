// assay baseline: the pinned run that a gate compares with, and the log of who put it there, when
// and why.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <utility>

#include "app/command.h"
#include "app/setup.h"
#include "harness/aggregate/summarize.h"
#include "harness/base/clock.h"
#include "harness/base/json.h"
#include "harness/base/subprocess.h"
#include "harness/base/utf8.h"
#include "harness/store/baseline.h"

namespace assay::app {
namespace {

struct BaselineFlags {
  std::string run;
  std::string baseline = "baseline.assay";
  std::string why;
  std::string who;
  bool force = false;
  bool json = false;
};

constexpr size_t kWhoBytesMax = 200;
constexpr size_t kWhyBytesMax = 4000;
constexpr size_t kFiguresMax = 200;  // of one line
constexpr auto kGitWait = std::chrono::seconds(5);

std::string trimmed(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n\f\v";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

// `git config KEY`, or nothing: no git, no repository, not set.
std::string git_config(const char* key) {
  SubprocessOptions options;
  options.argv = {"git", "config", key};
  options.in = StdioMode::kNull;
  options.err = StdioMode::kNull;
  Result<std::unique_ptr<Subprocess>> git = Subprocess::start(options);
  if (!git) return {};
  std::string out(kWhoBytesMax, '\0');
  size_t filled = 0;
  for (ssize_t got = 0; filled < out.size(); filled += static_cast<size_t>(got)) {
    got = read((*git)->stdout_fd(), out.data() + filled, out.size() - filled);
    if (got <= 0) break;
  }
  out.resize(filled);
  return (*git)->wait_for(kGitWait) == 0 ? trimmed(out) : std::string();
}

// --who, else what git knows, else the user's login name.
Result<std::string> who_of(const BaselineFlags& flags) {
  std::string who = trimmed(flags.who);
  if (who.empty()) {
    who = git_config("user.name");
    const std::string email = git_config("user.email");
    if (!email.empty()) who += (who.empty() ? "<" : " <") + email + ">";
  }
  const char* user = std::getenv("USER");
  if (who.empty() && user != nullptr) who = trimmed(user);
  if (who.empty())
    return input_error("--who", "is needed: neither git (user.name) nor $USER says who you are");
  if (who.size() > kWhoBytesMax)
    return input_error(
        "--who", fmt::format("is of {} bytes, expected at most {}", who.size(), kWhoBytesMax));
  return who;
}

Result<std::string> why_of(const BaselineFlags& flags) {
  std::string why = trimmed(flags.why);
  if (why.empty())
    return input_error("--why", "is empty, expected the reason why this run is the new baseline");
  if (why.size() > kWhyBytesMax)
    return input_error(
        "--why", fmt::format("is of {} bytes, expected at most {}", why.size(), kWhyBytesMax));
  return why;
}

// What is missing of a model on a suite; empty: nothing.
std::string missing_of(const ModelResult& model) {
  std::vector<std::string> parts;
  if (const uint64_t settled = model.items_answered + model.items_failed;
      settled < model.items_planned)
    parts.push_back(fmt::format("{} of {} items not asked",
                                count_text(model.items_planned - settled),
                                count_text(model.items_planned)));
  if (model.items_failed > 0)
    parts.push_back(fmt::format("{} items without a reply", count_text(model.items_failed)));
  if (model.items_unjudged > 0)
    parts.push_back(fmt::format("{} replies without a score", count_text(model.items_unjudged)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Models and suites of the manifest that have no result at all, where the run is not of loads
// alone.
void find_idle(const Summary& summary, std::vector<std::string>& missing) {
  for (const SuiteInfo& suite : summary.manifest.suites) {
    const bool any =
        std::any_of(summary.suites.begin(), summary.suites.end(), [&](const SuiteSummary& s) {
          return s.suite.name == suite.name && !(s.models.empty() && s.curves.empty());
        });
    if (!any) missing.push_back(fmt::format("suite {}: not asked", suite.name));
  }
  for (const ModelInfo& model : summary.manifest.models) {
    if (!model.curve_of.empty()) continue;
    const bool any =
        std::any_of(summary.suites.begin(), summary.suites.end(), [&](const SuiteSummary& s) {
          return std::any_of(s.models.begin(), s.models.end(),
                             [&](const ModelResult& m) { return m.model.name == model.name; });
        });
    if (!any) missing.push_back(fmt::format("model {}: not asked", model.name));
  }
}

std::vector<std::string> find_missing(const Summary& summary) {
  std::vector<std::string> missing;
  for (const SuiteSummary& suite : summary.suites) {
    for (const ModelResult& model : suite.models) {
      const std::string what = missing_of(model);
      if (!what.empty())
        missing.push_back(
            fmt::format("suite {}, model {}: {}", suite.suite.name, model.model.name, what));
    }
  }
  if (summary.loads.empty()) find_idle(summary, missing);
  if (summary.loads.empty() && summary.suites.empty()) missing.emplace_back("no answers at all");
  return missing;
}

Result<void> refuse_incomplete(const Summary& summary, const BaselineFlags& flags) {
  const std::vector<std::string> missing = find_missing(summary);
  if (missing.empty() || flags.force) return {};
  constexpr size_t kShown = 5;
  std::string text;
  for (size_t i = 0; i < std::min(missing.size(), kShown); ++i)
    text += (i == 0 ? "" : "; ") + missing[i];
  if (missing.size() > kShown) text += fmt::format("; and {} more", missing.size() - kShown);
  return input_error(flags.run, "is incomplete (" + text +
                                    "), expected every item answered and scored; run it again to "
                                    "finish it, or take it as it is with --force");
}

std::vector<store::BaselineFigure> headlines(const Summary& summary) {
  std::vector<store::BaselineFigure> out;
  for (const SuiteSummary& suite : summary.suites) {
    for (const ModelResult& model : suite.models) {
      if (model.metrics.empty() || out.size() >= kFiguresMax) continue;
      const MetricResult& headline = model.metrics.front();
      out.push_back({.suite = suite.suite.name,
                     .model = model.model.name,
                     .metric = headline.def.name,
                     .value = headline.estimate.value,
                     .n = headline.estimate.n});
    }
  }
  return out;
}

Result<Summary> summary_of(const std::string& copy, const std::string& shown) {
  ASSAY_TRY(const OpenRuns runs, open_runs({copy}));
  const std::array<std::string, 1> names{shown};
  return aggregate::summarize(runs.list, names, {});
}

Result<int> set_command(const BaselineFlags& flags) {
  ASSAY_TRY(std::string why, why_of(flags));
  ASSAY_TRY(std::string who, who_of(flags));
  ASSAY_TRY(store::BaselineUpdate update,
            store::BaselineUpdate::prepare(flags.run, flags.baseline));
  ASSAY_TRY(const Summary summary, summary_of(update.copy(), flags.run));
  ASSAY_TRY_VOID(refuse_incomplete(summary, flags));
  store::BaselineEntry entry{.utc = utc_now_iso8601(),
                             .who = std::move(who),
                             .why = std::move(why),
                             .run_hash = summary.manifest.run_hash,
                             .forced = !find_missing(summary).empty(),
                             .figures = headlines(summary)};
  ASSAY_TRY_VOID(update.log(entry));
  ASSAY_TRY_VOID(update.put_in_place());
  if (flags.json) {
    fmt::print("{}\n", store::baseline_line(entry));
  } else {
    fmt::print("{} is now {} (sha256 {}), by {}; commit it together with {}\n", flags.baseline,
               flags.run, entry.sha256_new.substr(0, 16), entry.who,
               store::baseline_log_path(flags.baseline));
  }
  return kExitDone;
}

// The log may come from anybody: control characters would move the cursor or worse.
std::string shown(const std::string& text) {
  std::string out;
  for (const char32_t point : to_code_points(sanitize_utf8(text))) {
    const bool control = point < 0x20 || point == 0x7F || (point >= 0x80 && point < 0xA0);
    append_utf8(out, control ? U' ' : point);
  }
  return out;
}

void print_entry(const store::BaselineEntry& entry, bool replaced_unseen) {
  fmt::print("{}  {}\n  why     {}\n  file    sha256 {}{}{}\n", shown(entry.utc), shown(entry.who),
             shown(entry.why), entry.sha256_new.substr(0, 16),
             entry.forced ? ", incomplete (--force)" : "",
             replaced_unseen ? ", was never in place" : "");
  for (const store::BaselineFigure& figure : entry.figures)
    fmt::print("  {:<24} {:<28} {} {} (n = {})\n", shown(figure.suite), shown(figure.model),
               shown(figure.metric), figure.value ? fmt::format("{:.4f}", *figure.value) : "n/a",
               count_text(figure.n));
}

const char* state_name(store::BaselineState state) {
  switch (state) {
    case store::BaselineState::kAsLogged:
      return "as_logged";
    case store::BaselineState::kNotPutInPlace:
      return "not_put_in_place";
    case store::BaselineState::kChanged:
      return "changed";
    case store::BaselineState::kMissing:
      break;
  }
  return "missing";
}

std::string verdict_text(const std::string& baseline, const store::BaselineCheck& check,
                         const store::BaselineEntry& last) {
  const std::string logged = last.sha256_new.substr(0, 16);
  switch (check.state) {
    case store::BaselineState::kAsLogged:
      return fmt::format("{} is the file of the last entry (sha256 {})", baseline, logged);
    case store::BaselineState::kNotPutInPlace:
      return fmt::format(
          "{} is not the file of the last entry (sha256 {}): that update was cut short between its "
          "entry and its file, or the file before it was put back; {}; run `assay baseline set` "
          "again",
          baseline, logged,
          check.sha256.empty() ? "there is no baseline" : "the one before stands");
    case store::BaselineState::kChanged:
      return fmt::format(
          "{} was changed behind the back of `assay baseline set`: its sha256 is {}, the last "
          "entry's {}; restore it, or say who changed it and why by `assay baseline set`",
          baseline, check.sha256.substr(0, 16), logged);
    case store::BaselineState::kMissing:
      break;
  }
  return fmt::format("{} is not there; the last entry's file has sha256 {}", baseline, logged);
}

void print_json(const std::string& baseline, const store::BaselineLog& log,
                const store::BaselineCheck& check) {
  Json out{{"baseline", baseline},
           {"state", state_name(check.state)},
           {"sha256", check.sha256},
           {"unreadable_lines", log.unreadable}};
  out["entries"] = Json::array();
  for (const store::BaselineEntry& entry : log.entries) {
    auto line = parse_json(store::baseline_line(entry), "entry");
    if (line) out["entries"].push_back(std::move(*line));
  }
  fmt::print("{}\n", dump_json_pretty(out));
}

Result<int> show_command(const BaselineFlags& flags) {
  ASSAY_TRY(const store::BaselineLog log, store::read_baseline_log(flags.baseline));
  ASSAY_TRY(const store::BaselineCheck check, store::check_baseline(flags.baseline, log));
  const bool sound = check.state == store::BaselineState::kAsLogged;
  if (flags.json) {
    print_json(flags.baseline, log, check);
    return sound ? kExitDone : kExitRegression;
  }
  for (size_t i = 0; i < log.entries.size(); ++i) {
    const bool unseen = i + 1 < log.entries.size()
                            ? log.entries[i + 1].sha256_old != log.entries[i].sha256_new
                            : check.state == store::BaselineState::kNotPutInPlace;
    print_entry(log.entries[i], unseen);
  }
  for (const uint64_t line : log.unreadable)
    fmt::print("line {} of {} is no entry\n", line, store::baseline_log_path(flags.baseline));
  const std::string verdict = verdict_text(flags.baseline, check, log.entries.back());
  fmt::print(sound ? stdout : stderr, "{}{}\n", sound ? "" : "assay: ", verdict);
  return sound ? kExitDone : kExitRegression;
}

}  // namespace

void add_baseline(CLI::App& app, Commands& commands) {
  CLI::App* group = app.add_subcommand(
      "baseline", "The pinned run that a gate compares with: set it, show who set it and why");
  group->require_subcommand(1);
  auto flags = std::make_shared<BaselineFlags>();  // shared with the actions
  CLI::App* set = group->add_subcommand(
      "set", "Copies a complete run over the baseline, and logs who, when and why");
  set->add_option("run", flags->run, "Run file")->required();
  set->add_option("--as", flags->baseline, "The baseline's file (default: baseline.assay)");
  set->add_option("--why", flags->why, "Why this run is the new baseline")->required();
  set->add_option("--who", flags->who,
                  "Who says so (default: user.name and user.email of git, else $USER)");
  set->add_flag("--force", flags->force, "Also when items are unanswered or without a score");
  set->add_flag("--json", flags->json, "The log's line");
  set->footer(
      "Examples:\n  assay baseline set new.assay --why 'release 2.4, approved in #812'\n"
      "  assay baseline set nightly.assay --as ci/baseline.assay --why 'new tokenizer'");
  CLI::App* show = group->add_subcommand(
      "show", "The baseline's history; exit code 1 when the file is not the last entry's");
  show->add_option("baseline", flags->baseline, "The baseline's file (default: baseline.assay)");
  show->add_flag("--json", flags->json, "As JSON");
  show->footer(
      "Examples:\n  assay baseline show\n  assay baseline show ci/baseline.assay --json | jq "
      ".entries[-1].why");
  group->footer(
      "Examples:\n  assay baseline set new.assay --why 'release 2.4'\n  assay baseline show");
  commands.emplace_back(set, [flags] { return set_command(*flags); });
  commands.emplace_back(show, [flags] { return show_command(*flags); });
}

}  // namespace assay::app
