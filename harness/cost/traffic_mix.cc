#include "harness/cost/traffic_mix.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>
#include <vector>

#include "harness/base/nearest.h"

namespace assay::cost {
namespace {

constexpr int64_t kMillionths = 1'000'000;
constexpr int64_t kTokensMax = 100'000'000;
constexpr int64_t kPerDayMax = 1'000'000'000'000;
// 365.25 / 12 days.
constexpr int64_t kMonthNumerator = 487;
constexpr int64_t kMonthDenominator = 16;

struct CountKey {
  std::string_view name;
  int64_t TrafficMix::*field;
  int64_t most;
};
constexpr std::array<CountKey, 5> kCountKeys{{{"in", &TrafficMix::input, kTokensMax},
                                              {"out", &TrafficMix::output, kTokensMax},
                                              {"reasoning", &TrafficMix::reasoning, kTokensMax},
                                              {"images", &TrafficMix::images, 10'000},
                                              {"per_day", &TrafficMix::per_day, kPerDayMax}}};

Error bad(std::string message) { return input_error("--mix", std::move(message)); }

std::vector<std::string> key_names() {
  std::vector<std::string> out;
  out.reserve(kCountKeys.size() + 1);
  for (const CountKey& key : kCountKeys) out.emplace_back(key.name);
  out.emplace_back("cached");
  return out;
}

Result<int64_t> parse_count(const CountKey& key, std::string_view text) {
  int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size() || value < 0 ||
      value > key.most)
    return bad(fmt::format("`{}` is `{}`, expected a whole number from 0 to {}", key.name,
                           text.substr(0, 64), key.most));
  return value;
}

// "0.6" as 600,000 millionths.
Result<Share> parse_share(std::string_view text) {
  const Result<Rate> rate = Rate::parse(text);
  constexpr int64_t kPicoPerMillionth = 1'000'000;
  if (!rate || rate->pico > kMillionths * kPicoPerMillionth || rate->pico % kPicoPerMillionth != 0)
    return bad(fmt::format("`cached` is `{}`, expected a share from 0 to 1 with at most 6 places",
                           text.substr(0, 64)));
  return Share{rate->pico / kPicoPerMillionth};
}

Result<void> read_member(std::string_view key, std::string_view value, TrafficMix& mix) {
  if (key == "cached") {
    ASSAY_TRY(mix.cached, parse_share(value));
    return {};
  }
  const auto* const known = std::find_if(kCountKeys.begin(), kCountKeys.end(),
                                         [&](const CountKey& k) { return k.name == key; });
  if (known == kCountKeys.end())
    return bad(
        fmt::format("unknown key `{}`{}; expected in, out, reasoning, cached, images and "
                    "per_day",
                    key.substr(0, 64), did_you_mean(key, key_names())));
  ASSAY_TRY(mix.*known->field, parse_count(*known, value));
  return {};
}

// The bill of so many requests that parts of tokens are whole ones.
Result<Amount> bill_of(const ModelPrices& prices, const TrafficMix& mix, int64_t requests,
                       int64_t unix_s) {
  const int64_t cached = mix.input * mix.cached.millionths / (kMillionths / requests);
  Quantities counts;
  counts.set(Billed::kCachedInput, cached);
  counts.set(Billed::kInput, mix.input * requests - cached);
  counts.set(Billed::kOutput, mix.output * requests);
  counts.set(Billed::kReasoning, mix.reasoning * requests);
  counts.set(Billed::kRequest, requests);
  counts.set(Billed::kImage, mix.images * requests);
  counts.set(Billed::kPage, mix.images * requests);
  counts.set_prompt_tokens(mix.input);
  ASSAY_TRY(const Bill bill, make_bill(prices, counts, unix_s));
  return bill.total;
}

// How many minutes of the week each of the row's windows has; the last one: none.
std::vector<int64_t> window_minutes(const PriceRow& row, std::vector<int>& example) {
  std::vector<int64_t> minutes(row.windows.size() + 1, 0);
  example.assign(row.windows.size() + 1, 0);
  for (int minute = 0; minute < kMinutesPerWeek; ++minute) {
    const auto it = std::find_if(row.windows.begin(), row.windows.end(),
                                 [&](const PriceWindow& w) { return window_holds(w, minute); });
    const auto index = static_cast<size_t>(it - row.windows.begin());
    ++minutes[index];
    example[index] = minute;
  }
  return minutes;
}

}  // namespace

Result<TrafficMix> parse_mix(std::string_view text) {
  constexpr size_t kTextMax = 512;
  if (text.size() > kTextMax) return bad("is too long, expected for example in=3000,out=500");
  TrafficMix mix;
  std::vector<std::string_view> seen;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view member = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t equals = member.find('=');
    if (equals == std::string_view::npos)
      return bad(fmt::format("`{}` has no `=`, expected for example in=3000,out=500", member));
    const std::string_view key = member.substr(0, equals);
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      return bad(fmt::format("`{}` stands twice", key));
    seen.push_back(key);
    ASSAY_TRY_VOID(read_member(key, member.substr(equals + 1), mix));
  }
  for (const std::string_view needed : {"in", "out"}) {
    if (std::find(seen.begin(), seen.end(), needed) == seen.end())
      return bad(
          fmt::format("without `{}`, expected for example in=3000,out=500,cached=0.6,"
                      "per_day=20000",
                      needed));
  }
  return mix;
}

std::string mix_text(const TrafficMix& mix) {
  std::string out = fmt::format("in={},out={}", mix.input, mix.output);
  if (mix.reasoning != 0) out += fmt::format(",reasoning={}", mix.reasoning);
  if (mix.cached.millionths != 0)
    out += ",cached=" + Rate{mix.cached.millionths * kMillionths}.text();
  if (mix.images != 0) out += fmt::format(",images={}", mix.images);
  if (mix.per_day != 0) out += fmt::format(",per_day={}", mix.per_day);
  return out;
}

Result<MixCost> project(const ModelPrices& prices, const TrafficMix& mix, int64_t unix_s) {
  const PriceRow* row = period_at(prices, unix_s);
  // make_bill says what is missing.
  if (row == nullptr) return make_bill(prices, Quantities{}, unix_s).error();
  // So few requests that their cached tokens are a whole number.
  const int64_t requests =
      kMillionths / std::gcd(mix.cached.millionths * mix.input % kMillionths, kMillionths);
  if (std::max({mix.input, mix.output, mix.reasoning}) > kCountMax / requests)
    return bad("has too many tokens for so fine a share, expected fewer places in `cached`");
  // The period alone, always: a minute of the week stands for every week.
  ModelPrices period{{*row}, prices.service, prices.missing};
  period.periods[0].from = kAlwaysFrom;
  period.periods[0].until = kAlwaysUntil;
  constexpr int64_t kFirstMonday = 4 * 86'400;
  std::vector<int> example;
  const std::vector<int64_t> minutes = window_minutes(*row, example);
  Amount week;  // of as many bills as it has minutes
  for (size_t i = 0; i < minutes.size(); ++i) {
    if (minutes[i] == 0) continue;
    ASSAY_TRY(const Amount bill,
              bill_of(period, mix, requests, kFirstMonday + int64_t{example[i]} * 60));
    week += bill.times_ratio(minutes[i], 1);
  }
  const int64_t bills = requests * kMinutesPerWeek;
  MixCost out{.per_request = week.times_ratio(1, bills)};
  out.window_share = 1 - static_cast<double>(minutes.back()) / static_cast<double>(kMinutesPerWeek);
  if (mix.per_day == 0) return out;
  out.per_day = week.times_ratio(mix.per_day, bills);
  out.per_month = week.times_ratio(mix.per_day * kMonthNumerator, bills * kMonthDenominator);
  return out;
}

}  // namespace assay::cost
