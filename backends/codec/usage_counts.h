// UsageCounts: the counts of a provider's usage object, and the disjoint buckets that they make.
//
// Where it stands: between the wire formats and ReplyBuilder; decode thread. A format reads its
// usage objects with UsageReader, ReplyBuilder merges them and settles them once, at the reply's
// end. docs/accounting.md lists which field of which provider is which count.
//
//   UsageReader in(usage);
//   UsageCounts counts{.input_total = in.count("prompt_tokens"),
//                      .output_total = in.count("completion_tokens"),
//                      .total = in.count("total_tokens")};
//   counts.fault = in.fault();
//   builder.usage(counts);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/types/response.h"

namespace assay::backends {

// Beyond this a number is no count of tokens; sums of all buckets cannot overflow.
inline constexpr int64_t kTokensMax = 1'000'000'000'000;

// Counts as a provider gives them. -1: not said. Parts are parts of their totals: `input_total`
// holds the cache's and all kinds of prompt tokens, unless input_excludes_cache; `output_total`
// holds reasoning, unless output_excludes_reasoning.
struct UsageCounts {
  int64_t input_total = -1;
  int64_t uncached = -1;             // of a provider that gives it beside the total
  int64_t cached = -1;               // read from the cache, of all kinds
  int64_t cache_write = -1;          // written to the cache, for any time
  int64_t cache_write_minutes = -1;  // of cache_write: for its ordinary life
  int64_t cache_write_hour = -1;     // of cache_write: for an hour
  int64_t image = -1;                // of pictures and film, cached ones too
  int64_t audio = -1;                // of sound, cached ones too
  int64_t cached_image = -1;
  int64_t cached_audio = -1;
  int64_t output_total = -1;
  int64_t reasoning = -1;
  int64_t image_output = -1;
  int64_t audio_output = -1;
  int64_t total = -1;  // of prompt and output together
  bool input_excludes_cache = false;
  bool output_excludes_reasoning = false;
  bool total_tells_reasoning = false;  // nothing beyond prompt and output: there was none
  std::string fault{};                 // a field that is no count, for people

  // Whether anything was counted.
  [[nodiscard]] bool said() const;
  // Takes over what a later usage object of the same reply says: its counts are of the whole reply
  // so far. Sums that belong together replace each other together.
  void merge(const UsageCounts& later);
};

// Length of the reply's text by channel, in characters: where a provider counts all output as one,
// it is split by them.
struct SaidText {
  int64_t thought = 0;
  int64_t visible = 0;
};

struct SettledUsage {
  Usage usage;
  std::vector<std::string> faults;  // where the provider contradicts itself, for people
};

// The disjoint buckets. Prompt: input + cached + cached_audio + cache_write + cache_write_hour +
// image + audio = the prompt's total; reply: output + reasoning + image_output + audio_output = the
// output's total; both together = the grand total, where the provider gives them (asserted).
// - A total that is not said follows from the grand total, where the other one is said.
// - What the grand total holds beyond prompt and output is reasoning (all that is said, or where
//   none is said): that provider counts it outside of its output.
// - Output of which no reasoning is counted though some was sent is split by length
//   (kSplitEstimated).
// - Which kinds of tokens the cache held is seldom said: then text first, so that cached sound is
//   the least that it can be. Cached pictures are in `cached`, as they cost what cached text costs;
//   written tokens of any kind are in the buckets of writing.
// - Buckets that few providers have stay -1 where they are empty.
// - Parts larger than their totals are cut, in the order cached, written, sound, pictures and
//   reasoning, sound, pictures, since the totals are what is billed; a grand total that differs
//   from its sums is only told. Either makes it kContradictory.
// - Zeros for a reply that has text: it was not counted (kMissing).
SettledUsage settle_usage(const UsageCounts& counts, const SaidText& said);

// Reads members of a usage object. A member that is null, absent or itself an object that is
// absent is not said; one that is no count (negative, a fraction, a text, beyond kTokensMax) is not
// said either, and a fault.
class UsageReader {
 public:
  explicit UsageReader(const Json& usage) : usage_(usage) {}
  int64_t count(std::string_view key) { return count_in(usage_, {}, key); }
  // Of an object within it.
  int64_t count(std::string_view object, std::string_view key);
  // Of an object within an object within it.
  int64_t count(std::string_view outer, std::string_view inner, std::string_view key);
  // [{"modality":"AUDIO","tokenCount":12}, ..]: the sum of one modality; -1: no such list.
  int64_t modality(std::string_view list, std::string_view modality);
  // The first one; empty: none.
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  int64_t count_in(const Json& object, std::string_view where, std::string_view key);

  const Json& usage_;
  std::string fault_;
};

// What an OpenAI-like usage object says of money, as JSON text of an object: OpenRouter's `cost`
// (in its credits) and `cost_details`, xAI's `cost_in_usd_ticks` (10^-10 USD). Empty: nothing.
std::string provider_cost_of(const Json& usage);

}  // namespace assay::backends
