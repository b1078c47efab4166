// Money of one model on one suite, from busy time and prices; its energy comes from run_energy.h.
//
// Where it stands: harness/aggregate, between collect.h and harness/cost. Pure.
//
//   ModelResult::cost = summarize_cost(group_facts, sources, energy);
//
// total = Σ over run files of price per hour × busy time; busy time = Σ (done - sent) over the last
// attempt of every item, failed ones included (earlier attempts of retried items are not in it).
// Per thousand items: total × 1000 / items that were asked. Per correct: total / items whose binary
// headline is 1. `energy` is kept, its gross joules as `energy_joules` too.
// Models with prices per token cost what their tokens cost, earlier tries included; a remote model
// without prices costs nothing that is known.
// Items asked by `assay bench` have no busy time of their own: where there are any, the machine's
// price stands with the loads.
// What is missing is said in `basis`: "not measured: ...".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "harness/aggregate/collect.h"
#include "harness/cost/traffic_mix.h"
#include "harness/types/summary.h"

namespace assay::aggregate {

struct CostFacts {
  std::vector<StoreShare> shares;
  uint64_t asked = 0;    // answered and failed items
  uint64_t correct = 0;  // of a binary headline; 0 otherwise
  bool binary = false;   // the headline says right or wrong
  uint64_t retries = 0;
  uint64_t in_load = 0;  // items asked by `assay bench`, whose time is their load's
  bool virtual_clock = false;
  bool local = true;                // its time costs the machine's price
  std::optional<Money> token_cost;  // where prices per token were known: this is the cost
  uint64_t unpriced = 0;            // answers that are not in it
  uint64_t answered = 0;
  Accounting accounting;
  ModelPrices prices;  // of the newest file that has any
};

// The model under the user's traffic, at the prices that held when the newest file was made:
// cost::project(); per correct answer: per request × asked / correct, the run's share. No figure,
// and why, for models without prices per token (machines: docs/tco.md).
Projection project_cost(const CostFacts& facts, const cost::TrafficMix& mix, int64_t unix_s);

CostSummary summarize_cost(const CostFacts& facts, std::span<const Source> sources,
                           EnergySummary energy);

}  // namespace assay::aggregate
