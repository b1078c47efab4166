#include "backends/replay_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "backends/codec/lines.h"
#include "backends/params.h"
#include "backends/transport/replay.h"
#include "harness/base/nearest.h"

namespace assay::backends {
namespace {

constexpr uint32_t kConcurrency = 64;

std::string list_of(const std::vector<std::string>& names) {
  return fmt::format("`{}`", fmt::join(names, "`, `"));
}

class ReplayBackend final : public Backend {
 public:
  ReplayBackend(BackendTraits traits, std::unique_ptr<RunStore> store, Manifest manifest,
                ModelInfo model)
      : traits_(std::move(traits)),
        store_(std::move(store)),
        manifest_(std::move(manifest)),
        model_(std::move(model)),
        transport_(archive_, store_->path()) {}

  [[nodiscard]] const BackendTraits& traits() const override { return traits_; }
  Result<void> prepare(std::span<const Suite* const> suites) override {
    for (const Suite* suite : suites) {
      ASSAY_TRY(const SuiteInfo* stored, stored_suite(suite->info()));
      ASSAY_TRY_VOID(archive_.load(*store_, model_, *stored));
    }
    return {};
  }
  void set_clock(const Clock& clock) override { transport_.set_clock(clock); }
  [[nodiscard]] Transport& transport() override { return transport_; }
  [[nodiscard]] const Codec& codec() const override { return codec_; }

 private:
  Result<const SuiteInfo*> stored_suite(const SuiteInfo& wanted) const {
    std::vector<std::string> known;
    for (const SuiteInfo& stored : manifest_.suites) {
      known.push_back(stored.name);
      if (stored.name != wanted.name) continue;
      if (stored.prompt_hash == wanted.prompt_hash) return &stored;
      return Error{ErrorCode::kConflict,
                   fmt::format("suite `{}` was asked with another prompt there (prompt hash {}, "
                               "now {}): its replies answer other questions",
                               wanted.name, stored.prompt_hash, wanted.prompt_hash),
                   store_->path()};
    }
    return Error{
        ErrorCode::kNotFound,
        fmt::format(
            "has no suite `{}`{} it has: {}", wanted.name,
            nearest_name(wanted.name, known).empty() ? ";" : did_you_mean(wanted.name, known),
            list_of(known)),
        store_->path()};
  }

  BackendTraits traits_;
  std::unique_ptr<RunStore> store_;
  Manifest manifest_;
  ModelInfo model_;
  ReplayArchive archive_;
  ReplayTransport transport_;
  LinesReplyCodec codec_;
};

Result<ModelInfo> choose_model(const Manifest& manifest, const std::string& wanted,
                               const Params& params) {
  std::vector<std::string> names;
  for (const ModelInfo& model : manifest.models) {
    if (!wanted.empty() && model.name == wanted) return model;
    if (model.curve_of.empty()) names.push_back(model.name);
  }
  if (names.empty()) return params.error("the run has no models");
  if (wanted.empty() && names.size() == 1) {
    return *std::find_if(manifest.models.begin(), manifest.models.end(),
                         [&](const ModelInfo& model) { return model.name == names.front(); });
  }
  if (wanted.empty()) {
    return params.error(fmt::format("the run has {} models, expected `?model=NAME` with one of {}",
                                    names.size(), list_of(names)));
  }
  return params.error(fmt::format(
      "the run has no model `{}`{} it has: {}", wanted,
      nearest_name(wanted, names).empty() ? ";" : did_you_mean(wanted, names), list_of(names)));
}

}  // namespace

Result<std::unique_ptr<Backend>> make_replay_backend(const ModelSpec& spec,
                                                     const BackendContext& context) {
  Params params(spec);
  const std::string wanted = params.text("model", "");
  ASSAY_TRY_VOID(params.finish());
  if (spec.name.empty())
    return params.error("names no run file, expected replay:RUN.assay?model=NAME");
  ASSAY_CHECK(context.open_run != nullptr, "no opener of run files for `{}`", spec.text);
  ASSAY_TRY(std::unique_ptr<RunStore> store, context.open_run(spec.name));
  ASSAY_TRY(Manifest manifest, store->manifest());
  ASSAY_TRY(ModelInfo model, choose_model(manifest, wanted, params));

  BackendTraits traits;
  traits.config = fmt::format("replay v1 run={} seed={} model={} config={}", manifest.run_hash,
                              manifest.seed, model.name, model.config_hash);
  traits.version = model.version;
  traits.virtual_clock = true;
  traits.concurrency_default = kConcurrency;
  return std::unique_ptr<Backend>(std::make_unique<ReplayBackend>(
      std::move(traits), std::move(store), std::move(manifest), std::move(model)));
}

}  // namespace assay::backends
