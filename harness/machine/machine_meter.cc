#include "harness/machine/machine_meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace assay::machine {
namespace {

double seconds_between(TimePoint from, TimePoint to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

MachineMeter::MachineMeter(MachineSamplerOptions options)
    : options_(std::move(options)), energy_(options_.rapl_root) {
  Result<std::unique_ptr<Nvml>> nvml = Nvml::open(options_.nvml_library);
  if (nvml) {
    nvml_ = std::move(nvml).value();
  } else {
    no_gpus_ = "no NVML: " + nvml.error().text();
  }
}

void MachineMeter::set_pids(std::vector<int64_t> pids, std::vector<std::string> notes) {
  options_.pids = std::move(pids);
  options_.notes = std::move(notes);
}

Result<void> MachineMeter::energy_readable() {
  const Result<void> started = energy_.start();
  if (started || nvml_ != nullptr) return {};
  return Error{ErrorCode::kNotFound,
               fmt::format("no CPU energy: {}; {}", started.error().text(), no_gpus_), ""};
}

void MachineMeter::start(TimePoint now) {
  started_ = now;
  last_ = now;
  resident_max_ = -1;
  tree_seen_ = false;
  tree_first_.reset();
  tree_.emplace(options_.pids, options_.proc_root);
  gpus_.assign(nvml_ == nullptr ? 0 : nvml_->count(), Gpu{});
  energy_state_ = Error{ErrorCode::kInput, "switched off", ""};
  if (options_.energy) energy_state_ = energy_.start();
  sample(now, true);
}

void MachineMeter::sample(TimePoint now, bool look_for_processes) {
  const double seconds = std::max(0.0, seconds_between(last_, now));
  last_ = std::max(last_, now);
  take_tree(look_for_processes);
  for (uint32_t index = 0; index < gpus_.size(); ++index) {
    take_gpu(gpus_[index], nvml_->read(index), seconds);
  }
  // With the slow part: a counter's reading wakes every package, and wraps take minutes.
  if (look_for_processes && energy_state_) (void)energy_.joules();
}

void MachineMeter::take_tree(bool look_for_processes) {
  if (options_.pids.empty()) return;
  if (look_for_processes) tree_->refresh();
  tree_last_ = tree_->sample();
  if (!tree_first_) tree_first_ = tree_last_;
  if (tree_last_.processes == 0) return;
  tree_seen_ = true;
  resident_max_ = std::max(resident_max_, tree_last_.resident_bytes);
}

void MachineMeter::take_gpu(Gpu& gpu, const GpuReading& reading, double seconds_since_last) {
  if (reading.utilisation) {
    gpu.utilisation_sum += *reading.utilisation;
    ++gpu.utilisation_n;
  }
  if (reading.memory_bytes) gpu.memory_max = std::max(gpu.memory_max, *reading.memory_bytes);
  if (reading.power_watts) {
    if (gpu.power_last) {
      gpu.integrated += (*gpu.power_last + *reading.power_watts) / 2 * seconds_since_last;
    }
    gpu.power_sum += *reading.power_watts;
    ++gpu.power_n;
  } else {
    gpu.power_complete = false;
  }
  gpu.power_last = reading.power_watts;
  if (!reading.energy_joules) {
    gpu.counter_back = gpu.counter_back || gpu.counter_first.has_value();
    return;
  }
  if (!gpu.counter_first) gpu.counter_first = reading.energy_joules;
  if (gpu.counter_last && *reading.energy_joules < *gpu.counter_last) gpu.counter_back = true;
  gpu.counter_last = reading.energy_joules;
}

MachineUse MachineMeter::finish(TimePoint now) {
  sample(now, true);
  MachineUse use;
  use.local = true;
  use.pids = options_.pids;
  use.notes = options_.notes;
  use.seconds = seconds_between(started_, last_);
  finish_tree(use);
  finish_energy(use);
  finish_gpus(use);
  return use;
}

void MachineMeter::finish_tree(MachineUse& use) const {
  if (options_.pids.empty()) {
    if (options_.notes.empty() && options_.of_server)
      use.notes.emplace_back("the server's processes are not known");
    return;
  }
  if (!tree_seen_) {
    use.notes.push_back(
        fmt::format("no process {} was found, so no CPU time and memory of the "
                    "server",
                    fmt::join(options_.pids, ", ")));
    return;
  }
  use.server_cpu_s = std::chrono::duration<double>(tree_last_.cpu - tree_first_->cpu).count();
  use.server_resident_bytes_max = resident_max_;
  if (tree_last_.processes == 0) {
    use.notes.push_back(
        fmt::format("process {} ended during the load; its last CPU time is not "
                    "known",
                    fmt::join(options_.pids, ", ")));
  }
}

void MachineMeter::finish_energy(MachineUse& use) {
  const Result<double> joules = energy_state_ ? energy_.joules() : energy_state_.error();
  if (joules) {
    use.cpu_joules = *joules;
  } else {
    use.notes.push_back("no CPU energy: " + joules.error().text());
  }
}

void MachineMeter::finish_gpus(MachineUse& use) {
  if (nvml_ == nullptr) {
    use.notes.push_back(no_gpus_);
    return;
  }
  double joules = 0;
  bool complete = true;
  std::set<std::string> notes;
  for (uint32_t index = 0; index < gpus_.size(); ++index) {
    use.gpus.push_back(result_of(index, gpus_[index], use.seconds, notes));
    complete = complete && use.gpus.back().joules >= 0;
    joules += use.gpus.back().joules;
  }
  if (complete) use.gpu_joules = joules;
  use.notes.insert(use.notes.end(), nvml_->notes().begin(), nvml_->notes().end());
  use.notes.insert(use.notes.end(), notes.begin(), notes.end());
}

GpuUse MachineMeter::result_of(uint32_t index, const Gpu& gpu, double seconds,
                               std::set<std::string>& notes) {
  GpuUse use;
  use.index = index;
  use.name = nvml_->name(index);
  use.memory_bytes_max = gpu.memory_max;
  if (gpu.utilisation_n > 0) {
    use.utilisation_mean = gpu.utilisation_sum / static_cast<double>(gpu.utilisation_n);
  }
  if (!options_.energy) {
    // No joules: the mean power below is of its readings.
  } else if (gpu.counter_first && !gpu.counter_back) {
    use.joules = *gpu.counter_last - *gpu.counter_first;
  } else if (gpu.power_n > 0 && gpu.power_complete) {
    use.joules = gpu.integrated;
    notes.insert(fmt::format("GPU {}: energy is power integrated over readings", index));
  }
  if (use.joules >= 0 && seconds > 0) {
    use.power_watts_mean = use.joules / seconds;
  } else if (gpu.power_n > 0) {
    use.power_watts_mean = gpu.power_sum / static_cast<double>(gpu.power_n);
  }
  return use;
}

}  // namespace assay::machine
