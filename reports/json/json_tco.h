// Self-hosting as JSON: every input with its origin, every option with its cost over the volume,
// break-even, memory. Names are those of harness/types/tco.h.
#pragma once

#include <string>

#include "harness/types/tco.h"
#include "reports/json/json_writer.h"

namespace assay::reports {

// The member "tco" of an open object; nothing for a null report.
void write_tco(JsonWriter& w, const TcoReport* report);
// A document of its own.
std::string tco_json(const TcoReport& report);

}  // namespace assay::reports
