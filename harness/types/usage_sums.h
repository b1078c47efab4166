// Sums of a reply's token buckets: which of them are the prompt's, which the reply's.
//
// Where it stands: beside Usage, for what needs one figure of it: limits of tokens per minute,
// sizes of prompts, speeds. Bills count each bucket (harness/cost/bill.h). Pure; any thread.
//
//   const int64_t size = prompt_tokens(response.usage);  // -1: nothing of it was said
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "harness/types/response.h"

namespace assay {

inline constexpr std::array<int64_t Usage::*, 7> kPromptBuckets{
    &Usage::input_tokens,       &Usage::cached_tokens, &Usage::cached_audio_tokens,
    &Usage::cache_write_tokens, &Usage::image_tokens,  &Usage::cache_write_hour_tokens,
    &Usage::audio_tokens};
inline constexpr std::array<int64_t Usage::*, 4> kReplyBuckets{
    &Usage::output_tokens, &Usage::reasoning_tokens, &Usage::image_output_tokens,
    &Usage::audio_output_tokens};
static_assert(kPromptBuckets.size() + kReplyBuckets.size() == kUsageBuckets.size());

// Of the buckets that are said, INT64_MAX at most; -1: none is.
template <size_t N>
int64_t sum_of_buckets(const Usage& usage, const std::array<int64_t Usage::*, N>& buckets) {
  int64_t sum = -1;
  for (const auto bucket : buckets) {
    if (usage.*bucket < 0) continue;
    if (__builtin_add_overflow(std::max<int64_t>(sum, 0), usage.*bucket, &sum)) return INT64_MAX;
  }
  return sum;
}

inline int64_t prompt_tokens(const Usage& usage) { return sum_of_buckets(usage, kPromptBuckets); }
inline int64_t reply_tokens(const Usage& usage) { return sum_of_buckets(usage, kReplyBuckets); }

}  // namespace assay
