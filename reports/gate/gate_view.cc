#include "reports/gate/gate_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/base/utf8.h"
#include "reports/format.h"
#include "reports/gate/gate_report.h"

namespace assay::reports {
namespace {

using aggregate::GateCheck;
using aggregate::GateKind;
using aggregate::GateOutcome;
using aggregate::GateResult;
using aggregate::GateUnit;
using aggregate::GateVerdict;

std::string share_text(const std::optional<double>& value) {
  if (!value) return std::string(kNotAvailable);
  return fmt::format("{:.3g}%", *value * 100);
}

std::string value_text(const GateCheck& check, const Estimate& e) {
  switch (check.unit) {
    case GateUnit::kMetric:
      return format_value(check.metric, e);
    case GateUnit::kSeconds:
      return format_seconds(e);
    case GateUnit::kMoney:
      return e.value ? format_significant(*e.value, 3) : std::string(kNotAvailable);
    default:
      return share_text(e.value);
  }
}

// A ratio of times or cost; a difference of shares.
std::string other_change(const GateCheck& check) {
  const Estimate& e = check.change;
  if (!e.value || !std::isfinite(*e.value)) return {};
  if (check.unit == GateUnit::kShare) return fmt::format("{:+.3g} pp", *e.value * 100);
  std::string out = fmt::format("{}×", format_significant(*e.value, 3));
  if (e.ci_low && e.ci_high) {
    out += fmt::format(" [{}–{}]", format_significant(*e.ci_low, 3),
                       format_significant(*e.ci_high, 3));
  }
  return out;
}

size_t count(const GateResult& result, GateOutcome outcome) {
  return static_cast<size_t>(
      std::count_if(result.checks.begin(), result.checks.end(),
                    [&](const GateCheck& check) { return check.outcome == outcome; }));
}

}  // namespace

std::string check_name(const GateCheck& check) {
  std::string out = check.subject;
  if (!check.tag.empty()) out += fmt::format(" [{}={}]", check.tag, check.value);
  return out;
}

std::string baseline_text(const GateCheck& check) {
  if (check.kind == GateKind::kPresence || check.kind == GateKind::kThreshold) return {};
  return value_text(check, check.baseline);
}

std::string now_text(const GateCheck& check) {
  return check.kind == GateKind::kPresence ? std::string() : value_text(check, check.now);
}

std::string change_text(const GateCheck& check) {
  if (check.kind != GateKind::kQuality) return other_change(check);
  if (!check.change.value) return {};
  const std::string difference = format_difference(check.metric, check.change, " pp");
  const std::string interval = format_difference_interval(check.metric, check.change);
  return interval.empty() ? difference : fmt::format("{} [{}]", difference, interval);
}

std::string_view verdict_words(const GateCheck& check) {
  switch (check.verdict) {
    case GateVerdict::kNonInferior:
      return "not inferior";
    case GateVerdict::kRegressed:
      return "regressed";
    case GateVerdict::kPassed:
      return "limit kept";
    case GateVerdict::kFailed:
      return "limit broken";
    case GateVerdict::kInconclusive:
      return "inconclusive";
    case GateVerdict::kNotComparable:
      return "not comparable";
    case GateVerdict::kMissing:
      return "missing";
    default:
      return "too many errors";
  }
}

std::string_view outcome_sign(GateOutcome outcome) {
  // By GateOutcome.
  constexpr std::array<std::string_view, 5> kSigns{"✓", "?", "!", "!", "✗"};
  return kSigns.at(static_cast<size_t>(outcome));
}

std::vector<const GateCheck*> worst_first(const GateResult& result) {
  std::vector<const GateCheck*> out;
  out.reserve(result.checks.size());
  for (const GateCheck& check : result.checks) out.push_back(&check);
  std::stable_sort(out.begin(), out.end(),
                   [](const GateCheck* a, const GateCheck* b) { return a->outcome > b->outcome; });
  return out;
}

std::string one_line(std::string_view text, size_t points) {
  std::string out;
  size_t n = 0;
  // Enough bytes for one point more than is shown; what is cut there is not.
  const std::string_view start = text.substr(0, 4 * (points + 2));
  for (const char32_t point : to_code_points(sanitize_utf8(start))) {
    if (n++ == points) return out + "…";
    append_utf8(out, is_printable(point) ? point : U' ');
  }
  return out;
}

std::string settings_line(const GateResult& result) {
  const std::string baseline = result.sources.empty() ? "the baseline" : result.sources.front();
  const std::string now = result.sources.size() < 2 ? "the new run" : result.sources[1];
  return fmt::format("{} against {}: {} paired {}, false alarms at most {:.3g} % (Holm)", now,
                     baseline, result.tests, result.tests == 1 ? "test" : "tests",
                     result.alpha * 100);
}

std::string gate_headline(const GateResult& result) {
  const size_t all = result.checks.size();
  const size_t failed = count(result, GateOutcome::kFail);
  const size_t undecided = count(result, GateOutcome::kInconclusive);
  const auto of_all = [all](size_t n) {
    return fmt::format("{} of {} {}", n, all, all == 1 ? "check" : "checks");
  };
  switch (result.outcome) {
    case GateOutcome::kPass:
      return fmt::format("gate passed: {}", of_all(all));
    case GateOutcome::kFail:
      return fmt::format("gate failed: {} regressed or broke a limit", of_all(failed));
    case GateOutcome::kInconclusive:
      return fmt::format("gate inconclusive: {} could not be decided", of_all(undecided));
    case GateOutcome::kInfrastructure:
      return fmt::format("gate not judged: too many items without a reply in {}",
                         of_all(count(result, GateOutcome::kInfrastructure)));
    default:
      return all == 0 ? std::string("gate not judged: there is nothing to compare")
                      : fmt::format("gate not judged: {} cannot be made",
                                    of_all(count(result, GateOutcome::kError)));
  }
}

}  // namespace assay::reports
