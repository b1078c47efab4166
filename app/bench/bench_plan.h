// BenchPlan: what the flags of `assay bench` mean: load points, workload, limits. Everything that
// can be wrong with them is found here, before anything is asked.
//
//   ASSAY_TRY(const BenchPlan plan, make_bench_plan(flags));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/bench/bench_flags.h"
#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/load/prompts.h"
#include "harness/load/trace.h"
#include "harness/types/load.h"

namespace assay::app {

// One load, to be put on every model in every round.
struct BenchPoint {
  LoadKind kind = LoadKind::kClosed;
  double concurrency = 0;
  double rate = 0;
  double rate_end = 0;
};

enum class BenchSearch : uint8_t { kNone, kKnee, kSlo };

struct BenchPlan {
  std::vector<BenchPoint> points;  // empty where a search makes them
  BenchSearch search = BenchSearch::kNone;
  double burstiness = 1;
  LoadKind arrival = LoadKind::kPoisson;  // of the search's probes
  Slo slo;
  std::optional<load::Trace> trace;
  std::string trace_text;  // "azure_code.csv, 20 x"
  uint64_t requests = 0;   // of each load; 0: by the duration
  Nanos duration{0};
  Nanos warm_up{0};
  Nanos drain{0};
  EnergySettings energy;
  load::PromptOptions prompts;
};

Result<BenchPlan> make_bench_plan(const BenchFlags& flags);

// Raises the limit on descriptors so that `connections` fit. Error: how to raise it.
Result<void> allow_connections(uint64_t connections);
// How many fit as it is.
uint32_t connections_allowed();

}  // namespace assay::app
