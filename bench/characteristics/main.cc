// assay_characteristics: what the statistics promise against what they do, by simulation.
//
//   assay_characteristics [RUNS]
//
// Prints Markdown tables (docs/operating-characteristics.md holds them). The same RUNS give the
// same figures on every machine.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "bench/characteristics/experiments.h"
#include "bench/characteristics/table.h"

namespace assay::bench {
namespace {

using Experiment = void (*)(Table& table, const Effort& effort);

constexpr std::array kExperiments{
    coverage_characteristics, gate_characteristics,       cluster_characteristics,
    cost_characteristics,     sequential_characteristics,
};

int run(const Effort& effort) {
  Table table;
  for (const Experiment experiment : kExperiments) experiment(table, effort);
  fmt::print("{}", table.text());
  return 0;
}

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) {
  assay::bench::Effort effort;
  if (argc > 1) {
    const std::string_view runs(argv[1]);
    const auto [end, error] = std::from_chars(runs.data(), runs.data() + runs.size(), effort.runs);
    if (error != std::errc() || end != runs.data() + runs.size() || effort.runs == 0 || argc > 2) {
      fmt::print(stderr, "usage: assay_characteristics [RUNS], RUNS from 1\n");
      return 2;
    }
  }
  return assay::bench::run(effort);
}
