#include "backends/codec/wire_json.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "backends/codec/reply_builder.h"
#include "harness/base/base64.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

constexpr double kCountMax = 1e15;  // more is no count of tokens; sums of a few cannot overflow

template <typename T>
void keep(std::optional<T>& into, const std::optional<T>& own) {
  if (own) into = own;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

// A code may be a number (an HTTP status), a number as text, or a word.
int status_of(const Json& error) {
  const int64_t code = count_member(error, "code");
  if (code >= 300 && code <= 999) return static_cast<int>(code);
  const int64_t status = count_member(error, "status");
  return status >= 300 && status <= 999 ? static_cast<int>(status) : 0;
}

// Some servers give every reply an empty `error`.
bool is_nothing(const Json& value) {
  return value == false || value == "" || (value.is_structured() && value.empty());
}

void take_error_object(const Json& error, ReplyBuilder& out) {
  std::string_view kind;
  for (const char* key : {"code", "status", "type", "kind"}) {
    if (kind.empty()) kind = text_member(error, key);
  }
  std::string message(text_member(error, "message"));
  if (message.empty()) message = dump_json(error);
  out.error(kind, message, status_of(error));
}

}  // namespace

Result<ExtraBody> ExtraBody::parse(std::string_view json) {
  ExtraBody extra;
  if (json.empty()) return extra;
  ASSAY_TRY(const Json object, parse_json(json, "extra_body"));
  if (!object.is_object()) {
    return input_error("extra_body",
                       fmt::format("is {}, expected an object", json_type_name(object)));
  }
  for (const auto& [name, value] : object.items())
    extra.members_.emplace_back(name, dump_json(value));
  return extra;
}

std::string& ObjectWriter::key(std::string_view name) {
  if (!std::exchange(first_, false)) out_ += ',';
  append_json_string(out_, name);
  out_ += ':';
  return out_;
}

void ObjectWriter::text(std::string_view name, std::string_view value) {
  append_json_string(key(name), value);
}

void ObjectWriter::number(std::string_view name, int64_t value) {
  fmt::format_to(std::back_inserter(key(name)), "{}", value);
}
void ObjectWriter::number(std::string_view name, uint64_t value) {
  fmt::format_to(std::back_inserter(key(name)), "{}", value);
}
void ObjectWriter::number(std::string_view name, double value) {
  if (std::isfinite(value)) fmt::format_to(std::back_inserter(key(name)), "{}", value);
}

void ObjectWriter::texts(std::string_view name, const std::vector<std::string>& values) {
  std::string& out = key(name);
  out += '[';
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, values[i]);
  }
  out += ']';
}

void BodyWriter::begin(std::string_view name) {
  if (!extra_.empty()) starts_.emplace_back(name, out_.size());
}

std::string& BodyWriter::key(std::string_view name) {
  begin(name);
  return writer_.key(name);
}

void BodyWriter::text(std::string_view name, std::string_view value) {
  append_json_string(key(name), value);
}

void BodyWriter::texts(std::string_view name, const std::vector<std::string>& values) {
  begin(name);
  writer_.texts(name, values);
}

std::string BodyWriter::take() {
  if (extra_.empty()) {
    out_ += '}';
    return std::move(out_);
  }
  // Members that nobody replaces are copied as they stand.
  std::string merged;
  ObjectWriter writer(merged);
  std::vector<bool> used(extra_.members().size());
  for (size_t i = 0; i < starts_.size(); ++i) {
    const auto& [name, start] = starts_[i];
    const size_t end = i + 1 < starts_.size() ? starts_[i + 1].second : out_.size();
    std::string_view written = std::string_view(out_).substr(start, end - start);
    if (written.empty()) continue;  // a number that was left out
    if (written.front() == ',') written.remove_prefix(1);
    std::string quoted;
    append_json_string(quoted, name);
    written.remove_prefix(quoted.size() + 1);
    size_t at = 0;
    while (at < used.size() && extra_.members()[at].first != name) ++at;
    if (at == used.size()) {
      writer.raw(name, written);
      continue;
    }
    used[at] = true;
    const std::string& patch = extra_.members()[at].second;
    if (patch == "null") continue;
    if (patch.front() != '{' || written.front() != '{') {
      writer.raw(name, patch);
      continue;
    }
    Result<Json> value = parse_json(written, "body");
    const Result<Json> change = parse_json(patch, "extra_body");
    if (value && change) value->merge_patch(*change);
    writer.raw(name, value ? dump_json(*value) : patch);
  }
  for (size_t at = 0; at < used.size(); ++at) {
    const auto& [name, value] = extra_.members()[at];
    if (!used[at] && value != "null") writer.raw(name, value);
  }
  writer.end();
  return merged;
}

GenerationParams merged_params(const GenerationParams& own, const GenerationParams& asked) {
  GenerationParams params = asked;
  keep(params.max_tokens, own.max_tokens);
  keep(params.temperature, own.temperature);
  keep(params.top_p, own.top_p);
  keep(params.seed, own.seed);
  keep(params.top_k, own.top_k);
  keep(params.min_p, own.min_p);
  keep(params.presence_penalty, own.presence_penalty);
  keep(params.frequency_penalty, own.frequency_penalty);
  if (!own.stop.empty()) params.stop = own.stop;
  return params;
}

void write_sampling(BodyWriter& body, const GenerationParams& params) {
  if (params.temperature) body.number("temperature", *params.temperature);
  if (params.top_p) body.number("top_p", *params.top_p);
  if (params.top_k) body.number("top_k", *params.top_k);
  if (params.min_p) body.number("min_p", *params.min_p);
  if (params.seed) body.number("seed", *params.seed);
  if (params.presence_penalty) body.number("presence_penalty", *params.presence_penalty);
  if (params.frequency_penalty) body.number("frequency_penalty", *params.frequency_penalty);
  if (!params.stop.empty()) body.texts("stop", params.stop);
}

void append_image_data_url(std::string& out, const Image& image) {
  out += "\"data:";
  out += image.media_type.empty() ? "application/octet-stream" : image.media_type;
  out += ";base64,";
  if (image.content != nullptr) append_base64(out, *image.content);
  out += '"';
}

void append_image_base64(std::string& out, const Image& image) {
  out += '"';
  if (image.content != nullptr) append_base64(out, *image.content);
  out += '"';
}

void append_object_or(std::string& out, std::string_view json, std::string_view otherwise) {
  const Result<Json> parsed = parse_json(json, "object");
  out += parsed && parsed->is_object() ? json : otherwise;
}

void append_tool_parameters(std::string& out, const Tool& tool) {
  append_object_or(out, tool.parameters, R"({"type":"object","properties":{}})");
}

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json* object_member(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  return value != nullptr && value->is_object() ? value : nullptr;
}

const Json* list_member(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  return value != nullptr && value->is_array() ? value : nullptr;
}

std::string_view text_member(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  return value != nullptr && value->is_string() ? value->get_ref<const std::string&>()
                                                : std::string_view();
}

int64_t count_member(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_number()) return -1;
  const auto number = value->get<double>();
  if (!(number >= 0) || number > kCountMax) return -1;
  return value->is_number_float() ? static_cast<int64_t>(number) : value->get<int64_t>();
}

bool take_error(const Json& reply, ReplyBuilder& out) {
  if (const Json* error = member(reply, "error"); error != nullptr && !is_nothing(*error)) {
    if (error->is_object()) {
      take_error_object(*error, out);
    } else {
      out.error(text_member(reply, "type"), text_of(*error), status_of(reply));
    }
    return true;
  }
  if (text_member(reply, "object") == "error" || text_member(reply, "type") == "error") {
    take_error_object(reply, out);
    return true;
  }
  for (const char* content : {"choices", "output", "candidates", "content", "response"}) {
    if (member(reply, content) != nullptr) return false;
  }
  if (const Json* detail = member(reply, "detail"); detail != nullptr) {
    out.error({}, text_of(*detail));
    return true;
  }
  const Json* message = member(reply, "message");
  if (message == nullptr || !message->is_string()) return false;
  take_error_object(reply, out);
  return true;
}

}  // namespace assay::backends
