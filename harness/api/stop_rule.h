// StopRule: says when a model has been asked enough of a suite. It gives the order in which items
// are asked, is told what each came to, and is over as soon as nothing more can change its mind.
//
// Where it stands: implemented by harness/aggregate/stop_rules, owned by app, used by harness/run:
// order() and metric() when the run is planned; on_result() from the stored records on the main
// thread, then on the loop thread, one thread at a time; results come in the order in which they
// are known, and putting them back into the planned order is the rule's business.
//
//   rule.on_result({model, suite, index, repeat}, JudgedValue{1, 1, answer});
//   if (rule.over(model, suite)) drop_what_was_not_started();
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace assay {

// What one reply came to under the metric that the rule reads.
struct JudgedValue {
  double value = 0;
  double weight = 1;
  uint64_t answer = 0;  // equal for equal answers, as RecordScore::answer
};

// One repeat of one item. Models and suites are numbered as in the run's request.
struct ResultPlace {
  size_t model = 0;
  size_t suite = 0;
  uint64_t index = 0;  // of the sample, below the suite's size
  uint32_t repeat = 0;
};

class StopRule {
 public:
  virtual ~StopRule() = default;
  // Which of the suite's metrics it reads.
  [[nodiscard]] virtual size_t metric(size_t suite) const = 0;
  // Sample indices in the order in which the model is asked; each once. Lives as long as the rule.
  [[nodiscard]] virtual std::span<const uint32_t> order(size_t model, size_t suite) const = 0;
  // The item's last word; nothing: it does not count (no reply after all attempts, or the scorer
  // could not judge). A second result for the same place is ignored. Cheap, never blocks.
  virtual void on_result(const ResultPlace& place, const std::optional<JudgedValue>& judged) = 0;
  // Nothing more needs to be asked. Stays true until reset().
  [[nodiscard]] virtual bool over(size_t model, size_t suite) const = 0;
  // How many items of the order lie before this one and after the last that the rule could read:
  // what is asked far ahead of a slow item may turn out to be asked for nothing.
  [[nodiscard]] virtual uint64_t ahead(size_t model, size_t suite, uint64_t index) const = 0;
  // Forgets all results of one model on one suite.
  virtual void reset(size_t model, size_t suite) = 0;
};

}  // namespace assay
