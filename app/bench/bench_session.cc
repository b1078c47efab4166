#include "app/bench/bench_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "app/command.h"
#include "app/setup.h"
#include "harness/aggregate/load.h"
#include "harness/base/rng.h"
#include "harness/load/arrivals.h"

namespace assay::app {
namespace {

constexpr uint32_t kInFlightDefault = 16'384;  // open loops
constexpr uint64_t kProbeRequests = 100;       // of a search, at least
constexpr double kProbeSeconds = 10;           // of a search's load, at least
constexpr double kProbeSecondsMax = 120;
constexpr uint32_t kSaturatedMin = 64;
constexpr double kSaturatedTimes = 4;  // more in flight than the SLO allows for
constexpr uint32_t kConnectionsAhead = 64;
constexpr uint32_t kFailuresMax = 50;

const LoadMetric* metric(const LoadResult& result, std::string_view name) {
  for (const LoadMetric& one : result.metrics)
    if (one.name == name) return &one;
  return nullptr;
}

double median(const LoadResult& result, std::string_view name) {
  const LoadMetric* one = metric(result, name);
  if (one == nullptr || one->summary.percentiles.empty()) return 0;
  return one->summary.percentiles.front().estimate.value.value_or(0);
}

load::ProbeResult probe_of(const LoadResult& result, double at) {
  load::ProbeResult probe;
  probe.at = at;
  probe.n = result.requests;
  probe.good_share = result.good_share.value.value_or(0);
  probe.good_low = result.good_share.ci_low.value_or(0);
  probe.good_high = result.good_share.ci_high.value_or(1);
  probe.saturated = result.saturated || result.load.end_reason == "saturated";
  probe.achieved = result.requests_per_s.value.value_or(0);
  const Estimate& tokens =
      result.output_tokens_per_s.value ? result.output_tokens_per_s : result.requests_per_s;
  probe.throughput = tokens.value.value_or(0);
  probe.throughput_low = tokens.ci_low.value_or(probe.throughput);
  probe.throughput_high = tokens.ci_high.value_or(probe.throughput);
  probe.latency = median(result, "e2e");
  probe.invalid = !result.instrument.valid;
  probe.server_gone = result.good == 0 || result.load.end_reason == "no server";
  return probe;
}

std::string label_of(const BenchPoint& point, uint32_t round, uint32_t rounds,
                     const BenchPlan& plan) {
  LoadInfo info;
  info.kind = point.kind;
  info.concurrency = point.concurrency;
  info.rate = point.rate;
  info.rate_end = point.rate_end;
  info.burstiness = plan.burstiness;
  info.trace = plan.trace_text;
  info.planned = plan.requests;
  std::string label = aggregate::load_label(info);
  if (rounds > 1) label += fmt::format(", round {} of {}", round + 1, rounds);
  return label;
}

}  // namespace

BenchSession::BenchSession(const BenchFlags& flags, const BenchPlan& plan, ResumableStore& store,
                           run::RunPlan& suites, std::vector<std::unique_ptr<BenchModel>>& models,
                           BenchDisplay& display, std::stop_token stop)
    : flags_(flags),
      plan_(plan),
      store_(store),
      suites_(suites),
      models_(models),
      display_(display),
      stop_(std::move(stop)) {}

Result<void> BenchSession::run() {
  switch (plan_.search) {
    case BenchSearch::kNone:
      return run_points();
    case BenchSearch::kSlo:
      for (const auto& model : models_) ASSAY_TRY_VOID(search_rate(*model));
      return {};
    case BenchSearch::kKnee:
      for (const auto& model : models_) ASSAY_TRY_VOID(search_knee(*model));
      return {};
  }
  return {};
}

// ABBA: what drifts (temperature, neighbours) meets both models alike.
Result<void> BenchSession::run_points() {
  for (uint32_t p = 0; p < plan_.points.size(); ++p) {
    for (uint32_t round = 0; round < flags_.rounds; ++round) {
      for (size_t i = 0; i < models_.size(); ++i) {
        if (stop_.stop_requested()) return {};
        const size_t which = round % 2 == 0 ? i : models_.size() - 1 - i;
        Place place;
        place.point = p;
        place.round = round;
        ASSAY_TRY(const LoadResult result, load(*models_[which], plan_.points[p], place));
        note(result);
      }
    }
  }
  return {};
}

void BenchSession::note(const LoadResult& result) {
  invalid_ = invalid_ || !result.instrument.valid;
  nobody_ = nobody_ || (result.requests > 0 && result.good == 0);
  slo_missed_ = slo_missed_ || (result.slo_met && !*result.slo_met);
}

int BenchSession::exit_code() const {
  if (invalid_ || nobody_) return kExitInfrastructure;
  if (slo_missed_) return kExitRegression;
  return search_empty_ ? kExitInconclusive : kExitDone;
}

uint32_t BenchSession::in_flight_max(const BenchPoint& point) const {
  if (flags_.in_flight_max) return *flags_.in_flight_max;
  if (point.kind == LoadKind::kClosed) return static_cast<uint32_t>(point.concurrency);
  const uint64_t planned = plan_.requests > 0 ? plan_.requests : kInFlightDefault;
  return static_cast<uint32_t>(std::min<uint64_t>(planned, kInFlightDefault));
}

Result<void> BenchSession::arrivals_of(const BenchPoint& point, const Place& place,
                                       run::LoadPlan& out) const {
  if (point.kind == LoadKind::kClosed) return {};
  if (point.kind == LoadKind::kTrace) {
    for (const load::TraceEntry& entry : plan_.trace->entries) out.due.push_back(entry.at);
  } else {
    load::ArrivalExtent extent;
    extent.count = place.requests > 0 ? place.requests : plan_.requests;
    extent.duration = place.requests > 0 ? Nanos(0) : plan_.duration;
    // Rounds and points draw their own gaps; the models of a round share them.
    const uint64_t seed = flags_.seed + 1'000 * place.point + place.round;
    ASSAY_TRY(out.due, load::arrivals({point.kind, point.rate, plan_.burstiness, point.rate_end},
                                      extent, seed));
  }
  if (out.due.empty())
    return input_error("--duration", "is too short for a single request at this rate");
  out.info.planned = out.due.size();
  out.info.duration_s = 0;  // the plan ends it
  return {};
}

// Opened before the clock: as many as will be in flight soon.
uint32_t BenchSession::connections_of(const BenchModel& model, const run::LoadPlan& load) const {
  if (model.in_process()) return 0;
  uint64_t wanted = load.in_flight_max;
  if (load.info.kind != LoadKind::kClosed && load.info.kind != LoadKind::kBurst) {
    const double e2e = std::max(0.1, model.first_look().e2e_s);
    const double peak = std::max(load.info.rate, load.info.rate_end);
    wanted = std::min<uint64_t>(
        wanted, static_cast<uint64_t>(std::ceil(2 * peak * e2e)) + kConnectionsAhead);
  }
  if (load.info.planned > 0) wanted = std::min(wanted, load.info.planned);
  return static_cast<uint32_t>(wanted);
}

Result<run::LoadPlan> BenchSession::plan_of(const BenchModel& model, const BenchPoint& point,
                                            const Place& place) {
  run::LoadPlan out;
  LoadInfo& info = out.info;
  info.model = model.info.id;
  info.point = place.point;
  info.round = place.round;
  info.order = order_++;
  info.kind = point.kind;
  info.concurrency = point.concurrency;
  info.rate = point.rate;
  info.rate_end = point.rate_end;
  info.burstiness = plan_.burstiness;
  info.trace = plan_.trace_text;
  info.seed = flags_.seed;
  info.probe = place.probe;
  info.slo = plan_.slo;
  info.planned = place.requests > 0 ? place.requests : plan_.requests;
  info.duration_s = place.requests > 0 ? 0 : std::chrono::duration<double>(plan_.duration).count();
  info.warm_up_s = std::chrono::duration<double>(plan_.warm_up).count();
  info.instrument.kernel_stamps = !flags_.no_kernel_stamps && !model.in_process();
  ASSAY_TRY_VOID(arrivals_of(point, place, out));
  out.drain = place.drain > Nanos(0) ? place.drain : plan_.drain;
  out.in_flight_max = in_flight_max(point);
  if (!model.in_process()) {
    Result<void> allowed = allow_connections(out.in_flight_max);
    // Nobody asked for so many: what the system gives is the limit then.
    if (!allowed && (flags_.in_flight_max || point.kind == LoadKind::kClosed))
      return std::move(allowed).error();
    if (!allowed) out.in_flight_max = connections_allowed();
  }
  out.saturated_at = place.saturated_at;
  out.failures_max = kFailuresMax;
  out.connections = connections_of(model, out);
  return out;
}

Result<std::unique_ptr<run::LoadSource>> BenchSession::source_for(const BenchModel& model,
                                                                  const run::LoadPlan& load) {
  if (suites_.suites.empty()) {
    load::PromptOptions prompts = plan_.prompts;
    prompts.tokens_per_word = model.first_look().tokens_per_word;
    // Other words in every load: what the one before left in the server's prefix cache must not
    // help. The models of a round are asked the same.
    prompts.seed = Rng(plan_.prompts.seed, load.info.point, load.info.round).next();
    const load::Trace* trace = load.info.kind == LoadKind::kTrace ? &*plan_.trace : nullptr;
    return std::unique_ptr<run::LoadSource>(
        std::make_unique<SyntheticSource>(std::move(prompts), trace, plan_.trace_text));
  }
  std::optional<load::LengthDistribution> output;
  if (flags_.output_tokens_given) output = plan_.prompts.output;
  auto source = std::make_unique<SuiteSource>(suites_, &load_picture, output, flags_.seed);
  ASSAY_TRY(const std::vector<Fact> facts, source->sample_facts(suites_, load.info.planned));
  ASSAY_TRY_VOID(store_.append(facts));
  ASSAY_TRY(const uint32_t repeat, store_.next_repeat(model.info.id));
  source->set_repeat(repeat);
  return std::unique_ptr<run::LoadSource>(std::move(source));
}

Result<LoadResult> BenchSession::load(BenchModel& model, const BenchPoint& point,
                                      const Place& place) {
  ASSAY_TRY(run::LoadPlan plan, plan_of(model, point, place));
  ASSAY_TRY(const std::unique_ptr<run::LoadSource> source, source_for(model, plan));
  plan.info.workload = source->describe();
  plan.info.workload_hash = source->hash();
  ASSAY_TRY(plan.info.id, store_.begin_load(plan.info));
  if (auto* synthetic = dynamic_cast<SyntheticSource*>(source.get()))
    synthetic->set_repeat(plan.info.id);
  const size_t of =
      plan_.search == BenchSearch::kNone ? plan_.points.size() * flags_.rounds * models_.size() : 0;
  display_.load_begins(order_, of, model.info.name,
                       label_of(point, place.round, flags_.rounds, plan_), model.progress());
  if (model.sampler() != nullptr) model.sampler()->begin();
  Result<LoadInfo> done = model.engine().run(plan, *source, store_, stop_);
  if (model.sampler() != nullptr) {
    MachineUse use = model.sampler()->end();
    if (done) {
      done->machine = std::move(use);
      const std::vector<Fact> fact{LoadFact{*done}};
      ASSAY_TRY_VOID(store_.append(fact));
    }
  }
  if (!done) return std::move(done).error();
  ASSAY_TRY(LoadResult result, aggregate::summarize_load(store_, *done, {}));
  display_.load_ended(result);
  return result;
}

// A probe long enough to see a queue grow, with enough requests for its share of good ones.
Result<void> BenchSession::search_rate(BenchModel& model) {
  load::RateSearchOptions options;
  options.share = plan_.slo.share;
  options.probes_max = flags_.probes_max;
  const double e2e = std::max(1e-3, model.first_look().e2e_s);
  options.rate_start = flags_.rate_start.value_or(std::max(1.0, 1 / e2e));
  load::RateSearch search(options);
  const double patience = plan_.slo.e2e_s.value_or(
      std::max(plan_.slo.ttft_s.value_or(0), plan_.slo.ttfa_s.value_or(0)) +
      std::max(1.0, 4 * e2e));
  for (std::optional<double> rate = search.next(); rate && !stop_.stop_requested();
       rate = search.next()) {
    Place place;
    place.probe = true;
    place.point = order_;
    const double given = std::chrono::duration<double>(plan_.duration).count();
    const double usual = flags_.duration.empty() ? std::max(kProbeSeconds, 10 * patience) : given;
    const double seconds = std::min(std::max(usual, kProbeSecondsMax), usual * search.effort());
    place.requests = std::max(
        plan_.requests,
        std::max<uint64_t>(kProbeRequests, static_cast<uint64_t>(std::ceil(*rate * seconds))));
    place.saturated_at = std::max<uint32_t>(
        kSaturatedMin, static_cast<uint32_t>(std::min(1e9, kSaturatedTimes * *rate * patience)));
    place.drain = Nanos(static_cast<int64_t>(kSaturatedTimes * patience * 1e9));
    ASSAY_TRY(const LoadResult result, load(model, {plan_.arrival, 0, *rate, 0}, place));
    invalid_ = invalid_ || !result.instrument.valid;
    search.learn(probe_of(result, *rate));
  }
  const load::SearchOutcome found = search.outcome();
  search_empty_ = search_empty_ || !found.value;
  if (!found.note.empty()) display_.notice(fmt::format("{}: {}", model.info.name, found.note));
  return {};
}

Result<void> BenchSession::search_knee(BenchModel& model) {
  load::KneeSearchOptions options;
  options.probes_max = flags_.probes_max;
  load::KneeSearch search(options);
  for (std::optional<uint32_t> c = search.next(); c && !stop_.stop_requested(); c = search.next()) {
    Place place;
    place.probe = true;
    place.point = order_;
    ASSAY_TRY(const LoadResult result,
              load(model, {LoadKind::kClosed, static_cast<double>(*c), 0, 0}, place));
    invalid_ = invalid_ || !result.instrument.valid;
    search.learn(probe_of(result, *c));
  }
  const load::SearchOutcome found = search.outcome();
  search_empty_ = search_empty_ || !found.value;
  if (!found.note.empty()) display_.notice(fmt::format("{}: {}", model.info.name, found.note));
  return {};
}

}  // namespace assay::app
