#include "backends/transport/http_transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "harness/types/chunk_log.h"

namespace assay::backends {
namespace {

constexpr std::string_view kRedacted = "[redacted]";

std::string seconds_text(Nanos time) {
  return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_name(std::string_view line, std::string_view lower_name) {
  return line.size() >= lower_name.size() &&
         std::equal(lower_name.begin(), lower_name.end(), line.begin(),
                    [](char a, char b) { return a == lower(b); });
}

// "Content-Type: Text/HTML; charset=x" → "text/html"
std::string media_type_of(std::string_view line) {
  std::string_view value = line.substr(line.find(':') + 1);
  value = value.substr(0, value.find(';'));
  const size_t first = value.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  value = value.substr(first, value.find_last_not_of(" \t\r\n") - first + 1);
  std::string text(value);
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return text;
}

// "HTTP/1.1 200 OK" → 200
int status_of(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  int status = 0;
  std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
  return status;
}

void redact(std::string& text, const std::string& secret) {
  size_t at = 0;
  while ((at = text.find(secret, at)) != std::string::npos) {
    text.replace(at, secret.size(), kRedacted);
    at += kRedacted.size();
  }
}

}  // namespace

Piece& Outbox::piece(Place& place, uint64_t stream, uint32_t lane) {
  if (place.batch == batch_) return pieces_[place.index];
  if (pieces_.empty()) ++loop_.transports_waiting;
  place = {batch_, pieces_.size()};
  Piece& piece = pieces_.emplace_back();
  piece.stream = stream;
  piece.lane = lane;
  return piece;
}

void Outbox::take(std::vector<Piece>& out) {
  std::move(pieces_.begin(), pieces_.end(), std::back_inserter(out));
  forget();
}

void Outbox::forget() {
  if (!pieces_.empty()) --loop_.transports_waiting;
  pieces_.clear();
  ++batch_;
}

bool ProgressFilter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (comment_) {
      const size_t end = bytes.find('\n');
      if (end == std::string_view::npos) return false;
      bytes.remove_prefix(end + 1);
      comment_ = false;
      line_start_ = true;
    } else if (line_start_ && (bytes.front() == '\n' || bytes.front() == '\r')) {
      bytes.remove_prefix(1);
    } else if (line_start_ && bytes.front() == ':') {
      comment_ = true;
    } else {
      break;
    }
  }
  if (bytes.empty()) return false;
  const size_t last = bytes.rfind('\n');
  line_start_ = last + 1 == bytes.size();
  comment_ = last != std::string_view::npos && !line_start_ && bytes[last + 1] == ':';
  return true;
}

HttpTransfer::HttpTransfer(TransferContext& context, std::function<void(HttpTransfer&)> idle)
    : context_(context),
      idle_(std::move(idle)),
      handle_(context.loop, context.options, context.headers) {
  set_callbacks();
}

HttpTransfer::~HttpTransfer() {
  if (active()) context_.loop.remove(handle_.get(), *this);
}

void HttpTransfer::set_callbacks() {
  CURL* const easy = handle_.get();
  curl_easy_setopt(easy, CURLOPT_URL, context_.options.url.c_str());
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &HttpTransfer::on_sending);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
}

void HttpTransfer::start(AttemptPtr attempt, uint64_t stream) {
  ASSAY_CHECK(!active(), "a transfer that is in flight was started");
  attempt_ = std::move(attempt);
  attempt_->response = Response{};
  attempt_->response.outcome = Outcome::kOk;
  attempt_->http = HttpExchange{};
  attempt_->stamps.sent = context_.clock->now();  // until its bytes leave
  attempt_->stamps.headers.reset();
  attempt_->stamps.loop_lag = Nanos(-1);
  stream_ = stream;
  place_ = {};
  sendings_ = 0;
  started_ = context_.loop.now();
  progressed_ = false;
  headers_ended_ = false;
  header_bytes_ = 0;
  body_bytes_ = 0;
  last_reading_ = 0;
  filter_ = {};
  handle_.clear_error();
  // Not copied: the attempt keeps it until the end. It leaves in one send() with the headers; a
  // read function takes two, wakes the server twice, and more than doubled the CPU time of a
  // request.
  const std::string& wire = attempt_->wire;
  curl_easy_setopt(handle_.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(wire.size()));
  curl_easy_setopt(handle_.get(), CURLOPT_POSTFIELDS, wire.data());
  context_.loop.add(handle_.get(), *this);
  context_.loop.arm(*this, deadline());
}

void HttpTransfer::cancel() {
  if (!active()) return;
  context_.loop.remove(handle_.get(), *this);
  fail(Outcome::kCancelled, "cancelled");
  end();
}

void HttpTransfer::on_done(CURLcode code) {
  if (attempt_->response.outcome == Outcome::kOk && code != CURLE_OK) {
    HttpFailure failure = code == CURLE_OPERATION_TIMEDOUT
                              ? overdue(context_.loop.now())
                              : handle_.failure(code, sendings_ > 0, header_bytes_ > 0);
    fail(failure.outcome, std::move(failure.text));
  }
  // libcurl takes an orderly close inside the headers for the end of a reply without a body.
  if (!headers_ended_) fail(Outcome::kTruncated, "the connection ended inside the reply's headers");
  end();
}

void HttpTransfer::on_overdue(TimePoint now) {
  if (const TimePoint until = deadline(); until > now) {
    context_.loop.arm(*this, until);  // there was progress since
    return;
  }
  HttpFailure failure = overdue(now);
  context_.loop.remove(handle_.get(), *this);
  fail(failure.outcome, std::move(failure.text));
  end();
}

// Called each time the request is about to be sent; the first time only is it. When a reused
// connection turns out to be dead, libcurl takes another one by itself, and comes here again: that
// would be a request that nobody recorded, after one that the server may have seen.
int HttpTransfer::on_sending(void* self, char* /*ip*/, char* /*local_ip*/, int /*port*/,
                             int /*local_port*/) {
  auto* transfer = static_cast<HttpTransfer*>(self);
  if (++transfer->sendings_ > 1) return CURL_PREREQFUNC_ABORT;
  transfer->send_began();
  return CURL_PREREQFUNC_OK;
}

size_t HttpTransfer::on_header(char* line, size_t size, size_t count, void* self) {
  const size_t bytes = size * count;
  return static_cast<HttpTransfer*>(self)->take_header({line, bytes}) ? bytes : 0;
}

size_t HttpTransfer::on_body(char* bytes, size_t size, size_t count, void* self) {
  const size_t n = size * count;
  return static_cast<HttpTransfer*>(self)->take_body({bytes, n}) ? n : 0;
}

void HttpTransfer::send_began() {
  attempt_->stamps.sent = context_.clock->now();
  sent_ = context_.loop.now();
  context_.loop.arm(*this, deadline());
}

bool HttpTransfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > context_.options.header_bytes_max) {
    fail(Outcome::kRejected, fmt::format("the reply's headers are longer than {} bytes",
                                         context_.options.header_bytes_max));
    return false;
  }
  if (headers_ended_) return true;  // trailers
  HttpExchange& http = attempt_->http;
  if (line.starts_with("HTTP/")) {  // of a final reply, or of an interim one before it
    http.status = status_of(line);
    http.http2 = line.starts_with("HTTP/2");
    http.headers.clear();
    http.content_type.clear();
  } else if (line == "\r\n" || line == "\n") {
    if (http.status >= 200) end_of_headers();
  } else {
    http.headers += line;
    if (starts_with_name(line, "content-type:")) http.content_type = media_type_of(line);
  }
  return true;
}

void HttpTransfer::end_of_headers() {
  headers_ended_ = true;
  attempt_->stamps.headers = context_.clock->now();
}

bool HttpTransfer::take_body(std::string_view bytes) {
  const TimePoint at = context_.clock->now();
  body_bytes_ += bytes.size();
  if (body_bytes_ > context_.options.reply_bytes_max) {
    fail(Outcome::kRejected,
         fmt::format("the reply is longer than {} bytes", context_.options.reply_bytes_max));
    return false;
  }
  Piece& piece = context_.outbox.piece(place_, stream_, attempt_->lane);
  piece.bytes += bytes;
  stamp(piece, at);
  note_progress(bytes);
  return true;
}

// One stamp per read: libcurl hands out a read in several parts (chunked coding, decompression).
void HttpTransfer::stamp(Piece& piece, TimePoint at) {
  const Reading& reading = context_.loop.reading();
  const auto end_offset = static_cast<uint32_t>(piece.bytes.size());
  if (reading.number == last_reading_ && !piece.stamps.empty()) {
    piece.stamps.back().end_offset = end_offset;
    return;
  }
  last_reading_ = reading.number;
  const TimePoint now = context_.loop.now();
  Stamps& stamps = attempt_->stamps;
  stamps.loop_lag = std::max(stamps.loop_lag, now - reading.woke);
  ChunkStamp chunk;
  chunk.end_offset = end_offset;
  chunk.at = at;
  chunk.kernel_lag = context_.loop.wall_clock().lag(reading.arrival.wall_ns, to_ns(now));
  // Bytes of a reply cannot have come before its request left.
  if (chunk.kernel_lag > now - sent_) chunk.kernel_lag = Nanos(-1);
  if (reading.arrival.coalesced) chunk.flags |= kStampCoalesced;
  if (attempt_->http.http2) chunk.flags |= kStampShared;
  piece.stamps.push_back(chunk);
}

void HttpTransfer::note_progress(std::string_view bytes) {
  if (!filter_.feed(bytes)) return;
  progress_ = context_.loop.now();
  if (std::exchange(progressed_, true)) return;  // moves the limit later: nothing to arm
  context_.loop.arm(*this, deadline());
}

// The first reason holds.
void HttpTransfer::fail(Outcome outcome, std::string text) {
  Response& response = attempt_->response;
  if (response.outcome != Outcome::kOk) return;
  response.outcome = outcome;
  response.error = std::move(text);
}

TimePoint HttpTransfer::deadline() const {
  const HttpOptions& options = context_.options;
  TimePoint next = started_ + options.connect_timeout;
  if (sendings_ > 0) next = sent_ + options.first_token_timeout;
  if (progressed_) next = progress_ + options.stall_timeout;
  return std::min(next, started_ + options.total_timeout);
}

HttpFailure HttpTransfer::overdue(TimePoint now) const {
  const HttpOptions& options = context_.options;
  if (now >= started_ + options.total_timeout)
    return {Outcome::kTimeout, fmt::format("no end of the reply within {} (total timeout)",
                                           seconds_text(options.total_timeout))};
  if (progressed_)
    return {Outcome::kTimeout, fmt::format("nothing for {} inside the reply (stall timeout)",
                                           seconds_text(options.stall_timeout))};
  if (sendings_ > 0)
    return {Outcome::kTimeout, fmt::format("no token within {} of sending (first-token timeout)",
                                           seconds_text(options.first_token_timeout))};
  return {Outcome::kTimeout,
          fmt::format("no connection to {} within {} (connect timeout)",
                      url_for_people(options.url), seconds_text(options.connect_timeout))};
}

void HttpTransfer::fill_exchange() {
  HttpExchange& http = attempt_->http;
  for (const std::string& secret : context_.secrets) {
    redact(http.headers, secret);
    redact(http.content_type, secret);
  }
  if (sendings_ > 0) http.reused = handle_.info(CURLINFO_NUM_CONNECTS) == 0;
}

void HttpTransfer::end() {
  fill_exchange();
  attempt_->stamps.done = context_.clock->now();
  Piece& piece = context_.outbox.piece(place_, stream_, attempt_->lane);
  piece.end = std::move(attempt_);
  idle_(*this);
}

}  // namespace assay::backends
