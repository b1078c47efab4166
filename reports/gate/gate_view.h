// What the forms of a gate's result share. Inside gate/ only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/aggregate/gate.h"

namespace assay::reports {

// "accuracy", "accuracy [language=ko]"
std::string check_name(const aggregate::GateCheck& check);
// Figures as shown in a table; "n/a" or empty where there is none.
std::string baseline_text(const aggregate::GateCheck& check);
std::string now_text(const aggregate::GateCheck& check);
std::string change_text(const aggregate::GateCheck& check);
// "not inferior", "regressed", "limit kept" ... for people.
std::string_view verdict_words(const aggregate::GateCheck& check);
// "✓", "✗", "?", "!"
std::string_view outcome_sign(aggregate::GateOutcome outcome);
// Items of a kind: at most `shown` names, escaped by `name`, then how many more.
template <typename Name>
std::string item_list(const std::vector<std::string>& items, uint64_t total, size_t shown,
                      const Name& name) {
  std::string out;
  const size_t count = items.size() < shown ? items.size() : shown;
  for (size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ", ") + name(items[i]);
  if (total > count) {
    out += (out.empty() ? "" : " and ") + std::to_string(total - count) + " more";
  }
  return out;
}
// Checks that are not passes, worst first; then the passes. Stable.
std::vector<const aggregate::GateCheck*> worst_first(const aggregate::GateResult& result);
// Valid UTF-8 on one line, at most `points` code points: controls become spaces.
std::string one_line(std::string_view text, size_t points);
std::string settings_line(const aggregate::GateResult& result);

}  // namespace assay::reports
