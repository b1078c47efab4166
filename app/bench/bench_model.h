// BenchModel: one model under load: its backends (one per loop), its engine, who watches its
// server, and what its first requests showed.
//
//   ASSAY_TRY(auto model, make_bench_model(spec, flags, shape, context));
//   ASSAY_TRY_VOID(model->prepare(suites, stop));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/energy_flags.h"
#include "app/model_prices.h"
#include "backends/registry.h"
#include "backends/transport/http.h"
#include "harness/api/suite.h"
#include "harness/base/result.h"
#include "harness/machine/machine_sampler.h"
#include "harness/run/load_run.h"
#include "harness/types/manifest.h"

namespace assay::app {

// What the first requests showed.
struct FirstLook {
  double e2e_s = -1;
  double tokens_per_word = 1;
  bool counted = false;  // the server said how long the prompts were
};

class BenchModel {
 public:
  // `loops` backends; local models get one.
  static Result<std::unique_ptr<BenchModel>> make(const ConfigModel& wanted,
                                                  const backends::BackendContext& context,
                                                  const PriceSettings& prices, uint32_t loops);
  ~BenchModel();
  BenchModel(const BenchModel&) = delete;
  BenchModel& operator=(const BenchModel&) = delete;

  Result<void> prepare(std::span<const Suite* const> suites);
  // Two small requests of different length, one at a time. Error: nobody answers, or the server
  // refuses, with its reason.
  Result<void> look(const std::stop_token& stop);
  // Finds the server's processes, where it is on this machine, and its idle power.
  void watch_machine(const std::vector<int64_t>& pids, const EnergySettings& energy,
                     const std::stop_token& stop);

  [[nodiscard]] run::LoadEngine& engine() { return *engine_; }
  [[nodiscard]] run::LaneProgress& progress() { return progress_; }
  [[nodiscard]] const FirstLook& first_look() const { return look_; }
  [[nodiscard]] machine::MachineSampler* sampler() { return sampler_.get(); }
  // Its transport is this program's own: no network, no connections.
  [[nodiscard]] bool in_process() const;

  ModelInfo info;  // row id filled in by the file

 private:
  BenchModel() = default;
  std::vector<std::unique_ptr<backends::HttpLoop>> http_;  // outlive the engine's backends
  run::LaneProgress progress_;
  std::unique_ptr<run::LoadEngine> engine_;
  std::unique_ptr<machine::MachineSampler> sampler_;
  FirstLook look_;
};

}  // namespace assay::app
