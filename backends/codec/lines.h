// "assay-lines": the wire format of every model that is not reached over HTTP (process, plugin, in
// process, simulated, replay). One JSON object per line; docs/process-protocol.md describes it for
// people who write models.
//
// Where it stands: a codec; the feeder encodes with it, the decode thread decodes with it, and
// transports that make replies themselves use the append_ functions.
//
//   request  {"type":"request","id":"1/42/0","suite":"s","sample":"q1","repeat":0,"messages":[..],
//             "input":"..","choices":[..],"params":{..},"continuations":[..]}
//   reply    {"reasoning":"text"}                                  any number, in any order
//            {"delta":"text"}
//            {"done":true,"finish_reason":"stop","usage":{..},"model":"..","details":..,"cpu_ns":1,
//             "loglikelihoods":[{"sum":-1.5,"greedy":true,"tokens":3}]}
//         or {"error":{"kind":"rate_limited","message":"..","retry_after_ms":200}}
//
//   std::string wire;
//   append_delta_event(wire, "42");
//   append_done_event(wire, {});
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/api/codec.h"
#include "harness/base/result.h"

namespace assay::backends {

inline constexpr size_t kLineBytesMax = size_t{16} << 20;  // one event
inline constexpr int64_t kLinesProtocol = 1;
inline constexpr int64_t kHelloConcurrencyMax = 4096;
inline constexpr size_t kReplyBytesMax = size_t{64} << 20;  // all events of a reply

struct DoneEvent {
  std::string_view finish_reason = "stop";
  Usage usage;                                         // buckets below 0 are left out
  std::string_view served_model;                       // empty: left out
  std::string_view details;                            // JSON text; empty: left out
  Nanos cpu{-1};                                       // below 0: left out
  std::span<const Loglikelihood> loglikelihoods = {};  // of the request's continuations
};

struct ErrorEvent {
  Outcome outcome = Outcome::kServerError;  // of a failure that has a kind, see error_kind()
  std::string_view message;
  Nanos retry_after{0};  // 0: left out; whole milliseconds, rounded up
};

// Each appends one line with its newline. Text need not be valid UTF-8: the decoder repairs it.
void append_delta_event(std::string& out, std::string_view text);
void append_reasoning_event(std::string& out, std::string_view text);
void append_done_event(std::string& out, const DoneEvent& event);
void append_error_event(std::string& out, const ErrorEvent& event);

// The optional first line of a program:
// {"type":"hello","protocol":1,"concurrency":4,"version":".."}
struct HelloEvent {
  int64_t protocol = 1;
  int64_t concurrency = 1;  // requests it takes at once
  std::string version;      // of the model, for the run file
};

// What a transport must know of an event line to route it; the decoder reads the rest.
struct EventHead {
  bool ends_reply = false;  // a `done` or `error` event
  std::string id;           // of the request it belongs to; empty: not said
  std::optional<HelloEvent> hello;
};
// `line` without its newline. Any line that the decoder would call malformed is an error here.
Result<EventHead> peek_event(std::string_view line);

// Names an item among those in flight: "model/sample/repeat" as row ids; the same for all attempts.
std::string request_id(const Key& key);

class LinesCodec final : public Codec {
 public:
  // The request line with its newline.
  [[nodiscard]] std::string encode(const Attempt& attempt) const override;
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override;
};

// For transports that take the request as it is (in process, simulated, replay): an empty wire, the
// same decoder.
class LinesReplyCodec final : public Codec {
 public:
  [[nodiscard]] std::string encode(const Attempt&) const override { return {}; }
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override;
};

}  // namespace assay::backends
