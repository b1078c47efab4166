#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/health/health_report.h"
#include "reports/text/table.h"

namespace assay::reports {
namespace {

using aggregate::HealthFinding;
using aggregate::SuiteCheck;
using aggregate::TextGroup;

constexpr std::string_view kIndent = "  ";
constexpr std::string_view kItemIndent = "      ";
constexpr size_t kWidthMin = 40;
constexpr size_t kExamplesShown = 5;

std::string group_text(const TextGroup& group) {
  std::string out = fmt::format("{}", fmt::join(group.items, " = "));
  if (group.size > group.items.size()) {
    out += fmt::format(" and {} more", group.size - group.items.size());
  }
  return out;
}

std::string examples_text(const HealthFinding& finding) {
  std::string out;
  const size_t shown = std::min(finding.examples.size(), kExamplesShown);
  for (size_t i = 0; i < shown; ++i) {
    out += (i == 0 ? "" : "; ") + group_text(finding.examples[i]);
  }
  if (finding.examples.size() > shown) out += "; ...";
  return out;
}

void append_finding(std::string& out, const HealthFinding& finding, size_t width) {
  out += wrap(terminal_safe(fmt::format("{}: {}: {}", aggregate::severity_name(finding.severity),
                                        finding.kind, finding.text)),
              width, kIndent);
  if (finding.examples.empty()) return;
  out += wrap(terminal_safe(examples_text(finding)), width, kItemIndent);
}

void append_suite(std::string& out, const SuiteCheck& check, size_t width) {
  out += fmt::format("{}: {} items, {} train lines\n", terminal_safe(check.suite),
                     format_count(check.texts.items), format_count(check.texts.train));
  for (const HealthFinding& finding : check.findings) append_finding(out, finding, width);
  for (const std::string* note : {&check.items.note, &check.labels.note}) {
    if (!note->empty()) out += wrap(terminal_safe("n/a: " + *note), width, kIndent);
  }
  for (const std::string& note : check.notes)
    out += wrap(terminal_safe("! " + note), width, kIndent);
}

}  // namespace

std::string health_text(const aggregate::CheckReport& report, const ReportOptions& options) {
  const size_t width = std::max(options.width, kWidthMin);
  std::string out;
  for (const SuiteCheck& check : report.suites) {
    if (!out.empty()) out += "\n";
    append_suite(out, check, width);
  }
  out += fmt::format("\n{} errors, {} warnings\n", report.count(aggregate::Severity::kError),
                     report.count(aggregate::Severity::kWarning));
  return out;
}

}  // namespace assay::reports
