#include "reports/compare/compare_report.h"
#include "reports/json/json_fields.h"
#include "reports/json/json_load.h"

namespace assay::reports {
namespace {

void write_strings(JsonWriter& w, std::string_view key, const std::vector<std::string>& texts) {
  w.key(key).begin_array();
  for (const std::string& text : texts) w.value(text);
  w.end_array();
}

void write_row(JsonWriter& w, const aggregate::RunComparison& row) {
  const Comparison& c = row.comparison;
  w.begin_object();
  w.key("suite").value(row.suite);
  write_metric_def(w, row.metric);
  w.key("headline").value(row.headline);
  w.key("a_label").value(row.a_label);
  w.key("b_label").value(row.b_label);
  w.key("a");
  write_estimate(w, row.a);
  w.key("b");
  write_estimate(w, row.b);
  w.key("difference");
  write_estimate(w, c.difference);
  w.key("p_value").value(c.p_value);
  w.key("p_holm").value(c.p_holm);
  w.key("test").value(c.test);
  w.key("only_a_right").value(c.only_a_right);
  w.key("only_b_right").value(c.only_b_right);
  w.key("verdict").value(pair_verdict_name(c.verdict));
  w.key("note").value(c.note);
  w.key("improved").value(row.improved);
  w.key("worsened").value(row.worsened);
  write_strings(w, "improved_items", row.improved_items);
  write_strings(w, "worsened_items", row.worsened_items);
  w.end_object();
}

}  // namespace

std::string compare_json(const aggregate::ComparisonReport& report) {
  JsonWriter w;
  w.begin_object().key("format").value("assay-compare-1");
  write_strings(w, "sources", report.sources);
  w.key("rows").begin_array();
  for (const auto& row : report.rows) write_row(w, row);
  w.end_array();
  if (!report.loads.empty()) {
    w.key("loads").begin_array();
    for (const LoadComparison& c : report.loads) write_load_comparison(w, c);
    w.end_array();
  }
  write_strings(w, "notes", report.notes);
  w.end_object();
  return std::move(w).finish();
}

}  // namespace assay::reports
