// Items of a decision: what each sample brought, cost and took under each model, and the samples
// that all models were asked, side by side, so that one draw of rows serves all of them.
//
// Where it stands: harness/aggregate, between group.h and decision_figures.h. Pure; one thread.
//
//   ModelItems items = model_items(std::move(group), sources, 0.95);      // as groups come by
//   const DecisionTable table = decision_table(all_items);
//   for (size_t unit = 0; unit < table.units; ++unit) use(table.models[0].cost[unit]);
//
// Of a sample asked K times (cancelled tries aside): cost = Σ cost / K, latency = mean of the
// answered ones, correct = Σ correct / K. Of a metric that votes the K answers make one: cost = Σ
// cost. A failed item costs what its tries cost and brings nothing; it is not in the quality.
// Money is in units of the currency as double: statistics, not accounting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/aggregate/collect.h"
#include "harness/aggregate/group.h"
#include "harness/aggregate/samples.h"
#include "harness/types/summary_parts.h"

namespace assay::aggregate {

// At most this share of a model's samples may lack a cost; they are left out for all models. With
// more, the model has none.
inline constexpr double kUnpricedShareMax = 0.1;

// One model on one suite, in order of the samples' index.
struct ModelItems {
  std::string name;
  ModelInfo model;
  std::vector<uint32_t> index;   // of samples that were asked
  LazyColumn<uint32_t> cluster;  // 0: its own
  std::vector<double> value;     // numerator of the headline; 0 where not scored
  std::vector<double> weight;
  std::vector<double> correct;
  std::vector<double> cost;     // NaN: not known; empty: of no sample
  std::vector<double> latency;  // seconds; NaN: not answered, or asked under load
  Samples headline;
  LatencySummary times;
  uint64_t asked = 0;  // items
  uint64_t answered = 0;
  uint64_t failed = 0;
  uint64_t retries = 0;
  std::string currency;   // empty: no cost is known
  std::string cost_note;  // how it was measured, or "not measured: ..."
};

// `sources` are the collector's, whose numbers the group's shares name.
ModelItems model_items(Group&& group, std::span<const Source> sources, double confidence);

// One model's columns by unit; a unit is a sample, or a cluster where two samples share one.
struct UnitColumns {
  std::vector<double> value;
  std::vector<double> weight;
  std::vector<double> correct;
  std::vector<double> cost;  // empty: not known
  std::vector<double> latency;
  std::vector<double> timed;  // samples with a latency
};

struct DecisionTable {
  std::vector<uint32_t> index;  // of the samples, ascending
  uint64_t left_out = 0;        // of the model with most samples
  uint64_t unpriced = 0;        // of these: a model's cost is not known
  size_t units = 0;
  std::vector<double> size;  // samples of each unit
  std::vector<UnitColumns> models;
};

// Over the samples that all were asked. The columns of `items` are taken, and their headlines cut
// down to these samples.
DecisionTable decision_table(std::vector<ModelItems>& items);

}  // namespace assay::aggregate
