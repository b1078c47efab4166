#include "app/bench/bench_display.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <optional>

#include "harness/base/clock.h"

namespace assay::app {
namespace {

constexpr std::chrono::milliseconds kRedrawEvery{250};

const LatencySummary* metric(const LoadResult& result, std::string_view name) {
  for (const LoadMetric& one : result.metrics)
    if (one.name == name) return one.summary.n > 0 ? &one.summary : nullptr;
  return nullptr;
}

std::optional<double> percentile(const LatencySummary* summary, double p) {
  if (summary == nullptr) return std::nullopt;
  for (const Percentile& one : summary->percentiles)
    if (one.p == p) return one.estimate.value;
  return std::nullopt;
}

std::string time_text(double seconds) {
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} s", seconds);
}

void append_percentile(std::string& line, const LatencySummary* summary, const char* name,
                       double p) {
  const std::optional<double> value = percentile(summary, p);
  if (value) line += fmt::format(", {} p{:g} {}", name, p * 100, time_text(*value));
}

}  // namespace

std::string load_line(const LoadResult& result) {
  std::string line = fmt::format("{} good", result.good);
  if (result.failed > 0) line += fmt::format(", {} failed", result.failed);
  if (result.warm_up > 0) line += fmt::format(", {} to warm up", result.warm_up);
  append_percentile(line, metric(result, "ttft"), "TTFT", 0.5);
  append_percentile(line, metric(result, "ttft"), "TTFT", 0.99);
  append_percentile(line, metric(result, "tpot"), "TPOT", 0.5);
  append_percentile(line, metric(result, "e2e"), "E2E", 0.5);
  append_percentile(line, metric(result, "e2e"), "E2E", 0.99);
  if (result.output_tokens_per_s.value)
    line += fmt::format(", {:.4g} tok/s", *result.output_tokens_per_s.value);
  if (result.requests_per_s.value)
    line += fmt::format(", {:.4g} req/s", *result.requests_per_s.value);
  if (result.good_share.value)
    line += fmt::format(", {:.1f} % meet the SLO", *result.good_share.value * 100);
  if (result.saturated) line += ", saturated";
  if (!result.instrument.valid) line += ", INVALID";
  return line;
}

BenchDisplay::BenchDisplay(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

BenchDisplay::~BenchDisplay() { end_thread(); }

void BenchDisplay::notice(const std::string& text) {
  if (!quiet_) fmt::print(stderr, "{}\n", text);
}

void BenchDisplay::load_begins(size_t number, size_t of, const std::string& model,
                               const std::string& label, const run::LaneProgress& progress) {
  const std::string place =
      of > 0 ? fmt::format("[{}/{}]", number, of) : fmt::format("[{}]", number);
  head_ = fmt::format("{} {}, {}", place, model, label);
  progress_ = &progress;
  done_before_ = progress.done;
  failed_before_ = progress.failed;
  tokens_before_ = progress.output_tokens;
  if (quiet_ || !terminal_) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void BenchDisplay::work(const std::stop_token& stop) {
  const TimePoint began = SteadyClock().now();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, stop, kRedrawEvery, [] { return false; }) &&
         !stop.stop_requested()) {
    const double seconds = std::chrono::duration<double>(SteadyClock().now() - began).count();
    const auto tokens = static_cast<double>(progress_->output_tokens - tokens_before_);
    fmt::print(stderr, "\r\x1b[K{}: {:.0f} s, {} done, {} in flight, {} failed, {:.0f} tok/s",
               head_, seconds, progress_->done - done_before_, progress_->in_flight.load(),
               progress_->failed - failed_before_, tokens / seconds);
    std::fflush(stderr);
  }
}

void BenchDisplay::end_thread() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  fmt::print(stderr, "\r\x1b[K");
}

void BenchDisplay::load_ended(const LoadResult& result) {
  end_thread();
  if (quiet_) return;
  fmt::print(stderr, "{}: {}\n", head_, load_line(result));
  for (const std::string& reason : result.instrument.invalid)
    fmt::print(stderr, "    invalid: {}\n", reason);
  for (const std::string& warning : result.instrument.warnings)
    fmt::print(stderr, "    note: {}\n", warning);
}

}  // namespace assay::app
