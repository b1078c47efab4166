#include "suites/language/python_random.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace assay::suites::language {

PythonRandom::PythonRandom(uint32_t seed) {
  // init_genrand(19650218), then init_by_array with the seed as the only key.
  state_[0] = 19650218U;
  for (uint32_t i = 1; i < kWords; ++i) {
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30U)) + i;
  }
  uint32_t i = 1;
  const auto step = [&](uint32_t factor) {
    const uint32_t mixed = (state_[i - 1] ^ (state_[i - 1] >> 30U)) * factor;
    return state_[i] ^ mixed;
  };
  const auto advance = [&] {
    if (++i < kWords) return;
    state_[0] = state_[kWords - 1];
    i = 1;
  };
  for (size_t n = 0; n < kWords; ++n) {
    state_[i] = step(1664525U) + seed;
    advance();
  }
  for (size_t n = 0; n + 1 < kWords; ++n) {
    state_[i] = step(1566083941U) - i;
    advance();
  }
  state_[0] = 0x80000000U;
}

void PythonRandom::refill() {
  constexpr size_t kShift = 397;
  for (size_t i = 0; i < kWords; ++i) {
    const uint32_t joined = (state_[i] & 0x80000000U) | (state_[(i + 1) % kWords] & 0x7FFFFFFFU);
    state_[i] =
        state_[(i + kShift) % kWords] ^ (joined >> 1U) ^ ((joined & 1U) != 0 ? 0x9908B0DFU : 0U);
  }
  at_ = 0;
}

uint32_t PythonRandom::next() {
  if (at_ == kWords) refill();
  uint32_t y = state_[at_++];
  y ^= y >> 11U;
  y ^= (y << 7U) & 0x9D2C5680U;
  y ^= (y << 15U) & 0xEFC60000U;
  return y ^ (y >> 18U);
}

double PythonRandom::uniform() {
  const uint32_t high = next() >> 5U;
  const uint32_t low = next() >> 6U;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

double PythonRandom::gauss() {
  if (kept_) {
    const double z = *kept_;
    kept_.reset();
    return z;
  }
  const double angle = uniform() * 2.0 * std::numbers::pi;
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  kept_ = std::sin(angle) * radius;
  return std::cos(angle) * radius;
}

uint32_t PythonRandom::below(uint32_t limit) {
  const auto bits = static_cast<uint32_t>(std::bit_width(limit));
  uint32_t drawn = next() >> (32U - bits);
  while (drawn >= limit) drawn = next() >> (32U - bits);
  return drawn;
}

}  // namespace assay::suites::language
