// Fewshot: chooses the examples in front of a question, as lm-evaluation-harness does.
//
// Where it stands: inside FileSuite, before PromptMaker; const and shared by threads. `first_n`
// takes the first documents of the few-shot split, the default draws them with Python's generator,
// document by document (python_random.h). Where questions and examples come from the same rows, one
// more is taken than needed; a question that is itself among them is left out.
//
//   ASSAY_TRY(std::unique_ptr<Fewshot> shots, Fewshot::make(plan, std::move(docs), maker));
//   ASSAY_TRY(std::vector<Shot> chosen, shots->choose(question_row, question_doc));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "suites/loader/documents.h"
#include "suites/loader/prompt_maker.h"
#include "suites/loader/python_random.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {

// The seed of the reference's draws where nobody gives one (its --seed, fourth number).
inline constexpr uint64_t kFewshotSeed = 1234;

struct FewshotPlan {
  uint32_t count = 0;
  bool extra = false;  // take one more than needed
  FewshotSampler sampler = FewshotSampler::kSeeded;
  uint64_t seed = kFewshotSeed;
  // The reference draws twice for a question of a chat whose examples are not turns, and shows the
  // second draw.
  uint32_t draws_per_question = 1;
  std::string split;  // its name, for messages
};

class Fewshot {
 public:
  // `maker` is kept by reference.
  static Result<std::unique_ptr<Fewshot>> make(FewshotPlan plan, Documents documents,
                                               const PromptMaker& maker);
  // The examples for the question whose document stands at `question` in its split.
  [[nodiscard]] Result<std::vector<Shot>> choose(uint64_t question, const Json& doc) const;
  [[nodiscard]] std::string identity() const { return documents_.identity(); }

 private:
  struct Candidate {
    Json doc;  // tells whether it is the question itself
    Shot shot;
  };
  Fewshot(FewshotPlan plan, Documents documents, const PromptMaker& maker);
  [[nodiscard]] Result<Candidate> render(uint64_t index) const;
  void fill_cache();

  const FewshotPlan plan_;
  const Documents documents_;
  const PromptMaker& maker_;
  uint32_t wanted_ = 0;
  std::optional<ExampleDraws> draws_;
  std::vector<std::optional<Candidate>> cache_;  // the first documents; all of a small split
};

}  // namespace assay::suites
