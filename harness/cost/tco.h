// Self-hosting: what traffic costs on rented and on own machines, beside APIs, over the volume.
//
// Where it stands: harness/cost; app reads the inputs and calls compare_hosting(), reports show
// what it gives. Pure; any thread. Arithmetic is double (see harness/types/tco.h); nothing here is
// billed.
//
//   TcoReport report = cost::compare_hosting(std::move(inputs));
//   report.breaks[0].verdict                       // kFrom, kAlways, kNeverCheaper, ...
//
// Formulas, with v requests a day (mean), s node-seconds a request, p peak over mean, u planned
// utilisation, k nodes:
//   s            = i / R_in + o / R_out, i and o tokens a request. Separate rates: R as given.
//   Mixed
//                  stream of a input and b output tokens/s, w input tokens' time an output token:
//                  R_in = a + w b, R_out = R_in / w; at the measured mix w cancels.
//   nodes        k = max(least nodes, ceil(v p s / (86,400 u)))            (the staircase)
//   rent         k × GPUs × price per GPU-hour × hours: an idle hour costs the same
//   capital      a year and node: (price − residual / (1 + r)^n) × CRF(r, n)
//   energy       a month: (k × idle + busy × (load − idle)) / 1000 × hours × PUE × tariff, where
//                  busy = v s / 86,400 nodes' worth of work (W, kWh)
//   utilisation  v s / (86,400 k): mean share of the throughput that is used; below u / p where the
//                  staircase leaves room
//   a million input tokens: cost × (i / R_in) / s / (tokens of a month) × 10^6; output alike: a
//                  node's hour is split by the share of its time.
// Break-even against an API of price a a request: on the step of k nodes hosting costs F + f k + e
// v and the API a v, so hosting is cheaper above (F + f k) / (a − e), if that lies on the step.
// Every jump can make it dearer again: the answer is the least volume above which no step up to the
// end is dearer anywhere. Never: a <= e + f / (volume of a full node). Sources: capital recovery
// factor: any text on engineering economics (ASHRAE's pocket guide has a table; tests use it);
// shape of the model: Barroso, Hölzle, Ranganathan, The Datacenter as a Computer, ch. 6; split by
// time and the published day that tests it: DeepSeek, DeepSeek-V3/R1 Inference System Overview
// (open-source week, day 6, 2025-03-01).
#pragma once

#include <cstdint>

#include "harness/types/tco.h"

namespace assay::cost {

inline constexpr double kSecondsPerDay = 86'400;
inline constexpr double kDaysPerMonth = 365.25 / 12;
inline constexpr double kHoursPerMonth = kDaysPerMonth * 24;

// r (1 + r)^n / ((1 + r)^n − 1), a year; 1 / n where r is 0. r >= 0, n > 0 (fractions allowed).
double capital_recovery_factor(double interest, double years);

// nodes × gpus × price × hours.
double rent_cost(double nodes, double gpus, double price_per_gpu_hour, double hours);

// A year's share of a node's price, the present worth of what it brings at the end taken off.
double capital_per_year(const TcoPurchase& purchase);

// Input and output tokens/s of a node that does only one of the two.
struct TokenRates {
  double input = 0;
  double output = 0;
};
TokenRates token_rates(const TcoThroughput& throughput);

// s of the formulas. A side without tokens takes no time.
double node_seconds(const TcoTraffic& traffic, const TcoThroughput& throughput);

// Mean requests a day that one node is planned for: 86,400 u / (s p).
double node_requests_per_day(const TcoTraffic& traffic, const TcoMachine& machine);

// Monthly cost of hosting over the volume: fixed + per_node × nodes(v) + per_volume × v.
struct HostingCurve {
  double fixed = 0;
  double per_node = 0;
  double per_volume = 0;   // a month, for each request a day
  double node_volume = 1;  // requests a day of one node
  uint64_t nodes_min = 1;
  // A volume that fills nodes exactly needs no further one (relative tolerance 1e-9).
  [[nodiscard]] uint64_t nodes(double requests_per_day) const;
  [[nodiscard]] double cost(double requests_per_day) const;
};
HostingCurve rent_curve(const TcoTraffic& traffic, const TcoMachine& machine);
HostingCurve own_curve(const TcoTraffic& traffic, const TcoMachine& machine);

struct BreakEven {
  TcoVerdict verdict = TcoVerdict::kNeverCheaper;
  double requests_per_day = 0;        // of kFrom and kBeyond
  double first_requests_per_day = 0;  // at most that
};
// `api_per_volume`: a month, for each request a day. Within (0, volume_to].
BreakEven break_even(const HostingCurve& hosting, double api_per_volume, double volume_to);

// Nodes of one machine that a volume may ask for; app refuses what needs more.
inline constexpr uint64_t kNodesMax = 1'000'000;

// Everything. Preconditions, which app checks with the place in the file: positive volumes, tokens,
// throughput and life; utilisation in (0, 1]; no negative price.
TcoReport compare_hosting(TcoInputs inputs);

}  // namespace assay::cost
