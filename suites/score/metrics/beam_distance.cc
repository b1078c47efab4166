#include "suites/score/metrics/beam_distance.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace assay::suites {
namespace {

constexpr size_t kBeamWidth = 25;          // Tercom-inspired, as sacreBLEU has it
constexpr uint32_t kFar = UINT32_MAX / 2;  // outside the beam; one more is no overflow
constexpr char kUndefined = 'x';

// When one side is so much longer that rows would not overlap, the beam is as wide as it must be.
size_t beam_width(double ratio) {
  if (static_cast<double>(kBeamWidth) >= ratio / 2) return kBeamWidth;
  return static_cast<size_t>(std::ceil(ratio / 2 + static_cast<double>(kBeamWidth)));
}

}  // namespace

BeamDistance::BeamDistance(std::span<const uint32_t> reference, size_t hypothesis_length)
    : reference_(reference),
      length_(hypothesis_length),
      ratio_(static_cast<double>(reference.size()) / static_cast<double>(hypothesis_length)),
      beam_(beam_width(ratio_)),
      rows_(hypothesis_length + 1) {
  rows_[0].cells.reserve(reference.size() + 1);
  for (size_t j = 0; j <= reference.size(); ++j) {
    rows_[0].cells.push_back({static_cast<uint32_t>(j), 'i'});
  }
}

BeamDistance::Cell BeamDistance::at(const Row& row, size_t column) {
  if (column < row.first || column - row.first >= row.cells.size()) return {kFar, kUndefined};
  return row.cells[column - row.first];
}

// The columns of row `row`, all of them undefined.
void BeamDistance::prepare(size_t row, Row& out) const {
  const auto diagonal = static_cast<size_t>(std::floor(static_cast<double>(row) * ratio_));
  const size_t columns = reference_.size() + 1;
  const size_t end = row == length_ ? columns : std::min(columns, diagonal + beam_);
  out.first = diagonal > beam_ ? diagonal - beam_ : 0;
  out.cells.assign(end > out.first ? end - out.first : 0, Cell{kFar, kUndefined});
}

void BeamDistance::fill(uint32_t word, const Row& above, Row& out) const {
  Cell corner{kFar, kUndefined};  // above and one column before
  if (out.first > 0) corner = at(above, out.first - 1);
  for (size_t k = 0; k < out.cells.size(); ++k) {
    const size_t j = out.first + k;
    Cell& cell = out.cells[k];
    const Cell up = at(above, j);
    if (j == 0) {
      cell = {up.cost + 1, 'd'};
      corner = up;
      continue;
    }
    const bool same = word == reference_[j - 1];
    if (const uint32_t cost = corner.cost + (same ? 0 : 1); cell.cost > cost) {
      cell = {cost, same ? ' ' : 's'};
    }
    if (cell.cost > up.cost + 1) cell = {up.cost + 1, 'd'};
    corner = up;
    if (k == 0) continue;
    if (const uint32_t cost = out.cells[k - 1].cost + 1; cell.cost > cost) cell = {cost, 'i'};
  }
}

uint32_t BeamDistance::last_cost(const std::vector<Row>& rows) const {
  return at(rows.back(), reference_.size()).cost;
}

void BeamDistance::set_base(std::vector<uint32_t> words) {
  base_ = std::move(words);
  for (size_t i = 1; i <= length_; ++i) {
    prepare(i, rows_[i]);
    fill(base_[i - 1], rows_[i - 1], rows_[i]);
  }
}

std::string BeamDistance::base_path() const {
  std::string path;
  size_t i = length_;
  size_t j = reference_.size();
  while (i > 0 || j > 0) {
    const char step = at(rows_[i], j).step;
    if (step == kUndefined) break;  // cannot be: rows overlap
    path += step;
    if (step != 'i') --i;
    if (step != 'd') --j;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

uint32_t BeamDistance::cost(std::span<const uint32_t> words, size_t first_changed) {
  const Row* above = &rows_[first_changed];
  for (size_t i = first_changed + 1; i <= length_; ++i) {
    Row& row = scratch_[i % 2];
    prepare(i, row);
    fill(words[i - 1], *above, row);
    above = &row;
  }
  return at(*above, reference_.size()).cost;
}

}  // namespace assay::suites
