// genai-prices' table; see price_import.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/utc_time.h"
#include "harness/cost/price_file.h"
#include "harness/cost/price_import_parts.h"

namespace assay::cost {
namespace {

constexpr int kPerThousand = -3;  // exponent

struct Dimension {
  std::string_view name;
  Billed what;
};

// The second name of a thing is that of its text alone, and wins.
constexpr std::array<Dimension, 18> kDimensions{{
    {"input_mtok", Billed::kInput},
    {"cache_read_mtok", Billed::kCachedInput},
    {"cache_write_mtok", Billed::kCacheWrite},
    {"cache_write_1h_mtok", Billed::kCacheWriteHour},
    {"output_mtok", Billed::kOutput},
    {"input_text_mtok", Billed::kInput},
    {"cache_text_read_mtok", Billed::kCachedInput},
    {"cache_text_write_mtok", Billed::kCacheWrite},
    {"output_text_mtok", Billed::kOutput},
    {"output_reasoning_mtok", Billed::kReasoning},
    {"input_audio_mtok", Billed::kAudioInput},
    {"cache_audio_read_mtok", Billed::kCachedAudio},
    {"cache_audio_write_mtok", Billed::kCacheWriteAudio},
    {"output_audio_mtok", Billed::kAudioOutput},
    {"input_image_mtok", Billed::kImageInput},
    {"output_image_mtok", Billed::kImageOutput},
    {"output_video_mtok", Billed::kVideoOutput},
    {"requests_kcount", Billed::kRequest},
}};

bool is_dimension(std::string_view name) {
  return std::any_of(kDimensions.begin(), kDimensions.end(),
                     [&](const Dimension& dimension) { return dimension.name == name; });
}

PriceTier& tier_of(std::vector<PriceTier>& tiers, int64_t above) {
  const auto it = std::find_if(tiers.begin(), tiers.end(), [&](const PriceTier& tier) {
    return tier.above_prompt_tokens >= above;
  });
  if (it != tiers.end() && it->above_prompt_tokens == above) return *it;
  return *tiers.insert(it, PriceTier{.above_prompt_tokens = above});
}

// The prices of one condition.
struct Figures {
  Rates rates;
  std::vector<PriceTier> tiers;
};

void read_tiered(const Dimension& dimension, const Json& value, Figures& figures,
                 ImportCollector& out) {
  const Json* base = find_member(value, "base");
  if (base != nullptr) figures.rates.set(dimension.what, out.rate(dimension.name, *base, 0));
  const Json* tiers = find_member(value, "tiers");
  if (tiers == nullptr || !tiers->is_array()) return;
  for (const Json& tier : *tiers) {
    const Json* start = tier.is_object() ? find_member(tier, "start") : nullptr;
    const Json* price = tier.is_object() ? find_member(tier, "price") : nullptr;
    if (start == nullptr || price == nullptr || !start->is_number_integer() ||
        start->get<int64_t>() < 1) {
      out.not_understood(std::string(dimension.name) + " (tier)");
      continue;
    }
    tier_of(figures.tiers, start->get<int64_t>())
        .rates.set(dimension.what, out.rate(dimension.name, *price, 0));
  }
}

// {"web_search": 10} per thousand uses.
void read_tools(const Json& tools, Figures& figures, ImportCollector& out) {
  if (!tools.is_object()) return out.not_understood("tool_use_kcount");
  for (const auto& [tool, price] : tools.items()) {
    if (tool == "web_search") {
      figures.rates.set(Billed::kSearch, out.rate("tool_use_kcount", price, kPerThousand));
    } else {
      out.not_understood("tool_use_kcount: " + tool);
    }
  }
}

Figures read_figures(const Json& prices, ImportCollector& out) {
  Figures figures;
  for (const Dimension& dimension : kDimensions) {
    const Json* value = find_member(prices, dimension.name);
    if (value == nullptr || value->is_null()) continue;
    if (value->is_object()) {
      read_tiered(dimension, *value, figures, out);
      continue;
    }
    const int exponent = dimension.what == Billed::kRequest ? kPerThousand : 0;
    figures.rates.set(dimension.what, out.rate(dimension.name, *value, exponent));
  }
  for (const auto& [key, value] : prices.items()) {
    if (key == "tool_use_kcount") {
      read_tools(value, figures, out);
    } else if (!is_dimension(key)) {
      out.not_understood(key);
    }
  }
  return figures;
}

// One entry of a list of prices: what holds, and when.
struct Condition {
  Figures figures;
  int64_t from = kAlwaysFrom;
  std::optional<PriceWindow> window;  // its times of day
};

// "00:30:00Z" as a minute.
std::optional<int> minute_of(std::string text) {
  if (!text.ends_with('Z') && !text.ends_with("+00:00")) return std::nullopt;
  constexpr size_t kLength = 8;  // of "00:30:00"
  if (text.size() < kLength || text.substr(5, 3) != ":00") return std::nullopt;
  return parse_minute(text.substr(0, 5));
}

bool read_constraint(const Json& constraint, Condition& out) {
  if (!constraint.is_object()) return false;
  PriceWindow window{.name = "by time of day"};
  bool start = false;
  bool end = false;
  for (const auto& [key, value] : constraint.items()) {
    if (!value.is_string()) return false;
    const auto text = value.get<std::string>();
    const auto minute = minute_of(text);
    if (key == "start_date") {
      const auto date = parse_utc_date(text);
      if (!date) return false;
      out.from = *date;
    } else if (key == "start_time" && minute) {
      window.from_minute = *minute;
      start = true;
    } else if (key == "end_time" && minute) {
      window.until_minute = *minute;
      end = true;
    } else {
      return false;
    }
  }
  if (start != end) return false;
  if (start) out.window = window;
  return true;
}

std::vector<Condition> read_conditions(const Json& prices, ImportCollector& out) {
  std::vector<Condition> conditions;
  if (prices.is_object()) {
    conditions.push_back({read_figures(prices, out), kAlwaysFrom, std::nullopt});
    return conditions;
  }
  for (const Json& entry : prices) {
    const Json* figures = entry.is_object() ? find_member(entry, "prices") : nullptr;
    const Json* constraint = entry.is_object() ? find_member(entry, "constraint") : nullptr;
    Condition condition;
    const bool known =
        constraint == nullptr || constraint->is_null() || read_constraint(*constraint, condition);
    if (figures == nullptr || !figures->is_object() || !known) {
      out.not_understood("prices (constraint)");
      continue;
    }
    condition.figures = read_figures(*figures, out);
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

// Of the entries that a period begins with, the last without times of day holds; later ones with
// times of day are its windows.
void fill_period(const std::vector<Condition>& conditions, PriceRow& row, ImportCollector& out) {
  size_t base = conditions.size();
  for (size_t i = 0; i < conditions.size(); ++i) {
    if (conditions[i].from <= row.from && !conditions[i].window) base = i;
  }
  if (base == conditions.size()) return;
  row.rates = conditions[base].figures.rates;
  row.tiers = conditions[base].figures.tiers;
  for (size_t i = base + 1; i < conditions.size(); ++i) {
    const Condition& condition = conditions[i];
    if (condition.from > row.from || !condition.window) continue;
    if (!condition.figures.tiers.empty()) out.not_understood("a tier by time of day");
    PriceWindow window = *condition.window;
    window.rates = condition.figures.rates;
    row.windows.push_back(std::move(window));
  }
}

void add_periods(const std::vector<Condition>& conditions, const PriceRow& model,
                 ImportCollector& out) {
  std::vector<int64_t> begins{kAlwaysFrom};
  for (const Condition& condition : conditions) begins.push_back(condition.from);
  std::sort(begins.begin(), begins.end());
  begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
  for (size_t i = 0; i < begins.size(); ++i) {
    PriceRow row = model;
    row.from = begins[i];
    row.until = i + 1 < begins.size() ? begins[i + 1] : kAlwaysUntil;
    fill_period(conditions, row, out);
    if (!row.rates.empty() || !row.tiers.empty()) out.add(std::move(row));
  }
}

// Other names that are said exactly; true where the model also goes by a pattern.
// NOLINTNEXTLINE(misc-no-recursion): JSON is at most kJsonDepthMax deep
bool read_names(const Json& match, std::vector<std::string>& names) {
  if (!match.is_object()) return false;
  bool patterns = false;
  for (const auto& [key, value] : match.items()) {
    if (key == "equals" && value.is_string()) {
      names.push_back(value.get<std::string>());
    } else if (key == "or" && value.is_array()) {
      for (const Json& clause : value) patterns = read_names(clause, names) || patterns;
    } else {
      patterns = true;
    }
  }
  return patterns;
}

void set_aliases(std::vector<std::string> names, PriceRow& row) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (std::string& name : names) {
    if (name.empty() || name.size() > kPriceTextMax || name == row.model) continue;
    if (row.aliases.size() < kPriceAliasesMax) row.aliases.push_back(std::move(name));
  }
}

// True where names by pattern were left out.
bool read_model(const Json& model, const PriceRow& provider, ImportCollector& out) {
  PriceRow row = provider;
  row.model = member_text(model, "id");
  out.begin_model(provider.provider + "/" + row.model, "");
  const std::string checked = member_text(model, "prices_checked");
  if (parse_utc_date(checked)) row.checked = checked;
  std::vector<std::string> names;
  const Json* match = find_member(model, "match");
  const bool patterns = match != nullptr && read_names(*match, names);
  set_aliases(std::move(names), row);
  const Json* prices = find_member(model, "prices");
  if (prices == nullptr || (!prices->is_object() && !prices->is_array())) {
    out.without_price();
    return patterns;
  }
  const std::vector<Condition> conditions = read_conditions(*prices, out);
  const size_t before = out.rows().size();
  add_periods(conditions, row, out);
  if (out.rows().size() == before) out.without_price();
  return patterns;
}

}  // namespace

void import_genai(const Json& providers, ImportCollector& out) {
  int64_t patterns = 0;
  for (const Json& provider : providers) {
    const Json* models = provider.is_object() ? find_member(provider, "models") : nullptr;
    if (models == nullptr || !models->is_array()) continue;
    PriceRow row = out.new_row("", member_text(provider, "id"));
    const Json* urls = find_member(provider, "pricing_urls");
    if (urls != nullptr && urls->is_array() && !urls->empty() && urls->front().is_string() &&
        urls->front().get<std::string>().size() <= kPriceTextMax)
      row.source = urls->front().get<std::string>();
    for (const Json& model : *models) {
      if (model.is_object() && read_model(model, row, out)) ++patterns;
    }
  }
  if (patterns > 0)
    out.note(
        fmt::format("{} models also go by names that begin or look a certain way; only exact "
                    "names were kept",
                    patterns));
}

}  // namespace assay::cost
