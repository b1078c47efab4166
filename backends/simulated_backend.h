// simulated:LABEL?key=value  a seeded model with known accuracy, delays and faults, for tests,
// demonstrations and planning.
//
// Where it stands: a row of backends/registry. Joins backends/transport/simulated with the reply
// half of the lines codec. On a virtual clock unless realtime=1.
//
//   ASSAY_TRY(ModelSpec spec, parse_model_spec("simulated:good?accuracy=0.9&delay=200ms"));
//   ASSAY_TRY(std::unique_ptr<Backend> backend, make_simulated_backend(spec, context));
#pragma once

#include <memory>

#include "backends/registry.h"

namespace assay::backends {

Result<std::unique_ptr<Backend>> make_simulated_backend(const ModelSpec& spec,
                                                        const BackendContext& context);

}  // namespace assay::backends
