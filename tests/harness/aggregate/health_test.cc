// Data health: from texts of a suite (a small one in memory), from run files, and of a probe.
#include "harness/aggregate/health.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/aggregate/run_health.h"
#include "harness/aggregate/summarize.h"
#include "harness/base/rng.h"
#include "tests/support/fake_store.h"

namespace assay::aggregate {
namespace {

using test::FakeStore;

class MemorySuite : public Suite {
 public:
  MemorySuite() {
    info_.name = "s";
    info_.data_hash = "d";
    info_.metrics = {{.name = "accuracy", .scorer = "exact"}};
  }
  void add(const std::string& input, const std::string& target, const std::string& before = "",
           const std::vector<std::string>& choices = {}) {
    Sample sample;
    sample.index = samples.size();
    sample.id = "q" + std::to_string(samples.size() + 1);
    sample.targets = {target};
    sample.choices = choices;
    sample.prompt.input = input;
    sample.prompt.text = before + input;
    samples.push_back(std::move(sample));
  }
  std::vector<Sample> samples;
  std::vector<TrainingExample> lines;

  [[nodiscard]] const SuiteInfo& info() const override { return info_; }
  [[nodiscard]] uint64_t size() const override { return samples.size(); }
  [[nodiscard]] Result<Sample> sample(uint64_t index) const override { return samples[index]; }
  [[nodiscard]] Result<std::string> sample_id(uint64_t index) const override {
    return samples[index].id;
  }
  [[nodiscard]] Result<Request> request(const Sample& /*sample*/,
                                        uint32_t /*repeat*/) const override {
    return Request{};
  }
  [[nodiscard]] uint64_t train_size() const override { return lines.size(); }
  [[nodiscard]] Result<TrainingExample> train(uint64_t index) const override {
    return lines[index];
  }
  [[nodiscard]] const std::vector<std::unique_ptr<Scorer>>& scorers() const override {
    return scorers_;
  }

 private:
  SuiteInfo info_;
  std::vector<std::unique_ptr<Scorer>> scorers_;
};

TextHealth texts_of(const MemorySuite& suite) {
  Result<TextHealth> out = text_health(suite, {});
  EXPECT_TRUE(out) << out.error().text();
  return std::move(*out);
}

using Ids = std::vector<std::string>;
constexpr const char* kLong =
    "Which of the planets of the solar system has the largest number of known moons";

TEST(TextHealth, FindsCopiesContradictionsAndNearCopies) {
  MemorySuite suite;
  suite.add(kLong, "Saturn");
  suite.add("Who wrote the tragedy of Macbeth?", "Shakespeare");
  suite.add(std::string("  ") + kLong + "??", "saturn");      // the same, same answer
  suite.add(std::string(kLong) + " today", "Saturn");         // near
  suite.add("who wrote the tragedy of  MACBETH", "Marlowe");  // contradicts
  suite.add("Name the largest ocean.", "Pacific", "", {"Pacific", "Atlantic"});
  suite.add("Name the largest ocean.", "Arctic", "", {"Arctic", "Indian"});  // other choices
  const TextHealth t = texts_of(suite);
  EXPECT_EQ(t.items, 7U);
  EXPECT_EQ(t.duplicates.groups, 2U);
  EXPECT_EQ(t.duplicates.items, 4U);
  EXPECT_EQ(t.duplicates.first[0].items, (Ids{"q1", "q3"}));
  EXPECT_EQ(t.conflicts.groups, 1U);
  EXPECT_EQ(t.conflicts.first[0].items, (Ids{"q2", "q5"}));
  EXPECT_EQ(t.near.groups, 1U);
  EXPECT_EQ(t.near.first[0].items, (Ids{"q1", "q3", "q4"}));
  EXPECT_EQ(t.labels.at("Saturn"), 2U);
}

TEST(TextHealth, PicturesWithTheSameWordsAreNoCopies) {
  MemorySuite suite;
  for (int i = 0; i < 3; ++i) {
    suite.add("Read the text in the picture and write it down.", "text" + std::to_string(i));
    suite.samples.back().prompt.images = {i == 2 ? "a0.png" : "a" + std::to_string(i) + ".png"};
  }
  const TextHealth t = texts_of(suite);
  EXPECT_EQ(t.duplicates.items, 2U);  // the same picture twice
  EXPECT_EQ(t.conflicts.items, 2U);
  EXPECT_EQ(t.near.items, 0U);
}

TEST(TextHealth, FindsTestQuestionsInTheTrainSplitAndInTheirOwnExamples) {
  MemorySuite suite;
  suite.add(kLong, "Saturn");
  suite.add("Who wrote the tragedy of Macbeth for the king and the court of his time?", "S",
            std::string("Question: who wrote the tragedy of Macbeth for the king and the court of "
                        "his time? Answer: S\n\n"));
  suite.add("What is the boiling point of water at sea level in degrees Celsius, roughly?", "100",
            "Question: something else altogether, with its own words. Answer: 7\n\n");
  suite.add("How many legs does a common house spider have when it is fully grown up", "8");
  suite.lines = {{.input = "unrelated line of the train split", .target = "x"},
                 {.input = std::string(kLong) + "?", .target = "Saturn"},
                 {.input = "How many legs does a common house spider have when it is fully grown",
                  .target = "8"}};
  const TextHealth t = texts_of(suite);
  EXPECT_EQ(t.in_train.items, 1U);
  EXPECT_EQ(t.in_train.first[0].items, (Ids{"q1", "train:1"}));
  EXPECT_EQ(t.near_train.items, 1U);
  EXPECT_EQ(t.near_train.first[0].items, (Ids{"q4", "train:2"}));
  EXPECT_EQ(t.in_examples.items, 1U);
  EXPECT_EQ(t.in_examples.first[0].items, (Ids{"q2"}));
  EXPECT_EQ(t.near_examples.items, 0U);
}

TEST(TextHealth, TurnsOfAChatAreExamplesToo) {
  MemorySuite suite;
  suite.add(kLong, "Saturn");
  suite.samples.back().prompt.turns = {{.user = kLong, .assistant = "Saturn"}};
  EXPECT_EQ(texts_of(suite).in_examples.items, 1U);
}

TEST(TextHealth, HostileAndEmptyTexts) {
  MemorySuite suite;
  suite.add("", "");
  suite.add("\xff\xfe\xfd", "x");
  suite.add(std::string(2'000'000, 'a'), "y");
  suite.add(std::string(1000, '\n') + "?", "z");
  const TextHealth t = texts_of(suite);
  EXPECT_EQ(t.empty, 1U);
  EXPECT_EQ(t.conflicts.items, 0U);
  EXPECT_EQ(texts_of(MemorySuite()).items, 0U);
}

TEST(Check, SeveritiesAndOrder) {
  MemorySuite suite;
  suite.add(kLong, "Saturn");
  suite.add(kLong, "Jupiter");
  for (int i = 0; i < 10; ++i) {
    suite.add("number " + std::to_string(i) + " of a list", "yes");
  }
  Result<SuiteCheck> check = check_suite(suite, nullptr, {});
  ASSERT_TRUE(check) << check.error().text();
  ASSERT_FALSE(check->findings.empty());
  EXPECT_EQ(check->findings[0].severity, Severity::kError);
  EXPECT_EQ(check->findings[0].kind, "conflicting answers");
  const auto size = std::find_if(check->findings.begin(), check->findings.end(),
                                 [](const HealthFinding& f) { return f.kind == "size"; });
  ASSERT_NE(size, check->findings.end());
  EXPECT_EQ(size->severity, Severity::kWarning);
  // (z.975 + z.8)² (0.2 - 0.02²) / 0.02² = 7.8489 · 499.
  EXPECT_EQ(check->needed.items, 3917U);
  EXPECT_EQ(check->needed.basis, "assumed: 20% of the items differ");
}

// --- run files

// scores[model][item]
FakeStore run_of(const std::vector<std::vector<double>>& scores) {
  FakeStore store("a.assay");
  SuiteInfo suite;
  suite.id = 1;
  suite.name = "s";
  suite.prompt_hash = "p";
  suite.data_hash = "d";
  suite.scorer_hash = "c";
  suite.metrics = {{.name = "accuracy", .scorer = "exact"}};
  suite.sample_count = scores.empty() ? 0 : scores.front().size();
  store.info.suites = {suite};
  for (size_t m = 0; m < scores.size(); ++m) {
    ModelInfo info;
    info.id = static_cast<uint32_t>(m + 1);
    info.name = "m" + std::to_string(m + 1);
    info.config_hash = info.name;
    store.info.models.push_back(info);
    for (size_t i = 0; i < scores[m].size(); ++i) {
      test::FakeRecord record;
      record.model = info.id;
      record.index = i;
      record.done_ns = 1;
      record.truth = i % 4 == 0 ? R"({"targets":["yes"]})" : R"({"targets":["no"]})";
      record.scores = {{.value = scores[m][i]}};
      store.add(record);
    }
  }
  return store;
}

SuiteHealth health_of(const FakeStore& store) {
  const std::vector<const RunStore*> stores{&store};
  const std::vector<std::string> names{"a.assay"};
  Result<Summary> summary = summarize(stores, names, {});
  EXPECT_TRUE(summary) << summary.error().text();
  return summary->suites.at(0).health;
}

TEST(RunHealth, ItemsNobodyAndEverybodySolves) {
  const SuiteHealth h = health_of(run_of({{1, 0, 1, 0, 1, 1}, {1, 0, 0, 0, 1, 0}}));
  EXPECT_EQ(h.items.items, 6U);
  EXPECT_EQ(h.items.solved_by_all, 2U);
  EXPECT_EQ(h.items.solved_by_none, 2U);
  EXPECT_EQ(h.items.all[0].index, 0U);
  EXPECT_EQ(h.items.all[1].index, 4U);
  EXPECT_FALSE(h.items.negative);
  EXPECT_EQ(h.items.note, "discrimination needs 5 models, here are 2");
  // d = {0, 0, 1, 0, 0, 1}: variance 4/3 / 5.
  EXPECT_EQ(h.needed.basis, "m1 against m2");
  EXPECT_EQ(h.needed.items, 5233U);  // 7.84888 · 0.266667 / 0.0004
  EXPECT_EQ(h.labels.labels, 2U);
  EXPECT_EQ(h.labels.majority, "no");
  EXPECT_NEAR(*h.labels.majority_share.value, 4.0 / 6, 1e-12);
}

TEST(RunHealth, AMiskeyedItemHasNegativeDiscrimination) {
  // Models of rising strength on 60 items; the last item is keyed wrongly: the better, the worse.
  Rng rng(2);
  std::vector<std::vector<double>> scores(12);
  for (size_t m = 0; m < scores.size(); ++m) {
    for (int i = 0; i < 60; ++i) {
      scores[m].push_back(rng.uniform() < 0.1 + 0.07 * static_cast<double>(m) ? 1 : 0);
    }
    scores[m].push_back(m < 6 ? 1 : 0);
  }
  const SuiteHealth h = health_of(run_of(scores));
  ASSERT_TRUE(h.items.negative);
  EXPECT_GE(*h.items.negative, 1U);
  EXPECT_EQ(*h.items.negative_shown, 1U);
  EXPECT_EQ(h.items.worst[0].index, 60U);
  EXPECT_LT(h.items.worst[0].value, -0.7);
}

TEST(RunHealth, OneModelOrNoItemsSayNothing) {
  const SuiteHealth one = health_of(run_of({{1, 0}}));
  EXPECT_EQ(one.items.items, 0U);
  EXPECT_FALSE(one.items.solved_by_all);
  EXPECT_FALSE(one.items.note.empty());
  const Samples none;
  const HealthModel models[] = {{"a", &none}, {"b", &none}};  // NOLINT: spans want arrays
  const SuiteHealth h = run_health(models, {.name = "x"}, {.have = 5});
  EXPECT_EQ(h.items.note, "no item has a score of every model");
  EXPECT_EQ(h.needed.basis, "assumed: 20% of the items differ");
}

TEST(RunHealth, ConstantScoresNeedTheAssumption) {
  const SuiteHealth h = health_of(run_of({{1, 1, 1}, {1, 1, 1}}));
  EXPECT_EQ(h.needed.basis, "assumed: 20% of the items differ");
  EXPECT_EQ(h.items.solved_by_all, 3U);
}

TEST(RunHealth, ErrorRatesAreSolvedAtZero) {
  FakeStore store = run_of({{0, 1.5, 0.2}, {0, 1, 0.4}});
  store.info.suites[0].metrics[0].higher_is_better = false;
  store.info.suites[0].metrics[0].binary = false;
  const SuiteHealth h = health_of(store);
  EXPECT_EQ(h.items.solved_by_all, 1U);
  EXPECT_EQ(h.items.solved_by_none, 1U);
  store.info.suites[0].metrics[0].share = false;
  EXPECT_FALSE(health_of(store).items.solved_by_all);
}

TEST(Check, RunsNameItemsAndSayWhenTheDataAreOthers) {
  MemorySuite suite;
  for (int i = 0; i < 6; ++i) suite.add("question number " + std::to_string(i), i == 0 ? "a" : "b");
  const FakeStore store = run_of({{1, 0, 1, 0, 1, 1}, {1, 0, 0, 0, 1, 0}});
  const std::vector<const RunStore*> stores{&store};
  const std::vector<std::string> names{"a.assay"};
  Result<Summary> summary = summarize(stores, names, {});
  ASSERT_TRUE(summary);
  Result<SuiteCheck> check = check_suite(suite, &*summary, {});
  ASSERT_TRUE(check);
  EXPECT_EQ(check->items.none[0].id, "q2");
  EXPECT_TRUE(check->notes.empty());
  summary->suites[0].suite.data_hash = "other";
  check = check_suite(suite, &*summary, {});
  ASSERT_TRUE(check);
  EXPECT_EQ(check->notes, Ids{"the run files hold other data under this suite's name"});
  EXPECT_EQ(check->items.none[0].id, "");
  summary->suites.clear();
  check = check_suite(suite, &*summary, {});
  ASSERT_TRUE(check);
  EXPECT_EQ(check->notes, Ids{"no items of this suite in the run files"});
}

TEST(LabelHealth, ManyAnswersAreNoClasses) {
  std::map<std::string, uint64_t> counts;
  for (int i = 0; i < 60; ++i) counts[std::to_string(i)] = 5;
  EXPECT_FALSE(label_health(counts, 0.95).majority_share.value);
  EXPECT_EQ(label_health({}, 0.95).note, "no answers are known");
  EXPECT_FALSE(label_health({{"a", 1}, {"b", 1}}, 0.95).majority_share.value);
  EXPECT_EQ(label_of_truth(R"({"targets":["x"],"gold":[2]})"), "#3");
  EXPECT_EQ(label_of_truth(R"({"targets":["x"]})"), "x");
  for (const char* bad : {"", "[", "{}", R"({"gold":[-1]})", R"({"targets":[1]})", "[1]"}) {
    EXPECT_EQ(label_of_truth(bad), "") << bad;
  }
}

// --- probe

TEST(Probe, TellsARememberedTextFromAGuess) {
  std::vector<ProbeAnswer> answers;
  Rng rng(1);
  for (int i = 0; i < 40; ++i) {
    std::string hidden;
    for (int c = 0; c < 60; ++c) hidden += static_cast<char>('a' + rng.below(26));
    answers.push_back({.id = "q" + std::to_string(i),
                       .expected = hidden,
                       .reply = i < 30 ? hidden : "no idea what comes next in this text"});
  }
  const ProbeResult r = probe_result(answers, 0.95);
  EXPECT_DOUBLE_EQ(*r.returned.value, 0.75);
  EXPECT_DOUBLE_EQ(*r.baseline.value, 0);
  EXPECT_GT(*r.excess.ci_low, 0.5);
  EXPECT_EQ(r.returned_items.size(), 20U);
  const ProbeResult none = probe_result({}, 0.95);
  EXPECT_FALSE(none.returned.value);
  EXPECT_FALSE(none.excess.value);
  EXPECT_FALSE(probe_result(std::span(answers).first(1), 0.95).excess.value);
}

}  // namespace
}  // namespace assay::aggregate
