// gate.yaml: what `assay gate` demands. The format is docs/gate.md and, for editors and other
// programs, docs/schemas/gate.schema.json. Every complaint names file:line:column, what was found
// and what was expected.
//
//   ASSAY_TRY(const aggregate::GateRules rules, load_gate_rules("gate.yaml"));
#pragma once

#include <string>
#include <string_view>

#include "harness/aggregate/gate_rules.h"
#include "harness/base/result.h"

namespace assay::app {

inline constexpr size_t kGateRulesMax = 1000;  // rules of one file, and entries of one list

Result<aggregate::GateRules> load_gate_rules(const std::string& path);
// The same of text; `shown` names it in messages.
Result<aggregate::GateRules> read_gate_rules(std::string_view text, const std::string& shown);

// The schema of the format, as JSON text.
std::string_view gate_schema();

}  // namespace assay::app
