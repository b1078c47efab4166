#include "harness/aggregate/load_gaps.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/aggregate/sorted_figures.h"
#include "harness/base/check.h"
#include "harness/stats/distributions.h"
#include "harness/stats/sum.h"

namespace assay::aggregate {
namespace {

constexpr int kWeightBits = 32;
constexpr int64_t kShortMax = UINT32_MAX;
constexpr std::array<double, 5> kPercentiles{0.5, 0.9, 0.95, 0.99, 0.999};

// `take(ns, weight)` for every gap of a reply.
template <typename Take>
void each_gap(const Reply& reply, GapKind kind, Take take) {
  int64_t last = reply.at.front();
  for (size_t i = 1; i < reply.at.size(); ++i) {
    const uint32_t tokens = kind == GapKind::kChunk ? 1 : reply.tokens[i];
    if (tokens == 0) continue;
    const int64_t gap = reply.at[i] - last;
    last = reply.at[i];
    take((gap + tokens / 2) / tokens, tokens);
  }
}

// What replies tell of how their gaps depend on each other.
class Dependence {
 public:
  Dependence(const LatencySummary& summary, const GapColumn& sorted) {
    for (const Percentile& p : summary.percentiles) {
      const auto limit = static_cast<int64_t>(std::floor(*p.estimate.value * 1e9 + 0.5));
      limits_.push_back(limit);
      shares_.push_back(static_cast<double>(at_most(sorted, limit)) /
                        static_cast<double>(sorted.size()));
    }
    squares_.resize(limits_.size());
    below_.resize(limits_.size());
    mean_s_ = summary.mean.value.value_or(0);
  }

  void add(const Reply& reply, GapKind kind) {
    double count = 0;
    double sum_s = 0;
    std::fill(below_.begin(), below_.end(), 0.0);
    each_gap(reply, kind, [&](int64_t ns, uint32_t weight) {
      count += weight;
      sum_s += seconds(ns) * weight;
      for (size_t i = 0; i < limits_.size(); ++i) below_[i] += ns <= limits_[i] ? weight : 0;
    });
    if (count == 0) return;
    ++replies_;
    for (size_t i = 0; i < limits_.size(); ++i) {
      const double residual = below_[i] - shares_[i] * count;
      squares_[i].add(residual * residual);
    }
    const double residual = sum_s - mean_s_ * count;
    mean_squares_.add(residual * residual);
  }

  void finish(const GapColumn& sorted, double confidence, LatencySummary& out) const {
    for (size_t i = 0; i < limits_.size(); ++i) {
      Percentile& p = out.percentiles[i];
      const double effective = stats::effective_size(sorted.size(), replies_, shares_[i],
                                                     squares_[i].value(), confidence);
      p = percentile_with(
          sorted, p.p,
          stats::percentile_ranks_clustered(sorted.size(), effective, p.p, confidence));
    }
    out.mean.method = "clustered mean, t";
    if (replies_ < 2) return;
    const auto replies = static_cast<double>(replies_);
    const double error = std::sqrt(replies / (replies - 1) * mean_squares_.value()) /
                         static_cast<double>(sorted.size());
    const double half = stats::student_quantile((1 + confidence) / 2, replies - 1) * error;
    out.mean.ci_low = std::max(0.0, mean_s_ - half);
    out.mean.ci_high = mean_s_ + half;
  }

 private:
  // How many gaps are at most `limit`.
  static size_t at_most(const GapColumn& sorted, int64_t limit) {
    size_t low = 0;
    size_t high = sorted.size();
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (sorted.at(middle) <= limit) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  std::vector<int64_t> limits_;  // the percentiles, ns
  std::vector<double> shares_;   // of gaps at or below each
  std::vector<double> below_;    // of one reply
  std::vector<stats::Sum> squares_;
  stats::Sum mean_squares_;
  double mean_s_ = 0;
  uint64_t replies_ = 0;
};

}  // namespace

GapColumn::GapColumn(size_t room, bool weighted) : weighted_(weighted) {
  weighted ? packed_.reserve(room) : plain_.reserve(room);
}

void GapColumn::push(int64_t ns, uint32_t weight) {
  ASSAY_CHECK(weighted_ || weight == 1, "weight {} in a column of ones", weight);
  if (weight == 0) return;
  total_ += weight;
  if (ns > kShortMax) {
    long_.emplace_back(ns, weight);
    return;
  }
  short_total_ += weight;
  if (weighted_) {
    packed_.push_back(static_cast<uint64_t>(ns) << kWeightBits | weight);
  } else {
    plain_.push_back(static_cast<uint32_t>(ns));
  }
}

void GapColumn::sort() {
  std::sort(plain_.begin(), plain_.end());
  std::sort(packed_.begin(), packed_.end());
  std::sort(long_.begin(), long_.end());
  uint64_t sum = 0;
  for (size_t i = 0; i < packed_.size(); ++i) {
    if (i % kStride == 0) sums_.push_back(sum);
    sum += packed_[i] & UINT32_MAX;
  }
  sum = short_total_;
  for (auto& [ns, up_to] : long_) {
    sum += up_to;
    up_to = sum;
  }
}

int64_t GapColumn::at(size_t rank) const {
  ASSAY_CHECK(rank < total_, "rank {} of {}", rank, total_);
  if (rank < short_total_) {
    if (!weighted_) return plain_[rank];
    const auto block = std::upper_bound(sums_.begin(), sums_.end(), rank) - sums_.begin() - 1;
    uint64_t sum = sums_[static_cast<size_t>(block)];
    size_t i = static_cast<size_t>(block) * kStride;
    for (;; ++i) {
      sum += packed_[i] & UINT32_MAX;
      if (rank < sum) return static_cast<int64_t>(packed_[i] >> kWeightBits);
    }
  }
  const auto after = [](uint64_t wanted, const auto& entry) { return wanted < entry.second; };
  return std::upper_bound(long_.begin(), long_.end(), rank, after)->first;
}

std::span<const double> load_percentiles() { return kPercentiles; }

Result<LatencySummary> summarize_gaps(const RunStore& store, const LoadInfo& load,
                                      const LoadRows& rows, GapKind kind, double confidence,
                                      size_t ecdf_points) {
  GapColumn gaps(rows.good_chunks, kind == GapKind::kToken && rows.weighted);
  stats::Sum sum_s;
  ASSAY_TRY_VOID(read_load_replies(store, load, rows, [&](const LoadRow& row, const Reply& reply) {
    if (!row.good()) return;
    each_gap(reply, kind, [&](int64_t ns, uint32_t weight) {
      gaps.push(ns, weight);
      sum_s.add(seconds(ns) * weight);
    });
  }));
  gaps.sort();
  LatencySummary out;
  out.n = gaps.size();
  if (out.n == 0) return out;
  for (const double p : kPercentiles) {
    out.percentiles.push_back(
        percentile_with(gaps, p, stats::percentile_ranks_clustered(out.n, 0, p, confidence)));
  }
  out.mean.n = out.n;
  out.mean.value = sum_s.value() / static_cast<double>(out.n);
  Dependence dependence(out, gaps);
  ASSAY_TRY_VOID(read_load_replies(store, load, rows, [&](const LoadRow& row, const Reply& reply) {
    if (row.good()) dependence.add(reply, kind);
  }));
  dependence.finish(gaps, confidence, out);
  out.ecdf = distribution(gaps, ecdf_points);
  return out;
}

}  // namespace assay::aggregate
