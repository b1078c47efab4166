#include "harness/stats/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "harness/base/rng.h"
#include "harness/stats/percentile.h"

namespace assay::stats {
namespace {

constexpr size_t kResamplesMax = 1000;
constexpr size_t kResamplesMin = 100;
constexpr size_t kEntriesRead = 200'000'000;  // over all resamples
constexpr uint64_t kSeed = 0x636F72707573;

std::vector<uint32_t> dense_clusters(size_t samples, std::span<const uint32_t> clusters,
                                     size_t& count) {
  std::vector<uint32_t> out(samples);
  std::unordered_map<uint32_t, uint32_t> known;
  for (size_t i = 0; i < samples; ++i) {
    out[i] =
        clusters.empty()
            ? static_cast<uint32_t>(i)
            : known.try_emplace(clusters[i], static_cast<uint32_t>(known.size())).first->second;
  }
  count = clusters.empty() ? samples : known.size();
  return out;
}

std::optional<double> finite(std::optional<double> value) {
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::vector<double> resampled(const CorpusRows& rows, std::span<const uint32_t> cluster_of,
                              size_t clusters, const CorpusFigure& figure) {
  const size_t affordable = kEntriesRead / std::max<size_t>(1, rows.entries() + rows.rows());
  const size_t resamples = std::clamp(affordable, kResamplesMin, kResamplesMax);
  std::vector<double> figures;
  std::vector<uint32_t> times(clusters);
  std::vector<double> sums(rows.slots());
  for (size_t r = 0; r < resamples; ++r) {
    Rng rng(kSeed, r);
    std::fill(times.begin(), times.end(), 0U);
    for (size_t draw = 0; draw < clusters; ++draw) ++times[rng.below(clusters)];
    std::fill(sums.begin(), sums.end(), 0.0);
    for (size_t row = 0; row < rows.rows(); ++row) {
      const uint32_t drawn = times[cluster_of[rows.sample(row)]];
      if (drawn > 0) rows.accumulate(row, drawn, sums);
    }
    if (const auto value = finite(figure(sums))) figures.push_back(*value);
  }
  std::sort(figures.begin(), figures.end());
  return figures;
}

}  // namespace

void CorpusRows::add(uint32_t slot, double value) {
  slots_.push_back(slot);
  values_.push_back(value);
  slot_count_ = std::max<size_t>(slot_count_, slot + size_t{1});
}

void CorpusRows::copy_row(const CorpusRows& from, size_t row, uint32_t sample) {
  begin_row(sample, from.weights_[row]);
  for (size_t i = from.begins_[row]; i < from.end_of(row); ++i)
    add(from.slots_[i], from.values_[i]);
}

std::pair<size_t, size_t> CorpusRows::rows_of(uint32_t sample) const {
  const auto [low, high] = std::equal_range(samples_.begin(), samples_.end(), sample);
  return {static_cast<size_t>(low - samples_.begin()),
          static_cast<size_t>(high - samples_.begin())};
}

void CorpusRows::accumulate(size_t row, double times, std::span<double> sums) const {
  for (size_t i = begins_[row]; i < end_of(row); ++i)
    sums[slots_[i]] += times * weights_[row] * values_[i];
}

Estimate corpus_estimate(const CorpusRows& rows, size_t samples, std::span<const uint32_t> clusters,
                         const CorpusFigure& figure, double confidence) {
  Estimate out;
  out.n = samples;
  out.method = "corpus";
  if (rows.rows() == 0) return out;
  std::vector<double> sums(rows.slots());
  for (size_t row = 0; row < rows.rows(); ++row) rows.accumulate(row, 1, sums);
  out.value = finite(figure(sums));
  if (!out.value) return out;
  size_t cluster_count = 0;
  const std::vector<uint32_t> cluster_of = dense_clusters(samples, clusters, cluster_count);
  if (cluster_count < 2) return out;
  const std::vector<double> figures = resampled(rows, cluster_of, cluster_count, figure);
  if (figures.size() < kResamplesMin) return out;
  out.ci_low = percentile(figures, (1 - confidence) / 2).value;
  out.ci_high = percentile(figures, (1 + confidence) / 2).value;
  out.method = fmt::format("corpus, bootstrap of {} ({} resamples)",
                           clusters.empty() ? "samples" : "clusters", figures.size());
  return out;
}

}  // namespace assay::stats
