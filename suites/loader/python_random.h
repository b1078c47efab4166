// PythonRandom: the generator of Python's `random.Random`, bit for bit, and the draws of few-shot
// examples that lm-evaluation-harness makes with it.
//
// Where it stands: inside Fewshot. The reference draws document by document from one generator, so
// that the examples of document 900 depend on the 899 draws before it. ExampleDraws gives them in
// any order: it keeps the generator's state for every kDrawsPerBlock documents (2.5 KB each, as far
// as it was asked) and the draws of one block. Thread-safe.
//
//   const ExampleDraws draws({.seed = 1234, .population = 7473, .count = 5});
//   draws.of(900)          // what random.Random(1234).sample(docs, 5) gives the 901st time
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

namespace assay::suites {

// Source: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998, MT19937 with
// init_by_array; the seed's 32-bit words, least significant first, are the key, as in CPython.
class PythonRandom {
 public:
  explicit PythonRandom(uint64_t seed);
  uint32_t next();
  // Uniform in {0 .. n-1} as Random._randbelow_with_getrandbits: as many bits as n has, drawn again
  // while too large. n is 1 .. 2^32 - 1.
  uint32_t below(uint32_t n);
  // Positions that Random.sample(population, count) picks, in its order; count <= population.
  // Source: CPython 3.12, Lib/random.py (the same since 3.2 for sequences without `counts`).
  void sample(uint32_t population, uint32_t count, std::vector<uint32_t>& out);

 private:
  static constexpr size_t kWords = 624;
  static constexpr size_t kShift = 397;
  void init(uint32_t seed);
  void refill();

  std::array<uint32_t, kWords> state_{};
  size_t at_ = kWords;
};

class ExampleDraws {
 public:
  struct Plan {
    uint64_t seed = 0;
    uint32_t population = 0;
    uint32_t count = 0;
    uint32_t draws_per_document = 1;  // the last of them is the one that counts
  };
  explicit ExampleDraws(Plan plan);
  [[nodiscard]] std::vector<uint32_t> of(uint64_t document) const;

 private:
  static constexpr uint64_t kDrawsPerBlock = 1024;
  void draw_block(uint64_t block) const;

  const Plan plan_;
  mutable std::mutex mutex_;                  // guards all below
  mutable std::vector<PythonRandom> starts_;  // before the first document of each block
  mutable uint64_t block_ = UINT64_MAX;       // that `drawn_` holds
  mutable std::vector<uint32_t> drawn_;       // [documents x count]
};

}  // namespace assay::suites
