// The scorer `bleu`: corpus BLEU from each sample's counts, or the mean of sentence BLEU.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "harness/stats/corpus_scores.h"
#include "suites/score/factories.h"
#include "suites/score/metrics/bleu.h"
#include "suites/score/metrics/reference_scorer.h"

namespace assay::suites {
namespace {

constexpr double kFloorDefault = 0.1;  // sacreBLEU's
constexpr double kAddDefault = 1;
constexpr size_t kCorpusOrder = 4;  // what Aggregation::kBleu sums
constexpr double kOrderMax = 16;

class Bleu final : public ReferenceScorer {
 public:
  Bleu(Setup setup, BleuOptions options, stats::BleuRule rule)
      : ReferenceScorer(std::move(setup)), options_(options), rule_(rule) {}

 private:
  void measure(const References& references, std::string_view answer,
               std::span<Score> scores) const override {
    Score& score = scores[0];
    std::vector<double> parts = bleu_statistics(options_, answer, references);
    const stats::BleuFigure figure = stats::bleu_figure(parts, rule_);
    score.value = figure.score;
    if (metrics()[0].aggregation == Aggregation::kBleu) score.parts = std::move(parts);
    score.reason =
        fmt::format("{} tokens, the target {}, {} of them common", figure.hypothesis_length,
                    figure.reference_length, figure.matches.front());
  }

  BleuOptions options_;
  stats::BleuRule rule_;
};

stats::BleuRule read_rule(OptionReader& read) {
  stats::BleuRule rule;
  const std::string method = read.choice("smooth_method", "exp", {"exp", "floor", "add-k", "none"});
  if (method == "floor") rule.smoothing = stats::BleuSmoothing::kFloor;
  if (method == "add-k") rule.smoothing = stats::BleuSmoothing::kAddK;
  if (method == "none") rule.smoothing = stats::BleuSmoothing::kNone;
  rule.value = read.number("smooth_value", method == "floor" ? kFloorDefault : kAddDefault, 0, 1e6);
  rule.effective_order = read.flag("effective_order", true);
  return rule;
}

}  // namespace

std::unique_ptr<Scorer> make_bleu(OptionReader& read, const std::string& /*base_dir*/) {
  MetricDef metric{read.text("metric", "bleu"), read.scorer(), true, false};
  metric.share = false;
  BleuOptions options;
  options.tokenizer = *bleu_tokenizer_from_name(
      read.choice("tokenize", "13a", {"13a", "intl", "zh", "char", "none"}));
  options.lowercase = read.flag("lowercase", false);
  options.order = static_cast<size_t>(
      read.number("max_ngram_order", static_cast<double>(kCorpusOrder), 1, kOrderMax));
  const stats::BleuRule rule = read_rule(read);
  if (read.choice("level", "corpus", {"corpus", "sentence"}) == "corpus") {
    metric.aggregation = Aggregation::kBleu;
    if (rule.smoothing != stats::BleuSmoothing::kExp) {
      read.fail("smooth_method",
                "the corpus figure is smoothed by `exp`; others are for "
                "`level: sentence`");
    }
    if (options.order != kCorpusOrder) {
      read.fail("max_ngram_order", "the corpus figure has 4; others are for `level: sentence`");
    }
  }
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Bleu>(
      ReferenceScorer::Setup{{std::move(metric)}, std::move(extractor), identity_of(read, 1)},
      options, rule);
}

}  // namespace assay::suites
