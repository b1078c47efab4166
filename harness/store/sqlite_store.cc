#include "harness/store/sqlite_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "harness/store/run_file.h"
#include "harness/store/schema.h"
#include "harness/store/sqlite.h"
#include "harness/store/suite_json.h"
#include "harness/store/text_codec.h"

namespace assay::store {
namespace {

// A server may claim any number; sums must not overflow.
constexpr int64_t kTokensMax = 1'000'000'000'000;
constexpr uint32_t kMetricsMax = 64;  // per suite: six bits of a score's row id
constexpr size_t kPartsMax = 256;     // numbers of one score for corpus-level metrics
constexpr int kScoreSeqShift = 6;     // score row id = scoring << 48 | attempt seq << 6 | metric
constexpr int kScoreScoringShift = 48;

int64_t score_row(int64_t scoring, int64_t seq, int64_t metric) {
  return scoring << kScoreScoringShift | seq << kScoreSeqShift | metric;
}

int64_t first_sample_row(uint32_t suite) {
  return static_cast<int64_t>(suite) << kSampleSuiteShift;
}
int64_t last_sample_row(uint32_t suite) { return first_sample_row(suite + 1) - 1; }

// Aggregation of these metrics needs more of a score than its value.
bool needs_extras(const SuiteInfo& suite) {
  return std::any_of(suite.metrics.begin(), suite.metrics.end(), [](const MetricDef& metric) {
    return metric.vote || metric.aggregation != Aggregation::kPooled;
  });
}

// "1 2.5 3"
Result<std::vector<double>> parts_of(std::string_view text, const std::string& where) {
  std::vector<double> parts;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || parts.size() >= kPartsMax)
      return input_error(where,
                         fmt::format("holds a score whose parts are not numbers: `{}`", word));
    parts.push_back(value);
  }
  return parts;
}

// An answered attempt whose score has not come yet.
struct KeyHash {
  size_t operator()(const Key& key) const {
    return (key.sample * 0x9E3779B97F4A7C15ULL) ^ (static_cast<uint64_t>(key.model) << 40) ^
           (static_cast<uint64_t>(key.repeat) << 20) ^ key.attempt;
  }
};

void bind_optional_time(Statement& statement, int index, const std::optional<TimePoint>& time) {
  if (time) {
    statement.bind(index, to_ns(*time));
  } else {
    statement.bind_null(index);
  }
}

void bind_measured(Statement& statement, int index, int64_t value) {
  if (value >= 0) {
    statement.bind(index, value);
  } else {
    statement.bind_null(index);
  }
}

int64_t measured(const Statement& statement, int column) {
  return statement.is_null(column) ? -1 : statement.integer(column);
}

// Columns 7 to 14 of the insert.
void bind_times(Statement& s, const AttemptFact& fact) {
  s.bind(7, to_ns(fact.stamps.scheduled)).bind(8, to_ns(fact.stamps.sent));
  bind_optional_time(s, 9, fact.stamps.headers);
  bind_optional_time(s, 10, fact.response.first_token);
  bind_optional_time(s, 11, fact.response.first_answer);
  s.bind(12, to_ns(fact.stamps.done));
  bind_measured(s, 13, fact.stamps.loop_lag.count());
  bind_measured(s, 14, fact.response.cpu.count());
}

// Columns 15 to 21.
void bind_usage(Statement& s, const Response& response) {
  const Usage& usage = response.usage;
  bind_measured(s, 15, usage.input_tokens);
  bind_measured(s, 16, usage.cached_tokens);
  bind_measured(s, 17, usage.cache_write_tokens);
  bind_measured(s, 18, usage.reasoning_tokens);
  bind_measured(s, 19, usage.output_tokens);
  usage.source == UsageSource::kMissing ? s.bind_null(20)
                                        : s.bind_static(20, usage_source_name(usage.source));
  response.cost ? s.bind(21, response.cost->nano) : s.bind_null(21);
}

// The last two columns of the insert. rare_usage_to_json() gives nothing for most.
void bind_service(Statement& s, int first, const Response& response) {
  response.service == Service::kStandard ? s.bind_null(first)
                                         : s.bind_static(first, service_name(response.service));
  const std::string more = rare_usage_to_json(response.usage);
  more.empty() ? s.bind_null(first + 1) : s.bind(first + 1, more);
}

Service service_column(const Statement& s, int column) {
  return service_from_name(s.bytes(column)).value_or(Service::kStandard);
}

// Five buckets from `first` on, then the source's name; the others in column `more`.
Usage usage_columns(const Statement& s, int first, int more) {
  Usage usage;
  if (!s.is_null(more)) rare_usage_from_json(s.bytes(more), usage);
  usage.input_tokens = measured(s, first);
  usage.cached_tokens = measured(s, first + 1);
  usage.cache_write_tokens = measured(s, first + 2);
  usage.reasoning_tokens = measured(s, first + 3);
  usage.output_tokens = measured(s, first + 4);
  for (const UsageSource source :
       {UsageSource::kReported, UsageSource::kSplitEstimated, UsageSource::kContradictory}) {
    if (s.bytes(first + 5) == usage_source_name(source)) usage.source = source;
  }
  return usage;
}

std::optional<Money> cost_column(const Statement& s, int column) {
  if (s.is_null(column)) return std::nullopt;
  return Money{s.integer(column)};
}

// What was paid for earlier tries is part of the item's cost.
std::optional<Money> add_costs(std::optional<Money> a, std::optional<Money> b) {
  if (!a) return b;
  return b ? *a + *b : *a;
}

void add_bucket(int64_t& sum, int64_t more) {
  if (more >= 0) sum = std::max<int64_t>(sum, 0) + std::min(more, kTokensMax);
}

// A try of an item that was not its last one.
void set_aside(Record& record) {
  const Usage& used = record.usage;
  for (int64_t Usage::*bucket : kUsageBuckets)
    add_bucket(record.earlier_usage.*bucket, used.*bucket);
  if (used.input_tokens >= 0 || used.output_tokens >= 0) ++record.earlier_with_usage;
  record.earlier_cost = add_costs(record.earlier_cost, record.cost);
}

Result<Outcome> outcome_column(const Statement& statement, int column, const std::string& path) {
  const std::string name = statement.text(column);
  const std::optional<Outcome> outcome = outcome_from_name(name);
  if (!outcome)
    return input_error(path, fmt::format("holds an attempt with the unknown outcome `{}`", name));
  return *outcome;
}

ScoreStatus status_column(const Statement& statement, int column) {
  return statement.bytes(column) == "scored" ? ScoreStatus::kScored : ScoreStatus::kUnscored;
}

}  // namespace

// What a writing process keeps beside the connection.
struct SqliteStore::Impl {
  // Order matters: the lock's descriptor must be closed after SQLite's, or its fcntl locks would go
  // with it.
  std::unique_ptr<RunFileLock> lock;
  Database db;
  Packer packer;
  int64_t session = 0;
  bool in_transaction = false;
  std::unordered_map<Key, int64_t, KeyHash> unscored_seq;
  struct SuiteRow {
    int64_t scoring = 0;
    std::vector<std::string> metrics;
  };
  std::map<uint32_t, SuiteRow> suites;
  std::optional<Statement> insert_sample;
  std::optional<Statement> insert_attempt;
  std::optional<Statement> insert_score;
  std::optional<Statement> insert_load_request;
  std::optional<Statement> find_seq;

  Result<void> migrate(int version);
  Result<void> prepare_writes();
  Result<void> load_suites();
  Result<void> append_one(const Fact& fact);
  Result<void> write(const SampleFact& fact);
  Result<void> write(const AttemptFact& fact);
  Result<void> write(const ScoreFact& fact);
  Result<void> write(const ModelFact& fact) const;
  Result<void> write(const EventFact& fact);
  Result<void> write(const GaugeFact& fact);
  Result<void> write(const LoadFact& fact) const;
  Result<void> write_place(const LoadPlace& place, int64_t seq);
  Result<int64_t> seq_of(const Key& key);
  Result<void> remember_suite(const SuiteInfo& suite, int64_t scoring);
  Result<int64_t> insert_scoring(const SuiteInfo& suite);
  [[nodiscard]] Result<std::vector<ModelInfo>> models() const;
  [[nodiscard]] Result<ModelInfo> with_prices(ModelInfo model, const std::string& prices) const;
  [[nodiscard]] Result<std::vector<std::pair<SuiteInfo, int64_t>>> suite_rows() const;
  [[nodiscard]] Result<std::optional<std::string>> setting(const std::string& key) const;
  [[nodiscard]] Result<void> put_setting(const std::string& key, const std::string& value) const;
  [[nodiscard]] Result<void> read_group(const ModelInfo& model, const SuiteInfo& suite,
                                        int64_t scoring,
                                        const std::function<void(const Record&)>& take) const;
  [[nodiscard]] Result<ItemDetail> read_item(Statement& attempt, Statement& scores, int64_t seq,
                                             int64_t scoring, const SuiteInfo& suite) const;
};

SqliteStore::SqliteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqliteStore::~SqliteStore() = default;

const std::string& SqliteStore::path() const { return impl_->db.path(); }

Result<std::unique_ptr<SqliteStore>> SqliteStore::open_for_writing(const std::string& path,
                                                                   const WriteOptions& options) {
  auto impl = std::make_unique<Impl>();
  // The file is looked at before and after the lock: before, so that a foreign file is not touched;
  // after, because another process may have written meanwhile.
  ASSAY_TRY_VOID(inspect_run_file(path));
  ASSAY_TRY(impl->lock, RunFileLock::acquire(path));
  ASSAY_TRY(const RunFileState state, inspect_run_file(path));
  ASSAY_TRY(impl->db, Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  const Database& db = impl->db;
  if (!state.exists) ASSAY_TRY_VOID(db.execute("PRAGMA page_size=16384"));
  ASSAY_TRY_VOID(db.execute(
      "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=1000; PRAGMA cache_size=-8000"));
  ASSAY_TRY_VOID(
      db.execute(options.durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
  if (state.unclean) {
    ASSAY_TRY(Statement check, db.prepare("PRAGMA quick_check(1)"));
    ASSAY_TRY(const bool any, check.step());
    if (any && check.text(0) != "ok")
      return input_error(path, fmt::format("is damaged ({})", check.text(0)));
  }
  ASSAY_TRY(const int64_t version, db.query_integer("PRAGMA user_version"));
  ASSAY_TRY_VOID(impl->migrate(static_cast<int>(version)));
  ASSAY_TRY_VOID(impl->prepare_writes());
  ASSAY_TRY_VOID(impl->load_suites());
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(impl)));
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open_for_reading(const std::string& path) {
  ASSAY_TRY(const RunFileState state, inspect_run_file(path));
  if (!state.exists) return Error{ErrorCode::kNotFound, "no such run file", path};
  auto impl = std::make_unique<Impl>();
  ASSAY_TRY(impl->db, Database::open(path, SQLITE_OPEN_READONLY));
  ASSAY_TRY(const int64_t id, impl->db.query_integer("PRAGMA application_id"));
  if (id != kApplicationId) return input_error(path, "is an SQLite database, but not a run file");
  ASSAY_TRY(const int64_t version, impl->db.query_integer("PRAGMA user_version"));
  if (version != static_cast<int64_t>(schema_steps().size())) {
    return input_error(
        path,
        fmt::format("is of version {}, expected {}; open it once for writing (`assay run`) to "
                    "bring it up to date",
                    version, schema_steps().size()));
  }
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(impl)));
}

Result<void> SqliteStore::Impl::migrate(int version) {
  const auto steps = schema_steps();
  for (size_t step = static_cast<size_t>(version); step < steps.size(); ++step) {
    ASSAY_TRY_VOID(db.execute("BEGIN IMMEDIATE"));
    const Result<void> done =
        db.execute(fmt::format("{}; PRAGMA application_id={}; PRAGMA user_version={}", steps[step],
                               kApplicationId, step + 1));
    if (!done) {
      (void)db.execute("ROLLBACK");
      return done.error();
    }
    ASSAY_TRY_VOID(db.execute("COMMIT"));
  }
  return {};
}

Result<void> SqliteStore::Impl::prepare_writes() {
  ASSAY_TRY(insert_sample,
            db.prepare("INSERT OR IGNORE INTO samples(sample, suite, position, id, cluster, tags, "
                       "truth, request) VALUES(?,?,?,?,?,?,?,?)"));
  ASSAY_TRY(
      insert_attempt,
      db.prepare(
          "INSERT INTO attempts(session, model, sample, repeat, turn, role, attempt, outcome, "
          "scheduled_ns, sent_ns, headers_ns, first_token_ns, first_answer_ns, done_ns, "
          "loop_lag_ns, cpu_ns, input_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, "
          "output_tokens, usage_source, cost_nano, retry_after_ns, http_status, http_flags, "
          "finish_reason, served_model, fingerprint, response_id, error, loglikelihood, "
          "tool_calls, answer, reasoning, details, chunks, wire, service, usage_more) "
          "VALUES(?,?,?,?,0,0,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?"
          ")"));
  ASSAY_TRY(
      insert_score,
      db.prepare("INSERT INTO scores(score, scoring, attempt_seq, metric, status, value, weight, "
                 "extracted, reason, parts) VALUES(?,?,?,?,?,?,?,?,?,?)"));
  ASSAY_TRY(
      insert_load_request,
      db.prepare("INSERT INTO load_requests(seq, load, number, conversation, turn, input_wanted, "
                 "output_wanted, warm_up) VALUES(?,?,?,?,?,?,?,?)"));
  ASSAY_TRY(
      find_seq,
      db.prepare(
          "SELECT seq FROM attempts WHERE model=? AND sample=? AND repeat=? AND turn=0 AND role=0 "
          "AND attempt=?"));
  return {};
}

Result<void> SqliteStore::Impl::load_suites() {
  ASSAY_TRY(const auto rows, suite_rows());
  for (const auto& [suite, scoring] : rows) ASSAY_TRY_VOID(remember_suite(suite, scoring));
  return {};
}

Result<void> SqliteStore::Impl::remember_suite(const SuiteInfo& suite, int64_t scoring) {
  if (suite.metrics.size() > kMetricsMax) {
    return input_error(suite.name, fmt::format("has {} metrics, at most {} can be stored",
                                               suite.metrics.size(), kMetricsMax));
  }
  SuiteRow row{scoring, {}};
  for (const MetricDef& metric : suite.metrics) row.metrics.push_back(metric.name);
  suites[suite.id] = std::move(row);
  return {};
}

Result<void> SqliteStore::append(std::span<const Fact> facts) {
  return transact([&]() -> Result<void> {
    for (const Fact& fact : facts) ASSAY_TRY_VOID(impl_->append_one(fact));
    return {};
  });
}

Result<void> SqliteStore::transact(const std::function<Result<void>()>& work) {
  if (impl_->in_transaction) return work();
  const Database& db = impl_->db;
  ASSAY_TRY_VOID(db.execute("BEGIN IMMEDIATE"));
  impl_->in_transaction = true;
  Result<void> done = work();
  impl_->in_transaction = false;
  if (done) done = db.execute("COMMIT");
  if (!done) {
    (void)db.execute("ROLLBACK");
    impl_->unscored_seq.clear();  // rows that are gone; the others are found by their key
  }
  return done;
}

Result<void> SqliteStore::Impl::append_one(const Fact& fact) {
  return std::visit([this](const auto& f) { return write(f); }, fact);
}

Result<void> SqliteStore::Impl::write(const SampleFact& fact) {
  Statement& s = *insert_sample;
  s.bind(1, static_cast<int64_t>(fact.sample))
      .bind(2, int64_t{fact.suite})
      .bind(3, static_cast<int64_t>(fact.index));
  s.bind_static(4, fact.id);
  fact.cluster.empty() ? s.bind_null(5) : s.bind_static(5, fact.cluster);
  fact.tags.empty() ? s.bind_null(6) : s.bind_static(6, fact.tags);
  packer.bind(s, 7, fact.truth);
  packer.bind(s, 8, fact.request);
  return s.run();
}

Result<void> SqliteStore::Impl::write(const AttemptFact& fact) {
  const Response& r = fact.response;
  Statement& s = *insert_attempt;
  s.bind(1, session)
      .bind(2, int64_t{fact.key.model})
      .bind(3, static_cast<int64_t>(fact.key.sample));
  s.bind(4, int64_t{fact.key.repeat})
      .bind(5, int64_t{fact.key.attempt})
      .bind_static(6, outcome_name(r.outcome));
  bind_times(s, fact);
  bind_usage(s, r);
  const auto short_text = [&](int index, const std::string& text) {
    text.empty() ? s.bind_null(index) : s.bind_static(index, text);
  };
  bind_measured(s, 22, r.retry_after.count() > 0 ? r.retry_after.count() : -1);
  bind_measured(s, 23, fact.http_status > 0 ? fact.http_status : -1);
  bind_measured(s, 24, fact.http_status > 0 ? fact.http_flags : -1);
  short_text(25, r.finish_reason);
  short_text(26, r.served_model);
  short_text(27, r.fingerprint);
  short_text(28, r.response_id);
  short_text(29, r.error);
  const std::string loglikelihoods =
      r.loglikelihoods.empty() ? "" : loglikelihoods_to_json(r.loglikelihoods);
  short_text(30, loglikelihoods);
  const std::string tool_calls = r.tool_calls.empty() ? "" : tool_calls_to_json(r.tool_calls);
  short_text(31, tool_calls);
  packer.bind(s, 32, r.answer);
  packer.bind(s, 33, r.reasoning);
  packer.bind(s, 34, r.details);
  r.chunks.empty() ? s.bind_null(35) : s.bind_blob(35, r.chunks);
  const std::string wire = sanitize_utf8(r.wire);  // any bytes; a column of text must be text
  packer.bind(s, 36, wire);
  bind_service(s, 37, r);
  ASSAY_TRY_VOID(s.run());
  // Attempts of a load are judged after it, from the file: nothing of them is kept in memory.
  if (fact.load.load != 0) return write_place(fact.load, db.last_insert_rowid());
  if (is_answer(r.outcome)) unscored_seq.emplace(fact.key, db.last_insert_rowid());
  return {};
}

Result<void> SqliteStore::Impl::write_place(const LoadPlace& place, int64_t seq) {
  Statement& s = *insert_load_request;
  s.bind(1, seq).bind(2, int64_t{place.load}).bind(3, static_cast<int64_t>(place.number));
  s.bind(4, static_cast<int64_t>(place.conversation)).bind(5, int64_t{place.turn});
  bind_measured(s, 6, place.input_wanted);
  bind_measured(s, 7, place.output_wanted);
  s.bind(8, int64_t{place.warm_up});
  return s.run();
}

Result<int64_t> SqliteStore::Impl::seq_of(const Key& key) {
  if (const auto it = unscored_seq.find(key); it != unscored_seq.end()) {
    const int64_t seq = it->second;
    unscored_seq.erase(it);
    return seq;
  }
  Statement& s = *find_seq;
  s.bind(1, int64_t{key.model})
      .bind(2, static_cast<int64_t>(key.sample))
      .bind(3, int64_t{key.repeat});
  s.bind(4, int64_t{key.attempt});
  ASSAY_TRY(const bool found, s.step());
  if (!found)
    return Error{ErrorCode::kConflict, "a score came for an attempt that is not stored", db.path()};
  const int64_t seq = s.integer(0);
  s.reset();
  return seq;
}

Result<void> SqliteStore::Impl::write(const ScoreFact& fact) {
  ASSAY_TRY(const int64_t seq, seq_of(fact.key));
  const auto suite = suites.find(static_cast<uint32_t>(fact.key.sample >> kSampleSuiteShift));
  ASSAY_CHECK(suite != suites.end(), "score of an unknown suite, sample {}", fact.key.sample);
  const SuiteRow& row = suite->second;
  Statement& s = *insert_score;
  for (const Score& score : fact.scores) {
    size_t metric = 0;
    while (metric < row.metrics.size() && row.metrics[metric] != score.metric) ++metric;
    ASSAY_CHECK(metric < row.metrics.size(),
                "the scorer gave `{}`, which the suite does not declare", score.metric);
    s.bind(1, score_row(row.scoring, seq, static_cast<int64_t>(metric)))
        .bind(2, row.scoring)
        .bind(3, seq);
    s.bind(4, static_cast<int64_t>(metric));
    if (score.status == ScoreStatus::kScored) {
      s.bind_static(5, "scored").bind(6, score.value).bind(7, score.weight);
    } else {
      s.bind_static(5, "unscored").bind_null(6).bind_null(7);
    }
    packer.bind(s, 8, score.extracted);
    score.reason.empty() ? s.bind_null(9) : s.bind_static(9, score.reason);
    const std::string parts = fmt::format("{}", fmt::join(score.parts, " "));
    parts.empty() ? s.bind_null(10) : s.bind(10, parts);
    ASSAY_TRY_VOID(s.run());
  }
  return {};
}

Result<void> SqliteStore::Impl::write(const ModelFact& fact) const {
  ASSAY_TRY(Statement s, db.prepare("UPDATE models SET version=?, train_size=? WHERE model=?"));
  s.bind_static(1, fact.model.version)
      .bind(2, fact.model.train_size)
      .bind(3, int64_t{fact.model.id});
  return s.run();
}

Result<void> SqliteStore::Impl::write(const EventFact& fact) {
  ASSAY_TRY(Statement s,
            db.prepare("INSERT INTO events(session, at_ns, kind, json) VALUES(?,?,?,?)"));
  s.bind(1, session).bind(2, fact.at_ns).bind_static(3, fact.kind).bind_static(4, fact.json);
  return s.run();
}

Result<void> SqliteStore::Impl::write(const GaugeFact& fact) {
  ASSAY_TRY(Statement s,
            db.prepare("INSERT INTO gauges(session, at_ns, name, value) VALUES(?,?,?,?)"));
  s.bind(1, session).bind(2, fact.at_ns).bind_static(3, fact.name).bind(4, fact.value);
  return s.run();
}

Result<void> SqliteStore::Impl::write(const LoadFact& fact) const {
  ASSAY_TRY(Statement s, db.prepare("UPDATE loads SET json=? WHERE load=?"));
  s.bind(1, load_to_json(fact.load)).bind(2, int64_t{fact.load.id});
  return s.run();
}

Result<uint32_t> SqliteStore::begin_load(const LoadInfo& load) {
  ASSAY_TRY(Statement s,
            impl_->db.prepare("INSERT INTO loads(session, model, json) VALUES(?,?,?)"));
  s.bind(1, impl_->session).bind(2, int64_t{load.model}).bind(3, load_to_json(load));
  ASSAY_TRY_VOID(s.run());
  return static_cast<uint32_t>(impl_->db.last_insert_rowid());
}

Result<uint32_t> SqliteStore::next_repeat(uint32_t model) const {
  ASSAY_TRY(const int64_t next,
            impl_->db.query_integer(fmt::format(
                "SELECT coalesce(max(repeat) + 1, 0) FROM attempts WHERE model={} AND sample>={}",
                model, first_sample_row(1))));
  return static_cast<uint32_t>(std::clamp<int64_t>(next, 0, UINT32_MAX));
}

Result<void> SqliteStore::read_loads(const std::function<void(const LoadInfo&)>& take) const {
  ASSAY_TRY(Statement s,
            impl_->db.prepare("SELECT load, session, model, json FROM loads ORDER BY load"));
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    if (!more) return {};
    Result<LoadInfo> load = load_from_json(s.text(3));
    if (!load) return input_error(path(), load.error().text());
    load->id = static_cast<uint32_t>(s.integer(0));
    load->session = static_cast<uint32_t>(s.integer(1));
    load->model = static_cast<uint32_t>(s.integer(2));
    take(*load);
  }
}

Result<void> SqliteStore::read_load_records(
    uint32_t load, const std::function<void(const LoadRecord&)>& take) const {
  ASSAY_TRY(
      Statement s,
      impl_->db.prepare(
          "SELECT p.number, p.conversation, p.turn, p.input_wanted, p.output_wanted, p.warm_up, "
          "a.outcome, a.scheduled_ns, a.sent_ns, a.headers_ns, a.first_token_ns, "
          "a.first_answer_ns, a.done_ns, a.loop_lag_ns, a.http_status, a.http_flags, "
          "a.input_tokens, a.cached_tokens, a.cache_write_tokens, a.reasoning_tokens, "
          "a.output_tokens, a.usage_source, a.cost_nano, a.error, a.chunks, a.response_id, "
          "a.usage_more FROM load_requests p JOIN attempts a ON a.seq=p.seq WHERE p.load=? "
          "ORDER BY p.number, p.turn"));
  s.bind(1, int64_t{load});
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    if (!more) return {};
    LoadRecord record;
    record.place.load = load;
    record.place.number = static_cast<uint64_t>(s.integer(0));
    record.place.conversation = static_cast<uint64_t>(s.integer(1));
    record.place.turn = static_cast<uint32_t>(s.integer(2));
    record.place.input_wanted = measured(s, 3);
    record.place.output_wanted = measured(s, 4);
    record.place.warm_up = s.integer(5) != 0;
    ASSAY_TRY(record.outcome, outcome_column(s, 6, path()));
    record.due_ns = s.integer(7);
    record.sent_ns = s.integer(8);
    record.headers_ns = measured(s, 9);
    record.first_token_ns = measured(s, 10);
    record.first_answer_ns = measured(s, 11);
    record.done_ns = s.integer(12);
    record.loop_lag_ns = measured(s, 13);
    record.http_status = static_cast<int>(std::max<int64_t>(0, measured(s, 14)));
    record.http_flags = static_cast<int>(std::max<int64_t>(0, measured(s, 15)));
    record.usage = usage_columns(s, 16, 26);
    record.cost = cost_column(s, 22);
    record.error = s.bytes(23);
    record.chunks = s.bytes(24);
    record.response_id = s.bytes(25);
    take(record);
  }
}

Result<uint32_t> SqliteStore::begin_session(const SessionInfo& session) {
  ASSAY_TRY(Statement s, impl_->db.prepare(
                             "INSERT INTO sessions(utc, mono_origin_ns, assay_version, argv, host) "
                             "VALUES(?,?,?,?,?)"));
  s.bind(1, session.utc)
      .bind(2, session.mono_origin_ns)
      .bind(3, session.assay_version)
      .bind(4, session.argv);
  s.bind(5, session.host);
  ASSAY_TRY_VOID(s.run());
  impl_->session = impl_->db.last_insert_rowid();
  return static_cast<uint32_t>(impl_->session);
}

Result<std::optional<std::string>> SqliteStore::Impl::setting(const std::string& key) const {
  ASSAY_TRY(Statement s, db.prepare("SELECT value FROM settings WHERE key=?"));
  s.bind(1, key);
  ASSAY_TRY(const bool found, s.step());
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(s.text(0));
}

Result<void> SqliteStore::Impl::put_setting(const std::string& key,
                                            const std::string& value) const {
  ASSAY_TRY(
      Statement s,
      db.prepare("INSERT INTO settings(key, value) VALUES(?,?) ON CONFLICT(key) DO UPDATE SET "
                 "value=excluded.value"));
  s.bind(1, key).bind(2, value);
  return s.run();
}

Result<void> SqliteStore::set_run_settings(uint64_t seed, const std::string& machine_price_per_hour,
                                           const std::string& currency) {
  ASSAY_TRY(const std::optional<std::string> stored, impl_->setting("seed"));
  if (stored && *stored != std::to_string(seed)) {
    return Error{ErrorCode::kConflict,
                 fmt::format("was started with --seed {}, now {}; use another file or the same "
                             "seed",
                             *stored, seed),
                 path()};
  }
  ASSAY_TRY_VOID(impl_->put_setting("seed", std::to_string(seed)));
  if (!machine_price_per_hour.empty())
    ASSAY_TRY_VOID(impl_->put_setting("machine_price_per_hour", machine_price_per_hour));
  return currency.empty() ? Result<void>() : impl_->put_setting("currency", currency);
}

Result<std::vector<ModelInfo>> SqliteStore::Impl::models() const {
  ASSAY_TRY(
      Statement s,
      db.prepare(
          "SELECT model, name, spec, config_hash, version, curve_of, train_size, virtual_clock, "
          "local, prices FROM models ORDER BY model"));
  std::vector<ModelInfo> out;
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    if (!more) return out;
    out.push_back({static_cast<uint32_t>(s.integer(0)), s.text(1), s.text(2), s.text(3), s.text(4),
                   s.text(5), s.integer(6), s.integer(7) != 0, s.integer(8) != 0, s.text(9)});
  }
}

// Prices of a later session replace those of earlier ones: what was paid stands with each attempt.
Result<ModelInfo> SqliteStore::Impl::with_prices(ModelInfo model, const std::string& prices) const {
  if (prices.empty() || model.prices == prices) return model;
  ASSAY_TRY(Statement s, db.prepare("UPDATE models SET prices=? WHERE model=?"));
  s.bind(1, prices).bind(2, int64_t{model.id});
  ASSAY_TRY_VOID(s.run());
  model.prices = prices;
  return model;
}

Result<ModelInfo> SqliteStore::ensure_model(const ModelInfo& wanted) {
  ASSAY_TRY(const std::vector<ModelInfo> known, impl_->models());
  for (const ModelInfo& model : known) {
    if (model.name != wanted.name) continue;
    if (model.config_hash == wanted.config_hash) return impl_->with_prices(model, wanted.prices);
    return Error{ErrorCode::kConflict,
                 fmt::format("model `{}` was stored with another configuration (`{}`, {}, hash {}; "
                             "now `{}`, {}, hash "
                             "{}): a setting, or a file that it names, changed; give it another "
                             "name or use another file",
                             wanted.name, model.spec, model.version, model.config_hash, wanted.spec,
                             wanted.version, wanted.config_hash),
                 path()};
  }
  ASSAY_TRY(Statement s,
            impl_->db.prepare(
                "INSERT INTO models(name, spec, config_hash, version, curve_of, train_size, "
                "virtual_clock, local, prices) VALUES(?,?,?,?,?,?,?,?,?)"));
  s.bind(1, wanted.name).bind(2, wanted.spec).bind(3, wanted.config_hash).bind(4, wanted.version);
  s.bind(5, wanted.curve_of).bind(6, wanted.train_size).bind(7, int64_t{wanted.virtual_clock});
  s.bind(8, int64_t{wanted.local}).bind(9, wanted.prices);
  ASSAY_TRY_VOID(s.run());
  ModelInfo stored = wanted;
  stored.id = static_cast<uint32_t>(impl_->db.last_insert_rowid());
  return stored;
}

Result<std::vector<std::pair<SuiteInfo, int64_t>>> SqliteStore::Impl::suite_rows() const {
  ASSAY_TRY(Statement s, db.prepare("SELECT suite, scoring, json FROM suites ORDER BY suite"));
  std::vector<std::pair<SuiteInfo, int64_t>> out;
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    if (!more) return out;
    ASSAY_TRY(SuiteInfo suite, suite_from_json(s.bytes(2), db.path()));
    suite.id = static_cast<uint32_t>(s.integer(0));
    out.emplace_back(std::move(suite), s.integer(1));
  }
}

Result<std::optional<SuiteInfo>> SqliteStore::find_suite(const std::string& name) const {
  ASSAY_TRY(const auto rows, impl_->suite_rows());
  for (const auto& [suite, scoring] : rows) {
    if (suite.name == name) return std::optional<SuiteInfo>(suite);
  }
  return std::optional<SuiteInfo>();
}

Result<int64_t> SqliteStore::Impl::insert_scoring(const SuiteInfo& suite) {
  ASSAY_TRY(Statement s, db.prepare("INSERT INTO scorings(suite, utc, scorer_hash) VALUES(?,?,?)"));
  s.bind(1, int64_t{suite.id}).bind(2, utc_now_iso8601()).bind(3, suite.scorer_hash);
  ASSAY_TRY_VOID(s.run());
  return db.last_insert_rowid();
}

Result<SuiteInfo> SqliteStore::ensure_suite(const SuiteInfo& wanted) {
  ASSAY_TRY(const auto rows, impl_->suite_rows());
  SuiteInfo suite = wanted;
  int64_t scoring = 0;
  for (const auto& [row, row_scoring] : rows) {
    if (row.name != wanted.name) continue;
    suite.id = row.id;
    scoring = row_scoring;
    // More samples or repeats extend the file; fewer asked now do not shrink what was planned.
    suite.sample_count = std::max(suite.sample_count, row.sample_count);
    suite.repeats = std::max(suite.repeats, row.repeats);
  }
  if (suite.id == 0) {
    ASSAY_TRY(const int64_t last,
              impl_->db.query_integer("SELECT coalesce(max(suite), 0) FROM suites"));
    suite.id = static_cast<uint32_t>(last + 1);
    ASSAY_TRY(scoring, impl_->insert_scoring(suite));
  }
  ASSAY_TRY(
      Statement s,
      impl_->db.prepare(
          "INSERT INTO suites(suite, name, hash, prompt_hash, data_hash, scorer_hash, "
          "sample_count, "
          "repeats, scoring, json) VALUES(?,?,?,?,?,?,?,?,?,?) ON CONFLICT(suite) DO UPDATE SET "
          "hash=excluded.hash, prompt_hash=excluded.prompt_hash, data_hash=excluded.data_hash, "
          "scorer_hash=excluded.scorer_hash, sample_count=excluded.sample_count, "
          "repeats=excluded.repeats, scoring=excluded.scoring, json=excluded.json"));
  s.bind(1, int64_t{suite.id}).bind(2, suite.name).bind(3, suite.hash).bind(4, suite.prompt_hash);
  s.bind(5, suite.data_hash)
      .bind(6, suite.scorer_hash)
      .bind(7, static_cast<int64_t>(suite.sample_count));
  s.bind(8, int64_t{suite.repeats}).bind(9, scoring).bind(10, suite_to_json(suite));
  ASSAY_TRY_VOID(s.run());
  ASSAY_TRY_VOID(impl_->remember_suite(suite, scoring));
  return suite;
}

Result<void> SqliteStore::begin_scoring(const SuiteInfo& suite) {
  ASSAY_TRY(const int64_t scoring, impl_->insert_scoring(suite));
  return impl_->remember_suite(suite, scoring);
}

Result<void> SqliteStore::finish_scoring(const SuiteInfo& suite) {
  ASSAY_TRY(Statement s,
            impl_->db.prepare(
                "UPDATE suites SET scoring=?, hash=?, scorer_hash=?, json=? WHERE suite=?"));
  s.bind(1, impl_->suites[suite.id].scoring)
      .bind(2, suite.hash)
      .bind(3, suite.scorer_hash)
      .bind(4, suite_to_json(suite));
  s.bind(5, int64_t{suite.id});
  return s.run();
}

Result<void> SqliteStore::read_progress(
    uint32_t model, uint32_t suite, const std::function<void(const ItemProgress&)>& take) const {
  ASSAY_TRY(const int64_t scoring, impl_->db.query_integer(fmt::format(
                                       "SELECT scoring FROM suites WHERE suite={}", suite)));
  ASSAY_TRY(Statement s,
            impl_->db.prepare(
                "SELECT seq, sample, repeat, attempt, outcome FROM attempts WHERE model=? AND "
                "sample BETWEEN ? AND ? ORDER BY sample, repeat, turn, role, attempt"));
  ASSAY_TRY(Statement scored, impl_->db.prepare("SELECT 1 FROM scores WHERE score=?"));
  s.bind(1, int64_t{model}).bind(2, first_sample_row(suite)).bind(3, last_sample_row(suite));
  std::optional<ItemProgress> item;
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    const auto sample = more ? static_cast<uint64_t>(s.integer(1)) : 0;
    const auto repeat = more ? static_cast<uint32_t>(s.integer(2)) : 0;
    if (item && (!more || item->sample != sample || item->repeat != repeat)) {
      take(*item);
      item.reset();
    }
    if (!more) return {};
    if (!item) item = ItemProgress{sample, repeat, 0, false, false};
    // The next try is numbered after the last stored one, also where a number is missing.
    item->attempts = static_cast<uint32_t>(s.integer(3)) + 1;
    ASSAY_TRY(const Outcome outcome, outcome_column(s, 4, path()));
    item->answered = is_answer(outcome);
    scored.bind(1, score_row(scoring, s.integer(0), 0));
    ASSAY_TRY(item->scored, scored.step());
    scored.reset();
  }
}

Result<void> SqliteStore::read_samples(uint32_t suite,
                                       const std::function<void(const StoredSample&)>& take) const {
  ASSAY_TRY(Statement s, impl_->db.prepare("SELECT sample, position, id FROM samples WHERE "
                                           "sample BETWEEN ? AND ? ORDER BY sample"));
  s.bind(1, first_sample_row(suite)).bind(2, last_sample_row(suite));
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    if (!more) return {};
    take(StoredSample{static_cast<uint64_t>(s.integer(0)), static_cast<uint64_t>(s.integer(1)),
                      s.text(2)});
  }
}

Result<void> SqliteStore::move_sample(uint64_t sample, uint64_t position) {
  ASSAY_TRY(Statement s, impl_->db.prepare("UPDATE samples SET position=? WHERE sample=?"));
  s.bind(1, static_cast<int64_t>(position)).bind(2, static_cast<int64_t>(sample));
  return s.run();
}

Result<std::pair<std::string, std::string>> SqliteStore::read_sample_texts(uint64_t sample) const {
  ASSAY_TRY(Statement s, impl_->db.prepare("SELECT request, truth FROM samples WHERE sample=?"));
  s.bind(1, static_cast<int64_t>(sample));
  ASSAY_TRY(const bool found, s.step());
  if (!found) return Error{ErrorCode::kNotFound, fmt::format("has no sample {}", sample), path()};
  ASSAY_TRY(std::string request, Packer::unpack(s, 0, path()));
  ASSAY_TRY(std::string truth, Packer::unpack(s, 1, path()));
  return std::pair(std::move(request), std::move(truth));
}

Result<Manifest> SqliteStore::manifest() const {
  Manifest manifest;
  manifest.schema_version = static_cast<int>(schema_steps().size());
  ASSAY_TRY(manifest.models, impl_->models());
  ASSAY_TRY(auto rows, impl_->suite_rows());
  HashBuilder identity;
  for (auto& [suite, scoring] : rows) {
    identity.add(suite.name).add(suite.hash);
    manifest.suites.push_back(std::move(suite));
  }
  for (const ModelInfo& model : manifest.models) identity.add(model.name).add(model.config_hash);
  ASSAY_TRY(const auto seed, impl_->setting("seed"));
  ASSAY_TRY(const auto price, impl_->setting("machine_price_per_hour"));
  ASSAY_TRY(const auto currency, impl_->setting("currency"));
  manifest.seed = seed ? std::strtoull(seed->c_str(), nullptr, 10) : 0;
  manifest.machine_price_per_hour = price.value_or("");
  manifest.currency = currency.value_or("");
  manifest.run_hash = identity.add_number(static_cast<int64_t>(manifest.seed)).finish().short_hex();
  ASSAY_TRY(Statement s,
            impl_->db.prepare(
                "SELECT session, utc, argv, host, mono_origin_ns, assay_version FROM sessions "
                "ORDER BY session"));
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    if (!more) return manifest;
    manifest.sessions.push_back({static_cast<uint32_t>(s.integer(0)), s.text(1), s.text(2),
                                 s.text(3), s.integer(4), s.text(5)});
    manifest.assay_version = manifest.sessions.back().assay_version;
  }
}

Result<void> SqliteStore::read_records(const std::function<void(const Record&)>& take) const {
  ASSAY_TRY(const auto suites, impl_->suite_rows());
  ASSAY_TRY(const std::vector<ModelInfo> models, impl_->models());
  for (const auto& [suite, scoring] : suites) {
    for (const ModelInfo& model : models)
      ASSAY_TRY_VOID(impl_->read_group(model, suite, scoring, take));
  }
  return {};
}

// The unique index gives the rows of one model and suite in key order, which is the order of the
// data: no sort, whatever the size. Only where rows were added to the data later does the order of
// the file differ from it.
Result<void> SqliteStore::Impl::read_group(const ModelInfo& model, const SuiteInfo& suite,
                                           int64_t scoring,
                                           const std::function<void(const Record&)>& take) const {
  ASSAY_TRY(
      const int64_t moved,
      db.query_integer(fmt::format(
          "SELECT EXISTS(SELECT 1 FROM samples WHERE sample BETWEEN {} AND {} "
          "AND position<>sample-{})",
          first_sample_row(suite.id), last_sample_row(suite.id), first_sample_row(suite.id))));
  // Only files of `assay bench` pay for the join.
  ASSAY_TRY(const int64_t loads, db.query_integer("SELECT EXISTS(SELECT 1 FROM loads)"));
  ASSAY_TRY(
      Statement s,
      db.prepare(fmt::format(
          "SELECT a.seq, a.sample, a.repeat, a.session, a.outcome, a.scheduled_ns, a.sent_ns, "
          "a.first_token_ns, a.first_answer_ns, a.done_ns, a.cpu_ns, a.input_tokens, "
          "a.cached_tokens, a.cache_write_tokens, a.reasoning_tokens, a.output_tokens, "
          "a.usage_source, a.cost_nano, a.http_status, s.position, s.cluster, s.tags, {}, "
          "a.service, a.usage_more "
          "FROM attempts a JOIN samples s ON s.sample=a.sample {} WHERE a.model=? AND a.sample "
          "BETWEEN ? AND ? "
          "ORDER BY {}, a.repeat, a.turn, a.role, a.attempt",
          loads != 0 ? "CASE WHEN p.seq IS NULL THEN 0 ELSE 1 + p.warm_up END" : "0",
          loads != 0 ? "LEFT JOIN load_requests p ON p.seq=a.seq" : "",
          moved != 0 ? "s.position" : "a.sample")));
  const bool extras = needs_extras(suite);
  ASSAY_TRY(Statement sc,
            db.prepare(fmt::format("SELECT metric, status, value, weight{} FROM scores WHERE score "
                                   "BETWEEN ? AND ?",
                                   extras ? ", parts, extracted" : "")));
  s.bind(1, int64_t{model.id})
      .bind(2, first_sample_row(suite.id))
      .bind(3, last_sample_row(suite.id));
  Record record;
  std::string cluster;
  std::string tags;
  std::vector<RecordScore> scores;
  bool open = false;
  int64_t seq = 0;
  const auto finish = [&]() -> Result<void> {
    scores.clear();
    sc.bind(1, score_row(scoring, seq, 0)).bind(2, score_row(scoring, seq, kMetricsMax - 1));
    for (;;) {
      ASSAY_TRY(const bool more, sc.step());
      if (!more) break;
      const auto metric = static_cast<uint32_t>(sc.integer(0));
      if (metric >= suite.metrics.size())
        return input_error(db.path(), fmt::format("holds a score of metric {}, suite `{}` has {}",
                                                  metric, suite.name, suite.metrics.size()));
      RecordScore& score =
          scores.emplace_back(RecordScore{metric, status_column(sc, 1), sc.real(2), sc.real(3)});
      if (!extras) continue;
      ASSAY_TRY(score.parts, parts_of(sc.text(4), db.path()));
      if (!suite.metrics[metric].vote) continue;
      ASSAY_TRY(const std::string extracted, Packer::unpack(sc, 5, db.path()));
      score.answer = sha256(extracted).prefix64();
    }
    record.scores = scores;
    record.cluster = cluster;
    record.tags = tags;
    const std::optional<Money> last = record.cost;
    record.cost = add_costs(record.earlier_cost, last);
    take(record);
    record.cost = last;
    return {};
  };
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    const auto sample = more ? static_cast<uint64_t>(s.integer(1)) : 0;
    const auto repeat = more ? static_cast<uint32_t>(s.integer(2)) : 0;
    const bool same = open && more && record.sample == sample && record.repeat == repeat;
    if (open && !same) ASSAY_TRY_VOID(finish());
    if (!more) return {};
    record.attempts = same ? record.attempts + 1 : 1;
    open = true;
    seq = s.integer(0);
    record.model = model.id;
    record.suite = suite.id;
    record.sample = sample;
    record.repeat = repeat;
    record.session = static_cast<uint32_t>(s.integer(3));
    ASSAY_TRY(record.outcome, outcome_column(s, 4, db.path()));
    record.scheduled_ns = s.integer(5);
    record.sent_ns = s.integer(6);
    record.first_token_ns = measured(s, 7);
    record.first_answer_ns = measured(s, 8);
    record.done_ns = s.integer(9);
    record.cpu_ns = measured(s, 10);
    if (same) {
      set_aside(record);
    } else {
      record.earlier_usage = Usage{};
      record.earlier_cost.reset();
      record.earlier_with_usage = 0;
    }
    record.usage = usage_columns(s, 11, 24);
    record.cost = cost_column(s, 17);
    record.service = service_column(s, 23);
    record.over_http = !s.is_null(18);
    record.index = static_cast<uint64_t>(s.integer(19));
    cluster.assign(s.bytes(20));
    tags.assign(s.bytes(21));
    record.in_load = s.integer(22) != 0;
    record.warm_up = s.integer(22) > 1;
  }
}

Result<ItemDetail> SqliteStore::Impl::read_item(Statement& attempt, Statement& scores, int64_t seq,
                                                int64_t scoring, const SuiteInfo& suite) const {
  ItemDetail item;
  item.suite = suite.name;
  attempt.bind(1, seq);
  ASSAY_TRY(const bool found, attempt.step());
  if (!found) return input_error(db.path(), fmt::format("lost attempt {}", seq));
  item.model_row = static_cast<uint32_t>(attempt.integer(0));
  item.model = attempt.text(1);
  item.sample_row = static_cast<uint64_t>(attempt.integer(2));
  item.sample_id = attempt.text(3);
  item.repeat = static_cast<uint32_t>(attempt.integer(4));
  item.attempt = static_cast<uint32_t>(attempt.integer(5));
  item.cluster = attempt.text(6);
  ASSAY_TRY(item.request, Packer::unpack(attempt, 7, db.path()));
  ASSAY_TRY(item.truth, Packer::unpack(attempt, 8, db.path()));
  item.tags = attempt.text(9);
  ASSAY_TRY(item.outcome, outcome_column(attempt, 10, db.path()));
  ASSAY_TRY(item.answer, Packer::unpack(attempt, 11, db.path()));
  ASSAY_TRY(item.reasoning, Packer::unpack(attempt, 12, db.path()));
  item.finish_reason = attempt.text(13);
  item.error = attempt.text(14);
  ASSAY_TRY(item.details, Packer::unpack(attempt, 15, db.path()));
  item.usage = usage_columns(attempt, 16, 32);
  item.latency_ns = attempt.integer(22);
  item.cpu_ns = measured(attempt, 23);
  item.ttft_ns = measured(attempt, 24);
  item.ttfa_ns = measured(attempt, 25);
  item.tool_calls = attempt.text(26);
  item.loglikelihoods = attempt.text(27);
  item.served_model = attempt.text(28);
  item.cost = cost_column(attempt, 29);
  item.http_status = static_cast<int>(attempt.integer(30));
  ASSAY_TRY(item.wire, Packer::unpack(attempt, 31, db.path()));
  attempt.reset();
  scores.bind(1, score_row(scoring, seq, 0)).bind(2, score_row(scoring, seq, kMetricsMax - 1));
  for (;;) {
    ASSAY_TRY(const bool more, scores.step());
    if (!more) return item;
    const auto metric = static_cast<size_t>(scores.integer(0));
    if (metric >= suite.metrics.size()) continue;
    ASSAY_TRY(std::string extracted, Packer::unpack(scores, 4, db.path()));
    item.scores.push_back({suite.metrics[metric].name, status_column(scores, 1), scores.real(2),
                           scores.real(3), std::move(extracted), scores.text(5)});
    ASSAY_TRY(item.scores.back().parts, parts_of(scores.text(6), db.path()));
  }
}

Result<void> SqliteStore::read_items(const ItemQuery& query,
                                     const std::function<bool(const ItemDetail&)>& take) const {
  const Database& db = impl_->db;
  ASSAY_TRY(const auto suites, impl_->suite_rows());
  ASSAY_TRY(
      Statement attempt,
      db.prepare(
          "SELECT a.model, m.name, a.sample, s.id, a.repeat, a.attempt, s.cluster, s.request, "
          "s.truth, s.tags, "
          "a.outcome, a.answer, a.reasoning, a.finish_reason, a.error, a.details, a.input_tokens, "
          "a.cached_tokens, a.cache_write_tokens, a.reasoning_tokens, a.output_tokens, "
          "a.usage_source, a.done_ns-a.sent_ns, a.cpu_ns, a.first_token_ns-a.sent_ns, "
          "a.first_answer_ns-a.sent_ns, a.tool_calls, a.loglikelihood, a.served_model, "
          "a.cost_nano, "
          "a.http_status, a.wire, a.usage_more "
          "FROM attempts a "
          "JOIN samples s ON s.sample=a.sample JOIN models m ON m.model=a.model WHERE a.seq=?"));
  ASSAY_TRY(
      Statement scores,
      db.prepare("SELECT metric, status, value, weight, extracted, reason, parts FROM scores WHERE "
                 "score BETWEEN ? AND ?"));
  uint64_t taken = 0;
  for (const auto& [suite, scoring] : suites) {
    if (!query.suite.empty() && query.suite != suite.name) continue;
    std::string where = "a.sample BETWEEN ?1 AND ?2";
    if (!query.model.empty()) where += " AND a.model=(SELECT model FROM models WHERE name=?3)";
    if (!query.sample_id.empty())
      where +=
          " AND a.sample IN (SELECT sample FROM samples WHERE sample BETWEEN ?1 AND ?2 AND id=?4)";
    std::string order = "model, sample, repeat";
    if (query.worst_first) {
      const bool higher = suite.metrics.empty() || suite.metrics.front().higher_is_better;
      order = fmt::format(
          "(sc.status IS NOT NULL), (sc.status='scored'), sc.value {}, sample, model, repeat",
          higher ? "ASC" : "DESC");
    }
    // MAX(attempt) makes the bare columns those of the last attempt (SQLite, "Bare columns in an
    // aggregate query").
    ASSAY_TRY(Statement s,
              db.prepare(fmt::format("SELECT l.seq, l.tries FROM (SELECT a.seq AS seq, a.model AS "
                                     "model, a.sample AS sample, "
                                     "a.repeat AS repeat, MAX(a.attempt), COUNT(*) AS tries FROM "
                                     "attempts a WHERE {} GROUP BY "
                                     "a.model, a.sample, a.repeat) l LEFT JOIN scores sc ON "
                                     "sc.score=({}|(l.seq<<{})) ORDER BY {}",
                                     where, scoring << kScoreScoringShift, kScoreSeqShift, order)));
    s.bind(1, first_sample_row(suite.id)).bind(2, last_sample_row(suite.id));
    if (!query.model.empty()) s.bind(3, query.model);
    if (!query.sample_id.empty()) s.bind(4, query.sample_id);
    for (;;) {
      ASSAY_TRY(const bool more, s.step());
      if (!more) break;
      ASSAY_TRY(ItemDetail item, impl_->read_item(attempt, scores, s.integer(0), scoring, suite));
      item.attempts = static_cast<uint32_t>(s.integer(1));
      if (!take(item)) return {};
      if (query.limit > 0 && ++taken >= query.limit) return {};
    }
  }
  return {};
}

Result<void> SqliteStore::read_samples(
    const std::string& suite,
    const std::function<bool(uint64_t row, std::string_view id, std::string_view truth)>& take)
    const {
  const Database& db = impl_->db;
  ASSAY_TRY(const auto suites, impl_->suite_rows());
  ASSAY_TRY(
      Statement s,
      db.prepare("SELECT sample, id, truth FROM samples WHERE sample BETWEEN ? AND ? ORDER BY "
                 "sample"));
  for (const auto& [info, scoring] : suites) {
    if (info.name != suite) continue;
    s.bind(1, first_sample_row(info.id)).bind(2, last_sample_row(info.id));
    for (;;) {
      ASSAY_TRY(const bool more, s.step());
      if (!more) return {};
      ASSAY_TRY(const std::string truth, Packer::unpack(s, 2, db.path()));
      if (!take(static_cast<uint64_t>(s.integer(0)), s.bytes(1), truth)) return {};
    }
  }
  return {};
}

Result<void> SqliteStore::read_gauges(
    const std::function<void(uint32_t session, const GaugeFact&)>& take) const {
  ASSAY_TRY(Statement s,
            impl_->db.prepare("SELECT session, at_ns, name, value FROM gauges ORDER BY gauge"));
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    if (!more) return {};
    take(static_cast<uint32_t>(s.integer(0)), GaugeFact{s.integer(1), s.text(2), s.real(3)});
  }
}

Result<void> SqliteStore::read_events(
    const std::string& kind,
    const std::function<void(uint32_t session, const EventFact&)>& take) const {
  ASSAY_TRY(
      Statement s,
      impl_->db.prepare("SELECT session, at_ns, json FROM events WHERE kind = ? ORDER BY event"));
  s.bind(1, kind);
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    if (!more) return {};
    take(static_cast<uint32_t>(s.integer(0)), EventFact{s.integer(1), kind, s.text(2)});
  }
}

Result<Money> SqliteStore::spent() const {
  ASSAY_TRY(const int64_t nano,
            impl_->db.query_integer("SELECT COALESCE(SUM(cost_nano), 0) FROM attempts"));
  return Money{nano};
}

Result<std::string> SqliteStore::integrity_problems() const {
  ASSAY_TRY(Statement s, impl_->db.prepare("PRAGMA integrity_check(20)"));
  std::string problems;
  for (;;) {
    ASSAY_TRY(const bool more, s.step());
    if (!more) return problems;
    if (s.bytes(0) != "ok") problems += s.text(0) + "\n";
  }
}

Result<void> SqliteStore::checkpoint() {
  ASSAY_TRY_VOID(impl_->db.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  // With a reader on the file the mode stays WAL; that is no failure, only one more file beside it.
  (void)impl_->db.execute("PRAGMA journal_mode=DELETE");
  return {};
}

}  // namespace assay::store
