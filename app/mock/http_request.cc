#include "app/mock/http_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "harness/base/check.h"

namespace assay::app::mock {
namespace {

constexpr size_t kChunkLineBytesMax = 1024;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_token_char(char c) {
  const bool alphanumeric =
      (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

// Printable ASCII without the space.
bool is_visible(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool parse_size(std::string_view text, int base, size_t& out) {
  const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return status == std::errc() && stop == text.data() + text.size() && !text.empty();
}

// A list like "keep-alive, Upgrade" holds the word.
bool list_holds(std::string_view list, std::string_view word) {
  const std::string text = to_lower_ascii(list);
  size_t start = 0;
  while (start <= text.size()) {
    const size_t comma = std::min(text.find(',', start), text.size());
    if (trim(std::string_view(text).substr(start, comma - start)) == word) return true;
    start = comma + 1;
  }
  return false;
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

void HttpRequestReader::feed(std::string_view bytes) {
  if (failed_) return;
  if (used_ > 0 && used_ == buffer_.size()) {
    buffer_.clear();
    used_ = scanned_ = 0;
  }
  buffer_.append(bytes);
}

HttpRequestReader::State HttpRequestReader::poll() {
  while (step()) {
  }
  if (failed_) return State::kFailed;
  return stage_ == Stage::kDone ? State::kRequest : State::kMore;
}

HttpRequest HttpRequestReader::take() {
  ASSAY_CHECK(stage_ == Stage::kDone && !failed_, "no request is complete");
  HttpRequest out = std::move(request_);
  request_ = HttpRequest();
  stage_ = Stage::kHead;
  expects_continue_ = false;
  buffer_.erase(0, used_);
  // Thousands of connections must not keep the room of their largest request.
  if (buffer_.empty()) std::string().swap(buffer_);
  used_ = scanned_ = 0;
  return out;
}

bool HttpRequestReader::wants_continue() {
  const bool waits = expects_continue_ && !failed_ && stage_ != Stage::kHead &&
                     stage_ != Stage::kDone && request_.body.empty();
  if (waits) expects_continue_ = false;
  return waits;
}

bool HttpRequestReader::step() {
  if (failed_) return false;
  switch (stage_) {
    case Stage::kHead:
      return read_head();
    case Stage::kBody:
      if (buffered() < body_left_) return false;
      request_.body.assign(buffer_, used_, body_left_);
      use(body_left_);
      stage_ = Stage::kDone;
      return false;
    case Stage::kChunkSize:
      return read_chunk_size();
    case Stage::kChunkData:
      return read_chunk_data();
    case Stage::kChunkEnd: {
      std::string_view line;
      if (!next_line(line, 0)) return false;
      stage_ = Stage::kChunkSize;
      return true;
    }
    case Stage::kTrailer:
      return read_trailer();
    case Stage::kDone:
      return false;
  }
  return false;
}

bool HttpRequestReader::read_head() {
  // Empty lines before a request are skipped (RFC 9112 section 2.2).
  while (buffered() >= 2 && buffer_.compare(used_, 2, "\r\n") == 0) use(2);
  const size_t from = std::max(used_, scanned_ < 3 ? size_t{0} : scanned_ - 3);
  const size_t end = buffer_.find("\r\n\r\n", from);
  scanned_ = buffer_.size();
  const size_t head_bytes = (end == std::string::npos ? buffer_.size() : end + 4) - used_;
  if (head_bytes > kHeadBytesMax) {
    return fail(431, fmt::format("the head has more than {} bytes", kHeadBytesMax));
  }
  if (end == std::string::npos) return false;
  const std::string_view head = std::string_view(buffer_).substr(used_, end + 2 - used_);
  const size_t line_end = head.find("\r\n");
  if (!read_request_line(head.substr(0, line_end)) || !read_headers(head.substr(line_end + 2)) ||
      !read_framing()) {
    return false;
  }
  use(head_bytes);
  return true;
}

bool HttpRequestReader::read_request_line(std::string_view line) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return fail(400, "the request line is not `METHOD TARGET HTTP/1.1`");
  }
  const std::string_view method = line.substr(0, first);
  std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || !is_visible(target)) {
    return fail(400, "the request line is not `METHOD TARGET HTTP/1.1`");
  }
  if (version != "HTTP/1.1") {
    return version.rfind("HTTP/", 0) == 0 ? fail(505, "only HTTP/1.1 is spoken")
                                          : fail(400, "the request line names no HTTP version");
  }
  if (const size_t scheme = target.find("://"); target[0] != '/' && scheme != target.npos) {
    const size_t slash = target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  request_.method = method;
  const size_t mark = target.find('?');
  request_.path = target.substr(0, mark);
  if (mark != std::string_view::npos) request_.query = target.substr(mark + 1);
  return true;
}

bool HttpRequestReader::read_headers(std::string_view lines) {
  while (!lines.empty()) {
    const size_t end = lines.find("\r\n");
    if (!read_header(lines.substr(0, end))) return false;
    lines.remove_prefix(end + 2);
  }
  return true;
}

bool HttpRequestReader::read_header(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return fail(400, "a header line is not `name: value`");
  }
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_value(value)) return fail(400, "a header value holds control characters");
  if (request_.headers.size() == kHeadersMax) {
    return fail(431, fmt::format("more than {} headers", kHeadersMax));
  }
  request_.headers.emplace_back(to_lower_ascii(line.substr(0, colon)), value);
  return true;
}

// How long the body is, and whether the connection goes on.
bool HttpRequestReader::read_framing() {
  std::string_view length;
  std::string_view encoding;
  std::string_view connection;
  for (const auto& [name, value] : request_.headers) {
    if (name == "content-length") {
      if (!length.empty() && length != value) return fail(400, "two content lengths");
      if (value.empty()) return fail(400, "the content length is empty");
      length = value;
    } else if (name == "transfer-encoding") {
      if (!encoding.empty()) return fail(400, "two transfer encodings");
      encoding = value;
    } else if (name == "connection") {
      connection = value;
    } else if (name == "expect") {
      if (to_lower_ascii(value) != "100-continue") return fail(417, "unknown expectation");
      expects_continue_ = true;
    }
  }
  request_.keep_alive = !list_holds(connection, "close");
  if (request_.header("host").empty()) return fail(400, "there is no host header");
  if (!encoding.empty()) {
    if (!length.empty()) return fail(400, "a content length and a transfer encoding");
    if (to_lower_ascii(encoding) != "chunked") return fail(501, "only chunked bodies are read");
    stage_ = Stage::kChunkSize;
    return true;
  }
  body_left_ = 0;
  const bool digits =
      std::all_of(length.begin(), length.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!length.empty() && !digits) return fail(400, "the content length is not a number");
  if (!length.empty() && (!parse_size(length, 10, body_left_) || body_left_ > kBodyBytesMax)) {
    return fail(413, fmt::format("the body has more than {} bytes", kBodyBytesMax));
  }
  stage_ = Stage::kBody;
  return true;
}

bool HttpRequestReader::read_chunk_size() {
  std::string_view line;
  if (!next_line(line, kChunkLineBytesMax)) return false;
  const std::string_view digits = trim(line.substr(0, line.find(';')));  // extensions are ignored
  size_t bytes = 0;
  if (!parse_size(digits, 16, bytes)) return fail(400, "a chunk size is not a number");
  if (bytes > kBodyBytesMax - request_.body.size()) {
    return fail(413, fmt::format("the body has more than {} bytes", kBodyBytesMax));
  }
  body_left_ = bytes;
  trailer_bytes_ = 0;
  stage_ = bytes == 0 ? Stage::kTrailer : Stage::kChunkData;
  return true;
}

bool HttpRequestReader::read_chunk_data() {
  const size_t bytes = std::min(body_left_, buffered());
  request_.body.append(buffer_, used_, bytes);
  use(bytes);
  body_left_ -= bytes;
  if (body_left_ > 0) return false;
  stage_ = Stage::kChunkEnd;
  return true;
}

bool HttpRequestReader::read_trailer() {
  std::string_view line;
  if (!next_line(line, kHeadBytesMax)) return false;
  trailer_bytes_ += line.size() + 2;
  if (trailer_bytes_ > kHeadBytesMax) return fail(431, "the trailer is too long");
  if (!line.empty()) return true;
  stage_ = Stage::kDone;
  return false;
}

bool HttpRequestReader::next_line(std::string_view& line, size_t bytes_max) {
  const size_t end = buffer_.find("\r\n", used_);
  const size_t bytes = (end == std::string::npos ? buffer_.size() : end) - used_;
  // One byte more may be the CR of the line's end.
  if (bytes > bytes_max + (end == std::string::npos ? 1 : 0)) {
    return fail(400, "a line of a chunked body is too long");
  }
  if (end == std::string::npos) return false;
  line = std::string_view(buffer_).substr(used_, bytes);
  used_ = end + 2;  // the view must stay: no erase here
  return true;
}

bool HttpRequestReader::fail(int status, std::string message) {
  failed_ = true;
  failure_ = {status, std::move(message)};
  buffer_.clear();
  used_ = scanned_ = 0;
  return false;
}

void HttpRequestReader::use(size_t bytes) {
  used_ += bytes;
  // A long chunked body must not be kept twice.
  constexpr size_t kKeptMax = size_t{256} << 10;
  if (used_ < kKeptMax || used_ * 2 < buffer_.size()) return;
  buffer_.erase(0, used_);
  scanned_ = 0;
  used_ = 0;
}

}  // namespace assay::app::mock
