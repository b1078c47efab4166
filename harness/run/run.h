// run(): plan → threads → done. The order of things in a run; what each does stands in its own
// file.
//
// Called by app/cmd_run, which made the backends and suites and opened the file.
//
//   run::RunRequest request{.store = store, .models = std::move(models), .suites = suites,
//   .load_image = load_image}; ASSAY_TRY(run::RunOutcome outcome, run::run(request, progress,
//   stop));
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/api/backend.h"
#include "harness/api/resumable_store.h"
#include "harness/api/stop_rule.h"
#include "harness/run/feeder.h"
#include "harness/run/plan.h"
#include "harness/run/progress.h"

namespace assay::run {

struct RunModel {
  ModelInfo info;                    // name, spec, config_hash; row id filled in by the plan
  std::unique_ptr<Backend> backend;  // destroyed as soon as its part of the run is over
  uint32_t concurrency = 0;          // 0: the backend's default
  ModelPrices prices;                // resolved by app, in the run's currency; may be empty
  bool concurrency_auto = false;     // grow from the backend's default, whatever it says itself
};

// Called around the turn of each model that has the machine for itself: one that answers on this
// machine, in real time. What `end` gives is stored. All from the thread that called run().
struct TurnHooks {
  std::function<void()> before;               // before its engine opens; may block
  std::function<void(uint32_t model)> begin;  // it is ready, and nothing is asked yet; row id
  std::function<std::vector<Fact>(uint32_t model)> end;  // its last reply has been judged
};

// Ask through the providers' batch endpoints where there are any.
struct BatchSettings {
  Nanos poll{std::chrono::seconds(30)};  // between two looks; up to eight times that while nothing
                                         // moves
  bool forget = false;  // open batches of the file are given up: what was in them is asked again
  std::function<void(const std::string&)> note;  // a line of progress; may be empty
};

// What batches did in this session.
struct BatchTotals {
  uint64_t submitted = 0;  // requests
  uint64_t batches = 0;
  uint64_t collected = 0;      // answers
  uint64_t failed = 0;         // requests that a batch gave no answer to: asked one by one
  uint64_t open_batches = 0;   // at the provider, when it ended
  uint64_t open_requests = 0;  // in them
  bool interrupted = false;
};

struct RunRequest {
  ResumableStore& store;
  std::vector<RunModel> models;
  std::vector<const Suite*> suites;
  LoadImage load_image = nullptr;
  uint32_t score_threads = 1;
  uint32_t retries_max = 7;
  uint64_t seed = 0;
  SessionInfo session;                 // id filled in by the file
  std::string machine_price_per_hour;  // decimal; empty: not given
  std::string currency;
  uint64_t bytes_in_flight_max = 64UL << 20;
  std::optional<Money> budget;           // over all sessions of the file; prices must be known
  std::optional<uint64_t> requests_max;  // of this session
  bool warm_up = false;                  // open and warm connections before the clock
  // Another run file whose answers to the same requests are taken instead of asking again.
  const RunStore* reuse_from = nullptr;
  // Repeats before this one stand in another file: fresh replies of items asked before.
  uint32_t first_repeat = 0;
  // Gives the order of asking and stops suites early; nullptr: everything is asked, in the suites'
  // order.
  StopRule* stop_rule = nullptr;
  std::optional<BatchSettings> batch{};
  // Called before a model is used, for the display: "training baseline:linear".
  std::function<void(const std::string&)> notice;
  TurnHooks turns;  // app measures energy there
};

struct RunOutcome {
  uint64_t items = 0;     // planned
  uint64_t asked = 0;     // attempts of this session
  uint64_t failed = 0;    // given up after all attempts, in this session
  uint64_t unneeded = 0;  // left out because the stop rule had decided
  uint64_t rejudged = 0;  // replies stored without a score by an earlier session, judged now
  uint64_t reused = 0;    // answers taken from another run file
  struct Tripped {
    std::string model;
    std::string reason;  // its last error
  };
  std::vector<Tripped> tripped;  // models that were stopped after nothing but errors
  BatchTotals batch;
  Money spent;                 // by all sessions of the file, where prices are known
  bool limit_reached = false;  // budget or number of requests: items are left
  bool interrupted = false;
};

// Blocks until everything planned is asked, judged and stored, or `stop` is requested, or the file
// cannot be written. `progress` gets one lane per model before the first request.
Result<RunOutcome> run(RunRequest& request, Progress& progress, const std::stop_token& stop);

// Judges stored replies that have no score under the store's current scoring: after a kill, and for
// `assay score`. `all`: every answered item. `threads` judge at once (at least 1). Returns how many
// were judged.
Result<uint64_t> judge_stored(ResumableStore& store, const std::vector<const Suite*>& suites,
                              bool all, uint32_t threads);

}  // namespace assay::run
