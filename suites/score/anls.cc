// The scorer `anls`: anls() of text_distance.h for each sample.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "harness/base/utf8.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/text_distance.h"
#include "suites/score/text_norm.h"

namespace assay::suites {
namespace {

// Longer answers are not similar to anything that a document question has as its answer, and the
// distance would only confirm it slowly.
constexpr size_t kAnswerBytesMax = 1'000'000;

struct AnlsOptions {
  double threshold = 0.5;
  bool none_is_wrong = true;
  NormalForm form = NormalForm::kNfc;
};

class Anls final : public VerdictScorer {
 public:
  Anls(Setup setup, AnlsOptions options) : VerdictScorer(std::move(setup)), options_(options) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view answer) const override {
    const std::string_view stripped = strip_space(answer);
    if (stripped.empty()) return Verdict::wrong({}, "empty answer");
    if (stripped.size() > kAnswerBytesMax) {
      return Verdict::wrong(std::string(stripped),
                            fmt::format("answer longer than {} bytes", kAnswerBytesMax));
    }
    std::vector<std::string> golds;
    golds.reserve(sample.targets.size());
    for (const std::string& target : sample.targets) {
      golds.push_back(normalize(target, options_.form));
    }
    Verdict verdict;
    verdict.extracted = normalize(stripped, options_.form);
    verdict.value = anls(golds, verdict.extracted, options_.threshold, options_.none_is_wrong);
    if (verdict.value == 0) {
      verdict.reason = fmt::format("similarity below {}", options_.threshold);
    } else if (verdict.value < 1) {
      verdict.reason = fmt::format("similarity {:.3f}", verdict.value);
    }
    return verdict;
  }

  AnlsOptions options_;
};

}  // namespace

std::unique_ptr<Scorer> make_anls(OptionReader& read, const std::string& /*base_dir*/) {
  MetricDef metric{read.text("metric", "anls"), read.scorer(), true, false};
  AnlsOptions options;
  options.threshold = read.number("threshold", 0.5, 0, 1);
  options.form = read_normal_form(read, NormalForm::kNfc);
  options.none_is_wrong = read.flag("none_is_wrong", true);
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Anls>(
      VerdictScorer::Setup{std::move(metric), std::move(extractor), identity_of(read, 1)}, options);
}

}  // namespace assay::suites
