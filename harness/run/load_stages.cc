#include "harness/run/load_stages.h"

#include <utility>

namespace assay::run {

LoadDecode::LoadDecode(const Codec& codec, const ModelPrices& prices, LaneProgress& progress,
                       BoundedQueue<Fact>& facts, Inbox& inbox)
    : codec_(codec),
      inbox_(inbox),
      stage_({&codec}, {prices}, {&progress}, facts, answered_, inbox) {}

void LoadDecode::step(std::vector<Piece>& pieces) {
  stage_.step(pieces);
  answered_.try_pop_all(batch_);
  for (AttemptPtr& attempt : batch_) {
    const uint32_t lane = attempt->lane;
    // The later turn goes first: the schedule then knows, when it sees the end, what follows.
    if (!attempt->later_turns.empty()) back_.push_back({next_turn(*attempt, codec_), lane});
    back_.push_back({std::move(attempt), lane});
  }
  batch_.clear();
  if (!back_.empty()) inbox_.put_all(back_);
}

AttemptPtr next_turn(Attempt& attempt, const Codec& codec) {
  LaterTurn turn = std::move(attempt.later_turns.back());
  attempt.later_turns.pop_back();
  auto next = std::make_unique<Attempt>();
  next->key = attempt.key;
  ++next->key.attempt;
  next->lane = attempt.lane;
  next->suite = attempt.suite;
  next->request = std::move(attempt.request);
  next->request.messages.push_back({"assistant", attempt.response.answer, {}, {}, {}});
  next->request.messages.push_back({"user", std::move(turn.user), {}, {}, {}});
  next->request.params.max_tokens = turn.output_wanted > 0
                                        ? std::optional<int64_t>(turn.output_wanted)
                                        : next->request.params.max_tokens;
  next->load = attempt.load;
  ++next->load.turn;
  next->load.input_wanted = turn.input_wanted;
  next->load.output_wanted = turn.output_wanted;
  next->later_turns = std::move(attempt.later_turns);
  attempt.later_turns.clear();
  next->stamps.scheduled = attempt.stamps.done + turn.think;
  next->wire = codec.encode(*next);
  next->held_bytes = next->wire.size();
  return next;
}

}  // namespace assay::run
