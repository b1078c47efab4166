// Workloads of `assay bench`: synthetic prompts (harness/load) or a suite's own questions, as
// run::LoadSource.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/api/suite.h"
#include "harness/load/prompts.h"
#include "harness/load/trace.h"
#include "harness/run/feeder.h"
#include "harness/run/load_source.h"
#include "harness/run/plan.h"

namespace assay::app {

// Synthetic prompts; with a trace, its lengths and prefix blocks. `repeat` tells the loads of one
// model apart.
class SyntheticSource final : public run::LoadSource {
 public:
  SyntheticSource(load::PromptOptions options, const load::Trace* trace, std::string trace_text);
  void set_repeat(uint32_t repeat) { repeat_ = repeat; }
  [[nodiscard]] Result<run::LoadTalk> talk(uint64_t number) const override;
  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] std::string hash() const override;

 private:
  load::SyntheticPrompts prompts_;
  const load::Trace* trace_;
  std::string trace_text_;
  uint32_t repeat_ = 0;
};

// The suites' questions in order, again and again; each time is another repeat of the sample.
class SuiteSource final : public run::LoadSource {
 public:
  // `output` overrides the suite's own limit where it is given.
  SuiteSource(const run::RunPlan& plan, run::LoadImage load_image,
              std::optional<load::LengthDistribution> output, uint64_t seed);
  void set_repeat(uint32_t first) { first_repeat_ = first; }
  [[nodiscard]] Result<run::LoadTalk> talk(uint64_t number) const override;
  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] std::string hash() const override;
  // Rows of the samples that `count` requests (0: any number) will ask and the file does not have.
  Result<std::vector<Fact>> sample_facts(run::RunPlan& plan, uint64_t count) const;

 private:
  const run::RunPlan& plan_;
  run::LoadImage load_image_;
  std::optional<load::LengthDistribution> output_;
  uint64_t seed_;
  uint64_t size_ = 0;  // of all suites
  uint32_t first_repeat_ = 0;
};

}  // namespace assay::app
