// What a load says of its instrument, its backlog, its energy and its price.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <vector>

#include "harness/aggregate/load_energy.h"
#include "harness/base/rng.h"
#include "tests/harness/aggregate/load_builder.h"

namespace assay::aggregate {
namespace {

using test::ChunkSpec;
using test::LoadStore;
using test::ms_to_ns;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// `n` open-loop requests a second apart, each sent `late_ms` late.
LoadStore open_loop(int n, double late_ms) {
  LoadStore file;
  file.load.kind = LoadKind::kPoisson;
  file.load.rate = 1;
  file.load.end_ns = ms_to_ns(n * 1000.0);
  for (int i = 0; i < n; ++i) {
    const double due = i * 1000.0;
    file.add({.due = due,
              .sent = due + late_ms,
              .done = due + 500,
              .chunks = {{due + 100, 0.5}, {due + 200, 0.5}},
              .output = 2,
              .loop_lag = 0.2});
  }
  return file;
}

TEST(Instrument, DispatchLatenessInvalidatesOpenLoopsOnly) {
  LoadStore file = open_loop(20, 15);
  InstrumentReport i = file.result().instrument;
  EXPECT_NEAR(i.dispatch_late_s.p99, 0.015, 1e-12);
  EXPECT_EQ(i.dispatch_late_s.n, 20U);
  EXPECT_FALSE(i.valid);
  EXPECT_THAT(i.invalid, ElementsAre("dispatch lateness p99 is 15 ms, limit 10 ms"));
  for (const LoadKind kind :
       {LoadKind::kConstant, LoadKind::kGamma, LoadKind::kRamp, LoadKind::kTrace}) {
    file.load.kind = kind;
    EXPECT_FALSE(file.result().instrument.valid);
  }
  for (const LoadKind kind : {LoadKind::kBurst, LoadKind::kClosed}) {
    file.load.kind = kind;
    EXPECT_TRUE(file.result().instrument.valid);
  }
  EXPECT_EQ(file.result().instrument.dispatch_late_s.n, 2U) << "the first wave of a closed loop";
  EXPECT_TRUE(open_loop(20, 9).result().instrument.valid);
}

TEST(Instrument, AVirtualClockIsNeverInvalid) {
  LoadStore file = open_loop(20, 15);
  file.store.info.models[0].virtual_clock = true;
  EXPECT_TRUE(file.result().instrument.valid);
}

TEST(Instrument, SharesAndLagsOfChunks) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(100);
  file.add({.done = 90,
            .chunks = {ChunkSpec(10, 1), ChunkSpec(20, 3, 4, Channel::kAnswer, kStampCoalesced),
                       ChunkSpec(20, 3, 4, Channel::kAnswer, kStampCoalesced),
                       ChunkSpec(30, -1, 4, Channel::kAnswer, kStampShared), ChunkSpec(40, 2)},
            .output = 5});
  const LoadResult r = file.result();
  const InstrumentReport& i = r.instrument;
  EXPECT_EQ(i.stamp_lag_s.n, 4U);
  EXPECT_DOUBLE_EQ(i.stamp_lag_s.max, 0.003);
  EXPECT_DOUBLE_EQ(i.kernel_stamp_share, 0.8);
  EXPECT_DOUBLE_EQ(i.coalesced_share, 0.4);
  EXPECT_DOUBLE_EQ(i.shared_share, 0.2);
  EXPECT_THAT(i.invalid,
              ElementsAre("40 % of chunks came in one read with others, limit 1 % where the "
                          "loop is late"));
  EXPECT_THAT(test::metric(r, "itl").note, HasSubstr("40 % of chunks"));
}

TEST(Instrument, ChunksReadTogetherByAPunctualLoopWereSentTogether) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(100);
  file.load.instrument.timer_late_s = {.n = 100, .p50 = 0.0001, .p99 = 0.0004, .max = 0.1};
  file.load.instrument.loop_turn_s = {.n = 100, .p50 = 0.0001, .p99 = 0.0005, .max = 0.1};
  file.add({.done = 90,
            .chunks = {ChunkSpec(10, 1), ChunkSpec(20, 3, 4, Channel::kAnswer, kStampCoalesced),
                       ChunkSpec(20, 3, 4, Channel::kAnswer, kStampCoalesced)},
            .output = 3});
  EXPECT_TRUE(file.result().instrument.valid);
  EXPECT_THAT(file.result().instrument.warnings, testing::Contains(HasSubstr("sent or delivered")));
  file.load.instrument.loop_turn_s.p99 = 0.0007;
  EXPECT_FALSE(file.result().instrument.valid);
}

TEST(Instrument, ARoleChunkOrTheEndReadWithAChunkOfTextHidesNoTime) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(100);
  file.add({.done = 90,
            .chunks = {ChunkSpec(10, 1, 4, Channel::kAnswer, kStampCoalesced), ChunkSpec(20, 1),
                       ChunkSpec(30, 1, 4, Channel::kAnswer, kStampCoalesced)},
            .output = 3});
  const InstrumentReport i = file.result().instrument;
  EXPECT_DOUBLE_EQ(i.coalesced_share, 0);
  EXPECT_TRUE(i.valid);
}

TEST(Instrument, LateLoopsMatterWithoutKernelStamps) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(100);
  file.load.instrument.timer_late_s = {.n = 100, .p50 = 0.0001, .p99 = 0.003, .max = 0.1};
  file.add({.done = 90, .chunks = {{10, 4}, {20, 0}}, .output = 2, .loop_lag = 4});
  EXPECT_TRUE(file.result().instrument.valid);
  file.add({.done = 90, .chunks = {10, 20}, .output = 2, .loop_lag = 4});
  EXPECT_THAT(
      file.result().instrument.invalid,
      ElementsAre("timer lateness p99 is 3 ms, limit 1 ms (kernel stamps on 50 % of chunks)",
                  "loop lag p99 is 4 ms, limit 1 ms (kernel stamps on 50 % of chunks)"));
  // A model in process is stamped by its worker: the loop's lateness is not in its times.
  LoadStore local;
  local.load = file.load;
  local.add({.done = 90, .output = 2, .http_status = 0});
  EXPECT_TRUE(local.result().instrument.valid);
}

TEST(Instrument, CapsStepsAndClientCpu) {
  LoadStore file = open_loop(5, 0);
  file.load.instrument.in_flight_capped = true;
  file.load.instrument.in_flight_max = 64;
  file.load.instrument.clock_steps = 2;
  file.load.instrument.loops = 2;
  file.load.instrument.loop_cpu_s = 9.5;
  file.load.instrument.process_cpu_s = 12;
  file.load.instrument.wall_s = 5;
  InstrumentReport i = file.result().instrument;
  EXPECT_THAT(i.invalid, ElementsAre(HasSubstr("own limit of requests in flight (64 at most)")));
  EXPECT_DOUBLE_EQ(i.client_cpu_share, 0.95);
  EXPECT_DOUBLE_EQ(i.client_cpu_s_per_1000_tokens, 1200);
  EXPECT_THAT(i.warnings, ElementsAre(HasSubstr("steps of the wall clock: 2"),
                                      HasSubstr("used 95 % of their cores")));
  file.load.kind = LoadKind::kClosed;
  EXPECT_TRUE(file.result().instrument.valid);
}

// A queue with `slots` servers of a fixed service time under Poisson arrivals.
bool saturates(double load_of_capacity, int n, uint64_t seed) {
  constexpr int kSlots = 4;
  constexpr double kServiceMs = 200;
  Rng rng(seed, 4);
  LoadStore file;
  file.load.kind = LoadKind::kPoisson;
  const double rate_per_ms = load_of_capacity * kSlots / kServiceMs;
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (int s = 0; s < kSlots; ++s) free_at.push(0);
  double due = 0;
  for (int i = 0; i < n; ++i) {
    due += -std::log(1 - rng.uniform()) / rate_per_ms;
    const double start = std::max(due, free_at.top());
    free_at.pop();
    free_at.push(start + kServiceMs);
    file.add({.due = due, .sent = due, .done = start + kServiceMs});
  }
  file.load.end_ns = ms_to_ns(due + 10'000);
  return file.result().saturated;
}

int share_saturated(double load_of_capacity, int n) {
  int saturated = 0;
  for (uint64_t seed = 0; seed < 50; ++seed)
    saturated += saturates(load_of_capacity, n, seed) ? 1 : 0;
  return saturated * 2;
}

TEST(Saturation, QueuesBelowAndAboveCapacity) {
  EXPECT_EQ(share_saturated(0.5, 300), 0);
  EXPECT_LE(share_saturated(0.8, 300), 4);
  EXPECT_GE(share_saturated(1.2, 300), 90);
  EXPECT_EQ(share_saturated(1.5, 300), 100);
  EXPECT_EQ(share_saturated(3, 100), 100);
}

TEST(Saturation, NeedsRequestsAndAnOpenLoop) {
  EXPECT_FALSE(saturates(3, 39, 1));
  EXPECT_TRUE(saturates(3, 60, 1));
  LoadStore file = open_loop(5, 0);
  file.load.end_reason = "saturated";
  EXPECT_TRUE(file.result().saturated);
  file.load.kind = LoadKind::kClosed;
  EXPECT_FALSE(file.result().saturated);
}

MachineUse measured_machine() {
  MachineUse use;
  use.local = true;
  use.cpu_joules = 500;
  use.idle_watts_cpu = 20;
  use.seconds = 10;
  return use;
}

EnergyReport energy_of(const MachineUse& use) {
  LoadStore file = open_loop(5, 0);  // ten tokens
  file.load.machine = use;
  return file.result().energy;
}

TEST(Energy, NetOfTheIdleBaseline) {
  MachineUse use = measured_machine();
  EnergyReport e = energy_of(use);
  EXPECT_DOUBLE_EQ(*e.joules, 300);
  EXPECT_DOUBLE_EQ(*e.joules_per_output_token.value, 30);
  EXPECT_EQ(e.joules_per_output_token.n, 10U);
  EXPECT_EQ(e.basis, "CPU packages (RAPL), idle 20 W subtracted");
  use.gpus = {{.name = "g"}};
  use.gpu_joules = 1000;
  use.idle_watts_gpu = 11;
  e = energy_of(use);
  EXPECT_DOUBLE_EQ(*e.joules, 300 + 890);
  EXPECT_DOUBLE_EQ(*e.idle_watts, 31);
  EXPECT_EQ(e.basis, "CPU packages (RAPL) and GPU (NVML), idle 31 W subtracted");
}

TEST(Energy, NotMeasuredSaysWhy) {
  const auto why = [](const MachineUse& use) {
    const EnergyReport e = energy_of(use);
    EXPECT_FALSE(e.joules_per_output_token.value);
    return e.joules_per_output_token.method;
  };
  EXPECT_EQ(why({}), "not measured: the server is not on this machine");
  MachineUse use = measured_machine();
  use.idle_watts_cpu = -1;
  EXPECT_EQ(why(use), "not measured: CPU packages (RAPL) has no idle baseline");
  use = measured_machine();
  use.gpus = {{.name = "g"}};
  EXPECT_EQ(why(use), "not measured: the GPU's energy could not be read");
  use = measured_machine();
  use.cpu_joules = -1;
  EXPECT_EQ(why(use), "not measured: no energy counter could be read");
  use.notes = {"RAPL: permission denied", "no NVML"};
  EXPECT_EQ(why(use), "not measured: RAPL: permission denied; no NVML");
  use = measured_machine();
  use.cpu_joules = 100;
  EXPECT_EQ(why(use), "not measured: the load used no more than the idle baseline");
}

TEST(Energy, APowerIsGivenWhereNothingIsMeasured) {
  MachineUse use = measured_machine();
  EXPECT_DOUBLE_EQ(*load_energy(use, 90, 10).joules, 300);  // measured wins
  use.cpu_joules = -1;
  LoadStore file = open_loop(5, 0);  // ten tokens
  file.load.machine = use;
  file.store.gauges = {{file.load.session, {.at_ns = 0, .name = "given_watts", .value = 90}}};
  const LoadResult result = file.result();
  EXPECT_DOUBLE_EQ(*result.energy.joules, 900);
  EXPECT_DOUBLE_EQ(*result.energy.joules_per_output_token.value, 90);
  EXPECT_FALSE(result.energy.idle_watts);
  EXPECT_EQ(result.energy.basis, "given: 90 W over 10 s");
  EXPECT_DOUBLE_EQ(*result.cost.energy_joules, 900);
  use.local = false;  // the power is this machine's
  EXPECT_FALSE(load_energy(use, 90, 10).joules);
}

TEST(LoadCost, OfTokens) {
  LoadStore file;
  file.load.end_ns = ms_to_ns(100);
  file.add({.done = 50, .warm_up = true, .cost = *Money::parse("0.1")});
  file.add({.done = 50, .cost = *Money::parse("0.2")});
  file.add({.done = 50});
  file.add({.done = 50, .outcome = Outcome::kTimeout});
  const CostSummary c = file.result().cost;
  EXPECT_EQ(c.total->text(), "0.3");
  EXPECT_EQ(c.per_thousand_items->text(), "75");
  EXPECT_EQ(c.currency, "USD");
  EXPECT_EQ(c.basis,
            "tokens at the prices given with the model, warm-up included, without 1 answers that "
            "did not say their tokens");
}

TEST(LoadCost, OfTheMachinesTime) {
  LoadStore file = open_loop(36, 0);
  EXPECT_EQ(file.result().cost.basis, "not measured: no machine price per hour was given");
  file.store.info.machine_price_per_hour = "3.6";
  file.store.info.currency = "EUR";
  const CostSummary c = file.result().cost;
  EXPECT_EQ(c.total->text(), "0.036");
  EXPECT_EQ(c.per_thousand_items->text(), "1");
  EXPECT_EQ(c.basis, "machine at 3.6 EUR per hour, the load's duration");
  file.store.info.models[0].local = false;
  EXPECT_EQ(file.result().cost.basis, "not measured: no price per token is known");
}

}  // namespace
}  // namespace assay::aggregate
