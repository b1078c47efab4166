#include "app/tco_measured.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "harness/aggregate/load.h"
#include "harness/store/sqlite_store.h"

namespace assay::app {
namespace {

// Buckets of the prompt and of the reply.
constexpr std::array kPromptBuckets{&Usage::input_tokens,       &Usage::cached_tokens,
                                    &Usage::cache_write_tokens, &Usage::cache_write_hour_tokens,
                                    &Usage::image_tokens,       &Usage::audio_tokens,
                                    &Usage::cached_audio_tokens};
constexpr std::array kReplyBuckets{&Usage::reasoning_tokens, &Usage::output_tokens,
                                   &Usage::image_output_tokens, &Usage::audio_output_tokens};

template <size_t N>
std::optional<double> sum_of(const Usage& usage, const std::array<int64_t Usage::*, N>& buckets) {
  std::optional<double> out;
  for (const auto bucket : buckets) {
    if (usage.*bucket >= 0) out = out.value_or(0) + static_cast<double>(usage.*bucket);
  }
  return out;
}

struct Measured {
  double goodput = 0;  // requests/s
  double input = 0;    // tokens a request
  double output = 0;
  std::string label;
};

enum class Missing { kSlo, kUsage };

// One load point; what is missing otherwise.
std::optional<Measured> of_point(const LoadPoint& point, Missing& missing) {
  if (!point.valid || point.rounds.empty()) return std::nullopt;
  Measured out;
  double good = 0;
  for (const LoadResult& round : point.rounds) {
    if (!round.slo_met.value_or(false) || round.saturated || !round.goodput.value)
      return std::nullopt;
    const auto input = sum_of(round.usage, kPromptBuckets);
    const auto output = sum_of(round.usage, kReplyBuckets);
    if (!input || !output || round.good == 0) {
      missing = Missing::kUsage;
      return std::nullopt;
    }
    out.goodput += *round.goodput.value / static_cast<double>(point.rounds.size());
    out.input += *input;
    out.output += *output;
    good += static_cast<double>(round.good);
  }
  out.input /= good;
  out.output /= good;
  out.label = point.label;
  return out;
}

Result<std::string> model_in(const LoadSection& loads, const std::string& model,
                             const std::string& run) {
  std::vector<std::string> there;
  for (const LoadPoint& point : loads.points) {
    if (std::find(there.begin(), there.end(), point.model.name) == there.end())
      there.push_back(point.model.name);
  }
  if (there.empty()) return input_error(run, "has no load, expected a run file of `assay bench`");
  if (model.empty() && there.size() == 1) return there.front();
  if (std::find(there.begin(), there.end(), model) != there.end()) return model;
  const std::string expected = fmt::format("expected one of {}", fmt::join(there, ", "));
  if (model.empty())
    return input_error(run,
                       fmt::format("has {} models and none is named, {}", there.size(), expected));
  return input_error(run, fmt::format("has no load of `{}`, {}", model, expected));
}

}  // namespace

Result<MeasuredThroughput> measured_throughput(const LoadSection& loads, const std::string& model,
                                               const std::string& run) {
  ASSAY_TRY(const std::string name, model_in(loads, model, run));
  std::optional<Measured> best;
  Missing missing = Missing::kSlo;
  for (const LoadPoint& point : loads.points) {
    if (point.model.name != name) continue;
    const std::optional<Measured> one = of_point(point, missing);
    if (one && (!best || one->goodput > best->goodput)) best = one;
  }
  if (!best && missing == Missing::kUsage) {
    return input_error(run, fmt::format("the replies of `{}` do not say their tokens, expected a "
                                        "server that reports usage, or throughput given as "
                                        "input_tokens_per_s and output_tokens_per_s",
                                        name));
  }
  if (!best || best->goodput <= 0) {
    return input_error(run, fmt::format("no valid load of `{}` met an SLO, expected for example "
                                        "`assay bench --slo ttft=500ms,tpot=50ms`",
                                        name));
  }
  MeasuredThroughput out;
  out.throughput.kind = TcoThroughputKind::kMixed;
  out.throughput.input_tokens_per_s = best->goodput * best->input;
  out.throughput.output_tokens_per_s = best->goodput * best->output;
  out.how = fmt::format(
      "{}: {} at {}: {:.4g} requests/s within the SLO, {:.6g} input and {:.6g} output tokens each",
      run, name, best->label, best->goodput, best->input, best->output);
  return out;
}

Result<MeasuredThroughput> measure_run(const std::string& run, const std::string& model) {
  ASSAY_TRY(const auto store, store::SqliteStore::open_for_reading(run));
  const std::array<const RunStore*, 1> stores{store.get()};
  const std::array<std::string, 1> names{run};
  ASSAY_TRY(const LoadSection loads, aggregate::summarize_loads(stores, names, {}));
  return measured_throughput(loads, model, run);
}

}  // namespace assay::app
