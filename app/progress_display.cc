#include "app/progress_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "harness/base/clock.h"
#include "harness/base/utf8.h"

namespace assay::app {
namespace {

constexpr std::chrono::milliseconds kRedrawEvery{200};
constexpr std::chrono::seconds kPlainLineEvery{5};
constexpr size_t kNameColumns = 34;
constexpr size_t kBarColumns = 20;

std::string duration_text(double seconds) {
  const auto s = std::llround(seconds);
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
  return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
}

// How long a lane has had its turn.
double lane_seconds(const run::LaneProgress& lane) {
  const int64_t started = lane.started_ns;
  if (started == 0) return 0;
  const int64_t ended = lane.ended_ns;
  return static_cast<double>((ended != 0 ? ended : to_ns(SteadyClock().now())) - started) / 1e9;
}

std::string rate_text(double per_second) {
  return per_second >= 100 ? fmt::format("{:.0f}", per_second) : fmt::format("{:.1f}", per_second);
}

std::string padded(const std::string& text, size_t columns) {
  std::string out = truncate_to_width(text, columns);
  out.append(columns - std::min(columns, display_width(out)), ' ');
  return out;
}

}  // namespace

ProgressDisplay::ProgressDisplay(run::Progress& progress, DisplayOptions options)
    : progress_(progress), options_(std::move(options)) {}

ProgressDisplay::~ProgressDisplay() { finish(); }

void ProgressDisplay::start() {
  if (options_.quiet || started_) return;
  started_ = true;
  start_ = std::chrono::steady_clock::now();
  thread_ = std::thread([this] { work(); });
}

void ProgressDisplay::notice(const std::string& text) {
  const std::lock_guard lock(mutex_);
  notice_ = text;
}

void ProgressDisplay::finish() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  draw(/*last=*/true);
}

void ProgressDisplay::work() {
  std::unique_lock lock(mutex_);
  const auto every = options_.terminal ? std::chrono::milliseconds(kRedrawEvery)
                                       : std::chrono::milliseconds(kPlainLineEvery);
  while (!changed_.wait_for(lock, every, [&] { return stopping_; })) {
    lock.unlock();
    draw(/*last=*/false);
    lock.lock();
  }
}

std::string ProgressDisplay::line(const run::LaneProgress& lane) const {
  const uint64_t done = lane.done;
  const uint64_t asked = lane.asked;
  // What a stop rule left out is no longer to do.
  const uint64_t total = std::max(done, lane.total - std::min(lane.total, lane.unneeded.load()));
  const double share = total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1.0;
  const auto filled = static_cast<size_t>(share * kBarColumns);
  std::string bar;
  for (size_t i = 0; i < kBarColumns; ++i) bar += i < filled ? "█" : "░";
  std::string text =
      fmt::format("{} {} {:>7}/{}", padded(lane.model, kNameColumns), bar, done, total);
  const double elapsed_s = lane_seconds(lane);
  if (asked > 0 && elapsed_s > 0) {
    const double rate = static_cast<double>(asked) / elapsed_s;
    text += fmt::format("  {}/s", rate_text(rate));
    if (lane.output_tokens > 0)
      text +=
          fmt::format("  {} tok/s", rate_text(static_cast<double>(lane.output_tokens) / elapsed_s));
    if (lane.running() && done < total)
      text += "  ETA " + duration_text(static_cast<double>(total - done) / rate);
  }
  if (lane.spent_nano > 0)
    text += fmt::format("  {} {}", Money{lane.spent_nano}.text(), options_.currency);
  if (lane.retries > 0) text += fmt::format("  {} retries", lane.retries.load());
  if (lane.failed > 0) text += fmt::format("  {} failed", lane.failed.load());
  if (lane.tripped) text += "  STOPPED";
  return text;
}

void ProgressDisplay::draw(bool last) {
  const double elapsed_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  std::string out;
  if (options_.terminal && lines_drawn_ > 0) out += fmt::format("\x1b[{}A", lines_drawn_);
  size_t lines = 0;
  const auto put = [&](const std::string& text) {
    if (options_.terminal) out += "\r\x1b[K";
    out += text + "\n";
    ++lines;
  };
  // Plain output names only what moves, except at the end.
  for (const run::LaneProgress& lane : progress_.lanes) {
    if (options_.terminal || last || lane.running()) put(line(lane));
  }
  std::string foot = fmt::format("elapsed {}", duration_text(elapsed_s));
  if (options_.price_per_hour) {
    const Money spent =
        options_.price_per_hour->times_ratio(static_cast<int64_t>(elapsed_s * 1000), 3'600'000);
    foot += fmt::format("  machine {} {}", spent.text(), options_.currency);
  }
  {
    const std::lock_guard lock(mutex_);
    if (!last && !notice_.empty()) foot += "  " + notice_;
  }
  put(foot);
  lines_drawn_ = lines;
  std::fwrite(out.data(), 1, out.size(), stderr);
  std::fflush(stderr);
}

}  // namespace assay::app
