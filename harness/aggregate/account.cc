#include "harness/aggregate/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/base/utc_time.h"
#include "harness/cost/bill.h"
#include "harness/cost/price_json.h"

namespace assay::aggregate {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;

bool said_tokens(const Usage& usage) { return usage.input_tokens >= 0 || usage.output_tokens >= 0; }

bool used_cache(const Usage& usage) {
  return usage.cached_tokens > 0 || usage.cache_write_tokens > 0 ||
         usage.cache_write_hour_tokens > 0 || usage.cached_audio_tokens > 0;
}

void move_bucket(int64_t& from, int64_t& to) {
  if (from <= 0) return;
  to = std::max<int64_t>(to, 0) + from;
  from = 0;
}

// The same tokens, none of them from a cache or for one.
Usage without_cache(Usage usage) {
  for (int64_t* cached :
       {&usage.cached_tokens, &usage.cache_write_tokens, &usage.cache_write_hour_tokens})
    move_bucket(*cached, usage.input_tokens);
  move_bucket(usage.cached_audio_tokens, usage.audio_tokens);
  return usage;
}

std::optional<Money> last_cost_of(const Record& record) {
  if (!record.cost || !record.earlier_cost) return record.cost;
  const Money last{record.cost->nano - record.earlier_cost->nano};
  return last;
}

std::string rates_text(const ModelPrices& prices, int64_t unix_s) {
  std::string out;
  for (const Billed what : {Billed::kInput, Billed::kCachedInput, Billed::kCacheWrite,
                            Billed::kOutput, Billed::kReasoning}) {
    const PriceRow* row = cost::period_at(prices, unix_s);
    if (row == nullptr || (!row->rates.get(what) && what != Billed::kInput)) continue;
    const std::optional<Rate> rate = cost::rate_of(prices, what, 0, unix_s);
    if (!rate) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", billed_name(what), rate->text());
  }
  return out;
}

}  // namespace

void add_usage(Usage& sum, const Usage& more) {
  for (int64_t Usage::*bucket : kUsageBuckets) {
    const int64_t tokens = more.*bucket;
    if (tokens < 0) continue;
    int64_t& total = sum.*bucket;
    if (__builtin_add_overflow(std::max<int64_t>(total, 0), tokens, &total)) total = INT64_MAX;
  }
}

void add_cost(std::optional<Money>& sum, const std::optional<Money>& more) {
  if (!more) return;
  Money total = sum.value_or(Money{});
  if (__builtin_add_overflow(total.nano, more->nano, &total.nano)) total.nano = INT64_MAX;
  sum = total;
}

void add_call(Spent& spent, const Usage& usage, const std::optional<Money>& cost) {
  ++spent.calls;
  add_usage(spent.usage, usage);
  add_cost(spent.cost, cost);
  if (!cost && said_tokens(usage)) ++spent.unpriced;
}

void Account::begin_source(const std::string& prices, std::span<const SessionInfo> sessions,
                           bool virtual_clock) {
  virtual_clock_ = virtual_clock;
  problem_.clear();
  prices_ = {};
  if (Result<ModelPrices> read = cost::prices_from_json(prices, "the run file's prices"); read) {
    prices_ = std::move(read).value();
  } else {
    problem_ = read.error().text();
  }
  if (prices_.known()) {
    shown_ = prices_;
    sums_.prices =
        price_line(prices_, sessions.empty() ? 0 : parse_utc(sessions.back().utc).value_or(0));
  }
  zero_s_.clear();
  for (const SessionInfo& session : sessions) {
    const int64_t origin_s = virtual_clock ? 0 : session.mono_origin_ns / kNanosPerSecond;
    zero_s_[session.id] = parse_utc(session.utc).value_or(0) - origin_s;
  }
}

void Account::add(const Record& record) {
  const uint32_t earlier = record.attempts > 0 ? record.attempts - 1 : 0;
  const std::optional<Money> last = last_cost_of(record);
  if (earlier > 0) {
    sums_.retries.calls += earlier;
    add_usage(sums_.retries.usage, record.earlier_usage);
    add_cost(sums_.retries.cost, record.earlier_cost);
    if (!record.earlier_cost) sums_.retries.unpriced += record.earlier_with_usage;
  }
  if (record.outcome == Outcome::kCancelled) return;
  if (record.usage.source == UsageSource::kContradictory) ++sums_.contradictory;
  if (record.warm_up) {
    add_call(sums_.warm_ups, record.usage, last);
  } else if (is_answer(record.outcome)) {
    add_call(sums_.answers, record.usage, last);
    add_uncached(record, last);
  } else {
    add_call(sums_.failed, record.usage, last);
  }
  if (!last && is_answer(record.outcome)) explain(record);
}

// The session's clock and the wall clock are read at one moment, when the session begins.
int64_t Account::unix_s(const Record& record) const {
  const auto zero = zero_s_.find(record.session);
  return (zero == zero_s_.end() ? 0 : zero->second) + record.done_ns / kNanosPerSecond;
}

void Account::add_uncached(const Record& record, const std::optional<Money>& last_cost) {
  if (!last_cost || !uncached_known_) return;
  if (!used_cache(record.usage)) return add_cost(sums_.without_cache, last_cost);
  ModelPrices prices = prices_;
  prices.service = record.service;
  const auto quantities = cost::quantities_of(without_cache(record.usage));
  const Result<cost::Bill> bill = cost::make_bill(prices, *quantities, unix_s(record));
  if (!bill) {
    uncached_known_ = false;
    sums_.without_cache.reset();
    return;
  }
  add_cost(sums_.without_cache, bill->total.money());
}

void Account::explain(const Record& record) {
  if (!sums_.unpriced_reason.empty()) return;
  const auto quantities = cost::quantities_of(record.usage);
  if (!problem_.empty()) {
    sums_.unpriced_reason = problem_;
  } else if (!prices_.known()) {
    sums_.unpriced_reason = "no price is known";
  } else if (!quantities) {
    sums_.unpriced_reason = "the reply did not say its tokens";
  } else if (const auto bill = cost::make_bill(prices_, *quantities, unix_s(record)); !bill) {
    sums_.unpriced_reason = bill.error().message;
  }
}

std::string price_line(const ModelPrices& prices, int64_t unix_s) {
  if (!prices.known()) return {};
  const PriceRow* row = cost::period_at(prices, unix_s);
  if (row == nullptr) row = &prices.periods.back();
  std::string out = row->provider.empty() ? row->model : row->provider + "/" + row->model;
  const std::string rates = rates_text(prices, unix_s);
  if (!rates.empty()) out += fmt::format(": {} {} per million tokens", rates, row->currency);
  if (prices.service != Service::kStandard)
    out += fmt::format(" on the {} service", service_name(prices.service));
  if (!row->tiers.empty())
    out +=
        fmt::format("; dearer above {} tokens of prompt", row->tiers.front().above_prompt_tokens);
  for (const PriceWindow& window : row->windows) out += fmt::format("; {} by day", window.name);
  if (prices.periods.size() > 1) out += fmt::format("; {} periods", prices.periods.size());
  if (!row->checked.empty()) out += "; checked " + row->checked;
  if (!row->source.empty()) out += "; " + row->source;
  return out;
}

}  // namespace assay::aggregate
