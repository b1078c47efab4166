// BatchBook: what the run file says of batches: which requests are in which, and how far each is.
// Kept as events of kind "batch", so that a run that was killed at any moment knows what it has
// already asked for.
//
// Where it stands: harness/run; written and read by batch_run on the main thread, before the clock.
//
//   BatchEntry entry{.tag = tag, .model = 3, .form = "openai", .items = items};
//   ASSAY_TRY_VOID(store.append(std::vector<Fact>{intended(entry)}));      // before it is sent
//   ASSAY_TRY_VOID(store.append(std::vector<Fact>{submitted(tag, id)}));   // after
//   ASSAY_TRY(const std::vector<BatchEntry> open, read_open_batches(store));
//
// Form: {"batch":TAG,"state":"intended","model":..,"form":..,"unix_s":..,"reserved_nano":..,
// "items":[[first sample row,count,repeat,attempt],..]}, then {"batch":TAG,"state":"submitted",
// "id":..}, then one of collected, failed, absent. A batch is open until one of those three.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/resumable_store.h"
#include "harness/base/money.h"
#include "harness/base/result.h"
#include "harness/types/attempt.h"
#include "harness/types/fact.h"

namespace assay::run {

struct BatchEntry {
  std::string tag;
  uint32_t model = 0;  // row
  std::string form;    // BatchClient::form()
  std::string id;      // the provider's; empty: nobody lived to read it
  int64_t intended_unix_s = 0;
  Money reserved;          // of a budget: the worst case of all its requests
  std::vector<Key> items;  // all of that model, ascending, each once
};

// How a batch ended.
enum class BatchEnd : uint8_t {
  kCollected,  // its replies are stored
  kFailed,     // as a whole; nothing was executed
  kAbsent,     // it was never created
};

EventFact intended(const BatchEntry& entry);
EventFact submitted(const std::string& tag, const std::string& id);
EventFact ended(const std::string& tag, BatchEnd end, const std::string& why = "");

// In the order they were intended. Errors: an event that is none of the above, more requests than
// a batch can have.
inline constexpr uint64_t kBatchItemsMax = 1'000'000;
Result<std::vector<BatchEntry>> read_open_batches(const ResumableStore& store);
// Whether the file ever had one.
Result<bool> has_batches(const ResumableStore& store);

// TAG-SAMPLE-REPEAT-ATTEMPT, numbers in hexadecimal; at most 64 characters for a tag of up to 20.
std::string custom_id_of(std::string_view tag, const Key& key);
// The key, with model 0; nothing where the text is not the custom id of any key under `tag`.
std::optional<Key> key_of(std::string_view tag, std::string_view custom_id);

}  // namespace assay::run
