#include "reports/registry.h"

#include <array>

#include "reports/csv/csv_reporter.h"
#include "reports/html/html_reporter.h"
#include "reports/json/json_reporter.h"
#include "reports/text/text_reporter.h"

namespace assay::reports {

std::span<const Reporter* const> all_reporters() {
  static const TextReporter text;
  static const JsonReporter json;
  static const CsvReporter csv;
  static const HtmlReporter html;
  static const std::array<const Reporter*, 4> all{&text, &json, &csv, &html};
  return all;
}

const Reporter* find_reporter(std::string_view name) {
  for (const Reporter* reporter : all_reporters()) {
    if (reporter->name() == name) return reporter;
  }
  return nullptr;
}

}  // namespace assay::reports
