#include "app/mock/mock_batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>
#include <utility>

#include "app/mock/mock_reply.h"
#include "app/mock/mock_wire.h"
#include "app/mock/multipart.h"
#include "app/mock/pseudo_model.h"
#include "harness/base/json.h"
#include "harness/base/rng.h"

namespace assay::app::mock {
namespace {

constexpr uint64_t kBatchStream = 0x7C1;
constexpr uint64_t kWordsStream = 0x7C2;
constexpr size_t kPageDefault = 20;
constexpr size_t kPageMax = 1000;
constexpr size_t kCustomIdMax = 64;
constexpr std::string_view kMessages = "/messages/batches";
constexpr std::string_view kBatches = "/batches";
constexpr std::string_view kFiles = "/files";

// What stands behind `stem` in the path: "", "/ID", "/ID/results"; nothing where it is no path of
// it.
std::optional<std::string_view> behind(std::string_view path, std::string_view stem) {
  const size_t at = path.find(stem);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = path.substr(at + stem.size());
  if (!rest.empty() && rest.front() != '/') return std::nullopt;
  return rest;
}

MockAnswer refused(bool messages, const Refusal& refusal) {
  return {refusal.status, "application/json",
          messages ? message_error_json(refusal) : error_json(refusal)};
}

MockAnswer refused(bool messages, int status, std::string code, std::string message) {
  return refused(messages, {status, "invalid_request_error", std::move(code), std::move(message)});
}

// `name=` of a query; percent signs are not needed in what is asked for here.
std::string_view query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.starts_with(name) && part.substr(name.size()).starts_with('='))
      return part.substr(name.size() + 1);
  }
  return {};
}

size_t page_size(std::string_view query) {
  const std::string_view text = query_value(query, "limit");
  size_t size = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (bad != std::errc() || end != text.data() + text.size() || size == 0) return kPageDefault;
  return std::min(size, kPageMax);
}

std::optional<Endpoint> endpoint_of_url(std::string_view url) {
  if (url == "/v1/chat/completions") return Endpoint::kChat;
  if (url == "/v1/completions") return Endpoint::kCompletions;
  return std::nullopt;
}

std::string text_member(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

bool is_custom_id(std::string_view id) {
  return !id.empty() && id.size() <= kCustomIdMax && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

std::string problem(std::string_view code, std::string_view message, size_t line) {
  return dump_json(Json{{"code", code}, {"message", message}, {"param", nullptr}, {"line", line}});
}

std::string rfc3339(int64_t unix_s) {
  const std::chrono::sys_seconds at{std::chrono::seconds(unix_s)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace

bool MockBatches::serves(std::string_view path) {
  return behind(path, kMessages) || behind(path, kBatches) || behind(path, kFiles);
}

bool MockBatches::is_messages(std::string_view path) { return behind(path, kMessages).has_value(); }

MockAnswer MockBatches::answer(const HttpRequest& request, TimePoint now, int64_t unix_now_s) {
  unix_now_s_ = unix_now_s;
  const bool post = request.method == "POST";
  const bool messages = is_messages(request.path);
  if (const auto rest = behind(request.path, messages ? kMessages : kBatches)) {
    if (!rest->empty()) return one(request, messages, rest->substr(1), now);
    if (!post) return list(request, messages, now);
    return messages ? create_messages(request, now, unix_now_s) : create(request, now, unix_now_s);
  }
  const std::string_view rest = behind(request.path, kFiles).value_or("");
  if (post && rest.empty()) return upload(request, unix_now_s);
  if (!post && !rest.empty()) return file_of(rest.substr(1));
  return refused(false, 405, "unknown_url", "Unknown request URL");
}

// --- Files

MockAnswer MockBatches::upload(const HttpRequest& request, int64_t unix_now_s) {
  const auto parts = Multipart::read(request.header("content-type"), request.body);
  if (!parts) return refused(false, 400, "invalid_multipart", parts.error().message);
  std::string_view purpose;
  const FormPart* file = nullptr;
  for (const FormPart& part : *parts) {
    if (part.name == "purpose") purpose = part.content;
    if (part.name == "file") file = &part;
  }
  if (file == nullptr) return refused(false, 400, "missing_file", "'file' is a required property");
  if (purpose != "batch") {
    return refused(false, 400, "invalid_purpose", "'purpose' is not `batch`, the only one here");
  }
  if (files_.size() >= kFilesMax || bytes_ + file->content.size() > kBytesMax) {
    return refused(false, 413, "storage_full", "the mock keeps no more files");
  }
  ++stats_.files;
  const std::string id = add_file(std::string(file->content), "batch");
  return {200, "application/json",
          dump_json(Json{{"id", id},
                         {"object", "file"},
                         {"bytes", file->content.size()},
                         {"created_at", unix_now_s},
                         {"filename", file->file_name},
                         {"purpose", "batch"},
                         {"status", "processed"}})};
}

std::string MockBatches::add_file(std::string content, std::string_view purpose) {
  std::string id = fmt::format("file-mock-{}", next_file_++);
  bytes_ += content.size();
  files_.emplace(id, File{std::string(purpose), std::move(content), unix_now_s_});
  return id;
}

MockAnswer MockBatches::file_of(std::string_view rest) const {
  constexpr std::string_view kContent = "/content";
  const bool content = rest.ends_with(kContent);
  if (content) rest.remove_suffix(kContent.size());
  const auto file = files_.find(rest);
  if (file == files_.end()) {
    return refused(false, 404, "file_not_found", fmt::format("No such File object: {}", rest));
  }
  if (content) return {200, "application/octet-stream", file->second.content};
  return {200, "application/json",
          dump_json(Json{{"id", rest},
                         {"object", "file"},
                         {"bytes", file->second.content.size()},
                         {"created_at", file->second.created_unix_s},
                         {"purpose", file->second.purpose}})};
}

// --- Creation

MockAnswer MockBatches::create(const HttpRequest& request, TimePoint now, int64_t unix_now_s) {
  const Result<Json> body = parse_json(request.body, "body");
  if (!body || !body->is_object()) {
    return refused(false, 400, "invalid_json", "the body is not a JSON object");
  }
  Batch batch;
  batch.url = text_member(*body, "endpoint");
  batch.input_file = text_member(*body, "input_file_id");
  const std::optional<Endpoint> endpoint = endpoint_of_url(batch.url);
  if (!endpoint) {
    return refused(false, 400, "invalid_endpoint",
                   fmt::format("`{}` is no endpoint of a batch here", batch.url));
  }
  if (text_member(*body, "completion_window") != "24h") {
    return refused(false, 400, "invalid_window", "`completion_window` is not `24h`");
  }
  const auto file = files_.find(batch.input_file);
  if (file == files_.end() || file->second.purpose != "batch") {
    return refused(false, 400, "file_not_found",
                   fmt::format("No such File object: {}", batch.input_file));
  }
  if (batches_.size() >= kFilesMax) {
    return refused(false, 429, "too_many_batches", "the mock keeps no more batches");
  }
  batch.endpoint = *endpoint;
  if (const Json* metadata = find_member(*body, "metadata")) batch.metadata = dump_json(*metadata);
  read_lines(file->second.content, batch);
  const Batch& added = add(std::move(batch), now, unix_now_s);
  return {200, "application/json", to_json(added, now)};
}

MockBatches::Batch& MockBatches::add(Batch batch, TimePoint now, int64_t unix_now_s) {
  batch.id =
      fmt::format("{}{}", batch.messages ? "msgbatch_mock_" : "batch-mock-", batches_.size() + 1);
  batch.created = now;
  batch.created_unix_s = unix_now_s;
  batch.requests = batch.lines.size();
  for (const Line& line : batch.lines) bytes_ += line.body.size();
  ++stats_.batches;
  stats_.requests += batch.requests;
  return batches_.emplace_back(std::move(batch));
}

void MockBatches::read_lines(const std::string& content, Batch& batch) const {
  std::set<std::string, std::less<>> ids;
  size_t number = 0;
  std::string_view rest = content;
  while (!rest.empty() && batch.problems.size() < kProblemsMax) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    ++number;
    if (number > kRequestsMax) {
      batch.problems.push_back(problem("too_many_requests", "too many requests", number));
      break;
    }
    if (const auto wrong = read_line(line, batch)) {
      const size_t colon = wrong->find(':');
      batch.problems.push_back(problem(wrong->substr(0, colon), wrong->substr(colon + 1), number));
    } else if (!ids.insert(batch.lines.back().custom_id).second) {
      batch.problems.push_back(
          problem("duplicate_custom_id", "this custom_id was used before", number));
    }
  }
  if (number == 0) batch.problems.push_back(problem("empty_file", "the file is empty", 0));
  if (!batch.problems.empty()) batch.lines.clear();
}

// "code:message" of what is wrong.
std::optional<std::string> MockBatches::read_line(std::string_view text, Batch& batch) const {
  const Result<Json> line = parse_json(text, "line");
  if (!line || !line->is_object()) return "invalid_json_line:This line is not parseable as JSON.";
  const std::string id = text_member(*line, "custom_id");
  if (id.empty()) return "missing_required_parameter:`custom_id` is missing";
  if (text_member(*line, "method") != "POST") return "invalid_method:`method` is not POST";
  if (text_member(*line, "url") != batch.url) return "mismatched_url:`url` is not the endpoint";
  const Json* body = find_member(*line, "body");
  if (body == nullptr || !body->is_object()) return "missing_body:`body` is not an object";
  const std::string model = text_member(*body, "model");
  const auto& known = options_->models;
  if (options_->strict_model && std::find(known.begin(), known.end(), model) == known.end())
    return fmt::format("model_not_found:The provided model '{}' is not supported by the Batch API.",
                       model);
  batch.lines.push_back({id, dump_json(*body)});
  return std::nullopt;
}

MockAnswer MockBatches::create_messages(const HttpRequest& request, TimePoint now,
                                        int64_t unix_now_s) {
  if (request.header("anthropic-version").empty()) {
    return refused(true, 400, "", "anthropic-version: header is required");
  }
  const Result<Json> body = parse_json(request.body, "body");
  if (!body || !body->is_object()) return refused(true, 400, "", "the body is not a JSON object");
  if (batches_.size() >= kFilesMax || bytes_ + request.body.size() > kBytesMax) {
    return refused(true, 429, "", "the mock keeps no more batches");
  }
  Batch batch;
  batch.messages = true;
  batch.endpoint = Endpoint::kMessages;
  if (const auto refusal = read_requests(*body, batch)) return refused(true, *refusal);
  const Batch& added = add(std::move(batch), now, unix_now_s);
  return {200, "application/json", messages_to_json(added)};
}

std::optional<Refusal> MockBatches::read_requests(const Json& body, Batch& batch) const {
  const auto bad = [](std::string message) {
    return Refusal{400, "invalid_request_error", "", std::move(message)};
  };
  const Json* requests = find_member(body, "requests");
  if (requests == nullptr || !requests->is_array() || requests->empty() ||
      requests->size() > kRequestsMax) {
    return bad(fmt::format("requests: expected a list of 1 to {}", kRequestsMax));
  }
  std::set<std::string> ids;
  for (const Json& each : *requests) {
    std::string id = text_member(each, "custom_id");
    if (!is_custom_id(id)) return bad("custom_id: String should match ^[a-zA-Z0-9_-]{1,64}$");
    if (!ids.insert(id).second) return bad("custom_id: must be unique");
    const Json* params = find_member(each, "params");
    if (params == nullptr || !params->is_object()) return bad("params: Field required");
    batch.lines.push_back({std::move(id), dump_json(*params)});
  }
  return std::nullopt;
}

// --- Results

bool MockBatches::is_over(const Batch& batch, TimePoint now) const {
  return batch.cancelled || now >= batch.created + options_->batch_delay;
}

MockBatches::Outcome MockBatches::result_of(const Batch& batch, const Line& line,
                                            uint64_t number) const {
  if (batch.cancelled) return {Outcome::Kind::kCancelled, 0, ""};
  const uint64_t hash = hash_text(line.body);
  const double u = Rng(options_->seed, kBatchStream, hash).uniform();
  const bool messages = batch.messages;
  if (u < options_->batch_fail_share) {
    const Refusal refusal{500, "server_error", "server_error", "the mock failed, as it was told"};
    return {Outcome::Kind::kFailed, 500,
            messages ? message_error_json(refusal) : error_json(refusal)};
  }
  if (u < options_->batch_fail_share + options_->batch_expire_share)
    return {Outcome::Kind::kExpired, 0, ""};
  MockAsk ask;
  std::optional<Refusal> refusal = read_ask(line.body, batch.endpoint, ask);
  if (!refusal && ask.stream) {
    refusal = Refusal{400, "invalid_request_error", "invalid_value", "a batch does not stream"};
  }
  if (refusal) {
    return {Outcome::Kind::kFailed, refusal->status,
            messages ? message_error_json(*refusal) : error_json(*refusal)};
  }
  const uint64_t key = Rng(options_->seed, kWordsStream, hash).next();
  std::vector<ReplyPlan> plans;
  for (size_t i = 0; i < ask.prompts.size(); ++i)
    plans.push_back(plan_reply(*options_, ask, ask.prompts[i], key + i));
  const ReplyWriter writer(*options_, std::move(ask), std::move(plans), number,
                           batch.created_unix_s);
  return {Outcome::Kind::kAnswered, 200, writer.whole()};
}

namespace {

// A line of OpenAI's output or error file.
void append_line(std::string& out, uint64_t number, std::string_view custom_id, int status,
                 std::string_view body, std::string_view code) {
  out += fmt::format(R"({{"id":"batch_req_mock_{}","custom_id":)", number);
  append_json_string(out, custom_id);
  if (status > 0) {
    out += fmt::format(
        R"(,"response":{{"status_code":{},"request_id":"mock-{}","body":{}}},"error":null}})",
        status, number, body);
  } else {
    out += fmt::format(R"(,"response":null,"error":{{"code":"{}","message":"{}"}}}})", code,
                       code == "batch_expired"
                           ? "This request was not executed before the completion window ended."
                           : "This request was not executed: the batch was cancelled.");
  }
  out += '\n';
}

// A line of Anthropic's results.
void append_message_line(std::string& out, std::string_view custom_id, std::string_view type,
                         std::string_view body) {
  out += R"({"custom_id":)";
  append_json_string(out, custom_id);
  out += fmt::format(R"(,"result":{{"type":"{}")", type);
  if (!body.empty())
    out += fmt::format(R"(,"{}":{})", type == "succeeded" ? "message" : "error", body);
  out += "}}\n";
}

}  // namespace

// Once, when it is over: what every request came to.
void MockBatches::finish(Batch& batch, TimePoint now) {
  if (batch.done || !batch.problems.empty() || !is_over(batch, now)) return;
  batch.done = true;
  std::string output;
  std::string errors;
  uint64_t number = 0;
  for (const Line& line : batch.lines) {
    const Outcome result = result_of(batch, line, ++number);
    const bool answered = result.kind == Outcome::Kind::kAnswered;
    const bool failed = result.kind == Outcome::Kind::kFailed;
    const bool cancelled = result.kind == Outcome::Kind::kCancelled;
    ++(answered ? batch.answered : failed ? batch.failed : batch.expired);
    if (batch.messages) {
      append_message_line(output, line.custom_id,
                          answered    ? "succeeded"
                          : failed    ? "errored"
                          : cancelled ? "canceled"
                                      : "expired",
                          result.body);
    } else {
      append_line(answered ? output : errors, number, line.custom_id, result.status, result.body,
                  cancelled ? "batch_cancelled" : "batch_expired");
    }
    bytes_ -= std::min(bytes_, line.body.size());
  }
  batch.lines.clear();
  stats_.answered += batch.answered;
  stats_.failed += batch.failed;
  stats_.expired += batch.expired;
  if (batch.messages) {
    bytes_ += output.size();
    batch.results = std::move(output);
    return;
  }
  if (!output.empty()) batch.output_file = add_file(std::move(output), "batch_output");
  if (!errors.empty()) batch.error_file = add_file(std::move(errors), "batch_output");
}

// --- Reading

std::string_view MockBatches::status_of(const Batch& batch, TimePoint now) const {
  constexpr int kValidatingPart = 4;  // of the delay
  const bool validated = now >= batch.created + options_->batch_delay / kValidatingPart;
  if (!batch.problems.empty()) return validated ? "failed" : "validating";
  if (batch.cancelled) return "cancelled";
  if (batch.done) return batch.expired > 0 ? "expired" : "completed";
  return validated ? "in_progress" : "validating";
}

std::string MockBatches::to_json(const Batch& batch, TimePoint now) const {
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  Json json{{"id", batch.id},
            {"object", "batch"},
            {"endpoint", batch.url},
            {"input_file_id", batch.input_file},
            {"completion_window", "24h"},
            {"status", status_of(batch, now)},
            {"output_file_id", or_null(batch.output_file)},
            {"error_file_id", or_null(batch.error_file)},
            {"created_at", batch.created_unix_s},
            {"request_counts", Json{{"total", batch.requests},
                                    {"completed", batch.answered},
                                    {"failed", batch.failed + batch.expired}}}};
  std::string errors = "null";
  if (!batch.problems.empty() && json["status"] == "failed") {
    errors = fmt::format(R"({{"object":"list","data":[{}]}})", fmt::join(batch.problems, ","));
  }
  std::string out = dump_json(json);
  out.pop_back();
  return out + fmt::format(R"(,"errors":{},"metadata":{}}})", errors,
                           batch.metadata.empty() ? "null" : batch.metadata);
}

std::string MockBatches::messages_to_json(const Batch& batch) const {
  constexpr int64_t kLifeS = 24 * 3600;
  const uint64_t cancelled = batch.cancelled ? batch.expired : 0;
  return dump_json(
      Json{{"id", batch.id},
           {"type", "message_batch"},
           {"processing_status", batch.done ? "ended" : "in_progress"},
           {"request_counts", Json{{"processing", batch.done ? 0 : batch.requests},
                                   {"succeeded", batch.answered},
                                   {"errored", batch.failed},
                                   {"canceled", cancelled},
                                   {"expired", batch.expired - cancelled}}},
           {"created_at", rfc3339(batch.created_unix_s)},
           {"expires_at", rfc3339(batch.created_unix_s + kLifeS)},
           {"results_url",
            batch.done ? Json(fmt::format("/v1{}/{}/results", kMessages, batch.id)) : Json()}});
}

MockAnswer MockBatches::list(const HttpRequest& request, bool messages, TimePoint now) {
  const size_t size = page_size(request.query);
  const std::string_view after = query_value(request.query, messages ? "after_id" : "after");
  bool begun = after.empty();
  std::string data;
  size_t taken = 0;
  bool more = false;
  for (auto batch = batches_.rbegin(); batch != batches_.rend(); ++batch) {
    if (batch->messages != messages) continue;
    if (!begun) {
      begun = batch->id == after;
      continue;
    }
    more = taken == size;
    if (more) break;
    finish(*batch, now);
    data +=
        (data.empty() ? "" : ",") + (messages ? messages_to_json(*batch) : to_json(*batch, now));
    ++taken;
  }
  return {200, "application/json",
          fmt::format(R"({{"object":"list","data":[{}],"has_more":{}}})", data, more)};
}

MockAnswer MockBatches::one(const HttpRequest& request, bool messages, std::string_view rest,
                            TimePoint now) {
  const size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view id = rest.substr(0, slash);
  const std::string_view verb = rest.substr(slash);
  const auto batch = std::find_if(batches_.begin(), batches_.end(), [&](const Batch& each) {
    return each.messages == messages && each.id == id;
  });
  if (batch == batches_.end()) {
    return refused(messages, 404, "batch_not_found",
                   fmt::format("No batch found with id `{}`", id));
  }
  if (verb == "/cancel" && request.method == "POST") {
    if (!is_over(*batch, now)) batch->cancelled = now;
  } else if (request.method != "GET" || (!verb.empty() && verb != "/results")) {
    return refused(messages, 405, "unknown_url", "Unknown request URL");
  }
  finish(*batch, now);
  if (verb != "/results") {
    return {200, "application/json", messages ? messages_to_json(*batch) : to_json(*batch, now)};
  }
  if (!messages) return refused(false, 404, "unknown_url", "Unknown request URL");
  if (!batch->done) return refused(true, 404, "", "the results are not there yet");
  return {200, "application/x-jsonl", batch->results};
}

}  // namespace assay::app::mock
