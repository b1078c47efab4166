// Tied sets: of all models of all files on a suite, which cannot be told from the best.
//
// Where it stands: harness/aggregate, under compare.cc. One thread.
//
//   HeadlineTests known;                       // what rows have tested already
//   ASSAY_TRY(report.ties, tied_sets(sides, options, known, book));
//
// Best: the best headline figure (equal figures: order of files and models). Each other model is
// tested against it on the samples both answered, with the test of pairing.h and Holm's correction
// over the suite's tests; tied is who is not shown to differ. Models judged by another scorer than
// the suite's first model take no part. A suite with fewer than two models has no set.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "harness/aggregate/compare.h"
#include "harness/aggregate/compare_sides.h"

namespace assay::aggregate {

// p-values of headlines, so that no pair of models is tested twice.
class HeadlineTests {
 public:
  void keep(const Group& a, const Group& b, const Comparison& comparison) {
    known_[{&a, &b}] = comparison;
  }
  // With the difference in the order asked for; nullptr: never tested.
  [[nodiscard]] std::optional<Comparison> find(const Group& a, const Group& b) const;

 private:
  std::map<std::pair<const Group*, const Group*>, Comparison> known_;
};

// Errors: a file that cannot be read.
Result<std::vector<TiedSet>> tied_sets(std::span<const Side> sides, const CompareOptions& options,
                                       const HeadlineTests& known, IdentityBook& book);

}  // namespace assay::aggregate
