// Parts of the load chapter. Inside html/ only; put together by section_load.cc.
#pragma once

#include "reports/html/html.h"
#include "reports/html/page.h"
#include "reports/load_view.h"

namespace assay::reports::html {

// What a page of a very long run shows at most; the rest is counted, and in the JSON report.
inline constexpr size_t kLoadRowsMax = 200;        // of one table
inline constexpr size_t kLoadSeriesShownMax = 24;  // loads drawn over time
inline constexpr size_t kLoadCurvesMax = 8;        // lines of one distribution
inline constexpr size_t kLoadCdfChartsMax = 24;    // of a workload

// Latency and throughput over load, latency over throughput.
Html load_curves(const Page& page, const Workload& work);
// Distributions of TTFT, ITL and E2E of each model, a line for each load.
Html load_distributions(const Page& page, const Workload& work);
// Each load over time, folded.
Html load_over_time(const Page& page, const Workload& work);

Html load_results_table(const Page& page, const Workload& work);
Html load_percentile_table(const Page& page, const Workload& work);  // folded
Html load_other_table(const Page& page, const Workload& work);       // folded
Html load_instrument_table(const Page& page, const Workload& work);
Html load_error_table(const Page& page, const Workload& work);
Html load_comparison_table(const Page& page);
// "n more are in the JSON report." where rows were left out.
Html load_left_out(const Page& page, size_t shown, size_t total);

}  // namespace assay::reports::html
