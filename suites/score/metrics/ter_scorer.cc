// The scorer `ter`: translation edit rate in percent, pooled over the reference words.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "suites/score/factories.h"
#include "suites/score/metrics/reference_scorer.h"
#include "suites/score/metrics/ter.h"

namespace assay::suites {
namespace {

class Ter final : public ReferenceScorer {
 public:
  Ter(Setup setup, TercomOptions options) : ReferenceScorer(std::move(setup)), options_(options) {}

 private:
  void measure(const References& references, std::string_view answer,
               std::span<Score> scores) const override {
    Score& score = scores[0];
    const std::optional<TerCount> count = count_ter(options_, answer, references);
    if (!count) {
      return unscored(score, fmt::format("answer or target has more than {} words", kTerWordsMax));
    }
    // An empty reference has weight 1, so that its edits are not lost (as in `wer`).
    score.weight = count->reference_length > 0 ? count->reference_length : 1;
    score.value = 100 * count->edits / score.weight;
    if (count->edits > 0) {
      score.reason = fmt::format("{} edits in {} words", count->edits, count->reference_length);
    }
  }

  TercomOptions options_;
};

}  // namespace

std::unique_ptr<Scorer> make_ter(OptionReader& read, const std::string& /*base_dir*/) {
  MetricDef metric{read.text("metric", "ter"), read.scorer(), false, false};
  metric.share = false;
  TercomOptions options;
  options.normalized = read.flag("normalized", false);
  options.no_punct = read.flag("no_punct", false);
  options.asian_support = read.flag("asian_support", false);
  options.case_sensitive = read.flag("case_sensitive", false);
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Ter>(
      ReferenceScorer::Setup{{std::move(metric)}, std::move(extractor), identity_of(read, 1)},
      options);
}

}  // namespace assay::suites
