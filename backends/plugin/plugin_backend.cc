#include "backends/plugin/plugin_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "backends/codec/lines.h"
#include "backends/in_process_backend.h"
#include "harness/base/hash.h"
#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr uint64_t kTrainLinesMax = 1'000'000;

std::vector<const char*> c_strings(const std::vector<std::string>& texts) {
  std::vector<const char*> out;
  out.reserve(texts.size());
  for (const std::string& text : texts) out.push_back(text.c_str());
  return out;
}

// The C callbacks of a reply. `context` is the ReplySink; nothing may be thrown into the plugin, so
// what does go wrong (memory, in effect) ends the reply.
template <typename F>
void guarded(void* context, F&& f) noexcept {
  auto& sink = *static_cast<ReplySink*>(context);
  try {
    f(sink);
  } catch (const std::exception& e) {
    sink.error(Outcome::kServerError, e.what());
  }
}

std::string_view view(const char* text, size_t size) {
  return text == nullptr ? std::string_view() : std::string_view(text, size);
}
std::string_view view(const char* text) { return text == nullptr ? "" : std::string_view(text); }

void emit_text(void* context, const char* text, size_t size) {
  guarded(context, [&](ReplySink& sink) { sink.text(view(text, size)); });
}
void emit_reasoning(void* context, const char* text, size_t size) {
  guarded(context, [&](ReplySink& sink) { sink.reasoning(view(text, size)); });
}
void emit_details_json(void* context, const char* json, size_t size) {
  guarded(context, [&](ReplySink& sink) { sink.details(view(json, size)); });
}
void emit_usage(void* context, const assay_usage_v1* usage) {
  if (usage == nullptr || usage->size < sizeof(assay_usage_v1)) return;
  static_cast<ReplySink*>(context)->usage({.input_tokens = usage->input_tokens,
                                           .cached_tokens = usage->cached_tokens,
                                           .reasoning_tokens = usage->reasoning_tokens,
                                           .output_tokens = usage->output_tokens});
}
void emit_finish(void* context, const char* reason) {
  guarded(context, [&](ReplySink& sink) { sink.finish_reason(view(reason)); });
}
void emit_error(void* context, const char* kind, const char* message) {
  Outcome outcome = Outcome::kServerError;
  for (const Outcome known : {Outcome::kRejected, Outcome::kRefused, Outcome::kRateLimited}) {
    if (view(kind) == outcome_name(known)) outcome = known;
  }
  guarded(context, [&](ReplySink& sink) { sink.error(outcome, view(message)); });
}
int should_stop(void* context) { return static_cast<ReplySink*>(context)->should_stop() ? 1 : 0; }

uint64_t request_seed(uint64_t run_seed, const Attempt& attempt) {
  HashBuilder hash;
  hash.add_number(static_cast<int64_t>(run_seed)).add(attempt.request.suite);
  hash.add(attempt.sample.id).add_number(attempt.key.repeat);
  return hash.finish().prefix64();
}

// The C view of an attempt; points into the attempt and into itself.
class RequestView {
 public:
  RequestView(const Attempt& attempt, uint64_t seed) : json_(LinesCodec().encode(attempt)) {
    const Request& request = attempt.request;
    if (!json_.empty()) json_.pop_back();  // the newline
    std::string_view prompt;
    for (const Message& message : request.messages) {
      if (message.role == "user") prompt = message.text;
      for (const Image& image : message.images) add_image(image);
    }
    for (const assay_image_v1& image : images_) image_pointers_.push_back(&image);
    choices_ = c_strings(request.choices);
    raw_ = {.size = sizeof(assay_request_v1),
            .json = json_.c_str(),
            .json_size = json_.size(),
            .prompt = prompt.data() == nullptr ? "" : prompt.data(),
            .prompt_size = prompt.size(),
            .input = request.input.c_str(),
            .input_size = request.input.size(),
            .choices = choices_.data(),
            .choice_count = choices_.size(),
            .images = image_pointers_.data(),
            .image_count = image_pointers_.size(),
            .suite = request.suite.c_str(),
            .sample_id = attempt.sample.id.c_str(),
            .repeat = attempt.key.repeat,
            .seed = seed};
  }
  RequestView(const RequestView&) = delete;
  RequestView& operator=(const RequestView&) = delete;

  [[nodiscard]] const assay_request_v1& raw() const { return raw_; }
  // A picture whose bytes the request does not hold, or null.
  [[nodiscard]] const std::string* missing_image() const { return missing_; }

 private:
  void add_image(const Image& image) {
    if (image.content == nullptr) {
      missing_ = &image.path;
      return;
    }
    images_.push_back({.size = sizeof(assay_image_v1),
                       .data = reinterpret_cast<const uint8_t*>(image.content->data()),
                       .data_size = image.content->size(),
                       .media_type = image.media_type.c_str()});
  }

  std::string json_;
  std::vector<const char*> choices_;
  std::vector<assay_image_v1> images_;
  std::vector<const assay_image_v1*> image_pointers_;
  const std::string* missing_ = nullptr;
  assay_request_v1 raw_{};
};

class PluginWorker final : public InProcessWorker {
 public:
  // Takes `worker`, which is not null.
  PluginWorker(const assay_plugin_v1& table, assay_worker* worker, std::optional<uint64_t> seed)
      : table_(table), worker_(worker), seed_(seed) {}
  ~PluginWorker() override { table_.worker_destroy(worker_); }
  PluginWorker(const PluginWorker&) = delete;
  PluginWorker& operator=(const PluginWorker&) = delete;

  void answer(const Attempt& attempt, ReplySink& sink) override {
    const RequestView request(attempt, seed_ ? request_seed(*seed_, attempt) : 0);
    if (const std::string* path = request.missing_image(); path != nullptr) {
      sink.error(Outcome::kRejected, fmt::format("the picture {} was not loaded", *path));
      return;
    }
    const assay_reply_v1 reply = {.size = sizeof(assay_reply_v1),
                                  .context = &sink,
                                  .emit_text = emit_text,
                                  .emit_reasoning = emit_reasoning,
                                  .emit_details_json = emit_details_json,
                                  .emit_usage = emit_usage,
                                  .emit_finish = emit_finish,
                                  .emit_error = emit_error,
                                  .should_stop = should_stop};
    table_.worker_answer(worker_, &request.raw(), &reply);
  }

 private:
  const assay_plugin_v1& table_;
  assay_worker* worker_;
  const std::optional<uint64_t> seed_;  // the run's, for a plugin that uses it
};

class PluginModel final : public InProcessModel {
 public:
  static Result<std::unique_ptr<PluginModel>> create(std::shared_ptr<const Plugin> plugin,
                                                     const ModelSpec& spec,
                                                     const BackendContext& context) {
    auto model = std::unique_ptr<PluginModel>(new PluginModel(std::move(plugin), spec, context));
    ASSAY_TRY_VOID(model->create_raw(spec, context));
    model->describe(spec);
    return model;
  }
  ~PluginModel() override {
    if (raw_ != nullptr) table().destroy(raw_);
  }
  PluginModel(const PluginModel&) = delete;
  PluginModel& operator=(const PluginModel&) = delete;

  [[nodiscard]] const BackendTraits& traits() const override { return traits_; }

  Result<void> prepare(std::span<const Suite* const> suites) override {
    if (table().train == nullptr) return {};
    for (const Suite* suite : suites) {
      if (suite->train_size() > 0) ASSAY_TRY_VOID(train(*suite));
    }
    return {};
  }

  Result<std::unique_ptr<InProcessWorker>> make_worker() override {
    PluginError error;
    assay_worker* worker = table().worker_create(raw_, error.raw());
    if (worker == nullptr) return failed(ErrorCode::kInfrastructure, error.text());
    return std::unique_ptr<InProcessWorker>(std::make_unique<PluginWorker>(table(), worker, seed_));
  }

 private:
  PluginModel(std::shared_ptr<const Plugin> plugin, const ModelSpec& spec,
              const BackendContext& context)
      : plugin_(std::move(plugin)), spec_text_(spec.text) {
    if ((table().flags & ASSAY_PLUGIN_USES_SEED) != 0) seed_ = context.seed;
    traits_.concurrency_default = std::max(1U, context.workers);
    if (table().train != nullptr) traits_.train_size = 0;
  }

  [[nodiscard]] const assay_plugin_v1& table() const { return plugin_->table(); }
  [[nodiscard]] Error failed(ErrorCode code, std::string message) const {
    return Error{code, std::move(message), fmt::format("model `{}`", spec_text_)};
  }

  Result<void> create_raw(const ModelSpec& spec, const BackendContext& context) {
    std::vector<const char*> keys;
    std::vector<const char*> values;
    for (const auto& [key, value] : spec.params) {
      keys.push_back(key.c_str());
      values.push_back(value.c_str());
    }
    const assay_model_spec_v1 raw_spec = {.size = sizeof(assay_model_spec_v1),
                                          .name = spec.name.c_str(),
                                          .param_keys = keys.data(),
                                          .param_values = values.data(),
                                          .param_count = keys.size(),
                                          .seed = seed_.value_or(0),
                                          .workers = std::max(1U, context.workers)};
    PluginError error;
    raw_ = table().create(&raw_spec, error.raw());
    if (raw_ == nullptr) return failed(ErrorCode::kInput, error.text());
    return {};
  }

  void describe(const ModelSpec& spec) {
    traits_.version = sanitize_utf8(plugin_->version());
    if (table().model_version != nullptr) {
      const std::string_view model = view(table().model_version(raw_));
      if (!model.empty()) traits_.version += "; " + sanitize_utf8(model);
    }
    traits_.config = fmt::format("{}:{}", spec.backend, spec.name);
    for (const auto& [key, value] : spec.params)
      traits_.config += fmt::format("\n{}={}", key, value);
    traits_.config += "\nversion=" + traits_.version;
    if (seed_) traits_.config += fmt::format("\nrun seed={}", *seed_);
  }

  Result<void> train(const Suite& suite) {
    const uint64_t count = suite.train_size();
    if (count > kTrainLinesMax) {
      return failed(ErrorCode::kLimit,
                    fmt::format("suite `{}` has {} train lines, at most {} are supported",
                                suite.info().name, count, kTrainLinesMax));
    }
    std::vector<std::string> inputs;
    std::vector<std::string> targets;
    for (uint64_t i = 0; i < count; ++i) {
      ASSAY_TRY(TrainingExample example, suite.train(i));
      inputs.push_back(std::move(example.input));
      targets.push_back(std::move(example.target));
    }
    const std::vector<const char*> raw_inputs = c_strings(inputs);
    const std::vector<const char*> raw_targets = c_strings(targets);
    const assay_train_v1 raw = {.size = sizeof(assay_train_v1),
                                .suite = suite.info().name.c_str(),
                                .count = inputs.size(),
                                .inputs = raw_inputs.data(),
                                .targets = raw_targets.data()};
    PluginError error;
    if (table().train(raw_, &raw, error.raw()) != 0) {
      return failed(ErrorCode::kInfrastructure,
                    fmt::format("training on suite `{}`: {}", suite.info().name, error.text()));
    }
    traits_.train_size = std::max(traits_.train_size, static_cast<int64_t>(count));
    return {};
  }

  std::shared_ptr<const Plugin> plugin_;  // shared by all models of the plugin
  std::string spec_text_;
  std::optional<uint64_t> seed_;
  BackendTraits traits_;
  assay_model* raw_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Backend>> make_plugin_backend(std::shared_ptr<const Plugin> plugin,
                                                     const ModelSpec& spec,
                                                     const BackendContext& context) {
  ASSAY_TRY(std::unique_ptr<PluginModel> model,
            PluginModel::create(std::move(plugin), spec, context));
  return make_in_process_backend(std::move(model), context);
}

}  // namespace assay::backends
