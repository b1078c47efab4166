// A TcoReport for tests of reports: two APIs, one machine rented and owned, every verdict but
// "always", two models' memory, inputs of each origin, names that must be escaped. Computed by the
// harness from fixed inputs.
//
//   const TcoReport report = test::tco_report();
#pragma once

#include "harness/cost/tco.h"
#include "harness/types/tco.h"

namespace assay::test {

inline TcoMachine tco_machine() {
  TcoMachine machine;
  machine.name = "8xH100";
  machine.currency = "USD";
  machine.gpus = 8;
  machine.throughput = {TcoThroughputKind::kMixed, 18'000, 3'000, 5};
  machine.utilisation = 0.8;
  machine.nodes_min = 2;
  machine.rent = TcoRent{2.5};
  machine.purchase = TcoPurchase{.price = 280'000,
                                 .life_years = 5,
                                 .interest = 0.08,
                                 .residual_share = 0.1,
                                 .maintenance_share = 0.05,
                                 .power_watts = 8500,
                                 .idle_watts = 2500,
                                 .pue = 1.3,
                                 .tariff_per_kwh = 0.12};
  return machine;
}

inline MemoryModel tco_memory(const std::string& name, double parameters) {
  MemoryModel m;
  m.name = name;
  m.parameters = parameters;
  m.precision = "bf16";
  m.layers = 80;
  m.kv_heads = 8;
  m.head_dim = 128;
  m.tokens = 8192;
  m.sequences = 16;
  m.overhead_share = 0.2;
  m.tensor_parallel = {1, 2, 4, 8};
  m.gpus = {{"H100 80 GB", 80, 0.9, 8}, {"RTX <4090>", 24, 0.9, 4}};
  return m;
}

inline TcoReport tco_report() {
  TcoInputs in;
  in.currency = "USD";
  in.traffic = {3000, 500, 0.6, 200'000, 2};
  in.volume_from = 2000;
  in.volume_to = 5'000'000;
  in.apis = {{.name = "big <API>",
              .currency = "USD",
              .per_request = 0.004,
              .by_tokens = true,
              .input_share = 0.4,
              .output_share = 0.6},
             {.name = "cheap", .currency = "USD", .per_request = 0.0009},
             {.name = "between", .currency = "USD", .per_request = 0.00242}};
  in.machines = {tco_machine()};
  in.memory = {tco_memory("Llama 3 70B", 70.6e9), tco_memory("한국어 8B", 8e9)};
  in.lines = {{"traffic.requests_per_day", "200000", "requests a day", TcoOrigin::kGiven, ""},
              {"machines.8xH100.throughput.output_tokens_per_s", "3000", "tokens/s of a node",
               TcoOrigin::kMeasured, "bench.assay: qwen at 6 requests/s"},
              {"machines.8xH100.purchase.interest", "0.08", "a year", TcoOrigin::kDefault,
               "assumed cost of capital"}};
  return cost::compare_hosting(in);
}

}  // namespace assay::test
