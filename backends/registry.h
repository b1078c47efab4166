// The backends that exist: an explicit table from the word before the colon to a factory.
//
//   backends::BackendContext context{.seed = 7, .workers = 1, .module_dir =
//   "build/release/modules"}; ASSAY_TRY(ModelSpec spec,
//   backends::parse_model_spec("tesseract:kor+eng?psm=6")); ASSAY_TRY(std::unique_ptr<Backend>
//   backend, backends::make_backend(spec, context));
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/api/backend.h"
#include "harness/api/run_store.h"
#include "harness/base/result.h"

namespace assay::backends {

// backend:name?key=value&key=value  ("tesseract:kor+eng?psm=6")
struct ModelSpec {
  std::string text;                           // as given
  std::string backend;                        // "tesseract"
  std::string name;                           // "kor+eng"; may hold anything but '?'
  std::map<std::string, std::string> params;  // percent-decoded
};
Result<ModelSpec> parse_model_spec(const std::string& text);

struct BackendContext {
  uint64_t seed = 0;                     // run seed
  uint32_t workers = 1;                  // threads of in-process models; processes of `process:`
  std::chrono::milliseconds timeout{0};  // per request; 0: the backend's default
  std::string module_dir;                // where tesseract's module is
  std::vector<std::string> plugins;      // --plugin FILE.so
  // Opens a run file for reading (`replay:`); given by app, which knows the store.
  std::function<Result<std::unique_ptr<RunStore>>(const std::string& path)> open_run;
};

// Unknown backends, names and parameters are errors that name the nearest known one.
Result<std::unique_ptr<Backend>> make_backend(const ModelSpec& spec, const BackendContext& context);

// One row of `assay list models`.
struct BackendListing {
  std::string name;  // "tesseract"
  std::string form;  // "tesseract:LANG[+LANG...][?psm=N]"
  std::string summary;
  std::string available;  // "yes", or why not
};
std::vector<BackendListing> list_backends(const BackendContext& context);

}  // namespace assay::backends
