#include "harness/load/prompts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/load/words.h"

namespace assay::load {
namespace {

// Streams of the seed, one for each use: a change of one kind of draw moves no other.
enum class Use : uint64_t { kLengths = 0x51, kText, kPrefix, kBlock, kImage, kRun };

uint64_t stream_of(Use use, uint64_t a, uint64_t b = 0) {
  return Rng(static_cast<uint64_t>(use), a, b).next();
}

Nanos think_time(double mean_s, Rng& rng) {
  const double u = rng.uniform();  // always drawn: the draws after it stay where they are
  if (!(mean_s > 0)) return Nanos(0);
  constexpr double kDay = 86'400;  // the tail of a pause ends there
  return Nanos(std::llround(std::min(-mean_s * std::log(1.0 - u), kDay) * 1e9));
}

}  // namespace

SyntheticPrompts::SyntheticPrompts(PromptOptions options) : options_(std::move(options)) {
  options_.prefix_groups = std::max(options_.prefix_groups, 1U);
  options_.images = std::min(options_.images, kImagesMax);
}

Conversation SyntheticPrompts::conversation(uint64_t number) const {
  Conversation out;
  open(number, out);
  Rng rng(options_.seed, static_cast<uint64_t>(Use::kLengths), number);
  const int64_t turns = std::min(options_.turns.draw(rng), kTurnsMax);
  int64_t total = 0;
  for (int64_t i = 0; i < turns && total < kLengthMax; ++i) {
    Turn turn;
    turn.input_tokens = options_.input.draw(rng);
    turn.output_tokens = options_.output.text.empty() ? -1 : options_.output.draw(rng);
    const Nanos think = think_time(options_.think_mean_s, rng);
    if (i > 0) turn.think = think;
    total += turn.input_tokens;
    const std::string number_text = i == 0 && out.opening.empty() ? bust(number) : "";
    const int64_t spent = number_text.empty() ? 0 : kBustTokens;
    turn.user = number_text + own_text(number, static_cast<uint64_t>(i),
                                       std::max<int64_t>(turn.input_tokens - spent, 1));
    out.turns.push_back(std::move(turn));
  }
  return out;
}

Conversation SyntheticPrompts::conversation(uint64_t number, const TraceEntry& entry,
                                            int64_t block_tokens) const {
  Conversation out;
  open(number, out);
  Turn turn;
  turn.input_tokens = entry.input_tokens;
  turn.output_tokens = std::max<int64_t>(entry.output_tokens, 1);
  turn.user = out.opening.empty() ? bust(number) : "";
  const int64_t spent = turn.user.empty() ? 0 : kBustTokens;
  turn.user +=
      entry.prompt.empty() ? traced_text(number, entry, block_tokens, spent) : entry.prompt;
  out.turns.push_back(std::move(turn));
  return out;
}

std::string SyntheticPrompts::describe() const {
  const auto said = [](const LengthDistribution& d, const char* none) {
    return d.text.empty() ? std::string(none) : d.text;
  };
  std::string out = fmt::format("synthetic, input {}, output {}", said(options_.input, "1"),
                                said(options_.output, "free"));
  if (options_.prefix_tokens > 0)
    out += fmt::format(", shared prefix {} x {}", options_.prefix_tokens, options_.prefix_groups);
  if (options_.bust_prefix) out += ", prefix busted";
  if (!options_.turns.text.empty() && options_.turns.text != "1")
    out += fmt::format(", turns {}", options_.turns.text);
  if (options_.think_mean_s > 0) out += fmt::format(", think {:.6g} s", options_.think_mean_s);
  if (options_.images > 0)
    out += fmt::format(", images {} of {}x{}", options_.images, options_.image_width,
                       options_.image_height);
  return out;
}

std::string SyntheticPrompts::bust(uint64_t number) const {
  if (!options_.bust_prefix) return "";
  return fmt::format("{:06}-{:010} ", stream_of(Use::kRun, options_.seed) % 1'000'000, number);
}

void SyntheticPrompts::open(uint64_t number, Conversation& out) const {
  if (options_.prefix_tokens > 0) {
    Message message;
    message.role = "system";
    message.text = bust(number);
    const int64_t spent = message.text.empty() ? 0 : kBustTokens;
    message.text += synthetic_text(std::max<int64_t>(options_.prefix_tokens - spent, 1),
                                   options_.tokens_per_word, options_.seed,
                                   stream_of(Use::kPrefix, number % options_.prefix_groups));
    out.opening.push_back(std::move(message));
  }
  for (uint64_t i = 0; i < options_.images; ++i)
    out.images.push_back(synthetic_image(options_.image_width, options_.image_height, options_.seed,
                                         stream_of(Use::kImage, number, i)));
}

std::string SyntheticPrompts::own_text(uint64_t number, uint64_t turn, int64_t tokens) const {
  return synthetic_text(tokens, options_.tokens_per_word, options_.seed,
                        stream_of(Use::kText, number, turn));
}

std::string SyntheticPrompts::traced_text(uint64_t number, const TraceEntry& entry,
                                          int64_t block_tokens, int64_t skipped) const {
  const int64_t tokens = std::clamp<int64_t>(entry.input_tokens - skipped, 1, kLengthMax);
  const int64_t block = std::max<int64_t>(block_tokens, 1);
  std::string text;
  int64_t done = 0;
  for (const uint64_t id : entry.blocks) {
    if (done >= tokens) break;
    const int64_t length = std::min(block, tokens - done);
    if (done > 0) text += ' ';
    text +=
        synthetic_text(length, options_.tokens_per_word, options_.seed, stream_of(Use::kBlock, id));
    done += length;
  }
  if (done >= tokens) return text;
  if (done > 0) text += ' ';
  return text + own_text(number, 0, tokens - done);
}

std::string synthetic_text(int64_t tokens, double tokens_per_word, uint64_t seed, uint64_t stream) {
  if (tokens <= 0) return "";
  const double ratio = tokens_per_word >= 0.1 && tokens_per_word <= 100 ? tokens_per_word : 1;
  const int64_t count =
      std::max<int64_t>(1, std::llround(static_cast<double>(std::min(tokens, kLengthMax)) / ratio));
  std::string text;
  text.reserve(static_cast<size_t>(count) * 6);
  Rng rng(seed, stream);
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += words()[static_cast<size_t>(rng.below(kWordCount))];
  }
  return text;
}

}  // namespace assay::load
