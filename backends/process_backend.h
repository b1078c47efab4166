// process:PROGRAM?arg=..  a model that is a program: JSON lines on its standard input and output.
//
// Where it stands: a row of backends/registry. Joins backends/transport/process with the lines
// codec. docs/process-protocol.md is the contract with the program.
//
//   ASSAY_TRY(ModelSpec spec, parse_model_spec("process:./model.py --fast?label=v2"));
//   ASSAY_TRY(std::unique_ptr<Backend> backend, make_process_backend(spec, context));
#pragma once

#include <memory>

#include "backends/registry.h"

namespace assay::backends {

Result<std::unique_ptr<Backend>> make_process_backend(const ModelSpec& spec,
                                                      const BackendContext& context);

}  // namespace assay::backends
