// The reference metrics as functions: examples from their papers and tools, sums over a corpus, and
// texts that are long or strange. Scores of whole samples are cases in NAME.jsonl.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "harness/base/utf8.h"
#include "harness/stats/corpus_scores.h"
#include "suites/score/metrics/bleu.h"
#include "suites/score/metrics/chrf.h"
#include "suites/score/metrics/ngrams.h"
#include "suites/score/metrics/porter_stemmer.h"
#include "suites/score/metrics/python_text.h"
#include "suites/score/metrics/ratios.h"
#include "suites/score/metrics/rouge.h"
#include "suites/score/metrics/squad.h"
#include "suites/score/metrics/ter.h"
#include "suites/score/scorers.h"

namespace assay::suites {
namespace {

using Texts = std::vector<std::string_view>;

TEST(PythonText, LowersAsPythonDoes) {
  EXPECT_EQ(python_lower("ABC é"), "abc é");
  EXPECT_EQ(python_lower("ΟΔΟΣ ΟΔΟΣ."), "οδος οδος.");  // both end in U+03C2
  EXPECT_EQ(python_lower("ΣΑΣ"), "σας");
  EXPECT_EQ(python_lower("Σ"), "σ");        // no letter before
  EXPECT_EQ(python_lower("ΑΣ'Α"), "ασ'α");  // an apostrophe inside a word is passed over
  EXPECT_EQ(python_lower("İ"), "i\u0307");
  EXPECT_EQ(python_lower("\u212A"), "k");
}

TEST(Ngrams, CountsOfSeveralTexts) {
  const std::vector<Symbols> texts{{1, 2, 1, 2}, {2, 1}, {}};
  std::vector<std::vector<uint32_t>> seen;
  for_each_ngram(texts, 3, [&](size_t n, std::span<const uint32_t> counts) {
    seen.push_back({static_cast<uint32_t>(n), counts[0], counts[1], counts[2]});
  });
  const std::vector<std::vector<uint32_t>> expected{{1, 2, 1, 0}, {1, 2, 1, 0},  // 1, 2
                                                    {2, 2, 0, 0}, {2, 1, 1, 0},  // 12, 21
                                                    {3, 1, 0, 0}, {3, 1, 0, 0}};
  EXPECT_EQ(seen, expected);
}

TEST(BleuTokenizer, LeavesNumbersAndSplitsMarks) {
  EXPECT_EQ(tokenize(BleuTokenizer::k13a, "It's 1,000.5, (e.g.) 10-20 &lt;b&gt;.."),
            "It's 1,000.5 , ( e . g . ) 10 - 20 < b > . .");
  EXPECT_EQ(tokenize(BleuTokenizer::k13a, "a-\nb\nc<skipped>"), "ab c");
  EXPECT_EQ(tokenize(BleuTokenizer::kIntl, "“1,5” ©2020."), "“1,5 ” © 2020.");
  EXPECT_EQ(tokenize(BleuTokenizer::kZh, "共3.5元。ok!"), "共 3.5 元 。 ok !");
  EXPECT_EQ(tokenize(BleuTokenizer::kChar, "a b"), "a   b");
  EXPECT_EQ(tokenize(BleuTokenizer::kNone, " a,  b "), " a,  b ");
}

// Papineni et al. (2002), example 2 of section 2.1: "the" counts twice at most.
TEST(Bleu, ClipsRepeatedWords) {
  const Texts references{"The cat is on the mat", "There is a cat on the mat"};
  BleuOptions options;
  options.lowercase = true;
  const auto parts = bleu_statistics(options, "the the the the the the the", references);
  EXPECT_EQ(parts[0], 2);
  EXPECT_EQ(parts[4], 7);
  EXPECT_EQ(parts[9], 7);  // the closest reference length
}

TEST(Bleu, ShorterOfTwoReferencesAsClose) {
  const auto parts = bleu_statistics({}, "a b c", Texts{"a b c d", "a b"});
  EXPECT_EQ(parts[9], 2);
}

TEST(Chrf, TakesTheBetterReference) {
  const auto best = chrf_statistics({}, "abcdef", Texts{"xyz", "abcdef", "abcxyz"});
  EXPECT_EQ(best, chrf_statistics({}, "abcdef", Texts{"abcdef"}));
  EXPECT_DOUBLE_EQ(stats::chrf_from_sums(best, 2), 100);
  // Orders that the reference does not have count no n-grams of the hypothesis.
  EXPECT_EQ(chrf_statistics({.char_order = 3}, "abcd", Texts{"ab"}),
            (std::vector<double>{4, 2, 2, 3, 1, 1, 0, 0, 0}));
}

size_t edits(std::string_view hypothesis, std::string_view reference) {
  WordIds ids;
  return translation_edits(ids.all(python_split(hypothesis)), ids.all(python_split(reference)));
}

// Snover et al. (2006), section 2: one shift and three edits, 4 of 13 words.
TEST(Ter, PaperExample) {
  EXPECT_EQ(edits("THIS WEEK THE SAUDIS denied information published in the new york times",
                  "SAUDI ARABIA denied THIS WEEK information published in the AMERICAN new york "
                  "times"),
            4U);
}

TEST(Ter, Shifts) {
  EXPECT_EQ(edits("b c d a", "a b c d"), 1U);
  EXPECT_EQ(edits("a b c d", "a b c d"), 0U);
  EXPECT_EQ(edits("", "a b"), 2U);
  EXPECT_EQ(edits("a b", ""), 2U);
}

TEST(Ter, LongTextsEnd) {
  Rng rng(3);
  std::vector<uint32_t> a(kTerWordsMax);
  for (uint32_t& word : a) word = static_cast<uint32_t>(rng.below(1000));
  std::vector<uint32_t> b(a.rbegin(), a.rend());
  EXPECT_LE(translation_edits(a, b), kTerWordsMax);
  EXPECT_EQ(translation_edits(a, a), 0U);
  EXPECT_EQ(count_ter({}, std::string(2 * kTerWordsMax + 2, ' ') + "x", Texts{"x"})->edits, 0);
}

TEST(Porter, ExtensionsOfNltk) {
  const std::vector<std::pair<const char*, const char*>> stems{{"flies", "fli"},
                                                               {"dies", "die"},
                                                               {"spied", "spi"},
                                                               {"died", "die"},
                                                               {"enjoy", "enjoy"},
                                                               {"by", "by"},
                                                               {"try", "tri"},
                                                               {"skies", "sky"},
                                                               {"News", "new"},
                                                               {"news", "news"},
                                                               {"theology", "theolog"},
                                                               {"hopefully", "hope"},
                                                               {"nationally", "nation"},
                                                               {"oed", "o"},
                                                               {"ied", "i"},
                                                               {"y", "y"},
                                                               {"éclairs", "éclair"}};
  for (const auto& [word, stem] : stems) EXPECT_EQ(porter_stem(word), stem) << word;
  EXPECT_EQ(porter_stem(std::string(200'000, 'y')).size(), 200'000U);
}

TEST(Rouge, UnionCountsWordsOnce) {
  // Lin (2004), section 3.2: reference w1..w5, candidates "w1 w2 w6 w7 w8" and "w1 w3 w8 w9 w5".
  const RougeText reference = rouge_text("w1 w2 w3 w4 w5", false);
  const RougeText candidate = rouge_text("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", false);
  EXPECT_DOUBLE_EQ(rouge_l_sum(reference, candidate)->recall, 4.0 / 5);
  EXPECT_DOUBLE_EQ(rouge_l(reference, candidate)->recall, 4.0 / 5);
  EXPECT_EQ(rouge_n(reference, rouge_text("한국어", false), 1).f_measure, 0);
}

TEST(Squad, ArticlesAreWholeWords) {
  EXPECT_EQ(squad_normalize("An a-the, ant (THE) x"), "athe ant x");
  EXPECT_EQ(squad_best(std::vector<std::string>{"the"}, "").exact, 1);  // no gold is left
}

TEST(Ratios, WordOrderDoesNotCount) {
  EXPECT_EQ(token_sort_ratio("new york mets", "mets  new york"), 100);
  EXPECT_EQ(token_sort_ratio("", ""), 100);
}

// The figure of a corpus is that of the scores' parts, which the scorer gives for every sample.
TEST(CorpusFigures, AreThoseOfTheSums) {
  const std::vector<std::pair<std::string, std::string>> corpus{
      {"the cat sat on the mat", "the cat is on the mat"}, {"hello", "hello there"}, {"", "x y"}};
  for (const char* name : {"bleu", "chrf"}) {
    const auto scorer = make_scorer(name, Json::object(), nullptr, "").value();
    std::vector<double> sums;
    for (const auto& [answer, target] : corpus) {
      Sample sample;
      sample.targets = {target};
      Response response;
      response.outcome = Outcome::kOk;
      response.answer = answer;
      std::vector<Score> scores;
      scorer->judge(sample, response, scores);
      sums.resize(scores[0].parts.size(), 0);
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += scores[0].parts[i];
    }
    const bool bleu = scorer->metrics()[0].aggregation == Aggregation::kBleu;
    // Plain Python after sacreBLEU 2.6.
    EXPECT_NEAR(bleu ? stats::bleu_from_sums(sums) : stats::chrf_from_sums(sums, 2),
                bleu ? 24.924249970265276 : 53.622485071478906, 1e-9);
  }
}

TEST(Hostile, TenMegabytesAreUnscored) {
  for (const char* name : {"bleu", "chrf", "ter", "rouge", "squad", "ratio"}) {
    const auto scorer = make_scorer(name, Json::object(), nullptr, "").value();
    Sample sample;
    sample.targets = {"a b"};
    Response response;
    response.outcome = Outcome::kOk;
    response.answer = std::string(10'000'000, 'a');
    std::vector<Score> scores;
    scorer->judge(sample, response, scores);
    for (const Score& score : scores) {
      EXPECT_EQ(score.status, ScoreStatus::kUnscored) << name;
      EXPECT_NE(score.reason.find("10000000 bytes"), std::string::npos) << score.reason;
    }
  }
}

TEST(Hostile, WhatTheLimitsAllowEnds) {
  for (const char* name : {"bleu", "chrf", "rouge", "squad", "ratio"}) {
    const auto scorer = make_scorer(name, Json::object(), nullptr, "").value();
    Sample sample;
    sample.targets = {std::string(1000, 'a'), std::string(1000, ' ') + "\xCC\x81"};
    for (const char* piece : {"a", ". ", "\xCC\x81", "a ", "\n"}) {
      Response response;
      response.outcome = Outcome::kOk;
      while (response.answer.size() < 300'000) response.answer += piece;
      std::vector<Score> scores;
      scorer->judge(sample, response, scores);
      EXPECT_EQ(scores.size(), scorer->metrics().size());
    }
  }
}

}  // namespace
}  // namespace assay::suites
