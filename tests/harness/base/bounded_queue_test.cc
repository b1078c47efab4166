#include "harness/base/bounded_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>

namespace assay {
namespace {

using ::testing::ElementsAre;

TEST(BoundedQueue, KeepsTheOrderAndHandsOutEverything) {
  BoundedQueue<int> queue(10);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.push(i));
  std::vector<int> more = {3, 4};
  queue.push_all_unbounded(more);
  EXPECT_TRUE(more.empty());
  std::vector<int> out = {-1};
  EXPECT_TRUE(queue.pop_all(out));
  EXPECT_THAT(out, ElementsAre(-1, 0, 1, 2, 3, 4));
  EXPECT_EQ(queue.size(), 0U);
}

TEST(BoundedQueue, PushBlocksWhileFull) {
  BoundedQueue<int> queue(1);
  EXPECT_TRUE(queue.push(1));
  std::atomic<bool> pushed = false;
  std::thread producer([&] {
    queue.push(2);
    pushed = true;
  });
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_FALSE(pushed);
  std::vector<int> out;
  while (out.size() < 2) queue.pop_all(out);
  producer.join();
  EXPECT_THAT(out, ElementsAre(1, 2));
}

TEST(BoundedQueue, UnboundedPushNeverBlocks) {
  BoundedQueue<int> queue(1);
  std::vector<int> many(100);
  queue.push_all_unbounded(many);
  EXPECT_EQ(queue.size(), 100U);
}

TEST(BoundedQueue, CloseLetsConsumersDrainAndProducersGo) {
  BoundedQueue<int> queue(1);
  queue.push(1);
  std::thread producer([&] { EXPECT_FALSE(queue.push(2)); });
  while (queue.size() == 0) std::this_thread::yield();
  queue.close();
  producer.join();
  EXPECT_FALSE(queue.drained());
  std::vector<int> out;
  EXPECT_TRUE(queue.pop_all(out));
  EXPECT_THAT(out, ElementsAre(1));
  EXPECT_TRUE(queue.drained());
  EXPECT_FALSE(queue.pop_all(out));
  EXPECT_FALSE(queue.push(3));
}

TEST(BoundedQueue, PopSomeLeavesTheRest) {
  BoundedQueue<std::unique_ptr<int>> queue(10);
  for (int i = 0; i < 5; ++i) queue.push(std::make_unique<int>(i));
  std::vector<std::unique_ptr<int>> out;
  EXPECT_TRUE(queue.pop_some(out, 2));
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(*out[1], 1);
  EXPECT_TRUE(queue.pop_some(out, 100));
  EXPECT_EQ(out.size(), 5U);
}

TEST(BoundedQueue, ManyProducersAndConsumersLoseNothing) {
  BoundedQueue<int> queue(16);
  constexpr int kEach = 20'000;
  std::vector<std::thread> producers;
  for (int p = 0; p < 3; ++p) {
    producers.emplace_back([&, p] {
      for (int i = 0; i < kEach; ++i) queue.push(p * kEach + i);
    });
  }
  std::vector<std::vector<int>> taken(3);
  std::vector<std::thread> consumers;
  for (std::vector<int>& mine : taken) {
    consumers.emplace_back([&] {
      while (queue.pop_some(mine, 7)) {
      }
    });
  }
  for (std::thread& producer : producers) producer.join();
  queue.close();
  for (std::thread& consumer : consumers) consumer.join();
  std::vector<int> all;
  for (const std::vector<int>& mine : taken) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  std::vector<int> expected(3 * kEach);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
}

}  // namespace
}  // namespace assay
