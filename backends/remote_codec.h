// RemoteCodec: a wire format's codec with what a remote model needs around it: system messages
// moved, seeds under the provider's name, and secrets taken out of every reply.
//
// Where it stands: inside RemoteBackend. encode() runs on the feeder, decoders on the decode
// thread; const and shared.
//
//   RemoteCodec codec(std::move(wire_codec), SystemMode::kDrop, "seed", redactor);
//   attempt.wire = codec.encode(attempt);    // empty: refuses(attempt.request) says why
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backends/codec/wire_codec.h"
#include "backends/endpoint_spec.h"
#include "backends/secrets.h"

namespace assay::backends {

class RemoteCodec final : public Codec {
 public:
  // `redactor` outlives the codec and its decoders. `seed` is the model's own, under seed_field.
  RemoteCodec(std::unique_ptr<WireCodec> wire, SystemMode system, std::string seed_field,
              std::optional<uint64_t> seed, const Redactor& redactor);

  [[nodiscard]] std::string encode(const Attempt& attempt) const override;
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override;
  [[nodiscard]] std::optional<std::string> refuses(const Request& request) const;
  [[nodiscard]] const WireCodec& wire() const { return *wire_; }

 private:
  [[nodiscard]] bool changes_requests() const;
  [[nodiscard]] std::string encode_request(const Attempt& attempt) const;
  void add_seed(const Request& request, std::string& body) const;

  const std::unique_ptr<WireCodec> wire_;
  const SystemMode system_;
  const std::string seed_field_;
  const std::optional<uint64_t> seed_;
  const Redactor& redactor_;
};

// The request with its system messages as `mode` says.
void move_system_messages(SystemMode mode, Request& request);

}  // namespace assay::backends
