// Field-level comparison for documents: named values found in an answer (JSON, or one regex a
// field) against the named values of the truth.
//
//   FieldTally t = tally_fields(rules, truth, prediction);
//   f1 = 2 * t.right / (2 * t.right + t.extra + t.missing)
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/json_fwd.h"
#include "suites/extract/pattern.h"

namespace assay::suites {

enum class FieldForm { kText, kAmount, kDate, kNumber };
enum class FieldMatch { kExact, kAnls, kCer };

struct FieldRule {
  std::string name;
  FieldForm form = FieldForm::kText;
  FieldMatch match = FieldMatch::kExact;
  double threshold = 0;        // kAnls: at least; kCer: at most
  bool day_first = true;       // kDate
  std::vector<Pattern> regex;  // none or one: where the value stands in plain text
};

using FieldValues = std::vector<std::pair<std::string, std::string>>;

struct FieldTally {
  size_t right = 0;    // true positives
  size_t extra = 0;    // false positives: a value that is wrong, or that the truth does not have
  size_t missing = 0;  // false negatives: a value of the truth that is absent or wrong
  std::vector<std::string> wrong;  // names, in order
};

// `value` as it is compared. What cannot be read as amount, date or number is compared as text.
std::string normalize_field(const FieldRule& rule, std::string_view value);
bool fields_match(const FieldRule& rule, std::string_view truth, std::string_view predicted);

// Rules in force for the names of the truth (and, where `rules` is empty, of the prediction). A
// name that stands several times in the truth lists accepted alternatives. An empty value is no
// value. A wrong value counts as extra and as missing (as in the CoNLL and SROIE evaluations).
FieldTally tally_fields(const std::vector<FieldRule>& rules, const FieldRule& fallback,
                        const FieldValues& truth, const FieldValues& prediction);

// Members of an object as name and text: nested ones as "a.b" and "a.0", strings as they are, other
// values as JSON, null as nothing. At most kFieldsMax.
inline constexpr size_t kFieldsMax = 1000;
FieldValues flatten_fields(const Json& object);

}  // namespace assay::suites
