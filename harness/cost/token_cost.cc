#include "harness/cost/token_cost.h"

#include <algorithm>
#include <chrono>
#include <functional>

#include "harness/cost/bill.h"

namespace assay::cost {
namespace {

constexpr int64_t kPerMillion = 1'000'000;
constexpr int64_t kMillionths = 1'000'000;

bool is_reply_token(Billed what) { return is_token(what) && !is_prompt_token(what); }

void take_dearest(const Rates& rates, const std::function<bool(Billed)>& wanted, Rate& out) {
  for (size_t i = 0; i < kBilledCount; ++i) {
    const auto what = static_cast<Billed>(i);
    if (wanted(what) && rates.get(what)) out = std::max(out, *rates.get(what));
  }
}

// Of any tier, service and window, whichever would be in force. A multiplier above 1 applies to the
// dearest of them.
Rate dearest_rate(const PriceRow& row, const std::function<bool(Billed)>& wanted) {
  Rate out;
  Share factor;
  const auto take_services = [&](const std::vector<ServiceTerms>& services) {
    for (const ServiceTerms& terms : services) {
      take_dearest(terms.rates, wanted, out);
      factor.millionths =
          std::max(factor.millionths, terms.multiplier.value_or(Share{}).millionths);
    }
  };
  take_dearest(row.rates, wanted, out);
  take_services(row.services);
  for (const PriceTier& tier : row.tiers) {
    take_dearest(tier.rates, wanted, out);
    take_services(tier.services);
  }
  Share window;
  for (const PriceWindow& one : row.windows) {
    take_dearest(one.rates, wanted, out);
    window.millionths = std::max(window.millionths, one.multiplier.value_or(Share{}).millionths);
  }
  for (const Share& share : {factor, window})
    out = out.times_ratio(share.millionths, kMillionths).value_or(Rate{INT64_MAX});
  return out;
}

// Tokens that a chat template adds around each message, generously.
constexpr int64_t kTemplateTokens = 16;

}  // namespace

int64_t text_bytes(const Request& request) {
  size_t bytes = 0;
  for (const Message& message : request.messages) {
    bytes += message.role.size() + message.text.size();
    for (const ToolCall& call : message.tool_calls)
      bytes += call.name.size() + call.arguments.size();
  }
  for (const Tool& tool : request.tools) {
    bytes += tool.name.size() + tool.description.size() + tool.parameters.size();
  }
  // Each continuation is a prompt of its own: what it follows is read again.
  const size_t shared = bytes;
  for (size_t i = 0; i < request.continuations.size(); ++i) {
    const Continuation& one = request.continuations[i];
    bytes += one.text.size();
    if (one.context) {
      bytes += one.context->size();
    } else if (i > 0) {
      bytes += shared;
    }
  }
  return static_cast<int64_t>(bytes);
}

int64_t images_in(const Request& request) {
  size_t images = 0;
  for (const Message& message : request.messages) images += message.images.size();
  return static_cast<int64_t>(images);
}

Result<Money> token_cost(const ModelPrices& prices, const Usage& usage, int64_t images,
                         int64_t unix_s) {
  const std::optional<Quantities> quantities = quantities_of(usage, images);
  if (!quantities) return input_error("", "the reply did not say its tokens");
  ASSAY_TRY(const Bill bill, make_bill(prices, *quantities, unix_s));
  return bill.total.money();
}

Money worst_cost(const ModelPrices& prices, const Attempt& attempt,
                 std::optional<int64_t> max_tokens) {
  if (!prices.known()) return Money{};
  const Request& request = attempt.request;
  const int64_t images = images_in(request);
  const int64_t input = text_bytes(request) + images * kImageTokens +
                        static_cast<int64_t>(request.messages.size() + 1) * kTemplateTokens;
  const int64_t output =
      !request.continuations.empty()
          ? static_cast<int64_t>(request.continuations.size())
          : max_tokens.value_or(request.params.max_tokens.value_or(kOutputTokensAssumed));
  Amount dearest;
  for (const PriceRow& row : prices.periods) {
    Amount at_most = Amount::of(dearest_rate(row, is_prompt_token), input, kPerMillion) +
                     Amount::of(dearest_rate(row, is_reply_token), output, kPerMillion);
    for (const Billed each : {Billed::kImage, Billed::kPage})
      at_most += Amount::of(dearest_rate(row, [&](Billed b) { return b == each; }), images, 1);
    at_most += Amount::of(dearest_rate(row, [](Billed b) { return b == Billed::kRequest; }), 1, 1);
    dearest = std::max(dearest, at_most);
  }
  return dearest.money();
}

int64_t unix_now_s() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace assay::cost
