// The sums of MachineMeter, on readings and times that the test gives; and MachineSampler's life.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/machine/machine_sampler.h"
#include "tests/harness/machine/fakes.h"

namespace assay::machine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TimePoint at(int64_t ms) { return TimePoint(milliseconds(ms)); }

class MachineMeterTest : public ::testing::Test {
 protected:
  void SetUp() override { fake_nvml() = {}; }
  [[nodiscard]] MachineSamplerOptions options() const {
    MachineSamplerOptions options;
    options.pids = {10};
    options.nvml_library = ASSAY_FAKE_NVML;
    options.rapl_root = rapl.path();
    options.proc_root = proc.path();
    return options;
  }
  FakeProc proc;
  FakeRapl rapl;
};

TEST_F(MachineMeterTest, AddsUpEverything) {
  FakeNvml& fake = fake_nvml();
  fake.count = 1;
  fake.devices[0] = {.utilisation = 10,
                     .memory_used = 100,
                     .power_milliwatts = 50'000,
                     .energy_millijoules = 7'000};
  proc.put({.pid = 10, .own_ticks = 1000, .pages = 10});
  rapl.set(5'000'000);
  MachineMeter meter(options());
  meter.start(at(0));
  fake.devices[0] = {.utilisation = 90,
                     .memory_used = 300,
                     .power_milliwatts = 150'000,
                     .energy_millijoules = 100'000};
  proc.put({.pid = 10, .own_ticks = 1100, .pages = 40});
  meter.sample(at(500), false);
  fake.devices[0] = {.utilisation = 50,
                     .memory_used = 200,
                     .power_milliwatts = 50'000,
                     .energy_millijoules = 407'000};
  proc.put({.pid = 10, .own_ticks = 1300, .pages = 20});
  rapl.set(85'000'000);
  const MachineUse use = meter.finish(at(2000));
  EXPECT_TRUE(use.local);
  EXPECT_THAT(use.pids, ElementsAre(10));
  EXPECT_DOUBLE_EQ(use.seconds, 2);
  EXPECT_DOUBLE_EQ(use.server_cpu_s, std::chrono::duration<double>(process_time(300)).count());
  EXPECT_EQ(use.server_resident_bytes_max,
            static_cast<int64_t>(40 * resident_bytes({.rss_pages = 1})));
  EXPECT_DOUBLE_EQ(use.cpu_joules, 80);
  EXPECT_DOUBLE_EQ(use.gpu_joules, 400);
  ASSERT_EQ(use.gpus.size(), 1U);
  EXPECT_EQ(use.gpus[0].name, "Fake 0");
  EXPECT_DOUBLE_EQ(use.gpus[0].utilisation_mean, 0.5);
  EXPECT_EQ(use.gpus[0].memory_bytes_max, 300);
  EXPECT_DOUBLE_EQ(use.gpus[0].joules, 400);
  EXPECT_DOUBLE_EQ(use.gpus[0].power_watts_mean, 200);
  EXPECT_TRUE(use.notes.empty()) << use.notes[0];
}

TEST_F(MachineMeterTest, IntegratesPowerWithoutACounter) {
  FakeNvml& fake = fake_nvml();
  fake.count = 1;
  fake.devices[0] = {.power_milliwatts = 100'000, .no_energy = 1};
  proc.put({.pid = 10});
  MachineMeter meter(options());
  meter.start(at(0));
  fake.devices[0].power_milliwatts = 300'000;
  meter.sample(at(1000), false);
  fake.devices[0].power_milliwatts = 200'000;
  const MachineUse use = meter.finish(at(1500));
  // (100 + 300) / 2 * 1 + (300 + 200) / 2 * 0.5
  EXPECT_DOUBLE_EQ(use.gpu_joules, 325);
  EXPECT_DOUBLE_EQ(use.gpus[0].power_watts_mean, 325 / 1.5);
  EXPECT_THAT(use.notes, ElementsAre("GPU 0: no energy counter (Not Supported)",
                                     "GPU 0: energy is power integrated over readings"));
}

TEST_F(MachineMeterTest, ACounterThatGoesBackIsNotBelieved) {
  FakeNvml& fake = fake_nvml();
  fake.count = 1;
  fake.devices[0] = {.power_milliwatts = 100'000, .energy_millijoules = 900'000};
  proc.put({.pid = 10});
  MachineMeter meter(options());
  meter.start(at(0));
  fake.devices[0].energy_millijoules = 5;
  meter.sample(at(1000), false);
  fake.devices[0].energy_millijoules = 1'000'000;
  EXPECT_DOUBLE_EQ(meter.finish(at(2000)).gpu_joules, 200);
}

TEST_F(MachineMeterTest, APartOfTheGpusIsNoSum) {
  FakeNvml& fake = fake_nvml();
  fake.count = 2;
  fake.devices[0] = {.power_milliwatts = 100'000};
  fake.devices[1] = {.no_power = 1, .no_energy = 1};
  proc.put({.pid = 10});
  MachineMeter meter(options());
  meter.start(at(0));
  const MachineUse use = meter.finish(at(1000));
  EXPECT_EQ(use.gpu_joules, -1);
  EXPECT_GE(use.gpus[0].joules, 0);
  EXPECT_EQ(use.gpus[1].joules, -1);
  EXPECT_EQ(use.gpus[1].power_watts_mean, -1);
}

TEST_F(MachineMeterTest, LoadsAreCountedEachForItself) {
  FakeNvml& fake = fake_nvml();
  fake.count = 1;
  proc.put({.pid = 10, .own_ticks = 10, .pages = 100});
  MachineMeter meter(options());
  meter.start(at(0));
  rapl.set(3'000'000);
  fake.devices[0].energy_millijoules = 5000;
  fake.devices[0].memory_used = 77;
  meter.finish(at(1000));
  rapl.set(10'000'000);  // between loads
  fake.devices[0].memory_used = 11;
  proc.put({.pid = 10, .own_ticks = 500, .pages = 1});
  meter.start(at(5000));
  rapl.set(11'000'000);
  fake.devices[0].energy_millijoules = 6000;
  const MachineUse use = meter.finish(at(6000));
  EXPECT_DOUBLE_EQ(use.cpu_joules, 1);
  EXPECT_DOUBLE_EQ(use.gpu_joules, 1);
  EXPECT_DOUBLE_EQ(use.server_cpu_s, 0);
  EXPECT_EQ(use.gpus[0].memory_bytes_max, 11);
  EXPECT_EQ(use.server_resident_bytes_max, static_cast<int64_t>(resident_bytes({.rss_pages = 1})));
}

TEST_F(MachineMeterTest, WhatIsAbsentIsMinusOneAndSaid) {
  rapl.remove();
  MachineSamplerOptions options = this->options();
  options.nvml_library = "libassay-no-such-library.so.1";
  MachineMeter meter(options);
  meter.start(at(0));
  const MachineUse use = meter.finish(at(1000));
  EXPECT_EQ(use.server_cpu_s, -1);
  EXPECT_EQ(use.server_resident_bytes_max, -1);
  EXPECT_EQ(use.cpu_joules, -1);
  EXPECT_EQ(use.gpu_joules, -1);
  EXPECT_TRUE(use.gpus.empty());
  ASSERT_EQ(use.notes.size(), 3U);
  EXPECT_EQ(use.notes[0], "no process 10 was found, so no CPU time and memory of the server");
  EXPECT_THAT(use.notes[1], HasSubstr("no CPU energy: "));
  EXPECT_EQ(use.notes[2], "no NVML: libassay-no-such-library.so.1 is not installed");
  meter.set_pids({}, {"nothing listens at 127.0.0.1:1"});
  meter.start(at(0));
  EXPECT_EQ(meter.finish(at(1)).notes[0], "nothing listens at 127.0.0.1:1");
  meter.set_pids({}, {});
  meter.start(at(0));
  EXPECT_EQ(meter.finish(at(1)).notes[0], "the server's processes are not known");
}

TEST_F(MachineMeterTest, AServerThatEndsKeepsWhatWasSeen) {
  proc.put({.pid = 10, .own_ticks = 5, .pages = 9});
  MachineMeter meter(options());
  meter.start(at(0));
  proc.put({.pid = 10, .own_ticks = 25, .pages = 9});
  meter.sample(at(100), false);
  proc.end(10);
  const MachineUse use = meter.finish(at(200));
  EXPECT_DOUBLE_EQ(use.server_cpu_s, std::chrono::duration<double>(process_time(20)).count());
  EXPECT_THAT(use.notes,
              Contains("process 10 ended during the load; its last CPU time is not known"));
}

TEST_F(MachineMeterTest, TheSamplerKeepsItsIdleBaseline) {
  FakeNvml& fake = fake_nvml();
  fake.count = 1;
  fake.devices[0] = {.power_milliwatts = 40'000, .no_energy = 1};
  proc.put({.pid = 10});
  MachineSamplerOptions options = this->options();
  options.interval = milliseconds(1);
  MachineSampler sampler(options);
  sampler.begin();
  EXPECT_EQ(sampler.end().idle_watts_gpu, -1);
  sampler.measure_idle(milliseconds(5));
  sampler.begin();
  const MachineUse use = sampler.end();
  EXPECT_NEAR(use.idle_watts_gpu, 40, 1e-6);  // whatever the times were
  EXPECT_EQ(use.idle_watts_cpu, 0);           // the fake counter stands still
  sampler.begin();
  EXPECT_NEAR(sampler.end().idle_watts_gpu, 40, 1e-6);
}

TEST_F(MachineMeterTest, AnIdleMeasurementThatIsStoppedIsNone) {
  MachineSampler sampler(options());
  std::stop_source stop;
  stop.request_stop();
  sampler.measure_idle(std::chrono::hours(10), stop.get_token());
  sampler.begin();
  EXPECT_EQ(sampler.end().idle_watts_cpu, -1);
}

// A run measures the machine: no server is missed, and nothing readable is said before it waits.
TEST_F(MachineMeterTest, TheMachineAlone) {
  MachineSamplerOptions options = this->options();
  options.pids = {};
  options.of_server = false;
  options.nvml_library = "libassay-no-such-library.so.1";
  MachineMeter meter(options);
  EXPECT_TRUE(meter.energy_readable());
  meter.start(at(0));
  rapl.set(5'000'000);
  const MachineUse use = meter.finish(at(1000));
  EXPECT_DOUBLE_EQ(use.cpu_joules, 5);
  EXPECT_THAT(use.notes, ElementsAre("no NVML: libassay-no-such-library.so.1 is not installed"));
  rapl.remove();
  const Result<void> readable = meter.energy_readable();
  ASSERT_FALSE(readable);
  EXPECT_THAT(readable.error().text(), HasSubstr("no processor package with an energy counter"));
  EXPECT_THAT(readable.error().text(), HasSubstr("no NVML: libassay-no-such-library"));
  fake_nvml().count = 1;
  MachineSamplerOptions with_gpu = this->options();
  EXPECT_TRUE(MachineMeter(with_gpu).energy_readable());
}

TEST_F(MachineMeterTest, NoEnergyWhereNoneIsWanted) {
  fake_nvml().count = 1;
  fake_nvml().devices[0] = {.power_milliwatts = 40'000, .energy_millijoules = 7};
  MachineSamplerOptions options = this->options();
  options.energy = false;
  proc.put({.pid = 10});
  MachineMeter meter(options);
  meter.start(at(0));
  const MachineUse use = meter.finish(at(1000));
  EXPECT_EQ(use.cpu_joules, -1);
  EXPECT_EQ(use.gpu_joules, -1);
  EXPECT_DOUBLE_EQ(use.gpus[0].power_watts_mean, 40);
  EXPECT_THAT(use.notes, ElementsAre("no CPU energy: switched off"));
}

// Two wraps between the ends of a load, each between two looks: none is lost.
TEST_F(MachineMeterTest, EveryLookFindsAWrap) {
  proc.put({.pid = 10});
  rapl.set(900'000'000);  // of 1,000,000,000
  MachineMeter meter(options());
  meter.start(at(0));
  rapl.set(100'000'000);  // 200 J on
  meter.sample(at(1000), true);
  rapl.set(800'000'000);  // 700 J on
  meter.sample(at(2000), true);
  rapl.set(50'000'000);  // 250 J on
  EXPECT_DOUBLE_EQ(meter.finish(at(3000)).cpu_joules, 1150);
}

TEST_F(MachineMeterTest, DestructionEndsTheThread) {
  MachineSamplerOptions options = this->options();
  options.interval = std::chrono::hours(1);
  MachineSampler sampler(options);
  sampler.begin();
}

}  // namespace
}  // namespace assay::machine
