#include "backends/in_process_backend.h"

#include <algorithm>
#include <utility>

#include "backends/codec/lines.h"

namespace assay::backends {
namespace {

class InProcessBackend final : public Backend {
 public:
  InProcessBackend(std::unique_ptr<InProcessModel> model, const BackendContext& context)
      : model_(std::move(model)),
        transport_(*model_, {.workers = std::max(1U, context.workers),
                             .timeout = std::chrono::nanoseconds(context.timeout)}) {}

  [[nodiscard]] const BackendTraits& traits() const override { return model_->traits(); }
  Result<void> prepare(std::span<const Suite* const> suites) override {
    ASSAY_TRY_VOID(model_->prepare(suites));
    return transport_.open();
  }
  void set_clock(const Clock& clock) override { transport_.set_clock(clock); }
  [[nodiscard]] Transport& transport() override { return transport_; }
  [[nodiscard]] const Codec& codec() const override { return codec_; }

 private:
  std::unique_ptr<InProcessModel> model_;
  LinesReplyCodec codec_;
  InProcessTransport transport_;  // after model_: its workers go first
};

}  // namespace

std::unique_ptr<Backend> make_in_process_backend(std::unique_ptr<InProcessModel> model,
                                                 const BackendContext& context) {
  return std::make_unique<InProcessBackend>(std::move(model), context);
}

}  // namespace assay::backends
