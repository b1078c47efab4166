// One model on one suite as an .eval log of Inspect (inspect_ai): a zip file of header.json,
// _journal/, samples/ID_epoch_N.json, summaries.json and reductions.json.
//
// Where it stands: reports/export; called by `assay export --format inspect`, once for each log.
// Reads the store item by item; keeps the summaries (a few hundred bytes an item) until the end.
//
//   ASSAY_TRY(uint64_t n, reports::export_inspect(store, model, suite, options, put));
//
// EvalLog version 2 as inspect_ai 0.3.200 reads it (src/inspect_ai/log/_log.py,
// log/_recorders/eval.py). Repeats are epochs, counted from 1. An unscored value is NaN, as Inspect
// writes it. Members `assay` of metadata hold what that form has no place for. docs/interchange.md.
#pragma once

#include <cstdint>
#include <string>

#include "harness/api/run_store.h"
#include "harness/base/result.h"
#include "reports/export/lm_eval.h"
#include "reports/export/zip_writer.h"

namespace assay::reports {

// Items written; 0: the model has none of the suite, and nothing was put.
Result<uint64_t> export_inspect(const RunStore& store, const ModelInfo& model,
                                const SuiteInfo& suite, const ForeignExport& options,
                                const ZipWriter::Put& put);

// "2025-01-31T10-00-00_task_model.eval": a name for the log of one model and suite.
std::string inspect_file_name(const Manifest& manifest, const ModelInfo& model,
                              const SuiteInfo& suite);

}  // namespace assay::reports
