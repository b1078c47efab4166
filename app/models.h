// From model specs to what a run needs: backends, names, configuration hashes, learning-curve
// points.
//
//   ASSAY_TRY(auto models, make_models(specs, suites, context, /*learning_curves=*/true));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/config.h"
#include "backends/registry.h"
#include "harness/api/suite.h"
#include "harness/run/run.h"

namespace assay::app {

// Every model with its backend, in the order given; after a model that learns, its learning-curve
// points: the same model trained on fewer lines (a geometric series below the train split's size).
Result<std::vector<run::RunModel>> make_models(const std::vector<ConfigModel>& specs,
                                               const std::vector<const Suite*>& suites,
                                               const backends::BackendContext& context,
                                               bool learning_curves);

}  // namespace assay::app
