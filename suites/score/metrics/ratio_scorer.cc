// The scorer `ratio`: how alike the answer and its best target are, by edit distance.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "harness/base/utf8.h"
#include "suites/score/factories.h"
#include "suites/score/metrics/ratios.h"
#include "suites/score/metrics/reference_scorer.h"
#include "suites/score/text_distance.h"
#include "suites/score/text_norm.h"

namespace assay::suites {
namespace {

// Bytes of the answer times bytes of a target; 64 cells a step, so a fraction of a second.
constexpr double kCellsMax = 2e10;

enum class RatioKind { kLevenshtein, kIndel, kTokenSort };

class Ratio final : public VerdictScorer {
 public:
  Ratio(Setup setup, RatioKind kind, TextNorm norm)
      : VerdictScorer(std::move(setup)), kind_(kind), norm_(std::move(norm)) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view answer) const override {
    if (sample.targets.empty()) return Verdict::cannot("the sample has no target");
    if (answer.size() > kReferenceAnswerBytesMax) {
      return Verdict::cannot(fmt::format("the answer has {} bytes, the limit is {}", answer.size(),
                                         kReferenceAnswerBytesMax));
    }
    Verdict verdict;
    verdict.extracted = norm_.apply(answer);
    for (const std::string& raw : sample.targets) {
      const std::string target = norm_.apply(raw);
      if (static_cast<double>(target.size()) * static_cast<double>(verdict.extracted.size()) >
          kCellsMax) {
        return Verdict::cannot("answer and target are too long to compare");
      }
      verdict.value = std::max(verdict.value, similarity(verdict.extracted, target));
    }
    if (verdict.value < 1) verdict.reason = fmt::format("similarity {:.3f}", verdict.value);
    return verdict;
  }

  [[nodiscard]] double similarity(std::string_view answer, std::string_view target) const {
    if (kind_ == RatioKind::kTokenSort) return token_sort_ratio(answer, target) / 100;
    const auto a = to_code_points(answer);
    const auto b = to_code_points(target);
    return kind_ == RatioKind::kIndel ? similarity_ratio(a, b) / 100 : normalized_similarity(a, b);
  }

  RatioKind kind_;
  TextNorm norm_;
};

}  // namespace

std::unique_ptr<Scorer> make_ratio(OptionReader& read, const std::string& /*base_dir*/) {
  MetricDef metric{read.text("metric", "ratio"), read.scorer(), true, false};
  const std::string name =
      read.choice("kind", "levenshtein", {"levenshtein", "indel", "token_sort"});
  const RatioKind kind = name == "indel"        ? RatioKind::kIndel
                         : name == "token_sort" ? RatioKind::kTokenSort
                                                : RatioKind::kLevenshtein;
  TextNorm norm = read_text_norm(read, {}, {});
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Ratio>(
      VerdictScorer::Setup{std::move(metric), std::move(extractor), identity_of(read, 1)}, kind,
      std::move(norm));
}

}  // namespace assay::suites
