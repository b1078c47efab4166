#include "harness/aggregate/load.h"

#include <algorithm>

#include "harness/aggregate/energy_readings.h"
#include "harness/aggregate/load_energy.h"
#include "harness/aggregate/load_instrument.h"
#include "harness/aggregate/load_points.h"
#include "harness/aggregate/load_rates.h"
#include "harness/aggregate/load_rows.h"
#include "harness/aggregate/load_saturation.h"
#include "harness/aggregate/load_series.h"
#include "harness/aggregate/load_times.h"
#include "harness/aggregate/load_window.h"

namespace assay::aggregate {
namespace {

// One pass over the replies for everything that counts what arrived when.
Result<void> add_arrivals(const RunStore& store, const LoadRows& rows, const LoadWindow& window,
                          const LoadOptions& options, LoadResult& out) {
  LoadRates rates(out.load, rows, window, options.confidence);
  LoadSeries series(rows, window.whole, options.buckets);
  ASSAY_TRY_VOID(
      read_load_replies(store, out.load, rows, [&](const LoadRow& row, const Reply& reply) {
        rates.add_reply(row, reply);
        series.add_reply(row, reply);
      }));
  rates.finish(out);
  out.series = series.finish();
  return {};
}

// Of the machine under load, as the user stated it for the session.
Result<std::optional<double>> given_watts(const RunStore& store, uint32_t session) {
  ASSAY_TRY(const EnergyReadings readings, read_energy(store));
  const auto stated = readings.given_watts.find(session);
  if (stated == readings.given_watts.end()) return std::optional<double>();
  return std::optional<double>(stated->second);
}

}  // namespace

ModelInfo model_of_load(const Manifest& manifest, const LoadInfo& load) {
  const auto model = std::find_if(manifest.models.begin(), manifest.models.end(),
                                  [&](const ModelInfo& m) { return m.id == load.model; });
  if (model != manifest.models.end()) return *model;
  ModelInfo unknown;
  unknown.id = load.model;
  unknown.name = "model " + std::to_string(load.model);
  return unknown;
}

Result<LoadResult> summarize_load(const RunStore& store, const LoadInfo& load,
                                  const LoadOptions& options) {
  ASSAY_TRY(const Manifest manifest, store.manifest());
  return summarize_load(store, load, manifest, options);
}

Result<LoadResult> summarize_load(const RunStore& store, const LoadInfo& load,
                                  const Manifest& manifest, const LoadOptions& options) {
  const ModelInfo model = model_of_load(manifest, load);
  ASSAY_TRY(LoadRows rows, read_load_rows(store, load));
  const LoadWindow window = load_window(load, rows);
  LoadResult out;
  out.load = load;
  out.requests = rows.requests;
  out.good = rows.good;
  out.failed = rows.failed;
  out.warm_up = rows.warm_up;
  out.errors = rows.errors;
  out.tokens = rows.tokens;
  out.usage = rows.usage;
  ASSAY_TRY(out.metrics, load_metrics(store, load, rows, options));
  ASSAY_TRY_VOID(add_arrivals(store, rows, window, options, out));
  out.prefill_tokens_per_s = prefill_rate(rows, options.confidence);
  out.input_length_correlation = input_length_correlation(rows, options.confidence);
  ASSAY_TRY(out.instrument,
            instrument_report(store, load, rows, model.virtual_clock, options.limits));
  ASSAY_TRY(const std::optional<double> watts, given_watts(store, load.session));
  out.energy = load_energy(load.machine, watts, rows.tokens_all);
  out.cost = load_cost(load, rows, window.whole, manifest, model, watts);
  out.saturated = is_saturated(load, rows);
  return out;
}

}  // namespace assay::aggregate
