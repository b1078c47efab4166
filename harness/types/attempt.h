// Attempt: one try of a request, on its way through the stages; Piece: bytes of its reply on their
// way back.
//
// One owner at a time: schedule → transport → decode → scoring pool → inbox → schedule. Each stage
// fills in what it learnt.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/money.h"
#include "harness/types/load.h"
#include "harness/types/request.h"
#include "harness/types/response.h"
#include "harness/types/sample.h"
#include "harness/types/score.h"
#include "harness/types/stamp_list.h"

namespace assay {

// The one key of a stored record. `model` and `sample` are row ids of the run file. (Turn and role
// are columns of the file's key too; they are 0 and "solve" for every request made so far.)
struct Key {
  uint32_t model = 0;
  uint64_t sample = 0;
  uint32_t repeat = 0;
  uint32_t attempt = 0;
  auto operator<=>(const Key&) const = default;
};

struct Stamps {
  TimePoint scheduled{};             // when it was due
  TimePoint sent{};                  // when its bytes left (in process: when a worker took it up)
  TimePoint done{};                  // end of bytes
  std::optional<TimePoint> headers;  // the reply's headers were in hand; only over HTTP
  Nanos loop_lag{-1};  // the longest the loop took from waking up to stamping bytes of this reply;
                       // -1: not measured
};

// What the transport saw of the exchange, where there is HTTP under the wire format.
struct HttpExchange {
  int status = 0;            // 0: none came
  std::string content_type;  // without parameters, lower case
  std::string headers;  // the final reply's header lines as they came, without the status line;
                        // bounded, secrets of the request never in it
  bool http2 = false;   // the connection is shared: chunk stamps belong to it, not to the stream
  bool reused = false;  // the connection had served before
};

struct Attempt {
  Key key;
  uint32_t lane = 0;        // index into the phase's lanes
  uint32_t suite = 0;       // index into the run's suites
  bool fresh = true;        // first time in the inbox: from the feeder, not feedback
  uint32_t tries = 1;       // in this session; key.attempt counts over the whole file
  uint64_t held_bytes = 0;  // of the byte budget, given back at the end
  Sample sample;
  Request request;
  std::string wire;  // the encoded request, empty for transports that take the request as it is
  Stamps stamps;
  HttpExchange http;
  Money reserved;  // of the budget, from its start to its feedback
  Response response;
  std::vector<Score> scores;
  LoadPlace load;                      // of `assay bench`
  std::vector<LaterTurn> later_turns;  // of the conversation, the next one last
};
using AttemptPtr = std::unique_ptr<Attempt>;

struct Piece {
  uint64_t stream = 0;  // unique per attempt in flight; the transport's choice
  uint32_t lane = 0;
  std::string bytes;
  StampList stamps;  // offsets are within `bytes`
  AttemptPtr end;    // set on the last piece: the attempt, with stamps.sent and stamps.done
};

}  // namespace assay
