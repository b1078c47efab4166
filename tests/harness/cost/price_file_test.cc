#include "harness/cost/price_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/base/json.h"
#include "harness/base/utc_time.h"
#include "harness/cost/price_json.h"

namespace assay::cost {
namespace {

using ::testing::HasSubstr;

constexpr const char* kEverything = R"(version: 1
rates:
  - {from: USD, to: KRW, rate: 1450.5, as_of: 2025-02-01, source: a bank}
prices:
  - model: m-1
    provider: p
    aliases: [m, "m one"]
    currency: USD
    source: https://p.example/prices
    checked: 2025-02-03
    from: 2025-01-01
    until: 2025-06-01T16:00:00Z
    per_million: {input: 0.55, cached_input: 1.4e-1, output: 2.19, pixel_in: 0.0010490417}
    each: {request: 0.01, image: 0.002}
    tiers:
      - above_prompt_tokens: 128000
        per_million: {input: 1.1}
        batch: {per_million: {input: 0.6}}
      - {above_prompt_tokens: 200000, per_million: {input: 2.2}}
    batch: {multiplier: 0.5}
    priority: {per_million: {input: 0.9}, multiplier: 1.5}
    windows:
      - {name: night, from: "16:30", until: "00:30", multiplier: 0.25}
      - {from: "01:00", until: "04:00", days: [mon, fri], per_million: {input: 0.7}}
    note: both
  - {model: m-1, provider: p, currency: USD, source: s, from: "2025-06-01T16:00:00Z", per_million: {input: 1}}
training:
  - {model: t, hardware: H800, gpu_hours: 2788000, price_per_gpu_hour: 2, currency: USD, scope: last run, source: s}
)";

TEST(PriceFile, ReadsEverything) {
  const Result<PriceFile> file = read_price_file(kEverything, "p.yaml");
  ASSERT_TRUE(file) << file.error().text();
  ASSERT_EQ(file->prices.size(), 2U);
  const PriceRow& row = file->prices[0];
  EXPECT_EQ(row.rates.get(Billed::kCachedInput)->text(), "0.14");
  EXPECT_EQ(row.rates.get(Billed::kPixelIn)->text(), "0.0010490417");
  EXPECT_EQ(row.rates.get(Billed::kImage)->text(), "0.002");
  EXPECT_EQ(row.from, 1'735'689'600);
  EXPECT_EQ(utc_text(row.until), "2025-06-01T16:00:00Z");
  EXPECT_EQ(row.tiers[0].services[0].rates.get(Billed::kInput)->text(), "0.6");
  EXPECT_EQ(row.services[0].multiplier->millionths, 500'000);
  EXPECT_EQ(row.services[1].service, Service::kPriority);
  EXPECT_EQ(row.windows[0].from_minute, 990);
  EXPECT_EQ(row.windows[1].days, 0b0010001);
  EXPECT_EQ(file->rates[0].rate, "1450.5");
  EXPECT_EQ(file->training[0].gpu_hours, 2'788'000);
}

TEST(PriceFile, WritesWhatItReads) {
  const Result<PriceFile> file = read_price_file(kEverything, "p.yaml");
  ASSERT_TRUE(file);
  const std::string text = price_file_text(*file);
  const Result<PriceFile> again = read_price_file(text, "again.yaml");
  ASSERT_TRUE(again) << again.error().text() << text;
  EXPECT_EQ(again->prices, file->prices);
  EXPECT_EQ(price_file_text(*again), text);
}

TEST(PriceJson, RunFilesKeepTermsAndRows) {
  const Result<PriceFile> file = read_price_file(kEverything, "p.yaml");
  ASSERT_TRUE(file);
  const ModelPrices prices{file->prices, Service::kBatch, MissingPrice::kAsInput};
  const std::string json = prices_to_json(prices);
  const Result<ModelPrices> again = prices_from_json(json, "run");
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(*again, prices);
  EXPECT_EQ(prices_to_json(*again), json);
  EXPECT_EQ(prices_to_json(ModelPrices{}), "");
  EXPECT_FALSE(prices_from_json("", "run")->known());
}

TEST(PriceJson, IsCheckedAsAFileIs) {
  const auto error = [](const char* text) { return prices_from_json(text, "run").error().text(); };
  EXPECT_THAT(error("[]"), HasSubstr("expected service, missing and prices"));
  EXPECT_THAT(error(R"({"service": "fast", "prices": []})"), HasSubstr("`service` is `fast`"));
  EXPECT_THAT(error(R"({"missing": "free", "prices": []})"), HasSubstr("`missing` is `free`"));
  EXPECT_THAT(error(R"({"prices": [{"model": "m"}]})"), HasSubstr("run:1:"));
  EXPECT_THAT(error(R"({"service": "batch"})"), HasSubstr("no `prices`"));
}

// Bad files as data: each names place, what was found and what is expected.
TEST(PriceFile, BadFilesAreNamed) {
  std::ifstream in(ASSAY_SOURCE_DIR "/tests/harness/cost/bad_price_files.jsonl");
  ASSERT_TRUE(in);
  std::string line;
  int cases = 0;
  while (std::getline(in, line)) {
    if (line.empty()) continue;
    const Result<Json> row = parse_json(line, "bad_price_files.jsonl");
    ASSERT_TRUE(row) << line;
    const auto text = (*row)["file"].get<std::string>();
    const Result<PriceFile> file = read_price_file(text, "p.yaml");
    ASSERT_FALSE(file) << text;
    EXPECT_THAT(file.error().text(), HasSubstr((*row)["error"].get<std::string>())) << text;
    EXPECT_THAT(file.error().text(), ::testing::StartsWith((*row)["place"].get<std::string>()))
        << text;
    ++cases;
  }
  EXPECT_GE(cases, 30);
}

TEST(PriceFile, RepeatedAnchorsDoNotMultiply) {
  std::string text =
      "version: 1\nprices:\n  - &a {model: m, currency: USD, source: s, until: "
      "2025-01-01, per_million: {input: 1}}\n";
  for (int i = 0; i < 3; ++i) text += "  - *a\n";
  EXPECT_THAT(read_price_file(text, "p.yaml").error().text(), HasSubstr("overlaps"));
}

}  // namespace
}  // namespace assay::cost
