// PromptMaker: what the model is asked about one document, put together byte for byte as
// lm-evaluation-harness does: description, few-shot examples, question, beginning of the answer,
// and the texts whose log-likelihood is asked.
//
// Where it stands: inside FileSuite, after Fewshot has chosen the examples; pure and shared by
// threads. Source: ConfigurableTask.fewshot_context and construct_requests of lm_eval/api/task.py,
// ContextSampler.get_context and get_chat_context of lm_eval/api/samplers.py, 0.4.9.
//
//   ASSAY_TRY(PromptMaker maker, PromptMaker::compile(suite, columns, example_columns, {}));
//   ASSAY_TRY(Shot shot, maker.shot(example_doc));
//   ASSAY_TRY_VOID(maker.make(doc, {shot}, sample));
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/result.h"
#include "harness/types/request.h"
#include "harness/types/sample.h"
#include "suites/loader/sample_maker.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {

// One example, rendered.
struct Shot {
  std::string question;
  std::optional<std::string> answer;  // nothing: neither answer nor delimiters
};

struct PromptStyle {
  bool chat = false;                 // as turns, for the model's own template
  bool fewshot_as_multiturn = true;  // of a chat: each example is a turn of user and assistant
  std::string system;                // an instruction in front of the description
};

class PromptMaker {
 public:
  static Result<PromptMaker> compile(const SuiteDefinition& suite,
                                     const std::vector<std::string>& columns,
                                     const std::vector<std::string>& example_columns,
                                     PromptStyle style);

  [[nodiscard]] Result<Shot> shot(const Json& doc) const;
  // Fills sample.prompt and what SampleMaker::fill() does.
  Result<void> make(const Json& doc, const std::vector<Shot>& shots, Sample& sample) const;
  [[nodiscard]] const SampleMaker& sample_maker() const { return doc_; }

 private:
  PromptMaker(SampleMaker doc, SampleMaker example, const SuiteDefinition& suite,
              PromptStyle style);
  Result<std::string> preface(const Json& doc) const;
  void add_shots(const std::vector<Shot>& shots, const std::string& prefix,
                 std::string& text) const;
  void add_turns(const std::vector<Shot>& shots, const std::string& prefix, Prompt& prompt) const;
  Result<void> add_continuations(const Json& doc, const Json& question, Prompt& prompt) const;
  Result<void> add_choices(const Json& doc, const Json& question, Prompt& prompt) const;

  SampleMaker doc_;
  SampleMaker example_;
  PromptStyle style_;
  std::string output_type_;  // "generate_until" where it is asked as text
  bool unconditional_ = false;
  std::string target_delimiter_;
  std::string fewshot_delimiter_;
  std::string shot_target_delimiter_;
  std::string shot_fewshot_delimiter_;
};

// White space at the end of a context belongs to its continuation: tokens join a space with the
// word behind it. Source: TemplateLM._encode_pair of lm_eval/api/model.py, where it is the model's
// side; here request() does it, so that every backend sees the same texts.
void move_space(std::string& context, std::string& continuation);

}  // namespace assay::suites
