// The scorer `squad`: exact match and token F1 of the SQuAD 2.0 evaluation.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "suites/score/factories.h"
#include "suites/score/metrics/reference_scorer.h"
#include "suites/score/metrics/squad.h"

namespace assay::suites {
namespace {

class Squad final : public ReferenceScorer {
 public:
  explicit Squad(Setup setup) : ReferenceScorer(std::move(setup)) {}

 private:
  void measure(const References& references, std::string_view answer,
               std::span<Score> scores) const override {
    const std::vector<std::string> golds(references.begin(), references.end());
    const SquadScore best = squad_best(golds, answer);
    scores[0].value = best.exact;
    scores[1].value = best.f1;
    const std::string normalized = squad_normalize(answer);
    for (Score& score : scores) {
      score.extracted = normalized;
      if (score.value < 1) score.reason = fmt::format("F1 {:.3f}", best.f1);
    }
  }
};

}  // namespace

std::unique_ptr<Scorer> make_squad(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "");
  const std::string prefix = metric.empty() ? "" : metric + "_";
  std::vector<MetricDef> metrics{{prefix + "exact_match", read.scorer(), true, true},
                                 {prefix + "f1", read.scorer(), true, false}};
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Squad>(ReferenceScorer::Setup{std::move(metrics), std::move(extractor),
                                                        identity_of(read, 1), false});
}

}  // namespace assay::suites
