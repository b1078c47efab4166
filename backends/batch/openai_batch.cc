#include "backends/batch/openai_batch.h"

#include <fmt/format.h>

#include <utility>

#include "backends/batch/batch_http.h"
#include "backends/batch/openai_batch_wire.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

// The API takes 50,000 requests and 200 MB; a batch is held in memory while it is sent.
constexpr size_t kRequestsMax = 25'000;
constexpr size_t kBytesMax = size_t{48} << 20;
constexpr int kPageSize = 100;  // the most the API gives
constexpr int kPagesMax = 100;
// The provider's clock and ours.
constexpr int64_t kClockSlackS = 3600;

class OpenAiBatchClient final : public BatchClient {
 public:
  OpenAiBatchClient(const EndpointSpec& endpoint, HttpOptions http, const RemoteCodec& codec,
                    const Redactor& redactor)
      : endpoint_(endpoint),
        codec_(codec),
        http_(std::move(http), redactor),
        target_("/v1" + codec.wire().path()) {}

  [[nodiscard]] std::string_view form() const override { return "openai"; }
  [[nodiscard]] BatchLimits limits() const override { return {kRequestsMax, kBytesMax}; }
  [[nodiscard]] const Codec& codec() const override { return codec_; }

  Result<std::string> submit(const std::string& tag, std::span<const BatchItem> items,
                             const std::stop_token& stop) override {
    std::string file;
    for (const BatchItem& item : items) append_openai_line(item, target_, file);
    const MultipartForm form = openai_upload(fmt::format("{}.jsonl", tag), file);
    std::string().swap(file);
    Result<Json> uploaded =
        http_.post(url("/files"), form.content_type, form.body, BatchHttp::Repeat::kAlways, stop);
    // A file without a batch costs nothing, and there is no batch yet.
    if (!uploaded && uploaded.error().code == ErrorCode::kInfrastructure)
      uploaded.error().code = ErrorCode::kIo;
    if (!uploaded) return std::move(uploaded).error();
    ASSAY_TRY(const std::string file_id, read_openai_id(*uploaded));
    ASSAY_TRY(const Json created, http_.post(url("/batches"), "application/json",
                                             openai_batch_request(file_id, target_, tag),
                                             BatchHttp::Repeat::kWhenRefused, stop));
    Result<std::string> id = read_openai_id(created);
    // It was created, whatever it is called: find() says.
    if (!id) id.error().code = ErrorCode::kInfrastructure;
    return id;
  }

  Result<BatchFound> find(const BatchSought& sought, const std::stop_token& stop) override {
    std::string after;
    for (int page = 0; page < kPagesMax; ++page) {
      const std::string path =
          fmt::format("/batches?limit={}{}", kPageSize, after.empty() ? "" : "&after=" + after);
      ASSAY_TRY(const Json reply, http_.get(url(path), stop));
      ASSAY_TRY(const OpenAiBatchPage found, read_openai_page(reply));
      for (const OpenAiBatch& batch : found.batches) {
        if (batch.tag == sought.tag) return BatchFound{BatchFound::Is::kThere, batch.id};
        if (batch.created_unix_s + kClockSlackS < sought.since_unix_s) return BatchFound{};
      }
      if (!found.has_more || found.batches.empty()) return BatchFound{};
      after = found.batches.back().id;
    }
    return BatchFound{};
  }

  Result<BatchState> state(const std::string& id, const std::stop_token& stop) override {
    ASSAY_TRY(OpenAiBatch batch, fetch(id, stop));
    return std::move(batch.state);
  }

  Result<void> read(const std::string& id, const std::function<Result<void>(BatchReply&&)>& take,
                    const std::stop_token& stop) override {
    ASSAY_TRY(const OpenAiBatch batch, fetch(id, stop));
    const auto take_line = [&take](std::string_view line, bool whole) {
      return take(whole ? reply_of(read_openai_reply(line)) : too_long());
    };
    for (const std::string& file : {batch.output_file, batch.error_file}) {
      if (file.empty()) continue;
      ASSAY_TRY_VOID(http_.get_lines(url("/files/" + file + "/content"), take_line, stop));
    }
    return {};
  }

 private:
  [[nodiscard]] std::string url(std::string_view path) const { return endpoint_.url_of(path); }
  [[nodiscard]] Result<OpenAiBatch> fetch(const std::string& id,
                                          const std::stop_token& stop) const {
    if (!is_batch_id(id)) return input_error("batch", fmt::format("`{}` is no id", id));
    ASSAY_TRY(const Json batch, http_.get(url("/batches/" + id), stop));
    return read_openai_batch(batch);
  }

  const EndpointSpec& endpoint_;
  const RemoteCodec& codec_;
  const BatchHttp http_;
  const std::string target_;  // what each line asks
};

}  // namespace

std::unique_ptr<BatchClient> make_openai_batch(const EndpointSpec& endpoint, HttpOptions http,
                                               const RemoteCodec& codec, const Redactor& redactor) {
  return std::make_unique<OpenAiBatchClient>(endpoint, std::move(http), codec, redactor);
}

}  // namespace assay::backends
