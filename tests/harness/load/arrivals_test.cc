#include "harness/load/arrivals.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/gamma.hpp>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace assay::load {
namespace {

using std::chrono_literals::operator""s;
using testing::HasSubstr;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

std::vector<double> seconds_of(const std::vector<Nanos>& due) {
  std::vector<double> out;
  for (const Nanos at : due) out.push_back(std::chrono::duration<double>(at).count());
  return out;
}

std::vector<double> gaps_of(const std::vector<double>& at_s) {
  std::vector<double> gaps;
  double before_s = 0;
  for (const double at : at_s) {
    gaps.push_back(at - before_s);
    before_s = at;
  }
  return gaps;
}

// Kolmogorov-Smirnov against an exact distribution function: the largest distance, and the chance
// of a larger one by the asymptotic series with Stephens' correction for finite n (Journal of the
// American Statistical Association 69, 1974).
double ks_p_value(std::vector<double> values, const std::function<double(double)>& cdf) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double distance = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double f = cdf(values[i]);
    distance =
        std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  const double lambda = distance * (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n));
  double p = 0;
  for (int j = 1; j <= 100; ++j)
    p += (j % 2 == 1 ? 2 : -2) * std::exp(-2.0 * j * j * lambda * lambda);
  return lambda < 0.2 ? 1 : std::clamp(p, 0.0, 1.0);
}

// Over fixed seeds: no p-value is out of the ordinary, and they are spread as p-values are.
void expect_distribution(const ArrivalPattern& pattern, const std::function<double(double)>& cdf) {
  constexpr int kSeeds = 40;
  int below_tenth = 0;
  int above_half = 0;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const auto due = arrivals(pattern, {.count = 5000}, static_cast<uint64_t>(seed));
    ASSERT_TRUE(due.has_value());
    const double p = ks_p_value(gaps_of(seconds_of(*due)), cdf);
    EXPECT_GT(p, 1e-4) << "seed " << seed;
    below_tenth += p < 0.1 ? 1 : 0;
    above_half += p > 0.5 ? 1 : 0;
  }
  EXPECT_LE(below_tenth, 11);  // binomial 40, 0.1: more in less than 1 of 1000
  EXPECT_GE(above_half, 9);
  EXPECT_LE(above_half, 31);
}

std::function<double(double)> gamma_cdf(double shape, double rate) {
  return [dist = boost::math::gamma_distribution<double>(shape, 1 / (rate * shape))](double x) {
    return boost::math::cdf(dist, std::max(x, 0.0));
  };
}

TEST(Arrivals, ConstantOnesAreExact) {
  const auto due = arrivals({.kind = LoadKind::kConstant, .rate = 3}, {.count = 7}, 1);
  ASSERT_TRUE(due.has_value());
  EXPECT_THAT(*due, testing::ElementsAre(Nanos(0), Nanos(333'333'333), Nanos(666'666'667), 1s,
                                         Nanos(1'333'333'333), Nanos(1'666'666'667), 2s));
  // Before the duration's end, not at it.
  const auto timed = arrivals({.kind = LoadKind::kConstant, .rate = 10}, {.duration = 2s}, 1);
  ASSERT_TRUE(timed.has_value());
  EXPECT_EQ(timed->size(), 20U);
  EXPECT_EQ(timed->back(), Nanos(1'900'000'000));
}

TEST(Arrivals, PoissonGapsAreExponential) {
  for (const double rate : {0.5, 10.0, 20'000.0}) {
    SCOPED_TRACE(rate);
    expect_distribution({.kind = LoadKind::kPoisson, .rate = rate},
                        [rate](double x) { return 1 - std::exp(-rate * x); });
  }
}

TEST(Arrivals, GammaGapsAreGamma) {
  for (const double shape : {0.25, 0.5, 0.99, 1.0, 1.5, 4.0, 30.0}) {
    SCOPED_TRACE(shape);
    // So slow that few gaps are below the nanosecond to which times are rounded.
    expect_distribution({.kind = LoadKind::kGamma, .rate = 0.01, .burstiness = shape},
                        gamma_cdf(shape, 0.01));
  }
}

TEST(Arrivals, GammaDrawsAreGammaForSmallShapesToo) {
  for (const double shape : {0.02, 0.1, 0.25, 1.0 / 3.0, 1.0, 1000.0}) {
    const boost::math::gamma_distribution<double> exact(shape, 1);
    for (uint64_t seed = 0; seed < 20; ++seed) {
      Rng rng(seed);
      std::vector<double> draws(5000);
      for (double& draw : draws) draw = gamma_draw(rng, shape);
      EXPECT_GT(ks_p_value(draws, [&](double x) { return boost::math::cdf(exact, x); }), 1e-4)
          << shape << ", seed " << seed;
    }
  }
}

// The test above can fail: neighbouring distributions are told apart.
TEST(Arrivals, TheKolmogorovSmirnovTestTellsShapesApart) {
  const auto due =
      arrivals({.kind = LoadKind::kGamma, .rate = 10, .burstiness = 0.8}, {.count = 5000}, 3);
  ASSERT_TRUE(due.has_value());
  const std::vector<double> gaps = gaps_of(seconds_of(*due));
  EXPECT_GT(ks_p_value(gaps, gamma_cdf(0.8, 10)), 1e-3);
  EXPECT_LT(ks_p_value(gaps, gamma_cdf(1.0, 10)), 1e-6);
  EXPECT_LT(ks_p_value(gaps, gamma_cdf(0.8, 11)), 1e-3);
}

// Gaps follow each other independently: neighbours do not correlate.
TEST(Arrivals, GapsAreIndependent) {
  for (const double shape : {0.5, 1.0, 4.0}) {
    const auto due =
        arrivals({.kind = LoadKind::kGamma, .rate = 1, .burstiness = shape}, {.count = 50'000}, 11);
    ASSERT_TRUE(due.has_value());
    const std::vector<double> gaps = gaps_of(seconds_of(*due));
    double product = 0;
    double square = 0;
    for (size_t i = 0; i + 1 < gaps.size(); ++i) {
      product += (gaps[i] - 1) * (gaps[i + 1] - 1);
      square += (gaps[i] - 1) * (gaps[i] - 1);
    }
    EXPECT_LT(std::abs(product / square), 0.02) << shape;  // standard error 0.0045
  }
}

TEST(Arrivals, RatesAreMetInTheMean) {
  for (const LoadKind kind : {LoadKind::kConstant, LoadKind::kPoisson, LoadKind::kGamma}) {
    const auto due =
        arrivals({.kind = kind, .rate = 40, .burstiness = 0.5}, {.duration = 1000s}, 5);
    ASSERT_TRUE(due.has_value());
    // Standard deviation of the count: sqrt(40,000 / 0.5) = 283 for the burstiest.
    EXPECT_NEAR(static_cast<double>(due->size()), 40'000, 1000) << static_cast<int>(kind);
    EXPECT_LT(due->back(), 1000s);
    EXPECT_GE(due->front(), Nanos(0));
    EXPECT_TRUE(std::is_sorted(due->begin(), due->end()));
  }
}

// Drawn, never scaled: over seeds the count scatters as a Poisson count does.
TEST(Arrivals, CountsScatter) {
  double sum = 0;
  double squares = 0;
  constexpr int kRuns = 400;
  for (uint64_t seed = 0; seed < kRuns; ++seed) {
    const auto due = arrivals({.rate = 10}, {.duration = 10s}, seed);
    ASSERT_TRUE(due.has_value());
    const double off = static_cast<double>(due->size()) - 100;
    sum += off;
    squares += off * off;
  }
  EXPECT_NEAR(sum / kRuns, 0, 2);         // standard error 0.5
  EXPECT_NEAR(squares / kRuns, 100, 30);  // standard error 7
}

// The cumulative rate at the arrivals of an inhomogeneous Poisson process is a Poisson process.
TEST(Arrivals, ARampIsPoissonInItsCumulativeRate) {
  struct Case {
    double from, to;
  };
  for (const Case& c : {Case{1, 50}, Case{50, 1}, Case{10, 10}, Case{10, 10.0001}}) {
    SCOPED_TRACE(fmt::format("{} to {}", c.from, c.to));
    const double length_s = 10'000 / (c.from + c.to);  // 5000 are expected
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const auto due = arrivals({.kind = LoadKind::kRamp, .rate = c.from, .rate_end = c.to},
                                {.duration = Nanos(std::llround(length_s * 1e9))}, seed);
      ASSERT_TRUE(due.has_value());
      EXPECT_NEAR(static_cast<double>(due->size()), 5000, 300);
      std::vector<double> cumulative;
      for (const double t : seconds_of(*due))
        cumulative.push_back(c.from * t + (c.to - c.from) * t * t / (2 * length_s));
      EXPECT_GT(ks_p_value(gaps_of(cumulative), [](double x) { return 1 - std::exp(-x); }), 1e-4);
    }
  }
}

TEST(Arrivals, ARampOfACountTakesAsLongAsTheCountNeeds) {
  const auto due =
      arrivals({.kind = LoadKind::kRamp, .rate = 10, .rate_end = 30}, {.count = 20'000}, 9);
  ASSERT_TRUE(due.has_value());
  EXPECT_EQ(due->size(), 20'000U);
  // T = 2 * 20,000 / 40 = 1000 s; the last one comes about then.
  EXPECT_NEAR(std::chrono::duration<double>(due->back()).count(), 1000, 20);
  // In the first tenth the mean rate is 11, in the last 29.
  const auto before = [&](Nanos t) {
    return std::lower_bound(due->begin(), due->end(), t) - due->begin();
  };
  EXPECT_NEAR(static_cast<double>(before(100s)), 1100, 150);
  EXPECT_NEAR(static_cast<double>(before(990s) - before(890s)), 2880, 250);
}

TEST(Arrivals, ABurstIsAtOnce) {
  const auto due = arrivals({.kind = LoadKind::kBurst, .rate = 0}, {.count = 1000}, 1);
  ASSERT_TRUE(due.has_value());
  EXPECT_EQ(due->size(), 1000U);
  EXPECT_EQ(due->front(), Nanos(0));
  EXPECT_EQ(due->back(), Nanos(0));
}

TEST(Arrivals, TheSeedDecides) {
  for (const LoadKind kind : {LoadKind::kPoisson, LoadKind::kGamma, LoadKind::kRamp}) {
    const ArrivalPattern pattern{.kind = kind, .rate = 5, .burstiness = 0.5, .rate_end = 9};
    const auto a = arrivals(pattern, {.count = 100}, 7);
    const auto b = arrivals(pattern, {.count = 100}, 7);
    const auto c = arrivals(pattern, {.count = 100}, 8);
    ASSERT_TRUE(a.has_value() && b.has_value() && c.has_value());
    EXPECT_EQ(*a, *b);
    EXPECT_NE(*a, *c);
  }
  // A shorter load of the same seed is the beginning of a longer one.
  const auto few = arrivals({.rate = 5}, {.count = 10}, 7);
  const auto many = arrivals({.rate = 5}, {.count = 100}, 7);
  ASSERT_TRUE(few.has_value() && many.has_value());
  EXPECT_TRUE(std::equal(few->begin(), few->end(), many->begin()));
}

TEST(Arrivals, TheEarlierOfCountAndDurationEndsIt) {
  const auto by_count = arrivals({.rate = 10}, {.count = 20, .duration = 1000s}, 1);
  const auto by_time = arrivals({.rate = 10}, {.count = 20'000, .duration = 10s}, 1);
  ASSERT_TRUE(by_count.has_value() && by_time.has_value());
  EXPECT_EQ(by_count->size(), 20U);
  EXPECT_LT(by_time->size(), 200U);
  EXPECT_LT(by_time->back(), 10s);
}

TEST(Arrivals, AShortDurationMayHoldNone) {
  const auto due = arrivals({.rate = 0.001}, {.duration = 1s}, 1);
  ASSERT_TRUE(due.has_value());
  EXPECT_TRUE(due->empty());
}

TEST(Arrivals, ExtremeShapesEnd) {
  for (const double shape : {1e-300, 1e-6, 1e-3, 1e6, 1e300}) {
    const auto due =
        arrivals({.kind = LoadKind::kGamma, .rate = 100, .burstiness = shape}, {.count = 1000}, 3);
    // One gap may be longer than a year when nearly all are none; otherwise it is a load.
    if (!due) {
      EXPECT_THAT(due.error().text(), HasSubstr("would be due after"));
      continue;
    }
    EXPECT_EQ(due->size(), 1000U);
    EXPECT_TRUE(std::is_sorted(due->begin(), due->end()));
  }
}

std::string error_of(const ArrivalPattern& pattern, const ArrivalExtent& extent) {
  const auto due = arrivals(pattern, extent, 1);
  return due ? "none" : due.error().text();
}

TEST(Arrivals, BadRates) {
  for (const LoadKind kind :
       {LoadKind::kConstant, LoadKind::kPoisson, LoadKind::kGamma, LoadKind::kRamp}) {
    for (const double rate : {0.0, -1.0, kInfinite, -kInfinite, std::nan("")}) {
      EXPECT_THAT(error_of({.kind = kind, .rate = rate, .rate_end = 1}, {.count = 1}),
                  HasSubstr(fmt::format("rate is {}, expected", rate)));
    }
  }
  EXPECT_EQ(error_of({.rate = 0}, {.count = 1}),
            "load: rate is 0, expected requests per second, a positive finite number");
  EXPECT_EQ(error_of({.kind = LoadKind::kRamp, .rate = 1, .rate_end = 0}, {.count = 1}),
            "load: the ramp's last rate is 0, expected requests per second, a positive finite "
            "number");
  for (const double shape : {0.0, -2.0, kInfinite, std::nan("")}) {
    EXPECT_THAT(error_of({.kind = LoadKind::kGamma, .burstiness = shape}, {.count = 1}),
                HasSubstr("burstiness is"));
  }
}

TEST(Arrivals, AbsurdExtents) {
  const std::string limit = "expected at most 20000000";
  EXPECT_THAT(error_of({.rate = 10}, {.count = kArrivalsMax + 1}), HasSubstr(limit));
  EXPECT_THAT(error_of({.kind = LoadKind::kBurst}, {.count = ~uint64_t{0}}), HasSubstr(limit));
  EXPECT_THAT(error_of({.rate = 1e9}, {.duration = 1s}), HasSubstr(limit));
  EXPECT_THAT(error_of({.rate = 1e308}, {.duration = 3600s}), HasSubstr(limit));
  EXPECT_THAT(
      error_of({.kind = LoadKind::kRamp, .rate = 1e308, .rate_end = 1e308}, {.duration = 3600s}),
      HasSubstr(limit));
  EXPECT_THAT(error_of({.rate = 1e-300}, {.count = 10}), HasSubstr("would be due after"));
  EXPECT_THAT(error_of({.kind = LoadKind::kConstant, .rate = 1e-300}, {.count = 10}),
              HasSubstr("request 2 would be due after 1e+300 s, expected at most 366 days"));
  EXPECT_THAT(error_of({.kind = LoadKind::kBurst}, {.duration = 1s}),
              HasSubstr("a burst has no number of requests"));
  EXPECT_THAT(error_of({}, {}), HasSubstr("neither a number of requests nor a duration"));
  EXPECT_THAT(error_of({}, {.duration = -1s}), HasSubstr("duration is -1"));
}

TEST(Arrivals, KindsWithoutArrivals) {
  EXPECT_THAT(error_of({.kind = LoadKind::kClosed}, {.count = 1}), HasSubstr("has no arrivals"));
  EXPECT_THAT(error_of({.kind = LoadKind::kTrace}, {.count = 1}), HasSubstr("has no arrivals"));
}

}  // namespace
}  // namespace assay::load
