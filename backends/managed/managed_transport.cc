#include "backends/managed/managed_transport.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "harness/base/check.h"

namespace assay::backends {
namespace {

// Streams that end here have never been the inner transport's, which counts from 0 and from 2^63.
constexpr uint64_t kOwnStreams = uint64_t{1} << 62;

void watch_fd(int set, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  ASSAY_CHECK(::epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0, "descriptor {} cannot be watched",
              fd);
}

// What a dying server looks like from the other end of the connection.
bool may_be_a_death(const Attempt& attempt) {
  const Outcome outcome = attempt.response.outcome;
  return outcome == Outcome::kConnectError || outcome == Outcome::kTruncated;
}

}  // namespace

ManagedTransport::ManagedTransport(Transport& inner, ManagedServer& server, bool measure_cpu)
    : inner_(inner),
      server_(server),
      measure_cpu_(measure_cpu),
      event_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      next_stream_(kOwnStreams) {
  ASSAY_CHECK(event_fd_ >= 0, "no event descriptor");
  if (inner_.fd() >= 0) {
    set_fd_ = ::epoll_create1(EPOLL_CLOEXEC);
    ASSAY_CHECK(set_fd_ >= 0, "no epoll descriptor");
    watch_fd(set_fd_, inner_.fd());
    watch_fd(set_fd_, event_fd_);
  }
}

ManagedTransport::~ManagedTransport() {
  server_.set_on_change({});
  if (set_fd_ >= 0) ::close(set_fd_);
  ::close(event_fd_);
}

void ManagedTransport::set_wake(std::function<void()> wake) {
  inner_.set_wake(wake);
  server_.set_on_change([this, wake = std::move(wake)] {
    signal();
    if (wake) wake();
  });
}

void ManagedTransport::start(AttemptPtr attempt) {
  switch (server_.state()) {
    case ServerState::kHealthy:
      if (waiting_.empty()) {
        send(std::move(attempt));
        break;
      }
      [[fallthrough]];  // they go in order, at the next collect()
    case ServerState::kDown:
      waiting_.push_back(std::move(attempt));
      break;
    case ServerState::kFailed:
      end(std::move(attempt), Outcome::kDenied, server_.last_failure());
      break;
  }
}

void ManagedTransport::send(AttemptPtr attempt) {
  const Nanos cpu = measure_cpu_ ? server_.cpu() : Nanos(-1);
  if (!flights_.empty()) overlapped_ = true;
  flights_[attempt.get()] = {server_.deaths(), cpu};
  inner_.start(std::move(attempt));
}

TimePoint ManagedTransport::collect(std::vector<Piece>& out) {
  drain_event();
  const ServerState state = server_.state();
  if (state == ServerState::kHealthy) send_waiting();
  if (state == ServerState::kFailed) deny_waiting();

  std::vector<Piece> arrived;
  TimePoint next = inner_.collect(arrived);
  for (Piece& piece : arrived) {
    if (piece.end != nullptr && may_be_a_death(*piece.end) && !server_.attached() &&
        !died_meanwhile(*piece.end)) {
      suspects_.push_back({std::move(piece), clock_->now() + kVerdictWait});
      continue;
    }
    if (piece.end != nullptr) settle(piece);
    out.push_back(std::move(piece));
  }
  next = std::min(next, release_suspects(out));
  for (Piece& piece : ended_) out.push_back(std::move(piece));
  ended_.clear();
  return next;
}

bool ManagedTransport::died_meanwhile(const Attempt& attempt) const {
  const auto flight = flights_.find(&attempt);
  return flight != flights_.end() && server_.deaths() > flight->second.deaths;
}

// The verdict over an attempt that came back.
void ManagedTransport::settle(Piece& piece) {
  Attempt& attempt = *piece.end;
  const auto flight = flights_.find(&attempt);
  ASSAY_CHECK(flight != flights_.end(), "an attempt came back that was never sent");
  if (may_be_a_death(attempt) && died_meanwhile(attempt)) {
    const bool gone = server_.state() == ServerState::kFailed;
    attempt.response.outcome = gone ? Outcome::kDenied : Outcome::kCrashed;
    attempt.response.error = server_.name() + " " + server_.last_failure();
  }
  if (measure_cpu_ && !overlapped_ && flight->second.cpu.count() >= 0)
    attempt.response.cpu = std::max(Nanos(0), server_.cpu() - flight->second.cpu);
  flights_.erase(flight);
  if (flights_.empty()) overlapped_ = false;
}

TimePoint ManagedTransport::release_suspects(std::vector<Piece>& out) {
  const TimePoint now = suspects_.empty() ? TimePoint{} : clock_->now();
  TimePoint next = kNever;
  std::vector<Suspect> kept;
  for (Suspect& suspect : suspects_) {
    if (now < suspect.until && !died_meanwhile(*suspect.piece.end)) {
      next = std::min(next, suspect.until);
      kept.push_back(std::move(suspect));
      continue;
    }
    settle(suspect.piece);
    out.push_back(std::move(suspect.piece));
  }
  suspects_ = std::move(kept);
  return next;
}

void ManagedTransport::send_waiting() {
  while (!waiting_.empty()) {
    AttemptPtr attempt = std::move(waiting_.front());
    waiting_.pop_front();
    send(std::move(attempt));
  }
}

void ManagedTransport::deny_waiting() {
  while (!waiting_.empty()) {
    AttemptPtr attempt = std::move(waiting_.front());
    waiting_.pop_front();
    end(std::move(attempt), Outcome::kDenied, server_.last_failure());
  }
}

void ManagedTransport::cancel_all() {
  while (!waiting_.empty()) {
    AttemptPtr attempt = std::move(waiting_.front());
    waiting_.pop_front();
    end(std::move(attempt), Outcome::kCancelled, "cancelled before it was sent");
  }
  for (Suspect& suspect : suspects_) suspect.until = TimePoint{};
  signal();
  inner_.cancel_all();
}

void ManagedTransport::end(AttemptPtr attempt, Outcome outcome, const std::string& error) {
  const TimePoint now = clock_->now();
  attempt->stamps.sent = now;
  attempt->stamps.done = now;
  attempt->response.outcome = outcome;
  attempt->response.error = server_.name() + " " + error;
  Piece piece;
  piece.stream = next_stream_++;
  piece.lane = attempt->lane;
  piece.end = std::move(attempt);
  ended_.push_back(std::move(piece));
  signal();
}

void ManagedTransport::signal() {
  const uint64_t one = 1;
  (void)!::write(event_fd_, &one, sizeof one);
}

void ManagedTransport::drain_event() {
  uint64_t count = 0;
  (void)!::read(event_fd_, &count, sizeof count);
}

}  // namespace assay::backends
