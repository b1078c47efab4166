#include "harness/load/search.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <queue>
#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "harness/load/arrivals.h"

namespace assay::load {
namespace {

using testing::HasSubstr;

// A server of k slots with one queue, first come first served.
struct Server {
  size_t slots = 1;
  double service_s = 0.1;
  bool exponential = false;  // service times; otherwise all the same
  double bound_s = 0.3;      // of e2e: the SLO
};

// What a load at this rate sees: arrivals as the program makes them, e2e from due time.
ProbeResult load_server(const Server& server, LoadKind kind, double rate, uint64_t n,
                        uint64_t seed) {
  const auto due = arrivals({.kind = kind, .rate = rate}, {.count = n}, seed);
  EXPECT_TRUE(due.has_value());
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (size_t i = 0; i < server.slots; ++i) free_at.push(0);
  Rng rng(seed, 99);
  uint64_t good = 0;
  double last_s = 0;
  std::vector<double> waits;
  for (const Nanos at : *due) {
    const double at_s = std::chrono::duration<double>(at).count();
    const double begin_s = std::max(at_s, free_at.top());
    free_at.pop();
    const double service_s =
        server.exponential ? -server.service_s * std::log(1 - rng.uniform()) : server.service_s;
    free_at.push(begin_s + service_s);
    last_s = std::max(last_s, begin_s + service_s);
    waits.push_back(begin_s - at_s);
    if (begin_s + service_s - at_s <= server.bound_s * (1 + 1e-12)) ++good;
  }
  ProbeResult probe;
  probe.at = rate;
  probe.n = n;
  probe.good_share = static_cast<double>(good) / static_cast<double>(n);
  const double half = 1.96 * std::sqrt(probe.good_share * (1 - probe.good_share) /
                                       static_cast<double>(n));
  probe.good_low = probe.good_share - half;
  probe.good_high = probe.good_share + half;
  probe.achieved = static_cast<double>(n) / last_s;
  // The queue is as long at the end as it can only be when it has grown all the time.
  const double end = waits.back();
  probe.saturated = end > 4 * server.bound_s && end > 1.5 * waits[n / 2];
  return probe;
}

struct Found {
  SearchOutcome outcome;
  uint64_t requests = 0;
};

Found search_rate(const Server& server, LoadKind kind, double start, uint64_t n, uint64_t seed) {
  RateSearch search({.rate_start = start, .rate_min = 1e-6, .rate_max = 1e9});
  Found found;
  while (const std::optional<double> rate = search.next()) {
    const auto wanted = static_cast<uint64_t>(static_cast<double>(n) * search.effort());
    found.requests += wanted;
    search.learn(load_server(server, kind, *rate, wanted, seed + found.requests));
  }
  found.outcome = search.outcome();
  return found;
}

// Constant arrivals, equal service times: below slots / service_s nothing ever waits, above it the
// queue grows for ever.
TEST(RateSearch, FindsTheExactCapacityOfAServerWithSlots) {
  for (const size_t slots : {1U, 3U, 16U, 64U}) {
    for (const double service_s : {0.003, 0.2, 7.0}) {
      for (const double offset : {1e-3, 0.013, 0.4, 1.0, 1.7, 31.0, 1e3}) {
        const Server server{slots, service_s, false, service_s * 1.5};
        const double truth = static_cast<double>(slots) / service_s;
        const Found found =
            search_rate(server, LoadKind::kConstant, truth * offset, 1000, slots);
        const std::string what = fmt::format("{} slots, {} s, start {} x", slots, service_s, offset);
        ASSERT_TRUE(found.outcome.value.has_value()) << what << ": " << found.outcome.note;
        EXPECT_NEAR(*found.outcome.value / truth, 1, 0.05) << what;
        EXPECT_LE(found.outcome.probes, 12U) << what;
        EXPECT_LE(*found.outcome.low, truth * 1.02) << what;
        EXPECT_LT(*found.outcome.low, *found.outcome.high) << what;
      }
    }
  }
}

// Where chance decides, the truth is what a long run says.
double long_run_capacity(const Server& server, LoadKind kind) {
  double low = 0.01 * static_cast<double>(server.slots) / server.service_s;
  double high = 100 * low;
  for (int i = 0; i < 11; ++i) {
    const double middle = std::sqrt(low * high);
    const bool holds = load_server(server, kind, middle, 300'000, 12'345).good_share >= 0.95;
    (holds ? low : high) = middle;
  }
  return std::sqrt(low * high);
}

TEST(RateSearch, FindsTheCapacityUnderPoissonArrivals) {
  for (const size_t slots : {1U, 4U, 32U}) {
    for (const bool exponential : {false, true}) {
      const Server server{slots, 0.1, exponential, exponential ? 0.6 : 0.25};
      const double truth = long_run_capacity(server, LoadKind::kPoisson);
      ASSERT_LT(truth, static_cast<double>(slots) / server.service_s);
      for (const double offset : {1e-3, 0.05, 0.9, 20.0, 1e3}) {
        for (uint64_t seed = 1; seed <= 4; ++seed) {
          const Found found =
              search_rate(server, LoadKind::kPoisson, truth * offset, 2000, seed * 1000);
          const std::string what =
              fmt::format("{} slots, {}, start {} x, seed {}", slots,
                          exponential ? "exponential" : "equal", offset, seed);
          ASSERT_TRUE(found.outcome.value.has_value()) << what << ": " << found.outcome.note;
          EXPECT_NEAR(*found.outcome.value / truth, 1, 0.05) << what;
          EXPECT_LE(found.outcome.probes, 12U) << what;
        }
      }
    }
  }
}
}  // namespace
}  // namespace assay::load
