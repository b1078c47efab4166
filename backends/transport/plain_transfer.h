// PlainTransfer: one attempt, or one GET of warm-up, on a connection of PlainLoop's: sends the
// request, stamps and reads the reply, holds to the limits.
//
// Where it stands: kept in PlainHttpTransport's pool and used again and again (loop thread). Bytes
// are stamped as the first thing that happens to them, then read by a ResponseReader and given to
// the Outbox.
//
// A request is sent once. Only when an idle connection turns out dead before the kernel took a byte
// of it, another connection is taken.
//
//   transfer.start(std::move(attempt));
//   ... PlainLoop calls back ...              // its last piece gives the attempt back
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/transport/http_exchange.h"
#include "backends/transport/outbox.h"
#include "backends/transport/plain_loop.h"
#include "backends/transport/progress_filter.h"
#include "backends/transport/response_reader.h"

namespace assay::backends {

// What the transfers of one transport share.
struct PlainContext {
  PlainLoop& loop;
  Outbox& outbox;
  std::string post_head;  // of every request, up to the body's length
  std::string get_head;   // of warm-up, whole
  std::vector<std::string> secrets;
};

class PlainTransfer final : public LimitClient {
 public:
  // `idle` is called when the transfer has ended and can be used again. `stream`: of its pieces.
  PlainTransfer(PlainContext& context, uint64_t stream, std::function<void(PlainTransfer&)> idle);
  ~PlainTransfer() override;

  void start(AttemptPtr attempt);
  // A GET on a new connection; its end shows in ended() and error().
  void start_warm_up();
  void cancel();
  [[nodiscard]] bool active() const { return active_; }
  // Of a warm-up: why there was no reply; empty: there was one.
  [[nodiscard]] const std::string& error() const { return error_; }

  // Of its connection, as epoll reports them.
  void on_events(uint32_t events);
  void on_overdue(TimePoint now) override;

 private:
  void begin();
  void take_connection();
  void open_connection();
  // Why the one before did not work; 0: there was none.
  void try_next_address(int os_error);
  void connected();
  void send();
  void send_failed(int os_error);
  void read();
  void take(std::string_view bytes, const Received& received);
  // What is known of the reader before a read.
  struct Before {
    uint64_t chunks;
    bool inside_chunk;
    bool headers_ended;
  };
  void stamp(Piece& piece, TimePoint at, const Received& received, const Before& before);
  [[nodiscard]] bool is_coalesced(const Received& received, const Before& before);
  void note_progress(std::string_view bytes, TimePoint at);
  void connection_ended(int os_error);
  void reply_failed();
  void fail(HttpFailure failure);
  // `clean`: nothing came behind the reply. The connection is kept when nothing speaks against it.
  void end(bool clean);
  void fill_exchange();
  [[nodiscard]] TimePoint deadline() const;

  PlainContext& context_;
  PlainLoop& loop_;
  const uint64_t stream_;
  std::function<void(PlainTransfer&)> idle_;

  // Of the request in flight.
  bool active_ = false;
  AttemptPtr attempt_;  // none: a warm-up
  PlainConnection* connection_ = nullptr;
  size_t first_address_ = 0;
  size_t addresses_tried_ = 0;
  Outbox::Place place_;
  TransferTimes times_;
  TimePoint address_until_ = kNever;  // while connecting and more addresses are left
  std::string head_end_;              // the body's length, and what ends the head
  size_t sent_bytes_ = 0;
  bool sending_ = false;
  bool reused_ = false;
  bool send_ended_ = false;        // the other side takes no more of it
  bool other_side_ended_ = false;  // it has sent everything
  ResponseReader reader_;
  ProgressFilter filter_;
  std::string error_;
};

}  // namespace assay::backends
