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
#include <stop_token>
#include <string>
#include <vector>

#include "backends/secrets.h"
#include "harness/api/backend.h"
#include "harness/api/run_store.h"
#include "harness/base/result.h"

namespace assay::backends {

class HttpLoop;

// backend:name?key=value&key=value  ("tesseract:kor+eng?psm=6")
struct ModelSpec {
  std::string text;                           // as given, but for credentials inside a URL
  std::string backend;                        // "tesseract"
  std::string name;                           // "kor+eng"; may hold anything but '?'
  std::map<std::string, std::string> params;  // percent-decoded
  Secret credentials;  // "user:password" of an http(s) address; `name` and `text` do not hold it
};
// Besides that form: http://host:port/v1#model?key=value, whose backend is "http" or "https".
Result<ModelSpec> parse_model_spec(const std::string& text);

struct BackendContext {
  uint64_t seed = 0;                     // run seed
  uint32_t workers = 1;                  // threads of in-process models; processes of `process:`
  std::chrono::milliseconds timeout{0};  // per request; 0: the backend's default
  std::string module_dir;                // where tesseract's module is
  std::vector<std::string> plugins;      // --plugin FILE.so
  // Opens a run file for reading (`replay:`); given by app, which knows the store.
  std::function<Result<std::unique_ptr<RunStore>>(const std::string& path)> open_run;
  // The user's assay.yaml, whose `providers:` adds to the shipped ones; empty: there is none.
  std::string config_text;
  std::string config_name;
  // Parameters of every model behind HTTP whose spec does not give them (--preset, --keep-wire).
  std::map<std::string, std::string> remote_defaults;
  // The loop that all remote models share, made when the first one needs it; empty: each has its
  // own.
  std::function<HttpLoop&()> http_loop;
  // For `assay bench`. `timing`: the leanest way to the bytes and their receive times, where there
  // is one. `kernel_stamps`: ask for them. `text_bytes_kept`: of each channel of a reply; what is
  // beyond is counted and dropped.
  bool timing = false;
  bool kernel_stamps = true;
  uint64_t text_bytes_kept = UINT64_MAX;
  bool keys_required = true;  // false: a remote model without its key can be made and described
  Warn warn;                  // for people; may be empty
  // Progress of long preparations ("starting llama-server: 12 s"), and the wish to give them up.
  std::function<void(const std::string&)> notice;
  std::stop_token stop;
};

// Unknown backends, names and parameters are errors that name the nearest known one.
Result<std::unique_ptr<Backend>> make_backend(const ModelSpec& spec, const BackendContext& context);

// One row of `assay list backends`.
struct BackendListing {
  std::string name;  // "tesseract"
  std::string form;  // "tesseract:LANG[+LANG...][?psm=N]"
  std::string summary;
  std::string available;  // "yes", or why not
};
std::vector<BackendListing> list_backends(const BackendContext& context);

}  // namespace assay::backends
