// Sentences, words and languages against what the references gave for the same texts: NLTK 3.8
// (sentences.jsonl, words.jsonl) and langdetect 1.0.9 with seed 0 (languages.jsonl). The texts were
// written for this project.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "suites/language/language_detector.h"
#include "suites/language/punkt.h"
#include "suites/language/python_random.h"
#include "suites/language/word_tokenize.h"

namespace assay::suites::language {
namespace {

std::vector<Json> read_cases(const std::string& name) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/tests/suites/language/" + name;
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  std::vector<Json> cases;
  std::string line;
  while (std::getline(in, line)) cases.push_back(parse_json(line, path).value());
  EXPECT_GE(cases.size(), 35U);
  return cases;
}

std::vector<std::string> bytes_of(const auto& pieces) {
  std::vector<std::string> out;
  for (const auto& piece : pieces) out.push_back(to_bytes(piece));
  return out;
}

TEST(Punkt, SplitsAsTheReference) {
  for (const Json& test : read_cases("sentences.jsonl")) {
    const std::u32string text = to_points(test["text"].get<std::string>());
    EXPECT_EQ(bytes_of(split_sentences(text)), test["sentences"].get<std::vector<std::string>>())
        << test["text"];
  }
}

TEST(WordTokenize, CutsAsTheReference) {
  for (const Json& test : read_cases("words.jsonl")) {
    const std::u32string text = to_points(test["text"].get<std::string>());
    EXPECT_EQ(bytes_of(word_tokenize(text)), test["words"].get<std::vector<std::string>>())
        << test["text"];
  }
}

TEST(LanguageDetector, FindsWhatTheReferenceFinds) {
  for (const Json& test : read_cases("languages.jsonl")) {
    SCOPED_TRACE(test["text"].dump());
    const auto shares = language_shares(to_points(test["text"].get<std::string>()));
    ASSERT_EQ(shares.has_value(), !test["shares"].is_null());
    if (!shares) continue;
    ASSERT_EQ(shares->size(), test["shares"].size());
    for (size_t i = 0; i < shares->size(); ++i) {
      EXPECT_EQ((*shares)[i].language, test["shares"][i][0].get<std::string>());
      EXPECT_NEAR((*shares)[i].probability, test["shares"][i][1].get<double>(), 1e-9);
    }
  }
}

// CPython 3.11: r = random.Random(0); r.gauss(0, 1), r.random(), r.choice(range(1000)) three times,
// r.gauss(0, 1).
TEST(PythonRandom, DrawsWhatPythonDraws) {
  PythonRandom random(0);
  EXPECT_DOUBLE_EQ(random.gauss(), 0.9417154046806644);
  EXPECT_DOUBLE_EQ(random.uniform(), 0.420571580830845);
  EXPECT_EQ(random.below(1000), 265U);
  EXPECT_EQ(random.below(1000), 988U);
  EXPECT_EQ(random.below(1000), 523U);
  EXPECT_DOUBLE_EQ(random.gauss(), -1.3965781047011498);
  EXPECT_EQ(PythonRandom(0).below(1), 0U);
}

TEST(PythonText, CasesAndSpaces) {
  EXPECT_TRUE(is_upper_text(U"NASA 5!"));
  EXPECT_FALSE(is_upper_text(U"NASa"));
  EXPECT_FALSE(is_upper_text(U"5!"));
  EXPECT_FALSE(is_upper_text(U"A\u01C5"));  // a letter in title case
  EXPECT_TRUE(is_upper_text(U"\u2167"));    // a Roman numeral
  EXPECT_TRUE(is_lower_text(U"\u00AA"));
  EXPECT_EQ(lower(U"\u0130X"), U"i\u0307x");
  EXPECT_EQ(lower(U"ΟΔΟΣ ΣΑ Σ Α.Σ'Β"), U"οδος σα σ α.σ'β");
  EXPECT_EQ(strip(U"\x1C \u00A0x\u2003\n"), U"x");
  EXPECT_TRUE(is_blank(U" \u3000\x1F"));
  EXPECT_EQ(count_words(U"don't stop_it, 차 한 잔 ²"), 7U);
}

// Whatever the text, the pieces stand in it in order and nothing runs away; texts of this size
// would not end if any step were quadratic.
TEST(Language, HostileTextsAreLinear) {
  constexpr size_t kCharacters = 200'000;
  for (const char32_t* const piece :
       {U".", U"!", U". ", U"\" ", U"'", U"''", U"`", U"-", U". . ", U"a.", U"Σ'", U"@", U"a@",
        U"http://", U"\U00010FFF", U" ", U"\n", U").", U"U.S. A"}) {
    std::u32string text;
    const std::u32string_view unit(piece);
    while (text.size() < kCharacters) text += unit;
    const size_t sentences = split_sentences(text).size();
    EXPECT_LE(sentences, text.size());
    (void)language_shares(text);
    text.resize(kCharacters / 4);  // the word tokenizer makes some thirty passes
    for (const std::u32string& word : word_tokenize(text)) EXPECT_FALSE(word.empty());
  }
}

TEST(Language, RandomTextsKeepTheirPieces) {
  constexpr std::u32string_view kAlphabet = U" .?!,'\"()-\n\taAbB1:;`[]*\u00A0’”é차";
  Rng rng(17);
  for (int round = 0; round < 3000; ++round) {
    std::u32string text(rng.below(60), U' ');
    for (char32_t& c : text) c = kAlphabet[rng.below(kAlphabet.size())];
    size_t at = 0;
    for (const TextView sentence : split_sentences(text)) {
      ASSERT_FALSE(sentence.empty());
      const auto begin = static_cast<size_t>(sentence.data() - text.data());
      ASSERT_GE(begin, at);
      ASSERT_TRUE(is_blank(TextView(text).substr(at, begin - at)));
      at = begin + sentence.size();
    }
    EXPECT_TRUE(is_blank(TextView(text).substr(at)));
  }
}

}  // namespace
}  // namespace assay::suites::language
