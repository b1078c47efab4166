// Corpus-level aggregations: how a reply's parts become sums, and sums the figure.
//
// Where it stands: harness/aggregate, used by samples.cc; the formulas are those of harness/stats.
// Pure. One thread.
//
//   rows.begin_row(sample, 1);
//   add_parts(Aggregation::kBleu, score.parts, rows);
//   const std::optional<double> bleu = figure_of(Aggregation::kBleu, sums);
//
// BLEU and chrF sum their counts as they are. A pair of class numbers (gold, predicted) becomes one
// cell of a confusion matrix of kClassesMax classes; numbers outside count as one class more.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "harness/stats/corpus.h"
#include "harness/types/score.h"

namespace assay::aggregate {

inline constexpr uint32_t kClassesMax = 64;

bool is_corpus_level(Aggregation aggregation);
void add_parts(Aggregation aggregation, std::span<const double> parts, stats::CorpusRows& rows);
std::optional<double> figure_of(Aggregation aggregation, std::span<const double> sums);

}  // namespace assay::aggregate
