#include "harness/stats/bootstrap.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <thread>

#include "harness/base/check.h"
#include "harness/base/rng.h"
#include "harness/stats/percentile.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

constexpr size_t kWide = 8;   // columns summed together
constexpr size_t kLanes = 2;  // running sums, so that an addition need not wait for the one before

// Columns first .. first + width of a table, packed (and padded with zeros) to `width` = 1, 2, 4
// or 8.
struct Packed {
  std::vector<double> values;
  size_t first = 0;
  size_t used = 0;
  size_t width = 1;
};

std::vector<Packed> pack(const RowTable& table) {
  std::vector<Packed> out;
  for (size_t first = 0; first < table.columns; first += kWide) {
    Packed part{.values = {}, .first = first, .used = std::min(kWide, table.columns - first)};
    while (part.width < part.used) part.width *= 2;
    part.values.assign(table.rows() * part.width, 0.0);
    for (size_t row = 0; row < table.rows(); ++row) {
      for (size_t k = 0; k < part.used; ++k)
        part.values[row * part.width + k] = table.values[row * table.columns + first + k];
    }
    out.push_back(std::move(part));
  }
  return out;
}

void draw_rows(uint64_t seed, uint32_t resample, std::span<uint32_t> rows) {
  __extension__ using Wide = unsigned __int128;
  Rng rng(seed, resample);
  const uint64_t n = rows.size();
  for (uint32_t& row : rows) row = static_cast<uint32_t>((static_cast<Wide>(rng.next()) * n) >> 64);
}

// Additions only, lane by lane: the same bytes whatever the width of the machine's vectors.
template <int kWidth>
void add_rows(const Packed& part, std::span<const uint32_t> rows, std::span<double> out) {
  using Row = Eigen::Array<double, kWidth, 1>;
  const double* const values = part.values.data();
  const auto at = [values](uint32_t row) {
    return Eigen::Map<const Row>(values + static_cast<size_t>(row) * kWidth);
  };
  std::array<Row, kLanes> sums{Row::Zero(), Row::Zero()};
  size_t d = 0;
  for (; d + kLanes <= rows.size(); d += kLanes) {
    sums[0] += at(rows[d]);
    sums[1] += at(rows[d + 1]);
  }
  if (d < rows.size()) sums[0] += at(rows[d]);
  const Row total = sums[0] + sums[1];
  for (size_t k = 0; k < part.used; ++k) out[part.first + k] = total[static_cast<Eigen::Index>(k)];
}

void add_rows(const Packed& part, std::span<const uint32_t> rows, std::span<double> out) {
  switch (part.width) {
    case 1:
      return add_rows<1>(part, rows, out);
    case 2:
      return add_rows<2>(part, rows, out);
    case 4:
      return add_rows<4>(part, rows, out);
    default:
      return add_rows<8>(part, rows, out);
  }
}

// Value at share p of sorted replicates, type 7.
double at_share(std::span<const double> sorted, double p) {
  const PercentileRanks ranks = percentile_ranks(sorted.size(), std::clamp(p, 0.0, 1.0));
  return sorted[ranks.below] + ranks.fraction * (sorted[ranks.above] - sorted[ranks.below]);
}

struct Shares {
  double low = 0;
  double high = 1;
};

// Where BCa's ends lie among the replicates, or why it is undefined.
struct BcaShares {
  Shares shares;
  const char* undefined = nullptr;
};

BcaShares bca_shares(std::span<const double> sorted, const Bootstrapped& figure,
                     double confidence) {
  if (!figure.acceleration) return {.shares = {}, .undefined = "no acceleration"};
  const auto below = std::lower_bound(sorted.begin(), sorted.end(), figure.value - figure.rounding);
  const auto upto = std::upper_bound(sorted.begin(), sorted.end(), figure.value + figure.rounding);
  const auto n = static_cast<double>(sorted.size());
  const double share =
      (static_cast<double>(below - sorted.begin()) + static_cast<double>(upto - sorted.begin())) /
      (2 * n);
  if (share <= 0 || share >= 1) return {.shares = {}, .undefined = "every resample on one side"};
  const double bias = normal_quantile(share);
  const double z = normal_quantile((1 + confidence) / 2);
  const auto end = [&](double shifted) {
    const double stretch = 1 - *figure.acceleration * shifted;
    return stretch > 0 ? normal_cdf(bias + shifted / stretch)
                       : std::numeric_limits<double>::quiet_NaN();
  };
  const Shares shares{.low = end(bias - z), .high = end(bias + z)};
  if (!std::isfinite(shares.low) || !std::isfinite(shares.high))
    return {.shares = {}, .undefined = "acceleration beyond its range"};
  return {.shares = shares};
}

std::vector<double> sorted_finite(std::span<const double> values) {
  std::vector<double> out;
  out.reserve(values.size());
  std::copy_if(values.begin(), values.end(), std::back_inserter(out),
               [](double v) { return std::isfinite(v); });
  std::sort(out.begin(), out.end());
  return out;
}

Estimate interval(const Bootstrapped& figure, double confidence, bool corrected) {
  Estimate out;
  const std::vector<double> sorted = sorted_finite(figure.replicates);
  if (sorted.size() < kResamplesMin || sorted.size() * 2 < figure.replicates.size()) {
    out.method = fmt::format("bootstrap: {} of {} resamples have a value, too few for an interval",
                             sorted.size(), figure.replicates.size());
    return out;
  }
  if (sorted.back() - sorted.front() <= figure.rounding) {
    out.ci_low = figure.value;
    out.ci_high = figure.value;
    out.method = fmt::format("bootstrap, {} resamples, no variation", sorted.size());
    return out;
  }
  Shares shares{.low = (1 - confidence) / 2, .high = (1 + confidence) / 2};
  std::string name = "percentile bootstrap";
  if (corrected) {
    const BcaShares bca = bca_shares(sorted, figure, confidence);
    name = bca.undefined == nullptr ? "BCa bootstrap"
                                    : fmt::format("percentile bootstrap ({})", bca.undefined);
    if (bca.undefined == nullptr) shares = bca.shares;
  }
  out.ci_low = at_share(sorted, shares.low);
  out.ci_high = at_share(sorted, shares.high);
  out.method = fmt::format("{}, {} resamples", name, sorted.size());
  return out;
}

}  // namespace

std::vector<double> bootstrap_sums(const RowTable& table, const BootstrapDraws& draws) {
  const size_t n = table.rows();
  ASSAY_CHECK(table.values.size() == n * table.columns, "{} values in {} columns",
              table.values.size(), table.columns);
  ASSAY_CHECK(n <= std::numeric_limits<uint32_t>::max(), "{} rows", n);
  const uint32_t resamples = std::min(draws.resamples, kResamplesMax);
  std::vector<double> out(resamples * table.columns, 0.0);
  if (n == 0) return out;
  const std::vector<Packed> parts = pack(table);
  const auto work = [&](uint32_t first, uint32_t end) {
    std::vector<uint32_t> rows(n);
    for (uint32_t r = first; r < end; ++r) {
      draw_rows(draws.seed, r, rows);
      const std::span<double> sums(out.data() + r * table.columns, table.columns);
      for (const Packed& part : parts) add_rows(part, rows, sums);
    }
  };
  const uint32_t threads = std::clamp<uint32_t>(draws.threads, 1, std::max(1U, resamples));
  const auto bound = [&](uint32_t t) {
    return static_cast<uint32_t>(uint64_t{resamples} * t / threads);
  };
  std::vector<std::jthread> others;
  for (uint32_t t = 1; t < threads; ++t) others.emplace_back(work, bound(t), bound(t + 1));
  work(0, bound(1));
  others.clear();  // joins
  return out;
}

std::optional<double> jackknife_acceleration(std::span<const double> left_out) {
  Sum total;
  for (const double v : left_out) {
    if (!std::isfinite(v)) return std::nullopt;
    total.add(v);
  }
  const double mean = total.value() / static_cast<double>(left_out.size());
  double largest = 0;  // scale, so that no power under- or overflows
  for (const double v : left_out) largest = std::max(largest, std::fabs(mean - v));
  if (largest <= 0) return std::nullopt;
  Sum squares;
  Sum cubes;
  for (const double v : left_out) {
    const double d = (mean - v) / largest;
    squares.add(d * d);
    cubes.add(d * d * d);
  }
  return cubes.value() / (6 * std::pow(squares.value(), 1.5));
}

Estimate bca_interval(const Bootstrapped& figure, double confidence) {
  return interval(figure, confidence, true);
}

Estimate percentile_interval(const Bootstrapped& figure, double confidence) {
  return interval(figure, confidence, false);
}

}  // namespace assay::stats
