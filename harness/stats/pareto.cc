#include "harness/stats/pareto.h"

#include <algorithm>
#include <cmath>

#include "harness/base/check.h"

namespace assay::stats {
namespace {

using Row = std::span<const double>;

bool beats(Row better, Row worse) {
  bool strictly = false;
  for (size_t c = 0; c < better.size(); ++c) {
    if (std::isnan(worse[c])) continue;
    // Negated, so that a criterion that only `worse` has counts against `better`.
    if (!(better[c] >= worse[c])) return false;
    strictly = strictly || better[c] > worse[c];
  }
  return strictly;
}

bool on_front(const CandidateTable& table, size_t i) {
  const auto row = [&](size_t c) {
    return table.values.subspan(c * table.criteria, table.criteria);
  };
  const Row own = row(i);
  if (std::all_of(own.begin(), own.end(), [](double v) { return std::isnan(v); })) return false;
  for (size_t j = 0; j < table.candidates; ++j) {
    if (j != i && beats(row(j), own)) return false;
  }
  return true;
}

}  // namespace

std::vector<uint8_t> pareto_front(const CandidateTable& table) {
  ASSAY_CHECK(table.values.size() == table.candidates * table.criteria, "{} values",
              table.values.size());
  std::vector<uint8_t> out(table.candidates);
  for (size_t i = 0; i < table.candidates; ++i) out[i] = on_front(table, i) ? 1 : 0;
  return out;
}

std::vector<double> front_membership(std::span<const double> draws, size_t candidates,
                                     size_t criteria) {
  std::vector<double> out(candidates, 0.0);
  const size_t size = candidates * criteria;
  if (size == 0) return out;
  ASSAY_CHECK(draws.size() % size == 0, "{} values for {} × {}", draws.size(), candidates,
              criteria);
  const size_t count = draws.size() / size;
  for (size_t d = 0; d < count; ++d) {
    const CandidateTable table{
        .values = draws.subspan(d * size, size), .candidates = candidates, .criteria = criteria};
    for (size_t i = 0; i < candidates; ++i) out[i] += on_front(table, i) ? 1 : 0;
  }
  for (double& share : out) share = count == 0 ? 0 : share / static_cast<double>(count);
  return out;
}

}  // namespace assay::stats
