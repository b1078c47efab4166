// One row per suite, model and figure, for spreadsheets (RFC 4180; docs/reports.md). Text that a
// spreadsheet would take for a formula gets a leading apostrophe.
//
//   ASSAY_TRY(std::string text, find_reporter("csv")->write(summary, {}, options));
#pragma once

#include "harness/api/reporter.h"

namespace assay::reports {

class CsvReporter final : public Reporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "csv"; }
  [[nodiscard]] Result<std::string> write(const Summary& summary,
                                          std::span<const RunStore* const> stores,
                                          const ReportOptions& options) const override;
};

// One text cell: quoted where RFC 4180 asks for it, and defused: a text that begins with = + - @,
// tab or carriage return is a formula to Excel and LibreOffice (OWASP, "CSV Injection").
std::string csv_text(std::string_view text);

}  // namespace assay::reports
