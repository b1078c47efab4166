#include <fmt/format.h>

#include <algorithm>

#include "reports/format.h"
#include "reports/gate/gate_report.h"
#include "reports/gate/gate_view.h"
#include "reports/text/table.h"

namespace assay::reports {
namespace {

using aggregate::GateCheck;
using aggregate::GateOutcome;
using aggregate::GateResult;

constexpr size_t kItemsShown = 10;
constexpr size_t kWidthMin = 40;
constexpr std::string_view kIndent = "  ";
constexpr std::string_view kDeeper = "      ";

std::string coloured(std::string text, GateOutcome outcome, bool colour) {
  if (!colour) return text;
  std::string_view code = "\x1b[33m";
  if (outcome == GateOutcome::kPass) code = "\x1b[32m";
  if (outcome == GateOutcome::kFail) code = "\x1b[31m";
  return fmt::format("{}{}\x1b[0m", code, text);
}

void append_items(std::string& out, const GateCheck& check, size_t width) {
  if (check.outcome == GateOutcome::kPass) return;
  const auto name = [](const std::string& item) { return terminal_safe(item); };
  if (check.worsened > 0) {
    out += wrap(fmt::format("worse ({}): {}", format_count(check.worsened),
                            item_list(check.worsened_items, check.worsened, kItemsShown, name)),
                width, kDeeper);
  }
  if (check.improved > 0) {
    out += wrap(fmt::format("better ({}): {}", format_count(check.improved),
                            item_list(check.improved_items, check.improved, kItemsShown, name)),
                width, kDeeper);
  }
}

std::string figures(const GateCheck& check) {
  const std::string baseline = baseline_text(check);
  const std::string now = now_text(check);
  const std::string change = change_text(check);
  std::string out;
  if (!now.empty()) out = " · " + (baseline.empty() ? "" : baseline + " → ") + now;
  if (!change.empty()) out += " · " + change;
  return out;
}

void append_check(std::string& out, const GateCheck& check, const GateTextOptions& options) {
  const std::string line =
      fmt::format("{} {}: {}{}", outcome_sign(check.outcome), terminal_safe(check_name(check)),
                  verdict_words(check), figures(check));
  std::string wrapped = wrap(line, options.width, kIndent);
  if (!wrapped.empty() && wrapped.back() == '\n') wrapped.pop_back();
  out += coloured(std::move(wrapped), check.outcome, options.colour) + "\n";
  out += wrap(terminal_safe(check.reason), options.width, kDeeper);
  if (!check.note.empty()) out += wrap(terminal_safe(check.note), options.width, kDeeper);
  append_items(out, check, options.width);
}

}  // namespace

std::string gate_text(const GateResult& result, const GateTextOptions& given) {
  GateTextOptions options = given;
  options.width = std::max(options.width, kWidthMin);
  std::string out = coloured(gate_headline(result), result.outcome, options.colour) + "\n";
  if (options.quiet) return out;
  out += wrap(terminal_safe(settings_line(result)), options.width, "");
  std::string section;
  for (const GateCheck& check : result.checks) {
    const std::string title =
        check.model.empty() ? check.suite : fmt::format("{} · {}", check.suite, check.model);
    if (title != section) out += "\n" + terminal_safe(title) + "\n";
    section = title;
    append_check(out, check, options);
  }
  if (!result.notes.empty()) out += "\n";
  for (const std::string& note : result.notes) {
    out += wrap(terminal_safe("! " + note), options.width, "");
  }
  return out;
}

}  // namespace assay::reports
