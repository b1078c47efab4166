// Backend: how one model is reached = a transport plus a codec, with what the run must know about
// it. Made by backends/registry from a model spec; owned by app.
//
//   ASSAY_TRY(std::unique_ptr<Backend> backend, backends::make_backend(spec, context));
//   ASSAY_TRY_VOID(backend->prepare(suites));   // before the clock: train, open the engine, start
//   the process
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "harness/api/codec.h"
#include "harness/api/suite.h"
#include "harness/api/transport.h"
#include "harness/base/result.h"

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
};

}  // namespace assay
