#include "harness/stats/pooled.h"

#include <cmath>

#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

double items_of(std::span<const GroupPart> parts) {
  double items = 0;
  for (const GroupPart& part : parts) items += static_cast<double>(part.size);
  return items;
}

}  // namespace

std::optional<double> weighted_mean(std::span<const GroupPart> parts) {
  const double items = items_of(parts);
  if (items <= 0) return std::nullopt;
  Sum sum;
  for (const GroupPart& part : parts) sum.add(static_cast<double>(part.size) * part.value);
  return sum.value() / items;
}

std::optional<double> unweighted_mean(std::span<const GroupPart> parts) {
  if (parts.empty()) return std::nullopt;
  Sum sum;
  for (const GroupPart& part : parts) sum.add(part.value);
  return sum.value() / static_cast<double>(parts.size());
}

std::optional<double> pooled_error(std::span<const GroupPart> parts) {
  const double items = items_of(parts);
  const double degrees = items - static_cast<double>(parts.size());
  if (degrees <= 0) return std::nullopt;
  Sum squares;
  for (const GroupPart& part : parts) {
    const auto size = static_cast<double>(part.size);
    squares.add((size - 1) * size * part.error * part.error);
  }
  return std::sqrt(squares.value() / degrees / items);
}

}  // namespace assay::stats
