// Prices: what a model's provider asks for, and since when. Plain data; harness/cost/bill.h
// computes with it, harness/cost/price_book.h reads and writes it.
//
//   PriceRow r1{.model = "deepseek-reasoner", .provider = "deepseek", .currency = "USD"};
//   r1.rates.set(Billed::kInput, *Rate::parse("0.55"));       // per million tokens
//   r1.windows.push_back({.name = "off-peak", .from_minute = 990, .until_minute = 30,
//                         .multiplier = Share{250'000}});
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/amount.h"

namespace assay {

// What can have a price. Tokens are disjoint: one token is in one of them.
enum class Billed : uint8_t {
  // Tokens of the prompt.
  kInput,            // uncached text
  kCachedInput,      // read from the provider's prompt cache, text
  kCacheWrite,       // written to the cache for its ordinary life
  kCacheWriteHour,   // written to the cache for an hour
  kImageInput,       // of pictures
  kAudioInput,       // of sound
  kCachedAudio,      // of sound, read from the cache
  kCacheWriteAudio,  // of sound, written to the cache
  // Tokens of the reply.
  kOutput,     // visible text
  kReasoning,  // without a price of its own: as visible text
  kImageOutput,
  kAudioOutput,
  kVideoOutput,
  kCitation,  // tokens of quoted sources
  // Counted one by one.
  kRequest,
  kImage,          // a picture in the prompt
  kPage,           // a page that is read
  kAnnotatedPage,  // a page whose reading is structured
  kCredit,         // a provider's own unit of pages
  kImageMade,
  kPixelIn,
  kPixelMade,
  kCharacterIn,
  kCharacterOut,
  kSecondIn,   // of sound
  kSecondOut,  // of sound
  kVideoSecondIn,
  kVideoSecondOut,
  kQuery,    // of a search or reranking model
  kSearch,   // a web search that the model made
  kSession,  // of a code interpreter
};
inline constexpr size_t kBilledCount = static_cast<size_t>(Billed::kSession) + 1;
// Tokens come first. Rates of tokens, pixels and characters are per million (one of them costs less
// than a Rate can say exactly), all others for each one.
inline constexpr bool is_token(Billed what) { return what <= Billed::kCitation; }
inline constexpr bool is_prompt_token(Billed what) { return what <= Billed::kCacheWriteAudio; }
inline constexpr int64_t unit_of(Billed what) {
  const bool small = is_token(what) || (what >= Billed::kPixelIn && what <= Billed::kCharacterOut);
  return small ? 1'000'000 : 1;
}
// "input", "cached_input", "cache_write_hour", "request", ...: the same in files, JSON and flags.
std::string_view billed_name(Billed what);
std::optional<Billed> billed_from_name(std::string_view name);

class Rates {
 public:
  [[nodiscard]] const std::optional<Rate>& get(Billed what) const {
    return rates_[static_cast<size_t>(what)];
  }
  void set(Billed what, std::optional<Rate> rate) { rates_[static_cast<size_t>(what)] = rate; }
  [[nodiscard]] bool empty() const;
  bool operator==(const Rates&) const = default;

 private:
  std::array<std::optional<Rate>, kBilledCount> rates_{};
};

// A factor in millionths: 250,000 is a quarter.
struct Share {
  int64_t millionths = 1'000'000;
  bool operator==(const Share&) const = default;
};

// How a request is served.
enum class Service : uint8_t { kStandard, kBatch, kPriority, kFlex };
std::string_view service_name(Service service);  // "standard", "batch", "priority", "flex"
std::optional<Service> service_from_name(std::string_view name);

// What another service costs: own rates where they are given, otherwise the multiplier of the
// standard ones; without a multiplier what has no own rate has no price.
struct ServiceTerms {
  Service service = Service::kBatch;
  std::optional<Share> multiplier{};
  Rates rates{};
  bool operator==(const ServiceTerms&) const = default;
};

// Rates of the whole request where its prompt is longer than that, cached and written tokens
// counted. What a tier does not name keeps its ordinary rate.
struct PriceTier {
  int64_t above_prompt_tokens = 0;
  Rates rates{};
  std::vector<ServiceTerms> services{};
  bool operator==(const PriceTier&) const = default;
};

inline constexpr uint8_t kEveryDay = 0x7f;

// A part of a day, in minutes of UTC from midnight: from included, until excluded; until <= from
// goes over midnight (equal: 24 hours). What it does not name costs `multiplier` times the rate
// outside.
struct PriceWindow {
  std::string name{};  // "off-peak"
  int from_minute = 0;
  int until_minute = 0;
  uint8_t days = kEveryDay;  // on which it begins: bit 0 is Monday
  std::optional<Share> multiplier{};
  Rates rates{};
  bool operator==(const PriceWindow&) const = default;
};

inline constexpr int64_t kAlwaysFrom = INT64_MIN;
inline constexpr int64_t kAlwaysUntil = INT64_MAX;

// What one model costs during one period.
struct PriceRow {
  std::string model{};                 // "deepseek-reasoner"
  std::string provider{};              // "deepseek"; empty: any
  std::vector<std::string> aliases{};  // other names of the model at that provider
  std::string currency{};              // "USD"
  std::string source{};                // a URL, or what was read
  std::string checked{};               // "2026-08-06": when somebody last looked; empty: not known
  int64_t from = kAlwaysFrom;          // Unix seconds, included
  int64_t until = kAlwaysUntil;        // excluded
  Rates rates{};
  std::vector<PriceTier> tiers{};        // by threshold, ascending
  std::vector<ServiceTerms> services{};  // each service at most once
  std::vector<PriceWindow> windows{};    // not overlapping
  std::string note{};
  bool operator==(const PriceRow&) const = default;
};

// What a token without a price of its own costs.
enum class MissingPrice : uint8_t {
  kError,    // nothing is known
  kAsInput,  // tokens of the prompt: as uncached input (--assume-input-price)
  kZero,     // nothing: as LiteLLM reads its table; only to reproduce its figures
};

// What one model costs in a run, in one currency: its periods, and on which terms it is asked.
struct ModelPrices {
  std::vector<PriceRow> periods{};  // by `from`, not overlapping
  Service service = Service::kStandard;
  MissingPrice missing = MissingPrice::kError;
  [[nodiscard]] bool known() const { return !periods.empty(); }
  [[nodiscard]] std::string currency() const {
    return periods.empty() ? std::string() : periods.front().currency;
  }
  bool operator==(const ModelPrices&) const = default;
};

}  // namespace assay
