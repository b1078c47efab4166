// The factories behind the table in instruction.cc, one for each instruction, and what they share.
// Internal to suites/score/ifeval.
#pragma once

#include <memory>
#include <utility>

#include "suites/score/ifeval/arguments.h"
#include "suites/score/ifeval/instruction.h"

namespace assay::suites::ifeval {

using MadeInstruction = Result<std::unique_ptr<Instruction>>;
using InstructionFactory = MadeInstruction (*)(const Arguments& arguments);

// An instruction that is a function of the reply: Followed check(const Reply&).
template <typename Check>
std::unique_ptr<Instruction> instruction(Check check) {
  class Checked final : public Instruction {
   public:
    explicit Checked(Check check) : check_(std::move(check)) {}
    [[nodiscard]] Followed check(const Reply& reply) const override { return check_(reply); }

   private:
    Check check_;
  };
  return std::make_unique<Checked>(std::move(check));
}

inline Followed yes_if(bool yes) { return {yes}; }

// A count that has to stand in a relation to a number.
struct Threshold {
  Relation relation = Relation::kAtLeast;
  int64_t number = 0;

  [[nodiscard]] Followed judge(size_t count) const {
    const bool enough = static_cast<int64_t>(count) >= number;
    return yes_if(enough == (relation == Relation::kAtLeast));
  }
};

// check_words.cc: what the reply is made of
MadeInstruction make_keywords_existence(const Arguments& arguments);
MadeInstruction make_keywords_frequency(const Arguments& arguments);
MadeInstruction make_forbidden_words(const Arguments& arguments);
MadeInstruction make_letter_frequency(const Arguments& arguments);
MadeInstruction make_response_language(const Arguments& arguments);
MadeInstruction make_number_sentences(const Arguments& arguments);
MadeInstruction make_number_words(const Arguments& arguments);
MadeInstruction make_capital_word_frequency(const Arguments& arguments);
MadeInstruction make_english_capital(const Arguments& arguments);
MadeInstruction make_english_lowercase(const Arguments& arguments);
MadeInstruction make_no_comma(const Arguments& arguments);

// check_layout.cc: how it is laid out
MadeInstruction make_number_paragraphs(const Arguments& arguments);
MadeInstruction make_nth_paragraph_first_word(const Arguments& arguments);
MadeInstruction make_number_placeholders(const Arguments& arguments);
MadeInstruction make_postscript(const Arguments& arguments);
MadeInstruction make_number_bullet_lists(const Arguments& arguments);
MadeInstruction make_constrained_response(const Arguments& arguments);
MadeInstruction make_number_highlighted_sections(const Arguments& arguments);
MadeInstruction make_multiple_sections(const Arguments& arguments);
MadeInstruction make_json_format(const Arguments& arguments);
MadeInstruction make_title(const Arguments& arguments);
MadeInstruction make_two_responses(const Arguments& arguments);
MadeInstruction make_repeat_prompt(const Arguments& arguments);
MadeInstruction make_end_checker(const Arguments& arguments);
MadeInstruction make_quotation(const Arguments& arguments);

}  // namespace assay::suites::ifeval
