#include "reports/registry.h"

#include <array>

#include "reports/csv/csv_reporter.h"
#include "reports/html/html_reporter.h"
#include "reports/json/json_reporter.h"
#include "reports/text/text_reporter.h"

namespace assay::reports {

std::span<const Reporter* const> all_reporters() {
  static const TextReporter kText;
  static const JsonReporter kJson;
  static const CsvReporter kCsv;
  static const HtmlReporter kHtml;
  static const std::array<const Reporter*, 4> kAll{&kText, &kJson, &kCsv, &kHtml};
  return kAll;
}

const Reporter* find_reporter(std::string_view name) {
  for (const Reporter* reporter : all_reporters()) {
    if (reporter->name() == name) return reporter;
  }
  return nullptr;
}

}  // namespace assay::reports
