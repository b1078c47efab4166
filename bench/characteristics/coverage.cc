// Coverage: data sets are drawn from a distribution whose truth is known; how many intervals
// contain it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "bench/characteristics/experiments.h"
#include "harness/base/rng.h"
#include "harness/stats/mean.h"
#include "harness/stats/paired.h"
#include "harness/stats/percentile.h"
#include "harness/stats/proportion.h"
#include "harness/stats/ratio.h"
#include "harness/stats/resampling.h"
#include "harness/types/estimate.h"

namespace assay::bench {
namespace {

constexpr std::array<size_t, 3> kSizes{30, 100, 300};
constexpr const char* kNominal = "95 %";
constexpr uint32_t kDearShare = 5;  // of the runs for experiments that resample
constexpr uint32_t kResamples = 1000;

// The numbers that keep streams apart.
enum Stream : uint8_t { kRate = 1, kGraded, kClusters, kLines, kPairs, kPairedScores, kTimes };

bool contains(const Estimate& e, double truth) {
  return e.ci_low && e.ci_high && *e.ci_low <= truth && truth <= *e.ci_high;
}

// Right answers: Binomial(n, p). Each count's interval is made once.
void rates(Table& table, const Effort& effort) {
  const auto cover = [&](const char* name, auto method, double p, size_t n) {
    std::vector<bool> holds;
    for (size_t k = 0; k <= n; ++k) holds.push_back(contains(method(k, n, 0.95), p));
    Share share{.runs = effort.runs};
    for (uint32_t run = 0; run < effort.runs; ++run) {
      Rng rng(effort.seed, kRate, run, n);
      size_t right = 0;
      for (size_t i = 0; i < n; ++i) right += rng.uniform() < p ? 1 : 0;
      share.hits += holds[right] ? 1 : 0;
    }
    table.row(fmt::format("{}, p = {}, n = {}", name, p, n), share, kNominal);
  };
  for (const double p : {0.5, 0.8, 0.95}) {
    for (const size_t n : kSizes) cover("wilson", stats::wilson, p, n);
    for (const size_t n : kSizes) cover("beta(1,1)", stats::beta_uniform, p, n);
  }
}

// A graded score: often 0 or 1, else anything between.
constexpr double kGradedMean = 0.6;
double graded_score(Rng& rng) {
  const double kind = rng.uniform();
  const double between = rng.uniform();
  if (kind < 0.2) return 0;
  return kind < 0.6 ? 1 : between;
}

void graded_means(Table& table, const Effort& effort) {
  for (const size_t n : kSizes) {
    Share share{.runs = effort.runs};
    std::vector<double> scores(n);
    for (uint32_t run = 0; run < effort.runs; ++run) {
      Rng rng(effort.seed, kGraded, run, n);
      for (double& score : scores) score = graded_score(rng);
      share.hits += contains(stats::mean_t(scores), kGradedMean) ? 1 : 0;
    }
    table.row(fmt::format("mean, t, graded scores, n = {}", n), share, kNominal);
  }
}

// Pages of six lines; lines of one page are right with the page's own chance, uniform in 0.3..1.
void clustered_means(Table& table, const Effort& effort) {
  constexpr size_t kEach = 6;
  constexpr double kTruth = 0.65;
  for (const size_t pages : {5U, 10U, 30U, 100U}) {
    Share clustered{.runs = effort.runs};
    Share plain{.runs = effort.runs};
    std::vector<double> scores(pages * kEach);
    std::vector<uint32_t> page_of(scores.size());
    for (uint32_t run = 0; run < effort.runs; ++run) {
      Rng rng(effort.seed, kClusters, run, pages);
      double chance = 0;
      for (size_t i = 0; i < scores.size(); ++i) {
        if (i % kEach == 0) chance = 0.3 + 0.7 * rng.uniform();
        scores[i] = rng.uniform() < chance ? 1 : 0;
        page_of[i] = static_cast<uint32_t>(i / kEach);
      }
      clustered.hits += contains(stats::mean_clustered(scores, page_of), kTruth) ? 1 : 0;
      plain.hits += contains(stats::mean_t(scores), kTruth) ? 1 : 0;
    }
    table.row(fmt::format("clustered mean, t, {} pages of 6", pages), clustered, kNominal);
    table.row(fmt::format("the same lines taken for independent, {} pages", pages), plain,
              "too low: why clusters count");
  }
}

// Error rate of text lines: length 5..60, a third of the lines with errors on up to 36 % of it.
void ratios(Table& table, const Effort& effort) {
  constexpr double kTruth = 0.06;
  for (const size_t n : kSizes) {
    Share share{.runs = effort.runs};
    std::vector<double> edits(n);
    std::vector<double> lengths(n);
    for (uint32_t run = 0; run < effort.runs; ++run) {
      Rng rng(effort.seed, kLines, run, n);
      for (size_t i = 0; i < n; ++i) {
        lengths[i] = 5 + static_cast<double>(rng.below(56));
        const bool bad = 3 * rng.uniform() < 1;
        const double rate = 0.36 * rng.uniform();
        edits[i] = bad ? rate * lengths[i] : 0;
      }
      share.hits += contains(stats::ratio(edits, lengths, {}), kTruth) ? 1 : 0;
    }
    table.row(fmt::format("ratio, t, error rate of lines, n = {}", n), share,
              "95 %, less while few lines hold the errors");
  }
}

// 10 % of the items are right in a alone, 6 % in b alone, half in both.
void paired_rates(Table& table, const Effort& effort) {
  constexpr double kTruth = 0.04;
  for (const size_t n : kSizes) {
    Share share{.runs = effort.runs};
    for (uint32_t run = 0; run < effort.runs; ++run) {
      Rng rng(effort.seed, kPairs, run, n);
      stats::PairedCounts counts;
      for (size_t i = 0; i < n; ++i) {
        const double kind = rng.uniform();
        if (kind < 0.1) {
          ++counts.only_a;
        } else if (kind < 0.16) {
          ++counts.only_b;
        } else if (kind < 0.66) {
          ++counts.both;
        } else {
          ++counts.neither;
        }
      }
      share.hits += contains(stats::newcombe_paired(counts), kTruth) ? 1 : 0;
    }
    table.row(fmt::format("newcombe paired, 16 % discordant, n = {}", n), share, kNominal);
  }
}

// Both models see the same item; each is a mix of it and of its own luck. The truth is 0: they are
// alike.
void paired_scores(Table& table, const Effort& effort) {
  const uint32_t runs = std::max(1U, effort.runs / kDearShare);
  const stats::ResampleOptions options{.resamples = kResamples, .flips = 1};
  for (const size_t n : kSizes) {
    Share bca{.runs = runs};
    Share student{.runs = runs};
    std::vector<double> a(n);
    std::vector<double> b(n);
    for (uint32_t run = 0; run < runs; ++run) {
      Rng rng(effort.seed, kPairedScores, run, n);
      for (size_t i = 0; i < n; ++i) {
        const double item = graded_score(rng);
        const double of_a = graded_score(rng);
        const double of_b = graded_score(rng);
        a[i] = rng.uniform() < 0.7 ? item : of_a;
        b[i] = rng.uniform() < 0.7 ? item : of_b;
      }
      const stats::GradedPairs pairs{.numerators_a = a, .numerators_b = b};
      bca.hits += contains(stats::graded_difference(pairs, options).difference, 0) ? 1 : 0;
      student.hits += contains(stats::paired_difference(a, b, {}).difference, 0) ? 1 : 0;
    }
    table.row(fmt::format("BCa bootstrap of a graded difference, n = {}", n), bca,
              "95 %, a little less for few items");
    table.row(fmt::format("paired t of a graded difference, n = {}", n), student, kNominal);
  }
}

// Latencies: lognormal with sigma 0.6, so that the p-th percentile is exp(0.6 z).
void percentiles(Table& table, const Effort& effort) {
  constexpr double kSigma = 0.6;
  for (const double p : {0.5, 0.95}) {
    const double truth = std::exp(kSigma * stats::normal_quantile(p));
    for (const size_t n : kSizes) {
      if (n < *stats::percentile_n_min(p)) continue;
      Share share{.runs = effort.runs};
      std::vector<double> times(n);
      for (uint32_t run = 0; run < effort.runs; ++run) {
        Rng rng(effort.seed, kTimes, run, n);
        for (double& time : times) time = rng.lognormal(0, kSigma);
        std::sort(times.begin(), times.end());
        share.hits += contains(stats::percentile(times, p), truth) ? 1 : 0;
      }
      table.row(fmt::format("order statistics, p{:g} of latencies, n = {}", 100 * p, n), share,
                ">= 95 %");
    }
  }
}

}  // namespace

void coverage_characteristics(Table& table, const Effort& effort) {
  table.section("Interval coverage",
                "How often a 95 % interval contains the true value. Simulated data sets per row: "
                "all of the runs; for BCa a fifth.");
  rates(table, effort);
  graded_means(table, effort);
  clustered_means(table, effort);
  ratios(table, effort);
  paired_rates(table, effort);
  paired_scores(table, effort);
  percentiles(table, effort);
}

}  // namespace assay::bench
