#include "harness/machine/nvml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/machine/fakes.h"

namespace assay::machine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Nvml, ReadsEveryDevice) {
  FakeNvml& fake = fake_nvml();
  fake = {};
  fake.count = 2;
  fake.devices[0] = {.utilisation = 37,
                     .memory_used = 5'000'000'000,
                     .power_milliwatts = 250'500,
                     .energy_millijoules = 123'456'789'000};
  fake.devices[1] = {.utilisation = 250};  // what no driver says is held to 100 %
  {
    auto nvml = Nvml::open(ASSAY_FAKE_NVML);
    ASSERT_TRUE(nvml.has_value()) << nvml.error().text();
    EXPECT_EQ(fake.running, 1);
    ASSERT_EQ((*nvml)->count(), 2U);
    EXPECT_EQ((*nvml)->name(0), "Fake 0");
    EXPECT_EQ((*nvml)->name(1), "Fake 1");
    const GpuReading first = (*nvml)->read(0);
    EXPECT_DOUBLE_EQ(first.utilisation.value(), 0.37);
    EXPECT_EQ(first.memory_bytes, 5'000'000'000);
    EXPECT_DOUBLE_EQ(first.power_watts.value(), 250.5);
    EXPECT_DOUBLE_EQ(first.energy_joules.value(), 123'456'789.0);
    EXPECT_EQ((*nvml)->read(1).utilisation, 1.0);
    EXPECT_TRUE((*nvml)->notes().empty());
  }
  EXPECT_EQ(fake.running, 0);
}

TEST(Nvml, WhatADeviceCannotSayIsEmptyAndSaidOnce) {
  FakeNvml& fake = fake_nvml();
  fake = {};
  fake.count = 1;
  fake.devices[0].no_utilisation = 1;
  fake.devices[0].no_memory = 1;
  fake.devices[0].no_power = 1;
  fake.devices[0].no_energy = 1;
  auto nvml = Nvml::open(ASSAY_FAKE_NVML);
  ASSERT_TRUE(nvml.has_value()) << nvml.error().text();
  (*nvml)->read(0);
  const GpuReading reading = (*nvml)->read(0);
  EXPECT_FALSE(reading.utilisation || reading.memory_bytes || reading.power_watts ||
               reading.energy_joules);
  EXPECT_THAT(
      (*nvml)->notes(),
      ElementsAre("GPU 0: no utilisation (Not Supported)", "GPU 0: no memory (Not Supported)",
                  "GPU 0: no power (Not Supported)", "GPU 0: no energy counter (Not Supported)"));
}

TEST(Nvml, SaysWhyNot) {
  FakeNvml& fake = fake_nvml();
  fake = {};
  EXPECT_EQ(Nvml::open(ASSAY_FAKE_NVML).error().text(), "NVML shows no GPU");
  EXPECT_EQ(fake.running, 0);
  fake.no_driver = 1;
  EXPECT_THAT(Nvml::open(ASSAY_FAKE_NVML).error().text(),
              HasSubstr("does not start (Driver Not Loaded)"));
  fake = {};
  fake.count = 5;  // one more than it has
  EXPECT_EQ(Nvml::open(ASSAY_FAKE_NVML).error().text(), "GPU 4 cannot be used (Invalid Argument)");
  EXPECT_EQ(Nvml::open("libassay-no-such-library.so.1").error().text(),
            "libassay-no-such-library.so.1 is not installed");
  EXPECT_THAT(Nvml::open("/dev/null").error().text(), HasSubstr("/dev/null cannot be opened ("));
  EXPECT_EQ(Nvml::open("libm.so.6").error().text(), "libm.so.6 has no nvmlInit_v2");
}

}  // namespace
}  // namespace assay::machine
