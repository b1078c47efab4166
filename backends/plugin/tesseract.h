// tesseract:LANGS  OCR in this process. The engine lives in a module (assay_tesseract.so) behind
// the plugin interface, opened on first use, so that a start of Assay does not pay for it.
//
// Where it stands: a row of backends/registry. The module is backends/plugin/tesseract_module.cc.
//
//   ASSAY_TRY(ModelSpec spec, parse_model_spec("tesseract:kor+eng?psm=6"));
//   ASSAY_TRY(std::unique_ptr<Backend> backend, make_tesseract_backend(spec, context));
#pragma once

#include <memory>
#include <string>

#include "backends/registry.h"

namespace assay::backends {

Result<std::unique_ptr<Backend>> make_tesseract_backend(const ModelSpec& spec,
                                                        const BackendContext& context);

// "yes", or why it cannot be used: the module is missing, no language is installed.
std::string tesseract_availability(const BackendContext& context);

}  // namespace assay::backends
