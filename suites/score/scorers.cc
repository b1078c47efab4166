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

constexpr auto kScorers = std::to_array<Row>({
    {"anls", "average normalised Levenshtein similarity, for questions about documents", make_anls},
    {"assertions", "a list of checks in each row (equals, contains, is-json, ...)",
     make_assertions},
    {"bleu", "BLEU of translations, over the corpus or by sentence", make_bleu},
    {"cer", "character error rate: edits / characters of the target", make_cer},
    {"choice", "which of the sample's choices a free answer picks (letter, number or text)",
     make_choice},
    {"chrf", "chrF and chrF++: n-grams of characters and words, F-measure", make_chrf},
    {"code_tests", "the program in the answer passes its tests (not run in this version)",
     make_code_tests},
    {"drop", "exact match and F1 of DROP, over all accepted answers", make_drop},
    {"exact", "the answer equals a target", make_exact},
    {"fields", "precision, recall and F1 of named fields (JSON or a regex for each)", make_fields},
    {"hendrycks_math", "MATH answers as texts, by the rules of hendrycks/math",
     make_hendrycks_math},
    {"ifeval", "which verifiable instructions of an IFEval prompt the answer follows", make_ifeval},
    {"includes", "a target stands in the answer", make_includes},
    {"json", "the JSON in the answer equals the target's, by value", make_json},
    {"json_schema", "the JSON in the answer fits a JSON Schema", make_json_schema},
    {"judge", "a model judges the answer (not in this version)", make_judge},
    {"lm_eval", "filters and metrics of a task of lm-evaluation-harness", make_lm_eval},
    {"math", "a mathematical answer (LaTeX or plain) says the same as a target", make_math},
    {"minerva_math", "MATH answers as lm-evaluation-harness's minerva_math judges them",
     make_minerva_math},
    {"number", "the number in the answer equals a target, exactly or within a tolerance",
     make_number},
    {"process", "any program that judges JSON lines", make_process},
    {"ratio", "edit-distance similarity with a target, 0 to 1", make_ratio},
    {"regex", "a pattern matches the answer, or its group equals a target", make_regex},
    {"rouge", "ROUGE-N, -L and -Lsum of summaries, F-measure", make_rouge},
    {"squad", "exact match and token F1 of short answers, as SQuAD 2.0", make_squad},
    {"ter", "translation edit rate: edits with shifts / words of the target, percent", make_ter},
    {"tool_calls", "the function calls of the reply are those expected", make_tool_calls},
    {"truthfulqa_mc", "probability of the true choices among all, from log-likelihoods",
     make_truthfulqa_mc},
    {"wer", "word error rate: edits / words of the target", make_wer},
});

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
