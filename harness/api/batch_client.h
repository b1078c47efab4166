// BatchClient: a provider's batch endpoint: many requests at once, answered within a day, for less.
//
// Where it stands: given by Backend::batch_client(), implemented in backends/batch, used by
// harness/run/batch_run. Main thread, before the clock; every call blocks until it is done, has
// failed or `stop` is requested (kInterrupted). Nothing here is measured: a reply out of a batch
// has no latency.
//
//   ASSAY_TRY(const std::string id, client.submit(tag, items, stop));
//   ASSAY_TRY(const BatchState state, client.state(id, stop));
//   if (state.phase == BatchState::Phase::kEnded) ASSAY_TRY_VOID(client.read(id, take, stop));
//
// Errors: kInput and kNotFound: the provider refused, and will again; kIo: it was not reached, or
// not so far that there could be a batch; kInfrastructure: no answer, or one that may pass (429,
// 5xx): of submit(), the batch may exist, and find() says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "harness/api/codec.h"
#include "harness/base/result.h"
#include "harness/types/response.h"

namespace assay {

// Of one batch; below what the provider allows.
struct BatchLimits {
  size_t requests_max = 0;
  size_t bytes_max = 0;  // of the bodies together
};

struct BatchItem {
  std::string custom_id;  // 1 to 64 of [a-zA-Z0-9_-], unique in its batch
  std::string body;       // JSON object, as codec() encodes it
};

struct BatchState {
  enum class Phase : uint8_t {
    kRunning,
    kEnded,   // read() gives what there is: of an expired or cancelled batch not all
    kFailed,  // as a whole, before any request was executed
  };
  Phase phase = Phase::kRunning;
  std::string word;  // the provider's own: "in_progress"
  uint64_t total = 0;
  uint64_t answered = 0;
  uint64_t failed = 0;
  std::string error;  // of a failed one
};

// One line of the results.
struct BatchReply {
  std::string custom_id;  // empty: the line was none, and `error` says why
  // kOk: the request was executed, and `body` and `http_status` are its reply, good or bad.
  // Anything else: it was not, and `error` says why.
  Outcome outcome = Outcome::kOk;
  int http_status = 0;
  std::string body;
  std::string error;
};

// A batch that was perhaps created: nobody lived to read the answer.
struct BatchSought {
  std::string tag;  // as it was submitted
  uint64_t requests = 0;
  int64_t since_unix_s = 0;  // it is no older
};
struct BatchFound {
  enum class Is : uint8_t {
    kAbsent,
    kThere,
    kUnclear,  // one that runs may be it: ask again later
  };
  Is is = Is::kAbsent;
  std::string id;
};

class BatchClient {
 public:
  virtual ~BatchClient() = default;
  // "openai", "anthropic": whose form it is.
  [[nodiscard]] virtual std::string_view form() const = 0;
  [[nodiscard]] virtual BatchLimits limits() const = 0;
  // Of requests that ask for whole replies.
  [[nodiscard]] virtual const Codec& codec() const = 0;
  // The new batch's id. `tag` marks it as ours: every custom_id begins with it.
  virtual Result<std::string> submit(const std::string& tag, std::span<const BatchItem> items,
                                     const std::stop_token& stop) = 0;
  virtual Result<BatchFound> find(const BatchSought& sought, const std::stop_token& stop) = 0;
  virtual Result<BatchState> state(const std::string& id, const std::stop_token& stop) = 0;
  // Of an ended batch, in any order. An error of `take` ends it and is returned.
  virtual Result<void> read(const std::string& id,
                            const std::function<Result<void>(BatchReply&&)>& take,
                            const std::stop_token& stop) = 0;
};

}  // namespace assay
