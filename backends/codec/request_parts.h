// Parts of a request that several wire formats write alike, where they are no mere field: lists,
// the system text at the top, calls with arguments as an object, what is refused. Pure functions;
// feeder thread.
//
//   ListWriter turns(body.key("messages"));
//   ObjectWriter turn(turns.item());
//   ...
//   turn.end();
//   turns.end();
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/types/request.h"

namespace assay::backends {

// Writes a JSON list onto the end of a string.
class ListWriter {
 public:
  explicit ListWriter(std::string& out) : out_(out) { out_ += '['; }
  // The caller appends the element to what is returned.
  std::string& item() {
    if (!first_) out_ += ',';
    first_ = false;
    return out_;
  }
  void end() { out_ += ']'; }

 private:
  std::string& out_;
  bool first_ = true;
};

// The texts of all system messages, in order, an empty line between them.
std::string system_text(const Request& request);

// A call's arguments as JSON text of an object, for formats that take no other. What the model
// wrote badly stays visible to it: {"INVALID_JSON":"the text"} (the form that Anthropic's
// "Fine-grained tool streaming" asks for); empty text is {}.
void append_arguments(std::string& out, std::string_view arguments);

// Names the tool whose schema is there and no JSON object; such a request cannot be encoded.
std::optional<std::string> bad_tool_schema(const Request& request);

// The call that the tool's message at `at` answers: by its id, else the one at its place among the
// calls before it; nullptr where there is none.
const ToolCall* answered_call(const std::vector<Message>& messages, size_t at);

// Why `format` cannot give the log-likelihood of a given text, and what can.
std::string no_loglikelihood(std::string_view format);

}  // namespace assay::backends
