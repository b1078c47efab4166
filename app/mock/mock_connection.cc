#include "app/mock/mock_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace assay::app::mock {

MockConnection::MockConnection(int fd, uint64_t id, ConnectionHost& host)
    : fd_(fd), id_(id), host_(&host) {
  host_->service().connection_opened();
}

MockConnection::~MockConnection() {
  if (exchange_) host_->service().end(*exchange_, false, host_->now());
  host_->service().connection_closed();
  close(fd_);
}

bool MockConnection::on_readable() {
  char* scratch = host_->scratch();
  const ssize_t n = recv(fd_, scratch, ConnectionHost::kScratchBytes, 0);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return true;
  if (n <= 0) return false;
  const std::string_view bytes(scratch, static_cast<size_t>(n));
  if (lingers_) {
    discarded_ += bytes.size();
    return discarded_ <= kLingerBytesMax;
  }
  arrival_ = host_->now();
  reader_.feed(bytes);
  if (exchange_) return reader_.buffered() <= kAheadBytesMax;
  return pump();
}

bool MockConnection::on_writable() {
  const std::string rest = std::exchange(out_, {});
  if (!send_bytes(rest)) return false;
  if (!out_.empty()) return true;
  host_->want_writable(id_, false);
  return pump();
}

bool MockConnection::on_timer(uint64_t turn) {
  if (turn != turn_) return true;  // of a wait that is over
  return !lingers_ && pump();
}

// As far as it goes without waiting: replies, and the requests behind them.
bool MockConnection::pump() {
  while (true) {
    if (lingers_ || (!exchange_ && !begin())) return true;
    switch (play()) {
      case Played::kWaits:
        return true;
      case Played::kEnded:
        break;
      case Played::kOver:
        return false;
    }
    arrival_ = host_->now();
  }
}

bool MockConnection::begin() {
  switch (reader_.poll()) {
    case HttpRequestReader::State::kRequest:
      exchange_ = host_->service().answer(reader_.take(), arrival_, id_);
      return true;
    case HttpRequestReader::State::kFailed:
      exchange_ = host_->service().refuse(*reader_.failure(), arrival_);
      return true;
    case HttpRequestReader::State::kMore:
      // If these few bytes do not fit, or the client has gone, the next event says so.
      if (reader_.wants_continue() && out_.empty()) send_bytes("HTTP/1.1 100 Continue\r\n\r\n");
      return false;
  }
  return false;
}

MockConnection::Played MockConnection::play() {
  for (int steps = 0; out_.empty(); ++steps) {
    if (sending_) {
      const Played played = after_step();
      if (played != Played::kWaits) return played;
      if (step_) return Played::kWaits;  // holds
    }
    const TimePoint now = host_->now();
    if (!step_) step_ = exchange_->script->next(now);
    if (step_->due > now || steps == kStepsPerTurnMax) {
      wake_at(step_->due);
      return Played::kWaits;
    }
    host_->service().sent(*exchange_, *step_, now);
    sending_ = true;
    if (!send_bytes(step_->bytes)) return Played::kOver;
  }
  return Played::kWaits;
}

// The step's bytes are with the kernel. kWaits: the reply goes on (no step_), or holds (step_).
MockConnection::Played MockConnection::after_step() {
  const Step::After after = step_->after;
  if (after == Step::After::kHold) return Played::kWaits;
  sending_ = false;
  step_.reset();
  if (after == Step::After::kMore) return Played::kWaits;
  host_->service().end(*exchange_, after != Step::After::kReset, host_->now());
  exchange_.reset();
  if (after == Step::After::kKeepAlive) return Played::kEnded;
  if (after == Step::After::kClose) return start_linger();
  // Closing with this option sends RST instead of FIN.
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  return Played::kOver;
}

// Closing with unread bytes would reset the connection, and the client would lose the reply.
MockConnection::Played MockConnection::start_linger() {
  lingers_ = true;
  shutdown(fd_, SHUT_WR);
  wake_at(host_->now() + kLingerMax);
  return Played::kEnded;
}

bool MockConnection::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      out_.assign(bytes);
      host_->want_writable(id_, true);
      return true;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void MockConnection::wake_at(TimePoint due) { host_->wake_at(id_, ++turn_, due); }

}  // namespace assay::app::mock
