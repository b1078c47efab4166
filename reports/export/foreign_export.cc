#include "reports/export/foreign_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace assay::reports {
namespace {

constexpr int kAssayMembers = 1;  // version of the members `assay`

Json metric_json(const MetricDef& metric) {
  return Json{{"name", metric.name},
              {"scorer", metric.scorer},
              {"higher_is_better", metric.higher_is_better},
              {"binary", metric.binary},
              {"aggregation", aggregation_name(metric.aggregation)},
              {"repeats_first", metric.repeats_first},
              {"vote", metric.vote},
              {"share", metric.share}};
}

Json usage_json(const Usage& usage) {
  Json out{{"source", usage_source_name(usage.source)},
           {"input", usage.input_tokens},
           {"cached", usage.cached_tokens},
           {"cache_write", usage.cache_write_tokens},
           {"reasoning", usage.reasoning_tokens},
           {"output", usage.output_tokens}};
  if (const std::string rare = rare_usage_to_json(usage); !rare.empty())
    out.update(*parse_json(rare, "usage"));
  return out;
}

Json score_json(const Score& score) {
  Json out{{"metric", score.metric}};
  if (score.status == ScoreStatus::kScored) {
    out["value"] = score.value;
    out["weight"] = score.weight;
  }
  if (!score.parts.empty()) out["parts"] = score.parts;
  if (!score.extracted.empty()) out["extracted"] = score.extracted;
  if (!score.reason.empty()) out["reason"] = score.reason;
  return out;
}

void put_text(Json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> out;
  if (!list.is_array()) return out;
  for (const Json& one : list) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

Json member_of(const std::string& text, std::string_view key) {
  const Json object = object_of(text);
  const Json* member = find_member(object, key);
  return member == nullptr ? Json() : *member;
}

std::string content_of(const Json& message) {
  const Json* content = find_member(message, "content");
  return content != nullptr && content->is_string() ? content->get<std::string>() : std::string();
}

}  // namespace

bool is_exported(const ModelInfo& model, std::string_view wanted) {
  return wanted.empty() ? model.curve_of.empty() : model.name == wanted;
}

Json assay_suite(const SuiteInfo& suite) {
  Json metrics = Json::array();
  for (const MetricDef& metric : suite.metrics) metrics.push_back(metric_json(metric));
  return Json{{"version", kAssayMembers},
              {"name", suite.name},
              {"title", suite.title},
              {"metrics", std::move(metrics)},
              {"prompt_hash", suite.prompt_hash},
              {"scorer_hash", suite.scorer_hash}};
}

Json assay_model(const ModelInfo& model) {
  return Json{{"name", model.name},
              {"spec", model.spec},
              {"version", model.version},
              {"config_hash", model.config_hash}};
}

Json assay_item(const ItemDetail& item) {
  Json out{{"version", kAssayMembers}, {"id", item.sample_id}};
  put_text(out, "cluster", item.cluster);
  put_text(out, "request", item.request);
  put_text(out, "truth", item.truth);
  put_text(out, "tags", item.tags);
  return out;
}

Json assay_reply(const ItemDetail& item) {
  Json out{{"repeat", item.repeat}, {"outcome", outcome_name(item.outcome)}};
  if (item.latency_ns >= 0) out["latency_s"] = static_cast<double>(item.latency_ns) / 1e9;
  if (item.usage.source != UsageSource::kMissing) out["usage"] = usage_json(item.usage);
  if (item.cost) out["cost"] = item.cost->text();
  put_text(out, "reasoning", item.reasoning);
  put_text(out, "finish_reason", item.finish_reason);
  put_text(out, "served_model", item.served_model);
  put_text(out, "error", item.error);
  put_text(out, "tool_calls", item.tool_calls);
  put_text(out, "loglikelihoods", item.loglikelihoods);
  Json scores = Json::array();
  for (const Score& score : item.scores) scores.push_back(score_json(score));
  out["scores"] = std::move(scores);
  return out;
}

std::string python_number(std::optional<double> value) {
  return value && std::isfinite(*value) ? dump_json(Json(*value)) : "NaN";
}

void MetricMean::add(double value, double weight) {
  ++scored_;
  sum_ += value * weight;
  weight_ += weight;
  plain_ = plain_ && weight == 1;
  const double before = value - mean_;
  mean_ += before / static_cast<double>(scored_);
  squares_ += before * (value - mean_);
}

std::optional<double> MetricMean::mean() const {
  return weight_ > 0 ? std::optional(sum_ / weight_) : std::nullopt;
}

std::optional<double> MetricMean::error() const {
  if (!plain_ || scored_ < 2) return std::nullopt;
  const auto n = static_cast<double>(scored_);
  return std::sqrt(std::max(0.0, squares_) / (n - 1) / n);
}

std::optional<double> figure_of(const MetricDef& def, const MetricMean& mean) {
  const std::optional<double> value = mean.mean();
  if (!value) return std::nullopt;
  switch (def.aggregation) {
    case Aggregation::kPooled:
      return value;
    case Aggregation::kPerplexity:
      return std::exp(-*value);
    case Aggregation::kBitsPerByte:
      return -*value / std::numbers::ln2;
    default:
      return std::nullopt;
  }
}

std::optional<Score> mean_score(const std::vector<ItemDetail>& repeats, std::string_view metric) {
  MetricMean mean;
  Score out{.metric = std::string(metric), .weight = 0, .extracted = "", .reason = ""};
  for (const ItemDetail& item : repeats) {
    for (const Score& score : item.scores) {
      if (score.metric != metric || score.status != ScoreStatus::kScored) continue;
      if (mean.scored() == 0) out.extracted = score.extracted;
      mean.add(score.value, score.weight);
      out.weight += score.weight;
    }
  }
  if (mean.scored() == 0) return std::nullopt;
  out.value = mean.mean().value_or(0);
  out.weight /= static_cast<double>(mean.scored());
  return out;
}

AskedFor asked_for(const std::string& request) {
  AskedFor out;
  const Json json = object_of(request);
  if (const Json* messages = find_member(json, "messages"); messages && messages->is_array()) {
    for (const Json& message : *messages) {
      const Json* role = find_member(message, "role");
      const bool known = role != nullptr && role->is_string();
      out.messages.push_back({{"role", known ? role->get<std::string>() : std::string("user")},
                              {"content", content_of(message)}});
    }
  }
  out.text = out.messages.size() == 1 ? content_of(out.messages[0]) : dump_json(out.messages);
  if (out.messages.empty()) out.text.clear();
  if (const Json* params = find_member(json, "params"); params && params->is_object()) {
    out.params = *params;
  }
  const Json* continuations = find_member(json, "continuations");
  if (continuations == nullptr || !continuations->is_array()) return out;
  for (const Json& one : *continuations) {
    const Json* context = find_member(one, "context");
    const Json* text = find_member(one, "text");
    if (one.is_string()) out.continuations.emplace_back(out.text, one.get<std::string>());
    if (context && text && context->is_string() && text->is_string()) {
      out.continuations.emplace_back(context->get<std::string>(), text->get<std::string>());
    }
  }
  return out;
}

std::vector<std::string> targets_of(const std::string& truth) {
  return texts_of(member_of(truth, "targets"));
}
std::vector<std::string> choices_of(const std::string& truth) {
  return texts_of(member_of(truth, "choices"));
}

Json object_of(const std::string& text) {
  if (text.empty()) return Json::object();
  Result<Json> json = parse_json(text, "");
  return json && json->is_object() ? std::move(json).value() : Json::object();
}

std::string began(const Manifest& manifest) {
  const bool known = !manifest.sessions.empty() && manifest.sessions.front().utc.size() >= 19;
  return known ? manifest.sessions.front().utc : "1970-01-01T00:00:00Z";
}

}  // namespace assay::reports
