#include "app/mock/mock_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace assay::app::mock {

void Lateness::add(Nanos late) {
  late = std::max(late, Nanos(0));
  const auto bucket = static_cast<size_t>(4 * std::log2(static_cast<double>(late.count()) + 1));
  ++buckets_[std::min(bucket, kBuckets - 1)];
  ++count_;
  sum_ += late;
  max_ = std::max(max_, late);
}

Nanos Lateness::mean() const {
  return count_ == 0 ? Nanos(0) : sum_ / static_cast<int64_t>(count_);
}

Nanos Lateness::quantile(double q) const {
  const double wanted = q * static_cast<double>(count_);
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets && count_ > 0; ++i) {
    seen += buckets_[i];
    if (static_cast<double>(seen) >= wanted) {
      const double upper = std::exp2(static_cast<double>(i + 1) / 4) - 1;
      return std::min(max_, Nanos(static_cast<int64_t>(upper)));
    }
  }
  return Nanos(0);
}

std::string Lateness::to_json() const {
  const auto us = [](Nanos t) { return std::round(static_cast<double>(t.count()) / 100) / 10; };
  return fmt::format(R"({{"n":{},"mean":{},"p50":{},"p99":{},"max":{}}})", count_, us(mean()),
                     us(quantile(0.5)), us(quantile(0.99)), us(max_));
}

std::string MockStats::to_json() const {
  const uint64_t faults_sum = std::accumulate(faults.begin(), faults.end(), uint64_t{0});
  uint64_t rejected_sum = 0;
  std::string by_status;
  for (const auto& [status, count] : rejected) {
    by_status += fmt::format(R"({}"{}":{})", by_status.empty() ? "" : ",", status, count);
    rejected_sum += count;
  }
  std::string by_kind;
  for (size_t i = 0; i < kFaultKinds; ++i) {
    if (faults.at(i) == 0) continue;
    by_kind += fmt::format(R"({}"{}":{})", by_kind.empty() ? "" : ",",
                           fault_name(static_cast<FaultKind>(i)), faults.at(i));
  }
  return fmt::format(
      R"({{"requests":{},"by_endpoint":{{"chat":{},"completions":{},"messages":{}}},"completed":{},)"
      R"("faults":{},"faults_by_kind":{{{}}},"rejected":{},"rejected_by_status":{{{}}},)"
      R"("aborted":{},"in_flight":{},"slots":{},"slots_busy":{},"waiting":{},"waiting_max":{},)"
      R"("queued_us":{},"other":{{"models":{},"health":{},"other":{}}},)"
      R"("bad_http":{},"connections":{},"connections_open":{},"images":{},"input_tokens":{},)"
      R"("output_tokens":{},"batch":{{"files":{},"batches":{},"requests":{},"answered":{},)"
      R"("failed":{},"expired":{}}},"late_us":{}}})",
      requests, chat, completions, messages, completed, faults_sum, by_kind, rejected_sum,
      by_status, aborted, in_flight, slots, slots_busy, waiting, waiting_max, queued.to_json(),
      models, health, other, bad_http, connections, connections_open, images, input_tokens,
      output_tokens, batch.files, batch.batches, batch.requests, batch.answered, batch.failed,
      batch.expired, lateness.to_json());
}

}  // namespace assay::app::mock
