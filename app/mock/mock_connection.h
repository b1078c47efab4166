// MockConnection: one client's socket; reads requests with the kernel's time of their arrival,
// plays the script of each reply, notices when the client goes. Loop thread only.
//
// A client that closes its sending side counts as gone. Requests are answered one after another;
// what was sent ahead waits, up to kAheadBytesMax.
//
//   MockConnection connection(fd, id, host);   // owns fd
//   if (!connection.on_readable()) erase(id);  // false: over
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/mock/http_request.h"
#include "app/mock/mock_service.h"
#include "harness/base/clock.h"

namespace assay::app::mock {

// What a connection needs of the server.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual MockService& service() = 0;
  [[nodiscard]] virtual TimePoint now() const = 0;
  // The steady time of a stamp that the kernel gave (nanoseconds of the wall clock, -1: none) to
  // bytes that were read at `read`; `read` where that is not known.
  virtual TimePoint arrival_of(int64_t wall_ns, TimePoint read) = 0;
  // send_due() and on_timer() of that connection at `due`; a later call replaces an earlier one.
  virtual void wake_at(uint64_t connection, uint64_t turn, TimePoint due) = 0;
  // What is due from here on is sent out of a timer only: a pause of the whole server is near.
  [[nodiscard]] virtual TimePoint held_from() const = 0;
  virtual void want_writable(uint64_t connection, bool wanted) = 0;
  // Scratch for reading, shared by all.
  virtual char* scratch() = 0;
  static constexpr size_t kScratchBytes = size_t{256} << 10;
};

class MockConnection {
 public:
  static constexpr size_t kAheadBytesMax = size_t{1} << 20;
  static constexpr int kStepsPerTurnMax = 64;  // then others have their turn
  static constexpr Nanos kLingerMax = std::chrono::seconds(2);
  static constexpr size_t kLingerBytesMax = size_t{128} << 20;

  MockConnection(int fd, uint64_t id, ConnectionHost& host);
  ~MockConnection();
  MockConnection(const MockConnection&) = delete;
  MockConnection& operator=(const MockConnection&) = delete;

  // Each: false when the connection is over and must be destroyed.
  bool on_readable();
  bool on_writable();
  // What is due and ready is sent, nothing else: called for all connections of one instant before
  // any on_timer(), so that they send as close together as can be.
  bool send_due(uint64_t turn);
  bool on_timer(uint64_t turn);
  // The reply that waited for a slot begins.
  bool on_grant(TimePoint start);
  // When it is destroyed, the client sees a reset.
  void reset_on_close();

 private:
  enum class Played : uint8_t { kWaits, kEnded, kOver };

  bool pump();
  bool begin();  // false: no request is complete
  Played play();
  Played after_step();
  Played start_linger();
  bool send_step(TimePoint now);
  bool send_bytes(std::string_view bytes);  // false: the client is gone
  void wake_at(TimePoint due);

  int fd_;
  uint64_t id_;
  ConnectionHost* host_;
  HttpRequestReader reader_;
  std::optional<Exchange> exchange_;
  std::optional<Step> step_;  // the next one, or the one being sent
  bool sending_ = false;      // step_ was begun
  bool lingers_ = false;      // our side is closed
  size_t discarded_ = 0;
  std::string out_;       // what the kernel did not take
  bool blocked_ = false;  // the step's bytes did not fit into the kernel at once
  Came came_;             // the last bytes
  uint64_t turn_ = 0;     // of the timer that counts
};

}  // namespace assay::app::mock
