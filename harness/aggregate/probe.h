// Contamination probe: can a model go on with a question it was shown half of? What it gives back
// is compared with the true second half and, for what any text of this kind would share, with the
// second half of another question.
//
// Where it stands: harness/aggregate; suites/probe_suite.h asks, app/ runs it, this counts. Pure.
//
//   const ProbeResult r = aggregate::probe_result(answers, 0.95);
//   r.returned.value      // share of questions of which at least half came back
//   r.excess.value        // mean overlap with its own second half minus with another's
//
// Overlap: share of the second half's character n-grams (base/shingles.h) that are in the reply,
// which is cut at twice the second half's length. "Came back": an overlap of kReturnedFrom or more;
// Wilson interval. Excess: paired t over questions; the other question is half the list away.
// Source: after Golchin and Surdeanu, "Time Travel in LLMs" (ICLR 2024), guided completion.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/types/estimate.h"

namespace assay::aggregate {

inline constexpr double kReturnedFrom = 0.5;

struct ProbeAnswer {
  std::string id;
  std::string expected;  // the second half
  std::string reply;
};

struct ProbeResult {
  std::string model;
  uint64_t asked = 0;                       // questions
  uint64_t failed = 0;                      // without a reply: not counted
  Estimate returned;                        // share that came back
  Estimate baseline;                        // the same against another question's second half
  Estimate overlap;                         // mean
  Estimate excess;                          // mean overlap with its own minus with another's
  std::vector<std::string> returned_items;  // the first 20
};

ProbeResult probe_result(std::span<const ProbeAnswer> answers, double confidence);

}  // namespace assay::aggregate
