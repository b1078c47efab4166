// Gaps: times between the chunks of a reply, and between its tokens, over a whole load: millions.
//
// Where it stands: harness/aggregate; called by load.cc after load_rows. It passes over the load's
// replies twice: once to fill a column, which is sorted, and once to learn how much the gaps of one
// reply depend on each other. So a gap costs four bytes (eight where chunks hold several tokens),
// and nothing of a reply is kept.
//
//   ASSAY_TRY(const LatencySummary gaps,
//             summarize_gaps(store, load, rows, GapKind::kChunk, 0.95, 200));
//
// kChunk: time since the chunk before; each counts once. kToken: time since the last chunk with a
// token, divided by the tokens of this one, rounded to a nanosecond; counts once a token. The first
// chunk's tokens have no gap: they came with the TTFT. So Σ gaps of a reply = last - first, either
// way. Chunks that came in one read are 0 apart.
//
// Percentiles and mean are over all gaps. Their intervals know that gaps of one reply are not
// independent: percentiles by order statistics of the effective size (stats/percentile.h), the mean
// as a ratio Σ sums / Σ counts over replies, linearised (stats/ratio.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "harness/aggregate/load_rows.h"
#include "harness/api/run_store.h"
#include "harness/types/load_summary.h"

namespace assay::aggregate {

// Durations that each count a number of times, read by rank as if they stood there that often.
class GapColumn {
 public:
  // `weighted`: some weight may differ from 1.
  GapColumn(size_t room, bool weighted);
  // ns >= 0; weight 0 adds nothing.
  void push(int64_t ns, uint32_t weight);
  void sort();
  [[nodiscard]] size_t size() const { return total_; }  // sum of weights
  [[nodiscard]] int64_t at(size_t rank) const;          // after sort()

 private:
  static constexpr size_t kStride = 512;  // entries between two known sums of weights
  bool weighted_;
  size_t total_ = 0;
  size_t short_total_ = 0;
  std::vector<uint32_t> plain_;   // unweighted, below 2^32 ns
  std::vector<uint64_t> packed_;  // weighted: ns << 32 | weight
  // 2^32 ns and more; with the weight, after sort() with the sum of weights up to and with it.
  std::vector<std::pair<int64_t, uint64_t>> long_;
  std::vector<uint64_t> sums_;  // of weights before every kStride-th packed entry
};

enum class GapKind : uint8_t { kChunk, kToken };

// Percentiles of load metrics.
std::span<const double> load_percentiles();

Result<LatencySummary> summarize_gaps(const RunStore& store, const LoadInfo& load,
                                      const LoadRows& rows, GapKind kind, double confidence,
                                      size_t ecdf_points);

}  // namespace assay::aggregate
