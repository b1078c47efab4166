// Price files: our own dated format (docs/prices.md), read and written. YAML; JSON is a part of it.
//
// Where it stands: harness/cost, below price_book.h and price_json.h. Pure. The bytes may be
// hostile: everything is bounded, and every complaint names file:line:column, found and expected.
//
//   ASSAY_TRY(const PriceFile file, read_price_file(text, "prices.yaml"));
//   const std::string text = price_file_text(file);   // equal contents give equal bytes
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"
#include "harness/cost/price_book.h"
#include "harness/types/prices.h"

namespace assay::cost {

inline constexpr int kPriceFileVersion = 1;
inline constexpr size_t kPriceRowsMax = 50'000;
inline constexpr size_t kPriceTiersMax = 32;
inline constexpr size_t kPriceWindowsMax = 64;
inline constexpr size_t kPriceAliasesMax = 64;
inline constexpr size_t kPriceTextMax = 4096;  // bytes of one name or note

struct PriceFile {
  std::vector<ExchangeRate> rates;
  std::vector<PriceRow> prices;
  std::vector<TrainingClaim> training;
};

Result<PriceFile> read_price_file(std::string_view text, const std::string& name);
// A file with one row a line, in order.
std::string price_file_text(const PriceFile& file);

// The parts that price_json.h shares. The list is checked as a whole: the periods of one model may
// not overlap and have one currency.
Result<std::vector<PriceRow>> read_price_rows(const YamlNode& list);
Json price_row_json(const PriceRow& row);

// Of rows that come from elsewhere (importers): what read_price_rows would complain of, as text
// without a place; empty: nothing.
std::string price_row_fault(const PriceRow& row);

// "16:30" as minutes from midnight.
std::optional<int> parse_minute(std::string_view text);

// "USD": three capital letters (ISO 4217).
bool is_currency(std::string_view text);

}  // namespace assay::cost
