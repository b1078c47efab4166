#include "backends/batch/openai_batch_wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/hash.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr std::string_view kTagKey = "assay_batch";
constexpr size_t kIdBytesMax = 256;
constexpr size_t kErrorsShownMax = 5;
constexpr int kStatusMin = 100;
constexpr int kStatusMax = 599;
constexpr std::string_view kWhere = "batch";

// Text of a member that may be absent or null.
std::string text_of(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

uint64_t count_of(const Json* object, std::string_view key) {
  const Json* member = object == nullptr ? nullptr : find_member(*object, key);
  return member != nullptr && member->is_number_unsigned() ? member->get<uint64_t>() : 0;
}

Result<std::string> id_of(const Json& object, std::string_view key) {
  ASSAY_TRY(std::string id, get_string(object, key, kWhere));
  if (is_batch_id(id)) return id;
  return input_error(std::string(kWhere),
                     fmt::format("`{}` is no id: `{}`", key, id.substr(0, 64)));
}

// Absent, null and empty are none.
Result<std::string> optional_id(const Json& object, std::string_view key) {
  if (text_of(object, key).empty()) return std::string();
  return id_of(object, key);
}

std::string errors_of(const Json& batch) {
  const Json* errors = find_member(batch, "errors");
  const Json* data = errors == nullptr ? nullptr : find_member(*errors, "data");
  std::string out;
  if (data == nullptr || !data->is_array()) return out;
  size_t shown = 0;
  for (const Json& each : *data) {
    if (++shown > kErrorsShownMax) return out + " ...";
    const uint64_t line = count_of(&each, "line");
    const std::string code = text_of(each, "code");
    out += fmt::format("{}{}{}{}", out.empty() ? "" : "; ",
                       line > 0 ? fmt::format("line {}: ", line) : "", text_of(each, "message"),
                       code.empty() ? "" : fmt::format(" ({})", code));
  }
  return out;
}

// What ended early has results too, of what was executed until then.
BatchState::Phase phase_of(std::string_view word) {
  constexpr std::array<std::string_view, 3> kEnded{"completed", "expired", "cancelled"};
  if (word == "failed") return BatchState::Phase::kFailed;
  return std::find(kEnded.begin(), kEnded.end(), word) != kEnded.end()
             ? BatchState::Phase::kEnded
             : BatchState::Phase::kRunning;
}

std::string not_executed(const Json& error) {
  const std::string code = text_of(error, "code");
  const std::string message = text_of(error, "message");
  if (code.empty() && message.empty()) return "the batch gave no reason";
  return code.empty() || message.empty() ? code + message : fmt::format("{}: {}", code, message);
}

}  // namespace

bool is_batch_id(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax && id.front() != '.' &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '.' || c == ':' || c == '-';
         });
}

void append_openai_line(const BatchItem& item, std::string_view url, std::string& out) {
  out += R"({"custom_id":)";
  append_json_string(out, item.custom_id);
  out += R"(,"method":"POST","url":)";
  append_json_string(out, url);
  out += R"(,"body":)";
  out += item.body;
  out += "}\n";
}

MultipartForm openai_upload(std::string_view file_name, std::string_view content) {
  std::string boundary;
  // Of the content's hash: it stands nowhere in it, or the next one does not.
  for (int64_t i = 0; boundary.empty() || content.find(boundary) != std::string_view::npos; ++i) {
    boundary = "assay-" + HashBuilder().add(content).add_number(i).finish().short_hex();
  }
  MultipartForm form;
  form.content_type = "multipart/form-data; boundary=" + boundary;
  form.body.reserve(content.size() + 512);
  form.body += fmt::format(
      "--{0}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
      "--{0}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{1}\"\r\n"
      "Content-Type: application/jsonl\r\n\r\n",
      boundary, file_name);
  form.body += content;
  form.body += fmt::format("\r\n--{}--\r\n", boundary);
  return form;
}

std::string openai_batch_request(std::string_view file_id, std::string_view url,
                                 std::string_view tag) {
  return dump_json(Json{{"input_file_id", file_id},
                        {"endpoint", url},
                        {"completion_window", "24h"},
                        {"metadata", Json{{kTagKey, tag}}}});
}

Result<OpenAiBatch> read_openai_batch(const Json& batch) {
  OpenAiBatch out;
  ASSAY_TRY(out.id, id_of(batch, "id"));
  ASSAY_TRY(out.state.word, get_string(batch, "status", kWhere));
  ASSAY_TRY(out.output_file, optional_id(batch, "output_file_id"));
  ASSAY_TRY(out.error_file, optional_id(batch, "error_file_id"));
  out.state.phase = phase_of(out.state.word);
  const Json* counts = find_member(batch, "request_counts");
  out.state.total = count_of(counts, "total");
  out.state.answered = count_of(counts, "completed");
  out.state.failed = count_of(counts, "failed");
  if (out.state.phase == BatchState::Phase::kFailed) out.state.error = errors_of(batch);
  if (const Json* metadata = find_member(batch, "metadata")) out.tag = text_of(*metadata, kTagKey);
  if (const Json* created = find_member(batch, "created_at");
      created != nullptr && created->is_number_integer()) {
    out.created_unix_s = created->get<int64_t>();
  }
  return out;
}

Result<OpenAiBatchPage> read_openai_page(const Json& page) {
  OpenAiBatchPage out;
  const Json* data = find_member(page, "data");
  if (data == nullptr || !data->is_array()) {
    return input_error("list of batches", "has no `data`, expected a list");
  }
  for (const Json& each : *data) {
    ASSAY_TRY(OpenAiBatch batch, read_openai_batch(each));
    out.batches.push_back(std::move(batch));
  }
  const Json* more = find_member(page, "has_more");
  out.has_more = more != nullptr && more->is_boolean() && more->get<bool>();
  return out;
}

Result<std::string> read_openai_id(const Json& object) { return id_of(object, "id"); }

Result<BatchReply> read_openai_reply(std::string_view line) {
  ASSAY_TRY(const Json object, parse_json(line, "line of results"));
  BatchReply reply;
  ASSAY_TRY(reply.custom_id, get_string(object, "custom_id", "line of results"));
  const Json* error = find_member(object, "error");
  const Json* response = find_member(object, "response");
  if (response == nullptr || !response->is_object()) {
    const bool expired = error != nullptr && (text_of(*error, "code") == "batch_expired" ||
                                              text_of(*error, "code") == "batch_cancelled");
    reply.outcome = expired ? Outcome::kTimeout : Outcome::kServerError;
    reply.error = error == nullptr ? "the batch gave no reason" : not_executed(*error);
    return reply;
  }
  ASSAY_TRY(const int64_t status, get_integer(*response, "status_code", "line of results"));
  if (status < kStatusMin || status > kStatusMax) {
    return input_error("line of results", fmt::format("`status_code` is {}", status));
  }
  reply.http_status = static_cast<int>(status);
  if (const Json* body = find_member(*response, "body")) reply.body = dump_json(*body);
  return reply;
}

}  // namespace assay::backends
