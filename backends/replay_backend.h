// replay:RUN.assay?model=NAME  answers from a stored run, with the durations it stored.
//
// Where it stands: a row of backends/registry. Joins backends/transport/replay with the reply half
// of the lines codec. The run file is opened through BackendContext::open_run.
//
//   ASSAY_TRY(ModelSpec spec, parse_model_spec("replay:old.assay?model=tesseract:eng"));
//   ASSAY_TRY(std::unique_ptr<Backend> backend, make_replay_backend(spec, context));
#pragma once

#include <memory>

#include "backends/registry.h"

namespace assay::backends {

Result<std::unique_ptr<Backend>> make_replay_backend(const ModelSpec& spec,
                                                     const BackendContext& context);

}  // namespace assay::backends
