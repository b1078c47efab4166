#include "backends/transport/response_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr size_t kQuotedBytesMax = 60;  // of the reply, in a message
constexpr std::string_view kBlanks = " \t";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view text, std::string_view lower_text) {
  return text.size() == lower_text.size() &&
         std::equal(text.begin(), text.end(), lower_text.begin(),
                    [](char a, char b) { return lower(a) == b; });
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string quoted(std::string_view text) {
  std::string out = sanitize_utf8(text.substr(0, kQuotedBytesMax));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return fmt::format("`{}`{}", out, text.size() > kQuotedBytesMax ? "..." : "");
}

// The whole text is one number of this base, no sign.
bool whole_number(std::string_view text, int base, uint64_t& out) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return failed == std::errc() && end == text.data() + text.size();
}

// A token of a comma-separated list, in any case.
bool has_token(std::string_view list, std::string_view lower_token) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (equal_ignoring_case(trimmed(list.substr(0, comma)), lower_token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

void ResponseReader::start(const ResponseLimits& limits) {
  limits_ = limits;
  state_ = State::kStatusLine;
  framing_ = Framing::kNone;
  headers_ended_ = keep_alive_ = has_length_ = has_coding_ = false;
  status_ = 0;
  length_ = left_ = header_bytes_ = body_bytes_ = chunks_ = 0;
  line_.clear();
  headers_.clear();
  outcome_ = Outcome::kOk;
  error_.clear();
}

std::string_view ResponseReader::next(std::string_view& bytes) {
  while (!bytes.empty() && !done() && !failed()) {
    if (state_ == State::kBody || state_ == State::kChunkData) return take_data(bytes);
    std::string_view text;
    if (!take_line(bytes, text)) break;
    line(text);
    line_.clear();
  }
  return {};
}

void ResponseReader::end_of_bytes() {
  if (done() || failed()) return;
  if (state_ == State::kBody && framing_ == Framing::kClose) {
    state_ = State::kDone;
    return;
  }
  if (!headers_ended_) {
    fail(Outcome::kTruncated, "the connection ended inside the reply's headers");
  } else if (framing_ == Framing::kLength) {
    fail(Outcome::kTruncated,
         fmt::format("the connection ended inside the reply: {} of {} bytes are missing", left_,
                     length_));
  } else {
    fail(Outcome::kTruncated, "the connection ended inside the reply: its last chunk did not come");
  }
}

bool ResponseReader::take_line(std::string_view& bytes, std::string_view& line) {
  const void* found = std::memchr(bytes.data(), '\n', bytes.size());
  const size_t size = found == nullptr
                          ? bytes.size()
                          : static_cast<size_t>(static_cast<const char*>(found) - bytes.data()) + 1;
  if (!fits(size)) return false;
  std::string_view taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  if (found == nullptr) {
    line_ += taken;
    return false;
  }
  if (!line_.empty()) {
    line_ += taken;
    taken = line_;
  }
  taken.remove_suffix(1);
  if (taken.ends_with('\r')) taken.remove_suffix(1);
  line = taken;
  return true;
}

// What would not fit has failed.
bool ResponseReader::fits(size_t line_bytes) {
  if (state_ == State::kChunkSize || state_ == State::kChunkEnd) {
    if (line_.size() + line_bytes <= kChunkLineBytesMax) return true;
    fail(Outcome::kRejected,
         fmt::format("a chunk of the reply begins with a line of more than {} bytes",
                     kChunkLineBytesMax));
    return false;
  }
  header_bytes_ += line_bytes;
  if (header_bytes_ <= limits_.header_bytes_max) return true;
  fail(Outcome::kRejected,
       fmt::format("the reply's headers are longer than {} bytes", limits_.header_bytes_max));
  return false;
}

std::string_view ResponseReader::take_data(std::string_view& bytes) {
  size_t size = bytes.size();
  if (framing_ != Framing::kClose) size = static_cast<size_t>(std::min<uint64_t>(size, left_));
  body_bytes_ += size;
  if (body_bytes_ > limits_.reply_bytes_max) {
    fail(Outcome::kRejected,
         fmt::format("the reply is longer than {} bytes", limits_.reply_bytes_max));
    return {};
  }
  const std::string_view part = bytes.substr(0, size);
  bytes.remove_prefix(size);
  if (framing_ == Framing::kClose) return part;
  left_ -= size;
  if (left_ == 0) state_ = state_ == State::kChunkData ? State::kChunkEnd : State::kDone;
  return part;
}

void ResponseReader::line(std::string_view text) {
  switch (state_) {
    case State::kStatusLine:
      return status_line(text);
    case State::kHeaders:
      return text.empty() ? end_headers() : header_line(text);
    case State::kChunkSize:
      return chunk_size(text);
    case State::kChunkEnd:
      if (!text.empty())
        return fail(Outcome::kTruncated,
                    fmt::format("the connection ended inside the reply: its chunks are broken ({} "
                                "behind a chunk's data)",
                                quoted(text)));
      state_ = State::kChunkSize;
      return;
    case State::kTrailers:
      if (text.empty()) state_ = State::kDone;
      return;
    case State::kBody:
    case State::kChunkData:
    case State::kDone:
    case State::kFailed:
      return;
  }
}

// "HTTP/1.1 200 OK"; the text behind the status may be missing.
void ResponseReader::status_line(std::string_view text) {
  const bool known = text.starts_with("HTTP/1.1 ") || text.starts_with("HTTP/1.0 ");
  uint64_t status = 0;
  const std::string_view rest = known ? text.substr(9) : std::string_view();
  const bool sound = rest.size() >= 3 && whole_number(rest.substr(0, 3), 10, status) &&
                     status >= 100 && (rest.size() == 3 || rest[3] == ' ');
  if (!sound)
    return fail(Outcome::kMalformed, fmt::format("the reply begins with {}", quoted(text)));
  status_ = static_cast<int>(status);
  keep_alive_ = text[7] == '1';
  has_length_ = has_coding_ = false;
  headers_.clear();
  state_ = State::kHeaders;
}

void ResponseReader::header_line(std::string_view text) {
  headers_ += text;
  headers_ += "\r\n";
  // A folded line goes on with the one before; one that frames the body is then not understood.
  if (text.front() == ' ' || text.front() == '\t') return;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0)
    return fail(Outcome::kMalformed, fmt::format("a header line is {}", quoted(text)));
  const std::string_view name = text.substr(0, colon);
  const std::string_view value = trimmed(text.substr(colon + 1));
  if (equal_ignoring_case(name, "content-length")) return content_length(value);
  if (equal_ignoring_case(name, "transfer-encoding")) return transfer_encoding(value);
  if (equal_ignoring_case(name, "content-encoding")) return content_encoding(value);
  if (equal_ignoring_case(name, "connection")) return connection(value);
}

void ResponseReader::content_length(std::string_view value) {
  uint64_t length = 0;
  const bool sound = whole_number(value, 10, length);
  if (!sound || (has_length_ && length != length_))
    return fail(Outcome::kMalformed, fmt::format("the reply's content-length is {}{}",
                                                 quoted(value), sound ? " as well" : ""));
  has_length_ = true;
  length_ = length;
}

void ResponseReader::transfer_encoding(std::string_view value) {
  if (has_coding_ || !equal_ignoring_case(value, "chunked"))
    return fail(Outcome::kRejected,
                fmt::format("the reply has the transfer-encoding {}, which was not asked for",
                            quoted(value)));
  has_coding_ = true;
}

void ResponseReader::content_encoding(std::string_view value) {
  if (value.empty() || equal_ignoring_case(value, "identity") || status_ < 200) return;
  fail(Outcome::kRejected,
       fmt::format("the reply is compressed (content-encoding {}), although nothing of the kind "
                   "was asked for; `client=curl` reads it",
                   quoted(value)));
}

void ResponseReader::connection(std::string_view value) {
  if (has_token(value, "close")) keep_alive_ = false;
  // HTTP/1.0 closes unless it says this.
  else if (has_token(value, "keep-alive"))
    keep_alive_ = true;
}

void ResponseReader::end_headers() {
  if (status_ == 101)
    return fail(Outcome::kMalformed,
                "it changed to another protocol (101), which was not asked for");
  if (status_ < 200) {  // an interim reply: the real one follows
    state_ = State::kStatusLine;
    return;
  }
  headers_ended_ = true;
  if (status_ == 204 || status_ == 304) {
    state_ = State::kDone;
  } else if (has_coding_) {
    if (has_length_) keep_alive_ = false;  // RFC 9112, 6.3: such a connection is not trusted
    framing_ = Framing::kChunked;
    state_ = State::kChunkSize;
  } else if (has_length_) {
    framing_ = Framing::kLength;
    left_ = length_;
    state_ = length_ == 0 ? State::kDone : State::kBody;
  } else {
    framing_ = Framing::kClose;
    state_ = State::kBody;
  }
}

// "1a; name=value"
void ResponseReader::chunk_size(std::string_view text) {
  const std::string_view digits = trimmed(text.substr(0, text.find(';')));
  if (!whole_number(digits, 16, left_))
    return fail(Outcome::kTruncated,
                fmt::format("the connection ended inside the reply: its chunks are broken ({} "
                            "instead of a chunk's size)",
                            quoted(text)));
  ++chunks_;
  state_ = left_ == 0 ? State::kTrailers : State::kChunkData;
}

void ResponseReader::fail(Outcome outcome, std::string text) {
  state_ = State::kFailed;
  outcome_ = outcome;
  error_ = std::move(text);
}

}  // namespace assay::backends
