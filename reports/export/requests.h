// Every request of the loads of a run file, one JSON object a line (docs/reports.md).
//
// Where it stands: reports/export; called by `assay export --format requests`. Reads the store once
// for each load and keeps one request at a time.
//
//   ASSAY_TRY(uint64_t n, reports::export_requests(store, "", [&](const std::string& line) {
//     return write(line);      // false stops
//   }));
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "harness/api/run_store.h"
#include "harness/base/result.h"

namespace assay::reports {

// `model` empty: all. Lines end in '\n'; gives how many there were.
Result<uint64_t> export_requests(const RunStore& store, const std::string& model,
                                 const std::function<bool(const std::string&)>& put);

}  // namespace assay::reports
