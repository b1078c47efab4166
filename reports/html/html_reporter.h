// The verdict page: one HTML file, no network, no scripts, readable under a strict
// content-security policy, on a phone and on paper, in English and Korean (docs/reports.md).
//
// Where it stands: reports/html; called by app/ through reports/registry.h. Reads the run files for
// the samples it shows, nothing else, and the pictures of those.
//
//   ASSAY_TRY(std::string page, find_reporter("html")->write(summary, stores, options));
#pragma once

#include "harness/api/reporter.h"

namespace assay::reports {

// The page never gets larger than this; what does not fit is named with the command that gives it.
inline constexpr size_t kHtmlBytesMax = 3'000'000;
inline constexpr size_t kPictureBytesMax = 1'500'000;  // as base64, of the whole page

class HtmlReporter final : public Reporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "html"; }
  [[nodiscard]] Result<std::string> write(const Summary& summary,
                                          std::span<const RunStore* const> stores,
                                          const ReportOptions& options) const override;
};

}  // namespace assay::reports
