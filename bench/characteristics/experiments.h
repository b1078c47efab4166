// The experiments of the operating characteristics program: each simulates data whose truth is
// known, applies the product's own functions, and adds to the table how often they were right.
//
// Where it stands: bench/characteristics; called by main.cc and, with little effort, by a test.
#pragma once

#include "bench/characteristics/table.h"

namespace assay::bench {

// How often each interval contains the true value.
void coverage_characteristics(Table& table, const Effort& effort);
// How often the gate's rule alarms for identical models, and how often for models that are worse.
void gate_characteristics(Table& table, const Effort& effort);
// Clustered items: tests that know of clusters against those that do not.
void cluster_characteristics(Table& table, const Effort& effort);
// Cost per correct answer and its ratio between models.
void cost_characteristics(Table& table, const Effort& effort);
// Runs that stop when they are decided: wrong verdicts, and how many items they ask.
void sequential_characteristics(Table& table, const Effort& effort);

}  // namespace assay::bench
