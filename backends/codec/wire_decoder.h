// WireDecoder: what the decoders of all HTTP wire formats do before they look at meaning: tell a
// stream from a whole reply, cut it into events, find each event's stamp, parse its JSON, and hand
// everything to a ReplyBuilder.
//
// Where it stands: base of each format's decoder; decode thread, one per stream. A format overrides
// two functions and speaks to reply():
//
//   class ChatDecoder final : public WireDecoder {
//     void event(std::string_view type, std::string_view data, const ChunkStamp& at) override {
//       if (data == "[DONE]") return reply().terminal();
//       if (const std::optional<Json> chunk = parse(data)) ...reply().answer(text, at);
//     }
//     void document(const Json& body, const ChunkStamp& at) override { ... }
//   };
//
// What the bytes begin with decides: '{' or '[' is a document (or, for formats that stream lines of
// JSON, perhaps the first line), the name of an SSE field or a colon is a stream, anything else is
// malformed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "backends/codec/reply_builder.h"
#include "backends/codec/sse_parser.h"
#include "backends/codec/wire_codec.h"
#include "harness/api/codec.h"
#include "harness/base/json_fwd.h"

namespace assay::backends {

class WireDecoder : public Decoder {
 public:
  enum class Streams : uint8_t {
    kEvents,  // server-sent events
    kLines,   // one JSON document a line; a reply of one complete line did not stream
  };
  static constexpr size_t kDocumentBytesMax = size_t{64} << 20;

  explicit WireDecoder(const WireOptions& options, Streams streams = Streams::kEvents);
  void feed(std::string_view bytes, std::span<const ChunkStamp> stamps) final;
  void finish(const Attempt& attempt, Response& response) final;

 protected:
  // One event of a stream, or one line (its type is "message").
  virtual void event(std::string_view type, std::string_view data, const ChunkStamp& at) = 0;
  // A whole reply or an error body: any JSON that is no list; of a list each element.
  virtual void document(const Json& body, const ChunkStamp& at) = 0;

  ReplyBuilder& reply() { return reply_; }
  // What was asked; nullptr before the end of the bytes (documents are read there).
  [[nodiscard]] const Attempt* attempt() const { return attempt_; }
  // The JSON of an event; none when it is not JSON, which has been told to reply() then (unless the
  // bytes ended in the middle of the event: the reply is merely not complete).
  std::optional<Json> parse(std::string_view data);

 private:
  enum class Form : uint8_t { kUnknown, kEvents, kLines, kDocument, kOther };

  [[nodiscard]] Form form_of(std::string_view beginning) const;
  void feed_lines();
  void line(std::string_view text);
  void finish_document();

  const Streams streams_;
  ReplyBuilder reply_;
  SseParser events_;
  Form form_ = Form::kUnknown;
  std::string body_;         // what is not cut into events yet
  uint64_t body_start_ = 0;  // its offset in the stream
  uint64_t lines_ = 0;
  const Attempt* attempt_ = nullptr;
};

// JSON out of bytes from outside: invalid UTF-8 and halves of surrogate pairs become U+FFFD.
Result<Json> parse_wire_json(std::string_view bytes, std::string_view where);

}  // namespace assay::backends
