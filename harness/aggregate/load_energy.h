// Energy and money of one load.
//
// Where it stands: harness/aggregate; after load_rows. Pure. Formulas: docs/metrics.md.
//
//   result.energy = load_energy(load.machine, given_watts, rows.tokens_all);
//   result.cost = load_cost(load, rows, whole, manifest, model, given_watts);
//
// Energy: joules = (CPU packages + GPUs) - idle watts · seconds, over the whole load, warm-up
// included, because the counters run over all of it; per token: divided by all output tokens that
// it made. A part that could not be read, or has no idle baseline, leaves no figure: half of the
// energy is not a smaller answer but a wrong one. Then the power that the user gave counts, where
// there is one: gross, watts · seconds, and the basis says "given".
// Money: what the requests' tokens cost, warm-up included; without prices per token, for models on
// this machine, its price per hour · the load's duration.
#pragma once

#include <optional>
#include <string>

#include "harness/aggregate/load_rows.h"
#include "harness/aggregate/load_window.h"
#include "harness/types/load_summary.h"
#include "harness/types/manifest.h"

namespace assay::aggregate {

// Why `use` gives no energy, gross: a part of the machine could not be read. Empty: it does.
std::string energy_problem(const MachineUse& use);

// `given_watts`: what the user stated for the session.
EnergyReport load_energy(const MachineUse& use, const std::optional<double>& given_watts,
                         double output_tokens);

CostSummary load_cost(const LoadInfo& load, const LoadRows& rows, const Interval& whole,
                      const Manifest& manifest, const ModelInfo& model,
                      const std::optional<double>& given_watts);

}  // namespace assay::aggregate
