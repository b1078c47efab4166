// Health of a suite from run files: items that nobody or everybody solves, items on which better
// models do worse, how many items a comparison needs.
//
// Where it stands: harness/aggregate, over samples.h and stats/item_health.h; called by
// summarize.cc and health.cc. Pure.
//
//   const HealthModel models[] = {{"x", &samples_x}, {"y", &samples_y}};
//   const SuiteHealth health = run_health(models, def, {.have = suite.sample_count});
//
// "Solved" is a score of 1 (of an error rate: 0) in every repeat, "not solved" 0 (of an error rate:
// 1 or more) in every repeat; metrics that are no share have neither. Items count where every model
// has a score. Discrimination needs stats::kDiscriminationModelsMin models. Needed items: from the
// standard deviation of the paired difference of the two best models (pooled metrics only), else
// from the assumed discordance; docs/data-health.md.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "harness/aggregate/samples.h"
#include "harness/types/health.h"

namespace assay::aggregate {

inline constexpr size_t kHealthItemsMax = 20;       // named of each kind
inline constexpr size_t kLabelsMax = 50;            // more different answers are no classes
inline constexpr double kDiscordanceAssumed = 0.2;  // share of items two models differ on
inline constexpr size_t kHealthScoresMax = 50'000'000;

struct HealthModel {
  std::string name;
  const Samples* headline = nullptr;
};

struct HealthOptions {
  uint64_t have = 0;         // items of the suite
  double difference = 0.02;  // that is to be seen
  double discordance = kDiscordanceAssumed;
  double confidence = 0.95;
  double alpha = 0.05;
};

SuiteHealth run_health(std::span<const HealthModel> models, const MetricDef& def,
                       const HealthOptions& options);

NeededItems needed_items(std::span<const HealthModel> models, const MetricDef& def,
                         const HealthOptions& options);

// The first accepted answer of a sample, from its truth as stored ("#2": the second choice); empty:
// none.
std::string label_of_truth(const std::string& truth);
std::string label_of_choice(uint64_t gold);  // from 0

inline constexpr uint64_t kLabelItemsMax = 2000;  // of a summary

// Counts by right answer. More than kLabelsMax different ones, or fewer than two items for each:
// no classes, and `note` says so.
LabelHealth label_health(const std::map<std::string, uint64_t>& counts, double confidence);

}  // namespace assay::aggregate
