#include <map>
#include <utility>

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

Result<uint64_t> judge_suite(ResumableStore& store, const Suite& suite, bool all) {
  std::map<std::string, uint64_t> index_of;
  for (uint64_t i = 0; i < suite.size(); ++i) {
    ASSAY_TRY(std::string id, suite.sample_id(i));
    index_of.emplace(std::move(id), i);
  }
  // Scores are written in batches while attempts are read: the reading statement never looks at
  // what is written.
  uint64_t judged = 0;
  std::vector<Fact> facts;
  Result<void> failure;
  ItemQuery query;
  query.suite = suite.info().name;
  const auto take = [&](const ItemDetail& item) {
    if (!is_answer(item.outcome) || (!all && !item.scores.empty())) return true;
    const auto it = index_of.find(item.sample_id);
    if (it == index_of.end()) return true;  // of a larger selection than the one loaded now
    const Result<Sample> sample = suite.sample(it->second);
    if (!sample) {
      failure = sample.error();
      return false;
    }
    facts.emplace_back(ScoreFact{{item.model_row, item.sample_row, item.repeat, item.attempt},
                                 judge(suite, *sample, stored_response(item))});
    ++judged;
    if (facts.size() >= kBatch) {
      failure = store.append(facts);
      facts.clear();
    }
    return failure.has_value();
  };
  ASSAY_TRY_VOID(store.read_items(query, take));
  ASSAY_TRY_VOID(std::move(failure));
  ASSAY_TRY_VOID(store.append(facts));
  return judged;
}

}  // namespace

Result<uint64_t> judge_stored(ResumableStore& store, const std::vector<const Suite*>& suites,
                              bool all) {
  uint64_t judged = 0;
  for (const Suite* suite : suites) {
    ASSAY_TRY(const uint64_t n, judge_suite(store, *suite, all));
    judged += n;
  }
  return judged;
}

}  // namespace assay::run
