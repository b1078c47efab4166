// Energy of a run's models in words and figures, the same for the text and the HTML report.
//
//   if (energy_known(suite)) ... format_joules(*m.cost.energy.gross_joules)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/types/summary.h"
#include "reports/html/strings.h"

namespace assay::reports {

// Some model's energy was measured or given.
bool energy_known(const SuiteSummary& suite);
// Why no model of this machine has any; empty where some has, or none is known to lack it.
std::string energy_reason(const SuiteSummary& suite);
bool carbon_known(const SuiteSummary& suite);
// "measured", "given", "none": of JSON and CSV.
std::string_view energy_source_name(EnergySource source);
// For people: a power that the user gave is never called measured.
std::string_view energy_source_text(EnergySource source, Language language);
// Three significant digits: "0.0523 J", "812 J", "12.3 kJ".
std::string format_joules(const std::optional<double>& joules);
// "1.2–1.5 J", both ends in the unit of the value; "≥ 1.2 J" without an upper end; empty: none.
std::string format_joules_interval(const Estimate& estimate);

}  // namespace assay::reports
