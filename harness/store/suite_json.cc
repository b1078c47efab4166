#include "harness/store/suite_json.h"

#include "harness/base/json.h"

namespace assay::store {
namespace {

Result<MetricDef> metric_from_json(const Json& json, const std::string& where) {
  MetricDef metric;
  ASSAY_TRY(metric.name, get_string(json, "name", where));
  ASSAY_TRY(metric.scorer, get_string(json, "scorer", where));
  metric.higher_is_better = json.value("higher_is_better", true);
  metric.binary = json.value("binary", true);
  metric.vote = json.value("vote", false);
  metric.repeats_first = json.value("repeats_first", uint32_t{0});
  metric.share = json.value("share", true);
  const std::string aggregation = json.value("aggregation", std::string("pooled"));
  const std::optional<Aggregation> known = aggregation_from_name(aggregation);
  if (!known) return input_error(where, "names an unknown aggregation `" + aggregation + "`");
  metric.aggregation = *known;
  return metric;
}

Result<SuiteInfo> suite_from_object(const Json& json, const std::string& where) {
  SuiteInfo suite;
  ASSAY_TRY(suite.name, get_string(json, "name", where));
  ASSAY_TRY(suite.title, get_string(json, "title", where));
  ASSAY_TRY(suite.language, get_string(json, "language", where));
  ASSAY_TRY(suite.licence, get_string(json, "licence", where));
  ASSAY_TRY(suite.hash, get_string(json, "hash", where));
  ASSAY_TRY(suite.prompt_hash, get_string(json, "prompt_hash", where));
  ASSAY_TRY(suite.data_hash, get_string(json, "data_hash", where));
  ASSAY_TRY(suite.scorer_hash, get_string(json, "scorer_hash", where));
  ASSAY_TRY(const int64_t samples, get_integer(json, "sample_count", where));
  ASSAY_TRY(const int64_t train, get_integer(json, "train_count", where));
  ASSAY_TRY(const int64_t repeats, get_integer(json, "repeats", where));
  suite.sample_count = static_cast<uint64_t>(samples);
  suite.train_count = static_cast<uint64_t>(train);
  suite.repeats = static_cast<uint32_t>(repeats);
  if (const Json* metrics = find_member(json, "metrics");
      metrics != nullptr && metrics->is_array()) {
    for (const Json& metric : *metrics) {
      ASSAY_TRY(MetricDef def, metric_from_json(metric, where));
      suite.metrics.push_back(std::move(def));
    }
  }
  if (const Json* groups = find_member(json, "groups"); groups != nullptr && groups->is_array()) {
    for (const Json& group : *groups) {
      ASSAY_TRY(std::string name, get_string(group, "name", where));
      suite.groups.push_back({std::move(name), group.value("metric", std::string()),
                              group.value("weight_by_size", true)});
    }
  }
  if (const Json* published = find_member(json, "published");
      published != nullptr && published->is_object()) {
    for (const auto& [key, value] : published->items()) {
      if (value.is_number()) suite.published[key] = value.get<double>();
    }
  }
  return suite;
}

}  // namespace

std::string suite_to_json(const SuiteInfo& suite) {
  Json json{{"name", suite.name},
            {"title", suite.title},
            {"language", suite.language},
            {"licence", suite.licence},
            {"hash", suite.hash},
            {"prompt_hash", suite.prompt_hash},
            {"data_hash", suite.data_hash},
            {"scorer_hash", suite.scorer_hash},
            {"sample_count", suite.sample_count},
            {"train_count", suite.train_count},
            {"repeats", suite.repeats}};
  Json metrics = Json::array();
  for (const MetricDef& metric : suite.metrics) {
    Json& entry = metrics.emplace_back(Json{{"name", metric.name},
                                            {"scorer", metric.scorer},
                                            {"higher_is_better", metric.higher_is_better},
                                            {"binary", metric.binary}});
    if (metric.aggregation != Aggregation::kPooled)
      entry["aggregation"] = aggregation_name(metric.aggregation);
    if (metric.repeats_first > 0) entry["repeats_first"] = metric.repeats_first;
    if (metric.vote) entry["vote"] = true;
    if (!metric.share) entry["share"] = false;
  }
  json["metrics"] = std::move(metrics);
  json["published"] = suite.published;
  for (const SuiteGroup& group : suite.groups) {
    json["groups"].push_back(
        {{"name", group.name}, {"metric", group.metric}, {"weight_by_size", group.weight_by_size}});
  }
  return dump_json(json);
}

Result<SuiteInfo> suite_from_json(std::string_view text, const std::string& where) {
  ASSAY_TRY(const Json json, parse_json(text, where));
  try {
    return suite_from_object(json, where);
  } catch (const Json::exception& e) {
    return input_error(where, std::string("holds a suite of an unexpected form: ") + e.what());
  }
}

}  // namespace assay::store
