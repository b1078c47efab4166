#include <fmt/format.h>

#include <map>

#include "harness/base/utf8.h"
#include "reports/format.h"
#include "reports/gate/gate_report.h"
#include "reports/gate/gate_view.h"

namespace assay::reports {
namespace {

using aggregate::GateCheck;
using aggregate::GateOutcome;
using aggregate::GateResult;

constexpr size_t kItemsShown = 100;

// XML 1.0, production [2] Char: what is outside cannot even be written as a reference.
bool allowed(char32_t point) {
  if (point < 0x20) return point == '\t' || point == '\n' || point == '\r';
  return point != 0xFFFE && point != 0xFFFF && (point < 0xD800 || point > 0xDFFF) &&
         point <= 0x10FFFF;
}

void append_escaped(std::string& out, char32_t point) {
  switch (point) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\t':
    case '\n':
    case '\r':
      // As references: a parser would turn them into spaces in an attribute.
      out += fmt::format("&#{};", static_cast<uint32_t>(point));
      return;
    default:
      append_utf8(out, allowed(point) ? point : char32_t{0xFFFD});
  }
}

std::string xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t point : to_code_points(sanitize_utf8(text))) append_escaped(out, point);
  return out;
}

struct Counts {
  size_t tests = 0;
  size_t failures = 0;
  size_t errors = 0;
  size_t skipped = 0;

  void add(GateOutcome outcome) {
    ++tests;
    if (outcome == GateOutcome::kFail) ++failures;
    if (outcome == GateOutcome::kInconclusive) ++skipped;
    if (outcome == GateOutcome::kError || outcome == GateOutcome::kInfrastructure) ++errors;
  }
  [[nodiscard]] std::string attributes() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", tests, failures,
                       errors, skipped);
  }
};

std::string details(const GateCheck& check) {
  const auto name = [](const std::string& item) { return item; };
  std::string out = check.reason + "\n";
  if (!check.note.empty()) out += check.note + "\n";
  if (check.worsened > 0) {
    out += fmt::format("worse ({}): {}\n", check.worsened,
                       item_list(check.worsened_items, check.worsened, kItemsShown, name));
  }
  if (check.improved > 0) {
    out += fmt::format("better ({}): {}\n", check.improved,
                       item_list(check.improved_items, check.improved, kItemsShown, name));
  }
  return out;
}

void append_case(std::string& out, const GateCheck& check) {
  const std::string_view type = aggregate::gate_verdict_name(check.verdict);
  out += fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n",
                     xml(check.model.empty() ? check.suite : check.suite + "." + check.model),
                     xml(check_name(check)));
  const std::string message = xml(check.reason);
  switch (check.outcome) {
    case GateOutcome::kFail:
      out += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", type, message,
                         xml(details(check)));
      break;
    case GateOutcome::kInconclusive:
      out += fmt::format("      <skipped message=\"{}\"/>\n", message);
      break;
    case GateOutcome::kPass:
      break;
    default:
      out += fmt::format("      <error type=\"{}\" message=\"{}\"/>\n", type, message);
  }
  if (check.outcome != GateOutcome::kFail) {
    out += fmt::format("      <system-out>{}</system-out>\n", xml(details(check)));
  }
  out += "    </testcase>\n";
}

}  // namespace

std::string gate_junit(const GateResult& result) {
  Counts all;
  std::vector<std::string> suites;  // in order of first appearance
  std::map<std::string, Counts> counts;
  for (const GateCheck& check : result.checks) {
    if (!counts.contains(check.suite)) suites.push_back(check.suite);
    counts[check.suite].add(check.outcome);
    all.add(check.outcome);
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  const bool nothing = result.checks.empty();
  if (nothing) all.add(GateOutcome::kError);
  out += fmt::format("<testsuites name=\"assay gate\" {}>\n", all.attributes());
  for (const std::string& suite : suites) {
    out += fmt::format("  <testsuite name=\"{}\" {}>\n", xml(suite), counts[suite].attributes());
    for (const GateCheck& check : result.checks) {
      if (check.suite == suite) append_case(out, check);
    }
    out += "  </testsuite>\n";
  }
  if (nothing) {
    // A file without a case would read as a success.
    std::string why;
    for (const std::string& note : result.notes) why += (why.empty() ? "" : "; ") + note;
    out += fmt::format(
        "  <testsuite name=\"gate\" {}>\n    <testcase classname=\"gate\" "
        "name=\"gate\">\n      <error type=\"missing\" message=\"{}\"/>\n    "
        "</testcase>\n  </testsuite>\n",
        all.attributes(), xml(why));
  }
  return out + "</testsuites>\n";
}

}  // namespace assay::reports
