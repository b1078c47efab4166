#include "reports/json/json_tco.h"

#include <string_view>

namespace assay::reports {
namespace {

std::string_view kind_name(TcoKind kind) {
  switch (kind) {
    case TcoKind::kApi:
      return "api";
    case TcoKind::kRent:
      return "rent";
    default:
      return "own";
  }
}

std::string_view verdict_name(TcoVerdict verdict) {
  switch (verdict) {
    case TcoVerdict::kFrom:
      return "from";
    case TcoVerdict::kAlways:
      return "always";
    case TcoVerdict::kBeyond:
      return "beyond";
    default:
      return "never";
  }
}

std::string_view origin_name(TcoOrigin origin) {
  switch (origin) {
    case TcoOrigin::kGiven:
      return "given";
    case TcoOrigin::kMeasured:
      return "measured";
    default:
      return "default";
  }
}

void write_traffic(JsonWriter& w, const TcoTraffic& t) {
  w.key("traffic").begin_object();
  w.key("input_tokens").value(t.input_tokens).key("output_tokens").value(t.output_tokens);
  w.key("cached_share").value(t.cached_share);
  w.key("requests_per_day").value(t.requests_per_day);
  w.key("peak_to_mean").value(t.peak_to_mean).end_object();
}

void write_hosting(JsonWriter& w, const TcoOption& o) {
  w.key("nodes").value(o.nodes).key("utilisation").value(o.utilisation);
  w.key("node_requests_per_s").value(o.node_requests_per_s);
  w.key("node_requests_per_day").value(o.node_requests_per_day);
  w.key("least_per_request").value(o.least_per_request);
  w.key("parts").begin_object();
  w.key("rent").value(o.parts.rent).key("capital").value(o.parts.capital);
  w.key("maintenance").value(o.parts.maintenance).key("energy").value(o.parts.energy);
  w.key("other").value(o.parts.other).key("staff").value(o.parts.staff).end_object();
}

void write_options(JsonWriter& w, const TcoReport& report) {
  w.key("options").begin_array();
  for (const TcoOption& o : report.options) {
    w.begin_object().key("name").value(o.name).key("kind").value(kind_name(o.kind));
    w.key("per_month").value(o.per_month).key("per_request").value(o.per_request);
    w.key("per_million_input").value(o.per_million_input);
    w.key("per_million_output").value(o.per_million_output);
    if (o.kind != TcoKind::kApi) write_hosting(w, o);
    w.key("volumes").begin_array();
    for (const TcoPoint& p : o.grid) {
      w.begin_object().key("requests_per_day").value(p.requests_per_day);
      w.key("per_month").value(p.per_month);
      if (o.kind != TcoKind::kApi) w.key("nodes").value(p.nodes);
      w.end_object();
    }
    w.end_array().end_object();
  }
  w.end_array();
}

void write_breaks(JsonWriter& w, const TcoReport& report) {
  w.key("break_even").begin_array();
  for (const TcoBreakEven& b : report.breaks) {
    w.begin_object().key("api").value(report.options[b.api].name);
    w.key("self").value(report.options[b.self].name);
    w.key("kind").value(kind_name(report.options[b.self].kind));
    w.key("verdict").value(verdict_name(b.verdict));
    w.key("requests_per_day").value(b.requests_per_day);
    w.key("first_requests_per_day").value(b.first_requests_per_day);
    w.key("nodes").value(b.nodes).end_object();
  }
  w.end_array();
}

void write_memory(JsonWriter& w, const TcoReport& report) {
  w.key("memory").begin_array();
  for (const MemoryNeeds& n : report.memory) {
    w.begin_object().key("model").value(n.model.name);
    w.key("precision").value(n.model.precision);
    w.key("weight_bytes").value(n.weight_bytes);
    w.key("kv_bytes_per_token").value(n.kv_bytes_per_token).key("kv_bytes").value(n.kv_bytes);
    w.key("overhead_bytes").value(n.overhead_bytes).key("total_bytes").value(n.total_bytes);
    w.key("fits").begin_array();
    for (const MemoryFit& fit : n.fits) {
      w.begin_object().key("gpu").value(fit.gpu.name).key("gpus");
      fit.gpus ? w.value(uint64_t{*fit.gpus}) : w.null();
      w.key("nodes").value(uint64_t{fit.nodes}).key("used_share").value(fit.used_share);
      w.key("sequences_max").value(fit.sequences_max);
      w.key("gpus_least").value(uint64_t{fit.gpus_least}).end_object();
    }
    w.end_array().end_object();
  }
  w.end_array();
}

void write_inputs(JsonWriter& w, const TcoReport& report) {
  w.key("inputs").begin_array();
  for (const TcoInputLine& line : report.inputs.lines) {
    w.begin_object().key("name").value(line.name).key("value").value(line.value);
    w.key("unit").value(line.unit).key("origin").value(origin_name(line.origin));
    w.key("why").value(line.why).end_object();
  }
  w.end_array();
}

void write_members(JsonWriter& w, const TcoReport& report) {
  w.key("currency").value(report.inputs.currency);
  write_traffic(w, report.inputs.traffic);
  write_options(w, report);
  write_breaks(w, report);
  write_memory(w, report);
  write_inputs(w, report);
}

}  // namespace

void write_tco(JsonWriter& w, const TcoReport* report) {
  if (report == nullptr) return;
  w.key("tco").begin_object();
  write_members(w, *report);
  w.end_object();
}

std::string tco_json(const TcoReport& report) {
  JsonWriter w;
  w.begin_object().key("format").value("assay-tco-1");
  write_members(w, report);
  w.end_object();
  return std::move(w).finish();
}

}  // namespace assay::reports
