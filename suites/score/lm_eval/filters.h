// FilterPipeline: one entry of a task's `filter_list`: what becomes of a document's responses
// before they are compared with the target, as lm-evaluation-harness does it.
//
// Where it stands: made from the task file when a suite is loaded; const and shared by the scoring
// threads. apply() is the reference's whole pipeline over all repeats of a document. The scorer
// judges one response at a time: apply_one() leaves out the steps that look at several (take_first,
// take_first_k, majority_vote); repeats() says what the aggregation does in their place.
//
//   ASSAY_TRY(const FilterPipeline p, FilterPipeline::from_json(steps, "filter_list[0].filter"));
//   ASSAY_TRY(const Json value, p.apply({"The answer is 42."}, {}));     // "42"
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites::lm_eval {

inline constexpr size_t kFiltersMax = 64;  // pipelines of a task, and steps of one
inline constexpr uint32_t kTakeFirstMax = 1'000'000;

// The document as filters see it.
struct FilterDocument {
  const std::vector<std::string>* choices = nullptr;  // its field `choices`; null: it has none
};

// A step that makes a value of each response. Values are strings; a map or a fallback may make
// others of them (null, numbers), regex_pos makes lists.
class ResponseFilter {
 public:
  virtual ~ResponseFilter() = default;
  // Errors: kLimit where a regex gave up, kInput where the reference would raise an exception.
  [[nodiscard]] virtual Result<Json> apply(const Json& value, const FilterDocument& doc) const = 0;
  [[nodiscard]] virtual bool needs_document() const { return false; }
};

// Which repeats of a document count (MetricDef::repeats_first, ::vote).
struct RepeatRule {
  uint32_t first = 0;  // 0: all
  bool vote = false;
};

class FilterPipeline {
 public:
  // `steps`: a list of {function: NAME, ...its own keys}. Unknown functions and keys are errors
  // that begin with `place` and name the nearest known one; a step that is Python's says so.
  static Result<FilterPipeline> from_json(const Json& steps, const std::string& place);
  // What a task without `filter_list` has: take_first.
  static FilterPipeline take_first();

  // All steps over all responses (valid UTF-8): a list, or after take_first one value. A step after
  // take_first sees a text as the list of its characters, as in Python.
  [[nodiscard]] Result<Json> apply(const std::vector<std::string>& responses,
                                   const FilterDocument& doc) const;
  // The steps that look at one response.
  [[nodiscard]] Result<Json> apply_one(const std::string& response,
                                       const FilterDocument& doc) const;
  // How to combine repeats, or why this order of steps cannot be judged one response at a time.
  [[nodiscard]] Result<RepeatRule> repeats() const;
  // A step looks at the document.
  [[nodiscard]] bool needs_document() const;
  // No step but take_first.
  [[nodiscard]] bool only_takes_first() const;

 private:
  enum class Kind : uint8_t { kEach, kTakeFirst, kTakeFirstK, kMajorityVote };
  struct Step {
    Kind kind = Kind::kEach;
    uint32_t k = 0;
    std::unique_ptr<ResponseFilter> each;
    std::string place;
  };
  static Result<Step> step_from_json(const Json& object, const std::string& place);
  static Result<Json> run(const Step& step, Json state, const FilterDocument& doc);

  std::vector<Step> steps_;
};

}  // namespace assay::suites::lm_eval
