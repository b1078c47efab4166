// TruthfulQA, multiple choice: choices and which of them are true, from either form of the data:
// {"choices": [..], "labels": [..]} (Hugging Face) or {choice: label} (the authors' JSON).
// Source: lm-evaluation-harness 0.4, lm_eval/tasks/truthfulqa/utils.py (process_results_mc2: true
// are the choices before the first label 0).
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "suites/native/functions.h"
#include "suites/native/row.h"

namespace assay::suites {
namespace {

struct Targets {
  std::vector<std::string> choices;
  std::vector<int64_t> labels;
};

Result<int64_t> label_of(std::string_view key, const Json& value) {
  const bool whole = value.is_number_integer();
  if (!whole || (value.get<int64_t>() != 0 && value.get<int64_t>() != 1)) {
    return wrong_field(key, value, "labels 0 and 1");
  }
  return value.get<int64_t>();
}

Result<Targets> read_targets(const Json& row, std::string_view key) {
  ASSAY_TRY(const Json* found, field(row, key));
  if (!found->is_object()) return wrong_field(key, *found, "choices with their labels");
  Targets targets;
  if (find_field(*found, "choices") != nullptr && find_field(*found, "labels") != nullptr) {
    ASSAY_TRY(targets.choices, texts_field(*found, "choices"));
    for (const Json& item : *find_field(*found, "labels")) {
      ASSAY_TRY(const int64_t label, label_of(key, item));
      targets.labels.push_back(label);
    }
  } else {
    for (const auto& [choice, value] : found->items()) {
      ASSAY_TRY(const int64_t label, label_of(key, value));
      targets.choices.push_back(choice);
      targets.labels.push_back(label);
    }
  }
  if (targets.choices.empty() || targets.choices.size() != targets.labels.size()) {
    return input_error("", fmt::format("`{}` has {} choices and {} labels, expected as many", key,
                                       targets.choices.size(), targets.labels.size()));
  }
  return targets;
}

size_t leading_true(const std::vector<int64_t>& labels) {
  size_t n = 0;
  while (n < labels.size() && labels[n] == 1) ++n;
  return n;
}

}  // namespace

// The right one is the first with label 1 (in the published files the very first).
Result<bool> preprocess_truthfulqa_mc1(Json& row) {
  ASSAY_TRY(Targets targets, read_targets(row, "mc1_targets"));
  size_t gold = 0;
  while (gold < targets.labels.size() && targets.labels[gold] != 1) ++gold;
  if (gold == targets.labels.size()) {
    return input_error("", "`mc1_targets` has no label 1, expected one true choice");
  }
  set_field(row, "choices", targets.choices);
  set_field(row, "gold", static_cast<int64_t>(gold));
  return true;
}

Result<bool> preprocess_truthfulqa_mc2(Json& row) {
  ASSAY_TRY(Targets targets, read_targets(row, "mc2_targets"));
  const size_t true_count = leading_true(targets.labels);
  if (true_count == 0 || true_count == targets.labels.size()) {
    return input_error("",
                       "`mc2_targets` does not begin with true choices (label 1) that false ones "
                       "(label 0) follow");
  }
  Json gold = Json::array();
  for (size_t i = 0; i < true_count; ++i) gold.push_back(static_cast<int64_t>(i));
  set_field(row, "choices", targets.choices);
  set_field(row, "gold", std::move(gold));
  return true;
}

}  // namespace assay::suites
