// Sides of a comparison: what each run file holds, read once, and which samples of two of them are
// the same.
//
// Where it stands: harness/aggregate, under compare.cc. One thread.
//
//   ASSAY_TRY(const Side old, read_side(store, "old.assay"));
//   IdentityBook book;
//   ASSAY_TRY(const SamePairer pairer, book.pairer(old, a, later, b));
//   const Pairs pairs = pairer.pair(samples_a, samples_b);
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/aggregate/group.h"
#include "harness/aggregate/pairing.h"
#include "harness/aggregate/samples.h"
#include "harness/api/run_store.h"

namespace assay::aggregate {

// One file's models on one suite.
struct SideSuite {
  SuiteInfo suite;
  std::vector<Group> models;  // run order; learning-curve points left out
};

// What a sample is, apart from its position: a hash of its id and its truth, by row id.
using Identities = std::unordered_map<uint64_t, uint64_t>;

struct Side {
  const RunStore* store = nullptr;
  std::string name;  // of the file
  Manifest manifest;
  std::vector<SideSuite> suites;
};

// Errors: as Collector::read.
Result<Side> read_side(const RunStore& store, const std::string& name);

const SideSuite* find_suite(const Side& side, const std::string& name);

// "tesseract:kor (old.assay)"
std::string label_of(const Side& side, const Group& group);

// Pairs samples of two groups of one suite: by position where the data are the same, else by
// identity.
class SamePairer {
 public:
  SamePairer() = default;  // by position
  SamePairer(const Identities& of_a, const Identities& of_b) : of_a_(&of_a), of_b_(&of_b) {}

  // Each sample is used once.
  [[nodiscard]] Pairs pair(const Samples& a, const Samples& b) const;
  [[nodiscard]] bool same_data() const { return of_a_ == nullptr; }

 private:
  const Identities* of_a_ = nullptr;
  const Identities* of_b_ = nullptr;
};

// Reads the identities of a file's suite once for all who ask. Outlives its pairers.
class IdentityBook {
 public:
  // Errors: a file that cannot be read.
  Result<SamePairer> pairer(const Side& side_a, const Group& a, const Side& side_b, const Group& b);

 private:
  Result<const Identities*> of(const Side& side, const std::string& suite);
  std::map<std::pair<const Side*, std::string>, Identities> known_;
};

}  // namespace assay::aggregate
