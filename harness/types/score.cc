#include "harness/types/score.h"

#include <array>
#include <utility>

namespace assay {
namespace {

constexpr std::array<std::pair<Aggregation, std::string_view>, 11> kNames{{
    {Aggregation::kPooled, "pooled"},
    {Aggregation::kMedian, "median"},
    {Aggregation::kPerplexity, "perplexity"},
    {Aggregation::kBitsPerByte, "bits_per_byte"},
    {Aggregation::kBleu, "bleu"},
    {Aggregation::kChrf, "chrf"},
    {Aggregation::kF1, "f1"},
    {Aggregation::kF1Macro, "f1_macro"},
    {Aggregation::kF1Micro, "f1_micro"},
    {Aggregation::kF1Weighted, "f1_weighted"},
    {Aggregation::kMcc, "mcc"},
}};

}  // namespace

std::string_view aggregation_name(Aggregation aggregation) {
  for (const auto& [value, name] : kNames) {
    if (value == aggregation) return name;
  }
  return "";
}

std::optional<Aggregation> aggregation_from_name(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace assay
