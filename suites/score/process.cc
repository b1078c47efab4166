// The scorer `process`: any program that reads one JSON line and writes one. The protocol is in
// docs/scorers.md.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "harness/base/utf8.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/process_child.h"

namespace assay::suites {
namespace {

constexpr size_t kMetricsMax = 32;
constexpr size_t kExtractedFromProgramMax = 4096;

struct ProcessOptions {
  std::vector<std::string> argv;
  std::string cwd;
  ProcessLimits limits;
  size_t children_max = 4;
  std::vector<MetricDef> metrics;
};

// The running children: each is lent to one judge() at a time, and a new one is started while there
// are fewer than the limit.
class ChildPool {
 public:
  explicit ChildPool(const ProcessOptions& options) : options_(options) {}

  // Blocks while all children are lent.
  Result<std::unique_ptr<ProcessChild>> borrow() {
    {
      std::unique_lock lock(mutex_);
      free_.wait(lock, [&] { return !idle_.empty() || lent_ < options_.children_max; });
      ++lent_;
      while (!idle_.empty()) {
        std::unique_ptr<ProcessChild> child = std::move(idle_.back());
        idle_.pop_back();
        if (!child->has_ended()) return child;
      }
    }
    auto child = ProcessChild::start(options_.limits, options_.argv, options_.cwd);
    if (!child) give_back(nullptr);
    return child;
  }

  // Null: the child was thrown away.
  void give_back(std::unique_ptr<ProcessChild> child) {
    const std::lock_guard lock(mutex_);
    --lent_;
    if (child != nullptr) idle_.push_back(std::move(child));
    free_.notify_one();
  }

 private:
  const ProcessOptions& options_;
  std::mutex mutex_;
  std::condition_variable free_;
  std::vector<std::unique_ptr<ProcessChild>> idle_;
  size_t lent_ = 0;
};

Json text_json(std::string_view text) { return sanitize_utf8(text); }

Json list_json(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text_json(text));
  return list;
}

std::string request_line(const Sample& sample, const Response& response) {
  Json fields = Json::object();
  for (const auto& [name, value] : sample.fields) fields[sanitize_utf8(name)] = text_json(value);
  Json doc;
  if (!sample.doc.empty()) {
    if (auto parsed = parse_json(sample.doc, "doc")) doc = std::move(parsed).value();
  }
  Json request;
  request["sample"] = {{"id", text_json(sample.id)},
                       {"targets", list_json(sample.targets)},
                       {"choices", list_json(sample.choices)},
                       {"fields", std::move(fields)},
                       {"doc", std::move(doc)}};
  request["response"] = {{"answer", text_json(response.answer)},
                         {"reasoning", text_json(response.reasoning)},
                         {"outcome", std::string(outcome_name(response.outcome))}};
  return dump_json(request) + "\n";
}

std::string member_text(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  if (member == nullptr || member->is_null()) return {};
  return member->is_string() ? member->get<std::string>() : dump_json(*member);
}

// Fills `score` from one member of `scores`; what is wrong with it otherwise.
std::string read_score(const Json& given, const MetricDef& metric, Score& score) {
  const Json* value = given.is_object() ? find_member(given, "value") : &given;
  if (value == nullptr) return "has no `value`";
  if (value->is_boolean()) {
    score.value = value->get<bool>() ? 1 : 0;
  } else if (value->is_number()) {
    score.value = value->get<double>();
  } else {
    return fmt::format("is {}, expected a number", json_type_name(*value));
  }
  if (!std::isfinite(score.value)) return "is not finite";
  if (metric.binary && score.value != 0 && score.value != 1) {
    return fmt::format("is {}, expected 0 or 1 (the metric is binary)", score.value);
  }
  if (!given.is_object()) return {};
  if (const Json* weight = find_member(given, "weight")) {
    score.weight = weight->is_number() ? weight->get<double>() : -1;
    if (!std::isfinite(score.weight) || score.weight < 0 || (metric.binary && score.weight != 1)) {
      return fmt::format("has weight {}, expected {}", dump_json(*weight),
                         metric.binary ? "1 (the metric is binary)" : "a number from 0 up");
    }
  }
  score.extracted = shorten(member_text(given, "extracted"), kExtractedFromProgramMax);
  score.reason = shorten(member_text(given, "reason"), kReasonBytesMax);
  return {};
}

class ProcessScorer final : public Scorer {
 public:
  ProcessScorer(ProcessOptions options, std::string identity)
      : options_(std::move(options)), identity_(std::move(identity)), pool_(options_) {}

  [[nodiscard]] const std::vector<MetricDef>& metrics() const override { return options_.metrics; }
  [[nodiscard]] std::string identity() const override { return identity_; }

  void judge(const Sample& sample, const Response& response,
             std::vector<Score>& out) const override {
    const std::string unusable = unusable_reason(response);
    if (!unusable.empty() && zero_is_worst()) return append_wrong(unusable, out);
    auto child = pool_.borrow();
    if (!child) return append_unscored(child.error().text(), out);
    ProcessChild::Reply reply = (*child)->ask(request_line(sample, response));
    if (!reply.failed.empty()) {
      child->reset();
      pool_.give_back(nullptr);
      return append_unscored(reply.failed, out);
    }
    pool_.give_back(std::move(child).value());
    append_reply(reply.line, out);
  }

 private:
  // Otherwise only the program knows what the worst value is, and it is asked (with the outcome).
  [[nodiscard]] bool zero_is_worst() const {
    return std::all_of(options_.metrics.begin(), options_.metrics.end(),
                       [](const MetricDef& metric) { return metric.higher_is_better; });
  }

  void append_wrong(const std::string& reason, std::vector<Score>& out) const {
    for (const MetricDef& metric : options_.metrics) {
      out.push_back(
          {metric.name, ScoreStatus::kScored, 0, 1, {}, shorten(reason, kReasonBytesMax)});
    }
  }

  void append_unscored(const std::string& reason, std::vector<Score>& out) const {
    for (const MetricDef& metric : options_.metrics) {
      out.push_back(
          {metric.name, ScoreStatus::kUnscored, 0, 1, {}, shorten(reason, kReasonBytesMax)});
    }
  }

  void append_reply(const std::string& line, std::vector<Score>& out) const {
    const auto reply = parse_json(line, "reply of the scorer program");
    if (!reply) return append_unscored(reply.error().text(), out);
    if (find_member(*reply, "unscored") != nullptr) {
      return append_unscored(member_text(*reply, "unscored"), out);
    }
    const Json* scores = find_member(*reply, "scores");
    if (scores == nullptr || !scores->is_object()) {
      return append_unscored("the scorer program's reply has neither `scores` nor `unscored`", out);
    }
    for (const MetricDef& metric : options_.metrics) out.push_back(one_score(*scores, metric));
  }

  static Score one_score(const Json& scores, const MetricDef& metric) {
    Score score;
    score.metric = metric.name;
    const Json* given = find_member(scores, metric.name);
    const std::string problem =
        given == nullptr ? std::string("is missing") : read_score(*given, metric, score);
    if (problem.empty()) return score;
    return {metric.name, ScoreStatus::kUnscored,
            0,           1,
            {},          fmt::format("score `{}` of the scorer program {}", metric.name, problem)};
  }

  ProcessOptions options_;
  std::string identity_;
  mutable ChildPool pool_;  // children are the only state, and they answer the same each time
};

void read_metric(OptionReader& read, const Json& entry, std::vector<MetricDef>& metrics) {
  static const std::vector<std::string> kKeys{"name", "higher_is_better", "binary"};
  MetricDef metric{"", read.scorer()};
  if (entry.is_string()) {
    metric.name = entry.get<std::string>();
  } else if (!entry.is_object()) {
    return read.fail("metrics", fmt::format("a metric is {}, expected a name or a mapping",
                                            json_type_name(entry)));
  } else {
    for (const auto& [key, value] : entry.items()) {
      if (key == "name" && value.is_string()) {
        metric.name = value.get<std::string>();
      } else if (key == "higher_is_better" && value.is_boolean()) {
        metric.higher_is_better = value.get<bool>();
      } else if (key == "binary" && value.is_boolean()) {
        metric.binary = value.get<bool>();
      } else if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
        return read.fail("metrics", fmt::format("unknown key `{}` in `metrics`{}", key,
                                                did_you_mean(key, kKeys)));
      } else {
        return read.fail("metrics",
                         fmt::format("`metrics.{}` is {}, expected {}", key, json_type_name(value),
                                     key == "name" ? "a string" : "true or false"));
      }
    }
  }
  if (metric.name.empty()) return read.fail("metrics", "a metric has no `name`");
  const bool twice = std::any_of(metrics.begin(), metrics.end(),
                                 [&](const MetricDef& other) { return other.name == metric.name; });
  if (twice) return read.fail("metrics", fmt::format("metric `{}` is named twice", metric.name));
  metrics.push_back(std::move(metric));
}

std::vector<MetricDef> read_metrics(OptionReader& read) {
  std::vector<MetricDef> metrics;
  const Json* list = read.raw("metrics", "[accuracy]");
  if (list == nullptr) return {{"accuracy", read.scorer()}};
  if (!list->is_array() || list->empty() || list->size() > kMetricsMax) {
    read.fail("metrics", fmt::format("`metrics` is {}, expected a list of 1..{} metrics",
                                     list->is_array() ? fmt::format("a list of {}", list->size())
                                                      : json_type_name(*list),
                                     kMetricsMax));
    return metrics;
  }
  for (const Json& entry : *list) read_metric(read, entry, metrics);
  return metrics;
}

std::vector<std::string> read_command(OptionReader& read) {
  const Json* command = read.required("command", "a list: the program and its arguments");
  if (command == nullptr) return {};
  if (!command->is_array() || command->empty() ||
      !std::all_of(command->begin(), command->end(),
                   [](const Json& part) { return part.is_string(); })) {
    read.fail(
        "command",
        fmt::format("`command` is {}, expected a list of strings: the program and "
                    "its arguments",
                    command->is_array() && command->empty() ? "empty" : json_type_name(*command)));
    return {};
  }
  return command->get<std::vector<std::string>>();
}

// The program's own files are part of what it is: a changed script is another scorer.
std::string files_identity(const std::vector<std::string>& argv, const std::string& base_dir) {
  constexpr uintmax_t kFileBytesMax = uintmax_t{16} << 20;
  std::string out;
  for (const std::string& part : argv) {
    const auto path = std::filesystem::path(base_dir) / part;  // an absolute part stays itself
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) continue;
    if (std::filesystem::file_size(path, error) > kFileBytesMax || error) continue;
    if (const auto hash = sha256_file(path.string())) {
      out += fmt::format(" {}@{}", part, hash->short_hex());
    }
  }
  return out;
}

}  // namespace

std::unique_ptr<Scorer> make_process(OptionReader& read, const std::string& base_dir) {
  ProcessOptions options;
  options.argv = read_command(read);
  options.cwd = base_dir;
  options.metrics = read_metrics(read);
  options.limits.timeout = std::chrono::duration_cast<Nanos>(
      std::chrono::duration<double>(read.number("timeout", 30, 0.01, 3600)));
  options.limits.reply_bytes_max = static_cast<size_t>(
      read.number("reply_bytes_max", 1 << 20, 64, static_cast<double>(64 << 20)));
  options.children_max = static_cast<size_t>(read.number("processes", 4, 1, 256));
  if (read.failed() || options.argv.empty()) return nullptr;
  if (options.argv.front().find('/') != std::string::npos) {
    const auto program = std::filesystem::path(base_dir) / options.argv.front();
    std::error_code error;
    if (!std::filesystem::exists(program, error)) {
      read.fail("command", fmt::format("no such program: {}", program.string()));
      return nullptr;
    }
  }
  std::string identity = identity_of(read, 1) + files_identity(options.argv, base_dir);
  return std::make_unique<ProcessScorer>(std::move(options), std::move(identity));
}

}  // namespace assay::suites
