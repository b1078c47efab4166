// The train split of a suite as baselines learn it: read once, or a nested share of it.
//
// Where it stands: below baseline in backends/model; called in Backend::prepare.
//
//   ASSAY_TRY(std::vector<TrainingExample> lines, read_train_lines(suite, {.limit = 100, .seed =
//   7}));
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/api/suite.h"
#include "harness/base/result.h"

namespace assay::backends {

inline constexpr uint64_t kTrainLinesMax = 1'000'000;

struct TrainShare {
  std::optional<uint64_t> limit;  // lines to learn from; unset: all
  uint64_t seed = 0;              // of the order that the limit cuts
};

// All lines in the suite's order, or, under a limit, the first `limit` of nested_order().
Result<std::vector<TrainingExample>> read_train_lines(const Suite& suite, const TrainShare& share);

// An order of the lines in which every beginning holds the classes about as the whole does, and
// every shorter beginning is part of every longer one, so that a learning curve over N compares
// like with like. Lines are shuffled (seeded), then sorted by (rank in their class + 1/2) / size of
// their class, ties in shuffled order. Indices into `lines`.
std::vector<size_t> nested_order(const std::vector<TrainingExample>& lines, uint64_t seed);

}  // namespace assay::backends
