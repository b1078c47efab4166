// The arithmetic of buckets: any counts at all add up to their totals.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "backends/codec/usage_counts.h"
#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "harness/types/usage_sums.h"

namespace assay::backends {
namespace {

int64_t or_zero(int64_t count) { return std::max<int64_t>(count, 0); }

int64_t prompt_of(const Usage& usage) { return or_zero(prompt_tokens(usage)); }
int64_t reply_of(const Usage& usage) { return or_zero(reply_tokens(usage)); }

// Small numbers meet and cross often; a few are as large as they can be.
int64_t some_count(Rng& rng) {
  switch (rng.below(8)) {
    case 0:
    case 1:
    case 2:
      return -1;
    case 3:
      return 0;
    case 4:
      return kTokensMax - static_cast<int64_t>(rng.below(3));
    default:
      return static_cast<int64_t>(rng.below(40));
  }
}

UsageCounts some_counts(Rng& rng) {
  UsageCounts counts;
  for (int64_t* count :
       {&counts.input_total, &counts.uncached, &counts.cached, &counts.cache_write,
        &counts.cache_write_minutes, &counts.cache_write_hour, &counts.image, &counts.audio,
        &counts.cached_image, &counts.cached_audio, &counts.output_total, &counts.reasoning,
        &counts.image_output, &counts.audio_output, &counts.total}) {
    *count = some_count(rng);
  }
  counts.input_excludes_cache = rng.below(2) == 0;
  counts.output_excludes_reasoning = rng.below(2) == 0;
  return counts;
}

void expect_sums(const UsageCounts& counts, const SettledUsage& settled) {
  const Usage& u = settled.usage;
  for (const auto bucket : kUsageBuckets) ASSERT_GE(u.*bucket, -1);
  if (u.source == UsageSource::kMissing) return;
  const int64_t written = counts.cache_write >= 0 ? counts.cache_write
                                                  : or_zero(counts.cache_write_minutes) +
                                                        or_zero(counts.cache_write_hour);
  if (counts.input_total >= 0) {
    const int64_t cache = counts.input_excludes_cache ? or_zero(counts.cached) + written : 0;
    ASSERT_EQ(prompt_of(u), counts.input_total + cache);
  }
  if (counts.output_total >= 0) {
    const bool apart = counts.output_excludes_reasoning;
    const int64_t least = counts.output_total + (apart ? or_zero(counts.reasoning) : 0);
    // What the grand total holds beyond it is reasoning.
    ASSERT_GE(reply_of(u), least);
    if (reply_of(u) > least) {
      ASSERT_EQ(prompt_of(u) + reply_of(u), counts.total);
    }
  }
  const bool whole = u.input_tokens >= 0 && u.output_tokens >= 0 && counts.total >= 0;
  if (whole && settled.faults.empty()) {
    ASSERT_EQ(prompt_of(u) + reply_of(u), counts.total);
  }
  ASSERT_EQ(u.source == UsageSource::kContradictory, !settled.faults.empty());
}

TEST(SettleUsage, AnyCountsAddUpToTheirTotals) {
  Rng rng(7);
  for (int i = 0; i < 200'000; ++i) {
    UsageCounts counts;
    counts.merge(some_counts(rng));
    if (rng.below(4) == 0) counts.merge(some_counts(rng));
    const SaidText said{.thought = static_cast<int64_t>(rng.below(3)),
                        .visible = static_cast<int64_t>(rng.below(3))};
    expect_sums(counts, settle_usage(counts, said));
    if (HasFatalFailure()) FAIL() << "counts " << i;
  }
}

TEST(SettleUsage, PartsWithoutATotalAreKept) {
  const SettledUsage settled =
      settle_usage({.cached = 5, .cache_write = 7, .cache_write_hour = 3}, {});
  EXPECT_EQ(settled.usage.cached_tokens, 5);
  EXPECT_EQ(settled.usage.cache_write_tokens, 4);
  EXPECT_EQ(settled.usage.cache_write_hour_tokens, 3);
  EXPECT_EQ(settled.usage.input_tokens, -1);
  EXPECT_TRUE(settled.faults.empty());
}

TEST(SettleUsage, SplitsOnlyTheTextOfTheOutput) {
  const SettledUsage settled =
      settle_usage({.output_total = 100, .audio_output = 60}, {.thought = 3, .visible = 1});
  EXPECT_EQ(settled.usage.audio_output_tokens, 60);
  EXPECT_EQ(settled.usage.reasoning_tokens, 30);
  EXPECT_EQ(settled.usage.output_tokens, 10);
  EXPECT_EQ(settled.usage.source, UsageSource::kSplitEstimated);
}

TEST(SettleUsage, WrittenSoundAndPicturesAreNoContradiction) {
  const SettledUsage settled = settle_usage(
      {.input_total = 100, .cached = 10, .cache_write = 80, .image = 60, .audio = 20}, {});
  EXPECT_TRUE(settled.faults.empty());
  EXPECT_EQ(settled.usage.cached_tokens, 10);
  EXPECT_EQ(settled.usage.audio_tokens, 10);
  EXPECT_EQ(settled.usage.cache_write_tokens, 80);
  EXPECT_EQ(settled.usage.input_tokens, 0);
}

TEST(UsageCounts, ALaterObjectCountsFieldByField) {
  UsageCounts counts;
  counts.merge({.input_total = 10, .cached = 2, .output_total = 1, .total = 11});
  counts.merge({.output_total = 30, .reasoning = 5});
  EXPECT_EQ(counts.input_total, 10);
  EXPECT_EQ(counts.output_total, 30);
  EXPECT_EQ(counts.total, -1);  // it was of the reply so far
}

TEST(UsageReader, SaysWhatIsNoCount) {
  const Json usage = *parse_json(
      R"({"a":3,"b":"4","c":null,"d":{"e":7,"f":-1,"g":{"h":9}},"l":[{"modality":"X","tokenCount":2},{"modality":"X","tokenCount":3},{"modality":"Y"}]})",
      "usage");
  UsageReader in(usage);
  EXPECT_EQ(in.count("a"), 3);
  EXPECT_EQ(in.count("c"), -1);
  EXPECT_EQ(in.count("absent"), -1);
  EXPECT_EQ(in.count("d", "e"), 7);
  EXPECT_EQ(in.count("d", "g", "h"), 9);
  EXPECT_EQ(in.count("a", "e"), -1);
  EXPECT_EQ(in.modality("l", "X"), 5);
  EXPECT_EQ(in.modality("l", "Z"), 0);
  EXPECT_EQ(in.modality("none", "X"), -1);
  EXPECT_EQ(in.fault(), "");
  EXPECT_EQ(in.count("b"), -1);
  EXPECT_EQ(in.fault(), "`b` \"4\", which is no count of tokens");
  EXPECT_EQ(in.count("d", "f"), -1);
  EXPECT_EQ(in.fault(), "`b` \"4\", which is no count of tokens");
}

}  // namespace
}  // namespace assay::backends
