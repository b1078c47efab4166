// Requests as Google Benchmark benchmarks: one row a request, timed by its own stamps, in the forms
// that benchmark's compare.py and CI actions read.
//
// Where it stands: `assay bench --gbench`. Main thread; blocks until every benchmark has run. The
// library is in a module that is opened here (app/gbench), because linked it would slow every start
// of the program.
//
//   std::vector<BenchmarkModel> models{{"tesseract", backend.get(), std::move(requests)}};
//   ASSAY_TRY(const int code, run_google_benchmarks(models, {.format = "json"}, stop));
//
// A benchmark is named MODEL/REQUEST, with Google Benchmark's suffixes (iterations:N,
// process_time, manual_time). Its time is done - sent, with one request in flight; of a model with
// a virtual clock, that clock's. "CPU" is the processor time of this whole program, which is the
// model's when the model runs in it. Counters, each only where every iteration has it:
//   ttft_s               mean of first token - sent
//   output_tokens_per_s  Σ output and reasoning tokens / Σ (done - sent)
//   output_tokens        mean of output and reasoning tokens
// A request that fails, or is not answered, ends its benchmark as an error with its outcome.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/api/backend.h"
#include "harness/base/result.h"
#include "harness/types/attempt.h"

namespace assay::app {

struct BenchmarkRequest {
  std::string name;
  std::function<Result<AttemptPtr>()> make;  // a fresh attempt for each iteration, before its clock
};

struct BenchmarkModel {
  std::string name;
  Backend* backend;  // prepared; not used by anybody else from here on
  std::vector<BenchmarkRequest> requests;
};

struct GoogleBenchmarkOptions {
  uint32_t iterations = 3;         // requests a benchmark
  uint32_t repetitions = 1;        // of each benchmark; from 2 on with mean, median, stddev and cv
  std::string format = "console";  // console, json, csv
  std::string output;              // a file; empty or "-": standard output
  std::string filter;      // regular expression (ECMAScript), found anywhere in MODEL/REQUEST;
                           // with '-' before it: what does not match
  std::string module_dir;  // empty: app/paths.h's
};

// The exit code: 0, 4 when a request failed, 130 when it was stopped. Errors: a bad option, nothing
// to run, the module cannot be opened, the output cannot be written.
Result<int> run_google_benchmarks(std::vector<BenchmarkModel>& models,
                                  const GoogleBenchmarkOptions& options,
                                  const std::stop_token& stop);

}  // namespace assay::app
