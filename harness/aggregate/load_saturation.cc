#include "harness/aggregate/load_saturation.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "harness/stats/rank.h"

namespace assay::aggregate {
namespace {

constexpr size_t kBatches = 20;
constexpr size_t kRequestsMin = 40;
constexpr double kTrendZ = 2.326347874;  // one-sided 1 %
constexpr double kGrowth = 1.5;
constexpr double kMoreInFlight = 2;

struct Wait {
  int64_t due = 0;
  int64_t done = 0;
};

double mean_s(std::span<const Wait> waits) {
  double sum = 0;
  for (const Wait& wait : waits) sum += static_cast<double>(wait.done - wait.due) / 1e9;
  return waits.empty() ? 0 : sum / static_cast<double>(waits.size());
}

std::vector<double> batch_means(std::span<const Wait> waits) {
  std::vector<double> out;
  for (size_t b = 0; b < kBatches; ++b) {
    const size_t from = b * waits.size() / kBatches;
    const size_t to = (b + 1) * waits.size() / kBatches;
    out.push_back(mean_s(waits.subspan(from, to - from)));
  }
  return out;
}

// Requests that are due and not done when each request becomes due, itself not counted.
std::vector<double> backlog(std::span<const Wait> waits) {
  std::vector<int64_t> done;
  for (const Wait& wait : waits) done.push_back(wait.done);
  std::sort(done.begin(), done.end());
  std::vector<double> out;
  size_t gone = 0;
  for (size_t i = 0; i < waits.size(); ++i) {
    while (gone < done.size() && done[gone] <= waits[i].due) ++gone;
    out.push_back(i > gone ? static_cast<double>(i - gone) : 0);
  }
  return out;
}

}  // namespace

bool is_saturated(const LoadInfo& load, const LoadRows& rows) {
  if (load.kind == LoadKind::kClosed || load.kind == LoadKind::kBurst) return false;
  if (load.end_reason == "saturated") return true;
  std::vector<Wait> waits;
  for (const LoadRow& row : rows.rows) {
    const bool counts = row.answered || row.outcome == Outcome::kTimeout;
    if (row.measured() && counts && e2e_ns(row)) waits.push_back({row.due, row.done});
  }
  if (waits.size() < kRequestsMin) return false;
  std::stable_sort(waits.begin(), waits.end(),
                   [](const Wait& a, const Wait& b) { return a.due < b.due; });
  if (stats::mann_kendall(batch_means(waits)) <= kTrendZ) return false;
  const std::span<const Wait> all(waits);
  const size_t half = all.size() / 2;
  if (mean_s(all.last(all.size() / 4)) < kGrowth * mean_s(all.first(half))) return false;
  const std::vector<double> unanswered = backlog(waits);
  const double first_half =
      std::accumulate(unanswered.begin(), unanswered.begin() + static_cast<std::ptrdiff_t>(half),
                      0.0) /
      static_cast<double>(half);
  return unanswered.back() >= kGrowth * first_half &&
         unanswered.back() >= first_half + kMoreInFlight;
}

}  // namespace assay::aggregate
