#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/codec/lines.h"
#include "backends/replay_backend.h"
#include "tests/backends/drive.h"

namespace assay::backends {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// A run file in memory; every item belongs to model row 1, suite row 1 unless said otherwise.
class MemoryRun final : public RunStore {
 public:
  Manifest facts;
  std::vector<ItemDetail> items;
  std::vector<Record> records;

  MemoryRun() {
    facts.run_hash = "run1";
    facts.models.resize(1);
    facts.models[0].id = 1;
    facts.models[0].name = "tesseract:eng";
    facts.models[0].config_hash = "c1";
    facts.models[0].version = "tesseract 5.3";
    facts.suites.resize(1);
    facts.suites[0].id = 1;
    facts.suites[0].name = "test";
    facts.suites[0].prompt_hash = "p1";
  }

  ItemDetail& add(const std::string& id, uint64_t row, uint32_t repeat = 0) {
    ItemDetail item;
    item.model = "tesseract:eng";
    item.suite = "test";
    item.sample_id = id;
    item.model_row = 1;
    item.sample_row = row;
    item.repeat = repeat;
    item.outcome = Outcome::kOk;
    item.finish_reason = "stop";
    item.latency_ns = 1'000'000 * static_cast<int64_t>(row);
    items.push_back(item);
    return items.back();
  }

  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] Result<Manifest> manifest() const override { return facts; }
  Result<void> append(std::span<const Fact>) override { return {}; }
  [[nodiscard]] Result<void> read_records(
      const std::function<void(const Record&)>& take) const override {
    for (const Record& record : records) take(record);
    return {};
  }
  [[nodiscard]] Result<void> read_items(
      const ItemQuery& query, const std::function<bool(const ItemDetail&)>& take) const override {
    for (const ItemDetail& item : items) {
      if (item.model != query.model || item.suite != query.suite) continue;
      if (!take(item)) break;
    }
    return {};
  }
  [[nodiscard]] Result<void> read_gauges(
      const std::function<void(uint32_t, const GaugeFact&)>&) const override {
    return {};
  }

 private:
  std::string path_ = "old.assay";
};

class OneSuite final : public Suite {
 public:
  explicit OneSuite(std::string name, std::string prompt_hash = "p1") {
    info_.name = std::move(name);
    info_.prompt_hash = std::move(prompt_hash);
  }
  [[nodiscard]] const SuiteInfo& info() const override { return info_; }
  [[nodiscard]] uint64_t size() const override { return 0; }
  [[nodiscard]] Result<Sample> sample(uint64_t) const override { return Sample{}; }
  [[nodiscard]] Result<std::string> sample_id(uint64_t) const override { return std::string(); }
  [[nodiscard]] Result<Request> request(const Sample&, uint32_t) const override {
    return Request{};
  }
  [[nodiscard]] uint64_t train_size() const override { return 0; }
  [[nodiscard]] Result<TrainingExample> train(uint64_t) const override { return TrainingExample{}; }
  [[nodiscard]] const std::vector<std::unique_ptr<Scorer>>& scorers() const override {
    return scorers_;
  }

 private:
  SuiteInfo info_;
  std::vector<std::unique_ptr<Scorer>> scorers_;
};

Result<std::unique_ptr<Backend>> open(const MemoryRun& run,
                                      std::map<std::string, std::string> params = {}) {
  BackendContext context;
  context.open_run = [&run](const std::string& path) -> Result<std::unique_ptr<RunStore>> {
    if (path != "old.assay") return Error{ErrorCode::kNotFound, "no such run file", path};
    return std::unique_ptr<RunStore>(std::make_unique<MemoryRun>(run));
  };
  return make_replay_backend({"replay:old.assay", "replay", "old.assay", std::move(params)},
                             context);
}

Result<void> prepare(Backend& backend, const OneSuite& suite) {
  const std::vector<const Suite*> suites = {&suite};
  return backend.prepare(suites);
}

class ReplayTest : public ::testing::Test {
 protected:
  std::vector<AttemptPtr> ask(std::vector<AttemptPtr> attempts) {
    backend_ = open(run_).value();
    const auto prepared = prepare(*backend_, OneSuite("test"));
    EXPECT_TRUE(prepared.has_value()) << prepared.error().text();
    backend_->set_clock(clock_);
    Driver driver(backend_->transport(), backend_->codec(), &clock_);
    for (AttemptPtr& attempt : attempts) driver.start(std::move(attempt));
    std::vector<AttemptPtr> answers;
    for (Finished& finished : driver.finish()) answers.push_back(std::move(finished.attempt));
    return answers;
  }
  AttemptPtr ask(AttemptPtr attempt) {
    std::vector<AttemptPtr> attempts;
    attempts.push_back(std::move(attempt));
    return std::move(ask(std::move(attempts)).front());
  }

  MemoryRun run_;
  VirtualClock clock_;
  std::unique_ptr<Backend> backend_;
};

TEST_F(ReplayTest, GivesBackEverythingThatWasStored) {
  ItemDetail& item = run_.add("q1", 40);
  item.answer = "a \"quoted\"\nanswer \xEF\xBF\xBD";
  item.reasoning = "because";
  item.details = R"({"words":[1,2]})";
  item.usage = {.input_tokens = 5, .cached_tokens = -1, .reasoning_tokens = 2, .output_tokens = 3};
  item.cpu_ns = 77;
  Record record;
  record.model = 1;
  record.suite = 1;
  record.sample = 40;
  record.sent_ns = 1'000'000'000;
  record.first_token_ns = 1'010'000'000;
  record.first_answer_ns = 1'020'000'000;
  run_.records.push_back(record);
  clock_.advance_to(TimePoint(milliseconds(500)));

  const AttemptPtr attempt = ask(make_attempt("q1", ""));
  const Response& r = attempt->response;
  EXPECT_EQ(r.outcome, Outcome::kOk);
  EXPECT_EQ(r.answer, item.answer);
  EXPECT_EQ(r.reasoning, "because");
  EXPECT_EQ(r.details, item.details);
  EXPECT_EQ(r.usage.output_tokens, 3);
  EXPECT_EQ(r.usage.cached_tokens, -1);
  EXPECT_EQ(r.cpu, Nanos(77));
  EXPECT_EQ(attempt->stamps.sent, TimePoint(milliseconds(500)));
  EXPECT_EQ(r.first_token, TimePoint(milliseconds(510)));
  EXPECT_EQ(r.first_answer, TimePoint(milliseconds(520)));
  EXPECT_EQ(attempt->stamps.done, TimePoint(milliseconds(540)));
}

TEST_F(ReplayTest, FindsByRepeatAndEndsInOrderOfTheStoredTimes) {
  run_.add("q1", 30).answer = "first";
  run_.add("q1", 30, 1).answer = "second";
  run_.add("q2", 10).answer = "other";
  std::vector<AttemptPtr> attempts;
  attempts.push_back(make_attempt("q1", ""));
  attempts.push_back(make_attempt("q1", ""));
  attempts.back()->key.repeat = 1;
  attempts.push_back(make_attempt("q2", "", 2));
  const auto answers = ask(std::move(attempts));
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0]->response.answer, "other");
  EXPECT_EQ(answers[1]->response.answer, "first");
  EXPECT_EQ(answers[2]->response.answer, "second");
}

TEST_F(ReplayTest, OutcomesAreReplayed) {
  for (const Outcome outcome : {Outcome::kLength, Outcome::kCutOffWhileThinking, Outcome::kRefused,
                                Outcome::kServerError, Outcome::kTimeout, Outcome::kRejected}) {
    ItemDetail& item = run_.add(std::string(outcome_name(outcome)), 5);
    item.outcome = outcome;
    item.error = "as stored";
    item.finish_reason = "";
    const AttemptPtr attempt = ask(make_attempt(item.sample_id, ""));
    EXPECT_EQ(outcome_name(attempt->response.outcome), outcome_name(outcome));
    EXPECT_EQ(attempt->response.error, "as stored");
  }
}

TEST_F(ReplayTest, WhatIsNotThereIsRejectedOnce) {
  run_.add("q1", 1);
  run_.add("cancelled", 2).outcome = Outcome::kCancelled;
  for (const auto* id : {"q9", "cancelled"}) {
    const AttemptPtr attempt = ask(make_attempt(id, ""));
    EXPECT_EQ(outcome_name(attempt->response.outcome), "rejected");
    EXPECT_EQ(attempt->response.error,
              fmt::format("not in old.assay: sample `{}` of suite `test`, repeat 0", id));
  }
  AttemptPtr repeat = make_attempt("q1", "");
  repeat->key.repeat = 1;
  EXPECT_EQ(outcome_name(ask(std::move(repeat))->response.outcome), "rejected");
}

TEST_F(ReplayTest, ManyItemsAreFound) {
  for (uint64_t i = 0; i < 3000; ++i)
    run_.add(fmt::format("q{}", i), i).answer = fmt::format("answer {}", i);
  std::vector<AttemptPtr> attempts;
  for (uint64_t i = 0; i < 3000; ++i)
    attempts.push_back(make_attempt(fmt::format("q{}", i), "", i));
  const auto answers = ask(std::move(attempts));
  ASSERT_EQ(answers.size(), 3000U);
  for (size_t i = 0; i < answers.size(); ++i)
    EXPECT_EQ(answers[i]->response.answer, fmt::format("answer {}", i));
}

TEST_F(ReplayTest, Traits) {
  const auto backend = open(run_).value();
  EXPECT_TRUE(backend->traits().virtual_clock);
  EXPECT_EQ(backend->traits().version, "tesseract 5.3");
  EXPECT_THAT(backend->traits().config, HasSubstr("model=tesseract:eng config=c1"));
}

TEST_F(ReplayTest, ErrorsNameWhatTheRunHas) {
  BackendContext context;
  context.open_run = [](const std::string& path) -> Result<std::unique_ptr<RunStore>> {
    return Error{ErrorCode::kNotFound, "no such run file", path};
  };
  EXPECT_EQ(make_replay_backend({"replay:x", "replay", "x", {}}, context).error().text(),
            "x: no such run file");
  EXPECT_THAT(make_replay_backend({"replay:", "replay", "", {}}, context).error().text(),
              HasSubstr("names no run file"));
  EXPECT_EQ(open(run_, {{"model", "tesseract:enf"}}).error().text(),
            "model `replay:old.assay`: the run has no model `tesseract:enf`, did you mean "
            "`tesseract:eng`? it has: `tesseract:eng`");
  run_.facts.models.push_back(run_.facts.models[0]);
  run_.facts.models[1].name = "baseline:linear";
  EXPECT_THAT(open(run_).error().text(),
              HasSubstr("the run has 2 models, expected `?model=NAME` with one of "
                        "`tesseract:eng`, `baseline:linear`"));
  EXPECT_TRUE(open(run_, {{"model", "baseline:linear"}}).has_value());
  EXPECT_THAT(open(run_, {{"modle", "x"}}).error().text(), HasSubstr("did you mean `model`?"));
}

TEST_F(ReplayTest, AnotherSuiteOrAnotherPromptIsAnErrorOfPreparing) {
  auto backend = open(run_).value();
  EXPECT_EQ(prepare(*backend, OneSuite("tset")).error().text(),
            "old.assay: has no suite `tset`, did you mean `test`? it has: `test`");
  EXPECT_EQ(prepare(*backend, OneSuite("test", "p2")).error().text(),
            "old.assay: suite `test` was asked with another prompt there (prompt hash p1, now p2): "
            "its replies answer other questions");
}

}  // namespace
}  // namespace assay::backends
