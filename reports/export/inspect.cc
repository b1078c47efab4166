#include "reports/export/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/base/hash.h"
#include "harness/types/usage_sums.h"
#include "reports/export/foreign_export.h"

namespace assay::reports {
namespace {

constexpr int kLogVersion = 2;          // of EvalLog
constexpr size_t kThinBytesMax = 1024;  // texts of a summary
constexpr size_t kNameBytesMax = 100;

std::string thin(const std::string& text) {
  if (text.size() <= kThinBytesMax) return text;
  size_t end = kThinBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

std::string stop_reason(const ItemDetail& item) {
  switch (item.outcome) {
    case Outcome::kOk:
      return item.tool_calls.empty() ? "stop" : "tool_calls";
    case Outcome::kLength:
    case Outcome::kCutOffWhileThinking:
      return "max_tokens";
    case Outcome::kRefused:
      return "content_filter";
    default:
      return "unknown";
  }
}

// ModelUsage: input_tokens without what came from or went to the cache, pictures and sound with it;
// output with reasoning.
Json usage_json(const Usage& usage, const std::optional<Money>& cost) {
  const auto count = [](int64_t tokens) { return std::max<int64_t>(0, tokens); };
  const int64_t prompt = count(prompt_tokens(usage));
  const int64_t output = count(reply_tokens(usage));
  const int64_t read = count(usage.cached_tokens) + count(usage.cached_audio_tokens);
  const int64_t written = count(usage.cache_write_tokens) + count(usage.cache_write_hour_tokens);
  Json out{{"input_tokens", prompt - read - written},
           {"output_tokens", output},
           {"total_tokens", prompt + output}};
  if (usage.cache_write_tokens >= 0) out["input_tokens_cache_write"] = written;
  if (usage.cached_tokens >= 0) out["input_tokens_cache_read"] = read;
  if (usage.reasoning_tokens >= 0) out["reasoning_tokens"] = usage.reasoning_tokens;
  if (cost) out["total_cost"] = static_cast<double>(cost->nano) / 1e9;
  return out;
}

Json tool_calls_json(const std::string& stored) {
  Json out = Json::array();
  for (const ToolCall& call : tool_calls_from_json(stored)) {
    const Json arguments = object_of(call.arguments);
    out.push_back(
        {{"id", call.id}, {"function", call.name}, {"arguments", arguments}, {"type", "function"}});
  }
  return out;
}

Json assistant_message(const ItemDetail& item) {
  Json content = item.answer;
  if (!item.reasoning.empty()) {
    content = Json::array({{{"type", "reasoning"}, {"reasoning", item.reasoning}},
                           {{"type", "text"}, {"text", item.answer}}});
  }
  Json out{{"content", std::move(content)},
           {"source", "generate"},
           {"role", "assistant"},
           {"model", item.model}};
  if (Json calls = tool_calls_json(item.tool_calls); !calls.empty()) {
    out["tool_calls"] = std::move(calls);
  }
  return out;
}

Json output_json(const ItemDetail& item) {
  Json out{{"model", item.served_model.empty() ? item.model : item.served_model},
           {"choices", Json::array()},
           {"completion", item.answer}};
  if (is_answer(item.outcome)) {
    out["choices"].push_back(
        {{"message", assistant_message(item)}, {"stop_reason", stop_reason(item)}});
  }
  if (item.usage.source != UsageSource::kMissing) {
    out["usage"] = usage_json(item.usage, item.cost);
  }
  if (item.latency_ns >= 0) out["time"] = static_cast<double>(item.latency_ns) / 1e9;
  return out;
}

Json target_json(const ItemDetail& item) {
  const std::vector<std::string> targets = targets_of(item.truth);
  if (targets.size() == 1) return targets.front();
  return targets.empty() ? Json("") : Json(targets);
}

Json input_json(const AskedFor& asked) {
  if (asked.messages.size() > 1) return asked.messages;
  if (!asked.text.empty() || asked.continuations.empty()) return asked.text;
  return asked.continuations.front().first;
}

// {"accuracy":{"value":1.0,"answer":"..."}}; by hand, because a value may be NaN.
std::string scores_text(const ItemDetail& item, bool short_texts) {
  std::string out = "{";
  for (const Score& score : item.scores) {
    if (out.size() > 1) out += ',';
    append_json_string(out, score.metric);
    const bool scored = score.status == ScoreStatus::kScored;
    out += ":{\"value\":" + python_number(scored ? std::optional(score.value) : std::nullopt);
    const auto put = [&](std::string_view key, const std::string& text) {
      if (text.empty()) return;
      out += fmt::format(",\"{}\":", key);
      out += dump_json(Json(short_texts ? thin(text) : text));
    };
    put("answer", score.extracted);
    put("explanation", score.reason);
    out += ",\"history\":[]}";
  }
  return out + '}';
}

// An object's text with one more member, whose text is given.
std::string with_member(const Json& object, std::string_view key, const std::string& text) {
  std::string out = dump_json(object);
  out.pop_back();
  return out + fmt::format("{}\"{}\":", object.empty() ? "" : ",", key) + text + '}';
}

std::string short_name(const std::string& name) {
  std::string out;
  for (const char c : name.substr(0, kNameBytesMax)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-';
    out += plain ? c : '-';
  }
  return out;
}

class Exporter {
 public:
  Exporter(const RunStore& store, const ModelInfo& model, const SuiteInfo& suite,
           const ForeignExport& options, const ZipWriter::Put& put)
      : store_(store), model_(model), suite_(suite), options_(options), zip_(put) {}

  Result<uint64_t> run();

 private:
  [[nodiscard]] Json spec_json() const;
  Result<void> put_sample(const ItemDetail& item);
  void put_summary(const ItemDetail& item, const AskedFor& asked);
  void reduce();
  Result<void> put_end();
  [[nodiscard]] Json results_json() const;
  [[nodiscard]] std::string reductions_text() const;

  const RunStore& store_;
  const ModelInfo& model_;
  const SuiteInfo& suite_;
  const ForeignExport& options_;
  ZipWriter zip_;
  Manifest manifest_;
  std::vector<ItemDetail> epochs_;                 // of the sample being read
  std::string summaries_;                          // elements of a list
  std::map<std::string, std::string> reductions_;  // by metric: elements of a list
  std::map<std::string, MetricMean> means_;
  Usage usage_;
  bool used_ = false;
  uint64_t items_ = 0;
  uint64_t answered_ = 0;
};

Json Exporter::spec_json() const {
  Json scorers = Json::array();
  for (const MetricDef& metric : suite_.metrics) {
    scorers.push_back(
        {{"name", metric.name},
         {"options", Json::object()},
         {"metrics", Json::array({{{"name", "mean"}, {"options", Json::object()}},
                                  {{"name", "stderr"}, {"options", Json::object()}}})},
         {"metadata", Json::object()}});
  }
  HashBuilder id;
  id.add(manifest_.run_hash).add(model_.name).add(suite_.name);
  const std::string digits = id.finish().hex();
  return Json{
      {"eval_id", digits.substr(0, 22)},
      {"run_id", manifest_.run_hash.substr(0, 22)},
      {"created", began(manifest_)},
      {"task", suite_.name},
      {"task_id", sha256(suite_.name).hex().substr(0, 22)},
      {"task_version", 0},
      {"task_display_name", suite_.title},
      {"task_attribs", Json::object()},
      {"task_args", Json::object()},
      {"task_args_passed", Json::object()},
      {"dataset", {{"name", suite_.name}, {"samples", suite_.sample_count}, {"shuffled", false}}},
      {"model", model_.name},
      {"model_generate_config", Json::object()},
      {"model_args", Json::object()},
      {"config", {{"epochs", suite_.repeats}, {"epochs_reducer", Json::array({"mean"})}}},
      {"packages", {{"assay", options_.assay_version}}},
      {"metadata",
       {{"assay",
         {{"version", 1}, {"suite", assay_suite(suite_)}, {"model", assay_model(model_)}}}}},
      {"scorers", std::move(scorers)}};
}

Result<uint64_t> Exporter::run() {
  ASSAY_TRY(manifest_, store_.manifest());
  ItemQuery query;
  query.model = model_.name;
  query.suite = suite_.name;
  Result<void> put;
  ASSAY_TRY_VOID(store_.read_items(query, [&](const ItemDetail& item) {
    if (items_ == 0) {
      const Json start{
          {"version", kLogVersion},
          {"eval", spec_json()},
          {"plan", {{"name", "plan"}, {"steps", Json::array()}, {"config", Json::object()}}}};
      put = zip_.add("_journal/start.json", dump_json(start));
    }
    if (put) put = put_sample(item);
    return put.has_value();
  }));
  ASSAY_TRY_VOID(std::move(put));
  if (items_ == 0) return items_;
  reduce();
  ASSAY_TRY_VOID(put_end());
  return items_;
}

Result<void> Exporter::put_sample(const ItemDetail& item) {
  if (!epochs_.empty() && epochs_.front().sample_row != item.sample_row) reduce();
  epochs_.push_back(item);
  ++items_;
  const AskedFor asked = asked_for(item.request);
  Json metadata = object_of(item.tags);
  Json assay = assay_item(item);
  assay["reply"] = assay_reply(item);
  metadata["assay"] = std::move(assay);
  Json messages = asked.messages;
  if (is_answer(item.outcome)) {
    ++answered_;
    messages.push_back(assistant_message(item));
  }
  Json sample{{"id", item.sample_id}, {"epoch", item.repeat + 1}, {"input", input_json(asked)}};
  if (const auto choices = choices_of(item.truth); !choices.empty()) sample["choices"] = choices;
  sample["target"] = target_json(item);
  sample["messages"] = std::move(messages);
  sample["output"] = output_json(item);
  sample["metadata"] = std::move(metadata);
  sample["store"] = Json::object();
  sample["events"] = Json::array();
  sample["model_usage"] = Json::object();
  if (item.usage.source != UsageSource::kMissing) {
    sample["model_usage"][item.model] = usage_json(item.usage, item.cost);
    used_ = true;
    for (const auto bucket : kUsageBuckets) {
      if (item.usage.*bucket >= 0)
        usage_.*bucket = std::max<int64_t>(0, usage_.*bucket) + item.usage.*bucket;
    }
  }
  if (item.latency_ns >= 0) {
    sample["total_time"] = static_cast<double>(item.latency_ns) / 1e9;
    sample["working_time"] = sample["total_time"];
  }
  if (!is_answer(item.outcome)) {
    const std::string why =
        item.error.empty() ? std::string(outcome_name(item.outcome)) : item.error;
    sample["error"] = {{"message", why}, {"traceback", ""}, {"traceback_ansi", ""}};
  }
  sample["attachments"] = Json::object();
  put_summary(item, asked);
  return zip_.add(fmt::format("samples/{}_epoch_{}.json", item.sample_id, item.repeat + 1),
                  with_member(sample, "scores", scores_text(item, false)));
}

void Exporter::put_summary(const ItemDetail& item, const AskedFor& asked) {
  Json summary{{"id", item.sample_id},
               {"epoch", item.repeat + 1},
               {"input", thin(asked.text)},
               {"target", target_json(item)},
               {"metadata", object_of(item.tags)},
               {"model_usage", Json::object()},
               {"role_usage", Json::object()},
               {"completed", true},
               {"message_count", asked.messages.size() + (is_answer(item.outcome) ? 1 : 0)}};
  if (item.latency_ns >= 0) {
    summary["total_time"] = static_cast<double>(item.latency_ns) / 1e9;
    summary["working_time"] = summary["total_time"];
  }
  if (!is_answer(item.outcome)) summary["error"] = thin(item.error);
  if (!summaries_.empty()) summaries_ += ',';
  summaries_ += with_member(summary, "scores", scores_text(item, true));
}

// The sample's epochs are complete: their mean for each metric.
void Exporter::reduce() {
  if (epochs_.empty()) return;
  const std::string id = dump_json(Json(epochs_.front().sample_id));
  for (const MetricDef& metric : suite_.metrics) {
    const std::optional<Score> score = mean_score(epochs_, metric.name);
    MetricMean& mean = means_[metric.name];
    score ? mean.add(score->value, score->weight) : mean.add_unscored();
    std::string& list = reductions_[metric.name];
    if (!list.empty()) list += ',';
    list += fmt::format("{{\"value\":{},\"history\":[],\"sample_id\":{}}}",
                        python_number(score ? std::optional(score->value) : std::nullopt), id);
  }
  epochs_.clear();
}

Json Exporter::results_json() const {
  Json scores = Json::array();
  for (const MetricDef& metric : suite_.metrics) {
    const auto at = means_.find(metric.name);
    const MetricMean mean = at == means_.end() ? MetricMean() : at->second;
    Json figures = Json::object();
    const auto put = [&](const char* name, std::optional<double> value) {
      if (value) figures[name] = {{"name", name}, {"value", *value}, {"params", Json::object()}};
    };
    put("mean", figure_of(metric, mean));
    if (metric.aggregation == Aggregation::kPooled) put("stderr", mean.error());
    scores.push_back({{"name", metric.name},
                      {"scorer", metric.name},
                      {"reducer", "mean"},
                      {"scored_samples", mean.scored()},
                      {"unscored_samples", mean.unscored()},
                      {"params", Json::object()},
                      {"metrics", std::move(figures)}});
  }
  return Json{{"total_samples", items_}, {"completed_samples", answered_}, {"scores", scores}};
}

std::string Exporter::reductions_text() const {
  std::string out = "[";
  for (const MetricDef& metric : suite_.metrics) {
    const auto at = reductions_.find(metric.name);
    if (at == reductions_.end()) continue;
    if (out.size() > 1) out += ',';
    out +=
        fmt::format("{{\"scorer\":{},\"reducer\":\"mean\",\"samples\":[", dump_json(metric.name));
    out += at->second;
    out += "]}";
  }
  return out + "]";
}

Result<void> Exporter::put_end() {
  const std::string list = "[" + summaries_ + "]";
  ASSAY_TRY_VOID(zip_.add("_journal/summaries/1.json", list));
  ASSAY_TRY_VOID(zip_.add("summaries.json", list));
  ASSAY_TRY_VOID(zip_.add("reductions.json", reductions_text()));
  Json usage = Json::object();
  if (used_) usage[model_.name] = usage_json(usage_, std::nullopt);
  const Json header{
      {"version", kLogVersion},
      {"status", "success"},
      {"eval", spec_json()},
      {"plan", {{"name", "plan"}, {"steps", Json::array()}, {"config", Json::object()}}},
      {"results", results_json()},
      {"stats",
       {{"started_at", began(manifest_)},
        {"completed_at", ""},
        {"model_usage", std::move(usage)},
        {"role_usage", Json::object()}}},
      {"invalidated", false}};
  ASSAY_TRY_VOID(zip_.add("header.json", dump_json(header)));
  return zip_.finish();
}

}  // namespace

Result<uint64_t> export_inspect(const RunStore& store, const ModelInfo& model,
                                const SuiteInfo& suite, const ForeignExport& options,
                                const ZipWriter::Put& put) {
  return Exporter(store, model, suite, options, put).run();
}

std::string inspect_file_name(const Manifest& manifest, const ModelInfo& model,
                              const SuiteInfo& suite) {
  std::string date = began(manifest).substr(0, 19);
  std::replace(date.begin(), date.end(), ':', '-');
  return fmt::format("{}_{}_{}.eval", date, short_name(suite.name), short_name(model.name));
}

}  // namespace assay::reports
