#include "backends/remote_codec.h"

#include <fmt/format.h>

#include <span>
#include <utility>
#include <vector>

namespace assay::backends {
namespace {

constexpr std::string_view kPlainSeed = "seed";

// Passes everything on and takes the secrets out at the end, when no cut can hide one.
class RedactingDecoder final : public Decoder {
 public:
  RedactingDecoder(std::unique_ptr<Decoder> inner, const Redactor& redactor)
      : inner_(std::move(inner)), redactor_(redactor) {}

  void feed(std::string_view bytes, std::span<const ChunkStamp> stamps) override {
    inner_->feed(bytes, stamps);
  }
  void finish(const Attempt& attempt, Response& response) override {
    inner_->finish(attempt, response);
    for (std::string* text : {&response.answer, &response.reasoning}) redactor_.mask(*text);
    for (ToolCall& call : response.tool_calls) {
      for (std::string* text : {&call.id, &call.name, &call.arguments}) redactor_.mask(*text);
    }
    for (std::string* text : {&response.finish_reason, &response.served_model, &response.details,
                              &response.fingerprint, &response.response_id})
      redactor_.mask(*text);
    redactor_.redact(response.error);
    if (is_answer(response.outcome)) {
      redactor_.label(response.wire);
    } else {
      redactor_.redact(response.wire);
    }
  }

 private:
  std::unique_ptr<Decoder> inner_;
  const Redactor& redactor_;
};

}  // namespace

RemoteCodec::RemoteCodec(std::unique_ptr<WireCodec> wire, SystemMode system, std::string seed_field,
                         std::optional<uint64_t> seed, const Redactor& redactor)
    : wire_(std::move(wire)),
      system_(system),
      seed_field_(std::move(seed_field)),
      seed_(seed),
      redactor_(redactor) {}

bool RemoteCodec::changes_requests() const {
  return system_ != SystemMode::kKeep || seed_field_ != kPlainSeed;
}

std::string RemoteCodec::encode(const Attempt& attempt) const {
  if (refuses(attempt.request)) return {};
  return changes_requests() ? encode_request(attempt) : wire_->encode(attempt);
}

std::string RemoteCodec::encode_request(const Attempt& attempt) const {
  Attempt changed;
  changed.key = attempt.key;
  changed.request = attempt.request;
  move_system_messages(system_, changed.request);
  if (seed_field_ == kPlainSeed) return wire_->encode(changed);
  changed.request.params.seed.reset();
  std::string body = wire_->encode(changed);
  add_seed(attempt.request, body);
  return body;
}

void RemoteCodec::add_seed(const Request& request, std::string& body) const {
  const std::optional<uint64_t> seed = seed_ ? seed_ : request.params.seed;
  if (!seed || !body.starts_with('{')) return;
  body.insert(1, fmt::format("\"{}\":{},", seed_field_, *seed));
}

std::optional<std::string> RemoteCodec::refuses(const Request& request) const {
  return wire_->refuses(request);
}

std::unique_ptr<Decoder> RemoteCodec::decoder() const {
  if (redactor_.empty()) return wire_->decoder();
  return std::make_unique<RedactingDecoder>(wire_->decoder(), redactor_);
}

void move_system_messages(SystemMode mode, Request& request) {
  if (mode == SystemMode::kKeep) return;
  std::vector<Message> messages;
  std::string moved;
  for (Message& message : request.messages) {
    if (message.role == "system") {
      if (mode == SystemMode::kDrop) {
        moved += message.text + "\n\n";
        continue;
      }
      message.role = "developer";
    }
    if (message.role == "user" && !moved.empty()) message.text.insert(0, std::exchange(moved, {}));
    messages.push_back(std::move(message));
  }
  if (!moved.empty()) {  // nothing came behind it
    moved.resize(moved.size() - 2);
    messages.push_back({"user", std::move(moved), {}, {}, {}});
  }
  request.messages = std::move(messages);
}

}  // namespace assay::backends
