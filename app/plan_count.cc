#include "app/plan_count.h"

#include <algorithm>

#include "harness/cost/token_cost.h"

namespace assay::app {
namespace {

// A suite may set any limit; sums must not overflow.
constexpr int64_t kTokensMax = 1'000'000'000;

int64_t output_limit(const Request& request, const BackendTraits& traits) {
  if (!request.continuations.empty()) return static_cast<int64_t>(request.continuations.size());
  const int64_t limit =
      traits.max_tokens.value_or(request.params.max_tokens.value_or(cost::kOutputTokensAssumed));
  return std::clamp<int64_t>(limit, 0, kTokensMax);
}

}  // namespace

Result<aggregate::PromptCount> count_prompts(const Suite& suite, const BackendTraits& traits,
                                             const ModelPrices& prices) {
  aggregate::PromptCount out;
  const uint64_t looked_at = std::min(suite.size(), kPromptsCountedMax);
  out.requests = suite.size() * suite.info().repeats;
  for (uint64_t i = 0; i < looked_at; ++i) {
    const uint64_t index = looked_at == suite.size() ? i : i * (suite.size() / looked_at);
    Attempt attempt;
    ASSAY_TRY(attempt.sample, suite.sample(index));
    ASSAY_TRY(attempt.request, suite.request(attempt.sample, 0));
    const Request& request = attempt.request;
    ++out.counted;
    out.text_bytes += static_cast<uint64_t>(cost::text_bytes(request));
    out.pictures += static_cast<uint64_t>(cost::images_in(request));
    out.closed += request.choices.empty() && request.continuations.empty() ? 0 : 1;
    out.output_tokens_max += static_cast<uint64_t>(output_limit(request, traits));
    const Money worst = cost::worst_cost(prices, attempt, traits.max_tokens);
    if (__builtin_add_overflow(out.worst.nano, worst.nano, &out.worst.nano))
      out.worst.nano = INT64_MAX;
  }
  return out;
}

}  // namespace assay::app
