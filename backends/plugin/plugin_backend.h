// A plugin's model as a backend: the C interface of assay_plugin.h on one side, InProcessModel on
// the other.
//
// Where it stands: called by backends/registry for --plugin, and by backends/plugin/tesseract.
//
//   ASSAY_TRY(std::shared_ptr<const Plugin> plugin, Plugin::open(path));
//   ASSAY_TRY(std::unique_ptr<Backend> backend, make_plugin_backend(plugin, spec, context));
#pragma once

#include <memory>

#include "backends/plugin/plugin.h"
#include "backends/registry.h"

namespace assay::backends {

// `plugin` is shared: each of its models keeps it.
Result<std::unique_ptr<Backend>> make_plugin_backend(std::shared_ptr<const Plugin> plugin,
                                                     const ModelSpec& spec,
                                                     const BackendContext& context);

}  // namespace assay::backends
