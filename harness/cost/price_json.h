// Prices as JSON: what a run file keeps of a model's prices, the same words as a price file has.
//
// Where it stands: harness/cost. app writes it when a run begins, aggregation reads it for
// projections and for the reasons of calls without a cost. Pure.
//
//   info.prices = cost::prices_to_json(prices);
//   ASSAY_TRY(const ModelPrices prices, cost::prices_from_json(info.prices, "run.assay: model m"));
//
// {"service": "standard", "missing": "error", "prices": [{row}, ...]}; a row is as in
// docs/prices.md. Empty text: no prices. Compact, keys in a fixed order: equal prices give equal
// bytes.
#pragma once

#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/types/prices.h"

namespace assay::cost {

std::string prices_to_json(const ModelPrices& prices);
// Everything is checked as in a price file: run files are hostile. `where` names it in errors.
Result<ModelPrices> prices_from_json(const std::string& text, const std::string& where);

}  // namespace assay::cost
