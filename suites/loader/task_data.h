// Where a task of lm-evaluation-harness takes its rows from: `dataset_path`, `dataset_name`,
// `dataset_kwargs` and the names of splits, as data sources.
//
// Where it stands: inside read_suite(); nothing is opened. A path of `json` or `csv` with
// `data_files`, and a folder (a path that begins with `/` or `.`), are files on this machine;
// everything else is a data set of Hugging Face.
//
//   ASSAY_TRY_VOID(read_task_data(root, suite));   // suite.data, its splits, suite.extra_shot
#pragma once

#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {

// `data:` was not given: fills suite.data too.
Result<void> read_task_data(const YamlNode& root, SuiteDefinition& suite);
// The reference asks for one more example where the few-shot split and the test split have the same
// name, or neither has one.
bool asks_extra_shot(const YamlNode& root);

}  // namespace assay::suites
