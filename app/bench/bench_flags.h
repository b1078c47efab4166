// The flags of `assay bench`, as given; plain values. What they mean together is worked out by
// bench_plan.h.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/energy_flags.h"

namespace assay::app {

// In the order of the help.
struct BenchFlags {  // NOLINT(clang-analyzer-optin.performance.Padding): one of them exists
  std::vector<std::string> models;
  std::string output = "bench.assay";
  // The load
  std::string concurrency;  // "1,8,64"
  std::string rate;         // "5,10,20"; "inf": all at once
  std::string arrival = "poisson";
  double burstiness = 1;
  std::string ramp;  // "1..50"
  std::string trace;
  double trace_scale = 1;
  std::string trace_from = "0s";
  std::string trace_for;
  bool sweep = false;
  std::string slo;
  // How long
  std::optional<uint64_t> requests;
  std::string duration;
  std::string warm_up = "0s";
  std::string drain;
  uint32_t rounds = 1;
  uint32_t probes_max = 12;
  std::optional<double> rate_start;
  // What is asked
  std::vector<std::string> suites;
  std::optional<uint64_t> limit;
  std::string data_dir;
  std::string input_tokens = "256";
  std::string output_tokens = "128";
  bool output_tokens_given = false;
  bool ignore_eos = false;
  int64_t prefix_tokens = 0;
  uint32_t prefix_groups = 1;
  bool bust_prefix = false;
  std::string turns = "1";
  std::string think = "0s";
  uint32_t images = 0;
  std::string image_size = "512x512";
  uint64_t seed = 0;
  // The instrument
  std::string loops = "auto";
  std::optional<uint32_t> in_flight_max;
  bool no_kernel_stamps = false;
  bool libcurl = false;
  bool no_first_request = false;
  std::optional<double> timeout_s;
  // The machine
  std::vector<int64_t> pids;
  EnergyFlags energy{.idle_time = "1s"};
  bool no_machine = false;
  std::optional<std::string> machine_price;
  std::vector<std::string> price_files;
  bool assume_input_price = false;
  std::string currency = "USD";
  // Other ways
  bool gbench = false;
  uint32_t gbench_iterations = 1;
  uint32_t gbench_repetitions = 1;
  std::string gbench_format = "console";
  std::string gbench_out;
  bool self_test = false;
  bool quiet = false;
  bool json = false;
};

void declare_bench_flags(CLI::App& command, BenchFlags& flags);

}  // namespace assay::app
