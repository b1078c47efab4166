#include "suites/import/logs/assay_reply.h"

#include <cmath>

#include "suites/import/logs/log_values.h"

namespace assay::suites {
namespace {

constexpr size_t kPartsMax = 256;  // as the run file

// A text that holds a JSON object; anything else leaves `out` as it is.
void take_object(const Json& assay, std::string_view key, std::string& out) {
  const Json* member = find_member(assay, key);
  if (member == nullptr || !member->is_string()) return;
  const auto& text = member->get_ref<const std::string&>();
  const Result<Json> json = parse_json(text, key);
  if (json && json->is_object()) out = text;
}

Score read_score(const Json& json) {
  Score score;
  score.metric = log_name(text_at(json, "metric"), "metric");
  score.extracted = text_at(json, "extracted");
  score.reason = text_at(json, "reason");
  const auto value = number_at(json, "value");
  const auto weight = number_at(json, "weight");
  if (!value || !weight || *weight < 0) {
    score.status = ScoreStatus::kUnscored;
    return score;
  }
  score.value = *value;
  score.weight = *weight;
  const Json* parts = find_member(json, "parts");
  if (parts == nullptr || !parts->is_array() || parts->size() > kPartsMax) return score;
  for (const Json& part : *parts) {
    if (part.is_number()) score.parts.push_back(part.get<double>());
  }
  return score;
}

void read_usage(const Json& json, Usage& usage) {
  const std::string said = text_at(json, "source");
  for (const UsageSource source :
       {UsageSource::kReported, UsageSource::kSplitEstimated, UsageSource::kContradictory}) {
    if (said == usage_source_name(source)) usage.source = source;
  }
  if (usage.source == UsageSource::kMissing) return;
  usage.input_tokens = tokens_at(json, "input");
  usage.cached_tokens = tokens_at(json, "cached");
  usage.cache_write_tokens = tokens_at(json, "cache_write");
  usage.reasoning_tokens = tokens_at(json, "reasoning");
  usage.output_tokens = tokens_at(json, "output");
  rare_usage_from_json(dump_json(json), usage);
}

}  // namespace

const Json* assay_member(const Json& object) {
  const Json* member = find_member(object, "assay");
  return member != nullptr && tokens_at(*member, "version") == 1 ? member : nullptr;
}

void read_assay_item(const Json& assay, ForeignItem& item) {
  const std::string id = text_at(assay, "id");
  if (!id.empty()) item.id = id;
  item.cluster = text_at(assay, "cluster");
  item.tags.clear();
  take_object(assay, "request", item.request);
  take_object(assay, "truth", item.truth);
  take_object(assay, "tags", item.tags);
}

void read_assay_reply(const Json& reply, ForeignItem& item) {
  Response& response = item.response;
  if (const auto outcome = outcome_from_name(text_at(reply, "outcome"))) {
    response.outcome = *outcome;
  }
  response.reasoning = text_at(reply, "reasoning");
  response.finish_reason = text_at(reply, "finish_reason");
  response.served_model = text_at(reply, "served_model");
  response.error = text_at(reply, "error");
  response.tool_calls = tool_calls_from_json(text_at(reply, "tool_calls"));
  response.loglikelihoods = loglikelihoods_from_json(text_at(reply, "loglikelihoods"));
  response.usage = {};
  if (const Json* usage = find_member(reply, "usage")) read_usage(*usage, response.usage);
  response.cost.reset();
  if (const Result<Money> cost = Money::parse(text_at(reply, "cost"))) response.cost = *cost;
  item.latency_ns = nanoseconds(number_at(reply, "latency_s"));
  item.scores.clear();
  const Json* scores = find_member(reply, "scores");
  if (scores == nullptr || !scores->is_array()) return;
  for (const Json& score : *scores) {
    if (item.scores.size() < kLogMetricsMax) item.scores.push_back(read_score(score));
  }
}

}  // namespace assay::suites
