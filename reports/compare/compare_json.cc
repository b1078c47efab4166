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

std::string_view margin_name(aggregate::MarginVerdict margin) {
  switch (margin) {
    case aggregate::MarginVerdict::kWithin:
      return "within";
    case aggregate::MarginVerdict::kBeyond:
      return "beyond";
    case aggregate::MarginVerdict::kUndecided:
      return "undecided";
    default:
      return "";
  }
}

void write_row(JsonWriter& w, const aggregate::RunComparison& row) {
  const Comparison& c = row.comparison;
  w.begin_object();
  w.key("suite").value(row.suite);
  w.key("model").value(row.model);
  w.key("baseline").value(uint64_t{row.baseline});
  w.key("later").value(uint64_t{row.later});
  if (!row.tag.empty()) w.key("tag").value(row.tag).key("tag_value").value(row.value);
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
  w.key("error").value(row.error);
  w.key("detectable").value(row.detectable);
  w.key("discordant").value(row.discordant);
  if (row.margin != aggregate::MarginVerdict::kNone) {
    w.key("margin_verdict").value(margin_name(row.margin));
  }
  w.key("improved").value(row.improved);
  w.key("worsened").value(row.worsened);
  write_strings(w, "improved_items", row.improved_items);
  write_strings(w, "worsened_items", row.worsened_items);
  w.end_object();
}

void write_speed(JsonWriter& w, const aggregate::SpeedComparison& row) {
  w.begin_object();
  w.key("suite").value(row.suite);
  w.key("model").value(row.model);
  w.key("figure").value(row.figure);
  w.key("baseline").value(uint64_t{row.baseline});
  w.key("later").value(uint64_t{row.later});
  w.key("a_s");
  write_estimate(w, row.a);
  w.key("b_s");
  write_estimate(w, row.b);
  w.key("ratio");
  write_estimate(w, row.ratio);
  w.key("p_value").value(row.p_value);
  w.key("p_holm").value(row.p_holm);
  w.key("test").value(row.test);
  w.key("paired").value(row.paired);
  w.key("banner").value(row.banner);
  w.end_object();
}

void write_tie(JsonWriter& w, const aggregate::TiedSet& set) {
  w.begin_object();
  w.key("suite").value(set.suite);
  w.key("metric").value(set.metric);
  w.key("best").value(set.best);
  write_strings(w, "tied", set.tied);
  w.end_object();
}

void write_rows(JsonWriter& w, std::string_view key, const aggregate::ComparisonReport& report,
                bool slices) {
  w.key(key).begin_array();
  for (const auto& row : report.rows) {
    if (row.tag.empty() != slices) write_row(w, row);
  }
  w.end_array();
}

}  // namespace

std::string compare_json(const aggregate::ComparisonReport& report) {
  JsonWriter w;
  w.begin_object().key("format").value("assay-compare-1");
  write_strings(w, "sources", report.sources);
  w.key("confidence").value(report.confidence);
  w.key("alpha").value(report.alpha);
  w.key("margin").value(report.margin);
  write_rows(w, "rows", report, /*slices=*/false);
  write_rows(w, "slices", report, /*slices=*/true);
  w.key("speeds").begin_array();
  for (const auto& row : report.speeds) write_speed(w, row);
  w.end_array();
  w.key("ties").begin_array();
  for (const auto& set : report.ties) write_tie(w, set);
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
