#include "reports/health/health_report.h"
#include "reports/json/json_fields.h"
#include "reports/json/json_writer.h"

namespace assay::reports {
namespace {

using aggregate::HealthFinding;
using aggregate::SuiteCheck;
using aggregate::TextFinding;
using aggregate::TextGroup;
using aggregate::TextHealth;

void write_strings(JsonWriter& w, std::string_view key, const std::vector<std::string>& texts) {
  w.key(key).begin_array();
  for (const std::string& text : texts) w.value(text);
  w.end_array();
}

void write_examples(JsonWriter& w, const std::vector<TextGroup>& groups) {
  w.key("examples").begin_array();
  for (const TextGroup& group : groups) {
    w.begin_object();
    write_strings(w, "items", group.items);
    w.key("size").value(group.size).end_object();
  }
  w.end_array();
}

void write_finding(JsonWriter& w, const HealthFinding& finding) {
  w.begin_object();
  w.key("severity").value(aggregate::severity_name(finding.severity));
  w.key("kind").value(finding.kind);
  w.key("items").value(finding.items);
  w.key("text").value(finding.text);
  write_examples(w, finding.examples);
  w.end_object();
}

void write_count(JsonWriter& w, std::string_view key, const TextFinding& found) {
  w.key(key).begin_object();
  w.key("items").value(found.items).key("groups").value(found.groups).end_object();
}

void write_texts(JsonWriter& w, const TextHealth& texts) {
  w.key("texts").begin_object();
  w.key("items").value(texts.items).key("train").value(texts.train);
  w.key("empty").value(texts.empty).key("near_threshold").value(texts.threshold);
  write_count(w, "conflicts", texts.conflicts);
  write_count(w, "duplicates", texts.duplicates);
  write_count(w, "near_duplicates", texts.near);
  write_count(w, "in_train", texts.in_train);
  write_count(w, "near_train", texts.near_train);
  write_count(w, "in_examples", texts.in_examples);
  write_count(w, "near_examples", texts.near_examples);
  w.end_object();
}

void write_labels(JsonWriter& w, const LabelHealth& labels) {
  w.key("labels").begin_object();
  w.key("n").value(labels.n).key("labels").value(labels.labels);
  w.key("entropy_bits").value(labels.entropy_bits).key("evenness").value(labels.evenness);
  w.key("majority").value(labels.majority).key("majority_share");
  write_estimate(w, labels.majority_share);
  w.key("note").value(labels.note).end_object();
}

void write_items(JsonWriter& w, const ItemHealth& items) {
  w.key("items").begin_object();
  w.key("models").value(items.models).key("items").value(items.items);
  w.key("solved_by_none").value(items.solved_by_none);
  w.key("solved_by_all").value(items.solved_by_all);
  w.key("negative").value(items.negative);
  w.key("negative_shown").value(items.negative_shown);
  w.key("note").value(items.note).end_object();
}

void write_needed(JsonWriter& w, const NeededItems& needed) {
  w.key("needed").begin_object();
  w.key("difference").value(needed.difference).key("items").value(needed.items);
  w.key("have").value(needed.have).key("detectable").value(needed.detectable);
  w.key("basis").value(needed.basis).end_object();
}

void write_probe(JsonWriter& w, const SuiteCheck& check) {
  w.key("probe");
  if (!check.probe) {
    w.null();
    return;
  }
  const aggregate::ProbeResult& probe = *check.probe;
  w.begin_object();
  w.key("model").value(probe.model).key("asked").value(probe.asked);
  w.key("failed").value(probe.failed);
  w.key("returned");
  write_estimate(w, probe.returned);
  w.key("baseline");
  write_estimate(w, probe.baseline);
  w.key("overlap");
  write_estimate(w, probe.overlap);
  w.key("excess");
  write_estimate(w, probe.excess);
  write_strings(w, "returned_items", probe.returned_items);
  w.end_object();
}

void write_suite(JsonWriter& w, const SuiteCheck& check) {
  w.begin_object();
  w.key("suite").value(check.suite);
  w.key("findings").begin_array();
  for (const HealthFinding& finding : check.findings) write_finding(w, finding);
  w.end_array();
  write_texts(w, check.texts);
  write_labels(w, check.labels);
  write_items(w, check.items);
  write_needed(w, check.needed);
  write_probe(w, check);
  write_strings(w, "notes", check.notes);
  w.end_object();
}

}  // namespace

std::string health_json(const aggregate::CheckReport& report) {
  JsonWriter w;
  w.begin_object().key("format").value("assay-health-1");
  write_strings(w, "sources", report.sources);
  w.key("errors").value(report.count(aggregate::Severity::kError));
  w.key("warnings").value(report.count(aggregate::Severity::kWarning));
  w.key("suites").begin_array();
  for (const SuiteCheck& check : report.suites) write_suite(w, check);
  w.end_array().end_object();
  return std::move(w).finish();
}

}  // namespace assay::reports
