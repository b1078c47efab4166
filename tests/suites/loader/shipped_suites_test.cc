// The suites that ship, over local copies of their data where those exist.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "suites/registry.h"

namespace assay::suites {
namespace {

const std::string kData = std::string(ASSAY_SOURCE_DIR) + "/../shared/data";

struct Expected {
  std::string name;
  uint64_t size;
  uint64_t train;
  std::string first_id;
  std::string first_target;
  size_t metrics;
};

class ShippedSuite : public testing::TestWithParam<Expected> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kData)) GTEST_SKIP() << "no local copies of the data: " << kData;
  }
  static LoadOptions options() {
    LoadOptions options;
    options.search_dirs = {std::string(ASSAY_SOURCE_DIR) + "/suites/data"};
    options.data_dir = kData;
    return options;
  }
};

TEST_P(ShippedSuite, LoadsAndAsks) {
  const Expected& expected = GetParam();
  const auto suite = load_suite(expected.name, options());
  ASSERT_TRUE(suite.has_value()) << suite.error().text();
  EXPECT_EQ((*suite)->info().name, expected.name);
  EXPECT_EQ((*suite)->size(), expected.size);
  EXPECT_EQ((*suite)->train_size(), expected.train);
  EXPECT_EQ((*suite)->info().metrics.size(), expected.metrics);
  EXPECT_FALSE((*suite)->info().licence.empty());
  EXPECT_FALSE((*suite)->info().language.empty());
  const Result<Sample> first = (*suite)->sample(0);
  ASSERT_TRUE(first.has_value()) << first.error().text();
  EXPECT_EQ(first->id, expected.first_id);
  ASSERT_FALSE(first->targets.empty());
  EXPECT_EQ(first->targets[0].substr(0, expected.first_target.size()), expected.first_target);
  for (uint64_t i = 0; i < (*suite)->size(); ++i) {
    const Result<Sample> sample = (*suite)->sample(i);
    ASSERT_TRUE(sample.has_value()) << sample.error().text();
    const Result<Request> request = (*suite)->request(*sample, 0);
    ASSERT_TRUE(request.has_value()) << request.error().text();
    EXPECT_FALSE(request->messages.back().text.empty());
  }
  for (uint64_t i = 0; i < (*suite)->train_size(); ++i) {
    const Result<TrainingExample> line = (*suite)->train(i);
    ASSERT_TRUE(line.has_value()) << line.error().text();
    EXPECT_THAT(first->choices, testing::Contains(line->target));
  }
}

INSTANTIATE_TEST_SUITE_P(All, ShippedSuite,
                         testing::Values(Expected{"sroie", 20, 0, "000.jpg", "TAN WOON YANN\n", 5},
                                         Expected{"tesseract-pages", 4, 0, "phototest.png",
                                                  "This is a lot of 12 point text", 2},
                                         Expected{"old-books", 10, 0, "a024.png", "14\n", 2},
                                         Expected{"kobest-sentineg", 397, 400, "3394", "긍정", 1},
                                         Expected{"kobest-boolq", 1404, 700, "1", "아니오", 1},
                                         Expected{"klue-nli", 1500, 1500, "klue-nli-v1_dev_01500",
                                                  "", 1}),
                         [](const auto& row) {
                           std::string name = row.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_F(ShippedSuite, WithoutTheDataTheErrorSaysWhereToGetIt) {
  LoadOptions none = options();
  none.data_dir.clear();
  ::setenv("ASSAY_CACHE", "/nonexistent", 1);
  const auto suite = load_suite("klue-nli", none);
  ::unsetenv("ASSAY_CACHE");
  ASSERT_FALSE(suite.has_value());
  EXPECT_NE(suite.error().message.find("https://raw.githubusercontent.com/KLUE-benchmark/KLUE/"),
            std::string::npos);
  EXPECT_NE(suite.error().message.find("--data DIR"), std::string::npos);
}

// Every definition that ships reads without error, data or not.
TEST(ShippedDefinitions, AllRead) {
  LoadOptions options;
  options.search_dirs = {std::string(ASSAY_SOURCE_DIR) + "/suites/data"};
  const Result<std::vector<SuiteListing>> rows = list_suites(options);
  ASSERT_TRUE(rows.has_value());
  EXPECT_GE(rows->size(), 6U);
  for (const SuiteListing& row : *rows) EXPECT_FALSE(row.title.empty()) << row.name << row.missing;
}

}  // namespace
}  // namespace assay::suites
