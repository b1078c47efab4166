#include "reports/json/json_trends.h"

#include "reports/json/json_fields.h"
#include "reports/text/text_trends.h"

namespace assay::reports {
namespace {

void write_text_or_null(JsonWriter& w, const std::string& text) {
  text.empty() ? w.null() : w.value(text);
}

void write_points(JsonWriter& w, const Trend& trend) {
  w.key("points").begin_array();
  for (const TrendPoint& point : trend.points) {
    w.begin_object();
    w.key("utc").value(point.utc);
    w.key("run").value(point.run);
    w.key("commit");
    write_text_or_null(w, point.commit);
    w.key("note");
    write_text_or_null(w, point.note);
    w.key("config").value(point.config_hash);
    w.key("value").value(point.estimate.value);
    w.key("ci_low").value(point.estimate.ci_low);
    w.key("ci_high").value(point.estimate.ci_high);
    w.key("n").value(point.estimate.n);
    w.key("failed").value(point.failed);
    w.end_object();
  }
  w.end_array();
}

void write_changes(JsonWriter& w, const Trend& trend) {
  w.key("changes").begin_array();
  for (const TrendChange& change : trend.changes) {
    w.begin_object();
    w.key("index").value(uint64_t{change.index});
    w.key("utc").value(trend.points[change.index].utc);
    w.key("before").value(change.before);
    w.key("after").value(change.after);
    w.key("worse").value(is_worse(trend, change));
    w.key("p_value").value(change.p_value);
    w.key("other_config").value(change.other_config);
    w.end_object();
  }
  w.end_array();
  w.key("breaks").begin_array();
  for (const TrendBreak& one : trend.breaks) {
    w.begin_object().key("index").value(uint64_t{one.index});
    w.key("prompt").value(one.prompt).key("data").value(one.data);
    w.key("scorer").value(one.scorer).end_object();
  }
  w.end_array();
}

void write_list(JsonWriter& w, std::span<const Trend> trends) {
  w.key("trends").begin_array();
  for (const Trend& trend : trends) {
    w.begin_object();
    w.key("suite").value(trend.suite);
    w.key("model").value(trend.model);
    w.key("metric").value(trend.metric.name);
    w.key("unit").value(trend.is_time ? "s" : trend.metric.share ? "share" : "number");
    w.key("higher_is_better").value(trend.metric.higher_is_better);
    w.key("left_out").value(trend.left_out);
    write_points(w, trend);
    write_changes(w, trend);
    w.end_object();
  }
  w.end_array();
}

}  // namespace

void write_trends(JsonWriter& w, std::span<const Trend> trends) {
  if (!trends.empty()) write_list(w, trends);
}

std::string trends_json(std::span<const Trend> trends) {
  JsonWriter w;
  w.begin_object().key("format").value("assay-trends-1");
  write_list(w, trends);
  w.end_object();
  return std::move(w).finish();
}

}  // namespace assay::reports
