// BenchDisplay: what is going on during `assay bench`, on standard error: on a terminal one line
// that is redrawn, elsewhere nothing until a load is over; then one line per load with its figures.
//
//   BenchDisplay display(flags.quiet);
//   display.load_begins(2, 12, "qwen", "concurrency 8", progress);
//   ... the load ...
//   display.load_ended(result);
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

#include "harness/run/progress.h"
#include "harness/types/load_summary.h"

namespace assay::app {

class BenchDisplay {
 public:
  explicit BenchDisplay(bool quiet);
  ~BenchDisplay();
  BenchDisplay(const BenchDisplay&) = delete;
  BenchDisplay& operator=(const BenchDisplay&) = delete;

  void notice(const std::string& text);
  // `of` 0: nobody knows how many there will be.
  void load_begins(size_t number, size_t of, const std::string& model, const std::string& label,
                   const run::LaneProgress& progress);
  void load_ended(const LoadResult& result);

 private:
  void work(const std::stop_token& stop);
  void end_thread();

  bool quiet_;
  bool terminal_;
  std::string head_;
  const run::LaneProgress* progress_ = nullptr;
  uint64_t done_before_ = 0;
  uint64_t failed_before_ = 0;
  uint64_t tokens_before_ = 0;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;
};

// "640 good, TTFT p50 201 ms p99 230 ms, TPOT p50 20.1 ms, 3020 tok/s, 12.1 req/s"
std::string load_line(const LoadResult& result);

}  // namespace assay::app
