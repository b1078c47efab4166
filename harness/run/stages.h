// The stages behind the loop: decode, score, write. Plain objects with step(batch); run.cc gives
// each its thread. What a stage learnt travels in the attempt; facts go to the writer, the attempt
// goes on or back to the inbox.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "harness/api/codec.h"
#include "harness/api/run_store.h"
#include "harness/api/suite.h"
#include "harness/base/bounded_queue.h"
#include "harness/run/inbox.h"
#include "harness/run/progress.h"
#include "harness/run/stream_table.h"
#include "harness/types/fact.h"
#include "harness/types/prices.h"

namespace assay::run {

// Decode thread: pieces → response; the attempt's fact is queued before anything else happens to
// it.
class DecodeStage {
 public:
  // `prices[i]` are lane i's: what an attempt cost is a fact of it.
  DecodeStage(std::vector<const Codec*> codecs, std::vector<ModelPrices> prices,
              std::vector<LaneProgress*> progress, BoundedQueue<Fact>& facts,
              BoundedQueue<AttemptPtr>& to_score, Inbox& inbox);
  void step(std::vector<Piece>& pieces);

 private:
  void take_end(Piece& piece, Decoder& decoder);

  std::vector<const Codec*> codecs_;
  std::vector<ModelPrices> prices_;
  std::vector<LaneProgress*> progress_;
  std::vector<StreamTable> streams_;  // by lane
  BoundedQueue<Fact>& facts_;
  BoundedQueue<AttemptPtr>& to_score_;
  Inbox& inbox_;
  std::vector<Fact> new_facts_;
  std::vector<AttemptPtr> answered_;
  std::vector<Feedback> failed_;
};

// Scoring pool: response → scores. Several threads, each with its own stage object.
class ScoreStage {
 public:
  // `keep_scores`: they travel back with the attempt too, for a stop rule.
  ScoreStage(const std::vector<const Suite*>& suites, BoundedQueue<Fact>& facts, Inbox& inbox,
             bool keep_scores = false)
      : suites_(suites), facts_(facts), inbox_(inbox), keep_scores_(keep_scores) {}
  void step(std::vector<AttemptPtr>& attempts);

 private:
  const std::vector<const Suite*>& suites_;
  BoundedQueue<Fact>& facts_;
  Inbox& inbox_;
  bool keep_scores_;
  std::vector<Fact> new_facts_;
  std::vector<Feedback> judged_;
};

// Judges one response under every scorer of the suite.
std::vector<Score> judge(const Suite& suite, const Sample& sample, const Response& response);

// Writer thread: facts → run file, one transaction a batch. After the first failure it only drains,
// so that nobody blocks, and `on_failure` was called once.
class WriteStage {
 public:
  WriteStage(RunStore& store, std::function<void(const Error&)> on_failure)
      : store_(store), on_failure_(std::move(on_failure)) {}
  void step(std::vector<Fact>& facts);

 private:
  RunStore& store_;
  std::function<void(const Error&)> on_failure_;
  bool failed_ = false;
};

}  // namespace assay::run
