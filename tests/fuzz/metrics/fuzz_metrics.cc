// The metrics that compare a text with references. The first byte picks the scorer, the rest is
// the answer, a line with "===", and the targets, separated by lines with "---". Checks what holds
// whatever the texts are: ranges, sums of counts, a text against itself.
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "harness/stats/corpus_scores.h"
#include "suites/score/metrics/porter_stemmer.h"
#include "suites/score/metrics/python_text.h"
#include "suites/score/scorers.h"

namespace {

using assay::Aggregation;
using assay::Score;
using assay::Scorer;

struct Row {
  const char* name;
  const char* options;
};

constexpr Row kRows[] = {
    {"bleu", "{}"},
    {"bleu", R"({"tokenize": "intl", "lowercase": true})"},
    {"bleu", R"({"tokenize": "zh"})"},
    {"bleu", R"({"tokenize": "char", "level": "sentence", "smooth_method": "floor"})"},
    {"bleu", R"({"tokenize": "none", "level": "sentence", "smooth_method": "add-k"})"},
    {"chrf", "{}"},
    {"chrf", R"({"word_order": 2, "lowercase": true, "whitespace": true})"},
    {"chrf", R"({"level": "sentence", "eps_smoothing": true, "beta": 3})"},
    {"ter", "{}"},
    {"ter", R"({"normalized": true, "asian_support": true, "no_punct": true})"},
    {"rouge", R"({"use_stemmer": true})"},
    {"squad", "{}"},
    {"ratio", "{}"},
    {"ratio", R"({"kind": "token_sort", "normalize": "nfkc"})"},
};

std::vector<std::unique_ptr<Scorer>> make_all() {
  std::vector<std::unique_ptr<Scorer>> all;
  for (const Row& row : kRows) {
    const auto options = assay::parse_json(row.options, row.name);
    all.push_back(assay::suites::make_scorer(row.name, options.value(), nullptr, "").value());
  }
  return all;
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

void check_score(const Score& score, Aggregation aggregation) {
  ASSAY_CHECK(std::isfinite(score.value) && score.value >= 0, "value {}", score.value);
  ASSAY_CHECK(std::isfinite(score.weight) && score.weight > 0, "weight {}", score.weight);
  ASSAY_CHECK((aggregation == Aggregation::kPooled) == score.parts.empty(), "{} parts",
              score.parts.size());
  if (aggregation == Aggregation::kBleu) {
    const double figure = assay::stats::bleu_from_sums(score.parts);
    ASSAY_CHECK(score.parts.size() == 10 && figure >= 0 && figure <= 100.0001, "BLEU {}", figure);
  }
  if (aggregation == Aggregation::kChrf) {
    const double figure = assay::stats::chrf_from_sums(score.parts, 2);
    ASSAY_CHECK(figure >= 0 && figure <= 100.0001, "chrF {}", figure);
  }
}

void judge(const Scorer& scorer, const std::string& answer,
           const std::vector<std::string>& targets) {
  assay::Response response;
  response.outcome = assay::Outcome::kOk;
  response.answer = answer;
  assay::Sample sample;
  sample.targets = targets;
  std::vector<Score> scores;
  scorer.judge(sample, response, scores);
  ASSAY_CHECK(scores.size() == scorer.metrics().size(), "{} scores", scores.size());
  for (size_t i = 0; i < scores.size(); ++i) {
    if (scores[i].status == assay::ScoreStatus::kScored) {
      check_score(scores[i], scorer.metrics()[i].aggregation);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<std::unique_ptr<Scorer>> kScorers = make_all();
  if (size == 0) return 0;
  const Scorer& scorer = *kScorers[data[0] % kScorers.size()];
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<std::string> sides = split(rest, "\n===\n");
  const std::string text = assay::sanitize_utf8(sides.back());
  judge(scorer, sides.front(), split(text, "\n---\n"));
  judge(scorer, text, {text});
  for (const std::string_view word : assay::suites::python_split(text)) {
    ASSAY_CHECK(!assay::suites::porter_stem(word).empty(), "`{}` has no stem", word);
  }
  return 0;
}
