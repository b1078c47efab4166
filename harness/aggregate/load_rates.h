// Rates: requests and tokens per second of a load, with intervals by batch means.
//
// Where it stands: harness/aggregate; after load_window. It is fed with what arrived (load.cc
// passes over the replies once) and then says the rates. Pure.
//
//   LoadRates rates(load, rows, window, 0.95);
//   for each reply: rates.add_reply(row, reply);
//   rates.finish(result);
//
// Rate = what arrived in the window / its length. Tokens count when their chunk came (replies
// without a chunk log: at their end), prompt tokens when the first text came (they were worked on
// by then), requests when they ended. Only answered requests count, those of the warm-up too where
// they end in the window: leaving them out would make the window's first seconds too slow.
// Interval (batch means): the window is cut into 5 to 20 equal batches of at least five requests on
// average (from 10 requests on; two each at least); mean ± t(b - 1) s / sqrt(b) over their rates,
// not below 0. Source: Law, Simulation Modeling and Analysis (5th ed.), 9.5.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/aggregate/load_rows.h"
#include "harness/aggregate/load_window.h"
#include "harness/types/load_summary.h"

namespace assay::aggregate {

// Amounts over time in one interval, cut into batches.
class Batches {
 public:
  Batches(const Interval& interval, size_t batches);
  void add(int64_t at, double amount);  // outside the interval: nothing
  [[nodiscard]] double total() const { return total_; }
  // Per second; `n` requests it rests on.
  [[nodiscard]] Estimate rate(uint64_t n, double confidence) const;

 private:
  Interval interval_;
  std::vector<double> amounts_;
  double total_ = 0;
};

// How many batches `n` requests are cut into; 0: too few for an interval.
size_t batch_count(uint64_t n);

// Whether an answered request keeps every bound of the SLO. A bound on the first token is broken
// by a reply without one; a bound on time per token does not restrict where there is none (one
// token, one chunk).
bool meets(const LoadRow& row, const Slo& slo);

class LoadRates {
 public:
  LoadRates(const LoadInfo& load, const LoadRows& rows, const LoadWindow& window,
            double confidence);
  void add_reply(const LoadRow& row, const Reply& reply);
  // Fills the result's rates, windows, goodput and what the SLO says.
  void finish(LoadResult& out) const;

 private:
  void add_row(const LoadRow& row);
  void add_output(int64_t at, double tokens);
  void finish_slo(LoadResult& out) const;
  [[nodiscard]] Estimate output_rate(const Batches& tokens, uint64_t n) const;

  const LoadInfo& load_;
  const LoadRows& rows_;
  LoadWindow window_;
  double confidence_;
  uint64_t ended_ = 0;         // answered, in the window
  uint64_t ended_steady_ = 0;  // in the steady part
  Batches requests_;
  Batches goodput_;
  Batches output_;
  Batches total_;
  Batches steady_;
};

// Prompt tokens that were worked on (cached ones are not) / TTFT of each answered request: median
// with its interval, tokens per second.
Estimate prefill_rate(const LoadRows& rows, double confidence);

}  // namespace assay::aggregate
