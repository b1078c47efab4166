// The machine-readable summary, format "assay-summary-1" (docs/reports.md). Quality, money and
// timing stand in sections of their own: the first two are the same for any thread count and on any
// machine, the last is a measurement.
//
//   ASSAY_TRY(std::string text, find_reporter("json")->write(summary, {}, options));
#pragma once

#include "harness/api/reporter.h"

namespace assay::reports {

class JsonReporter final : public Reporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "json"; }
  [[nodiscard]] Result<std::string> write(const Summary& summary,
                                          std::span<const RunStore* const> stores,
                                          const ReportOptions& options) const override;
};

}  // namespace assay::reports
