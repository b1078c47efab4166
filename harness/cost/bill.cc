#include "harness/cost/bill.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::cost {
namespace {

constexpr int64_t kMillionths = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kSecondsPerMinute = 60;
constexpr int kDaysPerWeek = 7;
constexpr int kMinutesPerDay = 1440;
constexpr int64_t kSecondsPerWeek = kDaysPerWeek * kSecondsPerDay;

Billed billed_at(size_t i) { return static_cast<Billed>(i); }

// The terms in force for one request.
struct Terms {
  const PriceRow* row = nullptr;
  const PriceTier* tier = nullptr;
  const PriceWindow* window = nullptr;
  const ServiceTerms* service = nullptr;       // of the row
  const ServiceTerms* tier_service = nullptr;  // of the tier
};

const PriceTier* tier_for(const PriceRow& row, int64_t prompt_tokens) {
  const PriceTier* out = nullptr;
  for (const PriceTier& tier : row.tiers) {
    const bool exceeded = prompt_tokens > tier.above_prompt_tokens;
    if (exceeded && (out == nullptr || tier.above_prompt_tokens > out->above_prompt_tokens))
      out = &tier;
  }
  return out;
}

const PriceWindow* window_at(const PriceRow& row, int64_t unix_s) {
  if (row.windows.empty()) return nullptr;
  const int minute = minute_of_week(unix_s);
  const auto it =
      std::find_if(row.windows.begin(), row.windows.end(),
                   [&](const PriceWindow& window) { return window_holds(window, minute); });
  return it == row.windows.end() ? nullptr : &*it;
}

const ServiceTerms* terms_of(const std::vector<ServiceTerms>& services, Service service) {
  const auto it = std::find_if(services.begin(), services.end(),
                               [&](const ServiceTerms& t) { return t.service == service; });
  return it == services.end() ? nullptr : &*it;
}

Terms terms_for(const ModelPrices& prices, const PriceRow& row, int64_t prompt_tokens,
                int64_t unix_s) {
  Terms out{.row = &row};
  out.tier = tier_for(row, prompt_tokens);
  out.window = window_at(row, unix_s);
  if (prices.service == Service::kStandard) return out;
  out.service = terms_of(row.services, prices.service);
  if (out.tier != nullptr) out.tier_service = terms_of(out.tier->services, prices.service);
  return out;
}

std::optional<Rate> scaled(const std::optional<Rate>& rate, const std::optional<Share>& share) {
  if (!rate || !share) return std::nullopt;
  return rate->times_ratio(share->millionths, kMillionths);
}

std::optional<Rate> standard_rate(const Terms& terms, Billed what) {
  if (terms.tier != nullptr && terms.tier->rates.get(what)) return terms.tier->rates.get(what);
  return terms.row->rates.get(what);
}

std::optional<Rate> service_rate(const Terms& terms, Service service, Billed what) {
  const std::optional<Rate> standard = standard_rate(terms, what);
  if (service == Service::kStandard) return standard;
  if (terms.tier_service != nullptr) {
    if (terms.tier_service->rates.get(what)) return terms.tier_service->rates.get(what);
    if (terms.tier_service->multiplier) return scaled(standard, terms.tier_service->multiplier);
  }
  if (terms.service == nullptr) return std::nullopt;
  // A tier's standard rate is newer knowledge than the service's ordinary one.
  const bool tiered = terms.tier != nullptr && terms.tier->rates.get(what).has_value();
  if (terms.service->rates.get(what) && !(tiered && terms.service->multiplier))
    return terms.service->rates.get(what);
  return scaled(standard, terms.service->multiplier);
}

std::optional<Rate> rate_under(const Terms& terms, Service service, Billed what) {
  const std::optional<Rate> rate = service_rate(terms, service, what);
  if (terms.window == nullptr) return rate;
  if (service == Service::kStandard && terms.window->rates.get(what))
    return terms.window->rates.get(what);
  return terms.window->multiplier ? scaled(rate, terms.window->multiplier) : rate;
}

// What a thing without a rate of its own costs by its nature.
std::optional<Billed> stands_for(Billed what) {
  if (what == Billed::kReasoning) return Billed::kOutput;
  if (what == Billed::kImageInput) return Billed::kInput;
  return std::nullopt;
}

struct Found {
  std::optional<Rate> rate;
  bool assumed = false;
};

Found find_rate(const Terms& terms, const ModelPrices& prices, Billed what) {
  Found out{.rate = rate_under(terms, prices.service, what)};
  if (!out.rate) {
    if (const auto other = stands_for(what)) out.rate = rate_under(terms, prices.service, *other);
  }
  if (out.rate || !is_token(what)) return out;
  out.assumed = true;
  if (prices.missing == MissingPrice::kZero) out.rate = Rate{};
  if (prices.missing == MissingPrice::kAsInput && is_prompt_token(what))
    out.rate = rate_under(terms, prices.service, Billed::kInput);
  return out;
}

Error no_rate(const ModelPrices& prices, const PriceRow& row, Billed what, int64_t count) {
  const std::string at = prices.service == Service::kStandard
                             ? std::string()
                             : fmt::format(" on the {} service", service_name(prices.service));
  const bool help = is_prompt_token(what) && what != Billed::kInput;
  return input_error(
      row.model,
      fmt::format("{} tokens of {} have no price{}; give one{}", count, billed_name(what), at,
                  help ? ", or --assume-input-price to bill them as uncached input" : ""));
}

Error no_period(const ModelPrices& prices) {
  const std::string model = prices.known() ? prices.periods.front().model : std::string();
  return input_error(model, prices.known() ? "no price holds at that time; `assay list prices` "
                                             "shows the periods"
                                           : "no price is known");
}

}  // namespace

void Quantities::set(Billed what, int64_t count) {
  counts_[static_cast<size_t>(what)] = std::clamp<int64_t>(count, 0, kCountMax);
}

int minute_of_week(int64_t unix_s) {
  // 1970 began on a Thursday.
  const int64_t since_monday = (unix_s % kSecondsPerWeek) + 3 * kSecondsPerDay + kSecondsPerWeek;
  return static_cast<int>(since_monday % kSecondsPerWeek / kSecondsPerMinute);
}

bool window_holds(const PriceWindow& window, int minute_of_week) {
  int length = window.until_minute - window.from_minute;
  if (length <= 0) length += kMinutesPerDay;
  for (int day = 0; day < kDaysPerWeek; ++day) {
    if ((window.days >> day & 1) == 0) continue;
    const int begin = day * kMinutesPerDay + window.from_minute;
    const int since = (minute_of_week - begin + kMinutesPerWeek) % kMinutesPerWeek;
    if (since < length) return true;
  }
  return false;
}

int64_t Quantities::prompt_tokens() const {
  if (prompt_tokens_) return *prompt_tokens_;
  int64_t sum = 0;
  for (size_t i = 0; i < kBilledCount && is_prompt_token(billed_at(i)); ++i) sum += counts_[i];
  return sum;
}

std::optional<Quantities> quantities_of(const Usage& usage, int64_t images) {
  if (usage.input_tokens < 0 && usage.output_tokens < 0) return std::nullopt;
  Quantities out;
  out.set(Billed::kInput, usage.input_tokens);
  out.set(Billed::kCachedInput, usage.cached_tokens);
  out.set(Billed::kCacheWrite, usage.cache_write_tokens);
  out.set(Billed::kCacheWriteHour, usage.cache_write_hour_tokens);
  out.set(Billed::kImageInput, usage.image_tokens);
  out.set(Billed::kAudioInput, usage.audio_tokens);
  out.set(Billed::kCachedAudio, usage.cached_audio_tokens);
  out.set(Billed::kOutput, usage.output_tokens);
  out.set(Billed::kReasoning, usage.reasoning_tokens);
  out.set(Billed::kImageOutput, usage.image_output_tokens);
  out.set(Billed::kAudioOutput, usage.audio_output_tokens);
  out.set(Billed::kRequest, 1);
  out.set(Billed::kImage, images);
  out.set(Billed::kPage, images);
  return out;
}

const PriceRow* period_at(const ModelPrices& prices, int64_t unix_s) {
  const auto it =
      std::find_if(prices.periods.begin(), prices.periods.end(),
                   [&](const PriceRow& row) { return row.from <= unix_s && unix_s < row.until; });
  return it == prices.periods.end() ? nullptr : &*it;
}

Result<Bill> make_bill(const ModelPrices& prices, const Quantities& quantities, int64_t unix_s) {
  const PriceRow* row = period_at(prices, unix_s);
  if (row == nullptr) return no_period(prices);
  const Terms terms = terms_for(prices, *row, quantities.prompt_tokens(), unix_s);
  Bill out{.row = row, .tier = terms.tier, .window = terms.window};
  for (size_t i = 0; i < kBilledCount; ++i) {
    const Billed what = billed_at(i);
    const int64_t count = quantities.get(what);
    if (count == 0) continue;
    const Found found = find_rate(terms, prices, what);
    if (!found.rate && is_token(what)) return no_rate(prices, *row, what, count);
    if (!found.rate) continue;
    BillLine line{what, count, *found.rate, Amount::of(*found.rate, count, unit_of(what)),
                  found.assumed};
    Amount& part = is_prompt_token(what) ? out.prompt : is_token(what) ? out.reply : out.others;
    part += line.amount;
    out.total += line.amount;
    out.lines.push_back(line);
  }
  return out;
}

std::optional<Rate> rate_of(const ModelPrices& prices, Billed what, int64_t prompt_tokens,
                            int64_t unix_s) {
  const PriceRow* row = period_at(prices, unix_s);
  if (row == nullptr) return std::nullopt;
  return find_rate(terms_for(prices, *row, prompt_tokens, unix_s), prices, what).rate;
}

}  // namespace assay::cost
