// PriceBook: many models' prices, from price files (our own dated format) and other tools' tables.
//
// Where it stands: harness/cost. app loads the shipped table, the user's files and imports, and
// looks models up; `assay list prices` and `assay price` show it. Pure but for nothing: files are
// read by app.
//
//   PriceBook book;
//   ASSAY_TRY_VOID(book.add_file(text, "prices.yaml"));              // later files win
//   ASSAY_TRY(ModelPrices prices, book.find("openai/gpt-4o-mini", "USD"));
//
// The format is described in docs/prices.md. Every complaint names file:line, found and expected.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/result.h"
#include "harness/types/prices.h"

namespace assay::cost {

// So many units of `to` for one unit of `from`, as somebody stated it.
struct ExchangeRate {
  std::string from;   // "USD"
  std::string to;     // "KRW"
  std::string rate;   // decimal
  std::string as_of;  // "2025-02-01"
  std::string source;
};

// What training a model is said to have cost: hours times a price, and what that covers.
struct TrainingClaim {
  std::string model;     // "DeepSeek-V3"
  std::string hardware;  // "H800"
  int64_t gpu_hours = 0;
  Rate price_per_gpu_hour;
  std::string currency;
  std::string scope;  // "final run only"
  std::string source;
  std::string checked;
};

// gpu_hours × price, exactly. In another currency: with the price converted.
Amount training_cost(const TrainingClaim& claim);

class PriceBook {
 public:
  // Rows of a model that an earlier file had are replaced as a whole. Errors: not the format,
  // negative price, overlapping periods or windows, unknown currency, ...
  Result<void> add_file(std::string_view text, const std::string& name);
  void add_rows(std::vector<PriceRow> rows);
  void add_rate(ExchangeRate rate);

  // Exact names first ("provider/model", aliases), then the bare model where it is not ambiguous.
  // Converted to `currency` (as it is where that is empty). Errors: unknown model (the nearest
  // names are given), no exchange rate to the currency.
  [[nodiscard]] Result<ModelPrices> find(std::string_view name, std::string_view currency) const;
  // Nothing where the model is unknown; the errors of find() otherwise.
  [[nodiscard]] Result<std::optional<ModelPrices>> find_if_known(std::string_view name,
                                                                 std::string_view currency) const;
  // The rows that find() would take, as they are; none where the model is unknown.
  [[nodiscard]] Result<std::vector<PriceRow>> rows_of(std::string_view name) const;
  // The latest claim on a model's training; nullptr: none.
  [[nodiscard]] const TrainingClaim* find_claim(std::string_view model) const;
  [[nodiscard]] const std::vector<PriceRow>& rows() const { return rows_; }
  [[nodiscard]] const std::vector<TrainingClaim>& claims() const { return claims_; }
  [[nodiscard]] const std::vector<ExchangeRate>& rates() const { return rates_; }

  // A factor as millionths of millionths is too coarse for KRW to USD: both directions of a stated
  // rate are used, by multiplication or division. Rounded half to even to 10^-12.
  [[nodiscard]] Result<Rate> convert(Rate rate, std::string_view from, std::string_view to) const;

 private:
  std::vector<PriceRow> rows_;
  std::vector<TrainingClaim> claims_;
  std::vector<ExchangeRate> rates_;
};

// "USD:KRW=1450", as --rate has it.
Result<ExchangeRate> parse_exchange_rate(std::string_view text);

// "provider/model", or the model alone where the row holds for every provider.
std::string price_name(const PriceRow& row);

// The table that is part of the program.
std::string_view shipped_prices();

inline constexpr int kPriceAgeDaysMax = 60;
// Days since somebody last looked; nothing where no date is known.
std::optional<int64_t> price_age_days(const PriceRow& row, int64_t unix_s);

}  // namespace assay::cost
