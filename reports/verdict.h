// The verdict of a suite in words: who wins, by how much, with which certainty, who is tied, what
// is fastest, what it costs. Shared by the text and the HTML report.
//
//   VerdictText v = verdict_text(suite, Language::kEnglish);
//   v.headline     "tesseract:kor+eng is best."
//   v.sentences    "Its cer is 4.2% (95% interval 3.1–5.4, n = 60)." ...
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/types/summary.h"
#include "reports/html/strings.h"

namespace assay::reports {

struct VerdictText {
  std::string headline;
  std::vector<std::string> sentences;  // quality: how good, by how much, how sure
  std::vector<std::string> details;    // speed and cost
};

VerdictText verdict_text(const SuiteSummary& suite, Language language);

// Indices of the suite's models, best headline value first, those without a value last (run order
// breaks ties).
std::vector<size_t> by_quality(const SuiteSummary& suite);
// The headline's result; nullptr when the suite has no metric.
const MetricResult* headline(const ModelResult& model);
// Seconds; nullopt when the percentile was not computed or has no value.
const Estimate* percentile(const LatencySummary& latency, double p);
std::optional<double> median_latency(const ModelResult& model);
// The comparison of the best model with `other` on the headline; nullptr when there is none.
const Comparison* best_against(const SuiteSummary& suite, size_t other);
// The model with the next best headline value; nullopt when the best is alone.
std::optional<size_t> runner_up(const SuiteSummary& suite);
// Lowest median latency of all models.
std::optional<size_t> fastest_of_all(const SuiteSummary& suite);
// True when any model has money to show.
bool cost_was_measured(const SuiteSummary& suite);
// Why it was not: the first model's reason; may be empty.
std::string cost_reason(const SuiteSummary& suite);

}  // namespace assay::reports
