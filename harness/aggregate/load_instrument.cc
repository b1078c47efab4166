#include "harness/aggregate/load_instrument.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "harness/aggregate/load_gaps.h"
#include "harness/aggregate/load_window.h"
#include "harness/aggregate/sorted_figures.h"

namespace assay::aggregate {
namespace {

constexpr double kClientCpuShareMax = 0.9;

std::string ms(double s) { return fmt::format("{:.3g} ms", s * 1000); }
std::string percent(double share) { return fmt::format("{:.3g} %", share * 100); }

// Open loops and bursts: measured requests. Closed loops: the first wave only, which may belong to
// the warm-up; later requests are due when an earlier one ends.
Spread dispatch_late(const LoadInfo& load, const LoadRows& rows) {
  DurationColumn late;
  size_t number = 0;
  for (const LoadRow& row : rows.rows) {
    const bool first_wave = static_cast<double>(number++) < load.concurrency;
    if (!is_open(load.kind) && !first_wave) break;
    const auto took = queue_ns(row);
    const bool counts = is_open(load.kind) ? row.measured() : row.outcome != Outcome::kCancelled;
    if (counts && took) late.push(*took);
  }
  late.sort_present();
  return spread_of(late);
}

Result<Spread> stamp_lag(const RunStore& store, const LoadInfo& load, const LoadRows& rows) {
  GapColumn lags(rows.chunk_counts.kernel, /*weighted=*/false);
  ASSAY_TRY_VOID(read_load_replies(store, load, rows, [&](const LoadRow& row, const Reply& reply) {
    if (!row.measured()) return;
    for (const Chunk& chunk : reply.chunks) {
      if (chunk.kernel_lag.count() >= 0) lags.push(chunk.kernel_lag.count(), 1);
    }
  }));
  lags.sort();
  return spread_of(lags);
}

double share_of(uint64_t part, uint64_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

// Chunks are read together because the loop came late, or because they were sent or delivered
// together. A read is at most a loop's turn and a late waking behind what made it possible: where
// both are short, it was not the loop.
void check_coalesced(const InstrumentLimits& limits, InstrumentReport& out) {
  if (out.coalesced_share <= limits.coalesced_share) return;
  const Spread& late = out.use.timer_late_s;
  const double hidden = late.p99 + out.use.loop_turn_s.p99;
  if (late.n > 0 && hidden <= limits.timer_late_p99_s) {
    out.warnings.push_back(
        fmt::format("{} of chunks came in one read with others; the loop was never more than {} "
                    "late (p99), so they were sent or delivered together",
                    percent(out.coalesced_share), ms(hidden)));
    return;
  }
  out.invalid.push_back(
      fmt::format("{} of chunks came in one read with others, limit {} where the loop is late",
                  percent(out.coalesced_share), percent(limits.coalesced_share)));
}

void check_dispatch(const LoadInfo& load, const InstrumentLimits& limits, InstrumentReport& out) {
  if (!is_open(load.kind) || load.kind == LoadKind::kBurst) return;
  if (out.dispatch_late_s.p99 > limits.dispatch_late_p99_s) {
    out.invalid.push_back(fmt::format("dispatch lateness p99 is {}, limit {}",
                                      ms(out.dispatch_late_s.p99), ms(limits.dispatch_late_p99_s)));
  }
  if (out.use.in_flight_capped) {
    out.invalid.push_back(fmt::format(
        "requests waited for the program's own limit of requests in flight ({} at most), limit 0",
        out.use.in_flight_max));
  }
}

// Only stamps that the loop made can be late with it; models in process are stamped where they
// work.
void check_stamps(const LoadRows& rows, const InstrumentLimits& limits, InstrumentReport& out) {
  const bool by_loop = rows.over_http || out.loop_lag_s.n > 0;
  if (!by_loop || out.kernel_stamp_share >= limits.kernel_stamp_share) return;
  const auto check = [&](const char* what, double p99, double limit) {
    if (p99 > limit) {
      out.invalid.push_back(fmt::format("{} p99 is {}, limit {} (kernel stamps on {} of chunks)",
                                        what, ms(p99), ms(limit), percent(out.kernel_stamp_share)));
    }
  };
  check("timer lateness", out.use.timer_late_s.p99, limits.timer_late_p99_s);
  check("loop lag", out.loop_lag_s.p99, limits.loop_lag_p99_s);
}

void warn(const LoadInfo& load, const LoadRows& rows, InstrumentReport& out) {
  const auto say = [&](const char* what, uint64_t count, const char* meaning) {
    if (count > 0) out.warnings.push_back(fmt::format("{}: {} ({})", what, count, meaning));
  };
  say("steps of the wall clock", out.use.clock_steps, "kernel stamps around them may be wrong");
  if (out.client_cpu_share > kClientCpuShareMax) {
    out.warnings.push_back(fmt::format("the loops used {} of their cores, above {}",
                                       percent(out.client_cpu_share), percent(kClientCpuShareMax)));
  }
  say("chunks with a kernel stamp of before their request", rows.chunk_counts.early_stamps,
      "counted as come when it was sent");
  say("replies whose chunk times cannot be read", rows.broken_logs, "no gaps of them");
  say("requests whose times contradict each other", rows.odd_times, "those times are left out");
  say("replies with an absurd number of tokens", rows.odd_counts, "taken as not said");
  if (load.end_ns < 0) {
    out.warnings.emplace_back(
        "the load has no end (its process was stopped): up to its last reply");
  }
}

}  // namespace

Result<InstrumentReport> instrument_report(const RunStore& store, const LoadInfo& load,
                                           LoadRows& rows, bool virtual_clock,
                                           const InstrumentLimits& limits) {
  InstrumentReport out;
  out.use = load.instrument;
  out.dispatch_late_s = dispatch_late(load, rows);
  ASSAY_TRY(out.stamp_lag_s, stamp_lag(store, load, rows));
  rows.loop_lag.sort_present();
  out.loop_lag_s = spread_of(rows.loop_lag);
  const ChunkCounts& chunks = rows.chunk_counts;
  out.kernel_stamp_share = share_of(chunks.kernel, chunks.chunks);
  out.coalesced_share = share_of(chunks.coalesced, chunks.chunks);
  out.shared_share = share_of(chunks.shared, chunks.chunks);
  if (out.use.process_cpu_s >= 0 && rows.tokens_all > 0) {
    out.client_cpu_s_per_1000_tokens = out.use.process_cpu_s / (rows.tokens_all / 1000);
  }
  if (out.use.loop_cpu_s >= 0 && out.use.wall_s > 0) {
    out.client_cpu_share =
        out.use.loop_cpu_s / (out.use.wall_s * std::max<uint32_t>(1, out.use.loops));
  }
  if (!virtual_clock) {
    check_dispatch(load, limits, out);
    check_coalesced(limits, out);
    check_stamps(rows, limits, out);
  }
  out.valid = out.invalid.empty();
  warn(load, rows, out);
  return out;
}

}  // namespace assay::aggregate
