// Request: one question to a model, independent of provider and wire format. Made by a suite,
// encoded by a codec.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/types/response.h"
#include "harness/types/sample.h"

namespace assay {

struct Message {
  std::string role;  // "system", "user", "assistant", "tool"
  std::string text;
  std::vector<Image> images;
  std::vector<ToolCall> tool_calls;  // of an assistant's message
  std::string tool_call_id;          // of a tool's message: which call it answers
};

// A function the model may call.
struct Tool {
  std::string name;
  std::string description;
  std::string parameters;  // JSON schema, as text
};

// What is unset is left to the model's default and is absent from the wire.
struct GenerationParams {
  std::optional<int64_t> max_tokens;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<uint64_t> seed;
  std::vector<std::string> stop;
  std::optional<int64_t> top_k;
  std::optional<double> min_p;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
};

struct Request {
  std::string suite;  // name, for models that were prepared per suite
  std::vector<Message> messages;
  std::string
      input;  // the bare question without description and few-shot text (baselines learn from it)
  std::vector<std::string> choices;  // the closed set of answers, where there is one
  GenerationParams params;
  std::vector<Tool> tools;
  std::string tool_choice;  // "auto", "none", "required" or a tool's name; empty: the default
  // Not empty: nothing is generated; the reply is the log-likelihood of each, in this order.
  std::vector<Continuation> continuations;
};

// Canonical JSON of a request (images by path, media type and sha256): stored in the run file,
// hashed, and what `assay show` prints. Two requests are the same question exactly when this text
// is the same.
std::string request_to_json(const Request& request);

}  // namespace assay
