#include "backends/codec/usage_counts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "backends/codec/wire_json.h"
#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/types/usage_sums.h"

namespace assay::backends {
namespace {

constexpr size_t kFaultBytesMax = 60;  // of a value that is quoted

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

int64_t or_zero(int64_t count) { return std::max<int64_t>(count, 0); }

// What is left of a sum while its parts are taken out of it.
class Rest {
 public:
  explicit Rest(int64_t total) : left_(total) {}
  [[nodiscard]] int64_t left() const { return left_; }
  [[nodiscard]] bool was_cut() const { return cut_; }
  // Takes as much of the part as there is.
  int64_t take(int64_t part) {
    const int64_t taken = std::min(or_zero(part), left_);
    cut_ = cut_ || taken < part;
    left_ -= taken;
    return taken;
  }

 private:
  int64_t left_;
  bool cut_ = false;
};

// The sums that a reply's usage comes to.
struct Totals {
  int64_t input = -1;
  int64_t output = -1;
  int64_t reasoning = -1;
};

// Settles one reply; each step leaves what it found wrong in `out`.
class Settling {
 public:
  Settling(const UsageCounts& counts, const SaidText& said) : counts_(counts), said_(said) {}

  SettledUsage run() {
    if (!counts_.fault.empty()) fault("usage has {}", counts_.fault);
    if (!counts_.said() || uncounted()) return std::move(out_);
    usage().source = UsageSource::kReported;
    settle_totals();
    settle_prompt();
    settle_reply();
    check();
    if (contradicts_) usage().source = UsageSource::kContradictory;
    return std::move(out_);
  }

 private:
  Usage& usage() { return out_.usage; }

  template <typename... Values>
  void fault(fmt::format_string<Values...> format, Values&&... values) {
    contradicts_ = true;
    out_.faults.push_back(fmt::format(format, std::forward<Values>(values)...));
  }

  // Zeros for a reply that has text.
  bool uncounted() {
    const bool all_zero = std::all_of(kCounts.begin(), kCounts.end(),
                                      [&](auto count) { return counts_.*count <= 0; });
    const bool both = counts_.input_total == 0 && counts_.output_total == 0;
    if (!all_zero || !both || said_.thought + said_.visible == 0) return false;
    fault("usage counts 0 tokens of a reply that has text: it was not counted");
    return true;
  }

  void settle_totals() {
    totals_.input = counts_.input_total;
    if (totals_.input >= 0 && counts_.input_excludes_cache)
      totals_.input += or_zero(counts_.cached) + or_zero(written());
    if (totals_.input < 0 && counts_.uncached >= 0)
      totals_.input = counts_.uncached + or_zero(counts_.cached) + or_zero(written());
    totals_.output = counts_.output_total;
    totals_.reasoning = counts_.reasoning;
    const bool apart = counts_.output_excludes_reasoning;
    if (totals_.output >= 0 && apart) totals_.output += or_zero(totals_.reasoning);
    if (counts_.total < 0) return;
    if (totals_.input < 0 && totals_.output >= 0) totals_.input = beyond(totals_.output);
    if (totals_.output < 0 && totals_.input >= 0) totals_.output = beyond(totals_.input);
    if (totals_.input >= 0 && totals_.output >= 0) settle_grand_total();
  }

  // What the grand total holds besides that.
  int64_t beyond(int64_t part) {
    if (part > counts_.total) fault_total(part);
    return or_zero(counts_.total - part);
  }

  void settle_grand_total() {
    const int64_t more = counts_.total - totals_.input - totals_.output;
    if (more == 0 && counts_.total_tells_reasoning && totals_.reasoning < 0) totals_.reasoning = 0;
    if (more == 0) return;
    const bool untold = totals_.reasoning < 0 && more > 0;
    const bool outside =
        more > 0 && !counts_.output_excludes_reasoning && more == totals_.reasoning;
    if (untold) totals_.reasoning = more;
    if (untold || outside) {
      totals_.output += more;
    } else if (!total_is_told_) {
      fault_total(totals_.input + totals_.output);
    }
  }

  void fault_total(int64_t sum) {
    total_is_told_ = true;
    fault("usage contradicts itself: {} tokens in all, where prompt and output are {}",
          counts_.total, sum);
  }

  [[nodiscard]] int64_t written() const {
    if (counts_.cache_write >= 0) return counts_.cache_write;
    if (counts_.cache_write_minutes < 0 && counts_.cache_write_hour < 0) return -1;
    return or_zero(counts_.cache_write_minutes) + or_zero(counts_.cache_write_hour);
  }

  void settle_prompt() {
    // Parts alone tell no total: they are kept as they are.
    const int64_t parts = or_zero(counts_.cached) + or_zero(written());
    const bool known = totals_.input >= 0;
    Rest rest(known ? totals_.input : parts);
    const int64_t cached = rest.take(counts_.cached);
    const int64_t stored = rest.take(written());
    if (rest.was_cut()) {
      fault("usage contradicts itself: {} cached and {} written of {} input tokens",
            or_zero(counts_.cached), or_zero(written()), totals_.input);
    }
    settle_written(stored);
    const int64_t cached_audio = settle_cached(cached, rest.left() + stored);
    if (!known) return;
    settle_kinds(rest, stored, cached_audio);
    usage().input_tokens = rest.left();
    if (counts_.uncached >= 0 && counts_.uncached != totals_.input - cached - stored) {
      fault("usage contradicts itself: {} cached and {} uncached of {} input tokens",
            or_zero(counts_.cached), counts_.uncached, totals_.input);
    }
  }

  void settle_written(int64_t stored) {
    const int64_t minutes = counts_.cache_write_minutes;
    const int64_t hour = std::min(or_zero(counts_.cache_write_hour), stored);
    if (written() >= 0) usage().cache_write_tokens = stored - hour;
    if (hour > 0) usage().cache_write_hour_tokens = hour;
    const bool split = counts_.cache_write >= 0 && minutes >= 0;
    if (split && minutes + or_zero(counts_.cache_write_hour) != counts_.cache_write) {
      fault("usage contradicts itself: {} and {} written for minutes and an hour, of {} written",
            minutes, or_zero(counts_.cache_write_hour), counts_.cache_write);
    }
  }

  // The cached sound; `others`: the tokens that are not cached.
  int64_t settle_cached(int64_t cached, int64_t others) {
    Rest rest(cached);
    const int64_t least = or_zero(counts_.audio) - others;
    const int64_t audio = counts_.cached_audio >= 0 ? rest.take(counts_.cached_audio)
                                                    : std::min(or_zero(least), cached);
    if (rest.was_cut())
      fault("usage contradicts itself: {} of {} cached tokens are sound", counts_.cached_audio,
            cached);
    if (audio > 0) usage().cached_audio_tokens = audio;
    if (counts_.cached >= 0) usage().cached_tokens = cached - audio;
    return audio;
  }

  // Uncached sound and pictures. What of them has no room is written to the cache, or cached.
  void settle_kinds(Rest& rest, int64_t stored, int64_t cached_audio) {
    const int64_t audio = or_zero(counts_.audio) - cached_audio;
    const int64_t image = or_zero(counts_.image) - or_zero(counts_.cached_image);
    const int64_t heard = rest.take(audio);
    const int64_t seen = rest.take(image);
    if (heard > 0) usage().audio_tokens = heard;
    if (seen > 0) usage().image_tokens = seen;
    const int64_t more_heard = or_zero(audio - heard);
    const int64_t more_seen = or_zero(image - seen);
    const int64_t cached_others = or_zero(usage().cached_tokens);
    const int64_t room = stored + (counts_.cached_image < 0 ? cached_others : 0);
    const bool fits = more_heard <= stored && more_heard + more_seen <= room;
    const bool more_cached = (counts_.audio >= 0 && audio < 0) ||
                             (counts_.image >= 0 && image < 0) ||
                             counts_.cached_image > cached_others;
    if (!fits || more_cached) {
      fault(
          "usage contradicts itself: {} tokens of sound and {} of pictures ({} and {} cached) of "
          "{} input tokens",
          or_zero(counts_.audio), or_zero(counts_.image), cached_audio,
          or_zero(counts_.cached_image), totals_.input);
    }
  }

  void settle_reply() {
    if (totals_.output < 0) {
      usage().reasoning_tokens = totals_.reasoning;
      return;
    }
    Rest rest(totals_.output);
    // No server counts 0 for text that it sent: it did not count.
    const bool counted = totals_.reasoning > 0 || said_.thought == 0;
    if (counted && totals_.reasoning >= 0) usage().reasoning_tokens = rest.take(totals_.reasoning);
    const int64_t heard = rest.take(counts_.audio_output);
    const int64_t drawn = rest.take(counts_.image_output);
    if (heard > 0) usage().audio_output_tokens = heard;
    if (drawn > 0) usage().image_output_tokens = drawn;
    if (rest.was_cut()) {
      fault(
          "usage contradicts itself: {} reasoning, {} of sound and {} of pictures of {} output "
          "tokens",
          or_zero(totals_.reasoning), or_zero(counts_.audio_output), or_zero(counts_.image_output),
          totals_.output);
    }
    if (!counted) usage().reasoning_tokens = rest.take(thought_of(rest.left()));
    usage().output_tokens = rest.left();
  }

  // The share of it that was thought, by length.
  int64_t thought_of(int64_t tokens) {
    usage().source = UsageSource::kSplitEstimated;
    const auto thought = static_cast<double>(said_.thought);
    const double share = thought / (thought + static_cast<double>(said_.visible));
    return std::llround(static_cast<double>(tokens) * share);
  }

  // Our own arithmetic.
  void check() const {
    const int64_t prompt = or_zero(prompt_tokens(out_.usage));
    const int64_t reply = or_zero(reply_tokens(out_.usage));
    if (totals_.input >= 0)
      ASSAY_CHECK(prompt == totals_.input, "prompt {} of {}", prompt, totals_.input);
    if (totals_.output >= 0)
      ASSAY_CHECK(reply == totals_.output, "reply {} of {}", reply, totals_.output);
    if (counts_.total >= 0 && !total_is_told_ && totals_.input >= 0 && totals_.output >= 0)
      ASSAY_CHECK(prompt + reply == counts_.total, "{} and {} of {}", prompt, reply, counts_.total);
  }

  const UsageCounts& counts_;
  const SaidText said_;
  Totals totals_;
  SettledUsage out_;
  bool contradicts_ = false;
  bool total_is_told_ = false;
};

}  // namespace

bool UsageCounts::said() const {
  return std::any_of(kCounts.begin(), kCounts.end(), [&](auto count) { return this->*count >= 0; });
}

void UsageCounts::merge(const UsageCounts& later) {
  // Of the reply as it was before.
  if (later.input_total >= 0 || later.output_total >= 0) total = -1;
  if (later.input_total >= 0 || later.cached >= 0) uncached = -1;
  if (later.cache_write >= 0) cache_write_minutes = -1;
  for (const auto count : kCounts) {
    const int64_t value = later.*count;
    if (value > kTokensMax && fault.empty()) fault = fmt::format("a count of {}", value);
    if (value >= 0 && value <= kTokensMax) this->*count = value;
  }
  input_excludes_cache = later.input_excludes_cache;
  output_excludes_reasoning = later.output_excludes_reasoning;
  total_tells_reasoning = later.total_tells_reasoning;
  if (fault.empty()) fault = later.fault;
}

SettledUsage settle_usage(const UsageCounts& counts, const SaidText& said) {
  return Settling(counts, said).run();
}

int64_t UsageReader::count_in(const Json& object, std::string_view where, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr) return -1;
  if (value->is_number()) {
    const auto number = value->get<double>();
    const bool whole = std::floor(number) == number;
    if (whole && number >= 0 && number <= static_cast<double>(kTokensMax))
      return static_cast<int64_t>(number);
  }
  if (fault_.empty()) {
    std::string shown = dump_json(*value);
    if (shown.size() > kFaultBytesMax) shown = json_type_name(*value);
    fault_ = fmt::format("`{}{}{}` {}, which is no count of tokens", where,
                         where.empty() ? "" : ".", key, shown);
  }
  return -1;
}

int64_t UsageReader::count(std::string_view object, std::string_view key) {
  const Json* found = object_member(usage_, object);
  return found == nullptr ? -1 : count_in(*found, object, key);
}

int64_t UsageReader::count(std::string_view outer, std::string_view inner, std::string_view key) {
  const Json* found = object_member(usage_, outer);
  if (found != nullptr) found = object_member(*found, inner);
  return found == nullptr ? -1 : count_in(*found, inner, key);
}

int64_t UsageReader::modality(std::string_view list, std::string_view modality) {
  const Json* found = list_member(usage_, list);
  if (found == nullptr) return -1;
  int64_t sum = 0;
  for (const Json& part : *found) {
    if (text_member(part, "modality") == modality)
      sum = std::min(sum + or_zero(count_in(part, list, "tokenCount")), kTokensMax);
  }
  return sum;
}

std::string provider_cost_of(const Json& usage) {
  Json out = Json::object();
  for (const char* key : {"cost", "cost_details", "cost_in_usd_ticks"}) {
    if (const Json* value = member(usage, key); value != nullptr) out[key] = *value;
  }
  return out.empty() ? std::string() : dump_json(out);
}

}  // namespace assay::backends
