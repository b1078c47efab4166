#include "harness/load/prompts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/hash.h"
#include "harness/load/words.h"

namespace assay::load {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

LengthDistribution lengths_of(const std::string& text) {
  const auto lengths = parse_lengths(text, "test");
  EXPECT_TRUE(lengths.has_value());
  return *lengths;
}

PromptOptions options_of(const std::string& input) {
  PromptOptions options;
  options.input = lengths_of(input);
  options.output = lengths_of("128");
  options.seed = 7;
  return options;
}

size_t word_count(const std::string& text) {
  std::istringstream in(text);
  size_t count = 0;
  for (std::string word; in >> word;) ++count;
  return count;
}

std::string fingerprint(const Conversation& talk) {
  std::string out;
  for (const Message& message : talk.opening) out += message.role + "|" + message.text + "|";
  for (const Image& image : talk.images) out += image.sha256 + "|";
  for (const Turn& turn : talk.turns)
    out += turn.user + "|" + std::to_string(turn.input_tokens) + "|" +
           std::to_string(turn.output_tokens) + "|" + std::to_string(turn.think.count());
  return out;
}

TEST(Words, AreShortPlainAndDifferent) {
  std::set<std::string_view> seen;
  for (const std::string_view word : words()) {
    EXPECT_TRUE(seen.insert(word).second) << word << " stands there twice";
    EXPECT_TRUE(word.size() >= 2 && word.size() <= 10) << word;
    EXPECT_TRUE(std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
        << word;
  }
}

TEST(SyntheticText, HasTheWordsThatTheTokensAreWorth) {
  EXPECT_EQ(word_count(synthetic_text(512, 1, 7, 1)), 512U);
  EXPECT_EQ(word_count(synthetic_text(512, 1.28, 7, 1)), 400U);
  EXPECT_EQ(word_count(synthetic_text(1, 3, 7, 1)), 1U);
  EXPECT_EQ(synthetic_text(0, 1, 7, 1), "");
  EXPECT_EQ(synthetic_text(-5, 1, 7, 1), "");
  // A ratio that cannot be is 1.
  for (const double ratio : {0.0, -1.0, std::nan(""), 1e300, 1e-300})
    EXPECT_EQ(word_count(synthetic_text(20, ratio, 7, 1)), 20U) << ratio;
}

TEST(SyntheticText, DependsOnSeedAndStreamAlone) {
  const std::string text = synthetic_text(64, 1, 7, 1);
  EXPECT_EQ(text, synthetic_text(64, 1, 7, 1));
  EXPECT_NE(text, synthetic_text(64, 1, 8, 1));
  EXPECT_NE(text, synthetic_text(64, 1, 7, 2));
  EXPECT_THAT(synthetic_text(100, 1, 7, 1), StartsWith(text + " "));
}

TEST(SyntheticPrompts, ARequestDependsOnSeedAndNumberAlone) {
  PromptOptions options = options_of("lognormal:64,0.5");
  options.turns = lengths_of("uniform:1,4");
  options.think_mean_s = 2;
  const SyntheticPrompts one(options);
  const SyntheticPrompts two(options);
  std::set<std::string> seen;
  for (uint64_t n = 0; n < 50; ++n) seen.insert(fingerprint(one.conversation(n)));
  EXPECT_EQ(seen.size(), 50U);
  // Backwards, by another one.
  for (uint64_t n = 50; n-- > 0;) EXPECT_TRUE(seen.contains(fingerprint(two.conversation(n)))) << n;
  options.seed = 8;
  EXPECT_FALSE(seen.contains(fingerprint(SyntheticPrompts(options).conversation(0))));
}

TEST(SyntheticPrompts, ASingleRequest) {
  const Conversation talk = SyntheticPrompts(options_of("512")).conversation(3);
  EXPECT_TRUE(talk.opening.empty());
  EXPECT_TRUE(talk.images.empty());
  ASSERT_EQ(talk.turns.size(), 1U);
  EXPECT_EQ(word_count(talk.turns[0].user), 512U);
  EXPECT_EQ(talk.turns[0].input_tokens, 512);
  EXPECT_EQ(talk.turns[0].output_tokens, 128);
  EXPECT_EQ(talk.turns[0].think, Nanos(0));
}

TEST(SyntheticPrompts, WithoutAnOutputLengthTheModelDecides) {
  PromptOptions options = options_of("8");
  options.output = LengthDistribution();
  EXPECT_EQ(SyntheticPrompts(options).conversation(0).turns[0].output_tokens, -1);
}

TEST(SyntheticPrompts, LengthsFollowTheirDistribution) {
  const SyntheticPrompts prompts(options_of("uniform:100,300"));
  double sum = 0;
  for (uint64_t n = 0; n < 2000; ++n) {
    const Turn turn = prompts.conversation(n).turns[0];
    EXPECT_EQ(word_count(turn.user), static_cast<size_t>(turn.input_tokens));
    sum += static_cast<double>(turn.input_tokens);
  }
  EXPECT_NEAR(sum / 2000, 200, 6);  // standard error 1.3
}

TEST(SyntheticPrompts, ASharedPrefixByGroup) {
  PromptOptions options = options_of("32");
  options.prefix_tokens = 100;
  options.prefix_groups = 3;
  const SyntheticPrompts prompts(options);
  std::set<std::string> prefixes;
  for (uint64_t n = 0; n < 12; ++n) {
    const Conversation talk = prompts.conversation(n);
    ASSERT_EQ(talk.opening.size(), 1U);
    EXPECT_EQ(talk.opening[0].role, "system");
    EXPECT_EQ(word_count(talk.opening[0].text), 100U);
    EXPECT_EQ(talk.opening[0].text, prompts.conversation(n + 3).opening[0].text);
    EXPECT_EQ(talk.turns[0].input_tokens, 32);  // the prefix not counted
    prefixes.insert(talk.opening[0].text);
  }
  EXPECT_EQ(prefixes.size(), 3U);
  options.prefix_groups = 0;
  EXPECT_EQ(SyntheticPrompts(options).conversation(5).opening.size(), 1U);
}

TEST(SyntheticPrompts, ABustedPrefixBeginsWithTheRequestsNumber) {
  PromptOptions options = options_of("64");
  options.bust_prefix = true;
  const std::string plain = SyntheticPrompts(options).conversation(5).turns[0].user;
  EXPECT_THAT(plain, testing::MatchesRegex("[0-9]{6}-0000000005 [a-z ]+"));
  EXPECT_EQ(word_count(plain), 64U - 7 + 1);  // the number is worth 7
  std::set<std::string> begins;
  for (uint64_t n = 0; n < 1000; ++n)
    begins.insert(SyntheticPrompts(options).conversation(n).turns[0].user.substr(0, 17));
  EXPECT_EQ(begins.size(), 1000U);
  // Another run is not helped by this one's cache either.
  PromptOptions other = options;
  other.seed = 8;
  EXPECT_FALSE(
      begins.contains(SyntheticPrompts(other).conversation(5).turns[0].user.substr(0, 17)));
  // Before the shared prefix, where there is one; the turn is then as it is.
  options.prefix_tokens = 50;
  const Conversation talk = SyntheticPrompts(options).conversation(5);
  EXPECT_THAT(talk.opening[0].text, testing::MatchesRegex("[0-9]{6}-0000000005 [a-z ]+"));
  EXPECT_EQ(word_count(talk.opening[0].text), 50U - 7 + 1);
  EXPECT_EQ(word_count(talk.turns[0].user), 64U);
}

TEST(SyntheticPrompts, ConversationsHaveTurnsAndThinkTimes) {
  PromptOptions options = options_of("16");
  options.turns = lengths_of("uniform:2,5");
  options.think_mean_s = 2;
  const SyntheticPrompts prompts(options);
  std::set<size_t> counts;
  double think_s = 0;
  double pauses = 0;
  for (uint64_t n = 0; n < 1000; ++n) {
    const Conversation talk = prompts.conversation(n);
    counts.insert(talk.turns.size());
    EXPECT_EQ(talk.turns[0].think, Nanos(0));
    std::set<std::string> texts;
    for (size_t i = 0; i < talk.turns.size(); ++i) {
      texts.insert(talk.turns[i].user);
      if (i == 0) continue;
      EXPECT_GE(talk.turns[i].think, Nanos(0));
      think_s += std::chrono::duration<double>(talk.turns[i].think).count();
      pauses += 1;
    }
    EXPECT_EQ(texts.size(), talk.turns.size());
  }
  EXPECT_EQ(counts, (std::set<size_t>{2, 3, 4, 5}));
  EXPECT_NEAR(think_s / pauses, 2, 0.2);  // standard error 0.04
  options.think_mean_s = 0;
  EXPECT_EQ(SyntheticPrompts(options).conversation(1).turns[1].think, Nanos(0));
}

// Think time is another draw: with it or without, the same texts.
TEST(SyntheticPrompts, OneOptionDoesNotMoveAnothersDraws) {
  PromptOptions options = options_of("lognormal:32,0.5");
  options.turns = lengths_of("3");
  const Conversation without = SyntheticPrompts(options).conversation(4);
  options.think_mean_s = 1;
  options.images = 1;
  options.image_width = options.image_height = 8;
  const Conversation with = SyntheticPrompts(options).conversation(4);
  ASSERT_EQ(with.turns.size(), 3U);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(with.turns[i].user, without.turns[i].user);
}

TEST(SyntheticPrompts, AConversationIsBounded) {
  PromptOptions options = options_of("1");
  options.turns = lengths_of("10000000");
  EXPECT_EQ(SyntheticPrompts(options).conversation(0).turns.size(), 1000U);
  options = options_of("4000000");
  options.turns = lengths_of("1000");
  options.tokens_per_word = 100;
  EXPECT_EQ(SyntheticPrompts(options).conversation(0).turns.size(), 3U);
}

TEST(SyntheticPrompts, SayWhatTheyAre) {
  PromptOptions options = options_of("512");
  EXPECT_EQ(SyntheticPrompts(options).describe(), "synthetic, input 512, output 128");
  options.output = LengthDistribution();
  options.prefix_tokens = 1000;
  options.prefix_groups = 4;
  options.bust_prefix = true;
  options.turns = lengths_of("uniform:2,5");
  options.think_mean_s = 0.5;
  options.images = 2;
  EXPECT_EQ(SyntheticPrompts(options).describe(),
            "synthetic, input 512, output free, shared prefix 1000 x 4, prefix busted, turns "
            "uniform:2,5, think 0.5 s, images 2 of 512x512");
}

// --- From a trace --------------------------------------------------------------------------------

TraceEntry entry_of(int64_t input, std::vector<uint64_t> blocks) {
  TraceEntry entry;
  entry.input_tokens = input;
  entry.output_tokens = 9;
  entry.blocks = std::move(blocks);
  return entry;
}

TEST(TracedPrompts, EqualBlocksAreEqualText) {
  const SyntheticPrompts prompts(options_of("1"));
  const auto text = [&](uint64_t number, const TraceEntry& entry) {
    const Conversation talk = prompts.conversation(number, entry, 16);
    EXPECT_EQ(talk.turns.size(), 1U);
    EXPECT_EQ(talk.turns[0].input_tokens, entry.input_tokens);
    EXPECT_EQ(talk.turns[0].output_tokens, 9);
    EXPECT_EQ(word_count(talk.turns[0].user), static_cast<size_t>(entry.input_tokens));
    return talk.turns[0].user;
  };
  const auto words_of = [](const std::string& all, size_t from, size_t count) {
    std::istringstream in(all);
    std::string out;
    std::string word;
    for (size_t i = 0; in >> word; ++i)
      if (i >= from && i < from + count) out += word + " ";
    return out;
  };
  const std::string a = text(1, entry_of(40, {5, 6}));
  const std::string b = text(2, entry_of(48, {5, 6, 7}));
  const std::string c = text(3, entry_of(48, {6, 5, 7}));
  EXPECT_EQ(words_of(a, 0, 32), words_of(b, 0, 32));
  EXPECT_NE(words_of(a, 32, 8), words_of(b, 32, 8));  // beyond the blocks: a's own
  EXPECT_EQ(words_of(b, 0, 16), words_of(c, 16, 16));
  EXPECT_EQ(words_of(b, 32, 16), words_of(c, 32, 16));
  // The last block may be cut; the id still decides its text.
  EXPECT_EQ(text(4, entry_of(36, {5, 6, 7})), text(5, entry_of(36, {5, 6, 7})));
  EXPECT_EQ(words_of(text(4, entry_of(36, {5, 6, 7})), 0, 36), words_of(b, 0, 36));
  // Without blocks it is all its own; too many ids do not lengthen it.
  EXPECT_NE(text(6, entry_of(40, {})), text(7, entry_of(40, {})));
  text(8, entry_of(20, {1, 2, 3, 4, 5, 6, 7, 8}));
  // Another seed, other words.
  PromptOptions other = options_of("1");
  other.seed = 8;
  EXPECT_NE(SyntheticPrompts(other).conversation(1, entry_of(32, {5, 6}), 16).turns[0].user,
            text(1, entry_of(32, {5, 6})));
}

TEST(TracedPrompts, APromptIsUsedAsItIs) {
  TraceEntry entry = entry_of(-1, {1, 2});
  entry.prompt = "What is\nthis?";
  PromptOptions options = options_of("1");
  EXPECT_EQ(SyntheticPrompts(options).conversation(3, entry, 512).turns[0].user, entry.prompt);
  EXPECT_EQ(SyntheticPrompts(options).conversation(3, entry, 512).turns[0].input_tokens, -1);
  options.bust_prefix = true;
  EXPECT_THAT(SyntheticPrompts(options).conversation(3, entry, 512).turns[0].user,
              testing::EndsWith("-0000000003 What is\nthis?"));
}

TEST(TracedPrompts, LengthsOfNothingBecomeOne) {
  TraceEntry entry;
  const Conversation talk = SyntheticPrompts(options_of("1")).conversation(0, entry, 0);
  EXPECT_EQ(word_count(talk.turns[0].user), 1U);
  EXPECT_EQ(talk.turns[0].output_tokens, 1);
}

TEST(TracedPrompts, PrefixAndImagesAreThereToo) {
  PromptOptions options = options_of("1");
  options.prefix_tokens = 10;
  options.images = 2;
  options.image_width = options.image_height = 4;
  const Conversation talk = SyntheticPrompts(options).conversation(0, entry_of(5, {}), 512);
  EXPECT_EQ(talk.opening.size(), 1U);
  ASSERT_EQ(talk.images.size(), 2U);
  EXPECT_NE(talk.images[0].sha256, talk.images[1].sha256);
}

// --- Pictures ------------------------------------------------------------------------------------

uint32_t u32_at(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes.at(at + i));
  return value;
}

// The rows of a PNG of ours; checks signature, order, lengths and check sums of the chunks.
std::string rows_of(const std::string& png, uint32_t width, uint32_t height) {
  EXPECT_EQ(png.substr(0, 8), std::string("\x89PNG\r\n\x1A\n", 8));
  std::string data;
  std::vector<std::string> order;
  size_t at = 8;
  while (at < png.size()) {
    const uint32_t length = u32_at(png, at);
    const std::string body = png.substr(at + 4, 4 + length);
    EXPECT_EQ(u32_at(png, at + 8 + length),
              crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size()));
    order.push_back(body.substr(0, 4));
    if (order.back() == "IHDR") {
      EXPECT_EQ(u32_at(body, 4), width);
      EXPECT_EQ(u32_at(body, 8), height);
      EXPECT_EQ(body.substr(12), std::string("\x08\x02\x00\x00\x00", 5));
    }
    if (order.back() == "IDAT") data += body.substr(4);
    at += 12 + length;
  }
  EXPECT_EQ(at, png.size());
  EXPECT_THAT(order, testing::ElementsAre("IHDR", "IDAT", "IEND"));
  std::string rows(size_t{height} * (1 + size_t{3} * width), '\0');
  uLongf size = rows.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size,
                       reinterpret_cast<const Bytef*>(data.data()), data.size()),
            Z_OK);
  EXPECT_EQ(size, rows.size());
  return rows;
}

TEST(SyntheticImage, IsAPngOfThisSize) {
  struct Case {
    uint32_t width, height;
  };
  for (const Case& c : {Case{1, 1}, Case{1, 300}, Case{300, 1}, Case{64, 48}, Case{512, 512}}) {
    const Image image = synthetic_image(c.width, c.height, 7, 1);
    ASSERT_NE(image.content, nullptr);
    EXPECT_EQ(image.width, c.width);
    EXPECT_EQ(image.height, c.height);
    EXPECT_EQ(image.media_type, "image/png");
    EXPECT_EQ(image.sha256, sha256(*image.content).hex());
    const std::string rows = rows_of(*image.content, c.width, c.height);
    for (uint32_t y = 0; y < c.height; ++y)
      EXPECT_EQ(rows[size_t{y} * (1 + size_t{3} * c.width)], '\0');  // no filter
  }
}

TEST(SyntheticImage, HoldsNoiseAndShapes) {
  const std::string rows = rows_of(*synthetic_image(64, 64, 7, 1).content, 64, 64);
  std::set<char> all(rows.begin(), rows.end());
  std::set<int> levels;  // without the three bits of noise
  for (const char c : rows) levels.insert(static_cast<uint8_t>(c) / 8);
  EXPECT_GT(all.size(), 40U);
  EXPECT_GT(levels.size(), 6U);
}

TEST(SyntheticImage, DependsOnSeedAndStreamAlone) {
  const Image image = synthetic_image(16, 16, 7, 1);
  EXPECT_EQ(image.sha256, synthetic_image(16, 16, 7, 1).sha256);
  EXPECT_NE(image.sha256, synthetic_image(16, 16, 7, 2).sha256);
  EXPECT_NE(image.sha256, synthetic_image(16, 16, 8, 1).sha256);
}

TEST(SyntheticImage, SidesAreBounded) {
  EXPECT_EQ(synthetic_image(0, 3, 1, 1).width, 1U);
  EXPECT_EQ(synthetic_image(4'000'000'000U, 1, 1, 1).width, kImageSideMax);
  PromptOptions options = options_of("1");
  options.images = 1'000'000;
  options.image_width = options.image_height = 1;
  EXPECT_EQ(SyntheticPrompts(options).conversation(0).images.size(), kImagesMax);
}

}  // namespace
}  // namespace assay::load
