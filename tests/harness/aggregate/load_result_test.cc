// Every figure of one load, by hand, at its edges, and against simple reference code.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/aggregate/load_gaps.h"
#include "harness/base/rng.h"
#include "harness/stats/percentile.h"
#include "tests/harness/aggregate/load_builder.h"

namespace assay::aggregate {
namespace {

using test::LoadStore;
using test::metric;
using test::ms_to_ns;
using test::p50;
using test::RequestSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two requests side by side, then two more; times in ms.
LoadStore two_waves() {
  LoadStore file;
  file.load.end_ns = ms_to_ns(200);
  file.add({.due = 0,
            .sent = 1,
            .done = 60,
            .chunks = {{11, 1}, {21, 1}, {41, 1}},
            .output = 3,
            .input = 10,
            .first_answer = 21,
            .loop_lag = 0.1});
  file.add({.due = 0,
            .sent = 2,
            .done = 100,
            .chunks = {{32, 0}, {92, 0}},
            .output = 2,
            .input = 20,
            .first_answer = 32,
            .loop_lag = 0.2});
  file.add({.due = 60,
            .sent = 60,
            .done = 160,
            .chunks = {{110, 0}, {120, 0}, {150, 0}},
            .output = 3,
            .input = 30,
            .first_answer = 110,
            .loop_lag = 0.1});
  file.add(
      {.due = 100, .sent = 101, .done = 200, .outcome = Outcome::kServerError, .http_status = 500});
  return file;
}

TEST(LoadResult, CountsAndTimesByHand) {
  const LoadResult r = two_waves().result();
  EXPECT_EQ(r.requests, 4U);
  EXPECT_EQ(r.good, 3U);
  EXPECT_EQ(r.failed, 1U);
  EXPECT_THAT(r.errors, ElementsAre(std::pair<std::string, uint64_t>("server_error", 1)));
  // TTFT: 11 - 1 - 1 = 9, 30, 50; TTFA: 21 - 1 - 1 = 19, 30, 50.
  EXPECT_DOUBLE_EQ(p50(r, "ttft"), 0.030);
  EXPECT_EQ(metric(r, "ttft").summary.n, 3U);
  EXPECT_DOUBLE_EQ(metric(r, "ttft").summary.ecdf.front().first, 0.009);
  EXPECT_DOUBLE_EQ(metric(r, "ttfa").summary.ecdf.front().first, 0.019);
  // Gaps 10 20, 60, 10 30 ms: median 20; one token a chunk, so ITL is the same.
  EXPECT_EQ(metric(r, "chunk_gap").summary.n, 5U);
  EXPECT_DOUBLE_EQ(p50(r, "chunk_gap"), 0.020);
  EXPECT_DOUBLE_EQ(*metric(r, "chunk_gap").summary.mean.value, 0.026);
  EXPECT_DOUBLE_EQ(p50(r, "itl"), 0.020);
  // TPOT 30 / 2, 60 / 1, 40 / 2 ms.
  EXPECT_DOUBLE_EQ(p50(r, "tpot"), 0.020);
  // Normalised: 59 / 3, 98 / 2, 100 / 3 ms.
  EXPECT_NEAR(p50(r, "normalized"), 0.1 / 3, 1e-9);
  EXPECT_DOUBLE_EQ(p50(r, "e2e"), 0.100);       // 60, 100, 100
  EXPECT_DOUBLE_EQ(p50(r, "e2e_sent"), 0.098);  // 59, 98, 100
  EXPECT_DOUBLE_EQ(p50(r, "queue"), 0.001);     // 1, 2, 0
  std::vector<std::string> names;
  for (const LoadMetric& m : r.metrics) names.push_back(m.name);
  EXPECT_THAT(names, ElementsAre("ttft", "ttfa", "tpot", "itl", "chunk_gap", "normalized", "e2e",
                                 "e2e_sent", "queue"));
  std::vector<double> percentiles;
  for (const Percentile& p : metric(r, "e2e").summary.percentiles) percentiles.push_back(p.p);
  EXPECT_THAT(percentiles, ElementsAre(0.5, 0.9, 0.95, 0.99, 0.999));
  EXPECT_THAT(metric(r, "e2e").summary.percentiles[4].estimate.method, HasSubstr("cannot support"));
}

TEST(LoadResult, RatesByHand) {
  const LoadResult r = two_waves().result();
  EXPECT_DOUBLE_EQ(r.window_s, 0.2);
  EXPECT_DOUBLE_EQ(*r.requests_per_s.value, 15);
  EXPECT_DOUBLE_EQ(*r.output_tokens_per_s.value, 40);
  EXPECT_DOUBLE_EQ(*r.total_tokens_per_s.value, 340);
  EXPECT_FALSE(r.requests_per_s.ci_low);
  EXPECT_THAT(r.requests_per_s.method, HasSubstr("needs 10"));
  // In flight: 59 + 98 + 100 + 99 of 200 ms.
  EXPECT_DOUBLE_EQ(r.in_flight_mean, 356.0 / 200);
  // Both slots: from 2 to 160 ms (100..101 one only); all tokens but none outside: 8 in 158 ms.
  EXPECT_DOUBLE_EQ(r.steady_s, 0.158);
  EXPECT_DOUBLE_EQ(*r.steady_output_tokens_per_s.value, 8 / 0.158);
  EXPECT_DOUBLE_EQ(*r.availability.value, 0.75);
  EXPECT_EQ(r.availability.method, "wilson");
  // Prompt tokens over TTFT: 10 / 9, 20 / 30, 30 / 50 a ms.
  EXPECT_NEAR(*r.prefill_tokens_per_s.value, 20 / 0.030, 1e-9);
  EXPECT_FALSE(r.good_share.value);
  EXPECT_EQ(r.good_share.method, "no SLO was given");
  EXPECT_FALSE(r.slo_met);
  EXPECT_EQ(r.usage.output_tokens, 8);
  EXPECT_EQ(r.usage.input_tokens, 60);
  EXPECT_EQ(r.usage.cached_tokens, -1);
  EXPECT_DOUBLE_EQ(*r.input_length_correlation.value, 1);
}

TEST(LoadResult, CountsTokensAndChunks) {
  const LoadResult r = two_waves().result();
  EXPECT_EQ(r.tokens.replies, 3U);
  EXPECT_EQ(r.tokens.chunks, 8U);
  EXPECT_EQ(r.tokens.tokens, 8U);
  EXPECT_EQ(r.tokens.usage_missing, 0U);
  EXPECT_EQ(r.tokens.difference, 0);
  EXPECT_EQ(r.tokens.method, "usage; one token a chunk");
}

TEST(LoadResult, SeveralTokensAChunk) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(200);
  // Four a chunk, two in the last: gaps 40 ms over 4 tokens, 40 ms over 2.
  file.add({.done = 100, .chunks = {10, 50, 90}, .output = 4, .reasoning = 6});
  const LoadResult r = file.result();
  EXPECT_EQ(metric(r, "chunk_gap").summary.n, 2U);
  EXPECT_EQ(metric(r, "itl").summary.n, 6U);
  EXPECT_DOUBLE_EQ(p50(r, "itl"), 0.010);
  EXPECT_DOUBLE_EQ(*metric(r, "itl").summary.mean.value, 0.080 / 6);
  EXPECT_DOUBLE_EQ(*metric(r, "itl").summary.percentiles[4].estimate.value, 0.020);
  EXPECT_NEAR(p50(r, "tpot"), 0.080 / 9, 1e-9);
  EXPECT_EQ(r.tokens.method, "usage; 4 tokens a chunk");
  EXPECT_DOUBLE_EQ(r.tokens.difference, 10.0 / 3 - 1);
  EXPECT_DOUBLE_EQ(*r.output_tokens_per_s.value, 50);
}

TEST(LoadResult, WithoutUsageAChunkCountsAndTheNoteSaysSo) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(100);
  file.add({.done = 90, .chunks = {10, 50, 90}});
  file.add({.done = 90, .chunks = {10, 50}, .output = 2});
  const LoadResult r = file.result();
  EXPECT_EQ(r.tokens.usage_missing, 1U);
  EXPECT_EQ(r.tokens.tokens, 2U);
  EXPECT_EQ(r.tokens.method, "usage; one token a chunk (1 replies), chunks (no usage) (1 replies)");
  EXPECT_THAT(metric(r, "itl").note, HasSubstr("1 of 2 replies did not say their tokens"));
  EXPECT_EQ(metric(r, "chunk_gap").note, "");
  EXPECT_DOUBLE_EQ(*r.output_tokens_per_s.value, 50);
}

TEST(LoadResult, RepliesThatDoNotStream) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(100);
  file.load.slo.ttft_s = 1;
  file.add({.done = 50, .output = 5});
  file.add({.done = 60});
  const LoadResult r = file.result();
  for (const char* name : {"ttft", "ttfa", "tpot", "itl", "chunk_gap"}) {
    EXPECT_EQ(metric(r, name).summary.n, 0U) << name;
    EXPECT_EQ(metric(r, name).note, "no reply streamed") << name;
  }
  EXPECT_DOUBLE_EQ(p50(r, "e2e"), 0.055);
  EXPECT_DOUBLE_EQ(p50(r, "normalized"), 0.010);
  EXPECT_DOUBLE_EQ(*r.output_tokens_per_s.value, 50);
  EXPECT_THAT(r.output_tokens_per_s.method, HasSubstr("without 1 replies"));
  EXPECT_FALSE(r.good_share.value);
  EXPECT_THAT(r.good_share.method, HasSubstr("no reply streamed"));
  EXPECT_EQ(r.prefill_tokens_per_s.method, "no streamed reply said its prompt tokens");
}

TEST(LoadResult, AFirstTokenWithoutAChunkLogIsATtft) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(100);
  file.add({.sent = 5, .done = 95, .output = 10, .first_token = 50, .first_answer = 60});
  const LoadResult r = file.result();
  EXPECT_DOUBLE_EQ(p50(r, "ttft"), 0.045);
  EXPECT_DOUBLE_EQ(p50(r, "ttfa"), 0.055);
  EXPECT_DOUBLE_EQ(p50(r, "tpot"), 0.005);  // (95 - 50) / 9
}

TEST(LoadResult, OneTokenAndOneChunkHaveNoTimeBetweenTokens) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(100);
  file.add({.done = 50, .chunks = {40}, .output = 1});
  file.add({.done = 50, .chunks = {40}, .output = 30});
  const LoadResult r = file.result();
  EXPECT_EQ(metric(r, "tpot").summary.n, 0U);
  EXPECT_EQ(metric(r, "tpot").note, "no reply streamed two tokens in more than one piece");
  EXPECT_EQ(metric(r, "itl").summary.n, 0U);
  EXPECT_EQ(metric(r, "itl").note, "no reply came in more than one chunk");
  EXPECT_EQ(metric(r, "ttft").summary.n, 2U);
}

TEST(LoadResult, NothingAtAll) {
  LoadStore file;
  const LoadResult r = file.result();
  EXPECT_EQ(r.requests, 0U);
  EXPECT_FALSE(r.availability.value);
  EXPECT_FALSE(r.requests_per_s.value);
  EXPECT_EQ(r.requests_per_s.method, "the window is empty");
  EXPECT_EQ(metric(r, "e2e").note, "no request was measured");
  EXPECT_TRUE(r.series.empty());
  EXPECT_FALSE(r.saturated);
  EXPECT_TRUE(r.instrument.valid);
}

TEST(LoadResult, AllFailed) {
  LoadStore file;
  file.load.kind = LoadKind::kConstant;
  file.load.end_ns = ms_to_ns(100);
  file.load.slo.e2e_s = 1;
  for (int i = 0; i < 5; ++i) {
    file.add({.due = 1.0 + i * 10.0,
              .done = 2.0 + i * 10.0,
              .outcome = Outcome::kConnectError,
              .http_status = 0});
  }
  const LoadResult r = file.result();
  EXPECT_EQ(r.failed, 5U);
  EXPECT_EQ(*r.availability.value, 0);
  EXPECT_EQ(*r.good_share.value, 0);
  EXPECT_EQ(*r.goodput.value, 0);
  EXPECT_EQ(r.slo_met, false);
  EXPECT_EQ(*r.requests_per_s.value, 0);
  EXPECT_EQ(metric(r, "e2e").note, "no request was answered");
  EXPECT_EQ(r.instrument.dispatch_late_s.n, 0U) << "what was never sent was not sent late";
}

TEST(LoadResult, WarmUpIsCountedNotMeasured) {
  LoadStore file;
  file.load.warm_up_s = 0.1;
  file.load.end_ns = ms_to_ns(300);
  file.add({.due = 0, .done = 90, .chunks = {80, 85}, .output = 2, .warm_up = true});
  file.add({.due = 90, .sent = 90, .done = 150, .chunks = {95, 140}, .output = 2, .warm_up = true});
  file.add({.due = 150, .sent = 150, .done = 300, .chunks = {200, 220}, .output = 2});
  const LoadResult r = file.result();
  EXPECT_EQ(r.warm_up, 2U);
  EXPECT_EQ(r.requests, 1U);
  EXPECT_DOUBLE_EQ(p50(r, "e2e"), 0.150);
  EXPECT_DOUBLE_EQ(r.window_s, 0.2);
  // What ended and came in the window, of the warm-up's request too: 2 requests, 3 tokens.
  EXPECT_DOUBLE_EQ(*r.requests_per_s.value, 10);
  EXPECT_DOUBLE_EQ(*r.output_tokens_per_s.value, 15);
  EXPECT_EQ(r.usage.output_tokens, 2);
}

TEST(LoadResult, WhatComesAfterTheDurationIsNotThroughput) {
  LoadStore file;
  file.load.duration_s = 0.1;
  file.load.end_ns = ms_to_ns(400);
  file.add({.due = 0, .done = 90, .chunks = {50, 80}, .output = 2});
  file.add({.due = 0, .done = 400, .chunks = {90, 350}, .output = 2});
  const LoadResult r = file.result();
  EXPECT_DOUBLE_EQ(r.window_s, 0.1);
  EXPECT_DOUBLE_EQ(*r.requests_per_s.value, 10);
  EXPECT_DOUBLE_EQ(*r.output_tokens_per_s.value, 30);
  EXPECT_EQ(metric(r, "e2e").summary.n, 2U);
}

TEST(LoadResult, SloCountsErrorsInTheDenominator) {
  LoadStore file = two_waves();
  file.load.slo.ttft_s = 0.040;
  file.load.slo.tpot_s = 0.030;
  file.load.slo.share = 0.25;
  const LoadResult r = file.result();
  EXPECT_DOUBLE_EQ(*r.good_share.value, 0.25);  // only the first keeps both
  EXPECT_EQ(r.good_share.n, 4U);
  EXPECT_DOUBLE_EQ(*r.goodput.value, 5);
  EXPECT_EQ(r.slo_met, true);
}

TEST(LoadResult, SloBoundsOneByOne) {
  const auto share = [](const Slo& slo) {
    LoadStore file = two_waves();
    file.load.slo = slo;
    return *file.result().good_share.value;
  };
  EXPECT_DOUBLE_EQ(share({.ttft_s = 0.030}), 0.5);
  EXPECT_DOUBLE_EQ(share({.ttfa_s = 0.019}), 0.25);
  EXPECT_DOUBLE_EQ(share({.tpot_s = 0.020}), 0.5);
  EXPECT_DOUBLE_EQ(share({.e2e_s = 0.099}), 0.25);
  EXPECT_DOUBLE_EQ(share({.e2e_s = 0.100}), 0.75);
}

TEST(LoadResult, CancelledRequestsAreNone) {
  LoadStore file = two_waves();
  file.add({.due = 1, .sent = 1, .done = 5, .outcome = Outcome::kCancelled});
  EXPECT_EQ(file.result().requests, 4U);
  EXPECT_EQ(file.result().failed, 1U);
}

// Ten requests, one a 100 ms: ten batches of... five batches of 200 ms with two each.
TEST(LoadResult, BatchMeans) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(1000);
  for (int i = 0; i < 10; ++i) {
    file.add(
        {.due = i * 100.0, .sent = i * 100.0, .done = i * 100.0 + (i == 9 ? 20 : 50), .output = 4});
  }
  const LoadResult even = file.result();
  EXPECT_EQ(even.requests_per_s.method, "batch means, t (5 batches)");
  EXPECT_DOUBLE_EQ(*even.requests_per_s.value, 10);
  EXPECT_DOUBLE_EQ(*even.requests_per_s.ci_low, 10);
  EXPECT_DOUBLE_EQ(*even.requests_per_s.ci_high, 10);
  file.add({.due = 900, .sent = 900, .done = 1000, .output = 4});
  const LoadResult uneven = file.result();
  // Batches 2 2 2 2 3 in 0.2 s: rates 10 10 10 10 15; s = sqrt(5), t(4) = 2.776445.
  EXPECT_DOUBLE_EQ(*uneven.requests_per_s.value, 11);
  EXPECT_NEAR(*uneven.requests_per_s.ci_high, 11 + 2.7764451052 * std::sqrt(5.0) / std::sqrt(5.0),
              1e-9);
  EXPECT_EQ(uneven.requests_per_s.n, 11U);
}

TEST(LoadResult, SteadyStateOfOpenLoopsEndsWithTheLastDueTime) {
  LoadStore file;
  file.load.kind = LoadKind::kConstant;
  file.load.end_ns = ms_to_ns(100);
  file.load.last_due_ns = ms_to_ns(50);
  file.add({.due = 0, .done = 40, .chunks = {10, 20}, .output = 2});
  file.add({.due = 50, .sent = 50, .done = 100, .chunks = {60, 70}, .output = 2});
  LoadResult r = file.result();
  EXPECT_DOUBLE_EQ(r.steady_s, 0.05);
  EXPECT_DOUBLE_EQ(*r.steady_output_tokens_per_s.value, 40);
  file.load.last_due_ns = ms_to_ns(10);
  r = file.result();
  EXPECT_FALSE(r.steady_output_tokens_per_s.value);
  EXPECT_THAT(r.steady_output_tokens_per_s.method, HasSubstr("n too small"));
}

TEST(LoadResult, ALoadWithoutEndGoesToItsLastReply) {
  LoadStore file;
  file.load.end_ns = -1;
  file.load.begin_ns = -1;
  file.add({.due = 10, .sent = 10, .done = 110, .output = 1});
  const LoadResult r = file.result();
  EXPECT_DOUBLE_EQ(r.window_s, 0.1);
  EXPECT_THAT(r.instrument.warnings, ElementsAre(HasSubstr("has no end")));
}

TEST(LoadResult, SeriesInRoundBuckets) {
  LoadStore file = two_waves();
  LoadOptions options;
  options.buckets = 5;  // 200 ms in at most five: 50 ms
  const std::vector<TimeBucket> s = file.result(options).series;
  ASSERT_EQ(s.size(), 4U);
  EXPECT_DOUBLE_EQ(s[1].start_s, 0.05);
  EXPECT_DOUBLE_EQ(s[0].length_s, 0.05);
  EXPECT_EQ(s[0].due, 2U);
  EXPECT_EQ(s[1].due, 1U);
  EXPECT_EQ(s[2].due, 1U);
  EXPECT_EQ(s[1].good, 1U);  // 60 ms
  EXPECT_EQ(s[2].good, 1U);  // 100 ms
  EXPECT_EQ(s[3].good, 1U);
  EXPECT_EQ(s[3].failed, 1U);  // at the load's very end
  EXPECT_DOUBLE_EQ(s[0].tokens_per_s, 4 / 0.05);
  EXPECT_DOUBLE_EQ(s[2].tokens_per_s, 2 / 0.05);
  EXPECT_DOUBLE_EQ(s[0].in_flight, (49.0 + 48) / 50);
  EXPECT_DOUBLE_EQ(*s[0].ttft_p50_s, (0.009 + 0.030) / 2);
  EXPECT_FALSE(s[2].ttft_p50_s) << "its only request failed";
  EXPECT_FALSE(s[3].e2e_p50_s);
}

// Metrics of gaps against plain code on the expanded list of gaps.
TEST(LoadResult, GapsAgainstSortedLists) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(1e6);
  std::vector<double> itl;
  std::vector<double> gaps;
  for (uint64_t q = 0; q < 60; ++q) {
    Rng rng(3, q);
    RequestSpec spec;
    double at = 10;
    const uint64_t each = 1 + rng.below(3);
    const uint64_t chunks = 20 + rng.below(30);
    for (uint64_t i = 0; i < chunks; ++i) {
      spec.chunks.emplace_back(at);
      const double gap =
          std::floor(rng.lognormal(1, 1)) * static_cast<double>(each) * (q == 7 ? 3000 : 1);
      if (i + 1 == chunks) break;
      at += gap;
      gaps.push_back(gap / 1000);
      for (uint64_t k = 0; k < each; ++k) itl.push_back(gap / 1000 / static_cast<double>(each));
    }
    spec.output = static_cast<int64_t>(each * chunks);
    spec.done = at;
    file.add(spec);
  }
  const LoadResult r = file.result();
  const auto check = [&](std::string_view name, std::vector<double> values) {
    const LatencySummary& s = metric(r, name).summary;
    std::sort(values.begin(), values.end());
    ASSERT_EQ(s.n, values.size()) << name;
    for (const Percentile& p : s.percentiles) {
      EXPECT_NEAR(*p.estimate.value, *stats::percentile(values, p.p).value, 1e-8) << name << p.p;
      if (p.estimate.ci_low) {
        EXPECT_LE(*p.estimate.ci_low, *p.estimate.value);
        EXPECT_GE(*p.estimate.ci_high, *p.estimate.value);
      }
    }
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    EXPECT_NEAR(*s.mean.value, sum / static_cast<double>(values.size()), 1e-8);
    ASSERT_TRUE(s.mean.ci_low);
    EXPECT_LT(*s.mean.ci_low, *s.mean.value);
    ASSERT_LE(s.ecdf.size(), 200U);
    for (const auto& [value, share] : s.ecdf) {
      const auto at_most = std::upper_bound(values.begin(), values.end(), value + 1e-8);
      EXPECT_NEAR(
          share, static_cast<double>(at_most - values.begin()) / static_cast<double>(values.size()),
          1e-12);
    }
  };
  check("chunk_gap", gaps);
  check("itl", itl);
}

TEST(LoadResult, GapsOfOneReplyHaveNoInterval) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(1000);
  RequestSpec spec{.done = 1000};
  for (int i = 0; i < 500; ++i) spec.chunks.emplace_back(10.0 + i);
  file.add(spec);
  const LoadResult r = file.result();
  const LatencySummary& s = metric(r, "chunk_gap").summary;
  EXPECT_DOUBLE_EQ(*s.percentiles[0].estimate.value, 0.001);
  EXPECT_FALSE(s.percentiles[0].estimate.ci_low);
  EXPECT_THAT(s.percentiles[0].estimate.method, HasSubstr("one cluster"));
  EXPECT_FALSE(s.mean.ci_low);
}

TEST(GapColumn, ReadsByRankInEveryForm) {
  for (const bool weighted : {false, true}) {
    GapColumn column(10, weighted);
    std::vector<int64_t> plain;
    for (uint64_t i = 0; i < 3000; ++i) {
      Rng rng(8, i);
      const auto ns = static_cast<int64_t>(rng.below(rng.below(5) == 0 ? 20'000'000'000 : 5000));
      const auto weight = static_cast<uint32_t>(weighted ? rng.below(4) : 1);
      column.push(ns, weight);
      plain.insert(plain.end(), weight, ns);
    }
    column.sort();
    std::sort(plain.begin(), plain.end());
    ASSERT_EQ(column.size(), plain.size());
    for (size_t i = 0; i < plain.size(); ++i) ASSERT_EQ(column.at(i), plain[i]);
  }
}

// The file is being written: each pass sees more requests, also between those it knew.
class GrowingStore final : public test::FakeStore {
 public:
  using FakeStore::FakeStore;
  [[nodiscard]] Result<void> read_load_records(
      uint32_t, const std::function<void(const LoadRecord&)>& take) const override {
    for (uint64_t number = 0; number < 20; ++number) {
      // The first pass sees the even numbers; later ones everything.
      if (passes_ == 0 && number % 2 == 1) continue;
      RequestSpec spec{.done = 100, .output = number % 2 == 0 ? 3 : 30};
      for (const double at : {10, 20, 30}) spec.chunks.emplace_back(at);
      test::FakeRequest request = test::request_of(spec);
      request.record.place.number = number;
      request.record.chunks = request.chunks;
      take(request.record);
    }
    ++passes_;
    return {};
  }

 private:
  mutable int passes_ = 0;
};

TEST(LoadResult, WhatIsWrittenMeanwhileIsPassedOver) {
  const GrowingStore store("growing.assay");
  LoadInfo load;
  load.begin_ns = 0;
  load.end_ns = ms_to_ns(100);
  const Result<LoadResult> r = summarize_load(store, load, {});
  ASSERT_TRUE(r);
  EXPECT_EQ(r->requests, 10U);
  EXPECT_EQ(metric(*r, "chunk_gap").summary.n, 20U);
  EXPECT_EQ(metric(*r, "itl").summary.n, 20U);
  EXPECT_DOUBLE_EQ(*r->output_tokens_per_s.value, 300);
}

TEST(LoadResult, HostileRecordsAreCountedNotBelieved) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(100);
  file.load.warm_up_s = -1e300;
  file.load.duration_s = std::nan("");
  file.load.concurrency = 1e300;
  file.add({.due = 0, .done = 50, .chunks = {10, 20}, .output = 2});
  file.add({.due = 20, .sent = 10, .done = 50});  // sent before due
  file.add({.due = 0, .sent = 10, .done = 5});    // done before sent
  file.add({.due = -5, .sent = -5, .done = -5});  // no times
  file.add({.due = 0, .done = 50, .output = INT64_MAX, .input = INT64_MAX});
  test::FakeRequest broken = test::request_of({.due = 0, .done = 50, .output = 3});
  broken.chunks = "\x1f";
  file.store.add_request(1, broken);
  test::FakeRequest extreme = test::request_of({.due = 0, .done = 50});
  extreme.record.done_ns = INT64_MAX;
  extreme.record.sent_ns = INT64_MIN;
  file.store.add_request(1, extreme);
  const LoadResult r = file.result();
  EXPECT_EQ(r.requests, 7U);
  EXPECT_DOUBLE_EQ(r.window_s, 0.1);
  EXPECT_THAT(r.instrument.warnings,
              ElementsAre(HasSubstr("cannot be read: 1"), HasSubstr("contradict each other: 4"),
                          HasSubstr("absurd number of tokens: 1")));
  EXPECT_EQ(metric(r, "queue").summary.n, 4U);
  for (const LoadMetric& m : r.metrics) {
    for (const Percentile& p : m.summary.percentiles) EXPECT_LE(*p.estimate.value, 1) << m.name;
  }
}

TEST(LoadResult, AnyNumbersAreTakenWithoutHarm) {
  for (uint64_t i = 0; i < 500; ++i) {
    Rng rng(21, i);
    LoadStore file;
    file.load.kind = static_cast<LoadKind>(rng.below(7));
    file.load.end_ns = static_cast<int64_t>(rng.next());
    file.load.begin_ns = static_cast<int64_t>(rng.next());
    file.load.last_due_ns = static_cast<int64_t>(rng.next());
    file.load.warm_up_s = rng.lognormal(0, 30);
    file.load.duration_s = rng.lognormal(0, 30);
    file.load.slo.e2e_s = rng.lognormal(0, 30);
    for (uint64_t q = rng.below(60); q > 0; --q) {
      test::FakeRequest request = test::request_of({.chunks = {10, 20}});
      const auto any = [&] {
        return static_cast<int64_t>(rng.next() >> rng.below(64)) - int64_t(rng.below(3));
      };
      request.record.due_ns = any();
      request.record.sent_ns = any();
      request.record.done_ns = any();
      request.record.first_token_ns = any();
      request.record.first_answer_ns = any();
      request.record.loop_lag_ns = any();
      request.record.usage.output_tokens = any();
      request.record.usage.input_tokens = any();
      request.record.cost = Money{any()};
      request.record.outcome = static_cast<Outcome>(rng.below(14));
      file.store.add_request(1, request);
    }
    const LoadResult r = file.result();
    ASSERT_LE(r.series.size(), 60U);
    ASSERT_EQ(r.good + r.failed, r.requests);
  }
}

}  // namespace
}  // namespace assay::aggregate
