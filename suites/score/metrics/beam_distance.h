// The edit distance of TER: within a beam around the diagonal, with its path, for many hypotheses
// of one length that share their beginnings (they are shifts of each other). Internal to ter.cc.
//
//   BeamDistance distance(reference, hypothesis.size());
//   distance.set_base(hypothesis);                    // the whole matrix, kept
//   distance.base_cost();  distance.base_path();
//   distance.cost(shifted, first_changed);            // rows before the change are the base's
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace assay::suites {

// Not shared between threads. The same cells in the same order of preference as the reference's:
// no change or substitution, then deletion (of a hypothesis word), then insertion; what lies
// outside the beam counts as infinitely far.
class BeamDistance {
 public:
  // `hypothesis_length` > 0. `reference` must outlive this object.
  BeamDistance(std::span<const uint32_t> reference, size_t hypothesis_length);

  void set_base(std::vector<uint32_t> words);
  [[nodiscard]] const std::vector<uint32_t>& base() const { return base_; }
  [[nodiscard]] uint32_t base_cost() const { return last_cost(rows_); }
  // One letter for each step from hypothesis to reference: ' ' same, 's' substitution, 'd' deletion
  // of a hypothesis word, 'i' insertion of a reference word.
  [[nodiscard]] std::string base_path() const;
  // `words` equals the base before `first_changed`.
  uint32_t cost(std::span<const uint32_t> words, size_t first_changed);

 private:
  struct Cell {
    uint32_t cost;
    char step;
  };
  struct Row {
    size_t first = 0;  // column of the first cell
    std::vector<Cell> cells;
  };
  [[nodiscard]] static Cell at(const Row& row, size_t column);
  void prepare(size_t row, Row& out) const;
  void fill(uint32_t word, const Row& above, Row& out) const;
  [[nodiscard]] uint32_t last_cost(const std::vector<Row>& rows) const;

  std::span<const uint32_t> reference_;
  size_t length_;
  double ratio_;
  size_t beam_;
  std::vector<uint32_t> base_;
  std::vector<Row> rows_;  // of the base: length_ + 1
  Row scratch_[2];
};

}  // namespace assay::suites
