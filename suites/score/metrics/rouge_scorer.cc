// The scorer `rouge`: F-measures of the ROUGE types asked for, each of its best target.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "suites/score/factories.h"
#include "suites/score/metrics/reference_scorer.h"
#include "suites/score/metrics/rouge.h"

namespace assay::suites {
namespace {

const std::vector<std::string>& default_types() {
  static const std::vector<std::string> kTypes = {"rouge1", "rouge2", "rougeL", "rougeLsum"};
  return kTypes;
}

class Rouge final : public ReferenceScorer {
 public:
  Rouge(Setup setup, std::vector<std::string> types, bool stem, RougeSplit split)
      : ReferenceScorer(std::move(setup)), types_(std::move(types)), stem_(stem), split_(split) {}

 private:
  void measure(const References& references, std::string_view answer,
               std::span<Score> scores) const override {
    const RougeText prediction = rouge_text(answer, stem_, split_);
    std::vector<RougeText> targets;
    targets.reserve(references.size());
    for (const std::string_view reference : references) {
      targets.push_back(rouge_text(reference, stem_, split_));
    }
    for (size_t i = 0; i < types_.size(); ++i)
      measure_type(types_[i], targets, prediction, scores[i]);
  }

  static void measure_type(const std::string& type, const std::vector<RougeText>& targets,
                           const RougeText& prediction, Score& score) {
    RougeScore best;
    for (const RougeText& target : targets) {
      const std::optional<RougeScore> one = rouge_score(type, target, prediction);
      if (!one) {
        return unscored(score, fmt::format("{} tokens against {} are too many for {}",
                                           prediction.tokens.size(), target.tokens.size(), type));
      }
      if (one->f_measure > best.f_measure) best = *one;
    }
    score.value = best.f_measure;
    if (best.f_measure < 1) {
      score.reason = fmt::format("precision {:.3f}, recall {:.3f}", best.precision, best.recall);
    }
  }

  std::vector<std::string> types_;
  bool stem_;
  RougeSplit split_;
};

}  // namespace

std::unique_ptr<Scorer> make_rouge(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string prefix = read.text("metric", "");
  std::vector<std::string> types = read.text_list("types");
  if (types.empty()) types = default_types();
  std::vector<MetricDef> metrics;
  for (const std::string& type : types) {
    if (!is_rouge_type(type)) {
      read.fail("types", fmt::format("`{}`, expected rouge1 to rouge9, rougeL or rougeLsum", type));
    }
    if (std::count(types.begin(), types.end(), type) > 1) {
      read.fail("types", fmt::format("`{}` is named twice", type));
    }
    metrics.push_back(
        {prefix.empty() ? type : fmt::format("{}_{}", prefix, type), read.scorer(), true, false});
  }
  const bool stem = read.flag("use_stemmer", false);
  const RougeSplit split =
      read.flag("split_summaries", false) ? RougeSplit::kPunkt : RougeSplit::kLines;
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Rouge>(
      ReferenceScorer::Setup{std::move(metrics), std::move(extractor), identity_of(read, 1)},
      std::move(types), stem, split);
}

}  // namespace assay::suites
