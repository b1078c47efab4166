#include "harness/aggregate/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/aggregate/gate_parts.h"
#include "harness/stats/multiple.h"

namespace assay::aggregate {
namespace {

constexpr size_t kNamesShown = 12;

const SuiteSummary* find_suite(const Summary& summary, const std::string& name) {
  for (const SuiteSummary& suite : summary.suites) {
    if (suite.suite.name == name) return &suite;
  }
  return nullptr;
}

const ModelResult* find_model(const SuiteSummary* suite, const std::string& name) {
  if (suite == nullptr) return nullptr;
  for (const ModelResult& model : suite->models) {
    if (model.model.name == name) return &model;
  }
  return nullptr;
}

// The model of the same name, or the only one, as compare_runs pairs them.
const ModelResult* counterpart(const SuiteSummary* suite, const std::string& name) {
  const ModelResult* same = find_model(suite, name);
  if (same != nullptr || suite == nullptr) return same;
  return suite->models.size() == 1 ? &suite->models.front() : nullptr;
}

std::vector<GatePair> pairs_of(const GateInput& input) {
  std::vector<GatePair> out;
  for (const SuiteSummary& suite : input.now.suites) {
    const SuiteSummary* before = find_suite(input.baseline, suite.suite.name);
    for (const ModelResult& model : suite.models) {
      GatePair pair{.suite = &suite,
                    .now = &model,
                    .baseline = counterpart(before, model.model.name),
                    .baseline_name = {}};
      if (pair.baseline != nullptr) pair.baseline_name = pair.baseline->model.name;
      out.push_back(std::move(pair));
    }
  }
  return out;
}

// Which of the comparison's rows the gate tests, with their settings.
class Gate {
 public:
  Gate(const GateInput& input, const GateAsking& asking) : input_(input), asking_(asking) {}

  GateResult run() {
    result_.sources = input_.report.sources;
    result_.alpha = input_.rules.alpha;
    result_.power = input_.rules.power;
    result_.notes = input_.report.notes;
    note_warnings(input_.now);
    for (const GatePair& pair : pairs_of(input_)) collect(pair);
    adjust();
    judge();
    for (const GateRule& rule : input_.rules.rules) check_presence(rule);
    conclude();
    return std::move(result_);
  }

 private:
  void note_warnings(const Summary& summary) {
    for (const std::string& warning : summary.warnings) {
      const auto& notes = result_.notes;
      if (std::find(notes.begin(), notes.end(), warning) == notes.end()) {
        result_.notes.push_back(warning);
      }
    }
  }

  void collect(const GatePair& pair) {
    const std::string& suite = pair.suite->suite.name;
    const std::string& model = pair.now->model.name;
    const GateSettings of_suite = settings_for_suite(input_.rules, suite, model);
    const bool reliable = !too_many_failed(*pair.now, of_suite);
    Section section;
    section.first = candidates_.size();
    for (const RunComparison& row : input_.report.rows) {
      if (row.later != 1 || row.suite != suite || row.model != model) continue;
      add_candidate(row, pair, reliable);
    }
    section.last = candidates_.size();
    append(section.limits, error_checks(pair, of_suite));
    if (reliable) {
      append(section.limits, threshold_checks(pair, of_suite));
      append(section.limits, speed_checks(pair, of_suite, input_.report));
      append(section.limits, cost_checks(pair, of_suite));
    }
    sections_.push_back(std::move(section));
  }

  void add_candidate(const RunComparison& row, const GatePair& pair, bool reliable) {
    const GateRules& rules = input_.rules;
    const std::string& name = row.metric.name;
    if (!row.headline && !metric_is_named(rules, row.suite, row.model, name)) return;
    GateSettings settings = settings_for_metric(rules, row.suite, row.model, name, row.headline);
    if (settings.mode == GateMode::kNone) return;
    if (!row.tag.empty()) {
      const auto& tags = *settings.slices;
      if (std::find(tags.begin(), tags.end(), row.tag) == tags.end()) return;
    }
    candidates_.push_back({.row = &row,
                           .settings = std::move(settings),
                           .baseline_model = pair.baseline_name,
                           .reliable = reliable});
  }

  // Holm over the tests whose verdict the gate asks for.
  void adjust() {
    std::vector<double> p_values;
    std::vector<QualityCandidate*> tested;
    for (QualityCandidate& candidate : candidates_) {
      const auto& p = candidate.row->comparison.p_value;
      if (!candidate.reliable || !p || !std::isfinite(*p)) continue;
      p_values.push_back(*p);
      tested.push_back(&candidate);
    }
    const std::vector<double> adjusted = stats::holm(p_values);
    for (size_t i = 0; i < tested.size(); ++i) tested[i]->p_holm = adjusted[i];
    result_.tests = tested.size();
  }

  void judge() {
    std::vector<GateCheck> quality;
    quality.reserve(candidates_.size());
    for (const QualityCandidate& candidate : candidates_) {
      quality.push_back(judge_quality(candidate, input_.rules, result_.tests));
    }
    confirm_regressions(candidates_, input_.rules, asking_, quality);
    for (Section& section : sections_) {
      for (size_t i = section.first; i < section.last; ++i) {
        result_.checks.push_back(std::move(quality[i]));
      }
      append(result_.checks, std::move(section.limits));
    }
  }

  // What a rule names must have run, in both files where it is to be compared.
  void check_presence(const GateRule& rule) {
    if (!input_.rules.missing_fails) return;
    std::vector<const SuiteSummary*> found;
    for (const SuiteSummary& suite : input_.now.suites) {
      if (matches_pattern(rule.suite, suite.suite.name)) found.push_back(&suite);
    }
    if (found.empty()) {
      missing(rule, rule.suite,
              fmt::format("the gate names suite `{}`, which did not run; {} has {}", rule.suite,
                          source(1), suite_names(input_.now)));
      return;
    }
    const bool model_ran = std::any_of(found.begin(), found.end(), [&](const SuiteSummary* suite) {
      return std::any_of(suite->models.begin(), suite->models.end(), [&](const ModelResult& m) {
        return matches_pattern(rule.model, m.model.name);
      });
    });
    if (!model_ran) {
      missing(rule, rule.suite,
              fmt::format("the gate names model `{}`, which did not run suite `{}`", rule.model,
                          rule.suite));
      return;
    }
    // Of a pattern not every suite needs to have everything.
    if (is_pattern(rule.suite)) return;
    for (const SuiteSummary* suite : found) check_parts(rule, *suite);
  }

  void check_parts(const GateRule& rule, const SuiteSummary& suite) {
    const std::string& name = suite.suite.name;
    const bool compares = rule.settings.mode != GateMode::kNone;
    if (compares && find_suite(input_.baseline, name) == nullptr) {
      missing(rule, name,
              fmt::format("the gate names suite `{}`, which is not in the baseline {}", name,
                          source(0)));
      return;
    }
    if (!rule.metric.empty()) check_metric(rule, suite);
    check_slices(rule, name);
  }

  void check_metric(const GateRule& rule, const SuiteSummary& suite) {
    std::string known;
    for (const MetricDef& metric : suite.suite.metrics) {
      if (matches_pattern(rule.metric, metric.name)) return;
      known += (known.empty() ? "" : ", ") + metric.name;
    }
    missing(rule, suite.suite.name,
            fmt::format("the gate names metric `{}`, which suite `{}` does not have; it has {}",
                        rule.metric, suite.suite.name, known));
  }

  void check_slices(const GateRule& rule, const std::string& suite) {
    if (!rule.settings.slices) return;
    for (const std::string& tag : *rule.settings.slices) {
      const auto& rows = input_.report.rows;
      const bool any = std::any_of(rows.begin(), rows.end(), [&](const RunComparison& row) {
        return row.suite == suite && row.tag == tag;
      });
      if (any) continue;
      missing(rule, suite,
              fmt::format("the gate names slices by `{}`, a tag that no item compared "
                          "of suite `{}` has",
                          tag, suite));
    }
  }

  void missing(const GateRule& rule, const std::string& suite, const std::string& reason) {
    GateCheck check;
    check.kind = GateKind::kPresence;
    check.suite = suite;
    check.model = is_pattern(rule.model) ? std::string() : rule.model;
    check.subject = "named by the gate";
    check.verdict = GateVerdict::kMissing;
    check.outcome = GateOutcome::kError;
    check.reason = rule.place.empty() ? reason : rule.place + ": " + reason;
    for (const GateCheck& other : result_.checks) {
      if (other.kind == GateKind::kPresence && other.reason == check.reason) return;
    }
    result_.checks.push_back(std::move(check));
  }

  // The worst of the checks; enumerators are in that order.
  void conclude() {
    if (result_.checks.empty() || nothing_judged()) {
      result_.notes.push_back(fmt::format("nothing to gate: {} has {}; {} has {}", source(0),
                                          suite_names(input_.baseline), source(1),
                                          suite_names(input_.now)));
      result_.outcome = GateOutcome::kError;
    }
    for (const GateCheck& check : result_.checks) {
      result_.outcome = std::max(result_.outcome, check.outcome);
    }
  }

  // No suite in common, so that only counts of the new run are left.
  [[nodiscard]] bool nothing_judged() const {
    return std::all_of(result_.checks.begin(), result_.checks.end(), [](const GateCheck& check) {
      return check.kind == GateKind::kErrors && check.outcome == GateOutcome::kPass;
    });
  }

  [[nodiscard]] std::string source(size_t i) const {
    if (i < result_.sources.size()) return result_.sources[i];
    return i == 0 ? "the baseline" : "the new run";
  }

  static std::string suite_names(const Summary& summary) {
    std::string out;
    for (size_t i = 0; i < summary.suites.size() && i < kNamesShown; ++i) {
      out += (i == 0 ? "" : ", ") + summary.suites[i].suite.name;
    }
    if (summary.suites.size() > kNamesShown) out += ", ...";
    return out.empty() ? "no suite" : out;
  }

  static void append(std::vector<GateCheck>& to, std::vector<GateCheck> from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  }

  // Checks of one suite and model.
  struct Section {
    size_t first = 0;  // of its candidates
    size_t last = 0;
    std::vector<GateCheck> limits;
  };

  const GateInput& input_;
  const GateAsking& asking_;
  std::vector<QualityCandidate> candidates_;
  std::vector<Section> sections_;
  GateResult result_;
};

}  // namespace

GateResult run_gate(const GateInput& input, const GateAsking& asking) {
  return Gate(input, asking).run();
}

}  // namespace assay::aggregate
