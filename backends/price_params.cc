#include "backends/price_params.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace assay::backends {
namespace {

constexpr std::array<std::pair<std::string_view, Billed>, 7> kPriceParams{{
    {"price_in", Billed::kInput},
    {"price_out", Billed::kOutput},
    {"price_cached", Billed::kCachedInput},
    {"price_cache_write", Billed::kCacheWrite},
    {"price_reasoning", Billed::kReasoning},
    {"price_request", Billed::kRequest},
    {"price_image", Billed::kImage},
}};

constexpr int64_t kNanoPerMillionth = 1000;
constexpr int64_t kShareMax = 10'000'000;  // ten times the price

// A factor like 0.5, with at most six places behind the point.
Result<void> read_batch_share(Params& params, PriceRow& row) {
  const std::string text = params.text("price_batch", "");
  if (!params.has("price_batch")) return {};
  const Result<Money> factor = Money::parse(text);
  const int64_t millionths = factor ? factor->nano / kNanoPerMillionth : -1;
  if (!factor || factor->nano % kNanoPerMillionth != 0 || millionths < 0 || millionths > kShareMax)
    return params.error(
        fmt::format("parameter `price_batch` is `{}`, expected a factor 0..10 like 0.5", text));
  row.services.push_back({.service = Service::kBatch, .multiplier = Share{millionths}});
  return {};
}

}  // namespace

Result<void> read_prices(Params& params, const std::string& model, ModelPrices& prices) {
  PriceRow row{.model = model, .source = "given with the model"};
  for (const auto& [key, what] : kPriceParams) {
    const std::string text = params.text(key, "");
    if (!params.has(key)) continue;
    const Result<Rate> rate = Rate::parse(text);
    if (!rate)
      return params.error(fmt::format("parameter `{}` is `{}`, expected a price {} like 0.55", key,
                                      text,
                                      is_token(what) ? "per million tokens" : "for each one"));
    row.rates.set(what, *rate);
  }
  ASSAY_TRY_VOID(read_batch_share(params, row));
  if (row.rates.empty() && !row.services.empty())
    return params.error(
        "`price_batch` is given without `price_in` and `price_out`, whose factor it is");
  if (row.rates.empty()) return {};
  for (const auto& [key, what] : {kPriceParams[0], kPriceParams[1]}) {
    if (!row.rates.get(what))
      return params.error(
          fmt::format("prices are given without `{}`, expected both `price_in` and "
                      "`price_out`",
                      key));
  }
  prices.periods.push_back(std::move(row));
  return {};
}

}  // namespace assay::backends
