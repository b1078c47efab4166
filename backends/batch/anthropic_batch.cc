#include "backends/batch/anthropic_batch.h"

#include <fmt/format.h>

#include <utility>

#include "backends/batch/anthropic_batch_wire.h"
#include "backends/batch/batch_http.h"
#include "backends/batch/openai_batch_wire.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

// The API takes 100,000 requests and 256 MB; a batch is held in memory while it is sent.
constexpr size_t kRequestsMax = 25'000;
constexpr size_t kBytesMax = size_t{48} << 20;
constexpr int kPageSize = 100;
constexpr int kPagesMax = 100;
// The provider's clock and ours.
constexpr int64_t kClockSlackS = 3600;
constexpr std::string_view kPath = "/messages/batches";

class AnthropicBatchClient final : public BatchClient {
 public:
  AnthropicBatchClient(const EndpointSpec& endpoint, HttpOptions http, const RemoteCodec& codec,
                       const Redactor& redactor)
      : endpoint_(endpoint), codec_(codec), http_(std::move(http), redactor) {}

  [[nodiscard]] std::string_view form() const override { return "anthropic"; }
  [[nodiscard]] BatchLimits limits() const override { return {kRequestsMax, kBytesMax}; }
  [[nodiscard]] const Codec& codec() const override { return codec_; }

  Result<std::string> submit(const std::string& /*tag: in every custom_id*/,
                             std::span<const BatchItem> items,
                             const std::stop_token& stop) override {
    ASSAY_TRY(const Json created,
              http_.post(url(kPath), "application/json", anthropic_batch_request(items),
                         BatchHttp::Repeat::kWhenRefused, stop));
    Result<AnthropicBatch> batch = read_anthropic_batch(created);
    // It was created, whatever it is called: find() says.
    if (!batch) batch.error().code = ErrorCode::kInfrastructure;
    ASSAY_TRY(AnthropicBatch known, std::move(batch));
    return std::move(known.id);
  }

  Result<BatchFound> find(const BatchSought& sought, const std::stop_token& stop) override {
    const std::string since = utc_seconds(sought.since_unix_s - kClockSlackS);
    BatchFound answer;
    std::string after;
    for (int page = 0; page < kPagesMax; ++page) {
      const std::string path =
          fmt::format("{}?limit={}{}", kPath, kPageSize, after.empty() ? "" : "&after_id=" + after);
      ASSAY_TRY(const Json reply, http_.get(url(path), stop));
      ASSAY_TRY(const AnthropicBatchPage found, read_anthropic_page(reply));
      for (const AnthropicBatch& batch : found.batches) {
        if (!batch.created_at.empty() && batch.created_at < since) return answer;
        if (batch.state.total != sought.requests) continue;
        if (batch.state.phase == BatchState::Phase::kRunning) {
          answer.is = BatchFound::Is::kUnclear;
          continue;
        }
        ASSAY_TRY(const bool ours, holds(batch.id, sought.tag, stop));
        if (ours) return BatchFound{BatchFound::Is::kThere, batch.id};
      }
      if (!found.has_more || found.batches.empty()) return answer;
      after = found.batches.back().id;
    }
    return answer;
  }

  Result<BatchState> state(const std::string& id, const std::stop_token& stop) override {
    ASSAY_TRY_VOID(check(id));
    ASSAY_TRY(const Json reply, http_.get(url(fmt::format("{}/{}", kPath, id)), stop));
    ASSAY_TRY(AnthropicBatch batch, read_anthropic_batch(reply));
    return std::move(batch.state);
  }

  // From the endpoint itself and not from results_url, which could send the key anywhere.
  Result<void> read(const std::string& id, const std::function<Result<void>(BatchReply&&)>& take,
                    const std::stop_token& stop) override {
    ASSAY_TRY_VOID(check(id));
    return http_.get_lines(
        url(fmt::format("{}/{}/results", kPath, id)),
        [&take](std::string_view line, bool whole) {
          return take(whole ? reply_of(read_anthropic_reply(line)) : too_long());
        },
        stop);
  }

 private:
  [[nodiscard]] std::string url(std::string_view path) const { return endpoint_.url_of(path); }
  [[nodiscard]] static Result<void> check(const std::string& id) {
    if (is_batch_id(id)) return {};
    return input_error("message batch", fmt::format("`{}` is no id", id));
  }
  // Whether the first result of an ended batch is one of `tag`.
  Result<bool> holds(const std::string& id, const std::string& tag, const std::stop_token& stop) {
    bool known = false;
    bool ours = false;
    const Result<void> done = read(
        id,
        [&](BatchReply&& reply) -> Result<void> {
          known = true;
          ours = reply.custom_id.starts_with(tag + "-");
          return Error{ErrorCode::kLimit, "one is enough", ""};
        },
        stop);
    if (!known) ASSAY_TRY_VOID(done);
    return ours;
  }

  const EndpointSpec& endpoint_;
  const RemoteCodec& codec_;
  const BatchHttp http_;
};

}  // namespace

std::unique_ptr<BatchClient> make_anthropic_batch(const EndpointSpec& endpoint, HttpOptions http,
                                                  const RemoteCodec& codec,
                                                  const Redactor& redactor) {
  return std::make_unique<AnthropicBatchClient>(endpoint, std::move(http), codec, redactor);
}

}  // namespace assay::backends
