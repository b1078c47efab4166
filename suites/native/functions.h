// The functions behind the table in preprocess.cc. Internal to suites/native; each is described by
// its line there.
#pragma once

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

Result<bool> preprocess_hellaswag(Json& row);
Result<bool> preprocess_winogrande(Json& row);
Result<bool> preprocess_truthfulqa_mc1(Json& row);
Result<bool> preprocess_truthfulqa_mc2(Json& row);
Result<bool> preprocess_gpqa(Json& row);
Result<bool> preprocess_mmlu(Json& row);
Result<bool> preprocess_drop(Json& row);
Result<bool> preprocess_kobest_copa(Json& row);
Result<bool> preprocess_kobest_hellaswag(Json& row);
Result<bool> preprocess_kobest_wic(Json& row);

// One for each subject of MMLU-Pro: keeps its rows.
Result<bool> preprocess_mmlu_pro_biology(Json& row);
Result<bool> preprocess_mmlu_pro_business(Json& row);
Result<bool> preprocess_mmlu_pro_chemistry(Json& row);
Result<bool> preprocess_mmlu_pro_computer_science(Json& row);
Result<bool> preprocess_mmlu_pro_economics(Json& row);
Result<bool> preprocess_mmlu_pro_engineering(Json& row);
Result<bool> preprocess_mmlu_pro_health(Json& row);
Result<bool> preprocess_mmlu_pro_history(Json& row);
Result<bool> preprocess_mmlu_pro_law(Json& row);
Result<bool> preprocess_mmlu_pro_math(Json& row);
Result<bool> preprocess_mmlu_pro_other(Json& row);
Result<bool> preprocess_mmlu_pro_philosophy(Json& row);
Result<bool> preprocess_mmlu_pro_physics(Json& row);
Result<bool> preprocess_mmlu_pro_psychology(Json& row);

}  // namespace assay::suites
