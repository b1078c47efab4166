#include "reports/json/json_fields.h"
#include "reports/json/json_writer.h"
#include "reports/rank/rank_report.h"

namespace assay::reports {
namespace {

using aggregate::RankedModel;
using aggregate::Ranking;
using aggregate::StyleEffect;

void write_strings(JsonWriter& w, std::string_view key, const std::vector<std::string>& texts) {
  w.key(key).begin_array();
  for (const std::string& text : texts) w.value(text);
  w.end_array();
}

std::optional<uint64_t> wide(const std::optional<uint32_t>& n) {
  return n ? std::optional<uint64_t>(*n) : std::nullopt;
}

void write_model(JsonWriter& w, const RankedModel& model) {
  w.begin_object();
  w.key("model").value(model.name);
  w.key("rating");
  write_estimate(w, model.rating);
  w.key("error").value(model.error);
  w.key("rank_low").value(wide(model.rank_low));
  w.key("rank_high").value(wide(model.rank_high));
  w.key("wins").value(model.wins);
  w.key("losses").value(model.losses);
  w.key("ties").value(model.ties);
  w.end_object();
}

void write_effect(JsonWriter& w, const StyleEffect& effect) {
  w.begin_object();
  w.key("name").value(effect.name);
  w.key("log_odds");
  write_estimate(w, effect.log_odds);
  w.key("points").value(effect.points);
  w.key("p_value").value(effect.p_value);
  w.key("unit").value(effect.unit);
  w.end_object();
}

void write_position(JsonWriter& w, const Ranking& ranking) {
  w.key("position");
  if (!ranking.position) {
    w.null();
    return;
  }
  const aggregate::PositionCheck& p = *ranking.position;
  w.begin_object();
  w.key("pairs").value(p.pairs);
  w.key("changed");
  write_estimate(w, p.changed);
  w.key("first_twice").value(p.first_twice);
  w.key("second_twice").value(p.second_twice);
  w.key("first_wins");
  write_estimate(w, p.first_wins);
  w.end_object();
}

void write_ranking(JsonWriter& w, const Ranking& ranking) {
  w.begin_object();
  w.key("suite").value(ranking.title);
  w.key("metric").value(ranking.metric);
  w.key("battles").value(ranking.battles);
  w.key("used").value(ranking.used);
  w.key("clusters").value(ranking.clusters);
  w.key("groups").begin_array();
  for (const auto& group : ranking.groups) {
    w.begin_array();
    for (const RankedModel& model : group) write_model(w, model);
    w.end_array();
  }
  w.end_array();
  w.key("style").begin_array();
  for (const StyleEffect& effect : ranking.style) write_effect(w, effect);
  w.end_array();
  w.key("tie_parameter");
  write_estimate(w, ranking.tie_parameter);
  write_position(w, ranking);
  write_strings(w, "notes", ranking.notes);
  w.end_object();
}

}  // namespace

std::string rank_json(const aggregate::RankingReport& report) {
  JsonWriter w;
  w.begin_object().key("format").value("assay-rank-1");
  write_strings(w, "sources", report.sources);
  w.key("ties").value(aggregate::ties_name(report.ties));
  w.key("prior").value(report.prior);
  w.key("confidence").value(report.confidence);
  w.key("rankings").begin_array();
  for (const Ranking& ranking : report.rankings) write_ranking(w, ranking);
  w.end_array();
  write_strings(w, "notes", report.notes);
  w.end_object();
  return std::move(w).finish();
}

}  // namespace assay::reports
