// Scorer: judges one response. A pure function of sample and response (a scorer that is a program
// keeps its child process, but must answer the same); called from several threads at once.
//
//   std::vector<Score> scores;
//   scorer.judge(sample, response, scores);   // one Score for each of metrics()
#pragma once

#include <string>
#include <vector>

#include "harness/types/response.h"
#include "harness/types/sample.h"
#include "harness/types/score.h"

namespace assay {

class Scorer {
 public:
  virtual ~Scorer() = default;
  [[nodiscard]] virtual const std::vector<MetricDef>& metrics() const = 0;
  // Changes whenever the same reply could be judged differently: name, version and options as text;
  // hashed.
  [[nodiscard]] virtual std::string identity() const = 0;
  // Appends exactly metrics().size() scores. Never fails: what cannot be judged is Score{kUnscored,
  // reason}; a reply without usable answer is wrong (value 0, or the metric's worst), with the
  // reason named.
  virtual void judge(const Sample& sample, const Response& response,
                     std::vector<Score>& out) const = 0;
};

}  // namespace assay
