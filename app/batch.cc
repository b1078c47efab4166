#include "app/batch.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "harness/run/batch_run.h"

namespace assay::app {
namespace {

constexpr const char* kWhoHasThem =
    "providers openai and anthropic, rows of `providers:` with `batch: true`, and any server that "
    "speaks OpenAI's Batch API or Anthropic's Message Batches with ?batch=1 (wire formats "
    "openai-chat, openai-responses, openai-completions, anthropic)";

Result<void> check_price(const RunFlags& flags, const run::RunModel& model) {
  if (!model.prices.known() || run::has_batch_price(model.prices)) return {};
  const std::string what = fmt::format(
      "the price of {} has no terms of a batch; give them as a factor of the ordinary "
      "price: ?price_in=..&price_out=..&price_batch=0.5",
      model.info.name);
  if (!flags.budget.empty()) return input_error("--budget", what);
  if (!flags.quiet)
    fmt::print(stderr, "assay: note: {}; what its batches cost will not be known\n", what);
  return {};
}

}  // namespace

Result<void> check_batch(const RunFlags& flags, const std::vector<run::RunModel>& models) {
  if (!flags.batch) return {};
  bool any = false;
  for (const run::RunModel& model : models) {
    if (model.backend->batch_client() == nullptr) continue;
    any = true;
    ASSAY_TRY_VOID(check_price(flags, model));
  }
  if (!any) {
    return input_error("--batch", fmt::format("no model of this run has a batch endpoint; there is "
                                              "one for {}",
                                              kWhoHasThem));
  }
  for (const run::RunModel& model : models) {
    if (model.backend->batch_client() != nullptr || flags.quiet) continue;
    fmt::print(stderr, "assay: note: {} has no batch endpoint and is asked one by one\n",
               model.info.name);
  }
  return {};
}

std::optional<run::BatchSettings> batch_settings(const RunFlags& flags) {
  if (!flags.batch) return std::nullopt;
  run::BatchSettings settings;
  settings.poll = batch_poll(flags).value_or(settings.poll);
  settings.forget = flags.batch_forget;
  if (!flags.quiet)
    settings.note = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
  return settings;
}

void print_open_batches(const run::BatchTotals& totals) {
  if (totals.open_batches == 0) return;
  fmt::print(stderr,
             "assay: {} requests go on in {} at the provider; the same command collects them\n",
             totals.open_requests,
             totals.open_batches == 1 ? "a batch" : fmt::format("{} batches", totals.open_batches));
}

}  // namespace assay::app
