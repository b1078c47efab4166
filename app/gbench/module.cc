// The module with Google Benchmark in it: registers a plan's rows, runs them, reports.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "app/gbench/plan.h"

namespace assay::app::gbench {
namespace {

// Sums over the iterations of one run of a benchmark.
struct Sums {
  uint64_t n = 0;
  double seconds = 0;
  std::optional<double> ttft_s = 0;
  std::optional<double> tokens = 0;

  void add(const Measured& one) {
    ++n;
    seconds += one.seconds;
    if (!one.ttft_s) ttft_s.reset();
    if (ttft_s) *ttft_s += *one.ttft_s;
    if (!one.output_tokens) tokens.reset();
    if (tokens) *tokens += static_cast<double>(*one.output_tokens);
  }
};

void run_row(benchmark::State& state, const Row& row) {
  Sums sums;
  for (auto _ : state) {
    const Measured one = row.ask();
    if (!one.error.empty()) {
      state.SkipWithError(one.error.c_str());
      return;
    }
    state.SetIterationTime(one.seconds);
    sums.add(one);
  }
  const auto n = static_cast<double>(std::max<uint64_t>(1, sums.n));
  if (sums.ttft_s) state.counters["ttft_s"] = *sums.ttft_s / n;
  if (!sums.tokens) return;
  state.counters["output_tokens"] = *sums.tokens / n;
  if (sums.seconds > 0) state.counters["output_tokens_per_s"] = *sums.tokens / sums.seconds;
}

// The library marks its CSV as going away. It is what spreadsheets read, and `export` has others.
BENCHMARK_DISABLE_DEPRECATED_WARNING

// CSV has one heading, made of the first runs it is shown, and rows with other counters end the
// program: so it is shown all at once, at the end.
class CsvAtTheEnd final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override {
    csv_.SetOutputStream(&GetOutputStream());
    csv_.SetErrorStream(&GetErrorStream());
    return csv_.ReportContext(context);
  }
  void ReportRuns(const std::vector<Run>& report) override {
    runs_.insert(runs_.end(), report.begin(), report.end());
  }
  void Finalize() override {
    if (!runs_.empty()) csv_.ReportRuns(runs_);
    csv_.Finalize();
  }

 private:
  benchmark::CSVReporter csv_;
  std::vector<Run> runs_;
};

BENCHMARK_RESTORE_DEPRECATED_WARNING

std::unique_ptr<benchmark::BenchmarkReporter> reporter_for(const Plan& plan) {
  using Console = benchmark::ConsoleReporter;
  switch (plan.format) {
    case Format::kJson:
      return std::make_unique<benchmark::JSONReporter>();
    case Format::kCsv:
      return std::make_unique<CsvAtTheEnd>();
    case Format::kConsole:
      break;
  }
  return std::make_unique<Console>(plan.color ? Console::OO_ColorTabular : Console::OO_Tabular);
}

// Names the program in the report. The library keeps the pointer.
void name_program() {
  static std::string program = "assay";  // NOLINT: the library wants a writable one that stays
  static std::array<char*, 2> words{program.data(), nullptr};  // NOLINT
  int count = 1;
  benchmark::Initialize(&count, words.data());
}

}  // namespace
}  // namespace assay::app::gbench

extern "C" __attribute__((visibility("default"))) void assay_run_google_benchmarks(
    const assay::app::gbench::Plan& plan) {
  using namespace assay::app::gbench;  // NOLINT(google-build-using-namespace): its one function
  name_program();
  for (const Row& row : plan.rows) {
    auto* const registered = benchmark::RegisterBenchmark(
        row.name.c_str(), [&row](benchmark::State& state) { run_row(state, row); });
    registered->Iterations(plan.iterations)
        ->UseManualTime()
        ->MeasureProcessCPUTime()
        ->Unit(benchmark::kMillisecond);
    // Its number becomes part of the name.
    if (plan.repetitions > 1) registered->Repetitions(static_cast<int>(plan.repetitions));
  }
  const std::unique_ptr<benchmark::BenchmarkReporter> reporter = reporter_for(plan);
  reporter->SetOutputStream(plan.out);
  benchmark::RunSpecifiedBenchmarks(reporter.get(), nullptr, ".");
  benchmark::ClearRegisteredBenchmarks();
  plan.out->flush();
}
