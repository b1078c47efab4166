// Batches without a network: every moment at which a run can be killed, results that are not what
// was asked for, money.
#include "harness/run/batch_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/run/batch_book.h"
#include "harness/store/sqlite_store.h"
#include "tests/support/temp_dir.h"

namespace assay::run {
namespace {

using testing::HasSubstr;

class Questions final : public Suite {
 public:
  explicit Questions(uint64_t size) : size_(size) {
    info_.name = "questions";
    info_.hash = info_.prompt_hash = info_.data_hash = info_.scorer_hash = "h";
    info_.sample_count = size;
  }
  [[nodiscard]] const SuiteInfo& info() const override { return info_; }
  [[nodiscard]] uint64_t size() const override { return size_; }
  [[nodiscard]] Result<Sample> sample(uint64_t index) const override {
    Sample sample;
    sample.index = index;
    sample.id = "s" + std::to_string(index);
    return sample;
  }
  [[nodiscard]] Result<std::string> sample_id(uint64_t index) const override {
    return "s" + std::to_string(index);
  }
  [[nodiscard]] Result<Request> request(const Sample& sample, uint32_t) const override {
    Request request;
    request.messages.push_back({"user", "question " + sample.id, {}, {}, {}});
    request.params.max_tokens = 10;
    return request;
  }
  [[nodiscard]] uint64_t train_size() const override { return 0; }
  [[nodiscard]] Result<TrainingExample> train(uint64_t) const override { return TrainingExample{}; }
  [[nodiscard]] const std::vector<std::unique_ptr<Scorer>>& scorers() const override {
    return scorers_;
  }

 private:
  uint64_t size_;
  SuiteInfo info_;
  std::vector<std::unique_ptr<Scorer>> scorers_;
};

// Says what it is fed.
class PlainCodec final : public Codec {
 public:
  [[nodiscard]] std::string encode(const Attempt& attempt) const override {
    return "{\"ask\":\"" + attempt.request.messages[0].text + "\"}";
  }
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override {
    return std::make_unique<Plain>();
  }

 private:
  class Plain final : public Decoder {
   public:
    void feed(std::string_view bytes, std::span<const ChunkStamp>) override { text_ += bytes; }
    void finish(const Attempt& attempt, Response& response) override {
      if (attempt.http.status != 200) {
        response.outcome = Outcome::kServerError;
        response.error = text_;
        return;
      }
      response.answer = text_;
      response.usage.input_tokens = 100;
      response.usage.output_tokens = 10;
      response.usage.source = UsageSource::kReported;
    }

   private:
    std::string text_;
  };
};

// A provider in memory, which outlives runs.
struct Provider {
  struct Batch {
    std::string tag;
    std::vector<BatchItem> items;
  };
  std::vector<Batch> batches;
  bool loses_answers = false;  // creates a batch and does not say so
  bool down = false;           // nothing is created
  bool refuses = false;
  bool fails = false;  // batches as a whole
  int breaks_off = 0;  // so many readings end after a line
  std::function<std::vector<BatchReply>(const Batch&)> results = [](const Batch& batch) {
    std::vector<BatchReply> out;
    for (const BatchItem& item : batch.items)
      out.push_back({item.custom_id, Outcome::kOk, 200, "answer to " + item.body, ""});
    return out;
  };
};

class FakeClient final : public BatchClient {
 public:
  explicit FakeClient(Provider& provider) : provider_(provider) {}
  [[nodiscard]] std::string_view form() const override { return "fake"; }
  [[nodiscard]] BatchLimits limits() const override { return {4, 10'000}; }
  [[nodiscard]] const Codec& codec() const override { return codec_; }
  Result<std::string> submit(const std::string& tag, std::span<const BatchItem> items,
                             const std::stop_token&) override {
    if (provider_.refuses) return input_error("", "status 401: no such key");
    if (provider_.down) return Error{ErrorCode::kInfrastructure, "connection refused", ""};
    provider_.batches.push_back({tag, {items.begin(), items.end()}});
    if (provider_.loses_answers)
      return Error{ErrorCode::kInfrastructure, "the connection was lost", ""};
    return std::to_string(provider_.batches.size() - 1);
  }
  Result<BatchFound> find(const BatchSought& sought, const std::stop_token&) override {
    for (size_t i = 0; i < provider_.batches.size(); ++i) {
      if (provider_.batches[i].tag == sought.tag)
        return BatchFound{BatchFound::Is::kThere, std::to_string(i)};
    }
    provider_.down = false;
    return BatchFound{};
  }
  Result<BatchState> state(const std::string& id, const std::stop_token&) override {
    BatchState state;
    state.phase = provider_.fails ? BatchState::Phase::kFailed : BatchState::Phase::kEnded;
    state.word = provider_.fails ? "failed" : "completed";
    state.total = state.answered = provider_.batches.at(std::stoul(id)).items.size();
    if (provider_.fails) state.error = "no such model";
    return state;
  }
  Result<void> read(const std::string& id, const std::function<Result<void>(BatchReply&&)>& take,
                    const std::stop_token&) override {
    for (BatchReply& reply : provider_.results(provider_.batches.at(std::stoul(id)))) {
      ASSAY_TRY_VOID(take(std::move(reply)));
      if (provider_.breaks_off == 0) continue;
      --provider_.breaks_off;
      return Error{ErrorCode::kInfrastructure, "the connection was lost", ""};
    }
    return {};
  }

 private:
  Provider& provider_;
  PlainCodec codec_;
};

class FakeBackend final : public Backend {
 public:
  explicit FakeBackend(Provider& provider) : client_(provider) {}
  [[nodiscard]] const BackendTraits& traits() const override { return traits_; }
  Result<void> prepare(std::span<const Suite* const>) override { return {}; }
  void set_clock(const Clock&) override {}
  [[nodiscard]] Transport& transport() override {
    ASSAY_CHECK(false, "nothing is asked one by one here");
  }
  [[nodiscard]] const Codec& codec() const override { return client_.codec(); }
  [[nodiscard]] BatchClient* batch_client() override { return &client_; }

 private:
  BackendTraits traits_;
  FakeClient client_;
};

class BatchRunTest : public testing::Test {
 protected:
  // One session of the program; `budget` in nano-units.
  Result<BatchTotals> session(std::optional<int64_t> budget = {}, bool batch = true,
                              bool forget = false) {
    auto store = std::move(store::SqliteStore::open_for_writing(path_, {})).value();
    RunRequest request{*store, {}, {&suite_}};
    RunModel model;
    model.info.name = "m";
    model.info.spec = "fake:m";
    model.info.config_hash = "c";
    model.prices = prices_;
    model.backend = std::make_unique<FakeBackend>(provider_);
    request.models.push_back(std::move(model));
    if (batch) {
      request.batch = BatchSettings{};
      request.batch->poll = std::chrono::milliseconds(1);
      request.batch->forget = forget;
      request.batch->note = [this](const std::string& text) { notes_ += text + "\n"; };
    }
    std::vector<ModelInfo> infos{request.models[0].info};
    const auto plan_of = [&]() { return make_plan(*store, infos, request.suites); };
    RunPlan plan = std::move(plan_of()).value();
    EXPECT_TRUE(store->begin_session(request.session));
    const Money before = *store->spent();
    Spending spending({budget ? std::optional(Money{*budget}) : std::nullopt, before, {}});
    Result<BatchTotals> totals = run_batches(request, plan, spending, plan_of, {});
    reached_ = spending.reached();
    spent_ = spending.spent();
    remaining_ = (*plan_of()).lanes[0].remaining;
    return totals;
  }

  test::TempDir dir_;
  std::string path_ = dir_.file("run.assay");
  Questions suite_{10};
  Provider provider_;
  ModelPrices prices_;
  std::string notes_;
  bool reached_ = false;
  Money spent_;
  uint64_t remaining_ = 0;
};

TEST_F(BatchRunTest, EverythingIsSubmittedInPartsAndCollected) {
  const auto totals = session();
  ASSERT_TRUE(totals) << totals.error().text();
  EXPECT_EQ(totals->submitted, 10);
  EXPECT_EQ(totals->batches, 3);  // of 4, 4 and 2
  EXPECT_EQ(totals->collected, 10);
  EXPECT_EQ(totals->failed, 0);
  EXPECT_EQ(totals->open_batches, 0);
  EXPECT_EQ(remaining_, 0);
  // The next session has nothing to do.
  EXPECT_EQ(session()->submitted, 0);
  EXPECT_EQ(provider_.batches.size(), 3);
}

TEST_F(BatchRunTest, ALostAnswerIsFoundAndNotAskedAgain) {
  provider_.loses_answers = true;
  const auto totals = session();
  ASSERT_TRUE(totals) << totals.error().text();
  EXPECT_EQ(totals->collected, 10);
  EXPECT_EQ(provider_.batches.size(), 3);
  EXPECT_THAT(notes_, HasSubstr("of an interrupted submission was found"));
}

TEST_F(BatchRunTest, WhatIsNowhereInTwoLooksIsSubmittedAgain) {
  provider_.down = true;
  const auto totals = session();
  ASSERT_TRUE(totals) << totals.error().text();
  EXPECT_EQ(totals->collected, 10);
  EXPECT_EQ(provider_.batches.size(), 3);
  EXPECT_THAT(notes_, HasSubstr("it is not clear whether a batch of 4 requests was created"));
}

TEST_F(BatchRunTest, ARefusalIsAnErrorAndNothingStaysOpen) {
  provider_.refuses = true;
  const auto totals = session();
  ASSERT_FALSE(totals);
  EXPECT_EQ(totals.error().code, ErrorCode::kInfrastructure);
  EXPECT_THAT(totals.error().text(),
              HasSubstr("m: the batch was not taken: status 401: no such key"));
  provider_.refuses = false;
  EXPECT_EQ(session()->collected, 10);
}

TEST_F(BatchRunTest, ABatchThatFailsAsAWholeSaysWhy) {
  provider_.fails = true;
  const auto totals = session();
  ASSERT_FALSE(totals);
  EXPECT_THAT(totals.error().text(),
              HasSubstr("failed: no such model; nothing of it was executed"));
  provider_.fails = false;
  EXPECT_EQ(session()->collected, 10);
}

TEST_F(BatchRunTest, WrongRepeatedMissingAndFailedLinesCostOnlyThemselves) {
  provider_.results = [](const Provider::Batch& batch) {
    const std::vector<BatchItem>& items = batch.items;
    std::vector<BatchReply> out;
    const auto good = [](const std::string& id) {
      return BatchReply{id, Outcome::kOk, 200, "answer", ""};
    };
    out.push_back(good(items[0].custom_id));
    out.push_back(good(items[0].custom_id));                     // twice
    out.push_back(good("0000000000000000-0-0-0"));               // of another batch
    out.push_back(good(batch.tag + "-7777777-0-0"));             // never asked
    out.push_back({"", Outcome::kMalformed, 0, "", "no JSON"});  // no line at all
    out.push_back({items[1].custom_id, Outcome::kOk, 500, "overloaded", ""});
    if (items.size() > 2)
      out.push_back({items[2].custom_id, Outcome::kTimeout, 0, "", "batch_expired"});
    return out;  // items[3] is missing
  };
  const auto totals = session();
  ASSERT_TRUE(totals) << totals.error().text();
  EXPECT_EQ(totals->collected, 3);
  EXPECT_EQ(totals->failed, 7);
  EXPECT_EQ(remaining_, 7);
  EXPECT_THAT(notes_, HasSubstr("1 replies stored, 3 to be asked one by one; 4 lines of its "
                                "results were no reply to a request of it, or a second one"));
  // What was tried goes into no further batch.
  EXPECT_EQ(session()->submitted, 0);
  EXPECT_EQ(provider_.batches.size(), 3);
}

TEST_F(BatchRunTest, AnErrorWhileReadingStoresNothingOfTheBatchAndItIsReadAgain) {
  provider_.breaks_off = 2;
  const auto totals = session();
  ASSERT_TRUE(totals) << totals.error().text();
  EXPECT_EQ(totals->collected, 10);
  EXPECT_EQ(remaining_, 0);
  EXPECT_THAT(notes_, HasSubstr("the connection was lost; asking again"));
}

TEST_F(BatchRunTest, OpenBatchesKeepTheirRequestsFromEverybodyElse) {
  // A session that was killed after its intent was written.
  {
    auto store = std::move(store::SqliteStore::open_for_writing(path_, {})).value();
    ModelInfo info;
    info.name = "m";
    info.spec = "fake:m";
    info.config_hash = "c";
    const std::vector<ModelInfo> infos{info};
    const RunPlan plan = std::move(make_plan(*store, infos, {&suite_})).value();
    ASSERT_TRUE(store->begin_session({}));
    BatchEntry entry;
    entry.tag = "0123456789abcdef";
    entry.model = plan.lanes[0].model.id;
    entry.form = "fake";
    entry.items = {{entry.model, plan.suites[0].row(0), 0, 0},
                   {entry.model, plan.suites[0].row(1), 0, 0}};
    std::vector<Fact> facts;
    for (uint64_t i = 0; i < entry.items.size(); ++i) {
      SampleFact sample = std::move(sample_fact(suite_, *suite_.sample(i))).value();
      sample.sample = entry.items[i].sample;
      sample.suite = plan.suites[0].info.id;
      facts.emplace_back(std::move(sample));
    }
    facts.emplace_back(intended(entry));
    ASSERT_TRUE(store->append(facts));
    provider_.batches.push_back({entry.tag,
                                 {{custom_id_of(entry.tag, entry.items[0]), "{}"},
                                  {custom_id_of(entry.tag, entry.items[1]), "{}"}}});
  }
  const auto without = session({}, /*batch=*/false);
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, ErrorCode::kConflict);
  EXPECT_THAT(without.error().text(),
              HasSubstr("2 requests of this file are in a batch at the provider"));
  const auto totals = session();
  ASSERT_TRUE(totals) << totals.error().text();
  EXPECT_EQ(totals->submitted, 8);
  EXPECT_EQ(totals->collected, 10);
}

TEST_F(BatchRunTest, WhatIsForgottenIsAskedAgain) {
  {
    auto store = std::move(store::SqliteStore::open_for_writing(path_, {})).value();
    ASSERT_TRUE(store->begin_session({}));
    BatchEntry entry;
    entry.tag = "gone";
    entry.model = 99;
    entry.form = "fake";
    const std::vector<Fact> facts{intended(entry), submitted("gone", "7")};
    ASSERT_TRUE(store->append(facts));
  }
  const auto other = session();
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().text(), HasSubstr("of a model that this command does not name"));
  EXPECT_EQ(session({}, true, /*forget=*/true)->collected, 10);
}

TEST_F(BatchRunTest, ABudgetIsReservedBeforeAndSettledAfter) {
  PriceRow row;
  row.model = "m";
  row.currency = "USD";
  row.rates.set(Billed::kInput, *Rate::parse("1"));
  row.rates.set(Billed::kOutput, *Rate::parse("100"));
  row.services.push_back({.service = Service::kBatch, .multiplier = Share{500'000}});
  prices_.periods = {row};
  // Each reply costs (100 × 1 + 10 × 100) / 1e6 × 0.5 = 0.00055, less than its worst case.
  constexpr int64_t kEach = 550'000;
  EXPECT_EQ(session()->collected, 10);
  EXPECT_EQ(spent_.nano, 10 * kEach);
  // A budget of three and a half replies ends in rounds, and holds.
  path_ = dir_.file("budget.assay");
  const auto totals = session(7 * kEach / 2);
  ASSERT_TRUE(totals) << totals.error().text();
  EXPECT_TRUE(reached_);
  EXPECT_LE(spent_.nano, 7 * kEach / 2);
  EXPECT_GT(totals->collected, 0);
  EXPECT_EQ(remaining_, 10 - totals->collected);
}

TEST_F(BatchRunTest, ABatchHasAPriceOnlyWithItsTerms) {
  PriceRow row;
  row.rates.set(Billed::kInput, *Rate::parse("1"));
  row.rates.set(Billed::kOutput, *Rate::parse("2"));
  prices_.periods = {row};
  EXPECT_FALSE(has_batch_price(prices_));
  prices_.periods[0].services.push_back({.service = Service::kBatch, .multiplier = Share{500'000}});
  EXPECT_TRUE(has_batch_price(prices_));
}

}  // namespace
}  // namespace assay::run
