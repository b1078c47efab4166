#include "backends/transport/plain_transfer.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "harness/base/check.h"
#include "harness/types/chunk_log.h"

namespace assay::backends {
namespace {

constexpr uint64_t kWarmUpBytesMax = uint64_t{1} << 20;  // of a cheap reply
constexpr int kReadsMax = 16;  // of one connection in a turn, each of a full buffer
// A read of more may be of several segments although it is one chunk: an Ethernet's segment, less
// its headers and options.
constexpr size_t kOneSegmentBytes = 1200;
constexpr uint32_t kReadable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr uint32_t kWritable = EPOLLOUT | EPOLLHUP | EPOLLERR;
constexpr uint32_t kEnded = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

}  // namespace

PlainTransfer::PlainTransfer(PlainContext& context, uint64_t stream,
                             std::function<void(PlainTransfer&)> idle)
    : context_(context), loop_(context.loop), stream_(stream), idle_(std::move(idle)) {}

PlainTransfer::~PlainTransfer() { loop_.limits.arm(*this, kNever); }

void PlainTransfer::start(AttemptPtr attempt) {
  attempt_ = std::move(attempt);
  begin_exchange(*attempt_, loop_.now());
  head_end_ = fmt::format("{}\r\n\r\n", attempt_->wire.size());
  reader_.start({loop_.options().header_bytes_max, loop_.options().reply_bytes_max});
  begin();
  take_connection();
}

void PlainTransfer::start_warm_up() {
  head_end_.clear();
  error_.clear();
  reader_.start({loop_.options().header_bytes_max, kWarmUpBytesMax});
  begin();
  open_connection();
}

void PlainTransfer::begin() {
  ASSAY_CHECK(!active_, "a transfer that is in flight was started");
  active_ = true;
  place_ = {};
  times_ = {};
  times_.started = loop_.now();
  address_until_ = kNever;
  sent_bytes_ = 0;
  sending_ = reused_ = send_ended_ = other_side_ended_ = false;
  filter_ = {};
  loop_.limits.arm(*this, deadline());
}

void PlainTransfer::cancel() {
  if (active_) fail({Outcome::kCancelled, "cancelled"});
}

void PlainTransfer::take_connection() {
  connection_ = loop_.take_idle();
  if (connection_ == nullptr) return open_connection();
  connection_->transfer = this;
  connected();
}

void PlainTransfer::open_connection() {
  if (loop_.addresses().empty())
    return fail(explain({.code = CURLE_COULDNT_RESOLVE_HOST, .url = loop_.options().url}));
  other_side_ended_ = false;
  first_address_ = loop_.preferred_address;
  addresses_tried_ = 0;
  try_next_address(0);
}

void PlainTransfer::try_next_address(int os_error) {
  const size_t count = loop_.addresses().size();
  while (addresses_tried_ < count) {
    const size_t address = (first_address_ + addresses_tried_++) % count;
    connection_ = loop_.open(address, *this, os_error);
    if (connection_ == nullptr) continue;
    if (!connection_->connecting) return connected();
    // The time to connect is shared out, so that a silent address does not hide the next one.
    address_until_ = addresses_tried_ == count
                         ? kNever
                         : loop_.now() + loop_.options().connect_timeout / static_cast<int>(count);
    loop_.limits.arm(*this, deadline());
    return;
  }
  fail(explain({.code = CURLE_COULDNT_CONNECT, .url = loop_.options().url, .os_error = os_error}));
}

void PlainTransfer::connected() {
  connection_->connecting = false;
  loop_.preferred_address = connection_->address;
  address_until_ = kNever;
  reused_ = std::exchange(connection_->used, true);
  times_.sent = loop_.now();
  if (attempt_) attempt_->stamps.sent = *times_.sent;
  loop_.limits.arm(*this, deadline());
  send();
}

void PlainTransfer::send() {
  const std::string_view head = attempt_ ? context_.post_head : context_.get_head;
  const std::string_view body = attempt_ ? std::string_view(attempt_->wire) : std::string_view();
  const size_t size = head.size() + head_end_.size() + body.size();
  while (sent_bytes_ < size) {
    std::array<iovec, 3> parts;
    size_t count = 0;
    size_t skip = sent_bytes_;
    for (const std::string_view part : {head, std::string_view(head_end_), body}) {
      const std::string_view rest = part.substr(std::min(skip, part.size()));
      skip -= part.size() - rest.size();
      // sendmsg() takes what it only reads as not const.
      if (!rest.empty()) parts.at(count++) = {const_cast<char*>(rest.data()), rest.size()};
    }
    const Received sent = connection_->send(std::span(parts).first(count));
    if (sent.os_error == EINTR) continue;
    sending_ = sent.os_error == EAGAIN;
    if (sending_) return;  // called again when there is room
    if (sent.os_error != 0) return send_failed(sent.os_error);
    sent_bytes_ += sent.bytes;
  }
  sending_ = false;
}

void PlainTransfer::send_failed(int os_error) {
  if (sent_bytes_ == 0 && reused_) {  // dead before the kernel took a byte: nobody has seen it
    loop_.close(*connection_);
    return open_connection();
  }
  // It may have answered before it closed.
  send_ended_ = true;
  read();
  if (active_) connection_ended(os_error);
}

void PlainTransfer::on_events(uint32_t events) {
  const PlainConnection* const of = connection_;
  const uint32_t generation = of->generation;
  if (connection_->connecting) {
    if ((events & kWritable) == 0) return;
    if (const int error = connection_->connect_result(); error != 0) {
      loop_.close(*connection_);
      return try_next_address(error);
    }
    connected();
  } else if (sending_ && (events & kWritable) != 0) {
    send();
  }
  if (!active_ || connection_ != of || of->generation != generation) return;
  if ((events & kEnded) != 0) other_side_ended_ = true;
  if ((events & kReadable) != 0) read();
}

void PlainTransfer::read() {
  for (int i = 0; i < kReadsMax; ++i) {
    const std::span<char> buffer = loop_.buffer();
    const Received received = connection_->receive(buffer);
    if (received.os_error == EINTR) continue;
    if (received.os_error == EAGAIN) return;
    if (received.bytes == 0) return connection_ended(received.os_error);
    take({buffer.data(), received.bytes}, received);
    if (!active_) return;
    // What did not fill the buffer was all there is, unless the end waits behind it.
    if (received.bytes < buffer.size() && !other_side_ended_ && !send_ended_) return;
  }
  loop_.read_again(*connection_);
}

void PlainTransfer::take(std::string_view bytes, const Received& received) {
  const TimePoint at = loop_.now();
  const Before before{reader_.chunks(), reader_.inside_chunk(), reader_.headers_ended()};
  Piece* piece = nullptr;
  for (std::string_view part = reader_.next(bytes); !part.empty(); part = reader_.next(bytes)) {
    if (attempt_ == nullptr) continue;
    if (piece == nullptr) piece = &context_.outbox.piece(place_, stream_, attempt_->lane);
    piece->bytes += part;
    note_progress(part, at);
  }
  if (attempt_ && !before.headers_ended && reader_.headers_ended()) attempt_->stamps.headers = at;
  if (piece != nullptr) stamp(*piece, at, received, before);
  if (reader_.failed()) return reply_failed();
  if (reader_.done()) end(bytes.empty());
}

// One stamp per read.
void PlainTransfer::stamp(Piece& piece, TimePoint at, const Received& received,
                          const Before& before) {
  Stamps& stamps = attempt_->stamps;
  stamps.loop_lag = std::max(stamps.loop_lag, at - loop_.woke());
  ChunkStamp chunk;
  chunk.end_offset = static_cast<uint32_t>(piece.bytes.size());
  chunk.at = at;
  chunk.kernel_lag = loop_.wall_clock().lag(received.wall_ns, to_ns(at));
  // Bytes of a reply cannot have come before its request left.
  if (chunk.kernel_lag > at - *times_.sent) chunk.kernel_lag = Nanos(-1);
  if (is_coalesced(received, before)) chunk.flags |= kStampCoalesced;
  piece.stamps.push_back(chunk);
}

// The kernel is asked only when the read may hold bytes of several segments.
bool PlainTransfer::is_coalesced(const Received& received, const Before& before) {
  const uint64_t touched = reader_.chunks() - before.chunks + (before.inside_chunk ? 1 : 0);
  const bool several = !reader_.chunked() || touched > 1 || received.bytes > kOneSegmentBytes;
  if (!several && before.headers_ended) return false;
  const bool merged = connection_->merged_segments();
  return merged && several;  // one chunk behind the headers: the stamp is the chunk's own
}

void PlainTransfer::note_progress(std::string_view bytes, TimePoint at) {
  if (!filter_.feed(bytes)) return;
  const bool progressed = times_.progress.has_value();
  times_.progress = at;
  if (!progressed) loop_.limits.arm(*this, deadline());  // later, it only moves the limit later
}

void PlainTransfer::connection_ended(int os_error) {
  if (os_error == 0) {
    reader_.end_of_bytes();
    if (reader_.done()) return end(false);
    if (reader_.answered()) return reply_failed();
    return fail(explain({.code = CURLE_GOT_NOTHING, .url = loop_.options().url}));
  }
  const std::string why = error_name(os_error);
  fail(explain({.code = CURLE_RECV_ERROR,
                .detail = why,
                .url = loop_.options().url,
                .sent = true,
                .answered = reader_.answered()}));
}

void PlainTransfer::reply_failed() {
  if (reader_.outcome() != Outcome::kMalformed) return fail({reader_.outcome(), reader_.error()});
  fail(explain({.code = CURLE_WEIRD_SERVER_REPLY,
                .detail = reader_.error(),
                .url = loop_.options().url,
                .sent = true}));
}

TimePoint PlainTransfer::deadline() const {
  return std::min(times_.deadline(loop_.options()), address_until_);
}

void PlainTransfer::on_overdue(TimePoint now) {
  if (const TimePoint until = deadline(); until > now)
    return loop_.limits.arm(*this, until);  // there was progress since
  if (now < times_.deadline(loop_.options())) {
    loop_.close(*connection_);
    return try_next_address(ETIMEDOUT);
  }
  fail(times_.overdue(loop_.options(), now));
}

void PlainTransfer::fail(HttpFailure failure) {
  if (attempt_) {
    backends::fail(*attempt_, failure.outcome, std::move(failure.text));
  } else if (reader_.status() == 0) {
    error_ = std::move(failure.text);
  }
  end(false);
}

void PlainTransfer::end(bool clean) {
  loop_.limits.arm(*this, kNever);
  active_ = false;
  if (connection_ != nullptr && connection_->transfer == this) {
    const bool whole = clean && reader_.done() && !sending_ && !send_ended_;
    if (whole && reader_.keep_alive() && !other_side_ended_) {
      if (attempt_ == nullptr) (void)connection_->merged_segments();  // done with
      loop_.release(*connection_);
    } else {
      loop_.close(*connection_);
    }
  }
  connection_ = nullptr;
  if (attempt_) {
    fill_exchange();
    attempt_->stamps.done = loop_.now();
    Piece& piece = context_.outbox.piece(place_, stream_, attempt_->lane);
    piece.end = std::move(attempt_);
  }
  idle_(*this);
}

void PlainTransfer::fill_exchange() {
  HttpExchange& http = attempt_->http;
  http.status = reader_.status();
  http.headers = std::move(reader_.headers());
  http.reused = reused_;
  const std::string_view lines = http.headers;
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    if (std::string type = content_type_of(lines.substr(at, end - at)); !type.empty())
      http.content_type = std::move(type);
    at = end + 1;
  }
  redact_exchange(http, context_.secrets);
}

}  // namespace assay::backends
