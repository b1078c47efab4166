#include "reports/json/json_plan.h"

#include "reports/format.h"
#include "reports/json/json_fields.h"
#include "reports/json/json_writer.h"

namespace assay::reports {
namespace {

using aggregate::MoneyRange;
using aggregate::Range;
using aggregate::SuiteSight;

std::string_view basis_name(aggregate::VarianceBasis basis) {
  switch (basis) {
    case aggregate::VarianceBasis::kPairs:
      return "pairs";
    case aggregate::VarianceBasis::kOneModel:
      return "one model";
    default:
      return "assumed";
  }
}

void write_range(JsonWriter& w, std::string_view name, const std::optional<Range>& r) {
  w.key(name);
  if (!r) {
    w.null();
    return;
  }
  w.begin_object().key("low").value(r->low).key("typical").value(r->typical);
  w.key("high").value(r->high).end_object();
}

void write_cost(JsonWriter& w, const std::optional<MoneyRange>& m) {
  w.key("cost");
  if (!m) {
    w.null();
    return;
  }
  w.begin_object().key("low").value(m->low.text()).key("typical").value(m->typical.text());
  w.key("high").value(m->high.text()).key("worst").value(m->worst.text()).end_object();
}

void write_variance(JsonWriter& w, const SuiteSight& s) {
  w.key("variance").begin_object();
  w.key("basis").value(basis_name(s.basis));
  w.key("text").value(s.basis_text);
  w.key("mean").value(s.mean);
  w.key("between").value(s.larger.between);
  w.key("within");
  s.split_known ? w.value(s.larger.within) : w.null();
  w.key("between_smaller").value(s.smaller.between);
  w.key("design_effect").value(s.design_effect);
  w.end_object();
}

void write_rows(JsonWriter& w, const SuiteSight& s) {
  w.key("table").begin_array();
  for (size_t i = 0; i < s.rows.size(); ++i) {
    const aggregate::SightRow& row = s.rows[i];
    w.begin_object();
    w.key("items").value(row.items);
    w.key("repeats").value(uint64_t{row.repeats});
    w.key("requests").value(row.items * row.repeats);
    w.key("detectable").value(row.detectable);
    w.key("detectable_smaller_variance").value(row.detectable_best);
    w.key("power").value(row.power);
    w.key("planned").value(i == s.planned);
    w.end_object();
  }
  w.end_array();
}

void write_suite(JsonWriter& w, const SuiteSight& s) {
  w.begin_object();
  w.key("suite").value(s.question.suite);
  w.key("metric").value(s.question.metric.name);
  w.key("unit").value(is_share(s.question.metric) ? "share" : "number");
  w.key("items").value(s.question.items);
  w.key("available").value(s.question.available);
  w.key("repeats").value(uint64_t{s.question.repeats});
  w.key("detect").value(s.question.detect);
  w.key("alpha").value(s.question.alpha);
  w.key("power").value(s.question.power);
  w.key("recommendation").value(s.recommendation);
  w.key("not_known");
  s.why_not.empty() ? w.null() : w.value(s.why_not);
  if (s.why_not.empty()) {
    w.key("sees").value(s.sees);
    w.key("detectable").value(s.rows[s.planned].detectable);
    w.key("items_needed").value(s.items_needed);
    w.key("repeats_needed");
    s.repeats_needed ? w.value(uint64_t{*s.repeats_needed}) : w.null();
    write_variance(w, s);
    write_rows(w, s);
  }
  w.end_object();
}

}  // namespace

std::string plan_json(const aggregate::PlanReport& report) {
  JsonWriter w;
  w.begin_object().key("format").value("assay-plan-1");
  w.key("currency").value(report.currency);
  w.key("suites").begin_array();
  for (const SuiteSight& s : report.suites) write_suite(w, s);
  w.end_array().key("spending").begin_array();
  for (const aggregate::SpendingForecast& s : report.spendings) {
    w.begin_object();
    w.key("model").value(s.model).key("suite").value(s.suite);
    w.key("requests").value(s.requests);
    write_range(w, "input_tokens", s.input_tokens);
    write_range(w, "reasoning_tokens", s.reasoning_tokens);
    write_range(w, "output_tokens", s.output_tokens);
    w.key("tokens_basis").value(s.tokens_basis);
    write_cost(w, s.cost);
    w.key("cost_basis").value(s.cost_basis);
    write_range(w, "seconds", s.seconds);
    w.key("time_basis").value(s.time_basis);
    w.end_object();
  }
  w.end_array().key("total").begin_object();
  write_cost(w, report.cost);
  w.key("without_cost").value(report.without_cost);
  write_range(w, "seconds", report.seconds);
  w.end_object().key("notes").begin_array();
  for (const std::string& note : report.notes) w.value(note);
  w.end_array().end_object();
  return std::move(w).finish();
}

}  // namespace assay::reports
