#include "suites/score/ifeval/instruction.h"

#include <fmt/format.h>

#include <array>

#include "harness/base/nearest.h"
#include "suites/score/ifeval/factories.h"

namespace assay::suites::ifeval {
namespace {

struct Row {
  std::string_view id;
  InstructionFactory make;
};

constexpr std::array<Row, 25> kInstructions{{
    {"change_case:capital_word_frequency", make_capital_word_frequency},
    {"change_case:english_capital", make_english_capital},
    {"change_case:english_lowercase", make_english_lowercase},
    {"combination:repeat_prompt", make_repeat_prompt},
    {"combination:two_responses", make_two_responses},
    {"detectable_content:number_placeholders", make_number_placeholders},
    {"detectable_content:postscript", make_postscript},
    {"detectable_format:constrained_response", make_constrained_response},
    {"detectable_format:json_format", make_json_format},
    {"detectable_format:multiple_sections", make_multiple_sections},
    {"detectable_format:number_bullet_lists", make_number_bullet_lists},
    {"detectable_format:number_highlighted_sections", make_number_highlighted_sections},
    {"detectable_format:title", make_title},
    {"keywords:existence", make_keywords_existence},
    {"keywords:forbidden_words", make_forbidden_words},
    {"keywords:frequency", make_keywords_frequency},
    {"keywords:letter_frequency", make_letter_frequency},
    {"language:response_language", make_response_language},
    {"length_constraints:nth_paragraph_first_word", make_nth_paragraph_first_word},
    {"length_constraints:number_paragraphs", make_number_paragraphs},
    {"length_constraints:number_sentences", make_number_sentences},
    {"length_constraints:number_words", make_number_words},
    {"punctuation:no_comma", make_no_comma},
    {"startend:end_checker", make_end_checker},
    {"startend:quotation", make_quotation},
}};

}  // namespace

Result<std::unique_ptr<Instruction>> make_instruction(std::string_view id, const Json& kwargs) {
  for (const Row& row : kInstructions) {
    if (row.id == id) return row.make(Arguments(kwargs));
  }
  std::vector<std::string> known;
  known.reserve(kInstructions.size());
  for (const Row& row : kInstructions) known.emplace_back(row.id);
  return input_error(
      "", fmt::format("unknown instruction `{}`{}", id, did_you_mean(std::string(id), known)));
}

std::vector<std::string_view> instruction_ids() {
  std::vector<std::string_view> ids;
  ids.reserve(kInstructions.size());
  for (const Row& row : kInstructions) ids.push_back(row.id);
  return ids;
}

}  // namespace assay::suites::ifeval
