#include "suites/score/lm_eval/text_metric.h"

#include <fmt/format.h>

#include "harness/stats/corpus_scores.h"
#include "suites/score/metrics/bleu.h"
#include "suites/score/metrics/chrf.h"
#include "suites/score/metrics/ter.h"

namespace assay::suites::lm_eval {
namespace {

using Views = std::vector<std::string_view>;

// sacreBLEU's corpus_bleu, corpus_chrf and corpus_ter with their defaults, which is how the harness
// calls them. A sample's own value is its sentence score.
class BleuMetric final : public TextMetric {
 public:
  [[nodiscard]] Aggregation aggregation() const override { return Aggregation::kBleu; }
  void judge(std::string_view answer, const std::vector<std::string>& references,
             Score& score) const override {
    const Views views(references.begin(), references.end());
    score.parts = bleu_statistics({}, answer, views);
    score.value = stats::bleu_figure(score.parts, {.effective_order = true}).score;
  }
};

class ChrfMetric final : public TextMetric {
 public:
  [[nodiscard]] Aggregation aggregation() const override { return Aggregation::kChrf; }
  void judge(std::string_view answer, const std::vector<std::string>& references,
             Score& score) const override {
    const Views views(references.begin(), references.end());
    const ChrfOptions options;
    score.parts = chrf_statistics(options, answer, views);
    score.value = stats::chrf_from_sums(score.parts, options.beta);
  }
};

class TerMetric final : public TextMetric {
 public:
  [[nodiscard]] Aggregation aggregation() const override { return Aggregation::kPooled; }
  void judge(std::string_view answer, const std::vector<std::string>& references,
             Score& score) const override {
    const Views views(references.begin(), references.end());
    const std::optional<TerCount> count = count_ter({}, answer, views);
    if (!count) {
      score.status = ScoreStatus::kUnscored;
      score.reason = fmt::format("answer or target has more than {} words", kTerWordsMax);
      return;
    }
    score.weight = count->reference_length > 0 ? count->reference_length : 1;
    score.value = 100 * count->edits / score.weight;
  }
};

}  // namespace

std::shared_ptr<const TextMetric> make_text_metric(std::string_view name) {
  if (name == "bleu") return std::make_shared<BleuMetric>();
  if (name == "chrf") return std::make_shared<ChrfMetric>();
  if (name == "ter") return std::make_shared<TerMetric>();
  return nullptr;
}

}  // namespace assay::suites::lm_eval
