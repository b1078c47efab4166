// What models cost in a run: prices given with the model, else those of the price tables (the
// user's files before the shipped one), in the run's currency, on its terms.
//
//   ASSAY_TRY_VOID(resolve_prices(price_settings(flags), models));   // RunModel::prices,
//   info.prices
#pragma once

#include <string>
#include <vector>

#include "app/run_flags.h"
#include "harness/base/result.h"
#include "harness/run/run.h"

namespace assay::app {

struct PriceSettings {
  std::vector<std::string> files;  // of the user; later ones win
  std::string currency = "USD";
  bool assume_input_price = false;
  bool quiet = false;
};

PriceSettings price_settings(const RunFlags& flags);

// Warnings (a price that is old, a model without one) go to stderr unless quiet. Errors: a price
// file that is none, no exchange rate to the run's currency.
Result<void> resolve_prices(const PriceSettings& settings, std::vector<run::RunModel>& models);

}  // namespace assay::app
