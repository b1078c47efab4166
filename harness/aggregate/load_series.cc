#include "harness/aggregate/load_series.h"

#include <algorithm>

#include "harness/stats/percentile.h"

namespace assay::aggregate {
namespace {

constexpr int64_t kShortestNs = 1'000'000;
constexpr double kNsPerSecond = 1e9;

std::optional<double> median_of(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  return stats::percentile(values, 0.5).value;
}

}  // namespace

int64_t round_length_ns(int64_t span_ns, size_t buckets_max) {
  const auto most = static_cast<int64_t>(std::max<size_t>(1, buckets_max));
  for (int64_t decade = kShortestNs; decade <= kTimeMaxNs / 10; decade *= 10) {
    for (const int64_t step : {1, 2, 5}) {
      const int64_t length = step * decade;
      if (span_ns / length + (span_ns % length != 0 ? 1 : 0) <= most) return length;
    }
  }
  return kTimeMaxNs;
}

LoadSeries::LoadSeries(const LoadRows& rows, const Interval& whole, size_t buckets_max)
    : whole_(whole) {
  if (whole.length() <= 0 || buckets_max == 0) return;
  length_ns_ = round_length_ns(whole.length(), buckets_max);
  const auto count = static_cast<size_t>((whole.length() + length_ns_ - 1) / length_ns_);
  buckets_.resize(count);
  ttft_.resize(count);
  e2e_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    buckets_[i].start_s = static_cast<double>(static_cast<int64_t>(i) * length_ns_) / kNsPerSecond;
    buckets_[i].length_s = static_cast<double>(length_ns_) / kNsPerSecond;
  }
  for (const LoadRow& row : rows.rows) add_row(row);
}

// The load's last moment belongs to its last bucket.
std::optional<size_t> LoadSeries::bucket_of(int64_t at) const {
  if (buckets_.empty() || !whole_.holds(at)) return std::nullopt;
  const auto bucket = static_cast<size_t>((at - whole_.from) / length_ns_);
  return std::min(bucket, buckets_.size() - 1);
}

void LoadSeries::add_row(const LoadRow& row) {
  if (row.outcome == Outcome::kCancelled) return;
  if (const auto due = bucket_of(row.due)) {
    ++buckets_[*due].due;
    const auto ttft = ttft_ns(row);
    const auto e2e = e2e_ns(row);
    if (row.answered && ttft) ttft_[*due].push_back(static_cast<double>(*ttft) / kNsPerSecond);
    if (row.answered && e2e) e2e_[*due].push_back(static_cast<double>(*e2e) / kNsPerSecond);
  }
  if (const auto done = bucket_of(row.done)) {
    ++(row.answered ? buckets_[*done].good : buckets_[*done].failed);
    if (row.answered && row.chunks == 0 && row.tokens > 0) {
      buckets_[*done].tokens_per_s += static_cast<double>(row.tokens);
    }
  }
  add_flight(row);
}

void LoadSeries::add_flight(const LoadRow& row) {
  const int64_t from = std::max(row.sent, whole_.from);
  const int64_t to = std::min(row.done, whole_.to);
  if (row.sent < 0 || to <= from) return;
  const auto first = static_cast<size_t>((from - whole_.from) / length_ns_);
  for (size_t i = first; i < buckets_.size(); ++i) {
    const int64_t start = whole_.from + static_cast<int64_t>(i) * length_ns_;
    if (start >= to) break;
    const int64_t end = std::min(whole_.to, start + length_ns_);
    buckets_[i].in_flight += static_cast<double>(overlap_ns({start, end}, from, to));
  }
}

void LoadSeries::add_reply(const LoadRow& row, const Reply& reply) {
  if (!row.answered) return;
  for (size_t i = 0; i < reply.at.size(); ++i) {
    if (const auto at = bucket_of(reply.at[i])) buckets_[*at].tokens_per_s += reply.tokens[i];
  }
}

std::vector<TimeBucket> LoadSeries::finish() {
  for (size_t i = 0; i < buckets_.size(); ++i) {
    TimeBucket& bucket = buckets_[i];
    bucket.requests_per_s = static_cast<double>(bucket.good) / bucket.length_s;
    bucket.tokens_per_s /= bucket.length_s;
    bucket.in_flight /= static_cast<double>(length_ns_);
    bucket.ttft_p50_s = median_of(ttft_[i]);
    bucket.e2e_p50_s = median_of(e2e_[i]);
  }
  return std::move(buckets_);
}

}  // namespace assay::aggregate
