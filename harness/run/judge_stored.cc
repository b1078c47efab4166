#include <atomic>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "harness/run/run.h"
#include "harness/run/stages.h"

namespace assay::run {
namespace {

constexpr size_t kBatch = 512;

Response stored_response(const ItemDetail& item) {
  Response response;
  response.outcome = item.outcome;
  response.answer = item.answer;
  response.reasoning = item.reasoning;
  response.finish_reason = item.finish_reason;
  response.details = item.details;
  response.usage = item.usage;
  response.tool_calls = tool_calls_from_json(item.tool_calls);
  response.loglikelihoods = loglikelihoods_from_json(item.loglikelihoods);
  return response;
}

struct StoredReply {
  Key key;
  uint64_t index = 0;  // of the sample
  Response response;
};

// One batch of replies, judged by several threads, each reply into its own place.
class BatchJudge {
 public:
  BatchJudge(const Suite& suite, uint32_t threads) : suite_(suite), threads_(threads) {}

  // An error is that of the first reply in order whose sample cannot be made.
  Result<std::vector<Fact>> judge_all(const std::vector<StoredReply>& replies) {
    std::vector<Result<Fact>> judged(replies.size(), Result<Fact>(Fact{}));
    std::atomic<size_t> next{0};
    const auto work = [&] {
      for (size_t i = next.fetch_add(1); i < replies.size(); i = next.fetch_add(1))
        judged[i] = judge_one(replies[i]);
    };
    {
      std::vector<std::jthread> pool;
      for (uint32_t i = 1; i < threads_; ++i) pool.emplace_back(work);
      work();
    }
    std::vector<Fact> facts;
    for (Result<Fact>& fact : judged) {
      if (!fact) return std::move(fact).error();
      facts.push_back(std::move(fact).value());
    }
    return facts;
  }

 private:
  [[nodiscard]] Result<Fact> judge_one(const StoredReply& reply) const {
    ASSAY_TRY(const Sample sample, suite_.sample(reply.index));
    return Fact(ScoreFact{reply.key, judge(suite_, sample, reply.response)});
  }

  const Suite& suite_;
  const uint32_t threads_;
};

Result<std::map<std::string, uint64_t>> indices_by_id(const Suite& suite) {
  std::map<std::string, uint64_t> index_of;
  for (uint64_t i = 0; i < suite.size(); ++i) {
    ASSAY_TRY(std::string id, suite.sample_id(i));
    index_of.emplace(std::move(id), i);
  }
  return index_of;
}

Result<uint64_t> judge_suite(ResumableStore& store, const Suite& suite, bool all,
                             uint32_t threads) {
  ASSAY_TRY(const auto index_of, indices_by_id(suite));
  // Scores are written in batches while attempts are read: the reading statement never looks at
  // what is written.
  uint64_t judged = 0;
  std::vector<StoredReply> batch;
  BatchJudge judge(suite, threads);
  const auto flush = [&]() -> Result<void> {
    ASSAY_TRY(const std::vector<Fact> facts, judge.judge_all(batch));
    judged += batch.size();
    batch.clear();
    return store.append(facts);
  };
  Result<void> failure;
  ItemQuery query;
  query.suite = suite.info().name;
  const auto take = [&](const ItemDetail& item) {
    if (!is_answer(item.outcome) || (!all && !item.scores.empty())) return true;
    const auto it = index_of.find(item.sample_id);
    if (it == index_of.end()) return true;  // of a larger selection than the one loaded now
    batch.push_back({{item.model_row, item.sample_row, item.repeat, item.attempt},
                     it->second,
                     stored_response(item)});
    if (batch.size() >= kBatch) failure = flush();
    return failure.has_value();
  };
  ASSAY_TRY_VOID(store.read_items(query, take));
  ASSAY_TRY_VOID(std::move(failure));
  ASSAY_TRY_VOID(flush());
  return judged;
}

}  // namespace

Result<uint64_t> judge_stored(ResumableStore& store, const std::vector<const Suite*>& suites,
                              bool all, uint32_t threads) {
  uint64_t judged = 0;
  for (const Suite* suite : suites) {
    ASSAY_TRY(const uint64_t n, judge_suite(store, *suite, all, threads));
    judged += n;
  }
  return judged;
}

}  // namespace assay::run
