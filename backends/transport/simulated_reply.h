// What the simulated model says to one attempt, and when: a pure function of options, question and
// key. No state, no order of calls.
//
// Where it stands: below backends/transport/simulated, which only keeps the time.
//
// The model. Every sample has a difficulty z, standard normal, drawn from (seed, suite, sample id)
// and so shared by all labels with the same seed: two simulated models disagree the way real ones
// do, more on hard samples. The answer to repeat r is right with probability
//
//   P = logistic(logit(accuracy) - spread * z)
//
// (accuracy 0 and 1 are exact). A right answer is the sample's first target; a wrong one is another
// choice, or the target with one character changed (of a long one the last). Answers depend on
// (seed, label, suite, sample id, repeat), never on the attempt; faults and delays depend on the
// attempt too.
//
// Log-likelihoods: about -1 nat a word of each continuation; where the sample's right choices are
// known, one of them (or, when the answer is wrong, another) is put 1 nat above all others, so that
// `acc` is as for answers. A continuation alone is greedy with probability P.
//
//   SimulatedReply reply = simulate_reply(options, attempt, /*sent=*/clock.now());
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/types/attempt.h"

namespace assay::backends {

struct SimulatedOptions {
  std::string label;
  uint64_t seed = 0;
  double accuracy = 0.8;  // at difficulty 0
  double spread = 1;      // in logits per standard deviation of difficulty
  // Time, as medians of log-normals with the same sigma. Either `delay`, the whole reply at once;
  // or streaming: the first token at `ttft`, each later one `per_token` after the one before.
  Nanos delay{0};
  bool streaming = false;
  Nanos ttft{0};
  Nanos per_token{0};
  int64_t tokens = 16;  // of the answer, when streaming
  double sigma = 0.3;
  int64_t reply_bytes = 0;      // the answer is followed by filler up to this length
  int64_t reasoning_bytes = 0;  // length of a trace before the answer
  // Probabilities of a fault, per attempt; their sum is at most 1.
  double rate_limited = 0;
  double server_error = 0;
  double truncated = 0;
  double malformed = 0;
  double stall = 0;
  double crash = 0;
  Nanos retry_after{0};  // said when rate limited
  Nanos timeout{0};      // end of a stalled, or slower, reply
};

struct SimulatedReply {
  std::string bytes;  // lines of the codec
  std::vector<ChunkStamp> stamps;
  TimePoint done{};
  Outcome outcome = Outcome::kOk;  // kOk: the decoder decides
  std::string error;
};

SimulatedReply simulate_reply(const SimulatedOptions& options, const Attempt& attempt,
                              TimePoint sent);

// The wrong answer to a sample, chosen by `draw`; differs from every target.
std::string wrong_answer(const Sample& sample, uint64_t draw);

}  // namespace assay::backends
