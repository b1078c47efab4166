#include "backends/model/train_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "harness/base/rng.h"

namespace assay::backends {

Result<std::vector<TrainingExample>> read_train_lines(const Suite& suite, const TrainShare& share) {
  const uint64_t count = suite.train_size();
  if (count > kTrainLinesMax) {
    return Error{ErrorCode::kLimit,
                 fmt::format("{} train lines, at most {} are supported", count, kTrainLinesMax),
                 fmt::format("suite `{}`", suite.info().name)};
  }
  std::vector<TrainingExample> lines;
  lines.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    ASSAY_TRY(TrainingExample line, suite.train(i));
    lines.push_back(std::move(line));
  }
  if (!share.limit || *share.limit >= lines.size()) return lines;
  std::vector<size_t> order = nested_order(lines, share.seed);
  order.resize(*share.limit);
  std::vector<TrainingExample> chosen;
  chosen.reserve(order.size());
  for (const size_t i : order) chosen.push_back(std::move(lines[i]));
  return chosen;
}

std::vector<size_t> nested_order(const std::vector<TrainingExample>& lines, uint64_t seed) {
  constexpr uint64_t kStream = 0x747261696E;  // keeps this use of the seed apart from others
  std::vector<size_t> order(lines.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  Rng rng(seed, kStream);
  rng.shuffle(order);

  struct Class {
    uint64_t size = 0;
    uint64_t taken = 0;
  };
  std::unordered_map<std::string_view, Class> classes;
  for (const TrainingExample& line : lines) ++classes[line.target].size;
  struct Place {
    uint64_t odd;   // 2 * rank + 1
    uint64_t size;  // the key is odd / (2 * size); compared without rounding
    size_t line;
  };
  std::vector<Place> places;
  places.reserve(order.size());
  for (const size_t i : order) {
    Class& c = classes[lines[i].target];
    places.push_back({2 * c.taken++ + 1, c.size, i});
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.odd * b.size < b.odd * a.size; });
  for (size_t i = 0; i < order.size(); ++i) order[i] = places[i].line;
  return order;
}

}  // namespace assay::backends
