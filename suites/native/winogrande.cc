// WinoGrande: each option in the blank gives a context; what follows the blank is scored after it.
// Source: lm-evaluation-harness 0.4, lm_eval/tasks/winogrande/preprocess_winogrande.py.
#include <fmt/format.h>

#include <string>

#include "suites/native/functions.h"
#include "suites/native/row.h"
#include "suites/template/text.h"

namespace assay::suites {

Result<bool> preprocess_winogrande(Json& row) {
  ASSAY_TRY(const std::string sentence, text_field(row, "sentence"));
  ASSAY_TRY(const std::string option1, text_field(row, "option1"));
  ASSAY_TRY(const std::string option2, text_field(row, "option2"));
  ASSAY_TRY(const int64_t answer, integer_field(row, "answer"));
  const size_t blank = sentence.find('_');
  if (blank == std::string::npos) return input_error("", "`sentence` has no blank, expected a `_`");
  if (answer != 1 && answer != 2) {
    return input_error("", fmt::format("`answer` is {}, expected 1 or 2", answer));
  }
  const std::string before = sentence.substr(0, blank);
  set_field(row, "contexts", Json::array({before + option1, before + option2}));
  set_field(row, "gold", answer - 1);
  set_field(row, "continuation",
            std::string(jinja::strip(std::string_view(sentence).substr(blank + 1))));
  return true;
}

}  // namespace assay::suites
