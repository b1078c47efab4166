// Traffic mix: a user's own traffic in a few numbers, and what a model costs under it.
//
// Where it stands: harness/cost. `assay price --mix`, `assay run --mix` and reports project with
// it. Pure; any thread.
//
//   ASSAY_TRY(const TrafficMix mix, parse_mix("in=3000,out=500,cached=0.6,per_day=20000"));
//   ASSAY_TRY(const MixCost cost, project(prices, mix, unix_now_s()));
//   cost.per_month->text()
//
// Formula: a request costs its bill with cached × in tokens read from the cache and the rest of
// them uncached (a mean, so that parts of tokens count exactly); a day is per_day times that; a
// month is 365.25 / 12 days. The tier is that of `in`. Requests are spread evenly over the week:
// where the price has daily windows, each counts by its share of the week's minutes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/cost/bill.h"
#include "harness/types/prices.h"

namespace assay::cost {

struct TrafficMix {
  int64_t input = 0;      // tokens of the prompt, cached ones included
  int64_t output = 0;     // visible tokens of the reply
  int64_t reasoning = 0;  // besides those
  Share cached{0};        // of the input, read from the cache
  int64_t images = 0;     // pictures in the prompt, each also a page
  int64_t per_day = 0;    // requests; 0: not said
  bool operator==(const TrafficMix&) const = default;
};

// KEY=NUMBER[,...] of in, out, reasoning, cached, images, per_day; in and out are needed. Errors
// name the key, what was found and what was expected; their place is "--mix".
Result<TrafficMix> parse_mix(std::string_view text);
// The same text again, what is 0 left out.
std::string mix_text(const TrafficMix& mix);

struct MixCost {
  Amount per_request;
  std::optional<Amount> per_day;    // where the mix says how many
  std::optional<Amount> per_month;  // the same
  double window_share = 0;          // of the week, in which another price than the ordinary holds
};

// At the prices that hold at `unix_s`. Errors: those of make_bill(); counts that are too large.
Result<MixCost> project(const ModelPrices& prices, const TrafficMix& mix, int64_t unix_s);

}  // namespace assay::cost
