// Planned order of a suite under a stop rule: shuffled by a keyed hash, fixed before the first
// question.
//
// Where it stands: harness/aggregate, called by the stop rules. Pure.
//
//   ASSAY_TRY(const std::vector<uint32_t> order, planned_order(suite, seed, {}));
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/api/suite.h"
#include "harness/base/result.h"

namespace assay::aggregate {

// Sample indices sorted by a hash of (seed, suite name, sample id). `clusters[i]` (empty: none) is
// sample i's cluster, 0 for its own: a cluster's items stand together, at a hash of (seed, suite
// name, cluster). Errors: an id that cannot be read; more than 2^32 - 1 samples.
Result<std::vector<uint32_t>> planned_order(const Suite& suite, uint64_t seed,
                                            std::span<const uint32_t> clusters);

}  // namespace assay::aggregate
