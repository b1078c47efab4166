// Figures of a whole corpus: functions of sums over all its samples (BLEU of n-gram counts, F1 of a
// confusion matrix), with a bootstrap interval.
//
// Where it stands: harness/stats, called by harness/aggregate. Pure; any thread; sums are taken in
// the order of the rows.
//
//   CorpusRows rows;
//   rows.begin_row(sample, 1.0);  rows.add(slot, value); ...
//   const Estimate bleu = stats::corpus_estimate(rows, samples, clusters, bleu_from_sums);
//
// Value: figure(Σ weight · row). Interval: percentile bootstrap over the samples (or clusters):
// draw as many with replacement, compute the figure of the drawn rows, take the (1 ± confidence) /
// 2 quantiles (type 7). Resamples: 1000, fewer (at least 100) where rows are many; the seed is
// fixed, so that the same rows give the same interval. Source: Efron and Tibshirani, An
// Introduction to the Bootstrap (1993), 13; for corpus BLEU Koehn, EMNLP 2004. Edge cases: no rows,
// or a figure that does not exist: no value; fewer than two samples (or clusters): no interval;
// resamples without a figure are left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "harness/stats/mean.h"
#include "harness/types/estimate.h"

namespace assay::stats {

// Sparse rows: what each reply adds to which sum.
class CorpusRows {
 public:
  // A reply of the sample at `sample`; its repeats share a weight of 1.
  void begin_row(uint32_t sample, double weight) {
    begins_.push_back(static_cast<uint32_t>(slots_.size()));
    samples_.push_back(sample);
    weights_.push_back(weight);
  }
  void add(uint32_t slot, double value);

  [[nodiscard]] size_t rows() const { return samples_.size(); }
  [[nodiscard]] size_t slots() const { return slot_count_; }
  [[nodiscard]] size_t entries() const { return slots_.size(); }
  [[nodiscard]] uint32_t sample(size_t row) const { return samples_[row]; }
  // Appends a row of `from` for the sample at `sample`.
  void copy_row(const CorpusRows& from, size_t row, uint32_t sample);
  // The rows [first, second) of a sample; rows are ascending by sample.
  [[nodiscard]] std::pair<size_t, size_t> rows_of(uint32_t sample) const;
  // sums += times · weight · row
  void accumulate(size_t row, double times, std::span<double> sums) const;

 private:
  [[nodiscard]] size_t end_of(size_t row) const {
    return row + 1 < begins_.size() ? begins_[row + 1] : slots_.size();
  }

  size_t slot_count_ = 0;
  std::vector<uint32_t> begins_;
  std::vector<uint32_t> samples_;
  std::vector<double> weights_;
  std::vector<uint32_t> slots_;
  std::vector<double> values_;
};

// nullopt: these sums have no figure.
using CorpusFigure = std::function<std::optional<double>(std::span<const double> sums)>;

// `samples`: how many there are; `clusters`: one number for each, or empty.
Estimate corpus_estimate(const CorpusRows& rows, size_t samples, std::span<const uint32_t> clusters,
                         const CorpusFigure& figure, double confidence = kDefaultConfidence);

}  // namespace assay::stats
