#include "harness/aggregate/planned_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "harness/base/hash.h"
#include "harness/base/rng.h"

namespace assay::aggregate {
namespace {

struct Place {
  uint64_t unit = 0;  // of its cluster, or its own
  uint32_t cluster = 0;
  uint64_t item = 0;
  uint32_t index = 0;
};

}  // namespace

Result<std::vector<uint32_t>> planned_order(const Suite& suite, uint64_t seed,
                                            std::span<const uint32_t> clusters) {
  if (suite.size() >= UINT32_MAX) {
    return input_error(suite.info().name,
                       fmt::format("has {} samples, expected fewer than {} with --until-decided",
                                   suite.size(), UINT32_MAX));
  }
  const uint64_t name = sha256(suite.info().name).prefix64();
  std::vector<Place> places;
  places.reserve(suite.size());
  for (uint32_t i = 0; i < suite.size(); ++i) {
    ASSAY_TRY(const std::string id, suite.sample_id(i));
    Place place;
    place.index = i;
    place.cluster = clusters.empty() ? 0 : clusters[i];
    place.item = Rng(seed, name, 0, sha256(id).prefix64()).next();
    place.unit = place.cluster == 0 ? place.item : Rng(seed, name, 1, place.cluster).next();
    places.push_back(place);
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::tie(a.unit, a.cluster, a.item, a.index) <
           std::tie(b.unit, b.cluster, b.item, b.index);
  });
  std::vector<uint32_t> order;
  order.reserve(places.size());
  for (const Place& place : places) order.push_back(place.index);
  return order;
}

}  // namespace assay::aggregate
