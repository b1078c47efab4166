#include "harness/aggregate/gate_rules.h"

#include <algorithm>

namespace assay::aggregate {
namespace {

template <typename T>
void overlay(std::optional<T>& under, const std::optional<T>& over) {
  if (over) under = over;
}

void overlay_speeds(std::vector<SpeedLimit>& under, const std::vector<SpeedLimit>& over) {
  for (const SpeedLimit& limit : over) {
    const auto same = [&](const SpeedLimit& other) {
      return other.figure == limit.figure && other.percentile == limit.percentile;
    };
    std::erase_if(under, same);
    under.push_back(limit);
  }
}

void overlay_thresholds(std::vector<Threshold>& under, const std::vector<Threshold>& over) {
  for (const Threshold& threshold : over) {
    std::erase_if(under, [&](const Threshold& other) { return other.metric == threshold.metric; });
    under.push_back(threshold);
  }
}

void overlay(GateSettings& under, const GateSettings& over) {
  overlay(under.margin, over.margin);
  overlay(under.mode, over.mode);
  overlay(under.slices, over.slices);
  overlay(under.undecided, over.undecided);
  overlay(under.undecided_slice, over.undecided_slice);
  overlay_speeds(under.speeds, over.speeds);
  overlay_thresholds(under.thresholds, over.thresholds);
  overlay(under.cost_per_item_max, over.cost_per_item_max);
  overlay(under.cost_ratio_max, over.cost_ratio_max);
  overlay(under.errors_max, over.errors_max);
  overlay(under.errors_increase, over.errors_increase);
  overlay(under.infrastructure, over.infrastructure);
}

GateSettings built_in() {
  GateSettings out;
  out.margin = GateMargin{};
  out.mode = GateMode::kRegression;
  out.slices = std::vector<std::string>{};
  out.undecided = WhenUndecided::kInconclusive;
  out.undecided_slice = WhenUndecided::kPass;
  out.errors_increase = kGateErrorIncreaseDefault;
  out.infrastructure = kGateInfrastructureDefault;
  return out;
}

bool speaks_of(const GateRule& rule, std::string_view suite, std::string_view model) {
  return matches_pattern(rule.suite, suite) && matches_pattern(rule.model, model);
}

}  // namespace

GateSettings settings_for_metric(const GateRules& rules, std::string_view suite,
                                 std::string_view model, std::string_view metric, bool headline) {
  GateSettings out = built_in();
  overlay(out, rules.defaults);
  for (const GateRule& rule : rules.rules) {
    if (!speaks_of(rule, suite, model)) continue;
    if (rule.metric.empty() ? headline : matches_pattern(rule.metric, metric)) {
      overlay(out, rule.settings);
    }
  }
  return out;
}

GateSettings settings_for_suite(const GateRules& rules, std::string_view suite,
                                std::string_view model) {
  GateSettings out = built_in();
  overlay(out, rules.defaults);
  for (const GateRule& rule : rules.rules) {
    if (rule.metric.empty() && speaks_of(rule, suite, model)) overlay(out, rule.settings);
  }
  return out;
}

bool metric_is_named(const GateRules& rules, std::string_view suite, std::string_view model,
                     std::string_view metric) {
  return std::any_of(rules.rules.begin(), rules.rules.end(), [&](const GateRule& rule) {
    return !rule.metric.empty() && speaks_of(rule, suite, model) &&
           matches_pattern(rule.metric, metric);
  });
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;  // of the last `*`, to go back to
  size_t from = 0;                       // where its text ends
  while (t < text.size()) {
    // A star first: it may stand for a star in the text as well.
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_pattern(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

}  // namespace assay::aggregate
