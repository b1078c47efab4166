#include "app/google_benchmark.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <regex>
#include <sstream>
#include <utility>

#include "app/exit_code.h"
#include "app/gbench/plan.h"
#include "app/paths.h"
#include "app/single_stream.h"
#include "app/write_output.h"
#include "harness/base/utf8.h"
#include "harness/types/usage_sums.h"

namespace assay::app {
namespace {

constexpr uint32_t kIterationsMax = 1'000'000;
constexpr uint32_t kRepetitionsMax = 1000;
constexpr size_t kErrorColumnsMax = 200;
constexpr size_t kFilterBytesMax = 1000;

// What happened over all benchmarks.
struct Tally {
  bool failed = false;
  bool stopped = false;
};

// One line, and nothing in it that the library's JSON would not escape.
std::string plain(std::string_view text) {
  std::string out = sanitize_utf8(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return out;
}

double seconds_between(TimePoint from, TimePoint to) {
  return std::chrono::duration<double>(to - from).count();
}

std::optional<int64_t> tokens_of(const Usage& usage) {
  const int64_t tokens = reply_tokens(usage);
  return tokens < 0 ? std::nullopt : std::optional(tokens);
}

gbench::Measured failure(std::string_view what, std::string_view why) {
  const std::string text = why.empty() ? std::string(what) : fmt::format("{}: {}", what, why);
  gbench::Measured measured;
  measured.error = truncate_to_width(plain(text), kErrorColumnsMax);
  return measured;
}

gbench::Measured measured_of(const Attempt& attempt) {
  const Response& response = attempt.response;
  if (!is_answer(response.outcome)) return failure(outcome_name(response.outcome), response.error);
  gbench::Measured measured;
  measured.seconds = std::max(0.0, seconds_between(attempt.stamps.sent, attempt.stamps.done));
  if (response.first_token) {
    measured.ttft_s = seconds_between(attempt.stamps.sent, *response.first_token);
  }
  measured.output_tokens = tokens_of(response.usage);
  return measured;
}

gbench::Measured ask(SingleStream& stream, const BenchmarkRequest& request, Tally& tally,
                     const std::stop_token& stop) {
  if (stop.stop_requested()) {
    tally.stopped = true;
    return failure("stopped", "");
  }
  Result<AttemptPtr> attempt = request.make();
  gbench::Measured measured = attempt ? measured_of(*stream.run(std::move(attempt).value(), stop))
                                      : failure("no request", attempt.error().text());
  if (!measured.error.empty()) (stop.stop_requested() ? tally.stopped : tally.failed) = true;
  return measured;
}

class Filter {
 public:
  static Result<Filter> make(std::string text) {
    Filter filter;
    filter.inverted_ = text.starts_with('-');
    if (filter.inverted_) text.erase(0, 1);
    if (text.size() > kFilterBytesMax) {
      return input_error("filter", fmt::format("has {} characters, expected at most {}",
                                               text.size(), kFilterBytesMax));
    }
    try {
      filter.pattern_.assign(text, std::regex::ECMAScript | std::regex::nosubs);
    } catch (const std::regex_error& e) {
      return input_error("filter",
                         fmt::format("`{}` is no regular expression ({})", text, e.what()));
    }
    return filter;
  }
  [[nodiscard]] bool takes(const std::string& name) const {
    return std::regex_search(name, pattern_) != inverted_;
  }

 private:
  std::regex pattern_;
  bool inverted_ = false;
};

Result<gbench::Format> format_of(const std::string& name) {
  if (name == "console") return gbench::Format::kConsole;
  if (name == "json") return gbench::Format::kJson;
  if (name == "csv") return gbench::Format::kCsv;
  return input_error("format", fmt::format("is `{}`, expected console, json or csv", name));
}

Result<void> check_counts(const GoogleBenchmarkOptions& options) {
  if (options.iterations < 1 || options.iterations > kIterationsMax) {
    return input_error("iterations",
                       fmt::format("is {}, expected 1..{}", options.iterations, kIterationsMax));
  }
  if (options.repetitions < 1 || options.repetitions > kRepetitionsMax) {
    return input_error("repetitions",
                       fmt::format("is {}, expected 1..{}", options.repetitions, kRepetitionsMax));
  }
  return {};
}

struct Module {
  gbench::Run* run;
};

// Stays open: the library's own tables point into it.
Result<Module> open_module(const GoogleBenchmarkOptions& options) {
  const std::string folder = options.module_dir.empty() ? module_dir() : options.module_dir;
  const std::string path = fmt::format("{}/{}", folder, gbench::kModule);
  void* const module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const char* why = module == nullptr ? ::dlerror() : nullptr;
  if (module == nullptr) {
    return Error{ErrorCode::kInfrastructure,
                 fmt::format("cannot be opened ({}); it needs libbenchmark1debian",
                             why == nullptr ? "" : why),
                 path};
  }
  void* const entry = ::dlsym(module, gbench::kEntry);
  if (entry == nullptr) {
    return Error{ErrorCode::kInfrastructure, fmt::format("has no {}", gbench::kEntry), path};
  }
  return Module{reinterpret_cast<gbench::Run*>(entry)};
}

// The plan's rows borrow everything else.
struct Streams {
  std::vector<std::unique_ptr<SingleStream>> owned;
  Tally tally;
};

std::vector<gbench::Row> rows_of(const std::vector<BenchmarkModel>& models, const Filter& filter,
                                 Streams& streams, const std::stop_token& stop) {
  std::vector<gbench::Row> rows;
  for (const BenchmarkModel& model : models) {
    SingleStream* stream = nullptr;
    for (const BenchmarkRequest& request : model.requests) {
      std::string name = plain(fmt::format("{}/{}", model.name, request.name));
      if (!filter.takes(name)) continue;
      if (stream == nullptr) {
        streams.owned.push_back(std::make_unique<SingleStream>(*model.backend));
        stream = streams.owned.back().get();
      }
      rows.push_back({std::move(name), [stream, &request, &streams, stop] {
                        return ask(*stream, request, streams.tally, stop);
                      }});
    }
  }
  return rows;
}

}  // namespace

Result<int> run_google_benchmarks(std::vector<BenchmarkModel>& models,
                                  const GoogleBenchmarkOptions& options,
                                  const std::stop_token& stop) {
  ASSAY_TRY_VOID(check_counts(options));
  ASSAY_TRY(const Filter filter, Filter::make(options.filter));
  gbench::Plan plan;
  ASSAY_TRY(plan.format, format_of(options.format));
  Streams streams;
  plan.rows = rows_of(models, filter, streams, stop);
  if (plan.rows.empty()) {
    return input_error("filter", fmt::format("`{}` leaves no benchmark to run", options.filter));
  }
  ASSAY_TRY(const Module module, open_module(options));
  plan.iterations = options.iterations;
  plan.repetitions = options.repetitions;
  const bool to_file = !options.output.empty() && options.output != "-";
  std::ostringstream text;
  plan.out = to_file ? &text : &std::cout;
  plan.color = !to_file && ::isatty(STDOUT_FILENO) == 1;
  module.run(plan);
  if (to_file) ASSAY_TRY_VOID(write_output(options.output, text.str()));
  if (streams.tally.stopped) return kExitInterrupted;
  return streams.tally.failed ? kExitInfrastructure : kExitDone;
}

}  // namespace assay::app
