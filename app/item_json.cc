#include "app/item_json.h"

#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::app {
namespace {

// Text that is JSON becomes JSON; anything else stays text, so that a damaged file can still be
// exported.
Json embedded(const std::string& text) {
  if (text.empty()) return nullptr;
  Result<Json> json = parse_json(text, "");
  return json ? std::move(json).value() : Json(sanitize_utf8(text));
}

Json tokens(int64_t n) { return n < 0 ? Json(nullptr) : Json(n); }

Json seconds(int64_t ns) { return ns < 0 ? Json(nullptr) : Json(static_cast<double>(ns) / 1e9); }

Json scores_json(const ItemDetail& item) {
  Json scores = Json::array();
  for (const Score& score : item.scores) {
    const bool scored = score.status == ScoreStatus::kScored;
    scores.push_back({{"metric", score.metric},
                      {"status", scored ? "scored" : "unscored"},
                      {"value", scored ? Json(score.value) : Json(nullptr)},
                      {"weight", scored ? Json(score.weight) : Json(nullptr)},
                      {"extracted", score.extracted},
                      {"reason", score.reason}});
  }
  return scores;
}

// The buckets that few providers have, those that there are.
void put_rare_tokens(Json& out, const Usage& usage) {
  const Result<Json> rare = parse_json(rare_usage_to_json(usage), "usage");
  if (!rare) return;
  for (const auto& [key, count] : rare->items()) out[key + "_tokens"] = count;
}

}  // namespace

std::string item_to_json(const ItemDetail& item) {
  Json out{{"suite", item.suite},
           {"model", item.model},
           {"sample", item.sample_id},
           {"repeat", item.repeat},
           {"attempts", item.attempts},
           {"outcome", outcome_name(item.outcome)},
           {"cluster", item.cluster},
           {"tags", embedded(item.tags)},
           {"request", embedded(item.request)},
           {"truth", embedded(item.truth)},
           {"answer", item.answer},
           {"reasoning", item.reasoning},
           {"tool_calls", embedded(item.tool_calls)},
           {"loglikelihoods", embedded(item.loglikelihoods)},
           {"finish_reason", item.finish_reason},
           {"served_model", item.served_model},
           {"error", item.error},
           {"details", embedded(item.details)},
           {"latency_s", seconds(item.latency_ns)},
           {"ttft_s", seconds(item.ttft_ns)},
           {"ttfa_s", seconds(item.ttfa_ns)},
           {"cpu_s", seconds(item.cpu_ns)},
           {"input_tokens", tokens(item.usage.input_tokens)},
           {"cached_tokens", tokens(item.usage.cached_tokens)},
           {"reasoning_tokens", tokens(item.usage.reasoning_tokens)},
           {"output_tokens", tokens(item.usage.output_tokens)},
           {"cache_write_tokens", tokens(item.usage.cache_write_tokens)},
           {"usage", usage_source_name(item.usage.source)},
           {"cost", item.cost ? Json(item.cost->text()) : Json(nullptr)},
           {"scores", scores_json(item)}};
  put_rare_tokens(out, item.usage);
  return dump_json(out);
}

}  // namespace assay::app
