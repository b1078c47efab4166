#include "harness/aggregate/load_times.h"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>

#include "harness/aggregate/latency.h"
#include "harness/aggregate/load_gaps.h"
#include "harness/stats/rank.h"

namespace assay::aggregate {
namespace {

int64_t whole(std::optional<double> ns) {
  return ns && *ns < static_cast<double>(kTimeMaxNs) ? std::llround(*ns) : DurationColumn::kNone;
}
int64_t whole(std::optional<int64_t> ns) { return ns.value_or(DurationColumn::kNone); }

template <typename Of>
LoadMetric metric_of(std::string name, const LoadRows& rows, const LoadOptions& options, Of of) {
  DurationColumn column;
  column.reserve(rows.rows.size());
  for (const LoadRow& row : rows.rows) {
    if (row.good()) column.push(whole(of(row)));
  }
  LoadMetric out;
  out.name = std::move(name);
  out.summary = summarize_durations(std::move(column), load_percentiles(), options.confidence,
                                    options.ecdf_points);
  return out;
}

bool any_streamed(const LoadRows& rows) {
  for (const LoadRow& row : rows.rows) {
    if (row.good() && row.first >= 0) return true;
  }
  return false;
}

// Why a metric has no value.
std::string absence(const std::string& name, const LoadRows& rows) {
  if (rows.requests == 0) return "no request was measured";
  if (rows.good == 0) return "no request was answered";
  if (name == "normalized") return "no reply said its tokens";
  if (name == "e2e" || name == "e2e_sent" || name == "queue") return "no times that hold";
  if (!any_streamed(rows)) return "no reply streamed";
  if (name == "ttfa") return "no reply streamed an answer";
  if (name == "tpot") return "no reply streamed two tokens in more than one piece";
  return "no reply came in more than one chunk";
}

std::string caveat(const LoadMetric& metric, const LoadRows& rows) {
  const bool counts = metric.name == "itl" || metric.name == "tpot" || metric.name == "normalized";
  std::string note;
  if (counts && rows.tokens.usage_missing > 0) {
    note = fmt::format("{} of {} replies did not say their tokens: there a chunk counts as a token",
                       rows.tokens.usage_missing, rows.tokens.replies);
  }
  const uint64_t coalesced = rows.chunk_counts.coalesced;
  if ((metric.name == "itl" || metric.name == "chunk_gap") && coalesced > 0) {
    note += fmt::format(
        "{}{:.2g} % of chunks came in one read with others: their gaps are 0",
        note.empty() ? "" : "; ",
        100 * static_cast<double>(coalesced) / static_cast<double>(rows.chunk_counts.chunks));
  }
  return note;
}

}  // namespace

Result<std::vector<LoadMetric>> load_metrics(const RunStore& store, const LoadInfo& load,
                                             const LoadRows& rows, const LoadOptions& options) {
  std::vector<LoadMetric> out;
  out.push_back(metric_of("ttft", rows, options, ttft_ns));
  out.push_back(metric_of("ttfa", rows, options, ttfa_ns));
  out.push_back(metric_of("tpot", rows, options, tpot_ns));
  LoadMetric gaps{.name = "chunk_gap", .summary = {}, .note = {}};
  ASSAY_TRY(gaps.summary, summarize_gaps(store, load, rows, GapKind::kChunk, options.confidence,
                                         options.ecdf_points));
  LoadMetric itl{.name = "itl", .summary = gaps.summary, .note = {}};
  if (rows.weighted) {
    ASSAY_TRY(itl.summary, summarize_gaps(store, load, rows, GapKind::kToken, options.confidence,
                                          options.ecdf_points));
  }
  out.push_back(std::move(itl));
  out.push_back(std::move(gaps));
  out.push_back(metric_of("normalized", rows, options, normalized_ns));
  out.push_back(metric_of("e2e", rows, options, e2e_ns));
  out.push_back(metric_of("e2e_sent", rows, options, e2e_sent_ns));
  out.push_back(metric_of("queue", rows, options, queue_ns));
  for (LoadMetric& metric : out) {
    metric.note = metric.summary.n == 0 ? absence(metric.name, rows) : caveat(metric, rows);
  }
  return out;
}

Estimate input_length_correlation(const LoadRows& rows, double confidence) {
  std::vector<double> lengths;
  std::vector<double> times;
  for (const LoadRow& row : rows.rows) {
    const auto ttft = ttft_ns(row);
    if (!row.good() || !ttft || row.input < 0) continue;
    lengths.push_back(static_cast<double>(row.input));
    times.push_back(static_cast<double>(*ttft));
  }
  Estimate out = stats::spearman(lengths, times, confidence);
  if (rows.input_asked > 0) {
    out.method +=
        fmt::format("; lengths as asked for in {} replies without usage", rows.input_asked);
  }
  return out;
}

}  // namespace assay::aggregate
