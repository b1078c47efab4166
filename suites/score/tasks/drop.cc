// The scorer `drop`: exact match and F1 against each accepted answer, the best of each.
#include "suites/native/drop.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "harness/base/json.h"
#include "suites/native/row.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/tasks/drop_metrics.h"
#include "suites/template/text.h"

namespace assay::suites {
namespace {

constexpr size_t kAnswerBytesMax = 1'000'000;

struct Gold {
  DropAnswers answers;
  std::string problem;  // why they cannot be used; empty: they can
};

// A list of lists of texts, as the preprocessing function `drop` writes it.
bool read_answers(const Json& lists, DropAnswers& out) {
  if (!lists.is_array()) return false;
  for (const Json& list : lists) {
    if (!list.is_array()) return false;
    std::vector<std::string>& spans = out.emplace_back();
    for (const Json& span : list) {
      if (!span.is_string()) return false;
      spans.push_back(span.get<std::string>());
    }
  }
  return true;
}

// From the data row where it is one of DROP; otherwise each target is one span.
Gold gold_of(const Sample& sample) {
  Gold gold;
  const Result<Json> row = parse_json(sample.doc.empty() ? "null" : sample.doc, "the data row");
  if (row && find_field(*row, "answers") != nullptr) {
    if (read_answers(*find_field(*row, "answers"), gold.answers)) return gold;
    gold.answers.clear();
  }
  if (row && find_field(*row, "answer") != nullptr && find_field(*row, "answer")->is_object()) {
    Result<DropAnswers> answers = drop_answers(*row);
    if (!answers) gold.problem = answers.error().message;
    if (answers) gold.answers = std::move(*answers);
    return gold;
  }
  for (const std::string& target : sample.targets) gold.answers.push_back({target});
  return gold;
}

// What is judged of one reply.
struct Judged {
  DropMetrics best;
  std::string extracted;
  std::string reason;
  bool unscored = false;
};

Judged judge_reply(const Sample& sample, const Response& response) {
  Judged judged;
  judged.reason = unusable_reason(response);
  if (!judged.reason.empty()) return judged;
  judged.unscored = true;
  if (response.answer.size() > kAnswerBytesMax) {
    judged.reason = fmt::format("answer longer than {} bytes", kAnswerBytesMax);
    return judged;
  }
  const Gold gold = gold_of(sample);
  if (!gold.problem.empty() || gold.answers.empty()) {
    judged.reason = gold.problem.empty() ? "the sample has no answers" : gold.problem;
    return judged;
  }
  std::string repaired;
  const std::vector<std::string> predicted{std::string(valid_utf8(response.answer, repaired))};
  judged.extracted = drop_normalized(predicted.front());
  for (const std::vector<std::string>& answer : gold.answers) {
    // The reference passes over answers whose first span is blank.
    if (answer.empty() || jinja::strip(answer.front()).empty()) continue;
    if (answer.size() > kDropSpansMax) {
      judged.reason = fmt::format("an answer of more than {} spans", kDropSpansMax);
      return judged;
    }
    const DropMetrics metrics = drop_metrics(predicted, answer);
    judged.best.exact = std::max(judged.best.exact, metrics.exact);
    judged.best.f1 = std::max(judged.best.f1, metrics.f1);
  }
  judged.unscored = false;
  if (judged.best.exact == 0) judged.reason = "no accepted answer";
  return judged;
}

class Drop final : public Scorer {
 public:
  Drop(std::vector<MetricDef> metrics, std::string identity)
      : metrics_(std::move(metrics)), identity_(std::move(identity)) {}

  [[nodiscard]] const std::vector<MetricDef>& metrics() const override { return metrics_; }
  [[nodiscard]] std::string identity() const override { return identity_; }

  void judge(const Sample& sample, const Response& response,
             std::vector<Score>& out) const override {
    const Judged judged = judge_reply(sample, response);
    Score score;
    score.status = judged.unscored ? ScoreStatus::kUnscored : ScoreStatus::kScored;
    score.extracted = shorten(judged.extracted, kExtractedBytesMax);
    score.reason = shorten(judged.reason, kReasonBytesMax);
    score.metric = metrics_[0].name;
    score.value = judged.best.exact;
    out.push_back(score);
    score.metric = metrics_[1].name;
    score.value = judged.best.f1;
    out.push_back(std::move(score));
  }

 private:
  std::vector<MetricDef> metrics_;
  std::string identity_;
};

}  // namespace

std::unique_ptr<Scorer> make_drop(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string prefix = read.text("metric", "");
  const auto named = [&](const char* name) {
    return prefix.empty() ? std::string(name) : fmt::format("{}_{}", prefix, name);
  };
  std::vector<MetricDef> metrics{{named("em"), read.scorer(), true, true},
                                 {named("f1"), read.scorer(), true, false}};
  return std::make_unique<Drop>(std::move(metrics), identity_of(read, 1));
}

}  // namespace assay::suites
