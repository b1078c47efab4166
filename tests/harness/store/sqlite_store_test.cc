#include "harness/store/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <vector>

#include "harness/store/schema.h"
#include "harness/store/suite_json.h"
#include "tests/support/temp_dir.h"

namespace assay::store {
namespace {

using test::TempDir;
using testing::HasSubstr;

SuiteInfo suite_info() {
  SuiteInfo suite;
  suite.name = "s";
  suite.hash = "h1";
  suite.prompt_hash = "p1";
  suite.data_hash = "d1";
  suite.scorer_hash = "c1";
  suite.metrics = {{"accuracy", "exact", true, true}, {"cer", "cer", false, false}};
  suite.sample_count = 3;
  return suite;
}

ModelInfo model_info(const std::string& name) {
  ModelInfo model;
  model.name = name;
  model.spec = "simulated:" + name;
  model.config_hash = "conf-" + name;
  return model;
}

SampleFact sample(uint32_t suite, uint64_t index) {
  SampleFact fact;
  fact.suite = suite;
  fact.index = index;
  fact.sample = uint64_t{suite} << kSampleSuiteShift | index;
  fact.id = "id" + std::to_string(index);
  fact.tags = R"({"language":"ko"})";
  fact.truth = R"({"targets":["a"]})";
  fact.request = R"({"messages":[]})";
  return fact;
}

AttemptFact attempt(uint32_t model, uint64_t row, uint32_t number, Outcome outcome,
                    const std::string& answer = "a") {
  AttemptFact fact;
  fact.key = {model, row, 0, number};
  fact.stamps = {from_ns(10), from_ns(20), from_ns(50)};
  fact.response.outcome = outcome;
  fact.response.answer = answer;
  fact.response.first_token = from_ns(30);
  fact.response.usage.output_tokens = 7;
  return fact;
}

ScoreFact scores(const Key& key, double accuracy, double cer) {
  return {key,
          {{"accuracy", ScoreStatus::kScored, accuracy, 1, "x", "why"},
           {"cer", ScoreStatus::kScored, cer, 4, "", ""}}};
}

// A file with one model, one suite of three samples: right, wrong after a retry, failed.
struct Filled {
  TempDir dir;
  std::string path = dir.file("run.assay");
  std::unique_ptr<SqliteStore> store;
  uint32_t model = 0;
  uint32_t suite = 0;

  Filled() {
    store = std::move(SqliteStore::open_for_writing(path, {})).value();
    (void)store->set_run_settings(7, "0.40", "USD").has_value();
    (void)store->begin_session({0, "2026-01-01T00:00:00Z", "assay run", "{}", 5, "0.1.0"})
        .has_value();
    model = store->ensure_model(model_info("m")).value().id;
    suite = store->ensure_suite(suite_info()).value().id;
    const uint64_t base = uint64_t{suite} << kSampleSuiteShift;
    std::vector<Fact> facts{sample(suite, 0),
                            sample(suite, 1),
                            sample(suite, 2),
                            attempt(model, base, 0, Outcome::kOk, std::string(5000, 'x')),
                            attempt(model, base + 1, 0, Outcome::kServerError, ""),
                            attempt(model, base + 1, 1, Outcome::kOk, "wrong"),
                            attempt(model, base + 2, 0, Outcome::kTimeout, ""),
                            scores({model, base, 0, 0}, 1, 0.25),
                            scores({model, base + 1, 0, 1}, 0, 0.75)};
    const Result<void> done = store->append(facts);
    EXPECT_TRUE(done) << done.error().text();
  }
};

TEST(SqliteStore, WhatEarlierTriesUsedAndCostStandsApart) {
  const Filled f;
  const uint64_t row = (uint64_t{f.suite} << kSampleSuiteShift) + 1;
  AttemptFact again = attempt(f.model, row, 2, Outcome::kOk, "again");
  again.response.usage.input_tokens = 11;
  again.response.cost = Money{5};
  AttemptFact last = attempt(f.model, row, 3, Outcome::kOk, "last");
  last.response.cost = Money{30};
  last.response.service = Service::kBatch;
  ASSERT_TRUE(f.store->append(std::vector<Fact>{again, last}));
  std::vector<Record> records;
  ASSERT_TRUE(f.store->read_records([&](const Record& record) { records.push_back(record); }));
  ASSERT_EQ(records.size(), 3U);
  const Record& r = records[1];
  EXPECT_EQ(r.attempts, 4U);
  EXPECT_EQ(r.cost->nano, 35);
  EXPECT_EQ(r.earlier_cost->nano, 5);
  EXPECT_EQ(r.earlier_usage.output_tokens, 21);
  EXPECT_EQ(r.earlier_usage.input_tokens, 11);
  EXPECT_EQ(r.earlier_usage.cached_tokens, -1);
  EXPECT_EQ(r.earlier_with_usage, 3U);
  EXPECT_EQ(r.usage.output_tokens, 7);
  EXPECT_EQ(r.service, Service::kBatch);
  EXPECT_EQ(records[2].earlier_with_usage, 0U);
  EXPECT_FALSE(records[2].earlier_cost);
  EXPECT_EQ(records[2].service, Service::kStandard);
}

TEST(SqliteStore, GivesBackRecordsInKeyOrderWithScoresAndTries) {
  const Filled file;
  std::vector<Record> records;
  std::vector<size_t> score_counts;
  ASSERT_TRUE(file.store->read_records([&](const Record& record) {
    EXPECT_EQ(record.tags, R"({"language":"ko"})");
    score_counts.push_back(record.scores.size());
    if (record.index == 1) {
      EXPECT_DOUBLE_EQ(record.scores[1].value, 0.75);
      EXPECT_DOUBLE_EQ(record.scores[1].weight, 4);
    }
    records.push_back(record);
  }));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(score_counts, (std::vector<size_t>{2, 2, 0}));
  EXPECT_EQ(records[1].attempts, 2U);
  EXPECT_EQ(records[1].outcome, Outcome::kOk);
  EXPECT_EQ(records[2].outcome, Outcome::kTimeout);
  EXPECT_EQ(records[0].done_ns - records[0].sent_ns, 30);
  EXPECT_EQ(records[0].first_answer_ns, -1);
  EXPECT_EQ(records[0].usage.output_tokens, 7);
  EXPECT_EQ(records[0].usage.input_tokens, -1);
}

TEST(SqliteStore, KeepsWhatAReplyOverHttpHas) {
  Filled f;
  const uint64_t row = uint64_t{f.suite} << kSampleSuiteShift | 2;
  AttemptFact fact = attempt(f.model, row, 9, Outcome::kOk);
  fact.stamps.headers = from_ns(25);
  fact.stamps.loop_lag = Nanos(3);
  fact.http_status = 200;
  fact.http_flags = kHttpReused;
  Response& r = fact.response;
  r.first_answer = from_ns(40);
  r.usage = {100, 20, 30, 40, 5, 6, 7, -1, -1, -1, 8, UsageSource::kSplitEstimated};
  r.service = Service::kBatch;
  r.cost = *Money::parse("0.25");
  r.served_model = "model-2026";
  r.fingerprint = "fp_1";
  r.response_id = "resp_1";
  r.tool_calls = {{"call_1", "weather", R"({"city":"서울"})"}};
  r.loglikelihoods = {{-1.5, true, 3}, {-2.25, false, 1}};
  r.chunks = std::string("\x00\x01\x02", 3);
  r.wire = "data: {\"x\":1}\xff";
  ASSERT_TRUE(f.store->append(std::vector<Fact>{fact}));
  std::vector<ItemDetail> items;
  ItemQuery query;
  query.sample_id = "id2";
  ASSERT_TRUE(f.store->read_items(query, [&](const ItemDetail& item) {
    items.push_back(item);
    return true;
  }));
  ASSERT_EQ(items.size(), 1U);
  const ItemDetail& item = items[0];
  EXPECT_EQ(item.usage.cache_write_tokens, 5);
  EXPECT_EQ(item.usage.reasoning_tokens, 30);
  EXPECT_EQ(item.usage.output_tokens, 40);
  EXPECT_EQ(item.usage.source, UsageSource::kSplitEstimated);
  EXPECT_EQ(item.usage.cache_write_hour_tokens, 6);
  EXPECT_EQ(item.usage.image_tokens, 7);
  EXPECT_EQ(item.usage.audio_tokens, -1);
  EXPECT_EQ(item.usage.audio_output_tokens, 8);
  EXPECT_EQ(item.ttft_ns, 10);
  EXPECT_EQ(item.ttfa_ns, 20);
  EXPECT_EQ(item.cost->text(), "0.25");
  EXPECT_EQ(item.http_status, 200);
  EXPECT_EQ(item.served_model, "model-2026");
  EXPECT_EQ(tool_calls_from_json(item.tool_calls)[0].arguments, R"({"city":"서울"})");
  const std::vector<Loglikelihood> likelihoods = loglikelihoods_from_json(item.loglikelihoods);
  ASSERT_EQ(likelihoods.size(), 2U);
  EXPECT_EQ(likelihoods[0].tokens, 3);
  EXPECT_EQ(likelihoods[1].sum, -2.25);
  EXPECT_EQ(item.wire, "data: {\"x\":1}\xEF\xBF\xBD") << "text stays text";
  EXPECT_EQ(f.store->spent()->text(), "0.25");
}

// The schema of version 1 as it was, with one attempt of it.
TEST(SqliteStore, AFileOfVersion1IsBroughtUpToDateAndLosesNothing) {
  const TempDir dir;
  const std::string path = dir.file("old.assay");
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  const std::string old(schema_steps()[0]);
  const std::string rows =
      "INSERT INTO models VALUES(1,'m','simulated:m','c','v','',-1,0);"
      "INSERT INTO suites VALUES(1,'s','h','p','d','c',1,1,1,'" +
      suite_to_json(suite_info()) +
      "');"
      "INSERT INTO samples VALUES(4294967296,1,0,'id0',NULL,NULL,'{}','{}');"
      "INSERT INTO attempts "
      "VALUES(5,1,1,4294967296,0,0,0,0,'ok',1,2,3,4,9,6,10,11,12,13,'stop','sm',"
      "NULL,'the answer','thought','{}');"
      "INSERT INTO scores VALUES((1<<48)|(5<<6),1,5,0,'scored',1.0,1.0,'x',NULL);"
      "PRAGMA application_id=1095979865; PRAGMA user_version=1;";
  char* problem = nullptr;
  const int done = sqlite3_exec(db, (old + rows).c_str(), nullptr, nullptr, &problem);
  ASSERT_EQ(done, SQLITE_OK) << problem;
  sqlite3_close(db);
  ASSERT_TRUE(SqliteStore::open_for_writing(path, {}));
  auto reader = SqliteStore::open_for_reading(path);
  ASSERT_TRUE(reader) << reader.error().text();
  size_t items = 0;
  ASSERT_TRUE((*reader)->read_items({}, [&](const ItemDetail& item) {
    ++items;
    EXPECT_EQ(item.answer, "the answer");
    EXPECT_EQ(item.reasoning, "thought");
    EXPECT_EQ(item.usage.cached_tokens, 11);
    EXPECT_EQ(item.usage.cache_write_tokens, -1);
    EXPECT_EQ(item.latency_ns, 7);
    EXPECT_FALSE(item.cost);
    return true;
  }));
  EXPECT_EQ(items, 1U);
}

TEST(SqliteStore, LongTextsComeBackWhole) {
  const Filled file;
  ItemQuery query;
  query.sample_id = "id0";
  int items = 0;
  ASSERT_TRUE(file.store->read_items(query, [&](const ItemDetail& item) {
    ++items;
    EXPECT_EQ(item.answer, std::string(5000, 'x'));
    EXPECT_EQ(item.scores.at(0).extracted, "x");
    EXPECT_EQ(item.scores.at(0).reason, "why");
    return true;
  }));
  EXPECT_EQ(items, 1);
}

TEST(SqliteStore, SamplesAreReadWithoutTheirReplies) {
  const Filled file;
  const std::string suite = suite_info().name;
  std::vector<std::string> ids;
  ASSERT_TRUE(file.store->read_samples(
      suite, [&](uint64_t row, std::string_view id, std::string_view truth) {
        EXPECT_EQ(row, (uint64_t{file.suite} << kSampleSuiteShift) + ids.size());
        EXPECT_EQ(truth, R"({"targets":["a"]})");
        ids.emplace_back(id);
        return ids.size() < 2;
      }));
  EXPECT_EQ(ids, (std::vector<std::string>{"id0", "id1"})) << "stops when told to";
  ASSERT_TRUE(file.store->read_samples("nobody", [](uint64_t, std::string_view, std::string_view) {
    ADD_FAILURE() << "a suite that is not there has no samples";
    return true;
  }));
}

TEST(SqliteStore, WorstFirstPutsFailedThenWrong) {
  const Filled file;
  ItemQuery query;
  query.worst_first = true;
  std::vector<std::string> ids;
  ASSERT_TRUE(file.store->read_items(query, [&](const ItemDetail& item) {
    ids.push_back(item.sample_id);
    return true;
  }));
  EXPECT_EQ(ids, (std::vector<std::string>{"id2", "id1", "id0"}));
}

TEST(SqliteStore, ProgressSaysWhatIsAnsweredAndJudged) {
  const Filled file;
  std::vector<ItemProgress> items;
  ASSERT_TRUE(file.store->read_progress(file.model, file.suite,
                                        [&](const ItemProgress& item) { items.push_back(item); }));
  ASSERT_EQ(items.size(), 3U);
  EXPECT_TRUE(items[0].answered && items[0].scored);
  EXPECT_TRUE(items[1].answered && items[1].scored);
  EXPECT_EQ(items[1].attempts, 2U);
  EXPECT_FALSE(items[2].answered);
}

TEST(SqliteStore, OneKeyTwiceIsRefusedAndTheWholeBatchUndone) {
  const Filled file;
  const uint64_t base = uint64_t{file.suite} << kSampleSuiteShift;
  std::vector<Fact> facts{attempt(file.model, base + 2, 1, Outcome::kOk),
                          attempt(file.model, base, 0, Outcome::kOk)};
  ASSERT_FALSE(file.store->append(facts));
  int records = 0;
  ASSERT_TRUE(file.store->read_records([&](const Record& record) {
    ++records;
    if (record.index == 2) {
      EXPECT_EQ(record.outcome, Outcome::kTimeout);
    }
  }));
  EXPECT_EQ(records, 3);
}

TEST(SqliteStore, ANewScoringCountsOnlyWhenFinished) {
  const Filled file;
  SuiteInfo changed = suite_info();
  changed.id = file.suite;
  changed.scorer_hash = "c2";
  const uint64_t base = uint64_t{file.suite} << kSampleSuiteShift;
  ASSERT_TRUE(file.store->begin_scoring(changed));
  std::vector<Fact> facts{scores({file.model, base, 0, 0}, 0, 0.5),
                          scores({file.model, base + 1, 0, 1}, 1, 0.5)};
  ASSERT_TRUE(file.store->append(facts));
  const auto first_accuracy = [&] {
    double value = -1;
    EXPECT_TRUE(file.store->read_records([&](const Record& r) {
      if (r.index == 0) value = r.scores[0].value;
    }));
    return value;
  };
  EXPECT_EQ(first_accuracy(), 1);
  ASSERT_TRUE(file.store->finish_scoring(changed));
  EXPECT_EQ(first_accuracy(), 0);
  EXPECT_EQ(file.store->find_suite("s").value()->scorer_hash, "c2");
}

TEST(SqliteStore, AModelOfTheSameNameAndAnotherConfigurationIsAConflict) {
  const Filled file;
  ModelInfo other = model_info("m");
  other.config_hash = "changed";
  const auto result = file.store->ensure_model(other);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kConflict);
  EXPECT_THAT(result.error().message, HasSubstr("model `m` was stored with another configuration"));
}

TEST(SqliteStore, ATransactionThatFailsLeavesNothing) {
  const Filled file;
  const Result<void> done = file.store->transact([&]() -> Result<void> {
    ASSAY_TRY_VOID(file.store->ensure_model(model_info("second")));
    return input_error("", "no");
  });
  EXPECT_FALSE(done);
  EXPECT_EQ(file.store->manifest().value().models.size(), 1U);
}

TEST(SqliteStore, ManifestHoldsSettingsSessionsAndHashes) {
  const Filled file;
  const Manifest manifest = file.store->manifest().value();
  EXPECT_EQ(manifest.seed, 7U);
  EXPECT_EQ(manifest.machine_price_per_hour, "0.40");
  EXPECT_EQ(manifest.sessions.size(), 1U);
  EXPECT_EQ(manifest.suites.at(0).metrics.at(1).name, "cer");
  EXPECT_FALSE(manifest.suites.at(0).metrics.at(1).higher_is_better);
  EXPECT_EQ(manifest.run_hash.size(), 16U);
}

TEST(SqliteStore, AnotherSeedIsAConflict) {
  const Filled file;
  const auto result = file.store->set_run_settings(8, "", "");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().text(),
            file.path + ": was started with --seed 7, now 8; use another file or the same seed");
}

// Loads of `assay bench`.

LoadInfo load_info(uint32_t model) {
  LoadInfo load;
  load.model = model;
  load.point = 2;
  load.round = 1;
  load.order = 5;
  load.kind = LoadKind::kGamma;
  load.rate = 12.5;
  load.burstiness = 0.25;
  load.workload = "synthetic, input 512, output 128";
  load.workload_hash = "wh";
  load.seed = UINT64_MAX;
  load.slo.ttft_s = 0.5;
  load.planned = 100;
  load.begin_ns = 1000;
  return load;
}

AttemptFact load_attempt(const Filled& f, uint32_t load, uint64_t number, uint32_t repeat,
                         Outcome outcome = Outcome::kOk) {
  AttemptFact fact = attempt(f.model, uint64_t{f.suite} << kSampleSuiteShift, 0, outcome);
  fact.key.repeat = repeat;
  fact.load.load = load;
  fact.load.number = number;
  return fact;
}

TEST(SqliteStoreLoads, ComeBackAsTheyEnded) {
  const Filled f;
  const Result<uint32_t> first = f.store->begin_load(load_info(f.model));
  const Result<uint32_t> second = f.store->begin_load(load_info(f.model));
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  LoadInfo ended = load_info(f.model);
  ended.id = *first;
  ended.end_ns = 5000;
  ended.end_reason = "count";
  ended.instrument.timer_late_s = {.n = 9, .p50 = 0.25, .p99 = 0.5, .max = 1};
  ended.machine.gpus = {{.index = 1, .name = "g", .joules = 12.5}};
  ASSERT_TRUE(f.store->append(std::vector<Fact>{LoadFact{ended}}));
  std::vector<LoadInfo> loads;
  ASSERT_TRUE(f.store->read_loads([&](const LoadInfo& load) { loads.push_back(load); }));
  ASSERT_EQ(loads.size(), 2U);
  EXPECT_EQ(loads[0].id, *first);
  EXPECT_EQ(loads[0].model, f.model);
  EXPECT_EQ(loads[0].session, 1U);
  EXPECT_EQ(load_to_json(loads[0]), load_to_json(ended));
  EXPECT_EQ(loads[0].seed, UINT64_MAX);
  EXPECT_EQ(loads[1].end_ns, -1) << "its end was never written";
}

TEST(SqliteStoreLoads, RecordsComeByNumberWithEverythingMeasured) {
  const Filled f;
  const uint32_t load = f.store->begin_load(load_info(f.model)).value();
  const uint32_t other = f.store->begin_load(load_info(f.model)).value();
  AttemptFact full = load_attempt(f, load, 7, 2);
  full.load.conversation = 3;
  full.load.turn = 1;
  full.load.input_wanted = 512;
  full.load.output_wanted = 128;
  full.load.warm_up = true;
  full.stamps.headers = from_ns(25);
  full.stamps.loop_lag = Nanos(3);
  full.http_status = 200;
  full.http_flags = kHttpReused;
  full.response.first_answer = from_ns(40);
  full.response.usage = {.input_tokens = 100,
                         .cached_tokens = 20,
                         .reasoning_tokens = 30,
                         .output_tokens = 40,
                         .cache_write_tokens = 5,
                         .source = UsageSource::kReported};
  full.response.cost = Money{77};
  full.response.chunks = std::string("\x00\x01\x02", 3);
  AttemptFact failed = load_attempt(f, load, 4, 1, Outcome::kTimeout);
  failed.response.first_token.reset();
  failed.response.error = "no end within 10 s";
  const std::vector<Fact> facts{full, failed, load_attempt(f, other, 1, 3)};
  ASSERT_TRUE(f.store->append(facts));
  std::vector<LoadRecord> records;
  ASSERT_TRUE(f.store->read_load_records(load, [&](const LoadRecord& r) {
    records.push_back(r);
    if (r.place.number == 7) {
      EXPECT_EQ(r.chunks, std::string_view("\x00\x01\x02", 3));
    } else {
      EXPECT_EQ(r.error, "no end within 10 s");
      EXPECT_EQ(r.chunks, "");
    }
  }));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].place.number, 4U);
  EXPECT_EQ(records[0].outcome, Outcome::kTimeout);
  EXPECT_EQ(records[0].first_token_ns, -1);
  EXPECT_EQ(records[0].place.input_wanted, -1);
  EXPECT_FALSE(records[0].place.warm_up);
  const LoadRecord& r = records[1];
  EXPECT_EQ(r.place.load, load);
  EXPECT_EQ(r.place.conversation, 3U);
  EXPECT_EQ(r.place.turn, 1U);
  EXPECT_EQ(r.place.input_wanted, 512);
  EXPECT_EQ(r.place.output_wanted, 128);
  EXPECT_TRUE(r.place.warm_up);
  EXPECT_EQ(r.due_ns, 10);
  EXPECT_EQ(r.sent_ns, 20);
  EXPECT_EQ(r.headers_ns, 25);
  EXPECT_EQ(r.first_token_ns, 30);
  EXPECT_EQ(r.first_answer_ns, 40);
  EXPECT_EQ(r.done_ns, 50);
  EXPECT_EQ(r.loop_lag_ns, 3);
  EXPECT_EQ(r.http_status, 200);
  EXPECT_EQ(r.http_flags, kHttpReused);
  EXPECT_EQ(r.usage.cache_write_tokens, 5);
  EXPECT_EQ(r.usage.source, UsageSource::kReported);
  EXPECT_EQ(r.cost->nano, 77);
}

TEST(SqliteStoreLoads, ItemsKnowWhetherTheyWereAskedUnderLoad) {
  const Filled f;
  std::vector<bool> under_load;
  const auto read = [&] {
    under_load.clear();
    ASSERT_TRUE(f.store->read_records([&](const Record& r) { under_load.push_back(r.in_load); }));
  };
  read();
  EXPECT_EQ(under_load, (std::vector<bool>{false, false, false}));
  EXPECT_EQ(f.store->next_repeat(f.model).value(), 1U);
  const uint32_t load = f.store->begin_load(load_info(f.model)).value();
  ASSERT_TRUE(f.store->append(std::vector<Fact>{load_attempt(f, load, 0, 1)}));
  read();
  EXPECT_EQ(under_load, (std::vector<bool>{false, true, false, false}));
  EXPECT_EQ(f.store->next_repeat(f.model).value(), 2U);
}

TEST(SqliteStoreLoads, ALoadThatCannotBeReadIsSaid) {
  const Filled f;
  ASSERT_TRUE(f.store->begin_load(load_info(f.model)));
  ASSERT_TRUE(f.store->checkpoint());
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(f.path.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(db, "UPDATE loads SET json='{\"kind\":\"tidal\"}'", nullptr, nullptr, nullptr),
      SQLITE_OK);
  sqlite3_close(db);
  const Result<void> read = f.store->read_loads([](const LoadInfo&) {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().text(), f.path + ": load: has the unknown kind `tidal`");
}

// A file of before loads gets their tables when it is opened for writing.
TEST(SqliteStoreLoads, AFileOfVersion3HasNone) {
  const TempDir dir;
  const std::string path = dir.file("old.assay");
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  std::string old;
  for (size_t step = 0; step < 3; ++step) old += std::string(schema_steps()[step]) + ";";
  old += "PRAGMA application_id=1095979865; PRAGMA user_version=3;";
  ASSERT_EQ(sqlite3_exec(db, old.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
  ASSERT_TRUE(SqliteStore::open_for_writing(path, {}));
  const auto reader = SqliteStore::open_for_reading(path);
  ASSERT_TRUE(reader) << reader.error().text();
  EXPECT_EQ((*reader)->manifest().value().schema_version, 5);
  int loads = 0;
  EXPECT_TRUE((*reader)->read_loads([&](const LoadInfo&) { ++loads; }));
  EXPECT_TRUE((*reader)->read_load_records(1, [&](const LoadRecord&) { ++loads; }));
  EXPECT_EQ(loads, 0);
}

// What is not a run file, each with its exact message.

std::string open_error(const std::string& path) {
  const auto opened = SqliteStore::open_for_writing(path, {});
  return opened ? "" : opened.error().text();
}

TEST(RunFileErrors, TextIsNotARunFile) {
  const TempDir dir;
  const std::string path = dir.write("x.assay", "hello, this is no database at all");
  EXPECT_EQ(open_error(path), path + ": is not a run file (not an SQLite database)");
  EXPECT_EQ(test::read_file(path), "hello, this is no database at all");
}

TEST(RunFileErrors, ForeignDatabaseIsNotTouched) {
  const TempDir dir;
  const std::string path = dir.file("x.assay");
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "CREATE TABLE t(a)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
  EXPECT_EQ(open_error(path),
            path + ": is an SQLite database, but not a run file (its application id is not ours)");
}

TEST(RunFileErrors, NewerVersion) {
  const TempDir dir;
  const std::string path = dir.file("x.assay");
  {
    const auto store = SqliteStore::open_for_writing(path, {});
    ASSERT_TRUE(store);
    ASSERT_TRUE((*store)->checkpoint());
  }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "PRAGMA user_version=99", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(db);
  EXPECT_EQ(open_error(path),
            path + ": is of version 99, written by a newer assay; this one reads up to version 5");
}

TEST(RunFileErrors, CutShort) {
  const TempDir dir;
  const std::string path = dir.file("x.assay");
  {
    const auto store = SqliteStore::open_for_writing(path, {});
    ASSERT_TRUE(store);
    ASSERT_TRUE((*store)->checkpoint());
  }
  const auto whole = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, whole / 2);
  EXPECT_EQ(open_error(path), path + ": is cut short: " + std::to_string(whole / 2) +
                                  " bytes, its header says " + std::to_string(whole));
  std::filesystem::resize_file(path, 40);
  EXPECT_EQ(open_error(path), path + ": is cut short: 40 bytes, a run file has at least 100");
}

TEST(RunFileErrors, SecondWriter) {
  const TempDir dir;
  const std::string path = dir.file("x.assay");
  const auto first = SqliteStore::open_for_writing(path, {});
  ASSERT_TRUE(first);
  EXPECT_EQ(open_error(path), path +
                                  ": is being written by another assay process; wait for it, or "
                                  "write to another file with -o");
  // Readers are welcome meanwhile.
  EXPECT_TRUE(SqliteStore::open_for_reading(path));
}

TEST(RunFileErrors, FolderAndMissing) {
  const TempDir dir;
  EXPECT_EQ(open_error(dir.path()), dir.path() + ": is a folder, expected a run file");
  EXPECT_EQ(open_error(dir.file("no/such/x.assay")),
            dir.file("no/such/x.assay") + ": cannot be written (No such file or directory)");
  const auto missing = SqliteStore::open_for_reading(dir.file("none.assay"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().text(), dir.file("none.assay") + ": no such run file");
}

TEST(RunFileErrors, DamagedTextIsSaid) {
  const Filled file;
  ASSERT_TRUE(file.store->checkpoint());
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(file.path.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "UPDATE attempts SET answer=x'0102030405' WHERE seq=1", nullptr,
                         nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(db);
  const auto store = SqliteStore::open_for_reading(file.path);
  ASSERT_TRUE(store);
  const Result<void> read = (*store)->read_items({}, [](const ItemDetail&) { return true; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().text(),
            file.path + ": holds a damaged text (not a zstd frame of known size)");
}

}  // namespace
}  // namespace assay::store
