// The accepted answers of a row of DROP.
//
// Where it stands: used by the preprocessing function `drop` and by the scorer `drop`; pure.
//
//   ASSAY_TRY(const DropAnswers answers, drop_answers(row));   // {{"12"}, {"Smith", "Jones"}}
#pragma once

#include <string>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

// Each accepted answer is a list of spans that are all asked for.
using DropAnswers = std::vector<std::vector<std::string>>;

// The row's `answer`, then its `validated_answers`, each once. A number comes before spans, spans
// before a date ("day month year").
// Source: lm-evaluation-harness 0.4, lm_eval/tasks/drop/utils.py (get_answers, parse_answer).
Result<DropAnswers> drop_answers(const Json& row);

}  // namespace assay::suites
