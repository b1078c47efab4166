// Energy counters on recorded trees, and machine prices.
#include "harness/cost/energy.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "harness/cost/machine_cost.h"
#include "tests/support/temp_dir.h"

namespace assay::cost {
namespace {

// As found on a machine with two packages: `intel-rapl:N` with its parts below and beside it.
void write_zone(const test::TempDir& root, const std::string& zone, const std::string& name,
                const std::string& energy_uj, const std::string& range_uj = "262143328850") {
  root.write(zone + "/name", name + "\n");
  root.write(zone + "/energy_uj", energy_uj + "\n");
  root.write(zone + "/max_energy_range_uj", range_uj + "\n");
}

TEST(EnergyCounters, AddsPackagesAndSkipsTheirParts) {
  const test::TempDir root;
  write_zone(root, "intel-rapl:0", "package-0", "1000000");
  write_zone(root, "intel-rapl:1", "package-1", "500");
  write_zone(root, "intel-rapl:0:0", "core", "0");
  write_zone(root, "intel-rapl:2", "psys", "0");
  write_zone(root, "intel-rapl-mmio:0", "package-0", "0");
  root.write("intel-rapl/enabled", "1\n");
  EnergyCounters counters(root.path());
  ASSERT_TRUE(counters.start());
  EXPECT_EQ(counters.packages(), 2U);
  EXPECT_EQ(*counters.joules(), 0);
  write_zone(root, "intel-rapl:0", "package-0", "3500000");
  write_zone(root, "intel-rapl:1", "package-1", "250500");
  write_zone(root, "intel-rapl:0:0", "core", "999999999");
  write_zone(root, "intel-rapl:2", "psys", "999999999");
  EXPECT_DOUBLE_EQ(*counters.joules(), 2.75);
  EXPECT_DOUBLE_EQ(*counters.joules(), 2.75);  // nothing more used
}

TEST(EnergyCounters, WrapsAround) {
  const test::TempDir root;
  write_zone(root, "intel-rapl:0", "package-0", "262143000000");
  EnergyCounters counters(root.path());
  ASSERT_TRUE(counters.start());
  write_zone(root, "intel-rapl:0", "package-0", "1000");
  EXPECT_DOUBLE_EQ(*counters.joules(), (262143328850.0 - 262143000000.0 + 1000) * 1e-6);
  write_zone(root, "intel-rapl:0", "package-0", "1001000");
  EXPECT_DOUBLE_EQ(*counters.joules(), 0.32985 + 1.0);
}

// Ranges are what the chip's energy unit makes of 32 bits: no power of two in microjoules.
TEST(EnergyCounters, WrapsSeveralTimesAtAnyRange) {
  for (const uint64_t range : {uint64_t{262143328850}, uint64_t{65712999613}, uint64_t{999}}) {
    const test::TempDir root;
    uint64_t counter = range / 3;
    write_zone(root, "intel-rapl:0", "package-0", std::to_string(counter), std::to_string(range));
    EnergyCounters counters(root.path());
    ASSERT_TRUE(counters.start());
    uint64_t used = 0;
    for (int step = 1; step <= 10; ++step) {
      const uint64_t more = range / 2 + static_cast<uint64_t>(step);
      used += more;
      // From `range` on the counter starts again at zero.
      counter = counter + more >= range ? counter + more - range : counter + more;
      write_zone(root, "intel-rapl:0", "package-0", std::to_string(counter), std::to_string(range));
      EXPECT_DOUBLE_EQ(*counters.joules(), static_cast<double>(used) * 1e-6)
          << range << " " << step;
    }
  }
}

TEST(EnergyCounters, NamesOfAmdAndOfPackagesWithSeveralDies) {
  const test::TempDir root;
  write_zone(root, "intel-rapl:0", "package-0", "0", "65532610987");  // AMD: the same names
  write_zone(root, "intel-rapl:0:0", "core", "0");
  write_zone(root, "intel-rapl:1", "package-1-die-0", "0");
  write_zone(root, "intel-rapl:1:1", "dram", "0");
  write_zone(root, "intel-rapl:x", "package-9", "0");
  write_zone(root, "amd-rapl:0", "package-0", "0");
  EnergyCounters counters(root.path());
  ASSERT_TRUE(counters.start());
  EXPECT_EQ(counters.descriptions(),
            (std::vector<std::string>{"package-0 (wraps every 65.5 kJ)",
                                      "package-1-die-0 (wraps every 262 kJ)"}));
}

// Unreadable to anybody: what stands in the file's place.
TEST(EnergyCounters, ADirectoryOrADanglingLinkIsNoCounter) {
  for (const char* file : {"name", "energy_uj", "max_energy_range_uj"}) {
    const test::TempDir root;
    write_zone(root, "intel-rapl:0", "package-0", "5");
    const std::string path = root.file(std::string("intel-rapl:0/") + file);
    std::filesystem::remove(path);
    std::filesystem::create_symlink("nowhere", path);
    EXPECT_EQ(EnergyCounters(root.path()).start().error().text(),
              path + ": No such file or directory");
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    EXPECT_EQ(EnergyCounters(root.path()).start().error().text(), path + ": Is a directory");
  }
}

TEST(EnergyCounters, GarbageIsNoNumber) {
  const std::string many_digits(100, '9');
  for (const std::string& text : {std::string(), std::string("-5"), std::string("1e6"),
                                  std::string("0x10"), std::string("5 5"), std::string("\0005", 2),
                                  std::string("18446744073709551616"), many_digits}) {
    const test::TempDir root;
    write_zone(root, "intel-rapl:0", "package-0", text);
    const Result<void> started = EnergyCounters(root.path()).start();
    ASSERT_FALSE(started) << text;
    EXPECT_NE(started.error().text().find("expected a number of microjoules"), std::string::npos);
  }
}

TEST(EnergyCounters, WhatNoMachineUsesIsNoReading) {
  const test::TempDir root;
  write_zone(root, "intel-rapl:0", "package-0", "0");
  EnergyCounters counters(root.path());
  ASSERT_TRUE(counters.start());
  write_zone(root, "intel-rapl:0", "package-0", "18446744073709551615");
  EXPECT_EQ(counters.joules().error().text(),
            root.file("intel-rapl:0/energy_uj") +
                ": went from 0 to 18446744073709551615, more than any machine uses");
}

TEST(EnergyCounters, APackageThatDisappearsLeavesNoSum) {
  const test::TempDir root;
  write_zone(root, "intel-rapl:0", "package-0", "0");
  write_zone(root, "intel-rapl:1", "package-1", "0");
  EnergyCounters counters(root.path());
  ASSERT_TRUE(counters.start());
  write_zone(root, "intel-rapl:0", "package-0", "7000000");
  std::filesystem::remove_all(root.file("intel-rapl:1"));
  EXPECT_EQ(counters.joules().error().text(),
            root.file("intel-rapl:1/energy_uj") + ": No such file or directory");
}

TEST(EnergyCounters, SaysWhyNot) {
  const test::TempDir root;
  EnergyCounters before(root.path());
  EXPECT_EQ(before.joules().error().text(), "energy counters were not started");
  EXPECT_EQ(before.start().error().text(),
            root.path() + ": no processor package with an energy counter");
  EnergyCounters absent(root.path() + "/none");
  EXPECT_EQ(absent.start().error().text(), root.path() + "/none: No such file or directory");
}

TEST(EnergyCounters, PermissionDenied) {
  const test::TempDir root;
  write_zone(root, "intel-rapl:0", "package-0", "5");
  const std::string file = root.file("intel-rapl:0/energy_uj");
  std::filesystem::permissions(file, std::filesystem::perms::none);
  if (::access(file.c_str(), R_OK) == 0) {
    GTEST_SKIP() << "the superuser reads files without permission";
  }
  EXPECT_EQ(EnergyCounters(root.path()).start().error().text(), file + ": Permission denied");
}

TEST(EnergyCounters, NotANumber) {
  const test::TempDir root;
  write_zone(root, "intel-rapl:0", "package-0", "12x");
  EXPECT_EQ(
      EnergyCounters(root.path()).start().error().text(),
      root.file("intel-rapl:0/energy_uj") + ": found `12x`, expected a number of microjoules");
}

TEST(EnergyCounters, StopsForGoodWhenACounterVanishes) {
  const test::TempDir root;
  write_zone(root, "intel-rapl:0", "package-0", "5");
  EnergyCounters counters(root.path());
  ASSERT_TRUE(counters.start());
  std::filesystem::remove(root.file("intel-rapl:0/energy_uj"));
  EXPECT_FALSE(counters.joules());
  write_zone(root, "intel-rapl:0", "package-0", "50");
  EXPECT_FALSE(counters.joules());
  ASSERT_TRUE(counters.start());
  EXPECT_EQ(*counters.joules(), 0);
}

TEST(EnergyCounters, BackwardsBeyondItsRange) {
  const test::TempDir root;
  write_zone(root, "intel-rapl:0", "package-0", "900", "100");
  EnergyCounters counters(root.path());
  ASSERT_TRUE(counters.start());
  write_zone(root, "intel-rapl:0", "package-0", "800", "100");
  EXPECT_EQ(counters.joules().error().text(), root.file("intel-rapl:0/energy_uj") +
                                                  ": went from 900 back to 800, beyond its range "
                                                  "of 100");
}

TEST(MachineCost, PricePerHour) {
  const Money per_hour = *Money::parse("0.36");
  EXPECT_EQ(machine_cost(per_hour, std::chrono::hours(1))->text(), "0.36");
  EXPECT_EQ(machine_cost(per_hour, std::chrono::seconds(10))->text(), "0.001");
  EXPECT_EQ(machine_cost(per_hour, Nanos(0))->nano, 0);
  EXPECT_FALSE(machine_cost(per_hour, Nanos(-1)));
  EXPECT_FALSE(machine_cost(*Money::parse("9000000000"), std::chrono::hours(2)));
}

TEST(MachineCost, Scaled) {
  EXPECT_EQ(scaled(*Money::parse("3"), 1000, 600)->text(), "5");
  EXPECT_EQ(scaled(*Money::parse("1"), 1, 3)->text(), "0.333333333");
  EXPECT_FALSE(scaled(*Money::parse("1"), 1, 0));
  EXPECT_FALSE(scaled(*Money::parse("9000000000"), 1000, 1));
}

}  // namespace
}  // namespace assay::cost
