// Clustered items: pages of ten lines. A page that goes wrong in a run (a bad crop, a slip of the
// model) takes all its lines with it, so lines are not independent.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "bench/characteristics/experiments.h"
#include "harness/base/rng.h"
#include "harness/stats/paired.h"
#include "harness/stats/resampling.h"

namespace assay::bench {
namespace {

constexpr size_t kEach = 10;
constexpr double kAlpha = 0.05;
constexpr double kRight = 0.8;
constexpr double kBadPages = 0.08;  // of the pages, in each run
constexpr double kBadRight = 0.2;   // of the lines of such a page
constexpr double kTurned = 0.03;    // of the lines by themselves
constexpr uint32_t kDearShare = 5;  // of the runs for the sign-flip test
constexpr uint32_t kFlips = 1000;
constexpr uint32_t kResamples = 100;  // the interval is not looked at here
constexpr double kDropPages = 0.1;    // pages that a worse model spoils besides

enum Stream : uint8_t { kPages = 21 };

struct Lines {
  std::vector<double> a;
  std::vector<double> b;
  std::vector<uint32_t> page;
};

double line(Rng& rng, bool right, bool bad_page) {
  const double luck = rng.uniform();
  const double turn = rng.uniform();
  if (bad_page) return luck < kBadRight ? 1 : 0;
  return right != (turn < kTurned) ? 1 : 0;
}

// `spoilt`: share of pages that only the second model gets wrong.
Lines draw(Rng& rng, size_t pages, double spoilt) {
  Lines out;
  for (size_t page = 0; page < pages; ++page) {
    const bool bad_a = rng.uniform() < kBadPages;
    const bool bad_b = rng.uniform() < kBadPages;
    const bool worse = rng.uniform() < spoilt;
    for (size_t i = 0; i < kEach; ++i) {
      const bool right = rng.uniform() < kRight;
      out.a.push_back(line(rng, right, bad_a));
      out.b.push_back(line(rng, right, bad_b || worse));
      out.page.push_back(static_cast<uint32_t>(page));
    }
  }
  return out;
}

bool worse(const stats::PairedTest& test) {
  return test.p_value && *test.p_value<kAlpha&& * test.difference.value> 0;
}

stats::PairedTest as_lines(const Lines& lines) {
  stats::PairedCounts counts;
  for (size_t i = 0; i < lines.a.size(); ++i) {
    const bool a = lines.a[i] > 0;
    const bool b = lines.b[i] > 0;
    ++(a ? (b ? counts.both : counts.only_a) : (b ? counts.only_b : counts.neither));
  }
  return stats::mcnemar_newcombe(counts);
}

void compare(Table& table, const Effort& effort, double spoilt, const char* bounded,
             const char* naive) {
  const uint32_t dear = std::max(1U, effort.runs / kDearShare);
  for (const size_t pages : {6U, 12U, 24U, 60U}) {
    Share student{.runs = effort.runs};
    Share ignorant{.runs = effort.runs};
    Share flips{.runs = dear};
    for (uint32_t run = 0; run < effort.runs; ++run) {
      Rng rng(effort.seed, kPages, run, pages, spoilt > 0 ? 1 : 0);
      const Lines lines = draw(rng, pages, spoilt);
      student.hits += worse(stats::paired_difference(lines.a, lines.b, lines.page)) ? 1 : 0;
      ignorant.hits += worse(as_lines(lines)) ? 1 : 0;
      if (run >= dear) continue;
      const stats::GradedPairs pairs{
          .numerators_a = lines.a, .numerators_b = lines.b, .clusters = lines.page};
      const stats::ResampleOptions options{
          .resamples = kResamples, .flips = kFlips, .seed = run + 1U};
      flips.hits += worse(stats::graded_difference(pairs, options)) ? 1 : 0;
    }
    table.row(fmt::format("paired t, clustered, {} pages", pages), student, bounded);
    table.row(fmt::format("sign flips of whole pages, {} pages", pages), flips, bounded);
    table.row(fmt::format("McNemar over the lines, {} pages", pages), ignorant, naive);
  }
}

}  // namespace

void cluster_characteristics(Table& table, const Effort& effort) {
  table.section("Clusters: identical models",
                "Pages of 10 lines; in each run 8 % of the pages go wrong as a whole. How often a "
                "test calls the second run worse (two-sided 5 %, so 2.5 % this way).");
  compare(table, effort, 0, "<= 5 %", "not bounded");
  table.section("Clusters: a worse model",
                "The second model spoils another 10 % of the pages (about 5.5 points).");
  compare(table, effort, kDropPages, "", "not to be trusted");
}

}  // namespace assay::bench
