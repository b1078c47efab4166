#include "app/mock/mock_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <tuple>
#include <utility>

#include "app/mock/pseudo_model.h"
#include "harness/base/json.h"

namespace assay::app::mock {
namespace {

constexpr std::string_view kJson = "application/json";
// What the headers say where no limit was set.
constexpr int64_t kRequestsPerMinuteShown = 10'000;
constexpr int64_t kTokensPerMinute = 2'000'000;

static_assert(std::tuple_size_v<decltype(LogRecord::mark_ns)> == kMarks);

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::optional<Endpoint> endpoint_of(std::string_view path) {
  if (ends_with(path, "/chat/completions")) return Endpoint::kChat;
  if (ends_with(path, "/completions")) return Endpoint::kCompletions;
  if (ends_with(path, "/messages")) return Endpoint::kMessages;
  return std::nullopt;
}

std::string_view endpoint_name(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::kChat:
      return "chat";
    case Endpoint::kCompletions:
      return "completions";
    case Endpoint::kMessages:
      return "messages";
  }
  return "";
}

std::string refusal_json(Endpoint endpoint, const Refusal& refusal) {
  return endpoint == Endpoint::kMessages ? message_error_json(refusal) : error_json(refusal);
}

int64_t unix_now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// "120ms", "1.5s", "6m0s", as OpenAI writes resets.
std::string reset_text(Nanos wait) {
  const int64_t ms = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  if (ms < 1000) return fmt::format("{}ms", ms);
  if (ms < 60'000) return fmt::format("{}s", static_cast<double>(ms) / 1000);
  return fmt::format("{}m{}s", ms / 60'000, ms % 60'000 / 1000);
}

int status_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::k429:
      return 429;
    case FaultKind::k500:
      return 500;
    case FaultKind::k503:
      return 503;
    case FaultKind::kRedirect:
      return 302;
    case FaultKind::kHang:
      return 0;
    default:
      return 200;
  }
}

std::string_view end_name(const Exchange& exchange, bool complete) {
  switch (exchange.kind) {
    case Exchange::Kind::kFault:
      return "fault";
    case Exchange::Kind::kRejected:
      return "rejected";
    default:
      return complete ? "completed" : "aborted";
  }
}

}  // namespace

MockService::MockService(const MockOptions& options, std::unique_ptr<MockLog> log)
    : options_(&options),
      log_(std::move(log)),
      plan_(options.faults, options.seed, options.fault_max),
      request_rate_(options.requests_per_minute > 0 ? options.requests_per_minute
                                                    : kRequestsPerMinuteShown),
      token_rate_(kTokensPerMinute),
      slots_(static_cast<size_t>(options.slots)),
      batches_(options) {}

Exchange MockService::answer(const HttpRequest& request, const Came& came, uint64_t connection) {
  Exchange exchange;
  exchange.epoch = epoch_;
  exchange.arrival = came.arrival;
  exchange.log.connection = connection;
  exchange.log.arrival_ns = to_ns(came.arrival);
  exchange.log.read_ns = to_ns(came.read);
  const std::optional<Endpoint> endpoint = endpoint_of(request.path);
  if (endpoint && request.method == "POST") {
    answer_api(request, *endpoint, exchange);
  } else if (MockBatches::serves(request.path)) {
    answer_batch(request, exchange);
  } else {
    answer_other(request, exchange);
  }
  return exchange;
}

Exchange MockService::refuse(const HttpFailure& failure, const Came& came) {
  ++stats_.bad_http;
  Exchange exchange;
  exchange.epoch = epoch_;
  exchange.arrival = came.arrival;
  ScriptContext context;
  context.options = options_;
  context.arrival = came.arrival;
  context.keep_alive = false;
  set_document(exchange, context, failure.status,
               error_json({failure.status, "invalid_request_error", "bad_http", failure.message}));
  return exchange;
}

ScriptContext MockService::context_for(const HttpRequest& request, TimePoint arrival) {
  ScriptContext context;
  context.options = options_;
  context.arrival = arrival;
  // A reply to HEAD would have no body; the mock sends one and ends the connection.
  context.keep_alive = request.keep_alive && request.method != "HEAD";
  return context;
}

void MockService::answer_api(const HttpRequest& request, Endpoint endpoint, Exchange& exchange) {
  exchange.number = ++number_;
  exchange.endpoint = endpoint;
  if (!first_arrival_) first_arrival_ = exchange.arrival;
  ++stats_.requests;
  ++(endpoint == Endpoint::kChat          ? stats_.chat
     : endpoint == Endpoint::kCompletions ? stats_.completions
                                          : stats_.messages);
  ScriptContext context = context_for(request, exchange.arrival);
  context.headers = fmt::format("x-request-id: mock-{}\r\n", exchange.number);
  MockAsk ask;
  if (const auto refusal = check(request, ask, exchange, context)) {
    exchange.kind = Exchange::Kind::kRejected;
    ++stats_.rejected[refusal->status];
    set_document(exchange, context, refusal->status, refusal_json(endpoint, *refusal));
    return;
  }
  exchange.log.body_hash = hash_text(request.body);
  const FaultPlan::Draw draw = plan_.draw(exchange.log.body_hash);
  exchange.log.seen = draw.seen;
  exchange.fault = draw.fault;
  context.key = draw.key;
  std::vector<ReplyPlan> plans;
  for (size_t i = 0; i < ask.prompts.size(); ++i) {
    plans.push_back(plan_reply(*options_, ask, ask.prompts[i], draw.key + i));
  }
  ReplyWriter writer(*options_, std::move(ask), std::move(plans), exchange.number, unix_now_s());
  exchange.input_tokens = writer.ask().prompt_tokens;
  exchange.log.tokens = writer.output_tokens();
  token_rate_.drain(static_cast<double>(exchange.input_tokens + exchange.log.tokens),
                    exchange.arrival);
  if (options_->rate_limit_headers) context.headers += rate_headers();
  if (draw.fault) {
    exchange.kind = Exchange::Kind::kFault;
    exchange.log.status = status_of(*draw.fault);
    ++stats_.faults.at(static_cast<size_t>(*draw.fault));
    exchange.script = fault_script(context, *draw.fault, std::move(writer));
    return;
  }
  exchange.kind = Exchange::Kind::kGood;
  ++stats_.in_flight;
  exchange.script =
      exchange.stream ? stream_script(context, std::move(writer)) : whole_script(context, writer);
  exchange.slot = Exchange::Slot::kWaits;
  if (const auto at = slots_.enter(exchange.log.connection, exchange.arrival)) {
    start(exchange, *at);
  } else {
    stats_.waiting_max = std::max<uint64_t>(stats_.waiting_max, slots_.waiting());
  }
}

void MockService::start(Exchange& exchange, TimePoint at) {
  exchange.slot = Exchange::Slot::kHolds;
  exchange.script->start(at);
  const Nanos queued = at - exchange.arrival;
  exchange.log.queued_ns = queued.count();
  if (options_->slots > 0 && exchange.epoch == epoch_) stats_.queued.add(queued);
}

// The reply has ended or its client has gone; the next one that waits begins.
void MockService::free_slot(Exchange& exchange, TimePoint end) {
  const Exchange::Slot slot = std::exchange(exchange.slot, Exchange::Slot::kNone);
  if (slot == Exchange::Slot::kNone) return;
  if (slot == Exchange::Slot::kWaits) {
    const auto granted = std::find_if(grants_.begin(), grants_.end(), [&](const Grant& grant) {
      return grant.connection == exchange.log.connection;
    });
    if (granted == grants_.end()) {
      slots_.leave(exchange.log.connection);
      return;
    }
    // It had its turn and did not live to take it.
    end = std::max(end, granted->start);
    grants_.erase(granted);
  }
  if (const auto next = slots_.release(end)) grants_.push_back({next->ticket, next->start});
}

std::optional<Grant> MockService::take_grant() {
  if (grants_.empty()) return std::nullopt;
  const Grant grant = grants_.front();
  grants_.pop_front();
  return grant;
}

// Why the request gets no reply, if so; in the order in which servers look.
std::optional<Refusal> MockService::check(const HttpRequest& request, MockAsk& ask,
                                          Exchange& exchange, ScriptContext& context) {
  if (!key_fits(request)) {
    return Refusal{401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."};
  }
  if (auto refusal = read_ask(request.body, exchange.endpoint, ask)) return refusal;
  exchange.stream = ask.stream;
  stats_.images += static_cast<uint64_t>(ask.images);
  if (auto refusal = check_model(ask.model)) return refusal;
  const bool within = request_rate_.take(1, exchange.arrival);
  if (options_->requests_per_minute > 0 && !within) {
    context.headers += retry_after_headers(request_rate_.until(1));
    if (options_->rate_limit_headers) context.headers += rate_headers();
    return Refusal{
        429, "requests", "rate_limit_exceeded",
        fmt::format("Rate limit reached: {} requests per minute", options_->requests_per_minute)};
  }
  return std::nullopt;
}

bool MockService::key_fits(const HttpRequest& request) const {
  const std::string& key = options_->api_key;
  return key.empty() || request.header("authorization") == "Bearer " + key ||
         request.header("api-key") == key || request.header("x-api-key") == key;
}

std::optional<Refusal> MockService::check_model(const std::string& model) const {
  const auto& known = options_->models;
  if (!options_->strict_model || std::find(known.begin(), known.end(), model) != known.end()) {
    return std::nullopt;
  }
  return Refusal{404, "invalid_request_error", "model_not_found",
                 fmt::format("The model `{}` does not exist", model)};
}

std::string MockService::rate_headers() const {
  const int64_t requests =
      options_->requests_per_minute > 0 ? options_->requests_per_minute : kRequestsPerMinuteShown;
  return fmt::format(
      "x-ratelimit-limit-requests: {}\r\nx-ratelimit-remaining-requests: {}\r\n"
      "x-ratelimit-reset-requests: {}\r\nx-ratelimit-limit-tokens: {}\r\n"
      "x-ratelimit-remaining-tokens: {}\r\nx-ratelimit-reset-tokens: {}\r\n",
      requests, request_rate_.remaining(), reset_text(request_rate_.until_full()), kTokensPerMinute,
      token_rate_.remaining(), reset_text(token_rate_.until_full()));
}

void MockService::answer_batch(const HttpRequest& request, Exchange& exchange) {
  const ScriptContext context = context_for(request, exchange.arrival);
  if (!key_fits(request)) {
    const Refusal refusal{401, "invalid_request_error", "invalid_api_key",
                          "Incorrect API key provided."};
    return set_document(
        exchange, context, refusal.status,
        MockBatches::is_messages(request.path) ? message_error_json(refusal) : error_json(refusal));
  }
  const MockAnswer answer = batches_.answer(request, exchange.arrival, unix_now_s());
  exchange.log.status = answer.status;
  exchange.script = document_script(context, answer.status, answer.content_type, answer.body);
}

void MockService::answer_other(const HttpRequest& request, Exchange& exchange) {
  const ScriptContext context = context_for(request, exchange.arrival);
  const bool get = request.method == "GET";
  if (get && request.path == "/health") {
    ++stats_.health;
    return set_document(exchange, context, 200, R"({"status":"ok"})");
  }
  if (get && request.path == "/mock/stats") {
    return set_document(exchange, context, 200, stats().to_json() + "\n");
  }
  if (request.method == "POST" && request.path == "/mock/reset") {
    const uint64_t open = stats_.connections_open;
    stats_ = MockStats();
    batches_.reset_stats();
    stats_.connections_open = open;
    plan_.reset();
    exchange.epoch = ++epoch_;
    return set_document(exchange, context, 200, R"({"status":"ok"})");
  }
  if (get && ends_with(request.path, "/models")) {
    ++stats_.models;
    if (key_fits(request)) return set_document(exchange, context, 200, models_json());
    return set_document(exchange, context, 401,
                        error_json({401, "invalid_request_error", "invalid_api_key",
                                    "Incorrect API key provided."}));
  }
  ++stats_.other;
  const bool known = endpoint_of(request.path) || ends_with(request.path, "/models") ||
                     request.path == "/health" || request.path.rfind("/mock/", 0) == 0;
  const int status = known ? 405 : 404;
  set_document(
      exchange, context, status,
      error_json({status, "invalid_request_error", "unknown_url",
                  fmt::format("Unknown request URL: {} {}", request.method, request.path)}));
}

std::string MockService::models_json() const {
  std::string out = R"({"object":"list","data":[)";
  for (size_t i = 0; i < options_->models.size(); ++i) {
    if (i > 0) out += ',';
    out += R"({"id":)";
    append_json_string(out, options_->models[i]);
    out += R"(,"object":"model","created":0,"owned_by":"assay-mock"})";
  }
  return out + "]}";
}

void MockService::set_document(Exchange& exchange, const ScriptContext& context, int status,
                               const std::string& body) {
  exchange.log.status = status;
  exchange.script = document_script(context, status, kJson, body);
}

void MockService::sent(Exchange& exchange, const Step& step, TimePoint at) {
  const int64_t ns = to_ns(at);
  if (exchange.log.head_ns < 0) exchange.log.head_ns = ns;
  for (size_t i = 0; step.marks != 0 && i < kMarks; ++i) {
    if ((unsigned{step.marks} & (1U << i)) != 0) exchange.log.mark_ns.at(i) = ns;
  }
  if (!step.counts) return;
  if (exchange.kind == Exchange::Kind::kGood && exchange.epoch == epoch_) {
    stats_.lateness.add(at - step.due);
  }
  if (log_) exchange.log.sent.add(ns, step.tokens);
}

void MockService::end(Exchange& exchange, bool complete, const Ended& ended) {
  free_slot(exchange, ended.due);
  if (exchange.number == 0) return;
  const int64_t output_tokens = exchange.log.tokens;
  if (log_) {
    LogRecord record = std::move(exchange.log);
    record.request = exchange.number;
    record.endpoint = endpoint_name(exchange.endpoint);
    record.stream = exchange.stream;
    if (exchange.fault) record.fault = fault_name(*exchange.fault);
    record.end = end_name(exchange, complete);
    record.end_ns = to_ns(ended.at);
    log_->append(std::move(record));
  }
  if (exchange.kind != Exchange::Kind::kGood || exchange.epoch != epoch_) return;
  --stats_.in_flight;
  ++(complete ? stats_.completed : stats_.aborted);
  if (!complete) return;
  stats_.input_tokens += static_cast<uint64_t>(exchange.input_tokens);
  stats_.output_tokens += static_cast<uint64_t>(output_tokens);
}

MockStats MockService::stats() const {
  MockStats stats = stats_;
  stats.slots = options_->slots;
  stats.slots_busy = slots_.busy();
  stats.waiting = slots_.waiting();
  stats.batch = batches_.stats();
  return stats;
}

void MockService::connection_opened() {
  ++stats_.connections;
  ++stats_.connections_open;
}

void MockService::connection_closed() { --stats_.connections_open; }

void MockService::tick() {
  if (log_) log_->hand_over();
}

}  // namespace assay::app::mock
