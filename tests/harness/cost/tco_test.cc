// Self-hosting against closed forms; the arithmetic stands beside each figure.
#include "harness/cost/tco.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "harness/base/rng.h"
#include "harness/cost/bill.h"

namespace assay::cost {
namespace {

using ::testing::ElementsAre;

// 3000 / 40,000 + 500 / 5,000 = 0.075 + 0.1 = 0.175 node-seconds a request;
// 86,400 × 0.8 / (0.175 × 2) = 197,485.714 requests a day and node;
// 8 × 2.5 × 730.5 = 14,610 a node and month.
TcoInputs example() {
  TcoInputs in;
  in.currency = "USD";
  in.traffic = {3000, 500, 0, 20'000, 2};
  in.volume_from = 1000;
  in.volume_to = 2'000'000;
  in.apis = {{.name = "api", .currency = "USD", .per_request = 0.003}};
  TcoMachine machine;
  machine.name = "node";
  machine.gpus = 8;
  machine.throughput = {TcoThroughputKind::kSeparate, 40'000, 5'000, 1};
  machine.utilisation = 0.8;
  machine.rent = TcoRent{2.5};
  in.machines = {machine};
  return in;
}

TcoPurchase purchase() {
  TcoPurchase p;
  p.price = 300'000;
  p.life_years = 4;
  p.interest = 0.08;
  p.residual_share = 0.1;
  p.maintenance_share = 0.05;
  p.power_watts = 8500;
  p.idle_watts = 2500;
  p.pue = 1.5;
  p.tariff_per_kwh = 0.12;
  p.other_per_year = 6000;
  return p;
}

// The table of ASHRAE's pocket guide (2013), annual capital recovery factors.
TEST(Tco, CapitalRecoveryFactors) {
  EXPECT_NEAR(capital_recovery_factor(0.10, 4), 0.31547, 5e-6);
  EXPECT_NEAR(capital_recovery_factor(0.08, 6), 0.21632, 5e-6);
  EXPECT_NEAR(capital_recovery_factor(0.035, 18), 0.07582, 5e-6);
  EXPECT_DOUBLE_EQ(capital_recovery_factor(0, 4), 0.25);
  EXPECT_NEAR(capital_recovery_factor(1e-12, 4), 0.25, 1e-11);  // no digits lost
  EXPECT_NEAR(capital_recovery_factor(0.07, 1), 1.07, 1e-12);
}

// 1.08^4 = 1.36048896, 1 / 1.36048896 = 0.735029853; CRF = 0.08 / (1 − 0.735029853) = 0.301920804;
// (300,000 − 30,000 × 0.735029853) × 0.301920804 = 277,949.1044 × 0.301920804 = 83,918.6171.
TEST(Tco, CapitalLessResidual) {
  EXPECT_NEAR(capital_per_year(purchase()), 83'918.617, 0.01);
  TcoPurchase straight = purchase();
  straight.interest = 0;  // (300,000 − 30,000) / 4
  EXPECT_DOUBLE_EQ(capital_per_year(straight), 67'500);
}

TEST(Tco, ANodesHourIsSplitByTime) {
  const TcoReport report = compare_hosting(example());
  ASSERT_EQ(report.options.size(), 2U);
  const TcoOption& rent = report.options[1];
  EXPECT_EQ(rent.kind, TcoKind::kRent);
  EXPECT_EQ(rent.nodes, 1U);
  EXPECT_NEAR(rent.per_month, 14'610, 1e-6);
  EXPECT_NEAR(rent.per_request, 0.024, 1e-12);  // 14,610 / (20,000 × 30.4375)
  // 0.024 × 0.075 / 0.175 / 3000 × 10^6 and 0.024 × 0.1 / 0.175 / 500 × 10^6
  EXPECT_NEAR(rent.per_million_input.value(), 3.428571, 1e-6);
  EXPECT_NEAR(rent.per_million_output.value(), 27.428571, 1e-6);
  EXPECT_NEAR(3000 * *rent.per_million_input + 500 * *rent.per_million_output, 24'000, 1e-6);
  EXPECT_NEAR(rent.utilisation, 0.040509, 1e-6);  // 20,000 × 0.175 / 86,400
  EXPECT_NEAR(rent.node_requests_per_day, 197'485.714, 1e-3);
  EXPECT_NEAR(rent.least_per_request, 0.0024305, 1e-7);  // 14,610 / (197,485.714 × 30.4375)
}

// 14,610 / 12 months does not appear: an empty node costs what a full one does.
TEST(Tco, AnIdleHourCostsTheSame) {
  EXPECT_DOUBLE_EQ(rent_cost(3, 8, 2, 24), 1152);
  const HostingCurve curve = rent_curve(example().traffic, example().machines[0]);
  EXPECT_DOUBLE_EQ(curve.cost(1), curve.cost(197'000));
}

TEST(Tco, AMixedStreamAtItsOwnMixDoesNotDependOnTheWeight) {
  const TcoTraffic traffic{3000, 500, 0, 1, 1};
  for (const double weight : {0.5, 1.0, 5.0, 40.0}) {
    // 2 requests/s of just this mix
    const TcoThroughput mixed{TcoThroughputKind::kMixed, 6000, 1000, weight};
    EXPECT_NEAR(node_seconds(traffic, mixed), 0.5, 1e-12) << weight;
  }
  // Another mix: (3000 + 5 × 1000) / (6000 + 5 × 1000) = 8/11
  const TcoThroughput mixed{TcoThroughputKind::kMixed, 6000, 1000, 5};
  EXPECT_NEAR(node_seconds({3000, 1000, 0, 1, 1}, mixed), 8.0 / 11, 1e-12);
}

TEST(Tco, TokensOfOneKindAlone) {
  const TcoThroughput only_input{TcoThroughputKind::kSeparate, 40'000, 0, 1};
  EXPECT_DOUBLE_EQ(node_seconds({4000, 0, 0, 1, 1}, only_input), 0.1);
  TcoInputs in = example();
  in.traffic.output_tokens = 0;
  EXPECT_FALSE(compare_hosting(in).options[1].per_million_output.has_value());
}

TEST(Tco, StaircaseAndRedundancy) {
  HostingCurve curve{.per_node = 100, .node_volume = 1000};
  EXPECT_EQ(curve.nodes(1), 1U);
  EXPECT_EQ(curve.nodes(1000), 1U);
  EXPECT_EQ(curve.nodes(1001), 2U);
  EXPECT_EQ(curve.nodes(3000), 3U);
  EXPECT_EQ(curve.nodes(3 * 0.1 * 10'000), 3U);  // 3000.0000000000005
  curve.nodes_min = 2;
  EXPECT_EQ(curve.nodes(1), 2U);
  EXPECT_DOUBLE_EQ(curve.cost(2500), 300);
}

// Capital 83,918.6171 + maintenance 15,000 + other 6000 = 104,918.6171 a year = 8743.2181 a month;
// idle 2.5 kW × 1.5 × 0.12 × 730.5 h = 328.725; busy 6 kW × 1.5 × 0.12 = 1.08 an hour of work,
// 20,000 × 0.175 / 3600 × 30.4375 = 29.5920 h a month = 31.9594.
TEST(Tco, OwningAddsUp) {
  TcoInputs in = example();
  in.machines[0].purchase = purchase();
  in.machines[0].staff_per_year = 12'000;
  const TcoReport report = compare_hosting(in);
  ASSERT_EQ(report.options.size(), 3U);
  const TcoOption& own = report.options[2];
  EXPECT_EQ(own.kind, TcoKind::kOwn);
  EXPECT_NEAR(own.parts.capital, 83'918.6171 / 12, 1e-3);
  EXPECT_NEAR(own.parts.maintenance, 1250, 1e-9);
  EXPECT_NEAR(own.parts.other, 500, 1e-9);
  EXPECT_NEAR(own.parts.energy, 328.725 + 31.9594, 1e-3);
  EXPECT_NEAR(own.parts.staff, 1000, 1e-9);
  EXPECT_NEAR(own.per_month, 8743.2181 + 328.725 + 31.9594 + 1000, 1e-2);
  const TcoParts& p = own.parts;
  EXPECT_NEAR(p.capital + p.maintenance + p.other + p.energy + p.staff + p.rent, own.per_month,
              1e-9);
  EXPECT_NEAR(report.options[1].per_month, 14'610 + 1000, 1e-6);
}

TEST(Tco, OtherCurrenciesAtTheStatedRate) {
  TcoInputs in = example();
  in.machines[0].to_report = 0.5;
  in.apis[0].to_report = 2;
  const TcoReport report = compare_hosting(in);
  EXPECT_NEAR(report.options[0].per_request, 0.006, 1e-12);
  EXPECT_NEAR(report.options[1].per_month, 7305, 1e-6);
}

// The API asks 0.003 × 30.4375 = 0.0913125 a month for each request a day. k nodes pay above
// 14,610 k / 0.0913125 = 160,000 k; their step ends at 197,485.714 k. Above 160,000 one node is
// cheaper, the jump to two takes that away until 320,000, and so on; at five nodes 800,000 still
// lies above the jump at 789,943, at six 960,000 lies below 987,429: from 800,000 on for good.
TEST(Tco, BreakEvenAfterTheLastJumpThatHurts) {
  const TcoReport report = compare_hosting(example());
  ASSERT_EQ(report.breaks.size(), 1U);
  const TcoBreakEven& found = report.breaks[0];
  EXPECT_EQ(found.verdict, TcoVerdict::kFrom);
  EXPECT_NEAR(found.requests_per_day.value(), 800'000, 1e-3);
  EXPECT_EQ(found.nodes, 5U);
  EXPECT_NEAR(found.first_requests_per_day.value(), 160'000, 1e-3);
}

TEST(Tco, BreakEvenWithinASmallerRange) {
  TcoInputs in = example();
  in.volume_to = 500'000;  // ends on the third step: 480,000
  EXPECT_NEAR(compare_hosting(in).breaks[0].requests_per_day.value(), 480'000, 1e-3);
  in.volume_to = 400'000;  // just after the second jump: dearer there
  const TcoBreakEven beyond = compare_hosting(in).breaks[0];
  EXPECT_EQ(beyond.verdict, TcoVerdict::kBeyond);
  EXPECT_NEAR(beyond.requests_per_day.value(), 800'000, 1e-3);
  EXPECT_NEAR(beyond.first_requests_per_day.value(), 160'000, 1e-3);
  in.volume_to = 150'000;
  const TcoBreakEven nothing = compare_hosting(in).breaks[0];
  EXPECT_EQ(nothing.verdict, TcoVerdict::kBeyond);
  EXPECT_FALSE(nothing.first_requests_per_day.has_value());
}

// A full node costs 0.00243 a request.
TEST(Tco, NeverWhereAFullNodeCostsMoreThanTheApi) {
  TcoInputs in = example();
  in.apis[0].per_request = 0.0024;
  TcoBreakEven found = compare_hosting(in).breaks[0];
  EXPECT_EQ(found.verdict, TcoVerdict::kNeverCheaper);
  EXPECT_FALSE(found.requests_per_day.has_value());
  in.apis[0].per_request = 0;
  EXPECT_EQ(compare_hosting(in).breaks[0].verdict, TcoVerdict::kNeverCheaper);
  in.apis[0].per_request = 0.00244;  // hardly cheaper: from very many nodes on
  in.volume_to = 2e9;
  EXPECT_EQ(compare_hosting(in).breaks[0].verdict, TcoVerdict::kFrom);
}

TEST(Tco, AlwaysWhereAMachineCostsNothing) {
  TcoInputs in = example();
  in.machines[0].rent = TcoRent{0};
  EXPECT_EQ(compare_hosting(in).breaks[0].verdict, TcoVerdict::kAlways);
}

// Against a search that knows only the cost at each volume.
TEST(Tco, BreakEvenAgreesWithScanning) {
  Rng rng(7);
  int checked = 0;
  for (int round = 0; round < 300; ++round) {
    HostingCurve curve;
    curve.fixed = rng.uniform() < 0.5 ? 0 : 500 * rng.uniform();
    curve.per_node = 50 + 100 * rng.uniform();
    curve.per_volume = 0.02 * rng.uniform();
    curve.node_volume = 500 + 1000 * rng.uniform();
    curve.nodes_min = 1 + static_cast<uint64_t>(3 * rng.uniform());
    const double api = 0.25 * rng.uniform();
    const double end = 20'000;
    const BreakEven found = break_even(curve, api, end);
    double scanned = end;
    for (double v = end; v > 0 && curve.cost(v) < api * v; v -= 0.5) scanned = v;
    if (found.verdict == TcoVerdict::kFrom) {
      EXPECT_NEAR(found.requests_per_day, scanned, 1.0) << round;
      ++checked;
    } else {
      EXPECT_GE(curve.cost(end), api * end) << round;
    }
    if (found.verdict == TcoVerdict::kNeverCheaper) {
      for (double v = 1; v < 1e8; v *= 1.01) EXPECT_GE(curve.cost(v), api * v * (1 - 1e-9));
    }
    if (found.verdict == TcoVerdict::kBeyond) {
      EXPECT_GE(found.requests_per_day, end);
      const double above = found.requests_per_day * 1.0001;
      EXPECT_LT(curve.cost(above), api * above) << round;
    }
  }
  EXPECT_GT(checked, 50);
}

TEST(Tco, VolumesAreRoundStepsWithTheUsersOwn) {
  TcoInputs in = example();
  in.traffic.requests_per_day = 3000;
  in.volume_to = 10'000;
  const TcoReport report = compare_hosting(in);
  EXPECT_THAT(report.volumes, ElementsAre(1000, 2000, 3000, 5000, 10'000));
  EXPECT_EQ(report.options[0].grid.size(), 5U);
}

TEST(Tco, TheDrawnCurveShowsBothSidesOfAJump) {
  const TcoReport report = compare_hosting(example());
  const std::vector<TcoPoint>& curve = report.options[1].curve;
  int jumps = 0;
  for (size_t i = 1; i < curve.size(); ++i) {
    EXPECT_GE(curve[i].requests_per_day, curve[i - 1].requests_per_day);
    EXPECT_GE(curve[i].per_month, curve[i - 1].per_month - 1e-6);
    if (curve[i].requests_per_day == curve[i - 1].requests_per_day) ++jumps;
  }
  EXPECT_EQ(jumps, 10);  // 2,000,000 / 197,485.714 = 10.13: eleven nodes at the end
}

// DeepSeek's open-source week, day 6: DeepSeek-V3/R1 Inference System Overview, 24 hours from
// 2025-02-27 12:00 UTC+8. On average 226.75 nodes of eight H800 at an assumed 2 USD an hour; 608 G
// input tokens, 342 G of them from the cache; 168 G output tokens.
constexpr double kNodes = 226.75;
constexpr double kInput = 608e9;
constexpr double kCached = 342e9;
constexpr double kOutput = 168e9;
constexpr double kInputRate = 73'700;  // tokens/s and node while it reads, cache hits included
constexpr double kOutputRate = 14'800;

TEST(PublishedDay, Cost) { EXPECT_NEAR(rent_cost(kNodes, 8, 2, 24), 87'072, 87'072 * 0.001); }

// All tokens at the price of R1 (0.55, cached 0.14, output 2.19 USD a million): published as
// 562,027 USD. 266,000 × 0.55 + 342,000 × 0.14 + 168,000 × 2.19 = 146,300 + 47,880 + 367,920.
TEST(PublishedDay, TheoreticalRevenue) {
  PriceRow r1{.model = "deepseek-reasoner", .provider = "deepseek", .currency = "USD"};
  r1.rates.set(Billed::kInput, *Rate::parse("0.55"));
  r1.rates.set(Billed::kCachedInput, *Rate::parse("0.14"));
  r1.rates.set(Billed::kOutput, *Rate::parse("2.19"));
  Quantities day;
  day.set(Billed::kInput, static_cast<int64_t>(kInput - kCached));
  day.set(Billed::kCachedInput, static_cast<int64_t>(kCached));
  day.set(Billed::kOutput, static_cast<int64_t>(kOutput));
  const Result<Bill> bill = make_bill({{r1}}, day, 1'740'700'800);
  ASSERT_TRUE(bill) << bill.error().text();
  EXPECT_EQ(bill->total.text(), "562100");
  const double revenue = bill->total.approximate();
  EXPECT_NEAR(revenue, 562'027, 562'027 * 0.0005);
  // "Cost profit margin of 545 %".
  const double cost = rent_cost(kNodes, 8, 2, 24);
  EXPECT_NEAR((revenue - cost) / cost, 5.45, 0.01);
}

// The two published rates are those of nodes that do one thing each: 608 G / (73,700 × 86,400)
// = 95.48 nodes' worth of reading and 168 G / (14,800 × 86,400) = 131.38 of writing are together
// 226.87, the published number of nodes. So both hold at once only over the fleet; one node that
// did both at these rates would have made the day's tokens with 131 nodes. They do not say how fast
// a prompt is computed: 342 of 608 input tokens came from the cache, which leaves 73,700 × 266 /
// 608 = 32,244 computed tokens/s.
TEST(PublishedDay, ThroughputMeansNodesThatDoOneThingEach) {
  const TcoTraffic day{kInput, kOutput, kCached / kInput, 1, 1};
  const TcoThroughput published{TcoThroughputKind::kSeparate, kInputRate, kOutputRate, 1};
  const double busy = node_seconds(day, published) / kSecondsPerDay;
  EXPECT_NEAR(busy, kNodes, kNodes * 0.001);
  EXPECT_GT(kNodes, 1.5 * std::max(kInput / kInputRate, kOutput / kOutputRate) / kSecondsPerDay);
  EXPECT_NEAR(kInputRate * (kInput - kCached) / kInput, 32'244, 1);
}

// A node's hour costs 16 USD: 16 / (73,700 × 3600) × 10^6 = 0.0603 a million in, 16 / (14,800 ×
// 3600) × 10^6 = 0.3003 out; 608,000 × 0.0603 + 168,000 × 0.3003 is the day's cost again.
TEST(PublishedDay, CostOfAMillionTokens) {
  TcoInputs in = example();
  // The mix of the day, at a volume that fills 1000 nodes, so that the staircase does not matter.
  in.traffic = {kInput / kOutput * 500, 500, 0, 0, 1};
  TcoMachine& machine = in.machines[0];
  machine.throughput = {TcoThroughputKind::kSeparate, kInputRate, kOutputRate, 1};
  machine.utilisation = 1;
  machine.rent = TcoRent{2};
  in.traffic.requests_per_day = 1000 * node_requests_per_day(in.traffic, machine);
  in.volume_to = in.traffic.requests_per_day * 10;
  const TcoReport report = compare_hosting(in);
  const TcoOption& rent = report.options[1];
  EXPECT_EQ(rent.nodes, 1000U);
  EXPECT_NEAR(rent.per_million_input.value(), 0.06030, 5e-5);
  EXPECT_NEAR(rent.per_million_output.value(), 0.30030, 5e-5);
  EXPECT_NEAR(kInput / 1e6 * *rent.per_million_input + kOutput / 1e6 * *rent.per_million_output,
              87'072, 87'072 * 0.001);
}

}  // namespace
}  // namespace assay::cost
