// Energy of one model on one suite as the member "energy" of an open object (docs/reports.md).
//
//   write_energy(w, m.cost.energy);
#pragma once

#include "harness/types/summary_parts.h"
#include "reports/json/json_writer.h"

namespace assay::reports {

void write_energy(JsonWriter& w, const EnergySummary& energy);

}  // namespace assay::reports
