#include "harness/aggregate/load_window.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace assay::aggregate {
namespace {

// Of a number of seconds from outside; what is no time is 0.
int64_t ns_of(double s) {
  if (!(s > 0)) return 0;
  const double ns = s * 1e9;
  return ns < static_cast<double>(kTimeMaxNs) ? std::llround(ns) : kTimeMaxNs;
}

Interval whole_of(const LoadInfo& load, const LoadRows& rows) {
  int64_t first = kTimeMaxNs;
  int64_t last = 0;
  for (const LoadRow& row : rows.rows) {
    if (row.due >= 0) first = std::min(first, row.due);
    last = std::max(last, row.done);
  }
  Interval out;
  const bool known = is_time(load.begin_ns) && load.begin_ns >= 0;
  out.from = known ? load.begin_ns : (first < kTimeMaxNs ? first : 0);
  out.to = std::max(is_time(load.end_ns) ? load.end_ns : last, out.from);
  return out;
}

// Sorted times at which requests enter and leave flight.
struct Flights {
  std::vector<int64_t> sent;
  std::vector<int64_t> done;
};

Flights flights_of(std::span<const LoadRow> rows) {
  Flights out;
  for (const LoadRow& row : rows) {
    if (!e2e_sent_ns(row)) continue;
    out.sent.push_back(row.sent);
    out.done.push_back(row.done);
  }
  std::sort(out.sent.begin(), out.sent.end());
  std::sort(out.done.begin(), out.done.end());
  return out;
}

// `take(from, to, level)` for every stretch of an interval with the same number in flight.
template <typename Take>
void each_level(const Flights& flights, const Interval& interval, Take take) {
  size_t in = 0;
  size_t out = 0;
  int64_t at = interval.from;
  while (at < interval.to) {
    while (in < flights.sent.size() && flights.sent[in] <= at) ++in;
    while (out < flights.done.size() && flights.done[out] <= at) ++out;
    int64_t next = interval.to;
    if (in < flights.sent.size()) next = std::min(next, flights.sent[in]);
    if (out < flights.done.size()) next = std::min(next, flights.done[out]);
    take(at, next, in - out);
    at = next;
  }
}

Interval fullest(std::span<const LoadRow> rows, const Interval& window) {
  const Flights flights = flights_of(rows);
  size_t most = 0;
  Interval out{window.from, window.from};
  each_level(flights, window, [&](int64_t from, int64_t to, size_t level) {
    if (level > most) {
      most = level;
      out.from = from;
    }
    if (level == most && most > 0) out.to = to;
  });
  return out;
}

Interval until_last_due(const LoadInfo& load, const LoadRows& rows, const Interval& window) {
  int64_t last = load.last_due_ns;
  if (!is_time(last)) {
    for (const LoadRow& row : rows.rows) last = std::max(last, row.due);
  }
  return {window.from, std::clamp(last, window.from, window.to)};
}

}  // namespace

bool is_open(LoadKind kind) { return kind != LoadKind::kClosed; }

LoadWindow load_window(const LoadInfo& load, const LoadRows& rows) {
  LoadWindow out;
  out.whole = whole_of(load, rows);
  const auto after = [&](double s) { return std::min(out.whole.to, out.whole.from + ns_of(s)); };
  out.window = {after(load.warm_up_s), load.duration_s > 0 ? after(load.duration_s) : out.whole.to};
  out.window.to = std::max(out.window.to, out.window.from);
  const bool by_level = load.kind == LoadKind::kClosed || load.kind == LoadKind::kBurst;
  out.steady = by_level ? fullest(rows.rows, out.window) : until_last_due(load, rows, out.window);
  return out;
}

int64_t overlap_ns(const Interval& interval, int64_t from, int64_t to) {
  if (from < 0 || to < from) return 0;
  return std::max<int64_t>(0, std::min(to, interval.to) - std::max(from, interval.from));
}

double in_flight_mean(std::span<const LoadRow> rows, const Interval& interval) {
  if (interval.length() == 0) return 0;
  double total = 0;
  for (const LoadRow& row : rows) {
    total += static_cast<double>(overlap_ns(interval, row.sent, row.done));
  }
  return total / static_cast<double>(interval.length());
}

}  // namespace assay::aggregate
