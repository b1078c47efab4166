// What happens to a load's attempts behind the decoder: later turns of a conversation are made from
// the reply; everything goes back to the schedule. Nothing is judged during the clock.
//
// Decode thread of one loop.
//
//   LoadDecode decode(codec, prices, progress, facts, inbox);
//   while (arrived.pop_all(batch)) decode.step(batch);
#pragma once

#include <vector>

#include "harness/run/stages.h"

namespace assay::run {

class LoadDecode {
 public:
  LoadDecode(const Codec& codec, const ModelPrices& prices, LaneProgress& progress,
             BoundedQueue<Fact>& facts, Inbox& inbox);
  void step(std::vector<Piece>& pieces);

 private:
  const Codec& codec_;
  Inbox& inbox_;
  BoundedQueue<AttemptPtr> answered_{SIZE_MAX};
  DecodeStage stage_;
  std::vector<AttemptPtr> batch_;
  std::vector<Feedback> back_;
};

// The next turn of the attempt's conversation: what was said, the reply, what the user says now.
// It is due when the user has thought. The attempt has later turns.
AttemptPtr next_turn(Attempt& attempt, const Codec& codec);

}  // namespace assay::run
