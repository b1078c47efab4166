#include "app/models.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "backends/url.h"
#include "harness/base/hash.h"

namespace assay::app {
namespace {

constexpr uint64_t kCurveTrainMin = 16;
constexpr size_t kCurvePointsMax = 5;

// Sizes below `train` that halve each time: 168, 84, 42, 21 for 336.
std::vector<uint64_t> curve_sizes(uint64_t train) {
  std::vector<uint64_t> sizes;
  for (uint64_t size = train / 2; size >= kCurveTrainMin && sizes.size() < kCurvePointsMax;
       size /= 2)
    sizes.push_back(size);
  std::reverse(sizes.begin(), sizes.end());
  return sizes;
}

Result<run::RunModel> make_model(const std::string& name, const backends::ModelSpec& spec,
                                 uint32_t concurrency, backends::BackendContext context) {
  if (concurrency > 0) context.workers = concurrency;
  run::RunModel model;
  ASSAY_TRY(model.backend, backends::make_backend(spec, context));
  const BackendTraits& traits = model.backend->traits();
  model.info.name = backends::hide_url_credentials(name);
  model.info.spec = spec.text;
  model.info.config_hash = sha256(traits.config).short_hex();
  model.info.version = traits.version;
  model.info.train_size = traits.train_size;
  model.info.virtual_clock = traits.virtual_clock;
  model.info.local = traits.local;
  model.concurrency = concurrency;
  return model;
}

uint64_t largest_train_split(const std::vector<const Suite*>& suites) {
  uint64_t train = 0;
  for (const Suite* suite : suites) train = std::max(train, suite->train_size());
  return train;
}

}  // namespace

Result<std::vector<run::RunModel>> make_models(const std::vector<ConfigModel>& specs,
                                               const std::vector<const Suite*>& suites,
                                               const backends::BackendContext& context,
                                               bool learning_curves) {
  std::vector<run::RunModel> models;
  for (const ConfigModel& wanted : specs) {
    ASSAY_TRY(const backends::ModelSpec spec, backends::parse_model_spec(wanted.spec));
    ASSAY_TRY(run::RunModel model, make_model(wanted.name, spec, wanted.concurrency, context));
    const bool curve = learning_curves && model.backend->traits().learning_curve;
    models.push_back(std::move(model));
    if (!curve) continue;
    for (const uint64_t size : curve_sizes(largest_train_split(suites))) {
      backends::ModelSpec point = spec;
      point.params["train"] = std::to_string(size);
      point.text = fmt::format("{}{}train={}", spec.text, spec.params.empty() ? "?" : "&", size);
      ASSAY_TRY(run::RunModel point_model,
                make_model(fmt::format("{} [train={}]", wanted.name, size), point,
                           wanted.concurrency, context));
      point_model.info.curve_of = wanted.name;
      models.push_back(std::move(point_model));
    }
  }
  return models;
}

}  // namespace assay::app
