#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/aggregate/gate_parts.h"

namespace assay::aggregate {
namespace {

constexpr double kPercent = 100;

// At least one decimal; more where the size would be lost otherwise.
std::string points(double share) {
  const double size = share * kPercent;
  return std::fabs(size) >= 0.1 || size == 0 ? fmt::format("{:.1f}", size)
                                             : fmt::format("{:.2g}", size);
}

std::string signed_figure(const MetricDef& def, double value) {
  return in_points(def) ? points(value) : fmt::format("{:.3g}", value);
}

}  // namespace

bool in_points(const MetricDef& def) {
  switch (def.aggregation) {
    case Aggregation::kPerplexity:
    case Aggregation::kBitsPerByte:
    case Aggregation::kBleu:
    case Aggregation::kChrf:
      return false;
    default:
      return def.share && (def.binary || def.scorer != "process");
  }
}

std::string size_text(const MetricDef& def, double size) {
  return signed_figure(def, std::fabs(size)) + (in_points(def) ? " points" : "");
}

std::string figure_text(const MetricDef& def, double value) {
  return in_points(def) ? fmt::format("{:.1f} %", value * kPercent) : fmt::format("{:.4g}", value);
}

std::string loss_text(const MetricDef& def, const Estimate& loss, double alpha) {
  std::string out = *loss.value == 0 ? "the same"
                                     : fmt::format("{} by {}", *loss.value > 0 ? "worse" : "better",
                                                   size_text(def, *loss.value));
  if (!loss.ci_low || !loss.ci_high) return out + " (no interval)";
  const double sign = *loss.value < 0 ? -1 : 1;
  const double low = sign > 0 ? *loss.ci_low : -*loss.ci_high;
  const double high = sign > 0 ? *loss.ci_high : -*loss.ci_low;
  return out + fmt::format(" ({:.4g} % interval {} to {})", kPercent * (1 - alpha),
                           signed_figure(def, low), signed_figure(def, high));
}

std::string p_text(std::optional<double> p) {
  if (!p) return "no test";
  return *p < 0.001 ? "Holm p < 0.001" : fmt::format("Holm p = {:.2g}", *p);
}

std::string percent_text(double share) {
  const double percent = share * kPercent;
  return percent == std::floor(percent) ? fmt::format("{:.0f} %", percent)
                                        : fmt::format("{:.1f} %", percent);
}

std::string grouped(uint64_t n) {
  std::string digits = std::to_string(n);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string_view gate_kind_name(GateKind kind) {
  switch (kind) {
    case GateKind::kQuality:
      return "quality";
    case GateKind::kThreshold:
      return "threshold";
    case GateKind::kSpeed:
      return "latency";
    case GateKind::kCost:
      return "cost";
    case GateKind::kErrors:
      return "errors";
    default:
      return "presence";
  }
}

std::string_view gate_verdict_name(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::kNonInferior:
      return "non_inferior";
    case GateVerdict::kRegressed:
      return "regressed";
    case GateVerdict::kPassed:
      return "passed";
    case GateVerdict::kFailed:
      return "failed";
    case GateVerdict::kInconclusive:
      return "inconclusive";
    case GateVerdict::kNotComparable:
      return "not_comparable";
    case GateVerdict::kMissing:
      return "missing";
    default:
      return "unreliable";
  }
}

std::string_view gate_outcome_name(GateOutcome outcome) {
  switch (outcome) {
    case GateOutcome::kPass:
      return "pass";
    case GateOutcome::kInconclusive:
      return "inconclusive";
    case GateOutcome::kInfrastructure:
      return "infrastructure";
    case GateOutcome::kError:
      return "error";
    default:
      return "fail";
  }
}

std::string_view gate_mode_name(GateMode mode) {
  switch (mode) {
    case GateMode::kRegression:
      return "regression";
    case GateMode::kNonInferiority:
      return "non_inferiority";
    default:
      return "none";
  }
}

std::string_view confirmation_name(Confirmation state) {
  switch (state) {
    case Confirmation::kConfirmed:
      return "confirmed";
    case Confirmation::kNotConfirmed:
      return "not_confirmed";
    case Confirmation::kImpossible:
      return "impossible";
    default:
      return "none";
  }
}

}  // namespace assay::aggregate
