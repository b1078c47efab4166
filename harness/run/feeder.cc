#include "harness/run/feeder.h"

#include <fmt/format.h>

#include <utility>

namespace assay::run {

Feeder::Feeder(RunPlan& plan, std::vector<size_t> lanes, std::vector<const Codec*> codecs,
               LoadImage load_image, Credits& credits, Inbox& inbox, BoundedQueue<Fact>& facts)
    : plan_(plan),
      lanes_(std::move(lanes)),
      codecs_(std::move(codecs)),
      load_image_(load_image),
      credits_(credits),
      inbox_(inbox),
      facts_(facts),
      wants_(lanes_.size(), true) {
  for (const size_t lane : lanes_) cursors_.emplace_back(plan_.lanes[lane], plan_);
}

Result<void> Feeder::run() {
  Result<void> result;
  std::vector<Feedback> made;
  while (result) {
    const std::optional<LaneCredit> turn = credits_.take(wants_, Credits::kTurn);
    if (!turn) break;
    bool exhausted = false;
    result = feed(turn->lane, turn->credits, made, exhausted);
    if (!made.empty()) inbox_.put_all(made);
    if (!progress_.empty()) progress_[turn->lane]->unneeded += cursors_[turn->lane].take_skipped();
    if (exhausted) end_lane(turn->lane);
  }
  for (uint32_t lane = 0; lane < lanes_.size(); ++lane) {
    if (wants_[lane]) end_lane(lane);
  }
  return result;
}

void Feeder::end_lane(uint32_t lane) {
  wants_[lane] = false;
  inbox_.put_end_of_lane(lane);
}

void Feeder::stop_by(const Stopping& stopping, std::vector<LaneProgress*> progress) {
  progress_ = std::move(progress);
  for (size_t lane = 0; lane < lanes_.size(); ++lane) {
    cursors_[lane].skip_when(
        [&stopping, model = lanes_[lane]](uint32_t suite) { return stopping.over(model, suite); });
  }
}

Result<void> Feeder::feed(uint32_t lane, uint32_t credits, std::vector<Feedback>& made,
                          bool& exhausted) {
  for (uint32_t used = 0; used < credits; ++used) {
    // Large requests: the rest of the turn waits for the byte budget like everybody.
    const std::optional<PlanItem> item =
        credits_.bytes_exhausted() && used > 0 ? std::nullopt : cursors_[lane].next();
    if (!item) {
      exhausted = !credits_.bytes_exhausted() || used == 0;
      credits_.give_back(lane, credits - used, 0);
      return {};
    }
    Result<AttemptPtr> attempt = take_item(lane, *item);
    if (!attempt) {
      credits_.give_back(lane, credits - used, 0);
      return std::move(attempt).error();
    }
    credits_.add_bytes((*attempt)->held_bytes);
    made.push_back({std::move(attempt).value(), lane});
  }
  return {};
}

Result<AttemptPtr> Feeder::take_item(uint32_t lane, const PlanItem& item) {
  ASSAY_TRY(MadeAttempt made, make_attempt(plan_, lanes_[lane], item, codecs_[lane], load_image_));
  if (made.sample) facts_.push(std::move(*made.sample));
  made.attempt->lane = lane;
  return std::move(made.attempt);
}

Result<MadeAttempt> make_attempt(RunPlan& plan, size_t lane, const PlanItem& item,
                                 const Codec* codec, LoadImage load_image) {
  SuitePlan& suite = plan.suites[item.suite];
  MadeAttempt made{std::make_unique<Attempt>(), std::nullopt};
  Attempt& attempt = *made.attempt;
  attempt.suite = item.suite;
  attempt.key = {plan.lanes[lane].model.id, suite.row(item.index), item.repeat, item.attempts};
  ASSAY_TRY(attempt.sample, suite.suite->sample(item.index));
  ASSAY_TRY(attempt.request, suite.suite->request(attempt.sample, item.repeat));
  if (!suite.stored[item.index]) {
    made.sample = sample_fact(attempt.sample, attempt.request);
    made.sample->sample = attempt.key.sample;
    made.sample->suite = suite.info.id;
    suite.stored[item.index] = true;
  }
  if (codec == nullptr) return made;
  for (Message& message : attempt.request.messages) {
    for (Image& image : message.images) {
      ASSAY_TRY_VOID(load_image(image));
      attempt.held_bytes += image.content->size();
    }
  }
  attempt.wire = codec->encode(attempt);
  attempt.held_bytes += attempt.wire.size() + attempt.sample.doc.size();
  return made;
}

}  // namespace assay::run
