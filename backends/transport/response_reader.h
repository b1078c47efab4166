// ResponseReader: an HTTP/1.1 response out of bytes that may be cut anywhere: status line, header
// lines, and the body taken out of its framing.
//
// Where it stands: inside PlainTransfer, fed with each read right after it was stamped (loop
// thread). No I/O, no clock. Bytes are hostile: everything is bounded, and what is not a response
// ends in failed() with an outcome and a sentence.
//
// Source: RFC 9112 (HTTP/1.1) sections 4 to 7. Kinder than it: a line may end with LF alone, a
// folded header line is kept as it came. Stricter: no transfer coding but `chunked`, no content
// coding, no upgrade (none was asked for).
//
//   ResponseReader reader;
//   reader.start({.header_bytes_max = 131072, .reply_bytes_max = 67108864});
//   while (true) {
//     const std::string_view part = reader.next(bytes);      // takes it off the front of `bytes`
//     if (part.empty()) break;                               // no more body in these bytes
//     body += part;
//   }
//   if (reader.failed()) ... else if (reader.done()) ...     // else: more bytes are needed
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/types/response.h"

namespace assay::backends {

struct ResponseLimits {
  uint64_t header_bytes_max = 0;  // status lines, header lines and trailers, interim replies too
  uint64_t reply_bytes_max = 0;   // of the body
};

class ResponseReader {
 public:
  static constexpr size_t kChunkLineBytesMax = 4096;  // size and extensions of one chunk

  // Forgets everything: the next bytes begin a response.
  void start(const ResponseLimits& limits);
  // The next part of the body, a view into `bytes`; empty: these bytes hold no more of it (they are
  // used up, unless the reply ended or failed in them).
  std::string_view next(std::string_view& bytes);
  // The connection ended. A body that its end delimits is complete; anything else has failed unless
  // it is done.
  void end_of_bytes();

  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  [[nodiscard]] bool failed() const { return state_ == State::kFailed; }
  [[nodiscard]] Outcome outcome() const { return outcome_; }
  // kMalformed: what is not HTTP/1.1 in it. Otherwise a sentence.
  [[nodiscard]] const std::string& error() const { return error_; }

  // The final reply's headers are complete.
  [[nodiscard]] bool headers_ended() const { return headers_ended_; }
  [[nodiscard]] int status() const { return status_; }
  // Header lines of the final reply as they came, with their line ends; those that have come so far
  // before headers_ended().
  [[nodiscard]] std::string& headers() { return headers_; }
  // Bytes of the response seen so far.
  [[nodiscard]] bool answered() const { return header_bytes_ > 0; }
  // The connection may carry another request after done().
  [[nodiscard]] bool keep_alive() const { return keep_alive_ && framing_ != Framing::kClose; }
  [[nodiscard]] bool chunked() const { return framing_ == Framing::kChunked; }
  // A chunk has begun and not ended.
  [[nodiscard]] bool inside_chunk() const { return state_ == State::kChunkData; }
  // Chunks that have begun, the last, empty one included.
  [[nodiscard]] uint64_t chunks() const { return chunks_; }

 private:
  enum class State : uint8_t {
    kStatusLine,
    kHeaders,
    kBody,       // of known length, or up to the connection's end
    kChunkSize,  // a chunk's first line
    kChunkData,
    kChunkEnd,  // the line end behind its data
    kTrailers,
    kDone,
    kFailed,
  };
  enum class Framing : uint8_t { kNone, kLength, kChunked, kClose };

  // Takes one line off `bytes` into `line` (without its line end); false: its end has not come.
  bool take_line(std::string_view& bytes, std::string_view& line);
  std::string_view take_data(std::string_view& bytes);
  void line(std::string_view text);
  void status_line(std::string_view text);
  void header_line(std::string_view text);
  void end_headers();
  void chunk_size(std::string_view text);
  // One each of the headers that say how the body is framed.
  void content_length(std::string_view value);
  void transfer_encoding(std::string_view value);
  void content_encoding(std::string_view value);
  void connection(std::string_view value);
  void fail(Outcome outcome, std::string text);
  [[nodiscard]] bool fits(size_t line_bytes);

  ResponseLimits limits_;
  State state_ = State::kStatusLine;
  Framing framing_ = Framing::kNone;
  bool headers_ended_ = false;
  bool keep_alive_ = false;
  bool has_length_ = false;
  bool has_coding_ = false;
  int status_ = 0;
  uint64_t length_ = 0;  // announced
  uint64_t left_ = 0;    // of the body or of the chunk
  uint64_t header_bytes_ = 0;
  uint64_t body_bytes_ = 0;
  uint64_t chunks_ = 0;
  std::string line_;  // the beginning of a line whose end has not come
  std::string headers_;
  Outcome outcome_ = Outcome::kOk;
  std::string error_;
};

}  // namespace assay::backends
