#include "app/run_energy.h"

#include <fmt/format.h>

#include <utility>

#include "harness/aggregate/energy_readings.h"
#include "harness/aggregate/load_energy.h"
#include "harness/base/json.h"

namespace assay::app {
namespace {

double seconds_since(TimePoint begin) {
  return std::chrono::duration<double>(SteadyClock().now() - begin).count();
}

}  // namespace

RunEnergy::RunEnergy(EnergySettings settings, std::stop_token stop,
                     std::function<void(const std::string&)> notice)
    : settings_(std::move(settings)), stop_(std::move(stop)), notice_(std::move(notice)) {}

run::TurnHooks RunEnergy::hooks() {
  return {.before = [this] { before(); },
          .begin = [this](uint32_t) { begin(); },
          .end = [this](uint32_t model) { return end(model); }};
}

void RunEnergy::before() {
  if (std::exchange(prepared_, true)) return;
  if (settings_.off) {
    problem_ = "switched off (--no-energy)";
    return;
  }
  machine::MachineSamplerOptions options;
  options.rapl_root = settings_.rapl_root;
  options.nvml_library = settings_.nvml_library;
  options.of_server = false;
  auto sampler = std::make_unique<machine::MachineSampler>(std::move(options));
  const Result<void> readable = sampler->energy_readable();
  if (!readable) {
    problem_ = readable.error().text();
    return;
  }
  sampler_ = std::move(sampler);
  if (settings_.idle <= Nanos(0)) return;
  notice_(fmt::format("measuring the idle machine for {:.3g} s",
                      std::chrono::duration<double>(settings_.idle).count()));
  sampler_->measure_idle(settings_.idle, stop_);
}

void RunEnergy::begin() {
  began_ = SteadyClock().now();
  if (sampler_ != nullptr) sampler_->begin();
}

std::vector<Fact> RunEnergy::end(uint32_t model) {
  std::vector<Fact> facts;
  add_reading(model, facts);
  if (!std::exchange(session_told_, true)) add_session(facts);
  return facts;
}

// The event is the reading's last fact: a turn without it was cut off.
void RunEnergy::add_reading(uint32_t model, std::vector<Fact>& facts) {
  const auto gauge = [&](std::string_view name, double value) {
    facts.emplace_back(
        GaugeFact{to_ns(SteadyClock().now()), fmt::format("{}{}", name, model), value});
  };
  Json event = {{"model", model}};
  if (sampler_ == nullptr) {
    gauge(aggregate::kEnergySeconds, seconds_since(began_));
    event["problem"] = problem_;
  } else {
    const MachineUse use = sampler_->end();
    gauge(aggregate::kEnergySeconds, use.seconds);
    if (use.cpu_joules >= 0) gauge(aggregate::kEnergyCpu, use.cpu_joules);
    if (use.gpu_joules >= 0) gauge(aggregate::kEnergyGpu, use.gpu_joules);
    if (use.idle_watts_cpu >= 0) gauge(aggregate::kIdleCpu, use.idle_watts_cpu);
    if (use.idle_watts_gpu >= 0) gauge(aggregate::kIdleGpu, use.idle_watts_gpu);
    if (const std::string problem = aggregate::energy_problem(use); !problem.empty()) {
      event["problem"] = problem;
    } else if (!use.notes.empty()) {
      event["notes"] = use.notes;
    }
  }
  facts.emplace_back(EventFact{to_ns(SteadyClock().now()), std::string(aggregate::kEnergyEvent),
                               dump_json(event)});
}

// What the user stated for this session.
void RunEnergy::add_session(std::vector<Fact>& facts) {
  const auto gauge = [&](std::string_view name, const std::optional<double>& value) {
    if (!value) return;
    facts.emplace_back(GaugeFact{to_ns(SteadyClock().now()), std::string(name), *value});
  };
  gauge(aggregate::kGivenWatts, settings_.power_watts);
  gauge(aggregate::kGridFactor, settings_.grid_factor);
}

}  // namespace assay::app
