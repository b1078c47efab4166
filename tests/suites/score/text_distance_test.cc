// Edit distances against the plain dynamic programme, and against recorded values of the reference
// tools.
#include "suites/score/text_distance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

using Points = std::vector<char32_t>;

size_t plain_levenshtein(const Points& a, const Points& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

size_t plain_lcs(const Points& a, const Points& b) {
  std::vector<size_t> row(b.size() + 1, 0);
  for (const char32_t x : a) {
    size_t diagonal = 0;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = x == b[j - 1] ? diagonal + 1 : std::max(row[j], row[j - 1]);
      diagonal = above;
    }
  }
  return row.back();
}

Points random_points(Rng& rng, size_t length, uint64_t alphabet, char32_t first) {
  Points points(length);
  for (char32_t& point : points) point = first + static_cast<char32_t>(rng.below(alphabet));
  return points;
}

// A copy of `a` with about `edits` random changes.
Points mutated(Rng& rng, Points a, size_t edits) {
  for (size_t i = 0; i < edits && !a.empty(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(rng.below(a.size()));
    switch (rng.below(3)) {
      case 0:
        a.erase(a.begin() + at);
        break;
      case 1:
        a.insert(a.begin() + at, U'가' + static_cast<char32_t>(rng.below(50)));
        break;
      default:
        a[static_cast<size_t>(at)] = U'x';
    }
  }
  return a;
}

TEST(Levenshtein, EqualsThePlainProgrammeOnRandomTexts) {
  Rng rng(20240801);
  for (int round = 0; round < 3000; ++round) {
    const size_t longest = round % 10 == 0 ? 400 : 140;  // across one, two and more blocks of 64
    const uint64_t alphabet = 1 + rng.below(round % 3 == 0 ? 3 : 30);
    const char32_t first = round % 2 == 0 ? U'a' : U'각';
    const Points a = random_points(rng, rng.below(longest), alphabet, first);
    const Points b = round % 4 == 0 ? mutated(rng, a, rng.below(20))
                                    : random_points(rng, rng.below(longest), alphabet, first);
    ASSERT_EQ(levenshtein(a, b), plain_levenshtein(a, b)) << "round " << round;
    ASSERT_EQ(levenshtein(b, a), plain_levenshtein(a, b)) << "round " << round;
    ASSERT_EQ(lcs_length(a, b), plain_lcs(a, b)) << "round " << round;
  }
}

TEST(Levenshtein, BlockEdges) {
  for (const size_t length : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{127},
                              size_t{128}, size_t{129}, size_t{192}}) {
    const Points a(length, U'a');
    Points reversed;
    for (size_t i = 0; i < length; ++i) reversed.push_back(U'a' + static_cast<char32_t>(i % 7));
    EXPECT_EQ(levenshtein(a, {}), length);
    EXPECT_EQ(levenshtein({}, a), length);
    EXPECT_EQ(levenshtein(a, a), 0U);
    EXPECT_EQ(levenshtein(a, reversed), plain_levenshtein(a, reversed));
    EXPECT_EQ(lcs_length(a, reversed), plain_lcs(a, reversed));
    EXPECT_EQ(lcs_length(a, a), length);
  }
}

TEST(Levenshtein, PagesOfTenThousandCharacters) {
  Rng rng(7);
  const Points a = random_points(rng, 10'000, 2000, U'가');
  const Points b = mutated(rng, a, 900);
  EXPECT_EQ(levenshtein(a, b), plain_levenshtein(a, b));
}

TEST(Levenshtein, HundredThousandDistinctSymbolsStayCheapInMemory) {
  Points a(50'000);
  std::iota(a.begin(), a.end(), char32_t{1});
  Points b(a.rbegin(), a.rend());
  b.resize(2'000);
  EXPECT_EQ(levenshtein(a, b), 49'999U);  // a falling and a rising run share one symbol
}

TEST(ErrorCount, EmptyReferenceCountsEdits) {
  EXPECT_EQ(word_errors("", "").rate(), 0);
  EXPECT_EQ(word_errors("", "hello").rate(), 1);
  EXPECT_EQ(word_errors("", "one two three").rate(), 3);
  EXPECT_EQ(character_errors("", "abd").rate(), 3);
  ErrorCount pooled = word_errors("hello world", "hello world");
  pooled += word_errors("", "done");
  EXPECT_EQ(pooled.rate(), 0.5);
}

TEST(StripSpace, UnicodeWhiteSpaceOffBothEnds) {
  EXPECT_EQ(strip_space("\u3000\u00A0 가 나 \t\u2003"), "가 나");
  EXPECT_EQ(strip_space(" \n "), "");
  EXPECT_EQ(strip_space(""), "");
  EXPECT_EQ(strip_space("é"), "é");
}

// ---- recorded values of jiwer, RapidFuzz and the MP-DocVQA evaluator

std::vector<std::string> as_list(const Json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  return value.get<std::vector<std::string>>();
}

void check_error_rate(const Json& row, const std::string& op) {
  const auto references = as_list(row["input"]["reference"]);
  const auto hypotheses = as_list(row["input"]["hypothesis"]);
  if (row["expected"].contains("error")) {
    EXPECT_NE(references.size(), hypotheses.size()) << "the reference refuses unequal lists";
    return;
  }
  ASSERT_EQ(references.size(), hypotheses.size());
  ErrorCount pooled;
  for (size_t i = 0; i < references.size(); ++i) {
    pooled += op == "wer" ? word_errors(references[i], hypotheses[i])
                          : character_errors(references[i], hypotheses[i]);
  }
  EXPECT_NEAR(pooled.rate(), row["expected"][op].get<double>(), 1e-12);
}

void check_anls(const Json& row) {
  const Json& input = row["input"];
  const auto golds = input["golds"].get<std::vector<std::string>>();
  const auto prediction = input["prediction"].get<std::string>();
  EXPECT_NEAR(anls(golds, prediction, input["threshold"].get<double>()),
              row["expected"]["anls"].get<double>(), 1e-12);
}

void check_distance(const Json& row) {
  const auto a = to_code_points(row["input"]["a"].get<std::string>());
  const auto b = to_code_points(row["input"]["b"].get<std::string>());
  const Json& expected = row["expected"];
  EXPECT_EQ(levenshtein(a, b), expected["levenshtein"].get<size_t>());
  EXPECT_NEAR(normalized_similarity(a, b), expected["normalized_similarity"].get<double>(), 1e-12);
  EXPECT_EQ(indel_distance(a, b), expected["indel"].get<size_t>());
  EXPECT_EQ(lcs_length(a, b), expected["lcs_length"].get<size_t>());
  EXPECT_NEAR(similarity_ratio(a, b), expected["ratio"].get<double>(), 1e-9);
}

TEST(ReferenceVectors, AgreeCompletely) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/../shared/vectors/text_metrics.jsonl";
  std::ifstream in(path);
  if (!in) GTEST_SKIP() << "no recorded reference values at " << path;
  std::string text;
  size_t checked = 0;
  while (std::getline(in, text)) {
    const auto row = parse_json(text, path);
    ASSERT_TRUE(row.has_value()) << row.error().text();
    const auto op = (*row)["input"]["op"].get<std::string>();
    SCOPED_TRACE((*row)["id"].get<std::string>());
    if (op == "wer" || op == "cer") {
      check_error_rate(*row, op);
    } else if (op == "anls") {
      check_anls(*row);
    } else if (op == "distance") {
      check_distance(*row);
    } else {
      continue;
    }
    ++checked;
  }
  EXPECT_GT(checked, 0U);
}

}  // namespace
}  // namespace assay::suites
