#include "app/bench/bench_plan.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <utility>

#include "harness/base/duration.h"
#include "harness/load/arrivals.h"
#include "harness/load/slo.h"

namespace assay::app {
namespace {

constexpr double kConcurrencyMax = 100'000;
constexpr double kRateMax = 1'000'000;
constexpr Nanos kDurationDefault = std::chrono::seconds(30);
constexpr uint64_t kDescriptorsBeside = 64;  // the file, the loops, what libraries open

Result<Nanos> duration_of(const std::string& flag, const std::string& text) {
  const Result<Nanos> value = parse_duration(text);
  if (value) return *value;
  return input_error(flag, fmt::format("`{}` is not a time like 500ms, 30s or 10m", text));
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  size_t at = 0;
  while (at <= text.size()) {
    const size_t end = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

Result<double> number(const std::string& flag, const std::string& text, double most) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !std::isfinite(value) || value <= 0 || value > most) {
    return input_error(flag,
                       fmt::format("`{}` is no number above 0 and at most {:.0f}", text, most));
  }
  return value;
}

Result<void> add_concurrencies(const BenchFlags& flags, BenchPlan& plan) {
  for (const std::string& text : split(flags.concurrency)) {
    ASSAY_TRY(const double value, number("--concurrency", text, kConcurrencyMax));
    if (value != std::floor(value))
      return input_error("--concurrency", fmt::format("`{}` is no whole number", text));
    plan.points.push_back({LoadKind::kClosed, value, 0, 0});
  }
  return {};
}

Result<void> add_rates(const BenchFlags& flags, BenchPlan& plan) {
  for (const std::string& text : split(flags.rate)) {
    if (text == "inf") {
      if (!flags.requests)
        return input_error("--rate inf", "needs --requests: how many come at once");
      plan.points.push_back({LoadKind::kBurst, 0, 0, 0});
      continue;
    }
    ASSAY_TRY(const double rate, number("--rate", text, kRateMax));
    plan.points.push_back({plan.arrival, 0, rate, 0});
  }
  return {};
}

Result<void> add_ramp(const BenchFlags& flags, BenchPlan& plan) {
  const size_t dots = flags.ramp.find("..");
  if (dots == std::string::npos)
    return input_error("--ramp", fmt::format("`{}` is not of the form 1..50", flags.ramp));
  ASSAY_TRY(const double from, number("--ramp", flags.ramp.substr(0, dots), kRateMax));
  ASSAY_TRY(const double to, number("--ramp", flags.ramp.substr(dots + 2), kRateMax));
  plan.points.push_back({LoadKind::kRamp, 0, from, to});
  return {};
}

Result<void> add_trace(const BenchFlags& flags, BenchPlan& plan) {
  load::TraceOptions options;
  if (!(flags.trace_scale > 0) || !std::isfinite(flags.trace_scale))
    return input_error("--trace-scale", fmt::format("{} is no number above 0", flags.trace_scale));
  options.time_scale = flags.trace_scale;
  ASSAY_TRY(options.from, duration_of("--trace-from", flags.trace_from));
  if (!flags.trace_for.empty()) {
    ASSAY_TRY(options.duration, duration_of("--trace-for", flags.trace_for));
  }
  options.limit = flags.requests.value_or(0);
  ASSAY_TRY(plan.trace, load::read_trace(flags.trace, options));
  plan.trace_text = std::filesystem::path(flags.trace).filename().string();
  if (flags.trace_scale != 1) plan.trace_text += fmt::format(", {:g} x", flags.trace_scale);
  if (flags.trace_from != "0s") plan.trace_text += ", from " + flags.trace_from;
  if (!flags.trace_for.empty()) plan.trace_text += ", for " + flags.trace_for;
  const auto& entries = plan.trace->entries;
  const double seconds = std::chrono::duration<double>(entries.back().at).count();
  const double rate = seconds > 0 ? static_cast<double>(entries.size()) / seconds : 0;
  plan.points.push_back({LoadKind::kTrace, 0, rate, 0});
  plan.requests = entries.size();
  return {};
}

Result<void> read_loads(const BenchFlags& flags, BenchPlan& plan) {
  if (flags.arrival == "constant") plan.arrival = LoadKind::kConstant;
  if (flags.arrival == "gamma") plan.arrival = LoadKind::kGamma;
  plan.burstiness = flags.burstiness;
  if (!(plan.burstiness > 0) || !std::isfinite(plan.burstiness))
    return input_error("--burstiness", fmt::format("{} is not above 0", plan.burstiness));
  const int kinds = static_cast<int>(!flags.concurrency.empty()) +
                    static_cast<int>(!flags.rate.empty()) + static_cast<int>(!flags.ramp.empty()) +
                    static_cast<int>(!flags.trace.empty()) + static_cast<int>(flags.sweep);
  if (kinds > 1) {
    return input_error("assay bench",
                       "--concurrency, --rate, --ramp, --trace and --sweep exclude each other");
  }
  if (!flags.concurrency.empty()) return add_concurrencies(flags, plan);
  if (!flags.rate.empty()) return add_rates(flags, plan);
  if (!flags.ramp.empty()) return add_ramp(flags, plan);
  if (!flags.trace.empty()) return add_trace(flags, plan);
  if (flags.sweep) {
    plan.search = BenchSearch::kKnee;
  } else if (!flags.slo.empty()) {
    plan.search = BenchSearch::kSlo;
  } else {
    plan.points.push_back({LoadKind::kClosed, 1, 0, 0});
  }
  return {};
}

Result<void> read_extent(const BenchFlags& flags, BenchPlan& plan) {
  if (!plan.trace) plan.requests = flags.requests.value_or(0);
  if (!flags.duration.empty()) {
    ASSAY_TRY(plan.duration, duration_of("--duration", flags.duration));
    if (plan.duration <= Nanos(0)) return input_error("--duration", "must be above 0");
  } else if (plan.requests == 0) {
    plan.duration = kDurationDefault;
  }
  ASSAY_TRY(plan.warm_up, duration_of("--warm-up", flags.warm_up));
  if (plan.duration > Nanos(0) && plan.warm_up >= plan.duration)
    return input_error("--warm-up", "leaves nothing of --duration to measure");
  if (!flags.drain.empty()) {
    ASSAY_TRY(plan.drain, duration_of("--drain", flags.drain));
  }
  ASSAY_TRY(plan.energy, energy_settings(flags.energy));
  return {};
}

Result<void> read_image_size(const BenchFlags& flags, load::PromptOptions& prompts) {
  const std::string& text = flags.image_size;
  const size_t x = text.find('x');
  const auto side = [&](const std::string& part) -> Result<uint32_t> {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    const bool good = error == std::errc() && end == part.data() + part.size() && value >= 1 &&
                      value <= load::kImageSideMax;
    if (!good)
      return input_error("--image-size",
                         fmt::format("`{}` is not of the form 512x512, at most {} a side", text,
                                     load::kImageSideMax));
    return value;
  };
  ASSAY_TRY(prompts.image_width, side(text.substr(0, x)));
  ASSAY_TRY(prompts.image_height, side(x == std::string::npos ? "" : text.substr(x + 1)));
  return {};
}

Result<void> read_prompts(const BenchFlags& flags, load::PromptOptions& prompts) {
  ASSAY_TRY(prompts.input, load::parse_lengths(flags.input_tokens, "--input-tokens"));
  ASSAY_TRY(prompts.output, load::parse_lengths(flags.output_tokens, "--output-tokens"));
  ASSAY_TRY(prompts.turns, load::parse_lengths(flags.turns, "--turns"));
  ASSAY_TRY(const Nanos think, duration_of("--think", flags.think));
  prompts.think_mean_s = std::chrono::duration<double>(think).count();
  prompts.prefix_tokens = flags.prefix_tokens;
  prompts.prefix_groups = flags.prefix_groups;
  prompts.bust_prefix = flags.bust_prefix;
  prompts.images = flags.images;
  prompts.seed = flags.seed;
  return read_image_size(flags, prompts);
}

}  // namespace

Result<BenchPlan> make_bench_plan(const BenchFlags& flags) {
  BenchPlan plan;
  if (!flags.slo.empty()) {
    ASSAY_TRY(plan.slo, load::parse_slo(flags.slo));
  }
  ASSAY_TRY_VOID(read_loads(flags, plan));
  ASSAY_TRY_VOID(read_extent(flags, plan));
  ASSAY_TRY_VOID(read_prompts(flags, plan.prompts));
  if (!flags.suites.empty() && plan.trace)
    return input_error("--trace", "gives lengths of its own; leave --suite out");
  return plan;
}

Result<void> allow_connections(uint64_t connections) {
  const uint64_t wanted = connections + kDescriptorsBeside;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return {};
  rlimit raised = limit;
  raised.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  if (limit.rlim_max >= wanted && setrlimit(RLIMIT_NOFILE, &raised) == 0) return {};
  // Who may raise the hard limit too (root) does.
  raised = {wanted, std::max<rlim_t>(wanted, limit.rlim_max)};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return {};
  return input_error(
      "assay bench",
      fmt::format("needs {} file descriptors for {} connections, the limit is {} (hard limit {}); "
                  "raise it with `ulimit -n {}`, or lower the load or --max-in-flight",
                  wanted, connections, limit.rlim_cur, limit.rlim_max, wanted));
}

uint32_t connections_allowed() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const uint64_t most = std::min<uint64_t>(limit.rlim_cur, UINT32_MAX);
  return static_cast<uint32_t>(most > kDescriptorsBeside ? most - kDescriptorsBeside : 1);
}

}  // namespace assay::app
