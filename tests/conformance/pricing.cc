// Prices: a row of LiteLLM's table through our importer, and token counts through our bills, on the
// terms of the reference's calculator: what has no price costs nothing, the tier depends on
// uncached and cached tokens alone, a batch job costs its own price or half, without any cache.
#include <optional>
#include <stdexcept>
#include <string>

#include "harness/base/json.h"
#include "harness/cost/bill.h"
#include "harness/cost/price_import.h"
#include "tests/conformance/families.h"

namespace assay::conformance {
namespace {

constexpr Share kHalf{500'000};

ModelPrices prices_of(const Json& input) {
  const Json table{{input.value("model", "model"), input.at("prices")}};
  const auto imported =
      cost::import_prices(dump_json(table), "prices", cost::PriceTable::kLiteLlm, {});
  if (!imported) throw std::runtime_error(imported.error().text());
  // A model without any price is one of the reference's cases; a multiplier's row follows that of
  // the model.
  const PriceRow row = imported->rows.empty() ? PriceRow{} : imported->rows.front();
  return ModelPrices{{row}, Service::kStandard, MissingPrice::kZero};
}

// Half the ordinary price where the table has none for batches.
void price_batches(ModelPrices& prices) {
  prices.service = Service::kBatch;
  auto& services = prices.periods.front().services;
  for (ServiceTerms& terms : services) {
    if (terms.service != Service::kBatch) continue;
    terms.multiplier = kHalf;
    return;
  }
  services.push_back({.service = Service::kBatch, .multiplier = kHalf});
}

cost::Quantities batch_counts(const Json& input) {
  cost::Quantities out;
  out.set(Billed::kInput, input.at("uncached_input_tokens").get<int64_t>() +
                              input.value("cached_input_tokens", int64_t{0}));
  out.set(Billed::kOutput, input.at("output_tokens").get<int64_t>());
  out.set_prompt_tokens(0);
  return out;
}

cost::Quantities counts(const Json& input) {
  const auto cached = input.value("cached_input_tokens", int64_t{0});
  const auto uncached = input.at("uncached_input_tokens").get<int64_t>();
  const auto output = input.at("output_tokens").get<int64_t>();
  const int64_t reasoning = input.value("reasoning_reported_separately", false)
                                ? input.value("reasoning_tokens", int64_t{0})
                                : 0;
  cost::Quantities out;
  out.set(Billed::kInput, uncached);
  out.set(Billed::kCachedInput, cached);
  out.set(Billed::kCacheWrite, input.value("cache_write_tokens", int64_t{0}));
  out.set(Billed::kOutput, output - reasoning);
  out.set(Billed::kReasoning, reasoning);
  out.set_prompt_tokens(uncached + cached);
  return out;
}

}  // namespace

Json pricing_case(const Json& input) {
  ModelPrices prices = prices_of(input);
  const bool batch = input.value("batch", false);
  if (batch) price_batches(prices);
  const auto bill = cost::make_bill(prices, batch ? batch_counts(input) : counts(input), 0);
  if (!bill) throw std::runtime_error(bill.error().text());
  return Json{{"input_cost_usd", bill->prompt.approximate()},
              {"output_cost_usd", bill->reply.approximate()},
              {"total_cost_usd", bill->total.approximate()}};
}

}  // namespace assay::conformance
