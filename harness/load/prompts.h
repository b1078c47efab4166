// Prompts of a load: what each request asks. Synthetic ones are made of words, so that their length
// in tokens is known roughly before and exactly (by usage) after.
//
// Where it stands: harness/load; pure and const: request n is the same whoever makes it, whenever,
// so nothing is kept. Called before the clock and by the feeder during it.
//
//   load::SyntheticPrompts prompts(options);
//   const load::Conversation talk = prompts.conversation(17);
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/load/lengths.h"
#include "harness/load/trace.h"
#include "harness/types/request.h"

namespace assay::load {

// One exchange: what the user says, how long the reply may be, how long the user thinks before it.
struct Turn {
  std::string user;
  int64_t input_tokens = -1;   // of this turn alone; -1: not known
  int64_t output_tokens = -1;  // asked for; -1: the model's own limit
  Nanos think{0};              // after the reply before; of the first turn 0
};

struct Conversation {
  std::vector<Message> opening;  // before the first turn: system message, shared prefix
  std::vector<Image> images;     // of the first turn's message, with content
  std::vector<Turn> turns;       // at least one
};

struct PromptOptions {
  LengthDistribution input;   // of each turn, the shared prefix not counted
  LengthDistribution output;
  int64_t prefix_tokens = 0;   // of a system message that requests share
  uint32_t prefix_groups = 1;  // so many different ones
  bool bust_prefix = false;    // each prompt begins with its own number: no cache can help
  LengthDistribution turns;    // fixed 1: single requests
  double think_mean_s = 0;     // exponential
  uint32_t images = 0;         // per request
  uint32_t image_width = 512;
  uint32_t image_height = 512;
  double tokens_per_word = 1;  // of the model's tokenizer, as measured
  uint64_t seed = 0;
};

class SyntheticPrompts {
 public:
  explicit SyntheticPrompts(PromptOptions options);
  // The conversation of this number; the same one every time.
  [[nodiscard]] Conversation conversation(uint64_t number) const;
  // With a trace entry's lengths and prefix blocks instead of the distributions'.
  [[nodiscard]] Conversation conversation(uint64_t number, const TraceEntry& entry,
                                          int64_t block_tokens) const;
  // "synthetic, input 512, output 128, shared prefix 1000 x 4"
  [[nodiscard]] std::string describe() const;

 private:
  PromptOptions options_;
};

// `tokens` words of about one token each, drawn by (seed, stream): the same arguments, the same text.
std::string synthetic_text(int64_t tokens, double tokens_per_word, uint64_t seed, uint64_t stream);

// A picture of seeded noise and shapes as a valid PNG of exactly this size.
Image synthetic_image(uint32_t width, uint32_t height, uint64_t seed, uint64_t stream);

}  // namespace assay::load
