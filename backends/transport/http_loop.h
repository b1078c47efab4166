// CurlLoop: one curl_multi, the epoll set that drives it, and the time limits of its transfers.
//
// Where it stands: behind HttpLoop; shared by all HttpTransports of a loop thread, which alone
// calls it. Nothing here blocks. The set holds libcurl's sockets, a timerfd (for libcurl's timer
// and the earliest limit of ours) and an eventfd (pieces that wait for another transport's
// collect()), so fd() is readable whenever turn() has something to do.
//
//   CurlLoop loop;
//   loop.add(easy, client);                 // starts with the next turn
//   loop.arm(client, deadline);
//   TimePoint next = loop.turn();           // client.on_done(code) or client.on_overdue(now)
#pragma once

#include <curl/curl.h>
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <vector>

#include "backends/transport/http.h"
#include "backends/transport/limits.h"
#include "backends/transport/receive_stamp.h"

namespace assay::backends {

// Of one read of libcurl's, and of one plain request before it is sent. Memory per stream is small.
inline constexpr size_t kReceiveBytes = 8 * 1024;

// libcurl's own set-up, once for the program.
void ensure_curl();

// One transfer, as the loop sees it.
class CurlClient : public LimitClient {
 public:
  // libcurl is done with it, and it has left the loop.
  virtual void on_done(CURLcode code) = 0;
};

// What is known of the bytes that libcurl hands out now.
struct Reading {
  uint64_t number = 0;  // of the read; bytes with the same number came by one read
  TimePoint woke{};     // when the loop learnt of it
  Arrival arrival;
};

class CurlLoop {
 public:
  CurlLoop();
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  // Gives the handle this loop's socket functions; once per handle. `stamps`: of its sockets.
  void adopt(CURL* easy, bool stamps);
  void add(CURL* easy, CurlClient& client);
  // Takes a transfer out before its end (its connection is closed) or after it.
  void remove(CURL* easy, CurlClient& client);
  // A limit at `deadline`; one per client, the earlier one holds until it has passed.
  void arm(CurlClient& client, TimePoint deadline) { limits_.arm(client, deadline); }

  // Everything that can be done now, bounded. Returns when to call again at the latest.
  TimePoint turn();
  [[nodiscard]] int fd() const { return epoll_fd_; }
  // Makes fd() readable until the next turn.
  void signal();
  // Within libcurl's callbacks, of the bytes it hands out.
  [[nodiscard]] const Reading& reading() const { return reading_; }
  [[nodiscard]] const WallClock& wall_clock() const { return wall_clock_; }
  [[nodiscard]] TimePoint now() const { return clock_.now(); }

  // How many transports hold pieces that nobody has collected.
  int transports_waiting = 0;

 private:
  // A socket of libcurl's in the epoll set.
  struct Socket {
    bool ours = false;  // opened by open_socket(): its end is told to close_socket()
    bool stamped = false;
    uint32_t wanted = 0;      // events that libcurl waits for
    uint32_t registered = 0;  // events in the set
    ReadHistory history;
  };

  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* unused);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);
  static curl_socket_t open_stamped(void* self, curlsocktype purpose, curl_sockaddr* address);
  static curl_socket_t open_plain(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int close_socket(void* self, curl_socket_t fd);

  curl_socket_t open_socket(const curl_sockaddr& address, bool stamps);
  Socket& socket(int fd);
  void want(int fd, uint32_t events);
  void update(int fd, uint32_t events);
  void serve(const epoll_event& event);
  void run_curl_timer();
  void take_finished();
  void arm_timer(TimePoint next);

  SteadyClock clock_;
  int epoll_fd_;
  int timer_fd_;
  int event_fd_;
  StampKeeper stamps_;
  CURLM* multi_;
  TimePoint curl_due_ = kNever;
  TimePoint timer_at_ = kNever;  // what the timerfd is set to
  std::vector<Socket> sockets_;  // by descriptor
  Limits limits_;
  Reading reading_;
  WallClock wall_clock_;
  bool signalled_ = false;                    // since the last turn began
  std::array<char, kReceiveBytes> peeked_{};  // only its size counts
};

struct HttpLoop::Impl {
  CurlLoop curl;
};

}  // namespace assay::backends
