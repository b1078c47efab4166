// Account: what the calls of one model on one suite used and cost, by what they were for.
//
// Where it stands: harness/aggregate; a part of Group, fed record by record. One thread.
//
//   Account account;
//   account.begin_source(model.prices, manifest.sessions);   // of each run file, before its
//   records account.add(record); const Accounting& sums = account.sums();
//
// An item's last try is an answer or a failure; every try before it is a retry. Costs are those
// that were stored with the attempts. The same without cache effects is billed anew from the stored
// prices: tokens read from a cache and written to one count as uncached input (kInput, sound as
// kAudioInput), at the time of the reply; each reply is rounded once, as when it came. Where a
// call's cost is not known, billing it anew says why.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "harness/types/manifest.h"
#include "harness/types/prices.h"
#include "harness/types/record.h"
#include "harness/types/summary_parts.h"

namespace assay::aggregate {

// Adds the buckets; what was not said stays so, sums stay at the end of their range.
void add_usage(Usage& sum, const Usage& more);
// Both where both are known.
void add_cost(std::optional<Money>& sum, const std::optional<Money>& more);

// One more call.
void add_call(Spent& spent, const Usage& usage, const std::optional<Money>& cost);

class Account {
 public:
  // `prices` as in ModelInfo; what cannot be read counts as no prices, and is said as a reason.
  void begin_source(const std::string& prices, std::span<const SessionInfo> sessions,
                    bool virtual_clock);
  void add(const Record& record);
  [[nodiscard]] const Accounting& sums() const { return sums_; }
  // Of the newest file that has any.
  [[nodiscard]] const ModelPrices& prices() const { return shown_; }

 private:
  [[nodiscard]] int64_t unix_s(const Record& record) const;
  void add_uncached(const Record& record, const std::optional<Money>& last_cost);
  void explain(const Record& record);

  Accounting sums_;
  ModelPrices prices_;  // of the file that is read
  ModelPrices shown_;
  std::string problem_;                 // of the file's prices
  std::map<uint32_t, int64_t> zero_s_;  // by session: Unix seconds where its clock is 0
  bool virtual_clock_ = false;
  bool uncached_known_ = true;
};

// "openai/gpt-4o: input 2.5, output 10 USD per million tokens; checked 2026-08-06; SOURCE"; what
// else there is (periods, tiers, windows, the service) is named. Empty: no prices.
std::string price_line(const ModelPrices& prices, int64_t unix_s);

}  // namespace assay::aggregate
