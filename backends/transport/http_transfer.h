// HttpTransfer: one attempt on one easy handle: libcurl's callbacks, stamps and limits.
//
// Where it stands: kept in HttpTransport's pool and used again and again (loop thread). Bytes are
// stamped as the first thing that happens to them; then they go to the Outbox as pieces.
//
//   transfer.start(std::move(attempt), stream);
//   ... CurlLoop calls back ...              // the last piece of `stream` gives the attempt back
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/transport/http_handle.h"
#include "backends/transport/http_loop.h"

namespace assay::backends {

// Pieces of one transport between two collect()s: at most one per stream.
class Outbox {
 public:
  explicit Outbox(CurlLoop& loop) : loop_(loop) {}
  ~Outbox() { forget(); }
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // Where a stream's piece of this batch lies.
  struct Place {
    uint64_t batch = 0;
    size_t index = 0;
  };
  // The stream's piece of this batch; a new one when it has none.
  Piece& piece(Place& place, uint64_t stream, uint32_t lane);
  void take(std::vector<Piece>& out);
  [[nodiscard]] bool empty() const { return pieces_.empty(); }

 private:
  void forget();

  CurlLoop& loop_;
  uint64_t batch_ = 1;
  std::vector<Piece> pieces_;
};

// Tells bytes of a reply from what servers send to keep a connection open: SSE comments (lines that
// begin with ':') and blank lines. It looks at line starts only, of a chunk's first lines up to the
// first that is neither, and of its last; so a chunk of a reply costs one look at its first byte
// and one search for its last line end.
class ProgressFilter {
 public:
  // Whether `bytes` hold more than that.
  bool feed(std::string_view bytes);

 private:
  bool line_start_ = true;
  bool comment_ = false;
};

// What the transfers of one transport share.
struct TransferContext {
  CurlLoop& loop;
  const HttpOptions& options;
  const HeaderList& headers;
  const Clock* clock;
  Outbox& outbox;
  std::vector<std::string> secrets;  // values that must not come back in http.headers
};

class HttpTransfer final : public CurlClient {
 public:
  // `idle` is called when the transfer has ended and can be used again.
  HttpTransfer(TransferContext& context, std::function<void(HttpTransfer&)> idle);
  ~HttpTransfer() override;

  void start(AttemptPtr attempt, uint64_t stream);
  void cancel();
  [[nodiscard]] bool active() const { return attempt_ != nullptr; }

  void on_done(CURLcode code) override;
  void on_overdue(TimePoint now) override;

 private:
  static int on_sending(void* self, char* ip, char* local_ip, int port, int local_port);
  static size_t on_header(char* line, size_t size, size_t count, void* self);
  static size_t on_body(char* bytes, size_t size, size_t count, void* self);

  void set_callbacks();
  void send_began();
  [[nodiscard]] bool take_header(std::string_view line);
  void end_of_headers();
  [[nodiscard]] bool take_body(std::string_view bytes);
  void stamp(Piece& piece, TimePoint at);
  void note_progress(std::string_view bytes);
  void fail(Outcome outcome, std::string text);
  [[nodiscard]] TimePoint deadline() const;
  [[nodiscard]] HttpFailure overdue(TimePoint now) const;
  void fill_exchange();
  void end();

  TransferContext& context_;
  std::function<void(HttpTransfer&)> idle_;
  HttpHandle handle_;

  // Of the attempt in flight.
  AttemptPtr attempt_;
  uint64_t stream_ = 0;
  Outbox::Place place_;
  int sendings_ = 0;     // that libcurl has tried
  TimePoint started_{};  // these three by the loop's clock, for the limits
  TimePoint sent_{};
  TimePoint progress_{};
  bool progressed_ = false;
  bool headers_ended_ = false;
  uint64_t header_bytes_ = 0;
  uint64_t body_bytes_ = 0;
  uint64_t last_reading_ = 0;  // the last one that was stamped
  ProgressFilter filter_;
};

}  // namespace assay::backends
