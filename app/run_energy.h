// RunEnergy: the energy of the machine around each local model's turn of `assay run`.
//
// Where it stands: app; made by cmd_run before run(), which calls it through RunRequest::turns, all
// on one thread. While a model has its turn the sampler's own thread reads the counters. What was
// read goes into the run file (docs/energy.md); harness/aggregate makes figures of it.
//
//   RunEnergy energy(settings, stop.get_token(), notice);
//   request.turns = energy.hooks();
//
// Nothing waits where no counter can be read: then the file says why. Where some can be, the idle
// machine is measured once, before the first model's engine opens.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/energy_flags.h"
#include "harness/machine/machine_sampler.h"
#include "harness/run/run.h"

namespace assay::app {

class RunEnergy {
 public:
  // `notice` is told when the idle machine is measured.
  RunEnergy(EnergySettings settings, std::stop_token stop,
            std::function<void(const std::string&)> notice);
  // Outlived by this object.
  run::TurnHooks hooks();

 private:
  void before();
  void begin();
  std::vector<Fact> end(uint32_t model);
  void add_reading(uint32_t model, std::vector<Fact>& facts);
  void add_session(std::vector<Fact>& facts);

  EnergySettings settings_;
  std::stop_token stop_;
  std::function<void(const std::string&)> notice_;
  std::unique_ptr<machine::MachineSampler> sampler_;  // null: nothing can be read
  std::string problem_;                               // then why
  bool prepared_ = false;
  bool session_told_ = false;
  TimePoint began_{};
};

}  // namespace assay::app
