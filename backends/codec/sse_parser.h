// SseParser: server-sent events out of bytes that may be cut anywhere.
//
// Where it stands: below every codec whose wire format streams as text/event-stream. Runs on the
// decode thread, one parser per stream, after the bytes were stamped.
//
// Rules: LF, CR and CRLF end a line (a CRLF may be cut in the middle); a line that begins with ':'
// is a comment; one space after the colon of a field is dropped; several `data` lines of one event
// are joined by LF; `event` names the type; `id` and `retry` are read and ignored; an empty line
// ends the event; an event without data is none; a UTF-8 byte order mark at the start is dropped.
// Source: WHATWG HTML, section 9.2.6 "Interpreting an event stream". Kinder than it in one thing:
// finish() gives out an event whose empty line never came, since servers leave it away.
//
//   SseParser parser;
//   parser.feed(bytes, [&](const SseEvent& event) { ... });    // views are valid in the call only
//   parser.finish([&](const SseEvent& event) { ... });
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace assay::backends {

struct SseEvent {
  std::string_view type;  // "message" when no `event` line named one
  std::string_view data;
  uint64_t end_offset = 0;  // bytes of the stream up to and including the line end that completed
                            // the event: which chunk stamp it has
};

class SseParser {
 public:
  static constexpr size_t kEventBytesMax = size_t{32} << 20;
  using Take = std::function<void(const SseEvent&)>;

  // False once an event has grown beyond kEventBytesMax; the parser then ignores what follows.
  bool feed(std::string_view bytes, const Take& take);
  void finish(const Take& take);
  // Comments seen; keep-alives of proxies are comments.
  [[nodiscard]] uint64_t comments() const { return comments_; }

 private:
  void line(std::string_view text, const Take& take);
  void dispatch(const Take& take);

  std::string line_;  // of a line whose end has not come
  std::string data_;
  std::string type_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool at_start_ = true;
  bool overflow_ = false;
  uint64_t offset_ = 0;
  uint64_t comments_ = 0;
};

}  // namespace assay::backends
