// The scorer `chrf`: corpus chrF or chrF++ from each sample's counts, or the mean of sentence chrF.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "harness/stats/corpus_scores.h"
#include "suites/score/factories.h"
#include "suites/score/metrics/chrf.h"
#include "suites/score/metrics/reference_scorer.h"

namespace assay::suites {
namespace {

constexpr double kCorpusBeta = 2;  // what Aggregation::kChrf uses
constexpr double kOrderMax = 16;

class Chrf final : public ReferenceScorer {
 public:
  Chrf(Setup setup, ChrfOptions options) : ReferenceScorer(std::move(setup)), options_(options) {}

 private:
  void measure(const References& references, std::string_view answer,
               std::span<Score> scores) const override {
    Score& score = scores[0];
    std::vector<double> parts = chrf_statistics(options_, answer, references);
    score.value = stats::chrf_from_sums(parts, options_.beta, options_.epsilon_smoothing);
    score.reason = fmt::format("{} of {} characters common", parts[2], parts[1]);
    if (metrics()[0].aggregation == Aggregation::kChrf) score.parts = std::move(parts);
  }

  ChrfOptions options_;
};

}  // namespace

std::unique_ptr<Scorer> make_chrf(OptionReader& read, const std::string& /*base_dir*/) {
  MetricDef metric{read.text("metric", "chrf"), read.scorer(), true, false};
  metric.share = false;
  ChrfOptions options;
  options.char_order = static_cast<size_t>(read.number("char_order", 6, 1, kOrderMax));
  options.word_order = static_cast<size_t>(read.number("word_order", 0, 0, kOrderMax));
  options.beta = read.number("beta", kCorpusBeta, 0, 1000);
  options.lowercase = read.flag("lowercase", false);
  options.whitespace = read.flag("whitespace", false);
  options.epsilon_smoothing = read.flag("eps_smoothing", false);
  if (read.choice("level", "corpus", {"corpus", "sentence"}) == "corpus") {
    metric.aggregation = Aggregation::kChrf;
    if (options.beta != kCorpusBeta) {
      read.fail("beta", "the corpus figure has 2; others are for `level: sentence`");
    }
    if (options.epsilon_smoothing) {
      read.fail("eps_smoothing", "the corpus figure has none; it is for `level: sentence`");
    }
  }
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Chrf>(
      ReferenceScorer::Setup{{std::move(metric)}, std::move(extractor), identity_of(read, 1)},
      options);
}

}  // namespace assay::suites
