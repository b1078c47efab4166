#include "harness/aggregate/money.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "harness/cost/machine_cost.h"

namespace assay::aggregate {
namespace {

// A total, or why there is none.
struct Priced {
  std::optional<Money> total;
  std::string currency;
  std::string basis;
};

Priced unpriced(std::string reason) {
  return {.total = std::nullopt, .currency = {}, .basis = "not measured: " + std::move(reason)};
}

bool has_price(const Source& source) { return !source.manifest.machine_price_per_hour.empty(); }

// Why the run files have no common price, or nothing.
std::optional<std::string> price_problem(const CostFacts& facts, std::span<const Source> sources) {
  const auto source_of = [&](const StoreShare& share) -> const Source& {
    return sources[share.store];
  };
  const auto unpriced_share =
      std::find_if(facts.shares.begin(), facts.shares.end(),
                   [&](const StoreShare& share) { return !has_price(source_of(share)); });
  if (unpriced_share != facts.shares.end()) {
    const bool none = std::none_of(sources.begin(), sources.end(), has_price);
    return none ? "no machine price per hour was given"
                : fmt::format("no machine price per hour in {}", source_of(*unpriced_share).name);
  }
  for (const StoreShare& share : facts.shares) {
    const std::string& first = source_of(facts.shares.front()).manifest.currency;
    const std::string& other = source_of(share).manifest.currency;
    if (other != first) return fmt::format("prices in {} and {} cannot be added", first, other);
  }
  return std::nullopt;
}

Priced price_of_tokens(const CostFacts& facts, std::span<const Source> sources) {
  const std::string& stored = sources[facts.shares.front().store].manifest.currency;
  std::string basis = facts.accounting.prices.empty() ? "tokens at the prices given with the model"
                                                      : "tokens at " + facts.accounting.prices;
  if (facts.unpriced > 0) {
    basis += fmt::format(", without {} of {} answers: {}", facts.unpriced, facts.answered,
                         facts.accounting.unpriced_reason);
  }
  return {.total = facts.token_cost,
          .currency = stored.empty() ? "USD" : stored,
          .basis = std::move(basis)};
}

Priced price_of(const CostFacts& facts, std::span<const Source> sources) {
  if (facts.token_cost) return price_of_tokens(facts, sources);
  if (facts.prices.known() && facts.answered > 0) return unpriced(facts.accounting.unpriced_reason);
  if (!facts.local) return unpriced("no price per token is known");
  if (facts.in_load > 0)
    return unpriced("asked under load; the machine's cost stands with the loads");
  if (const auto problem = price_problem(facts, sources)) return unpriced(*problem);
  std::map<int64_t, int64_t> busy_at;  // by price: one rounding each, however files are split
  for (const StoreShare& share : facts.shares) {
    const Source& source = sources[share.store];
    const std::string& text = source.manifest.machine_price_per_hour;
    const Result<Money> per_hour = Money::parse(text);
    if (!per_hour || per_hour->nano < 0) {
      return unpriced(fmt::format("machine price `{}` in {} is not an amount", text, source.name));
    }
    int64_t& busy = busy_at[per_hour->nano];
    if (__builtin_add_overflow(busy, share.busy_ns, &busy)) busy = INT64_MAX;
  }
  Money total;
  for (const auto& [per_hour, busy] : busy_at) {
    const auto cost = cost::machine_cost(Money{per_hour}, Nanos(busy));
    if (!cost || __builtin_add_overflow(total.nano, cost->nano, &total.nano)) {
      return unpriced("the amount is beyond what money can hold");
    }
  }
  const std::string& currency = sources[facts.shares.front().store].manifest.currency;
  return {.total = total,
          .currency = currency,
          .basis = busy_at.size() == 1
                       ? fmt::format("machine at {} {} per hour, busy time",
                                     Money{busy_at.begin()->first}.text(), currency)
                       : std::string("machine price per hour of each run file, busy time")};
}

}  // namespace

Projection project_cost(const CostFacts& facts, const cost::TrafficMix& mix, int64_t unix_s) {
  Projection out{.mix = cost::mix_text(mix)};
  if (!facts.prices.known()) {
    out.basis = facts.local ? "a model on this machine has no price per token; see `assay tco`"
                            : "no price per token is known";
    return out;
  }
  const Result<cost::MixCost> cost = cost::project(facts.prices, mix, unix_s);
  if (!cost) {
    out.basis = cost.error().message;
    return out;
  }
  out.per_request = cost->per_request.money();
  if (cost->per_day) out.per_day = cost->per_day->money();
  if (cost->per_month) out.per_month = cost->per_month->money();
  if (facts.binary) out.per_correct = cost::scaled(*out.per_request, facts.asked, facts.correct);
  out.basis = "the run's prices under the given traffic, no retries";
  return out;
}

CostSummary summarize_cost(const CostFacts& facts, std::span<const Source> sources,
                           EnergySummary energy) {
  const Priced priced = price_of(facts, sources);
  CostSummary out;
  out.total = priced.total;
  out.currency = priced.currency;
  out.basis = priced.basis;
  if (out.total && facts.virtual_clock) out.basis += " (simulated)";
  if (out.total && !facts.token_cost && facts.retries > 0) {
    out.basis += fmt::format(", without the time of {} earlier attempts", facts.retries);
  }
  if (out.total) {
    out.per_thousand_items = cost::scaled(*out.total, 1000, facts.asked);
    out.per_correct = cost::scaled(*out.total, 1, facts.correct);
    out.none_correct = facts.binary && facts.correct == 0;
  }
  out.accounting = facts.accounting;
  out.energy_joules = energy.gross_joules;
  out.energy = std::move(energy);
  // Beside a total only: why there is no cost is a sentence of its own.
  if (!out.total) return out;
  if (out.energy.source == EnergySource::kMeasured) {
    out.basis += "; energy: counters of the whole machine";
  } else if (out.energy.source == EnergySource::kGiven) {
    out.basis += "; energy: power as given";
  } else {
    out.basis += "; energy not measured";
  }
  return out;
}

}  // namespace assay::aggregate
