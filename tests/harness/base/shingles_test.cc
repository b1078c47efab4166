// Shingles: normalisation, Jaccard against sets counted by hand, groups of copies among many.
#include "harness/base/shingles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "harness/base/rng.h"

namespace assay {
namespace {

TEST(Shingles, PlainTextKeepsWordsAlone) {
  EXPECT_EQ(plain_text("  What's the  CAPITAL of\tFrance?!"), "what s the capital of france");
  EXPECT_EQ(plain_text("한국의 수도는 어디입니까?"), "한국의 수도는 어디입니까");
  EXPECT_EQ(plain_text("ﬁne Ⅷ ½"), "fine viii 1 2");  // NFKC
  EXPECT_EQ(plain_text("!?…"), "");
  EXPECT_EQ(plain_text("\xff\xfe"
                       "a\x80"
                       "b"),
            "a b");
  EXPECT_EQ(plain_text(""), "");
}

TEST(Shingles, JaccardIsThatOfTheSets) {
  // abcdef: abcde bcdef; abcdeg: abcde bcdeg → 1 of 3.
  EXPECT_DOUBLE_EQ(jaccard(sketch_text("abcdef"), sketch_text("abcdeg")), 1.0 / 3);
  EXPECT_DOUBLE_EQ(jaccard(sketch_text("abcdef"), sketch_text("ABCDEF.")), 1);
  EXPECT_DOUBLE_EQ(jaccard(sketch_text(""), sketch_text("")), 0);
  EXPECT_DOUBLE_EQ(jaccard(sketch_text("ab"), sketch_text("ab")), 1);  // shorter than n
  // Korean by three characters: 가나다 나다라 against 가나다 나다마.
  EXPECT_DOUBLE_EQ(jaccard(sketch_text("가나다라"), sketch_text("가나다마")), 1.0 / 3);
  EXPECT_DOUBLE_EQ(containment(sketch_text("abcdef"), sketch_text("xabcdefx")), 1);
}

std::string words(Rng& rng, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) {
    out += i == 0 ? "" : " ";
    for (int c = 0; c < 6; ++c) out += static_cast<char>('a' + rng.below(26));
  }
  return out;
}

TEST(Shingles, CutSketchesEstimateTheIndex) {
  Rng rng(3);
  const std::string shared = words(rng, 800);
  const TextSketch a = sketch_text(shared + " " + words(rng, 400));
  const TextSketch b = sketch_text(shared + " " + words(rng, 400));
  EXPECT_FALSE(a.whole);
  EXPECT_EQ(a.shingles.size(), kShinglesMax);
  // About 5600 of 11200: 1/2; four standard deviations of 1024 draws.
  EXPECT_NEAR(jaccard(a, b), 0.5, 0.063);
  EXPECT_NEAR(containment(a, b), 2.0 / 3, 0.09);
}

TEST(Shingles, ReturnedShare) {
  const std::string hidden = "and then the grey fox jumped over the sleeping dog";
  EXPECT_DOUBLE_EQ(returned_share(hidden, "And then the grey fox jumped over the sleeping dog."),
                   1);
  EXPECT_LT(returned_share(hidden, "I do not know this text, sorry about that"), 0.1);
  EXPECT_DOUBLE_EQ(returned_share("", "x"), 0);
  EXPECT_DOUBLE_EQ(returned_share(hidden, ""), 0);
  // What comes after twice the length does not count.
  EXPECT_LT(returned_share(hidden, std::string(2 * hidden.size(), 'x') + hidden), 0.1);
}

std::vector<TextSketch> sketches(const std::vector<std::string>& texts) {
  std::vector<TextSketch> out;
  for (const std::string& text : texts) out.push_back(sketch_text(text));
  return out;
}

TEST(NearGroups, JoinsCopiesAndNearCopies) {
  const std::string long_text =
      "A train leaves the station at noon and travels north for several hours before it stops";
  const auto texts = sketches({long_text, "Something else entirely, about cooking rice and beans",
                               long_text + ".", long_text + " again", "!!!", "???",
                               "A train leaves the station at noon with 12 cars and goes on",
                               "A train leaves the station at noon with 13 cars and goes on"});
  EXPECT_EQ(near_groups(texts, {}), (std::vector<uint32_t>{0, 1, 0, 0, 4, 5, 6, 7}));
  EXPECT_TRUE(near_groups({}, {}).empty());
}

TEST(NearGroups, FindsPlantedCopiesAndNothingElseAmongManyTexts) {
  Rng rng(11);
  std::vector<std::string> texts;
  constexpr size_t kTexts = 3000;
  constexpr size_t kPlanted = 100;
  for (size_t i = 0; i < kTexts; ++i) texts.push_back(words(rng, 25));
  for (size_t i = 0; i < kPlanted; ++i) {
    std::string copy = texts[i * 7];
    copy.replace(copy.size() / 2, 3, "qqq");  // some seven of 170 n-grams
    texts.push_back(std::move(copy));
  }
  const std::vector<uint32_t> groups = near_groups(sketches(texts), {});
  size_t found = 0;
  for (size_t i = 0; i < kPlanted; ++i) found += groups[kTexts + i] == i * 7 ? 1 : 0;
  EXPECT_EQ(found, kPlanted);
  EXPECT_EQ(std::set<uint32_t>(groups.begin(), groups.end()).size(), kTexts);
}

TEST(NearGroups, ABandFullOfLookAlikesStaysBounded) {
  // Every text shares most of its words with every other, none is a copy: the worst case.
  Rng rng(5);
  const std::string shared = words(rng, 30);
  std::vector<std::string> texts;
  for (size_t i = 0; i < 4000; ++i) texts.push_back(shared + " " + words(rng, 12));
  const std::vector<uint32_t> groups = near_groups(sketches(texts), {});
  EXPECT_GT(std::set<uint32_t>(groups.begin(), groups.end()).size(), 3990U);
}

}  // namespace
}  // namespace assay
