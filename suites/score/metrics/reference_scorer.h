// ReferenceScorer: the base of scorers that compare an answer with reference texts (bleu, chrf,
// ter, rouge, squad): outcomes, encoding, `extract` and the limits are here, the measure is theirs.
//
//   class Ter final : public ReferenceScorer {
//     void measure(const References& references, std::string_view answer,
//                  std::span<Score> scores) const override { scores[0].value = ...; }
//   };
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "suites/score/common.h"

namespace assay::suites {

// Longer answers, and samples with more text in their targets, are unscored. With as much the
// n-grams take about a second.
inline constexpr size_t kReferenceAnswerBytesMax = 1'000'000;
inline constexpr size_t kReferenceTargetBytesMax = 1'000'000;

class ReferenceScorer : public Scorer {
 public:
  struct Setup {
    std::vector<MetricDef> metrics;
    std::optional<Extractor> extractor;
    std::string identity;
    bool needs_targets = true;  // a sample without is unscored
  };

  [[nodiscard]] const std::vector<MetricDef>& metrics() const final { return setup_.metrics; }
  [[nodiscard]] std::string identity() const final { return setup_.identity; }
  // A reply without usable answer, or without what `extract` wants, is measured as an empty one, so
  // that corpus figures count its references; its value is the worst whatever the measure says.
  void judge(const Sample& sample, const Response& response, std::vector<Score>& out) const final;

 protected:
  using References = std::vector<std::string_view>;
  explicit ReferenceScorer(Setup setup) : setup_(std::move(setup)) {}
  // Fills value (and weight, parts, reason, extracted) of one Score for each metric. `answer` is
  // valid UTF-8. Must be pure.
  virtual void measure(const References& references, std::string_view answer,
                       std::span<Score> scores) const = 0;
  static void unscored(Score& score, const std::string& reason);

 private:
  struct Answer {
    std::string text;
    std::string wrong;     // why there is none to judge
    std::string unscored;  // the extractor's or this class's limit
  };
  [[nodiscard]] Answer answer_of(const Response& response) const;

  Setup setup_;
};

}  // namespace assay::suites
