// Suite: a named set of samples with a prompt, scorers and metrics. Const and shared by all threads
// after loading.
//
// Called by: planning (size, info), the feeder (sample, request), models that learn (train_size,
// train).
//
//   ASSAY_TRY(std::unique_ptr<Suite> suite, registry.load("quick-intents", options));
//   ASSAY_TRY(Sample sample, suite->sample(0));
//   ASSAY_TRY(Request request, suite->request(sample, /*repeat=*/0));
#pragma once

#include <memory>
#include <vector>

#include "harness/api/scorer.h"
#include "harness/base/result.h"
#include "harness/types/manifest.h"
#include "harness/types/request.h"
#include "harness/types/sample.h"

namespace assay {

class Suite {
 public:
  virtual ~Suite() = default;
  // Name, hashes, metrics; sample_count is the size after limits. `id` is filled in by the run.
  [[nodiscard]] virtual const SuiteInfo& info() const = 0;
  [[nodiscard]] virtual uint64_t size() const = 0;
  // Reads and renders one sample; index < size(). Thread-safe. Pictures are named, not loaded.
  [[nodiscard]] virtual Result<Sample> sample(uint64_t index) const = 0;
  // Where sample `index` stands in the data, whatever the order and selection of this load.
  [[nodiscard]] virtual uint64_t position(uint64_t index) const { return index; }
  // The id alone, cheaper than the sample: for duplicate checks and resume.
  [[nodiscard]] virtual Result<std::string> sample_id(uint64_t index) const = 0;
  // The question. Pure: the same sample and repeat give the same request.
  [[nodiscard]] virtual Result<Request> request(const Sample& sample, uint32_t repeat) const = 0;
  [[nodiscard]] virtual uint64_t train_size() const = 0;
  [[nodiscard]] virtual Result<TrainingExample> train(uint64_t index) const = 0;
  // In metric order; each gives one or more of info().metrics.
  [[nodiscard]] virtual const std::vector<std::unique_ptr<Scorer>>& scorers() const = 0;
};

}  // namespace assay
