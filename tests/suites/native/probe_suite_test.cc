// The suite that asks for the hidden half of another suite's questions.
#include "suites/probe_suite.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/base/utf8.h"
#include "suites/registry.h"

namespace assay::suites {
namespace {

TEST(ProbeSuite, CutsAtTheWhiteSpaceNearestToTheMiddle) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += "word" + std::to_string(i) + " ";
  const ProbeQuestion q = split_question("a", text);
  EXPECT_EQ(q.shown + q.hidden, text);
  EXPECT_EQ(q.hidden.front(), ' ');
  EXPECT_NEAR(static_cast<double>(q.shown.size()), static_cast<double>(text.size()) / 2, 7);
}

TEST(ProbeSuite, KoreanTextWithoutSpacesIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "가";
  const ProbeQuestion q = split_question("a", text);
  EXPECT_EQ(to_code_points(q.shown).size(), 50U);
  EXPECT_EQ(q.shown + q.hidden, text);
}

TEST(ProbeSuite, ShortTextsAreNotAsked) {
  EXPECT_EQ(split_question("a", std::string(kProbeCharactersMin - 1, 'x')).hidden, "");
  EXPECT_NE(split_question("a", std::string(kProbeCharactersMin, 'x')).hidden, "");
  EXPECT_EQ(split_question("a", "").hidden, "");
  const ProbeQuestion huge = split_question("a", std::string(1'000'000, 'x'));
  EXPECT_EQ(huge.shown.size() + huge.hidden.size(), kProbeCharactersMax);
}

TEST(ProbeSuite, AsksHalfAndJudgesByWhatComesBack) {
  LoadOptions options;
  options.search_dirs = {ASSAY_SOURCE_DIR "/suites/data"};
  const auto loaded = load_suite("quick-intents", options);
  ASSERT_TRUE(loaded) << loaded.error().text();
  const auto probe = ProbeSuite::make(**loaded, 10);
  ASSERT_TRUE(probe) << probe.error().text();
  EXPECT_LE((*probe)->size(), 10U);
  EXPECT_EQ((*probe)->info().name, "probe-quick-intents");
  for (uint64_t i = 0; i < (*probe)->size(); ++i) {
    const auto sample = (*probe)->sample(i);
    ASSERT_TRUE(sample);
    const auto request = (*probe)->request(*sample, 0);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->messages[0].text.find(sample->targets[0]), std::string::npos);
    Response same;
    same.answer = sample->targets[0];
    std::vector<Score> scores;
    (*probe)->scorers()[0]->judge(*sample, same, scores);
    (*probe)->scorers()[0]->judge(*sample, Response{}, scores);
    EXPECT_DOUBLE_EQ(scores[0].value, 1);
    EXPECT_DOUBLE_EQ(scores[1].value, 0);
  }
}

}  // namespace
}  // namespace assay::suites
