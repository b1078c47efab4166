// The gate's parts, one for each kind of check, and the words they share. Inside gate*.cc only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/aggregate/gate.h"
#include "harness/aggregate/items_needed.h"

namespace assay::aggregate {

// One model of the new run with its counterpart.
struct GatePair {
  const SuiteSummary* suite = nullptr;  // of the new run
  const ModelResult* now = nullptr;
  const ModelResult* baseline = nullptr;  // nullptr: none
  std::string baseline_name;              // its name in the baseline
};

// gate_quality.cc: a paired test to be judged once the family is known.
struct QualityCandidate {
  const RunComparison* row = nullptr;
  GateSettings settings;
  std::string baseline_model;
  bool reliable = true;                         // not too many items without a reply
  std::optional<double> p_holm = std::nullopt;  // over the gate's family
};
GateCheck judge_quality(const QualityCandidate& candidate, const GateRules& rules, uint64_t tests);
// Loss (baseline - new, towards worse), from the comparison's a - b.
Estimate loss_of(const RunComparison& row);
GateOutcome outcome_of(GateVerdict verdict, WhenUndecided undecided);

// gate_limits.cc
std::vector<GateCheck> threshold_checks(const GatePair& pair, const GateSettings& settings);
std::vector<GateCheck> speed_checks(const GatePair& pair, const GateSettings& settings,
                                    const ComparisonReport& report);
std::vector<GateCheck> cost_checks(const GatePair& pair, const GateSettings& settings);
std::vector<GateCheck> error_checks(const GatePair& pair, const GateSettings& settings);
// More of the items failed than `settings.infrastructure` allows.
bool too_many_failed(const ModelResult& model, const GateSettings& settings);
std::optional<double> failed_share(const ModelResult& model);

// gate_confirm.cc: asks again what regressed, and changes verdicts that are not confirmed.
// candidates[i] belongs to checks[i].
void confirm_regressions(const std::vector<QualityCandidate>& candidates, const GateRules& rules,
                         const GateAsking& asking, std::vector<GateCheck>& checks);

// gate_words.cc: figures in sentences.
bool in_points(const MetricDef& def);
// "6.0 points", "0.031"; without sign.
std::string size_text(const MetricDef& def, double size);
// "91.5 %", "0.42"
std::string figure_text(const MetricDef& def, double value);
// "worse by 6.0 points (95 % interval 2.1 to 9.9)"; negative ends are gains.
std::string loss_text(const MetricDef& def, const Estimate& loss, double alpha);
std::string p_text(std::optional<double> p);
std::string percent_text(double share);
// "1,234"
std::string grouped(uint64_t n);

}  // namespace assay::aggregate
