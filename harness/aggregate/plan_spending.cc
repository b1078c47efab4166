// What a planned run will use: tokens, money, time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/aggregate/plan.h"
#include "harness/cost/bill.h"
#include "harness/cost/token_cost.h"

namespace assay::aggregate {
namespace {

constexpr double kZ = 1.959963984540054;
constexpr Range kBytesPerToken{.low = 6, .typical = 4, .high = 2};  // more bytes, fewer tokens
constexpr Range kPictureTokens{.low = 250, .typical = 1000, .high = 16'384};
constexpr Range kOpenReply{.low = 10, .typical = 200, .high = 0};
constexpr Range kClosedReply{.low = 1, .typical = 5, .high = 0};
constexpr double kNanoMax = 9e18;
constexpr double kCountMax = 1e12;  // of the bill
constexpr double kSecondsPerHour = 3600;

Range scaled(const Range& r, double factor) {
  return {r.low * factor, r.typical * factor, r.high * factor};
}
Range sum(const Range& a, const Range& b) {
  return {a.low + b.low, a.typical + b.typical, a.high + b.high};
}

// The sum over `requests` more values like the n that were seen.
std::optional<Range> predicted(const Moments& seen, uint64_t requests) {
  if (seen.n == 0) return std::nullopt;
  const auto many = static_cast<double>(requests);
  const double mean = seen.mean * many;
  const double half =
      kZ * seen.deviation * std::sqrt(many + many * many / static_cast<double>(seen.n));
  return Range{std::max(0.0, mean - half), mean, mean + half};
}

Range estimated_input(const PromptCount& count, double factor) {
  const auto bytes = static_cast<double>(count.text_bytes);
  const auto pictures = static_cast<double>(count.pictures);
  const Range text{bytes / kBytesPerToken.low, bytes / kBytesPerToken.typical,
                   bytes / kBytesPerToken.high};
  return scaled(sum(text, scaled(kPictureTokens, pictures)), factor);
}

// No limit is passed, and the high end is the limit.
Range estimated_output(const PromptCount& count, double factor) {
  const auto closed = static_cast<double>(count.closed);
  const auto open = static_cast<double>(count.counted - count.closed);
  const auto most = static_cast<double>(count.output_tokens_max);
  Range out = sum(scaled(kOpenReply, open), scaled(kClosedReply, closed));
  out.high = most;
  out.low = std::min(out.low, most);
  out.typical = std::min(out.typical, most);
  return scaled(out, factor);
}

Money money_of(double nano) {
  return Money{static_cast<int64_t>(std::llround(std::clamp(nano, 0.0, kNanoMax)))};
}

Money added(Money a, Money b) {
  return money_of(static_cast<double>(a.nano) + static_cast<double>(b.nano));
}

void forecast_tokens(const PromptCount& count, const ModelUsage* usage, SpendingForecast& out) {
  const double factor =
      count.counted == 0 ? 0
                         : static_cast<double>(count.requests) / static_cast<double>(count.counted);
  if (usage != nullptr) {
    out.input_tokens = predicted(usage->input, count.requests);
    out.output_tokens = predicted(usage->output, count.requests);
    out.reasoning_tokens = predicted(usage->reasoning, count.requests);
  }
  const bool measured = out.input_tokens && out.output_tokens;
  if (!out.input_tokens) out.input_tokens = estimated_input(count, factor);
  if (!out.output_tokens) out.output_tokens = estimated_output(count, factor);
  if (measured) {
    out.tokens_basis = fmt::format("usage of {} replies in {}", usage->input.n, usage->source);
    return;
  }
  out.tokens_basis = "estimate: a token per 4 bytes of prompt (2 to 6)";
  if (count.pictures > 0) out.tokens_basis += ", 1,000 per picture (250 to 16,384)";
  out.tokens_basis +=
      ", 200 per reply (5 where it is one of given choices) up to its limit; "
      "reasoning is not known before it is measured";
  if (count.counted < count.requests) {
    out.tokens_basis +=
        fmt::format("; counted on {} of {} requests", count.counted, count.requests);
  }
}

int64_t whole(double count) {
  return static_cast<int64_t>(std::llround(std::clamp(count, 0.0, kCountMax)));
}

// All requests on one bill; its tier is that of their mean length.
struct Traffic {
  Range input;
  Range output;
  Range thinking;
  double cached_share = 0;
  uint64_t requests = 0;
  uint64_t pictures = 0;
};

Result<Money> cost_at(const ModelPrices& prices, const Traffic& traffic, double Range::*end,
                      int64_t unix_s) {
  const double input = traffic.input.*end;
  cost::Quantities q;
  q.set(Billed::kInput, whole(input * (1 - traffic.cached_share)));
  q.set(Billed::kCachedInput, whole(input * traffic.cached_share));
  q.set(Billed::kOutput, whole(traffic.output.*end));
  q.set(Billed::kReasoning, whole(traffic.thinking.*end));
  q.set(Billed::kRequest, whole(static_cast<double>(traffic.requests)));
  q.set(Billed::kImage, whole(static_cast<double>(traffic.pictures)));
  q.set(Billed::kPage, whole(static_cast<double>(traffic.pictures)));
  if (traffic.requests > 0)
    q.set_prompt_tokens(whole(input / static_cast<double>(traffic.requests)));
  ASSAY_TRY(const cost::Bill bill, cost::make_bill(prices, q, unix_s));
  return bill.total.money();
}

void forecast_token_cost(const PromptCount& count, const ModelPrices& prices,
                         const ModelUsage* usage, SpendingForecast& out) {
  const double factor =
      count.counted == 0 ? 0
                         : static_cast<double>(count.requests) / static_cast<double>(count.counted);
  const Traffic traffic{*out.input_tokens,
                        *out.output_tokens,
                        out.reasoning_tokens.value_or(Range{}),
                        usage != nullptr ? usage->cached_share : 0,
                        count.requests,
                        static_cast<uint64_t>(whole(static_cast<double>(count.pictures) * factor))};
  const int64_t now = cost::unix_now_s();
  const Result<Money> low = cost_at(prices, traffic, &Range::low, now);
  const Result<Money> typical = cost_at(prices, traffic, &Range::typical, now);
  const Result<Money> high = cost_at(prices, traffic, &Range::high, now);
  if (!low || !typical || !high) {
    const Error& why = !low ? low.error() : !typical ? typical.error() : high.error();
    out.cost_basis = "n/a: " + why.message;
    return;
  }
  MoneyRange cost{*low, *typical, *high, {}};
  cost.worst = money_of(static_cast<double>(count.worst.nano) * factor);
  cost.worst = std::max(cost.worst, cost.high);
  out.cost = cost;
  out.cost_basis = "tokens times the model's prices, first tries";
}

void forecast_time(const PromptCount& count, const ModelUsage* usage,
                   const SpendingSettings& settings, SpendingForecast& out) {
  double least = 0;
  std::string limit;
  if (settings.requests_per_minute > 0) {
    least = 60 * static_cast<double>(count.requests) /
            static_cast<double>(settings.requests_per_minute);
    limit = fmt::format("the limit of {} requests a minute", settings.requests_per_minute);
  }
  if (settings.tokens_per_minute > 0) {
    const double tokens = out.input_tokens->typical + out.output_tokens->typical +
                          out.reasoning_tokens.value_or(Range{}).typical;
    const double by_tokens = 60 * tokens / static_cast<double>(settings.tokens_per_minute);
    if (by_tokens > least) {
      least = by_tokens;
      limit = fmt::format("the limit of {} tokens a minute", settings.tokens_per_minute);
    }
  }
  const auto busy = usage != nullptr ? predicted(usage->latency_s, count.requests) : std::nullopt;
  const double at_once =
      settings.concurrency > 0 ? settings.concurrency : (usage != nullptr ? usage->in_flight : 0);
  if (busy && at_once > 0) {
    out.seconds = scaled(*busy, 1 / at_once);
    out.time_basis = fmt::format("{} latency of {} replies in {}, {:.3g} requests at once",
                                 usage->virtual_clock ? "simulated" : "measured",
                                 usage->latency_s.n, usage->source, at_once);
  }
  if (!out.seconds && limit.empty()) {
    out.time_basis = "n/a: no reply of the model was timed; give --from or --pilot";
    return;
  }
  if (!out.seconds) out.seconds = Range{least, least, least};
  if (!limit.empty() && out.seconds->typical <= least) {
    out.seconds->low = std::max(out.seconds->low, least);
    out.seconds->typical = least;
    out.seconds->high = std::max(out.seconds->high, least);
    out.time_basis = "at least, by " + limit;
  }
}

void forecast_machine_cost(const SpendingSettings& settings, SpendingForecast& out) {
  if (!settings.machine_price_per_hour) {
    out.cost_basis = "n/a: runs on this machine, and no price of it is given (--machine-price)";
    return;
  }
  if (!out.seconds) {
    out.cost_basis = "n/a: runs on this machine, and its time is not known";
    return;
  }
  const auto at = [&](double seconds) {
    return money_of(static_cast<double>(settings.machine_price_per_hour->nano) * seconds /
                    kSecondsPerHour);
  };
  out.cost = MoneyRange{at(out.seconds->low), at(out.seconds->typical), at(out.seconds->high),
                        at(out.seconds->high)};
  out.cost_basis = "time times the machine's price";
}

}  // namespace

SpendingForecast spending(const PromptCount& count, const ModelPrices& prices,
                          const ModelUsage* usage, const SpendingSettings& settings) {
  SpendingForecast out;
  out.requests = count.requests;
  out.local = settings.local;
  forecast_tokens(count, usage, out);
  forecast_time(count, usage, settings, out);
  if (prices.known()) {
    forecast_token_cost(count, prices, usage, out);
  } else if (settings.local) {
    forecast_machine_cost(settings, out);
  } else {
    out.cost_basis =
        "n/a: no price is known; give it as ?price_in=..&price_out=.. (per million tokens)";
  }
  return out;
}

void add_totals(PlanReport& report) {
  report.cost.reset();
  report.seconds.reset();
  report.without_cost = 0;
  MoneyRange cost;
  bool timed = !report.spendings.empty();
  Range in_turn{};
  std::map<std::string, Range> at_once;  // by model
  for (const SpendingForecast& one : report.spendings) {
    if (one.cost) {
      cost.low = added(cost.low, one.cost->low);
      cost.typical = added(cost.typical, one.cost->typical);
      cost.high = added(cost.high, one.cost->high);
      cost.worst = added(cost.worst, one.cost->worst);
      report.cost = cost;
    } else {
      ++report.without_cost;
    }
    timed = timed && one.seconds.has_value();
    Range& place = one.local ? in_turn : at_once[one.model];
    place = sum(place, one.seconds.value_or(Range{}));
  }
  if (!timed) return;
  Range longest{};
  for (const auto& [model, range] : at_once) {
    longest = {std::max(longest.low, range.low), std::max(longest.typical, range.typical),
               std::max(longest.high, range.high)};
  }
  report.seconds = sum(in_turn, longest);
}

}  // namespace assay::aggregate
