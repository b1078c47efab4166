#include "reports/json/json_energy.h"

#include "reports/energy_view.h"
#include "reports/json/json_fields.h"

namespace assay::reports {

void write_energy(JsonWriter& w, const EnergySummary& energy) {
  w.key("energy").begin_object();
  w.key("source").value(energy_source_name(energy.source));
  w.key("gross_joules").value(energy.gross_joules);
  w.key("net_joules").value(energy.net_joules);
  w.key("idle_watts").value(energy.idle_watts);
  w.key("joules_per_output_token");
  write_estimate(w, energy.joules_per_output_token);
  w.key("joules_per_request");
  write_estimate(w, energy.joules_per_request);
  w.key("joules_per_correct");
  write_estimate(w, energy.joules_per_correct);
  w.key("grid_grams_per_kwh").value(energy.grid_grams_per_kwh);
  w.key("carbon_grams").value(energy.carbon_grams);
  w.key("basis").value(energy.basis);
  w.end_object();
}

}  // namespace assay::reports
