// ItemValues: what items of one model on one suite came to while a run is on: their repeats are
// collected and averaged (or voted on) once all are in, as samples.h does it from a stored run.
//
// Where it stands: harness/aggregate; filled and read by the stop rules, one thread at a time.
//
//   ItemValues values(def, 1000, 4);
//   if (values.add(item, repeat, judged)) use(values.state(item), values.tally(item));
//
// An item whose repeats all do not count (no reply, not judged) is excluded; otherwise those that
// count are averaged. A value or weight that is not finite, or a negative weight, does not count;
// an item of weight 0 is excluded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "harness/aggregate/columns.h"
#include "harness/api/stop_rule.h"
#include "harness/types/score.h"

namespace assay::aggregate {

class ItemValues {
 public:
  enum class State : uint8_t { kOpen, kExcluded, kValue };
  ItemValues(MetricDef def, size_t items, uint32_t repeats);

  // True when this was the item's last missing repeat. A repeat that is known already, or is none
  // of the item's, changes nothing.
  bool add(size_t item, uint32_t repeat, const std::optional<JudgedValue>& judged);
  void clear();

  [[nodiscard]] State state(size_t item) const { return states_[item]; }
  [[nodiscard]] Tally tally(size_t item) const { return {numerators_[item], weights_[item]}; }
  // Of an item with a value: numerator / weight.
  [[nodiscard]] double value(size_t item) const { return numerators_[item] / weights_[item]; }
  [[nodiscard]] size_t size() const { return states_.size(); }
  [[nodiscard]] size_t open() const { return open_; }
  // Every value so far had weight 1.
  [[nodiscard]] bool unweighted() const { return unweighted_; }

 private:
  struct Repeats {
    std::vector<std::optional<JudgedValue>> judged;
    std::vector<bool> known;
    uint32_t missing = 0;
  };
  void settle(size_t item, std::vector<std::optional<JudgedValue>> judged);

  MetricDef def_;
  uint32_t repeats_;
  size_t open_;
  bool unweighted_ = true;
  std::vector<State> states_;
  std::vector<double> numerators_;
  std::vector<double> weights_;
  std::unordered_map<size_t, Repeats> partial_;  // items some of whose repeats are in
};

}  // namespace assay::aggregate
