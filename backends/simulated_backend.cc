#include "backends/simulated_backend.h"

#include <fmt/format.h>

#include <utility>

#include "backends/codec/lines.h"
#include "backends/params.h"
#include "backends/price_params.h"
#include "backends/transport/simulated.h"

namespace assay::backends {
namespace {

constexpr Nanos kTimeoutDefault = std::chrono::seconds(60);
constexpr Nanos kPerTokenMax = std::chrono::minutes(1);
constexpr int64_t kTokensMax = 131'072;
constexpr int64_t kReplyBytesLimit = int64_t{1} << 20;  // of answer, and of reasoning

class SimulatedBackend final : public Backend {
 public:
  SimulatedBackend(BackendTraits traits, SimulatedOptions options)
      : traits_(std::move(traits)), transport_(std::move(options)) {}
  [[nodiscard]] const BackendTraits& traits() const override { return traits_; }
  Result<void> prepare(std::span<const Suite* const>) override { return {}; }
  void set_clock(const Clock& clock) override { transport_.set_clock(clock); }
  [[nodiscard]] Transport& transport() override { return transport_; }
  [[nodiscard]] const Codec& codec() const override { return codec_; }

 private:
  BackendTraits traits_;
  SimulatedTransport transport_;
  LinesReplyCodec codec_;
};

Result<void> read_answers(Params& params, SimulatedOptions& options) {
  ASSAY_TRY(options.accuracy, params.number("accuracy", options.accuracy, 0, 1));
  ASSAY_TRY(options.spread, params.number("spread", options.spread, 0, 100));
  ASSAY_TRY(options.reply_bytes, params.integer("reply_bytes", 0, 0, kReplyBytesLimit));
  ASSAY_TRY(const bool reasoning, params.flag("reasoning", false));
  ASSAY_TRY(options.reasoning_bytes,
            params.integer("reasoning_bytes", reasoning ? 400 : 0, 0, kReplyBytesLimit));
  return {};
}

Result<void> read_times(Params& params, SimulatedOptions& options) {
  options.streaming = params.has("ttft") || params.has("per_token") || params.has("tokens");
  if (options.streaming && params.has("delay")) {
    return params.error(
        "`delay` is the time of a reply that comes at once, `ttft`, `per_token` and `tokens` "
        "describe one that streams; expected one or the other");
  }
  ASSAY_TRY(options.delay, params.duration("delay", Nanos(0)));
  ASSAY_TRY(options.sigma, params.number("sigma", options.sigma, 0, 5));
  ASSAY_TRY(options.ttft, params.duration("ttft", Nanos(0)));
  ASSAY_TRY(options.per_token, params.duration("per_token", Nanos(0), kPerTokenMax));
  ASSAY_TRY(options.tokens, params.integer("tokens", options.tokens, 1, kTokensMax));
  return {};
}

Result<void> read_faults(Params& params, SimulatedOptions& options) {
  ASSAY_TRY(options.rate_limited, params.number("rate_limited", 0, 0, 1));
  ASSAY_TRY(options.server_error, params.number("server_error", 0, 0, 1));
  ASSAY_TRY(options.truncated, params.number("truncated", 0, 0, 1));
  ASSAY_TRY(options.malformed, params.number("malformed", 0, 0, 1));
  ASSAY_TRY(options.stall, params.number("stall", 0, 0, 1));
  ASSAY_TRY(options.crash, params.number("crash", 0, 0, 1));
  ASSAY_TRY(options.retry_after, params.duration("retry_after", std::chrono::seconds(1)));
  const double sum = options.rate_limited + options.server_error + options.truncated +
                     options.malformed + options.stall + options.crash;
  if (sum > 1 + 1e-9)
    return params.error(
        fmt::format("the fault probabilities add up to {}, expected at most 1", sum));
  return {};
}

// Everything that can change an answer or a simulated time, in a fixed order, defaults included.
std::string config_text(const SimulatedOptions& o, bool realtime) {
  return fmt::format(
      "simulated v1 label={} seed={} accuracy={} spread={} reply_bytes={} reasoning_bytes={} "
      "delay={} streaming={} ttft={} per_token={} tokens={} sigma={} rate_limited={} "
      "server_error={} truncated={} malformed={} stall={} crash={} retry_after={} realtime={}",
      o.label, o.seed, o.accuracy, o.spread, o.reply_bytes, o.reasoning_bytes, o.delay.count(),
      o.streaming, o.ttft.count(), o.per_token.count(), o.tokens, o.sigma, o.rate_limited,
      o.server_error, o.truncated, o.malformed, o.stall, o.crash, o.retry_after.count(), realtime);
}

}  // namespace

Result<std::unique_ptr<Backend>> make_simulated_backend(const ModelSpec& spec,
                                                        const BackendContext& context) {
  Params params(spec);
  SimulatedOptions options;
  options.label = spec.name;
  const auto run_seed = static_cast<int64_t>(context.seed);
  ASSAY_TRY(const int64_t seed, params.integer("seed", run_seed, INT64_MIN, INT64_MAX));
  options.seed = static_cast<uint64_t>(seed);
  ASSAY_TRY_VOID(read_answers(params, options));
  ASSAY_TRY_VOID(read_times(params, options));
  ASSAY_TRY_VOID(read_faults(params, options));
  ASSAY_TRY(const int64_t concurrency, params.integer("concurrency", 64, 1, 100'000));
  ASSAY_TRY(const bool realtime, params.flag("realtime", false));
  ModelPrices prices;
  ASSAY_TRY_VOID(read_prices(params, spec.name, prices));
  ASSAY_TRY_VOID(params.finish());
  options.timeout = context.timeout.count() > 0 ? Nanos(context.timeout) : kTimeoutDefault;

  BackendTraits traits;
  traits.config = config_text(options, realtime);
  traits.version = "simulated 1";
  traits.prices = std::move(prices);
  traits.virtual_clock = !realtime;
  traits.concurrency_default = static_cast<uint32_t>(concurrency);
  return std::unique_ptr<Backend>(
      std::make_unique<SimulatedBackend>(std::move(traits), std::move(options)));
}

}  // namespace assay::backends
