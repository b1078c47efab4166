// The program in a model's reply, as the code tasks take it out.
//
// Where it stands: behind the scorer `code_tests`; pure, linear in the reply.
//
//   program_of("```python\ndef f():\n  return 1\n```", "", CodeForm::kBlock)   // "def f():\n..."
#pragma once

#include <string>
#include <string_view>

namespace assay::suites {

enum class CodeForm {
  // The reply goes on where the prompt ended: prompt + reply.
  // Source: lm-evaluation-harness 0.4, lm_eval/tasks/humaneval/utils.py (build_predictions).
  kCompletion,
  // The same, cut at the first fence, which the reply's start opened.
  // Source: ibid. (build_predictions_instruct).
  kOpenedCompletion,
  // The first fenced block, where the fence was opened before the reply began.
  // Source: lm-evaluation-harness 0.4, lm_eval/tasks/mbpp/utils.py (extract_code_blocks).
  kOpenedBlock,
  // The last fenced block of the reply; without one, the reply.
  kBlock,
};

// Empty where kOpenedBlock finds no end of a block. `reply` must be valid UTF-8.
std::string program_of(std::string_view reply, std::string_view prompt, CodeForm form);

}  // namespace assay::suites
