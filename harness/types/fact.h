// Facts: what stages tell the writer. Never edited once stored.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "harness/types/attempt.h"
#include "harness/types/load.h"
#include "harness/types/manifest.h"

namespace assay {

// A sample as it was asked, once per run file.
struct SampleFact {
  uint64_t sample = 0;  // row id
  uint32_t suite = 0;   // row id
  uint64_t index = 0;   // position in the suite
  std::string id;
  std::string cluster;
  std::string request;  // request_to_json
  std::string truth;    // JSON: targets, choices, fields
  std::string tags;     // JSON: {"language": "ko"}; empty: none
};

struct AttemptFact {
  Key key;
  Stamps stamps;
  Response response;
  int http_status = 0;  // 0: not over HTTP, or no reply
  int http_flags = 0;   // of HttpFlag
  LoadPlace load;       // of `assay bench`; load 0: none
};
enum HttpFlag : int { kHttpReused = 1, kHttp2 = 2 };

struct ScoreFact {
  Key key;
  std::vector<Score> scores;
};

// What a model's engine said of itself once it was open: version, lines it learnt from. The row
// exists.
struct ModelFact {
  ModelInfo model;
};

// Something that happened to the run: a worker restarted, the clock stepped, a model was prepared.
struct EventFact {
  int64_t at_ns = 0;
  std::string kind;
  std::string json;
};

// A measured quantity of the machine at a time: energy counters, resident memory.
struct GaugeFact {
  int64_t at_ns = 0;
  std::string name;
  double value = 0;
};

// What is known of a load once it is over. The row exists.
struct LoadFact {
  LoadInfo load;
};

using Fact =
    std::variant<SampleFact, AttemptFact, ScoreFact, ModelFact, EventFact, GaugeFact, LoadFact>;

}  // namespace assay
