// ReplyBuilder: what all HTTP wire formats share behind their parsing: channels, reasoning tags,
// tool calls, token times, usage, and the one place that decides a reply's outcome.
//
// Where it stands: inside each wire format's Decoder; decode thread, one per stream. A decoder
// turns bytes into calls of this class and nothing else.
//
//   builder.stamps(bytes, stamps);                       // first, at every feed()
//   builder.answer(delta, builder.at(event.end_offset)); // then what the events say
//   builder.usage({.input_total = 12, .cached = 4, .output_total = 30, .reasoning = 20});
//   builder.finished("stop", FinishKind::kStop);
//   builder.terminal();                                  // [DONE], message_stop, ...
//   builder.finish(attempt, response);                   // at the end of bytes
//
// Completeness: a reply is complete when it has a finish reason or a terminal event; bytes that end
// without either are kTruncated, even when the connection was closed cleanly. Complete without
// usage is complete; Usage::source says kMissing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/codec/kept_text.h"
#include "backends/codec/reasoning_splitter.h"
#include "backends/codec/usage_counts.h"
#include "harness/types/attempt.h"
#include "harness/types/chunk_log.h"

namespace assay::backends {

// What a wire format's stop reason means.
enum class FinishKind : uint8_t {
  kStop,       // the model ended: kOk
  kLength,     // the token limit: kLength, or kCutOffWhileThinking when no answer had begun
  kToolCalls,  // kOk
  kRefusal,    // refused, or a content filter stopped it: kRefused
  kError,      // the provider says that generation failed: kServerError
};

class ReplyBuilder {
 public:
  static constexpr size_t kWireBytesKept = 64UL << 10;  // of a failed attempt, without keep_wire
  // The same where little text is kept; enough to say what went wrong.
  static constexpr size_t kWireBytesKeptMin = 4UL << 10;
  static constexpr size_t kTextBytesMax = 64UL << 20;  // of all channels together
  static constexpr size_t kToolCallsMax = 1024;
  static constexpr size_t kErrorBytesMax = 2048;  // of a provider's message
  static constexpr size_t kNotesMax = 8;

  // `text_bytes_kept`: of each channel; what is beyond is counted and dropped.
  ReplyBuilder(ReasoningOptions options, bool keep_wire, uint64_t text_bytes_kept = UINT64_MAX);

  // The bytes of this feed() with their stamps; offsets of at() count over the whole stream.
  void stamps(std::string_view bytes, std::span<const ChunkStamp> stamps);
  // The stamp of the bytes that ended at this offset of the stream.
  [[nodiscard]] ChunkStamp at(uint64_t end_offset) const;
  [[nodiscard]] ChunkStamp last() const;

  // The reply came as one document: it has no token times and no chunk log.
  void whole_reply() { whole_ = true; }

  // Text as the wire gave it; empty text is no token. answer() splits reasoning tags off.
  void answer(std::string_view text, const ChunkStamp& at);
  // Text of a separate reasoning field or block.
  void reasoning(std::string_view text, const ChunkStamp& at);
  // Text of a refusal field: becomes the answer, and the reply is kRefused.
  void refusal(std::string_view text, const ChunkStamp& at);
  // A piece of tool call `index` (in order of appearance); empty parts add nothing.
  void tool_call(size_t index, std::string_view id, std::string_view name,
                 std::string_view arguments, const ChunkStamp& at);

  // What the event that is about to be told says of all tokens so far, for its chunk. Counts as
  // long as every chunk had such a number: one in the last event alone is no chunk's.
  void tokens_so_far(int64_t tokens) { tokens_said_ = tokens; }
  // The last one counts, field by field where it is said. Settled once, at the end.
  void usage(const UsageCounts& counts) { usage_.merge(counts); }
  // What the provider says that the reply cost, as JSON text of an object in its own words: kept in
  // the details as `provider_cost`, beside what our prices say.
  void provider_cost(std::string json) { provider_cost_ = std::move(json); }
  void finished(std::string_view wire_reason, FinishKind kind);
  void terminal() { terminal_ = true; }
  void served_model(std::string_view name) { served_model_ = name; }
  void fingerprint(std::string_view text) { fingerprint_ = text; }
  void response_id(std::string_view text) { response_id_ = text; }
  void loglikelihood(const Loglikelihood& value) { loglikelihoods_.push_back(value); }
  // Extras of the wire format worth keeping (timings of llama.cpp, safety ratings), as JSON text of
  // an object.
  void details(std::string json) { details_ = std::move(json); }
  // Something people should know of this reply: kept in the details as a member of `notes`.
  void note(std::string text);
  // An error object, in the body or in the middle of a stream: what it says of the kind in the
  // provider's own words (type or code) and text. `status` is a number inside the object; 0: none.
  void error(std::string_view kind, std::string_view message, int status = 0);
  // How long to wait, where the body says it (Gemini's RetryInfo); a header counts before it.
  void retry_after(Nanos wait) { retry_after_ = wait; }
  // Bytes that are not the wire format. The first one counts; behind the reply's end they do not
  // matter.
  void malformed(std::string_view message);

  [[nodiscard]] bool complete() const { return terminal_ || finish_kind_.has_value(); }
  [[nodiscard]] bool has_error() const { return has_error_; }

  // Decides the outcome, in this order: complete and nothing of it malformed (whatever became of
  // the connection afterwards; a terminal event behind an error object completes nothing); an error
  // object; the HTTP status where it is not 2xx; the transport's own outcome; malformed; truncated.
  // Fills every field of `response` that the wire gave, Retry-After and rate limits from
  // the reply's headers, and keeps partial text.
  void finish(const Attempt& attempt, Response& response);

 private:
  void put(Channel channel, std::string_view text, const ChunkStamp& at);
  void log(Channel channel, size_t text_bytes, const ChunkStamp& at);
  uint32_t take_tokens();
  // What was taken for the answer was reasoning.
  void relabel();
  [[nodiscard]] bool fits(size_t more);
  void settle_usage(Usage& usage);
  void settle_headers(const Attempt& attempt, Response& response) const;
  [[nodiscard]] std::string settled_details() const;
  [[nodiscard]] bool answer_is_blank() const;
  [[nodiscard]] bool answered() const;
  [[nodiscard]] Outcome decide(const Attempt& attempt, Response& response) const;
  [[nodiscard]] Outcome decide_answered(const Attempt& attempt, Response& response) const;
  [[nodiscard]] Outcome decide_error(int http_status, Response& response) const;
  [[nodiscard]] Outcome decide_unfinished(const Attempt& attempt, Response& response) const;

  ReasoningSplitter splitter_;
  const bool keep_wire_;
  const size_t wire_bytes_kept_;
  std::string wire_;
  uint64_t stream_bytes_ = 0;       // before the present feed()
  uint64_t feed_bytes_ = 0;         // of the present feed()
  std::vector<ChunkStamp> stamps_;  // of the present feed()
  ChunkStamp before_;               // the last one of the feed() before
  KeptText answer_;
  KeptText reasoning_;
  KeptText arguments_;  // of all tool calls together; its text is theirs
  size_t text_bytes_ = 0;
  int64_t tokens_said_ = -1;   // by the present event
  int64_t tokens_logged_ = 0;  // by the chunks so far
  bool tokens_in_all_ = true;  // every chunk so far had a number
  std::vector<ToolCall> tool_calls_;
  std::optional<TimePoint> first_token_;
  std::optional<TimePoint> first_answer_;
  size_t answer_bytes_now_ = 0;  // put by the present call of answer(), for its chunk
  size_t reasoning_bytes_now_ = 0;
  ChunkLog chunks_;
  UsageCounts usage_;
  std::string provider_cost_;
  std::string finish_reason_;
  std::optional<FinishKind> finish_kind_;
  bool refused_ = false;
  bool terminal_ = false;
  bool relabelled_ = false;
  bool whole_ = false;
  bool too_long_ = false;
  std::string served_model_;
  std::string fingerprint_;
  std::string response_id_;
  std::string details_;
  std::vector<std::string> notes_;
  std::vector<Loglikelihood> loglikelihoods_;
  bool has_error_ = false;
  std::string error_kind_;
  std::string error_message_;
  int error_status_ = 0;
  Nanos retry_after_{0};
  std::string malformed_;
};

}  // namespace assay::backends
