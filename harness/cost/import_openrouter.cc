// OpenRouter's list of models; see price_import.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/json.h"
#include "harness/cost/price_file.h"
#include "harness/cost/price_import_parts.h"

namespace assay::cost {
namespace {

constexpr int kPerMillion = 6;  // exponent

struct Dimension {
  std::string_view name;
  Billed what;
};

constexpr std::array<Dimension, 15> kDimensions{{
    {"prompt", Billed::kInput},
    {"completion", Billed::kOutput},
    {"request", Billed::kRequest},
    {"image", Billed::kImage},
    {"image_token", Billed::kImageInput},
    {"image_output", Billed::kImageOutput},
    {"audio", Billed::kAudioInput},
    {"audio_output", Billed::kAudioOutput},
    {"input_audio_cache", Billed::kCachedAudio},
    {"web_search", Billed::kSearch},
    {"internal_reasoning", Billed::kReasoning},
    {"input_cache_read", Billed::kCachedInput},
    {"input_cache_write", Billed::kCacheWrite},
    {"input_cache_write_1h", Billed::kCacheWriteHour},
    {"citation", Billed::kCitation},
}};
constexpr std::array<std::string_view, 4> kConditions{"min_prompt_tokens", "utc_start", "utc_end",
                                                      "utc_days"};
constexpr std::array<std::string_view, 7> kDays{"monday", "tuesday",  "wednesday", "thursday",
                                                "friday", "saturday", "sunday"};

const Dimension* dimension_of(std::string_view name) {
  const auto* const it = std::find_if(kDimensions.begin(), kDimensions.end(),
                                      [&](const Dimension& d) { return d.name == name; });
  return it == kDimensions.end() ? nullptr : it;
}

bool is_variable(const Json& value) {
  if (value.is_string()) return value.get<std::string>().starts_with('-');
  return value.is_number() && value.get<double>() < 0;
}

// 0 is a price of tokens; of anything else it means that there is none of its own.
bool may_be_free(Billed what) { return what == Billed::kInput || what == Billed::kOutput; }

Rates read_rates(const Json& pricing, ImportCollector& out) {
  Rates rates;
  for (const auto& [key, value] : pricing.items()) {
    if (key == "overrides") continue;
    if (std::find(kConditions.begin(), kConditions.end(), key) != kConditions.end()) continue;
    // A discount is already in the prices; 0 says that there is none.
    if (key == "discount") {
      if (value != 0) out.not_understood(key);
      continue;
    }
    const Dimension* dimension = dimension_of(key);
    if (dimension == nullptr) {
      out.not_understood(key);
      continue;
    }
    const int exponent = unit_of(dimension->what) == 1 ? 0 : kPerMillion;
    const std::optional<Rate> rate = out.rate(key, value, exponent);
    if (rate && (rate->pico > 0 || may_be_free(dimension->what))) rates.set(dimension->what, rate);
  }
  return rates;
}

// 1630 as a minute of the day.
std::optional<int> minute_of(const Json* value) {
  if (value == nullptr) return 0;
  if (!value->is_number()) return std::nullopt;
  const auto clock = value->get<double>();
  const auto whole = clock >= 0 && clock <= 2400 ? static_cast<int>(clock) : -1;
  if (whole < 0 || whole != clock || whole % 100 > 59) return std::nullopt;
  return (whole / 100 * 60 + whole % 100) % 1440;
}

std::optional<uint8_t> days_of(const Json* value) {
  if (value == nullptr) return kEveryDay;
  if (!value->is_array()) return std::nullopt;
  unsigned days = 0;
  for (const Json& name : *value) {
    const auto* const it = name.is_string()
                               ? std::find(kDays.begin(), kDays.end(), name.get<std::string>())
                               : kDays.end();
    if (it == kDays.end()) return std::nullopt;
    days |= 1U << static_cast<unsigned>(it - kDays.begin());
  }
  if (days == 0) return std::nullopt;
  return static_cast<uint8_t>(days);
}

// True where it says what the row says without it.
bool changes_nothing(const Rates& rates, const PriceRow& row) {
  for (size_t i = 0; i < kBilledCount; ++i) {
    const auto what = static_cast<Billed>(i);
    if (rates.get(what) && rates.get(what) != row.rates.get(what)) return false;
  }
  return true;
}

bool read_override(const Json& one, PriceRow& row, ImportCollector& out) {
  if (!one.is_object()) return false;
  const Rates rates = read_rates(one, out);
  if (changes_nothing(rates, row)) return true;
  const Json* tokens = find_member(one, "min_prompt_tokens");
  const bool timed =
      one.contains("utc_start") || one.contains("utc_end") || one.contains("utc_days");
  if ((tokens != nullptr) == timed) return false;
  if (tokens != nullptr) {
    // From so many tokens on; a tier of ours is above its threshold.
    if (!tokens->is_number() || !(tokens->get<double>() >= 2) || tokens->get<double>() > 1e9)
      return false;
    row.tiers.push_back(
        {.above_prompt_tokens = static_cast<int64_t>(tokens->get<double>()) - 1, .rates = rates});
    return true;
  }
  const auto from = minute_of(find_member(one, "utc_start"));
  const auto until = minute_of(find_member(one, "utc_end"));
  const auto days = days_of(find_member(one, "utc_days"));
  if (!from || !until || !days) return false;
  row.windows.push_back({.name = "by time of day",
                         .from_minute = *from,
                         .until_minute = *until,
                         .days = *days,
                         .multiplier = std::nullopt,
                         .rates = rates});
  return true;
}

void read_overrides(const Json& overrides, PriceRow& row, ImportCollector& out) {
  if (!overrides.is_array()) return out.not_understood("overrides");
  for (const Json& one : overrides) {
    if (!read_override(one, row, out)) out.not_understood("overrides");
  }
  std::sort(row.tiers.begin(), row.tiers.end(), [](const PriceTier& a, const PriceTier& b) {
    return a.above_prompt_tokens < b.above_prompt_tokens;
  });
}

// False where the price depends on which model answers.
bool read_model(const Json& model, ImportCollector& out) {
  const std::string id = member_text(model, "id");
  out.begin_model(id, "");
  const Json* pricing = find_member(model, "pricing");
  if (pricing == nullptr || !pricing->is_object()) {
    out.without_price();
    return true;
  }
  if (std::any_of(pricing->begin(), pricing->end(), is_variable)) {
    out.without_price();
    return false;
  }
  PriceRow row = out.new_row(id, "openrouter");
  const std::string slug = member_text(model, "canonical_slug");
  if (!slug.empty() && slug != id) row.aliases.push_back(slug);
  row.rates = read_rates(*pricing, out);
  // A picture at a token's price: its tokens are meant.
  if (find_member(*pricing, "image") != nullptr && find_member(*pricing, "prompt") != nullptr &&
      (*pricing)["image"] == (*pricing)["prompt"]) {
    row.rates.set(Billed::kImage, std::nullopt);
    row.rates.set(Billed::kImageInput, row.rates.get(Billed::kInput));
  }
  if (const Json* overrides = find_member(*pricing, "overrides"))
    read_overrides(*overrides, row, out);
  out.add(std::move(row));
  return true;
}

}  // namespace

void import_openrouter(const Json& models, ImportCollector& out) {
  int64_t variable = 0;
  for (const Json& model : models) {
    if (model.is_object() && !read_model(model, out)) ++variable;
  }
  if (variable > 0)
    out.note(fmt::format("{} models cost what the model costs that answers (-1): no price kept",
                         variable));
}

}  // namespace assay::cost
