// HttpRequestReader: HTTP/1.1 requests out of bytes that may be cut anywhere.
//
// Where it stands: below the mock server's connections; the loop thread feeds it what the socket
// gave. Everything it reads is hostile and limited: kHeadBytesMax, kHeadersMax, kBodyBytesMax. It
// is strict (CRLF only, no folded headers, no body of unclear length), since a client that needs
// kindness should be found out. After a failure it reads nothing more.
//
//   HttpRequestReader reader;
//   reader.feed(bytes);
//   while (reader.poll() == HttpRequestReader::State::kRequest) answer(reader.take());
//   if (reader.failure() != nullptr) reply_and_close(reader.failure()->status);
//
// Source: RFC 9112 (HTTP/1.1), sections 2 to 7; RFC 9110 section 5.6.2 for the characters of names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::app::mock {

struct HttpRequest {
  std::string method;
  std::string path;   // without query, and without scheme and host where the client sent them
  std::string query;  // behind the `?`, as it came; empty: none
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool keep_alive = true;

  // The first header of that (lower-case) name; empty where there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct HttpFailure {
  int status = 400;
  std::string message;
};

class HttpRequestReader {
 public:
  static constexpr size_t kHeadBytesMax = size_t{64} << 10;
  static constexpr size_t kHeadersMax = 128;
  static constexpr size_t kBodyBytesMax = size_t{64} << 20;

  enum class State : uint8_t { kMore, kRequest, kFailed };

  void feed(std::string_view bytes);
  // kRequest: take() it. kMore: feed more. kFailed: failure() says why, for good.
  State poll();
  HttpRequest take();
  [[nodiscard]] const HttpFailure* failure() const { return failed_ ? &failure_ : nullptr; }
  // Once per request: its head asked for "100 Continue" and its body has not come.
  bool wants_continue();
  // Bytes in hand that no request took.
  [[nodiscard]] size_t buffered() const { return buffer_.size() - used_; }

 private:
  enum class Stage : uint8_t { kHead, kBody, kChunkSize, kChunkData, kChunkEnd, kTrailer, kDone };

  bool step();  // false: needs more bytes, or is done or failed
  bool read_head();
  bool read_headers(std::string_view lines);
  bool read_header(std::string_view line);
  bool read_request_line(std::string_view line);
  bool read_framing();
  bool read_chunk_size();
  bool read_chunk_data();
  bool read_trailer();
  // A line up to CRLF, without it; false where none is complete (or it is too long: failed).
  bool next_line(std::string_view& line, size_t bytes_max);
  bool fail(int status, std::string message);
  void use(size_t bytes);

  std::string buffer_;
  size_t used_ = 0;     // bytes of buffer_ that were read
  size_t scanned_ = 0;  // where the search for the end of the head goes on
  Stage stage_ = Stage::kHead;
  HttpRequest request_;
  size_t body_left_ = 0;  // of a body with a length, or of the chunk
  size_t trailer_bytes_ = 0;
  bool expects_continue_ = false;
  bool failed_ = false;
  HttpFailure failure_;
};

}  // namespace assay::app::mock
