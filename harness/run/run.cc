#include "harness/run/run.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "harness/run/batch_run.h"
#include "harness/run/reuse.h"
#include "harness/run/run_loop.h"
#include "harness/run/schedule.h"
#include "harness/run/spending.h"
#include "harness/run/stages.h"
#include "harness/run/stopping.h"
#include "harness/run/writer.h"

namespace assay::run {
namespace {

// Credits beyond the slots: what the feeder may have ready. Small enough that a million items cost
// no memory, large enough that the loop never waits for the feeder.
constexpr uint32_t kCreditsAhead = 512;
// Where automatic concurrency ends; it begins with the backend's default.
constexpr uint32_t kAutoMax = 256;
constexpr size_t kScoreBatch = 64;
// Pieces that came one by one are decoded together: each wake-up of a thread costs more than the
// decoding of a short reply, and nothing waits for it but the feedback (slots are free at end of
// bytes). Not on a virtual clock, which stands still meanwhile.
constexpr std::chrono::milliseconds kDecodeWindow{1};
constexpr size_t kDecodeAtOnce = 64;

// Models that run at the same time under one loop and one clock.
using Phase = std::vector<size_t>;

// Models of this machine take turns, so that they do not slow each other; simulated ones share a
// virtual clock; remote ones run side by side.
std::vector<Phase> phases_of(const std::vector<RunModel>& models) {
  std::vector<Phase> phases;
  Phase virtual_phase;
  Phase remote_phase;
  for (size_t i = 0; i < models.size(); ++i) {
    const BackendTraits& traits = models[i].backend->traits();
    if (traits.virtual_clock) {
      virtual_phase.push_back(i);
    } else if (traits.local) {
      phases.push_back({i});
    } else {
      remote_phase.push_back(i);
    }
  }
  if (!virtual_phase.empty()) phases.push_back(std::move(virtual_phase));
  if (!remote_phase.empty()) phases.push_back(std::move(remote_phase));
  return phases;
}

// One phase: its lanes, queues, threads. The constructor wires them, run() is the story.
class PhaseRunner {
 public:
  PhaseRunner(RunRequest& request, RunPlan& plan, Progress& progress, const Phase& phase,
              Spending& spending, Stopping* stopping, BoundedQueue<Fact>& facts)
      : request_(request),
        plan_(plan),
        phase_(phase),
        spending_(spending),
        stopping_(stopping),
        facts_(facts) {
    for (const size_t model : phase_) {
      Backend& backend = *request_.models[model].backend;
      prices_.push_back(request_.models[model].prices);
      transports_.push_back(&backend.transport());
      codecs_.push_back(&backend.codec());
      progress_.push_back(&progress.lanes[model]);
      limits_.push_back(limits_of(request_.models[model]));
      credits_per_lane_.push_back(limits_.back().credits);
      virtual_clock_ = virtual_clock_ || backend.traits().virtual_clock;
    }
    if (virtual_clock_) {
      waiter_ = std::make_unique<VirtualWaiter>();
    } else {
      auto waiter = std::make_unique<RealWaiter>();
      for (const Transport* transport : transports_) {
        if (transport->fd() >= 0) waiter->watch(transport->fd());
      }
      waiter_ = std::move(waiter);
    }
  }

  // `alone`: the row id of a model that has the machine for itself.
  Result<void> run(const std::stop_token& stop, const std::optional<uint32_t>& alone) {
    Inbox inbox(*waiter_);
    Credits credits(credits_per_lane_, request_.bytes_in_flight_max);
    Schedule schedule(limits_, progress_, credits, spending_, request_.seed, stopping_);
    BoundedQueue<Piece> arrived(SIZE_MAX);
    BoundedQueue<AttemptPtr> to_score(SIZE_MAX);
    for (const size_t model : phase_) {
      Backend& backend = *request_.models[model].backend;
      backend.set_clock(waiter_->clock());
      backend.transport().set_wake([&inbox] { inbox.wake(); });
    }
    for (LaneProgress* lane : progress_) lane->started_ns = to_ns(SteadyClock().now());
    const std::stop_callback wake_on_stop(stop, [&inbox] { inbox.wake(); });

    std::jthread decode([&] {
      DecodeStage stage(codecs_, prices_, progress_, facts_, to_score, inbox);
      std::vector<Piece> batch;
      while (arrived.pop_all(batch)) {
        if (!virtual_clock_) gather(arrived, batch, kDecodeAtOnce, kDecodeWindow);
        stage.step(batch);
      }
    });
    std::vector<std::jthread> pool;
    for (uint32_t i = 0; i < request_.score_threads; ++i) {
      pool.emplace_back([&] {
        ScoreStage stage(request_.suites, facts_, inbox, stopping_ != nullptr);
        std::vector<AttemptPtr> batch;
        while (to_score.pop_some(batch, kScoreBatch)) stage.step(batch);
      });
    }
    std::jthread loop([&] { RunLoop{schedule, transports_, inbox, *waiter_, arrived}.run(stop); });

    Feeder feeder(plan_, phase_, codecs_, request_.load_image, credits, inbox, facts_);
    if (stopping_ != nullptr) feeder.stop_by(*stopping_, progress_);
    Result<void> fed = feeder.run();
    loop.join();  // everything fed has come back
    // Before servers are stopped, whose end is no part of the answers.
    if (alone && request_.turns.end) {
      for (Fact& fact : request_.turns.end(*alone)) facts_.push(std::move(fact));
    }
    arrived.close();
    decode.join();
    to_score.close();
    pool.clear();
    // Here, while the inbox stands: a transport's own thread may still be in its last wake-up.
    for (const size_t model : phase_) {
      request_.models[model].backend->end_turn();
      for (Fact& fact : request_.models[model].backend->take_facts()) facts_.push(std::move(fact));
      request_.models[model].backend.reset();
    }
    for (LaneProgress* lane : progress_) lane->ended_ns = to_ns(SteadyClock().now());
    return fed;
  }

 private:
  [[nodiscard]] LaneLimits limits_of(const RunModel& model) const {
    const BackendTraits& traits = model.backend->traits();
    LaneLimits limits;
    const bool automatic =
        model.concurrency == 0 && (model.concurrency_auto || traits.concurrency_auto);
    limits.concurrency = model.concurrency > 0 ? model.concurrency : traits.concurrency_default;
    limits.concurrency_max = automatic ? kAutoMax : 0;
    if (stopping_ != nullptr) {
      // On a virtual clock, which stands still meanwhile, all that has ended is judged first: what
      // is asked beyond the decision is then the same for any number of threads.
      limits.undecided_max =
          traits.virtual_clock ? 1 : std::max(limits.concurrency, limits.concurrency_max);
    }
    limits.credits = 2 * std::max(limits.concurrency, limits.concurrency_max) + kCreditsAhead;
    limits.retries_max = request_.retries_max;
    limits.rate = {traits.requests_per_minute, traits.tokens_per_minute};
    limits.prices = model.prices;
    limits.max_tokens = traits.max_tokens;
    return limits;
  }

  RunRequest& request_;
  RunPlan& plan_;
  const Phase& phase_;
  Spending& spending_;
  Stopping* stopping_;
  BoundedQueue<Fact>& facts_;
  std::vector<ModelPrices> prices_;
  std::vector<Transport*> transports_;
  std::vector<const Codec*> codecs_;
  std::vector<LaneProgress*> progress_;
  std::vector<LaneLimits> limits_;
  std::vector<uint32_t> credits_per_lane_;
  std::unique_ptr<Waiter> waiter_;
  bool virtual_clock_ = false;
};

// As many as will be in flight, and no more than there are items.
uint32_t connections_of(const RunModel& model, const RunPlan& plan, size_t index) {
  const uint32_t concurrency =
      model.concurrency > 0 ? model.concurrency : model.backend->traits().concurrency_default;
  return static_cast<uint32_t>(std::min<uint64_t>(concurrency, plan.lanes[index].remaining));
}

// Trains, opens engines, starts processes: only what has something left to answer. The file belongs
// to the writer from the first phase on, so what is learnt goes to it as a fact.
Result<void> prepare(RunRequest& request, RunPlan& plan, const Phase& phase,
                     BoundedQueue<Fact>& facts) {
  for (const size_t model : phase) {
    Backend& backend = *request.models[model].backend;
    ModelInfo& info = plan.lanes[model].model;
    if (request.notice) request.notice(info.name);
    ASSAY_TRY_VOID(backend.prepare(request.suites));
    info.version = backend.traits().version;
    info.train_size = backend.traits().train_size;
    if (request.warm_up)
      ASSAY_TRY_VOID(backend.warm_up(connections_of(request.models[model], plan, model)));
    facts.push(ModelFact{info});
    for (Fact& fact : backend.take_facts()) facts.push(std::move(fact));
  }
  return {};
}

// A model that has the machine for itself during its phase; nothing where the phase has none.
std::optional<uint32_t> alone_on_this_machine(const RunRequest& request, const RunPlan& plan,
                                              const Phase& phase) {
  const BackendTraits& traits = request.models[phase.front()].backend->traits();
  if (phase.size() != 1 || traits.virtual_clock || !traits.local) return std::nullopt;
  return plan.lanes[phase.front()].model.id;
}

void start_progress(const RunRequest& request, const RunPlan& plan, Progress& progress) {
  for (size_t i = 0; i < request.models.size(); ++i) {
    LaneProgress& lane = progress.lanes.emplace_back();
    lane.model = request.models[i].info.name;
    lane.total = plan.lanes[i].total;
    lane.done = plan.lanes[i].total - plan.lanes[i].remaining;
  }
}

Result<void> run_phase(RunRequest& request, RunPlan& plan, Progress& progress, const Phase& phase,
                       Spending& spending, Stopping* stopping, Writer& writer,
                       const std::stop_token& stop) {
  const std::optional<uint32_t> alone = alone_on_this_machine(request, plan, phase);
  if (alone && request.turns.before) request.turns.before();
  ASSAY_TRY_VOID(prepare(request, plan, phase, writer.facts()));
  PhaseRunner runner(request, plan, progress, phase, spending, stopping, writer.facts());
  if (alone && request.turns.begin) request.turns.begin(*alone);
  return runner.run(stop, alone);
}

}  // namespace

namespace {

// All or nothing: a conflict leaves the file as it was.
Result<RunPlan> register_run(RunRequest& request, bool begin_session) {
  std::vector<ModelInfo> infos;
  bool priced = !request.machine_price_per_hour.empty();
  for (const RunModel& model : request.models) {
    infos.push_back(model.info);
    priced = priced || model.prices.known();
  }
  RunPlan plan;
  ASSAY_TRY_VOID(request.store.transact([&]() -> Result<void> {
    ASSAY_TRY_VOID(request.store.set_run_settings(request.seed, request.machine_price_per_hour,
                                                  priced ? request.currency : ""));
    ASSAY_TRY(plan, make_plan(request.store, infos, request.suites, request.first_repeat));
    if (begin_session) ASSAY_TRY_VOID(request.store.begin_session(request.session));
    return {};
  }));
  return plan;
}

// What earlier sessions had decided.
void count_unneeded(const RunPlan& plan, Progress& progress) {
  for (size_t i = 0; i < plan.lanes.size(); ++i) {
    LaneProgress& lane = progress.lanes[i];
    lane.unneeded = lane.total - lane.done - plan.lanes[i].remaining;
  }
}

void sum_up(const Progress& progress, RunOutcome& outcome) {
  for (const LaneProgress& lane : progress.lanes) {
    outcome.items += lane.total;
    outcome.asked += lane.asked;
    outcome.failed += lane.failed;
    outcome.unneeded += lane.unneeded;
    if (lane.tripped) outcome.tripped.push_back({lane.model, lane.trip_reason});
  }
}

}  // namespace

Result<RunOutcome> run(RunRequest& request, Progress& progress, const std::stop_token& stop) {
  ASSAY_TRY(RunPlan plan, register_run(request, /*begin_session=*/true));
  RunOutcome outcome;
  if (request.reuse_from != nullptr) {
    ASSAY_TRY(outcome.reused, reuse_answers(request.store, *request.reuse_from, plan));
    if (outcome.reused > 0) {
      ASSAY_TRY(plan, register_run(request, /*begin_session=*/false));
    }
  }
  ASSAY_TRY(const Money spent_before, request.store.spent());
  Spending spending({request.budget, spent_before, request.requests_max});
  ASSAY_TRY(outcome.batch,
            run_batches(
                request, plan, spending,
                [&request] { return register_run(request, /*begin_session=*/false); }, stop));
  start_progress(request, plan, progress);
  if (outcome.batch.interrupted) {
    sum_up(progress, outcome);
    outcome.spent = spending.spent();
    outcome.interrupted = true;
    return outcome;
  }
  const bool any_unscored = std::any_of(plan.lanes.begin(), plan.lanes.end(),
                                        [](const LanePlan& lane) { return lane.unscored > 0; });
  if (any_unscored) {
    ASSAY_TRY(outcome.rejudged,
              judge_stored(request.store, request.suites, /*all=*/false, request.score_threads));
  }
  std::optional<Stopping> stopping;
  if (request.stop_rule != nullptr) {
    stopping.emplace(*request.stop_rule, plan);
    ASSAY_TRY_VOID(stopping->replay(request.store));
    count_unneeded(plan, progress);
  }

  std::stop_source own_stop;  // the user's wish, or the writer's failure
  const std::stop_callback forward(stop, [&own_stop] { own_stop.request_stop(); });
  Writer writer(request.store, own_stop, /*steps_back=*/false);
  Result<void> phases_done;
  for (Phase phase : phases_of(request.models)) {
    std::erase_if(phase, [&](size_t model) { return plan.lanes[model].remaining == 0; });
    if (phase.empty() || own_stop.stop_requested() || spending.reached()) continue;
    phases_done = run_phase(request, plan, progress, phase, spending,
                            stopping ? &*stopping : nullptr, writer, own_stop.get_token());
    if (!phases_done) break;
  }
  ASSAY_TRY_VOID(writer.finish());
  ASSAY_TRY_VOID(std::move(phases_done));
  sum_up(progress, outcome);
  outcome.spent = spending.spent();
  outcome.limit_reached = spending.reached();
  outcome.interrupted = stop.stop_requested();
  return outcome;
}

}  // namespace assay::run
