#include "harness/aggregate/load_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "harness/base/check.h"
#include "harness/stats/mean.h"
#include "harness/stats/proportion.h"

namespace assay::aggregate {
namespace {

constexpr std::array<std::string_view, 11> kFigures{
    "ttft_p50", "ttft_p99",       "tpot_p50",
    "itl_p50",  "itl_p99",        "e2e_p50",
    "e2e_p99",  "requests_per_s", "output_tokens_per_s",
    "goodput",  "availability"};

std::optional<double> percentile_figure(const LoadResult& round, std::string_view name, double p) {
  for (const LoadMetric& metric : round.metrics) {
    if (metric.name != name) continue;
    for (const Percentile& percentile : metric.summary.percentiles) {
      if (percentile.p == p) return percentile.estimate.value;
    }
  }
  return std::nullopt;
}

// Adds a load to the point it is a round of, or makes that point.
void add_round(LoadResult&& round, size_t source, const Manifest& manifest,
               std::vector<PointOfFile>& points) {
  const std::string settings = load_settings(round.load);
  const auto same = [&](const PointOfFile& p) {
    return p.source == source && p.model_row == round.load.model &&
           p.point.point == round.load.point && p.settings == settings;
  };
  auto place = std::find_if(points.begin(), points.end(), same);
  if (place == points.end()) {
    PointOfFile& fresh = points.emplace_back();
    fresh.source = source;
    fresh.model_row = round.load.model;
    fresh.settings = settings;
    fresh.point.point = round.load.point;
    fresh.point.model = model_of_load(manifest, round.load);
    fresh.point.label = load_label(round.load);
    place = points.end() - 1;
  }
  place->point.valid = place->point.valid && round.instrument.valid;
  place->point.rounds.push_back(std::move(round));
}

Result<void> read_source(const RunStore& store, size_t source, const LoadOptions& options,
                         std::vector<PointOfFile>& points) {
  std::vector<LoadInfo> loads;
  ASSAY_TRY_VOID(store.read_loads([&](const LoadInfo& load) { loads.push_back(load); }));
  if (loads.empty()) return {};
  ASSAY_TRY(const Manifest manifest, store.manifest());
  for (const LoadInfo& load : loads) {
    ASSAY_TRY(LoadResult round, summarize_load(store, load, manifest, options));
    // A load that was announced and never began.
    if (round.requests + round.warm_up == 0 && load.end_ns < 0) continue;
    add_round(std::move(round), source, manifest, points);
  }
  return {};
}

// Models of one name get their file's.
void tell_apart_names(std::span<const std::string> names, std::vector<PointOfFile>& points) {
  std::map<std::string, std::pair<size_t, uint32_t>> first;
  std::vector<std::string> shared;
  for (const PointOfFile& p : points) {
    const std::pair place{p.source, p.model_row};
    const auto [at, fresh] = first.try_emplace(p.point.model.name, place);
    if (!fresh && at->second != place) shared.push_back(p.point.model.name);
  }
  for (PointOfFile& p : points) {
    std::string& name = p.point.model.name;
    if (std::find(shared.begin(), shared.end(), name) == shared.end()) continue;
    name = fmt::format("{} [{}]", name, names[p.source]);
  }
}

std::vector<std::pair<std::string, Estimate>> availability_of(std::span<const PointOfFile> points,
                                                              double confidence) {
  std::vector<std::pair<std::string, std::pair<uint64_t, uint64_t>>> counts;  // good, all
  for (const PointOfFile& p : points) {
    auto place = std::find_if(counts.begin(), counts.end(),
                              [&](const auto& c) { return c.first == p.point.model.name; });
    if (place == counts.end()) {
      counts.push_back({p.point.model.name, {}});
      place = counts.end() - 1;
    }
    for (const LoadResult& round : p.point.rounds) {
      place->second.first += round.good;
      place->second.second += round.requests;
    }
  }
  std::vector<std::pair<std::string, Estimate>> out;
  out.reserve(counts.size());
  for (const auto& [name, good_of] : counts) {
    out.emplace_back(name, stats::wilson(good_of.first, good_of.second, confidence));
  }
  return out;
}

}  // namespace

std::string load_settings(const LoadInfo& load) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {}", load_kind_name(load.kind),
                     load.concurrency, load.rate, load.rate_end, load.burstiness, load.planned,
                     load.duration_s, load.warm_up_s, load.probe, load.trace, load.workload_hash);
}

std::optional<double> round_figure(const LoadResult& round, std::string_view name) {
  if (name == "requests_per_s") return round.requests_per_s.value;
  if (name == "output_tokens_per_s") return round.output_tokens_per_s.value;
  if (name == "goodput") return round.goodput.value;
  if (name == "availability") return round.availability.value;
  const size_t split = name.rfind("_p");
  ASSAY_CHECK(split != std::string_view::npos, "figure {}", name);
  return percentile_figure(round, name.substr(0, split), name.ends_with("_p50") ? 0.5 : 0.99);
}

std::vector<std::pair<std::string, Estimate>> figures_over_rounds(
    std::span<const LoadResult> rounds, double confidence) {
  std::vector<std::pair<std::string, Estimate>> out;
  for (const std::string_view name : kFigures) {
    std::vector<double> values;
    for (const LoadResult& round : rounds) {
      if (const auto value = round_figure(round, name)) values.push_back(*value);
    }
    Estimate estimate = stats::mean_t(values, confidence);
    if (values.size() == 1) estimate.method = "one round";
    if (values.empty()) estimate.method = "no round has it";
    out.emplace_back(name, std::move(estimate));
  }
  return out;
}

Result<LoadSection> summarize_loads(std::span<const RunStore* const> stores,
                                    std::span<const std::string> names,
                                    const LoadOptions& options) {
  ASSAY_CHECK(stores.size() == names.size(), "{} run files, {} names", stores.size(), names.size());
  std::vector<PointOfFile> points;
  for (size_t s = 0; s < stores.size(); ++s) {
    ASSAY_TRY_VOID(read_source(*stores[s], s, options, points));
  }
  LoadSection out;
  out.availability = availability_of(points, options.confidence);
  tell_apart_names(names, points);
  std::stable_sort(points.begin(), points.end(), [](const PointOfFile& a, const PointOfFile& b) {
    return std::tuple(a.point.point, a.source, a.model_row) <
           std::tuple(b.point.point, b.source, b.model_row);
  });
  for (PointOfFile& p : points) {
    p.point.over_rounds = figures_over_rounds(p.point.rounds, options.confidence);
    out.valid = out.valid && p.point.valid;
  }
  out.comparisons = compare_points(points, options.confidence);
  out.searches = find_searches(points);
  for (PointOfFile& p : points) out.points.push_back(std::move(p.point));
  return out;
}

}  // namespace assay::aggregate
