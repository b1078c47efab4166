#include "bench/characteristics/sequential_simulation.h"

#include <cmath>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace assay::bench {
namespace {

struct Item {
  double difference = 0;
  double latency = 0;
};

std::vector<Item> draw_items(const SequentialWorld& world, Rng& rng) {
  std::vector<Item> items(world.items);
  for (Item& item : items) {
    const double difficulty = rng.normal();
    const double tilt = world.by_difficulty * std::tanh(difficulty);
    const double worse = world.flips / 2 * (1 - tilt) + world.worse_by;
    const double better = world.flips / 2 * (1 + tilt);
    const double u = rng.uniform();
    item.difference = u < worse ? -1 : u < worse + better ? 1 : 0;
    item.latency = std::exp(world.latency_slope * difficulty + 0.3 * rng.normal());
  }
  return items;
}

// Which item comes back after which when at most `in_flight` are asked at a time.
class Slots {
 public:
  Slots(const std::vector<Item>& items, uint32_t in_flight)
      : items_(items), in_flight_(in_flight) {}
  // Starts items below number `end` in the free slots.
  void start(uint32_t end) {
    for (; busy_.size() < in_flight_ && started_ < items_.size() && started_ < end; ++started_)
      busy_.emplace(now_ + items_[started_].latency, started_);
  }
  [[nodiscard]] bool empty() const { return busy_.empty(); }
  [[nodiscard]] uint32_t started() const { return started_; }
  uint32_t next() {
    const auto [time, item] = busy_.top();
    busy_.pop();
    now_ = time;
    return item;
  }

 private:
  using End = std::pair<double, uint32_t>;
  const std::vector<Item>& items_;
  uint32_t in_flight_;
  std::priority_queue<End, std::vector<End>, std::greater<>> busy_;
  double now_ = 0;
  uint32_t started_ = 0;
};

}  // namespace

SequentialEnd simulate_sequential(const SequentialWorld& world, Rng rng) {
  const std::vector<Item> items = draw_items(world, rng);
  stats::SequentialTest test({.margin = world.margin, .alpha = world.alpha});
  Slots slots(items, world.in_flight);
  std::vector<bool> in(items.size());
  SequentialEnd end;
  const auto open = [&] { return test.verdict() == stats::SequentialVerdict::kOpen; };
  while (open()) {
    slots.start(world.planned_order ? end.items + world.ahead_max : world.items);
    if (slots.empty()) break;
    end.asked = slots.started();
    const uint32_t item = slots.next();
    in[item] = true;
    if (!world.planned_order) {
      test.add({.sum = items[item].difference, .items = 1});
      ++end.items;
      continue;
    }
    while (end.items < items.size() && in[end.items] && open())
      test.add({.sum = items[end.items++].difference, .items = 1});
  }
  end.verdict = test.verdict();
  return end;
}

}  // namespace assay::bench
