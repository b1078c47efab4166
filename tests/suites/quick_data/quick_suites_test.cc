// quick-ocr and quick-intents as suites: they load, and their scorers give full marks to the truth
// and none to a wrong answer.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "suites/registry.h"

namespace assay::suites {
namespace {

std::unique_ptr<Suite> load(const std::string& name) {
  LoadOptions options;
  options.search_dirs = {std::string(ASSAY_SOURCE_DIR) + "/suites/data"};
  options.offline = true;
  auto suite = load_suite(name, options);
  if (!suite) {
    ADD_FAILURE() << suite.error().text();
    return nullptr;
  }
  return std::move(*suite);
}

// Value and weight of each metric of one answer.
std::map<std::string, Score> judge(const Suite& suite, const Sample& sample,
                                   const std::string& answer) {
  Response response;
  response.outcome = Outcome::kOk;
  response.answer = answer;
  std::vector<Score> scores;
  for (const auto& scorer : suite.scorers()) scorer->judge(sample, response, scores);
  std::map<std::string, Score> by_metric;
  for (const Score& score : scores) by_metric[score.metric] = score;
  return by_metric;
}

TEST(QuickSuites, OcrGivesFullMarksToTheTruth) {
  const auto suite = load("quick-ocr");
  ASSERT_NE(suite, nullptr);
  ASSERT_EQ(suite->size(), 60U);
  EXPECT_EQ(suite->info().metrics.at(0).name, "cer");
  EXPECT_FALSE(suite->info().metrics.at(0).higher_is_better);
  int with_fields = 0;
  for (uint64_t i = 0; i < suite->size(); ++i) {
    const auto sample = suite->sample(i);
    ASSERT_TRUE(sample.has_value()) << sample.error().text();
    ASSERT_EQ(sample->targets.size(), 1U);
    const auto right = judge(*suite, *sample, sample->targets[0]);
    EXPECT_EQ(right.at("cer").value, 0) << sample->id;
    EXPECT_EQ(right.at("wer").value, 0) << sample->id;
    EXPECT_EQ(right.at("field_f1").value, 1) << sample->id << ": " << right.at("field_f1").reason;
    with_fields += right.at("field_f1").weight > 0 ? 1 : 0;
    const auto wrong = judge(*suite, *sample, "~");
    EXPECT_GT(wrong.at("cer").value, 0.9) << sample->id;
    EXPECT_EQ(wrong.at("field_f1").value, right.at("field_f1").weight > 0 ? 0 : 1) << sample->id;
    EXPECT_TRUE(sample->tags.contains("kind") && sample->tags.contains("language") &&
                sample->tags.contains("quality"));
  }
  EXPECT_EQ(with_fields, 24);
}

TEST(QuickSuites, OcrAsksWithOnePicture) {
  const auto suite = load("quick-ocr");
  ASSERT_NE(suite, nullptr);
  const auto sample = suite->sample(0);
  ASSERT_TRUE(sample.has_value());
  const auto request = suite->request(*sample, 0);
  ASSERT_TRUE(request.has_value()) << request.error().text();
  ASSERT_EQ(request->messages.size(), 1U);
  ASSERT_EQ(request->messages[0].images.size(), 1U);
  EXPECT_TRUE(std::ifstream(request->messages[0].images[0].path).good())
      << request->messages[0].images[0].path;
  EXPECT_NE(request->messages[0].text.find("Read all the text"), std::string::npos);
}

TEST(QuickSuites, IntentsGiveFullMarksToTheLabelAlone) {
  const auto suite = load("quick-intents");
  ASSERT_NE(suite, nullptr);
  EXPECT_GE(suite->size(), 200U);
  EXPECT_GE(suite->train_size(), 300U);
  EXPECT_EQ(suite->info().metrics.at(0).name, "accuracy");
  for (uint64_t i = 0; i < suite->size(); ++i) {
    const auto sample = suite->sample(i);
    ASSERT_TRUE(sample.has_value()) << sample.error().text();
    ASSERT_EQ(sample->choices.size(), 14U);
    for (const std::string& choice : sample->choices) {
      const double expected = choice == sample->targets.at(0) ? 1 : 0;
      EXPECT_EQ(judge(*suite, *sample, choice).at("accuracy").value, expected)
          << sample->id << " answered " << choice;
    }
    EXPECT_EQ(judge(*suite, *sample, "").at("accuracy").value, 0);
  }
}

TEST(QuickSuites, IntentsTrainOnTheBareMessage) {
  const auto suite = load("quick-intents");
  ASSERT_NE(suite, nullptr);
  const auto sample = suite->sample(0);
  ASSERT_TRUE(sample.has_value());
  const auto request = suite->request(*sample, 0);
  ASSERT_TRUE(request.has_value()) << request.error().text();
  const auto row = parse_json(sample->doc, "doc");
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(request->input, row->at("text").get<std::string>());
  EXPECT_EQ(request->choices.size(), 14U);
  const std::string& prompt = request->messages.back().text;
  EXPECT_NE(prompt.find(request->input), std::string::npos);
  for (const std::string& choice : request->choices) {
    EXPECT_NE(prompt.find(choice + ":"), std::string::npos) << choice;
  }
  const auto example = suite->train(0);
  ASSERT_TRUE(example.has_value()) << example.error().text();
  EXPECT_FALSE(example->input.empty());
  EXPECT_EQ(example->input.find("Answer"), std::string::npos);
}

}  // namespace
}  // namespace assay::suites
