#include "app/backend_context.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "app/paths.h"
#include "harness/store/sqlite_store.h"

namespace assay::app {

backends::BackendContext backend_context(const RunFlags& flags,
                                         std::unique_ptr<backends::HttpLoop>& http,
                                         std::stop_token stop,
                                         const std::function<void(const std::string&)>& notice) {
  backends::BackendContext context;
  context.http_loop = [&http]() -> backends::HttpLoop& {
    if (http == nullptr) http = std::make_unique<backends::HttpLoop>();
    return *http;
  };
  context.keys_required = !flags.dry_run;
  context.config_text = flags.config_text;
  context.config_name = flags.config;
  context.warn = [](const std::string& text) { fmt::print(stderr, "assay: note: {}\n", text); };
  context.stop = std::move(stop);
  context.notice = [&notice](const std::string& text) {
    if (notice) notice(text);
  };
  if (!flags.preset.empty()) context.remote_defaults["preset"] = flags.preset;
  if (flags.keep_wire) context.remote_defaults["keep_wire"] = "1";
  context.seed = flags.seed.value_or(0);
  context.workers = fixed_concurrency(flags).value_or(1);
  if (flags.timeout_s)
    context.timeout = std::chrono::milliseconds(static_cast<int64_t>(*flags.timeout_s * 1000));
  context.module_dir = module_dir();
  context.plugins = flags.plugins;
  context.open_run = [](const std::string& path) -> Result<std::unique_ptr<RunStore>> {
    ASSAY_TRY(auto store, store::SqliteStore::open_for_reading(path));
    return std::unique_ptr<RunStore>(std::move(store));
  };
  return context;
}

}  // namespace assay::app
