// MockService: requests in, scripts out; counts and logs what becomes of them. No sockets: the
// server plays the scripts and tells how they went. Loop thread only.
//
//   Exchange exchange = service.answer(request, clock.now(), connection);
//   ... exchange.script->next() ... service.sent(exchange, step, at) ...
//   service.end(exchange, /*complete=*/true, clock.now());      // once for each exchange
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/mock/http_request.h"
#include "app/mock/mock_faults.h"
#include "app/mock/mock_log.h"
#include "app/mock/mock_options.h"
#include "app/mock/mock_script.h"
#include "app/mock/mock_stats.h"
#include "app/mock/rate_bucket.h"

namespace assay::app::mock {

// One request and its reply.
struct Exchange {
  enum class Kind : uint8_t { kOther, kGood, kFault, kRejected };

  std::unique_ptr<Script> script;
  Kind kind = Kind::kOther;
  uint64_t number = 0;  // of requests to the API, from 1; 0: another request
  uint64_t epoch = 0;   // how often the counts had been reset
  uint64_t connection = 0;
  Endpoint endpoint = Endpoint::kChat;
  bool stream = false;
  uint64_t body_hash = 0;
  uint32_t seen = 0;
  std::optional<FaultKind> fault;
  int status = 200;
  TimePoint arrival{};
  int64_t input_tokens = 0;
  int64_t output_tokens = 0;
  int64_t head_ns = -1;          // first write
  std::vector<int64_t> sent_ns;  // of each write of the reply's text, where there is a log
};

class MockService {
 public:
  // `options` outlives the service; `log` may be null.
  MockService(const MockOptions& options, std::unique_ptr<MockLog> log);

  Exchange answer(const HttpRequest& request, TimePoint arrival, uint64_t connection);
  // Bytes that were no request: the last reply of their connection.
  Exchange refuse(const HttpFailure& failure, TimePoint arrival);
  void sent(Exchange& exchange, const Step& step, TimePoint at);
  void end(Exchange& exchange, bool complete, TimePoint now);

  void connection_opened();
  void connection_closed();
  void tick();  // a few times a second
  [[nodiscard]] const MockStats& stats() const { return stats_; }

 private:
  static constexpr size_t kSentMax = size_t{1} << 20;  // stamps kept of one reply

  ScriptContext context_for(const HttpRequest& request, TimePoint arrival);
  void answer_api(const HttpRequest& request, Endpoint endpoint, Exchange& exchange);
  void answer_other(const HttpRequest& request, Exchange& exchange);
  std::optional<Refusal> check(const HttpRequest& request, MockAsk& ask, Exchange& exchange,
                               ScriptContext& context);
  [[nodiscard]] bool key_fits(const HttpRequest& request) const;
  [[nodiscard]] std::optional<Refusal> check_model(const std::string& model) const;
  [[nodiscard]] std::string rate_headers() const;
  [[nodiscard]] std::string models_json() const;
  void set_document(Exchange& exchange, const ScriptContext& context, int status,
                    const std::string& body);
  void write_log(const Exchange& exchange, bool complete, TimePoint now);

  const MockOptions* options_;
  std::unique_ptr<MockLog> log_;
  FaultPlan plan_;
  RateBucket request_rate_;
  RateBucket token_rate_;
  MockStats stats_;
  uint64_t number_ = 0;
  uint64_t epoch_ = 0;
};

}  // namespace assay::app::mock
