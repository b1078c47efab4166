// Opens connections before the clock: one cheap GET on each, so that they stand in libcurl's cache
// when the first attempts come. Main thread, blocking, bounded in time.
//
//   ASSAY_TRY_VOID(warm_up_connections(loop, options, headers, 64));
#pragma once

#include <cstdint>

#include "backends/transport/http_handle.h"
#include "harness/base/result.h"

namespace assay::backends {

// Error: none answered (the first reason). A server that speaks HTTP/2 gets one connection, which
// all streams share.
Result<void> warm_up_connections(CurlLoop& loop, const HttpOptions& options,
                                 const HeaderList& headers, uint32_t connections);

}  // namespace assay::backends
