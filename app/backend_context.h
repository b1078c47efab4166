// What the flags of a run say to the models it makes: seed, workers, timeouts, plugins, the loop
// that remote models share. Used by every command that asks models by those flags.
//
//   std::unique_ptr<backends::HttpLoop> http;
//   std::function<void(const std::string&)> notice;
//   const auto context = backend_context(flags, http, stop.get_token(), notice);
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/run_flags.h"
#include "backends/registry.h"
#include "backends/transport/http.h"
#include "harness/run/run.h"

namespace assay::app {

// `http` and `notice` outlive the models. `notice` may be set after this: a context is made before
// there is a display.
backends::BackendContext backend_context(const RunFlags& flags,
                                         std::unique_ptr<backends::HttpLoop>& http,
                                         std::stop_token stop,
                                         const std::function<void(const std::string&)>& notice);

// A budget is only a promise where every model that costs money has a price: the error names one
// that has none.
Result<void> check_budget(const RunFlags& flags, const std::vector<run::RunModel>& models);
// With --offline nothing is asked over the network: the error names a model that would be.
Result<void> check_offline(const RunFlags& flags, const std::vector<run::RunModel>& models);

}  // namespace assay::app
