// Score: one judged value of one response under one metric.
#pragma once

#include <cstdint>
#include <string>

namespace assay {

// A metric as a suite declares it. `name` is unique in the suite; the first of a suite is its
// headline.
struct MetricDef {
  std::string name;    // "accuracy", "cer", "field_f1"
  std::string scorer;  // registry name of the scorer that gives it
  bool higher_is_better = true;
  bool binary = true;  // each value is 0 or 1 with weight 1: Wilson applies
};

enum class ScoreStatus : uint8_t {
  kScored,
  kUnscored,  // the scorer's own limit or fault; excluded and counted, neither 0 nor NaN
};

// The suite's figure is the pooled ratio sum(value * weight) / sum(weight): with weight 1 the mean;
// for CER value = edits / reference length and weight = reference length; for F1 value = 2tp / (2tp
// + fp + fn), weight the same denominator. A weight of 0 contributes nothing.
struct Score {
  std::string metric;
  ScoreStatus status = ScoreStatus::kScored;
  double value = 0;
  double weight = 1;
  std::string extracted;  // what was judged, after extraction and normalisation
  std::string reason;     // why it is wrong or unscored, for people; may be empty
};

}  // namespace assay
