// Fewshot: the examples in front of a question, put together byte for byte as
// lm-evaluation-harness does.
//
// Where it stands: inside FileSuite; pure and shared by threads. `first_n` takes the first rows of
// the few-shot split, the default draws per sample (seed and row name the draw, not who asked
// before). One more than needed is taken, so that a question that is itself among them is left out
// and the number stays.
//
//   ASSAY_TRY(std::unique_ptr<Fewshot> shots, Fewshot::make(definition, split, maker, run_seed));
//   ASSAY_TRY_VOID(shots->append(own_row_number, own_row_text, prompt));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/result.h"
#include "suites/loader/sample_maker.h"
#include "suites/loader/split.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {

class Fewshot {
 public:
  // `shared_with_test`: the questions come from the same rows, so one more is needed.
  static Result<std::unique_ptr<Fewshot>> make(const SuiteDefinition& suite, Split split,
                                               SampleMaker maker, uint64_t seed,
                                               bool shared_with_test);
  // The examples for the question whose row has this number (in its split) and this text.
  Result<void> append(uint64_t question_row, std::string_view question_text,
                      std::string& prompt) const;

 private:
  struct Shot {
    std::string row;   // as it stands in the data
    std::string text;  // as it stands in the prompt
  };
  Fewshot(const SuiteDefinition& suite, Split split, SampleMaker maker, uint64_t seed);
  [[nodiscard]] std::vector<uint64_t> candidates(uint64_t question_row) const;
  [[nodiscard]] Result<Shot> render(uint64_t row) const;
  Result<void> fill_cache();

  const Split split_;
  const SampleMaker maker_;
  const FewshotSampler sampler_;
  const uint32_t count_;
  const uint64_t seed_;
  const std::string shot_delimiter_;
  const std::string target_delimiter_;
  std::vector<Shot> cache_;  // the first rows; all of a small split
};

}  // namespace assay::suites
