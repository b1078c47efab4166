// PythonRandom: the random numbers of Python's `random.Random(seed)`, for agreement with programs
// that draw with a fixed seed. Nothing here is chance: the stream is a constant of the seed.
//
// Where it stands: used by the language detector only. What Assay itself draws comes from
// harness/base/rng.h.
//
// Source: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998), the reference
// init_by_array; CPython 3.11 Lib/random.py for gauss and choice.
//
//   PythonRandom random(0);
//   const double z = random.gauss();   // 0.942...
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace assay::suites::language {

class PythonRandom {
 public:
  explicit PythonRandom(uint32_t seed);

  uint32_t next();                 // 32 bits
  double uniform();                // [0, 1), 53 bits
  double gauss();                  // standard normal; every second draw is kept from the one before
  uint32_t below(uint32_t limit);  // as random.choice picks an index; limit >= 1

 private:
  static constexpr size_t kWords = 624;
  void refill();

  std::array<uint32_t, kWords> state_{};
  size_t at_ = kWords;
  std::optional<double> kept_;
};

}  // namespace assay::suites::language
