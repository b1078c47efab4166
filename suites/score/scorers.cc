#include "suites/score/scorers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "suites/registry.h"
#include "suites/score/factories.h"
#include "suites/score/options.h"

namespace assay::suites {
namespace {

struct Row {
  std::string_view name;
  std::string_view summary;
  ScorerFactory make;
};

constexpr std::array<Row, 14> kScorers{{
    {"anls", "average normalised Levenshtein similarity, for questions about documents", make_anls},
    {"assertions", "a list of checks in each row (equals, contains, is-json, ...)",
     make_assertions},
    {"cer", "character error rate: edits / characters of the target", make_cer},
    {"choice", "which of the sample's choices a free answer picks (letter, number or text)",
     make_choice},
    {"exact", "the answer equals a target", make_exact},
    {"fields", "precision, recall and F1 of named fields (JSON or a regex for each)", make_fields},
    {"includes", "a target stands in the answer", make_includes},
    {"json", "the JSON in the answer equals the target's, by value", make_json},
    {"json_schema", "the JSON in the answer fits a JSON Schema", make_json_schema},
    {"number", "the number in the answer equals a target, exactly or within a tolerance",
     make_number},
    {"process", "any program that judges JSON lines", make_process},
    {"regex", "a pattern matches the answer, or its group equals a target", make_regex},
    {"tool_calls", "the function calls of the reply are those expected", make_tool_calls},
    {"wer", "word error rate: edits / words of the target", make_wer},
}};

}  // namespace

Result<std::unique_ptr<Scorer>> make_scorer(const std::string& name, const Json& options,
                                            const WhereFn& where, const std::string& base_dir) {
  std::vector<std::string> known;
  for (const Row& row : kScorers) {
    known.emplace_back(row.name);
    if (row.name != name) continue;
    OptionReader read(name, options, where);
    std::unique_ptr<Scorer> scorer = row.make(read, base_dir);
    ASSAY_TRY_VOID(read.finish());
    ASSAY_CHECK(scorer != nullptr, "scorer `{}` was not made", name);
    return scorer;
  }
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) hint = fmt::format(", expected one of {}", fmt::join(known, ", "));
  return input_error(where ? where("") : std::string(),
                     fmt::format("unknown scorer `{}`{}", name, hint));
}

std::vector<ScorerListing> list_scorers() {
  std::vector<ScorerListing> rows;
  const Json none = Json::object();
  const WhereFn nowhere;
  for (const Row& row : kScorers) {
    OptionReader read(std::string(row.name), none, nowhere);
    (void)row.make(read, "");  // reading the options is what is wanted here
    rows.push_back({std::string(row.name), std::string(row.summary), read.described()});
  }
  return rows;
}

}  // namespace assay::suites
