// Every scorer and extractor on bytes from outside: the first byte picks the scorer, the rest is
// the model's answer. Checks what the interface promises: one finite score for each metric.
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "suites/score/scorers.h"

namespace {

using assay::Json;
using assay::Scorer;

struct Row {
  const char* name;
  const char* options;
};

constexpr Row kRows[] = {
    {"exact", R"({"ignore_case": true, "ignore_punctuation": true, "normalize": "nfkc"})"},
    {"exact", R"({"extract": "boxed", "regexes_to_ignore": ["(a|b)+c"]})"},
    {"exact", R"({"extract": {"json": "a.0.b"}})"},
    {"exact", R"({"extract": [{"after_marker": "####"}, "last_line"]})"},
    {"includes", R"({"whole_word": true, "collapse_whitespace": true})"},
    {"regex", R"j({"pattern": "(\\w+)\\s*(?=x)", "group": 1, "take": "last"})j"},
    {"number", R"({"tolerance": 0.01, "percent": "fraction"})"},
    {"number", R"({"decimal_comma": true, "take": "first"})"},
    {"choice", "{}"},
    {"cer", R"({"unit": "jamo", "ignore_whitespace": true})"},
    {"cer", R"({"unit": "grapheme", "normalize": "none"})"},
    {"wer", R"({"ignore_punctuation": true})"},
    {"anls", "{}"},
    {"fields", R"({"fields": {"total": {"regex": "[0-9]+", "normalize": "amount"},
                              "date": {"normalize": "date", "match": "anls"}}})"},
    {"fields", R"({"default": {"normalize": "number", "match": "cer"}})"},
    {"drop", "{}"},
    {"code_tests", R"({"program": "opened_block"})"},
    {"code_tests", R"({"program": "block"})"},
};

std::vector<std::unique_ptr<Scorer>> make_all() {
  std::vector<std::unique_ptr<Scorer>> all;
  for (const Row& row : kRows) {
    const auto options = assay::parse_json(row.options, row.name);
    all.push_back(assay::suites::make_scorer(row.name, options.value(), nullptr, "").value());
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<std::unique_ptr<Scorer>> kScorers = make_all();
  if (size == 0) return 0;
  const Scorer& scorer = *kScorers[data[0] % kScorers.size()];
  assay::Response response;
  response.outcome = assay::Outcome::kOk;
  response.answer.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  assay::Sample sample;
  sample.targets = {"3만 5천", "B"};
  sample.choices = {"서울", "3만 5천", "B"};
  sample.fields = {{"total", "9.00"}, {"date", "25/12/2018"}};
  std::vector<assay::Score> scores;
  scorer.judge(sample, response, scores);
  ASSAY_CHECK(scores.size() == scorer.metrics().size(), "{} scores", scores.size());
  for (const assay::Score& score : scores) {
    ASSAY_CHECK(std::isfinite(score.value) && score.value >= 0, "value {}", score.value);
    ASSAY_CHECK(std::isfinite(score.weight) && score.weight >= 0, "weight {}", score.weight);
  }
  return 0;
}
