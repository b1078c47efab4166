// The report on a terminal: per suite the verdict and a table of the models. English and Korean.
//
//   options.width = 100; options.colour = isatty(1);
//   ASSAY_TRY(std::string text, find_reporter("text")->write(summary, {}, options));
#pragma once

#include "harness/api/reporter.h"

namespace assay::reports {

class TextReporter final : public Reporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "text"; }
  [[nodiscard]] Result<std::string> write(const Summary& summary,
                                          std::span<const RunStore* const> stores,
                                          const ReportOptions& options) const override;
};

}  // namespace assay::reports
