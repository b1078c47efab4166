#include "app/mock/mock_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace assay::app::mock {
namespace {

// The kernel's stamp of what was read; -1: none.
int64_t stamp_of(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec t{};
    std::memcpy(&t, CMSG_DATA(c), sizeof t);
    return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
  }
  return -1;
}

}  // namespace

MockConnection::MockConnection(int fd, uint64_t id, ConnectionHost& host)
    : fd_(fd), id_(id), host_(&host) {
  host_->service().connection_opened();
}

MockConnection::~MockConnection() {
  if (exchange_) {
    const TimePoint now = host_->now();
    host_->service().end(*exchange_, false, {now, now});
  }
  host_->service().connection_closed();
  close(fd_);
}

bool MockConnection::on_readable() {
  char* scratch = host_->scratch();
  iovec part{scratch, ConnectionHost::kScratchBytes};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t n = recvmsg(fd_, &message, 0);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return true;
  if (n <= 0) return false;
  const std::string_view bytes(scratch, static_cast<size_t>(n));
  if (lingers_) {
    discarded_ += bytes.size();
    return discarded_ <= kLingerBytesMax;
  }
  const TimePoint read = host_->now();
  came_ = {host_->arrival_of(stamp_of(message), read), read};
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

bool MockConnection::send_due(uint64_t turn) {
  if (turn != turn_ || !step_ || sending_ || lingers_ || !out_.empty()) return true;
  const TimePoint now = host_->now();
  return step_->due > now || send_step(now);
}

bool MockConnection::on_timer(uint64_t turn) {
  if (turn != turn_) return true;  // of a wait that is over
  return !lingers_ && pump();
}

bool MockConnection::on_grant(TimePoint start) {
  host_->service().start(*exchange_, start);
  if (step_ && !sending_) step_.reset();  // it was that of a reply that waits
  return !out_.empty() || pump();
}

// Closing with this option sends RST instead of FIN.
void MockConnection::reset_on_close() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
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
    const TimePoint now = host_->now();
    came_ = {now, now};  // what is here already counts from here
  }
}

bool MockConnection::begin() {
  switch (reader_.poll()) {
    case HttpRequestReader::State::kRequest:
      exchange_ = host_->service().answer(reader_.take(), came_, id_);
      return true;
    case HttpRequestReader::State::kFailed:
      exchange_ = host_->service().refuse(*reader_.failure(), came_);
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
    if (step_->due > now || step_->due >= host_->held_from() || steps == kStepsPerTurnMax) {
      wake_at(step_->due);
      return Played::kWaits;
    }
    if (!send_step(now)) return Played::kOver;
  }
  return Played::kWaits;
}

bool MockConnection::send_step(TimePoint now) {
  host_->service().sent(*exchange_, *step_, now);
  sending_ = true;
  blocked_ = false;
  if (!send_bytes(step_->bytes)) return false;
  blocked_ = !out_.empty();
  return true;
}

// The step's bytes are with the kernel. kWaits: the reply goes on (no step_), or holds (step_).
MockConnection::Played MockConnection::after_step() {
  const Step::After after = step_->after;
  if (after == Step::After::kHold) return Played::kWaits;
  sending_ = false;
  const TimePoint due = step_->due;
  step_.reset();
  if (after == Step::After::kMore) return Played::kWaits;
  const TimePoint now = host_->now();
  // A client that reads slowly keeps its slot.
  const Ended ended{blocked_ ? now : due, now};
  host_->service().end(*exchange_, after != Step::After::kReset, ended);
  exchange_.reset();
  if (after == Step::After::kKeepAlive) return Played::kEnded;
  if (after == Step::After::kClose) return start_linger();
  reset_on_close();
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

void MockConnection::wake_at(TimePoint due) {
  ++turn_;
  if (due != kNever) host_->wake_at(id_, turn_, due);
}

}  // namespace assay::app::mock
