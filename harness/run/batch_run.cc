#include "harness/run/batch_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "harness/api/batch_client.h"
#include "harness/base/hash.h"
#include "harness/cost/bill.h"
#include "harness/cost/token_cost.h"
#include "harness/run/batch_book.h"
#include "harness/run/feeder.h"

namespace assay::run {
namespace {

constexpr size_t kFactsPerWrite = 512;
constexpr int kBackOffMax = 8;           // times the poll
constexpr uint32_t kPollErrorsMax = 20;  // in a row
constexpr uint32_t kAbsentLooks = 2;
constexpr int kStatusOk = 200;

// A model of the run with its batch endpoint.
struct BatchLane {
  size_t model = 0;  // index into the request's models and the plan's lanes
  BatchClient* client = nullptr;
  ModelPrices prices;  // of requests in a batch
  std::string name;
};

// An open batch and what was last seen of it.
struct Open {
  BatchEntry entry;
  size_t lane = 0;
  uint32_t absent = 0;  // looks that did not find it
  std::string seen;
};

// Where a sample's row is in the plan.
struct Place {
  uint32_t suite = 0;
  uint64_t index = 0;
};

class Places {
 public:
  explicit Places(const RunPlan& plan) : plan_(plan) {
    for (uint32_t suite = 0; suite < plan.suites.size(); ++suite) {
      const std::vector<uint64_t>& rows = plan.suites[suite].rows;
      for (uint64_t i = 0; i < rows.size(); ++i) moved_.emplace(rows[i], Place{suite, i});
    }
  }
  [[nodiscard]] std::optional<Place> find(uint64_t row) const {
    if (const auto it = moved_.find(row); it != moved_.end()) return it->second;
    const uint64_t index = row & ((uint64_t{1} << kSampleSuiteShift) - 1);
    for (uint32_t suite = 0; suite < plan_.suites.size(); ++suite) {
      const SuitePlan& one = plan_.suites[suite];
      if (one.rows.empty() && one.info.id == row >> kSampleSuiteShift && index < one.stored.size())
        return Place{suite, index};
    }
    return std::nullopt;
  }

 private:
  const RunPlan& plan_;
  std::unordered_map<uint64_t, Place> moved_;
};

uint64_t place_hash(const Key& key) {
  return key.sample * 0x9E3779B97F4A7C15ULL + (uint64_t{key.repeat} << 32 | key.model);
}
struct ItemHash {
  size_t operator()(const Key& key) const { return static_cast<size_t>(place_hash(key)); }
};
// Items, whatever their attempt.
Key item_of(Key key) {
  key.attempt = 0;
  return key;
}

class BatchRun {
 public:
  BatchRun(RunRequest& request, RunPlan& plan, Spending& spending,
           const std::function<Result<RunPlan>()>& replan, const std::stop_token& stop)
      : request_(request), plan_(plan), spending_(spending), replan_(replan), stop_(stop) {}

  Result<BatchTotals> run() {
    Result<void> done = work();
    totals_.open_batches = open_.size();
    for (const Open& one : open_) totals_.open_requests += one.entry.items.size();
    if (done) return totals_;
    if (done.error().code == ErrorCode::kInterrupted && stop_.stop_requested()) {
      totals_.interrupted = true;
      return totals_;
    }
    if (totals_.open_requests > 0)
      done.error().message += fmt::format(
          "; {} requests are in batches at the provider: the same command collects them",
          totals_.open_requests);
    return done.error();
  }

 private:
  Result<void> work() {
    ASSAY_TRY(std::vector<BatchEntry> entries, read_open_batches(request_.store));
    if (!request_.batch) return entries.empty() ? Result<void>() : left_open(entries);
    if (request_.batch->forget) {
      for (const BatchEntry& entry : entries)
        ASSAY_TRY_VOID(write({ended(entry.tag, BatchEnd::kFailed, "forgotten by the user")}));
      entries.clear();
    }
    ASSAY_TRY_VOID(find_lanes(entries));
    for (BatchEntry& entry : entries) ASSAY_TRY_VOID(adopt(std::move(entry)));
    for (;;) {
      for (size_t lane = 0; lane < lanes_.size(); ++lane) ASSAY_TRY_VOID(submit_lane(lane));
      if (open_.empty()) return {};
      ASSAY_TRY_VOID(wait_for_all());
      ASSAY_TRY(plan_, replan_());
    }
  }

  [[nodiscard]] Error left_open(const std::vector<BatchEntry>& entries) const {
    size_t requests = 0;
    for (const BatchEntry& entry : entries) requests += entry.items.size();
    return Error{
        ErrorCode::kConflict,
        fmt::format("{} requests of this file are in {} at the provider and would be paid "
                    "twice; collect them by the same command with --batch",
                    requests,
                    entries.size() == 1 ? "a batch" : fmt::format("{} batches", entries.size())),
        request_.store.path()};
  }

  // Models with something to ask, or something to collect.
  Result<void> find_lanes(const std::vector<BatchEntry>& entries) {
    for (size_t i = 0; i < request_.models.size(); ++i) {
      RunModel& model = request_.models[i];
      BatchClient* const client = model.backend->batch_client();
      ModelInfo& info = plan_.lanes[i].model;
      const bool collects = std::any_of(entries.begin(), entries.end(),
                                        [&](const auto& entry) { return entry.model == info.id; });
      if (client == nullptr || (plan_.lanes[i].remaining == 0 && !collects)) continue;
      ASSAY_TRY_VOID(model.backend->prepare(request_.suites));
      info.version = model.backend->traits().version;
      ASSAY_TRY_VOID(write({ModelFact{info}}));
      BatchLane lane{i, client, model.prices, info.name};
      lane.prices.service = Service::kBatch;
      lanes_.push_back(std::move(lane));
    }
    return {};
  }

  // A batch of an earlier session.
  Result<void> adopt(BatchEntry entry) {
    const auto lane = std::find_if(lanes_.begin(), lanes_.end(), [&](const BatchLane& one) {
      return plan_.lanes[one.model].model.id == entry.model;
    });
    if (lane == lanes_.end() || lane->client->form() != entry.form) {
      return Error{ErrorCode::kConflict,
                   fmt::format("{} requests are in a batch ({}) of a model that this command does "
                               "not name; run the command that submitted them",
                               entry.items.size(), entry.form),
                   request_.store.path()};
    }
    spending_.reserve(entry.reserved);
    for (const Key& key : entry.items) taken_.insert(item_of(key));
    open_.push_back({std::move(entry), static_cast<size_t>(lane - lanes_.begin()), 0, ""});
    return {};
  }

  // --- Submitting

  // What is being put together.
  struct Chunk {
    std::vector<BatchItem> items;
    std::vector<Key> keys;
    std::vector<Fact> samples;
    size_t bytes = 0;
    Money reserved;
  };

  // Everything of the lane that was never tried and is in no batch, as far as the budget goes.
  Result<void> submit_lane(size_t number) {
    const BatchLane& lane = lanes_[number];
    const BatchLimits limits = lane.client->limits();
    const std::optional<int64_t> max_tokens =
        request_.models[lane.model].backend->traits().max_tokens;
    LaneCursor cursor(plan_.lanes[lane.model], plan_);
    Chunk chunk;
    std::string tag = new_tag(lane);
    while (const std::optional<PlanItem> item = cursor.next()) {
      if (stop_.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped", ""};
      const Key key{plan_.lanes[lane.model].model.id, plan_.suites[item->suite].row(item->index),
                    item->repeat, item->attempts};
      if (item->attempts > 0 || taken_.contains(item_of(key))) continue;
      ASSAY_TRY(MadeAttempt made,
                make_attempt(plan_, lane.model, *item, &lane.client->codec(), request_.load_image));
      if (made.sample) chunk.samples.emplace_back(std::move(*made.sample));
      const std::string& body = made.attempt->wire;
      // What the format cannot say, and what no batch holds, the run asks as ever.
      if (body.empty() || body.size() > limits.bytes_max) continue;
      // Also without a budget: a later session may have one.
      const Money worst = cost::worst_cost(lane.prices, *made.attempt, max_tokens);
      const Spending::May may = spending_.may_start(worst);
      if (may == Spending::May::kNever) spending_.set_reached();
      if (may != Spending::May::kYes) break;
      if (chunk.items.size() >= limits.requests_max ||
          chunk.bytes + body.size() > limits.bytes_max) {
        ASSAY_TRY_VOID(submit(number, tag, chunk));
        chunk = Chunk();
        tag = new_tag(lane);
      }
      spending_.on_start(worst);
      chunk.reserved += worst;
      chunk.bytes += body.size();
      chunk.items.push_back({custom_id_of(tag, key), body});
      chunk.keys.push_back(key);
    }
    return submit(number, tag, chunk);
  }

  // Unlike that of any other batch, of whatever run or user.
  std::string new_tag(const BatchLane& lane) {
    return HashBuilder()
        .add(request_.session.utc)
        .add(request_.session.host)
        .add(request_.session.argv)
        .add(request_.store.path())
        .add(lane.name)
        .add_number(to_ns(SteadyClock().now()))
        .add_number(static_cast<int64_t>(++tags_))
        .finish()
        .short_hex();
  }

  Result<void> submit(size_t lane_number, const std::string& tag, Chunk& chunk) {
    // Samples are in the file from here on, whoever asks them.
    if (chunk.items.empty()) return chunk.samples.empty() ? Result<void>() : write(chunk.samples);
    const BatchLane& lane = lanes_[lane_number];
    Open open;
    open.lane = lane_number;
    open.entry.tag = tag;
    open.entry.model = plan_.lanes[lane.model].model.id;
    open.entry.form = lane.client->form();
    open.entry.intended_unix_s = cost::unix_now_s();
    open.entry.reserved = chunk.reserved;
    open.entry.items = std::move(chunk.keys);
    std::sort(open.entry.items.begin(), open.entry.items.end());
    std::vector<Fact> facts = std::move(chunk.samples);
    facts.emplace_back(intended(open.entry));
    ASSAY_TRY_VOID(write(facts));
    for (const Key& key : open.entry.items) taken_.insert(item_of(key));
    const Result<std::string> id = lane.client->submit(tag, chunk.items, stop_);
    if (!id && !may_exist(id.error())) {
      ASSAY_TRY_VOID(close(open, BatchEnd::kFailed, id.error().message));
      return Error{ErrorCode::kInfrastructure,
                   fmt::format("{}: the batch was not taken: {}", lane.name, id.error().text()),
                   ""};
    }
    if (id) {
      ASSAY_TRY_VOID(write({submitted(tag, *id)}));
      open.entry.id = *id;
      totals_.submitted += open.entry.items.size();
      ++totals_.batches;
      note(fmt::format("{}: {} requests submitted as batch {}", lane.name, open.entry.items.size(),
                       *id));
    } else {
      note(fmt::format("{}: it is not clear whether a batch of {} requests was created: {}",
                       lane.name, open.entry.items.size(), id.error().text()));
    }
    open_.push_back(std::move(open));
    if (!id && id.error().code == ErrorCode::kInterrupted) return id.error();
    return {};
  }

  // Whether a submission that ended so can have created a batch.
  static bool may_exist(const Error& error) {
    return error.code != ErrorCode::kInput && error.code != ErrorCode::kNotFound &&
           error.code != ErrorCode::kIo;
  }

  // --- Waiting

  // Polls until every batch is collected, gone or failed; those that failed as a whole are an error
  // once the others are in.
  Result<void> wait_for_all() {
    int factor = 1;
    uint32_t errors = 0;
    std::string failure;
    for (;;) {
      bool moved = false;
      Result<void> looked = look_at_all(moved, failure);
      if (!looked && looked.error().code == ErrorCode::kIo)
        looked.error().code = ErrorCode::kInfrastructure;
      if (!looked && looked.error().code != ErrorCode::kInfrastructure) return looked;
      errors = looked ? 0 : errors + 1;
      if (errors >= kPollErrorsMax) return looked;
      if (!looked) note(fmt::format("{}; asking again", looked.error().text()));
      if (open_.empty()) break;
      factor = moved ? 1 : std::min(factor * 2, kBackOffMax);
      ASSAY_TRY_VOID(wait(request_.batch->poll * factor));
    }
    if (failure.empty()) return {};
    return Error{ErrorCode::kInfrastructure,
                 fmt::format("{}; nothing of it was executed. Mend that and run the same command "
                             "again, or leave --batch out to ask one by one",
                             failure),
                 ""};
  }

  Result<void> look_at_all(bool& moved, std::string& failure) {
    for (size_t i = 0; i < open_.size();) {
      bool over = false;
      ASSAY_TRY_VOID(open_[i].entry.id.empty() ? look_for(open_[i], over, moved)
                                               : look_at(open_[i], over, moved, failure));
      if (!over) {
        ++i;
        continue;
      }
      moved = true;
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return {};
  }

  // A batch whose id is not known.
  Result<void> look_for(Open& open, bool& over, bool& moved) {
    const BatchLane& lane = lanes_[open.lane];
    ASSAY_TRY(const BatchFound found,
              lane.client->find(
                  {open.entry.tag, open.entry.items.size(), open.entry.intended_unix_s}, stop_));
    if (found.is == BatchFound::Is::kThere) {
      ASSAY_TRY_VOID(write({submitted(open.entry.tag, found.id)}));
      open.entry.id = found.id;
      moved = true;
      note(fmt::format("{}: batch {} of an interrupted submission was found", lane.name, found.id));
      return {};
    }
    open.absent = found.is == BatchFound::Is::kAbsent ? open.absent + 1 : 0;
    if (open.absent < kAbsentLooks) return {};
    over = true;
    return close(open, BatchEnd::kAbsent);
  }

  Result<void> look_at(Open& open, bool& over, bool& moved, std::string& failure) {
    const BatchLane& lane = lanes_[open.lane];
    Result<BatchState> looked = lane.client->state(open.entry.id, stop_);
    if (!looked && looked.error().code == ErrorCode::kNotFound) {
      looked.error().message += fmt::format(
          "; the batch {} of {} is not there: where it is gone for good, --batch-forget asks its "
          "requests again",
          open.entry.id, lane.name);
    }
    ASSAY_TRY(const BatchState state, std::move(looked));
    const std::string seen =
        fmt::format("{}: batch {} {}: {} of {} answered{}", lane.name, open.entry.id, state.word,
                    state.answered, open.entry.items.size(),
                    state.failed > 0 ? fmt::format(", {} failed", state.failed) : "");
    if (seen != open.seen) {
      moved = moved || !open.seen.empty();
      open.seen = seen;
      note(seen);
    }
    if (state.phase == BatchState::Phase::kRunning) return {};
    over = true;
    if (state.phase == BatchState::Phase::kFailed) {
      failure = fmt::format("{}: batch {} failed: {}", lane.name, open.entry.id,
                            state.error.empty() ? "no reason was given" : state.error);
      return close(open, BatchEnd::kFailed, failure);
    }
    Result<void> collected = collect(open);
    over = collected.has_value();
    return collected;
  }

  // --- Collecting

  // What one batch gave.
  struct Harvest {
    std::unordered_set<Key, ItemHash> seen;
    std::vector<Fact> facts;
    uint64_t answers = 0;
    uint64_t failed = 0;
    uint64_t strays = 0;  // lines of no request of the batch, or of one that had its reply
    Money cost;
  };

  Result<void> collect(const Open& open) {
    const BatchEntry& entry = open.entry;
    const BatchLane& lane = lanes_[open.lane];
    const Places places(plan_);
    for (const Key& key : entry.items) {
      if (places.find(key.sample)) continue;
      return Error{ErrorCode::kConflict,
                   fmt::format("batch {} has requests of samples that are not selected now; run "
                               "the command that submitted it, with its suites and --limit",
                               entry.id),
                   request_.store.path()};
    }
    Harvest harvest;
    ASSAY_TRY_VOID(request_.store.transact([&]() -> Result<void> {
      harvest = Harvest();
      ASSAY_TRY_VOID(lane.client->read(
          entry.id,
          [&](BatchReply&& reply) { return take_reply(open, places, std::move(reply), harvest); },
          stop_));
      ASSAY_TRY_VOID(take_missing(open, harvest));
      harvest.facts.emplace_back(ended(entry.tag, BatchEnd::kCollected));
      return request_.store.append(harvest.facts);
    }));
    spending_.on_settled(entry.reserved, harvest.cost);
    totals_.collected += harvest.answers;
    totals_.failed += harvest.failed;
    note(fmt::format(
        "{}: batch {}: {} replies stored{}{}", lane.name, entry.id, harvest.answers,
        harvest.failed > 0 ? fmt::format(", {} to be asked one by one", harvest.failed) : "",
        harvest.strays > 0 ? fmt::format("; {} lines of its results were no reply to a request "
                                         "of it, or a second one",
                                         harvest.strays)
                           : ""));
    return {};
  }

  Result<void> take_reply(const Open& open, const Places& places, BatchReply&& reply,
                          Harvest& harvest) {
    const BatchEntry& entry = open.entry;
    std::optional<Key> key = key_of(entry.tag, reply.custom_id);
    if (key) key->model = entry.model;
    if (!key || !std::binary_search(entry.items.begin(), entry.items.end(), *key) ||
        !harvest.seen.insert(item_of(*key)).second) {
      ++harvest.strays;
      return {};
    }
    const Place place = *places.find(key->sample);
    ASSAY_TRY(MadeAttempt made, make_attempt(plan_, lanes_[open.lane].model,
                                             {place.suite, place.index, key->repeat, key->attempt},
                                             nullptr, request_.load_image));
    decode(lanes_[open.lane], std::move(reply), *made.attempt);
    const Response& response = made.attempt->response;
    const bool answer = is_answer(response.outcome);
    ++(answer ? harvest.answers : harvest.failed);
    if (response.cost) {
      harvest.cost += *response.cost;
    } else if (answer) {
      // Without a word of its tokens: its share of the worst case, as a budget must hold.
      harvest.cost += entry.reserved.times_ratio(1, static_cast<int64_t>(entry.items.size()));
    }
    harvest.facts.emplace_back(fact_of(*made.attempt));
    return harvest.facts.size() >= kFactsPerWrite ? flush(harvest) : Result<void>();
  }

  // A reply out of a batch is decoded as if it had come whole, with its status.
  static void decode(const BatchLane& lane, BatchReply&& reply, Attempt& attempt) {
    Response& response = attempt.response;
    response.outcome = reply.outcome;
    response.error = std::move(reply.error);
    attempt.http.status = reply.http_status;
    if (reply.outcome == Outcome::kOk) {
      attempt.http.content_type = "application/json";
      const std::unique_ptr<Decoder> decoder = lane.client->codec().decoder();
      decoder->feed(reply.body, {});
      decoder->finish(attempt, response);
    }
    response.first_token.reset();
    response.first_answer.reset();
    response.service = Service::kBatch;
    if (!lane.prices.known() || reply.http_status != kStatusOk) return;
    const Result<Money> cost = cost::token_cost(
        lane.prices, response.usage, cost::images_in(attempt.request), cost::unix_now_s());
    if (cost) response.cost = *cost;
  }

  // A reply without a time of its own ends before it was sent: not measured.
  static AttemptFact fact_of(Attempt& attempt) {
    AttemptFact fact;
    fact.key = attempt.key;
    fact.stamps.scheduled = fact.stamps.sent = SteadyClock().now();
    fact.stamps.done = fact.stamps.sent - Nanos(1);
    fact.response = std::move(attempt.response);
    fact.http_status = attempt.http.status;
    return fact;
  }

  // Requests without a line: a try that came to nothing.
  Result<void> take_missing(const Open& open, Harvest& harvest) {
    for (const Key& key : open.entry.items) {
      if (harvest.seen.contains(item_of(key))) continue;
      Attempt attempt;
      attempt.key = key;
      attempt.response.outcome = Outcome::kTruncated;
      attempt.response.error = "the results of the batch do not have it";
      attempt.response.service = Service::kBatch;
      ++harvest.failed;
      harvest.facts.emplace_back(fact_of(attempt));
      if (harvest.facts.size() >= kFactsPerWrite) ASSAY_TRY_VOID(flush(harvest));
    }
    return {};
  }

  Result<void> flush(Harvest& harvest) {
    ASSAY_TRY_VOID(request_.store.append(harvest.facts));
    harvest.facts.clear();
    return {};
  }

  // --- Common

  // The end of a batch that gave nothing: its requests are free again.
  Result<void> close(const Open& open, BatchEnd end, const std::string& why = "") {
    ASSAY_TRY_VOID(write({ended(open.entry.tag, end, why)}));
    spending_.on_settled(open.entry.reserved, Money{});
    for (const Key& key : open.entry.items) taken_.erase(item_of(key));
    return {};
  }

  Result<void> write(const std::vector<Fact>& facts) { return request_.store.append(facts); }

  void note(const std::string& text) const {
    if (request_.batch->note) request_.batch->note(text);
  }

  [[nodiscard]] Result<void> wait(Nanos time) const {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop_, time, [] { return false; });
    if (stop_.stop_requested()) return Error{ErrorCode::kInterrupted, "stopped", ""};
    return {};
  }

  RunRequest& request_;
  RunPlan& plan_;
  Spending& spending_;
  const std::function<Result<RunPlan>()>& replan_;
  const std::stop_token& stop_;
  std::vector<BatchLane> lanes_;
  std::vector<Open> open_;
  std::unordered_set<Key, ItemHash> taken_;  // items of open batches, and of those of this session
  BatchTotals totals_;
  uint64_t tags_ = 0;
};

}  // namespace

Result<BatchTotals> run_batches(RunRequest& request, RunPlan& plan, Spending& spending,
                                const std::function<Result<RunPlan>()>& replan,
                                const std::stop_token& stop) {
  return BatchRun(request, plan, spending, replan, stop).run();
}

bool has_batch_price(const ModelPrices& prices) {
  ModelPrices batch = prices;
  batch.service = Service::kBatch;
  cost::Quantities quantities;
  quantities.set(Billed::kInput, 1);
  quantities.set(Billed::kOutput, 1);
  return cost::make_bill(batch, quantities, cost::unix_now_s()).has_value();
}

}  // namespace assay::run
