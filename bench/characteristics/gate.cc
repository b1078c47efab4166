// The gate's rule on binary answers: a check fails when Holm's adjusted p of the exact McNemar test
// is below 5 % and the new run lost more than it won.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "bench/characteristics/experiments.h"
#include "harness/base/rng.h"
#include "harness/stats/detectable.h"
#include "harness/stats/distributions.h"
#include "harness/stats/multiple.h"
#include "harness/stats/paired.h"

namespace assay::bench {
namespace {

constexpr double kAlpha = 0.05;
constexpr double kAccuracy = 0.7;  // of what the item decides, before luck
constexpr double kFlips = 0.1;     // of the answers differ between two runs of one model
constexpr double kNaive = 0.02;    // the threshold on raw rates
constexpr double kMargin = 0.05;
constexpr size_t kMetrics = 8;
constexpr const char* kAlarm = "<= 5 %";

enum Stream : uint8_t { kSingle = 11, kFamily, kVerdicts };

// Each run turns an item's answer with this chance: 2 q (1 - q) = kFlips.
double turn_chance() { return (1 - std::sqrt(1 - 2 * kFlips)) / 2; }

// Old against new model on n items. `lost`: share of the new model's right answers that a
// regression makes wrong.
stats::PairedCounts compare(Rng& rng, size_t n, double lost) {
  const double turn = turn_chance();
  stats::PairedCounts counts;
  for (size_t i = 0; i < n; ++i) {
    const bool item = rng.uniform() < kAccuracy;
    const bool old_right = item != (rng.uniform() < turn);
    const bool kept = rng.uniform() >= lost;
    const bool new_right = (item != (rng.uniform() < turn)) && kept;
    ++(old_right ? (new_right ? counts.both : counts.only_a)
                 : (new_right ? counts.only_b : counts.neither));
  }
  return counts;
}

bool regressed(const stats::PairedCounts& counts, double p) {
  return p < kAlpha && counts.only_a > counts.only_b;
}

// The usual test of two rates that takes the runs for different items: pooled z, two-sided.
bool unpaired_alarm(const stats::PairedCounts& k, size_t n) {
  const auto items = static_cast<double>(n);
  const double a = static_cast<double>(k.both + k.only_a) / items;
  const double b = static_cast<double>(k.both + k.only_b) / items;
  const double pooled = (a + b) / 2;
  const double error = std::sqrt(2 * pooled * (1 - pooled) / items);
  return error > 0 && a > b && stats::normal_two_sided((a - b) / error) < kAlpha;
}

// More than two points lower, whatever the chance.
bool naive_alarm(const stats::PairedCounts& k, size_t n) {
  return static_cast<double>(k.only_a) - static_cast<double>(k.only_b) >
         kNaive * static_cast<double>(n) + 1e-9;
}

struct Alarms {
  Share paired;
  Share unpaired;
  Share naive;
  double discordant = 0;  // mean share
};
Alarms count_alarms(const Effort& effort, size_t n, double lost) {
  Alarms out{.paired = {.runs = effort.runs},
             .unpaired = {.runs = effort.runs},
             .naive = {.runs = effort.runs}};
  for (uint32_t run = 0; run < effort.runs; ++run) {
    Rng rng(effort.seed, kSingle, run, n, lost > 0 ? 1 : 0);
    const stats::PairedCounts counts = compare(rng, n, lost);
    const double p = stats::mcnemar_exact(counts.only_a, counts.only_b);
    out.paired.hits += regressed(counts, p) ? 1 : 0;
    out.unpaired.hits += unpaired_alarm(counts, n) ? 1 : 0;
    out.naive.hits += naive_alarm(counts, n) ? 1 : 0;
    out.discordant +=
        static_cast<double>(counts.only_a + counts.only_b) / static_cast<double>(n) / effort.runs;
  }
  return out;
}

// Several metrics of the same two runs, each with luck of its own: one alarm fails the gate.
Share family_alarms(const Effort& effort, size_t n, bool adjusted) {
  Share out{.runs = effort.runs};
  std::vector<stats::PairedCounts> metrics(kMetrics);
  std::vector<double> p_values(kMetrics);
  for (uint32_t run = 0; run < effort.runs; ++run) {
    for (size_t m = 0; m < kMetrics; ++m) {
      Rng rng(effort.seed, kFamily, run, n, m);
      metrics[m] = compare(rng, n, 0);
      p_values[m] = stats::mcnemar_exact(metrics[m].only_a, metrics[m].only_b);
    }
    const std::vector<double> p = adjusted ? stats::holm(p_values) : p_values;
    bool failed = false;
    for (size_t m = 0; m < kMetrics; ++m) failed = failed || regressed(metrics[m], p[m]);
    out.hits += failed ? 1 : 0;
  }
  return out;
}

void identical(Table& table, const Effort& effort) {
  table.section("Gate: identical models",
                "Accuracy about 0.68; 10 % of the answers differ between two runs of the same "
                "model. How often a rule calls the second run worse.");
  for (const size_t n : {40U, 200U, 640U}) {
    const Alarms alarms = count_alarms(effort, n, 0);
    table.row(fmt::format("exact McNemar, n = {}", n), alarms.paired, kAlarm);
    table.row(fmt::format("two rates, unpaired z, n = {}", n), alarms.unpaired,
              "far below 5 %: blind");
    table.row(fmt::format("more than 2 points lower, n = {}", n), alarms.naive, "not bounded");
  }
  table.row("8 metrics, Holm, n = 200", family_alarms(effort, 200, true), kAlarm);
  table.row("8 metrics, each at 5 %, n = 200", family_alarms(effort, 200, false), "not bounded");
}

void worse(Table& table, const Effort& effort) {
  table.section("Gate: a drop of 5 points",
                "The same models; of the right answers of the second one as many become wrong as "
                "make 5 points. How often a rule calls it worse (its power).");
  const double turn = turn_chance();
  const double right = kAccuracy * (1 - turn) + (1 - kAccuracy) * turn;
  for (const size_t n : {200U, 640U}) {
    const Alarms alarms = count_alarms(effort, n, 0.05 / right);
    table.row(fmt::format("exact McNemar, n = {}", n), alarms.paired, "");
    table.row(fmt::format("exact McNemar, n = {}, as planned", n),
              stats::mcnemar_power(n, alarms.discordant, 0.05, kAlpha), "as a share: the same");
    table.row(fmt::format("two rates, unpaired z, n = {}", n), alarms.unpaired, "less");
    table.row(fmt::format("more than 2 points lower, n = {}", n), alarms.naive,
              "at the false alarms above");
  }
}

enum class Verdict : uint8_t { kNonInferior, kRegressed, kInconclusive };

// What McNemar's test could have shown: its smallest detectable loss at 80 % power, and at least
// the six pairs that p < 5 % takes.
double detectable(const stats::PairedCounts& k, size_t n) {
  const auto items = static_cast<double>(n);
  const double discordant = static_cast<double>(k.only_a + k.only_b) / items;
  const double loss = (static_cast<double>(k.only_a) - static_cast<double>(k.only_b)) / items;
  const double deviation = stats::paired_binary_deviation(discordant, loss);
  return std::max(stats::smallest_detectable(deviation / std::sqrt(items), {}), 6 / items);
}

// The three-way rule: the interval's upper end within the margin: not inferior; a loss shown:
// regressed; in mode `regression` also a loss of the margin's size would have been seen: not
// inferior; else inconclusive.
Verdict verdict_of(const stats::PairedCounts& k, size_t n, bool regression_mode) {
  if (*stats::newcombe_paired(k).ci_high < kMargin) return Verdict::kNonInferior;
  if (regressed(k, stats::mcnemar_exact(k.only_a, k.only_b))) return Verdict::kRegressed;
  const bool same = k.only_a + k.only_b == 0;
  if (regression_mode && (same || detectable(k, n) <= kMargin)) return Verdict::kNonInferior;
  return Verdict::kInconclusive;
}

void verdicts(Table& table, const Effort& effort, size_t n, double drop, bool regression_mode) {
  const double turn = turn_chance();
  const double right = kAccuracy * (1 - turn) + (1 - kAccuracy) * turn;
  Share passed{.runs = effort.runs};
  Share failed{.runs = effort.runs};
  for (uint32_t run = 0; run < effort.runs; ++run) {
    Rng rng(effort.seed, kVerdicts, run, n, std::lround(100 * drop));
    const Verdict verdict = verdict_of(compare(rng, n, drop / right), n, regression_mode);
    passed.hits += verdict == Verdict::kNonInferior ? 1 : 0;
    failed.hits += verdict == Verdict::kRegressed ? 1 : 0;
  }
  const std::string setting =
      fmt::format("{}, n = {}, drop of {:.0f} points",
                  regression_mode ? "regression" : "non_inferiority", n, 100 * drop);
  table.row(setting + ": regressed", failed, drop > 0 ? "" : "<= 5 %");
  const char* const limit =
      regression_mode ? "wrong: <= 20 %, the rule rests on 80 % power" : "wrong: <= 5 %";
  table.row(setting + ": non_inferior", passed, drop >= kMargin ? limit : "");
}

void three_way(Table& table, const Effort& effort) {
  table.section("Gate: three-way verdict",
                "Margin of 5 points, one binary metric, both modes; the rest of each pair of rows "
                "is inconclusive.");
  for (const bool regression_mode : {true, false}) {
    for (const size_t n : {200U, 640U}) {
      for (const double drop : {0.0, 0.05, 0.1}) verdicts(table, effort, n, drop, regression_mode);
    }
  }
}

}  // namespace

void gate_characteristics(Table& table, const Effort& effort) {
  identical(table, effort);
  worse(table, effort);
  three_way(table, effort);
}

}  // namespace assay::bench
