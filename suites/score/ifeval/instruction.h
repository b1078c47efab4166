// The 25 verifiable instructions of IFEval.
//
// Where it stands: judge.cc makes one Instruction for each entry of `instruction_id_list` and asks
// it about each version of the reply. check() is pure; the time and memory of every check are
// linear in the reply, or limited by suites/extract/pattern.h where the data set's keyword is a
// regular expression.
//
// Source: google-research/google-research instruction_following_eval (instructions.py, 2025), with
// the reading of kwargs of lm-evaluation-harness; J. Zhou et al., "Instruction-Following Evaluation
// for Large Language Models", arXiv 2311.07911. Where the two implementations differ:
// docs/decisions/0017-ifeval.md.
//
//   ASSAY_TRY(const auto instruction, make_instruction("punctuation:no_comma", Json::object()));
//   const Followed followed = instruction->check(reply);
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "suites/score/ifeval/reply.h"

namespace assay::suites::ifeval {

// Yes, no, or that it cannot be told and why.
struct Followed {
  bool yes = false;
  std::string cannot = {};
};

class Instruction {
 public:
  virtual ~Instruction() = default;
  [[nodiscard]] virtual Followed check(const Reply& reply) const = 0;
};

// The error says what is wrong with the name or with its arguments.
Result<std::unique_ptr<Instruction>> make_instruction(std::string_view id, const Json& kwargs);
std::vector<std::string_view> instruction_ids();

}  // namespace assay::suites::ifeval
