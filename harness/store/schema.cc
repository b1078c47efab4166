#include "harness/store/schema.h"

#include <array>

namespace assay::store {
namespace {

// Rowid tables with the large columns last: rows are read by range without touching their texts.
// Times are nanoseconds of the session's clock; -1 and NULL mean "was not measured".
constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sessions(
  session INTEGER PRIMARY KEY, utc TEXT NOT NULL, mono_origin_ns INTEGER NOT NULL, assay_version TEXT NOT NULL,
  argv TEXT NOT NULL, host TEXT NOT NULL);
CREATE TABLE models(
  model INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, spec TEXT NOT NULL, config_hash TEXT NOT NULL,
  version TEXT NOT NULL, curve_of TEXT NOT NULL, train_size INTEGER NOT NULL, virtual_clock INTEGER NOT NULL);
CREATE TABLE suites(
  suite INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, prompt_hash TEXT NOT NULL,
  data_hash TEXT NOT NULL, scorer_hash TEXT NOT NULL, sample_count INTEGER NOT NULL, repeats INTEGER NOT NULL,
  scoring INTEGER NOT NULL, json TEXT NOT NULL);
CREATE TABLE samples(
  sample INTEGER PRIMARY KEY, suite INTEGER NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL, cluster TEXT,
  tags TEXT, truth, request);
CREATE TABLE attempts(
  seq INTEGER PRIMARY KEY, session INTEGER NOT NULL, model INTEGER NOT NULL, sample INTEGER NOT NULL,
  repeat INTEGER NOT NULL, turn INTEGER NOT NULL, role INTEGER NOT NULL, attempt INTEGER NOT NULL,
  outcome TEXT NOT NULL, scheduled_ns INTEGER NOT NULL, sent_ns INTEGER NOT NULL, first_token_ns INTEGER,
  first_answer_ns INTEGER, done_ns INTEGER NOT NULL, cpu_ns INTEGER, input_tokens INTEGER, cached_tokens INTEGER,
  reasoning_tokens INTEGER, output_tokens INTEGER, finish_reason TEXT, served_model TEXT, error TEXT, answer,
  reasoning, details);
CREATE UNIQUE INDEX attempts_key ON attempts(model, sample, repeat, turn, role, attempt);
CREATE TABLE scorings(
  scoring INTEGER PRIMARY KEY, suite INTEGER NOT NULL, utc TEXT NOT NULL, scorer_hash TEXT NOT NULL);
CREATE TABLE scores(
  score INTEGER PRIMARY KEY, scoring INTEGER NOT NULL, attempt_seq INTEGER NOT NULL, metric INTEGER NOT NULL,
  status TEXT NOT NULL, value REAL, weight REAL, extracted, reason TEXT);
CREATE TABLE events(event INTEGER PRIMARY KEY, session INTEGER NOT NULL, at_ns INTEGER NOT NULL, kind TEXT NOT NULL,
  json TEXT NOT NULL);
CREATE TABLE gauges(gauge INTEGER PRIMARY KEY, session INTEGER NOT NULL, at_ns INTEGER NOT NULL, name TEXT NOT NULL,
  value REAL NOT NULL);
)sql";

// Replies over HTTP: their times, tokens, cost, channels and wire bytes. The table is made anew, so
// that small columns stay in front of large ones.
constexpr std::string_view kVersion2 = R"sql(
CREATE TABLE attempts_2(
  seq INTEGER PRIMARY KEY, session INTEGER NOT NULL, model INTEGER NOT NULL, sample INTEGER NOT NULL,
  repeat INTEGER NOT NULL, turn INTEGER NOT NULL, role INTEGER NOT NULL, attempt INTEGER NOT NULL,
  outcome TEXT NOT NULL, scheduled_ns INTEGER NOT NULL, sent_ns INTEGER NOT NULL, headers_ns INTEGER,
  first_token_ns INTEGER, first_answer_ns INTEGER, done_ns INTEGER NOT NULL, loop_lag_ns INTEGER, cpu_ns INTEGER,
  input_tokens INTEGER, cached_tokens INTEGER, cache_write_tokens INTEGER, reasoning_tokens INTEGER,
  output_tokens INTEGER, usage_source TEXT, cost_nano INTEGER, retry_after_ns INTEGER, http_status INTEGER,
  http_flags INTEGER, finish_reason TEXT, served_model TEXT, fingerprint TEXT, response_id TEXT, error TEXT,
  loglikelihood TEXT, tool_calls TEXT, answer, reasoning, details, chunks BLOB, wire);
INSERT INTO attempts_2(seq, session, model, sample, repeat, turn, role, attempt, outcome, scheduled_ns, sent_ns,
  first_token_ns, first_answer_ns, done_ns, cpu_ns, input_tokens, cached_tokens, reasoning_tokens, output_tokens,
  finish_reason, served_model, error, answer, reasoning, details)
SELECT seq, session, model, sample, repeat, turn, role, attempt, outcome, scheduled_ns, sent_ns,
  first_token_ns, first_answer_ns, done_ns, cpu_ns, input_tokens, cached_tokens, reasoning_tokens, output_tokens,
  finish_reason, served_model, error, answer, reasoning, details FROM attempts;
DROP TABLE attempts;
ALTER TABLE models ADD COLUMN local INTEGER NOT NULL DEFAULT 1;
ALTER TABLE attempts_2 RENAME TO attempts;
CREATE UNIQUE INDEX attempts_key ON attempts(model, sample, repeat, turn, role, attempt);
)sql";

// What corpus-level metrics sum over their samples: numbers, one space between them.
constexpr std::string_view kVersion3 = "ALTER TABLE scores ADD COLUMN parts TEXT;";

// Loads of `assay bench`: what was put on a model, and which attempts belong to it.
constexpr std::string_view kVersion4 = R"sql(
CREATE TABLE loads(
  load INTEGER PRIMARY KEY, session INTEGER NOT NULL, model INTEGER NOT NULL, json TEXT NOT NULL);
CREATE TABLE load_requests(
  seq INTEGER PRIMARY KEY, load INTEGER NOT NULL, number INTEGER NOT NULL, conversation INTEGER NOT NULL,
  turn INTEGER NOT NULL, input_wanted INTEGER, output_wanted INTEGER, warm_up INTEGER NOT NULL);
CREATE INDEX load_requests_place ON load_requests(load, number, turn);
)sql";

// What things cost: the prices of a model, the service of a call, and token buckets that few
// providers have (JSON). They stand last and are mostly NULL, so that no text is read to reach
// them.
constexpr std::string_view kVersion5 = R"sql(
ALTER TABLE models ADD COLUMN prices TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN service TEXT;
ALTER TABLE attempts ADD COLUMN usage_more TEXT;
)sql";

constexpr std::array<std::string_view, 5> kSteps{kVersion1, kVersion2, kVersion3, kVersion4,
                                                 kVersion5};

}  // namespace

std::span<const std::string_view> schema_steps() { return kSteps; }

}  // namespace assay::store
