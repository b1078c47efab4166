// Counts of usage objects: any numbers at all, one object or several of one reply, give buckets
// that add up to the totals that were said, and a note wherever something had to give. A count is
// two bytes: what it is of, and a small number, or one of the largest that there are.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "backends/codec/usage_counts.h"
#include "harness/base/check.h"
#include "harness/base/utf8.h"
#include "harness/types/usage_sums.h"

namespace {

using namespace assay;  // NOLINT: a program of its own
using namespace assay::backends;

constexpr std::array kCounts{&UsageCounts::input_total,
                             &UsageCounts::uncached,
                             &UsageCounts::cached,
                             &UsageCounts::cache_write,
                             &UsageCounts::cache_write_minutes,
                             &UsageCounts::cache_write_hour,
                             &UsageCounts::image,
                             &UsageCounts::audio,
                             &UsageCounts::cached_image,
                             &UsageCounts::cached_audio,
                             &UsageCounts::output_total,
                             &UsageCounts::reasoning,
                             &UsageCounts::image_output,
                             &UsageCounts::audio_output,
                             &UsageCounts::total};

constexpr uint8_t kNewObject = 0xF0;
constexpr uint8_t kCacheApart = 0xF1;
constexpr uint8_t kReasoningApart = 0xF2;
constexpr uint8_t kText = 0xF3;
constexpr uint8_t kSmallMax = 250;

int64_t number_of(uint8_t byte) {
  constexpr std::array<int64_t, 5> kLarge{kTokensMax - 1, kTokensMax, kTokensMax + 1, INT64_MAX,
                                          INT64_MIN};
  return byte < kSmallMax ? byte : kLarge[(byte - kSmallMax) % kLarge.size()];
}

int64_t or_zero(int64_t count) { return std::max<int64_t>(count, 0); }

void check(const UsageCounts& counts, const SettledUsage& settled) {
  const Usage& u = settled.usage;
  for (const auto bucket : kUsageBuckets) ASSAY_CHECK(u.*bucket >= -1, "{}", u.*bucket);
  for (const std::string& fault : settled.faults)
    ASSAY_CHECK(!fault.empty() && !invalid_utf8_at(fault), "a note");
  if (u.source == UsageSource::kMissing) {
    ASSAY_CHECK(prompt_tokens(u) < 0 && reply_tokens(u) < 0, "buckets of no usage");
    return;
  }
  ASSAY_CHECK((u.source == UsageSource::kContradictory) == !settled.faults.empty(), "a note");
  if (counts.input_total >= 0 && !counts.input_excludes_cache)
    ASSAY_CHECK(prompt_tokens(u) == counts.input_total, "the prompt's total");
  if (counts.input_total >= 0) ASSAY_CHECK(prompt_tokens(u) >= counts.input_total, "the prompt");
  if (counts.output_total >= 0) {
    const int64_t more = or_zero(reply_tokens(u)) - counts.output_total;
    ASSAY_CHECK(more >= 0, "the reply");
    const bool is_reasoning = more == or_zero(counts.reasoning) || more == u.reasoning_tokens;
    ASSAY_CHECK(more == 0 || is_reasoning || !settled.faults.empty() ||
                    u.source == UsageSource::kSplitEstimated,
                "{} beyond the reply's total", more);
  }
  if (settled.faults.empty() && counts.total >= 0 && u.input_tokens >= 0 && u.output_tokens >= 0)
    ASSAY_CHECK(prompt_tokens(u) + reply_tokens(u) == counts.total, "the grand total");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  UsageCounts counts;
  UsageCounts object;
  SaidText said;
  for (size_t i = 0; i + 1 < size; i += 2) {
    const uint8_t what = data[i];
    const int64_t number = number_of(data[i + 1]);
    if (what == kNewObject) {
      counts.merge(object);
      object = UsageCounts{};
    } else if (what == kCacheApart) {
      object.input_excludes_cache = number % 2 == 1;
    } else if (what == kReasoningApart) {
      object.output_excludes_reasoning = number % 2 == 1;
    } else if (what == kText) {
      said = {.thought = number % 16, .visible = number / 16 % 16};
      said.thought = or_zero(said.thought);
      said.visible = or_zero(said.visible);
    } else {
      object.*kCounts[what % kCounts.size()] = number;
    }
  }
  counts.merge(object);
  check(counts, settle_usage(counts, said));
  return 0;
}
