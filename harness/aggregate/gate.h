// The gate: does a new run pass against its baseline? Rules, comparison and the two summaries in,
// one list of checks with a verdict and a sentence each out.
//
// Where it stands: harness/aggregate, above compare.h; called by app/ for `assay gate`, rendered by
// reports/gate. Pure but for the two functions of GateAsking. One thread.
//
//   const GateInput input{rules, report, baseline_summary, new_summary};
//   const GateResult result = run_gate(input, {});
//   if (result.outcome == GateOutcome::kFail) ...
//
// Paired tests: Holm over all paired tests of the gate (slices too), so that identical models fail
// it with probability alpha at most. Verdict per mode: docs/gate.md. Let [L, U] be the interval of
// the loss (baseline - new, in the direction that is better), shown = Holm p < alpha and loss > 0.
//   regression       U < margin: non_inferior; shown: regressed; no item differs, or detectable <=
//                    margin: non_inferior; else inconclusive
//   non_inferiority  U < margin: non_inferior; shown: regressed; else inconclusive
// Detectable and needed items are of a test at alpha / (number of tests), the strictest step of
// Holm. Thresholds and times are judged three-way by their own intervals; cost and failed items are
// counts of this run and judged as they are.
//
// Confirmation: what regressed is asked again where `asking.fresh` is given, both what became worse
// and what became better, because asking one direction alone would drop only half of the luck. The
// gate fails only if the test rejects AND the fresh replies still point the same way; a second
// condition can only lower the rate of false alarms, whatever the fresh replies are.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/aggregate/compare.h"
#include "harness/aggregate/gate_rules.h"
#include "harness/base/result.h"
#include "harness/types/summary.h"

namespace assay::aggregate {

// Items to ask the new model again, or to look up in the baseline's file.
struct ConfirmAsk {
  std::string suite;
  std::string model;  // name in the new file
  std::string metric;
  std::vector<std::string> items;  // sample ids
  uint32_t repeats = 1;
  std::string baseline_model;  // its counterpart
};
struct ConfirmedItem {
  std::string item;
  double value = 0;  // mean over repeats
  uint64_t n = 0;    // repeats that gave a score; 0: none came back
};
using Confirm = std::function<Result<std::vector<ConfirmedItem>>(const ConfirmAsk&)>;

struct GateAsking {
  Confirm fresh{};        // asks the new model; empty: it cannot be asked again
  Confirm baseline{};     // the baseline's stored values of the same items; needed with `fresh`
  std::string why_not{};  // why `fresh` is empty, for the report
};

enum class GateKind : uint8_t { kQuality, kThreshold, kSpeed, kCost, kErrors, kPresence };
enum class GateVerdict : uint8_t {
  kNonInferior,    // quality: as good, or a loss within the margin
  kRegressed,      // quality: worse
  kPassed,         // a limit is kept
  kFailed,         // a limit is broken
  kInconclusive,   // neither is shown
  kNotComparable,  // different scorers, no common items
  kMissing,        // a rule names what did not run
  kUnreliable,     // too many items without a reply
};
// What it means for the gate.
enum class GateOutcome : uint8_t { kPass, kInconclusive, kInfrastructure, kError, kFail };
enum class GateUnit : uint8_t { kMetric, kSeconds, kMoney, kShare };
enum class Confirmation : uint8_t { kNone, kConfirmed, kNotConfirmed, kImpossible };

struct GateConfirmation {
  Confirmation state = Confirmation::kNone;
  uint64_t asked = 0;      // items that came back
  uint64_t dropped = 0;    // of these, that had become worse in the new run
  uint64_t recovered = 0;  // of these, that are no longer worse
  uint64_t worse = 0;      // fresh value below the baseline's, in the better direction
  uint64_t better = 0;
  std::optional<double> p;  // one-sided
  std::string note;
};

struct GateCheck {
  GateKind kind = GateKind::kQuality;
  std::string suite;
  std::string model;
  std::string tag;      // of a slice; empty: the whole suite
  std::string value;    // of the tag
  std::string subject;  // "accuracy", "latency p95", "cost per item", "failed items"
  MetricDef metric;     // of quality and thresholds: how figures are shown
  GateUnit unit = GateUnit::kMetric;
  GateVerdict verdict = GateVerdict::kInconclusive;
  GateOutcome outcome = GateOutcome::kInconclusive;
  std::string reason;  // one sentence

  Estimate baseline;
  Estimate now;
  Estimate
      change;  // new - baseline in the metric's own direction; of times and cost new / baseline
  std::optional<double> p_value;
  std::optional<double> p_holm;
  std::string test;
  std::string note;  // caveats of the comparison

  std::optional<double> margin;  // absolute, of quality
  GateMode mode = GateMode::kRegression;
  std::optional<double> limit;       // of the others: of `now`, or of the ratio
  bool limits_change = false;        // the limit is one of `change`
  std::optional<double> detectable;  // smallest loss that would have been seen
  std::optional<uint64_t> needed;    // items to see a loss of the margin
  uint64_t worsened = 0;
  uint64_t improved = 0;
  std::vector<std::string> worsened_items;
  std::vector<std::string> improved_items;
  GateConfirmation confirmation;
};

struct GateResult {
  std::vector<std::string> sources;  // baseline, new
  GateOutcome outcome = GateOutcome::kPass;
  std::vector<GateCheck> checks;  // by suite, model and kind
  std::vector<std::string> notes;
  uint64_t tests = 0;  // in Holm's family
  double alpha = 0.05;
  double power = 0.8;
};

struct GateInput {
  const GateRules& rules;
  const ComparisonReport& report;  // of the two files, baseline first
  const Summary& baseline;
  const Summary& now;
};

// Never fails: what cannot be judged is a check that says so. Nothing to judge at all: outcome
// kError and a note.
GateResult run_gate(const GateInput& input, const GateAsking& asking);

std::string_view gate_kind_name(GateKind kind);
std::string_view gate_verdict_name(GateVerdict verdict);
std::string_view gate_outcome_name(GateOutcome outcome);
std::string_view gate_mode_name(GateMode mode);
std::string_view confirmation_name(Confirmation state);

}  // namespace assay::aggregate
