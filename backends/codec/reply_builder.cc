#include "backends/codec/reply_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "backends/codec/http_status.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr size_t kExcerptBytes = 200;  // of a body that is quoted in an error

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); });
}

void repair(std::string& text) {
  if (invalid_utf8_at(text)) text = sanitize_utf8(text);
}

std::string excerpt(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return sanitize_utf8(text);
  return sanitize_utf8(text.substr(0, bytes_max)) + "...";
}

bool is_success(int status) { return status == 0 || (status >= 200 && status < 300); }

// Of the kinds that wire formats come in.
bool is_expected_type(std::string_view content_type) {
  return content_type.empty() || content_type.find("json") != std::string_view::npos ||
         content_type == "text/event-stream";
}

// The reply's own date, so that both times are of one clock; ours where it has none.
int64_t unix_now_of(std::string_view headers) {
  if (const auto date = header_value(headers, "date")) {
    if (const auto seconds = http_date(*date)) return *seconds;
  }
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

ReplyBuilder::ReplyBuilder(ReasoningOptions options, bool keep_wire, uint64_t text_bytes_kept)
    : splitter_(std::move(options)),
      keep_wire_(keep_wire),
      wire_bytes_kept_(std::clamp<uint64_t>(text_bytes_kept, kWireBytesKeptMin, kWireBytesKept)),
      answer_(text_bytes_kept),
      reasoning_(text_bytes_kept),
      arguments_(text_bytes_kept) {}

void ReplyBuilder::stamps(std::string_view bytes, std::span<const ChunkStamp> stamps) {
  stream_bytes_ += feed_bytes_;
  feed_bytes_ = bytes.size();
  if (!stamps_.empty()) before_ = stamps_.back();
  stamps_.assign(stamps.begin(), stamps.end());
  const size_t room =
      keep_wire_ ? bytes.size() : wire_bytes_kept_ - std::min(wire_bytes_kept_, wire_.size());
  if (room > 0) wire_ += bytes.substr(0, room);
}

ChunkStamp ReplyBuilder::at(uint64_t end_offset) const {
  if (end_offset <= stream_bytes_) return before_;
  const uint64_t within = end_offset - stream_bytes_;
  const auto stamp =
      std::lower_bound(stamps_.begin(), stamps_.end(), within,
                       [](const ChunkStamp& s, uint64_t end) { return s.end_offset < end; });
  return stamp == stamps_.end() ? last() : *stamp;
}

ChunkStamp ReplyBuilder::last() const { return stamps_.empty() ? before_ : stamps_.back(); }

bool ReplyBuilder::fits(size_t more) {
  if (text_bytes_ + more > kTextBytesMax) too_long_ = true;
  if (!too_long_) text_bytes_ += more;
  return !too_long_;
}

void ReplyBuilder::answer(std::string_view text, const ChunkStamp& at) {
  if (text.empty() || !fits(text.size())) return;
  if (!first_token_) first_token_ = at.at;
  answer_bytes_now_ = 0;
  reasoning_bytes_now_ = 0;
  splitter_.feed(text, [&](Channel channel, std::string_view part) { put(channel, part, at); });
  relabel();
  if (reasoning_bytes_now_ > 0) log(Channel::kReasoning, reasoning_bytes_now_, at);
  if (answer_bytes_now_ > 0) log(Channel::kAnswer, answer_bytes_now_, at);
  if (reasoning_bytes_now_ == 0 && answer_bytes_now_ == 0)
    log(splitter_.open() ? Channel::kReasoning : Channel::kAnswer, 0, at);
}

void ReplyBuilder::reasoning(std::string_view text, const ChunkStamp& at) {
  if (text.empty() || !fits(text.size())) return;
  if (!first_token_) first_token_ = at.at;
  splitter_.take_tags_literally();
  reasoning_.append(text);
  log(Channel::kReasoning, text.size(), at);
}

void ReplyBuilder::refusal(std::string_view text, const ChunkStamp& at) {
  if (text.empty() || !fits(text.size())) return;
  refused_ = true;
  if (!first_token_) first_token_ = at.at;
  put(Channel::kAnswer, text, at);
  log(Channel::kAnswer, text.size(), at);
}

void ReplyBuilder::tool_call(size_t index, std::string_view id, std::string_view name,
                             std::string_view arguments, const ChunkStamp& at) {
  if (index >= kToolCallsMax || !fits(id.size() + name.size() + arguments.size())) return;
  if (tool_calls_.size() <= index) tool_calls_.resize(index + 1);
  ToolCall& call = tool_calls_[index];
  if (call.id.empty()) call.id = id;
  // Some servers say the whole name in every piece.
  if (call.name != name) call.name += name;
  arguments_.append_to(call.arguments, arguments);
  const size_t bytes = name.size() + arguments.size();
  if (bytes == 0) return;
  if (!first_token_) first_token_ = at.at;
  log(Channel::kTool, bytes, at);
}

void ReplyBuilder::put(Channel channel, std::string_view text, const ChunkStamp& at) {
  relabel();
  if (channel == Channel::kReasoning) {
    reasoning_.append(text);
    reasoning_bytes_now_ += text.size();
    return;
  }
  answer_.append(text);
  answer_bytes_now_ += text.size();
  if (!first_answer_ && !is_blank(text)) first_answer_ = at.at;
}

void ReplyBuilder::relabel() {
  if (relabelled_ || !splitter_.closed_without_opening()) return;
  relabelled_ = true;
  reasoning_.append_all(answer_);
  reasoning_bytes_now_ += std::exchange(answer_bytes_now_, 0);
  first_answer_.reset();
  chunks_.relabel_as_reasoning();
}

void ReplyBuilder::log(Channel channel, size_t text_bytes, const ChunkStamp& at) {
  if (whole_) return;
  chunks_.add(
      {at.at, at.kernel_lag, static_cast<uint32_t>(text_bytes), channel, at.flags, take_tokens()});
}

// Of the chunk that is logged; a second chunk of the same event has none.
uint32_t ReplyBuilder::take_tokens() {
  tokens_in_all_ = tokens_in_all_ && tokens_said_ >= tokens_logged_;
  if (!tokens_in_all_) return 0;
  const int64_t tokens = tokens_said_ - std::exchange(tokens_logged_, tokens_said_);
  return static_cast<uint32_t>(std::min<int64_t>(tokens, UINT32_MAX));
}

void ReplyBuilder::finished(std::string_view wire_reason, FinishKind kind) {
  finish_reason_ = wire_reason;
  finish_kind_ = kind;
}

void ReplyBuilder::note(std::string text) {
  if (notes_.size() < kNotesMax) notes_.push_back(std::move(text));
}

void ReplyBuilder::error(std::string_view kind, std::string_view message, int status) {
  has_error_ = true;
  error_kind_ = excerpt(kind, kExcerptBytes);
  error_message_ = excerpt(message, kErrorBytesMax);
  error_status_ = status;
}

void ReplyBuilder::malformed(std::string_view message) {
  if (malformed_.empty() && !complete()) malformed_ = sanitize_utf8(message);
}

void ReplyBuilder::finish(const Attempt& attempt, Response& response) {
  answer_bytes_now_ = 0;
  splitter_.finish([&](Channel channel, std::string_view part) { put(channel, part, last()); });
  repair(answer_.text());
  repair(reasoning_.text());
  repair(finish_reason_);
  response.finish_reason = finish_reason_;
  settle_usage(response.usage);
  settle_headers(attempt, response);
  response.outcome = decide(attempt, response);
  response.answer = std::move(answer_.text());
  response.reasoning = std::move(reasoning_.text());
  for (ToolCall& call : tool_calls_) {
    repair(call.id);
    repair(call.name);
    repair(call.arguments);
  }
  response.tool_calls = std::move(tool_calls_);
  response.served_model = sanitize_utf8(served_model_);
  response.fingerprint = sanitize_utf8(fingerprint_);
  response.response_id = sanitize_utf8(response_id_);
  response.details = settled_details();
  response.loglikelihoods = loglikelihoods_;
  if (!whole_) {
    response.first_token = first_token_;
    response.first_answer = first_answer_;
    response.chunks = chunks_.take();
  }
  if (keep_wire_ || !is_answer(response.outcome)) response.wire = std::move(wire_);
}

void ReplyBuilder::settle_usage(Usage& usage) {
  SaidText said{.thought = count_code_points(reasoning_.text()) + reasoning_.dropped_points(),
                .visible = count_code_points(answer_.text()) + answer_.dropped_points() +
                           arguments_.dropped_points()};
  for (const ToolCall& call : tool_calls_)
    said.visible += count_code_points(call.name) + count_code_points(call.arguments);
  SettledUsage settled = backends::settle_usage(usage_, said);
  usage = settled.usage;
  for (std::string& fault : settled.faults) note(std::move(fault));
}

void ReplyBuilder::settle_headers(const Attempt& attempt, Response& response) const {
  response.retry_after = retry_after_;
  const std::string& headers = attempt.http.headers;
  if (headers.empty()) return;
  const int64_t now = unix_now_of(headers);
  if (const Nanos said = backends::retry_after(headers, now); said > Nanos{0})
    response.retry_after = said;
  response.limits = rate_limits(headers, now);
}

std::string ReplyBuilder::settled_details() const {
  if (notes_.empty() && provider_cost_.empty()) return sanitize_utf8(details_);
  Json details = Json::object();
  if (Result<Json> given = parse_json(sanitize_utf8(details_), "details"); given.has_value())
    details = *given;
  if (!details.is_object()) details = Json{{"extras", std::move(details)}};
  if (!notes_.empty()) details["notes"] = notes_;
  if (Result<Json> cost = parse_json(provider_cost_, "cost"); cost.has_value())
    details["provider_cost"] = std::move(*cost);
  return dump_json(details);
}

bool ReplyBuilder::answer_is_blank() const { return !first_answer_ && tool_calls_.empty(); }

bool ReplyBuilder::answered() const {
  if (!malformed_.empty()) return false;
  return finish_kind_.has_value() || (terminal_ && !has_error_);
}

Outcome ReplyBuilder::decide(const Attempt& attempt, Response& response) const {
  if (too_long_) {
    response.error = fmt::format("the reply's text is longer than {} bytes", kTextBytesMax);
    return Outcome::kRejected;
  }
  if (answered() && is_success(attempt.http.status)) return decide_answered(attempt, response);
  if (has_error_) return decide_error(attempt.http.status, response);
  return decide_unfinished(attempt, response);
}

Outcome ReplyBuilder::decide_answered(const Attempt& attempt, Response& response) const {
  const FinishKind kind = finish_kind_.value_or(FinishKind::kStop);
  if (kind == FinishKind::kError) {
    if (has_error_) return decide_error(attempt.http.status, response);
    response.error = fmt::format("the provider ended the reply with `{}`", finish_reason_);
    return Outcome::kServerError;
  }
  response.error.clear();
  if (refused_ || kind == FinishKind::kRefusal) return Outcome::kRefused;
  if (kind != FinishKind::kLength) return Outcome::kOk;
  const bool thought = !reasoning_.empty() || splitter_.open() || usage_.reasoning > 0;
  return thought && answer_is_blank() ? Outcome::kCutOffWhileThinking : Outcome::kLength;
}

Outcome ReplyBuilder::decide_error(int http_status, Response& response) const {
  const int status = is_success(http_status) ? error_status_ : http_status;
  const Outcome by_status = status >= 300 && status <= 999
                                ? outcome_of_status(status, error_kind_, error_message_)
                                : outcome_of_error_kind(error_kind_, error_message_);
  std::string text = status != 0 ? fmt::format("HTTP {}: ", status) : std::string();
  text += error_kind_;
  if (!error_kind_.empty() && !error_message_.empty()) text += ": ";
  text += error_message_;
  // A 429 that no waiting cures is a matter of money.
  const int advised = status == 429 && by_status == Outcome::kDenied ? 402 : status;
  if (const std::string advice = advice_for_status(advised); !advice.empty())
    text += fmt::format(" ({})", advice);
  response.error = text.empty() ? "an error without a message" : std::move(text);
  return by_status;
}

Outcome ReplyBuilder::decide_unfinished(const Attempt& attempt, Response& response) const {
  const int status = attempt.http.status;
  if (!is_success(status)) {
    const std::string advice = advice_for_status(status);
    const std::string body = excerpt(wire_, kExcerptBytes);
    response.error =
        fmt::format("HTTP {}{}{}{}", status, is_blank(body) ? "" : ": ", is_blank(body) ? "" : body,
                    advice.empty() ? "" : fmt::format(" ({})", advice));
    return outcome_of_status(status, {}, wire_);
  }
  if (response.outcome != Outcome::kOk) return response.outcome;
  const bool said_nothing = text_bytes_ == 0;
  const uint64_t bytes = stream_bytes_ + feed_bytes_;
  if (said_nothing && bytes > 0 && !is_expected_type(attempt.http.content_type)) {
    response.error =
        fmt::format("answered with {}, expected application/json or text/event-stream: `{}`",
                    attempt.http.content_type, excerpt(wire_, kExcerptBytes));
    return Outcome::kMalformed;
  }
  if (!malformed_.empty()) {
    response.error = malformed_;
    return Outcome::kMalformed;
  }
  response.error = bytes == 0
                       ? "an empty reply"
                       : fmt::format("the reply ends after {} bytes, before it is complete", bytes);
  return Outcome::kTruncated;
}

}  // namespace assay::backends
