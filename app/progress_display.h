// The display of a run in progress: per model done/total, items/s, tokens/s, errors, money, ETA. On
// a terminal it redraws in place; elsewhere it prints a plain line now and then; with --quiet
// nothing.
//
//   ProgressDisplay display(progress, {.terminal = isatty(2), .price_per_hour = price});
//   ... run ...
//   display.finish();
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "harness/base/money.h"
#include "harness/run/progress.h"

namespace assay::app {

struct DisplayOptions {
  bool quiet = false;
  bool terminal = false;
  std::optional<Money> price_per_hour;
  std::string currency;
};

class ProgressDisplay {
 public:
  ProgressDisplay(run::Progress& progress, DisplayOptions options);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;
  // Starts drawing; `progress.lanes` does not change its size from here on.
  void start();
  // One line about what is being prepared.
  void notice(const std::string& text);
  // Draws the last state and stops.
  void finish();

 private:
  void work();
  void draw(bool last);
  [[nodiscard]] std::string line(const run::LaneProgress& lane) const;

  run::Progress& progress_;
  DisplayOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool started_ = false;
  size_t lines_drawn_ = 0;
  std::string notice_;
  std::chrono::steady_clock::time_point start_;
  std::thread thread_;
};

}  // namespace assay::app
