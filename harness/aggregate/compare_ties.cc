#include "harness/aggregate/compare_ties.h"

#include <algorithm>
#include <optional>
#include <string>

#include "harness/aggregate/pairing.h"
#include "harness/aggregate/samples.h"

namespace assay::aggregate {
namespace {

struct Candidate {
  const Side* side = nullptr;
  const Group* group = nullptr;
  double figure = 0;
};

std::vector<std::string> suite_names(std::span<const Side> sides) {
  std::vector<std::string> out;
  for (const Side& side : sides) {
    for (const SideSuite& suite : side.suites) {
      if (std::find(out.begin(), out.end(), suite.suite.name) == out.end()) {
        out.push_back(suite.suite.name);
      }
    }
  }
  return out;
}

bool same_headline(const SuiteInfo& a, const SuiteInfo& b) {
  return a.scorer_hash == b.scorer_hash && !b.metrics.empty() &&
         a.metrics.front().name == b.metrics.front().name;
}

// Models with a headline figure, best first.
std::vector<Candidate> candidates_of(std::span<const Side> sides, const std::string& name,
                                     double confidence) {
  std::vector<Candidate> out;
  const SuiteInfo* first = nullptr;
  for (const Side& side : sides) {
    const SideSuite* suite = find_suite(side, name);
    if (suite == nullptr || suite->suite.metrics.empty()) continue;
    if (first == nullptr) first = &suite->suite;
    if (!same_headline(*first, suite->suite)) continue;
    for (const Group& group : suite->models) {
      const Estimate figure = estimate(reduce(group, 0), suite->suite.metrics.front(), confidence);
      if (figure.value) out.push_back({.side = &side, .group = &group, .figure = *figure.value});
    }
  }
  if (first == nullptr) return out;
  const bool higher = first->metrics.front().higher_is_better;
  std::stable_sort(out.begin(), out.end(), [higher](const Candidate& x, const Candidate& y) {
    return higher ? x.figure > y.figure : x.figure < y.figure;
  });
  return out;
}

Result<Comparison> compare_headlines(const Candidate& best, const Candidate& other,
                                     const CompareOptions& options, const HeadlineTests& known,
                                     IdentityBook& book) {
  if (auto tested = known.find(*best.group, *other.group)) return std::move(*tested);
  ASSAY_TRY(const SamePairer pairer,
            book.pairer(*best.side, *best.group, *other.side, *other.group));
  const Samples a = reduce(*best.group, 0);
  const Samples b = reduce(*other.group, 0);
  return compare_pairs(
             a, b, pairer.pair(a, b), best.group->suite.metrics.front(),
             {.confidence = options.confidence, .alpha = options.alpha, .seed = options.seed})
      .comparison;
}

}  // namespace

std::optional<Comparison> HeadlineTests::find(const Group& a, const Group& b) const {
  if (const auto at = known_.find({&a, &b}); at != known_.end()) return at->second;
  const auto at = known_.find({&b, &a});
  if (at == known_.end()) return std::nullopt;
  Comparison out = at->second;
  Estimate& d = out.difference;
  if (d.value) d.value = -*d.value;
  std::swap(d.ci_low, d.ci_high);
  if (d.ci_low) d.ci_low = -*d.ci_low;
  if (d.ci_high) d.ci_high = -*d.ci_high;
  std::swap(out.only_a_right, out.only_b_right);
  return out;
}

Result<std::vector<TiedSet>> tied_sets(std::span<const Side> sides, const CompareOptions& options,
                                       const HeadlineTests& known, IdentityBook& book) {
  std::vector<TiedSet> out;
  for (const std::string& name : suite_names(sides)) {
    const std::vector<Candidate> models = candidates_of(sides, name, options.confidence);
    if (models.size() < 2) continue;
    std::vector<Comparison> tests;
    for (size_t i = 1; i < models.size(); ++i) {
      ASSAY_TRY(Comparison test,
                compare_headlines(models.front(), models[i], options, known, book));
      tests.push_back(std::move(test));
    }
    std::vector<Comparison*> family;
    family.reserve(tests.size());
    for (Comparison& test : tests) family.push_back(&test);
    holm_and_verdicts(family, options.alpha);
    TiedSet set;
    set.suite = name;
    set.metric = models.front().group->suite.metrics.front().name;
    set.best = label_of(*models.front().side, *models.front().group);
    for (size_t i = 1; i < models.size(); ++i) {
      if (tests[i - 1].verdict == PairVerdict::kABetter) continue;
      set.tied.push_back(label_of(*models[i].side, *models[i].group));
    }
    out.push_back(std::move(set));
  }
  return out;
}

}  // namespace assay::aggregate
