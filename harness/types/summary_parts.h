// Parts that both halves of a summary are made of: distributions of durations, and money.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/money.h"
#include "harness/types/estimate.h"
#include "harness/types/response.h"

namespace assay {

struct Percentile {
  double p = 0;       // 0.5, 0.9, 0.95, 0.99
  Estimate estimate;  // seconds; no interval where n cannot support one (method says so)
};

struct LatencySummary {
  uint64_t n = 0;
  std::vector<Percentile> percentiles;
  Estimate mean;  // seconds
  std::vector<std::pair<double, double>>
      ecdf;  // (seconds, share <=), thinned to at most 200 points
};

// What one kind of call used and cost. Kinds are disjoint.
struct Spent {
  uint64_t calls = 0;
  Usage usage;                // sums; -1 where no call said
  std::optional<Money> cost;  // of those that have one
  uint64_t unpriced = 0;      // calls that used something and have no cost
};

// Every call of a model on a suite, by what it was for.
struct Accounting {
  Spent answers;   // the last try of an item, answered
  Spent retries;   // tries before the last one
  Spent failed;    // the last try of an item, without an answer
  Spent judges;    // calls of judging models
  Spent warm_ups;  // of `assay bench`, before its measurement
  // The answers again with every cached and written token at the price of uncached input: what
  // prompts that nobody asked before would have cost. Unset: no price of input is known.
  std::optional<Money> without_cache;
  std::string prices;  // "openai/gpt-4o: 2.5 in, 10 out per million USD, checked 2026-08-06"
  std::string unpriced_reason;  // of the first call without a cost
  uint64_t contradictory = 0;   // replies whose usage contradicts itself
};

// The same model under the user's own traffic.
struct Projection {
  std::string mix;  // "in=3000,out=500,cached=0.6,per_day=20000"
  std::optional<Money> per_request;
  std::optional<Money> per_day;    // where the mix says how many
  std::optional<Money> per_month;  // of 365.25 / 12 days
  std::optional<Money> per_correct;
  std::string basis;  // or why there is no figure
};

enum class EnergySource : uint8_t { kNone, kMeasured, kGiven };

// Energy of one model on one suite. Net: what the idle machine would have used is subtracted.
struct EnergySummary {
  EnergySource source = EnergySource::kNone;
  std::optional<double> gross_joules;
  std::optional<double> net_joules;
  std::optional<double> idle_watts;
  // Net where an idle baseline is known, else gross; the method says which.
  Estimate joules_per_output_token;
  Estimate joules_per_request;
  Estimate joules_per_correct;
  std::optional<double> grid_grams_per_kwh;  // given; without it there is no carbon figure
  std::optional<double> carbon_grams;        // of gross energy
  std::string basis;  // "measured: CPU packages (RAPL) and GPU (NVML), idle 31 W", or why not
};

// Money of one model on one suite: tokens at their prices, or machine time at a price per hour.
// Unset: not measured.
struct CostSummary {
  std::optional<Money> total;
  std::optional<Money> per_thousand_items;
  std::optional<Money> per_correct;  // total / sum of a binary headline; unset when none is correct
  bool none_correct = false;         // which is why there is no cost per correct answer
  std::optional<double> energy_joules;
  std::string currency;
  std::string basis;  // how it was measured, or why it was not
  Accounting accounting;
  std::optional<Projection> projection;
  EnergySummary energy;
};

}  // namespace assay
