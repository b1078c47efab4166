// What a model spec says of its prices: `?price_in=0.55&price_out=2.19&price_cached=0.14`, per
// million tokens in the run's currency, and `&price_batch=0.5`, the factor of requests through a
// batch endpoint. They win over any table.
//
//   ASSAY_TRY_VOID(read_prices(params, model, traits.prices));   // unchanged where none is given
#pragma once

#include <string>

#include "backends/params.h"
#include "harness/base/result.h"
#include "harness/types/prices.h"

namespace assay::backends {

// Errors: not a price or factor; some price, but not those of input and output.
Result<void> read_prices(Params& params, const std::string& model, ModelPrices& prices);

}  // namespace assay::backends
