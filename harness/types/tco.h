// TcoReport: what the same traffic costs through an API, on rented and on own machines, and from
// which volume on a machine of one's own is cheaper; and how much memory a model needs. Plain data:
// app reads the inputs (`tco:` of assay.yaml), harness/cost/tco.h and memory_needs.h compute,
// reports show.
//
// Money here is double: recovering capital takes powers, and machine prices and loads are
// estimates to begin with. What was billed is never computed with these (harness/cost/bill.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace assay {

// ---- What is asked.

struct TcoTraffic {
  double input_tokens = 0;      // of a request, cached ones included
  double output_tokens = 0;     // of a request, reasoning included
  double cached_share = 0;      // of the input that the provider reads from its cache
  double requests_per_day = 0;  // mean
  double peak_to_mean = 1;      // rate of the busiest hour over the mean rate
};

struct TcoApi {
  std::string name;
  std::string currency;
  double to_report = 1;     // units of the report's currency for one of `currency`
  double per_request = 0;   // in `currency`
  bool by_tokens = false;   // the next two are known
  double input_share = 0;   // of per_request, for the input
  double output_share = 0;  // for the output; what is left is for the request itself
};

enum class TcoThroughputKind : uint8_t {
  kSeparate,  // a node that only reads, or only writes: each rate alone
  kMixed,     // both at the same time, as `assay bench` measures
};

// Of one node while it meets the SLO.
struct TcoThroughput {
  TcoThroughputKind kind = TcoThroughputKind::kMixed;
  double input_tokens_per_s = 0;
  double output_tokens_per_s = 0;
  double output_weight = 1;  // mixed: input tokens whose time one output token takes
};

struct TcoRent {
  double price_per_gpu_hour = 0;
};

struct TcoPurchase {
  double price = 0;  // of a node
  double life_years = 1;
  double interest = 0;           // a year
  double residual_share = 0;     // of the price, at the end of its life
  double maintenance_share = 0;  // of the price, a year
  double power_watts = 0;        // of a node under load
  double idle_watts = 0;
  double pue = 1;  // power of the site over power of the machines
  double tariff_per_kwh = 0;
  double other_per_year = 0;  // of a node: place, network
};

struct TcoMachine {
  std::string name;
  std::string currency;
  double to_report = 1;
  uint32_t gpus = 1;  // of a node
  TcoThroughput throughput;
  double utilisation = 1;     // of the throughput, planned for the busiest hour; (0, 1]
  uint64_t nodes_min = 1;     // for redundancy
  double staff_per_year = 0;  // whatever the number of nodes
  std::optional<TcoRent> rent;
  std::optional<TcoPurchase> purchase;
};

// How keys and values of a token are kept.
enum class KvKind : uint8_t {
  kHeads,   // 2 × kv_heads × head_dim numbers a layer
  kLatent,  // one compressed vector a layer (multi-head latent attention)
  kGiven,   // bytes of a token
};

struct MemoryGpu {
  std::string name;
  double memory_gb = 0;     // 10^9 bytes
  double usable_share = 1;  // of it, for weights, cache and activations
  uint32_t per_node = 1;
};

struct MemoryModel {
  std::string name;
  double parameters = 0;
  std::string precision;  // "bf16", "4.85 bits"
  double bits_per_weight = 16;
  KvKind kv = KvKind::kHeads;
  uint32_t layers = 0;
  uint32_t kv_heads = 0;
  uint32_t head_dim = 0;
  uint32_t kv_lora_rank = 0;
  uint32_t rope_head_dim = 0;
  double kv_bits = 16;  // of a number in the cache
  double kv_bytes_per_token = 0;
  double tokens = 0;          // of a sequence, prompt and reply
  double sequences = 1;       // at the same time
  double overhead_share = 0;  // of the weights: activations, graphs, the runtime
  std::vector<uint32_t> tensor_parallel;
  std::vector<MemoryGpu> gpus;
};

enum class TcoOrigin : uint8_t { kGiven, kMeasured, kDefault };

// One line of "what was assumed".
struct TcoInputLine {
  std::string name;   // "machines.8xH100.purchase.pue"
  std::string value;  // as it was given, or the default
  std::string unit;   // may be empty
  TcoOrigin origin = TcoOrigin::kGiven;
  std::string why;  // the run file, or the reason of a default; may be empty
};

struct TcoInputs {
  std::string currency;
  TcoTraffic traffic;
  double volume_from = 0;  // requests a day; of the table and of the search for break-even
  double volume_to = 0;
  std::vector<TcoApi> apis;
  std::vector<TcoMachine> machines;
  std::vector<MemoryModel> memory;
  std::vector<TcoInputLine> lines;
};

// ---- What comes out. Money in the report's currency, a month is a twelfth of 365.25 days.

enum class TcoKind : uint8_t { kApi, kRent, kOwn };

struct TcoPoint {
  double requests_per_day = 0;
  double per_month = 0;
  uint64_t nodes = 0;  // 0: an API
};

// A month, at the user's volume.
struct TcoParts {
  double rent = 0;
  double capital = 0;
  double maintenance = 0;
  double energy = 0;
  double other = 0;
  double staff = 0;
};

struct TcoOption {
  std::string name;
  TcoKind kind = TcoKind::kApi;
  double per_month = 0;
  double per_request = 0;
  std::optional<double> per_million_input;  // of an API whose price is by request: not known
  std::optional<double> per_million_output;
  uint64_t nodes = 0;
  double utilisation = 0;            // mean share of the nodes' throughput that is used
  double node_requests_per_s = 0;    // of this traffic, at full throughput
  double least_per_request = 0;      // with every node as full as planned
  double node_requests_per_day = 0;  // mean rate that one node is planned for
  TcoParts parts;
  std::vector<TcoPoint> grid;   // at TcoReport::volumes
  std::vector<TcoPoint> curve;  // for drawing: the grid and both sides of each jump
};

enum class TcoVerdict : uint8_t {
  kFrom,          // cheaper above `requests_per_day`, to the end of the volumes
  kAlways,        // at all volumes
  kNeverCheaper,  // full nodes cost more a request than the API: at no volume at all
  kBeyond,        // not within the volumes; from `requests_per_day`, which lies above them
};

// Of a way to host against an API.
struct TcoBreakEven {
  size_t api = 0;  // indices of TcoReport::options
  size_t self = 0;
  TcoVerdict verdict = TcoVerdict::kNeverCheaper;
  std::optional<double> requests_per_day;
  uint64_t nodes = 0;  // just above it
  // Where it is cheaper for the first time, if a jump takes that away again below
  // `requests_per_day`.
  std::optional<double> first_requests_per_day;
};

struct MemoryFit {
  MemoryGpu gpu;
  std::optional<uint32_t> gpus;  // that hold one copy; none: more than the largest allowed number
  uint32_t nodes = 0;
  double used_share = 0;     // of the usable memory of each
  double sequences_max = 0;  // of that length, that these hold at the same time
  uint32_t gpus_least = 0;   // by the sum alone, whatever divides
};

struct MemoryNeeds {
  MemoryModel model;
  double weight_bytes = 0;
  double kv_bytes_per_token = 0;
  double kv_bytes = 0;
  double overhead_bytes = 0;
  double total_bytes = 0;
  std::vector<MemoryFit> fits;
};

struct TcoReport {
  TcoInputs inputs;
  std::vector<double> volumes;       // requests a day: 1, 2, 5 steps, with the user's own
  std::vector<TcoOption> options;    // APIs, then each machine rented, owned
  std::vector<TcoBreakEven> breaks;  // each way to host against each API
  std::vector<MemoryNeeds> memory;
};

}  // namespace assay
