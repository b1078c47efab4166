// LoadSource: what the requests of a load ask. Conversation n is the same whoever asks for it, so
// nothing is kept: the feeder makes them, before the clock and a window ahead during it.
//
//   ASSAY_TRY(LoadTalk talk, source.talk(17));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/types/attempt.h"

namespace assay::run {

struct LoadTalk {
  Key key;  // but for the model; of later turns the attempt counts on
  uint32_t suite = 0;
  Sample sample;
  Request request;
  int64_t input_wanted = -1;
  int64_t output_wanted = -1;
  std::vector<LaterTurn> later_turns;  // the next one last
};

class LoadSource {
 public:
  virtual ~LoadSource() = default;
  [[nodiscard]] virtual Result<LoadTalk> talk(uint64_t number) const = 0;
  // "synthetic, input 512, output 128", and a hash that equal workloads share.
  [[nodiscard]] virtual std::string describe() const = 0;
  [[nodiscard]] virtual std::string hash() const = 0;
};

}  // namespace assay::run
