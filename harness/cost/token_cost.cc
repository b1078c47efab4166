#include "harness/cost/token_cost.h"

#include <algorithm>

namespace assay::cost {
namespace {

constexpr int64_t kPerMillion = 1'000'000;
// A server may claim any number; beyond this it is none, and sums must not overflow.
constexpr int64_t kTokensMax = 1'000'000'000;

Money bucket(const std::optional<Money>& price, const std::optional<Money>& otherwise,
             int64_t tokens) {
  const std::optional<Money>& applied = price ? price : otherwise;
  if (!applied || tokens <= 0) return Money{};
  return applied->times_ratio(std::min(tokens, kTokensMax), kPerMillion);
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

std::optional<Money> token_cost(const TokenPrices& prices, const Usage& usage) {
  if (!prices.known() || (usage.input_tokens < 0 && usage.output_tokens < 0)) return std::nullopt;
  const Money output = *prices.output;
  return prices.request + bucket(prices.input, prices.input, usage.input_tokens) +
         bucket(prices.cached, prices.input, usage.cached_tokens) +
         bucket(prices.cache_write, prices.input, usage.cache_write_tokens) +
         bucket(output, output, usage.reasoning_tokens) +
         bucket(output, output, usage.output_tokens);
}

Money worst_cost(const TokenPrices& prices, const Attempt& attempt,
                 std::optional<int64_t> max_tokens) {
  if (!prices.known()) return Money{};
  const Request& request = attempt.request;
  const int64_t input = text_bytes(request) + images_in(request) * kImageTokens +
                        static_cast<int64_t>(request.messages.size() + 1) * kTemplateTokens;
  const Money dearest_input = std::max(
      {*prices.input, prices.cached.value_or(Money{}), prices.cache_write.value_or(Money{})});
  const int64_t output =
      !request.continuations.empty()
          ? static_cast<int64_t>(request.continuations.size())
          : max_tokens.value_or(request.params.max_tokens.value_or(kOutputTokensAssumed));
  return prices.request + dearest_input.times_ratio(input, kPerMillion) +
         prices.output->times_ratio(output, kPerMillion);
}

}  // namespace assay::cost
