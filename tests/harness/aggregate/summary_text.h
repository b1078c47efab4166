// A whole Summary as text, every field with all its digits, so that two can be compared byte by
// byte.
#pragma once

#include <fmt/format.h>

#include <string>

#include "harness/types/summary.h"

namespace assay::aggregate {

inline std::string text_of(const std::optional<double>& v) {
  return v ? fmt::format("{}", *v) : std::string("-");
}

inline std::string text_of(const Estimate& e) {
  return fmt::format("{} [{}, {}] n={} {}", text_of(e.value), text_of(e.ci_low), text_of(e.ci_high),
                     e.n, e.method);
}

inline std::string text_of(const std::optional<Money>& m) { return m ? m->text() : "-"; }

inline std::string text_of(const LatencySummary& l) {
  std::string out = fmt::format("n={} mean {}", l.n, text_of(l.mean));
  for (const Percentile& p : l.percentiles) out += fmt::format(" p{} {}", p.p, text_of(p.estimate));
  for (const auto& [seconds, share] : l.ecdf) out += fmt::format(" ({} {})", seconds, share);
  return out;
}

inline std::string text_of(const ModelResult& m) {
  std::string out =
      fmt::format("model {} planned {} answered {} failed {} unjudged {} retries {} busy {}\n",
                  m.model.name, m.items_planned, m.items_answered, m.items_failed, m.items_unjudged,
                  m.retries, m.busy_seconds);
  for (const auto& [outcome, n] : m.outcomes) out += fmt::format("  {} {}\n", outcome, n);
  for (const MetricResult& r : m.metrics) {
    out += fmt::format("  {} {} unscored {}\n", r.def.name, text_of(r.estimate), r.unscored);
  }
  for (const SliceResult& s : m.slices) {
    out += fmt::format("  {}={} {} unscored {}\n", s.tag, s.value, text_of(s.headline.estimate),
                       s.headline.unscored);
  }
  out += fmt::format("  usage {} {} {} {}\n", m.usage.input_tokens, m.usage.cached_tokens,
                     m.usage.reasoning_tokens, m.usage.output_tokens);
  out += fmt::format("  cost {} {} {} {} {} {}\n", text_of(m.cost.total),
                     text_of(m.cost.per_thousand_items), text_of(m.cost.per_correct),
                     text_of(m.cost.energy_joules), m.cost.currency, m.cost.basis);
  return out + fmt::format("  latency {}\n  ttft {}\n  cpu {}\n", text_of(m.latency),
                           text_of(m.ttft), text_of(m.cpu));
}

inline std::string text_of(const Comparison& c) {
  return fmt::format("{} - {} {} {} p {} holm {} {} {} {} verdict {} {}\n", c.a, c.b, c.metric.name,
                     text_of(c.difference), text_of(c.p_value), text_of(c.p_holm), c.test,
                     c.only_a_right, c.only_b_right, static_cast<int>(c.verdict), c.note);
}

inline std::string summary_text(const Summary& summary) {
  std::string out;
  for (const std::string& source : summary.sources) out += source + "\n";
  for (const SuiteSummary& suite : summary.suites) {
    out += fmt::format("suite {}\n", suite.suite.name);
    for (const ModelResult& m : suite.models) out += text_of(m);
    for (const Comparison& c : suite.comparisons) out += text_of(c);
    out += fmt::format("verdict {} best {} fastest {} tied", static_cast<int>(suite.verdict.kind),
                       suite.verdict.best.value_or(999), suite.verdict.fastest.value_or(999));
    for (const size_t t : suite.verdict.tied) out += fmt::format(" {}", t);
    for (const LearningCurve& curve : suite.curves) {
      out += "\ncurve " + curve.model;
      for (const CurvePoint& p : curve.points) {
        out += fmt::format(" ({} {})", p.train_size, text_of(p.headline));
      }
    }
    out += "\n";
  }
  for (const std::string& warning : summary.warnings) out += warning + "\n";
  return out;
}

}  // namespace assay::aggregate
