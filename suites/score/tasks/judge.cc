// The scorer `judge`: a model judges the reply. This version asks no judges, so no reply is judged;
// suites that need one say so with this scorer rather than with a poorer one.
#include <memory>
#include <utility>

#include "suites/score/common.h"
#include "suites/score/factories.h"

namespace assay::suites {
namespace {

class Judge final : public Scorer {
 public:
  Judge(MetricDef metric, std::string identity)
      : metrics_{std::move(metric)}, identity_(std::move(identity)) {}

  [[nodiscard]] const std::vector<MetricDef>& metrics() const override { return metrics_; }
  [[nodiscard]] std::string identity() const override { return identity_; }

  void judge(const Sample& /*sample*/, const Response& /*response*/,
             std::vector<Score>& out) const override {
    Score& score = out.emplace_back();
    score.metric = metrics_.front().name;
    score.status = ScoreStatus::kUnscored;
    score.reason = "judging by a model is not in this version";
  }

 private:
  std::vector<MetricDef> metrics_;
  std::string identity_;
};

}  // namespace

std::unique_ptr<Scorer> make_judge(OptionReader& read, const std::string& /*base_dir*/) {
  MetricDef metric{read.text("metric", "judged"), read.scorer(), true, false};
  return std::make_unique<Judge>(std::move(metric), identity_of(read, 1));
}

}  // namespace assay::suites
