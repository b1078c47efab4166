// What the program hands to the module that holds Google Benchmark. Both are built together, from
// this header; nothing else crosses.
//
//   gbench::Plan plan{...};
//   run(plan);                 // dlsym(module, gbench::kEntry)
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace assay::app::gbench {

// One iteration.
struct Measured {
  double seconds = 0;
  std::optional<double> ttft_s;
  std::optional<int64_t> output_tokens;
  std::string error;  // not empty: the benchmark ends with it
};

struct Row {
  std::string name;
  std::function<Measured()> ask;  // throws nothing
};

enum class Format : uint8_t { kConsole, kJson, kCsv };

struct Plan {
  std::vector<Row> rows;
  uint32_t iterations = 1;
  uint32_t repetitions = 1;
  Format format = Format::kConsole;
  bool color = false;
  std::ostream* out = nullptr;
};

using Run = void(const Plan& plan);
inline constexpr const char* kEntry = "assay_run_google_benchmarks";
inline constexpr const char* kModule = "assay_google_benchmark.so";

}  // namespace assay::app::gbench
