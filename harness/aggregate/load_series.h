// Series: a load over time, in buckets of a round length.
//
// Where it stands: harness/aggregate; after load_window; fed by load.cc's pass over the replies.
//
//   LoadSeries series(rows, window.whole, 60);
//   for each reply: series.add_reply(row, reply);
//   result.series = series.finish();
//
// Buckets start at the load's begin, the warm-up included, and are 1, 2 or 5 · 10^k s long (1 ms at
// least), at most `buckets_max` of them; the last one's length is the same, though the load may end
// within it. `due` and the medians belong to the bucket in which a request was due; good, failed
// and requests_per_s to the one in which it ended; tokens to the one in which they came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/aggregate/load_rows.h"
#include "harness/aggregate/load_window.h"
#include "harness/types/load_summary.h"

namespace assay::aggregate {

class LoadSeries {
 public:
  LoadSeries(const LoadRows& rows, const Interval& whole, size_t buckets_max);
  void add_reply(const LoadRow& row, const Reply& reply);
  std::vector<TimeBucket> finish();

 private:
  [[nodiscard]] std::optional<size_t> bucket_of(int64_t at) const;
  void add_row(const LoadRow& row);
  void add_flight(const LoadRow& row);

  Interval whole_;
  int64_t length_ns_ = 0;
  std::vector<TimeBucket> buckets_;
  std::vector<std::vector<double>> ttft_;  // seconds, by bucket
  std::vector<std::vector<double>> e2e_;
};

// The shortest round length of which at most `buckets_max` hold `span_ns`.
int64_t round_length_ns(int64_t span_ns, size_t buckets_max);

}  // namespace assay::aggregate
