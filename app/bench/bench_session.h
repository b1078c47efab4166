// BenchSession: the loads of one `assay bench`, in order: points × rounds × models, models taking
// turns as ABBA; or the probes of a search.
//
//   BenchSession session(flags, plan, *store, models, display, stop);
//   ASSAY_TRY_VOID(session.run());
//   return session.exit_code();
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/bench/bench_display.h"
#include "app/bench/bench_flags.h"
#include "app/bench/bench_model.h"
#include "app/bench/bench_plan.h"
#include "app/bench/bench_source.h"
#include "harness/api/resumable_store.h"
#include "harness/load/search.h"

namespace assay::app {

class BenchSession {
 public:
  // `suites` has the rows of the suites and models; no suites: synthetic prompts.
  BenchSession(const BenchFlags& flags, const BenchPlan& plan, ResumableStore& store,
               run::RunPlan& suites, std::vector<std::unique_ptr<BenchModel>>& models,
               BenchDisplay& display, std::stop_token stop);

  Result<void> run();
  // 0; 1: an SLO was not met; 3: a search found nothing; 4: invalid, or nobody answered.
  [[nodiscard]] int exit_code() const;

 private:
  // One load's place among the others.
  struct Place {
    uint32_t point = 0;
    uint32_t round = 0;
    bool probe = false;
    uint64_t requests = 0;  // 0: the plan's
    uint32_t saturated_at = 0;
    Nanos drain{0};  // 0: the plan's
  };

  Result<void> run_points();
  Result<void> search_rate(BenchModel& model);
  Result<void> search_knee(BenchModel& model);
  Result<LoadResult> load(BenchModel& model, const BenchPoint& point, const Place& place);
  Result<run::LoadPlan> plan_of(const BenchModel& model, const BenchPoint& point,
                                const Place& place);
  Result<void> arrivals_of(const BenchPoint& point, const Place& place, run::LoadPlan& out) const;
  [[nodiscard]] uint32_t in_flight_max(const BenchPoint& point) const;
  [[nodiscard]] uint32_t connections_of(const BenchModel& model, const run::LoadPlan& load) const;
  Result<std::unique_ptr<run::LoadSource>> source_for(const BenchModel& model,
                                                      const run::LoadPlan& load);
  void note(const LoadResult& result);

  const BenchFlags& flags_;
  const BenchPlan& plan_;
  ResumableStore& store_;
  run::RunPlan& suites_;
  std::vector<std::unique_ptr<BenchModel>>& models_;
  BenchDisplay& display_;
  std::stop_token stop_;
  uint32_t order_ = 0;
  bool invalid_ = false;
  bool nobody_ = false;
  bool slo_missed_ = false;
  bool search_empty_ = false;
};

}  // namespace assay::app
