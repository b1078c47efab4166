#include "harness/aggregate/corpus.h"

#include <algorithm>
#include <vector>

#include "harness/stats/classification.h"
#include "harness/stats/corpus_scores.h"

namespace assay::aggregate {
namespace {

constexpr uint32_t kSide = 2 * kClassesMax + 1;  // the last: more classes than there are places

bool is_of_classes(Aggregation aggregation) {
  return is_corpus_level(aggregation) && aggregation != Aggregation::kBleu &&
         aggregation != Aggregation::kChrf;
}

}  // namespace

uint32_t ClassNumbers::place_of(double number) {
  if (number >= 0 && number < kClassesMax) return static_cast<uint32_t>(number);
  const auto known = others_.find(number);
  if (known != others_.end()) return known->second;
  if (others_.size() == kClassesMax) return kSide - 1;
  const auto place = kClassesMax + static_cast<uint32_t>(others_.size());
  return others_.emplace(number, place).first->second;
}

bool is_corpus_level(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kPooled:
    case Aggregation::kMedian:
    case Aggregation::kPerplexity:
    case Aggregation::kBitsPerByte:
      return false;
    default:
      return true;
  }
}

void add_parts(Aggregation aggregation, std::span<const double> parts, ClassNumbers& classes,
               stats::CorpusRows& rows) {
  if (is_of_classes(aggregation)) {
    if (parts.size() == 2)
      rows.add(classes.place_of(parts[0]) * kSide + classes.place_of(parts[1]), 1);
    return;
  }
  for (uint32_t slot = 0; slot < parts.size(); ++slot) rows.add(slot, parts[slot]);
}

std::optional<double> figure_of(Aggregation aggregation, std::span<const double> sums) {
  if (sums.empty()) return std::nullopt;
  if (aggregation == Aggregation::kBleu) return stats::bleu_from_sums(sums);
  if (aggregation == Aggregation::kChrf) return stats::chrf_from_sums(sums, 2);
  std::vector<double> cells(size_t{kSide} * kSide);
  std::copy_n(sums.begin(), std::min(sums.size(), cells.size()), cells.begin());
  const stats::ConfusionMatrix matrix(cells);
  switch (aggregation) {
    case Aggregation::kF1:
      return matrix.f1(1);
    case Aggregation::kF1Macro:
      return matrix.f1_macro();
    case Aggregation::kF1Micro:
      return matrix.f1_micro();
    case Aggregation::kF1Weighted:
      return matrix.f1_weighted();
    case Aggregation::kMcc:
      return matrix.mcc();
    default:
      return std::nullopt;
  }
}

}  // namespace assay::aggregate
