#include "harness/cost/price_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <tuple>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "harness/base/utc_time.h"
#include "harness/cost/bill.h"

namespace assay::cost {
namespace {

constexpr int kMinutesPerDay = 1440;
constexpr int64_t kTierTokensMax = 1'000'000'000;
constexpr int kShareDigits = 6;
constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::array<Service, 3> kOtherServices{Service::kBatch, Service::kPriority,
                                                Service::kFlex};

Billed billed_at(size_t i) { return static_cast<Billed>(i); }
bool by_million(Billed what) { return unit_of(what) != 1; }

Result<std::string> read_text(const YamlNode& node, std::string_view key) {
  ASSAY_TRY(std::string text, node.as_string(key));
  if (text.empty()) return node.error(fmt::format("`{}` is empty", key));
  if (text.size() > kPriceTextMax)
    return node.error(
        fmt::format("`{}` is longer than {} bytes (limit kPriceTextMax)", key, kPriceTextMax));
  return text;
}

// An optional text; empty where it is absent.
Result<std::string> find_text(const YamlNode& map, std::string_view key) {
  const YamlNode* node = map.find(key);
  if (node == nullptr) return std::string();
  return read_text(*node, key);
}

Result<std::string> need_text(const YamlNode& map, std::string_view what, std::string_view key,
                              std::string_view example) {
  const YamlNode* node = map.find(key);
  if (node == nullptr)
    return map.error(fmt::format("{} without `{}`, expected for example {}", what, key, example));
  return read_text(*node, key);
}

Result<std::string> read_currency(const YamlNode& map, std::string_view what,
                                  std::string_view key) {
  ASSAY_TRY(std::string text, need_text(map, what, key, "USD"));
  if (is_currency(text)) return text;
  return map.find(key)->error(
      fmt::format("`{}` is `{}`, expected a currency of three capital letters such as USD, KRW, "
                  "CNY, EUR or JPY",
                  key, text));
}

Result<std::string> read_date(const YamlNode& map, std::string_view key) {
  ASSAY_TRY(std::string text, find_text(map, key));
  if (text.empty() || parse_utc_date(text)) return text;
  return map.find(key)->error(
      fmt::format("`{}` is `{}`, expected a date such as 2025-02-08", key, text));
}

Result<int64_t> read_time(const YamlNode& map, std::string_view key, int64_t fallback) {
  ASSAY_TRY(const std::string text, find_text(map, key));
  if (text.empty()) return fallback;
  if (const auto time = parse_utc(text)) return *time;
  return map.find(key)->error(fmt::format(
      "`{}` is `{}`, expected a date or a time in UTC such as 2025-02-08T16:00:00Z", key, text));
}

Result<Rate> read_rate(const YamlNode& node, std::string_view key) {
  ASSAY_TRY(const std::string text, node.as_string(key));
  const Result<Rate> rate = Rate::parse(text);
  if (!rate) return node.error(fmt::format("`{}`: {}", key, rate.error().message));
  return *rate;
}

Result<Share> read_multiplier(const YamlNode& node) {
  ASSAY_TRY(const std::string text, node.as_string("multiplier"));
  // A Rate has room for every factor; one of more than six places has no Share.
  const Result<Rate> rate = Rate::parse(text);
  constexpr int64_t kPicoPerMillionth = 1'000'000;
  if (!rate || rate->pico <= 0 || rate->pico % kPicoPerMillionth != 0)
    return node.error(fmt::format(
        "`multiplier` is `{}`, expected a factor above 0 with at most {} places, such as 0.5", text,
        kShareDigits));
  return Share{rate->pico / kPicoPerMillionth};
}

// --- rates -------------------------------------------------------------------------------------

Result<void> read_rates(const YamlNode& map, std::string_view key, bool million, Rates& out) {
  const YamlNode* node = map.find(key);
  if (node == nullptr) return {};
  if (!node->is_map())
    return node->error(fmt::format("`{}` is {}, expected for example {{{}: 0.55}}", key,
                                   node->type_name(), million ? "input" : "request"));
  std::vector<std::string> known;
  for (size_t i = 0; i < kBilledCount; ++i) {
    if (by_million(billed_at(i)) == million) known.emplace_back(billed_name(billed_at(i)));
  }
  ASSAY_TRY_VOID(refuse_unknown_keys(*node, fmt::format("`{}`", key), known));
  for (const YamlMember& member : node->members) {
    ASSAY_TRY(const Rate rate, read_rate(member.value, member.key));
    out.set(*billed_from_name(member.key), rate);
  }
  return {};
}

Result<Rates> read_all_rates(const YamlNode& map) {
  Rates out;
  ASSAY_TRY_VOID(read_rates(map, "per_million", true, out));
  ASSAY_TRY_VOID(read_rates(map, "each", false, out));
  return out;
}

// "multiplier", where it is given.
Result<std::optional<Share>> find_multiplier(const YamlNode& map) {
  const YamlNode* node = map.find("multiplier");
  if (node == nullptr) return std::optional<Share>();
  ASSAY_TRY(const Share share, read_multiplier(*node));
  return std::optional<Share>(share);
}

Result<std::vector<ServiceTerms>> read_services(const YamlNode& map) {
  std::vector<ServiceTerms> out;
  for (const Service service : kOtherServices) {
    const std::string name(service_name(service));
    const YamlNode* node = map.find(name);
    if (node == nullptr) continue;
    if (!node->is_map())
      return node->error(
          fmt::format("`{}` is {}, expected multiplier or per_million", name, node->type_name()));
    ASSAY_TRY_VOID(
        refuse_unknown_keys(*node, "`" + name + "`", {"multiplier", "per_million", "each"}));
    ServiceTerms terms{.service = service};
    ASSAY_TRY(terms.multiplier, find_multiplier(*node));
    ASSAY_TRY(terms.rates, read_all_rates(*node));
    if (!terms.multiplier && terms.rates.empty())
      return node->error(
          fmt::format("`{}` says nothing, expected multiplier or per_million", name));
    out.push_back(terms);
  }
  return out;
}

Result<void> need_list(const YamlNode& node, std::string_view key, size_t most) {
  if (!node.is_list())
    return node.error(fmt::format("`{}` is {}, expected a list", key, node.type_name()));
  if (node.items.size() > most)
    return node.error(
        fmt::format("`{}` has {} entries, expected at most {}", key, node.items.size(), most));
  return {};
}

// --- tiers and windows -------------------------------------------------------------------------

Result<PriceTier> read_tier(const YamlNode& node) {
  if (!node.is_map())
    return node.error(fmt::format("a tier is {}, expected above_prompt_tokens and per_million",
                                  node.type_name()));
  ASSAY_TRY_VOID(refuse_unknown_keys(
      node, "a tier", {"above_prompt_tokens", "per_million", "each", "batch", "priority", "flex"}));
  const YamlNode* above = node.find("above_prompt_tokens");
  if (above == nullptr)
    return node.error("a tier without `above_prompt_tokens`, expected for example 200000");
  PriceTier tier;
  ASSAY_TRY(tier.above_prompt_tokens, above->as_integer("above_prompt_tokens", 1, kTierTokensMax));
  ASSAY_TRY(tier.rates, read_all_rates(node));
  ASSAY_TRY(tier.services, read_services(node));
  if (tier.rates.empty() && tier.services.empty())
    return node.error("a tier without prices, expected per_million");
  return tier;
}

Result<std::vector<PriceTier>> read_tiers(const YamlNode& row) {
  std::vector<PriceTier> out;
  const YamlNode* list = row.find("tiers");
  if (list == nullptr) return out;
  ASSAY_TRY_VOID(need_list(*list, "tiers", kPriceTiersMax));
  for (const YamlNode& node : list->items) {
    ASSAY_TRY(const PriceTier tier, read_tier(node));
    if (!out.empty() && tier.above_prompt_tokens <= out.back().above_prompt_tokens)
      return node.error(
          fmt::format("a tier above {} tokens after one above {}, expected ascending thresholds",
                      tier.above_prompt_tokens, out.back().above_prompt_tokens));
    out.push_back(tier);
  }
  return out;
}

Result<int> read_minute(const YamlNode& window, std::string_view key) {
  ASSAY_TRY(const std::string text, need_text(window, "a window", key, "\"16:30\""));
  if (const auto minute = parse_minute(text)) return *minute;
  return window.find(key)->error(
      fmt::format("`{}` is `{}`, expected a time of day in UTC such as \"16:30\"", key, text));
}

Result<uint8_t> read_days(const YamlNode& window) {
  const YamlNode* node = window.find("days");
  if (node == nullptr) return kEveryDay;
  ASSAY_TRY(const std::vector<std::string> names, node->as_strings("days"));
  uint8_t out = 0;
  for (const std::string& name : names) {
    const auto* const it = std::find(kDays.begin(), kDays.end(), name);
    if (it == kDays.end())
      return node->error(
          fmt::format("`days` has `{}`, expected mon, tue, wed, thu, fri, sat or sun", name));
    out = static_cast<uint8_t>(out | 1U << static_cast<unsigned>(it - kDays.begin()));
  }
  if (out == 0) return node->error("`days` is empty, expected at least one of mon to sun");
  return out;
}

Result<PriceWindow> read_window(const YamlNode& node) {
  if (!node.is_map())
    return node.error(
        fmt::format("a window is {}, expected from, until and multiplier", node.type_name()));
  ASSAY_TRY_VOID(refuse_unknown_keys(
      node, "a window", {"name", "from", "until", "days", "multiplier", "per_million", "each"}));
  PriceWindow window;
  ASSAY_TRY(window.name, find_text(node, "name"));
  ASSAY_TRY(window.from_minute, read_minute(node, "from"));
  ASSAY_TRY(window.until_minute, read_minute(node, "until"));
  ASSAY_TRY(window.days, read_days(node));
  ASSAY_TRY(window.multiplier, find_multiplier(node));
  ASSAY_TRY(window.rates, read_all_rates(node));
  if (!window.multiplier && window.rates.empty())
    return node.error("a window without prices, expected multiplier or per_million");
  return window;
}

using Week = std::bitset<kMinutesPerWeek>;

// False where the week has one of its minutes already.
bool mark(const PriceWindow& window, Week& week) {
  int length = window.until_minute - window.from_minute;
  if (length <= 0) length += kMinutesPerDay;
  for (size_t day = 0; day < kDays.size(); ++day) {
    if ((window.days >> day & 1) == 0) continue;
    const int begin = static_cast<int>(day) * kMinutesPerDay + window.from_minute;
    for (int i = 0; i < length; ++i) {
      const auto minute = static_cast<size_t>((begin + i) % kMinutesPerWeek);
      if (week.test(minute)) return false;
      week.set(minute);
    }
  }
  return true;
}

Result<std::vector<PriceWindow>> read_windows(const YamlNode& row) {
  std::vector<PriceWindow> out;
  const YamlNode* list = row.find("windows");
  if (list == nullptr) return out;
  ASSAY_TRY_VOID(need_list(*list, "windows", kPriceWindowsMax));
  Week week;
  for (const YamlNode& node : list->items) {
    ASSAY_TRY(PriceWindow window, read_window(node));
    if (!mark(window, week))
      return node.error("this window overlaps an earlier one, expected windows apart");
    out.push_back(std::move(window));
  }
  return out;
}

// --- rows --------------------------------------------------------------------------------------

Result<std::vector<std::string>> read_aliases(const YamlNode& row) {
  const YamlNode* node = row.find("aliases");
  if (node == nullptr) return std::vector<std::string>();
  ASSAY_TRY(std::vector<std::string> out, node->as_strings("aliases"));
  if (out.size() > kPriceAliasesMax)
    return node->error(
        fmt::format("{} aliases, expected at most {}", out.size(), kPriceAliasesMax));
  for (const std::string& alias : out) {
    if (alias.empty() || alias.size() > kPriceTextMax)
      return node->error("an alias is empty or too long");
  }
  return out;
}

Result<PriceRow> read_row(const YamlNode& node) {
  if (!node.is_map())
    return node.error(fmt::format("a price is {}, expected model, currency, source and per_million",
                                  node.type_name()));
  ASSAY_TRY_VOID(refuse_unknown_keys(
      node, "a price",
      {"model", "provider", "aliases", "currency", "source", "checked", "from", "until",
       "per_million", "each", "tiers", "batch", "priority", "flex", "windows", "note"}));
  PriceRow row;
  ASSAY_TRY(row.model, need_text(node, "a price", "model", "gpt-4o-mini"));
  ASSAY_TRY(row.provider, find_text(node, "provider"));
  ASSAY_TRY(row.aliases, read_aliases(node));
  ASSAY_TRY(row.currency, read_currency(node, "a price", "currency"));
  ASSAY_TRY(row.source, need_text(node, "a price", "source", "the address of the price page"));
  ASSAY_TRY(row.checked, read_date(node, "checked"));
  ASSAY_TRY(row.from, read_time(node, "from", kAlwaysFrom));
  ASSAY_TRY(row.until, read_time(node, "until", kAlwaysUntil));
  ASSAY_TRY(row.rates, read_all_rates(node));
  ASSAY_TRY(row.tiers, read_tiers(node));
  ASSAY_TRY(row.services, read_services(node));
  ASSAY_TRY(row.windows, read_windows(node));
  ASSAY_TRY(row.note, find_text(node, "note"));
  const std::string fault = price_row_fault(row);
  if (!fault.empty()) return node.error(fault);
  return row;
}

// A row with its place, by model and begin.
struct Placed {
  const PriceRow* row;
  const YamlNode* node;
};

std::string period_text(const PriceRow& row) {
  return fmt::format("{} to {}", row.from == kAlwaysFrom ? "the beginning" : utc_text(row.from),
                     row.until == kAlwaysUntil ? "the end" : utc_text(row.until));
}

Result<void> check_together(const std::vector<PriceRow>& rows, const YamlNode& list) {
  std::vector<Placed> placed;
  for (size_t i = 0; i < rows.size(); ++i) placed.push_back({&rows[i], &list.items[i]});
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.row->provider, a.row->model, a.row->from) <
           std::tie(b.row->provider, b.row->model, b.row->from);
  });
  for (size_t i = 1; i < placed.size(); ++i) {
    const PriceRow& before = *placed[i - 1].row;
    const PriceRow& row = *placed[i].row;
    if (before.model != row.model || before.provider != row.provider) continue;
    const Placed& later =
        placed[i - 1].node->line > placed[i].node->line ? placed[i - 1] : placed[i];
    const YamlNode& other = later.node == placed[i].node ? *placed[i - 1].node : *placed[i].node;
    if (before.until > row.from)
      return later.node->error(fmt::format(
          "the period of {} overlaps that of line {}: {} and {}, expected periods apart",
          price_name(row), other.line, period_text(before), period_text(row)));
    if (before.currency != row.currency)
      return later.node->error(
          fmt::format("{} is in {} here and in {} in line {}, expected one currency for a model",
                      price_name(row), later.row->currency,
                      later.row == &row ? before.currency : row.currency, other.line));
  }
  return {};
}

// --- the rest of the file ----------------------------------------------------------------------

Result<ExchangeRate> read_exchange(const YamlNode& node) {
  if (!node.is_map())
    return node.error(
        fmt::format("a rate is {}, expected from, to, rate, as_of and source", node.type_name()));
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "a rate", {"from", "to", "rate", "as_of", "source"}));
  ExchangeRate out;
  ASSAY_TRY(out.from, read_currency(node, "a rate", "from"));
  ASSAY_TRY(out.to, read_currency(node, "a rate", "to"));
  if (out.from == out.to) return node.error("a rate from a currency to itself");
  ASSAY_TRY(out.rate, need_text(node, "a rate", "rate", "1450"));
  const Result<Rate> rate = Rate::parse(out.rate);
  if (!rate || rate->pico <= 0)
    return node.find("rate")->error(
        fmt::format("`rate` is `{}`, expected a decimal above 0", out.rate));
  ASSAY_TRY(out.as_of, read_date(node, "as_of"));
  ASSAY_TRY(out.source, need_text(node, "a rate", "source", "who states it"));
  return out;
}

Result<TrainingClaim> read_claim(const YamlNode& node) {
  if (!node.is_map())
    return node.error(
        fmt::format("a training claim is {}, expected model, gpu_hours, price_per_gpu_hour, scope",
                    node.type_name()));
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "a training claim",
                                     {"model", "hardware", "gpu_hours", "price_per_gpu_hour",
                                      "currency", "scope", "source", "checked"}));
  const std::string_view what = "a training claim";
  TrainingClaim out;
  ASSAY_TRY(out.model, need_text(node, what, "model", "DeepSeek-V3"));
  ASSAY_TRY(out.hardware, need_text(node, what, "hardware", "H800"));
  const YamlNode* hours = node.find("gpu_hours");
  const YamlNode* price = node.find("price_per_gpu_hour");
  if (hours == nullptr || price == nullptr)
    return node.error("a training claim without `gpu_hours` and `price_per_gpu_hour`");
  ASSAY_TRY(out.gpu_hours, hours->as_integer("gpu_hours", 1, kCountMax));
  ASSAY_TRY(out.price_per_gpu_hour, read_rate(*price, "price_per_gpu_hour"));
  ASSAY_TRY(out.currency, read_currency(node, what, "currency"));
  ASSAY_TRY(out.scope, need_text(node, what, "scope", "final run only"));
  ASSAY_TRY(out.source, need_text(node, what, "source", "arXiv:2412.19437"));
  ASSAY_TRY(out.checked, read_date(node, "checked"));
  return out;
}

template <typename T>
Result<std::vector<T>> read_list(const YamlNode& root, std::string_view key,
                                 Result<T> (*read)(const YamlNode&)) {
  std::vector<T> out;
  const YamlNode* list = root.find(key);
  if (list == nullptr) return out;
  ASSAY_TRY_VOID(need_list(*list, key, kPriceRowsMax));
  for (const YamlNode& item : list->items) {
    ASSAY_TRY(T one, read(item));
    out.push_back(std::move(one));
  }
  return out;
}

// --- writing -----------------------------------------------------------------------------------

void add_rates(const Rates& rates, Json& out) {
  for (const bool million : {true, false}) {
    Json part = Json::object();
    for (size_t i = 0; i < kBilledCount; ++i) {
      const Billed what = billed_at(i);
      if (by_million(what) != million || !rates.get(what)) continue;
      // As text: a JSON number has no exact twelve places.
      part[std::string(billed_name(what))] = rates.get(what)->text();
    }
    if (!part.empty()) out[million ? "per_million" : "each"] = std::move(part);
  }
}

std::string share_text(Share share) { return Rate{share.millionths * 1'000'000}.text(); }

void add_services(const std::vector<ServiceTerms>& services, Json& out) {
  for (const ServiceTerms& terms : services) {
    Json one = Json::object();
    if (terms.multiplier) one["multiplier"] = share_text(*terms.multiplier);
    add_rates(terms.rates, one);
    out[std::string(service_name(terms.service))] = std::move(one);
  }
}

std::string minute_text(int minute) { return fmt::format("{:02}:{:02}", minute / 60, minute % 60); }

Json window_json(const PriceWindow& window) {
  Json out = Json::object();
  if (!window.name.empty()) out["name"] = window.name;
  out["from"] = minute_text(window.from_minute);
  out["until"] = minute_text(window.until_minute);
  if (window.days != kEveryDay) {
    Json days = Json::array();
    for (size_t day = 0; day < kDays.size(); ++day) {
      if ((window.days >> day & 1) != 0) days.push_back(kDays[day]);
    }
    out["days"] = std::move(days);
  }
  if (window.multiplier) out["multiplier"] = share_text(*window.multiplier);
  add_rates(window.rates, out);
  return out;
}

Json tier_json(const PriceTier& tier) {
  Json out{{"above_prompt_tokens", tier.above_prompt_tokens}};
  add_rates(tier.rates, out);
  add_services(tier.services, out);
  return out;
}

void add_text(Json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

template <typename List, typename Write>
void add_lines(std::string& out, const char* key, const List& list, const Write& write) {
  if (list.empty()) return;
  out += fmt::format("{}:\n", key);
  for (const auto& one : list) out += "  - " + dump_json(write(one)) + "\n";
}

Json exchange_json(const ExchangeRate& rate) {
  Json out{{"from", rate.from}, {"to", rate.to}, {"rate", rate.rate}};
  add_text(out, "as_of", rate.as_of);
  add_text(out, "source", rate.source);
  return out;
}

Json claim_json(const TrainingClaim& claim) {
  Json out{{"model", claim.model},         {"hardware", claim.hardware},
           {"gpu_hours", claim.gpu_hours}, {"price_per_gpu_hour", claim.price_per_gpu_hour.text()},
           {"currency", claim.currency},   {"scope", claim.scope},
           {"source", claim.source}};
  add_text(out, "checked", claim.checked);
  return out;
}

}  // namespace

std::optional<int> parse_minute(std::string_view text) {
  constexpr size_t kLength = 5;
  const auto time = parse_utc("1970-01-01T" + std::string(text.substr(0, kLength + 1)));
  if (text.size() != kLength || !time) return std::nullopt;
  return static_cast<int>(*time / 60);
}

bool is_currency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string price_row_fault(const PriceRow& row) {
  if (row.from >= row.until)
    return fmt::format("`from` is not before `until` ({}), expected a period", period_text(row));
  if (row.rates.empty() && row.tiers.empty() && row.services.empty())
    return "a price without figures, expected per_million or each";
  for (size_t i = 1; i < row.tiers.size(); ++i) {
    if (row.tiers[i].above_prompt_tokens <= row.tiers[i - 1].above_prompt_tokens)
      return "tiers are not ascending";
  }
  Week week;
  const bool apart = std::all_of(row.windows.begin(), row.windows.end(),
                                 [&](const PriceWindow& window) { return mark(window, week); });
  return apart ? "" : "windows overlap";
}

Result<std::vector<PriceRow>> read_price_rows(const YamlNode& list) {
  ASSAY_TRY_VOID(need_list(list, "prices", kPriceRowsMax));
  std::vector<PriceRow> out;
  for (const YamlNode& item : list.items) {
    ASSAY_TRY(PriceRow row, read_row(item));
    out.push_back(std::move(row));
  }
  ASSAY_TRY_VOID(check_together(out, list));
  return out;
}

Result<PriceFile> read_price_file(std::string_view text, const std::string& name) {
  ASSAY_TRY(const YamlNode root, read_yaml(text, name));
  if (!root.is_map())
    return root.error("is " + root.type_name() + ", expected version and prices (docs/prices.md)");
  ASSAY_TRY_VOID(
      refuse_unknown_keys(root, "a price file", {"version", "rates", "prices", "training"}));
  const YamlNode* version = root.find("version");
  if (version == nullptr)
    return root.error("a price file without `version`, expected `version: 1`");
  ASSAY_TRY_VOID(version->as_integer("version", kPriceFileVersion, kPriceFileVersion));
  PriceFile out;
  ASSAY_TRY(out.rates, read_list<ExchangeRate>(root, "rates", read_exchange));
  if (const YamlNode* prices = root.find("prices")) {
    ASSAY_TRY(out.prices, read_price_rows(*prices));
  }
  ASSAY_TRY(out.training, read_list<TrainingClaim>(root, "training", read_claim));
  return out;
}

Json price_row_json(const PriceRow& row) {
  Json out{{"model", row.model}};
  add_text(out, "provider", row.provider);
  if (!row.aliases.empty()) out["aliases"] = row.aliases;
  out["currency"] = row.currency;
  out["source"] = row.source;
  add_text(out, "checked", row.checked);
  if (row.from != kAlwaysFrom) out["from"] = utc_text(row.from);
  if (row.until != kAlwaysUntil) out["until"] = utc_text(row.until);
  add_rates(row.rates, out);
  for (const PriceTier& tier : row.tiers) out["tiers"].push_back(tier_json(tier));
  add_services(row.services, out);
  for (const PriceWindow& window : row.windows) out["windows"].push_back(window_json(window));
  add_text(out, "note", row.note);
  return out;
}

std::string price_file_text(const PriceFile& file) {
  std::string out = fmt::format("version: {}\n", kPriceFileVersion);
  add_lines(out, "rates", file.rates, exchange_json);
  add_lines(out, "prices", file.prices, price_row_json);
  add_lines(out, "training", file.training, claim_json);
  return out;
}

}  // namespace assay::cost
