// Score: one judged value of one response under one metric.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// How the samples' values become the suite's figure. "Pooled" is sum(value * weight) / sum(weight).
enum class Aggregation : uint8_t {
  kPooled,
  kMedian,
  kPerplexity,   // exp(-pooled): values are log-likelihoods, weights what they are counted by
  kBitsPerByte,  // -pooled / ln 2: values are log-likelihoods, weights bytes
  // Of the sums of Score::parts over all samples; the value of a sample is its own (sentence)
  // score.
  kBleu,  // parts: matches of n = 1..4, candidates of n = 1..4, hypothesis and reference length
  kChrf,  // parts: for each order hypothesis, reference and matching n-grams, times references
  // Of (gold, prediction) pairs; parts: the two class numbers.
  kF1,  // of class 1
  kF1Macro,
  kF1Micro,
  kF1Weighted,
  kMcc,  // Matthews correlation
};
std::string_view aggregation_name(Aggregation aggregation);
std::optional<Aggregation> aggregation_from_name(std::string_view name);

// A metric as a suite declares it. `name` is unique in the suite; the first of a suite is its
// headline.
struct MetricDef {
  std::string name;    // "accuracy", "cer", "field_f1"
  std::string scorer;  // registry name of the scorer that gives it
  bool higher_is_better = true;
  bool binary = true;  // each value is 0 or 1 with weight 1: Wilson applies
  Aggregation aggregation = Aggregation::kPooled;
  // What becomes of a sample's repeats: the mean over the first `repeats_first` of them (0: all),
  // or with `vote` the score of what most of these have in `extracted` (ties: seen first).
  uint32_t repeats_first = 0;
  bool vote = false;
  bool share = true;  // a part of 1, shown in per cent; false: a number of its own scale
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
  std::string extracted;           // what was judged, after extraction and normalisation
  std::string reason;              // why it is wrong or unscored, for people; may be empty
  std::vector<double> parts = {};  // what the metric's aggregation sums; mostly empty
};

}  // namespace assay
