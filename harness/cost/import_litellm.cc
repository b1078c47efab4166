// LiteLLM's table; see price_import.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "harness/base/json.h"
#include "harness/cost/price_file.h"
#include "harness/cost/price_import_parts.h"

namespace assay::cost {
namespace {

constexpr int64_t kTokensPerK = 1000;
constexpr int kPerMillion = 6;  // exponent

struct Dimension {
  std::string_view name;
  Billed what;
};

// What a field is the price of, without its tier and its service.
constexpr std::array<Dimension, 31> kDimensions{{
    {"input_cost_per_token", Billed::kInput},
    {"cache_read_input_token_cost", Billed::kCachedInput},
    {"cache_creation_input_token_cost", Billed::kCacheWrite},
    {"cache_creation_input_token_cost_above_1hr", Billed::kCacheWriteHour},
    {"input_cost_per_image_token", Billed::kImageInput},
    {"input_cost_per_audio_token", Billed::kAudioInput},
    {"cache_read_input_audio_token_cost", Billed::kCachedAudio},
    {"cache_creation_input_audio_token_cost", Billed::kCacheWriteAudio},
    {"output_cost_per_token", Billed::kOutput},
    {"output_cost_per_reasoning_token", Billed::kReasoning},
    {"output_cost_per_image_token", Billed::kImageOutput},
    {"output_cost_per_audio_token", Billed::kAudioOutput},
    {"output_cost_per_video_token", Billed::kVideoOutput},
    {"citation_cost_per_token", Billed::kCitation},
    {"input_cost_per_request", Billed::kRequest},
    {"input_cost_per_image", Billed::kImage},
    {"ocr_cost_per_page", Billed::kPage},
    {"annotation_cost_per_page", Billed::kAnnotatedPage},
    {"ocr_cost_per_credit", Billed::kCredit},
    {"output_cost_per_image", Billed::kImageMade},
    {"input_cost_per_pixel", Billed::kPixelIn},
    {"output_cost_per_pixel", Billed::kPixelMade},
    {"input_cost_per_character", Billed::kCharacterIn},
    {"output_cost_per_character", Billed::kCharacterOut},
    {"input_cost_per_second", Billed::kSecondIn},
    {"input_cost_per_audio_per_second", Billed::kSecondIn},
    {"output_cost_per_second", Billed::kSecondOut},
    {"input_cost_per_video_per_second", Billed::kVideoSecondIn},
    {"output_cost_per_video_per_second", Billed::kVideoSecondOut},
    {"input_cost_per_query", Billed::kQuery},
    {"code_interpreter_cost_per_session", Billed::kSession},
}};

// Another name of a field above, which wins where both stand.
constexpr std::string_view kCacheHit = "input_cost_per_token_cache_hit";
constexpr std::string_view kUplift = "regional_processing_uplift_multiplier_";

// Words of fields that are prices; others say what a model can do.
constexpr std::array<std::string_view, 4> kPriceWords{"cost", "pric", "multiplier", "billing_unit"};
// Fields that repeat a price in another unit: Databricks' own, at its list price.
constexpr std::array<std::string_view, 2> kRepeated{"input_dbu_cost_per_token",
                                                    "output_dbu_cost_per_token"};

bool is_price(std::string_view key) {
  if (std::find(kRepeated.begin(), kRepeated.end(), key) != kRepeated.end()) return false;
  return std::any_of(kPriceWords.begin(), kPriceWords.end(), [&](std::string_view word) {
    return key.find(word) != std::string_view::npos;
  });
}

std::optional<Billed> dimension_of(std::string_view name, std::string_view mode) {
  // A second of a film that is made is told from one of sound by the mode alone.
  if (name == "output_cost_per_second" && mode == "video_generation")
    return Billed::kVideoSecondOut;
  const auto* const it =
      std::find_if(kDimensions.begin(), kDimensions.end(),
                   [&](const Dimension& dimension) { return dimension.name == name; });
  if (it == kDimensions.end()) return std::nullopt;
  return it->what;
}

Service take_service(std::string_view& key) {
  constexpr std::array<std::pair<std::string_view, Service>, 3> kSuffixes{
      {{"_batches", Service::kBatch},
       {"_priority", Service::kPriority},
       {"_flex", Service::kFlex}}};
  for (const auto& [suffix, service] : kSuffixes) {
    if (!key.ends_with(suffix)) continue;
    key.remove_suffix(suffix.size());
    return service;
  }
  return Service::kStandard;
}

// "_above_200k_tokens" at the end: 200,000. 0: none.
int64_t take_tier(std::string_view& key) {
  constexpr std::string_view kAbove = "_above_";
  constexpr std::string_view kTokens = "k_tokens";
  const size_t at = key.rfind(kAbove);
  if (at == std::string_view::npos || !key.ends_with(kTokens)) return 0;
  std::string_view digits = key.substr(at + kAbove.size());
  digits.remove_suffix(kTokens.size());
  int64_t thousands = 0;
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), thousands);
  constexpr int64_t kThousandsMax = 1'000'000;
  if (failed != std::errc() || end != digits.data() + digits.size() || thousands < 1 ||
      thousands > kThousandsMax)
    return 0;
  key = key.substr(0, at);
  return thousands * kTokensPerK;
}

PriceTier& tier_of(PriceRow& row, int64_t above) {
  const auto it = std::find_if(row.tiers.begin(), row.tiers.end(), [&](const PriceTier& tier) {
    return tier.above_prompt_tokens == above;
  });
  if (it != row.tiers.end()) return *it;
  return row.tiers.emplace_back(PriceTier{.above_prompt_tokens = above});
}

Rates& rates_of(std::vector<ServiceTerms>& services, Service service) {
  const auto it = std::find_if(services.begin(), services.end(),
                               [&](const ServiceTerms& terms) { return terms.service == service; });
  if (it != services.end()) return it->rates;
  return services.emplace_back(ServiceTerms{.service = service}).rates;
}

// The rates that a tier and a service mean.
Rates& place_of(PriceRow& row, int64_t above, Service service) {
  if (above == 0)
    return service == Service::kStandard ? row.rates : rates_of(row.services, service);
  PriceTier& tier = tier_of(row, above);
  return service == Service::kStandard ? tier.rates : rates_of(tier.services, service);
}

class Entry {
 public:
  Entry(const Json& fields, PriceRow row, std::string mode, ImportCollector& out)
      : fields_(fields), row_(std::move(row)), mode_(std::move(mode)), out_(out) {}

  void read() {
    for (const auto& [key, value] : fields_.items()) read_field(key, value);
    const Json* hit = find_member(fields_, kCacheHit);
    if (hit != nullptr && !row_.rates.get(Billed::kCachedInput))
      row_.rates.set(Billed::kCachedInput, out_.rate(kCacheHit, *hit, kPerMillion));
    std::sort(row_.tiers.begin(), row_.tiers.end(), [](const PriceTier& a, const PriceTier& b) {
      return a.above_prompt_tokens < b.above_prompt_tokens;
    });
    const auto by_service = [](const ServiceTerms& a, const ServiceTerms& b) {
      return a.service < b.service;
    };
    std::sort(row_.services.begin(), row_.services.end(), by_service);
    for (PriceTier& tier : row_.tiers)
      std::sort(tier.services.begin(), tier.services.end(), by_service);
    const std::string comment = member_text(fields_, "comment");
    if (!comment.empty()) row_.note = comment;
  }

  [[nodiscard]] const PriceRow& row() const { return row_; }
  // Rows of the same model under a multiplier: "eu" and 1.1.
  [[nodiscard]] const std::vector<std::pair<std::string, Share>>& variants() const {
    return variants_;
  }

 private:
  void read_field(const std::string& key, const Json& value) {
    if (key == kCacheHit || value.is_null()) return;
    if (key == "search_context_cost_per_query") return read_search(value);
    if (key == "tiered_pricing") return read_tiers(value);
    if (key == "off_peak_pricing") return read_off_peak(value);
    if (key == "provider_specific_entry") return read_specific(value);
    if (key == "web_search_billing_unit") {
      if (value != "per_query") out_.not_understood(key);
      return;
    }
    if (key.starts_with(kUplift)) return add_variant(key, key.substr(kUplift.size()), value);
    if (is_price(key)) read_price(key, value, 0);
  }

  // A price; above `above` tokens where its name has no tier.
  void read_price(std::string_view key, const Json& value, int64_t above) {
    std::string_view name = key;
    const Service service = take_service(name);
    if (const int64_t tier = take_tier(name)) above = tier;
    const std::optional<Billed> what = dimension_of(name, mode_);
    if (!what) return out_.not_understood(key);
    const int exponent = unit_of(*what) == 1 ? 0 : kPerMillion;
    if (const auto rate = out_.rate(key, value, exponent))
      place_of(row_, above, service).set(*what, rate);
  }

  // A search costs what one with medium context does, unless a request says otherwise.
  void read_search(const Json& value) {
    const std::string_view key = "search_context_cost_per_query";
    const Json* medium =
        value.is_object() ? find_member(value, "search_context_size_medium") : nullptr;
    if (medium == nullptr) return out_.not_understood(key);
    row_.rates.set(Billed::kSearch, out_.rate(key, *medium, 0));
  }

  // [{"range": [0, 256000], prices}, ...]: all of a request's tokens cost what the range of its
  // prompt says.
  void read_tiers(const Json& list) {
    const std::string_view key = "tiered_pricing";
    if (!list.is_array()) return out_.not_understood(key);
    for (const Json& tier : list) {
      const Json* range = tier.is_object() ? find_member(tier, "range") : nullptr;
      if (range == nullptr || !range->is_array() || range->empty() || !range->front().is_number() ||
          !(range->front().get<double>() >= 0) || range->front().get<double>() > 1e9)
        return out_.not_understood(key);
      const auto above = static_cast<int64_t>(range->front().get<double>());
      for (const auto& [name, value] : tier.items()) {
        if (name != "range") read_price(name, value, above);
      }
    }
  }

  // {"hours_utc": "16:30-00:30", prices}: a daily window.
  void read_off_peak(const Json& value) {
    const std::string_view key = "off_peak_pricing";
    const std::string hours = value.is_object() ? member_text(value, "hours_utc") : "";
    PriceRow window_prices;
    std::swap(window_prices, row_);
    for (const auto& [name, price] : value.items()) {
      if (name != "hours_utc") read_price(name, price, 0);
    }
    std::swap(window_prices, row_);
    PriceWindow window{.name = "off-peak", .rates = window_prices.rates};
    const bool plain = window_prices.tiers.empty() && window_prices.services.empty();
    if (!plain || window.rates.empty() || !read_hours(hours, window))
      return out_.not_understood(key);
    row_.windows.push_back(std::move(window));
  }

  static bool read_hours(std::string_view text, PriceWindow& window) {
    const size_t dash = text.find('-');
    if (dash == std::string_view::npos) return false;
    const auto from = parse_minute(text.substr(0, dash));
    const auto until = parse_minute(text.substr(dash + 1));
    if (!from || !until) return false;
    window.from_minute = *from;
    window.until_minute = *until;
    return true;
  }

  // {"us": 1.1, "fast": 6.0}: what another region or speed costs.
  void read_specific(const Json& value) {
    const std::string key = "provider_specific_entry";
    if (!value.is_object()) return out_.not_understood(key);
    for (const auto& [name, factor] : value.items()) {
      if (factor.is_number()) add_variant(key, name, factor);
    }
  }

  void add_variant(const std::string& key, const std::string& name, const Json& value) {
    const std::optional<Share> factor = factor_of(value);
    if (!factor || name.empty()) return out_.not_understood(key);
    variants_.emplace_back(name, *factor);
  }

  const Json& fields_;
  PriceRow row_;
  std::string mode_;
  ImportCollector& out_;
  std::vector<std::pair<std::string, Share>> variants_;
};

bool same_prices(const PriceRow& a, const PriceRow& b) {
  return a.rates == b.rates && a.tiers == b.tiers && a.services == b.services &&
         a.windows == b.windows;
}

// Rows already there, by provider and model.
using Known = std::map<std::pair<std::string, std::string>, size_t>;

struct Twice {
  int64_t same = 0;
  std::vector<std::string> different;
};

void add_variants(const Entry& entry, ImportCollector& out) {
  for (const auto& [name, factor] : entry.variants()) {
    PriceRow row = entry.row();
    row.model = name + "/" + row.model;
    row.note = fmt::format("{}: {} times the ordinary price", name,
                           Rate{factor.millionths * 1'000'000}.text());
    if (!scale_row(row, factor)) {
      out.not_understood("a multiplier");
      continue;
    }
    out.add(std::move(row));
  }
}

void read_entry(const std::string& key, const Json& fields, bool prefixed, Known& known,
                Twice& twice, ImportCollector& out) {
  const std::string provider = member_text(fields, "litellm_provider");
  const std::string mode = member_text(fields, "mode");
  out.begin_model(key, mode);
  PriceRow row = out.new_row(prefixed ? key.substr(provider.size() + 1) : key, provider);
  const std::string source = member_text(fields, "source");
  if (!source.empty()) row.source = source;
  Entry entry(fields, std::move(row), mode, out);
  entry.read();
  if (entry.row().rates.empty() && entry.row().tiers.empty() && entry.row().services.empty())
    return out.without_price();
  const auto [at, fresh] = known.emplace(std::pair(provider, entry.row().model), out.rows().size());
  if (!fresh) {
    if (same_prices(out.rows()[at->second], entry.row())) {
      ++twice.same;
    } else {
      twice.different.push_back(key);
    }
    return;
  }
  if (!out.add(entry.row())) {
    known.erase(at);
    return;
  }
  add_variants(entry, out);
}

bool is_prefixed(const std::string& key, const Json& fields) {
  const std::string provider = member_text(fields, "litellm_provider");
  return !provider.empty() && key.size() > provider.size() + 1 && key.starts_with(provider) &&
         key[provider.size()] == '/';
}

void note_twice(const Twice& twice, ImportCollector& out) {
  if (twice.same > 0)
    out.note(
        fmt::format("{} models stand twice, with and without their provider's name, at equal "
                    "prices: kept once",
                    twice.same));
  if (twice.different.empty()) return;
  std::string names = twice.different.front();
  for (size_t i = 1; i < twice.different.size(); ++i) names += ", " + twice.different[i];
  out.note(
      fmt::format("{} models stand twice at different prices, that with the provider's name "
                  "is kept: {}",
                  twice.different.size(), names));
}

}  // namespace

void import_litellm(const Json& table, ImportCollector& out) {
  Known known;
  Twice twice;
  // Names with their provider first: they say whose price it is.
  for (const bool prefixed : {true, false}) {
    for (const auto& [key, fields] : table.items()) {
      // The first entry explains the fields.
      if (key == "sample_spec" || !fields.is_object()) continue;
      if (is_prefixed(key, fields) == prefixed)
        read_entry(key, fields, prefixed, known, twice, out);
    }
  }
  note_twice(twice, out);
}

}  // namespace assay::cost
