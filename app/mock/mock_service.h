// MockService: requests in, scripts out; counts and logs what becomes of them. No sockets: the
// server plays the scripts and tells how they went. Loop thread only.
//
//   Exchange exchange = service.answer(request, {arrival, read}, connection);
//   ... exchange.script->next() ... service.sent(exchange, step, at) ...
//   service.end(exchange, /*complete=*/true, {due, clock.now()});    // once for each exchange
//   while (auto grant = service.take_grant()) ...     // whose turn it is now, with --slots
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/mock/http_request.h"
#include "app/mock/mock_batches.h"
#include "app/mock/mock_faults.h"
#include "app/mock/mock_log.h"
#include "app/mock/mock_options.h"
#include "app/mock/mock_script.h"
#include "app/mock/mock_stats.h"
#include "app/mock/rate_bucket.h"
#include "app/mock/slot_queue.h"

namespace assay::app::mock {

// When a request came: to this machine, and into this program.
struct Came {
  TimePoint arrival{};  // of its last byte, by the kernel
  TimePoint read{};
};

// When a reply ended: by its schedule, and in truth.
struct Ended {
  TimePoint due{};
  TimePoint at{};
};

// A reply that waited for a slot begins.
struct Grant {
  uint64_t connection = 0;
  TimePoint start{};
};

// One request and its reply.
struct Exchange {
  enum class Kind : uint8_t { kOther, kGood, kFault, kRejected };
  enum class Slot : uint8_t { kNone, kWaits, kHolds };

  std::unique_ptr<Script> script;
  Kind kind = Kind::kOther;
  Slot slot = Slot::kNone;
  Endpoint endpoint = Endpoint::kChat;
  bool stream = false;
  uint64_t number = 0;  // of requests to the API, from 1; 0: another request
  uint64_t epoch = 0;   // how often the counts had been reset
  std::optional<FaultKind> fault;
  TimePoint arrival{};
  int64_t input_tokens = 0;
  LogRecord log;  // its times only where there is a log
};

class MockService {
 public:
  // `options` outlives the service; `log` may be null.
  MockService(const MockOptions& options, std::unique_ptr<MockLog> log);

  // A connection has one exchange at a time.
  Exchange answer(const HttpRequest& request, const Came& came, uint64_t connection);
  // Bytes that were no request: the last reply of their connection.
  Exchange refuse(const HttpFailure& failure, const Came& came);
  // The exchange of the grant's connection has its slot now.
  void start(Exchange& exchange, TimePoint at);
  void sent(Exchange& exchange, const Step& step, TimePoint at);
  void end(Exchange& exchange, bool complete, const Ended& ended);
  // Whose turn came; one at a time, until there is none: starting one may end it and free its slot.
  std::optional<Grant> take_grant();

  void connection_opened();
  void connection_closed();
  void tick();  // a few times a second
  [[nodiscard]] MockStats stats() const;
  // When the first request to the API arrived.
  [[nodiscard]] std::optional<TimePoint> first_arrival() const { return first_arrival_; }

 private:
  ScriptContext context_for(const HttpRequest& request, TimePoint arrival);
  void answer_api(const HttpRequest& request, Endpoint endpoint, Exchange& exchange);
  void answer_other(const HttpRequest& request, Exchange& exchange);
  void answer_batch(const HttpRequest& request, Exchange& exchange);
  std::optional<Refusal> check(const HttpRequest& request, MockAsk& ask, Exchange& exchange,
                               ScriptContext& context);
  [[nodiscard]] bool key_fits(const HttpRequest& request) const;
  [[nodiscard]] std::optional<Refusal> check_model(const std::string& model) const;
  [[nodiscard]] std::string rate_headers() const;
  [[nodiscard]] std::string models_json() const;
  void set_document(Exchange& exchange, const ScriptContext& context, int status,
                    const std::string& body);
  void free_slot(Exchange& exchange, TimePoint end);

  const MockOptions* options_;
  std::unique_ptr<MockLog> log_;
  FaultPlan plan_;
  RateBucket request_rate_;
  RateBucket token_rate_;
  SlotQueue slots_;
  MockBatches batches_;
  std::deque<Grant> grants_;  // not taken yet
  std::optional<TimePoint> first_arrival_;
  MockStats stats_;
  uint64_t number_ = 0;
  uint64_t epoch_ = 0;
};

}  // namespace assay::app::mock
