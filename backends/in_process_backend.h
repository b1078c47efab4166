// InProcessBackend: a model inside this process as a backend: its traits, the worker transport, and
// the reply half of the lines codec.
//
// Where it stands: between backends/registry's factories (tesseract, baseline, plugins) and
// backends/transport/in_process.
//
//   return make_in_process_backend(std::move(model), context);
#pragma once

#include <memory>

#include "backends/registry.h"
#include "backends/transport/in_process.h"

namespace assay::backends {

// context.workers threads, each with an engine; context.timeout per request (0: none).
std::unique_ptr<Backend> make_in_process_backend(std::unique_ptr<InProcessModel> model,
                                                 const BackendContext& context);

}  // namespace assay::backends
