#include "harness/run/batch_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <utility>

#include "harness/base/clock.h"
#include "harness/base/json.h"

namespace assay::run {
namespace {

constexpr std::string_view kKind = "batch";
constexpr std::array<std::pair<BatchEnd, std::string_view>, 3> kEnds{{
    {BatchEnd::kCollected, "collected"},
    {BatchEnd::kFailed, "failed"},
    {BatchEnd::kAbsent, "absent"},
}};

EventFact event(Json json) {
  return {to_ns(SteadyClock().now()), std::string(kKind), dump_json(json)};
}

// Runs of keys that differ by their sample only, one after the other.
Json runs_of(const std::vector<Key>& items) {
  Json runs = Json::array();
  for (size_t i = 0; i < items.size();) {
    size_t end = i + 1;
    while (end < items.size() && items[end].sample == items[end - 1].sample + 1 &&
           items[end].repeat == items[i].repeat && items[end].attempt == items[i].attempt)
      ++end;
    runs.push_back(Json::array({items[i].sample, end - i, items[i].repeat, items[i].attempt}));
    i = end;
  }
  return runs;
}

Error broken(const ResumableStore& store, std::string what) {
  return input_error(store.path(), "holds a batch event " + std::move(what));
}

Result<std::vector<Key>> items_of(const ResumableStore& store, const Json& event, uint32_t model) {
  const Json* runs = find_member(event, "items");
  if (runs == nullptr || !runs->is_array()) return broken(store, "without `items`");
  std::vector<Key> items;
  for (const Json& run : *runs) {
    const bool sound =
        run.is_array() && run.size() == 4 &&
        std::all_of(run.begin(), run.end(), [](const Json& n) { return n.is_number_unsigned(); });
    if (!sound) return broken(store, "with items that are no [sample, count, repeat, attempt]");
    const auto first = run[0].get<uint64_t>();
    const auto count = run[1].get<uint64_t>();
    const auto repeat = run[2].get<uint64_t>();
    const auto attempt = run[3].get<uint64_t>();
    constexpr uint64_t kRowMax = std::numeric_limits<int64_t>::max() - kBatchItemsMax;
    if (count > kBatchItemsMax - items.size() || first > kRowMax || repeat > UINT32_MAX ||
        attempt > UINT32_MAX) {
      return broken(store, fmt::format("of more than {} items", kBatchItemsMax));
    }
    for (uint64_t i = 0; i < count; ++i) {
      items.push_back(
          {model, first + i, static_cast<uint32_t>(repeat), static_cast<uint32_t>(attempt)});
    }
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

Result<BatchEntry> entry_of(const ResumableStore& store, const Json& event) {
  BatchEntry entry;
  ASSAY_TRY(entry.tag, get_string(event, "batch", store.path()));
  ASSAY_TRY(const int64_t model, get_integer(event, "model", store.path()));
  if (model < 0 || model > UINT32_MAX) return broken(store, "of an impossible model");
  entry.model = static_cast<uint32_t>(model);
  ASSAY_TRY(entry.form, get_string(event, "form", store.path()));
  ASSAY_TRY(entry.intended_unix_s, get_integer(event, "unix_s", store.path()));
  ASSAY_TRY(entry.reserved.nano, get_integer(event, "reserved_nano", store.path()));
  if (entry.reserved.nano < 0) return broken(store, "with less than nothing reserved");
  ASSAY_TRY(entry.items, items_of(store, event, entry.model));
  return entry;
}

std::optional<uint64_t> take_hex(std::string_view& text, uint64_t max) {
  if (!text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  uint64_t value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (bad != std::errc() || value > max) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

}  // namespace

EventFact intended(const BatchEntry& entry) {
  return event(Json{{"batch", entry.tag},
                    {"state", "intended"},
                    {"model", entry.model},
                    {"form", entry.form},
                    {"unix_s", entry.intended_unix_s},
                    {"reserved_nano", entry.reserved.nano},
                    {"requests", entry.items.size()},
                    {"items", runs_of(entry.items)}});
}

EventFact submitted(const std::string& tag, const std::string& id) {
  return event(Json{{"batch", tag}, {"state", "submitted"}, {"id", id}});
}

EventFact ended(const std::string& tag, BatchEnd end, const std::string& why) {
  const auto* const name =
      std::find_if(kEnds.begin(), kEnds.end(), [&](const auto& each) { return each.first == end; });
  Json json{{"batch", tag}, {"state", name->second}};
  if (!why.empty()) json["why"] = why;
  return event(std::move(json));
}

Result<std::vector<BatchEntry>> read_open_batches(const ResumableStore& store) {
  std::vector<BatchEntry> open;
  Result<void> failure;
  const auto take = [&](const EventFact& fact) -> Result<void> {
    ASSAY_TRY(const Json json, parse_json(fact.json, store.path()));
    ASSAY_TRY(const std::string tag, get_string(json, "batch", store.path()));
    ASSAY_TRY(const std::string state, get_string(json, "state", store.path()));
    const auto known = std::find_if(open.begin(), open.end(),
                                    [&](const BatchEntry& entry) { return entry.tag == tag; });
    if (state == "intended") {
      if (known != open.end()) return broken(store, "that begins a batch twice");
      ASSAY_TRY(BatchEntry entry, entry_of(store, json));
      open.push_back(std::move(entry));
      return {};
    }
    if (known == open.end()) return broken(store, "of a batch that was not begun");
    if (state == "submitted") {
      ASSAY_TRY(known->id, get_string(json, "id", store.path()));
      return {};
    }
    const bool is_end = std::any_of(kEnds.begin(), kEnds.end(),
                                    [&](const auto& each) { return each.second == state; });
    if (!is_end) return broken(store, fmt::format("with the unknown state `{}`", state));
    open.erase(known);
    return {};
  };
  ASSAY_TRY_VOID(store.read_events(std::string(kKind), [&](uint32_t, const EventFact& fact) {
    if (failure) failure = take(fact);
  }));
  ASSAY_TRY_VOID(std::move(failure));
  return open;
}

Result<bool> has_batches(const ResumableStore& store) {
  bool any = false;
  ASSAY_TRY_VOID(
      store.read_events(std::string(kKind), [&](uint32_t, const EventFact&) { any = true; }));
  return any;
}

std::string custom_id_of(std::string_view tag, const Key& key) {
  return fmt::format("{}-{:x}-{:x}-{:x}", tag, key.sample, key.repeat, key.attempt);
}

std::optional<Key> key_of(std::string_view tag, std::string_view custom_id) {
  if (!custom_id.starts_with(tag)) return std::nullopt;
  std::string_view rest = custom_id.substr(tag.size());
  const auto sample = take_hex(rest, std::numeric_limits<int64_t>::max());
  const auto repeat = take_hex(rest, UINT32_MAX);
  const auto attempt = take_hex(rest, UINT32_MAX);
  if (!sample || !repeat || !attempt || !rest.empty()) return std::nullopt;
  const Key key{0, *sample, static_cast<uint32_t>(*repeat), static_cast<uint32_t>(*attempt)};
  // Each key has one spelling: no leading zeros, no capitals.
  if (custom_id_of(tag, key) != custom_id) return std::nullopt;
  return key;
}

}  // namespace assay::run
