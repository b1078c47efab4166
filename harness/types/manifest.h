// What a run file says about itself: everything needed to repeat the run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/types/score.h"

namespace assay {

// One model of a run: a backend plus a model name plus sampling settings.
struct ModelInfo {
  uint32_t id = 0;          // row id in the run file
  std::string name;         // as given, "tesseract:kor?psm=6", or its alias from the config
  std::string spec;         // backend:name?key=value
  std::string config_hash;  // of everything that can change an answer; not keys, timeouts,
                            // concurrency, retries
  std::string version;      // of the engine that answered, "tesseract 5.3.0 ..."
  std::string
      curve_of;  // learning-curve point: the name of the model it is a point of; otherwise empty
  int64_t train_size = -1;     // train lines seen by a model that learns; -1 for others
  bool virtual_clock = false;  // latencies are simulated
  bool local = true;           // answered on this machine: its time costs the machine's price
  std::string prices;          // JSON of harness/cost/price_json.h: what it costs; empty: not known
};

// A group that the suite belongs to, and what the group's figure is made of.
struct SuiteGroup {
  std::string name;
  std::string metric;          // of each of its suites; empty: their headlines
  bool weight_by_size = true;  // else every suite counts the same
  bool operator==(const SuiteGroup&) const = default;
};

struct SuiteInfo {
  uint32_t id = 0;  // row id in the run file
  std::string name;
  std::string title;     // one line for people
  std::string language;  // "ko", "en", "ko+en"
  std::string licence;
  std::string hash;  // of all below plus settings
  std::string prompt_hash;
  std::string data_hash;
  std::string scorer_hash;         // scorers with their options and versions
  std::vector<MetricDef> metrics;  // the first is the headline
  std::vector<SuiteGroup> groups;
  std::map<std::string, double> published;  // vendor's claims: "model/metric" -> value
  uint64_t sample_count = 0;                // planned in this run after limits
  uint64_t train_count = 0;
  uint32_t repeats = 1;
};

// One process that wrote to the file; a resume is another.
struct SessionInfo {
  uint32_t id = 0;
  std::string utc;
  std::string argv;
  std::string host;  // JSON text: cpu, cores, memory, kernel
  int64_t mono_origin_ns = 0;
  std::string assay_version;
};

struct Manifest {
  int schema_version = 0;
  std::string assay_version;
  std::string run_hash;  // identity: hash over models and suites
  uint64_t seed = 0;
  std::string machine_price_per_hour;  // decimal; empty: not given
  std::string currency;
  std::vector<ModelInfo> models;
  std::vector<SuiteInfo> suites;
  std::vector<SessionInfo> sessions;
};

}  // namespace assay
