// Loads of whole files: rounds, comparisons, searches, availability; and that load items do not
// spoil the quality part's times.
#include "harness/aggregate/load_points.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "harness/aggregate/summarize.h"
#include "tests/harness/aggregate/load_builder.h"

namespace assay::aggregate {
namespace {

using test::FakeStore;
using test::ms_to_ns;
using test::request_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A file of models "m1" .. and loads that are added one by one.
struct BenchFile {
  FakeStore store;
  uint32_t order = 0;

  explicit BenchFile(const std::string& path, uint32_t models = 2) : store(path) {
    for (uint32_t id = 1; id <= models; ++id) {
      ModelInfo model;
      model.id = id;
      model.name = "m" + std::to_string(id);
      store.info.models.push_back(model);
    }
  }

  // Ten requests of `latency_ms` each, one after the other, in a second.
  LoadInfo& add(LoadInfo load, double latency_ms, int failed = 0) {
    load.id = static_cast<uint32_t>(store.loads.size()) + 1;
    load.order = order++;
    if (load.session == 0) load.session = 1;
    load.begin_ns = 0;
    load.end_ns = ms_to_ns(1000);
    for (int i = 0; i < 10; ++i) {
      store.add_request(load.id,
                        request_of({.due = i * 100.0,
                                    .sent = i * 100.0,
                                    .done = i * 100.0 + latency_ms,
                                    .output = 10,
                                    .outcome = i < failed ? Outcome::kTimeout : Outcome::kOk}));
    }
    store.loads.push_back(load);
    return store.loads.back();
  }
};

LoadInfo closed(uint32_t model, uint32_t point, uint32_t round, double concurrency = 1) {
  LoadInfo load;
  load.model = model;
  load.point = point;
  load.round = round;
  load.concurrency = concurrency;
  load.workload_hash = "w";
  return load;
}

LoadInfo probe(double rate) {
  LoadInfo load;
  load.model = 1;
  load.kind = LoadKind::kPoisson;
  load.rate = rate;
  load.probe = true;
  load.slo.e2e_s = 0.050;
  return load;
}

LoadSection section_of(std::vector<const BenchFile*> files) {
  std::vector<const RunStore*> stores;
  std::vector<std::string> names;
  for (const BenchFile* file : files) {
    stores.push_back(&file->store);
    names.push_back(file->store.path());
  }
  Result<LoadSection> out = summarize_loads(stores, names, {});
  EXPECT_TRUE(out) << out.error().text();
  return out ? *out : LoadSection{};
}

const Estimate& figure(const LoadPoint& point, std::string_view name) {
  for (const auto& [key, estimate] : point.over_rounds) {
    if (key == name) return estimate;
  }
  ADD_FAILURE() << name;
  static const Estimate kNone;
  return kNone;
}

TEST(LoadPoints, RoundsAreGatheredAndAveraged) {
  BenchFile file("a.assay");
  for (uint32_t round = 0; round < 3; ++round) {
    for (uint32_t model = 1; model <= 2; ++model) {
      file.add(closed(model, 1, round, 8), 20.0 + round + 10 * model);
      file.add(closed(model, 0, round, 1), 10.0 + round);
    }
  }
  const LoadSection s = section_of({&file});
  ASSERT_EQ(s.points.size(), 4U);
  std::vector<std::string> order;
  for (const LoadPoint& p : s.points) order.push_back(p.model.name + " " + p.label);
  EXPECT_THAT(order, ElementsAre("m1 concurrency 1", "m2 concurrency 1", "m1 concurrency 8",
                                 "m2 concurrency 8"));
  EXPECT_EQ(s.points[2].rounds.size(), 3U);
  // e2e medians 30, 31, 32 ms: mean 31, s = 1, t(2) = 4.302653.
  const Estimate& e2e = figure(s.points[2], "e2e_p50");
  EXPECT_NEAR(*e2e.value, 0.031, 1e-12);
  EXPECT_NEAR(*e2e.ci_high, 0.031 + 4.3026527297 * 0.001 / std::sqrt(3.0), 1e-9);
  EXPECT_EQ(e2e.n, 3U);
  EXPECT_EQ(figure(s.points[2], "ttft_p50").method, "no round has it");
  EXPECT_EQ(s.points[2].over_rounds.size(), 11U);
  EXPECT_TRUE(s.valid);
}

TEST(LoadPoints, OneRoundIsOneValue) {
  BenchFile file("a.assay");
  file.add(closed(1, 0, 0), 25);
  const LoadSection s = section_of({&file});
  const Estimate& e2e = figure(s.points.at(0), "e2e_p99");
  EXPECT_DOUBLE_EQ(*e2e.value, 0.025);
  EXPECT_FALSE(e2e.ci_low);
  EXPECT_EQ(e2e.method, "one round");
  EXPECT_THAT(s.comparisons, IsEmpty());
}

TEST(LoadPoints, OtherSettingsAreAnotherPoint) {
  BenchFile file("a.assay");
  file.add(closed(1, 0, 0, 1), 25);
  file.add(closed(1, 0, 0, 2), 25).session = 2;
  EXPECT_EQ(section_of({&file}).points.size(), 2U);
}

TEST(LoadPoints, LoadsThatNeverBeganAreLeftOut) {
  BenchFile file("a.assay");
  LoadInfo load = closed(1, 0, 0);
  load.id = 9;
  file.store.loads.push_back(load);
  EXPECT_TRUE(section_of({&file}).empty());
  EXPECT_TRUE(section_of({}).empty());
}

TEST(LoadPoints, AnUnknownModelGetsItsRowsName) {
  BenchFile file("a.assay");
  file.add(closed(7, 0, 0), 25);
  EXPECT_EQ(section_of({&file}).points.at(0).model.name, "model 7");
}

TEST(LoadComparisons, PairedByRound) {
  BenchFile file("a.assay");
  const std::vector<double> extra{4, 5, 6};
  for (uint32_t round = 0; round < 3; ++round) {
    file.add(closed(1, 0, round), 20.0 + 5 * round);
    file.add(closed(2, 0, round), 20.0 + 5 * round + extra[round]);
  }
  const LoadSection s = section_of({&file});
  std::vector<std::string> metrics;
  for (const LoadComparison& c : s.comparisons) metrics.push_back(c.metric);
  EXPECT_THAT(metrics, ElementsAre("e2e_p50", "e2e_p99", "output_tokens_per_s", "requests_per_s"));
  const LoadComparison& c = s.comparisons[0];
  EXPECT_EQ(c.a, "m1");
  EXPECT_EQ(c.b, "m2");
  EXPECT_NEAR(*c.difference.value, 0.005, 1e-12);
  EXPECT_NEAR(*c.difference.ci_low, 0.005 - 4.3026527297 * 0.001 / std::sqrt(3.0), 1e-9);
  EXPECT_NEAR(*c.ratio, 30.0 / 25, 1e-9);
  EXPECT_LT(*c.p_value, 0.05);
  EXPECT_EQ(c.verdict, "b higher");
  EXPECT_EQ(s.comparisons[3].verdict, "no difference shown");
}

TEST(LoadComparisons, OneRoundIsTooFew) {
  BenchFile file("a.assay");
  file.add(closed(1, 0, 0), 20);
  file.add(closed(2, 0, 0), 30);
  const LoadComparison c = section_of({&file}).comparisons.at(0);
  EXPECT_NEAR(*c.difference.value, 0.010, 1e-12);
  EXPECT_FALSE(c.difference.ci_low);
  EXPECT_FALSE(c.p_value);
  EXPECT_EQ(c.verdict, "n too small");
}

TEST(LoadComparisons, AcrossFilesWithTheSameWorkloadOnly) {
  BenchFile before("before.assay", 1);
  BenchFile after("after.assay", 1);
  for (uint32_t round = 0; round < 2; ++round) {
    before.add(closed(1, 3, round), 40);
    after.add(closed(1, 0, round), 20);
  }
  LoadSection s = section_of({&before, &after});
  ASSERT_FALSE(s.comparisons.empty());
  EXPECT_EQ(s.comparisons[0].a, "m1 [before.assay]");
  EXPECT_EQ(s.comparisons[0].b, "m1 [after.assay]");
  EXPECT_EQ(s.comparisons[0].verdict, "b lower");
  EXPECT_THAT(s.availability,
              ElementsAre(testing::Field(&std::pair<std::string, Estimate>::first, "m1")));
  EXPECT_EQ(s.availability[0].second.n, 40U);
  for (LoadInfo& load : after.store.loads) load.workload_hash = "other";
  EXPECT_THAT(section_of({&before, &after}).comparisons, IsEmpty());
}

TEST(LoadAvailability, OverAllLoadsOfAModel) {
  BenchFile file("a.assay");
  file.add(closed(1, 0, 0), 20, 1);
  file.add(closed(1, 1, 0, 2), 20, 2);
  file.add(closed(2, 0, 0), 20);
  const auto availability = section_of({&file}).availability;
  ASSERT_EQ(availability.size(), 2U);
  EXPECT_DOUBLE_EQ(*availability[0].second.value, 0.85);
  EXPECT_EQ(availability[0].second.method, "wilson");
  EXPECT_EQ(*availability[1].second.value, 1);
}

TEST(LoadSearches, TheHighestRateThatMetTheSlo) {
  BenchFile file("a.assay");
  file.add(probe(1), 20);
  file.add(probe(8), 90);
  file.add(probe(4), 90);
  file.add(probe(2), 40);
  file.add(probe(4), 45);  // asked again with more requests: the later one counts
  const LoadSection s = section_of({&file});
  ASSERT_EQ(s.searches.size(), 1U);
  const LoadSearch& found = s.searches[0];
  EXPECT_EQ(found.kind, "slo");
  EXPECT_EQ(found.unit, "requests/s");
  EXPECT_EQ(found.value, 4);
  EXPECT_EQ(found.low, 4);
  EXPECT_EQ(found.high, 8);
  EXPECT_EQ(found.probes, 5U);
  EXPECT_EQ(found.note, "");
}

TEST(LoadSearches, AtTheEdges) {
  BenchFile none("a.assay");
  none.add(probe(1), 90);
  EXPECT_FALSE(section_of({&none}).searches.at(0).value);
  EXPECT_EQ(section_of({&none}).searches.at(0).note,
            "no rate tried met the SLO; the lowest that failed was 1");
  BenchFile all("b.assay");
  all.add(probe(1), 20);
  all.add(probe(2), 20).session = 1;
  EXPECT_EQ(section_of({&all}).searches.at(0).value, 2);
  EXPECT_THAT(section_of({&all}).searches.at(0).note, HasSubstr("limit lies higher"));
  // A later session's search replaces it; what the instrument spoilt says nothing.
  all.add(probe(3), 90).session = 2;
  LoadInfo& bad = all.add(probe(5), 90);
  bad.session = 2;
  bad.instrument.in_flight_capped = true;
  const LoadSearch last = section_of({&all}).searches.at(0);
  EXPECT_EQ(last.high, 3);
  EXPECT_FALSE(last.low);
  EXPECT_EQ(last.probes, 2U);
  EXPECT_THAT(last.note, HasSubstr("1 probes were invalid"));
  EXPECT_FALSE(section_of({&all}).valid);
}

TEST(LoadSearches, TheKneeOfThroughput) {
  BenchFile file("a.assay");
  // Throughputs by failures: 5, 8, 10 and 10 of ten requests a second.
  const std::vector<std::pair<double, int>> steps{{1, 5}, {2, 2}, {4, 0}, {8, 0}};
  for (const auto& [concurrency, failed] : steps) {
    LoadInfo load = closed(1, 0, 0, concurrency);
    load.probe = true;
    file.add(load, 20, failed);
  }
  const LoadSearch found = section_of({&file}).searches.at(0);
  EXPECT_EQ(found.kind, "knee");
  EXPECT_EQ(found.value, 4);
  EXPECT_EQ(found.high, 8);
  EXPECT_EQ(found.unit, "concurrency");
  file.store.loads.pop_back();
  const LoadSearch rising = section_of({&file}).searches.at(0);
  EXPECT_FALSE(rising.value);
  EXPECT_EQ(rising.note, "throughput still rose at concurrency 4");
}

TEST(LoadLabels, EveryKind) {
  LoadInfo load;
  load.concurrency = 8;
  EXPECT_EQ(load_label(load), "concurrency 8");
  load.rate = 0.5;
  load.kind = LoadKind::kConstant;
  EXPECT_EQ(load_label(load), "0.5 requests/s, constant");
  load.kind = LoadKind::kPoisson;
  load.rate = 10;
  EXPECT_EQ(load_label(load), "10 requests/s, Poisson");
  load.kind = LoadKind::kGamma;
  load.burstiness = 0.25;
  EXPECT_EQ(load_label(load), "10 requests/s, gamma, burstiness 0.25");
  load.kind = LoadKind::kRamp;
  load.rate_end = 20;
  EXPECT_EQ(load_label(load), "10 to 20 requests/s, ramp");
  load.kind = LoadKind::kTrace;
  load.trace = "azure_code.csv, 20 x";
  EXPECT_EQ(load_label(load), "trace azure_code.csv, 20 x");
  load.kind = LoadKind::kBurst;
  load.planned = 64;
  EXPECT_EQ(load_label(load), "burst of 64");
}

TEST(QualityUnderLoad, ItemsCountButTheirTimesDoNot) {
  BenchFile file("a.assay", 1);
  SuiteInfo suite;
  suite.id = 1;
  suite.name = "quick";
  suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  suite.sample_count = 4;
  file.store.info.suites = {suite};
  file.store.info.machine_price_per_hour = "1";
  for (uint64_t i = 0; i < 4; ++i) {
    file.store.add({.index = i,
                    .sent_ns = 1000,
                    .first_token_ns = 1500,
                    .done_ns = 1000 + (i < 2 ? 10 : 9000) * 1'000'000LL,
                    .in_load = i >= 2,
                    .scores = {{.value = 1}}});
  }
  file.add(closed(1, 0, 0), 20);
  file.add(closed(1, 0, 1), 20).instrument.timer_late_s.p99 = 1;
  const std::vector<const RunStore*> stores{&file.store};
  const std::vector<std::string> names{"a.assay"};
  const Result<Summary> summary = summarize(stores, names, {});
  ASSERT_TRUE(summary) << summary.error().text();
  const ModelResult& m = summary->suites.at(0).models.at(0);
  EXPECT_EQ(m.items_answered, 4U);
  EXPECT_EQ(m.metrics.at(0).estimate.n, 4U);
  EXPECT_EQ(m.latency.n, 2U);
  EXPECT_EQ(m.ttft.n, 2U);
  EXPECT_DOUBLE_EQ(m.busy_seconds, 0.02);
  EXPECT_EQ(m.cost.basis,
            "not measured: asked under load; the machine's cost stands with the loads");
  ASSERT_EQ(summary->loads.points.size(), 1U);
  EXPECT_EQ(summary->loads.points[0].rounds.size(), 2U);
  EXPECT_FALSE(summary->loads.points[0].rounds[1].instrument.valid);
}

}  // namespace
}  // namespace assay::aggregate
