// Bill: what one request costs: counts times dated prices, exactly.
//
// Where it stands: harness/cost. Called by the decode stage for every attempt, by budgets and plans
// for what a request can cost, by `assay price` and by projections of traffic. Pure; any thread.
//
//   const Quantities q = quantities_of(response.usage, images_in(request));
//   ASSAY_TRY(const Bill bill, cost::make_bill(prices, q, unix_now));
//   bill.total.money()
//
// Formula: Σ over what has a count of count × rate / unit, in 10^-18 units of the currency, no
// rounding. The rate is that of the period that holds the time; of its highest tier whose threshold
// the whole prompt exceeds (strictly; a tier replaces the rates that it names, for all of the
// request's tokens); of the service (own rates, else its multiplier); of the daily window that
// holds the time (own rates on the standard service, else its multiplier on whatever came before).
// A multiplied rate is rounded half to even to 10^-12.
// What has a count and no rate: reasoning costs what visible output costs, a picture's tokens what
// text costs; anything else is an error, unless ModelPrices::missing says otherwise. Things that
// are counted one by one and have no rate cost nothing: no provider bills a request or a picture
// besides its tokens unless its table says so.
// Sources: providers' own price pages for tiers (Google and Anthropic bill all tokens of a long
// request at the higher rate), windows (DeepSeek: the time of completion decides) and services.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/types/prices.h"
#include "harness/types/response.h"

namespace assay::cost {

// A server may claim any number; beyond this it is none.
inline constexpr int64_t kCountMax = 1'000'000'000'000;

class Quantities {
 public:
  [[nodiscard]] int64_t get(Billed what) const { return counts_[static_cast<size_t>(what)]; }
  // Negative: 0. Beyond kCountMax: that.
  void set(Billed what, int64_t count);
  void add(Billed what, int64_t count) { set(what, get(what) + count); }
  // Tokens that decide on the tier: all of the prompt's, unless set.
  [[nodiscard]] int64_t prompt_tokens() const;
  void set_prompt_tokens(int64_t tokens) { prompt_tokens_ = tokens; }

 private:
  std::array<int64_t, kBilledCount> counts_{};
  std::optional<int64_t> prompt_tokens_;
};

// The buckets of a reply, and one request. `images`: pictures of the prompt, each also a page.
// Nothing where the reply said neither its input nor its output.
std::optional<Quantities> quantities_of(const Usage& usage, int64_t images = 0);

struct BillLine {
  Billed what = Billed::kInput;
  int64_t count = 0;
  Rate rate;  // after tier, service and window
  Amount amount;
  bool assumed = false;  // the rate is another one's, by MissingPrice
};

struct Bill {
  std::vector<BillLine> lines;  // in order of Billed, only what has a count and a rate
  Amount prompt;                // of tokens of the prompt
  Amount reply;                 // of tokens of the reply
  Amount others;                // of what is counted one by one
  Amount total;
  const PriceRow* row = nullptr;        // of the prices given
  const PriceTier* tier = nullptr;      // in force
  const PriceWindow* window = nullptr;  // in force
};

// Errors: no period holds the time; the service has no terms; a token has no price. The message
// names the model, what is missing, and what would help.
Result<Bill> make_bill(const ModelPrices& prices, const Quantities& quantities, int64_t unix_s);

// The rate of one thing on the same terms; nothing where there is none.
std::optional<Rate> rate_of(const ModelPrices& prices, Billed what, int64_t prompt_tokens,
                            int64_t unix_s);

// Minutes of UTC since Monday 00:00, 0 to 10079; and whether a window holds one of them.
inline constexpr int kMinutesPerWeek = 10'080;
int minute_of_week(int64_t unix_s);
bool window_holds(const PriceWindow& window, int minute_of_week);

// The period that holds the time; nullptr: none.
const PriceRow* period_at(const ModelPrices& prices, int64_t unix_s);

}  // namespace assay::cost
