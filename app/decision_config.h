// What a decision is asked, as people write it: `require:`, `weights:` and the facts of models in
// assay.yaml, and the flags of `assay decide`. Format: docs/decide.md. Every complaint names its
// place, what was found and what was expected.
//
//   ASSAY_TRY(RequirementRules rules, read_requirements(*root.find("require")));
//   ASSAY_TRY_VOID(add_requirement("p95<=5s", rules));                 // a flag: it wins
//   ASSAY_TRY(WeightRanges weights, parse_weights("quality=2,cost=1..3"));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/aggregate/decision_rules.h"
#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"

namespace assay::app {

inline constexpr size_t kRequirementWordsMax = 64;  // of one list

Result<aggregate::RequirementRules> read_requirements(const YamlNode& node);
// One flag: KEY<=VALUE, KEY>=VALUE or KEY=VALUE, lists with `,` or `|` between. Replaces what the
// rules say of that key.
Result<void> add_requirement(std::string_view text, aggregate::RequirementRules& rules);

// {quality: 2, cost: [1, 3]}; a criterion that is not named weighs nothing.
Result<WeightRanges> read_weights(const YamlNode& node);
// "quality=2,cost=1..3"
Result<WeightRanges> parse_weights(std::string_view text);

// Keys of a model's entry that are facts, and their reading into `facts`.
std::vector<std::string> fact_keys();
Result<void> read_facts(const YamlNode& model, aggregate::ModelFacts& facts);

}  // namespace assay::app
