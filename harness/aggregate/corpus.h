// Corpus-level aggregations: how a reply's parts become sums, and sums the figure.
//
// Where it stands: harness/aggregate, used by samples.cc; the formulas are those of harness/stats.
// Pure. One thread.
//
//   rows.begin_row(sample, 1);
//   add_parts(Aggregation::kBleu, score.parts, classes, rows);
//   const std::optional<double> bleu = figure_of(Aggregation::kBleu, sums);
//
// BLEU and chrF sum their counts as they are. A pair of class numbers (gold, predicted) becomes one
// cell of a confusion matrix. Numbers below kClassesMax are their own place; others (a text's hash)
// get the next free place behind these in order of sight, up to kClassesMax of them; what comes
// after counts as one class more.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "harness/stats/corpus.h"
#include "harness/types/score.h"

namespace assay::aggregate {

inline constexpr uint32_t kClassesMax = 64;

bool is_corpus_level(Aggregation aggregation);
class ClassNumbers {
 public:
  uint32_t place_of(double number);

 private:
  std::map<double, uint32_t> others_;
};
void add_parts(Aggregation aggregation, std::span<const double> parts, ClassNumbers& classes,
               stats::CorpusRows& rows);
std::optional<double> figure_of(Aggregation aggregation, std::span<const double> sums);

}  // namespace assay::aggregate
