// Reporter: writes one form of a summary. Registered in reports/registry.cc.
//
//   ASSAY_TRY(std::string html, reporter.write(summary, stores, options));
#pragma once

#include <span>
#include <string>

#include "harness/api/run_store.h"
#include "harness/base/result.h"
#include "harness/types/history.h"
#include "harness/types/summary.h"

namespace assay {

struct DecisionReport;  // harness/types/decision.h
struct TcoReport;       // harness/types/tco.h

struct ReportOptions {
  std::string language = "en";      // "en" or "ko"
  std::string generated_utc;        // injected, so that golden files are stable
  std::string command;              // that repeats the report
  size_t width = 100;               // columns, for text
  bool colour = false;              // for text
  std::span<const Trend> trends{};  // over earlier runs, of what the summary holds; may be empty
  const DecisionReport* decision = nullptr;  // which model, and why; may be null
  const TcoReport* tco = nullptr;            // API, rent and own side by side; may be null
};

class Reporter {
 public:
  virtual ~Reporter() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // `stores` are the run files of the summary, for per-sample detail; may be empty (then that part
  // is left out).
  [[nodiscard]] virtual Result<std::string> write(const Summary& summary,
                                                  std::span<const RunStore* const> stores,
                                                  const ReportOptions& options) const = 0;
};

}  // namespace assay
