#include "suites/loader/python_random.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "harness/base/check.h"

namespace assay::suites {

PythonRandom::PythonRandom(uint64_t seed) {
  const std::array<uint32_t, 2> key = {static_cast<uint32_t>(seed),
                                       static_cast<uint32_t>(seed >> 32)};
  const size_t length = key[1] == 0 ? 1 : 2;
  init(19650218U);
  size_t i = 1;
  size_t j = 0;
  const auto step = [&] {
    if (++i >= kWords) {
      state_[0] = state_[kWords - 1];
      i = 1;
    }
  };
  const auto mixed = [&](uint32_t factor) {
    const uint32_t before = state_[i - 1];
    return state_[i] ^ ((before ^ (before >> 30)) * factor);
  };
  for (size_t k = std::max(kWords, length); k > 0; --k) {
    state_[i] = mixed(1664525U) + key[j] + static_cast<uint32_t>(j);
    step();
    j = (j + 1) % length;
  }
  for (size_t k = kWords - 1; k > 0; --k) {
    state_[i] = mixed(1566083941U) - static_cast<uint32_t>(i);
    step();
  }
  state_[0] = 0x80000000U;
}

void PythonRandom::init(uint32_t seed) {
  state_[0] = seed;
  for (size_t i = 1; i < kWords; ++i) {
    const uint32_t before = state_[i - 1];
    state_[i] = 1812433253U * (before ^ (before >> 30)) + static_cast<uint32_t>(i);
  }
}

void PythonRandom::refill() {
  for (size_t i = 0; i < kWords; ++i) {
    const uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % kWords] & 0x7fffffffU);
    const uint32_t twist = (y & 1U) != 0 ? 0x9908b0dfU : 0U;
    state_[i] = state_[(i + kShift) % kWords] ^ (y >> 1) ^ twist;
  }
  at_ = 0;
}

uint32_t PythonRandom::next() {
  if (at_ == kWords) refill();
  uint32_t y = state_[at_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

uint32_t PythonRandom::below(uint32_t n) {
  ASSAY_CHECK(n > 0, "below {}", n);
  const int bits = std::bit_width(n);
  uint32_t drawn = n;
  while (drawn >= n) drawn = next() >> (32 - bits);
  return drawn;
}

void PythonRandom::sample(uint32_t population, uint32_t count, std::vector<uint32_t>& out) {
  ASSAY_CHECK(count <= population, "{} of {}", count, population);
  out.clear();
  // Python swaps in a list while that is smaller than a set of the drawn would be: 21 entries, and
  // for more than five draws the power of four from 3 * count on.
  uint64_t set_size = 21;
  if (count > 5) {
    uint64_t power = 1;
    while (power < uint64_t{3} * count) power *= 4;
    set_size += power;
  }
  if (population <= set_size) {
    std::vector<uint32_t> pool(population);
    std::iota(pool.begin(), pool.end(), 0U);
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t j = below(population - i);
      out.push_back(pool[j]);
      pool[j] = pool[population - i - 1];
    }
    return;
  }
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t j = below(population);
    while (std::find(out.begin(), out.end(), j) != out.end()) j = below(population);
    out.push_back(j);
  }
}

ExampleDraws::ExampleDraws(Plan plan) : plan_(plan) { starts_.emplace_back(plan.seed); }

void ExampleDraws::draw_block(uint64_t block) const {
  drawn_.clear();
  PythonRandom random = starts_[block];
  std::vector<uint32_t> one;
  for (uint64_t document = 0; document < kDrawsPerBlock; ++document) {
    for (uint32_t i = 0; i < plan_.draws_per_document; ++i) {
      random.sample(plan_.population, plan_.count, one);
    }
    drawn_.insert(drawn_.end(), one.begin(), one.end());
  }
  if (starts_.size() == block + 1) starts_.push_back(random);
  block_ = block;
}

std::vector<uint32_t> ExampleDraws::of(uint64_t document) const {
  const uint64_t block = document / kDrawsPerBlock;
  const std::scoped_lock lock(mutex_);
  while (starts_.size() <= block) draw_block(starts_.size() - 1);
  if (block_ != block) draw_block(block);
  const auto first =
      drawn_.begin() + static_cast<std::ptrdiff_t>(document % kDrawsPerBlock * plan_.count);
  return {first, first + plan_.count};
}

}  // namespace assay::suites
