#include "harness/cost/price_book.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "harness/base/nearest.h"
#include "harness/base/utc_time.h"
#include "harness/cost/price_file.h"
#include "harness/cost/prices_text.h"

namespace assay::cost {
namespace {

constexpr int64_t kOne = 1'000'000'000'000;  // 1 as a Rate
constexpr int64_t kSecondsPerDay = 86'400;
constexpr size_t kNamesShownMax = 5;

bool same_model(const PriceRow& a, const PriceRow& b) {
  return a.provider == b.provider && a.model == b.model;
}

bool has_alias(const PriceRow& row, std::string_view name) {
  return std::find(row.aliases.begin(), row.aliases.end(), name) != row.aliases.end();
}

// The name without "provider/"; nothing where it is another provider's.
std::optional<std::string_view> behind_provider(const PriceRow& row, std::string_view name) {
  if (row.provider.empty() || !name.starts_with(row.provider)) return std::nullopt;
  name.remove_prefix(row.provider.size());
  if (!name.starts_with('/')) return std::nullopt;
  return name.substr(1);
}

// Ways to be named, the most exact first.
bool is_model_of_provider(const PriceRow& row, std::string_view name) {
  return behind_provider(row, name) == row.model;
}
bool is_alias_of_provider(const PriceRow& row, std::string_view name) {
  const auto rest = behind_provider(row, name);
  return rest && has_alias(row, *rest);
}
bool is_model(const PriceRow& row, std::string_view name) { return row.model == name; }
bool is_alias(const PriceRow& row, std::string_view name) { return has_alias(row, name); }
// A row without provider is that of every provider.
bool is_any_providers_model(const PriceRow& row, std::string_view name) {
  const size_t slash = name.find('/');
  if (!row.provider.empty() || slash == std::string_view::npos) return false;
  const std::string_view rest = name.substr(slash + 1);
  return rest == row.model || has_alias(row, rest);
}
constexpr std::array kWaysToBeNamed{is_model_of_provider, is_alias_of_provider, is_model, is_alias,
                                    is_any_providers_model};

Error no_rate_error(std::string_view from, std::string_view to) {
  return input_error("", fmt::format("prices in {0} cannot be said in {1}: no exchange rate is "
                                     "known; state one under `rates` of a price file, or with "
                                     "--rate {0}:{1}=RATE of `assay price`",
                                     from, to));
}

Error too_large(Rate rate, std::string_view from, std::string_view to) {
  return input_error("",
                     fmt::format("{} {} in {} is too large for a price", rate.text(), from, to));
}

// Every set of rates that a row has.
template <typename Use>
Result<void> for_all_rates(PriceRow& row, const Use& use) {
  ASSAY_TRY_VOID(use(row.rates));
  for (ServiceTerms& terms : row.services) ASSAY_TRY_VOID(use(terms.rates));
  for (PriceTier& tier : row.tiers) {
    ASSAY_TRY_VOID(use(tier.rates));
    for (ServiceTerms& terms : tier.services) ASSAY_TRY_VOID(use(terms.rates));
  }
  for (PriceWindow& window : row.windows) ASSAY_TRY_VOID(use(window.rates));
  return {};
}

const ExchangeRate* find_exchange(const std::vector<ExchangeRate>& rates, std::string_view from,
                                  std::string_view to) {
  const auto it = std::find_if(rates.rbegin(), rates.rend(), [&](const ExchangeRate& rate) {
    return (rate.from == from && rate.to == to) || (rate.from == to && rate.to == from);
  });
  return it == rates.rend() ? nullptr : &*it;
}

Result<PriceRow> converted(const PriceBook& book, PriceRow row, std::string_view currency) {
  const std::string from = row.currency;
  ASSAY_TRY_VOID(for_all_rates(row, [&](Rates& rates) -> Result<void> {
    for (size_t i = 0; i < kBilledCount; ++i) {
      const auto what = static_cast<Billed>(i);
      if (!rates.get(what)) continue;
      ASSAY_TRY(const Rate rate, book.convert(*rates.get(what), from, currency));
      rates.set(what, rate);
    }
    return {};
  }));
  row.currency = currency;
  const ExchangeRate* used = find_exchange(book.rates(), from, currency);
  if (used != nullptr) {
    if (!row.note.empty()) row.note += "; ";
    row.note += fmt::format("in {} at {} {} for 1 {} ({})", currency, used->rate, used->to,
                            used->from, used->source);
  }
  return row;
}

}  // namespace

std::string price_name(const PriceRow& row) {
  return row.provider.empty() ? row.model : row.provider + "/" + row.model;
}

Amount training_cost(const TrainingClaim& claim) {
  return Amount::of(claim.price_per_gpu_hour, claim.gpu_hours, 1);
}

Result<void> PriceBook::add_file(std::string_view text, const std::string& name) {
  ASSAY_TRY(PriceFile file, read_price_file(text, name));
  add_rows(std::move(file.prices));
  std::move(file.rates.begin(), file.rates.end(), std::back_inserter(rates_));
  std::move(file.training.begin(), file.training.end(), std::back_inserter(claims_));
  return {};
}

void PriceBook::add_rows(std::vector<PriceRow> rows) {
  std::set<std::string> replaced;
  for (const PriceRow& row : rows) replaced.insert(row.provider + '\n' + row.model);
  std::erase_if(rows_, [&](const PriceRow& row) {
    return replaced.contains(row.provider + '\n' + row.model);
  });
  std::move(rows.begin(), rows.end(), std::back_inserter(rows_));
}

void PriceBook::add_rate(ExchangeRate rate) { rates_.push_back(std::move(rate)); }

Result<std::vector<PriceRow>> PriceBook::rows_of(std::string_view name) const {
  std::vector<PriceRow> out;
  std::vector<std::string> models;
  for (const auto& is_named : kWaysToBeNamed) {
    for (const PriceRow& row : rows_) {
      if (!is_named(row, name)) continue;
      if (out.empty() || !same_model(out.front(), row)) models.push_back(price_name(row));
      if (out.empty() || same_model(out.front(), row)) out.push_back(row);
    }
    if (!out.empty()) break;
  }
  std::sort(models.begin(), models.end());
  models.erase(std::unique(models.begin(), models.end()), models.end());
  if (models.size() > 1) {
    const size_t shown = std::min(models.size(), kNamesShownMax);
    return input_error(
        std::string(name),
        fmt::format("{} providers have a price for it, expected one of {}{}", models.size(),
                    fmt::join(models.begin(), models.begin() + static_cast<ptrdiff_t>(shown), ", "),
                    shown < models.size() ? ", ..." : ""));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const PriceRow& a, const PriceRow& b) { return a.from < b.from; });
  return out;
}

Result<std::optional<ModelPrices>> PriceBook::find_if_known(std::string_view name,
                                                            std::string_view currency) const {
  ASSAY_TRY(std::vector<PriceRow> rows, rows_of(name));
  if (rows.empty()) return std::optional<ModelPrices>();
  ModelPrices out;
  for (PriceRow& row : rows) {
    if (currency.empty() || row.currency == currency) {
      out.periods.push_back(std::move(row));
      continue;
    }
    ASSAY_TRY(PriceRow other, converted(*this, std::move(row), currency));
    out.periods.push_back(std::move(other));
  }
  return std::optional<ModelPrices>(std::move(out));
}

Result<ModelPrices> PriceBook::find(std::string_view name, std::string_view currency) const {
  ASSAY_TRY(std::optional<ModelPrices> found, find_if_known(name, currency));
  if (found) return *std::move(found);
  std::vector<std::string> known;
  for (const PriceRow& row : rows_) {
    known.push_back(price_name(row));
    known.push_back(row.model);
    known.insert(known.end(), row.aliases.begin(), row.aliases.end());
  }
  return Error{ErrorCode::kNotFound,
               fmt::format("no price is known for it{}; `assay list prices` shows the models, "
                           "--prices FILE adds some",
                           did_you_mean(name, known)),
               std::string(name.substr(0, kPriceTextMax))};
}

const TrainingClaim* PriceBook::find_claim(std::string_view model) const {
  const auto it = std::find_if(claims_.rbegin(), claims_.rend(),
                               [&](const TrainingClaim& claim) { return claim.model == model; });
  return it == claims_.rend() ? nullptr : &*it;
}

Result<Rate> PriceBook::convert(Rate rate, std::string_view from, std::string_view to) const {
  if (from == to) return rate;
  const ExchangeRate* exchange = find_exchange(rates_, from, to);
  if (exchange == nullptr) return no_rate_error(from, to);
  ASSAY_TRY(const Rate factor, Rate::parse(exchange->rate));
  if (factor.pico <= 0) return no_rate_error(from, to);
  const std::optional<Rate> out = exchange->from == from ? rate.times_ratio(factor.pico, kOne)
                                                         : rate.times_ratio(kOne, factor.pico);
  if (!out) return too_large(rate, from, to);
  return *out;
}

Result<ExchangeRate> parse_exchange_rate(std::string_view text) {
  const Error bad = input_error(
      "--rate", fmt::format("`{}` is no exchange rate, expected for example USD:KRW=1450",
                            text.substr(0, 64)));
  const size_t colon = text.find(':');
  const size_t equals = text.find('=');
  if (colon == std::string_view::npos || equals == std::string_view::npos || equals < colon)
    return bad;
  ExchangeRate out{.from = std::string(text.substr(0, colon)),
                   .to = std::string(text.substr(colon + 1, equals - colon - 1)),
                   .rate = std::string(text.substr(equals + 1)),
                   .source = "--rate"};
  const Result<Rate> rate = Rate::parse(out.rate);
  if (!is_currency(out.from) || !is_currency(out.to) || out.from == out.to || !rate ||
      rate->pico <= 0)
    return bad;
  return out;
}

std::string_view shipped_prices() { return kPricesText; }

std::optional<int64_t> price_age_days(const PriceRow& row, int64_t unix_s) {
  const std::optional<int64_t> checked = parse_utc_date(row.checked);
  if (!checked) return std::nullopt;
  return std::max<int64_t>(0, (unix_s - *checked) / kSecondsPerDay);
}

}  // namespace assay::cost
