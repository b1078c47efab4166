// Importers: other tools' price tables as rows of ours, and what was not understood of them.
//
// Where it stands: harness/cost. `assay import prices` writes the rows as a price file; the
// conformance program bills through them. Pure functions over hostile text: bounded, no exception
// leaves them, a strange entry is counted and skipped, never guessed.
//
//   ASSAY_TRY(const ImportedPrices table, import_prices(text, "prices.json", PriceTable::kAuto,
//   {})); price_file_text({.prices = table.rows})
//
// LiteLLM: model_prices_and_context_window.json, an object model -> {litellm_provider, mode,
//   input_cost_per_token, ...}, USD for each unit. `_above_200k_tokens` is a tier, `_batches`,
//   `_priority` and `_flex` are services; multipliers of a region or a speed become rows of their
//   own ("eu/gpt-x"). Source: BerriAI/litellm, snapshot of 2026-08-06, and its cost calculator.
// genai-prices: data.json (all providers) or a provider's YAML, USD per million; start dates become
//   periods, times of day windows. Source: pydantic/genai-prices, prices/data.schema.json.
// OpenRouter: the reply of GET /api/v1/models, USD for each unit as text; -1 is no price. Source:
//   OpenRouter's OpenAPI description (PublicPricing, overrides).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/types/prices.h"

namespace assay::cost {

enum class PriceTable : uint8_t { kAuto, kLiteLlm, kGenaiPrices, kOpenRouter };

// Something of a table that no row says.
struct NotUnderstood {
  std::string dimension;                 // "output_cost_per_second_1080p"
  std::map<std::string, int64_t> modes;  // models by what they do ("chat"); empty name: not said
  std::string example;                   // one of the models
};

struct ImportedPrices {
  PriceTable table = PriceTable::kAuto;
  std::vector<PriceRow> rows;
  int64_t models = 0;                         // that the table names
  int64_t without_price = 0;                  // of them
  int64_t rounded = 0;                        // figures that have more than 12 places
  std::vector<NotUnderstood> not_understood;  // by name
  std::vector<std::string> notes;             // sentences for people
};

// What rows say that name none themselves.
struct ImportSource {
  std::string source;   // empty: the table's name
  std::string checked;  // "2026-08-06"; empty: not known
};

inline constexpr size_t kImportBytesMax = size_t{64} << 20;

// `name` is the file's, for errors: not the format, larger than the limit, no model in it. There
// may be no rows: models without a price.
Result<ImportedPrices> import_prices(std::string_view text, const std::string& name,
                                     PriceTable table, const ImportSource& from);
std::string_view price_table_name(PriceTable table);  // "litellm", "genai-prices", "openrouter"

}  // namespace assay::cost
