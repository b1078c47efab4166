#include "harness/stats/sequential.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <span>

#include "harness/base/check.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

constexpr size_t kNodes = 30;
// Beyond so many factors a product could leave the range of a double: each is between 1e-3 and 4e6.
constexpr size_t kFactorsAtOnce = 16;
// Bounds are looked for between these; closer to the ends no difference matters.
constexpr double kBoundMax = 1 - 1e-6;
constexpr int kHalvings = 40;
constexpr double kLogEMax = 690;  // 1e300 without its last digits

struct Bets {
  std::array<double, kNodes> share{};
  std::array<double, kNodes> weight{};
};

// Gauss-Legendre on (0, 1), from the half of the rule on (-1, 1) that the library gives.
Bets make_bets() {
  using Rule = boost::math::quadrature::gauss<double, kNodes>;
  const auto& x = Rule::abscissa();
  const auto& w = Rule::weights();
  Bets out;
  for (size_t i = 0; i < kNodes / 2; ++i) {
    out.share[i] = (1 - x[i]) / 2;
    out.share[kNodes - 1 - i] = (1 + x[i]) / 2;
    out.weight[i] = w[i] / 2;
    out.weight[kNodes - 1 - i] = out.weight[i];
  }
  return out;
}

const Bets& bets() {
  static const Bets kBets = make_bets();
  return kBets;
}

// Σ w_k capital_k.
double mixture(std::span<const double> capital) {
  double sum = 0;
  for (size_t k = 0; k < kNodes; ++k) sum += bets().weight[k] * capital[k];
  return sum;
}

// Takes the largest capital out into the scale. What then is too small for a double is 0: a bettor
// who threw that away has less than without, so that E stays a lawful one.
void rescale(std::span<double> capital, double& log_scale) {
  const double most = *std::max_element(capital.begin(), capital.end());
  for (double& c : capital) c /= most;
  log_scale += std::log(most);
}

double sign_of(Evidence evidence) { return evidence == Evidence::kAbove ? 1 : -1; }

double statistic(const SequentialUnit& unit, double sign, double bound, uint32_t items_max) {
  const double x = (sign * unit.sum - bound * unit.items) / ((1 + bound) * items_max);
  return std::max(-1.0, x);  // rounding
}

bool is_unit(const SequentialUnit& unit, uint32_t items_max) {
  // The sum of n differences may be beyond n by rounding.
  return unit.items >= 1 && unit.items <= items_max && std::isfinite(unit.sum) &&
         std::fabs(unit.sum) <= unit.items * (1 + 1e-12);
}

// ln E of all units against another bound.
double log_e_at(std::span<const SequentialUnit> units, Evidence evidence, double bound,
                uint32_t items_max) {
  const double sign = sign_of(evidence);
  const Bets& b = bets();
  std::array<double, kNodes> capital{};
  capital.fill(1);
  double log_scale = 0;
  for (size_t first = 0; first < units.size(); first += kFactorsAtOnce) {
    for (const SequentialUnit& unit :
         units.subspan(first, std::min(kFactorsAtOnce, units.size() - first))) {
      const double x = statistic(unit, sign, sign * bound, items_max);
      for (size_t k = 0; k < kNodes; ++k) capital[k] *= 1 + b.share[k] * x;
    }
    rescale(capital, log_scale);
  }
  return std::log(mixture(capital)) + log_scale;
}

// The largest bound that is rejected from below (kAbove), or the smallest from above: E is
// monotone in the bound, 1 or less at the mean's own side.
double confidence_bound(std::span<const SequentialUnit> units, Evidence evidence, double log_limit,
                        uint32_t items_max) {
  const double sign = sign_of(evidence);
  double rejected = -kBoundMax;
  double kept = kBoundMax;
  if (log_e_at(units, evidence, sign * rejected, items_max) < log_limit) return -sign;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (rejected + kept) / 2;
    const bool reject = log_e_at(units, evidence, sign * middle, items_max) >= log_limit;
    (reject ? rejected : kept) = middle;
  }
  return sign * rejected;
}

double capped_exp(double log_e) { return std::exp(std::min(log_e, kLogEMax)); }

}  // namespace

BettingProcess::BettingProcess(Evidence evidence, double bound, uint32_t items_max)
    : sign_(sign_of(evidence)),
      bound_(sign_ * bound),
      items_max_(items_max),
      capital_(kNodes, 1.0) {
  ASSAY_CHECK(bound > -1 && bound < 1, "bound {}", bound);
  ASSAY_CHECK(items_max >= 1, "items_max {}", items_max);
}

void BettingProcess::add(const SequentialUnit& unit) {
  if (!is_unit(unit, items_max_)) return;
  const double x = statistic(unit, sign_, bound_, items_max_);
  for (size_t k = 0; k < kNodes; ++k) capital_[k] *= 1 + bets().share[k] * x;
  rescale(capital_, log_scale_);
}

double BettingProcess::log_e() const { return std::log(mixture(capital_)) + log_scale_; }

SequentialTest::SequentialTest(const SequentialOptions& options)
    : options_(options),
      regressed_(Evidence::kBelow, 0, options.items_max),
      non_inferior_(Evidence::kAbove, -options.margin, options.items_max) {
  ASSAY_CHECK(options.margin > 0 && options.margin < 1, "margin {}", options.margin);
  ASSAY_CHECK(options.alpha > 0 && options.alpha < 0.5, "alpha {}", options.alpha);
}

SequentialVerdict SequentialTest::add(const SequentialUnit& unit) {
  if (verdict_ != SequentialVerdict::kOpen || !is_unit(unit, options_.items_max)) return verdict_;
  units_.push_back(unit);
  regressed_.add(unit);
  non_inferior_.add(unit);
  const double log_limit = -std::log(options_.alpha);
  if (regressed_.log_e() >= log_limit) {
    verdict_ = SequentialVerdict::kRegressed;
  } else if (non_inferior_.log_e() >= log_limit) {
    verdict_ = SequentialVerdict::kNonInferior;
  }
  return verdict_;
}

double SequentialTest::e_regressed() const { return capped_exp(regressed_.log_e()); }
double SequentialTest::e_non_inferior() const { return capped_exp(non_inferior_.log_e()); }

Estimate SequentialTest::interval() const {
  Estimate out;
  out.method = fmt::format("anytime-valid (betting), {:g} %", 100 * (1 - 2 * options_.alpha));
  Sum sum;
  for (const SequentialUnit& unit : units_) {
    sum.add(unit.sum);
    out.n += unit.items;
  }
  if (out.n == 0) return out;
  out.value = sum.value() / static_cast<double>(out.n);
  const double log_limit = -std::log(options_.alpha);
  out.ci_low = confidence_bound(units_, Evidence::kAbove, log_limit, options_.items_max);
  out.ci_high = confidence_bound(units_, Evidence::kBelow, log_limit, options_.items_max);
  return out;
}

}  // namespace assay::stats
