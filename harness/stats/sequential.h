// Sequential tests of a mean difference: looked at after every item, stopped whenever one likes,
// and still right. An e-process is the capital of a bettor against a hypothesis; under the
// hypothesis it is expected not to grow, so by Ville's inequality it ever reaches 1 / alpha with
// probability alpha at most, however often one looks.
//
// Where it stands: harness/stats, called by harness/aggregate/stop_rules. Pure; one thread.
//
//   SequentialTest test({.margin = 0.02, .alpha = 0.05});
//   for (const double d : differences) if (test.add({d, 1}) != SequentialVerdict::kOpen) break;
//
// Data: differences d in [-1, 1], positive where the new run is better, in units of one item or of
// one cluster (S the sum of its n items' differences, n <= items_max). With the bound m, the
// statistic of one unit and the capital are
//   x = (S - m n) / ((1 + m) items_max) >= -1,      E = Σ_k w_k Π_units (1 + u_k x),
// u_k and w_k the nodes and weights of the 30-point Gauss-Legendre rule on (0, 1): the bet is a
// fixed share u of the most one may bet, mixed uniformly over shares. E tests H: mean <= m (per
// item); H: mean >= m is the same with signs turned. E falls in m, so the bounds that it does not
// reject are an interval, found by bisection: an interval for the mean that is valid at every time
// at once (a confidence sequence).
//
// For d in {-1, 0, 1}, units of one item and m = 0 the product is that of the discordant pairs, and
// E is the Beta(1, 1) mixture (on the better half) of Bernoulli likelihood ratios against 1/2: with
// w worse of n discordant, 2^(n+1) B(w+1, n-w+1) (1 - I_{1/2}(w+1, n-w+1)); exactly for n <= 59,
// within 1e-5 of it at 200.
//
// Hypotheses: "not worse" (mean >= 0) rejected at alpha: regressed. "Worse by the margin" (mean <=
// -margin) rejected at alpha: non-inferior. They exclude each other, so for every true mean the
// chance of a wrong verdict is alpha at most. With a mean between -margin and 0 either verdict is
// right, and the first one stands.
//
// Source: Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS
// B 86 (2024) 1 (capital process, 4.1; here with a mixture over constant bets instead of a
// plug-in); Ville, Étude critique de la notion de collectif (1939); Robbins, Ann. Math. Stat. 41
// (1970) 1397 (mixtures).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/types/estimate.h"

namespace assay::stats {

// The sum of `items` differences that belong together.
struct SequentialUnit {
  double sum = 0;
  uint32_t items = 1;
};

enum class Evidence : uint8_t {
  kAbove,  // that the mean is above the bound: against mean <= bound
  kBelow,  // that it is below: against mean >= bound
};

// One capital process. bound in (-1, 1); items_max >= 1, known before the first unit.
class BettingProcess {
 public:
  BettingProcess(Evidence evidence, double bound, uint32_t items_max = 1);
  // A unit that is none (no items, more than items_max, a sum outside of [-items, items], not
  // finite) is left out.
  void add(const SequentialUnit& unit);
  // ln E; 0 before the first unit.
  [[nodiscard]] double log_e() const;

 private:
  double sign_;
  double bound_;  // turned by the sign
  uint32_t items_max_;
  std::vector<double> capital_;  // by node, over exp(log_scale_)
  double log_scale_ = 0;
};

struct SequentialOptions {
  double margin = 0.02;    // in (0, 1)
  double alpha = 0.05;     // of each verdict, in (0, 0.5)
  uint32_t items_max = 1;  // of one unit
};

enum class SequentialVerdict : uint8_t { kOpen, kNonInferior, kRegressed };

class SequentialTest {
 public:
  explicit SequentialTest(const SequentialOptions& options);
  // The verdict after this unit. Once there is one it stands, and later units are left out.
  SequentialVerdict add(const SequentialUnit& unit);
  [[nodiscard]] SequentialVerdict verdict() const { return verdict_; }
  // e-values now; at most 1e300.
  [[nodiscard]] double e_regressed() const;
  [[nodiscard]] double e_non_inferior() const;
  // Mean of the items read, between bounds that each hold at all times with probability 1 - alpha:
  // the interval of confidence 1 - 2 alpha whose upper end is below 0 when regressed, and whose
  // lower end is above -margin when non-inferior. No items: no value.
  [[nodiscard]] Estimate interval() const;

 private:
  SequentialOptions options_;
  BettingProcess regressed_;
  BettingProcess non_inferior_;
  SequentialVerdict verdict_ = SequentialVerdict::kOpen;
  std::vector<SequentialUnit> units_;
};

}  // namespace assay::stats
