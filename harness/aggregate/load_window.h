// Windows of a load: which part of it rates are taken over, and in which part the load was fully
// on.
//
// Where it stands: harness/aggregate; after load_rows, before load_rates and load_series. Pure.
//
//   const LoadWindow window = load_window(load, rows);
//
// Window: from begin + warm_up_s to the load's end, or to begin + duration_s where that is earlier
// (what ends later was not asked for in it). Steady state: closed loops and bursts: from the first
// to the last moment at which as many requests were in flight as ever in the window; other open
// loops: from the window's begin to the last due time. Requests that end when others start count
// as gone first. A load without end (its process was stopped) ends with its last reply.
#pragma once

#include <cstdint>
#include <span>

#include "harness/aggregate/load_rows.h"
#include "harness/types/load.h"

namespace assay::aggregate {

// Nanoseconds, [from, to]; to >= from.
struct Interval {
  int64_t from = 0;
  int64_t to = 0;
  [[nodiscard]] int64_t length() const { return to - from; }
  [[nodiscard]] double seconds() const { return static_cast<double>(length()) / 1e9; }
  [[nodiscard]] bool holds(int64_t at) const { return from <= at && at <= to; }
};

struct LoadWindow {
  Interval whole;  // begin to end
  Interval window;
  Interval steady;
};

LoadWindow load_window(const LoadInfo& load, const LoadRows& rows);

// How much of [from, to) lies in the interval; 0 where a time is not known.
int64_t overlap_ns(const Interval& interval, int64_t from, int64_t to);

// Σ over requests of their time in flight (sent to done) within the interval / its length.
double in_flight_mean(std::span<const LoadRow> rows, const Interval& interval);

// Whether the load's requests become due whatever the model does.
bool is_open(LoadKind kind);  // all but kClosed; kBurst too

}  // namespace assay::aggregate
