// Interrupts: turns Ctrl-C into a stop: the first ends the work in order, the second at once.
// Signals are taken by a thread of their own, so no handler runs anywhere. Made before any other
// thread starts: its signal mask is then everybody's.
//
//   std::stop_source stop;
//   const Interrupts interrupts(stop);
//   ... work with stop.get_token() ...
//   if (interrupts.interrupted()) return kExitInterrupted;
#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace assay::app {

class Interrupts {
 public:
  explicit Interrupts(std::stop_source& stop);
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  [[nodiscard]] bool interrupted() const { return interrupted_; }

 private:
  void work(const std::stop_token& end);

  std::stop_source& stop_;
  sigset_t set_{};
  std::atomic<bool> interrupted_{false};
  std::jthread thread_;
};

}  // namespace assay::app
