#include "backends/plugin/tesseract.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "backends/plugin/plugin.h"
#include "backends/plugin/plugin_backend.h"

namespace assay::backends {
namespace {

constexpr const char* kModuleFile = "assay_tesseract.so";

Result<std::shared_ptr<const Plugin>> open_module(const BackendContext& context) {
  const std::filesystem::path path = std::filesystem::path(context.module_dir) / kModuleFile;
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("no module {}; it is installed with Assay, or built beside it in "
                             "modules/",
                             path.string()),
                 "tesseract"};
  }
  // Tesseract's own threads fight with one engine per worker and cost more than they give. OpenMP
  // reads this once, when it is loaded with the module.
  return Plugin::open(path.string(), {{"OMP_THREAD_LIMIT", "1"}});
}

}  // namespace

Result<std::unique_ptr<Backend>> make_tesseract_backend(const ModelSpec& spec,
                                                        const BackendContext& context) {
  ASSAY_TRY(std::shared_ptr<const Plugin> module, open_module(context));
  return make_plugin_backend(std::move(module), spec, context);
}

std::string tesseract_availability(const BackendContext& context) {
  const Result<std::shared_ptr<const Plugin>> module = open_module(context);
  return module ? (*module)->availability() : module.error().text();
}

}  // namespace assay::backends
