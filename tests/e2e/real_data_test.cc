// Real data, where local copies are beside the project: receipts, scanned pages and Korean
// classification, through the definitions that ship. Figures are printed; the bounds are wide and
// say "it works", not "it is this good".
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "harness/base/json.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using test::run_assay;
using test::TempDir;

const std::string kData = std::string(ASSAY_SOURCE_DIR) + "/../shared/data";

#define SKIP_WITHOUT_DATA(folder)                             \
  if (!std::filesystem::exists(kData + "/" + (folder))) {     \
    GTEST_SKIP() << "no local copy of the data: " << (folder) \
                 << " is looked for beside the project";      \
  }

// Runs a suite and returns model → metric → value.
using Values = std::map<std::string, std::map<std::string, double>>;

Values run_suite(const std::string& suite, const std::vector<std::string>& models, size_t samples) {
  const TempDir dir;
  std::vector<std::string> arguments{"run",        suite,    "--data",           kData,
                                     "-q",         "--json", "--concurrency",    "2",
                                     "--no-curve", "-o",     dir.file("r.assay")};
  for (const std::string& model : models) {
    arguments.emplace_back("-m");
    arguments.push_back(model);
  }
  const auto run = run_assay(arguments);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const auto json = parse_json(run.out, "summary");
  EXPECT_TRUE(json);
  Values values;
  if (!json) return values;
  for (const Json& model : json->at("suites").at(0).at("quality").at("models")) {
    const std::string name = model.at("model");
    EXPECT_EQ(model.at("items_answered").get<size_t>(), samples) << suite << " " << name;
    for (const Json& metric : model.at("metrics")) {
      const Json& estimate = metric.at("estimate");
      const double value = estimate.at("value");
      values[name][metric.at("metric")] = value;
      std::printf("%-16s %-22s %-16s %.4f [%.4f, %.4f]\n", suite.c_str(), name.c_str(),
                  metric.at("metric").get<std::string>().c_str(), value,
                  estimate.at("ci_low").get<double>(), estimate.at("ci_high").get<double>());
    }
  }
  return values;
}

const std::vector<std::string> kOcr{"tesseract:eng", "tesseract:kor+eng"};
const std::vector<std::string> kBaselines{"baseline:random", "baseline:majority", "baseline:bm25",
                                          "baseline:linear"};

TEST(RealData, Receipts) {
  SKIP_WITHOUT_DATA("ocr/sroie");
  const Values values = run_suite("sroie", kOcr, 20);
  EXPECT_LT(values.at("tesseract:eng").at("cer"), 0.6);
  EXPECT_GT(values.at("tesseract:eng").at("wer"), values.at("tesseract:eng").at("cer"));
  EXPECT_GT(values.at("tesseract:eng").at("field_f1"), 0.3);
}

TEST(RealData, TesseractPages) {
  SKIP_WITHOUT_DATA("ocr/tesseract");
  const Values values = run_suite("tesseract-pages", kOcr, 4);
  EXPECT_LT(values.at("tesseract:eng").at("cer"), 0.5);
}

TEST(RealData, OldBooks) {
  SKIP_WITHOUT_DATA("ocr/old-books");
  const Values values = run_suite("old-books", kOcr, 10);
  EXPECT_LT(values.at("tesseract:eng").at("cer"), 0.3);
}

TEST(RealData, KoreanSentimentUnderNegation) {
  SKIP_WITHOUT_DATA("kobest/SentiNeg");
  const Values values = run_suite("kobest-sentineg", kBaselines, 397);
  // The test sentences are negations written to mislead what looks at words alone: a baseline is
  // near chance here, and that is the point of the set.
  EXPECT_NEAR(values.at("baseline:linear").at("accuracy"), 0.5, 0.1);
}

TEST(RealData, KoreanYesNoQuestions) {
  SKIP_WITHOUT_DATA("kobest/BoolQ");
  const Values values = run_suite("kobest-boolq", kBaselines, 1404);
  EXPECT_NEAR(values.at("baseline:random").at("accuracy"), 0.5, 0.06);
}

TEST(RealData, KoreanInference) {
  SKIP_WITHOUT_DATA("klue");
  const Values values = run_suite("klue-nli", kBaselines, 1500);
  EXPECT_GT(values.at("baseline:linear").at("accuracy"),
            values.at("baseline:random").at("accuracy"));
}

}  // namespace
}  // namespace assay
