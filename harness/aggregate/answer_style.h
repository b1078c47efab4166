// Style of an answer: what a reader sees before reading, counted, so that a ranking can say how
// much of a preference is for it.
//
// Where it stands: harness/aggregate; called by battles.cc. Pure; one pass over the text.
//
//   const AnswerStyle s = answer_style("## Plan\n- **one**\n");   // 1 header, 1 bold, 1 list item
#pragma once

#include <cstdint>
#include <string_view>

namespace assay::aggregate {

// Markdown outside fenced code (lines between ``` or ~~~ lines). Which elements count follows the
// style control of Chatbot Arena (Li, Angelopoulos and Chiang, "Does style matter?", 2024): length,
// headers, bold, list items; length is in code points, so that no tokenizer decides it.
struct AnswerStyle {
  uint64_t length = 0;   // code points, code included
  uint64_t headers = 0;  // lines of one to six # and a space
  uint64_t bold = 0;     // **text** or __text__ within a line
  uint64_t lists = 0;    // lines that begin with -, *, + or a number and . or ), and a space
};

AnswerStyle answer_style(std::string_view text);

}  // namespace assay::aggregate
