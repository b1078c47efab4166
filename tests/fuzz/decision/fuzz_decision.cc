// Requirements, weights and facts over any bytes, as YAML and as flags: every number within its
// limits, or an error that says something.
#include <cmath>
#include <cstdint>
#include <string_view>

#include "app/decision_config.h"
#include "harness/base/check.h"

namespace {

using namespace assay;  // NOLINT: a program of its own

void check_rules(const aggregate::RequirementRules& rules) {
  for (const auto& share : {rules.availability, rules.error_rate}) {
    if (share) ASSAY_CHECK(*share >= 0 && *share <= 1, "share {}", *share);
  }
  if (rules.p95_seconds) ASSAY_CHECK(*rules.p95_seconds > 0, "p95");
  if (rules.context) ASSAY_CHECK(*rules.context > 0, "context");
  if (rules.budget) {
    ASSAY_CHECK(rules.budget->amount.nano > 0, "amount");
    ASSAY_CHECK(rules.budget->currency.size() == 3, "currency");
  }
  for (const auto* list : {&rules.licences, &rules.regions, &rules.modalities})
    ASSAY_CHECK(list->size() <= app::kRequirementWordsMax, "{} words", list->size());
}

void check_weights(const Result<WeightRanges>& weights) {
  if (!weights) {
    ASSAY_CHECK(!weights.error().message.empty(), "no message");
    return;
  }
  bool any = false;
  for (const WeightRange& range : *weights) {
    ASSAY_CHECK(std::isfinite(range.high) && range.low >= 0 && range.low <= range.high, "range");
    any = any || range.high > 0;
  }
  ASSAY_CHECK(any, "no weight");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kBytesMax = 4096;  // larger ones find nothing new and take long
  if (size > kBytesMax) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_weights(app::parse_weights(text));
  aggregate::RequirementRules flags;
  const Result<void> added = app::add_requirement(text, flags);
  if (added) {
    check_rules(flags);
  } else {
    ASSAY_CHECK(!added.error().message.empty(), "no message");
  }
  const Result<YamlNode> root = read_yaml(text, "fuzz.yaml");
  if (!root) return 0;
  const auto rules = app::read_requirements(*root);
  if (rules) check_rules(*rules);
  check_weights(app::read_weights(*root));
  aggregate::ModelFacts facts;
  (void)app::read_facts(*root, facts);
  return 0;
}
