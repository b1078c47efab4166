// Counting what a run would send, without sending or encoding it.
//
//   ASSAY_TRY(const aggregate::PromptCount count, count_prompts(suite, backend.traits(),
//   model.prices));
#pragma once

#include "harness/aggregate/plan.h"
#include "harness/api/backend.h"
#include "harness/api/suite.h"

namespace assay::app {

inline constexpr uint64_t kPromptsCountedMax = 2000;

// Of a suite with more samples than kPromptsCountedMax so many, evenly spread, are looked at.
Result<aggregate::PromptCount> count_prompts(const Suite& suite, const BackendTraits& traits,
                                             const ModelPrices& prices);

}  // namespace assay::app
