// assay show: what a run file holds; with a sample, everything about it.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "app/command.h"
#include "app/item_json.h"
#include "app/setup.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::app {
namespace {

struct ShowFlags {
  std::string run;
  std::string sample;
  std::string model;
  std::string suite;
  uint64_t limit = 20;
  bool json = false;
};

constexpr size_t kAnswerColumns = 48;

// Model output on a terminal: control characters would move the cursor or worse.
std::string one_line(const std::string& text, size_t columns) {
  std::string out;
  for (const char32_t point : to_code_points(sanitize_utf8(text))) {
    if (point < 0x20 || point == 0x7F || (point >= 0x80 && point < 0xA0)) {
      out += ' ';
    } else {
      append_utf8(out, point);
    }
  }
  return truncate_to_width(out, columns);
}

std::string indented(const std::string& text) {
  std::string out = "    ";
  for (const char32_t point : to_code_points(sanitize_utf8(text))) {
    if (point == '\n') {
      out += "\n    ";
    } else if (point >= 0x20 && point != 0x7F && !(point >= 0x80 && point < 0xA0)) {
      append_utf8(out, point);
    } else if (point == '\t') {
      out += "  ";
    } else {
      append_utf8(out, U'\u00B7');
    }
  }
  return out;
}

std::string scores_text(const ItemDetail& item) {
  std::string out;
  for (const Score& score : item.scores) {
    out += fmt::format(
        "{}{} {}", out.empty() ? "" : "  ", score.metric,
        score.status == ScoreStatus::kScored ? fmt::format("{:.4g}", score.value) : "unscored");
  }
  return out.empty() ? std::string("not judged") : out;
}

std::string count_or_unsaid(int64_t tokens) {
  return tokens < 0 ? std::string("?") : count_text(static_cast<uint64_t>(tokens));
}

// " + 12 cached", where there are some.
std::string more_tokens(int64_t tokens, std::string_view of) {
  if (tokens <= 0) return {};
  return fmt::format(" + {} {}", count_text(static_cast<uint64_t>(tokens)), of);
}

std::string tokens_text(const Usage& usage) {
  std::string text = fmt::format("{} in", count_or_unsaid(usage.input_tokens));
  text += more_tokens(usage.cached_tokens, "cached");
  text += more_tokens(usage.cached_audio_tokens, "cached sound");
  text += more_tokens(usage.cache_write_tokens, "written to cache");
  text += more_tokens(usage.cache_write_hour_tokens, "written to cache for an hour");
  text += more_tokens(usage.image_tokens, "of pictures");
  text += more_tokens(usage.audio_tokens, "of sound");
  if (usage.reasoning_tokens >= 0)
    text += fmt::format(", {} reasoning", count_or_unsaid(usage.reasoning_tokens));
  text += fmt::format(", {} out", count_or_unsaid(usage.output_tokens));
  text += more_tokens(usage.image_output_tokens, "of pictures");
  text += more_tokens(usage.audio_output_tokens, "of sound");
  if (usage.source == UsageSource::kSplitEstimated) text += " (split by length)";
  if (usage.source == UsageSource::kContradictory) text += " (cut: they contradict themselves)";
  return text;
}

// Nothing where no reply can say it (models of this machine).
void print_tokens(const ItemDetail& item) {
  const bool said = std::any_of(kUsageBuckets.begin(), kUsageBuckets.end(),
                                [&](auto bucket) { return item.usage.*bucket >= 0; });
  if (!said && item.http_status == 0) return;
  if (!said) {
    fmt::print("  tokens    usage: missing\n");
    return;
  }
  std::string text = tokens_text(item.usage);
  if (item.cost) text += fmt::format("; cost {}", item.cost->text());
  fmt::print("  tokens    {}\n", text);
}

void print_item(const ItemDetail& item) {
  fmt::print("{} · {} · {}{}\n", item.suite, item.sample_id, item.model,
             item.repeat > 0 ? fmt::format(" · repeat {}", item.repeat) : "");
  fmt::print("  outcome   {}{}\n", outcome_name(item.outcome),
             item.attempts > 1 ? fmt::format(", {} attempts", item.attempts) : "");
  if (!item.error.empty()) fmt::print("  error     {}\n", one_line(item.error, 200));
  if (item.latency_ns >= 0)
    fmt::print("  latency   {:.3f} s{}{}\n", static_cast<double>(item.latency_ns) / 1e9,
               item.ttft_ns < 0
                   ? ""
                   : fmt::format(", first token {:.3f} s", static_cast<double>(item.ttft_ns) / 1e9),
               item.ttfa_ns < 0 ? ""
                                : fmt::format(", first of the answer {:.3f} s",
                                              static_cast<double>(item.ttfa_ns) / 1e9));
  print_tokens(item);
  fmt::print("  request\n{}\n  truth\n{}\n", indented(item.request), indented(item.truth));
  if (!item.reasoning.empty()) fmt::print("  reasoning\n{}\n", indented(item.reasoning));
  fmt::print("  answer\n{}\n", indented(item.answer));
  if (!item.tool_calls.empty()) fmt::print("  tool calls\n{}\n", indented(item.tool_calls));
  for (const Score& score : item.scores) {
    fmt::print(
        "  {:<9} {}{}{}\n", score.metric,
        score.status == ScoreStatus::kScored ? fmt::format("{:.6g}", score.value) : "unscored",
        score.extracted.empty() ? "" : "  from `" + one_line(score.extracted, 80) + "`",
        score.reason.empty() ? "" : "  (" + one_line(score.reason, 120) + ")");
  }
  fmt::print("\n");
}

Result<int> show_sample(const RunStore& store, const ShowFlags& flags) {
  ItemQuery query;
  query.sample_id = flags.sample;
  query.model = flags.model;
  query.suite = flags.suite;
  bool found = false;
  ASSAY_TRY_VOID(store.read_items(query, [&](const ItemDetail& item) {
    found = true;
    flags.json ? fmt::print("{}\n", item_to_json(item)) : print_item(item);
    return true;
  }));
  if (!found)
    return Error{ErrorCode::kNotFound,
                 fmt::format("holds no sample `{}`{}", flags.sample,
                             flags.model.empty() ? "" : " of model `" + flags.model + "`"),
                 flags.run};
  return kExitDone;
}

void print_manifest(const Manifest& manifest) {
  fmt::print("run {}  seed {}  assay {}  {} session{}\n", manifest.run_hash, manifest.seed,
             manifest.assay_version, manifest.sessions.size(),
             manifest.sessions.size() == 1 ? "" : "s");
  for (const SessionInfo& session : manifest.sessions)
    fmt::print("  {}  {}\n", session.utc, one_line(session.argv, 160));
  for (const SuiteInfo& suite : manifest.suites) {
    std::string metrics;
    for (const MetricDef& metric : suite.metrics)
      metrics += (metrics.empty() ? "" : ", ") + metric.name;
    fmt::print("suite {}  {} samples × {}  metrics {}\n  prompt {}  data {}  scorers {}\n",
               suite.name, count_text(suite.sample_count), suite.repeats, metrics,
               suite.prompt_hash.substr(0, 16), suite.data_hash.substr(0, 16),
               suite.scorer_hash.substr(0, 16));
  }
  for (const ModelInfo& model : manifest.models)
    fmt::print("model {}  {}  config {}\n", model.name, one_line(model.version, 80),
               model.config_hash);
}

Result<int> show_run(const RunStore& store, const ShowFlags& flags) {
  ASSAY_TRY(const Manifest manifest, store.manifest());
  if (!flags.json) print_manifest(manifest);
  for (const SuiteInfo& suite : manifest.suites) {
    if (!flags.suite.empty() && flags.suite != suite.name) continue;
    if (!flags.json)
      fmt::print("\n{}, worst first (`assay show {} SAMPLE` shows one whole)\n", suite.name,
                 flags.run);
    ItemQuery query;
    query.suite = suite.name;
    query.model = flags.model;
    query.worst_first = true;
    query.limit = flags.limit;
    ASSAY_TRY_VOID(store.read_items(query, [&](const ItemDetail& item) {
      if (flags.json) {
        fmt::print("{}\n", item_to_json(item));
      } else {
        fmt::print("  {:<20} {:<28} {:<12} {}  {}\n", one_line(item.sample_id, 20),
                   one_line(item.model, 28), outcome_name(item.outcome), scores_text(item),
                   one_line(item.error.empty() ? item.answer : item.error, kAnswerColumns));
      }
      return true;
    }));
  }
  return kExitDone;
}

Result<int> show_command(const ShowFlags& flags) {
  ASSAY_TRY(const OpenRuns runs, open_runs({flags.run}));
  return flags.sample.empty() ? show_run(*runs.list.front(), flags)
                              : show_sample(*runs.list.front(), flags);
}

}  // namespace

void add_show(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "show", "What a run file holds; with a sample id, everything about that sample");
  auto flags = std::make_shared<ShowFlags>();  // shared with the action
  command->add_option("run", flags->run, "Run file")->required();
  command->add_option("sample", flags->sample, "Sample id");
  command->add_option("-m,--model", flags->model, "Only this model");
  command->add_option("--suite", flags->suite, "Only this suite");
  command->add_option("--limit", flags->limit, "Items listed per suite (default 20)")
      ->check(CLI::PositiveNumber);
  command->add_flag("--json", flags->json, "One JSON object per item");
  command->footer(
      "Examples:\n  assay show quick-ocr.assay\n  assay show quick-ocr.assay receipt-03 -m "
      "tesseract:eng");
  commands.emplace_back(command, [flags] { return show_command(*flags); });
}

}  // namespace assay::app
