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

inline constexpr int64_t kTurnsMax = 1000;       // of a conversation; what is drawn above it is it
inline constexpr uint32_t kImageSideMax = 8192;  // pixels
inline constexpr uint32_t kImagesMax = 100;      // per request
inline constexpr int64_t kBustTokens = 7;        // what the number of a busted prefix takes

struct PromptOptions {
  LengthDistribution input;    // of each turn, the shared prefix not counted
  LengthDistribution output;   // of each turn; where nobody gave one (its text is empty) -1
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

// How a request comes from (seed, number) alone:
// - lengths: one stream of draws; first the number of turns, then input, output and think time of
//   each
// - words: a stream for each turn
// - prefix: group = number mod prefix_groups, so that each group is asked equally often in any run
// - bust: "SSSSSS-NNNNNNNNNN " (from the seed; the number) before everything else, be it the shared
//   prefix or the first turn; its kBustTokens count as input. The same seed and number give the
//   same text: a server that was asked before needs another seed
// - images differ from request to request
// A conversation takes no further turn once its turns have kLengthMax input tokens together.
class SyntheticPrompts {
 public:
  explicit SyntheticPrompts(PromptOptions options);
  // The conversation of this number; the same one every time.
  [[nodiscard]] Conversation conversation(uint64_t number) const;
  // With a trace entry's lengths and prefix blocks instead of the distributions': one turn. A
  // prompt that the trace holds is used as it is (after the number, where the prefix is busted).
  // Otherwise block i is the text of its id, tokens i * block_tokens .. (i + 1) * block_tokens cut
  // at the entry's length, and what the ids do not cover is this request's own. The text of an id
  // depends on the id and the seed alone.
  [[nodiscard]] Conversation conversation(uint64_t number, const TraceEntry& entry,
                                          int64_t block_tokens) const;
  // "synthetic, input 512, output 128, shared prefix 1000 x 4"
  [[nodiscard]] std::string describe() const;

 private:
  [[nodiscard]] std::string bust(uint64_t number) const;
  void open(uint64_t number, Conversation& out) const;  // shared prefix and images
  [[nodiscard]] std::string own_text(uint64_t number, uint64_t turn, int64_t tokens) const;
  [[nodiscard]] std::string traced_text(uint64_t number, const TraceEntry& entry,
                                        int64_t block_tokens, int64_t skipped) const;

  PromptOptions options_;
};

// `tokens` tokens' worth of words, drawn by (seed, stream): round(tokens / tokens_per_word) of
// them, at least one, nothing for tokens <= 0. The same arguments, the same text; fewer tokens of
// the same stream are a beginning of it. `tokens` counts as at most kLengthMax, a tokens_per_word
// outside 0.1..100 as 1.
std::string synthetic_text(int64_t tokens, double tokens_per_word, uint64_t seed, uint64_t stream);

// A picture of seeded noise and shapes as a valid PNG of exactly this size: 8 bits a channel, no
// alpha, `content` and `sha256` set. Sides count as 1..kImageSideMax. The pixels are the same
// everywhere, the bytes of the file for the same zlib. About 1.4 bytes a pixel.
Image synthetic_image(uint32_t width, uint32_t height, uint64_t seed, uint64_t stream);

}  // namespace assay::load
