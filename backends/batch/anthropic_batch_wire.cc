#include "backends/batch/anthropic_batch_wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <utility>

#include "backends/batch/openai_batch_wire.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr std::string_view kWhere = "message batch";
constexpr std::string_view kLine = "line of results";
constexpr int kStatusOk = 200;
constexpr int kStatusServerError = 500;

// "Errors": the HTTP status that each kind comes with outside of a batch.
constexpr std::array<std::pair<std::string_view, int>, 10> kStatusOfKind{{
    {"invalid_request_error", 400},
    {"authentication_error", 401},
    {"billing_error", 402},
    {"permission_error", 403},
    {"not_found_error", 404},
    {"request_too_large", 413},
    {"rate_limit_error", 429},
    {"api_error", 500},
    {"timeout_error", 504},
    {"overloaded_error", 529},
}};

std::string text_of(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

uint64_t count_of(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  // A sum of them must not wrap.
  return member != nullptr && member->is_number_unsigned()
             ? std::min<uint64_t>(member->get<uint64_t>(), std::numeric_limits<uint32_t>::max())
             : 0;
}

// The error as the API would have answered it: {"type":"error","error":{"type":..,"message":..}}.
void read_error(const Json& result, BatchReply& reply) {
  const Json* error = find_member(result, "error");
  const Json* inner = error == nullptr ? nullptr : find_member(*error, "error");
  if (inner == nullptr || !inner->is_object()) inner = error;
  if (inner == nullptr || !inner->is_object()) {
    reply.outcome = Outcome::kServerError;
    reply.error = "the batch gave no reason";
    return;
  }
  const std::string kind = text_of(*inner, "type");
  const auto* const known = std::find_if(kStatusOfKind.begin(), kStatusOfKind.end(),
                                         [&](const auto& each) { return each.first == kind; });
  reply.http_status = known == kStatusOfKind.end() ? kStatusServerError : known->second;
  reply.body = dump_json(Json{{"type", "error"}, {"error", *inner}});
}

}  // namespace

std::string anthropic_batch_request(std::span<const BatchItem> items) {
  std::string out = R"({"requests":[)";
  for (const BatchItem& item : items) {
    if (out.back() == '}') out += ',';
    out += R"({"custom_id":)";
    append_json_string(out, item.custom_id);
    out += R"(,"params":)";
    out += item.body;
    out += '}';
  }
  return out + "]}";
}

Result<AnthropicBatch> read_anthropic_batch(const Json& batch) {
  AnthropicBatch out;
  ASSAY_TRY(out.id, get_string(batch, "id", kWhere));
  if (!is_batch_id(out.id)) {
    return input_error(std::string(kWhere),
                       fmt::format("`id` is no id: `{}`", out.id.substr(0, 64)));
  }
  ASSAY_TRY(out.state.word, get_string(batch, "processing_status", kWhere));
  out.state.phase =
      out.state.word == "ended" ? BatchState::Phase::kEnded : BatchState::Phase::kRunning;
  out.created_at = text_of(batch, "created_at");
  const Json* counts = find_member(batch, "request_counts");
  if (counts == nullptr) return out;
  out.state.answered = count_of(*counts, "succeeded");
  out.state.failed =
      count_of(*counts, "errored") + count_of(*counts, "expired") + count_of(*counts, "canceled");
  // Counts add up to the number of requests.
  out.state.total = out.state.answered + out.state.failed + count_of(*counts, "processing");
  return out;
}

Result<AnthropicBatchPage> read_anthropic_page(const Json& page) {
  AnthropicBatchPage out;
  const Json* data = find_member(page, "data");
  if (data == nullptr || !data->is_array()) {
    return input_error("list of message batches", "has no `data`, expected a list");
  }
  for (const Json& each : *data) {
    ASSAY_TRY(AnthropicBatch batch, read_anthropic_batch(each));
    out.batches.push_back(std::move(batch));
  }
  const Json* more = find_member(page, "has_more");
  out.has_more = more != nullptr && more->is_boolean() && more->get<bool>();
  return out;
}

Result<BatchReply> read_anthropic_reply(std::string_view line) {
  ASSAY_TRY(const Json object, parse_json(line, kLine));
  BatchReply reply;
  ASSAY_TRY(reply.custom_id, get_string(object, "custom_id", kLine));
  const Json* result = find_member(object, "result");
  if (result == nullptr || !result->is_object()) {
    return input_error(std::string(kLine), "has no `result`, expected an object");
  }
  ASSAY_TRY(const std::string type, get_string(*result, "type", kLine));
  if (type == "succeeded") {
    const Json* message = find_member(*result, "message");
    if (message == nullptr) {
      return input_error(std::string(kLine), "succeeded without a `message`");
    }
    reply.http_status = kStatusOk;
    reply.body = dump_json(*message);
  } else if (type == "errored") {
    read_error(*result, reply);
  } else if (type == "expired" || type == "canceled") {
    reply.outcome = Outcome::kTimeout;
    reply.error = fmt::format("{} in the batch before it was executed", type);
  } else {
    reply.outcome = Outcome::kServerError;
    reply.error = fmt::format("the batch says `{}`", type.substr(0, 64));
  }
  return reply;
}

std::string utc_seconds(int64_t unix_s) {
  using std::chrono::days;
  const std::chrono::sys_seconds at{std::chrono::seconds(unix_s)};
  const auto day = std::chrono::floor<days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace assay::backends
