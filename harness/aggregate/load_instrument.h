// Instrument: what the measuring program says of its own error during a load, and whether that
// error is too large for what it measured.
//
// Where it stands: harness/aggregate; after load_rows. Definitions: docs/metrics.md.
//
//   ASSAY_TRY(result.instrument, instrument_report(store, load, rows, {.limits = {}, ..}));
#pragma once

#include "harness/aggregate/load.h"
#include "harness/aggregate/load_rows.h"
#include "harness/types/load_summary.h"

namespace assay::aggregate {

// Reads the replies once more (the stamp lags of all chunks, four bytes each). `virtual_clock`:
// times are simulated, so no error of the instrument is in them.
Result<InstrumentReport> instrument_report(const RunStore& store, const LoadInfo& load,
                                           LoadRows& rows, bool virtual_clock,
                                           const InstrumentLimits& limits);

}  // namespace assay::aggregate
