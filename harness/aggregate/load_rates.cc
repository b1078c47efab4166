#include "harness/aggregate/load_rates.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/stats/mean.h"
#include "harness/stats/percentile.h"
#include "harness/stats/proportion.h"

namespace assay::aggregate {
namespace {

constexpr uint64_t kRequestsMin = 10;  // for an interval
constexpr size_t kBatchesMin = 5;
constexpr size_t kBatchesMax = 20;
constexpr uint64_t kRequestsPerBatch = 5;
constexpr double kSteadyShareMin = 0.2;

uint64_t ended_in(const LoadRows& rows, const Interval& interval) {
  return static_cast<uint64_t>(
      std::count_if(rows.rows.begin(), rows.rows.end(),
                    [&](const LoadRow& row) { return row.answered && interval.holds(row.done); }));
}

bool within(std::optional<double> limit_s, std::optional<double> took_ns, bool missing) {
  if (!limit_s) return true;
  return took_ns ? *took_ns / 1e9 <= *limit_s : missing;
}

std::optional<double> real(std::optional<int64_t> ns) {
  if (!ns) return std::nullopt;
  return static_cast<double>(*ns);
}

// Why nothing can be said of an SLO on first tokens, or nothing.
std::string unknown_bound(const LoadRows& rows, const Slo& slo) {
  if (rows.good == 0) return {};
  const auto none = [&](auto has) {
    return std::none_of(rows.rows.begin(), rows.rows.end(),
                        [&](const LoadRow& row) { return row.good() && has(row); });
  };
  if ((slo.ttft_s || slo.tpot_s) && none([](const LoadRow& row) { return row.first >= 0; })) {
    return "no reply streamed: times of tokens are not known";
  }
  if (slo.ttfa_s && none([](const LoadRow& row) { return row.answer >= 0; })) {
    return "no reply streamed an answer: its first token's time is not known";
  }
  return {};
}

}  // namespace

Batches::Batches(const Interval& interval, size_t batches)
    : interval_(interval), amounts_(std::max<size_t>(1, batches)) {}

void Batches::add(int64_t at, double amount) {
  if (!interval_.holds(at) || interval_.length() == 0) return;
  const double share =
      static_cast<double>(at - interval_.from) / static_cast<double>(interval_.length());
  const auto batch = static_cast<size_t>(share * static_cast<double>(amounts_.size()));
  amounts_[std::min(batch, amounts_.size() - 1)] += amount;
  total_ += amount;
}

Estimate Batches::rate(uint64_t n, double confidence) const {
  Estimate out;
  out.n = n;
  if (interval_.length() == 0) {
    out.method = "the window is empty";
    return out;
  }
  out.value = total_ / interval_.seconds();
  if (amounts_.size() < 2) {
    out.method =
        fmt::format("n = {} requests cannot support an interval, needs {}", n, kRequestsMin);
    return out;
  }
  std::vector<double> per_second = amounts_;
  const double length = interval_.seconds() / static_cast<double>(amounts_.size());
  for (double& amount : per_second) amount /= length;
  const Estimate mean = stats::mean_t(per_second, confidence);
  out.method = fmt::format("batch means, t ({} batches)", amounts_.size());
  if (mean.ci_low) {
    out.ci_low = std::max(0.0, *mean.ci_low);
    out.ci_high = mean.ci_high;
  }
  return out;
}

size_t batch_count(uint64_t n) {
  if (n < kRequestsMin) return 0;
  return std::clamp<size_t>(n / kRequestsPerBatch, kBatchesMin, kBatchesMax);
}

bool meets(const LoadRow& row, const Slo& slo) {
  return row.answered && within(slo.ttft_s, real(ttft_ns(row)), false) &&
         within(slo.ttfa_s, real(ttfa_ns(row)), false) && within(slo.tpot_s, tpot_ns(row), true) &&
         within(slo.e2e_s, real(e2e_ns(row)), false);
}

LoadRates::LoadRates(const LoadInfo& load, const LoadRows& rows, const LoadWindow& window,
                     double confidence)
    : load_(load),
      rows_(rows),
      window_(window),
      confidence_(confidence),
      ended_(ended_in(rows, window.window)),
      ended_steady_(ended_in(rows, window.steady)),
      requests_(window.window, batch_count(ended_)),
      goodput_(window.window, batch_count(ended_)),
      output_(window.window, batch_count(ended_)),
      total_(window.window, batch_count(ended_)),
      steady_(window.steady, batch_count(ended_steady_)) {
  for (const LoadRow& row : rows.rows) {
    if (row.answered) add_row(row);
  }
}

void LoadRates::add_row(const LoadRow& row) {
  requests_.add(row.done, 1);
  if (meets(row, load_.slo)) goodput_.add(row.done, 1);
  if (row.chunks == 0 && row.tokens > 0) add_output(row.done, static_cast<double>(row.tokens));
  if (row.input > 0) {
    total_.add(row.first >= 0 ? row.first : row.done, static_cast<double>(row.input));
  }
}

void LoadRates::add_output(int64_t at, double tokens) {
  output_.add(at, tokens);
  total_.add(at, tokens);
  steady_.add(at, tokens);
}

void LoadRates::add_reply(const LoadRow& row, const Reply& reply) {
  if (!row.answered) return;
  for (size_t i = 0; i < reply.at.size(); ++i) add_output(reply.at[i], reply.tokens[i]);
}

Estimate LoadRates::output_rate(const Batches& tokens, uint64_t n) const {
  Estimate out = tokens.rate(n, confidence_);
  if (rows_.good > 0 && rows_.tokens_unknown == rows_.good) {
    return {.value = {}, .ci_low = {}, .ci_high = {}, .n = n, .method = "no reply said its tokens"};
  }
  if (rows_.tokens_unknown > 0) {
    out.method +=
        fmt::format("; without {} replies that did not say their tokens", rows_.tokens_unknown);
  }
  return out;
}

void LoadRates::finish(LoadResult& out) const {
  out.window_s = window_.window.seconds();
  out.steady_s = window_.steady.seconds();
  out.requests_per_s = requests_.rate(ended_, confidence_);
  out.output_tokens_per_s = output_rate(output_, ended_);
  out.total_tokens_per_s = output_rate(total_, ended_);
  out.in_flight_mean = in_flight_mean(rows_.rows, window_.window);
  out.steady_output_tokens_per_s = output_rate(steady_, ended_steady_);
  if (out.steady_s < kSteadyShareMin * out.window_s || out.steady_s <= 0) {
    out.steady_output_tokens_per_s = {
        .value = {},
        .ci_low = {},
        .ci_high = {},
        .n = ended_steady_,
        .method = fmt::format("n too small: the load was fully on for {:.3g} s of {:.3g} s",
                              out.steady_s, out.window_s)};
  }
  out.availability = stats::wilson(rows_.good, rows_.requests, confidence_);
  finish_slo(out);
}

void LoadRates::finish_slo(LoadResult& out) const {
  const std::string unknown =
      load_.slo.empty() ? "no SLO was given" : unknown_bound(rows_, load_.slo);
  if (!unknown.empty()) {
    out.good_share.method = unknown;
    out.goodput.method = unknown;
    return;
  }
  const auto good = static_cast<uint64_t>(
      std::count_if(rows_.rows.begin(), rows_.rows.end(),
                    [&](const LoadRow& row) { return row.measured() && meets(row, load_.slo); }));
  out.good_share = stats::wilson(good, rows_.requests, confidence_);
  out.goodput = goodput_.rate(ended_, confidence_);
  if (out.good_share.value) out.slo_met = *out.good_share.value >= load_.slo.share;
}

Estimate prefill_rate(const LoadRows& rows, double confidence) {
  std::vector<double> rates;
  for (const LoadRow& row : rows.rows) {
    const auto ttft = ttft_ns(row);
    if (!row.good() || !ttft || *ttft == 0 || row.prefill <= 0) continue;
    rates.push_back(static_cast<double>(row.prefill) / (static_cast<double>(*ttft) / 1e9));
  }
  std::sort(rates.begin(), rates.end());
  Estimate out = stats::percentile(rates, 0.5, confidence);
  if (rates.empty()) out.method = "no streamed reply said its prompt tokens";
  return out;
}

}  // namespace assay::aggregate
