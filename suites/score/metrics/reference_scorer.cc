#include "suites/score/metrics/reference_scorer.h"

#include <fmt/format.h>

#include <utility>

namespace assay::suites {

ReferenceScorer::Answer ReferenceScorer::answer_of(const Response& response) const {
  Answer answer;
  answer.wrong = unusable_reason(response);
  if (!answer.wrong.empty()) return answer;
  std::string repaired;
  const std::string_view text = valid_utf8(response.answer, repaired);
  if (!setup_.extractor) {
    answer.text = text;
  } else {
    Extraction extraction = setup_.extractor->apply(text);
    if (extraction.status == Extraction::Status::kLimit) answer.unscored = extraction.reason;
    if (extraction.status == Extraction::Status::kNothing) answer.wrong = extraction.reason;
    if (extraction.status == Extraction::Status::kFound) answer.text = std::move(extraction.text);
  }
  if (answer.text.size() > kReferenceAnswerBytesMax) {
    answer.unscored = fmt::format("the answer has {} bytes, the limit is {}", answer.text.size(),
                                  kReferenceAnswerBytesMax);
  }
  return answer;
}

void ReferenceScorer::judge(const Sample& sample, const Response& response,
                            std::vector<Score>& out) const {
  const size_t first = out.size();
  for (const MetricDef& metric : setup_.metrics) out.emplace_back().metric = metric.name;
  const std::span<Score> scores = std::span(out).subspan(first);
  Answer answer = answer_of(response);

  const References references(sample.targets.begin(), sample.targets.end());
  size_t target_bytes = 0;
  for (const std::string_view reference : references) target_bytes += reference.size();
  if (setup_.needs_targets && references.empty()) {
    answer.unscored = "the sample has no target";
  } else if (target_bytes > kReferenceTargetBytesMax) {
    answer.unscored = fmt::format("the targets have {} bytes, the limit is {}", target_bytes,
                                  kReferenceTargetBytesMax);
  }
  if (!answer.unscored.empty()) {
    for (Score& score : scores) unscored(score, answer.unscored);
    return;
  }
  measure(references, answer.text, scores);
  for (size_t i = 0; i < scores.size(); ++i) {
    Score& score = scores[i];
    if (setup_.extractor && score.extracted.empty()) score.extracted = answer.text;
    score.extracted = shorten(score.extracted, kExtractedBytesMax);
    if (score.status == ScoreStatus::kUnscored) continue;
    if (!answer.wrong.empty()) {
      score.reason = answer.wrong;
      if (setup_.metrics[i].higher_is_better) score.value = 0;
    } else if (response.outcome == Outcome::kLength && !score.reason.empty()) {
      score.reason += " (cut off by the token limit)";
    }
    score.reason = shorten(score.reason, kReasonBytesMax);
  }
}

void ReferenceScorer::unscored(Score& score, const std::string& reason) {
  score.status = ScoreStatus::kUnscored;
  score.value = 0;
  score.reason = shorten(reason, kReasonBytesMax);
}

}  // namespace assay::suites
