#include <fmt/format.h>

#include <array>

#include "reports/gate/gate_report.h"
#include "reports/gate/gate_view.h"

namespace assay::reports {
namespace {

using aggregate::GateCheck;
using aggregate::GateOutcome;
using aggregate::GateResult;

constexpr size_t kPointsMax = 1000;
constexpr size_t kItemsShown = 5;

// Workflow commands: in data '%', '\r' and '\n' are escaped, in properties ':' and ',' as well.
// Source: @actions/core, command.ts.
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    const bool special = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    out += special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

std::string command(std::string_view kind, std::string_view title, std::string_view message) {
  return fmt::format("::{} title={}::{}\n", kind, escaped(one_line(title, kPointsMax), true),
                     escaped(one_line(message, kPointsMax), false));
}

std::string_view kind_of(GateOutcome outcome) {
  return outcome == GateOutcome::kInconclusive ? "warning" : "error";
}

std::string message_of(const GateCheck& check) {
  std::string out = check.reason;
  const auto name = [](const std::string& item) { return item; };
  if (check.worsened > 0) {
    out += "; worse: " + item_list(check.worsened_items, check.worsened, kItemsShown, name);
  }
  return out;
}

}  // namespace

std::string gate_annotations(const GateResult& result) {
  std::string out;
  std::array<size_t, 2> written{};  // errors, warnings
  size_t left_out = 0;
  for (const GateCheck* check : worst_first(result)) {
    if (check->outcome == GateOutcome::kPass) continue;
    const std::string_view kind = kind_of(check->outcome);
    size_t& count = written.at(kind == "error" ? 0 : 1);
    if (count == kAnnotationsMax) {
      ++left_out;
      continue;
    }
    ++count;
    out +=
        command(kind, fmt::format("{} {}", check->suite, check_name(*check)), message_of(*check));
  }
  std::string headline = gate_headline(result);
  if (left_out > 0) headline += fmt::format("; {} more are not annotated", left_out);
  return out + command("notice", "assay gate", headline);
}

}  // namespace assay::reports
