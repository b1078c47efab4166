// What the HTTP wire formats share when they write requests and read replies as JSON.
//
// Where it stands: below the formats; writers run on the feeder, readers on the decode thread. Text
// is appended straight to the body: a picture of 5 MB is encoded once and copied nowhere.
//
//   BodyWriter body(extra_);                       // ExtraBody of the options, parsed once
//   body.text("model", options_.model);
//   append_image_data_url(body.key("url"), image);
//   if (params.max_tokens) body.number("max_tokens", *params.max_tokens);
//   return body.take();                            // with the extra members merged in
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/types/request.h"

namespace assay::backends {

class ReplyBuilder;

// Members that the user adds to every request.
class ExtraBody {
 public:
  // `json`: an object, or empty for none.
  static Result<ExtraBody> parse(std::string_view json);
  [[nodiscard]] bool empty() const { return members_.empty(); }
  // Name and JSON text, in order.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& members() const {
    return members_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

// Writes one JSON object onto the end of a string.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  // The caller appends the value to what is returned.
  std::string& key(std::string_view name);
  void text(std::string_view name, std::string_view value);
  // JSON text as it is.
  void raw(std::string_view name, std::string_view json) { key(name) += json; }
  void number(std::string_view name, int64_t value);
  void number(std::string_view name, uint64_t value);
  // A value that is not finite is left out: JSON has none.
  void number(std::string_view name, double value);
  void boolean(std::string_view name, bool value) { raw(name, value ? "true" : "false"); }
  void texts(std::string_view name, const std::vector<std::string>& values);
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

// The body of a request: an object whose members `extra` may replace. Merging is that of RFC 7396
// (JSON Merge Patch): objects merge member by member, null removes, anything else replaces.
class BodyWriter {
 public:
  explicit BodyWriter(const ExtraBody& extra) : extra_(extra), writer_(out_) {}
  std::string& key(std::string_view name);
  void text(std::string_view name, std::string_view value);
  void raw(std::string_view name, std::string_view json) { key(name) += json; }
  template <typename Number>
  void number(std::string_view name, Number value) {
    begin(name);
    writer_.number(name, value);
  }
  void boolean(std::string_view name, bool value) { raw(name, value ? "true" : "false"); }
  void texts(std::string_view name, const std::vector<std::string>& values);
  // Ends the object. Once.
  std::string take();

 private:
  void begin(std::string_view name);

  const ExtraBody& extra_;
  std::string out_;
  ObjectWriter writer_;
  std::vector<std::pair<std::string, size_t>> starts_;  // members and where they begin; kept only
                                                        // where there is something to merge
};

// The model's own settings win over what the suite asks.
GenerationParams merged_params(const GenerationParams& own, const GenerationParams& asked);
// Everything but the token limit, by the names of OpenAI and vLLM.
void write_sampling(BodyWriter& body, const GenerationParams& params);
// "data:image/png;base64,...", as a JSON string. A picture without content is an empty one.
void append_image_data_url(std::string& out, const Image& image);
// The base64 of a picture as a JSON string.
void append_image_base64(std::string& out, const Image& image);
// `json` where it is a JSON object, else `otherwise`.
void append_object_or(std::string& out, std::string_view json, std::string_view otherwise);
// A tool's schema; an empty object schema where it has none.
void append_tool_parameters(std::string& out, const Tool& tool);

// Readers of documents that may hold anything. A member that is null, absent, or of another type
// than asked for is none: nullptr, "", -1.
const Json* member(const Json& object, std::string_view key);
const Json* object_member(const Json& object, std::string_view key);
const Json* list_member(const Json& object, std::string_view key);
std::string_view text_member(const Json& object, std::string_view key);
// A count: whole numbers of 0 or more, also written as a float ("12.0").
int64_t count_member(const Json& object, std::string_view key);

// Tells `out` of an error object, in any of the forms that servers use: {"error": {message, type,
// code, status}}, {"error": "text"}, {"object": "error", ...}, {"detail": ...}, {"message": ...}
// without anything of a reply. False: `reply` says nothing of an error.
bool take_error(const Json& reply, ReplyBuilder& out);

}  // namespace assay::backends
