#include "app/until_decided.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "app/exit_code.h"
#include "app/setup.h"
#include "harness/base/json.h"
#include "reports/text/table.h"

namespace assay::app {
namespace {

using aggregate::Decision;
using aggregate::DecisionVerdict;

constexpr double kAlphaDefault = 0.05;
constexpr const char* kFixedNote =
    "as if the number of items had been fixed before; biased and too narrow where the run stopped "
    "when decided";

// "2pp", "2%" or "0.02" → 0.02.
Result<double> parse_margin(const std::string& text) {
  std::string number = text;
  double unit = 1;
  for (const char* suffix : {"pp", "%"}) {
    if (!number.ends_with(suffix)) continue;
    number.resize(number.size() - std::string_view(suffix).size());
    unit = 100;
    break;
  }
  double value = 0;
  const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), value);
  const bool whole = failed == std::errc() && end == number.data() + number.size();
  if (!whole || !std::isfinite(value) || value / unit <= 0 || value / unit >= 1) {
    return input_error(
        "--margin",
        fmt::format("`{}` is no margin, expected more than 0 and less than 100 points, for example "
                    "2pp (or 0.02)",
                    text));
  }
  return value / unit;
}

Result<double> checked_alpha(const RunFlags& flags) {
  const double alpha = flags.alpha.value_or(kAlphaDefault);
  if (alpha >= 1e-9 && alpha < 0.5) return alpha;
  return input_error("--alpha",
                     fmt::format("is {}, expected more than 0 and less than 0.5", alpha));
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return std::filesystem::equivalent(a, b, ignored);
}

std::string verdict_text(DecisionVerdict verdict) {
  switch (verdict) {
    case DecisionVerdict::kNonInferior:
      return "NON-INFERIOR";
    case DecisionVerdict::kRegressed:
      return "REGRESSED";
    case DecisionVerdict::kPassed:
      return "PASSED";
    case DecisionVerdict::kFailed:
      return "FAILED";
    case DecisionVerdict::kInconclusive:
      break;
  }
  return "INCONCLUSIVE";
}

std::string points(const std::optional<double>& share) {
  return share ? fmt::format("{:+.1f}", 100 * *share) : std::string("n/a");
}

std::string interval_text(const Estimate& e) {
  if (!e.value) return "n/a";
  if (!e.ci_low || !e.ci_high) return points(e.value);
  return fmt::format("{} [{}, {}]", points(e.value), points(e.ci_low), points(e.ci_high));
}

std::string e_text(double e) {
  return e >= 1e6 ? fmt::format("{:.1e}", e) : fmt::format("{:.2f}", e);
}

// "REGRESSED after 85 of 1,000 items; stopped when decided, 776 not asked"
std::string verdict_line(const Decision& d) {
  std::string out = fmt::format("    {} after {} of {} items", verdict_text(d.verdict),
                                count_text(d.items_used), count_text(d.items_planned));
  if (d.items_excluded > 0)
    out += fmt::format(" ({} of them without a score)", count_text(d.items_excluded));
  const bool decided = d.verdict != DecisionVerdict::kInconclusive;
  if (d.items_saved > 0)
    out += fmt::format("; {}{} not asked", decided ? "stopped when decided, " : "",
                       count_text(d.items_saved));
  return out + "\n";
}

std::string against_text(const Decision& d) {
  std::string out =
      fmt::format("  {} · {}, against {}\n", reports::terminal_safe(d.suite),
                  reports::terminal_safe(d.model), reports::terminal_safe(d.baseline_model));
  out += verdict_line(d);
  out += fmt::format("    {}: {} points, {}, n = {}\n", reports::terminal_safe(d.metric.name),
                     interval_text(d.sequential), d.sequential.method, count_text(d.sequential.n));
  out += fmt::format(
      "    e-values: {} against \"not worse\", {} against \"worse by {:g} points\"; decided at "
      "{:g}\n",
      e_text(*d.e_regressed), e_text(*d.e_non_inferior), 100 * d.margin, 1 / d.alpha);
  out +=
      fmt::format("    fixed-n: {} points, {}, n = {}; for information:\n      {}\n",
                  interval_text(d.fixed_n), d.fixed_n.method, count_text(d.fixed_n.n), kFixedNote);
  return out;
}

std::string threshold_text(const Decision& d) {
  std::string out =
      fmt::format("  {} · {}\n", reports::terminal_safe(d.suite), reports::terminal_safe(d.model));
  out += verdict_line(d);
  if (d.verdict != DecisionVerdict::kInconclusive && d.items_saved > 0)
    out += "    the items not asked could not change it\n";
  const Estimate& e = d.fixed_n;
  if (e.value && e.ci_low && e.ci_high) {
    out += fmt::format("    {}: {:.3f} [{:.3f}, {:.3f}] so far, {}, n = {}\n",
                       reports::terminal_safe(d.metric.name), *e.value, *e.ci_low, *e.ci_high,
                       e.method, count_text(e.n));
  }
  return out;
}

Json estimate_json(const Estimate& e) {
  const auto number = [](const std::optional<double>& v) { return v ? Json(*v) : Json(nullptr); };
  return Json{{"value", number(e.value)},
              {"ci_low", number(e.ci_low)},
              {"ci_high", number(e.ci_high)},
              {"n", e.n},
              {"method", e.method}};
}

Json decision_json(const Decision& d, const RunFlags& flags) {
  Json out{{"suite", d.suite},
           {"model", d.model},
           {"metric", d.metric.name},
           {"verdict", std::string(aggregate::decision_name(d.verdict))},
           {"items_planned", d.items_planned},
           {"items_used", d.items_used},
           {"items_excluded", d.items_excluded},
           {"items_known", d.items_known},
           {"items_saved", d.items_saved}};
  if (d.e_regressed && d.e_non_inferior) {
    out["baseline"] = flags.against;
    out["baseline_model"] = d.baseline_model;
    out["margin"] = d.margin;
    out["alpha"] = d.alpha;
    out["e_regressed"] = *d.e_regressed;
    out["e_non_inferior"] = *d.e_non_inferior;
    out["sequential"] = estimate_json(d.sequential);
  } else {
    out["threshold"] = d.threshold;
  }
  out["fixed_n"] = estimate_json(d.fixed_n);
  out["fixed_n"]["note"] = kFixedNote;
  out["notes"] = d.notes;
  return out;
}

}  // namespace

Result<void> check_until_decided(const RunFlags& flags) {
  const bool any = !flags.against.empty() || !flags.threshold.empty() || !flags.margin.empty() ||
                   flags.alpha.has_value();
  if (!flags.until_decided) {
    if (!any) return {};
    return input_error("",
                       "--against, --threshold, --margin and --alpha say what --until-decided "
                       "decides, which is missing");
  }
  if (flags.against.empty() == flags.threshold.empty()) {
    return input_error("--until-decided",
                       "expected either --against BASELINE.assay --margin 2pp or --threshold "
                       "METRIC>=VALUE");
  }
  if (!flags.threshold.empty()) {
    if (flags.margin.empty() && !flags.alpha) return {};
    return input_error("--threshold", "is decided with certainty and takes no --margin or --alpha");
  }
  if (flags.margin.empty())
    return input_error("--margin",
                       "is missing: how much worse still counts as no worse, for "
                       "example --margin 2pp");
  ASSAY_TRY(const double margin, parse_margin(flags.margin));
  ASSAY_TRY(const double alpha, checked_alpha(flags));
  (void)margin, (void)alpha;  // that they are numbers is what is asked
  return {};
}

Result<std::unique_ptr<aggregate::DecisionRule>> make_decision_rule(
    const RunFlags& flags, const std::string& path, const std::vector<const Suite*>& suites,
    const std::vector<run::RunModel>& models) {
  if (!flags.until_decided) return std::unique_ptr<aggregate::DecisionRule>();
  std::vector<std::string> names;
  names.reserve(models.size());
  for (const run::RunModel& model : models) names.push_back(model.info.name);
  const uint64_t seed = flags.seed.value_or(0);
  if (!flags.threshold.empty())
    return aggregate::make_threshold_rule(flags.threshold, suites, names, seed);
  if (same_file(flags.against, path)) {
    return input_error("--against", fmt::format("`{}` is the file that this run writes; name "
                                                "another output with -o",
                                                flags.against));
  }
  aggregate::BaselineRuleOptions options;
  ASSAY_TRY(options.margin, parse_margin(flags.margin));
  ASSAY_TRY(options.alpha, checked_alpha(flags));
  options.seed = seed;
  ASSAY_TRY(const auto baseline, store::SqliteStore::open_for_reading(flags.against));
  return aggregate::make_baseline_rule(*baseline, flags.against, suites, names, options);
}

std::string decisions_text(std::span<const Decision> decisions, const RunFlags& flags) {
  std::string out =
      flags.threshold.empty()
          ? fmt::format("\nDecision against {}, items read in planned order\n",
                        reports::terminal_safe(flags.against))
          : fmt::format("\nDecision on {}\n", reports::terminal_safe(flags.threshold));
  for (const Decision& d : decisions) {
    out += d.e_regressed ? against_text(d) : threshold_text(d);
    for (const std::string& note : d.notes)
      out += fmt::format("    note: {}\n", reports::terminal_safe(note));
  }
  return out;
}

Result<std::string> with_decisions(const std::string& summary_json,
                                   std::span<const Decision> decisions, const RunFlags& flags) {
  ASSAY_TRY(Json json, parse_json(summary_json, "summary"));
  Json list = Json::array();
  for (const Decision& d : decisions) list.push_back(decision_json(d, flags));
  json["decisions"] = std::move(list);
  return dump_json_pretty(json) + "\n";
}

int decisions_exit_code(std::span<const Decision> decisions) {
  const auto any = [&](DecisionVerdict verdict) {
    return std::any_of(decisions.begin(), decisions.end(),
                       [&](const Decision& d) { return d.verdict == verdict; });
  };
  if (any(DecisionVerdict::kRegressed) || any(DecisionVerdict::kFailed)) return kExitRegression;
  return any(DecisionVerdict::kInconclusive) ? kExitInconclusive : kExitDone;
}

}  // namespace assay::app
