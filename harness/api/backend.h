// Backend: how one model is reached = a transport plus a codec, with what the run must know about
// it. Made by backends/registry from a model spec; owned by app.
//
//   ASSAY_TRY(std::unique_ptr<Backend> backend, backends::make_backend(spec, context));
//   ASSAY_TRY_VOID(backend->prepare(suites));   // before the clock: train, open the engine, start
//   the process
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/api/batch_client.h"
#include "harness/api/codec.h"
#include "harness/api/suite.h"
#include "harness/api/transport.h"
#include "harness/base/result.h"
#include "harness/types/fact.h"
#include "harness/types/prices.h"

namespace assay {

struct BackendTraits {
  std::string config;   // canonical text of everything that can change an answer; hashed into the
                        // model's key
  std::string version;  // engine and version, once known (after prepare)
  bool virtual_clock = false;  // stamps come from a virtual clock that the run advances
  bool local = true;           // runs on this machine: models take turns
  uint32_t concurrency_default = 1;
  int64_t train_size = -1;      // lines it will learn from at most; -1: does not learn
  bool learning_curve = false;  // the run adds points with smaller train sizes
  // The lane grows its concurrency from concurrency_default while latency holds, unless the user
  // fixed a number.
  bool concurrency_auto = false;
  int64_t requests_per_minute = 0;  // given by the user; 0: learnt from the replies, or none
  int64_t tokens_per_minute = 0;
  // Given with the model (`?price_in=`); empty: app looks `price_name` up in the price tables.
  ModelPrices prices;
  std::string price_name;             // "openai/gpt-4o-mini"; empty: the model has no provider
  std::optional<int64_t> max_tokens;  // the model's own limit of output, where it sets one
};

// Where requests go, when that is a host and a port.
struct ServerAddress {
  std::string host;  // without brackets
  uint16_t port = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual const BackendTraits& traits() const = 0;
  virtual Result<void> prepare(std::span<const Suite* const> suites) = 0;
  // The loop's clock, before start(): a virtual one when traits say so.
  virtual void set_clock(const Clock& clock) = 0;
  [[nodiscard]] virtual Transport& transport() = 0;
  [[nodiscard]] virtual const Codec& codec() const = 0;
  // The request as it would be sent, for people (`--dry-run`): secrets redacted. `attempt.wire` is
  // encoded.
  [[nodiscard]] virtual std::string describe_request(const Attempt& attempt) const;
  // Opens and warms `connections` before the clock, by one cheap request each. Nothing to warm:
  // does nothing.
  virtual Result<void> warm_up(uint32_t connections);
  // The model's turn is over, nothing is in flight: stops what prepare() started. Main thread; the
  // transport is not used afterwards. The destructor does the same where this was not called.
  virtual void end_turn() {}
  // Processes of this machine that answer, where that is known (servers that prepare() started).
  [[nodiscard]] virtual std::vector<int64_t> server_pids() const { return {}; }
  // Where the server listens, for models behind a connection; known once prepared. Whether that is
  // this machine, and which process it is, harness/machine/listening_pids.h finds out.
  [[nodiscard]] virtual std::optional<ServerAddress> server_address() const { return std::nullopt; }
  // The provider's batch endpoint, where the model has one that Assay speaks; belongs to the
  // backend. Prepared first.
  [[nodiscard]] virtual BatchClient* batch_client() { return nullptr; }
  // What happened to the engine since the last call (started, crashed, restarted), and what was
  // measured of it (resident memory, CPU time). Called on the main thread, also after end_turn().
  virtual std::vector<Fact> take_facts() { return {}; }
};

}  // namespace assay
