// The catalogue: what `assay list suites` says of it (golden), and every definition whose data lies
// beside the project, run end to end against the simulated backend: prompts are made, replies
// judged, figures summed up. A suite without local data is only listed.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "harness/base/json.h"
#include "suites/registry.h"
#include "tests/support/cli.h"
#include "tests/support/golden.h"

namespace assay {
namespace {

using test::run_assay;
using test::TempDir;
using testing::HasSubstr;

const std::string kRoot = ASSAY_SOURCE_DIR;
const std::string kData = kRoot + "/../shared/data";
constexpr uint64_t kLimit = 20;

test::CliResult run_offline(std::vector<std::string> arguments, const TempDir& dir) {
  // Neither what a person has fetched nor what stands in this folder may count.
  return run_assay(arguments, {.cwd = dir.path(), .prefix = "ASSAY_CACHE=" + dir.file("cache")});
}

Json list_of(const std::string& data) {
  const TempDir dir;
  std::vector<std::string> arguments{"list", "suites", "--json"};
  if (!data.empty()) arguments.insert(arguments.end(), {"--data", data});
  const auto listed = run_offline(arguments, dir);
  EXPECT_EQ(listed.exit_code, 0) << listed.err;
  const auto json = parse_json(listed.out, "list");
  EXPECT_TRUE(json.has_value());
  return json ? *json : Json::array();
}

TEST(Catalogue, ListIsAsTheGolden) {
  const TempDir dir;
  const auto listed = run_offline({"list", "suites"}, dir);
  ASSERT_EQ(listed.exit_code, 0) << listed.err;
  EXPECT_TRUE(test::matches_golden("lists/suites.txt", listed.out));
}

// Every definition reads, says what a person must know, and stands in the document.
TEST(Catalogue, EveryDefinitionIsComplete) {
  const std::string document = test::read_file(kRoot + "/docs/catalogue.md");
  size_t suites = 0;
  for (const Json& row : list_of("")) {
    SCOPED_TRACE(row.at("name").get<std::string>());
    EXPECT_FALSE(row.at("title").get<std::string>().empty()) << row.at("missing");
    EXPECT_FALSE(row.at("language").get<std::string>().empty());
    EXPECT_FALSE(row.at("licence").get<std::string>().empty());
    if (row.at("group").get<std::string>().empty()) {
      EXPECT_THAT(document, HasSubstr("`" + row.at("name").get<std::string>() + "`"));
    }
    if (!row.contains("tasks")) ++suites;
  }
  EXPECT_GT(suites, 200U);
}

struct Plan {
  std::string name;    // of a group, or of a suite
  size_t suites = 1;   // of it whose data lies in the folder
  bool judged = true;  // false: the scorers refuse every reply
};

// Names of the suites of `plan` whose data is here, with their sizes.
std::map<std::string, uint64_t> members(const Json& listed, const Plan& plan) {
  std::map<std::string, uint64_t> found;
  for (const Json& row : listed) {
    const bool mine = row.at("name") == plan.name || row.at("group") == plan.name;
    if (!mine || row.contains("tasks") || !row.at("data_here").get<bool>()) continue;
    found[row.at("name")] = row.at("size").is_null() ? 0 : row.at("size").get<uint64_t>();
  }
  return found;
}

class CatalogueRun : public testing::TestWithParam<Plan> {};

void check_suite(const Json& suite, const Plan& plan, uint64_t size) {
  const Json& models = suite.at("quality").at("models");
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models.at(0).at("items_answered").get<uint64_t>(), std::min(size, kLimit));
  ASSERT_FALSE(models.at(0).at("metrics").empty());
  for (const Json& metric : models.at(0).at("metrics")) {
    SCOPED_TRACE(metric.at("metric").get<std::string>());
    if (plan.judged) {
      EXPECT_EQ(metric.at("unscored").get<uint64_t>(), 0U);
      EXPECT_TRUE(metric.at("estimate").at("value").is_number());
    }
  }
  if (!plan.judged) {
    EXPECT_GT(models.at(0).at("metrics").at(0).at("unscored").get<uint64_t>(), 0U);
  }
}

TEST_P(CatalogueRun, EndToEnd) {
  if (!std::filesystem::exists(kData)) GTEST_SKIP() << "no local copies of the data: " << kData;
  const Plan& plan = GetParam();
  const std::map<std::string, uint64_t> names = members(list_of(kData), plan);
  EXPECT_EQ(names.size(), plan.suites);
  const TempDir dir;
  std::vector<std::string> arguments{"run"};
  for (const auto& [name, size] : names) arguments.push_back(name);
  arguments.insert(arguments.end(), {"--data", kData, "--offline", "-m", "simulated:m", "--limit",
                                     std::to_string(kLimit), "-q", "--json", "--no-curve", "-o",
                                     dir.file("r.assay")});
  const auto run = run_offline(arguments, dir);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto json = parse_json(run.out, "summary");
  ASSERT_TRUE(json.has_value());
  ASSERT_EQ(json->at("suites").size(), names.size());
  for (const Json& suite : json->at("suites")) {
    const std::string name = suite.at("suite");
    SCOPED_TRACE(name);
    ASSERT_TRUE(names.contains(name));
    check_suite(suite, plan, names.at(name));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, CatalogueRun,
    testing::Values(Plan{"gsm8k"}, Plan{"mgsm", 11}, Plan{"mgsm_direct", 11}, Plan{"bbh", 14},
                    Plan{"arc_challenge"}, Plan{"mmlu", 43}, Plan{"hellaswag"},
                    Plan{"truthfulqa_mc1"}, Plan{"truthfulqa_mc2"}, Plan{"kmmlu", 36},
                    Plan{"kobest", 5}, Plan{"kobest-boolq"}, Plan{"kobest-sentineg"},
                    Plan{"ifeval"}, Plan{"bfcl", 4}, Plan{"klue-nli"}, Plan{"klue-sts"},
                    Plan{"kornli"}, Plan{"korsts"}, Plan{"flores", 8}, Plan{"lambada_openai"},
                    Plan{"humaneval", 1, false}, Plan{"humaneval_instruct", 1, false},
                    Plan{"mt_bench", 1, false}),
    [](const auto& row) {
      std::string name = row.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

// What the definitions say of their size is the size of their data; every prompt is made.
TEST(Catalogue, SizesAreThoseOfTheData) {
  if (!std::filesystem::exists(kData)) GTEST_SKIP() << "no local copies of the data: " << kData;
  suites::LoadOptions options;
  options.search_dirs = {kRoot + "/suites/data"};
  options.data_dir = kData;
  options.offline = true;
  const auto listed = suites::list_suites(options);
  ASSERT_TRUE(listed.has_value()) << listed.error().text();
  for (const suites::SuiteListing& row : *listed) {
    if (row.tasks > 0 || !row.data_here) continue;
    SCOPED_TRACE(row.name);
    const auto suite = suites::load_suite(row.name, options);
    ASSERT_TRUE(suite.has_value()) << suite.error().text();
    const uint64_t expected = row.name == "hellaswag" ? 5021 : row.size;  // the local copy is half
    EXPECT_EQ((*suite)->size(), expected);
  }
}

}  // namespace
}  // namespace assay
