// Cost per correct answer, and its ratio between two models on the same items: how often the
// interval contains the true value. Hard items cost more and are got right less often, so that
// cost and success depend on each other, and the two models share the items' difficulty.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "bench/characteristics/experiments.h"
#include "harness/base/rng.h"
#include "harness/stats/bootstrap.h"
#include "harness/stats/quotient.h"

namespace assay::bench {
namespace {

constexpr double kHardShare = 0.5;
constexpr double kHardShift = 0.5;  // of the logarithm of the cost
constexpr double kSigma = 0.8;      // of the logarithm of the cost
constexpr double kEasyRight = 0.9;
constexpr double kHardRight = 0.5;
constexpr double kPriceOfB = 3;
constexpr double kRightOfB = 0.08;  // more than the first, on every item
constexpr uint32_t kDearShare = 10;
constexpr uint32_t kResamples = 2'000;

enum Stream : uint8_t { kCosts = 31 };
enum Column : uint8_t { kCostA, kRightA, kCostB, kRightB, kColumns };

struct Drawn {
  std::vector<std::vector<double>> columns;
  std::vector<std::vector<double>> sums;
  [[nodiscard]] stats::QuotientColumns over(Column top, Column bottom) const {
    return {
        .top = columns[top], .bottom = columns[bottom], .tops = sums[top], .bottoms = sums[bottom]};
  }
};

Drawn draw(Rng& rng, size_t items, uint64_t seed) {
  Drawn out{.columns = std::vector<std::vector<double>>(kColumns),
            .sums = std::vector<std::vector<double>>(kColumns)};
  std::vector<double> table;
  for (size_t i = 0; i < items; ++i) {
    const bool hard = rng.uniform() < kHardShare;
    const double right = hard ? kHardRight : kEasyRight;
    const double mu = hard ? kHardShift : 0.0;
    out.columns[kCostA].push_back(rng.lognormal(mu, kSigma));
    out.columns[kRightA].push_back(rng.uniform() < right ? 1 : 0);
    out.columns[kCostB].push_back(kPriceOfB * rng.lognormal(mu, kSigma));
    out.columns[kRightB].push_back(rng.uniform() < right + kRightOfB ? 1 : 0);
    for (const auto& column : out.columns) table.push_back(column.back());
  }
  const std::vector<double> sums = stats::bootstrap_sums({.values = table, .columns = kColumns},
                                                         {.resamples = kResamples, .seed = seed});
  for (size_t i = 0; i < sums.size(); ++i) out.sums[i % kColumns].push_back(sums[i]);
  return out;
}

bool covers(const Estimate& e, double truth) {
  return e.ci_low && e.ci_high && *e.ci_low <= truth && truth <= *e.ci_high;
}

}  // namespace

void cost_characteristics(Table& table, const Effort& effort) {
  table.section(
      "Cost per correct answer",
      "Lognormal costs (sigma 0.8); half of the items are hard: 1.65 times as dear, right "
      "in 50 % instead of 90 %. A second model at three times the price is right 8 points "
      "more often on the same items. How often the 95 % interval contains the truth.");
  const double cost =
      std::exp(kSigma * kSigma / 2) * (kHardShare * std::exp(kHardShift) + (1 - kHardShare));
  const double right = kHardShare * kHardRight + (1 - kHardShare) * kEasyRight;
  const double truth = cost / right;
  const double ratio = kPriceOfB * right / (right + kRightOfB);
  const uint32_t runs = std::max(1U, effort.runs / kDearShare);
  for (const size_t items : {30U, 100U, 400U, 1000U}) {
    Share one{.runs = runs};
    Share two{.runs = runs};
    for (uint32_t run = 0; run < runs; ++run) {
      Rng rng(effort.seed, kCosts, run, items);
      const Drawn drawn = draw(rng, items, run);
      one.hits += covers(stats::quotient(drawn.over(kCostA, kRightA)).estimate, truth) ? 1 : 0;
      two.hits +=
          covers(stats::quotient_ratio(drawn.over(kCostB, kRightB), drawn.over(kCostA, kRightA))
                     .estimate,
                 ratio)
              ? 1
              : 0;
    }
    const char* const expected = items < 100 ? "95 %, less at small n" : "95 %";
    table.row(fmt::format("cost per correct answer, n = {}", items), one, expected);
    table.row(fmt::format("ratio of two models, n = {}", items), two, expected);
  }
}

}  // namespace assay::bench
