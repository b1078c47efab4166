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

#include "backends/transport/http_exchange.h"
#include "backends/transport/http_handle.h"
#include "backends/transport/http_loop.h"
#include "backends/transport/outbox.h"
#include "backends/transport/progress_filter.h"

namespace assay::backends {

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
  TransferTimes times_;  // by the loop's clock
  bool headers_ended_ = false;
  uint64_t header_bytes_ = 0;
  uint64_t body_bytes_ = 0;
  uint64_t last_reading_ = 0;  // the last one that was stamped
  ProgressFilter filter_;
};

}  // namespace assay::backends
