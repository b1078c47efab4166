// Planning: what a comparison on a suite will be able to see, and what it will use, before anything
// is asked.
//
// Where it stands: harness/aggregate, between earlier run files, harness/stats and `assay plan`;
// the reports show SuiteSight and SpendingForecast. Pure but for reading run files. One thread.
//
//   ASSAY_TRY(const Evidence evidence, aggregate::read_evidence(stores, names));
//   const SuiteSight sight = aggregate::suite_sight(question, evidence.find("quick-intents"));
//   const SpendingForecast cost = aggregate::spending(count, prices, evidence.usage(...), {});
//
// The comparison planned is paired: two models, or two versions of one, on the same items. One
// item's difference, each model's K repeats averaged, has the variance
//   between + within / K,
// between of the items (what more repeats cannot lower), within the two models' own (sampling)
// variance; with items in clusters both are multiplied by the design effect, so that
//   SE² = design_effect (between + within / K) / items,
// and the smallest difference seen is (z(1 - alpha/2) + z(power)) SE. Where the metric is right or
// wrong, asked once and without clusters, items needed and power are those of the exact McNemar
// test (harness/stats/detectable.h). Where the variance comes from, best first:
//   - pairs: an earlier run has two models on the items: the variance of item differences, its mean
//     over pairs (of the planned models, where the run has two of them) and the largest; within
//     from repeats by one-way analysis of variance (harness/stats/variance_components.h);
//   - one model: a metric of right and wrong: 10 and 20 % of the items are assumed to differ (at
//     most 2 min(p, 1 - p), at least what repeats of the model itself differ); a graded metric with
//     variance s² over items: s²/2 and s² (correlations of 0.75 and 0.5 between the two models);
//   - assumed: nothing is known: 10 and 20 % of the items differ by 1, which also bounds graded
//     metrics between 0 and 1. Other metrics: not known.
// No item differed in n: 3/n is assumed to (the rule of three: the upper end of the 95 % interval).
// What is assumed is said in `basis`, and the larger variance decides.
// Edge cases: no scored item, a metric that is no mean over items (median, BLEU, perplexity): said
// in `why_not`, and no figure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/api/run_store.h"
#include "harness/base/money.h"
#include "harness/base/result.h"
#include "harness/types/manifest.h"
#include "harness/types/prices.h"

namespace assay::aggregate {

// One model's scores in an earlier run, item by item.
struct ModelScores {
  std::string model;
  std::vector<uint32_t> index;    // ascending
  std::vector<double> value;      // mean over repeats, each item's share of the pooled figure
  std::vector<uint32_t> cluster;  // empty: no two items share one
  double mean = 0;
  double repeats = 1;            // per item, on average
  std::optional<double> within;  // variance of one repeat; unset: one repeat, or not to be known
};

struct SuiteEvidence {
  SuiteInfo suite;
  std::string source;  // the run file
  std::vector<ModelScores> models;
};

// What one model used in an earlier run, over its answered items.
struct Moments {
  uint64_t n = 0;
  double mean = 0;
  double deviation = 0;
};
struct ModelUsage {
  std::string model;
  std::string suite;
  std::string source;
  Moments input;  // tokens: uncached, cached and written to the cache together
  Moments reasoning;
  Moments output;
  double cached_share = 0;  // of input tokens
  Moments latency_s;        // sent to done
  double in_flight = 0;     // requests at once, on average over the time anything was; 0: not known
  bool virtual_clock = false;
};

struct Evidence {
  std::vector<SuiteEvidence> suites;
  std::vector<ModelUsage> usages;
  [[nodiscard]] const SuiteEvidence* find(const std::string& suite) const;
  [[nodiscard]] const ModelUsage* usage(const std::string& suite, const std::string& model) const;
};

// Errors: a file that cannot be read. A suite without any scored item has no models.
Result<Evidence> read_evidence(std::span<const RunStore* const> stores,
                               std::span<const std::string> names);

struct SightQuestion {
  std::string suite;
  std::string prompt_hash;  // of the suite as planned; empty: not compared with the evidence's
  std::string data_hash;
  std::string scorer_hash;
  MetricDef metric;        // the headline
  uint64_t items = 0;      // planned, per model
  uint64_t available = 0;  // in the suite; >= items
  uint32_t repeats = 1;
  std::vector<std::string> models;  // planned
  std::optional<double> detect;     // in the metric's unit; unset: none in particular
  double alpha = 0.05;
  double power = 0.8;
};

enum class VarianceBasis : uint8_t { kPairs, kOneModel, kAssumed };

struct DifferenceVariance {
  double between = 0;
  double within = 0;
};

struct SightRow {
  uint64_t items = 0;
  uint32_t repeats = 1;
  double detectable = 0;        // under the larger variance
  double detectable_best = 0;   // under the smaller
  std::optional<double> power;  // to see `detect`, under the larger variance
};

struct SuiteSight {
  SightQuestion question;
  std::string why_not;  // not empty: nothing below is known
  VarianceBasis basis = VarianceBasis::kAssumed;
  std::string basis_text;
  std::optional<double> mean;  // of the metric, over models
  DifferenceVariance smaller;  // the same as larger where one pair was measured
  DifferenceVariance larger;
  bool split_known = false;  // within was measured
  double design_effect = 1;
  std::vector<SightRow> rows;            // by items, then repeats; holds the planned one
  size_t planned = 0;                    // index into rows
  std::optional<uint64_t> items_needed;  // for `detect`, with the planned repeats
  std::optional<uint64_t> items_needed_best;
  // Fewest repeats with the planned items, at most kPlanRepeatsMax; unset: none does, or not known.
  std::optional<uint32_t> repeats_needed;
  bool sees = true;            // the planned items see `detect`; true without it
  std::string recommendation;  // one sentence
};

inline constexpr uint32_t kPlanRepeatsMax = 64;

SuiteSight suite_sight(const SightQuestion& question, const SuiteEvidence* evidence);

// What is about to be sent, counted from the suite's requests (perhaps from a part of them).
struct PromptCount {
  uint64_t requests = 0;  // planned: items × repeats
  uint64_t counted = 0;   // requests that were looked at
  uint64_t text_bytes = 0;
  uint64_t pictures = 0;
  uint64_t closed = 0;             // answered by one of given choices, or by log-likelihoods
  uint64_t output_tokens_max = 0;  // sum of what their limits allow
  Money worst;                     // sum of the most they can cost, where prices are known
};

struct Range {
  double low = 0;
  double typical = 0;
  double high = 0;
};
struct MoneyRange {
  Money low;
  Money typical;
  Money high;
  Money worst;  // every byte a token, every limit reached
};
struct SpendingSettings {
  std::optional<Money> machine_price_per_hour;
  bool local = true;
  uint32_t concurrency = 0;  // fixed by the user; 0: not
  int64_t requests_per_minute = 0;
  int64_t tokens_per_minute = 0;
};

struct SpendingForecast {
  std::string model;
  std::string suite;
  uint64_t requests = 0;
  std::optional<Range> input_tokens;
  std::optional<Range> reasoning_tokens;  // unset: not known
  std::optional<Range> output_tokens;
  std::string tokens_basis;
  std::optional<MoneyRange> cost;
  std::string cost_basis;  // or why there is none
  std::optional<Range> seconds;
  std::string time_basis;
  bool local = true;
};

// First tries only: retries come on top. Tokens from an earlier run are mean · requests with a 95 %
// prediction interval of the sum, 1.96 s sqrt(N + N² / n); without one, text is taken for a token
// per 4 bytes (2 to 6) and a picture for 1,000 tokens (250 to 16,384).
SpendingForecast spending(const PromptCount& count, const ModelPrices& prices,
                          const ModelUsage* usage, const SpendingSettings& settings);

struct PlanReport {
  std::vector<SuiteSight> suites;
  std::vector<SpendingForecast> spendings;  // by suite, then model
  std::string currency;
  std::optional<MoneyRange> cost;  // of those that have one
  uint64_t without_cost = 0;       // forecasts that have none
  std::optional<Range> seconds;    // unset where any is not known
  std::vector<std::string> notes;
};

// Sums over `spendings`: models on this machine take turns, the others run at once.
void add_totals(PlanReport& report);

}  // namespace assay::aggregate
