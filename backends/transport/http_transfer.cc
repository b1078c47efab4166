#include "backends/transport/http_transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "harness/types/chunk_log.h"

namespace assay::backends {
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
  begin_exchange(*attempt_, context_.clock->now());
  stream_ = stream;
  place_ = {};
  sendings_ = 0;
  times_ = {};
  times_.started = context_.loop.now();
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
  context_.loop.arm(*this, times_.deadline(context_.options));
}

void HttpTransfer::cancel() {
  if (!active()) return;
  context_.loop.remove(handle_.get(), *this);
  fail(*attempt_, Outcome::kCancelled, "cancelled");
  end();
}

void HttpTransfer::on_done(CURLcode code) {
  if (attempt_->response.outcome == Outcome::kOk && code != CURLE_OK) {
    HttpFailure failure = code == CURLE_OPERATION_TIMEDOUT
                              ? times_.overdue(context_.options, context_.loop.now())
                              : handle_.failure(code, sendings_ > 0, header_bytes_ > 0);
    fail(*attempt_, failure.outcome, std::move(failure.text));
  }
  // libcurl takes an orderly close inside the headers for the end of a reply without a body.
  if (!headers_ended_)
    fail(*attempt_, Outcome::kTruncated, "the connection ended inside the reply's headers");
  end();
}

void HttpTransfer::on_overdue(TimePoint now) {
  if (const TimePoint until = times_.deadline(context_.options); until > now) {
    context_.loop.arm(*this, until);  // there was progress since
    return;
  }
  HttpFailure failure = times_.overdue(context_.options, now);
  context_.loop.remove(handle_.get(), *this);
  fail(*attempt_, failure.outcome, std::move(failure.text));
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
  times_.sent = context_.loop.now();
  context_.loop.arm(*this, times_.deadline(context_.options));
}

bool HttpTransfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > context_.options.header_bytes_max) {
    fail(*attempt_, Outcome::kRejected,
         fmt::format("the reply's headers are longer than {} bytes",
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
    if (std::string type = content_type_of(line); !type.empty())
      http.content_type = std::move(type);
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
    fail(*attempt_, Outcome::kRejected,
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
  if (times_.sent && chunk.kernel_lag > now - *times_.sent) chunk.kernel_lag = Nanos(-1);
  if (reading.arrival.coalesced) chunk.flags |= kStampCoalesced;
  if (attempt_->http.http2) chunk.flags |= kStampShared;
  piece.stamps.push_back(chunk);
}

void HttpTransfer::note_progress(std::string_view bytes) {
  if (!filter_.feed(bytes)) return;
  const bool progressed = times_.progress.has_value();
  times_.progress = context_.loop.now();
  if (progressed) return;  // moves the limit later: nothing to arm
  context_.loop.arm(*this, times_.deadline(context_.options));
}

void HttpTransfer::fill_exchange() {
  HttpExchange& http = attempt_->http;
  redact_exchange(http, context_.secrets);
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
