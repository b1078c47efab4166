// Feeder: makes attempts a bounded window ahead of the loop: reads the sample, renders the
// question, loads the pictures, encodes the request. Runs on the main thread during a phase.
//
//   Feeder feeder(plan, lanes, credits, inbox, facts, codecs);
//   ASSAY_TRY_VOID(feeder.run());     // until every lane is fed or closed
#pragma once

#include <optional>
#include <vector>

#include "harness/api/codec.h"
#include "harness/base/bounded_queue.h"
#include "harness/run/credits.h"
#include "harness/run/inbox.h"
#include "harness/run/plan.h"
#include "harness/run/progress.h"
#include "harness/run/stopping.h"
#include "harness/types/fact.h"

namespace assay::run {

// Loads a picture's bytes and checks them; supplied by app, since files' formats are the suites'
// business.
using LoadImage = Result<void> (*)(Image& image);

// One item made ready to be asked.
struct MadeAttempt {
  AttemptPtr attempt;
  std::optional<SampleFact> sample;  // where the file does not have it yet
};
// The attempt of `plan.lanes[lane]` at `item`, encoded by `codec` with its pictures loaded; without
// a codec neither happens. The plan takes the sample for stored.
Result<MadeAttempt> make_attempt(RunPlan& plan, size_t lane, const PlanItem& item,
                                 const Codec* codec, LoadImage load_image);

class Feeder {
 public:
  // `lanes[i]` is the plan's lane that lane i of the phase asks; `codecs[i]` encodes for it.
  Feeder(RunPlan& plan, std::vector<size_t> lanes, std::vector<const Codec*> codecs,
         LoadImage load_image, Credits& credits, Inbox& inbox, BoundedQueue<Fact>& facts);
  // An error (a row that cannot be read, a template that fails) ends the feeding of all lanes; what
  // was fed goes on.
  Result<void> run();
  // Before run(): what is over is not fed; `progress[i]` counts it. Both outlive the feeder.
  void stop_by(const Stopping& stopping, std::vector<LaneProgress*> progress);

 private:
  Result<void> feed(uint32_t lane, uint32_t credits, std::vector<Feedback>& made, bool& exhausted);
  Result<AttemptPtr> take_item(uint32_t lane, const PlanItem& item);
  void end_lane(uint32_t lane);

  RunPlan& plan_;
  std::vector<size_t> lanes_;
  std::vector<const Codec*> codecs_;
  LoadImage load_image_;
  Credits& credits_;
  Inbox& inbox_;
  BoundedQueue<Fact>& facts_;
  std::vector<LaneCursor> cursors_;
  std::vector<bool> wants_;
  std::vector<LaneProgress*> progress_;  // empty: nothing stops it
};

}  // namespace assay::run
