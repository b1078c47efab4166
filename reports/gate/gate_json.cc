#include "reports/gate/gate_report.h"
#include "reports/json/json_fields.h"

namespace assay::reports {
namespace {

using aggregate::Confirmation;
using aggregate::GateCheck;
using aggregate::GateConfirmation;
using aggregate::GateKind;
using aggregate::GateResult;

void write_texts(JsonWriter& w, std::string_view key, const std::vector<std::string>& texts) {
  w.key(key).begin_array();
  for (const std::string& text : texts) w.value(text);
  w.end_array();
}

void write_confirmation(JsonWriter& w, const GateConfirmation& c) {
  w.key("confirmation").begin_object();
  w.key("state").value(aggregate::confirmation_name(c.state));
  w.key("asked").value(c.asked);
  w.key("dropped").value(c.dropped);
  w.key("recovered").value(c.recovered);
  w.key("worse").value(c.worse);
  w.key("better").value(c.better);
  w.key("p_one_sided").value(c.p);
  w.key("note").value(c.note);
  w.end_object();
}

void write_quality(JsonWriter& w, const GateCheck& check) {
  w.key("mode").value(aggregate::gate_mode_name(check.mode));
  w.key("margin").value(check.margin);
  w.key("test").value(check.test);
  w.key("p_value").value(check.p_value);
  w.key("p_holm").value(check.p_holm);
  w.key("detectable").value(check.detectable);
  w.key("items_needed").value(check.needed);
  w.key("worsened").value(check.worsened);
  w.key("improved").value(check.improved);
  write_texts(w, "worsened_items", check.worsened_items);
  write_texts(w, "improved_items", check.improved_items);
  write_confirmation(w, check.confirmation);
}

void write_check(JsonWriter& w, const GateCheck& check) {
  w.begin_object();
  w.key("kind").value(aggregate::gate_kind_name(check.kind));
  w.key("suite").value(check.suite);
  w.key("model").value(check.model);
  w.key("slice");
  if (check.tag.empty()) {
    w.null();
  } else {
    w.begin_object().key("tag").value(check.tag).key("value").value(check.value).end_object();
  }
  w.key("subject").value(check.subject);
  w.key("verdict").value(aggregate::gate_verdict_name(check.verdict));
  w.key("outcome").value(aggregate::gate_outcome_name(check.outcome));
  w.key("reason").value(check.reason);
  w.key("note").value(check.note);
  w.key("baseline");
  write_estimate(w, check.baseline);
  w.key("new");
  write_estimate(w, check.now);
  w.key("change");
  write_estimate(w, check.change);
  w.key("limit").value(check.limit);
  w.key("limit_of").value(check.limits_change ? "change" : "new");
  if (check.kind == GateKind::kQuality) {
    w.key("higher_is_better").value(check.metric.higher_is_better);
    write_quality(w, check);
  }
  w.end_object();
}

}  // namespace

std::string gate_json(const GateResult& result) {
  JsonWriter w;
  w.begin_object().key("format").value("assay-gate-1");
  w.key("outcome").value(aggregate::gate_outcome_name(result.outcome));
  w.key("headline").value(gate_headline(result));
  w.key("baseline");
  result.sources.empty() ? w.null() : w.value(result.sources.front());
  w.key("new");
  result.sources.size() < 2 ? w.null() : w.value(result.sources[1]);
  w.key("alpha").value(result.alpha);
  w.key("power").value(result.power);
  w.key("tests").value(result.tests);
  w.key("checks").begin_array();
  for (const GateCheck& check : result.checks) write_check(w, check);
  w.end_array();
  write_texts(w, "notes", result.notes);
  w.end_object();
  return std::move(w).finish();
}

}  // namespace assay::reports
