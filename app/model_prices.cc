#include "app/model_prices.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "app/price_tables.h"
#include "harness/base/utc_time.h"
#include "harness/cost/bill.h"
#include "harness/cost/price_json.h"
#include "harness/cost/token_cost.h"

namespace assay::app {
namespace {

void note(const PriceSettings& settings, const std::string& text) {
  if (!settings.quiet) fmt::print(stderr, "assay: note: {}\n", text);
}

// Prices given with the model: in the run's currency.
void complete_given(const PriceSettings& settings, ModelPrices& prices) {
  for (PriceRow& row : prices.periods) {
    if (row.currency.empty()) row.currency = settings.currency;
  }
}

void say_what_is_known(const PriceSettings& settings, const std::string& name,
                       const std::optional<ModelPrices>& found) {
  const int64_t now = cost::unix_now_s();
  if (!found) {
    note(settings, fmt::format("no price is known for {}, so it has no cost; --prices FILE or "
                               "?price_in=..&price_out=.. gives one",
                               name));
    return;
  }
  const PriceRow* row = cost::period_at(*found, now);
  if (row == nullptr) {
    const PriceRow& last = found->periods.back();
    note(settings, fmt::format("no price of {} holds today ({}); --prices FILE gives one", name,
                               last.until <= now ? "the last ended on " + utc_text(last.until)
                                                 : "the next begins on " + utc_text(last.from)));
    return;
  }
  const std::string old = price_age_warning(*row, now);
  if (!old.empty()) note(settings, old);
}

}  // namespace

PriceSettings price_settings(const RunFlags& flags) {
  PriceSettings out;
  out.files = flags.price_files;
  out.currency = flags.currency.value_or("USD");
  out.assume_input_price = flags.assume_input_price;
  out.quiet = flags.quiet;
  return out;
}

Result<void> resolve_prices(const PriceSettings& settings, std::vector<run::RunModel>& models) {
  const bool needed = std::any_of(models.begin(), models.end(), [](const run::RunModel& model) {
    const BackendTraits& traits = model.backend->traits();
    return !traits.prices.known() && !traits.price_name.empty();
  });
  cost::PriceBook book;
  // A file that is none is said even where no model needs it.
  if (needed || !settings.files.empty()) {
    ASSAY_TRY(book, load_price_book(settings.files, {}));
  }
  std::set<std::string> said;
  for (run::RunModel& model : models) {
    const BackendTraits& traits = model.backend->traits();
    model.prices = traits.prices;
    complete_given(settings, model.prices);
    if (!model.prices.known() && !traits.price_name.empty()) {
      ASSAY_TRY(std::optional<ModelPrices> found,
                book.find_if_known(traits.price_name, settings.currency));
      if (said.insert(traits.price_name).second && !traits.local)
        say_what_is_known(settings, traits.price_name, found);
      if (found) model.prices = *std::move(found);
    }
    if (settings.assume_input_price) model.prices.missing = MissingPrice::kAsInput;
    model.info.prices = cost::prices_to_json(model.prices);
  }
  return {};
}

}  // namespace assay::app
