#include "harness/base/nearest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace assay {
namespace {

constexpr size_t kNameBytesMax = 64;

// Both at most kNameBytesMax long.
size_t edit_distance(std::string_view a, std::string_view b) {
  using Row = std::array<size_t, kNameBytesMax + 1>;
  Row before{};
  Row previous{};
  Row current{};
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before = previous;
    previous = current;
  }
  return previous[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view typed, const std::vector<std::string>& known) {
  if (typed.size() > kNameBytesMax) return {};
  size_t best_distance = std::max<size_t>(1, typed.size() / 3) + 1;
  std::string best;
  for (const std::string& name : known) {
    if (name.size() > kNameBytesMax) continue;
    const size_t distance = edit_distance(typed, name);
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known) {
  const std::string name = nearest_name(typed, known);
  return name.empty() ? std::string() : fmt::format(", did you mean `{}`?", name);
}

}  // namespace assay
