// Rng: the only source of chance. Counter-based (each draw is a hash of key and counter), so a
// stream is named by what it is for, not by who drew before: the same bytes at any thread count and
// on any C++ library.
//
// Source: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA
// 2014), used as a keyed counter generator.
//
//   Rng rng(run_seed, sample, repeat);
//   const double delay_s = rng.lognormal(mu, sigma);
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace assay {

constexpr uint64_t mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

class Rng {
 public:
  template <typename... Parts>
  explicit Rng(uint64_t seed, Parts... parts) : key_(mix64(seed + kGolden)) {
    ((key_ = mix64(key_ ^ (static_cast<uint64_t>(parts) + kGolden))), ...);
  }

  uint64_t next() { return mix64(key_ + kGolden * ++counter_); }
  // Uniform in [0, 1), 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // Uniform in {0 .. n-1}, without modulo bias; n >= 1.
  uint64_t below(uint64_t n);
  // Standard normal (Box-Muller, one value per two draws: a fixed number of draws keeps streams
  // aligned).
  double normal();
  // exp(mu + sigma * normal()).
  double lognormal(double mu, double sigma);
  // Fisher-Yates; std::shuffle differs between libraries.
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  static constexpr uint64_t kGolden = 0x9E3779B97F4A7C15ULL;
  uint64_t key_;
  uint64_t counter_ = 0;
};

}  // namespace assay
