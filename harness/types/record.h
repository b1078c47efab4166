// Records: what a run file gives back. Item = (model, sample, repeat); its last attempt counts,
// earlier ones are counted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/money.h"
#include "harness/types/prices.h"
#include "harness/types/response.h"
#include "harness/types/score.h"

namespace assay {

struct RecordScore {
  uint32_t metric = 0;  // index into SuiteInfo::metrics
  ScoreStatus status = ScoreStatus::kScored;
  double value = 0;
  double weight = 1;
  uint64_t answer = 0;             // of metrics that vote: equal for equal Score::extracted
  std::vector<double> parts = {};  // Score::parts
};

// One item without its texts; what aggregation reads, sorted by (suite, model, sample index,
// repeat).
struct Record {
  uint32_t model = 0;
  uint32_t suite = 0;
  uint64_t sample = 0;  // row id
  uint64_t index = 0;   // position in the suite
  uint32_t repeat = 0;
  uint32_t attempts = 1;  // tries made, the last one included
  uint32_t session = 0;
  std::string_view cluster;  // valid during the callback
  std::string_view tags;     // JSON object text, valid during the callback
  Outcome outcome = Outcome::kCancelled;
  int64_t scheduled_ns = 0;
  int64_t sent_ns = 0;
  int64_t first_token_ns = -1;  // -1: none
  int64_t first_answer_ns = -1;
  int64_t done_ns = 0;
  int64_t cpu_ns = -1;
  Usage usage;
  std::optional<Money> cost;  // of all its tries; unset: no price was known
  // Of its tries before the last one: retries of failures, and answers asked again.
  Usage earlier_usage;
  std::optional<Money> earlier_cost;
  uint32_t earlier_with_usage = 0;       // tries among them that said their tokens
  Service service = Service::kStandard;  // of the last try
  bool over_http = false;                // where every reply should say its usage
  bool warm_up = false;                  // of a load, before it measures
  bool in_load = false;  // asked by `assay bench`: its times belong to that load, not to the item
  std::span<const RecordScore> scores;  // valid during the callback; empty: not judged
};

// One item with its texts, for `show`, `export`, `score` and the per-sample part of reports.
struct ItemDetail {
  std::string model;  // name
  std::string suite;  // name
  std::string sample_id;
  uint32_t model_row = 0;
  uint64_t sample_row = 0;
  uint32_t repeat = 0;
  uint32_t attempt = 0;
  uint32_t attempts = 1;
  std::string cluster;
  std::string request;  // JSON, as SampleFact::request
  std::string truth;    // JSON, as SampleFact::truth
  std::string tags;     // JSON, as SampleFact::tags
  Outcome outcome = Outcome::kCancelled;
  std::string answer;
  std::string reasoning;
  std::string finish_reason;
  std::string error;
  std::string details;
  Usage usage;
  int64_t latency_ns = -1;  // done - sent
  int64_t cpu_ns = -1;
  int64_t ttft_ns = -1;        // from sent to the first token of any channel
  int64_t ttfa_ns = -1;        // to the first token of the answer
  std::string tool_calls;      // JSON array; empty: none
  std::string loglikelihoods;  // JSON array; empty: none
  std::string served_model;
  std::optional<Money> cost;  // of the last try
  int http_status = 0;
  std::string wire;  // bytes of the reply, where they were kept
  std::vector<Score> scores;
};

// Which items to read. Empty fields do not restrict.
struct ItemQuery {
  std::string model;
  std::string suite;
  std::string sample_id;
  bool worst_first =
      false;           // by the suite's headline metric, unanswered items before all; else by key
  uint64_t limit = 0;  // 0: all
};

}  // namespace assay
