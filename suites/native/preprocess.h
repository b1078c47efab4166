// Native twins of the Python functions with which some lm-evaluation-harness tasks prepare their
// rows: named functions that a suite asks for with `preprocess: NAME`.
//
// Where it stands: between the rows of a data file and everything that reads them (templates,
// few-shot examples, ids); called by FileSuite, also for training and few-shot splits. Pure and
// thread-safe.
//
//   const Preprocess* p = find_preprocess("hellaswag");
//   ASSAY_TRY(const bool keep, p->apply(row));       // adds `query`, `choices`, `gold`
//
// A row that lacks a field, or has one of another type, is an error that names the field.
#pragma once

#include <span>
#include <string_view>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

struct Preprocess {
  std::string_view name;
  std::string_view summary;  // one line: which fields it reads and which it adds
  // Columns that it adds to every row, for the check of column names.
  std::span<const std::string_view> adds;
  // Changes the row in place; false: the task leaves this row out.
  Result<bool> (*apply)(Json& row);
};

std::span<const Preprocess> all_preprocess();
// Null: no such function.
const Preprocess* find_preprocess(std::string_view name);

// The shipped suite that stands for an lm-evaluation-harness task whose file needs Python
// ("hellaswag" -> "hellaswag"); empty: there is none.
std::string_view native_twin(std::string_view task);

}  // namespace assay::suites
