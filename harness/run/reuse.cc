#include "harness/run/reuse.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/base/hash.h"
#include "harness/base/json.h"

namespace assay::run {
namespace {

constexpr size_t kBatch = 512;

// An item without an answer, by what is asked: 40 bytes an item, whatever the texts.
struct Wanted {
  size_t lane = 0;
  PlanItem item;
};
using WantedByQuestion = std::unordered_multimap<uint64_t, Wanted>;

uint64_t question_hash(const std::string& config_hash, uint32_t repeat,
                       const std::string& request) {
  return HashBuilder().add(config_hash).add_number(repeat).add(request).finish().prefix64();
}

// A quote inside a JSON string is escaped, so this is the key and no text.
bool has_pictures(const std::string& request) {
  return request.find("\"images\":") != std::string::npos;
}

// The stored form of a request says everything that is asked, pictures by their content.
Result<std::string> request_of(const RunPlan& plan, const PlanItem& item, SampleFact& fact) {
  const SuitePlan& suite = plan.suites[item.suite];
  ASSAY_TRY(const Sample sample, suite.suite->sample(item.index));
  ASSAY_TRY(fact, sample_fact(*suite.suite, sample));
  fact.sample = suite.row(item.index);
  fact.suite = suite.info.id;
  return fact.request;
}

Result<WantedByQuestion> wanted_items(const RunPlan& plan) {
  WantedByQuestion wanted;
  for (size_t lane = 0; lane < plan.lanes.size(); ++lane) {
    LaneCursor cursor(plan.lanes[lane], plan);
    while (const std::optional<PlanItem> item = cursor.next()) {
      SampleFact fact;
      ASSAY_TRY(const std::string request, request_of(plan, *item, fact));
      wanted.emplace(question_hash(plan.lanes[lane].model.config_hash, item->repeat, request),
                     Wanted{lane, *item});
    }
  }
  return wanted;
}

AttemptFact reused_answer(const RunPlan& plan, const Wanted& wanted, const ItemDetail& found,
                          const std::string& path) {
  AttemptFact fact;
  fact.key = {plan.lanes[wanted.lane].model.id,
              plan.suites[wanted.item.suite].row(wanted.item.index), wanted.item.repeat,
              wanted.item.attempts};
  Response& response = fact.response;
  response.outcome = found.outcome;
  response.answer = found.answer;
  response.reasoning = found.reasoning;
  response.finish_reason = found.finish_reason;
  response.served_model = found.served_model;
  response.usage = found.usage;
  response.cpu = Nanos(found.cpu_ns);
  response.tool_calls = tool_calls_from_json(found.tool_calls);
  response.loglikelihoods = loglikelihoods_from_json(found.loglikelihoods);
  response.cost = Money{};
  response.details = found.details.empty() ? dump_json(Json{{"reused_from", path}}) : found.details;
  // Of another session: only differences mean something.
  fact.stamps.done = TimePoint(Nanos(std::max<int64_t>(0, found.latency_ns)));
  if (found.ttft_ns >= 0) response.first_token = TimePoint(Nanos(found.ttft_ns));
  if (found.ttfa_ns >= 0) response.first_answer = TimePoint(Nanos(found.ttfa_ns));
  return fact;
}

// Takes answers of the other file over as they are read, in batches of one transaction.
class Reuser {
 public:
  // `other`: whose answers they are. Requests name pictures by their path: they are the same only
  // where the data of the suite is.
  Reuser(ResumableStore& store, const RunPlan& plan, WantedByQuestion wanted, const Manifest& other)
      : store_(store), plan_(plan), wanted_(std::move(wanted)) {
    for (const SuiteInfo& suite : other.suites) data_hash_of_[suite.name] = suite.data_hash;
  }

  Result<void> take(const ItemDetail& item, const std::string& config_hash,
                    const std::string& path) {
    const auto [begin, end] =
        wanted_.equal_range(question_hash(config_hash, item.repeat, item.request));
    for (auto it = begin; it != end; ++it) {
      SampleFact sample;
      ASSAY_TRY(const std::string request, request_of(plan_, it->second.item, sample));
      if (request != item.request) continue;  // a collision of hashes
      if (has_pictures(request) && !same_data(it->second, item)) continue;
      facts_.emplace_back(std::move(sample));
      facts_.emplace_back(reused_answer(plan_, it->second, item, path));
      ++reused_;
    }
    wanted_.erase(begin, end);
    return facts_.size() >= kBatch ? flush() : Result<void>();
  }
  Result<void> flush() {
    ASSAY_TRY_VOID(store_.append(facts_));
    facts_.clear();
    return {};
  }
  [[nodiscard]] uint64_t reused() const { return reused_; }

 private:
  [[nodiscard]] bool same_data(const Wanted& wanted, const ItemDetail& item) const {
    const auto it = data_hash_of_.find(item.suite);
    return it != data_hash_of_.end() &&
           it->second == plan_.suites[wanted.item.suite].info.data_hash;
  }

  ResumableStore& store_;
  const RunPlan& plan_;
  WantedByQuestion wanted_;
  std::unordered_map<std::string, std::string> data_hash_of_;  // by suite name
  std::vector<Fact> facts_;
  uint64_t reused_ = 0;
};

}  // namespace

Result<uint64_t> reuse_answers(ResumableStore& store, const RunStore& other, const RunPlan& plan) {
  ASSAY_TRY(WantedByQuestion wanted, wanted_items(plan));
  ASSAY_TRY(const Manifest manifest, other.manifest());
  std::unordered_map<std::string, std::string> config_of;
  for (const ModelInfo& model : manifest.models) config_of.emplace(model.name, model.config_hash);
  Reuser reuser(store, plan, std::move(wanted), manifest);
  Result<void> failure;
  ASSAY_TRY_VOID(other.read_items(ItemQuery{}, [&](const ItemDetail& item) {
    if (is_answer(item.outcome)) failure = reuser.take(item, config_of[item.model], other.path());
    return failure.has_value();
  }));
  ASSAY_TRY_VOID(std::move(failure));
  ASSAY_TRY_VOID(reuser.flush());
  return reuser.reused();
}

}  // namespace assay::run
