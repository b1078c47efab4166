#include "app/model_prices.h"

#include "harness/cost/price_json.h"

namespace assay::app {

PriceSettings price_settings(const RunFlags& flags) {
  PriceSettings out;
  out.files = flags.price_files;
  out.currency = flags.currency.value_or("USD");
  out.assume_input_price = flags.assume_input_price;
  out.quiet = flags.quiet;
  return out;
}

Result<void> resolve_prices(const PriceSettings& settings, std::vector<run::RunModel>& models) {
  for (run::RunModel& model : models) {
    model.prices = model.backend->traits().prices;
    model.prices.service = settings.service;
    if (settings.assume_input_price) model.prices.missing = MissingPrice::kAsInput;
    for (PriceRow& row : model.prices.periods) {
      if (row.currency.empty()) row.currency = settings.currency;
    }
    model.info.prices = cost::prices_to_json(model.prices);
  }
  return {};
}

}  // namespace assay::app
