#include "app/backend_context.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "app/paths.h"
#include "harness/cost/bill.h"
#include "harness/cost/token_cost.h"
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

Result<void> check_budget(const RunFlags& flags, const std::vector<run::RunModel>& models) {
  if (flags.budget.empty()) return {};
  for (const run::RunModel& model : models) {
    const BackendTraits& traits = model.backend->traits();
    const bool priced = cost::period_at(model.prices, cost::unix_now_s()) != nullptr;
    if (traits.local || traits.virtual_clock || priced) continue;
    return input_error(
        "--budget", fmt::format("no price is known for {}{}; give it as ?price_in=..&price_out="
                                ".. (per million tokens) or with --prices FILE",
                                model.info.name, model.prices.known() ? " that holds today" : ""));
  }
  return {};
}

Result<void> check_offline(const RunFlags& flags, const std::vector<run::RunModel>& models) {
  for (const run::RunModel& model : models) {
    if (!flags.offline || model.backend->traits().local) continue;
    return input_error("--offline", fmt::format("{} is reached over the network", model.info.name));
  }
  return {};
}

}  // namespace assay::app
