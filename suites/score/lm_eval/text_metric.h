// The seam for the text metrics of generate_until (bleu, chrf, ter): what a metric must be for a
// task's metric_list to name it.
//
// Where it stands: metric_list.cc asks make_text_metric while a suite is loaded; judge() is called
// from the scoring pool.
//
//   if (const auto metric = make_text_metric("bleu")) metric->judge(answer, references, score);
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/types/score.h"

namespace assay::suites::lm_eval {

class TextMetric {
 public:
  virtual ~TextMetric() = default;
  // Of the suite's figure.
  [[nodiscard]] virtual Aggregation aggregation() const = 0;
  // Sets value, weight, parts, status and reason; texts are valid UTF-8.
  virtual void judge(std::string_view answer, const std::vector<std::string>& references,
                     Score& score) const = 0;
};

// Null: this build has no such metric.
std::shared_ptr<const TextMetric> make_text_metric(std::string_view name);

}  // namespace assay::suites::lm_eval
