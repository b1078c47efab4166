// Energy of runs from readings in run files, computed by hand.
#include "harness/aggregate/run_energy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/aggregate/summarize.h"
#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

using test::FakeStore;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kMs = 1'000'000;

SuiteInfo suite_of(uint32_t id, const std::string& name) {
  SuiteInfo suite;
  suite.id = id;
  suite.name = name;
  suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  suite.sample_count = 10;
  return suite;
}

// One local model on one suite: ten items of 100 ms, eight right, four output tokens and one of
// reasoning each.
FakeStore ten_items(const std::string& path = "a.assay") {
  FakeStore store(path);
  ModelInfo model;
  model.id = 1;
  model.name = "m";
  store.info.models = {model};
  store.info.suites = {suite_of(1, "quick")};
  for (uint64_t i = 0; i < 10; ++i) {
    store.add({.index = i,
               .sent_ns = 1000,
               .done_ns = 1000 + 100 * kMs,
               .usage = {.input_tokens = 7,
                         .reasoning_tokens = 1,
                         .output_tokens = 4,
                         .source = UsageSource::kReported},
               .scores = {{.value = i < 8 ? 1.0 : 0.0}}});
  }
  return store;
}

void gauge(FakeStore& store, const std::string& name, double value, uint32_t session = 1) {
  store.gauges.push_back({session, {.at_ns = 5, .name = name, .value = value}});
}

void event(FakeStore& store, const std::string& json, uint32_t session = 1) {
  store.events.push_back({session, {.at_ns = 5, .kind = "energy", .json = json}});
}

// 120 J of packages, 80 J of GPUs, in 2 s; idle 20 W and 10 W: 60 J.
FakeStore measured() {
  FakeStore store = ten_items();
  gauge(store, "energy_seconds:1", 2);
  gauge(store, "energy_cpu_joules:1", 120);
  gauge(store, "energy_gpu_joules:1", 80);
  gauge(store, "idle_watts_cpu:1", 20);
  gauge(store, "idle_watts_gpu:1", 10);
  return store;
}

Summary summary_of(const std::vector<const FakeStore*>& stores, SummarizeOptions options = {}) {
  std::vector<const RunStore*> pointers(stores.begin(), stores.end());
  std::vector<std::string> names;
  for (const FakeStore* s : stores) names.push_back(s->path());
  Result<Summary> out = summarize(pointers, names, options);
  EXPECT_TRUE(out) << out.error().text();
  return out ? *out : Summary{};
}

EnergySummary energy_of(const FakeStore& store, SummarizeOptions options = {}) {
  return summary_of({&store}, options).suites[0].models[0].cost.energy;
}

TEST(RunEnergy, GrossNetAndForEach) {
  const FakeStore store = measured();
  const Summary summary = summary_of({&store});
  const CostSummary& cost = summary.suites[0].models[0].cost;
  EXPECT_DOUBLE_EQ(cost.energy_joules.value(), 200);
  const EnergySummary& e = cost.energy;
  EXPECT_EQ(e.source, EnergySource::kMeasured);
  EXPECT_DOUBLE_EQ(e.gross_joules.value(), 200);
  EXPECT_DOUBLE_EQ(e.net_joules.value(), 140);
  EXPECT_DOUBLE_EQ(e.idle_watts.value(), 30);
  EXPECT_DOUBLE_EQ(e.joules_per_output_token.value.value(), 140.0 / 50);  // reasoning too
  EXPECT_EQ(e.joules_per_output_token.n, 50U);
  EXPECT_EQ(e.joules_per_output_token.method,
            "net of idle, measured; one reading a session, no interval");
  EXPECT_FALSE(e.joules_per_output_token.ci_low);
  EXPECT_DOUBLE_EQ(e.joules_per_request.value.value(), 14);
  EXPECT_DOUBLE_EQ(e.joules_per_correct.value.value(), 17.5);
  EXPECT_EQ(e.basis, "measured: CPU packages (RAPL) and GPU (NVML), idle 30 W");
  EXPECT_FALSE(e.carbon_grams);
  EXPECT_FALSE(e.grid_grams_per_kwh);
}

// Wilson's interval of 8 of 10, z = 1.959964: 0.490162 to 0.943318 (Brown, Cai and DasGupta, 2001,
// formula 4), turned over.
TEST(RunEnergy, JoulesPerCorrectHaveTheIntervalOfTheShare) {
  const Estimate each = energy_of(measured()).joules_per_correct;
  EXPECT_NEAR(each.ci_low.value(), 14 / 0.943318, 1e-4);
  EXPECT_NEAR(each.ci_high.value(), 14 / 0.490162, 1e-4);
  EXPECT_EQ(each.n, 8U);
  EXPECT_THAT(each.method, HasSubstr("interval of the share of correct answers (wilson"));
}

TEST(RunEnergy, WithoutAnIdleBaselineFiguresAreGross) {
  FakeStore store = ten_items();
  gauge(store, "energy_seconds:1", 2);
  gauge(store, "energy_cpu_joules:1", 120);
  const EnergySummary e = energy_of(store);
  EXPECT_FALSE(e.net_joules);
  EXPECT_FALSE(e.idle_watts);
  EXPECT_DOUBLE_EQ(e.joules_per_request.value.value(), 12);
  EXPECT_EQ(e.joules_per_request.method, "gross, measured; one reading a session, no interval");
  EXPECT_EQ(e.basis, "measured: CPU packages (RAPL), no idle baseline");
  // Half a baseline is none.
  FakeStore half = measured();
  std::erase_if(half.gauges, [](const auto& g) { return g.second.name == "idle_watts_gpu:1"; });
  EXPECT_FALSE(energy_of(half).net_joules);
  EXPECT_DOUBLE_EQ(energy_of(half).gross_joules.value(), 200);
}

TEST(RunEnergy, FilesOfEarlierVersionsHoldPackagesAlone) {
  FakeStore store = ten_items();
  gauge(store, "energy_joules:1", 60);
  gauge(store, "energy_joules:1", 40);
  const EnergySummary e = energy_of(store);
  EXPECT_EQ(e.source, EnergySource::kMeasured);
  EXPECT_DOUBLE_EQ(e.gross_joules.value(), 100);
  EXPECT_FALSE(e.net_joules);
}

TEST(RunEnergy, SessionsAddUpAndEachNeedsAReading) {
  FakeStore store = measured();
  store.add({.index = 10, .session = 2, .done_ns = 100 * kMs, .scores = {{.value = 1}}});
  EXPECT_EQ(energy_of(store).source, EnergySource::kNone);
  EXPECT_EQ(energy_of(store).basis, "not measured: session 2 of a.assay has no reading");
  gauge(store, "energy_seconds:1", 1, 2);
  gauge(store, "energy_cpu_joules:1", 50, 2);
  gauge(store, "idle_watts_cpu:1", 15, 2);
  const EnergySummary e = energy_of(store);
  EXPECT_DOUBLE_EQ(e.gross_joules.value(), 250);
  EXPECT_DOUBLE_EQ(e.net_joules.value(), 140 + 35);
  EXPECT_DOUBLE_EQ(e.idle_watts.value(), 75.0 / 3);
  // A session whose reading failed leaves no sum, though the other one is known.
  event(store, R"({"model":1,"problem":"no CPU energy: x: Permission denied"})", 2);
  EXPECT_EQ(energy_of(store).basis, "not measured: no CPU energy: x: Permission denied");
  EXPECT_FALSE(energy_of(store).gross_joules);
}

TEST(RunEnergy, ASuiteHasItsPartByBusyTime) {
  FakeStore store = measured();
  store.info.suites.push_back(suite_of(2, "other"));
  store.add({.suite = 2, .done_ns = 3000 * kMs, .scores = {{.value = 1}}});  // 3 s of 4 s busy
  const Summary s = summary_of({&store});
  EXPECT_DOUBLE_EQ(s.suites[0].models[0].cost.energy.gross_joules.value(), 50);
  EXPECT_DOUBLE_EQ(s.suites[0].models[0].cost.energy.net_joules.value(), 35);
  EXPECT_DOUBLE_EQ(s.suites[1].models[0].cost.energy.gross_joules.value(), 150);
  EXPECT_DOUBLE_EQ(s.suites[1].models[0].cost.energy.idle_watts.value(), 30);
  EXPECT_THAT(s.suites[1].models[0].cost.energy.basis, HasSubstr("parts by busy time"));
}

TEST(RunEnergy, APowerIsGivenAndNeverMeasured) {
  FakeStore store = ten_items();
  gauge(store, "energy_seconds:1", 2);
  gauge(store, "given_watts", 350);
  event(store, R"({"model":1,"problem":"no CPU energy: x: Permission denied"})");
  const EnergySummary e = energy_of(store);
  EXPECT_EQ(e.source, EnergySource::kGiven);
  EXPECT_DOUBLE_EQ(e.gross_joules.value(), 700);
  EXPECT_FALSE(e.net_joules);
  EXPECT_FALSE(e.idle_watts);
  EXPECT_DOUBLE_EQ(e.joules_per_correct.value.value(), 87.5);
  EXPECT_THAT(e.joules_per_correct.method, StartsWith("gross, given"));
  EXPECT_EQ(e.basis, "given: 350 W over 2 s; not measured: no CPU energy: x: Permission denied");
  // A session that states none leaves none.
  store.add({.index = 10, .session = 2, .done_ns = 100 * kMs, .scores = {{.value = 1}}});
  gauge(store, "energy_seconds:1", 2, 2);
  EXPECT_EQ(energy_of(store).source, EnergySource::kNone);
}

TEST(RunEnergy, MeasuredWinsAndTheGivenPowerIsSaid) {
  FakeStore store = measured();
  gauge(store, "given_watts", 350);
  event(store, R"({"model":1,"notes":["GPU 0: energy is power integrated over readings"]})");
  const EnergySummary e = energy_of(store);
  EXPECT_EQ(e.source, EnergySource::kMeasured);
  EXPECT_DOUBLE_EQ(e.gross_joules.value(), 200);
  EXPECT_EQ(e.basis,
            "measured: CPU packages (RAPL) and GPU (NVML), idle 30 W; the given power would make "
            "it 700 J; GPU 0: energy is power integrated over readings");
}

TEST(RunEnergy, NobodyCorrectIsNoValue) {
  FakeStore store("a.assay");
  store.info = measured().info;
  store.gauges = measured().gauges;
  store.add({.done_ns = 100 * kMs, .scores = {{.value = 0}}});
  const EnergySummary e = energy_of(store);
  EXPECT_FALSE(e.joules_per_correct.value);
  EXPECT_FALSE(e.joules_per_correct.ci_low);
  EXPECT_EQ(e.joules_per_correct.method, "none correct");
  EXPECT_DOUBLE_EQ(e.joules_per_request.value.value(), 140);
  EXPECT_EQ(e.joules_per_output_token.method, "no output tokens are known");
}

TEST(RunEnergy, WhatIsNotKnownIsSaid) {
  FakeStore store = measured();
  store.add({.index = 10, .done_ns = 100 * kMs, .scores = {{.value = 1}}});
  EXPECT_EQ(energy_of(store).joules_per_output_token.method, "1 answers did not say their tokens");
  store.info.suites[0].metrics[0].binary = false;
  EXPECT_EQ(energy_of(store).joules_per_correct.method,
            "the headline is not right or wrong for each item");
  FakeStore below = ten_items();
  gauge(below, "energy_seconds:1", 2);
  gauge(below, "energy_cpu_joules:1", 30);
  gauge(below, "idle_watts_cpu:1", 20);
  const EnergySummary e = energy_of(below);
  EXPECT_DOUBLE_EQ(e.net_joules.value(), -10);
  EXPECT_EQ(e.joules_per_request.method, "the model used no more than the idle machine");
  EXPECT_FALSE(e.joules_per_request.value);
}

TEST(RunEnergy, CarbonOnlyWithAFactor) {
  FakeStore store = measured();
  gauge(store, "grid_grams_per_kwh", 432);
  EnergySummary e = energy_of(store);
  EXPECT_DOUBLE_EQ(e.carbon_grams.value(), 200 / 3.6e6 * 432);  // of gross energy
  EXPECT_DOUBLE_EQ(e.grid_grams_per_kwh.value(), 432);
  e = energy_of(store, {.grid_grams_per_kwh = 36});
  EXPECT_DOUBLE_EQ(e.carbon_grams.value(), 0.002);
  // Two files: the mean factor is weighted by energy; a file without one leaves none.
  FakeStore other = ten_items("b.assay");
  for (uint64_t i = 10; i < 12; ++i) other.add({.index = i, .done_ns = kMs});
  gauge(other, "energy_cpu_joules:1", 600);
  EXPECT_FALSE(summary_of({&store, &other}).suites[0].models[0].cost.energy.carbon_grams);
  gauge(other, "grid_grams_per_kwh", 32);
  e = summary_of({&store, &other}).suites[0].models[0].cost.energy;
  EXPECT_DOUBLE_EQ(e.gross_joules.value(), 800);
  EXPECT_DOUBLE_EQ(e.grid_grams_per_kwh.value(), 132);
}

TEST(RunEnergy, OtherMachinesAndVirtualClocksHaveNone) {
  FakeStore store = measured();
  store.info.models[0].virtual_clock = true;
  EXPECT_EQ(energy_of(store).basis, "not measured: simulated, on a virtual clock");
  store.info.models[0].virtual_clock = false;
  store.info.models[0].local = false;
  const EnergySummary e = energy_of(store);
  EXPECT_EQ(e.basis, "not measured: answered on another machine");
  EXPECT_EQ(e.source, EnergySource::kNone);
  EXPECT_FALSE(e.gross_joules);
}

TEST(RunEnergy, WhatIsNoReadingIsPassedOver) {
  FakeStore store = ten_items();
  gauge(store, "energy_cpu_joules:1x", 1);
  gauge(store, "energy_cpu_joules:", 1);
  gauge(store, "energy_cpu_joules:99999999999", 1);
  gauge(store, "energy_cpu_joules:1", NAN);
  gauge(store, "energy_cpu_joules:1", -5);
  gauge(store, "given_watts", INFINITY);
  for (const char* json : {"", "{", "[]", R"({"model":"1"})", R"({"model":-1,"problem":"x"})",
                           R"({"model":4294967296,"problem":"x"})"}) {
    event(store, json);
  }
  EXPECT_EQ(energy_of(store).basis, "not measured: session 1 of a.assay has no reading");
  gauge(store, "energy_cpu_joules:1", 1e308);
  gauge(store, "energy_cpu_joules:1", 1e308);
  EXPECT_EQ(energy_of(store).basis, "not measured: the readings are absurd");
}

}  // namespace
}  // namespace assay::aggregate
