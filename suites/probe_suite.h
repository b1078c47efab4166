// ProbeSuite: asks a model to go on with questions of another suite, of which it is shown the first
// half. Who can do that has seen the question before.
//
// Where it stands: suites; made by app/ for `assay suite check --probe`, asked by run() like any
// suite, counted by harness/aggregate/probe.h. Const after make(); any thread.
//
//   ASSAY_TRY(std::unique_ptr<ProbeSuite> probe, suites::ProbeSuite::make(*suite, 100));
//
// Questions: at most `items_max`, spread evenly over the suite, of at least kProbeCharactersMin
// characters and without pictures; cut at the white space nearest to the middle (in texts without
// any: in the middle). One metric, `returned`: the share of the hidden half that is in the reply.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/api/suite.h"

namespace assay::suites {

inline constexpr size_t kProbeCharactersMin = 80;
inline constexpr size_t kProbeCharactersMax = 4000;  // of a question; the rest is not used
inline constexpr int64_t kProbeTokensMax = 1024;

struct ProbeQuestion {
  std::string id;
  std::string shown;
  std::string hidden;
};

// nullopt-like: `hidden` is empty where the text is too short.
ProbeQuestion split_question(std::string id, const std::string& text);

class ProbeSuite : public Suite {
 public:
  // Errors: a sample that cannot be read.
  static Result<std::unique_ptr<ProbeSuite>> make(const Suite& of, uint64_t items_max);

  [[nodiscard]] const std::vector<ProbeQuestion>& questions() const { return questions_; }

  [[nodiscard]] const SuiteInfo& info() const override { return info_; }
  [[nodiscard]] uint64_t size() const override { return questions_.size(); }
  [[nodiscard]] Result<Sample> sample(uint64_t index) const override;
  [[nodiscard]] Result<std::string> sample_id(uint64_t index) const override;
  [[nodiscard]] Result<Request> request(const Sample& sample, uint32_t repeat) const override;
  [[nodiscard]] uint64_t train_size() const override { return 0; }
  [[nodiscard]] Result<TrainingExample> train(uint64_t index) const override;
  [[nodiscard]] const std::vector<std::unique_ptr<Scorer>>& scorers() const override {
    return scorers_;
  }

 private:
  ProbeSuite() = default;
  SuiteInfo info_;
  std::vector<ProbeQuestion> questions_;
  std::vector<std::unique_ptr<Scorer>> scorers_;
};

}  // namespace assay::suites
