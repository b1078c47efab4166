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
  const double half =
      1.96 * std::sqrt(probe.good_share * (1 - probe.good_share) / static_cast<double>(n));
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
        const Found found = search_rate(server, LoadKind::kConstant, truth * offset, 1000, slots);
        const std::string what =
            fmt::format("{} slots, {} s, start {} x", slots, service_s, offset);
        ASSERT_TRUE(found.outcome.value.has_value()) << what << ": " << found.outcome.note;
        EXPECT_NEAR(*found.outcome.value / truth, 1, 0.05) << what;
        EXPECT_LE(found.outcome.probes, 12U) << what;
        EXPECT_LE(*found.outcome.low, truth * 1.05) << what;
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
              search_rate(server, LoadKind::kPoisson, truth * offset, 10'000, seed * 1000);
          const std::string what = fmt::format("{} slots, {}, start {} x, seed {}", slots,
                                               exponential ? "exponential" : "equal", offset, seed);
          ASSERT_TRUE(found.outcome.value.has_value()) << what << ": " << found.outcome.note;
          EXPECT_NEAR(*found.outcome.value / truth, 1, 0.05) << what;
          EXPECT_LE(found.outcome.probes, 12U) << what;
        }
      }
    }
  }
}

// Most searches begin near: then there is room to ask doubtful rates again.
TEST(RateSearch, TakesFewProbesFromNear) {
  const Server server{8, 0.1, false, 0.2};
  for (const double start : {30.0, 60.0, 79.0, 81.0, 150.0}) {
    const Found found = search_rate(server, LoadKind::kConstant, start, 2000, 5);
    ASSERT_TRUE(found.outcome.value.has_value()) << start;
    EXPECT_NEAR(*found.outcome.value, 80, 4) << start;
    EXPECT_LE(found.outcome.probes, 9U) << start;
  }
}

using Answer = std::function<ProbeResult(double rate)>;

ProbeResult plain(double rate, double good_share) {
  ProbeResult probe;
  probe.at = rate;
  probe.n = 100;
  probe.good_share = good_share;
  probe.good_low = good_share;
  probe.good_high = good_share;
  probe.achieved = rate;
  return probe;
}

struct Searched {
  SearchOutcome outcome;
  std::vector<double> rates;
};

Searched run(const RateSearchOptions& options, const Answer& answer) {
  RateSearch search(options);
  Searched out;
  while (const std::optional<double> rate = search.next()) {
    out.rates.push_back(*rate);
    EXPECT_GE(search.effort(), 1);
    EXPECT_LE(search.effort(), 8);
    search.learn(answer(*rate));
    if (out.rates.size() > 100) break;
  }
  EXPECT_LE(out.rates.size(), options.probes_max);
  out.outcome = search.outcome();
  EXPECT_EQ(out.outcome.probes, out.rates.size());
  return out;
}

TEST(RateSearch, AServerThatNeverPasses) {
  const Searched found = run({.rate_start = 1}, [](double rate) { return plain(rate, 0.2); });
  EXPECT_FALSE(found.outcome.value.has_value());
  EXPECT_FALSE(found.outcome.low.has_value());
  EXPECT_DOUBLE_EQ(found.outcome.high.value_or(0), 0.01);
  EXPECT_THAT(found.outcome.note, HasSubstr("even 0.01 requests/s did not meet the SLO"));
  EXPECT_LE(found.rates.size(), 5U);
  EXPECT_TRUE(std::is_sorted(found.rates.rbegin(), found.rates.rend()));
}

TEST(RateSearch, AServerThatAlwaysPasses) {
  const Searched found =
      run({.rate_start = 1, .rate_max = 1000}, [](double rate) { return plain(rate, 1); });
  EXPECT_FALSE(found.outcome.value.has_value());
  EXPECT_DOUBLE_EQ(found.outcome.low.value_or(0), 1000);
  EXPECT_FALSE(found.outcome.high.has_value());
  EXPECT_THAT(found.outcome.note, HasSubstr("at least 1000 requests/s"));
  EXPECT_EQ(found.rates, (std::vector<double>{1, 4, 16, 64, 256, 1000}));
  const Searched long_one = run({.rate_start = 0.01, .rate_max = 1e12, .probes_max = 4},
                                [](double rate) { return plain(rate, 1); });
  EXPECT_EQ(long_one.rates.size(), 4U);
  EXPECT_THAT(long_one.outcome.note, HasSubstr("4 probes were made"));
}

TEST(RateSearch, NoiseAloneEndsToo) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    const Searched found = run({.rate_start = 10}, [&](double rate) {
      ProbeResult probe = plain(rate, rng.uniform() < 0.5 ? 1 : 0);
      probe.n = 1 + rng.below(1000);
      probe.saturated = rng.below(5) == 0;
      probe.achieved = rate * rng.uniform();
      probe.good_low = 0;
      probe.good_high = 1;
      return probe;
    });
    EXPECT_FALSE(found.outcome.note.empty());
    for (const double rate : found.rates) {
      EXPECT_GE(rate, 0.01);
      EXPECT_LE(rate, 100'000);
    }
    if (found.outcome.low && found.outcome.high) {
      EXPECT_LT(*found.outcome.low, *found.outcome.high) << seed;
    }
  }
}

// Good replies do not help where the backlog grows.
TEST(RateSearch, SaturationIsAFailure) {
  const Searched found = run({.rate_start = 100}, [](double rate) {
    ProbeResult probe = plain(rate, 1);
    probe.saturated = rate > 20;
    probe.achieved = std::min(rate, 20.0);
    return probe;
  });
  ASSERT_TRUE(found.outcome.value.has_value());
  EXPECT_NEAR(*found.outcome.value, 20, 1);
}

// What a saturated server answered is the most that it can: the next probe goes there at once, and
// no second one is beyond it by much.
TEST(RateSearch, AnOverloadedServerIsNotAskedAllTheWayDown) {
  const Searched found = run({.rate_start = 64'000}, [](double rate) {
    ProbeResult probe = plain(rate, rate <= 50 ? 1 : 0);
    probe.saturated = rate > 55;
    probe.achieved = std::min(rate, 55.0);
    return probe;
  });
  ASSERT_GE(found.rates.size(), 3U);
  EXPECT_NEAR(found.rates[1], 62.5, 1e-9);  // at most a factor of 1024 at once
  EXPECT_LE(*std::max_element(found.rates.begin() + 1, found.rates.end()), 63);
  ASSERT_TRUE(found.outcome.value.has_value());
  EXPECT_NEAR(*found.outcome.value / 50, 1, 0.05);
}

TEST(RateSearch, AProbeThatAchievedNothingDoesNotSendItToTheBottom) {
  RateSearch search({.rate_start = 1000});
  ProbeResult probe = plain(1000, 0);
  probe.saturated = true;
  probe.achieved = 0;
  search.learn(probe);
  EXPECT_DOUBLE_EQ(search.next().value_or(0), 250);
}

TEST(RateSearch, AnInvalidProbeIsNeitherPassedNorFailed) {
  // Capacity 30; the instrument gives up above 50: found all the same.
  const auto answer = [](double limit) {
    return [limit](double rate) {
      ProbeResult probe = plain(rate, rate <= 30 ? 1 : 0);
      probe.invalid = rate > limit;
      return probe;
    };
  };
  const Searched found = run({.rate_start = 1}, answer(50));
  ASSERT_TRUE(found.outcome.value.has_value());
  EXPECT_NEAR(*found.outcome.value, 30, 1.5);
  // It gives up below the capacity: no value, what held is said, and it is tried three times only.
  const Searched blind = run({.rate_start = 1}, answer(10));
  EXPECT_FALSE(blind.outcome.value.has_value());
  EXPECT_FALSE(blind.outcome.high.has_value());
  EXPECT_GE(blind.outcome.low.value_or(0), 4);
  EXPECT_LE(blind.outcome.low.value_or(99), 10);
  EXPECT_THAT(blind.outcome.note, HasSubstr("the instrument was not valid"));
  const Searched never = run({.rate_start = 1}, answer(0));
  EXPECT_EQ(never.rates, (std::vector<double>{1, 0.25, 0.0625}));
  EXPECT_THAT(never.outcome.note, HasSubstr("no probe told anything"));
  // Nor is a probe without requests.
  RateSearch empty({.rate_start = 8});
  ProbeResult none = plain(8, 1);
  none.n = 0;
  empty.learn(none);
  EXPECT_DOUBLE_EQ(empty.next().value_or(0), 2);
}

TEST(RateSearch, AServerThatIsGoneEndsIt) {
  const Searched found = run({.rate_start = 1}, [](double rate) {
    ProbeResult probe = plain(rate, 1);
    probe.server_gone = rate > 10;
    return probe;
  });
  EXPECT_EQ(found.rates, (std::vector<double>{1, 4, 16}));
  EXPECT_FALSE(found.outcome.value.has_value());
  EXPECT_DOUBLE_EQ(found.outcome.low.value_or(0), 4);
  EXPECT_THAT(found.outcome.note, HasSubstr("nothing answered at 16 requests/s"));
}

TEST(RateSearch, OutOfProbesTheValueIsWhatHeld) {
  const Searched found = run({.rate_start = 1, .probes_max = 4},
                             [](double rate) { return plain(rate, rate <= 9 ? 1 : 0); });
  EXPECT_EQ(found.rates, (std::vector<double>{1, 4, 16, 8}));
  EXPECT_DOUBLE_EQ(found.outcome.value.value_or(0), 8);
  EXPECT_THAT(found.outcome.note, HasSubstr("closer was not searched: 4 probes were made"));
}

// An early short probe that was wrong is asked again and taken back.
TEST(RateSearch, AWrongEarlyProbeIsTakenBack) {
  bool first = true;
  RateSearch search({.rate_start = 10});
  while (const std::optional<double> rate = search.next()) {
    ProbeResult probe = plain(*rate, *rate <= 9.6 || first ? 1 : 0);
    probe.n = static_cast<uint64_t>(100 * search.effort());
    first = false;
    search.learn(probe);
  }
  const SearchOutcome outcome = search.outcome();
  ASSERT_TRUE(outcome.value.has_value());
  EXPECT_NEAR(*outcome.value / 9.6, 1, 0.05);
  EXPECT_LT(*outcome.low, 9.6);
  EXPECT_LE(outcome.probes, 12U);
}

TEST(RateSearch, EffortGrowsTowardsTheEnd) {
  RateSearch search({.rate_start = 1});
  EXPECT_DOUBLE_EQ(search.effort(), 1);
  search.learn(plain(1, 1));
  EXPECT_DOUBLE_EQ(search.effort(), 1);
  search.learn(plain(4, 0));
  EXPECT_DOUBLE_EQ(search.effort(), 1);  // 2 against 1 and 4
  search.learn(plain(1.2, 1));
  search.learn(plain(1.323, 0));  // next: 1.26, 5 % from each
  EXPECT_NEAR(search.effort(), 4, 0.01);
}

TEST(RateSearch, OptionsOutOfReasonAreReplaced) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Searched found =
      run({.rate_start = nan, .rate_min = -1, .rate_max = nan, .share = nan, .tolerance = -1},
          [&](double rate) { return plain(rate, rate < 100 ? 1 : nan); });
  ASSERT_TRUE(found.outcome.value.has_value());
  EXPECT_NEAR(*found.outcome.value, 100, 5);
  EXPECT_FALSE(RateSearch({.probes_max = 0}).next().has_value());
}

// --- The knee ------------------------------------------------------------------------------------

using KneeAnswer = std::function<ProbeResult(double concurrency)>;

struct KneeSearched {
  SearchOutcome outcome;
  std::vector<uint32_t> tried;
};

KneeSearched run_knee(const KneeSearchOptions& options, const KneeAnswer& answer) {
  KneeSearch search(options);
  KneeSearched out;
  while (const std::optional<uint32_t> concurrency = search.next()) {
    out.tried.push_back(*concurrency);
    search.learn(answer(*concurrency));
    if (out.tried.size() > 100) break;
  }
  EXPECT_LE(out.tried.size(), options.probes_max);
  out.outcome = search.outcome();
  return out;
}

// Closed loop over k slots: min(c, k) / s replies a second, each after max(c, k) / k s.
ProbeResult slots_at(double concurrency, double slots, double noise = 0) {
  ProbeResult probe;
  probe.at = concurrency;
  probe.n = 1000;
  probe.throughput = 50 * std::min(concurrency, slots) * (1 + noise);
  probe.throughput_low = probe.throughput * 0.99;
  probe.throughput_high = probe.throughput * 1.01;
  probe.latency = std::max(concurrency, slots) / slots;
  return probe;
}

TEST(KneeSearch, FindsTheSlotsOfAServer) {
  for (const double slots : {1, 2, 3, 5, 7, 8, 20, 33, 64, 100, 250}) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
      Rng rng(seed);
      const KneeSearched found = run_knee({.probes_max = 16}, [&](double c) {
        return slots_at(c, slots, 0.01 * (rng.uniform() - 0.5));
      });
      ASSERT_TRUE(found.outcome.value.has_value()) << slots << ": " << found.outcome.note;
      EXPECT_NEAR(*found.outcome.value / slots, 1, 0.08) << slots << ", seed " << seed;
      // The doubling stops at the first flat one.
      EXPECT_LE(*std::max_element(found.tried.begin(), found.tried.end()), slots * 4);
    }
  }
}

TEST(KneeSearch, AServerThatAlwaysGainsHasNoKnee) {
  const KneeSearched found =
      run_knee({.concurrency_max = 100}, [](double c) { return slots_at(c, 1e9); });
  EXPECT_EQ(found.tried, (std::vector<uint32_t>{1, 2, 4, 8, 16, 32, 64, 100}));
  EXPECT_FALSE(found.outcome.value.has_value());
  EXPECT_DOUBLE_EQ(found.outcome.low.value_or(0), 100);
  EXPECT_THAT(found.outcome.note, HasSubstr("still gained at concurrency 100"));
}

TEST(KneeSearch, AServerThatNeverGainsHasItAtTheStart) {
  const KneeSearched found = run_knee({}, [](double c) { return slots_at(c, 1); });
  EXPECT_EQ(found.tried, (std::vector<uint32_t>{1, 2}));
  EXPECT_DOUBLE_EQ(found.outcome.value.value_or(0), 1);
  const KneeSearched silent = run_knee({}, [](double c) { return slots_at(c, 0); });
  EXPECT_FALSE(silent.outcome.value.has_value());
  EXPECT_THAT(silent.outcome.note, HasSubstr("no output"));
}

TEST(KneeSearch, GainsWithinTheNoiseAreNone) {
  const KneeSearched found = run_knee({}, [](double c) {
    ProbeResult probe = slots_at(c, 1);
    probe.throughput = 50 + 3 * std::log2(c);  // + 6 % a doubling at first
    probe.throughput_low = probe.throughput * 0.8;
    probe.throughput_high = probe.throughput * 1.2;
    return probe;
  });
  EXPECT_EQ(found.tried, (std::vector<uint32_t>{1, 2}));
}

TEST(KneeSearch, FallingThroughputAndLeapingLatencyEndIt) {
  const KneeSearched falling =
      run_knee({}, [](double c) { return c <= 16 ? slots_at(c, 16) : slots_at(c, 16 * 16 / c); });
  ASSERT_TRUE(falling.outcome.value.has_value());
  EXPECT_NEAR(*falling.outcome.value, 16, 1);
  EXPECT_EQ(*std::max_element(falling.tried.begin(), falling.tried.end()), 32U);
  const KneeSearched leaping = run_knee({}, [](double c) {
    ProbeResult probe = slots_at(c, 1e9);
    if (c > 16) probe.latency = 40;  // its throughput still says that it gains
    return probe;
  });
  ASSERT_TRUE(leaping.outcome.value.has_value());
  EXPECT_LE(*leaping.outcome.value, 16);
  EXPECT_EQ(*std::max_element(leaping.tried.begin(), leaping.tried.end()), 32U);
  EXPECT_THAT(leaping.outcome.note, HasSubstr("at 32 the latency leapt"));
}

TEST(KneeSearch, InvalidProbesAndAServerThatIsGone) {
  const KneeSearched invalid = run_knee({}, [](double c) {
    ProbeResult probe = slots_at(c, 40);
    probe.invalid = c > 60;
    return probe;
  });
  ASSERT_TRUE(invalid.outcome.value.has_value()) << invalid.outcome.note;
  EXPECT_NEAR(*invalid.outcome.value, 40, 3);
  const KneeSearched blind = run_knee({}, [](double c) {
    ProbeResult probe = slots_at(c, 40);
    probe.invalid = c > 10;
    return probe;
  });
  EXPECT_FALSE(blind.outcome.value.has_value());
  EXPECT_THAT(blind.outcome.note, HasSubstr("the instrument was not valid"));
  const KneeSearched never = run_knee({}, [](double c) {
    ProbeResult probe = slots_at(c, 40);
    probe.invalid = true;
    return probe;
  });
  EXPECT_EQ(never.tried.size(), 3U);
  EXPECT_THAT(never.outcome.note, HasSubstr("no probe told anything"));
  const KneeSearched gone = run_knee({}, [](double c) {
    ProbeResult probe = slots_at(c, 40);
    probe.server_gone = c > 4;
    return probe;
  });
  EXPECT_EQ(gone.tried, (std::vector<uint32_t>{1, 2, 4, 8}));
  EXPECT_FALSE(gone.outcome.value.has_value());
  EXPECT_THAT(gone.outcome.note, HasSubstr("nothing answered at concurrency 8"));
}

TEST(KneeSearch, NoiseAloneEndsToo) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    const KneeSearched found = run_knee({}, [&](double c) {
      ProbeResult probe = slots_at(c, 8, rng.uniform() * 3 - 1);
      probe.latency = rng.uniform();
      probe.invalid = rng.below(8) == 0;
      return probe;
    });
    EXPECT_FALSE(found.outcome.note.empty());
    for (const uint32_t c : found.tried) {
      EXPECT_GE(c, 1U);
      EXPECT_LE(c, 1024U);
    }
  }
}

}  // namespace
}  // namespace assay::load
